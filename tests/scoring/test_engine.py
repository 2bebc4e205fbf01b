"""The score against tables at its edges, and against the oracle on random worlds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import fsum, log2
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.definition import judge
from scoring.engine import Event, Facts, Model, next_edge, points_only, rounded, score
from tests.scoring import oracle
from tests.scoring.worlds import AT, DAY, facts, leads, sections

SECOND = timedelta(seconds=1)
EXAMPLE = Path(__file__).parents[1] / "data" / "playbook.example.yaml"
NOBODY = {"company": {}, "attributes": {}}


@pytest.fixture(scope="module")
def section():
    return yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))["scoring"]


@pytest.fixture(scope="module")
def model(section):
    return Model.compile(section)


def made(*rules, response=None, most=50, zone="UTC", fit=()):
    """A model of a few interest rules (and fit rules), nothing else."""
    interest = {"max": most, "rules": [{"id": f"r{n}", **rule} for n, rule in enumerate(rules)]}
    if response:
        interest["response"] = response
    return Model.compile({"timezone": zone, "fit": {"max": 50, "rules": list(fit)}, "interest": interest})


def seen(*ages, kind="page_view", **fields):
    """A lead with one event per age, a timedelta before `AT`."""
    direction = "action" if kind in ("email_sent", "call_attempt") else "reaction"
    return Facts(NOBODY, [Event(n, kind, direction, AT - age, **fields) for n, age in enumerate(ages, 1)])


VISIT = {"type": "page_view", "points": 10}


@pytest.mark.parametrize(
    ("rule", "ages", "interest"),
    [
        (VISIT, [0 * DAY], 10),
        (VISIT, [-SECOND], 0),
        (VISIT | {"half_life_days": 30}, [30 * DAY], 5),
        (VISIT | {"half_life_days": 30}, [60 * DAY], 2.5),
        (VISIT | {"window_days": 30}, [30 * DAY - SECOND], 10),
        (VISIT | {"window_days": 30}, [30 * DAY], 0),
        (VISIT | {"window_days": 30}, [30 * DAY + SECOND], 0),
        (VISIT | {"max": 15}, [0 * DAY, DAY], 15),
        (VISIT | {"per_day": 1}, [0 * DAY, SECOND, DAY], 20),
        (VISIT | {"per_day": 2, "half_life_days": 1}, [DAY, DAY, DAY], 10),
        (VISIT, [0 * DAY] * 6, 50),
        (VISIT | {"points": -10}, [0 * DAY], 0),
    ],
)
def test_one_interest_rule(rule, ages, interest):
    assert score(made(rule), seen(*ages), AT).interest == pytest.approx(interest, abs=1e-9)


def test_per_day_keeps_the_earliest_of_the_day():
    rule = VISIT | {"per_day": 1, "half_life_days": 1}
    found = score(made(rule), seen(SECOND, timedelta(hours=2)), AT)
    assert [line.event for line in found.lines if line.rule == "r0"] == [2]


def test_of_one_moment_the_lower_id_comes_first():
    found = score(made(VISIT | {"per_day": 1}), seen(DAY, DAY), AT)
    assert [line.event for line in found.lines if line.rule == "r0"] == [1]


def test_a_day_begins_in_the_zone_of_the_model():
    midnight_in_tokyo = AT.replace(hour=15, minute=0) - DAY
    around = [AT - midnight_in_tokyo + SECOND, AT - midnight_in_tokyo]
    assert score(made(VISIT | {"per_day": 1}, zone="Asia/Tokyo"), seen(*around), AT).interest == 20
    assert score(made(VISIT | {"per_day": 1}, zone="UTC"), seen(*around), AT).interest == 10


def test_what_leaves_the_window_makes_room_in_its_day():
    rule = VISIT | {"per_day": 1, "window_days": 1}
    lead = seen(DAY, DAY - SECOND)
    assert score(made(rule), lead, AT - SECOND / 2).lines[0].event == 1
    assert score(made(rule), lead, AT).lines[0].event == 2


def test_a_negative_rule_is_clipped_at_minus_max():
    rules = VISIT | {"type": "inquiry", "points": 30}, VISIT | {"points": -10, "max": 15}
    lead = Facts(NOBODY, [*seen(SECOND, DAY).events, Event(9, "inquiry", "reaction", AT)])
    assert score(made(*rules), lead, AT).interest == 15


@pytest.mark.parametrize("fields", [{"genuine": "suspect"}, {"genuine": "machine"}, {"voided": True}])
def test_what_is_not_genuine_scores_nothing(fields):
    assert score(made(VISIT), seen(DAY, **fields), AT).readiness == 0


@pytest.mark.parametrize(
    ("extra", "fields", "counts"),
    [
        ({"where": {"data.kind": {"in": ["quote"]}}}, {"data": {"kind": "Quote"}}, True),
        ({"where": {"data.kind": {"in": ["quote"]}}}, {"data": {"kind": "support"}}, False),
        ({"where": {"data.kind": {"in": ["quote"]}}}, {}, False),
        ({"campaign": "Expo"}, {"campaign": "EXPO"}, True),
        ({"campaign": "Expo"}, {"campaign": None}, False),
        ({"content": "mail-1"}, {"content": "mail-1"}, True),
        ({"content": "mail-1"}, {"content": "mail-12"}, False),
        ({"url_prefix": "/pricing"}, {"url": "/pricing/plans"}, True),
        ({"url_prefix": "/pricing"}, {"url": "/about/pricing"}, False),
    ],
)
def test_which_events_a_rule_means(extra, fields, counts):
    assert score(made(VISIT | extra), seen(DAY, **fields), AT).interest == (10 if counts else 0)


RESPONSE = {
    "actions": ["email_sent", "call_attempt"],
    "reactions": ["page_view", "inquiry"],
    "window_days": 60,
    "min_actions": 3,
    "points": 10,
    "silent_after": 5,
    "silent_points": -10,
}


@pytest.mark.parametrize(
    ("sent", "answered", "interest"),
    [
        ([1, 2], [1, 2], 20),  # two actions are too few
        ([1, 2, 3], [1], 20 + 10 / 3),
        ([1, 2, 3], [1, 1, 1], 20 + 10 / 3),  # each type at most once a day
        ([1, 1, 1], [1], 20),
        ([1, 2, 3], [1, 2, 3, 4], 30),  # never more than all of it
        ([1, 2, 3, 4], [], 20),
        ([1, 2, 3, 4, 5], [], 10),  # silence
        ([1, 2, 3, 4, 5], [9], 22),
        ([57, 58, 59], [1], 20 + 10 / 3),
        ([58, 59, 60], [1], 20),  # the first has left the window
    ],
)
def test_the_response_rule(sent, answered, interest):
    base = {"type": "document_download", "points": 20}
    events = [Event(0, "document_download", "reaction", AT)]
    events += [Event(n, "email_sent", "action", AT - n_days * DAY) for n, n_days in enumerate(sent, 1)]
    events += [Event(n, "page_view", "reaction", AT - n_days * DAY) for n, n_days in enumerate(answered, 100)]
    found = score(made(base, response=RESPONSE), Facts(NOBODY, events), AT)
    assert found.interest == pytest.approx(interest, abs=1e-9)


def test_two_types_on_one_day_are_two():
    events = [Event(n, kind, "action", AT) for n, kind in enumerate(["email_sent", "call_attempt"])]
    events += [Event(n, kind, "reaction", AT) for n, kind in enumerate(["page_view", "inquiry"], 10)]
    response = RESPONSE | {"min_actions": 2}
    assert score(made(response=response), Facts(NOBODY, events), AT).interest == 10


def test_of_a_group_only_the_best_counts():
    always = {"phone": {"present": False}}
    fit = [
        {"id": "a", "group": "g", "when": always, "points": 4},
        {"id": "b", "group": "g", "when": always, "points": 9},
        {"id": "c", "when": always, "points": 5},
        {"id": "d", "when": {"phone": {"present": True}}, "points": 20},
    ]
    found = score(made(fit=fit), Facts(NOBODY, []), AT)
    assert found.fit == 14
    assert [line.rule for line in found.lines] == ["b", "c"]


@pytest.mark.parametrize(("points", "fit"), [(70, 50), (-20, 0)])
def test_fit_is_clipped(points, fit):
    rule = {"id": "a", "when": {"phone": {"present": False}}, "points": points}
    found = score(made(fit=[rule]), Facts(NOBODY, []), AT)
    assert (found.fit, found.lines[-1].rule, found.lines[-1].points) == (fit, "clip", fit - points)


@pytest.mark.parametrize(
    ("points", "whole"),
    [(0.5, 1), (0.4999, 0), (0.5 - 5e-10, 1), (0.5 - 2e-9, 0), (43.5, 44), (44.49, 44), (0, 0), (100, 100)],
)
def test_half_goes_up(points, whole):
    assert rounded(points) == whole


def test_readiness_is_rounded_once():
    """12.4 + 0.4 is 13, though both halves round down."""
    fit = [{"id": "f", "when": {"phone": {"present": False}}, "points": 12.4}]
    found = score(made(VISIT | {"points": 0.4}, fit=fit), seen(DAY), AT)
    assert (found.readiness, rounded(found.fit), rounded(found.interest)) == (13, 12, 0)


def test_a_head_of_it_of_the_example_playbook(model):
    values = {
        "title": "情報システム部長 / Director",
        "department": "情報システム部",
        "email": "aoi@aozora.example",
        "company": {"employees": 320, "industry": "Manufacturing"},
    }
    events = [
        Event(1, "pricing_view", "reaction", AT - DAY),
        Event(2, "pricing_view", "reaction", AT - DAY),
        Event(3, "pricing_view", "reaction", AT - DAY),
        Event(4, "webinar_attended", "reaction", AT - 30 * DAY),
        Event(5, "inquiry", "reaction", AT - 60 * DAY, data={"kind": "consult"}),
        Event(6, "inquiry", "reaction", AT, data={"kind": "sales_pitch"}),
        Event(7, "email_click", "reaction", AT, genuine="machine"),
    ]
    found = score(model, Facts(values, events), AT)
    assert found.fit == 50  # 15 title, 15 size, 12 industry, 8 department
    assert found.interest == pytest.approx(8 * 2 ** (-1 / 30) + 6 + 10)
    assert found.readiness == 74
    assert {line.rule for line in found.lines} == {
        "title-head", "size-300", "industry", "department", "pricing", "webinar", "inquiry", "rounding"
    }  # fmt: skip


def test_lines_say_what_was_clipped():
    rules = VISIT | {"max": 15}, {"type": "inquiry", "points": 45}
    lead = Facts(NOBODY, [*seen(SECOND, DAY).events, Event(9, "inquiry", "reaction", AT)])
    lines = score(made(*rules), lead, AT).lines
    assert [(line.rule, line.label, line.points) for line in lines] == [
        ("r0", "page_view", 10),
        ("r0", "page_view", 10),
        ("clip", "r0", -5),
        ("r1", "inquiry", 45),
        ("clip", "interest", -10),
    ]


def test_a_model_reads_only_some_types(model):
    assert {"pricing_view", "call_attempt", "reply", "survey_answer", "factory_tour"} <= model.event_types
    assert not {"note", "email_open", "meeting_held"} & model.event_types


def test_a_model_forgets_what_is_older_than_every_window(model):
    month, two = timedelta(days=30), timedelta(days=60)
    assert model.forgets == {
        "page_view": month, "survey_answer": month, "email_sent": two, "call_attempt": two, "dm_sent": two,
        "reply": two,
    }  # fmt: skip


@pytest.mark.parametrize("half_life", [0, -1])
def test_a_half_life_is_more_than_nothing(half_life):
    with pytest.raises(ValueError, match="half_life_days"):
        made(VISIT | {"half_life_days": half_life})


# Shelf life


def test_what_does_not_decay_is_good_for_thirty_days():
    assert score(made(VISIT), seen(DAY), AT).valid_until == AT + 30 * DAY


def test_the_shelf_life_of_one_decaying_event_is_nearly_exact():
    """10 points decay to 9.5 (less the tie) in 30 · log2(10 / 9.5) days."""
    found = score(made(VISIT | {"half_life_days": 30}), seen(0 * DAY), AT)
    exact = 30 * log2(10 / (9.5 - 1e-9)) * DAY
    assert 0.999 * exact < found.valid_until - AT <= exact


def test_a_window_ends_the_shelf_life():
    found = score(made(VISIT | {"window_days": 7}), seen(2 * DAY, 3 * DAY), AT)
    assert found.valid_until == AT + 4 * DAY


def test_an_event_dated_ahead_ends_the_shelf_life():
    assert score(made(VISIT), seen(-timedelta(hours=5)), AT).valid_until == AT + timedelta(hours=5)


def test_what_was_clipped_away_decays_first():
    """80 points under a lid of 50 stand at 50 until they have decayed to it."""
    lead = seen(*[0 * DAY] * 8)
    found = score(made(VISIT | {"half_life_days": 30}), lead, AT)
    exact = 30 * log2(80 / (49.5 - 1e-9)) * DAY
    assert 0.98 * exact < found.valid_until - AT <= exact


def test_a_shelf_life_may_end_within_a_second():
    found = score(made(VISIT | {"window_days": 1}), seen(DAY - SECOND), AT)
    assert found.valid_until == AT + SECOND


def test_at_the_very_edge_there_is_still_a_moment_ahead():
    """Who asks again at the end of a shelf life always gets on, and past the edge before long."""
    model, lead, at = made(VISIT | {"half_life_days": 30}), seen(0 * DAY), AT
    for _ in range(20):
        found = score(model, lead, at)
        assert found.valid_until > at
        at = found.valid_until
    assert score(model, lead, at).readiness < 10


def test_what_stands_at_its_lid_on_an_edge_is_left_in_peace():
    """Two visits of 10 points under a lid of 10, which is the edge of a class: the lid holds 30 days."""
    section = {
        "timezone": "UTC",
        "fit": {"max": 50},
        "interest": {"max": 50, "rules": [VISIT | {"id": "r0", "half_life_days": 30, "max": 10}]},
        "classes": {"interest": 10},
    }
    found = score(Model.compile(section), seen(0 * DAY, 0 * DAY), AT)
    assert found.valid_until == AT + 30 * DAY


# Properties

THOROUGH = settings(max_examples=250, deadline=None, database=None)


@THOROUGH
@given(sections(), leads(), st.sampled_from([0, -1, -7, 13]))
def test_the_engine_agrees_with_the_oracle(section, lead, days):
    at = AT + days * DAY
    found = score(Model.compile(section), facts(lead), at)
    readiness, fit, interest = oracle.score(section, lead, at)
    assert found.readiness == readiness
    assert found.fit == pytest.approx(fit, abs=1e-9)
    assert found.interest == pytest.approx(interest, abs=1e-9)


@THOROUGH
@given(leads(), st.sampled_from([0, -7, 13]))
def test_the_engine_agrees_with_the_oracle_on_the_example(section, model, lead, days):
    at = AT + days * DAY
    assert score(model, facts(lead), at).readiness == oracle.score(section, lead, at)[0]


@THOROUGH
@given(sections(), leads())
def test_lines_add_up_and_the_fast_path_is_the_same(section, lead):
    model = Model.compile(section)
    full, quick = score(model, facts(lead), AT), points_only(model, facts(lead), AT)
    assert abs(fsum(line.points for line in full.lines) - full.readiness) <= 1e-9
    assert (full.readiness, full.fit, full.interest) == (quick.readiness, quick.fit, quick.interest)
    assert full.valid_until == quick.valid_until


@THOROUGH
@given(sections(), leads(), st.sampled_from([0, 13]))
def test_what_a_model_forgets_was_nothing_to_it(section, lead, days):
    model, known, at = Model.compile(section), facts(lead), AT + days * DAY
    kept = [
        one for one in known.events
        if one.type not in model.forgets or at - one.occurred_at < model.forgets[one.type]
    ]  # fmt: skip
    less = Facts(known.values, kept)
    found = points_only(model, known, at)
    assert points_only(model, less, at) == found
    assert judge(model, less, found, at) == judge(model, known, found, at)


@THOROUGH
@given(sections(), leads(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_is_nothing(section, lead, chance):
    model, shuffled = Model.compile(section), lead | {"events": list(lead["events"])}
    chance.shuffle(shuffled["events"])
    assert score(model, facts(lead), AT) == score(model, facts(shuffled), AT)


@THOROUGH
@given(sections(), leads(), st.floats(0, 1, exclude_max=True))
def test_a_stored_score_is_true_until_its_end(section, lead, share):
    model, known = Model.compile(section), facts(lead)
    found = points_only(model, known, AT)
    until = next_edge(model, known, found, AT)
    assert AT < until <= AT + 30 * DAY
    last = until - timedelta.resolution
    for moment in (min(AT + share * (until - AT), last), last):
        later = points_only(model, known, moment)
        assert later.readiness == found.readiness
        assert rounded(later.interest) == rounded(found.interest)


def test_times_of_other_zones_are_the_same_moments():
    tokyo = datetime.fromisoformat("2026-09-02T11:30:00+09:00")
    lead = Facts(NOBODY, [Event(1, "page_view", "reaction", tokyo)])
    model = made(VISIT | {"half_life_days": 1})
    assert score(model, lead, AT).interest == 5
    assert score(model, lead, tokyo.astimezone(UTC) + DAY).interest == 5
