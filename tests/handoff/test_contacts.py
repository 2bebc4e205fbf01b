"""Contacts and clocks: depth by attempts and channels, the report since the last contact, late evidence."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from importlib import import_module
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from config import sweep
from handoff import contacts, desk, timers
from handoff.models import Clock, DueChange, FreshContact
from leads import intake
from leads.models import Activity, Meeting, Task
from tests.people import (
    NOW,
    accepted,
    fresh,
    handoff_of,
    new_lead,
    offered,
    promising,
    react,
    rescore,
    see_contacts,
)

JST = ZoneInfo("Asia/Tokyo")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
SECOND = timedelta(seconds=1)


def tokyo(*at):
    return datetime(*at, tzinfo=JST)


@pytest.fixture
def held(house):
    """Tuesday 10:42; depth: 6 attempts on 2 channels in 10 days; report: 3 days since the last contact."""
    return accepted(new_lead())


def clock_of(handoff, kind="persistence"):
    return Clock.objects.filter(handoff__lead=handoff.lead_id, kind=kind).first()


def call(handoff, at, *, result="no_answer", channel="phone"):
    held = handoff_of(handoff.lead)
    return desk.contact(held, by=held.rep, now=at, result=result, channel=channel)


def act(lead, by, *, at, now=None, type="call_attempt", external_id=None, **more):
    told = intake.NewActivity(
        lead_id=lead.pk, type=type, occurred_at=at, source="cti", external_id=external_id, actor=by, **more
    )  # fmt: skip
    [answer] = intake.record([told], now=now or at)
    see_contacts(now=now or at)
    return Activity.objects.get(pk=answer.id)


# ── contact depth ────────────────────────────────────────────────────────────


def test_it_starts_with_the_offer_and_keeps_its_target(house, held):
    clock = clock_of(held)
    assert (clock.started_at, clock.target_minutes) == (NOW, 4800)
    assert clock.goal == {"attempts": 6, "channels": 2}


def test_reached_is_enough(house, held):
    call(held, NOW + MINUTE, result="reached")
    assert (clock_of(held).state, clock_of(held).met_at) == (Clock.MET, NOW + MINUTE)


@pytest.mark.parametrize("result", ["declined", "call_back", "gatekeeper", "left_company", "meeting_set"])
def test_other_results_are_attempts(house, held, result):
    call(held, NOW + MINUTE, result=result)
    clock = clock_of(held)
    assert (clock.state, clock.goal["made"]) == (Clock.RUNNING, 1)


def test_a_conversation_that_a_telephone_system_tells_of(house, held):
    act(held.lead, held.rep, at=NOW + MINUTE, type="call_connected", external_id="c1")
    assert clock_of(held).state == Clock.MET


def test_attempts_on_channels_one_per_half_day(house, held):
    day = tokyo(2026, 11, 25)
    for hour, made in ((9, 1), (10, 1), (11, 1), (12, 2), (17, 2)):
        call(held, day + timedelta(hours=hour))
        assert clock_of(held).goal["made"] == made
    for days in (1, 2):
        for hour in (9, 13):
            call(held, day + days * DAY + timedelta(hours=hour))
    clock = clock_of(held)
    assert (clock.state, clock.goal["made"], clock.goal["on"]) == (Clock.RUNNING, 6, ["phone"])
    call(held, day + 5 * DAY, channel="email", result="email_sent")
    assert (clock_of(held).state, clock_of(held).met_at) == (Clock.MET, day + 5 * DAY)


def test_the_other_channel_in_the_same_half_day_counts(house, held):
    call(held, NOW + MINUTE)
    call(held, NOW + 2 * MINUTE, result="email_sent", channel="email")
    assert clock_of(held).goal["made"] == 2


def test_noon_in_tokyo_parts_the_day(house, held):
    for at in (tokyo(2026, 11, 25, 11, 59, 59), tokyo(2026, 11, 25, 12, 0)):
        call(held, at)
    assert clock_of(held).goal["made"] == 2


def test_a_lost_nudge_heals_and_is_looked_at_once(house, held):
    told = intake.NewActivity(
        lead_id=held.lead_id, type="call_attempt", occurred_at=NOW + MINUTE, source="cti", actor=held.rep
    )  # fmt: skip
    intake.record([told], now=NOW + MINUTE)
    assert see_contacts(now=NOW + 2 * MINUTE) == 1
    assert (clock_of(held).goal["made"], clock_of(held, "report").started_at) == (1, NOW + MINUTE)
    assert see_contacts(now=NOW + 3 * MINUTE) == 0


def test_an_act_told_of_while_another_is_looked_at_is_looked_at_too(house, held, monkeypatch):
    """Whoever looks has read the acts already when the second one is recorded."""
    tell(held, NOW + MINUTE)
    look = contacts.contact_made

    def meanwhile(lead_id, *, now):
        done = look(lead_id, now=now)
        tell(held, NOW + 2 * MINUTE, type="call_connected", external_id="c2")
        return done

    monkeypatch.setattr(contacts, "contact_made", meanwhile)
    assert see_contacts(now=NOW + 3 * MINUTE) == 1
    monkeypatch.undo()
    assert see_contacts(now=NOW + 3 * MINUTE) == 1
    assert clock_of(held).state == Clock.MET
    assert not FreshContact.objects.exists()


@pytest.mark.parametrize(
    "more", [{"actor": None}, {"type": "page_view"}, {"type": "note"}, {"genuine": "machine"}]
)
def test_what_is_no_contact_is_not_to_be_looked_at(house, held, more):
    """Thousands of reactions a second leave nothing to do here."""
    told = {"type": "call_attempt", "actor": held.rep} | more
    intake.record([intake.NewActivity(lead_id=held.lead_id, occurred_at=NOW, source="web", **told)], now=NOW)
    assert not FreshContact.objects.exists()


def test_an_act_between_the_moment_of_an_offer_and_its_clocks(house):
    """Routing waited for its locks with the moment it began at: the bell came when there was no clock yet."""
    lead = new_lead()
    react(lead, "demo_request")
    rescore(lead)
    waiting = handoff_of(lead)
    intake.record([told_of(lead, house.sato, NOW + SECOND)], now=NOW + SECOND)
    see_contacts(now=NOW + SECOND)
    assert not FreshContact.objects.exists()
    desk.route([waiting.pk], now=NOW)
    assert clock_of(waiting, "first_contact").state == Clock.RUNNING
    see_contacts(now=NOW + 2 * SECOND)
    assert clock_of(waiting, "first_contact").state == Clock.MET


def test_one_that_cannot_be_looked_at_does_not_stop_the_rest(house, held, monkeypatch, caplog):
    others = [accepted(new_lead()) for _ in range(2)]
    for one in (held, *others):
        tell(one, NOW + MINUTE)
    look = contacts.contact_made

    def fails(lead_id, *, now):
        if lead_id == held.lead_id:
            raise KeyError("x")
        return look(lead_id, now=now)

    monkeypatch.setattr(contacts, "contact_made", fails)
    assert sweep.until_done(now=NOW + MINUTE)["contacts"] == 2
    assert f"sweep contacts failed for {held.lead_id}" in caplog.messages
    assert [clock_of(one, "first_contact").state for one in others] == [Clock.MET] * 2
    assert list(FreshContact.objects.values_list("lead", flat=True)) == [held.lead_id]


def test_only_what_was_asked_for(house, held):
    other = accepted(new_lead())
    tell(held, NOW + MINUTE)
    tell(other, NOW + MINUTE)
    assert timers.see_contacts([other.lead_id], now=NOW + MINUTE) == 1
    assert list(FreshContact.objects.values_list("lead", flat=True)) == [held.lead_id]


def test_of_a_lead_that_nobody_was_offered_there_is_nothing_to_look_at(house, django_assert_max_num_queries):
    leads = [new_lead() for _ in range(3)]
    intake.record([told_of(one, house.sato, NOW + MINUTE) for one in leads], now=NOW + MINUTE)
    with django_assert_max_num_queries(7):
        assert see_contacts(now=NOW + MINUTE) == 3
    assert not FreshContact.objects.exists()


def test_an_update_of_the_house_looks_once_at_what_was_lost_before(house, held):
    """Bells rung before contacts were written down: open handoffs with an act since they were opened."""
    tell(held, NOW + MINUTE)
    ended = accepted(new_lead())
    tell(ended, NOW + MINUTE)
    desk.send_back(handoff_of(ended.lead), by=ended.rep, now=NOW + MINUTE, reason="too_early")
    accepted(new_lead())
    FreshContact.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(import_module("handoff.migrations.0005_fresh_contacts").UNSEEN)
    assert list(FreshContact.objects.values_list("lead", flat=True)) == [held.lead_id]


def told_of(lead, by, at, *, type="call_attempt", external_id=None):
    return intake.NewActivity(
        lead_id=lead.pk, type=type, occurred_at=at, source="cti", external_id=external_id, actor=by
    )


def tell(handoff, at, **more):
    """Recorded, and the bell lost."""
    intake.record([told_of(handoff.lead, handoff.rep, at, **more)], now=at)


# ── late evidence ────────────────────────────────────────────────────────────


def test_evidence_takes_back_what_was_met_late(house, held):
    """The rep typed it too late; then the telephone system tells of the call itself."""
    due = clock_of(held, "first_contact").due_at
    call(held, due + MINUTE)
    assert clock_of(held, "first_contact").state == Clock.MET_LATE
    act(held.lead, held.rep, at=due, now=due + timedelta(hours=24), external_id="c1")
    clock = clock_of(held, "first_contact")
    assert (clock.state, clock.met_at, clock.breached_at, clock.ended_at) == (
        Clock.MET,
        due,
        None,
        due + MINUTE,
    )
    [change] = clock.due_changes.filter(cause="evidence")
    assert (change.old, change.detail["breached_at"]) == (due, due.isoformat())


@pytest.mark.parametrize(
    ("late", "state"), [(timedelta(hours=24), "met"), (timedelta(hours=24, seconds=1), "met_late")]
)
def test_evidence_is_at_most_a_day_late(house, held, late, state):
    due = clock_of(held).due_at
    timers.breach(now=due + MINUTE)
    act(held.lead, held.rep, at=due, now=due + late, type="call_connected", external_id="c1")
    clock = clock_of(held)
    assert (clock.state, clock.breached_at) == (state, None if state == "met" else due)
    assert clock.due_changes.filter(cause="evidence").count() == (state == "met")


def test_evidence_after_the_handoff_has_ended(house, held):
    """Sent back as overdue; in the night the telephone system tells that the call had been in time."""
    clock = clock_of(held, "first_contact")
    desk.send_back(held, by=held.rep, now=clock.due_at + MINUTE, reason="too_early")
    told = intake.NewActivity(
        lead_id=held.lead_id, type="call_attempt", occurred_at=clock.due_at, source="cti", external_id="c1",
        actor=held.rep,
    )  # fmt: skip
    night = clock.due_at + timedelta(hours=12)
    intake.record([told], now=night)
    assert see_contacts(now=night) == 1  # the bell may be lost: the sweep finds it
    clock.refresh_from_db()
    assert (clock.state, clock.met_at, clock.breached_at) == (Clock.MET, clock.due_at, None)
    assert see_contacts(now=night) == 0


def test_an_excused_breach_that_never_was(house, held):
    clock = clock_of(held, "first_contact")
    timers.breach(now=clock.due_at + MINUTE)
    clock.refresh_from_db()
    desk.excuse(clock, by=house.suzuki, now=clock.due_at + MINUTE, reason="停電")
    act(held.lead, held.rep, at=clock.due_at, now=clock.due_at + DAY, external_id="c1")
    clock.refresh_from_db()
    assert (clock.state, clock.excused_at, clock.excuse) == (Clock.MET, None, "")


# ── the report since the last contact ────────────────────────────────────────


def test_no_report_before_the_first_contact(house, held):
    assert clock_of(held, "report") is None
    call(held, NOW + MINUTE, result="reached")
    report = clock_of(held, "report")
    assert (report.started_at, report.target_minutes) == (NOW + MINUTE, 1440)
    assert report.due_at == tokyo(2026, 11, 27, 10, 43)
    assert fresh(held.lead).next_due_at == report.due_at


def test_a_later_contact_restarts_it_while_it_runs(house, held):
    call(held, NOW + MINUTE, result="reached")
    first = clock_of(held, "report").due_at
    call(held, first)  # exactly at due it still runs
    report = clock_of(held, "report")
    assert (report.started_at, report.due_at) == (first, tokyo(2026, 12, 2, 10, 43))
    [change] = report.due_changes.all()
    assert (change.cause, change.old, change.new) == ("restart", first, report.due_at)
    call(held, report.due_at + SECOND)
    assert clock_of(held, "report").started_at == first
    timers.breach(now=report.due_at + SECOND)
    assert clock_of(held, "report").breached_at == report.due_at


def test_evidence_of_a_contact_in_time_takes_back_its_breach(house, held):
    call(held, NOW + MINUTE, result="reached")
    due = clock_of(held, "report").due_at
    timers.breach(now=due + MINUTE)
    call(held, due + 2 * MINUTE)  # typed too late
    assert clock_of(held, "report").state == Clock.BREACHED
    act(held.lead, held.rep, at=due, now=due + timedelta(hours=3), external_id="c1")
    report = clock_of(held, "report")
    assert (report.state, report.started_at, report.breached_at) == (Clock.RUNNING, due, None)
    assert set(report.due_changes.values_list("cause", flat=True)) == {"restart", "evidence"}


def test_a_contact_in_time_that_nobody_looked_at_before_the_breach(house, held):
    """Its nudge was lost, and the sweep came first: the report was never late."""
    call(held, NOW + MINUTE, result="reached")
    due = clock_of(held, "report").due_at
    told = intake.NewActivity(
        lead_id=held.lead_id, type="email_sent", occurred_at=due, source="cti", actor=held.rep
    )  # fmt: skip
    intake.record([told], now=due)
    timers.breach(now=due + MINUTE)
    see_contacts(now=due + MINUTE)
    report = clock_of(held, "report")
    assert (report.state, report.started_at, report.breached_at) == (Clock.RUNNING, due, None)


def test_never_due_before_depth_is_met_or_due(house, held):
    call(held, NOW + MINUTE)
    report, depth = clock_of(held, "report"), clock_of(held)
    assert report.due_at == depth.due_at == tokyo(2026, 12, 8, 10, 42)
    assert sum(minutes for *_, minutes in report.segments) == 4799
    call(held, NOW + 2 * MINUTE, result="reached")
    assert clock_of(held, "report").due_at == tokyo(2026, 11, 27, 10, 44)


def test_the_end_of_the_handoff_meets_it(house, held):
    call(held, NOW + MINUTE, result="reached")
    desk.send_back(held, by=held.rep, now=NOW + DAY, reason="too_early")
    report = clock_of(held, "report")
    assert (report.state, report.met_at, report.ended_at) == (Clock.MET, NOW + DAY, NOW + DAY)


@pytest.mark.parametrize(("late", "state"), [(timedelta(), "met"), (SECOND, "met_late")])
def test_exactly_at_due_the_end_is_in_time(house, held, late, state):
    call(held, NOW + MINUTE, result="reached")
    due = clock_of(held, "report").due_at
    desk.send_back(held, by=held.rep, now=due + late, reason="too_early")
    report = clock_of(held, "report")
    assert (report.state, report.breached_at) == (state, due if late else None)


def test_given_on_they_go_on(house, held):
    call(held, NOW + MINUTE)
    before = {one.kind: (one.pk, one.started_at, one.due_at) for one in held.clocks.exclude(kind="accept")}
    to = next(one for one in (house.sato, house.kobayashi) if one != held.rep)
    new = desk.reassign(held, by=house.suzuki, now=NOW + 2 * MINUTE, reason="x", to=to)
    after = {one.kind: (one.pk, one.started_at, one.due_at) for one in new.clocks.exclude(kind="accept")}
    assert after == before and set(before) == {"first_contact", "persistence", "report"}
    assert new.clocks.get(kind="accept").started_at == NOW + 2 * MINUTE
    call(new, NOW + 3 * MINUTE, result="email_sent", channel="email")
    assert clock_of(held).goal["made"] == 2


# ── other reports ────────────────────────────────────────────────────────────


def meeting(lead, ends_at):
    return Meeting.objects.create(
        lead=lead, starts_at=ends_at - timedelta(hours=1), ends_at=ends_at, mode="visit", state="held",
        created_at=NOW,
    )  # fmt: skip


def test_since_the_acceptance(house):
    promising("accept", report={"within": "1d", "from": "accept"})
    handoff = offered(new_lead())
    assert clock_of(handoff, "report") is None
    desk.accept(handoff, by=handoff.rep, now=NOW + MINUTE)
    assert (clock_of(handoff, "report").started_at) == NOW + MINUTE
    assert clock_of(handoff, "report").due_at == tokyo(2026, 11, 25, 10, 43)


def test_since_the_end_of_the_latest_meeting(house):
    promising("accept", report={"within": "1d", "from": "meeting_end"})
    handoff = accepted(new_lead())
    assert clock_of(handoff, "report") is None
    first = meeting(handoff.lead, tokyo(2026, 11, 25, 11, 0))
    timers.meeting_held(first, now=tokyo(2026, 11, 25, 11, 5))
    assert clock_of(handoff, "report").due_at == tokyo(2026, 11, 26, 11, 0)
    second = meeting(handoff.lead, tokyo(2026, 11, 26, 10, 0))
    timers.meeting_held(second, now=tokyo(2026, 11, 26, 10, 5))
    assert clock_of(handoff, "report").due_at == tokyo(2026, 11, 27, 10, 0)
    timers.verdict_given(first, now=tokyo(2026, 11, 26, 10, 6))
    assert clock_of(handoff, "report").state == Clock.RUNNING
    timers.verdict_given(second, now=tokyo(2026, 11, 26, 10, 7))
    assert clock_of(handoff, "report").met_at == tokyo(2026, 11, 26, 10, 7)


def test_a_meeting_is_no_business_of_other_reports(house, held):
    timers.meeting_held(meeting(held.lead, NOW + DAY), now=NOW + DAY)
    assert clock_of(held, "report") is None


# ── marketing's answer ───────────────────────────────────────────────────────


def asked(handoff, now=NOW):
    task = Task.objects.create(
        lead=handoff.lead, kind=Task.QUESTION, side="marketing", cause_key=f"q{handoff.pk}", created_at=now,
        due_at=now,
    )  # fmt: skip
    return task, timers.ask_answer(task, handoff, now=now)


def test_an_answer_is_owed_in_the_teams_hours(house, held):
    task, clock = asked(held)
    assert (clock.kind, clock.target_minutes, clock.due_at) == ("answer", 960, tokyo(2026, 11, 26, 10, 42))
    task.refresh_from_db()
    assert task.due_at == clock.due_at
    timers.answered(task, now=clock.due_at)
    clock.refresh_from_db()
    assert clock.state == Clock.MET


def test_it_is_no_deadline_of_the_rep_and_outlives_the_handoff(house, held):
    before = fresh(held.lead).next_due_at
    task, clock = asked(held)
    call(held, NOW + MINUTE, result="reached")
    assert fresh(held.lead).next_due_at not in (before, clock.due_at)
    desk.send_back(held, by=held.rep, now=NOW + DAY, reason="too_early")
    clock.refresh_from_db()
    assert (clock.state, clock.ended_at) == (Clock.RUNNING, None)
    timers.answered(task, now=clock.due_at + SECOND)
    clock.refresh_from_db()
    assert (clock.state, clock.breached_at) == (Clock.MET_LATE, clock.due_at)


def test_whoever_follows_hears_of_each_clock(house, monkeypatch):
    from handoff import reckoning

    heard = []
    monkeypatch.setattr(reckoning, "_listeners", [])
    timers.follow(lambda clocks: heard.extend((one.kind, one.state) for one in clocks))
    handoff = accepted(new_lead())
    assert sorted(heard) == [
        ("accept", "met"), ("accept", "running"), ("first_contact", "running"), ("persistence", "running"),
    ]  # fmt: skip
    call(handoff, NOW + MINUTE, result="reached")
    assert {("first_contact", "met"), ("persistence", "met"), ("report", "running")} <= set(heard)


# ── the order in which facts arrive ──────────────────────────────────────────


@pytest.mark.parametrize("seed", range(6))
def test_in_whatever_order_systems_tell_of_them(house, seed):
    """The same calls, told in another order within the hour, leave the same verdicts and deadlines."""
    chance = random.Random(seed)
    moments = sorted(NOW + timedelta(minutes=chance.randint(1, 58)) for _ in range(5))
    told = [(at, chance.choice(["call_attempt", "email_sent", "dm_sent"])) for at in moments]
    seen = []
    for order in (told, chance.sample(told, len(told))):
        handoff = accepted(new_lead())
        for number, (at, kind) in enumerate(order):
            key = f"{handoff.pk}-{number}"
            act(handoff.lead, handoff.rep, at=at, now=NOW + timedelta(hours=1), type=kind, external_id=key)
        rows = Clock.objects.filter(handoff=handoff).order_by("kind")
        seen.append([(c.kind, c.state, c.started_at, c.due_at, c.goal.get("made")) for c in rows])
    assert seen[0] == seen[1]
    assert DueChange.objects.filter(cause="evidence").count() == 0
