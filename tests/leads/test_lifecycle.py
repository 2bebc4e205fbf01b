"""The one door that moves a lead: table, version, append-only transitions (PRODUCT 3)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from leads import lifecycle, news, stages
from leads.lifecycle import LeadChanged, Move, StageRefused
from leads.models import AttributeChange, Standing, Transition
from tests import people
from tests.people import NOW, accepted, fresh, new_lead, offered

LATER = NOW + timedelta(hours=1)


def move(lead, to, **wish):
    return lifecycle.move(lead, **({"to": to, "cause": stages.PERSON, "now": LATER} | wish))


def steps_of(lead):
    return list(lead.transitions.order_by("version"))


# ── what is written ──────────────────────────────────────────────────────────


def test_born_at_lead(house):
    lead = new_lead(by=house.miura)
    [born] = steps_of(lead)
    assert (born.start, born.end, born.version, born.cause, born.actor) == (
        "",
        "lead",
        1,
        "person",
        house.miura,
    )
    assert (lead.stage, lead.version, lead.stage_entered_at) == ("lead", 1, NOW)


def test_a_move_writes_who_when_and_why(house):
    lead = move(
        new_lead(), stages.MAL, by=house.miura, reason="x", note="一言", because={"model": 1}, handoff_id=7
    )
    step = steps_of(lead)[-1]
    assert (step.start, step.end, step.version, step.actor, step.cause) == (
        "lead", "mal", 2, house.miura, "person",
    )  # fmt: skip
    assert (step.reason, step.note, step.because, step.handoff_id) == ("x", "一言", {"model": 1}, 7)
    assert (step.occurred_at, step.recorded_at, step.implied) == (LATER, LATER, False)
    assert (lead.stage, lead.version, lead.stage_entered_at) == ("mal", 2, LATER)


def test_when_it_happened_and_when_it_was_told(house):
    lead = move(new_lead(), stages.MAL, cause=stages.IMPORT, occurred_at=NOW - timedelta(days=9))
    step = steps_of(lead)[-1]
    assert (step.occurred_at, step.recorded_at) == (NOW - timedelta(days=9), LATER)
    assert lead.stage_entered_at == NOW - timedelta(days=9)


def test_passed_stages_are_implied_with_no_stay(house):
    lead = move(new_lead(), stages.SQL, cause=stages.IMPORT)
    passed = steps_of(lead)[1:]
    assert [(step.start, step.end, step.implied) for step in passed] == [
        ("lead", "mal", True), ("mal", "mql", True), ("mql", "sal", True), ("sal", "sql", False),
    ]  # fmt: skip
    assert {step.occurred_at for step in passed} == {LATER}
    assert lead.version == 5


def test_the_standing_follows(house):
    lead = move(new_lead(), stages.SAL, owner=house.sato)
    row = Standing.objects.get(lead=lead)
    lead = fresh(lead)
    assert (row.stage, row.owner) == ("sal", house.sato)
    assert (row.next_side, row.next_actor, row.next_due_at) == (
        lead.next_side, lead.next_actor, lead.next_due_at,
    )  # fmt: skip


def test_what_a_move_uses_up(house):
    """A follow-up date is for nurture, a trigger for `mql`; an outcome is gone after a way back."""
    handoff = offered(new_lead())
    people.send_back(handoff.lead, house)
    lead = fresh(handoff.lead)
    assert lead.wake_at and lead.trigger == "fast_track"
    lead = move(lead, stages.MQL, trigger="person")
    assert (lead.wake_at, lead.trigger) == (None, "person")
    assert lead.sent_back_at == NOW


def test_lost_is_forgotten_on_the_way_back_and_kept_in_history(house):
    lead = move(new_lead(owner=house.tanaka), stages.OPPORTUNITY, cause=stages.IMPORT, outcome="lost")
    assert (lead.outcome, fresh(lead).next_due_at) == ("lost", None)
    lead = move(lead, stages.MAL, reason="faded")
    assert lead.outcome is None
    assert lead.next_due_at is not None


def test_the_owner_stays_unless_said(house):
    lead = move(new_lead(owner=house.sato), stages.MAL)
    assert lead.owner == house.sato
    assert move(lead, stages.MQL, owner=house.kobayashi).owner == house.kobayashi
    assert move(lead, stages.DISQUALIFIED, reason="x", clear_owner=True).owner is None


# ── what is refused ──────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("to", "wish", "code"),
    [
        (stages.LEAD, {}, "not_in_table"),
        (stages.SAL, {"cause": stages.RULE}, "not_in_table"),
        (stages.SAL, {"cause": stages.WAKE}, "not_in_table"),
        (stages.DISQUALIFIED, {"cause": stages.RULE}, "not_by_this_cause"),
        (stages.DISQUALIFIED, {}, "reason_required"),
    ],
)
def test_the_table_is_asked(house, to, wish, code):
    lead = new_lead()
    with pytest.raises(StageRefused) as no:
        move(lead, to, **wish)
    assert no.value.code == code
    assert (fresh(lead).version, len(steps_of(lead))) == (1, 1)


def test_an_older_version_is_a_conflict_with_what_happened(house):
    lead = new_lead()
    move(lead, stages.MAL, by=house.miura)
    with pytest.raises(LeadChanged) as no:
        move(lead, stages.MQL, version=1)
    assert (no.value.lead.version, no.value.last.actor, no.value.last.end) == (2, house.miura, "mal")
    assert move(lead, stages.MQL, version=2).stage == "mql"


def test_one_refusal_refuses_the_batch(house):
    good, bad = new_lead(), move(new_lead(), stages.MAL)
    with pytest.raises(StageRefused):
        lifecycle.move_many(
            [Move(good.pk, stages.MAL, stages.RULE), Move(bad.pk, stages.MAL, stages.RULE)], now=LATER
        )
    assert fresh(good).stage == "lead"


def test_two_transitions_of_one_version_are_impossible(house):
    lead = new_lead()
    with pytest.raises(IntegrityError), transaction.atomic():
        Transition.objects.create(
            lead=lead, version=1, end="mal", occurred_at=NOW, recorded_at=NOW, cause="rule"
        )


# ── batches and races ────────────────────────────────────────────────────────


def test_a_batch_in_constant_statements(house):
    def statements(count):
        moves = [Move(new_lead().pk, stages.MAL, stages.RULE) for _ in range(count)]
        with CaptureQueriesContext(connection) as seen:
            lifecycle.move_many(moves, now=LATER)
        return len(seen)

    assert statements(2) == statements(7)


def test_news_is_told_within_the_transaction(house):
    heard = []

    def listen(*, moves, now):
        heard.extend((moved.lead.pk, moved.lead.stage, moved.transition.end, now) for moved in moves)

    lead = new_lead()
    news.stages_changed.within(listen)
    try:
        move(lead, stages.MAL)
    finally:
        news.stages_changed._within.remove(listen)
    assert heard == [(lead.pk, "mal", "mal", LATER)]


@pytest.mark.django_db(transaction=True)
def test_two_moves_at_once_are_one_after_the_other():
    """Both saw version 1: one moves, the other is told."""
    house = people.open_house()
    lead, ready = new_lead(), Barrier(2)

    def press(to):
        ready.wait()
        try:
            return lifecycle.move(
                lead, to=to, cause=stages.PERSON, by=house.miura, reason="x", version=1, now=LATER
            )
        except LeadChanged as no:
            return no
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(press, (stages.MAL, stages.DISQUALIFIED)))
    assert sorted(type(one).__name__ for one in answers) == ["Lead", "LeadChanged"]
    assert [step.version for step in steps_of(lead)] == [1, 2]
    assert fresh(lead).version == 2


# ── owners ───────────────────────────────────────────────────────────────────


def test_another_owner_is_written_down(house):
    handoff = accepted(new_lead())
    lead = fresh(handoff.lead)
    lifecycle.give_to(lead, house.kobayashi, by=house.suzuki, now=LATER)
    change = AttributeChange.objects.get(lead=lead, field="owner")
    assert (change.old, change.new, change.changed_by, change.changed_at) == (
        house.sato.pk, house.kobayashi.pk, house.suzuki, LATER,
    )  # fmt: skip
    assert fresh(lead).owner == Standing.objects.get(lead=lead).owner == house.kobayashi
    lifecycle.give_to(fresh(lead), house.kobayashi, by=house.suzuki, now=LATER)
    assert AttributeChange.objects.filter(field="owner").count() == 1
