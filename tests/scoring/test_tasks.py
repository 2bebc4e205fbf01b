"""The bells of scoring, called as a worker calls them."""

from __future__ import annotations

from leads import stages
from leads.models import Standing
from scoring import tasks
from tests.people import fresh, new_lead


def test_rescore_scores_what_it_was_told(house):
    lead, other = new_lead(), new_lead()
    assert tasks.rescore([lead.pk]) == 1
    assert fresh(lead).stage == stages.MAL
    assert Standing.objects.get(lead=lead).readiness == 42
    assert Standing.objects.get(lead=other).readiness == 0


def test_a_bell_may_be_doubled_or_late(house):
    lead = new_lead()
    tasks.rescore([lead.pk, lead.pk])
    assert tasks.rescore([lead.pk]) == 1
    assert fresh(lead).version == 2


def test_a_bell_for_a_lead_that_is_gone(house):
    assert tasks.rescore([987_654]) == 0
