"""Looks that a walk leaves out, and walks that a trial leaves out, would have found nothing."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leads.stages import LEAD, MAL, MQL
from scoring.engine import Event, Model
from scoring.replay import simulation
from scoring.replay.out_of_reach import out_of_reach
from scoring.replay.recorded import Past, Place, Told
from tests.scoring.worlds import AT, DAY, facts, leads, sections

SINCE, UNTIL = AT - 10 * DAY, AT + 20 * DAY
DELAYS = st.sampled_from([timedelta(), timedelta(hours=5), 2 * DAY, 12 * DAY])
REACHED = {"mail_opt_out": False}
STARTS = [
    Place(LEAD), Place(MAL), Place(MAL, "score", sent_back_at=AT - 3 * DAY), Place(MQL, "score"),
    Place(MQL, "fast_track"),
]  # fmt: skip


@st.composite
def pasts(draw):
    """A lead of the worlds: what it did became known then or later, some of it was taken back."""
    first, second = (facts(draw(leads())) for _ in range(2))
    told = []
    for one in first.events:
        known = max(one.occurred_at, AT - 40 * DAY) + draw(DELAYS)
        gone = known + draw(DELAYS) + DAY if draw(st.integers(0, 5)) == 0 else None
        told.append(Told(known, one._replace(voided=False), gone))
    told.sort(key=lambda one: (one.recorded_at, one.event.occurred_at, one.event.id))
    values = [(AT - 50 * DAY, REACHED | first.values)]
    if draw(st.booleans()):
        values.append((AT + DAY, REACHED | second.values))
    moments = {one.recorded_at for one in told} | {one.voided_at for one in told if one.voided_at}
    return Past(
        recorded_at=AT - 50 * DAY, start=draw(st.sampled_from(STARTS)), values=values, told=told,
        facts_at=sorted(moments | {since for since, _ in values[1:]}),
    )  # fmt: skip


def steps(past, model):
    walked = simulation.walk(past, [(SINCE, model)], since=SINCE, until=UNTIL)
    return [(one.start, one.end, one.trigger, one.why, one.at) for one in walked.steps]


def plain(past, model):
    """The same walk with every look there could be."""
    with (
        patch.object(simulation._Walk, "_quiet", lambda *_: None),
        patch.object(simulation._Walk, "_is_out_of_our_hands", lambda *_: False),
        patch.object(simulation, "stays_until", lambda model, facts, at, before, *, entered_by: at),
    ):
        return steps(past, model)


def same(some, others):
    """The moments of looks may differ by what a shelf life is early, or looks are apart."""
    return [one[:4] for one in some] == [one[:4] for one in others] and all(
        abs(one[4] - other[4]) <= simulation.BEAT for one, other in zip(some, others, strict=True)
    )


@st.composite
def models(draw):
    """The worlds' rules; often with one minimum that is near to what a lead has."""
    section = draw(sections())
    if (least := draw(st.sampled_from([None, 12, 25, 45]))) is not None:
        section["mql"] |= {"min_interest": least, "min_fit": 0, "min_readiness": 0}
    return Model.compile(section)


@settings(max_examples=400)
@given(models(), pasts())
def test_a_look_left_out_would_have_changed_no_step(model, past):
    assert same(steps(past, model), plain(past, model))


@settings(max_examples=400)
@given(models(), pasts())
def test_who_is_out_of_reach_is_moved_to_no_queue(model, past):
    if out_of_reach(past, model, since=SINCE):
        assert not [step for step in plain(past, model) if MQL in step[:2]]


def bare(*rules, fit=(), response=None, **mql):
    interest = {"max": 50, "rules": [{"id": f"r{n}", **rule} for n, rule in enumerate(rules)]}
    return Model.compile(
        {
            "timezone": "Asia/Tokyo", "classes": {"fit": 25, "interest": 25},
            "fit": {"max": 50, "rules": [{"id": f"f{n}", **rule} for n, rule in enumerate(fit)]},
            "interest": interest | ({"response": response} if response else {}),
            "mql": {"min_readiness": 0, "require": {}, "fast_track": [], "exclude": [], **mql},
        }
    )  # fmt: skip


def known_of(*events, values=(), voided=None):
    """A lead in marketing's hands that did these; `voided`: the first of them is taken back then."""
    told = [Told(one.occurred_at, one, voided if n == 0 else None) for n, one in enumerate(events)]
    rows = [(AT - 50 * DAY, {"title": "", **REACHED}), *values]
    moments = {one.recorded_at for one in told} | {since for since, _ in values} | ({voided} - {None})
    return Past(AT - 50 * DAY, Place(MAL), rows, told, sorted(moments))


def one(number, kind, at, **more):
    return Event(number, kind, "reaction", at, **more)


def click(number, link, at):
    return one(number, "email_click", at, content="mail-1", url=link)


DIRECTOR = {"when": {"title": {"contains_any": ["部長"]}}, "points": 30}


@pytest.mark.parametrize(
    ("model", "past"),
    [
        pytest.param(
            bare({"type": "reply", "points": 5}, fit=[DIRECTOR], min_fit=20),
            known_of(one(1, "reply", AT - DAY), one(2, "reply", AT),
                     values=[(AT + DAY, {"title": "部長", **REACHED})]),
            id="its title became known",
        ),
        pytest.param(
            bare({"type": "reply", "points": 25}, {"type": "unsubscribe", "points": -20}, min_interest=20),
            known_of(one(1, "unsubscribe", AT - 2 * DAY), one(2, "reply", AT - DAY), voided=AT + DAY),
            id="what spoke against it was taken back",
        ),
        pytest.param(
            bare({"type": "email_click", "points": 8}, min_interest=20),
            known_of(click(1, "/a", SINCE - DAY), click(2, "/b", SINCE - DAY), click(3, "/c", AT + DAY)),
            id="the machine's clicks were a person's after all",
        ),
    ],
)  # fmt: skip
def test_what_came_to_light_brings_it_to_sales(model, past):
    assert [step[1] for step in steps(past, model)] == [MQL]
    assert same(steps(past, model), plain(past, model))


@pytest.mark.parametrize(("apart", "expected"), [(timedelta(hours=1), False), (15 * DAY, True)])
def test_two_answers_reach_the_line_only_together(apart, expected):
    """Fifteen points each with a half-life of five days, and 25 asked."""
    model = bare({"type": "reply", "points": 15, "half_life_days": 5}, min_interest=25)
    past = known_of(one(1, "reply", SINCE + DAY), one(2, "reply", SINCE + DAY + apart))
    assert out_of_reach(past, model, since=SINCE) is expected
    assert bool(plain(past, model)) is not expected


def test_a_hair_before_an_edge_it_does_not_look_for_ever(monkeypatch):
    """Seven and a half points, and a dust of what spoke against it: for a minute "soon" is a microsecond."""
    model = bare(
        {"type": "unsubscribe", "points": -20, "half_life_days": 0.5},
        {"type": "reply", "points": 7.5},
        min_readiness=5, min_fit=0, min_interest=0, require={"phone": {"present": True}},
    )  # fmt: skip
    past = known_of(one(1, "reply", AT - 40 * DAY), one(2, "unsubscribe", AT - 12 * DAY))
    looks, look = [], simulation._Walk._look
    monkeypatch.setattr(simulation._Walk, "_look", lambda walk, at: (looks.append(at), look(walk, at)))
    assert steps(past, model) == []
    close = [after for before, after in pairwise(looks) if after - before < 2 * simulation.BEAT]
    assert len(close) > simulation.HURRIED and len(looks) < 1_000
