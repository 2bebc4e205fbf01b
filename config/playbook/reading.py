"""One reading of a file: what it names, and what was found wrong on the way."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from config.playbook.problems import MOST, Path, Problem, closest
from config.playbook.yaml12 import Document
from leads import activity_types


class Reading:
    """Shapes read through this: they ask it for known names and tell it what they refuse."""

    def __init__(self, document: Document, names: Mapping[str, Collection[str]]) -> None:
        self.document = document
        self.names = names
        self.problems: list[Problem] = list(document.problems)
        self._spoilt = {one.path for one in document.problems}

    def refuse(self, path: Path, code: str, *, at_key: bool = False, **params: Any) -> None:
        """Note a problem, unless the YAML itself was refused there: one mistake, one sentence."""
        if len(self.problems) >= MOST or any(path[:end] in self._spoilt for end in range(len(path) + 1)):
            return
        place = self.document.place(path, key=at_key)
        self.problems.append(Problem(place.line, place.column, path, code, params))

    def is_clean(self, *sections: str) -> bool:
        """Nothing was refused in these sections, so that what is between them can be looked at."""
        return not any(len(one.path) < 2 or one.path[0] in sections for one in self.problems)

    def refuse_unknown(self, path: Path, code: str, word: str, known: Collection[str], **params: Any) -> None:
        """A name that is not among the known ones, with the one that was probably meant."""
        if len(self.problems) < MOST:
            self.refuse(path, code, value=word[:60], meant=closest(word, known), **params)


def names_in(data: Any) -> dict[str, Collection[str]]:
    """Everything a file gives a name to, before anything of it has been checked."""
    data = data if isinstance(data, dict) else {}
    names: dict[str, Collection[str]] = {
        section: _keys(data.get(section))
        for section in ("calendars", "teams", "queues", "policies", "lanes", "activity_types")
    }
    names["people"] = [email.strip().lower() for email in _keys(data.get("people"))]
    known = activity_types.directions(_with_direction(data.get("activity_types")))
    for direction in (activity_types.ACTION, activity_types.REACTION):
        names[f"{direction}s"] = [name for name, its in known.items() if its == direction]
    reasons = data.get("reasons")
    for group in _keys(reasons):
        names[f"reasons.{group}"] = _keys(reasons[group])
    return names


def _with_direction(types: Any) -> dict[str, dict[str, str]]:
    bodies = types if isinstance(types, dict) else {}
    return {name: body for name, body in bodies.items() if isinstance(body, dict) and "direction" in body}


def _keys(section: Any) -> list[str]:
    return list(section) if isinstance(section, dict) else []
