"""Two workers on one simulation: the same numbers as one, also when one dies or nobody wants to know."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import count

import pytest
from django.db import connection

from scoring.models import Simulation
from scoring.replay import trial_ranges, trials
from tests.people import NOW, new_lead, offered, open_house
from tests.scoring.replay.test_trials import MINUTE, SECOND, asked, run
from tests.scoring.worlds import DAY

LEADS = 12


class Killed(BaseException):
    """As by `kill -9`: nobody has a last word."""


@pytest.fixture(autouse=True)
def narrow(monkeypatch):
    """Ranges of four leads, batches of one."""
    monkeypatch.setattr(trial_ranges, "RANGE", 4)
    monkeypatch.setattr(trials, "BATCH", 1)


def offer_all():
    for place in range(LEADS):
        offered(new_lead(now=NOW - 6 * DAY), now=NOW - 5 * DAY + place * MINUTE)


@pytest.fixture
def waiting(house):
    """A simulation nobody has begun, and what one worker made of the same."""
    offer_all()
    return asked(house), run(asked(house))


def rows_of(simulation):
    return sorted(simulation.leads.values_list("lead", "kind", "at"))


def same(one, other):
    assert (one.state, one.done, one.total) == (Simulation.DONE, LEADS, LEADS)
    assert (one.result, rows_of(one)) == (other.result, rows_of(other))


def clock(acts, *, now=NOW):
    """What happens at a worker's beats, from 1: the first takes a range, the second keeps a batch."""
    beats = count(1)

    def tell():
        acts.get(next(beats), int)()
        return now

    return tell


def killed():
    raise Killed


def test_two_at_once_come_to_the_numbers_of_one(waiting):
    """One works while the other is between two batches of another range."""
    simulation, alone = waiting
    held = []

    def other():
        run(simulation, clock=clock({2: lambda: held.append(held_now(simulation))}), batches=1)

    done = run(simulation, clock=clock(dict.fromkeys(range(2, LEADS), other)))
    same(done, alone)
    assert held[:2] == [2, 2]


def held_now(simulation):
    return simulation.ranges.held(now=NOW).count()


def test_the_other_does_whole_ranges_and_the_last_one_ends_it(waiting):
    simulation, alone = waiting
    states = []

    def other():
        states.append((run(simulation).state, simulation.ranges.undone().count()))

    same(run(simulation, clock=clock({3: other})), alone)
    assert states == [(Simulation.RUNNING, 1)]


def test_a_third_is_not_let_in(waiting):
    simulation, _ = waiting
    rooms = []

    def third():
        rooms.append((trials.has_room(simulation.pk, now=NOW), trial_ranges.take(simulation, now=NOW)))

    def second():
        rooms.append(trials.has_room(simulation.pk, now=NOW))
        run(simulation, clock=clock({2: third}))

    run(simulation, clock=clock({2: second}))
    assert rooms == [True, (False, None)]


def test_who_dies_in_a_range_is_followed_after_a_minute(waiting):
    """What he kept stays, what he had not kept is done, and nothing twice."""
    simulation, alone = waiting
    with pytest.raises(Killed):
        run(simulation, clock=clock({4: killed}))
    other = run(simulation, now=NOW + SECOND)
    assert (other.state, other.done) == (Simulation.RUNNING, LEADS - 2)
    assert trials.due(now=NOW + MINUTE) == []
    assert trials.due(now=NOW + MINUTE + SECOND) == [simulation.pk]
    same(run(simulation, now=NOW + MINUTE + SECOND), alone)


def test_who_dies_before_the_numbers(waiting, monkeypatch):
    simulation, alone = waiting
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr("scoring.replay.trial_numbers.of", lambda _: killed())
        run(simulation)
    assert trials.due(now=NOW + MINUTE) == [simulation.pk]
    same(run(simulation, now=NOW + MINUTE), alone)


def test_cancelled_while_two_are_at_it(waiting):
    """Both stop at their next batch, and no row is written after it."""
    simulation, _ = waiting
    kept = []

    def cancel():
        kept.append(rows_of(simulation))
        trials.cancel(simulation, now=NOW)

    stopped = run(simulation, clock=clock({3: lambda: run(simulation, clock=clock({3: cancel}))}))
    assert (stopped.state, stopped.failure, stopped.done) == (Simulation.FAILED, "cancelled", 2)
    assert rows_of(simulation) == kept[0] != []
    assert not trials.has_room(simulation.pk, now=NOW)


WORKER = """
import django
django.setup()
from datetime import datetime
from threading import Event
from config.studio import trying
from scoring.replay import trial_ranges
from scoring.replay import trials
trial_ranges.RANGE, trials.BATCH = 4, 1
now, beats = datetime.fromisoformat("{now}"), iter(range({beats}))

def clock():
    if next(beats, None) is None:
        print("stuck", flush=True)
        Event().wait()
    return now

trials.run({pk}, now=now, clock=clock, route=trying.by_todays_routes(now=now))
"""


def worker(simulation, *, beats):
    """A process of its own on the database of this test; after so many beats it stands still."""
    env = os.environ | {
        "DATABASE_URL": f"postgres:///{connection.settings_dict['NAME']}",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    code = WORKER.format(now=NOW.isoformat(), pk=simulation.pk, beats=beats)
    return subprocess.Popen([sys.executable, "-c", code], env=env, stdout=subprocess.PIPE, text=True)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="processes of their own need a server")
@pytest.mark.django_db(transaction=True)
def test_two_processes_of_which_one_is_killed():
    house = open_house()
    offer_all()
    simulation, alone = asked(house), run(asked(house))
    dying = worker(simulation, beats=3)
    assert dying.stdout.readline() == "stuck\n"
    living = worker(simulation, beats=1_000)
    dying.kill()
    dying.communicate()
    living.communicate()
    assert (living.returncode, simulation.ranges.undone().count()) == (0, 1)
    same(run(simulation, now=NOW + MINUTE), alone)
