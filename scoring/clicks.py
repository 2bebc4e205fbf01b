"""Judgements on clicks, written down: what a machine pressed, and marks taken back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from leads import standings
from leads.models import Activity
from leads.models.activities import HUMAN, MACHINE
from scoring.models import MachineClick


def write_down(rejudged: Mapping[int, str], *, now: datetime) -> None:
    """Store what `facts.load` found of single clicks; their leads are locked by the caller."""
    if not rejudged:
        return
    machine = sorted(pk for pk, word in rejudged.items() if word == MACHINE)
    human = sorted(pk for pk, word in rejudged.items() if word == HUMAN)
    if machine:
        Activity.objects.filter(pk__in=machine).update(genuine=MACHINE)
        MachineClick.objects.bulk_create(
            [MachineClick(activity_id=pk, judged_at=now) for pk in machine], ignore_conflicts=True
        )
    if human:
        Activity.objects.filter(pk__in=human).update(genuine=HUMAN)
        MachineClick.objects.filter(activity__in=human).delete()
    changed = Activity.objects.filter(pk__in=[*machine, *human]).values_list("lead_id", flat=True)
    standings.recall_reactions(changed.distinct())
