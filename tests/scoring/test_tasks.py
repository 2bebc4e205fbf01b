"""The bells of scoring, called as a worker calls them."""

from __future__ import annotations

from leads import stages
from leads.models import Standing
from scoring import tasks
from scoring.upkeep import rescoring
from tests.people import fresh, new_lead


def test_what_else_is_due_comes_along(house):
    lead, other = new_lead(), new_lead()
    assert tasks.rescore([lead.pk]) == 2
    for one in (lead, other):
        assert fresh(one).stage == stages.MAL
        assert Standing.objects.get(lead=one).readiness == 42


def test_of_what_else_is_due_so_many_only(house, monkeypatch):
    monkeypatch.setattr(rescoring, "ALONG", 1)
    leads = [new_lead() for _ in range(4)]
    assert tasks.rescore([leads[-1].pk]) == 2
    assert fresh(leads[-1]).stage == stages.MAL
    assert tasks.rescore([987_654]) == 0  # for nobody nothing comes along


def test_a_bell_may_be_doubled_or_late(house):
    lead, other = new_lead(), new_lead()
    tasks.rescore([lead.pk, lead.pk])
    assert tasks.rescore([lead.pk]) == tasks.rescore([other.pk]) == 0  # done by the first
    assert fresh(lead).version == fresh(other).version == 2


def test_a_bell_for_a_lead_that_is_gone(house):
    assert tasks.rescore([987_654]) == 0
