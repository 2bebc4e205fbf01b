"""The format: which sections a playbook has, and what must agree between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from config.playbook import yaml12
from config.playbook.desk import POLICIES, QUEUES, ROUTING, lanes_agree
from config.playbook.lifecycle import ACTIVITY_TYPES, LANES, REASONS, STAGES
from config.playbook.organisation import CALENDARS, LANGUAGES, PEOPLE, TEAMS
from config.playbook.problems import Path, PlaybookRefused
from config.playbook.promise import AGREEMENT, PERSONAS, signed_by_their_side
from config.playbook.readiness import SCORING
from config.playbook.reading import Reading, names_in
from config.playbook.shapes import Fields, Label, Maybe, OneOf, Zone

FORMAT = 1
HEAD = ("playbook", "name", "timezone", "locale")


class FormatNumber:
    """`playbook: 1`, so that a later format can be told from this one."""

    def read(self, value: Any, path: Path, reading: Reading) -> Any:
        if value != FORMAT or isinstance(value, bool):
            return reading.refuse(path, "other_format", value=str(value)[:20], format=FORMAT)
        return FORMAT


PLAYBOOK = Fields(
    {
        "playbook": FormatNumber(),
        "name": Label(),
        "timezone": Zone(),
        "locale": OneOf(LANGUAGES),
        "people": PEOPLE,
        "calendars": CALENDARS,
        "stages": STAGES,
        "lanes": LANES,
        "activity_types": Maybe(ACTIVITY_TYPES),
        "reasons": REASONS,
        "scoring": SCORING,
        "teams": TEAMS,
        "queues": QUEUES,
        "routing": ROUTING,
        "policies": POLICIES,
        "personas": Maybe(PERSONAS),
        "agreement": Maybe(AGREEMENT),
    },
)


@dataclass(frozen=True)
class Playbook:
    """A whole agreement that holds together, as plain data in the order of the format."""

    sections: dict[str, Any]


def read(source: bytes) -> Playbook:
    """The playbook in a file. Raises `PlaybookRefused` with everything that is wrong in it."""
    return check(yaml12.load(source))


def check(document: yaml12.Document) -> Playbook:
    """A loaded document as a playbook; without places (an export) problems stand at line 1."""
    reading = Reading(document, names_in(document.data))
    sections = PLAYBOOK.read(document.data, (), reading)
    if reading.is_clean("lanes", "queues", "routing"):
        lanes_agree(sections, reading)
    if reading.is_clean("people", "agreement"):
        signed_by_their_side(sections, reading)
    if reading.problems:
        raise PlaybookRefused(reading.problems)
    return Playbook(sections)
