"""Whose turn it is on the ground floor (PRODUCT 3, table of next actors)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from leads import stages
from leads.turns import NOBODY, Turn, on_the_ground, review_after

AT = datetime(2026, 11, 24, tzinfo=UTC)
WAKE = AT + timedelta(days=100)
SATO = 3


def turn(stage, outcome=None, owner=None, wake_at=None):
    return on_the_ground(
        stage, outcome, entered_at=AT, owner=owner, wake_at=wake_at, review=timedelta(days=30)
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((stages.LEAD,), Turn("marketing", None, AT + timedelta(days=30))),
        ((stages.MAL,), Turn("marketing", None, AT + timedelta(days=30))),
        ((stages.MAL, None, SATO), Turn("marketing", None, AT + timedelta(days=30))),
        ((stages.MAL, None, None, WAKE), Turn("marketing", None, WAKE)),
        ((stages.MAL, None, SATO, WAKE), Turn("sales", SATO, WAKE)),
        ((stages.MQL,), Turn("sales", None, AT)),
        ((stages.SAL, None, SATO), Turn("sales", SATO, AT)),
        ((stages.OPPORTUNITY, None, SATO), Turn("sales", SATO, AT + timedelta(days=90))),
        ((stages.OPPORTUNITY, "won", SATO), NOBODY),
        ((stages.OPPORTUNITY, "lost", SATO), NOBODY),
        ((stages.DISQUALIFIED, None, SATO, WAKE), NOBODY),
    ],
)
def test_whose_turn(given, expected):
    assert turn(*given) == expected


@pytest.mark.parametrize("stage", stages.FORWARD)
def test_every_open_stage_has_a_side_and_a_deadline(stage):
    found = turn(stage)
    assert found.side in ("marketing", "sales") and found.due_at is not None


@pytest.mark.parametrize(
    ("stage", "section", "days"),
    [
        (stages.LEAD, {}, 30),
        (stages.MAL, {}, 180),
        (stages.MAL, {"mal": {"review_after": "14d"}}, 14),
        (stages.MAL, {"lead": {"review_after": "14d"}}, 180),
        (stages.MAL, {"mal": {"owner": "marketing"}}, 180),
    ],
)
def test_review_as_the_playbook_says(stage, section, days):
    assert review_after(stage, section) == timedelta(days=days)
