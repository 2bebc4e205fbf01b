"""The doors of scoring: stored scores stay true, and leads go where the definition sends them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config import audit
from handoff import desk
from handoff.models import Handoff
from leads import intake, stages
from leads.models import Activity, Lead, Standing, Transition
from scoring import readiness
from scoring.engine import rounded
from scoring.models import ScoringModel
from tests.people import (
    NOW,
    fresh,
    handoff_of,
    lead_at,
    new_lead,
    offered,
    open_house,
    react,
    rescore,
    send_back,
)  # fmt: skip
from tests.scoring import oracle
from tests.scoring.doors import plain, publish, receive, record
from tests.scoring.worlds import AT, DAY, leads, sections

MINUTE, SECOND, MOMENT = timedelta(minutes=1), timedelta(seconds=1), timedelta.resolution
ON_THE_DATABASE = settings(
    max_examples=40,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def standing(lead: Lead) -> Standing:
    return Standing.objects.get(lead=lead)


def warm(*, now=NOW, **fields) -> Lead:
    """50 points of fit (部長, 300 people, manufacturing, IT) and 20 of interest: ready, on the dot."""
    lead = new_lead(now=now, department="情報システム部", **fields)
    react(lead, "webinar_attended", at=now)
    react(lead, "document_download", at=now)
    return lead


# Stored scores


def test_the_score_is_stored_with_the_moment_it_is_good_for(house):
    lead = rescore(warm())
    row = standing(lead)
    assert (row.readiness, row.fit, row.interest) == (70, 50, 20)
    assert NOW < row.rescore_at < NOW + DAY


def test_the_class_is_cut_by_the_exact_halves(house):
    """25 of interest are asked: 24.6 is printed as 25 and is not high."""
    lead = new_lead()
    react(lead, "factory_tour")
    assert standing(rescore(lead)).readiness_class == "now"
    later = NOW + DAY
    readiness.sweep(now=later)
    row = standing(lead)
    assert (row.interest, row.readiness_class) == (25, "future")
    assert list(audit.stored_score_is_recomputed_score(later)) == []
    Standing.objects.filter(lead=lead).update(readiness_class="now")
    assert list(audit.stored_score_is_recomputed_score(later)) == [
        {"lead": lead.pk, "stored": "now", "class": "future"}
    ]


def test_facts_make_a_score_due(house):
    lead = rescore(new_lead())
    assert readiness.due(now=NOW) == []
    react(lead, "pricing_view", at=NOW + MINUTE)
    assert readiness.due(now=NOW + MINUTE) == [lead.pk]
    assert readiness.sweep(now=NOW + MINUTE) == 1
    assert standing(lead).interest == 4
    assert readiness.sweep(now=NOW + MINUTE) == 0


def test_time_makes_a_score_due_to_the_moment(house):
    lead = rescore(warm())
    end = standing(lead).rescore_at
    assert readiness.due(now=end - MOMENT) == []
    assert readiness.due(now=end) == [lead.pk]


def test_a_published_version_makes_scores_due_when_it_comes_into_force(house):
    lead = rescore(new_lead())
    body = ScoringModel.objects.get().body
    publish(body | {"fit": {"max": 50, "rules": []}}, at=NOW + MINUTE)
    rescore(lead, now=NOW + SECOND)
    assert standing(lead).rescore_at == NOW + MINUTE
    assert standing(lead).fit == 42
    readiness.sweep(now=NOW + MINUTE)
    assert standing(lead).fit == 0


def test_a_merged_lead_is_left_alone(house):
    kept, merged = new_lead(), warm()
    Lead.objects.filter(pk=merged.pk).update(merged_into=kept)
    assert rescore(merged).stage == stages.LEAD
    assert standing(merged).readiness == 0
    assert readiness.due(now=NOW) == [kept.pk]


def test_late_facts_are_seen_whatever_the_clock_of_the_worker_says(house):
    """A worker that looked at its clock before the fact was recorded must still count it."""
    lead = new_lead()
    react(lead, "pricing_view", at=NOW, now=NOW + SECOND)
    rescore(lead, now=NOW)
    assert standing(lead).interest == 4


@ON_THE_DATABASE
@given(sections(), leads(), st.randoms(use_true_random=False), st.floats(0, 1, exclude_max=True))
def test_stored_is_recomputed_and_true_until_its_end(house, section, world, chance, share):
    """Told in any order with looks in between, then left to time: what is shown is what the oracle says."""
    publish(section)
    world = plain(world)
    lead = receive(world)
    told = list(world["events"])
    chance.shuffle(told)
    ids = {}
    for event in told:
        ids[event["id"]] = record(lead, event)
        if chance.random() < 0.3:
            rescore(lead, now=AT)
    rescore(lead, now=AT)
    world["events"] = [event | {"id": ids[event["id"]]} for event in world["events"]]
    shown = standing(lead)
    last = shown.rescore_at - MOMENT
    for moment in (AT, min(AT + share * (shown.rescore_at - AT), last), last):
        whole, fit, interest = oracle.score(section, world, moment)
        assert (shown.readiness, shown.fit, shown.interest) == (whole, rounded(fit), rounded(interest))
    later = shown.rescore_at + share * 40 * DAY
    rescore(lead, now=later)
    assert standing(lead).readiness == oracle.score(section, world, later)[0]


@ON_THE_DATABASE
@given(sections(), leads())
def test_a_lead_goes_where_the_oracle_says(house, section, world):
    publish(section)
    world = plain(world)
    lead = receive(world)
    for event in world["events"]:
        event["id"] = record(lead, event)
    lead = rescore(lead, now=AT)
    holds, trigger, group, excluded_by, _, _ = oracle.judge(section, world, AT)
    if holds:
        assert (lead.stage, lead.trigger) == (stages.MQL, trigger)
        because = Transition.objects.get(lead=lead, end=stages.MQL).because
        assert because.get("group") == group
    else:
        nurtured = excluded_by is None and readiness.contactable(lead)
        assert lead.stage == (stages.MAL if nurtured else stages.LEAD)


@ON_THE_DATABASE
@given(leads(), st.randoms(use_true_random=False))
def test_any_order_of_arrival_ends_the_same(house, world, chance):
    """Two leads of the same facts, told in two orders: the same score, lines (ids apart) and stage."""
    world = plain(world)
    ends = []
    for other in (False, True):
        told = list(world["events"])
        # Equal moments are told apart by the order of arrival alone: keep it among them.
        moments = [event["occurred_at"] for event in told]
        if other and len(set(moments)) == len(moments):
            chance.shuffle(told)
        own = world | {"name": f"{world['name']} {other}"}
        lead = receive(own)
        for event in told:
            record(lead, event)
        lead = rescore(lead, now=AT)
        found = readiness.score_as_of(lead, now=AT)
        lines = sorted((one["rule"], one["label"], one["original"], one["points"]) for one in found["lines"])
        ends.append((found["readiness"], lines, lead.stage, lead.trigger))
    assert ends[0] == ends[1]


# Where the definition sends a lead


def test_a_lead_we_may_contact_is_nurtured(house):
    assert rescore(new_lead()).stage == stages.MAL


@pytest.mark.parametrize(
    ("fields", "stage"),
    [
        ({"phone": ""}, stages.MAL),  # by mail
        ({"phone": "", "mail_opt_out": True}, stages.LEAD),
        ({"mail_opt_out": True}, stages.MAL),  # by phone
        ({"phone": "", "email": ""}, stages.LEAD),
        ({"phone": "", "email": "not an address"}, stages.LEAD),
        ({"do_not_contact": True}, stages.LEAD),
        ({"company": {"name": "競合", "relation": "competitor"}}, stages.LEAD),
    ],
)
def test_who_may_be_contacted(house, fields, stage):
    assert rescore(new_lead(**fields)).stage == stage


def test_without_a_model_leads_are_nurtured_and_have_no_points(db):
    lead, nobody = rescore(new_lead()), rescore(new_lead(email="", phone=""))
    assert (lead.stage, nobody.stage) == (stages.MAL, stages.LEAD)
    assert Transition.objects.get(lead=lead, end=stages.MAL).because == {}
    assert standing(lead).readiness == 0
    assert readiness.due(now=NOW) == []


def test_the_first_model_scores_everybody(db):
    lead = rescore(new_lead(), now=NOW)
    open_house(now=NOW + MINUTE)
    assert readiness.due(now=NOW + MINUTE) == [lead.pk]
    assert rescore(lead, now=NOW + MINUTE).stage == stages.MAL
    assert standing(lead).fit == 42


def test_a_ready_lead_goes_to_sales_by_its_score(house):
    lead = rescore(warm())
    assert (lead.stage, lead.trigger) == (stages.MQL, "score")
    last = Transition.objects.get(lead=lead, end=stages.MQL)
    assert (last.cause, last.because) == (stages.RULE, {"model": 1})
    assert handoff_of(lead).state == Handoff.WAITING


def test_a_hand_raiser_passes_over_the_minimums(house):
    lead = new_lead(title="", company={"name": "小さな会社"})
    react(lead, "demo_request")
    lead = rescore(lead)
    assert (lead.stage, lead.trigger) == (stages.MQL, "fast_track")
    assert Transition.objects.get(lead=lead, end=stages.MQL).because == {"model": 1, "group": 1}


@pytest.mark.parametrize("seconds", [-1, 0])
def test_a_minimum_is_lost_to_the_second(house, seconds):
    """20 points decay the moment they are there: ready at the moment itself, not a second later."""
    lead = rescore(warm(), now=NOW + timedelta(seconds=1 + seconds))
    assert lead.stage == (stages.MQL if seconds == -1 else stages.MAL)


def test_a_lead_that_is_no_longer_ready_leaves_by_itself(house):
    lead = rescore(warm())
    left = NOW
    while lead.stage == stages.MQL:
        left = max(standing(lead).rescore_at, left + MINUTE)
        lead = rescore(lead, now=left)
    assert lead.stage == stages.MAL
    assert Transition.objects.filter(lead=lead).latest("version").because["left"] == "hysteresis"
    assert handoff_of(lead).end_cause == "hysteresis"
    # 20 points decay to less than 10 in 30 days; readiness is 60 then, far above leave_below.
    assert timedelta(0) <= left - (NOW + 30 * DAY) <= 2 * MINUTE


def test_a_lead_that_becomes_a_customer_leaves_by_itself(house):
    lead = rescore(warm())
    intake.edit(
        lead, {"company": {"name": lead.company.name, "relation": "customer"}}, by=None, now=NOW + MINUTE
    )
    lead = rescore(lead, now=NOW + MINUTE)
    assert lead.stage == stages.MAL
    assert handoff_of(lead).end_cause == "exclude"


def test_an_accepted_lead_never_leaves_by_itself(house):
    lead = lead_at(stages.SAL, house)
    assert rescore(lead, now=NOW + 300 * DAY).stage == stages.SAL


def test_whom_a_person_handed_over_stays(house):
    lead = new_lead(title="", company={"name": "小さな会社"})
    rescore(lead)
    desk.move(fresh(lead), to=stages.MQL, by=house.miura, now=NOW, note="電話で話した", opening_line="はい")
    assert rescore(lead, now=NOW + 60 * DAY).stage == stages.MQL


# After a send-back


def sent_back(house, *, now=NOW) -> Lead:
    lead = warm(now=now)
    offered(lead, now=now)
    desk.accept(handoff_of(lead), by=handoff_of(lead).rep, now=now + MINUTE)
    send_back(fresh(lead), house, now=now + 2 * MINUTE)
    return fresh(lead)


def test_old_evidence_brings_nobody_back(house):
    lead = sent_back(house)
    assert lead.stage == stages.MAL
    lead = rescore(lead, now=NOW + 3 * MINUTE)
    assert lead.stage == stages.MAL
    assert standing(lead).readiness > 60


def test_new_evidence_counts_alone(house):
    lead = sent_back(house)
    later = NOW + DAY
    react(lead, "webinar_attended", at=later)
    assert rescore(lead, now=later).stage == stages.MAL  # 12 of the 20 points of interest
    react(lead, "document_download", at=later)
    lead = rescore(lead, now=later)
    assert (lead.stage, lead.trigger) == (stages.MQL, "score")


def test_a_new_demo_request_comes_back_at_once(house):
    lead = sent_back(house)
    react(lead, "demo_request", at=NOW + DAY)
    assert rescore(lead, now=NOW + DAY).trigger == "fast_track"


def test_a_reaction_told_late_but_older_than_the_send_back_is_no_news(house):
    lead = sent_back(house)
    react(lead, "demo_request", at=NOW + MINUTE, now=NOW + DAY)
    assert rescore(lead, now=NOW + DAY).stage == stages.MAL


def test_any_genuine_reaction_is_a_new_one(house):
    """`email_open` has no points in the example; it is a reaction all the same."""
    lead = sent_back(house)
    later = NOW + DAY
    seen = readiness.look(lead, now=later)
    assert [one.passed for one in seen.verdict.conditions if one.code == "new_reaction"] == [False]
    react(lead, "email_open", at=later)
    seen = readiness.look(lead, now=later)
    assert [one.passed for one in seen.verdict.conditions if one.code == "new_reaction"] == [True]


# The score for the API


def test_a_score_for_another_moment(house):
    lead = new_lead(now=NOW - 20 * DAY)
    react(lead, "demo_request", at=NOW - 10 * DAY, now=NOW)
    assert readiness.score_as_of(lead, now=NOW, at=NOW - 11 * DAY)["interest"] == 0
    assert readiness.score_as_of(lead, now=NOW, at=NOW - 10 * DAY)["interest"] == 40
    found = readiness.score_as_of(lead, now=NOW)
    assert found["interest"] == pytest.approx(40 * 2 ** (-10 / 30))
    assert (found["model_version"], found["at"]) == (1, NOW)
    assert sum(line["points"] for line in found["lines"]) == pytest.approx(found["readiness"], abs=1e-9)


def test_a_score_by_another_version(house):
    lead = new_lead()
    body = ScoringModel.objects.get().body
    publish(body | {"fit": {"max": 50, "rules": []}}, at=NOW + DAY)
    versions = {model: readiness.score_as_of(lead, now=NOW, model=model) for model in (None, 1, 2, "latest")}
    assert {model: found["fit"] for model, found in versions.items()} == {None: 42, 1: 42, 2: 0, "latest": 0}
    assert [found["model_version"] for found in versions.values()] == [1, 1, 2, 2]
    assert readiness.score_as_of(lead, now=NOW, at=NOW + DAY)["model_version"] == 2
    assert readiness.score_as_of(lead, now=NOW, at=NOW - 300 * DAY)["model_version"] == 1  # before the first
    with pytest.raises(readiness.UnknownModel):
        readiness.score_as_of(lead, now=NOW, model=3)


def test_a_score_without_any_model(db):
    found = readiness.score_as_of(new_lead(), now=NOW)
    assert found == {"readiness": 0, "fit": 0, "interest": 0, "model_version": None, "at": NOW, "lines": []}


# Cost


def statements(ids: list[int], *, now) -> int:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        readiness.rescore(ids, now=now)
    return len(seen)


def test_a_batch_costs_as_many_statements_as_one(house):
    many = [new_lead().pk for _ in range(60)]
    told = [intake.NewActivity(pk, "pricing_view", NOW, "test", content=str(n)) for n, pk in enumerate(many)]
    intake.record(told, now=NOW)
    readiness.rescore(many, now=NOW)
    later = NOW + DAY
    assert statements(many[:1], now=later) == statements(many, now=later)
    assert Activity.objects.count() == 60


def test_moving_a_batch_costs_as_many_statements_as_one(house):
    one, many = warm().pk, [warm().pk for _ in range(20)]
    assert statements([one], now=NOW) == statements(many, now=NOW)
    assert Lead.objects.filter(stage=stages.MQL).count() == 21
