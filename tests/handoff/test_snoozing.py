"""Later: out of sight until a moment or a reaction, at most three times; and own follow-ups."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from handoff import desk, queueing
from handoff.desk.floor import Desk
from handoff.models import Clock
from handoff.refusals import DeskRefused, NotYours
from leads.models.activities import MACHINE
from tests.people import NOW, accepted, fresh, handoff_of, new_lead, offered, react

JST = ZoneInfo("Asia/Tokyo")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def group(handoff, at):
    scope = queueing.Scope.asked(handoff.rep, {})
    return next(row.group for row in queueing.read(scope, at).rows if row.handoff.pk == handoff.pk)


def later(handoff, *, now=NOW, **wish):
    return desk.snooze(handoff, by=handoff.rep, now=now, **wish)


def test_out_of_sight_until_its_moment_and_the_clock_runs_on(house):
    handoff = offered(new_lead())
    due = handoff.clocks.get(kind="accept").due_at
    later(handoff, until=NOW + HOUR)
    assert group(handoff, NOW) == group(handoff, NOW + HOUR - timedelta(seconds=1)) == "later"
    assert group(handoff, NOW + HOUR) == "offered"
    clock = handoff.clocks.get(kind="accept")
    assert (clock.due_at, clock.state) == (due, Clock.RUNNING)
    assert handoff_of(handoff.lead).version == handoff.version


def test_until_they_react_genuinely_and_afterwards(house):
    handoff = offered(new_lead())
    react(handoff.lead, "pricing_view", at=NOW)
    later(handoff, on_reaction=True)
    assert group(handoff, NOW + DAY) == "later"
    react(handoff.lead, "call_attempt", at=NOW + HOUR)
    one = react(handoff.lead, "pricing_view", at=NOW + HOUR)
    type(one).objects.filter(pk=one.pk).update(genuine=MACHINE)
    assert group(handoff, NOW + DAY) == "later"
    react(handoff.lead, "pricing_view", at=NOW + 2 * HOUR)
    assert group(handoff, NOW + DAY) == "offered"


def test_again_after_a_reaction(house):
    handoff = offered(new_lead())
    later(handoff, on_reaction=True)
    react(handoff.lead, "pricing_view", at=NOW + HOUR)
    later(handoff, now=NOW + 2 * HOUR, on_reaction=True)
    assert group(handoff, NOW + DAY) == "later"


def test_three_times_then_it_is_decided(house):
    handoff = offered(new_lead())
    for number in range(3):
        later(handoff, now=NOW + number * HOUR, until=NOW + (number + 1) * HOUR)
    with pytest.raises(DeskRefused) as no:
        later(handoff, now=NOW + 3 * HOUR, until=NOW + 4 * HOUR)
    assert no.value.code == "snoozed_enough"
    assert handoff_of(handoff.lead).snoozes == 3


def test_accepting_brings_it_back_into_sight(house):
    handoff = offered(new_lead())
    later(handoff, until=NOW + DAY)
    desk.accept(handoff, by=handoff.rep, now=NOW + HOUR)
    assert group(handoff, NOW + HOUR) == "working"


def test_it_is_not_the_next_to_decide(house):
    second = None
    first = offered(new_lead())
    while second is None or second.rep != first.rep:
        second = offered(new_lead())
    later(first, until=NOW + DAY)
    work = queueing.read(queueing.Scope.asked(first.rep, {}), NOW)
    assert work.next_to_decide(None).handoff == second
    assert work.rows[-1].handoff == first


@pytest.mark.parametrize(
    "wish, code",
    [
        ({}, "required"),
        ({"until": NOW + HOUR, "on_reaction": True}, "required"),
        ({"until": NOW}, "in_the_past"),
        ({"until": NOW + 91 * DAY}, "too_far"),
    ],
)
def test_until_when_must_be_said(house, wish, code):
    with pytest.raises(DeskRefused) as no:
        later(offered(new_lead()), **wish)
    assert (no.value.code, no.value.field) == (code, "until")


def test_only_whose_card_it_is(house):
    with pytest.raises(NotYours):
        desk.snooze(offered(new_lead()), by=house.miura, now=NOW, until=NOW + HOUR)


# Tuesday 10:42 in Tokyo.
@pytest.mark.parametrize(
    "said, until",
    [
        ({"when": "afternoon"}, datetime(2026, 11, 24, 13, tzinfo=JST)),
        ({"when": "next_day"}, datetime(2026, 11, 25, 9, tzinfo=JST)),
        ({"when": "next_week"}, datetime(2026, 11, 30, 9, tzinfo=JST)),
        ({"when": "date", "until": "2026-12-03"}, datetime(2026, 12, 3, tzinfo=JST)),
        ({"when": "reaction"}, None),
    ],
)
def test_the_choices_on_the_page(house, browser_of, frozen, said, until):
    handoff = offered(new_lead())
    where = f"/handoffs/{handoff.pk}/snooze"
    assert where in browser_of(handoff.rep).get(f"/queue/{handoff.pk}").content.decode()
    assert browser_of(handoff.rep).get(where).status_code == 200
    assert browser_of(handoff.rep).post(where, {"version": handoff.version} | said).status_code == 302
    found = handoff_of(handoff.lead)
    assert (found.snoozed_until, found.snoozed_till_reaction) == (until, until is None)
    assert browser_of(handoff.rep).get("/queue").status_code == 200


def test_a_date_is_needed_and_mornings_pass(house, browser_of, frozen):
    handoff = offered(new_lead())
    where = f"/handoffs/{handoff.pk}/snooze"
    rep = browser_of(handoff.rep)
    assert rep.post(where, {"version": handoff.version, "when": "date"}).status_code == 422
    old = {"version": handoff.version - 1, "when": "reaction"}
    assert rep.post(where, old).status_code == 409
    frozen.move_to(NOW + 4 * HOUR)
    assert 'value="afternoon"' not in rep.get(where).content.decode()


def test_by_the_api(house, api_of):
    handoff = offered(new_lead())
    where = f"/api/v1/handoffs/{handoff.pk}/snooze/"
    api = api_of(handoff.rep)
    assert api.post(where, {}, format="json").json()["errors"][0]["field"] == "until"
    assert api.post(where, {"on_reaction": True}, format="json").status_code == 200
    assert handoff_of(handoff.lead).snoozed_till_reaction


# ── what a rep follows up themselves ─────────────────────────────────────────


def test_follow_ups_are_the_reps_own_list(house, browser_of, frozen):
    mine, theirs = accepted(new_lead()), accepted(new_lead())
    wish = {"now": NOW, "reason": "too_early", "note": "来期に伺います"}
    desk.send_back(mine, by=mine.rep, follow="me", **wish)
    desk.send_back(theirs, by=theirs.rep, follow="marketing", **wish)
    assert list(queueing.follow_ups(mine.rep)) == [fresh(mine.lead)]
    page = browser_of(mine.rep).get("/queue/follow-ups").content.decode()
    assert f"/leads/{mine.lead_id}" in page and f"/leads/{theirs.lead_id}" not in page
    assert "来期に伺います" in page
    assert "/queue/follow-ups" in browser_of(mine.rep).get("/queue").content.decode()


def test_follow_ups_stand_outside_the_caps(house):
    mine = accepted(new_lead())
    desk.send_back(mine, by=mine.rep, now=NOW, reason="too_early", follow="me")
    seats = Desk.read(now=NOW).seats.values()
    assert sum(seat.open for queue in seats for seat in queue.values()) == 0
