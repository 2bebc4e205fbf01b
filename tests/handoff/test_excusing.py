"""Excuses: a manager's, with a reason, so often per person and month; the breach stays, reports show both."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta

import pytest
from django.utils import timezone

from config.playbook.apply import apply
from config.playbook.check import Playbook
from handoff import desk, reports, timers
from handoff.lists import HandoffFilter
from handoff.models import Clock, Handoff
from handoff.refusals import DeskRefused, NotYours
from tests.people import NOW, example, new_lead, offered

LATE = NOW + timedelta(days=1)


def breached(house, *, to=None, now=NOW):
    """An acceptance that ran out, of this rep."""
    handoff = offered(new_lead(now=now), now=now)
    if to is not None and handoff.rep != to:
        handoff = desk.reassign(handoff, by=house.suzuki, now=now, reason="x", to=to)
    timers.breach(now=now + timedelta(days=1))
    return Clock.objects.get(handoff=handoff, kind="accept")


def test_it_stays_a_breach(house):
    clock = desk.excuse(breached(house), by=house.suzuki, now=LATE, reason="  停電  ")
    clock.refresh_from_db()
    assert (clock.state, clock.excused_by, clock.excuse, clock.excused_at) == (
        Clock.BREACHED, house.suzuki, "停電", LATE,
    )  # fmt: skip
    [change] = clock.due_changes.filter(cause="excuse")
    assert (change.by, change.detail["person"]) == (house.suzuki, clock.handoff.rep_id)


@pytest.mark.parametrize(("reason", "code"), [("", "required"), ("  ", "required"), ("x" * 201, "too_long")])
def test_it_says_why(house, reason, code):
    with pytest.raises(DeskRefused, match=code):
        desk.excuse(breached(house), by=house.suzuki, now=LATE, reason=reason)


def test_only_who_manages_the_team(house):
    clock = breached(house)
    for who in (house.sato, house.miura):
        with pytest.raises(NotYours):
            desk.excuse(clock, by=who, now=LATE, reason="x")


def test_nothing_to_excuse(house):
    handoff = offered(new_lead())
    with pytest.raises(DeskRefused, match="not_a_breach"):
        desk.excuse(handoff.clocks.get(kind="accept"), by=house.suzuki, now=NOW, reason="x")


def test_once(house):
    clock = breached(house)
    desk.excuse(clock, by=house.suzuki, now=LATE, reason="x")
    with pytest.raises(DeskRefused, match="already_excused"):
        desk.excuse(clock, by=house.suzuki, now=LATE, reason="x")


def test_three_a_month_for_each_person(house):
    for _ in range(3):
        desk.excuse(breached(house, to=house.sato), by=house.suzuki, now=LATE, reason="x")
    with pytest.raises(DeskRefused, match="excuses_used_up"):
        desk.excuse(breached(house, to=house.sato), by=house.suzuki, now=LATE, reason="x")
    desk.excuse(breached(house, to=house.kobayashi), by=house.suzuki, now=LATE, reason="x")
    december = NOW + timedelta(days=10)
    desk.excuse(breached(house, to=house.sato, now=december), by=house.suzuki, now=december, reason="x")


def test_as_many_as_the_policy_says(house):
    sections = deepcopy(example().sections)
    sections["policies"]["standard"]["excuses"] = {"per_month": 1}
    apply(Playbook(sections), by=None, now=NOW)
    desk.excuse(breached(house, to=house.sato), by=house.suzuki, now=LATE, reason="x")
    with pytest.raises(DeskRefused, match="excuses_used_up"):
        desk.excuse(breached(house, to=house.sato), by=house.suzuki, now=LATE, reason="x")


def test_reports_show_both(house):
    excused = breached(house)
    breached(house)
    met = offered(new_lead())
    desk.accept(met, by=met.rep, now=NOW)
    desk.excuse(excused, by=house.suzuki, now=LATE, reason="x")
    with timezone.override("Asia/Tokyo"):
        kept = reports.attainment(HandoffFilter(LATE), house.suzuki, {})[0].all
        assert (kept.met, kept.missed, kept.excused, kept.counted) == (1, 2, 1, 2)
        assert (round(kept.rate), kept.excused_rate) == (33, 50)
        [behind] = kept.of("excused").narrow(Handoff.objects.visible_to(house.suzuki))
        assert behind.pk == excused.handoff_id
        before = reports.attainment(HandoffFilter(LATE - timedelta(seconds=1)), house.suzuki, {})[0].all
        assert before.excused == 0
