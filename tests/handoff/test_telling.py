"""Who is told what: offers, answers, steps of ladders, breaches, verdicts; never by night, never twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from config import sweep
from handoff import desk, outbox, timers
from handoff.desk.supporting import stay
from handoff.models import Clock, Handoff, Message, Notice, QueueMember, Step
from leads.models import Team
from tests import people
from tests.people import NOW, accepted, fresh, handoff_of, new_lead, offered

HOUR = timedelta(hours=1)


def told(*kinds):
    """Kind and person of the messages written, in order."""
    found = Message.objects.filter(kind__in=kinds).select_related("recipient").order_by("pk")
    return [(one.kind, one.recipient.email.partition("@")[0]) for one in found]


def step_due(handoff, position):
    return Step.objects.get(clock__handoff=handoff, clock__kind="accept", position=position).due_at


@pytest.fixture
def held(house):
    """Offered to Sato on Tuesday 10:42."""
    return offered(new_lead())


# ── offers and answers ───────────────────────────────────────────────────────


def test_an_offer_is_told_to_the_rep_at_once(house, held):
    [message] = Message.objects.all()
    assert (message.kind, message.recipient, message.lead, message.handoff) == (
        "offered", house.sato, held.lead, held,
    )  # fmt: skip
    assert (message.key, message.send_at) == (f"offered:{held.pk}:{house.sato.pk}", NOW)
    desk.route([held.pk], now=NOW + HOUR)
    assert Message.objects.count() == 1


def test_an_offer_by_night_is_told_by_night_for_nobody_reads_it_then_anyway(house):
    night = NOW + 10 * HOUR
    offered(new_lead(now=night), now=night)
    assert Message.objects.get().send_at == night


def test_a_lead_that_came_back_on_its_date_says_so(house, held):
    desk.send_back(held, by=house.sato, now=NOW, reason="too_early", wake_on=datetime(2027, 2, 1).date())
    sweep.until_done(now=datetime(2027, 2, 1, 1, 0, tzinfo=UTC))
    assert told("woken") == [("woken", "sato")]


def test_reassigned_both_hear_of_it_but_not_who_did_it(house, held):
    desk.reassign(held, by=house.suzuki, now=NOW, reason="英語が必要", to=house.kobayashi)
    assert told("taken_back", "offered") == [
        ("offered", "sato"), ("taken_back", "sato"), ("offered", "kobayashi"),
    ]  # fmt: skip
    body = Message.objects.get(kind="taken_back").body
    assert body == {"cause": "reassigned", "by": house.suzuki.pk, "reason": "英語が必要"}


def test_withdrawn_by_marketing_the_rep_hears_of_it(house, held):
    desk.recycle(fresh(held.lead), by=house.miura, now=NOW, reason="too_early")
    assert told("taken_back") == [("taken_back", "sato")]
    assert Message.objects.get(kind="taken_back").body["cause"] == "withdrawn"


def test_a_handoff_that_became_an_opportunity_was_not_taken_back(house):
    lead = new_lead()
    desk.accept(people.promoted(lead, house), by=house.tanaka, now=NOW)
    desk.move(fresh(lead), to="sql", by=house.tanaka, now=NOW)
    desk.open_opportunity(
        fresh(lead),
        by=house.takahashi,
        now=NOW,
        amount=Decimal(1),
        expected_close=NOW.date() + timedelta(days=90),
    )
    assert told("taken_back") == []


def test_nobody_is_told_what_they_did_themselves(house):
    held = accepted(new_lead())
    desk.disqualify(fresh(held.lead), by=held.rep, now=NOW, reason="competitor")
    mine = offered(new_lead())
    Handoff.objects.filter(pk=mine.pk).update(handed_by=mine.rep)
    desk.accept(Handoff.objects.get(pk=mine.pk), by=mine.rep, now=NOW)
    assert told("taken_back", "accepted") == []


def test_sent_back_marketing_hears_the_reason_and_what_comes_next(house, held):
    desk.send_back(held, by=house.sato, now=NOW, reason="too_early", wake_on=datetime(2027, 2, 1).date())
    assert told("sent_back") == [("sent_back", "miura")]
    body = Message.objects.get(kind="sent_back").body
    assert (body["by"], body["reason"], body["next_step"]) == (house.sato.pk, "too_early", "wake")
    assert body["wake_at"].startswith("2027-02-01")


def test_whoever_handed_it_over_hears_that_somebody_is_on_it(house):
    lead = new_lead()
    desk.move(fresh(lead), to="mql", by=house.miura, now=NOW, note="展示会で名刺交換")
    desk.route([handoff_of(lead).pk], now=NOW)
    desk.accept(handoff_of(lead), by=handoff_of(lead).rep, now=NOW)
    assert told("accepted") == [("accepted", "miura")]


def test_what_the_machine_handed_over_is_accepted_without_a_word(house):
    accepted(new_lead())
    assert told("accepted") == []


def test_the_lead_of_marketing_is_told_where_there_is_one(house, held):
    team = Team.objects.create(slug="marketing", kind="marketing", calendar=Team.objects.first().calendar)
    Team.objects.filter(pk=team.pk).update(lead=house.tanaka)
    desk.send_back(held, by=house.sato, now=NOW, reason="too_early")
    assert told("sent_back") == [("sent_back", "tanaka")]


def test_a_supporter_hears_of_it_once(house):
    lead = fresh(accepted(new_lead()).lead)
    for _ in range(2):
        desk.add_supporter(lead, user=house.yamada, by=house.suzuki, now=NOW)
    assert told("supporter") == [("supporter", "yamada")]


def supported(lead, *people_):
    stay(lead, people_, now=NOW)  # since an earlier time in sales' hands, where it is only offered now


def test_supporters_hear_that_somebody_is_on_it(house, held):
    supported(held.lead, house.tanaka, house.sato)
    desk.accept(held, by=house.sato, now=NOW)
    assert told("accepted") == [("accepted", "tanaka")]  # not who accepted


def test_who_handed_it_over_and_supports_it_hears_once(house):
    lead = new_lead()
    new = people.promoted(lead, house)
    desk.accept(new, by=new.rep, now=NOW)
    assert told("accepted") == [("accepted", "sato")]


def test_supporters_hear_how_it_ended(house, held):
    supported(held.lead, house.tanaka)
    desk.disqualify(fresh(held.lead), by=house.suzuki, now=NOW, reason="selling")
    assert told("taken_back", "ended") == [("taken_back", "sato"), ("ended", "tanaka")]
    assert Message.objects.get(kind="ended").body["cause"] == "disqualified"


def test_supporters_hear_that_it_went_well_which_who_had_it_knows(house):
    lead = new_lead()
    accepted_ = accepted(lead)
    supported(lead, house.takahashi)
    desk.move(fresh(lead), to="sql", by=accepted_.rep, now=NOW)
    desk.open_opportunity(
        fresh(lead), by=accepted_.rep, now=NOW, amount=Decimal(1), expected_close=NOW.date()
    )  # fmt: skip
    assert told("ended", "taken_back") == [("ended", "takahashi")]
    assert Message.objects.get(kind="ended").body["cause"] == "completed"


def test_supporters_hear_of_a_passing_on_and_of_a_person_giving_it_away(house):
    lead = new_lead()
    handoff = accepted(lead)
    supported(lead, house.takahashi)
    desk.reassign(handoff, by=house.suzuki, now=NOW, reason="x", to=house.kobayashi)
    assert told("ended") == [("ended", "takahashi")]
    desk.accept(handoff_of(lead), by=house.kobayashi, now=NOW)
    desk.promote(handoff_of(lead), by=house.kobayashi, now=NOW, reason="x")
    assert told("ended") == [("ended", "takahashi")] * 2


def test_what_the_ladder_offers_anew_is_no_news_for_supporters(house, held):
    supported(held.lead, house.tanaka)
    sweep.until_done(now=step_due(held, 2))
    assert told("taken_back") == [("taken_back", "sato")] and told("ended") == []


def test_taken_back_from_field_sales_both_hear_of_it(house):
    """Marketing's or a manager's word: the rep loses it, its inside owner has it again, others are told."""
    lead = new_lead()
    new = people.promoted(lead, house)
    desk.accept(new, by=new.rep, now=NOW)
    supported(lead, house.takahashi)
    desk.recall(handoff_of(lead), by=house.suzuki, now=NOW, reason="too_early")
    assert told("taken_back", "given", "ended") == [
        ("given", "sato"), ("taken_back", new.rep.email.partition("@")[0]), ("ended", "takahashi"),
    ]  # fmt: skip
    desk.recall(handoff_of(lead), by=house.suzuki, now=NOW, reason="too_early")
    assert told("taken_back")[-1] == ("taken_back", "sato")


def test_a_proposal_taken_back_or_given_to_somebody_else(house):
    lead = new_lead()
    handoff = accepted(lead)
    desk.move(fresh(lead), to="sql", by=handoff.rep, now=NOW)
    one = desk.open_opportunity(
        fresh(lead), by=handoff.rep, now=NOW, amount=Decimal(1), expected_close=NOW.date()
    )  # fmt: skip
    desk.change_opportunity(one, by=handoff.rep, now=NOW, owner=house.tanaka)
    assert told("taken_back", "given") == [("given", "tanaka")]  # who gives it away knows
    one.refresh_from_db()
    desk.change_opportunity(one, by=house.suzuki, now=NOW + HOUR, owner=house.yamada)
    assert told("taken_back", "given")[1:] == [("taken_back", "tanaka"), ("given", "yamada")]
    desk.recycle(fresh(lead), by=house.suzuki, now=NOW + HOUR, reason="too_early")
    assert told("taken_back")[1:] == [("taken_back", "yamada")]


def test_marketing_hears_a_question_and_sales_its_answer(house, held):
    task = desk.ask_marketing(held, by=house.sato, now=NOW, text="予算は？")
    assert told("asked", "answered") == [("asked", "miura")]
    desk.answer_task(task, by=house.miura, now=NOW, text="800万円")
    assert told("answered") == [("answered", "sato")]
    [notice] = Message.objects.filter(kind="answered")
    assert notice.body == {
        "by": house.miura.pk, "task": task.pk, "task_kind": "question", "outcome": "answered",
    }  # fmt: skip


def test_who_answers_their_own_question_is_told_nothing(house, held):
    task = desk.ask_marketing(held, by=house.sato, now=NOW, text="予算は？")
    desk.answer_task(task, by=house.suzuki, now=NOW, text="800万円")  # an administrator may
    assert told("answered") == [("answered", "sato")]
    own = desk.ask_marketing(held, by=house.sato, now=NOW + HOUR, text="時期は？")
    own.assignee = house.sato
    own.save()
    desk.answer_task(own, by=house.sato, now=NOW + HOUR, text="来春")
    assert told("answered") == [("answered", "sato")]


def test_what_was_sent_back_and_put_right_comes_back_and_says_no_more(house, held):
    desk.send_back(held, by=house.sato, now=NOW, reason="bad_data")
    [task] = held.lead.tasks.filter(done_at=None)
    desk.answer_task(task, by=house.miura, now=NOW, text="直しました", outcome="done")
    assert told("answered") == []


def test_what_cannot_be_put_right_is_said(house, held):
    desk.send_back(held, by=house.sato, now=NOW, reason="bad_data")
    [task] = held.lead.tasks.filter(done_at=None)
    desk.answer_task(task, by=house.miura, now=NOW, text="わかりません", outcome="cannot")
    assert told("answered") == [("answered", "sato")]


def test_a_verdict_goes_back_to_marketing_and_inside_sales(house):
    lead = fresh(accepted(new_lead()).lead)
    desk.add_supporter(lead, user=house.kobayashi, by=house.suzuki, now=NOW)
    meeting = desk.book_meeting(
        lead, by=house.sato, now=NOW, starts_at=NOW + HOUR, ends_at=NOW + 2 * HOUR, mode="online"
    )
    desk.judge_meeting(meeting, by=house.suzuki, now=NOW + 3 * HOUR, verdict="valid")
    assert sorted(told("verdict")) == [("verdict", "kobayashi"), ("verdict", "miura"), ("verdict", "sato")]
    meeting.refresh_from_db()
    desk.judge_meeting(meeting, by=house.suzuki, now=NOW + 4 * HOUR, verdict="valid", version=meeting.version)
    assert len(told("verdict")) == 6  # another verdict is another cause


def test_nobody_to_take_it_the_team_lead_hears_once_a_day_and_queue(house):
    QueueMember.objects.update(is_active=False)
    for lead in (new_lead(), new_lead()):
        people.react(lead, "demo_request")
        people.rescore(lead)
    for hours in (0, 1, 2):
        desk.route(desk.waiting_due(now=NOW + hours * HOUR), now=NOW + hours * HOUR)
    assert told("nobody") == [("nobody", "suzuki")]
    desk.route(desk.waiting_due(now=NOW + 24 * HOUR), now=NOW + 24 * HOUR)
    assert len(told("nobody")) == 2


# ── the ladder ───────────────────────────────────────────────────────────────


def test_each_step_tells_whom_it_names(house, held):
    sweep.until_done(now=step_due(held, 0))
    assert told("remind_rep") == [("remind_rep", "sato")]
    sweep.until_done(now=step_due(held, 1))
    assert told("remind_rep", "tell_team_lead") == [
        ("remind_rep", "sato"), ("remind_rep", "sato"), ("tell_team_lead", "suzuki"),
    ]  # fmt: skip
    sweep.until_done(now=step_due(held, 2))
    assert sorted(told("tell_manager")) == [("tell_manager", "suzuki"), ("tell_manager", "takahashi")]
    assert told("taken_back") == [("taken_back", "sato")]
    outcome = Step.objects.get(clock__handoff=held, position=1, clock__kind="accept").outcome
    assert outcome == {"told": {"remind_rep": [house.sato.pk], "tell_team_lead": [house.suzuki.pk]}}


def test_whoever_is_rep_and_team_lead_is_told_once(house, held):
    Team.objects.filter(slug="inside-east").update(lead=house.sato)
    sweep.until_done(now=step_due(held, 1))
    assert told("tell_team_lead") == []
    assert told("remind_rep") == [("remind_rep", "sato")] * 2


def test_by_night_a_step_is_done_and_told_in_the_morning(house, held):
    Step.objects.filter(clock__handoff=held, position=0).update(due_at=NOW + 10 * HOUR)  # 20:42
    desk.climb(desk.steps_due(now=NOW + 10 * HOUR)[-1:], now=NOW + 10 * HOUR)
    send_at = Message.objects.filter(kind="remind_rep").values_list("send_at", flat=True)
    assert set(send_at) == {datetime(2026, 11, 25, 0, 5, tzinfo=UTC)}
    assert Step.objects.get(clock__handoff=held, position=0, clock__kind="accept").state == "done"


def test_after_an_outage_one_digest_for_each_and_no_storm(house):
    many = [offered(new_lead()) for _ in range(8)]
    back = NOW + 3 * HOUR + timedelta(minutes=30)  # Tuesday 14:12, after two hours of silence
    for minutes in range(0, 10):
        sweep.until_done(now=back + timedelta(minutes=minutes))
    ladder = Notice.objects.filter(kind__in=("digest", "remind_rep", "tell_team_lead", "tell_manager"))
    by_person = [one.recipient_id for one in ladder]
    assert len(by_person) == len(set(by_person)) > 0
    body = Notice.objects.get(recipient=house.suzuki, kind="digest").body
    assert (body["leads"], body["count"]) == (len(many), 2 * len(many))  # acceptance and first contact


def test_caught_up_one_by_one_it_is_one_digest_all_the_same(house):
    for _ in range(4):
        offered(new_lead())
    back = NOW + 3 * HOUR + timedelta(minutes=30)
    due = desk.steps_due(now=back)
    for number, pk in enumerate(due):
        at = back + timedelta(seconds=number)
        desk.climb([pk], now=at)
        outbox.deliver(now=at)
    assert len(due) > 8
    sweep.until_done(now=back + timedelta(minutes=3))
    assert Notice.objects.filter(recipient=house.suzuki).count() == 1


# ── breaches ─────────────────────────────────────────────────────────────────


def test_a_breach_no_step_speaks_of_is_told_by_itself(house, held):
    Step.objects.all().delete()
    at = held.clocks.get(kind="accept").due_at + timedelta(seconds=1)
    assert timers.breach(now=at) == 1
    assert told("breached") == [("breached", "sato")]
    clock = Clock.objects.get(handoff=held, kind="accept")
    assert (clock.state, clock.breached_at) == ("breached", clock.due_at)
    assert timers.breach(now=at) == 0
    assert Message.objects.get(kind="breached").body == {
        "clock": clock.pk, "clock_kind": "accept", "due": clock.due_at.isoformat(),
    }  # fmt: skip


def test_a_breach_its_ladder_speaks_of_is_told_once(house, held):
    timers.breach(now=held.clocks.get(kind="accept").due_at + timedelta(seconds=1))
    assert told("breached") == []


def test_many_steps_take_as_many_statements_as_few(house, django_assert_max_num_queries):
    held = [offered(new_lead()) for _ in range(6)]
    at = max(step_due(one, 0) for one in held)
    ids = desk.steps_due(now=at)
    with django_assert_max_num_queries(26):
        desk.climb(ids, now=at)
