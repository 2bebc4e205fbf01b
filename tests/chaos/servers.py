"""Servers the harness breaks: a database of its own on a PostgreSQL that answers, a Redis process of its own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from urllib.parse import urlsplit, urlunsplit

import psycopg2
import redis

from tests import rounds

WEB_PORTS, REDIS_PORTS = range(8050, 8070), range(7050, 7070)
PATIENCE = 120.0


def missing() -> list[str]:
    """What the harness cannot run without and does not find, in words."""
    found = [] if database_url() else ["no PostgreSQL answers"]
    return found + ([] if shutil.which("redis-server") else ["no redis-server"])


def database_url() -> str:
    named = os.environ.get("DATABASE_URL", "")
    candidates = (named,) if named.startswith("postgres") else rounds.LOCAL_DATABASES
    return next((url for url in candidates if rounds.database_answers(url)), "")


def until(holds: Callable[[], object], *, seconds: float = PATIENCE, every: float = 0.05) -> float:
    """Look again until it holds; how long it took."""
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > seconds:
            raise TimeoutError(f"did not come true in {seconds:.0f} s")
        time.sleep(every)
    return time.monotonic() - began


def free_port(ports: range) -> int:
    for port in ports:
        with closing(socket.socket()) as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                one.bind(("127.0.0.1", port))
                return port
    raise OSError(f"all ports are taken: {ports}")


class Database:
    """A database of our own, migrated once and made anew from that for every fault."""

    def __init__(self, admin: str, name: str) -> None:
        self.admin, self.name = admin, name
        self.url = urlunsplit(urlsplit(admin)._replace(path=f"/{name}"))
        if not urlsplit(admin).netloc:
            self.url = f"postgres:///{name}"

    def renew(self) -> None:
        self.run(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')
        self.run(f'CREATE DATABASE "{self.name}" TEMPLATE "{self.name}_empty"')

    def keep_as_empty(self) -> None:
        self.end_sessions()
        self.run(f'ALTER DATABASE "{self.name}" RENAME TO "{self.name}_empty"')

    def drop(self) -> None:
        for name in (self.name, f"{self.name}_empty"):
            self.run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def create(self) -> None:
        self.drop()
        self.run(f'CREATE DATABASE "{self.name}"')

    def end_sessions(self) -> int:
        """Every session ends at once, whatever it was doing: what a crash of the server does to us."""
        return self.run(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = %s", self.name
        )

    def go_away(self, seconds: float) -> None:
        """All sessions end, and nobody comes in for a while."""
        self.run(f'ALTER DATABASE "{self.name}" ALLOW_CONNECTIONS false')
        try:
            self.end_sessions()
            time.sleep(seconds)
        finally:
            self.run(f'ALTER DATABASE "{self.name}" ALLOW_CONNECTIONS true')

    def run(self, statement: str, *values: object) -> int:
        with closing(psycopg2.connect(self.admin)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement, values or None)
                return int(cursor.fetchone()[0]) if cursor.description else 0


class Redis:
    """A redis-server of our own, set up as docker-compose does."""

    def __init__(self) -> None:
        self.port = free_port(REDIS_PORTS)
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._folder = tempfile.mkdtemp(prefix="tasuki-chaos-redis-")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--dir", self._folder, "--bind", "127.0.0.1"]
        keep = ["--appendonly", "yes", "--maxmemory-policy", "noeviction", "--save", ""]
        self._process = subprocess.Popen(
            [*command, *keep], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        until(lambda: rounds.redis_answers(self.url), seconds=20)

    def kill(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def flush(self) -> None:
        with closing(redis.Redis.from_url(self.url)) as client:
            client.flushall()

    def remove(self) -> None:
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)


class BlackHole:
    """A port that takes every connection and never says a word."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", free_port(REDIS_PORTS)))
        self.url = f"redis://127.0.0.1:{self._socket.getsockname()[1]}/0"
        self.callers: list[socket.socket] = []
        threading.Thread(target=self._take, daemon=True).start()

    def _take(self) -> None:
        with suppress(OSError):
            while True:
                self.callers.append(self._socket.accept()[0])

    def close(self) -> None:
        self._socket.close()
        for one in self.callers:
            one.close()
