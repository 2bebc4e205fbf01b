"""The script a stranger starts with, on machines it cannot use; and what `./run test` looks for."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

from tests import rounds

HOME = Path(settings.BASE_DIR)


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "run", *words], cwd=HOME, env=os.environ | environment, capture_output=True, text=True
    )


@pytest.fixture
def machine(tmp_path):
    """A machine with the tools of `run`, and whatever python3 the test writes; no environment made yet."""
    bin = tmp_path / "bin"
    bin.mkdir()
    for tool in ("cat", "cksum", "dirname", "ls", "pwd", "sed", "sh", "tr"):
        (bin / tool).symlink_to(str(shutil.which(tool)))

    def with_python(script: str | None) -> dict[str, str]:
        if script is not None:
            (bin / "python3").write_text(f"#!/bin/sh\n{script}\n")
            (bin / "python3").chmod(0o755)
        return {"PATH": str(bin), "TASUKI_VENV": str(tmp_path / "venv")}

    return with_python


@pytest.mark.parametrize("script", ["run", ".ci/run"])
def test_the_scripts_are_plain_and_may_be_started(script):
    assert (HOME / script).read_text().startswith("#!/bin/sh\n")
    assert os.access(HOME / script, os.X_OK)
    assert subprocess.run(["sh", "-n", script], cwd=HOME).returncode == 0


def test_an_unknown_word_is_answered_with_the_known_ones():
    done = run("dance")
    assert done.returncode == 2
    assert [line.split()[0] for line in done.stderr.splitlines()[1:]] == ["./run"] * 6


def test_bench_without_a_name_lists_them():
    done = run("bench")
    assert done.returncode == 1
    assert "million_leads" in done.stderr


def test_without_python_it_says_what_to_install(machine):
    done = run("manage", "check", **machine(None))
    assert (done.returncode, "apt install python3 python3-venv" in done.stderr) == (1, True)


def test_an_old_python_is_refused_by_its_version(machine):
    done = run("manage", "check", **machine('[ "$1" = -V ] && echo Python 3.9.2; exit 1'))
    assert (done.returncode, done.stderr) == (
        1,
        "run: Python 3.11 or newer is needed; this is Python 3.9.2.\n",
    )


def test_a_python_without_venv_is_told_by_the_packages_name(machine):
    done = run("manage", "check", **machine('case "$2" in *ensurepip*) exit 1 ;; *) exit 0 ;; esac'))
    assert (done.returncode, done.stderr) == (
        1,
        "run: python3-venv is missing (Debian: apt install python3-venv).\n",
    )


def test_silent_servers_are_named_without_their_passwords(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://me:secret@127.0.0.1:1/tasuki")
    monkeypatch.setenv("REDIS_URL", "redis://:secret@127.0.0.1:1/0")
    servers, why_not = rounds.find_servers()
    assert servers is None
    assert why_not == (
        "no PostgreSQL answers at postgres://127.0.0.1:1/tasuki; no Redis answers at redis://127.0.0.1:1/0"
    )


def test_what_was_left_out_is_said(capsys):
    rounds.report({"SQLite": 0, "PostgreSQL and Redis": 1}, ["browser tests: no Chromium"])
    assert capsys.readouterr().out.splitlines() == [
        "",
        "ran      SQLite: passed",
        "ran      PostgreSQL and Redis: FAILED",
        "left out browser tests: no Chromium",
    ]
