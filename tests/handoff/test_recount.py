"""A holiday that comes late: live clocks move, none is un-breached, all as an oracle says (F-32)."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from handoff import pausing, timers
from handoff.models import Clock, DueChange, Handoff
from handoff.recount import recount
from leads import calendars, rows
from leads.calendar_definition import WEEKDAYS
from leads.models import Calendar
from tests.leads.test_business_time import STEP, open_grid
from tests.people import NOW, accepted, fresh, new_lead, offered

JST = ZoneInfo("Asia/Tokyo")
MINUTE = timedelta(minutes=1)


def tokyo(*at):
    return datetime(*at, tzinfo=JST)


def closed_on(*days):
    body = Calendar.objects.get(slug="tokyo").body
    return body | {"exceptions": [*body["exceptions"], *({"date": day, "closed": True} for day in days)]}


def walked(body, start, minutes, pauses):
    """The oracle: every five minutes from the start, open by every window of every day and not paused."""
    plain = body | {
        "weekly": {day: [_pair(one) for one in body["weekly"].get(day, [])] for day in WEEKDAYS},
        "exceptions": [
            one | {"windows": [_pair(w) for w in one.get("windows", [])]} for one in body["exceptions"]
        ],
        "holidays": [],  # a fortnight without one
    }
    left = minutes // STEP
    for at in open_grid(plain, start, start + timedelta(days=60)):
        if any(a <= at < b for a, b in pauses):
            continue
        left -= 1
        if not left:
            return at + STEP * MINUTE
    raise AssertionError("never")


def _pair(window):
    return window.split("-") if isinstance(window, str) else window


def test_a_holiday_added_while_many_run(house):
    """F-32 at reduced size: a hundred clocks of random starts, targets, states and pauses."""
    chance = random.Random(32)
    handoffs = [accepted(new_lead()) for _ in range(50)]
    made = [_random(one, kind, chance) for one in handoffs for kind in ("first_contact", "persistence")]
    assert len(made) == 100
    calendar = Calendar.objects.get(slug="tokyo")
    recount(calendar=calendar, now=NOW)  # as the calendar has it
    Clock.objects.filter(pk__in=[one.pk for one in made[::7]]).update(
        state="breached", breached_at=tokyo(2027, 1, 1)
    )
    before = {one.pk: (one.state, one.due_at) for one in Clock.objects.all()}
    body = closed_on("2026-11-30", "2026-12-02")
    calendars.save("tokyo", body, by=None, now=NOW)
    checked = 0
    for clock in Clock.objects.prefetch_related("pauses"):
        state, due = before[clock.pk]
        if state not in ("running", "paused"):
            assert (clock.state, clock.due_at) == (state, due)
            continue
        pauses = [(one.starts_at, one.ends_at) for one in clock.pauses.all()]
        assert clock.due_at == walked(body, clock.started_at, clock.target_minutes, pauses), clock
        moved = clock.due_changes.filter(cause="calendar", calendar_version=2)
        assert [(one.old, one.new) for one in moved] == ([(due, clock.due_at)] if due != clock.due_at else [])
        checked += 1
    assert checked > 80 and DueChange.objects.filter(cause="calendar").count() > 40


def _random(handoff, kind, chance):
    clock = handoff.clocks.get(kind=kind)
    clock.started_at = tokyo(2026, 11, 24) + timedelta(minutes=chance.randrange(0, 4 * 24 * 60, STEP))
    clock.target_minutes = chance.randrange(STEP, 2_000, STEP)
    rows.write([clock], ["started_at", "target_minutes"])
    for _ in range(chance.choice((0, 0, 1, 2))):
        begins = clock.started_at + timedelta(minutes=chance.randrange(0, 3 * 24 * 60, STEP))
        ends = begins + timedelta(minutes=chance.randrange(0, 4 * 24 * 60, STEP))
        clock.pauses.create(starts_at=begins, ends_at=ends, reason="customer_date", created_at=NOW)
    return clock


@pytest.mark.parametrize("policy_calendar", ["rep", "always"])
def test_by_whose_calendar(house, policy_calendar):
    """`rep` is the calendar of the rep's own team; a named one is that one."""
    from copy import deepcopy

    from config.playbook.apply import apply
    from config.playbook.check import Playbook
    from leads.models import Team
    from tests.people import example

    sections = deepcopy(example().sections)
    sections["policies"]["standard"]["calendar"] = policy_calendar
    apply(Playbook(sections), by=None, now=NOW)
    home = Team.objects.create(slug="home", kind="inside_sales", calendar=Calendar.objects.get(slug="always"))
    Team.objects.filter(slug="inside-east").first().members.clear()
    home.members.add(house.sato, house.kobayashi)
    at = tokyo(2026, 11, 27, 17, 30)
    handoff = offered(new_lead(now=at), now=at)
    clock = handoff.clocks.get(kind="first_contact")
    assert (clock.due_at, clock.calendar.slug) == (at + timedelta(hours=1), "always")
    body = Calendar.objects.get(slug="always").body
    shut = body | {"exceptions": [{"date": "2026-11-27", "closed": True}]}
    calendars.save("always", shut, by=None, now=at + MINUTE)
    clock.refresh_from_db()
    assert clock.due_at == datetime(2026, 11, 28, 1, 0, tzinfo=ZoneInfo("UTC"))


def test_the_report_moves_with_the_depth_it_waits_for(house):
    from handoff import desk

    handoff = accepted(new_lead())
    desk.contact(handoff, by=handoff.rep, now=NOW + MINUTE, result="no_answer")
    report, depth = (handoff.clocks.get(kind=kind) for kind in ("report", "persistence"))
    assert report.due_at == depth.due_at
    calendars.save("tokyo", closed_on("2026-11-30"), by=None, now=NOW + MINUTE)
    moved = {one.kind: one.due_at for one in handoff.clocks.all()}
    assert moved["report"] == moved["persistence"] == tokyo(2026, 12, 9, 10, 42)
    pausing.pause(
        Handoff.objects.get(pk=handoff.pk), clock="persistence", reason="customer_date",
        until=tokyo(2026, 12, 9), by=handoff.rep, now=NOW + 2 * MINUTE,
    )  # fmt: skip
    moved = {one.kind: one.due_at for one in handoff.clocks.all()}
    assert moved["report"] == moved["persistence"] > tokyo(2026, 12, 9)
    assert fresh(handoff.lead).next_due_at == moved["report"]


def test_who_edited_is_who_moved_it(house):
    handoff = accepted(new_lead())
    calendars.save("tokyo", closed_on("2026-11-24"), by=house.suzuki, now=NOW + MINUTE)
    assert {one.by for one in DueChange.objects.filter(clock__handoff=handoff)} == {house.suzuki}


def test_an_answer_counts_by_the_teams_calendar_after_the_end_too(house):
    from handoff import desk
    from leads.models import Task

    handoff = accepted(new_lead())
    task = Task.objects.create(
        lead=handoff.lead, kind=Task.SENT_BACK, side="marketing", cause_key="a", created_at=NOW, due_at=NOW
    )  # fmt: skip
    clock = timers.ask_answer(task, handoff, now=NOW)
    desk.send_back(handoff, by=handoff.rep, now=NOW, reason="too_early")
    calendars.save("tokyo", closed_on("2026-11-25"), by=None, now=NOW + MINUTE)
    clock.refresh_from_db()
    assert clock.due_at == tokyo(2026, 11, 27, 10, 42)
