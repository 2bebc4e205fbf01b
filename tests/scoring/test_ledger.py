"""The printed explanation adds up to the last digit, and says what is missing and what time will do."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings

from leads import stages
from leads.models import Lead
from scoring import ledger, readiness
from scoring.definition import judge
from scoring.engine import Model, points_only, score
from scoring.ledger import Fall, folded, printed
from scoring.models import ScoringModel
from scoring.readiness import Judged
from tests.people import NOW, fresh, lead_at, new_lead, react, rescore
from tests.scoring.worlds import AT, DAY, facts, leads, sections

MINUTE = timedelta(minutes=1)
CENT = Decimal("0.01")


def of(lead: Lead, *, now=NOW) -> ledger.Ledger:
    found = ledger.of(fresh(lead), now=now)
    assert found is not None
    return found


def shown(half: ledger.Half) -> list[tuple[str, str, str]]:
    return [(row.rule, row.label, f"{row.points:.2f}") for row in half.rows]


def test_without_a_model_there_is_nothing_to_explain(db):
    assert ledger.of(new_lead(), now=NOW) is None


def test_line_by_line(house):
    lead = new_lead()
    react(lead, "pricing_view", at=NOW)
    react(lead, "pricing_view", at=NOW - 4 * DAY, now=NOW)
    react(lead, "document_download", at=NOW - 6 * DAY, now=NOW)
    found = of(lead)
    assert shown(found.fit) == [
        ("title-head", "title-head", "15.00"),
        ("size-300", "size-300", "15.00"),
        ("industry", "industry", "12.00"),
    ]
    assert shown(found.interest) == [
        ("pricing", "pricing_view", "3.65"),
        ("pricing", "pricing_view", "4.00"),
        ("download", "document_download", "6.96"),
    ]
    assert [f"{row.decay:.2f}" for row in found.interest.rows] == ["-0.35", "0.00", "-1.04"]
    assert [row.last_at for row in found.interest.rows] == [NOW - 4 * DAY, NOW, NOW - 6 * DAY]
    assert (found.fit.total, found.interest.total) == (Decimal("42.00"), Decimal("14.61"))
    assert (found.readiness, found.rounding) == (57, Decimal("0.39"))
    assert (found.model_version, found.at) == (1, NOW)


def test_halves_know_their_lid_their_minimum_and_their_class(house):
    found = of(new_lead())
    assert (found.fit.most, found.fit.needed, found.fit.is_high) == (50, 20, True)
    assert (found.interest.most, found.interest.needed, found.interest.is_high) == (50, 20, False)


def test_many_events_of_a_rule_are_one_row(house):
    lead = new_lead()
    for days in range(12):
        react(lead, "page_view", at=NOW - days * DAY, now=NOW)
    for days in range(3):
        react(lead, "pricing_view", at=NOW - days * DAY, now=NOW)
    rows = of(lead).interest.rows
    assert [(row.rule, row.count) for row in rows] == [
        ("pricing", 1), ("pricing", 1), ("pricing", 1), ("visit", 12), ("clip", 0),
    ]  # fmt: skip
    assert (rows[3].points, rows[4].points) == (12, -2)
    assert (rows[3].first_at, rows[3].last_at) == (NOW - 11 * DAY, NOW)


@settings(max_examples=250, deadline=None, database=None)
@given(sections(), leads())
def test_printed_lines_add_up_to_the_cent(section, world):
    model = Model.compile(section)
    found = score(model, facts(world), AT)
    rows = printed(found.lines, fit=found.fit, interest=found.interest)
    halves = {
        half: sum((row.points for row in rows if row.half == half), Decimal(0))
        for half in ("fit", "interest")
    }
    assert sum((row.points for row in folded(rows)), Decimal(0)) == sum(halves.values())
    for half, exact in (("fit", found.fit), ("interest", found.interest)):
        clipped = any(row.rule == "clip" and row.label == half for row in rows)
        lines = sum(1 for row in rows if row.half == half)
        assert abs(float(halves[half]) - exact) <= 0.005 * (1 if clipped else lines) + 1e-9
        assert not clipped or 0 <= halves[half] <= 50
    rounding = found.readiness - sum(halves.values())
    assert abs(rounding) <= Decimal("0.5") + CENT * len(rows)
    assert all(row.points == row.points.quantize(CENT) for row in rows)


@pytest.mark.parametrize(("kind", "clipped"), [("inquiry", "50.00"), ("pricing_view", "16.00")])
def test_a_clip_takes_up_what_rounding_its_lines_gave(house, kind, clipped):
    """Seven lines of odd cents under a lid (of interest, of a rule): their sum prints as the lid itself."""
    lead = new_lead()
    for hours in range(7):
        react(lead, kind, at=NOW - hours * timedelta(hours=24.9), now=NOW, kind="quote")
    interest = of(lead).interest
    assert f"{interest.total:.2f}" == clipped
    assert interest.rows[-1].rule == "clip"


# What is missing


def test_what_is_missing_in_codes(house):
    lead = new_lead(phone="", company={"name": "x", "relation": "competitor"})
    found = of(lead)
    assert not found.holds
    assert [(one.code, one.detail) for one in found.missing] == [
        ("require", "phone"),
        ("exclude", 0),
        ("min_readiness", None),
        ("min_fit", None),
        ("min_interest", None),
    ]


def test_a_hand_raiser_misses_no_minimum(house):
    lead = new_lead(phone="", title="", company={"name": "x"})
    react(lead, "demo_request")
    found = of(lead)
    assert (found.group, [one.code for one in found.missing]) == (1, ["require"])


def test_who_is_ready_misses_nothing(house):
    lead = new_lead(department="情報システム部")
    react(lead, "webinar_attended")
    react(lead, "document_download")
    found = of(lead)
    assert (found.holds, found.missing, found.needed) == (True, (), 60)


# What time will do


def warm(**fields) -> Lead:
    lead = new_lead(**fields)
    for _ in range(2):
        react(lead, "webinar_attended")
    return lead  # 42 of fit, 24 of interest, half of it in 30 days


def test_the_first_minimum_that_will_be_missed(house):
    fall = of(warm()).fall
    assert fall is not None
    assert (fall.code, fall.needed) == ("min_interest", 20)
    # 20 of 24 points are left after 30 · log2(24 / 20) days; readiness holds out longer.
    assert abs((fall.at - NOW) / DAY - 7.89) < 0.01


def test_a_fall_is_when_the_definition_says_so(house):
    lead = fresh(warm())
    model = ScoringModel.objects.get().compiled
    seen = readiness.look(lead, now=NOW)
    fall = ledger.falls(seen)
    for moment, met in ((fall.at - 2 * MINUTE, True), (fall.at + 2 * MINUTE, False)):
        asked = judge(model, seen.facts, points_only(model, seen.facts, moment), moment).conditions
        assert all(one.passed for one in asked if one.code.startswith("min_")) is met


def test_nothing_falls_that_does_not_stand(house):
    assert of(new_lead()).fall is None


def test_what_does_not_decay_never_falls(house):
    body = ScoringModel.objects.get().body
    body["mql"] |= {"min_readiness": 40, "min_interest": 0}
    ScoringModel.objects.update(body=body)
    assert of(warm()).fall is None


def test_a_lead_at_sales_by_its_score_hears_how_long_it_stays(house):
    lead = rescore(warm())
    assert lead.stage == stages.MQL
    found = of(lead)
    assert (found.leave_below, found.leave_below_interest) == (45, 10)
    hand_raiser = lead_at(stages.MQL, house)
    assert of(hand_raiser).leave_below is None


# After a send-back


def test_new_since_the_send_back(house):
    lead = warm()
    Lead.objects.filter(pk=lead.pk).update(sent_back_at=NOW + MINUTE)
    react(lead, "document_download", at=NOW + DAY)
    found = of(lead, now=NOW + DAY)
    assert found.readiness > 70
    assert (found.news.since, found.news.readiness, found.news.needed) == (NOW + MINUTE, 50, 60)
    assert [one.code for one in found.missing] == ["min_readiness", "min_interest"]


def test_before_any_send_back_there_is_no_news(house):
    assert of(warm()).news is None


@settings(max_examples=60, deadline=None, database=None)
@given(sections(), leads())
def test_a_fall_is_real_and_the_first(section, world):
    """Whatever the world: just before, all minimums are met; at it, one is not."""
    model, known = Model.compile(section), facts(world)
    points = points_only(model, known, AT)
    seen = Judged(Lead(), known, points, judge(model, known, points, AT), model, AT)
    fall: Fall | None = ledger.falls(seen)
    if fall is None:
        return

    def met(moment):
        asked = judge(model, known, points_only(model, known, moment), moment).conditions
        return all(one.passed for one in asked if one.code.startswith("min_"))

    assert met(AT)
    assert not met(fall.at)
    for tenth in range(10):
        assert met(AT + (fall.at - 2 * MINUTE - AT) * tenth / 10) or fall.at - AT <= 2 * MINUTE
