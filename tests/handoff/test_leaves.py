"""Entering leave: who may, which days, and what becomes of leads at once (PRODUCT 11)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from handoff import desk
from handoff.refusals import DeskRefused, NotYours
from leads.models import User
from leads.models.people import Leave
from tests.people import NOW, accepted, fresh, handoff_of, new_lead, offered

TODAY = NOW.date()


def take(user, by=None, first=TODAY, last=TODAY, **more):
    return desk.take_leave(user, by=by or user, now=NOW, starts_on=first, ends_on=last, **more)


def code(act, *args, **kwargs):
    with pytest.raises(DeskRefused) as refused:
        act(*args, **kwargs)
    return refused.value.code


def test_what_is_written(house):
    leave = take(house.sato, by=house.suzuki, last=TODAY + timedelta(days=2), accepted=Leave.ROUTE)
    assert (leave.user, leave.created_by, leave.created_at) == (house.sato, house.suzuki, NOW)
    assert (leave.starts_on, leave.ends_on, leave.accepted) == (TODAY, TODAY + timedelta(days=2), "route")


@pytest.mark.parametrize(
    ("by", "may"),
    [("sato", True), ("suzuki", True), ("takahashi", True), ("kobayashi", False), ("miura", False)],
)
def test_oneself_or_ones_manager(house, by, may):
    if may:
        assert take(house.sato, by=getattr(house, by)).user == house.sato
    else:
        with pytest.raises(NotYours):
            take(house.sato, by=getattr(house, by))


def test_a_leave_that_began_takes_effect_at_once(house):
    held, waiting = accepted(new_lead()), None
    while waiting is None or waiting.rep != house.sato:
        waiting = offered(new_lead())
    assert held.rep == house.sato
    take(house.sato)
    assert fresh(held.lead).next_actor == house.kobayashi
    assert handoff_of(waiting.lead).previous == waiting


def test_one_to_come_takes_no_effect_yet(house):
    held = offered(new_lead())
    take(house.sato, first=TODAY + timedelta(days=2), last=TODAY + timedelta(days=3))
    assert handoff_of(held.lead).pk == held.pk


@pytest.mark.parametrize(
    ("first", "last", "refused"),
    [
        (TODAY, TODAY - timedelta(days=1), "ends_before"),
        (TODAY - timedelta(days=5), TODAY - timedelta(days=1), "leave_over"),
        (TODAY, TODAY + timedelta(days=4000), "too_far"),
    ],
)
def test_days_that_cannot_be(house, first, last, refused):
    assert code(take, house.sato, first=first, last=last) == refused


def test_today_is_that_of_who_is_away(house):
    """10:42 in Tokyo is still yesterday in Honolulu."""
    User.objects.filter(pk=house.sato.pk).update(timezone="Pacific/Honolulu")
    yesterday = TODAY - timedelta(days=1)
    assert take(house.sato, first=yesterday, last=yesterday).ends_on == yesterday


@pytest.mark.parametrize(("first", "last"), [(20, 24), (24, 24), (26, 30), (20, 30), (25, 25)])
def test_two_leaves_do_not_overlap(house, first, last):
    take(house.sato, first=date(2026, 11, 24), last=date(2026, 11, 26))
    assert code(take, house.sato, first=date(2026, 11, first), last=date(2026, 11, last)) == "leave_overlaps"
    take(house.sato, first=date(2026, 11, 27), last=date(2026, 11, 28))
    take(house.kobayashi, first=date(2026, 11, 24), last=date(2026, 11, 26))


def test_cancelled_the_turn_comes_back(house):
    held = accepted(new_lead())
    leave = take(house.sato)
    desk.cancel_leave(leave, by=house.sato, now=NOW)
    assert fresh(held.lead).next_actor == house.sato
    assert code(desk.cancel_leave, leave, by=house.sato, now=NOW) == "leave_cancelled"
    take(house.sato)  # the days are free again


def test_a_leave_that_is_over_stays_as_it_was(house):
    leave = take(house.sato)
    assert code(desk.cancel_leave, leave, by=house.sato, now=NOW + timedelta(days=2)) == "leave_over"
    with pytest.raises(NotYours):
        desk.cancel_leave(leave, by=house.kobayashi, now=NOW)


def test_it_is_passed_on_to_nobody_who_is_away_or_gone(house):
    held = accepted(new_lead())
    assert held.rep == house.sato and desk.colleagues(held, now=NOW) == [house.kobayashi]
    leave = take(house.kobayashi)
    assert desk.colleagues(held, now=NOW) == []
    desk.cancel_leave(leave, by=house.kobayashi, now=NOW)
    User.objects.filter(pk=house.kobayashi.pk).update(ends_on=TODAY - timedelta(days=1))
    assert desk.colleagues(held, now=NOW) == []


def test_whose_leave_one_sees(house, kato):
    for user in (house.sato, house.tanaka, house.miura, kato):
        take(user)
    seen = {
        name: [one.user for one in desk.leaves_of(getattr(house, name), now=NOW)]
        for name in ("sato", "kobayashi", "takahashi", "suzuki")
    }
    assert seen["sato"] == [house.sato] and seen["kobayashi"] == []
    assert seen["takahashi"] == [house.sato, house.tanaka, kato]  # a manager of sales: all teams of sales
    assert seen["suzuki"] == [house.sato, house.tanaka, house.miura, kato]
    assert list(desk.leaves_of(house.sato, now=NOW + timedelta(days=3))) == []
