"""A person's readiness: the definition counts by it while it lasts, the machine's number stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from handoff import desk
from handoff.desk.gate import failed
from leads import stages
from leads.models import Standing, Transition
from scoring import ledger, readiness
from scoring.models import Override, ScoringModel
from scoring.overriding import (
    LONGEST,
    NONE,
    OverrideChanged,
    OverrideNotYours,
    OverrideRefused,
    end_override,
    may_override,
    set_override,
)
from tests.people import NOW, fresh, handoff_of, lead_at, new_lead, offered, react, rescore, send_back

DAY, HOUR, MOMENT = timedelta(days=1), timedelta(hours=1), timedelta.resolution
WEEK = NOW + 7 * DAY


@pytest.fixture
def lead(house):
    """32 points of fit and 24 of interest: enough of each, and 4 short of the 60 in all."""
    return rescore(warm(new_lead(company={"name": "青空商事", "industry": "logistics", "employees": 50})))


def warm(lead, *, at=NOW):
    for type in ("webinar_attended", "document_download", "pricing_view"):
        react(lead, type, at=at)
    return lead


def say(lead, house, readiness=80, *, until=WEEK, by=None, now=NOW, version=None):
    return set_override(
        lead, readiness=readiness, reason="展示会で詳しく聞けた", until=until, by=by or house.miura, now=now,
        version=version,
    )  # fmt: skip


def stored(lead):
    row = Standing.objects.get(lead=lead)
    return row.readiness, row.fit, row.interest


def last_move(lead):
    return Transition.objects.filter(lead=lead).order_by("-version").first()


def test_the_definition_counts_by_it_and_the_score_stays_the_machines(house, lead):
    before, least = stored(lead), ScoringModel.objects.get().body["mql"]["min_readiness"]
    assert (lead.stage, before[0] < least) == (stages.MAL, True)
    said = say(lead, house)
    lead = rescore(lead)
    assert (lead.stage, lead.trigger) == (stages.MQL, "score")
    assert last_move(lead).because["override"] == said.pk
    assert stored(lead) == before
    sheet = ledger.of(lead, now=NOW)
    assert sheet.readiness == before[0]


def test_a_move_without_one_says_nothing_of_it(house):
    lead = warm(new_lead())
    assert rescore(lead).stage == stages.MQL
    assert "override" not in last_move(lead).because


def test_a_hand_raiser_is_not_moved_by_it(house, lead):
    say(lead, house, 5)
    assert offered(lead).trigger == "fast_track"
    assert "override" not in last_move(lead).because


def test_it_never_passes_over_fit_interest_require_and_exclude(house):
    cold = new_lead(title="", company={"name": "小さな会社"})
    phoneless = new_lead(phone="")
    rival = new_lead(company={"name": "競合", "relation": "competitor", "employees": 300})
    for lead in (cold, phoneless, rival):
        warm(lead)
        say(lead, house, 100)
        assert rescore(lead).stage != stages.MQL


def test_low_it_keeps_a_ready_lead_back_until_its_end(house):
    lead = warm(new_lead())
    say(lead, house, 10, until=NOW + HOUR)
    assert rescore(lead).stage == stages.MAL
    assert Standing.objects.get(lead=lead).rescore_at <= NOW + HOUR
    for moment in (NOW + HOUR - MOMENT, NOW + HOUR):
        readiness.sweep(now=moment)
        assert (fresh(lead).stage == stages.MQL) == (moment == NOW + HOUR)


def test_a_low_one_takes_a_lead_back_from_ready(house, lead):
    say(lead, house, until=NOW + DAY)
    lead = rescore(lead)
    assert lead.stage == stages.MQL
    body = ScoringModel.objects.get().body
    assert stored(lead)[0] >= body["mql"]["leave_below"]  # only falling below the lower line would do
    say(lead, house, 10, until=NOW + 2 * DAY, now=NOW + HOUR)
    lead = rescore(lead, now=NOW + HOUR)
    assert lead.stage == stages.MAL
    assert last_move(lead).because | {"left": "hysteresis"} == last_move(lead).because
    assert last_move(lead).because["override"] == Override.objects.latest("pk").pk


def test_taking_it_back_counts_at_once(house, lead):
    say(lead, house)
    end_override(lead, by=house.miura, now=NOW)
    assert Standing.objects.get(lead=lead).rescore_at == NOW
    assert rescore(lead).stage == stages.MAL
    with pytest.raises(OverrideRefused) as refused:
        end_override(lead, by=house.miura, now=NOW)
    assert refused.value.code == "none"


def test_setting_makes_the_score_due_and_rings(house, lead, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as rung:
        say(lead, house, now=NOW + HOUR)
    assert readiness.due(now=NOW + HOUR) == [lead.pk]
    assert rung


def test_a_new_one_ends_the_one_before(house, lead):
    first = say(lead, house, 70)
    second = say(lead, house, 75, by=house.suzuki, now=NOW + HOUR)
    first.refresh_from_db()
    assert (first.ended_at, first.ended_by) == (NOW + HOUR, house.suzuki)
    assert readiness.look(lead, now=NOW + HOUR).override == second
    assert readiness.look(lead, now=NOW).override == first  # a worker whose clock is behind
    assert readiness.look(lead, now=NOW).rescore_at <= NOW + HOUR


def test_who_saw_something_else_is_told_what_was_said(house, lead):
    first = say(lead, house, 70, version=NONE)
    second = say(lead, house, 75, by=house.suzuki, now=NOW + HOUR, version=first.pk)
    for version in (NONE, first.pk):
        with pytest.raises(OverrideChanged) as changed:
            say(lead, house, 80, now=NOW + 2 * HOUR, version=version)
        with pytest.raises(OverrideChanged):
            end_override(lead, by=house.miura, now=NOW + 2 * HOUR, version=version)
        told = changed.value
        assert (told.version, told.last, told.by, told.at) == (
            second.pk, second, house.suzuki, NOW + HOUR,
        )  # fmt: skip
    assert Override.objects.get(ended_at=None) == second


def test_taken_back_meanwhile_is_said_too(house, lead):
    first = say(lead, house, 70)
    end_override(lead, by=house.suzuki, now=NOW + HOUR)
    with pytest.raises(OverrideChanged) as changed:
        say(lead, house, now=NOW + 2 * HOUR, version=first.pk)
    told = changed.value
    assert (told.version, told.is_set, told.by, told.at) == (NONE, False, house.suzuki, NOW + HOUR)
    say(lead, house, now=NOW + 2 * HOUR, version=NONE)


def test_time_alone_is_no_conflict(house, lead):
    """Who saw an override that ran out meanwhile has seen all that people said."""
    first = say(lead, house, until=NOW + HOUR)
    assert say(lead, house, now=NOW + HOUR, version=first.pk) != first
    second = Override.objects.get(ended_at=None)
    with pytest.raises(OverrideChanged):
        say(lead, house, now=NOW + HOUR, version=first.pk)
    with pytest.raises(OverrideRefused):
        end_override(lead, by=house.miura, now=WEEK, version=second.pk)


def test_a_number_that_never_was(house, lead):
    with pytest.raises(OverrideChanged) as changed:
        say(lead, house, version=99)
    assert (changed.value.version, changed.value.last, changed.value.at) == (NONE, None, None)


def test_one_that_ran_out_was_ended_by_nobody(house, lead):
    first = say(lead, house, until=NOW + HOUR)
    say(lead, house, now=NOW + DAY)
    first.refresh_from_db()
    assert (first.ended_at, first.ended_by) == (NOW + HOUR, None)
    with pytest.raises(OverrideRefused):
        end_override(lead, by=house.miura, now=WEEK)


def test_a_returned_lead_needs_something_new_all_the_same(house):
    lead = lead_at(stages.MQL, house)
    send_back(lead, house)
    say(lead, house, 100)
    assert rescore(lead).stage == stages.MAL
    warm(lead, at=NOW + HOUR)
    assert rescore(lead, now=NOW + HOUR).stage == stages.MQL


def test_the_gate_by_hand_asks_by_it(house, lead):
    codes = {one.code for one in failed(lead, now=NOW)[1]}
    assert "min_readiness" in codes
    say(lead, house)
    assert "min_readiness" not in {one.code for one in failed(lead, now=NOW)[1]}
    desk.move(lead, to=stages.MQL, by=house.miura, now=NOW)
    assert handoff_of(lead).trigger == "person"


def test_the_ledger_knows_when_it_ends(house, lead):
    say(lead, house, until=NOW + 2 * HOUR)
    fall = ledger.of(lead, now=NOW).fall
    assert (fall.at, fall.code) == (NOW + 2 * HOUR, "min_readiness")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"readiness": 101}, "out_of_range"),
        ({"readiness": -1}, "out_of_range"),
        ({"reason": " "}, "required"),
        ({"reason": "x" * 501}, "too_long"),
        ({"until": NOW}, "in_past"),
        ({"until": NOW + LONGEST + MOMENT}, "too_far"),
    ],
)
def test_what_is_refused(house, lead, change, code):
    asked = {"readiness": 50, "reason": "会った", "until": WEEK} | change
    with pytest.raises(OverrideRefused) as refused:
        set_override(lead, **asked, by=house.miura, now=NOW)
    assert (refused.value.code, refused.value.field) == (code, next(iter(change)))
    assert not Override.objects.exists()


def test_who_may(house, lead, kato):
    assert may_override(house.miura, lead) and may_override(house.suzuki, lead)
    assert not may_override(house.sato, lead)
    with pytest.raises(OverrideNotYours):
        say(lead, house, by=kato)
    held = lead_at(stages.SAL, house)
    assert may_override(held.owner, held)
    other = house.kobayashi if held.owner == house.sato else house.sato
    assert not may_override(other, held)


def test_one_question_for_any_number_of_leads(house):
    model = ScoringModel.objects.get().compiled
    few, many = [new_lead()], [new_lead() for _ in range(3)]
    for one in (*few, *many):
        say(one, house)
    asked = []
    for leads in (few, many):
        with CaptureQueriesContext(
            connection,
        ) as caught:
            readiness.judge_many([fresh(one) for one in leads], model, now=NOW)
        asked.append(sum("scoring_override" in one["sql"] for one in caught))
    assert asked == [1, 1]


def test_the_database_holds_one_at_a_time(house, lead):
    first = say(lead, house)
    with pytest.raises(IntegrityError), transaction.atomic():
        Override.objects.create(
            lead=lead, readiness=1, reason="x", set_at=first.set_at, until=first.until, set_by=None
        )
