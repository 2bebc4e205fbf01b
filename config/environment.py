"""What the environment says: the only place that reads it."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlparse

from django.core.exceptions import ImproperlyConfigured

HOME = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("TASUKI_VAR", HOME / "var"))


def read_env_file(path: Path = HOME / ".env") -> None:
    """Values of `.env` stand where the environment itself is silent."""
    if not path.exists():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        name, sign, value = line.strip().partition("=")
        if sign and not name.startswith("#"):
            os.environ.setdefault(name.strip(), value.strip().strip("'\""))


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def folder(name: str) -> Path:
    """A folder of ours under `var/`."""
    path = VAR / name
    path.mkdir(parents=True, exist_ok=True)
    return path


def is_production() -> bool:
    return text("TASUKI_ENV") == "production"


def secret_key() -> str:
    """`SECRET_KEY`, else one made once under `var/` (never in production)."""
    if key := text("SECRET_KEY"):
        return key
    if is_production():
        raise ImproperlyConfigured("SECRET_KEY is missing: set it to 50 or more random characters.")
    kept = VAR / "secret_key"
    VAR.mkdir(parents=True, exist_ok=True)
    try:
        with open(os.open(kept, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as new:
            new.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    return kept.read_text()


def database() -> dict[str, object]:
    """`DATABASE_URL` (postgres:// or sqlite:///path), by default SQLite under `var/`."""
    url = text("DATABASE_URL")
    parts = urlparse(url)
    if url and parts.scheme not in ("postgres", "postgresql", "sqlite"):
        raise ImproperlyConfigured("DATABASE_URL must begin with postgres:// or sqlite:///.")
    if parts.scheme in ("postgres", "postgresql"):
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or ""),
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": dict(parse_qsl(parts.query)),
        }
    VAR.mkdir(parents=True, exist_ok=True)
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": unquote(url.removeprefix("sqlite:///")) if url else str(VAR / "tasuki.sqlite3"),
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
        },
    }


def terminal_language() -> str:
    """The language of whoever types a command: `ja`, `en`, or nothing where neither is asked for."""
    asked = text("LC_ALL") or text("LC_MESSAGES") or text("LANG")
    return next((one for one in ("ja", "en") if asked.lower().startswith(one)), "")
