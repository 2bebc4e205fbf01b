"""Steps of ladders as rows: written with their clock, moved with it, dropped when it ends.

What a step means is in `handoff.ladder`; `handoff.desk.climbing` does them. Listens to `reckoning.follow`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from handoff import ladder
from handoff.models import Clock, Handoff, Pause, Policy, Step
from leads import business_time, rows
from leads.models import Calendar

Pauses = Mapping[int, list[business_time.Pause]]


def plan(clocks: Sequence[Clock]) -> None:
    """Each stored clock has the steps of its policy, due by its own count; constant number of queries.

    A clock keeps the ladder it got first. Done steps stay; an end that is taken back brings its steps back.
    """
    stored: dict[int, list[Step]] = defaultdict(list)
    for step in Step.objects.filter(clock__in=[one.pk for one in clocks]):
        stored[step.clock_id].append(step)
    bodies = _policies([one for one in clocks if one.pk not in stored and one.ended_at is None])
    made = [_new(one, rung) for one in clocks for rung in ladder.rungs(bodies.get(one.pk, {}), one.kind)]
    moving = [(one, step) for one in clocks for step in stored.get(one.pk, ()) if step.state != Step.DONE]
    if not made and not moving:
        return
    _count([(step.clock, step) for step in made] + moving, _pauses(step.clock_id for _, step in moving))
    Step.objects.bulk_create(made)
    rows.write([step for _, step in moving], ["due_at", "state"])


def _new(clock: Clock, rung: ladder.Rung) -> Step:
    return Step(clock=clock, position=rung.position, percent=rung.percent, acts=list(rung.acts))


def _count(pairs: Sequence[tuple[Clock, Step]], pauses: Pauses) -> None:
    wanted = {one.calendar_id for one, _ in pairs if one.calendar_id} - _known(pairs)
    calendars = Calendar.objects.in_bulk(wanted) if wanted else {}
    for clock, step in pairs:
        if clock.ended_at is not None:
            step.state = Step.DROPPED
            continue
        calendar = calendars.get(clock.calendar_id) or clock.calendar
        step.state, step.due_at = Step.WAITING, _due(clock, step, calendar, pauses.get(clock.pk, []))


def _known(pairs: Iterable[tuple[Clock, Step]]) -> set[int | None]:
    """Calendars that came along with their clocks, counted by a moment ago."""
    with_it = [one for one, _ in pairs if one.calendar_id and Clock.calendar.is_cached(one)]
    without = {one.calendar_id for one, _ in pairs if one.calendar_id and not Clock.calendar.is_cached(one)}
    return {one.calendar_id for one in with_it} - without


def _due(
    clock: Clock, step: Step, calendar: Calendar | None, pauses: list[business_time.Pause]
) -> datetime | None:
    if calendar is None:
        return None
    return ladder.due(
        calendar.hours, clock.started_at, clock.target_minutes, step.percent, pauses=pauses,
        clock_due=clock.due_at,
    )  # fmt: skip


def _policies(clocks: Sequence[Clock]) -> dict[int, dict[str, Any]]:
    """The policy each clock's handoff was offered under, by clock."""
    under = {one.handoff_id for one in clocks}
    if not under:
        return {}
    of = dict(Handoff.objects.filter(pk__in=under, policy__isnull=False).values_list("pk", "policy_id"))
    bodies = {one.pk: one.body for one in Policy.objects.filter(pk__in=set(of.values()))} if of else {}
    return {one.pk: bodies[of[one.handoff_id]] for one in clocks if one.handoff_id in of}


def _pauses(clock_ids: Iterable[int]) -> Pauses:
    found: dict[int, list[business_time.Pause]] = defaultdict(list)
    for one in Pause.objects.filter(clock__in=set(clock_ids)):
        found[one.clock_id].append((one.starts_at, one.ends_at))
    return found
