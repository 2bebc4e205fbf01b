"""`serve` as it is used: a process of its own, real workers, a clean end, and a hard one."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.db import connection

from config import serving as web

HOUSE = Path(settings.BASE_DIR)
PATIENCE = 120.0  # of a busy machine
IN_MEMORY_AND_REDIS = [None, settings.REDIS_URL] if settings.REDIS_URL else [None]

HAND_RAISER = """
import django; django.setup()
from config.clock import now
from config.playbook.apply import apply
from tests.people import example, new_lead, react
moment = now()
apply(example(), by=None, now=moment)
react(new_lead(now=moment), "demo_request", at=moment, now=moment)
"""
STATES = """
import django; django.setup()
from handoff.models import Handoff
print(*Handoff.objects.values_list("state", flat=True))
"""


@pytest.fixture(params=IN_MEMORY_AND_REDIS, ids=lambda url: "redis" if url else "memory")
def surroundings(request, tmp_path) -> dict[str, str]:
    """An installation of its own, with or without Redis; on PostgreSQL the test's database."""
    mine = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "TASUKI_VAR": str(tmp_path),
        "PORT": str(free_port()),
        "DATABASE_URL": database_of(request),
        "REDIS_URL": request.param or "",
        "REDIS_PREFIX": f"tasuki-test-{secrets.token_hex(4)}:",
        "LOG_LEVEL": "WARNING",
        "LC_ALL": "en_US.UTF-8",
    }
    manage(os.environ | mine, "migrate", "--verbosity", "0")
    return os.environ | mine


def database_of(request: pytest.FixtureRequest) -> str:
    if connection.vendor != "postgresql":
        return ""
    request.getfixturevalue("transactional_db")
    return address()


def address() -> str:
    """Of the test's own database, wherever its server stands."""
    of = connection.settings_dict
    return f"postgres://{of['USER']}:{of['PASSWORD']}@{of['HOST']}:{of['PORT']}/{of['NAME']}"


def free_port() -> int:
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def python(surroundings: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        [sys.executable, *words], cwd=HOUSE, env=surroundings, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def manage(surroundings: dict[str, str], *words: str) -> str:
    return python(surroundings, "manage.py", *words)


@contextmanager
def serving(surroundings: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """`serve`, ready; nothing of it is left afterwards."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "serve"], cwd=HOUSE, env=surroundings, stderr=subprocess.PIPE,
        text=True, start_new_session=True,
    )  # fmt: skip
    try:
        until(lambda: answers(f"http://127.0.0.1:{surroundings['PORT']}/readyz"))
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stderr.close()


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def until(holds: Callable[[], bool]) -> None:
    """Looks again until it holds; what a test waits for has no moment of its own."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.05)


def test_a_hand_raiser_is_offered_and_sigterm_ends_it_cleanly(surroundings):
    with serving(surroundings) as process:
        python(surroundings, "-c", HAND_RAISER)
        until(lambda: python(surroundings, "-c", STATES) == "offered")
        process.send_signal(signal.SIGTERM)
        said = process.stderr.read()
        assert process.wait(PATIENCE) == 0
    assert said.startswith("Tasuki is ready"), said
    assert said.count("\n") == 1, said
    assert manage(surroundings, "audit") == ""


def test_after_a_hard_end_it_starts_again_with_everything(surroundings):
    python(surroundings, "-c", HAND_RAISER)
    with serving(surroundings) as process:
        os.killpg(process.pid, signal.SIGKILL)
    with serving(surroundings):
        until(lambda: python(surroundings, "-c", STATES) == "offered")
    assert manage(surroundings, "audit") == ""


def test_the_others_end_with_a_killed_parent(surroundings):
    with serving(surroundings) as process:
        process.kill()
        until(lambda: not answers(f"http://127.0.0.1:{surroundings['PORT']}/livez"))


def test_a_part_that_was_killed_is_started_anew_or_ends_everything(surroundings):
    with serving(surroundings) as process:
        os.kill(children(process.pid)[-1], signal.SIGKILL)
        if surroundings["REDIS_URL"]:
            assert process.wait(PATIENCE) == 1
        else:
            until(lambda: answers(f"http://127.0.0.1:{surroundings['PORT']}/readyz"))
            python(surroundings, "-c", HAND_RAISER)
            until(lambda: python(surroundings, "-c", STATES) == "offered")


def children(pid: int) -> list[int]:
    """By Linux' own table: `ps` is not on every machine."""
    found = []
    for one in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(one.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(one.parent.name))
    return sorted(found)


def test_a_taken_port_is_said_in_a_sentence(surroundings):
    with closing(socket.socket()) as somebody:
        somebody.bind(("127.0.0.1", int(surroundings["PORT"])))
        somebody.listen()
        done = subprocess.run(
            [sys.executable, "manage.py", "serve"],
            cwd=HOUSE,
            env=surroundings,
            capture_output=True,
            text=True,
        )
    assert done.returncode == 1
    assert done.stderr.strip() == f"Port {surroundings['PORT']} is taken. Choose another one: PORT=8001 ./run"


@pytest.mark.parametrize(
    ("workers", "has", "waits"), [(2, 0, 0.0), (2, 30, 0.0006), (2, 500, 0.004), (1, 500, None)]
)
def test_who_has_more_connections_takes_the_next_one_later(monkeypatch, workers, has, waits):
    """All workers wake for a new one, always in the same order: else the first has every client."""
    slept, taken = [], []
    monkeypatch.setattr(web.time, "sleep", slept.append)
    monkeypatch.setattr(web.ThreadWorker, "accept", lambda self, listener: taken.append(listener))
    worker = object.__new__(web.EvenWorker)
    worker.cfg, worker.nr_conns = SimpleNamespace(workers=workers), has
    worker.accept("listener")
    assert slept == ([] if waits is None else [pytest.approx(waits)])
    assert taken == ["listener"]
