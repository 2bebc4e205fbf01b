"""A lead that kills its process, or fails, while it is scored: tried alone, ever more rarely."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from config import audit, sweep
from leads.models import Lead, Standing
from scoring import readiness, tasks
from scoring.models import Underway
from scoring.upkeep import bulk, progress, rescoring, underway
from tests.people import NOW, new_lead, open_house, react, rescore
from tests.scoring.upkeep.test_rescoring import LATER, MINUTE, dearer, interested, narrow

__all__ = ["narrow"]
pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


class Killed(BaseException):
    """What SIGKILL is to a process: nothing catches it and nothing is tidied up."""


@pytest.fixture
def house(db):
    return open_house()


@pytest.fixture
def poison(monkeypatch):
    """Whoever reads the facts of a lead in this set ends by `how`; how often each was begun is counted."""

    class Poison:
        def __init__(self) -> None:
            self.leads: set[int] = set()
            self.begun = 0
            self.how: type[BaseException] = Killed

        def taste(self, ids) -> None:
            if self.leads & set(ids):
                self.begun += 1
                raise self.how()

    found = Poison()
    many, one = bulk.bulk_facts.read, readiness.facts.load

    def read(ids, *told, **named):
        found.taste(ids)
        return many(ids, *told, **named)

    def load(leads, *told):
        leads = list(leads)
        found.taste([lead.pk for lead in leads])
        return one(leads, *told)

    monkeypatch.setattr(bulk.bulk_facts, "read", read)
    monkeypatch.setattr(readiness.facts, "load", load)
    return found


def curious(count: int = 3) -> list[Lead]:
    """Scored, and since then they looked at prices."""
    leads = [rescore(new_lead()) for _ in range(count)]
    for lead in leads:
        react(lead, "pricing_view", at=NOW)
    return leads


def interest(lead: Lead) -> int:
    return Standing.objects.get(lead=lead).interest


def lived(start: datetime, seconds: int) -> datetime:
    """A process that looks every second and is started again whenever it is killed."""
    for number in range(seconds):
        try:
            rescoring.work(now=start + number * SECOND, seconds=60)
        except Killed:
            continue
    return start + seconds * SECOND


# ── whoever dies leaves a trace ──────────────────────────────────────────────


def test_what_is_done_leaves_no_trace(house):
    leads = curious()
    assert rescoring.step(now=NOW) == 3
    assert [interest(lead) for lead in leads] == [4, 4, 4]
    assert not Underway.objects.exists()


def test_marks_are_two_statements_however_many(house, django_assert_num_queries):
    for count in (1, 3):
        leads = curious(count)
        with django_assert_num_queries(4):  # what is new of those given up; a savepoint and its end
            ids = underway.take(now=NOW, limit=10)
        assert ids == [lead.pk for lead in leads]
        readiness.rescore(ids, now=NOW)
        with django_assert_num_queries(1):
            underway.done(ids)


def test_it_is_written_before_the_scoring_begins(house, poison):
    bad, good, other = curious()
    poison.leads = {bad.pk}
    with pytest.raises(Killed):
        rescoring.step(now=NOW)
    assert list(Underway.objects.values_list("lead", "since", "tries").order_by("lead")) == [
        (pk.pk, NOW, 1) for pk in (bad, good, other)
    ]


def test_whoever_comes_next_goes_on_with_the_others(house, poison):
    """The same line, begun by somebody else: those who were not in that batch are scored at once."""
    [bad] = curious(1)
    poison.leads = {bad.pk}
    with pytest.raises(Killed):
        rescoring.step(now=NOW)
    late = curious()
    assert rescoring.is_waiting(now=NOW)
    assert rescoring.work(now=NOW, seconds=60) == 3
    assert [interest(lead) for lead in late] == [4, 4, 4]
    assert not rescoring.is_waiting(now=NOW)


def test_neighbours_of_its_batch_follow_when_the_claim_ran_out(house, poison):
    bad, good, other = curious()
    poison.leads = {bad.pk}
    lived(NOW, 5)
    assert (interest(good), interest(other), poison.begun) == (0, 0, 1)
    lived(NOW + 5 * SECOND, 2)
    assert (interest(good), interest(other), poison.begun) == (4, 4, 2)
    assert list(Underway.objects.values_list("lead", "tries")) == [(bad.pk, 2)]


def test_ten_tries_ever_farther_apart_then_it_is_given_up(house, poison, caplog):
    bad, good = curious(2)
    poison.leads = {bad.pk}
    caplog.set_level(logging.ERROR)
    end = lived(NOW, 180)
    assert poison.begun == underway.TRIES == 10
    assert interest(good) == 4
    row = Underway.objects.get()
    assert (row.lead_id, row.tries, row.claimed_until) == (bad.pk, 10, None)
    [said] = [one.getMessage() for one in caplog.records if "given up" in one.getMessage()]
    assert str(bad.pk) in said and bad.email not in said
    lived(end, 60)
    assert poison.begun == 10
    assert not rescoring.is_waiting(now=end + MINUTE)


def test_the_distance_grows(house, poison):
    [bad] = curious(1)
    poison.leads = {bad.pk}
    begun = []
    for number in range(180):
        before = poison.begun
        lived(NOW + number * SECOND, 1)
        begun += [number] * (poison.begun - before)
    apart = [later - earlier for earlier, later in pairwise(begun)]
    assert apart == [5, 6, 8, 9, 11, 12, 14, 15, 17]  # 4.5, 6, 7.5 … and a look every second


def test_one_that_only_fails_is_tried_as_rarely(house, poison, caplog):
    bad, good = curious(2)
    poison.leads, poison.how = {bad.pk}, ValueError
    caplog.set_level(logging.CRITICAL)
    done = sweep.until_done(now=NOW)
    assert interest(good) == 4
    assert done["scored"] >= 1
    before = poison.begun
    sweep.until_done(now=NOW + 4 * SECOND)
    assert poison.begun == before
    sweep.until_done(now=NOW + 5 * SECOND)
    assert poison.begun == before + 1
    poison.leads.clear()
    sweep.until_done(now=NOW + MINUTE)
    assert interest(bad) == 4
    assert not Underway.objects.exists()


# ── it is tried again ────────────────────────────────────────────────────────


@pytest.fixture
def given_up(house, poison):
    bad, _good = curious(2)
    poison.leads = {bad.pk}
    lived(NOW, 180)
    assert Underway.objects.given_up().get().lead_id == bad.pk
    return bad


def test_something_new_about_it_is_a_reason_to_try(given_up, poison):
    later = NOW + 10 * MINUTE
    poison.leads.clear()
    assert rescoring.work(now=later, seconds=60) == 0
    react(given_up, "page_view", at=later)
    assert rescoring.is_waiting(now=later)
    assert rescoring.work(now=later, seconds=60) == 1
    assert interest(given_up) == 5
    assert not Underway.objects.exists()


def test_by_hand(given_up, poison):
    later = NOW + 10 * MINUTE
    poison.leads.clear()
    assert underway.once_more(at=later) == 1
    assert rescoring.work(now=later, seconds=60) == 1
    assert interest(given_up) == 4
    assert list(audit.run(now=later)) == []


def test_other_rules_are_a_reason_to_try(given_up, poison):
    poison.leads.clear()
    dearer()
    rescoring.work(now=LATER, seconds=60)
    assert interest(given_up) == 8
    assert not Underway.objects.exists()


def test_ten_more_tries_and_not_one(given_up, poison):
    later = NOW + 10 * MINUTE
    underway.once_more(at=later)
    lived(later, 180)
    assert poison.begun == 20
    assert Underway.objects.given_up().count() == 1


# ── bells ────────────────────────────────────────────────────────────────────


def test_a_bell_that_is_heard_again_does_not_kill_again(house, poison):
    """Celery hands on what its worker died over: the second one finds that somebody was at it."""
    [bad] = curious(1)
    poison.leads = {bad.pk}
    with pytest.raises(Killed):
        tasks.rescore([bad.pk])
    assert tasks.rescore([bad.pk]) == 0
    assert poison.begun == 1


def test_a_bell_leaves_no_trace(house):
    leads = curious()
    assert tasks.rescore([lead.pk for lead in leads]) == 3
    assert not Underway.objects.exists()


# ── ranges of a new model ────────────────────────────────────────────────────


def test_a_range_that_kills_is_marked_the_second_time(house, narrow, poison):
    """The claim of the range is the first mark; whoever takes it after that writes down every lead."""
    bad, good, *others = interested(4)
    dearer()
    poison.leads = {bad.pk}
    at = LATER
    lived(at, 3)
    assert [interest(lead) for lead in others] == [8, 8]
    assert not Underway.objects.exists()
    at = lived(at + rescoring.CLAIM, 2)
    assert set(Underway.objects.values_list("lead", flat=True)) == {bad.pk, good.pk}
    at = lived(at + rescoring.CLAIM, 5)
    assert [interest(lead) for lead in (bad, good)] == [4, 8]
    assert not rescoring.RescoreRange.objects.filter(done_at=None).exists()
    poison.leads.clear()
    at = lived(at + MINUTE, 1)
    assert interest(bad) == 8
    assert list(audit.run(now=at)) == []


def test_who_fails_in_a_range_is_tried_again(house, narrow, poison):
    bad, good = interested(2)
    dearer()
    poison.leads, poison.how = {bad.pk}, ValueError
    rescoring.work(now=LATER, seconds=60)
    assert [interest(lead) for lead in (bad, good)] == [4, 8]
    poison.leads.clear()
    rescoring.work(now=LATER + 5 * SECOND, seconds=60)
    assert interest(bad) == 8


# ── what people see of it ────────────────────────────────────────────────────


def test_the_audit_names_it_and_does_not_look_into_it(given_up):
    found = list(audit.run(now=NOW + 10 * MINUTE))
    assert found == [{"check": "stored_score_is_recomputed_score", "lead": given_up.pk, "score": "given_up"}]


def test_the_rest_is_not_called_late_for_it(given_up):
    assert not progress.of(now=NOW + 10 * MINUTE).is_late


def test_readyz_counts_it_and_stays_ready(given_up, client):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["scores"]) == (200, "1 given up")
    Underway.objects.all().delete()
    assert client.get("/readyz").json()["scores"] == "ok"
