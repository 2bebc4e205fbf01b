"""The locks name versions and hashes and no address, and the two agree."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from django.conf import settings

HOME = Path(settings.BASE_DIR)
PIN = re.compile(r"^([a-z0-9-]+)(?:\[[a-z,-]+\])?==(\S+)")


def pins(name: str) -> dict[str, str]:
    lines = (HOME / name).read_text().splitlines()
    return {found[1]: found[2] for line in lines if (found := PIN.match(line))}


def test_no_address_stands_in_a_lock():
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (HOME / name).read_text()
        assert "://" not in text and "file:" not in text and "@ " not in text, name


def test_every_pin_has_a_hash():
    for name in ("requirements.lock", "requirements-dev.lock"):
        blocks = re.split(r"\n(?=[a-z])", (HOME / name).read_text())
        assert all("--hash=sha256:" in block for block in blocks if block.strip()), name


def test_development_adds_and_changes_nothing():
    base, dev = pins("requirements.lock"), pins("requirements-dev.lock")
    assert len(base) > 30
    assert base.items() <= dev.items()


def test_the_locks_hold_what_the_project_asks_for():
    project = tomllib.loads((HOME / "pyproject.toml").read_text())["project"]
    for asked, lock in (
        (project["dependencies"], "requirements.lock"),
        (project["optional-dependencies"]["dev"], "requirements-dev.lock"),
    ):
        locked = pins(lock)
        for one in asked:
            name, _, version = one.partition("==")
            found = locked[re.split(r"[\[>]", name)[0].strip().lower()]
            assert not version or found == version, one
