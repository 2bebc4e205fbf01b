"""A simulation is what a replay of the past with the draft really does."""

from __future__ import annotations

from random import Random

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from leads import stages
from leads.models import Lead
from scoring import recollection
from scoring.models import ScoringModel
from scoring.out_of_reach import out_of_reach
from scoring.past import Wish
from scoring.rules import Model
from scoring.simulation import fits, walk
from tests.scoring.doors import publish
from tests.scoring.replays import SINCE, UNTIL, Life, acts_of
from tests.scoring.worlds import DAY, leads, sections

A_LIFE = settings(
    max_examples=250,
    phases=[Phase.explicit, Phase.generate],  # a life is too slow to be made smaller
    deadline=None,
    database=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
lives = st.lists(leads(), min_size=2, max_size=4)


@st.composite
def lively(draw):
    """Rules under which leads of these worlds come and go: most sections let nobody in."""
    section = draw(sections())
    ready = draw(st.sampled_from([6, 12, 20]))
    section["mql"] |= {"min_readiness": ready, "min_fit": 0, "min_interest": draw(st.sampled_from([0, 4]))}
    section["mql"] |= {"leave_below": ready - draw(st.sampled_from([0, 1, 5])), "leave_below_interest": 2}
    viewed = {
        "id": "viewed",
        "type": "page_view",
        "points": 12,
        "half_life_days": draw(st.sampled_from([2, 7])),
    }
    section["interest"]["rules"] = [*section["interest"]["rules"], viewed]
    return section


def simulated(life: Life, draft: Model, *, since=SINCE, until=UNTIL):
    """Every lead's steps by number, under the draft."""
    versions = {one.version: one.compiled for one in ScoringModel.objects.all()}
    found = Lead.objects.filter(pk__in=[lead.pk for lead in life.leads.values()])
    told = recollection.read(found.select_related("company", "campaign"), versions, since=since, until=until)
    ways = {}
    for number, lead in life.leads.items():
        past = told[lead.pk].past
        steps = walk(past, [(since, draft)], since=since, until=until).steps
        if out_of_reach(past, draft, since=since):
            assert not any(stages.MQL in (step.start, step.end) for step in steps)
        ways[number] = [(step.at, step.start, step.end, step.cause) for step in steps]
    return ways


def lived(house, acts, body, *, replay_with=None) -> Life:
    publish(body, at=SINCE - 60 * DAY)
    life = Life(house)
    life.live(acts, until=UNTIL, publish=replay_with)
    return life


@A_LIFE
@given(lively(), lively(), lives, st.integers(0, 10**9))
def test_a_simulation_is_what_a_replay_does(house, before, draft, worlds, seed):
    acts = acts_of(worlds, Random(seed))  # no two moments alike, which a chance that shrinks would choose
    with transaction.atomic():
        first = lived(house, acts, before)
        predicted = simulated(first, Model.compile(draft))
        transaction.set_rollback(True)
    with transaction.atomic():
        second = lived(house, first.done, before, replay_with=draft)
        really = {number: second.way(number, since=SINCE, until=UNTIL) for number in second.leads}
        transaction.set_rollback(True)
    assert predicted == really


LEAD, MAL, MQL, SAL, SQL, OUT = "lead", "mal", "mql", "sal", "sql", "disqualified"


@pytest.mark.parametrize(
    ("start", "end", "of_handoff", "cause", "where"),
    [
        (MQL, SAL, True, "person", {MQL}),  # an acceptance needs its handoff
        (MQL, MAL, True, "person", {MQL, SAL, SQL}),  # and so does a send-back
        (SAL, MAL, True, "person", {MQL, SAL, SQL}),
        (SAL, OUT, True, "person", {MQL, SAL, SQL}),
        (MQL, MAL, False, "person", {MQL, SAL, SQL}),  # taken back by marketing
        (SAL, SQL, False, "person", {SAL}),
        (LEAD, MQL, False, "person", {LEAD, MAL}),
        (MAL, OUT, False, "person", {LEAD, MAL, MQL, SAL, SQL}),
        (OUT, MAL, False, "person", {OUT}),
        (LEAD, SQL, False, "import", {LEAD, MAL, MQL, SAL}),
    ],
)
def test_what_people_did_happens_again_where_it_fits(start, end, of_handoff, cause, where):
    wish = Wish(SINCE, start, end, cause, "too_early", of_handoff)
    assert {stage for stage in (LEAD, MAL, MQL, SAL, SQL, OUT) if fits(wish, stage)} == where
