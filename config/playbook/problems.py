"""What is wrong with a playbook, where, and in which code; the words are in `words.py`."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Path = tuple[str | int, ...]

MOST = 100  # problems of one file; who sees a hundred starts with the first ten


@dataclass(frozen=True, order=True)
class Place:
    """Where something stands in the file, counted from 1 as editors do."""

    line: int
    column: int


@dataclass(frozen=True)
class Problem:
    """One thing to put right: `code` and `params` say what, `path` and the place say where."""

    line: int
    column: int
    path: Path
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


class PlaybookRefused(Exception):
    """The file cannot be taken: every problem found, in the order of the file."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = sorted(problems, key=lambda one: (one.line, one.column))
        super().__init__("; ".join(f"line {one.line}: {one.code}" for one in self.problems))


def closest(word: str, known: Iterable[str]) -> str:
    """The known name that was probably meant, or an empty string."""
    names = {_plain(name): name for name in known}
    near = difflib.get_close_matches(_plain(word), names, n=1, cutoff=0.7)
    return names[near[0]] if near else ""


def _plain(word: str) -> str:
    return unicodedata.normalize("NFKC", word)[:200].strip().casefold().replace("-", "_")
