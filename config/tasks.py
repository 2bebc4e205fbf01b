"""The tick of beat: the sweep's own steps, in the two queues that must not wait for each other."""

from __future__ import annotations

from celery import shared_task

from config import heartbeat, sweep
from config.clock import now
from config.studio import trying
from leads.doorbell import ring
from scoring.lessons import feedback
from scoring.replay import trials
from scoring.rulemaking import figures
from scoring.upkeep import rescoring

BATCHES_A_DAY = 400  # of forgetting: 200,000 answers


@shared_task
def tick() -> None:
    moment = now()
    heartbeat.note(now=moment)
    sweep.once(now=moment, steps=sweep.DESK_STEPS)
    if rescoring.is_waiting(now=moment):
        ring(score)
    if feedback.due(now=moment):
        ring(count)
    if figures.due(now=moment):
        ring(count_rules)
    for pk in trials.due(now=moment):
        ring(simulate, pk)


@shared_task
def score() -> None:
    """Some seconds of it, then another bell while there is more: long work never holds a worker for long."""
    moment = now()
    if sweep.once(now=moment, steps=sweep.SCORE_STEPS)["scored"] and rescoring.is_waiting(now=moment):
        ring(score)


@shared_task
def count() -> None:
    """Once a day: what became of the leads, and what need not be remembered any more."""
    moment = now()
    sweep.once(now=moment, steps=sweep.COUNT_STEPS)
    for _ in range(BATCHES_A_DAY):
        if not sweep.once(now=moment, steps=sweep.TIDY_STEPS)["forgotten"]:
            break


@shared_task
def count_rules() -> None:
    """Some rules, then another bell while there are more."""
    moment = now()
    if sweep.once(now=moment, steps=sweep.RULE_STEPS)["figured"] and figures.due(now=moment):
        ring(count_rules)


@shared_task
def simulate(simulation_id: int) -> None:
    """Some batches, then another bell: a long one never comes near the time limit of a task."""
    trying.run([simulation_id], now=now(), batches=trying.BATCHES)
    if trials.has_room(simulation_id, now=now()):
        ring(simulate, simulation_id)
