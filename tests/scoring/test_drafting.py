"""A draft's life: begun, changed, talked about, agreed by both sides, in force; and going back."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from typing import Any

from scoring import drafting
from scoring.models import Draft, ScoringModel
from tests.people import NOW, House

LATER = NOW + timedelta(hours=1)


def changed(points: float = 8, rule: str = "pricing") -> dict[str, Any]:
    """The rules in force with another number of points for one rule of interest."""
    body = deepcopy(ScoringModel.objects.newest().body)
    next(one for one in body["interest"]["rules"] if one["id"] == rule)["points"] = points
    return body


def begun(house: House, **fields: Any) -> Draft:
    asked = {
        "title": "料金ページ",
        "body": changed(),
        "base": ScoringModel.objects.newest(),
        "by": house.miura,
    }
    return drafting.begin(**{**asked, **fields}, now=NOW)


def test_marketing_asks_and_sales_agrees(house: House) -> None:
    draft = drafting.request(begun(house), by=house.miura, now=NOW)
    assert (draft.state, set(drafting.approved_by(draft))) == (Draft.REQUESTED, {"marketing"})
    draft = drafting.approve(draft, revision=1, by=house.suzuki, now=LATER)
    version = ScoringModel.objects.newest()
    assert (draft.state, draft.version) == (Draft.PUBLISHED, version)
    assert (version.version, version.in_force_from, version.from_file) == (2, LATER, False)
    assert version.published_by == house.suzuki and version.body == draft.body
    assert ScoringModel.objects.in_force(LATER) == version
