"""An answer undone: everything as before it, history with one event more, and nobody else's act undone."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from config import audit, sweep
from handoff import desk, doubt, outbox, reports
from handoff.lists import HandoffFilter
from handoff.models import Clock, Decision, DueChange, Handoff, Message, Notice, Step
from handoff.refusals import Conflict, DeskRefused, NotYours
from leads import calendars, journey, stages
from leads.lifecycle import LeadChanged
from leads.models import Calendar, Involvement, Lead, Task, Transition
from leads.refusals import Quicker
from tests.people import (
    NOW,
    accepted,
    fresh,
    handoff_of,
    lead_at,
    met,
    new_lead,
    offered,
    open_house,
    promising,
    promoted,
    react,
)
from tests.threads import at_once

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
SOON = NOW + 3 * MINUTE
TEN = NOW + 10 * MINUTE
LEAD = (
    "stage", "stage_entered_at", "trigger", "owner", "outcome", "wake_at", "wake_trigger", "sent_back_at",
    "next_side", "next_actor", "next_due_at",
)  # fmt: skip
HANDOFF = (
    "state", "rep", "accepted_at", "accepted_by", "offered_at", "ended_at", "ended_by", "reason", "note",
    "next_step", "wake_at", "wake_trigger", "follow", "open_to_team", "end_cause", "routing",
)  # fmt: skip
CLOCK = (
    "pk", "kind", "state", "started_at", "due_at", "risk_at", "segments", "met_at", "breached_at", "ended_at",
)  # fmt: skip
STEP = ("pk", "state", "due_at")


def world(lead):
    """All that must be the same again."""
    return (
        Lead.objects.values(*LEAD).get(pk=lead.pk),
        list(Handoff.objects.filter(lead=lead).order_by("pk").values(*HANDOFF)),
        list(Clock.objects.filter(handoff__lead=lead, task=None).order_by("pk").values(*CLOCK)),
        list(Step.objects.filter(clock__handoff__lead=lead, clock__task=None).order_by("pk").values(*STEP)),
        set(Involvement.objects.filter(lead=lead).values_list("user", "kind")),
    )  # fmt: skip


def sound(now):
    sweep.until_done(now=now)
    return list(audit.run(now=now)) == []


def back(reason, **wish):
    return lambda one, by, now: desk.send_back(one, by=by, now=now, reason=reason, **wish)


ANSWERS = {
    "accept": lambda one, by, now: desk.accept(one, by=by, now=now),
    "wake": back("too_early"),
    "trigger": back("gathering_info", next_step="trigger"),
    "task": back("wrong_person", note="購買部へ"),
    "no fit": back("no_problem_fit", next_step="disqualify"),
    "mine": back("too_early", follow="me"),
    "disqualify": lambda one, by, now: desk.disqualify(one.lead, by=by, now=now, reason="selling"),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_offer_is_as_it_was(house, answer):
    handoff = offered(new_lead())
    rep, was = handoff.rep, world(handoff.lead)
    by = house.suzuki if answer == "disqualify" else rep
    ANSWERS[answer](handoff, by, NOW + MINUTE)
    assert world(handoff.lead) != was
    undone = desk.undo(handoff, by=by, now=SOON)
    assert (undone.state, undone.rep) == ("offered", rep)
    assert world(handoff.lead) == was
    assert sound(SOON)


@pytest.mark.parametrize("answer", [name for name in ANSWERS if name != "accept"])
@pytest.mark.parametrize("stage", [stages.SAL, stages.SQL])
def test_what_was_in_hand_is_in_hand_again(house, answer, stage):
    lead = lead_at(stage, house)
    handoff, was = handoff_of(lead), world(lead)
    ANSWERS[answer](handoff, handoff.rep, NOW + MINUTE)
    desk.undo(handoff, by=handoff.rep, now=SOON)
    assert world(lead) == was
    assert fresh(lead).stage == stage
    assert sound(SOON)


def test_a_waiting_one_found_no_fit_waits_again(house):
    lead = new_lead()
    desk.move(lead, to="mql", by=house.miura, now=NOW, note="お願いします")
    handoff = handoff_of(lead)
    desk.disqualify(fresh(lead), by=house.miura, now=NOW, reason="selling")
    desk.undo(handoff, by=house.miura, now=SOON)
    assert handoff_of(lead).state == "waiting"
    assert sound(SOON)
    assert handoff_of(lead).state == "offered"


def test_the_pair_stays_in_the_journey_and_out_of_every_count(house):
    handoff = accepted(new_lead())
    desk.undo(handoff, by=handoff.rep, now=SOON)
    way = [
        (one.start, one.end, one.cause, one.undoes) for one in handoff.lead.transitions.order_by("version")
    ]
    assert way[-2:] == [("mql", "sal", "person", None), ("sal", "mql", "undo", len(way) - 1)]
    counted = Transition.objects.counted().filter(lead=handoff.lead).order_by("version")
    assert [one.end for one in counted] == [end for _, end, _, _ in way[:-2]]
    [decision] = Decision.objects.filter(kind="accept")
    assert (decision.undone_at, decision.undone_by) == (SOON, handoff.rep)
    assert [stop.stage for stop in journey.stops(fresh(handoff.lead))][-3:] == ["mql", "sal", "mql"]


def test_given_again_it_counts_once(house):
    handoff = accepted(new_lead())
    desk.undo(handoff, by=handoff.rep, now=SOON)
    desk.accept(handoff, by=handoff.rep, now=SOON)
    answers = Transition.objects.counted().filter(lead=handoff.lead, end="sal")
    assert [one.recorded_at for one in answers] == [SOON]
    clock = Clock.objects.get(handoff=handoff, kind="accept")
    assert (clock.state, clock.met_at) == ("met", SOON)
    assert sound(SOON)


def test_the_sla_page_never_saw_it(house):
    """Met clocks, who was accepted, whom it is the turn of: all as if the answer had never been given."""
    handoff = offered(new_lead())
    base = HandoffFilter(at=SOON)
    kept = {one.kind: (one.all.met, one.all.n) for one in reports.attainment(base, house.suzuki, {})}
    desk.accept(handoff, by=handoff.rep, now=NOW)
    assert {one.kind: (one.all.met, one.all.n) for one in reports.attainment(base, house.suzuki, {})} != kept
    desk.undo(handoff, by=handoff.rep, now=SOON)
    assert {one.kind: (one.all.met, one.all.n) for one in reports.attainment(base, house.suzuki, {})} == kept
    [stand] = reports.picture(base, house.suzuki)
    assert (stand.phase, stand.since) == ("offered", NOW)


def test_a_doubt_counts_only_what_stood(house):
    """Only what is new stands for a hand-over after a send-back, not after one that was undone."""
    lead = new_lead()
    handoff = offered(lead)
    ANSWERS["wake"](handoff, handoff.rep, NOW)
    assert doubt._sent_back([lead.pk]) != {}
    desk.undo(handoff, by=handoff.rep, now=SOON)
    assert doubt._sent_back([lead.pk]) == {}


# ── who, and how long ────────────────────────────────────────────────────────


@pytest.mark.parametrize("at", [TEN - SECOND, TEN])
def test_for_ten_minutes(house, at):
    handoff = accepted(new_lead())
    assert desk.undo(handoff, by=handoff.rep, now=at).state == "offered"


def test_and_not_a_second_longer(house):
    handoff = accepted(new_lead())
    with pytest.raises(DeskRefused, match="undo_is_over"):
        desk.undo(handoff, by=handoff.rep, now=TEN + SECOND)
    assert handoff_of(handoff.lead).state == "accepted"


@pytest.mark.parametrize("who", ["suzuki", "miura", "kobayashi"])
def test_only_who_gave_it(house, who):
    handoff = accepted(new_lead())
    if handoff.rep == getattr(house, who):
        who = "sato"
    with pytest.raises(NotYours):
        desk.undo(handoff, by=getattr(house, who), now=SOON)


def test_one_press_undoes_one_answer(house):
    handoff = accepted(new_lead())
    ANSWERS["wake"](handoff, handoff.rep, NOW + MINUTE)
    desk.undo(handoff, by=handoff.rep, now=SOON)
    with pytest.raises(Quicker) as again:
        desk.undo(handoff, by=handoff.rep, now=SOON)
    assert (again.value.by, again.value.at, again.value.state) == (handoff.rep, SOON, "accepted")
    assert handoff_of(handoff.lead).state == "accepted"


def test_an_older_version_is_a_conflict(house):
    handoff = offered(new_lead())
    desk.accept(handoff, by=handoff.rep, now=NOW)
    with pytest.raises(Conflict):
        desk.undo(handoff, by=handoff.rep, now=SOON, version=handoff.version)


def test_nothing_to_undo(house):
    handoff = offered(new_lead())
    with pytest.raises(DeskRefused, match="nothing_to_undo"):
        desk.undo(handoff, by=handoff.rep, now=SOON)


# ── until the other side acted ───────────────────────────────────────────────


def test_marketing_has_answered_its_task(house):
    handoff = offered(new_lead())
    ANSWERS["task"](handoff, handoff.rep, NOW)
    task = Task.objects.get(lead=handoff.lead)
    desk.answer_task(task, by=house.miura, now=NOW + MINUTE, outcome="cannot", text="連絡先が不明です")
    with pytest.raises((Quicker, LeadChanged)):
        desk.undo(handoff, by=handoff.rep, now=SOON)
    task.refresh_from_db()
    assert task.outcome == "cannot"


def test_the_lead_moved_on(house):
    handoff = offered(new_lead())
    ANSWERS["trigger"](handoff, handoff.rep, NOW)
    react(handoff.lead, "page_view", at=NOW + MINUTE)
    desk.wake([handoff.lead_id], now=NOW + MINUTE)
    with pytest.raises(LeadChanged):
        desk.undo(handoff, by=handoff.rep, now=SOON)


def test_a_manager_gave_it_to_somebody_else(house):
    handoff = accepted(new_lead())
    to = house.kobayashi if handoff.rep == house.sato else house.sato
    desk.reassign(handoff, by=house.suzuki, now=NOW + MINUTE, reason="交代", to=to)
    with pytest.raises(Conflict) as lost:
        desk.undo(handoff, by=handoff.rep, now=SOON)
    assert lost.value.by == house.suzuki


def test_a_colleague_called_them(house):
    handoff = accepted(new_lead())
    desk.add_supporter(fresh(handoff.lead), user=house.tanaka, by=handoff.rep, now=NOW)
    desk.contact(handoff, by=house.tanaka, now=NOW + MINUTE, result="reached")
    with pytest.raises(Quicker) as lost:
        desk.undo(handoff, by=handoff.rep, now=SOON)
    assert lost.value.by == house.tanaka


def test_ones_own_call_stays_logged(house):
    handoff = accepted(new_lead())
    desk.contact(handoff, by=handoff.rep, now=NOW + MINUTE, result="reached")
    desk.undo(handoff, by=handoff.rep, now=SOON)
    first = Clock.objects.get(handoff=handoff, kind="first_contact")
    assert (first.state, first.met_at) == ("met", NOW + MINUTE)
    assert sound(SOON)


def test_a_reaction_of_the_lead_is_nobodys_act(house):
    handoff = accepted(new_lead())
    react(handoff.lead, "page_view", at=NOW + MINUTE)
    assert desk.undo(handoff, by=handoff.rep, now=SOON).state == "offered"
    assert sound(SOON)


def test_a_meeting_stands_on_it(house):
    handoff = accepted(new_lead())
    met(handoff.lead, handoff.rep, now=NOW + MINUTE)
    with pytest.raises(DeskRefused, match="meeting_booked_since"):
        desk.undo(handoff, by=handoff.rep, now=SOON)


# ── clocks ───────────────────────────────────────────────────────────────────


def test_clocks_go_on_as_if_never_stopped(house):
    handoff = offered(new_lead())
    due = Clock.objects.get(handoff=handoff, kind="accept").due_at
    ANSWERS["wake"](handoff, handoff.rep, due - MINUTE)
    desk.undo(handoff, by=handoff.rep, now=due + MINUTE)
    sweep.until_done(now=due + 2 * MINUTE)
    clock = Clock.objects.get(handoff=handoff, kind="accept")
    assert (clock.state, clock.due_at, clock.breached_at) == ("breached", due, due)
    [change] = DueChange.objects.filter(clock=clock)
    assert (change.cause, change.old, change.new, change.by) == ("undo", due, due, handoff.rep)
    assert list(audit.run(now=due + 2 * MINUTE)) == []


def test_what_had_run_out_is_a_breach_still(house):
    handoff = offered(new_lead())
    due = Clock.objects.get(handoff=handoff, kind="accept").due_at
    timers_at = due + MINUTE
    sweep.until_done(now=timers_at)
    handoff = handoff_of(handoff.lead)
    desk.accept(handoff, by=handoff.rep, now=due + 2 * MINUTE)
    assert Clock.objects.get(handoff=handoff, kind="accept").state == "met_late"
    desk.undo(handoff, by=handoff.rep, now=due + 3 * MINUTE)
    clock = Clock.objects.get(handoff=handoff, kind="accept")
    assert (clock.state, clock.breached_at, clock.met_at, clock.ended_at) == ("breached", due, None, None)


def test_a_report_since_the_acceptance_was_never_asked_for(house):
    promising("accept", **{"report": {"within": "2d", "from": "accept"}})
    handoff = accepted(new_lead())
    desk.undo(handoff, by=handoff.rep, now=SOON)
    report = Clock.objects.get(handoff=handoff, kind="report")
    assert (report.state, report.ended_at) == ("cancelled", SOON)
    desk.accept(handoff, by=handoff.rep, now=TEN)
    report.refresh_from_db()
    assert (report.state, report.started_at, report.ended_at) == ("running", TEN, None)
    assert sound(TEN)


def test_a_calendar_edited_meanwhile_counts(house):
    handoff = offered(new_lead())
    ANSWERS["wake"](handoff, handoff.rep, NOW)
    body = dict(Calendar.objects.get(slug="tokyo").body)
    body["overrides"] = {NOW.date().isoformat(): []}
    calendars.save("tokyo", body, by=None, now=NOW + MINUTE)
    desk.undo(handoff, by=handoff.rep, now=SOON)
    clock = Clock.objects.get(handoff=handoff, kind="accept")
    assert clock.due_at > NOW + timedelta(hours=12)
    assert clock.calendar_version == Calendar.objects.get(slug="tokyo").version


# ── what was asked and told ──────────────────────────────────────────────────


@pytest.mark.parametrize("answer", ["task", "wake"])
def test_marketing_is_asked_no_more(house, answer):
    handoff = offered(new_lead())
    ANSWERS[answer](handoff, handoff.rep, NOW)
    desk.undo(handoff, by=handoff.rep, now=SOON)
    for task in Task.objects.filter(lead=handoff.lead):
        assert (task.outcome, task.done_by, task.done_at) == ("withdrawn", handoff.rep, SOON)
        assert task.clock.state == "cancelled"
        with pytest.raises(Quicker):
            desk.answer_task(task, by=house.miura, now=SOON, outcome="done")
    ANSWERS[answer](handoff, handoff.rep, SOON)
    assert fresh(handoff.lead).stage == "mal"
    assert sound(SOON)
    assert fresh(handoff.lead).stage == "mal"


def by_hand(house):
    lead = new_lead()
    desk.move(lead, to="mql", by=house.miura, now=NOW, note="お願いします")
    desk.route([handoff_of(lead).pk], now=NOW)
    handoff = handoff_of(lead)
    return desk.accept(handoff, by=handoff.rep, now=NOW)


def test_who_was_not_told_yet_hears_of_neither(house):
    handoff = by_hand(house)
    desk.undo(handoff, by=handoff.rep, now=SOON)
    while outbox.deliver(now=TEN):
        pass
    assert not Notice.objects.filter(recipient=house.miura).exists()
    assert Message.objects.get(kind="accepted").state == "dropped"


def test_who_was_told_hears_that_it_was_undone_and_of_the_next(house):
    handoff = by_hand(house)
    while outbox.deliver(now=NOW):
        pass
    desk.undo(handoff, by=handoff.rep, now=SOON)
    desk.accept(handoff, by=handoff.rep, now=SOON)
    while outbox.deliver(now=SOON):
        pass
    told = Notice.objects.filter(recipient=house.miura).order_by("pk").values_list("kind", flat=True)
    assert list(told) == ["accepted", "undone", "accepted"]
    assert sound(SOON)


# ── the second lane ──────────────────────────────────────────────────────────


def test_the_second_lane_goes_back_to_who_had_it(house):
    handoff = promoted(new_lead(), house)
    was = world(handoff.lead)
    desk.accept(handoff, by=house.tanaka, now=NOW)
    [meeting] = handoff.lead.meetings.all()
    assert house.tanaka in meeting.ours.all()
    desk.undo(handoff, by=house.tanaka, now=SOON)
    assert world(handoff.lead) == was
    assert house.tanaka not in meeting.ours.all()
    assert sound(SOON)


# ── what can be undone ───────────────────────────────────────────────────────


def test_what_a_person_may_still_undo(house):
    handoff = accepted(new_lead())
    other = accepted(new_lead(), now=NOW + MINUTE)
    mine = [one.handoff for one in desk.undoable(handoff.rep, now=SOON)]
    assert handoff in mine
    assert [one.handoff for one in desk.undoable(handoff.rep, now=SOON)] == [handoff]
    assert desk.undoable(house.suzuki, now=SOON) == []
    assert desk.undoable(handoff.rep, now=TEN + SECOND) == []
    desk.undo(handoff, by=handoff.rep, now=SOON)
    assert desk.undoable(handoff.rep, now=SOON) == []
    assert [one.handoff for one in desk.undoable(other.rep, now=TEN)] == [other]


# ── two at once ──────────────────────────────────────────────────────────────


@pytest.fixture
def committed(transactional_db):
    """As `house`, so that other threads see it."""
    return open_house()


def test_two_presses_are_one_undo(committed):
    handoff = accepted(new_lead())
    press = partial(desk.undo, handoff, by=handoff.rep, now=SOON)
    answers = at_once(press, press, press)
    assert sorted(type(one).__name__ for one in answers) == ["Handoff", "Quicker", "Quicker"]
    assert Transition.objects.filter(lead=handoff.lead, cause="undo").count() == 1
    assert sound(SOON)


def test_undone_and_given_to_somebody_else_at_once(committed):
    """The lead's lock puts them in order; whichever comes first, nothing is half undone."""
    handoff = accepted(new_lead())
    to = committed.kobayashi if handoff.rep == committed.sato else committed.sato
    undone, given = at_once(
        partial(desk.undo, handoff, by=handoff.rep, now=SOON),
        partial(desk.reassign, handoff, by=committed.suzuki, now=SOON, reason="交代", to=to),
    )
    assert isinstance(given, Handoff)
    assert isinstance(undone, Handoff | Conflict)
    assert handoff_of(handoff.lead).rep == to
    assert fresh(handoff.lead).stage == ("mql" if isinstance(undone, Handoff) else "sal")
    assert sound(SOON)
