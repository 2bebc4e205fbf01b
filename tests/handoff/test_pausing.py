"""Pauses: for a listed reason until a day, never the acceptance, never a breach; the sweep beside them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from threading import Barrier
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from config import audit, sweep
from handoff import desk, pausing, timers
from handoff.models import Clock, DueChange
from handoff.refusals import Conflict, DeskRefused, NotYours
from leads import calendars, roles
from leads.models import Calendar, User
from tests import people
from tests.people import NOW, accepted, fresh, new_lead, offered, promising

JST = ZoneInfo("Asia/Tokyo")
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
KIND = "first_contact"


def tokyo(*at):
    return datetime(*at, tzinfo=JST)


@pytest.fixture
def held(house):
    """Accepted on Tuesday 10:42: the first contact is due at 11:42."""
    return accepted(new_lead())


def clock_of(handoff, kind=KIND):
    return Clock.objects.get(handoff=handoff, kind=kind)


def pause(handoff, *, by=None, now=NOW, clock=KIND, reason="customer_date", until=date(2026, 12, 1), **more):
    return pausing.pause(
        handoff, by=by or handoff.rep, now=now, clock=clock, reason=reason, until=until, **more
    )  # fmt: skip


def test_it_rests_until_the_day_and_needs_its_time_then(house, held):
    before = clock_of(held)
    row = pause(held, now=NOW + 10 * MINUTE)
    clock = clock_of(held)
    assert (clock.state, clock.due_at) == (Clock.PAUSED, tokyo(2026, 12, 1, 9, 50)) == (row.state, row.due_at)
    assert [minutes for *_, minutes in clock.segments] == [10, 50]
    assert clock.risk_at == tokyo(2026, 12, 1, 9, 20)  # half of it is used up
    [change] = clock.due_changes.all()
    assert (change.cause, change.old, change.new, change.by) == (
        "pause",
        before.due_at,
        clock.due_at,
        held.rep,
    )
    assert fresh(held.lead).standing.clock_due_at == min(clock.due_at, clock_of(held, "persistence").due_at)


def test_a_moment_says_it_exactly(house, held):
    pause(held, until=NOW + timedelta(hours=1))
    assert clock_of(held).due_at == tokyo(2026, 11, 24, 13, 42)  # until 11:42, then 18 minutes, then lunch


def test_the_sweep_lets_it_run_exactly_at_the_end(house, held):
    pause(held)
    ends = tokyo(2026, 12, 1)
    assert pausing.resumed(now=ends - SECOND) == 0
    assert pausing.resumed(now=ends) == 1
    assert pausing.resumed(now=ends) == 0
    clock = clock_of(held)
    assert (clock.state, clock.due_at) == (Clock.RUNNING, tokyo(2026, 12, 1, 10, 0))
    assert timers.breach(now=clock.due_at) == 0
    assert timers.breach(now=clock.due_at + SECOND) == 1


def test_a_sweep_that_began_before_the_pause_lets_it_rest(house, held):
    """A long one keeps the moment it began at."""
    pause(held, now=NOW + MINUTE)
    assert sweep.once(now=NOW, steps={"resumed": sweep.resume}) == {"resumed": 0}
    assert pausing.resumed([clock_of(held).pk], now=NOW) == 0
    assert clock_of(held).state == Clock.PAUSED


def test_a_paused_one_is_not_breached(house, held):
    pause(held)
    timers.breach(now=tokyo(2026, 11, 30))
    assert clock_of(held).state == Clock.PAUSED


def test_ended_early_it_goes_on_at_once(house, held):
    pause(held)
    row = pausing.resume(held, clock=KIND, by=held.rep, now=NOW + 30 * MINUTE)
    clock = clock_of(held)
    assert (
        (clock.state, clock.due_at) == (Clock.RUNNING, tokyo(2026, 11, 24, 13, 12)) == (row.state, row.due_at)
    )
    assert [one.cause for one in clock.due_changes.order_by("pk")] == ["pause", "resume"]
    with pytest.raises(DeskRefused, match="not_paused"):
        pausing.resume(held, clock=KIND, by=held.rep, now=NOW + 31 * MINUTE)


def test_a_contact_while_it_rests_meets_it(house, held):
    pause(held)
    desk.contact(held, by=held.rep, now=NOW + 5 * MINUTE, result="reached")
    assert clock_of(held).state == Clock.MET


@pytest.mark.parametrize(
    ("wish", "no"),
    [
        ({"clock": "accept"}, ("never_paused", "clock")),
        ({"clock": "answer"}, ("unknown_choice", "clock")),
        ({"clock": "report"}, ("no_such_clock", "clock")),
        ({"reason": ""}, ("required", "reason")),
        ({"reason": "holiday"}, ("unknown_reason", "reason")),
        ({"until": NOW}, ("in_the_past", "until")),
        ({"until": date(2026, 11, 24)}, ("in_the_past", "until")),
        ({"until": NOW + timedelta(days=60, seconds=1)}, ("paused_too_long", "until")),
    ],
)
def test_what_is_refused(house, held, wish, no):
    with pytest.raises(DeskRefused) as refused:
        pause(held, **wish)
    assert (refused.value.code, refused.value.field) == no
    assert not DueChange.objects.exists()


def test_exactly_as_long_as_allowed(house, held):
    pause(held, until=NOW + timedelta(days=60))
    assert clock_of(held).state == Clock.PAUSED


def test_all_pauses_together_count(house, held):
    pause(held, until=NOW + timedelta(days=30))
    pausing.resume(held, clock=KIND, by=held.rep, now=NOW + timedelta(days=20))
    later = NOW + timedelta(days=20)
    with pytest.raises(DeskRefused, match="paused_too_long"):
        pause(held, now=later, until=later + timedelta(days=40, seconds=1))
    pause(held, now=later, until=later + timedelta(days=40))


def test_longer_yes_shorter_no(house, held):
    pause(held)
    with pytest.raises(DeskRefused, match="paused_longer"):
        pause(held, until=date(2026, 11, 30))
    pause(held, until=date(2026, 12, 2))
    assert clock_of(held).due_at == tokyo(2026, 12, 2, 10, 0)


def test_what_has_run_out_is_not_paused(house, held):
    due = clock_of(held).due_at
    pause(held, now=due - SECOND)
    pausing.resume(held, clock=KIND, by=held.rep, now=due - SECOND)
    with pytest.raises(DeskRefused, match="ran_out"):
        pause(held, now=due)
    timers.breach(now=due + SECOND)
    with pytest.raises(DeskRefused, match="ran_out"):
        pause(held, now=due + SECOND)


def test_whose_it_is(house, held):
    with pytest.raises(NotYours):
        pause(held, by=next(one for one in (house.sato, house.kobayashi) if one != held.rep))
    with pytest.raises(Conflict):
        pause(held, version=held.version - 1)
    pause(held, by=house.suzuki)


def test_an_edit_of_the_calendar_moves_a_paused_one(house, held):
    pause(held)
    body = Calendar.objects.get(slug="tokyo").body
    closed = body | {"exceptions": [*body["exceptions"], {"date": "2026-12-01", "closed": True}]}
    calendars.save("tokyo", closed, by=None, now=NOW + MINUTE)
    clock = clock_of(held)
    assert (clock.state, clock.due_at) == (Clock.PAUSED, tokyo(2026, 12, 2, 10, 0))


def test_used_up_before_the_pause_by_a_new_calendar(house):
    """The office was open longer than the calendar had said: then the pause came too late."""
    late = tokyo(2026, 11, 24, 17, 55)
    handoff = accepted(new_lead(now=late), now=late)
    pause(handoff, now=tokyo(2026, 11, 24, 20, 0))
    body = Calendar.objects.get(slug="tokyo").body
    calendars.save(
        "tokyo",
        body | {"weekly": body["weekly"] | {"tue": ["09:00-24:00"]}},
        by=None,
        now=late + timedelta(hours=3),
    )
    clock = clock_of(handoff)
    assert (clock.state, clock.due_at) == (Clock.RUNNING, late + timedelta(hours=1))
    timers.breach(now=late + timedelta(hours=3))
    assert clock_of(handoff).state == Clock.BREACHED


def test_given_on_it_keeps_start_and_pauses(house, held):
    pause(held)
    due, start = clock_of(held).due_at, clock_of(held).started_at
    to = next(one for one in (house.sato, house.kobayashi) if one != held.rep)
    new = desk.reassign(held, by=house.suzuki, now=NOW + MINUTE, reason="x", to=to)
    clock = clock_of(new)
    assert (clock.state, clock.due_at, clock.started_at) == (Clock.PAUSED, due, start)
    assert clock.pauses.count() == 1 and clock.due_changes.count() == 1
    assert list(audit.clocks_are_sound(NOW + MINUTE)) == []


def test_a_policy_without_pauses(house):
    promising("accept", "first_contact")
    from handoff.models import Policy

    policy = Policy.objects.filter(slug="standard").latest("version")
    policy.body = {name: value for name, value in policy.body.items() if name != "pause"}
    policy.save()
    with pytest.raises(DeskRefused, match="no_pauses"):
        pause(accepted(new_lead()))


def test_the_audit_knows_a_pause_that_is_over(house, held):
    pause(held)
    found = list(audit.clocks_are_sound(tokyo(2026, 12, 1, 0, 2)))
    assert [one["what"] for one in found if "paused" in one["what"]] == ["paused_though_the_pause_is_over"]


# ── F-33: pausing and resuming beside the sweep ──────────────────────────────


@pytest.mark.django_db(transaction=True)
def test_pausing_beside_the_sweep():
    """Whoever comes first: paused and running on later, or breached and not paused; never both."""
    house = people.open_house()
    boss = User.objects.create_user("boss@example.com", roles=[roles.ADMIN])
    held = [offered(new_lead()) for _ in range(12)]
    ready = Barrier(3)

    def alone(work):
        ready.wait()
        try:
            return work()
        finally:
            connection.close()

    def pausing_all():
        return [_tried(one, boss) for one in held]

    def sweeping():
        return [timers.breach(now=NOW + timedelta(days=40)) for _ in range(12)]

    def resuming():
        return [pausing.resumed(now=NOW + timedelta(days=40)) for _ in range(12)]

    with ThreadPoolExecutor(3) as pool:
        done = [
            one.result() for one in [pool.submit(alone, work) for work in (pausing_all, sweeping, resuming)]
        ]
    assert house and len(done[0]) == 12
    for clock in Clock.objects.filter(kind=KIND).prefetch_related("pauses"):
        rests = [one for one in clock.pauses.all() if one.starts_at <= NOW + timedelta(days=40) < one.ends_at]
        assert clock.state in (Clock.PAUSED if rests else Clock.BREACHED, *([] if rests else [Clock.RUNNING]))
        assert not rests or clock.breached_at is None


def _tried(handoff, by):
    """Paused until the fiftieth day, unless it was breached a moment before."""
    try:
        pausing.pause(
            handoff, clock=KIND, reason="customer_date", until=NOW + timedelta(days=50), by=by, now=NOW
        )  # fmt: skip
        return True
    except DeskRefused as refused:
        return refused.code
