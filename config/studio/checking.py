"""A draft's body asked of the playbook's own checker: what a file may not say a draft may not say either."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from config.playbook.export import current
from config.playbook.problems import Problem
from config.playbook.readiness import SCORING
from config.playbook.reading import Reading, names_in
from config.playbook.words import alone as sentence
from config.playbook.words import spoken_path
from config.playbook.yaml12 import Document

__all__ = ["BodyRefused", "Problem", "checked", "path", "sentence"]


class BodyRefused(Exception):
    """The body cannot be taken: every problem found, with its path inside the scoring section."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{path(one)}: {one.code}" for one in problems))


def checked(body: Mapping[str, Any]) -> dict[str, Any]:
    """The body, tidied as a file's would be. Raises BodyRefused with everything that is wrong in it.

    Names (activity types) are those of the playbook in force.
    """
    data = {**current(), "scoring": body}
    reading = Reading(Document(data), names_in(data))
    tidied = SCORING.read(body, ("scoring",), reading)
    if reading.problems:
        raise BodyRefused(reading.problems)
    return dict(tidied)


def path(problem: Problem) -> str:
    """Where it is, from the body on: `interest.rules[0].points`."""
    return spoken_path(problem.path[1:])
