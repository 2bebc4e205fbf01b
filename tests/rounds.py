"""`./run test [--all] [pytest's arguments]`: the suite on SQLite, and again on PostgreSQL and Redis.

The second round runs where `DATABASE_URL` and `REDIS_URL` name servers or the local defaults answer; it makes
databases of its own and drops them. At the end stands what was run and what was left out; `--all` (CI) fails
when anything was left out.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psycopg2
import redis

LOCAL_DATABASES = ("postgres:///postgres", "postgres://postgres@localhost/postgres")
LOCAL_REDIS = "redis://localhost:6379/0"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NO_TESTS_MATCHED = 5


def main(arguments: list[str]) -> int:
    everything = "--all" in arguments
    asked = [one for one in arguments if one != "--all"]
    left_out, without = missing_tools()
    outcomes = {"SQLite, broker in the process": run(asked, without, DATABASE_URL="", REDIS_URL="")}
    servers, why_not = find_servers()
    if servers:
        outcomes["PostgreSQL and Redis"] = second_round(asked, without, *servers)
    else:
        left_out.append(f"the round on PostgreSQL and Redis: {why_not}")
    report(outcomes, left_out)
    return int(any(outcomes.values()) or (everything and bool(left_out)))


def run(asked: list[str], without: list[str], **environment: str) -> int:
    """One round of pytest; its exit code (no test matching the arguments is no failure)."""
    chosen = ["-m", " and ".join(f"not {mark}" for mark in without)] if without else []
    command = [sys.executable, "-m", "pytest", "-n", "auto", *chosen, *asked]
    code = subprocess.run(command, env=os.environ | environment).returncode
    return 0 if asked and code == NO_TESTS_MATCHED else code


def second_round(asked: list[str], without: list[str], database: str, broker: str) -> int:
    """The suite on servers, in databases with a name nobody else has."""
    suffix = f"{os.getpid()}_{secrets.token_hex(3)}"
    try:
        return run(asked, without, DATABASE_URL=database, REDIS_URL=broker, TASUKI_TEST_SUFFIX=suffix)
    finally:
        drop_databases(database, f"test_tasuki_{suffix}")


def drop_databases(url: str, beginning: str) -> None:
    """What an interrupted round left behind (a finished one drops its own)."""
    connection = psycopg2.connect(url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [beginning])
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    connection.close()


def find_servers() -> tuple[tuple[str, str] | None, str]:
    """Addresses of PostgreSQL and Redis that answer; else the reason why not."""
    named = os.environ.get("DATABASE_URL", "")
    databases = (named,) if named.startswith("postgres") else LOCAL_DATABASES
    database = next((url for url in databases if database_answers(url)), "")
    broker = os.environ.get("REDIS_URL") or LOCAL_REDIS
    silent = [] if database else [f"no PostgreSQL answers at {without_password(databases)}"]
    if not redis_answers(broker):
        silent.append(f"no Redis answers at {without_password([broker])}")
    return (None if silent else (database, broker)), "; ".join(silent)


def database_answers(url: str) -> bool:
    with suppress(psycopg2.Error):
        psycopg2.connect(url, connect_timeout=3).close()
        return True
    return False


def redis_answers(url: str) -> bool:
    with suppress(redis.RedisError, ValueError):
        return bool(redis.Redis.from_url(url, socket_connect_timeout=3, socket_timeout=3).ping())
    return False


def without_password(urls: Iterable[str]) -> str:
    return ", ".join(url.split("://")[0] + "://" + url.split("://")[-1].split("@")[-1] for url in urls)


def missing_tools() -> tuple[list[str], list[str]]:
    """What is left out for want of a tool, in words and as pytest marks; root gets the tools by apt."""
    if not has_browser():
        install("chromium", "fonts-noto-cjk")
    if not has_gettext():
        install("gettext")
    left_out, without = [], []
    if not has_browser():
        left_out.append("browser tests: no Chromium (as root: apt-get install chromium fonts-noto-cjk)")
        without.append("browser")
    if not has_gettext():
        left_out.append("tests of the translators' tools: no gettext (as root: apt-get install gettext)")
        without.append("gettext")
    if not shutil.which("redis-server"):
        left_out.append("the chaos harness: no redis-server (as root: apt-get install redis-server)")
        without.append("chaos")
    return left_out, without


def has_browser() -> bool:
    return any(shutil.which(name) for name in CHROMIUM)


def has_gettext() -> bool:
    return bool(shutil.which("xgettext") and shutil.which("msgfmt"))


def install(*packages: str) -> None:
    """By apt where that is possible; its failure is seen by looking again."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    print(f"run: apt-get install {' '.join(packages)}", file=sys.stderr)
    quiet = {"stdout": subprocess.DEVNULL, "env": os.environ | {"DEBIAN_FRONTEND": "noninteractive"}}
    subprocess.run(["apt-get", "-qq", "update"], **quiet)
    subprocess.run(["apt-get", "-qq", "install", "-y", "--no-install-recommends", *packages], **quiet)


def report(outcomes: dict[str, int], left_out: list[str]) -> None:
    print()
    for what, code in outcomes.items():
        print(f"ran      {what}: {'passed' if code == 0 else 'FAILED'}")
    for what in left_out:
        print(f"left out {what}")


if __name__ == "__main__":
    os.chdir(Path(__file__).resolve().parent.parent)
    sys.exit(main(sys.argv[1:]))
