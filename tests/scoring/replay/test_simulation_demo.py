"""The demo company's own history, simulated: as the machine really went, and as a replay goes."""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime, timedelta

import pytest
from django.db import transaction

from config.demo import opening
from leads import stages
from leads.models import Lead
from scoring.models import ScoringModel
from scoring.replay import recollection, trials
from scoring.replay.simulation import walk
from scoring.rules import Model
from tests.people import open_house
from tests.scoring import histories
from tests.scoring.replay.test_simulation import simulated

pytestmark = pytest.mark.django_db

NOW = datetime.fromisoformat("2026-11-24T10:42+09:00")
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
DAYS, SINCE = 14, NOW - 12 * DAY


def test_the_versions_in_force_reproduce_what_the_machine_did():
    """Whom it handed over and took back, when and by what, through both versions: the demo looks at a lead
    whenever somebody waits for it, so these are the moments at which a house that keeps up would."""
    opening.open_company(now=NOW, days=22)
    versions = {one.version: one.compiled for one in ScoringModel.objects.all()}
    assert len(versions) == 2
    since, until = NOW - 20 * DAY, NOW - SECOND
    leads = Lead.objects.select_related("company", "campaign")
    told = recollection.read(leads, versions, since=since, until=until)
    predicted, really = {}, {}
    for pk, history in told.items():
        walked = walk(history.past, trials.in_force(until), since=since, until=until)
        assert not walked.unfit
        predicted[pk], really[pk] = by_the_machine(walked.steps), by_the_machine(history.real)
    assert predicted == really
    assert sum(map(len, really.values())) > 15


def by_the_machine(steps):
    return [
        (one.at, one.end, one.trigger, one.why)
        for one in steps
        if one.cause == stages.RULE and stages.MQL in (one.start, one.end)
    ]


def test_a_draft_on_the_demos_history_is_what_a_replay_does():
    """What people of the demo do depends on what they are offered: it cannot live itself again under other
    rules. Its facts and its people's acts can: each is tried at its moment, and the door decides."""
    with transaction.atomic():
        opening.open_company(now=NOW, days=DAYS)
        acts = histories.acts()
        transaction.set_rollback(True)
    with transaction.atomic():
        first = lived(acts)
        assert len(first.done) > 0.95 * len(acts)
        draft = stricter(ScoringModel.objects.get().body)
        predicted = simulated(first, Model.compile(draft), since=SINCE, until=NOW)
        as_it_was = ways(first)
        assert simulated(first, ScoringModel.objects.get().compiled, since=SINCE, until=NOW) == as_it_was
        transaction.set_rollback(True)
    with transaction.atomic():
        really = ways(lived(first.done, draft))
        transaction.set_rollback(True)
    assert predicted == really
    assert sum(way != as_it_was[number] for number, way in really.items()) >= 3


def lived(acts, draft=None):
    house = open_house(now=NOW - (DAYS + 1) * DAY)
    life = histories.Retold(house, since=SINCE)
    life.live(acts, until=NOW, publish=draft)
    return life


def ways(life):
    return {number: life.way(number, since=SINCE, until=NOW) for number in life.leads}


def stricter(body):
    """Fewer by score, and interest fades sooner: some are handed over later, some never, some go back."""
    draft = deepcopy(body)
    draft["mql"] |= {"min_readiness": 45, "leave_below": 42, "min_fit": 10, "min_interest": 6}
    for rule in draft["interest"]["rules"]:
        rule["half_life_days"] = 4
    return draft
