"""Scores are alive: what is stored is what the function says, through days of sweeps, and leads keep still.

Time passes by the moments of the standings themselves; nothing is recomputed that was not due.
"""

from __future__ import annotations

import random
from copy import deepcopy
from datetime import timedelta

from django.db.models import Min
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config import audit, sweep
from handoff.models import Handoff
from leads import intake, stages, standings
from leads.models import Standing
from scoring import readiness
from scoring.models import Override, ScoringModel
from scoring.overriding import set_override
from tests.people import NOW, fresh, handoff_of, lead_at, new_lead, offered, react, rescore, send_back
from tests.scoring.doors import publish
from tests.scoring.worlds import sections

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MOMENT = timedelta.resolution
KINDS = (
    "page_view", "pricing_view", "document_download", "webinar_attended", "event_attended", "email_click",
    "factory_tour", "unsubscribe", "demo_request", "email_sent", "call_attempt", "email_open",
)  # fmt: skip
ON_THE_DATABASE = settings(
    max_examples=25,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def test_stored_is_recomputed_through_a_week_of_sweeps(house):
    """Overrides run out, windows end, events of tomorrow happen, and on Thursday another model counts."""
    chance = random.Random(20261124)
    crowd = [new_lead(company={"name": f"会社{n}", "employees": chance.choice((20, 60, 150, 400))})
             for n in range(24)]  # fmt: skip
    for lead in crowd:
        for _ in range(chance.randrange(12)):
            at = NOW - chance.randrange(40 * 24) * HOUR + chance.randrange(20) * HOUR
            react(lead, chance.choice(KINDS), at=at, now=max(at - 20 * HOUR, NOW))
    for lead in crowd[::3]:
        until = NOW + chance.randrange(1, 6 * 24 * 60) * MINUTE
        value = chance.choice((10, 50, 90))
        set_override(lead, readiness=value, reason="会った", until=until, by=house.miura, now=NOW)
    _another_model(at=NOW + 2 * DAY + 7 * HOUR)
    sweep.until_done(now=NOW)
    at, steps = NOW, 0
    while at < NOW + 7 * DAY:
        at = min(max(_next_due(), at + 90 * MINUTE), at + 8 * HOUR)
        sweep.until_done(now=at)
        assert list(audit.run(now=at)) == []
        assert list(audit.stored_score_is_recomputed_score(_next_due() - MOMENT)) == []
        steps += 1
    assert steps > 20
    assert not Override.objects.in_force(at).exists()


def _another_model(*, at):
    body = deepcopy(ScoringModel.objects.get().body)
    for rule in body["interest"]["rules"]:
        rule["half_life_days"] = rule.get("half_life_days", 10) / 2
    body["classes"] = {"fit": 30, "interest": 12}
    body["mql"] |= {"min_readiness": 45, "leave_below": 30}
    publish(body, at=at)
    standings.raise_for_everybody(now=NOW)


def _next_due():
    return Standing.objects.aggregate(at=Min("rescore_at"))["at"]


# Leads keep still


@ON_THE_DATABASE
@given(st.lists(st.tuples(st.booleans(), st.integers(1, 60 * 20)), min_size=1, max_size=12))
def test_a_score_swinging_around_the_line_makes_one_handoff(house, swings):
    """100 or 300 employees: 5 points more or less, on both sides of the 60 that are asked."""
    lead = new_lead(now=NOW)
    for type in ("webinar_attended", "document_download", "pricing_view"):
        react(lead, type)
    at, seen = NOW, set()
    for is_large, minutes in swings:
        at += minutes * MINUTE
        intake.edit(fresh(lead), {"company": {"employees": 300 if is_large else 100}}, by=house.miura, now=at)
        lead = rescore(lead, now=at)
        seen.add(Standing.objects.get(lead=lead).readiness >= 60)
    assert Handoff.objects.filter(lead=lead).count() == (True in seen)
    if True in seen:
        assert lead.stage == stages.MQL


def test_a_hand_raiser_with_few_points_stays(house):
    lead = new_lead(title="", company={"name": "小さな会社"})
    handoff = offered(lead)
    assert handoff.trigger == "fast_track"
    for days in range(40):
        readiness.sweep(now=NOW + days * DAY)
        assert fresh(lead).stage == stages.MQL
    row = Standing.objects.get(lead=lead)
    assert row.readiness < ScoringModel.objects.get().body["mql"]["leave_below"]
    assert handoff_of(lead) == handoff


@ON_THE_DATABASE
@given(st.lists(sections(), min_size=1, max_size=3), st.integers(0, 40 * 24))
def test_a_returned_lead_with_nothing_new_never_comes_back_by_score(house, models, hours):
    """Whatever is published, whatever becomes of its fields, whatever a person says of its readiness."""
    lead = lead_at(stages.MQL, house)
    send_back(lead, house)
    set_override(lead, readiness=100, reason="戻したい", until=NOW + 90 * DAY, by=house.suzuki, now=NOW)
    at = NOW
    for body in (*models, _generous(models[0])):
        at += hours * HOUR + MINUTE
        publish(body, at=at)
        standings.raise_for_everybody(now=at)
        intake.edit(
            fresh(lead), {"title": f"代表取締役社長{hours}", "company": {"employees": 300 + hours}},
            by=None, now=at,
        )  # fmt: skip
        assert rescore(lead, now=at).stage == stages.MAL
    react(lead, "page_view", at=at + MINUTE)
    assert rescore(lead, now=at + MINUTE).stage == stages.MQL  # it was only this that was missing


def _generous(body):
    """Everybody is ready who did anything."""
    return body | {"mql": {"min_readiness": 0, "require": {}, "exclude": [], "fast_track": []}}
