"""The papers of the house name only what is there, and everything that is there."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest
from django.conf import settings

HOME = Path(settings.BASE_DIR)
PAPERS = [
    HOME / "README.md",
    HOME / "README.ja.md",
    HOME / "CHANGELOG.md",
    *sorted((HOME / "docs").rglob("*.md")),
]
NUMBERED = re.compile(r"^(\d{4})-[a-z0-9-]+\.md$")


def the_map():
    spec = importlib.util.spec_from_file_location("house_map", HOME / "docs" / "map.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_map_shows_the_house_as_it_is():
    assert the_map().written() == the_map().MAP.read_text(encoding="utf-8"), "run: python docs/map.py"


def test_every_source_file_says_what_it_is():
    floors = [
        path for floor in ("leads", "scoring", "handoff", "config") for path in (HOME / floor).rglob("*.py")
    ]
    silent = [
        str(path.relative_to(HOME))
        for path in floors
        if path.read_text(encoding="utf-8").strip() and not the_map().sentence(path)
        and "migrations" not in path.parts and path.name not in ("__init__.py", "apps.py")
    ]  # fmt: skip
    assert silent == []


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: str(path.relative_to(HOME)))
def test_every_link_leads_somewhere(paper):
    targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", paper.read_text(encoding="utf-8"))
    lost = [target for target in targets if "://" not in target and not (paper.parent / target).exists()]
    assert lost == []


def test_every_file_named_by_hand_exists():
    by_hand = the_map().MAP.read_text(encoding="utf-8").split("## Every file")[0]
    named = [
        name
        for name in re.findall(r"`([\w./-]+)`", by_hand)
        if "/" in name and not name.startswith(("/", "./"))
    ]
    assert [name for name in named if not (HOME / name).exists()] == []


def test_decisions_have_numbers_of_their_own():
    names = sorted(path.name for path in (HOME / "docs" / "decisions").iterdir())
    assert all(NUMBERED.match(name) for name in names)
    numbers = [name[:4] for name in names]
    assert len(set(numbers)) == len(numbers)


def test_the_readmes_fit_on_a_screen_and_agree():
    english, japanese = ((HOME / name).read_text(encoding="utf-8") for name in ("README.md", "README.ja.md"))
    assert max(english.count("\n"), japanese.count("\n")) <= 55
    assert re.findall(r"`\w+@example\.com`", english) == re.findall(r"`\w+@example\.com`", japanese)
    assert english.count("\n## ") == japanese.count("\n## ")
