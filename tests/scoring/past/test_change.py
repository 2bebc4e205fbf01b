"""The parts of a change add up to it, exactly, whatever lies between the two moments."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.engine import Event, Facts, Model, score
from scoring.past import change
from scoring.past.change import CORRECTION, MODEL, PARTS, REACTION, TIME, Known, compare
from tests.scoring.worlds import AT, DAY, events, facts, lead_values, leads, odd_parts, sections

BEFORE = AT - 7 * DAY


@st.composite
def histories(draw):
    """What is known of a lead at one moment and at a later one: events added, corrected, fields changed."""
    later = draw(leads())
    earlier = [one for one in later["events"] if draw(st.integers(0, 2))]
    earlier = [one | draw(odd_parts) if draw(st.integers(0, 3)) == 0 else one for one in earlier]
    values = draw(st.sampled_from([later["values"], {}])) if draw(st.booleans()) else draw(lead_values)
    start = draw(st.integers(0, 40 * 86_400).map(lambda seconds: AT - timedelta(seconds=seconds)))
    return facts({"values": values, "events": earlier}), facts(later), start


@settings(max_examples=400, deadline=None, database=None)
@given(sections(), sections(), histories(), st.randoms())
def test_the_parts_are_the_difference(section, other, history, random):
    old, new, start = history
    before, after = Known(Model.compile(section), old, start), Known(Model.compile(other), new, AT)
    found = compare(before, after)
    first, last = score(before.model, old, start), score(after.model, new, AT)
    assert [part.name for part in found.parts] == list(PARTS)
    for of in (found.parts, [step for part in found.parts for step in part.steps]):
        assert sum(one.points.readiness for one in of) == found.readiness == last.readiness - first.readiness
        assert sum(one.points.fit for one in of) == pytest.approx(last.fit - first.fit, abs=1e-9)
        assert sum(one.points.interest for one in of) == pytest.approx(
            last.interest - first.interest, abs=1e-9
        )
    hundredths = [step.hundredths for part in found.parts for step in part.steps]
    assert sum(hundredths) == _printed(last) - _printed(first)
    for step in found.parts[PARTS.index(TIME)].steps:
        assert sum(share.hundredths for share in step.shares) == step.hundredths
        assert all(share.hundredths for share in step.shares)
    for one in (first, last):
        assert sum(line.points for line in one.lines) == pytest.approx(one.readiness, abs=1e-9)
    mixed = [Known(one.model, Facts(one.facts.values, _mixed(one.facts.events, random)), one.at)
             for one in (before, after)]  # fmt: skip
    assert compare(*mixed) == found


def _printed(one) -> int:
    return round(100 * (one.fit + one.interest))


def _mixed(events, random):
    events = list(events)
    random.shuffle(events)
    return events


@settings(max_examples=100, deadline=None, database=None)
@given(sections(), st.lists(events(), min_size=8, max_size=16))
def test_many_events_are_fewer_steps_and_add_up_all_the_same(section, happened):
    model, most = Model.compile(section), change.MOST
    known = [Event(id=place, **event) for place, event in enumerate(happened)]
    before, after = Known(model, Facts({}, ()), BEFORE), Known(model, Facts({}, known), AT)
    change.MOST = 3
    try:
        found = compare(before, after)
    finally:
        change.MOST = most
    expected = score(model, after.facts, AT).readiness - score(model, before.facts, BEFORE).readiness
    assert sum(part.points.readiness for part in found.parts) == expected
    assert all(len(part.steps) <= 6 for part in found.parts)


# ---------- one thing at a time ----------

SECTION = {
    "timezone": "Asia/Tokyo",
    "fit": {"max": 50, "rules": [{"id": "head", "when": {"title": {"is": "部長"}}, "points": 15}]},
    "interest": {
        "max": 50,
        "rules": [
            {"id": "pricing", "type": "pricing_view", "points": 8, "half_life_days": 7},
            {"id": "inquiry", "type": "inquiry", "points": 20},
        ],
    },
}
MODELS = Model.compile(SECTION, version=1)
HEAD, CLERK = {"title": "部長"}, {"title": "主任"}


def event(number, kind="inquiry", days=10.0, **more) -> Event:
    return Event(number, kind, "reaction", AT - days * DAY, **more)


def told(old, new, *, model=MODELS, **more):
    """The steps between a week ago and now, as (part, code, readiness)."""
    before, after = Known(MODELS, Facts(*old), BEFORE), Known(model, Facts(*new), AT)
    found = compare(before, after, **more)
    return [(one.part, one.code, one.points.readiness) for part in found.parts for one in part.steps]


def test_nothing_new_is_no_step():
    assert told((HEAD, [event(1)]), (HEAD, [event(1)])) == []


def test_time_alone():
    views = [event(1, "pricing_view", 7)]
    assert told((HEAD, views), (HEAD, views)) == [(TIME, "time", -4)]


def test_time_by_rule():
    """Views fade by half; the webinar's window ends; a rule's own most hides what is above it."""
    rules = [
        {"id": "pricing", "type": "pricing_view", "points": 8, "half_life_days": 7},
        {"id": "webinar", "type": "webinar_attended", "points": 12, "window_days": 10},
        {"id": "pages", "type": "page_view", "points": 8, "half_life_days": 7, "max": 8},
        {"id": "inquiry", "type": "inquiry", "points": 5},
    ]
    model = Model.compile(SECTION | {"interest": {"max": 50, "rules": rules}})
    kinds = ("pricing_view", "webinar_attended", "page_view", "page_view", "inquiry")
    facts_ = Facts({}, [event(place, kind, 7) for place, kind in enumerate(kinds)])
    [step] = compare(Known(model, facts_, BEFORE), Known(model, facts_, AT)).parts[-1].steps
    assert step.shares == (("pricing", -400),) and step.hundredths == -400
    later = Known(model, facts_, AT + 7 * DAY)
    [step] = compare(Known(model, facts_, BEFORE), later).parts[-1].steps
    assert step.shares == (("webinar", -1200), ("pricing", -600), ("pages", -400))


def test_time_under_the_most_of_a_half():
    """Sixty points of which fifty count: the fading of ten of them costs nothing."""
    rule = {"id": "pricing", "type": "pricing_view", "points": 60, "half_life_days": 7}
    model = Model.compile(SECTION | {"interest": {"max": 50, "rules": [rule]}})
    views = Facts({}, [event(1, "pricing_view", 7)])
    [step] = compare(Known(model, views, BEFORE), Known(model, views, AT)).parts[-1].steps
    assert (step.shares, step.hundredths) == ((("pricing", -3000), ("clip", 1000)), -2000)


def test_a_reaction_brings_what_it_was_worth_when_it_happened():
    old, new = [event(1, "pricing_view", 7)], [event(1, "pricing_view", 7), event(2, "pricing_view", 3.5)]
    assert told((HEAD, old), (HEAD, new)) == [(REACTION, "event", 8), (TIME, "time", -6)]


def test_a_corrected_field():
    [step] = (
        compare(
            Known(MODELS, Facts(CLERK, ()), BEFORE), Known(MODELS, Facts(HEAD, ()), AT), changed={"title": AT}
        )
        .parts[1]
        .steps
    )
    assert (step.part, step.code, step.points.readiness) == (CORRECTION, "field", 15)
    assert (step.path, step.old, step.new, step.at) == ("title", "主任", "部長", AT)


def test_a_lead_that_came_in_meanwhile():
    assert told(({}, []), (HEAD, [event(1)])) == [(CORRECTION, "received", 15), (CORRECTION, "late", 20)]


@pytest.mark.parametrize(
    "old, new, code, points",
    [
        ({}, {"voided": True}, "voided", -20),
        ({}, {"genuine": "machine"}, "machine", -20),
        ({"genuine": "machine"}, {}, "human", 20),
    ],
)
def test_what_is_known_otherwise_of_an_earlier_event(old, new, code, points):
    assert told((HEAD, [event(1, **old)]), (HEAD, [event(1, **new)])) == [(CORRECTION, code, points)]


def test_an_event_that_was_recorded_late_is_a_correction_not_news():
    assert told((HEAD, []), (HEAD, [event(1, days=7)])) == [(CORRECTION, "late", 20)]
    assert told((HEAD, []), (HEAD, [event(1, days=6.9)])) == [(REACTION, "event", 20)]


def test_other_rules_come_first():
    dearer = Model.compile(SECTION | {"fit": {"max": 50, "rules": []}}, version=2)
    assert told((CLERK, []), (HEAD, []), model=dearer) == []
    assert told((HEAD, []), (HEAD, []), model=dearer) == [(MODEL, "model", -15)]


def test_a_step_names_its_rules_and_events():
    found = compare(
        Known(MODELS, Facts(HEAD, ()), BEFORE), Known(MODELS, Facts(HEAD, [event(1, days=1)]), AT)
    )
    [step] = found.parts[3].steps
    assert (step.rules, [one.id for one in step.events], step.at) == (("inquiry",), [1], AT - DAY)
