"""The way a lead has gone: when it came to a stage, how long it stayed, who moved it, where it turned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from leads import stages
from leads.models import Lead, Transition

DONE, HERE, AHEAD = "done", "here", "ahead"


@dataclass(frozen=True)
class Stop:
    """One stay in a stage; `left_at` is None for the present one."""

    transition: Transition
    left_at: datetime | None

    @property
    def stage(self) -> str:
        return self.transition.end

    @property
    def entered_at(self) -> datetime:
        return self.transition.occurred_at

    def dwell(self, now: datetime) -> timedelta:
        return (self.left_at or now) - self.entered_at

    @property
    def is_backwards(self) -> bool:
        """The lead came from further on: a loop of the journey, shown and not hidden."""
        start, end = self.transition.start, self.transition.end
        if end == stages.DISQUALIFIED or start == stages.DISQUALIFIED:
            return True
        return bool(start) and stages.FORWARD.index(start) > stages.FORWARD.index(end)


@dataclass(frozen=True)
class Mark:
    """One stage on the line of the journey, with every stay in it."""

    stage: str
    state: str
    stops: tuple[Stop, ...]

    def dwell(self, now: datetime) -> timedelta:
        return sum((stop.dwell(now) for stop in self.stops), timedelta())


def stops(lead: Lead) -> list[Stop]:
    """Every stay in order; one query."""
    steps = list(lead.transitions.select_related("actor").order_by("version"))
    ends = [step.occurred_at for step in steps[1:]]
    return [Stop(step, left_at) for step, left_at in zip(steps, [*ends, None], strict=True)]


def marks(lead: Lead, way: Sequence[Stop]) -> list[Mark]:
    """The stages in their order; what lies ahead has no stop yet, or none since the lead turned back."""
    shown = [*stages.FORWARD, *([stages.DISQUALIFIED] if lead.stage == stages.DISQUALIFIED else [])]
    return [
        Mark(stage, _state(stage, lead), tuple(stop for stop in way if stop.stage == stage))
        for stage in shown
    ]


def _state(stage: str, lead: Lead) -> str:
    if stage == lead.stage:
        return HERE
    if lead.stage == stages.DISQUALIFIED:
        return AHEAD
    return DONE if stages.FORWARD.index(stage) < stages.FORWARD.index(lead.stage) else AHEAD
