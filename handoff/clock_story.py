"""The story of one clock for whoever must judge it: what counted, what moved it, who was told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet

from handoff import clocks
from handoff.models import Clock, DueChange, Handoff, Message, Step
from leads import business_time, clock_face, stretches
from leads.models import Activity, Calendar, CalendarVersion, User
from leads.stretches import Rest, Stretch

MOST = 100


def visible_to(user: User) -> QuerySet[Clock]:
    """Clocks of the handoffs this person may see; everybody else's answer 404."""
    rows = Clock.objects.filter(handoff__in=Handoff.objects.visible_to(user).values("pk"))
    people = (
        "handoff__rep",
        "handoff__ended_by",
        "handoff__accepted_by",
        "excused_by",
        "calendar",
        "task__done_by",
    )
    return rows.select_related(
        "handoff__lead__company", "handoff__queue__team__calendar", "handoff__policy", *people
    )


@dataclass(frozen=True)
class Story:
    """Everything the page of a clock reads; each part is one statement."""

    clock: Clock
    now: datetime

    @cached_property
    def pauses(self) -> list[Any]:
        return list(self.clock.pauses.select_related("by"))

    @cached_property
    def changes(self) -> list[DueChange]:
        return list(self.clock.due_changes.select_related("by", "calendar").order_by("changed_at", "pk"))

    @cached_property
    def steps(self) -> list[Step]:
        return list(self.clock.steps.all())

    @cached_property
    def messages(self) -> list[Message]:
        """What was sent to people because of this clock, or of its handoff while it ran."""
        mine = Q(body__clock=self.clock.pk) | Q(handoff=self.clock.handoff_id, body__clock=None)
        rows = Message.objects.filter(mine, created_at__gte=self.clock.started_at)
        return list(rows.select_related("recipient").order_by("created_at", "pk")[:MOST])

    @cached_property
    def chain(self) -> list[Handoff]:
        """The handoffs of this lead from the clock's start on: what came before and what happened next."""
        rows = Handoff.objects.filter(lead=self.clock.handoff.lead_id).select_related(
            "rep", "accepted_by", "ended_by"
        )
        alive = Q(ended_at=None) | Q(ended_at__gte=self.clock.started_at)
        return list(rows.filter(alive).order_by("created_at", "pk")[:MOST])

    @cached_property
    def acts(self) -> list[Activity]:
        """Contacts since the start of the lane, for the clocks that wait for contacts."""
        if self.clock.kind in (Clock.ACCEPT, Clock.ANSWER):
            return []
        rows = Activity.objects.filter(
            lead=self.clock.handoff.lead_id, actor__isnull=False, recorded_at__gte=self.first_start
        )
        rows = rows.filter(type__in=clocks.CHANNEL_OF, voided_by=None).select_related("actor")
        return list(rows.order_by("occurred_at", "pk")[:MOST])

    @property
    def first_start(self) -> datetime:
        """When it began first, where later events restarted it."""
        began = [one.detail["began"] for one in self.changes if one.cause == DueChange.RESTART]
        return datetime.fromisoformat(began[0]) if began else self.clock.started_at

    @cached_property
    def stretches(self) -> list[Stretch]:
        """From the start to the due time without a hole, by the calendar it was counted by."""
        if self.clock.due_at is None:
            return []
        counted = [(_moment(a), _moment(b)) for a, b, _ in self.clock.segments]
        rests = [Rest(one.starts_at, one.ends_at, one.reason) for one in self.pauses]
        return stretches.of(self.hours, self.clock.started_at, self.clock.due_at, counted, rests)

    @cached_property
    def counted_by(self) -> Calendar | None:
        """The calendar of the last count; a clock from before that was kept counts by its team's."""
        if self.clock.calendar is not None:
            return self.clock.calendar
        queue = self.clock.handoff.queue
        return queue.team.calendar if queue else None

    @cached_property
    def hours(self) -> business_time.Calendar:
        """The calendar in the version the sum was made by, not as it is now."""
        calendar = self.counted_by
        assert calendar is not None
        if self.clock.calendar_version in (None, calendar.version):
            return calendar.hours
        then = CalendarVersion.objects.filter(calendar=calendar, version=self.clock.calendar_version).first()
        if then is None:
            return calendar.hours
        rows: dict[date, str] = dict(calendar.holidays.values_list("on", "label"))
        return business_time.Calendar.build(then.body, rows)

    @property
    def lines(self) -> list[tuple[Stretch, int]]:
        """Each stretch with the minutes shown beside it, which add up."""
        shown = iter(clock_face.whole_minutes(one.minutes for one in self.stretches if one.is_counted))
        return [(one, next(shown) if one.is_counted else 0) for one in self.stretches]

    @property
    def counted_minutes(self) -> int:
        return sum(minutes for _, minutes in self.lines)


def progress(clock: Clock | None) -> dict[str, int] | None:
    """How far contact depth has come: attempts and channels, made and asked for."""
    if clock is None or clock.kind != Clock.PERSISTENCE:
        return None
    goal = clock.goal
    return {
        "made": goal.get("made", 0), "attempts": goal["attempts"],
        "on": len(goal.get("on", ())), "channels": goal["channels"],
    }  # fmt: skip


def depth_of(rows: Sequence[Clock]) -> Clock | None:
    """The clock of contact depth that still waits."""
    return next((one for one in rows if one.kind == Clock.PERSISTENCE and one.ended_at is None), None)


def _moment(said: str) -> datetime:
    return datetime.fromisoformat(said)
