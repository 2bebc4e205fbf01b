"""An installation of our own at work: web, workers, beat and sweep as docker-compose starts them, killed by pid."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tests.chaos.servers import WEB_PORTS, Database, Redis, free_port, until

HOME = Path(__file__).resolve().parents[2]
CELERY = ["-m", "celery", "-A", "config"]
COMMANDS = {
    "web": ["manage.py", "serve", "--web-only"],
    "sweep": ["manage.py", "sweep", "--watch"],
    "beat": [*CELERY, "beat", "--loglevel", "error", "--schedule"],
}


def _worker(queue: str, number: int) -> list[str]:
    name = f"{queue}{number}@chaos"
    how = ["-Q", queue, "-n", name, "--loglevel", "error", "--concurrency", "2"]
    return [*CELERY, "worker", *how]


class House:
    """Its servers, its environment and its processes by name; leaves nothing behind."""

    def __init__(self, admin: str, name: str, seed: int) -> None:
        self.database, self.redis = Database(admin, name), Redis()
        self.folder = Path(tempfile.mkdtemp(prefix="tasuki-chaos-"))
        self.log = self.folder / "processes.log"
        self.port = free_port(WEB_PORTS)
        self.random = random.Random(seed)
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.killed = 0
        self.broker = self.redis.url

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {
            "DJANGO_SETTINGS_MODULE": "config.settings", "TASUKI_VAR": str(self.folder), "TASUKI_ENV": "",
            "DATABASE_URL": self.database.url, "REDIS_URL": self.broker, "REDIS_PREFIX": "chaos:",
            "SECRET_KEY": "chaos", "SITE_URL": "", "ALLOWED_HOSTS": "", "PORT": str(self.port),
            "LOG_LEVEL": "ERROR", "WEB_WORKERS": "2", "WEB_THREADS": "8", "API_RATE": "1000000/min",
            "PYTHONWARNINGS": "ignore", "LC_ALL": "C.UTF-8",
        }  # fmt: skip

    # ── processes ──

    def start(self, *names: str) -> None:
        """`web`, `sweep`, `beat`, `scores`, `desk`; a digit behind a name makes another one of it."""
        for name in names:
            self.spawn(name, self._command(name))
        if "web" in names:
            until(lambda: answers(f"http://127.0.0.1:{self.port}/readyz"), seconds=60)

    def _command(self, name: str) -> list[str]:
        kind = name.rstrip("0123456789")
        if kind in ("scores", "desk"):
            return _worker(kind, int(name.removeprefix(kind) or 0))
        return COMMANDS[kind] + ([str(self.folder / name)] if kind == "beat" else [])

    def spawn(self, name: str, command: list[str], **environment: str) -> subprocess.Popen[bytes]:
        """Any process of ours, in a session of its own so that a kill reaches its children too."""
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *command], cwd=HOME, env=self.environment | environment, stdout=log,
                stderr=log, start_new_session=True,
            )  # fmt: skip
        self.processes[name] = process
        return process

    def output(self, *command: str) -> str:
        """What a command of ours prints; it has to end well."""
        done = subprocess.run(
            [sys.executable, *command],
            cwd=HOME,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def fallen(self) -> list[str]:
        """Processes that ended without being killed."""
        return [name for name, process in self.processes.items() if process.poll() is not None]

    def kill(self, name: str) -> None:
        """SIGKILL for the process and all its children at once."""
        process = self.processes.pop(name)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self.killed += 1

    def kill_child(self, name: str) -> bool:
        """SIGKILL for one child (a pool process, a web worker); its parent makes another."""
        pids = children(self.processes[name].pid)
        if not pids:
            return False
        with suppress(ProcessLookupError):
            os.kill(self.random.choice(pids), signal.SIGKILL)
        self.killed += 1
        return True

    def stop(self) -> None:
        for name in list(self.processes):
            self.kill(name)

    def kill_somebody(self, names: tuple[str, ...]) -> None:
        """A random one of these dies: the whole of it, started anew, or one of its children."""
        name = self.random.choice(names)
        if self.random.random() < 0.5 and self.kill_child(name):
            return
        self.kill(name)
        self.start(name)

    # ── the whole ──

    def open(self) -> None:
        """Servers and an empty, migrated database; from here on this process is a part of the house."""
        self.redis.start()
        self.database.create()
        os.environ.update(self.environment)
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        self.forget_connections()
        self.database.keep_as_empty()

    def renew(self) -> None:
        """Nothing runs, nothing is stored."""
        self.stop()
        self.forget_connections()
        self.database.renew()
        self.redis.flush()
        self.broker, self.killed = self.redis.url, 0

    def forget_connections(self) -> None:
        from django.db import connections

        connections.close_all()

    def close(self) -> None:
        self.stop()
        self.forget_connections()
        self.redis.remove()
        self.database.drop()
        subprocess.run(["rm", "-rf", str(self.folder)], check=False)

    def wait(self, holds: Callable[[], object], *, seconds: float, every: float = 0.2) -> float:
        """As `until`, whatever happens to the database meanwhile."""
        from django.db import DatabaseError, connection

        def look() -> object:
            try:
                return holds()
            except DatabaseError:
                connection.close()
                return False

        return until(look, seconds=seconds, every=every)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def children(pid: int) -> list[int]:
    """The direct children of a process."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError, IndexError, ValueError):
                stat = (entry / "stat").read_text()
                if int(stat.rpartition(")")[2].split()[1]) == pid:
                    found.append(int(entry.name))
    return found


def pause(seconds: float) -> None:
    time.sleep(seconds)
