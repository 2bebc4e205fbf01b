"""Accept, send back, and the contacts in between (PRODUCT 6)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from handoff import desk, timers
from handoff.models import Clock, Handoff
from handoff.refusals import Conflict, DeskRefused, NotYours
from leads import stages
from leads.models import Activity, Involvement, Lead, Transition
from tests import people
from tests.people import NOW, accepted, fresh, handoff_of, new_lead, offered, promising
from tests.threads import at_once

JST = ZoneInfo("Asia/Tokyo")
MINUTE = timedelta(minutes=1)
LATER = NOW + 5 * MINUTE
TODAY = date(2026, 11, 24)


@pytest.fixture
def held(house):
    """Offered to Sato at 10:42; to be accepted by 11:12, contacted by 11:42."""
    handoff = offered(new_lead())
    assert handoff.rep == house.sato
    return handoff


def clock_of(handoff, kind="accept"):
    return Clock.objects.get(handoff=handoff, kind=kind)


def refusal(act, *args, **wish):
    with pytest.raises(DeskRefused) as no:
        act(*args, **wish)
    return no.value.code, no.value.field


# ── accept ───────────────────────────────────────────────────────────────────


def test_accepting_makes_the_lead_theirs(house, held):
    done = desk.accept(held, by=house.sato, now=LATER, version=held.version)
    assert (done.state, done.accepted_at, done.accepted_by, done.version) == (
        "accepted", LATER, house.sato, held.version + 1,
    )  # fmt: skip
    lead = fresh(held.lead)
    assert (lead.stage, lead.owner, lead.next_actor) == (stages.SAL, house.sato, house.sato)
    assert done.lead.stage == stages.SAL
    step = Transition.objects.filter(lead=lead).order_by("version").last()
    assert (step.start, step.end, step.actor, step.cause, step.handoff_id) == (
        "mql", "sal", house.sato, "person", held.pk,
    )  # fmt: skip
    assert Involvement.objects.filter(lead=lead, user=house.sato, kind="handler").exists()


def test_the_next_deadline_is_the_first_contact(house, held):
    desk.accept(held, by=house.sato, now=LATER)
    assert fresh(held.lead).next_due_at == clock_of(held, "first_contact").due_at


@pytest.mark.parametrize(
    ("after", "state", "is_breached"),
    [
        (timedelta(seconds=-1), Clock.MET, False),
        (timedelta(0), Clock.MET, False),
        (timedelta(seconds=1), Clock.MET_LATE, True),
        (timedelta(days=9), Clock.MET_LATE, True),
    ],
)
@pytest.mark.parametrize("noticed", [False, True])
def test_met_exactly_at_due_and_late_a_second_after(house, held, after, state, is_breached, noticed):
    """`breached_at` is the due time, whether a sweep noticed before or the answer writes it."""
    due = clock_of(held).due_at
    if noticed:
        timers.breach(now=due + after)
    desk.accept(held, by=house.sato, now=due + after)
    clock = clock_of(held)
    assert (clock.state, clock.met_at, clock.ended_at) == (state, due + after, due + after)
    assert clock.breached_at == (due if is_breached else None)


def test_only_whom_it_was_offered_to(house, held):
    for other in (house.kobayashi, house.suzuki, house.miura, house.tanaka):
        with pytest.raises(NotYours):
            desk.accept(held, by=other, now=LATER)
    assert handoff_of(held.lead).state == "offered"
    assert fresh(held.lead).stage == stages.MQL


def test_open_to_the_team_any_member_may(house, held):
    Handoff.objects.filter(pk=held.pk).update(open_to_team=True)
    with pytest.raises(NotYours):
        desk.accept(held, by=house.tanaka, now=LATER)
    done = desk.accept(held, by=house.kobayashi, now=LATER)
    assert (done.rep, done.open_to_team, fresh(held.lead).owner) == (house.kobayashi, False, house.kobayashi)


def test_who_was_quicker_and_when(house, held):
    Handoff.objects.filter(pk=held.pk).update(open_to_team=True)
    desk.accept(held, by=house.sato, now=LATER, version=held.version)
    with pytest.raises(Conflict) as no:
        desk.accept(held, by=house.kobayashi, now=LATER + MINUTE, version=held.version)
    assert (no.value.by, no.value.at, no.value.state) == (house.sato, LATER, "accepted")
    assert no.value.version == held.version + 1


def test_who_comes_late_by_what_they_read_does_not_stand_in_line(house, held, django_assert_max_num_queries):
    Handoff.objects.filter(pk=held.pk).update(open_to_team=True)
    desk.accept(held, by=house.sato, now=LATER)
    late = Handoff.objects.get(pk=held.pk)
    with django_assert_max_num_queries(4) as asked, pytest.raises(Conflict) as no:
        desk.accept(late, by=house.kobayashi, now=LATER + MINUTE, version=held.version)
    assert (no.value.by, no.value.at, no.value.state) == (house.sato, LATER, "accepted")
    assert not any("leads_lead" in one["sql"] for one in asked.captured_queries)


def test_the_winners_own_second_press_is_a_conflict_too(house, held):
    desk.accept(held, by=house.sato, now=LATER, version=held.version)
    with pytest.raises(Conflict):
        desk.accept(held, by=house.sato, now=LATER, version=held.version)


def test_a_waiting_one_cannot_be_accepted(house):
    lead = new_lead()
    people.react(lead, "demo_request")
    people.rescore(lead)
    with pytest.raises(Conflict) as no:
        desk.accept(handoff_of(lead), by=house.sato, now=NOW)
    assert no.value.state == "waiting"


def test_an_older_version_is_a_conflict(house, held):
    with pytest.raises(Conflict):
        desk.accept(held, by=house.sato, now=LATER, version=held.version - 1)
    assert handoff_of(held.lead).state == "offered"


def test_a_lead_withdrawn_in_the_meantime(house, held):
    desk.recycle(held.lead, by=house.miura, now=LATER, reason="too_early")
    with pytest.raises(Conflict) as no:
        desk.accept(held, by=house.sato, now=LATER + MINUTE)
    assert (no.value.by, no.value.at, no.value.state) == (house.miura, LATER, "recalled")


# ── two at once ──────────────────────────────────────────────────────────────


@pytest.fixture
def open_house(transactional_db):
    """As `house`, committed, so that other threads see it."""
    return people.open_house()


@pytest.mark.parametrize("round", range(3))
def test_two_accept_at_once_and_exactly_one_wins(open_house, round):
    held = offered(new_lead())
    Handoff.objects.filter(pk=held.pk).update(open_to_team=True)
    sato, kobayashi = open_house.sato, open_house.kobayashi
    answers = at_once(
        lambda: desk.accept(held, by=sato, now=LATER, version=held.version),
        lambda: desk.accept(held, by=kobayashi, now=LATER, version=held.version),
    )
    [winner] = [one for one in answers if isinstance(one, Handoff)]
    [loser] = [one for one in answers if isinstance(one, Conflict)]
    assert (loser.by, loser.at, loser.state) == (winner.accepted_by, LATER, "accepted")
    assert Transition.objects.filter(lead=held.lead, end="sal").count() == 1
    assert fresh(held.lead).owner == winner.accepted_by == Handoff.objects.get(pk=held.pk).rep


def test_accept_and_send_back_at_once(open_house):
    held = offered(new_lead())
    Handoff.objects.filter(pk=held.pk).update(open_to_team=True)
    sato, kobayashi = open_house.sato, open_house.kobayashi
    answers = at_once(
        lambda: desk.accept(held, by=sato, now=LATER, version=held.version),
        lambda: desk.send_back(held, by=kobayashi, now=LATER, version=held.version, reason="too_early"),
    )
    assert sorted(type(one).__name__ for one in answers) == ["Conflict", "Handoff"]
    lead, handoff = fresh(held.lead), Handoff.objects.get(pk=held.pk)
    assert (lead.stage, handoff.state) in {("sal", "accepted"), ("mal", "sent_back")}


def test_accept_and_withdraw_at_once(open_house):
    """The lead's lock puts them in order; whatever the order, lead and handoff agree."""
    held = offered(new_lead())
    sato, miura, lead = open_house.sato, open_house.miura, fresh(held.lead)
    at_once(
        lambda: desk.accept(held, by=sato, now=LATER, version=held.version),
        lambda: desk.recycle(lead, by=miura, now=LATER, reason="too_early", version=lead.version),
    )
    lead, handoff = fresh(held.lead), Handoff.objects.get(pk=held.pk)
    assert (lead.stage, handoff.state) in {("sal", "accepted"), ("mal", "recalled")}


def test_two_routers_offer_a_lead_once(open_house):
    leads = [new_lead() for _ in range(6)]
    for lead in leads:
        people.react(lead, "demo_request")
    people.readiness.rescore([lead.pk for lead in leads], now=NOW)
    ids = [handoff_of(lead).pk for lead in leads]
    answers = at_once(lambda: desk.route(ids, now=NOW), lambda: desk.route(ids[::-1], now=NOW))
    assert sorted(answers) == [0, 6]
    assert (
        sorted(Handoff.objects.values_list("rep__email", flat=True))
        == ["kobayashi@example.com"] * 2 + ["sato@example.com"] * 4
    )
    assert Clock.objects.count() == 18


# ── send back ────────────────────────────────────────────────────────────────


def test_sent_back_with_reason_and_date(house, held):
    done = desk.send_back(
        held, by=house.sato, now=LATER, reason="too_early", wake_on=date(2027, 4, 1), note="来期の予算で"
    )
    assert (done.state, done.reason, done.next_step, done.note) == (
        "sent_back", "too_early", "wake", "来期の予算で",
    )  # fmt: skip
    assert (done.ended_by, done.ended_at) == (house.sato, LATER)
    lead = fresh(held.lead)
    assert (lead.stage, lead.sent_back_at, lead.owner) == (stages.MAL, LATER, None)
    assert lead.wake_at == done.wake_at == datetime(2027, 4, 1, tzinfo=JST)
    assert (lead.next_side, lead.next_actor, lead.next_due_at) == ("marketing", None, lead.wake_at)
    step = lead.transitions.order_by("version").last()
    assert (step.end, step.reason, step.note, step.handoff_id) == (
        "mal", "too_early", "来期の予算で", held.pk,
    )  # fmt: skip


def test_it_is_an_answer_to_the_accept_clock_and_stops_the_other(house, held):
    desk.send_back(held, by=house.sato, now=LATER, reason="too_early")
    assert (clock_of(held).state, clock_of(held).met_at) == (Clock.MET, LATER)
    other = clock_of(held, "first_contact")
    assert (other.state, other.ended_at, other.breached_at) == (Clock.CANCELLED, LATER, None)


def test_late_it_is_late(house, held):
    due = clock_of(held).due_at
    desk.send_back(held, by=house.sato, now=due + timedelta(days=3), reason="too_early")
    assert (clock_of(held).state, clock_of(held).breached_at) == (Clock.MET_LATE, due)
    other = clock_of(held, "first_contact")
    assert (other.state, other.breached_at) == (Clock.BREACHED, other.due_at)


@pytest.mark.parametrize(("reason", "days"), [("too_early", 180), ("gathering_info", 60)])
def test_the_date_by_default(house, held, reason, days):
    desk.send_back(held, by=house.sato, now=LATER, reason=reason)
    at = fresh(held.lead).wake_at.astimezone(JST)
    assert (at.date(), at.hour, at.minute) == (TODAY + timedelta(days=days), 0, 0)


def test_dates_are_local_dates_of_the_team(house, held):
    """At 23:30 in Tokyo tomorrow is the 25th; in London it still is the 24th."""
    late = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)  # 00:30 on the 25th in Tokyo
    wish = {"by": house.sato, "now": late, "reason": "too_early"}
    assert refusal(desk.send_back, held, wake_on=date(2026, 11, 25), **wish) == ("in_the_past", "wake_on")
    desk.send_back(held, wake_on=date(2026, 11, 26), **wish)
    assert fresh(held.lead).wake_at == datetime(2026, 11, 25, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize("reason", ["no_problem_fit", "not_our_market"])
def test_disqualify_as_next_step(house, held, reason):
    done = desk.send_back(held, by=house.sato, now=LATER, reason=reason)
    lead = fresh(held.lead)
    assert (done.state, done.next_step, done.wake_at) == ("sent_back", "disqualify", None)
    assert (lead.stage, lead.wake_at, lead.next_side, lead.next_due_at) == ("disqualified", None, "", None)


def test_a_next_step_of_ones_own_choice(house, held):
    desk.send_back(held, by=house.sato, now=LATER, reason="too_early", next_step="disqualify")
    assert fresh(held.lead).stage == "disqualified"


@pytest.mark.parametrize("reason", ["wrong_person", "bad_data", "someone_on_it"])
def test_a_date_instead_of_what_the_reason_says(house, held, reason):
    wish = {"by": house.sato, "now": LATER, "reason": reason}
    assert refusal(desk.send_back, held, next_step="wake", **wish) == ("required", "wake_on")
    desk.send_back(held, next_step="wake", wake_on=date(2027, 1, 5), **wish)
    assert fresh(held.lead).wake_at == datetime(2027, 1, 5, tzinfo=JST)


def test_a_reason_that_needs_a_sentence(house, held):
    wish = {"by": house.sato, "now": LATER, "reason": "other"}
    assert refusal(desk.send_back, held, **wish) == ("note_required", "note")
    assert refusal(desk.send_back, held, note="  ", **wish) == ("note_required", "note")
    desk.send_back(held, note="取引先の紹介", **wish)


@pytest.mark.parametrize(
    ("wish", "answer"),
    [
        ({"reason": ""}, ("required", "reason")),
        ({"reason": "laziness"}, ("unknown_reason", "reason")),
        ({"reason": "competitor"}, ("unknown_reason", "reason")),  # a reason of another list
        ({"next_step": "sleep"}, ("unknown_choice", "next_step")),
        ({"follow": "nobody"}, ("unknown_choice", "follow")),
        ({"wake_on": TODAY}, ("in_the_past", "wake_on")),
        ({"wake_on": TODAY - timedelta(days=1)}, ("in_the_past", "wake_on")),
        ({"wake_on": TODAY + timedelta(days=3651)}, ("too_far", "wake_on")),
    ],
)
def test_what_a_send_back_must_say(house, held, wish, answer):
    assert (
        refusal(desk.send_back, held, **({"by": house.sato, "now": LATER, "reason": "too_early"} | wish))
        == answer
    )
    assert handoff_of(held.lead).state == "offered"
    assert Handoff.objects.get(pk=held.pk).version == held.version


def test_an_accepted_one_goes_back_too_and_the_rep_keeps_seeing_it(house):
    handoff = accepted(new_lead())
    desk.send_back(handoff, by=house.sato, now=LATER, reason="too_early")
    lead = fresh(handoff.lead)
    assert (lead.stage, lead.owner) == (stages.MAL, None)
    assert Lead.objects.visible_to(house.sato).filter(pk=lead.pk).exists()
    assert not Lead.objects.visible_to(house.kobayashi).filter(pk=lead.pk).exists()


def test_follow_me_keeps_the_lead_with_its_rep(house, held):
    desk.send_back(held, by=house.sato, now=LATER, reason="too_early", follow="me")
    lead = fresh(held.lead)
    assert (lead.owner, lead.next_actor, lead.next_side) == (house.sato, house.sato, "sales")
    assert lead.next_due_at == lead.wake_at


def test_only_its_rep_sends_it_back(house, held):
    for other in (house.kobayashi, house.suzuki, house.miura):
        with pytest.raises(NotYours):
            desk.send_back(held, by=other, now=LATER, reason="too_early")


def test_a_sent_back_one_is_not_sent_back_again(house, held):
    desk.send_back(held, by=house.sato, now=LATER, reason="too_early", version=held.version)
    with pytest.raises(Conflict) as no:
        desk.send_back(held, by=house.sato, now=LATER, reason="too_early", version=held.version)
    assert (no.value.by, no.value.state) == (house.sato, "sent_back")


# ── contact ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("result", "type"),
    [
        ("reached", "call_connected"),
        ("declined", "call_connected"),
        ("call_back", "call_connected"),
        ("no_answer", "call_attempt"),
        ("gatekeeper", "call_attempt"),
        ("left_company", "call_attempt"),
        ("meeting_set", "meeting_invited"),
        ("email_sent", "email_sent"),
    ],
)
def test_a_result_is_an_act_and_meets_the_clock(house, held, result, type):
    desk.contact(held, by=house.sato, now=LATER, result=result, note="受付で止まる")
    act = Activity.objects.get(lead=held.lead, direction="action")
    assert (act.type, act.actor, act.occurred_at) == (type, house.sato, LATER)
    assert act.channel == ("email" if result == "email_sent" else "phone")
    assert act.data == {"result": result, "handoff": held.pk, "note": "受付で止まる"}
    clock = clock_of(held, "first_contact")
    assert (clock.state, clock.met_at) == (Clock.MET, LATER)


def test_after_the_contact_five_business_days_from_the_last_act(house):
    promising("accept", "first_contact")
    handoff = accepted(new_lead())
    desk.contact(handoff, by=house.sato, now=LATER, result="reached")
    assert fresh(handoff.lead).next_due_at == datetime(2026, 12, 1, 18, 0, tzinfo=JST)
    later = LATER + timedelta(days=2)
    desk.contact(handoff, by=house.sato, now=later, result="no_answer")
    assert fresh(handoff.lead).next_due_at == datetime(2026, 12, 3, 18, 0, tzinfo=JST)


def test_the_next_step_is_the_deadline_until_it_is_done(house):
    promising("accept", "first_contact")
    handoff = accepted(new_lead())
    desk.contact(handoff, by=house.sato, now=LATER, result="call_back", next_step_on=date(2026, 11, 26))
    assert fresh(handoff.lead).next_due_at == datetime(2026, 11, 27, 0, 0, tzinfo=JST)
    desk.contact(handoff, by=house.sato, now=LATER + MINUTE, result="email_sent")
    assert fresh(handoff.lead).next_due_at == datetime(2026, 11, 27, 0, 0, tzinfo=JST)
    on_the_day = datetime(2026, 11, 26, 10, 0, tzinfo=JST)
    desk.contact(handoff, by=house.sato, now=on_the_day, result="reached")
    assert fresh(handoff.lead).next_due_at == datetime(2026, 12, 3, 18, 0, tzinfo=JST)


@pytest.mark.parametrize(
    ("wish", "answer"),
    [
        ({"result": ""}, ("required", "result")),
        ({"result": "fine"}, ("unknown_result", "result")),
        ({"channel": "pigeon"}, ("unknown_choice", "channel")),
        ({"next_step_on": TODAY - timedelta(days=1)}, ("in_the_past", "next_step_on")),
        ({"occurred_at": LATER + timedelta(hours=25)}, ("in_future", "occurred_at")),
    ],
)
def test_what_a_contact_must_say(house, held, wish, answer):
    assert (
        refusal(desk.contact, held, **({"by": house.sato, "now": LATER, "result": "reached"} | wish))
        == answer
    )
    assert not Activity.objects.filter(direction="action").exists()
    assert clock_of(held, "first_contact").state == Clock.RUNNING


def test_only_its_rep_logs_a_contact(house, held):
    for other in (house.kobayashi, house.miura):
        with pytest.raises(NotYours):
            desk.contact(held, by=other, now=LATER, result="reached")


def test_a_supporter_logs_too(house):
    handoff = accepted(new_lead())
    Involvement.objects.create(lead=handoff.lead, user=house.kobayashi, kind="supporter", since=NOW)
    desk.contact(handoff, by=house.kobayashi, now=LATER, result="reached")
    assert clock_of(handoff, "first_contact").state == Clock.MET


def test_the_same_event_of_a_system_counts_once(house, held):
    for _ in range(2):
        desk.contact(held, by=house.sato, now=LATER, result="no_answer", source="cti", external_id="call-1")
    assert Activity.objects.filter(lead=held.lead, direction="action").count() == 1


def test_an_ended_handoff_takes_no_contact(house, held):
    desk.send_back(held, by=house.sato, now=LATER, reason="too_early")
    with pytest.raises(Conflict):
        desk.contact(held, by=house.sato, now=LATER, result="reached")
