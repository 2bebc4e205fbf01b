"""Routing at work: who is offered a lead, with the receipt, caps and clocks (PRODUCT 6)."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from handoff import desk, routing
from handoff.models import Clock, Handoff, Queue, QueueMember
from handoff.refusals import DeskRefused
from leads import stages
from leads.models import Company, PlaybookSection
from leads.models.people import Leave
from tests.people import NOW, accepted, fresh, handoff_of, lead_at, new_lead, offered, react, rescore

JST = ZoneInfo("Asia/Tokyo")
MINUTE = timedelta(minutes=1)


def waiting(*, now=NOW, **fields):
    """A hand-raiser not routed yet."""
    lead = new_lead(now=now, **fields)
    react(lead, "demo_request", at=now)
    rescore(lead, now=now)
    return handoff_of(lead)


def routed(handoff, *, now=NOW):
    desk.route([handoff.pk], now=now)
    return Handoff.objects.get(pk=handoff.pk)


def many(house, count, *, now=NOW):
    """Who got each of `count` leads that came at once, in order."""
    found = [waiting(now=now) for _ in range(count)]
    desk.route([one.pk for one in found], now=now)
    return [Handoff.objects.get(pk=one.pk).rep for one in found]


def member(house, name, **change):
    return QueueMember.objects.filter(queue__slug="inside", user=getattr(house, name)).update(**change)


# ── fair shares ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "at",
    [(16, 9, 0), (18, 3, 15), (19, 12, 30), (20, 17, 59), (21, 23, 59), (22, 14, 0), (23, 10, 0)],
    ids=["opening", "night", "lunch", "close", "saturday", "sunday", "holiday"],
)
def test_two_to_one_at_any_hour_of_the_week(house, at):
    """30 leads, in three batches as they come in; Sato's weight is 2, Kobayashi's 1."""
    at = datetime(2026, 11, *at, tzinfo=JST)
    won = Counter()
    for batch in range(3):
        won.update(many(house, 10, now=at + batch * MINUTE))
    assert abs(won[house.sato] - 20) <= 1 and sum(won.values()) == 30
    assert set(won) == {house.sato, house.kobayashi}


def test_one_by_one_as_in_one_batch(house):
    singly = [routed(waiting()).rep for _ in range(9)]
    Handoff.objects.all().delete()
    QueueMember.objects.update(credit=0)
    assert many(house, 9) == singly


def test_round_robin_takes_turns(house):
    Queue.objects.filter(slug="inside").update(strategy="round_robin")
    assert many(house, 6) == [house.sato, house.kobayashi] * 3


def test_least_loaded_counts_what_they_hold(house):
    Queue.objects.filter(slug="inside").update(strategy="least_loaded")
    member(house, "sato", weight=1)
    assert many(house, 4) == [house.sato, house.kobayashi] * 2


def test_a_pull_queue_offers_nothing_by_itself(house):
    Queue.objects.filter(slug="inside").update(strategy="pull")
    handoff = routed(waiting())
    assert (handoff.state, handoff.queue.slug, handoff.routing["why"]) == ("waiting", "inside", "nobody")


# ── the receipt and what is written ──────────────────────────────────────────


def test_the_receipt_says_who_could_and_why(house):
    handoff = routed(waiting())
    receipt = handoff.routing
    assert (receipt["winner"], receipt["why"], receipt["strategy"]) == (house.sato.pk, "weighted", "weighted")
    assert [line["user"] for line in receipt["candidates"]] == [house.sato.pk, house.kobayashi.pk]
    assert routing.replay(receipt) == house.sato.pk
    assert receipt["at"] == NOW.isoformat()


def test_credits_on_the_receipt_are_those_that_are_kept(house):
    receipt = routed(waiting()).routing
    kept = dict(QueueMember.objects.filter(queue__slug="inside").values_list("user", "credit"))
    assert {line["user"]: line["credit_after"] for line in receipt["candidates"]} == kept


def test_the_offer(house):
    handoff = routed(waiting())
    assert (handoff.state, handoff.rep, handoff.queue.slug) == ("offered", house.sato, "inside")
    assert (handoff.offered_at, handoff.version, handoff.route_at) == (NOW, 2, None)
    assert (handoff.policy.slug, handoff.policy.version) == ("standard", 1)
    assert (handoff.targets["accept"], handoff.targets["first_contact"]) == (30, 60)
    lead = fresh(handoff.lead)
    assert (lead.next_side, lead.next_actor) == ("sales", house.sato)
    assert lead.next_due_at == handoff.clocks.get(kind="accept").due_at
    seat = lead.standing
    assert (seat.queue_id, seat.team.slug, seat.next_actor) == (handoff.queue_id, "inside-east", house.sato)
    assert seat.clock_due_at == lead.next_due_at


@pytest.mark.parametrize(
    ("reactions", "readiness", "targets"),
    [
        (["demo_request"], 82, (30, 60)),  # a hand-raiser, whatever the score
        (["webinar_attended", "document_download"] * 2, 82, (120, 240)),
        (["webinar_attended", "document_download"], 62, (240, 480)),
    ],
)
def test_targets_by_the_first_that_fits(house, reactions, readiness, targets):
    lead = new_lead()
    for kind in reactions:
        react(lead, kind)
    rescore(lead)
    handoff = routed(handoff_of(lead))
    assert handoff.lead.standing.readiness == readiness
    assert (handoff.targets["accept"], handoff.targets["first_contact"]) == targets
    assert {c.kind: c.target_minutes for c in handoff.clocks.all()} == {
        "accept": targets[0], "first_contact": targets[1], "persistence": 10 * 480,
    }  # fmt: skip


def test_routing_again_changes_nothing(house):
    handoff = routed(waiting())
    assert desk.route([handoff.pk], now=NOW + MINUTE) == 0
    again = Handoff.objects.get(pk=handoff.pk)
    assert (again.version, again.rep, again.offered_at) == (handoff.version, handoff.rep, NOW)
    assert Clock.objects.count() == 3


def test_a_batch_is_routed_in_constant_statements(house):
    def statements(count):
        ids = [waiting().pk for _ in range(count)]
        with CaptureQueriesContext(connection) as seen:
            desk.route(ids, now=NOW)
        return len(seen)

    statements(1)  # builds the calendar once
    assert statements(2) == statements(6) <= 31


# ── who comes first ──────────────────────────────────────────────────────────


def test_the_owner_of_the_company_comes_first(house):
    handoff = waiting()
    Company.objects.filter(pk=handoff.lead.company_id).update(owner=house.kobayashi)
    handoff = routed(handoff)
    assert (handoff.rep, handoff.routing["why"]) == (house.kobayashi, "company_owner")
    assert set(QueueMember.objects.values_list("credit", flat=True)) == {0}


def test_an_owner_of_another_lane_is_passed_over(house):
    handoff = waiting()
    Company.objects.filter(pk=handoff.lead.company_id).update(owner=house.tanaka)
    assert routed(handoff).rep == house.sato


@pytest.mark.parametrize(("days", "why"), [(180, "recent_handler"), (181, "weighted")])
def test_the_recent_handler_within_sticky_days(house, days, why):
    member(house, "sato", is_active=False)
    handoff = accepted(new_lead())
    desk.send_back(handoff, by=house.kobayashi, now=NOW, reason="bad_data", next_step="wake",
                   wake_on=NOW.date() + timedelta(days=3000))  # fmt: skip
    member(house, "sato", is_active=True)
    later = NOW + timedelta(days=days)
    react(handoff.lead, "demo_request", at=later)
    rescore(handoff.lead, now=later)
    again = routed(handoff_of(handoff.lead), now=later)
    assert again.routing["why"] == why
    assert again.rep == (house.kobayashi if why == "recent_handler" else house.sato)


def test_who_was_only_offered_it_has_not_handled_it(house):
    handoff = offered(new_lead())
    desk.send_back(handoff, by=house.sato, now=NOW, reason="too_early")
    react(handoff.lead, "demo_request", at=NOW + MINUTE)
    rescore(handoff.lead, now=NOW + MINUTE)
    again = routed(handoff_of(handoff.lead), now=NOW + MINUTE)
    assert again.routing["why"] == "weighted"


def test_the_first_route_that_fits(house):
    second = Queue.objects.create(
        slug="osaka", lane=1, team=house.team("inside-east"), policy_slug="standard", strategy="weighted",
        position=9,
    )  # fmt: skip
    QueueMember.objects.create(queue=second, user=house.yamada)
    section = PlaybookSection.objects.get(name="routing")
    section.body["lanes"]["1"].insert(0, {"when": {"company.prefecture": {"is": "大阪府"}}, "queue": "osaka"})
    section.save()
    osaka = waiting(company={"name": "浪速商会", "prefecture": "大阪府", "industry": "logistics"})
    assert routed(osaka).queue == second
    assert routed(waiting()).queue.slug == "inside"
    Queue.objects.filter(pk=second.pk).update(is_active=False)
    closed = waiting(company={"name": "難波商会", "prefecture": "大阪府", "industry": "logistics"})
    assert routed(closed).queue.slug == "inside"


def test_what_waits_in_a_closed_queue_is_routed_anew(house):
    """The queue it was given to is gone: by a route, as if it had none."""
    second = Queue.objects.create(
        slug="second", lane=1, team=house.team("inside-east"), policy_slug="standard", strategy="weighted",
        position=9, is_active=False,
    )  # fmt: skip
    handoff = waiting()
    Handoff.objects.filter(pk=handoff.pk).update(queue=second)
    handoff = routed(handoff)
    assert (handoff.state, handoff.queue.slug) == ("offered", "inside")


def test_without_any_queue_it_waits(house):
    Queue.objects.update(is_active=False)
    handoff = routed(waiting())
    assert (handoff.state, handoff.queue, handoff.routing["why"]) == ("waiting", None, "no_route")
    lead = fresh(handoff.lead)
    assert (lead.next_side, lead.next_actor) == ("sales", None)
    assert lead.next_due_at == NOW + timedelta(days=1)


# ── leave and deputies ───────────────────────────────────────────────────────


def away(user, first, last, **more):
    return Leave.objects.create(user=user, starts_on=first, ends_on=last, created_at=NOW, **more)


def test_who_is_on_leave_gets_nothing_and_gains_nothing(house):
    away(house.sato, date(2026, 11, 24), date(2026, 11, 26))
    assert many(house, 6) == [house.kobayashi] * 6
    assert QueueMember.objects.get(user=house.sato, queue__slug="inside").credit == 0
    back = datetime(2026, 11, 27, 9, 0, tzinfo=JST)
    won = Counter(many(house, 9, now=back))
    assert won == {house.sato: 6, house.kobayashi: 3}  # by weights, as if nobody had been away


@pytest.mark.parametrize(
    ("at", "rep"),
    [
        ((25, 17, 59), "sato"),  # the clock would start to run before the leave does
        ((25, 18, 0), "kobayashi"),  # at close: it would start on the first day of leave
        ((26, 17, 59), "kobayashi"),
        ((26, 18, 0), "sato"),  # it would start on the day of return
    ],
)
def test_leave_counts_when_the_accept_clock_would_start(house, at, rep):
    away(house.sato, date(2026, 11, 26), date(2026, 11, 26))
    moment = datetime(2026, 11, *at, tzinfo=JST)
    assert routed(waiting(now=moment), now=moment).rep == getattr(house, rep)


def test_a_cancelled_leave_is_none(house):
    away(house.sato, date(2026, 11, 24), date(2026, 11, 26), cancelled_at=NOW)
    assert routed(waiting()).rep == house.sato


def test_the_deputy_gets_it_instead_of_the_owner_on_leave(house):
    member(house, "kobayashi", weight=0.001)
    handoff = waiting()
    Company.objects.filter(pk=handoff.lead.company_id).update(owner=house.sato)
    away(house.sato, date(2026, 11, 24), date(2026, 11, 24))
    handoff = routed(handoff)
    assert (handoff.rep, handoff.routing["why"]) == (house.kobayashi, "deputy")
    assert routing.why_not(handoff.routing) == {house.sato.pk: "on_leave"}
    assert routing.replay(handoff.routing) == house.kobayashi.pk


def test_an_owner_at_work_needs_no_deputy(house):
    member(house, "sato", max_open=1)
    offered(new_lead())
    handoff = waiting()
    Company.objects.filter(pk=handoff.lead.company_id).update(owner=house.sato)
    handoff = routed(handoff)
    assert (handoff.rep, handoff.routing["why"]) == (house.kobayashi, "weighted")
    assert routing.passed_over(handoff.routing) == [(house.sato.pk, "company_owner", "max_open")]


def test_nobody_is_named_who_is_on_leave(house):
    handoff = offered(new_lead())
    away(house.kobayashi, date(2026, 11, 24), date(2026, 11, 24))
    with pytest.raises(DeskRefused) as refused:
        desk.reassign(handoff, by=house.suzuki, now=NOW, reason="x", to=house.kobayashi)
    assert refused.value.code == "on_leave"


# ── caps ─────────────────────────────────────────────────────────────────────


def test_max_open_counts_offered_and_accepted(house):
    member(house, "sato", is_active=False)
    member(house, "kobayashi", max_open=2)
    accepted(new_lead())
    offered(new_lead())
    third = waiting()
    assert routed(third).state == "waiting"
    [line] = [one for one in routed(third).routing["candidates"] if one["user"] == house.kobayashi.pk]
    assert (line["open"], line["excluded"]) == (2, "max_open")
    answered = Handoff.objects.get(state="offered")
    desk.send_back(answered, by=house.kobayashi, now=NOW, reason="too_early")
    assert routed(third).rep == house.kobayashi


def test_a_cap_holds_within_one_batch(house):
    member(house, "sato", max_open=3)
    member(house, "kobayashi", max_open=2)
    assert Counter(many(house, 8)) == {house.sato: 3, house.kobayashi: 2, None: 3}


def test_max_per_day_is_a_local_date_of_the_team(house):
    """15:00 UTC is midnight in Tokyo: a new day there, the same one in London."""
    member(house, "sato", is_active=False)
    member(house, "kobayashi", max_per_day=1)
    midnight = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
    offered(new_lead(now=midnight - 2 * MINUTE), now=midnight - 2 * MINUTE)
    second = waiting(now=midnight - MINUTE)
    before = routed(second, now=midnight - timedelta(microseconds=1))
    assert before.state == "waiting"
    assert before.routing["candidates"][1]["excluded"] == "max_per_day"
    assert routed(second, now=midnight).state == "offered"


def test_an_offer_taken_back_today_still_counts_today(house):
    member(house, "sato", is_active=False)
    member(house, "kobayashi", max_per_day=1)
    handoff = offered(new_lead())
    desk.recycle(handoff.lead, by=house.miura, now=NOW, reason="too_early")
    assert routed(waiting()).state == "waiting"


# ── nobody for now ───────────────────────────────────────────────────────────


def test_with_nobody_it_waits_and_is_looked_at_again_in_a_minute(house):
    QueueMember.objects.update(is_active=False)
    handoff = routed(waiting())
    assert (handoff.state, handoff.queue.slug, handoff.version) == ("waiting", "inside", 2)
    assert handoff.route_at == NOW + MINUTE
    assert desk.waiting_due(now=NOW + MINUTE - timedelta(microseconds=1)) == []
    assert desk.waiting_due(now=NOW + MINUTE) == [handoff.pk]
    assert routed(handoff, now=NOW + MINUTE).version == 2
    member(house, "kobayashi", is_active=True)
    assert routed(handoff, now=NOW + 2 * MINUTE).rep == house.kobayashi


def test_the_longest_waiting_come_first(house):
    later = waiting(now=NOW + MINUTE)
    sooner = waiting(now=NOW)
    assert desk.waiting_due(now=NOW + MINUTE) == [sooner.pk, later.pk]
    assert desk.waiting_due(now=NOW + MINUTE, limit=1) == [sooner.pk]


def test_a_lead_that_left_in_the_meantime_is_not_offered(house):
    handoff = waiting()
    desk.recycle(handoff.lead, by=house.miura, now=NOW, reason="too_early")
    assert desk.route([handoff.pk], now=NOW) == 0
    assert handoff_of(handoff.lead).state == "recalled"


# ── the clock waits for the opening ──────────────────────────────────────────


def test_offered_on_friday_evening_before_a_monday_holiday(house):
    """30 minutes end exactly at close; an hour goes on on Tuesday, for Monday 23 November is a holiday."""
    friday = datetime(2026, 11, 20, 17, 30, tzinfo=JST)
    handoff = offered(new_lead(now=friday), now=friday)
    clocks = {clock.kind: clock for clock in handoff.clocks.all()}
    assert clocks["accept"].due_at == datetime(2026, 11, 20, 18, 0, tzinfo=JST)
    assert clocks["first_contact"].due_at == datetime(2026, 11, 24, 9, 30, tzinfo=JST)
    sums = [
        (datetime.fromisoformat(start).astimezone(JST), datetime.fromisoformat(end).astimezone(JST), minutes)
        for start, end, minutes in clocks["first_contact"].segments
    ]
    assert sums == [
        (friday, datetime(2026, 11, 20, 18, 0, tzinfo=JST), 30),
        (datetime(2026, 11, 24, 9, 0, tzinfo=JST), datetime(2026, 11, 24, 9, 30, tzinfo=JST), 30),
    ]
    assert sum(minutes for *_, minutes in sums) == clocks["first_contact"].target_minutes == 60


@pytest.mark.parametrize(
    ("at", "due"),
    [
        ((21, 3, 0), (24, 9, 30)),  # the night to Saturday: from Tuesday's opening
        ((20, 18, 0), (24, 9, 30)),  # exactly at close: from the next opening
        ((24, 11, 45), (24, 13, 15)),  # lunch is not counted
        ((24, 9, 0), (24, 9, 30)),
    ],
)
def test_the_offer_is_made_at_once_and_the_clock_waits(house, at, due):
    day, hour, minute = at
    moment = datetime(2026, 11, day, hour, minute, tzinfo=JST)
    handoff = offered(new_lead(now=moment), now=moment)
    assert (handoff.state, handoff.offered_at) == ("offered", moment)
    clock = handoff.clocks.get(kind="accept")
    assert clock.due_at == datetime(2026, 11, due[0], due[1], due[2], tzinfo=JST)
    assert clock.started_at == moment


def test_a_lead_in_an_offer_always_has_an_actor_and_a_deadline(house):
    for stage in (stages.LEAD, stages.MAL, stages.MQL, stages.SAL, stages.SQL):
        lead = lead_at(stage, house)
        assert lead.next_side and lead.next_due_at and lead.next_due_at > NOW
        assert (lead.next_actor is None) == (stage in (stages.LEAD, stages.MAL))
