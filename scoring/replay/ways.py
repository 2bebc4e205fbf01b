"""The way a lead really went, from its transitions: where it stood, what people did, what happened."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from leads import stages
from leads.models import Transition
from scoring.engine import Model
from scoring.replay.recorded import Place, Step, Wish


class Move(NamedTuple):
    """A `Transition`."""

    lead_id: int
    start: str
    end: str
    recorded_at: datetime
    cause: str
    because: Mapping[str, Any]
    reason: str
    handoff_id: int | None
    implied: bool


def read(of: Mapping[str, Any]) -> dict[int, list[Move]]:
    """The moves of these leads, in order; `of` says which in a filter."""
    found: dict[int, list[Move]] = defaultdict(list)
    rows = Transition.objects.counted().filter(**of).order_by("lead_id", "version")
    for row in rows.values_list(*Move._fields):
        found[row[0]].append(Move._make(row))
    return found


class Way:
    """Transitions as they were meant: where the lead stood, what people did, what really happened."""

    def __init__(
        self, steps: Sequence[Move], versions: Mapping[int, Model], *,
        wake_at: datetime | None, since: datetime, until: datetime,
    ) -> None:  # fmt: skip
        self.versions, self.wake_at = versions, wake_at
        self.start = Place(stages.LEAD)
        self.wishes: list[Wish] = []
        self.real: list[Step] = []
        begun = ""
        for place, one in enumerate(steps):
            begun = begun or one.start
            if one.implied or not one.start:
                continue  # on the way to where it was moved, or its birth
            after = steps[place + 1] if place + 1 < len(steps) else None
            wish = self._wish(one, begun, after)
            begun = ""
            if one.recorded_at < since:
                self.start = self._moved(wish, one)
            elif one.recorded_at < until:
                self._note(wish, one)

    def _note(self, wish: Wish, one: Move) -> None:
        trigger = _trigger(one) if one.end == stages.MQL else ""
        why = str(one.because.get("left", ""))
        self.real.append(Step(wish.at, wish.start, wish.end, wish.cause, trigger, why))
        if one.cause in (stages.PERSON, stages.IMPORT):
            self.wishes.append(wish)

    def _moved(self, wish: Wish, one: Move) -> Place:
        place, is_offered = self.start, wish.end == stages.MQL
        back = wish.is_send_back or (wish.start == stages.DISQUALIFIED and wish.cause == stages.PERSON)
        return Place(
            stage=wish.end,
            trigger=_trigger(one) if is_offered else place.trigger,
            sent_back_at=wish.at if back else place.sent_back_at,
            wake_at=wish.wake_at,
            under=self.versions.get(one.because.get("model", 0)) if is_offered else None,
        )

    def _wish(self, one: Move, start: str, after: Move | None) -> Wish:
        return Wish(
            at=one.recorded_at,
            start=start,
            end=one.end,
            cause=one.cause,
            reason=one.reason,
            of_handoff=one.handoff_id is not None,
            wake_at=self._promised(one, after),
        )

    def _promised(self, one: Move, after: Move | None) -> datetime | None:
        """The day a person promised with this move, as far as it is written anywhere.

        What a trigger brought back counts as promised for the moment at which it came.
        """
        if "wake_at" in one.because:
            return datetime.fromisoformat(one.because["wake_at"])
        if one.end != stages.MAL or one.cause != stages.PERSON:
            return None
        if after is None and "wake_trigger" not in one.because:
            return self.wake_at
        return after.recorded_at if after and after.cause == stages.WAKE else None


def _trigger(one: Move) -> str:
    """By what the lead came to `mql`: score, fast_track, or its cause."""
    if one.cause != stages.RULE:
        return one.cause
    return "fast_track" if "group" in one.because else "score"
