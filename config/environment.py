"""What the environment says: the only place that reads it."""

from __future__ import annotations

import os
import secrets
import sys
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


def refuse_what_is_unsafe() -> None:
    """In production, end with one sentence that names everything missing or unsafe."""
    if is_production() and (problems := unsafe()):
        sys.exit(f"Tasuki does not start with TASUKI_ENV=production: {'; '.join(problems)}.")


def unsafe() -> list[str]:
    """What production would have to be told, or told better."""
    hosts = [host.strip() for host in text("ALLOWED_HOSTS").split(",")]
    wrong = {
        "SECRET_KEY must be 50 or more random characters": len(set(text("SECRET_KEY"))) < 10
        or len(text("SECRET_KEY")) < 50,
        "ALLOWED_HOSTS must name your hosts, without *": not any(hosts) or any("*" in host for host in hosts),
        "DATABASE_URL must name the database": not text("DATABASE_URL"),
        "SITE_URL must begin with https://": not text("SITE_URL").startswith("https://"),
    }
    return [sentence for sentence, holds in wrong.items() if holds]


def allowed_hosts(site_url: str) -> list[str]:
    """`ALLOWED_HOSTS`, by default this machine and the host of `SITE_URL`."""
    named = [host.strip() for host in text("ALLOWED_HOSTS").split(",") if host.strip()]
    return named or ["localhost", "127.0.0.1", "[::1]", urlparse(site_url).hostname or "localhost"]


def secret_key() -> str:
    """`SECRET_KEY`, else one made once under `var/` (production insists on its own)."""
    if key := text("SECRET_KEY"):
        return key
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
        "CONN_MAX_AGE": 60,  # the last one to close writes the whole log back: 27 ms instead of 5
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
