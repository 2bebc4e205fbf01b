"""A row of an activity file as what `intake.record` takes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import translation

from leads import activity_types, identity, intake, words
from leads.intake_bulk import CREATED, REJECTED, UNCHANGED, Taken
from leads.models import PlaybookSection
from leads.models.activities import ACTION, REACTION
from leads.recording import FUTURE_LIMIT
from leads.sources import cells
from leads.sources.campaigns import Campaigns
from leads.sources.cells import Convert
from leads.sources.known_leads import KnownLeads
from leads.sources.lead_rows import People
from leads.sources.mapping import Column
from leads.sources.problems import CellRefused, Problem
from leads.sources.rows import Values

SOURCE = "import"
"""The source of activities whose file does not say one."""

_LINES = {
    "lead_external_id": 200,
    "channel": 40,
    "campaign": 200,
    "content": 300,
    "url": 4000,
    "external_id": 200,
}
_STATUS = {"created": CREATED, "duplicate": UNCHANGED, "rejected": REJECTED}
_SAID = ("type", "occurred_at", "channel", "campaign", "content", "url", "actor", "data")


@dataclass
class ActivityRows:
    """A file of activities. One without an id of its own is known by its content, and by how often the file
    has said just that (PRODUCT 9)."""

    zone: ZoneInfo
    dates: tuple[str, ...]
    now: datetime
    people: People
    campaigns: Campaigns = field(default_factory=Campaigns)
    said: dict[int, int] = field(default_factory=dict)

    fields = (
        "lead_external_id", "lead_email", "type", "direction", "occurred_at", "channel", "campaign",
        "content", "url", "source", "external_id", "actor", "data", "data.*",
    )  # fmt: skip
    spare = "data"

    def __post_init__(self) -> None:
        self.types = _types()

    def maker(self, to: str, column: Column) -> Convert:
        if to.startswith("data."):
            return {"number": cells.number, "yes_no": cells.yes_no}.get(
                column.type, cells.block(cells.LONGEST_ATTRIBUTE)
            )
        special: dict[str, Convert] = {
            "lead_email": cells.line(320), "type": self._type, "direction": _direction, "data": str,
            "source": cells.line(120), "actor": self.people.find,
            "occurred_at": cells.moment(
                zone=column.zone or self.zone, latest=self.now + FUTURE_LIMIT,
                formats=column.dates or self.dates,
            ),
        }  # fmt: skip
        return special[to] if to in special else cells.line(_LINES[to])

    def _type(self, cell: str) -> str:
        found = self.types.get(identity.fold(cell))
        if found is None:
            raise CellRefused("unknown_type")
        return found

    def finished(self, flat: Values) -> tuple[Values, list[Problem]]:
        problems = []
        if not flat.get("lead_external_id") and not flat.get("lead_email"):
            problems.append(Problem("lead_external_id", "", "no_lead_said"))
        if not flat.get("occurred_at"):
            problems.append(Problem("occurred_at", "", "no_time"))
        if not flat.get("type"):
            problems.append(Problem("type", "", "required"))
        values: Values = {"data": {}}
        for name, value in flat.items():
            if name.startswith("data."):
                values["data"][name.removeprefix("data.")] = value
            else:
                values[name] = value
        return values, problems

    def take(self, rows: list[Values], *, now: datetime) -> list[Taken]:
        leads = KnownLeads.of(rows)
        campaigns = self.campaigns.meant((row["campaign"] for row in rows if row.get("campaign")), now=now)
        answers: list[Taken | None] = []
        told: list[intake.NewActivity] = []
        said: dict[int, int] = {}
        for row in rows:
            lead_id, code, name = leads.find(row)
            if lead_id is None:
                answers.append(Taken(REJECTED, None, code, name))
                continue
            answers.append(None)
            told.append(self._new(row, lead_id, campaigns, said))
        recorded = iter(intake.record(told, now=now))
        self.said |= said
        return [one or _answer(next(recorded)) for one in answers]

    def forget(self) -> None:
        self.campaigns.forget()

    def _new(
        self, row: Values, lead_id: int, campaigns: Mapping[str, Any], said: dict[int, int]
    ) -> intake.NewActivity:
        return intake.NewActivity(
            lead_id=lead_id,
            type=row["type"],
            occurred_at=row["occurred_at"],
            source=row.get("source") or SOURCE,
            direction=row.get("direction") or "",
            external_id=row.get("external_id") or self._by_content(row, lead_id, said),
            channel=row.get("channel") or "",
            campaign=campaigns.get(row.get("campaign") or ""),
            content=row.get("content") or "",
            url=row.get("url") or "",
            actor=row.get("actor"),
            data=row["data"],
        )

    def _by_content(self, row: Values, lead_id: int, said: dict[int, int]) -> str:
        actor = row.get("actor")
        content = {name: row.get(name) for name in _SAID} | {
            "actor": actor.pk if actor else None,
            "lead": lead_id,
        }
        digest = hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).digest()
        short = int.from_bytes(digest[:8], "big")
        ordinal = said.get(short, self.said.get(short, 0)) + 1
        said[short] = ordinal
        return f"content:{digest[:16].hex()}:{ordinal}"


def _answer(one: intake.Recorded) -> Taken:
    return Taken(_STATUS[one.status], one.id, one.code, one.field)


def _types() -> dict[str, str]:
    """Kinds of activity by code and by label in both languages."""
    added = PlaybookSection.objects.current("activity_types")
    codes = activity_types.directions(added)
    found: dict[str, str] = {}
    for language in ("en", "ja"):
        with translation.override(language):
            found |= {identity.fold(words.activity_label(code)): code for code in codes}
    return found | {identity.fold(code): code for code in codes}


_DIRECTIONS = {ACTION: ACTION, REACTION: REACTION, "働きかけ": ACTION, "反応": REACTION}


def _direction(cell: str) -> str:
    found = _DIRECTIONS.get(identity.fold(cell))
    if found is None:
        raise CellRefused("unknown_direction")
    return found
