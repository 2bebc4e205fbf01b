"""Calendars are live: an edit moves each running or paused clock that counts by it (PRODUCT 6).

What has ended stays as it was judged, and a breach stays a breach. What moved is written down, old → new.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from handoff import reckoning, whose_turn
from handoff.models import Clock, DueChange, Handoff, Policy
from leads import lifecycle, rows
from leads.models import Calendar, CalendarVersion, User

LIVE = (Clock.RUNNING, Clock.PAUSED)


@transaction.atomic
def recount(*, calendar: Calendar, now: datetime) -> int:
    """Reckon the clocks of this calendar anew; answers how many due times moved."""
    leads = lifecycle.lock(_leads(calendar))
    edit = CalendarVersion.objects.filter(calendar=calendar, version=calendar.version).first()
    by = edit.recorded_by if edit else None
    clocks = _live(calendar).select_for_update(of=("self",))
    counted = _reckoned(list(clocks), calendar, by=by, now=now)
    moved = [change for change in counted if change.old != change.new]
    changed = [change.clock for change in counted]
    rows.write(changed, ["state", *reckoning.COUNTED])
    DueChange.objects.bulk_create(moved)
    whose_turn.refresh(leads, now=now)
    reckoning.written(changed)
    return len(moved)


def foresee(draft: Calendar, *, now: datetime) -> list[DueChange]:
    """What an edit would move (`calendars.foresee`), by the due times of today; nothing is written."""
    moved = [one for one in _reckoned(list(_live(draft)), draft, by=None, now=now) if one.old != one.new]
    return sorted(moved, key=lambda one: (one.old is None, one.old or now, one.clock.pk))


def _leads(calendar: Calendar) -> set[int]:
    """Whose deadline may move: a clock that runs, or five business days where none does."""
    held = Handoff.objects.open().filter(_counts_by(calendar)).values_list("lead_id", flat=True)
    answers = Clock.objects.filter(
        kind=Clock.ANSWER, handoff__queue__team__calendar=calendar, state__in=LIVE, ended_at=None
    )  # fmt: skip
    return {*held, *answers.values_list("handoff__lead_id", flat=True)}


def _counts_by(calendar: Calendar, on: str = "") -> Q:
    """Handoffs whose policy names this calendar, or counts by the team (or the rep's) that has it."""
    said = {policy.pk: str(policy.body.get("calendar", "team")) for policy in Policy.objects.all()}
    by_name = [pk for pk, name in said.items() if name == calendar.slug]
    by_team = [pk for pk, name in said.items() if name in ("team", "rep")]
    by_rep = [pk for pk, name in said.items() if name == "rep"]
    ours = Q(**{f"{on}queue__team__calendar": calendar})
    by_ours = Q(**{f"{on}policy": None}) | Q(**{f"{on}policy__in": by_team})
    theirs = Q(**{f"{on}policy__in": by_rep, f"{on}rep__in": _reps_by(calendar)}) if by_rep else Q(pk=None)
    return Q(**{f"{on}policy__in": by_name}) | ours & by_ours | theirs


def _reps_by(calendar: Calendar) -> list[int]:
    return list(calendar.teams.values_list("members", flat=True).distinct())


def _wanted(calendar: Calendar) -> QuerySet[Clock]:
    sales = _counts_by(calendar, "handoff__") & ~Q(kind=Clock.ANSWER)
    answers = Q(kind=Clock.ANSWER, handoff__queue__team__calendar=calendar)
    return Clock.objects.filter(sales | answers, state__in=LIVE, ended_at=None)


def _live(calendar: Calendar) -> QuerySet[Clock]:
    clocks = _wanted(calendar).select_related(
        "handoff__policy", "handoff__rep", "handoff__queue__team__calendar"
    )
    return clocks.prefetch_related("pauses").order_by("pk")


def _reckoned(
    clocks: Sequence[Clock], calendar: Calendar, *, by: User | None, now: datetime
) -> list[DueChange]:
    """Each clock whose sum is another now, as a change; contact depth first, for reports wait for it."""
    found = []
    beside = _depths(clocks)
    for clock in sorted(clocks, key=lambda clock: clock.kind == Clock.REPORT):
        old = (clock.due_at, clock.segments)
        counts_by = reckoning.calendar_of(clock)
        counts_by = calendar if counts_by == calendar else counts_by  # one that is only thought of, too
        reckoning.reckon(clock, counts_by, beside=beside.get(clock.handoff_id, ()))
        if (clock.due_at, clock.segments) == old:
            continue
        _let_run(clock, now=now)
        found.append(
            DueChange(
                clock=clock, calendar=calendar, calendar_version=calendar.version, changed_at=now,
                old=old[0], new=clock.due_at, by=by,
            )
        )  # fmt: skip
    return found


def _depths(clocks: Sequence[Clock]) -> dict[int, list[Clock]]:
    """Contact depth by handoff: the rows that are being counted, and those that are decided."""
    known = {clock.pk: clock for clock in clocks}
    reports = [clock.handoff_id for clock in clocks if clock.kind == Clock.REPORT]
    found = _in_batches(reports)
    return {one.handoff_id: [known.get(one.pk, one)] for one in found}


def _in_batches(handoffs: Sequence[int], size: int = 10_000) -> Iterable[Clock]:
    for start in range(0, len(handoffs), size):
        yield from Clock.objects.filter(
            handoff__in=handoffs[start : start + size], kind=Clock.PERSISTENCE
        ).prefetch_related("pauses")  # fmt: skip


def _let_run(clock: Clock, *, now: datetime) -> None:
    """What was used up before its pause began holds nothing back any more: the sweep finds it overdue."""
    if clock.state == Clock.PAUSED and clock.due_at is not None and clock.due_at < now:
        clock.state = Clock.RUNNING
