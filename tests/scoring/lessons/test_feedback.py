"""Counted once a day, each decision once, by whoever claims it."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from pkgutil import iter_modules

from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config import sweep
from leads import intake
from leads.models import Lead
from scoring import migrations
from scoring.lessons import feedback
from scoring.lessons.traits import Trait
from scoring.models import CountedDecision, FeedbackCount, ScoringModel, SimulatedLead, Simulation
from scoring.past.decisions import ACCEPTED, REFUSED
from tests.people import NOW, accepted, fresh, new_lead, offered, send_back
from tests.scoring.doors import publish

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
LATER = NOW + MINUTE
WEB, RAISED = Trait("source", "web"), Trait("rule", "demo")


def two_answers(house):
    accepted(new_lead())
    lead = new_lead(source="紹介")
    offered(lead)
    send_back(lead, house)
    return lead


def rows(count) -> dict[tuple[str, str], tuple[int, int]]:
    table = feedback.table(count)
    return {tuple(one.trait): (one.n, one.accepted) for lines in table.values() for one in lines}


def test_the_table_says_how_many_and_how_many_accepted(house):
    two_answers(house)
    assert feedback.refresh(now=LATER) == 2
    count = feedback.latest()
    assert (count.result["n"], count.result["accepted"]) == (2, 1)
    found = rows(count)
    assert found[WEB] == (1, 1) and found[RAISED] == (2, 1) and found["source", "紹介"] == (1, 0)
    assert found["campaign", ""] == (2, 1)


def test_every_number_is_as_long_as_its_list(house):
    two_answers(house)
    feedback.refresh(now=LATER)
    count = feedback.latest()
    for (kind, value), (n, yes) in rows(count).items():
        key = Trait(kind, value).key
        assert feedback.behind(count, key).count() == n
        assert feedback.behind(count, key, (ACCEPTED,)).count() == yes
        assert feedback.behind(count, key, REFUSED).count() == n - yes
        assert feedback.trait_of(count, key) == Trait(kind, value)
    assert feedback.behind(count, RAISED.key, since=NOW).count() == 2
    assert feedback.behind(count, RAISED.key, since=LATER).count() == 0


def test_once_a_day_or_when_somebody_asks(house):
    accepted(new_lead())
    assert feedback.refresh(now=LATER) == 1
    assert not feedback.due(now=LATER) and feedback.refresh(now=LATER) == 0
    accepted(new_lead(), now=LATER)
    feedback.ask_again()
    assert feedback.due(now=LATER + MINUTE)
    assert feedback.latest().result["n"] == 1  # what was counted last stays until then
    assert feedback.refresh(now=LATER + MINUTE) == 1
    assert feedback.latest().result["n"] == 2
    assert not feedback.due(now=LATER + DAY)
    assert feedback.due(now=LATER + MINUTE + DAY)


def test_a_decision_is_looked_at_once(house):
    two_answers(house)
    feedback.refresh(now=LATER)
    kept = set(CountedDecision.objects.values_list("pk", flat=True))
    assert feedback.refresh(now=LATER + DAY) == 0
    assert set(CountedDecision.objects.values_list("pk", flat=True)) == kept
    assert feedback.latest().finished_at == LATER + DAY


def test_other_rules_make_another_count(house):
    two_answers(house)
    feedback.refresh(now=LATER)
    body = ScoringModel.objects.get().body
    body["interest"]["rules"] = [one for one in body["interest"]["rules"] if one["id"] != "demo"]
    body["opening"].pop("demo")
    publish(body, at=LATER + MINUTE)
    assert feedback.due(now=LATER + MINUTE)
    assert feedback.refresh(now=LATER + MINUTE) == 2
    assert RAISED not in rows(feedback.latest())
    assert FeedbackCount.objects.count() == 1


def test_what_is_older_than_a_year_or_merged_is_forgotten(house):
    lead = two_answers(house)
    feedback.refresh(now=LATER)
    Lead.objects.filter(pk=lead.pk).update(merged_into=new_lead())
    feedback.refresh(now=LATER + DAY)
    assert feedback.latest().result["n"] == 1
    feedback.refresh(now=NOW + feedback.SPAN + MINUTE)
    assert feedback.latest().result["n"] == 0
    assert not CountedDecision.objects.exists()


def test_in_batches_and_by_one_at_a_time(house, monkeypatch):
    monkeypatch.setattr(feedback, "BATCH", 1)
    monkeypatch.setattr(feedback, "MOST", 2)
    for _ in range(3):
        accepted(new_lead())
    assert feedback.refresh(now=LATER) == 2
    [count] = FeedbackCount.objects.all()
    assert feedback.latest() is None and (count.done, count.total) == (2, 3)
    FeedbackCount.objects.update(beat_at=LATER)  # somebody is at it
    assert feedback.refresh(now=LATER + timedelta(seconds=59)) == 0
    assert feedback.refresh(now=LATER + MINUTE) == 1  # and has been silent since
    assert feedback.latest().result["n"] == 3


def test_who_was_taken_for_dead_writes_nothing_twice(house, monkeypatch):
    """The first is overtaken between two batches: what it has written stands, the rest is the second's."""
    monkeypatch.setattr(feedback, "BATCH", 1)
    for _ in range(3):
        accepted(new_lead())
    looked, overtaken = feedback._look, []

    def then_somebody_comes(held, batch, **said):
        told = looked(held, batch, **said)
        if not overtaken:
            overtaken.append(True)
            assert feedback.refresh(now=LATER + 2 * MINUTE) == 2
        return told

    monkeypatch.setattr(feedback, "_look", then_somebody_comes)
    assert feedback.refresh(now=LATER) == 1
    assert feedback.latest().result["n"] == 3 and CountedDecision.objects.count() == 3


def test_the_sweep_counts(house):
    two_answers(house)
    done = sweep.until_done(now=LATER)
    assert done["counted"] == 2
    assert sweep.until_done(now=LATER)["counted"] == 0


def test_nothing_published_nothing_counted(db):
    assert not feedback.due(now=NOW)
    assert feedback.refresh(now=NOW) == 0 and feedback.latest() is None


def test_a_batch_costs_the_same_for_one_and_for_three(house):
    found = []
    for many in (1, 3):
        for _ in range(many):
            accepted(new_lead())
        feedback.ask_again()
        with CaptureQueriesContext(connection) as asked:
            assert feedback.refresh(now=LATER) == many
        found.append(len(asked))
    assert found[0] - found[1] in (0, 1)  # the first makes the count


def test_what_changes_later_changes_nothing(house):
    lead = two_answers(house)
    feedback.refresh(now=LATER)
    before = rows(feedback.latest())
    intake.edit(fresh(lead), {"source": "web", "title": "社長"}, by=None, now=LATER)
    CountedDecision.objects.all().delete()
    feedback.refresh(now=LATER + DAY)
    assert rows(feedback.latest()) == before


def test_a_count_that_was_a_simulation_is_carried_over(house):
    two_answers(house)
    feedback.refresh(now=LATER)
    before, table = feedback.latest(), rows(feedback.latest())
    held = Simulation.objects.create(
        state="feedback", revision=before.version.version, body=before.body, since=before.since,
        until=before.until, asked_at=LATER, finished_at=LATER, result=before.result, total=2, done=2,
    )  # fmt: skip
    for one in before.decisions.all():
        detail = {"id": one.transition_id, "why": one.reason, "has": one.has}
        held.leads.create(lead=one.lead, kind=one.result, at=one.at, detail=detail)
    told = set(before.decisions.values_list("transition", "lead", "result", "reason", "at"))
    before.delete()
    [name] = (one.name for one in iter_modules(migrations.__path__) if one.name.endswith("move_feedback"))
    import_module(f"scoring.migrations.{name}").move(apps, None)
    after = feedback.latest()
    assert rows(after) == table and after.finished_at == LATER
    assert set(after.decisions.values_list("transition", "lead", "result", "reason", "at")) == told
    assert not Simulation.objects.exists() and not SimulatedLead.objects.exists()
    assert feedback.refresh(now=LATER + DAY) == 0  # nothing of it is looked at again
