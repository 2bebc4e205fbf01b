"""Drafts for the tests of the studio, brought on their way by the doors."""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime
from typing import Any

from config.clock import now
from scoring.models import Draft, ScoringModel
from scoring.rulemaking import drafting
from tests.people import House


def changed(points: float = 8, rule: str = "pricing") -> dict[str, Any]:
    """The newest rules with another number of points for one rule of interest."""
    newest = ScoringModel.objects.newest()
    assert newest is not None
    body: dict[str, Any] = deepcopy(newest.body)
    next(one for one in body["interest"]["rules"] if one["id"] == rule)["points"] = points
    return body


def begun(house: House, *, title: str = "料金ページ", points: float = 8, rule: str = "pricing") -> Draft:
    base = ScoringModel.objects.newest()
    return drafting.begin(title=title, body=changed(points, rule), base=base, by=house.miura, now=now())


def requested(house: House, *, wished_from: datetime | None = None, **fields: Any) -> Draft:
    """Marketing's own manager asks: its yes is said."""
    return drafting.request(begun(house, **fields), by=house.miura, now=now(), wished_from=wished_from)


def published(house: House, **fields: Any) -> Draft:
    draft = requested(house, **fields)
    return drafting.approve(draft, revision=draft.revision, by=house.suzuki, now=now())
