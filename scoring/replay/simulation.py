"""What the machine would have done: one lead's recorded history walked under other rules (decision 0059).

At every moment only what had been recorded by then is known. The machine goes where the model in force
says; what people and imports did happens again where it fits the stage the lead has come to. Looks are
where something can change, the same as in life: at a recorded fact, and when a score's shelf life ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from leads import identity, stages
from leads.contact import is_contactable
from leads.stages import (
    DISQUALIFIED,
    IN_SALES_HANDS,
    LEAD,
    MAL,
    MQL,
    PERSON,
    RULE,
    WAKE,
)
from scoring.definition import gate, judge, leaves
from scoring.engine import Facts, Model, Score, figures_only, next_edge, points_only
from scoring.genuineness import CLICK
from scoring.replay import ceiling
from scoring.replay.lull import stays_until
from scoring.replay.recorded import ACCEPTED, Known, Past, Place, Step, Wish
from scoring.rules import Definition
from scoring.shelf_life import NEVER

UNSCORED_FOR = timedelta(days=30)  # as in life: without any model nothing is looked at for so long
BEAT = timedelta(seconds=1)  # of the sweep
HURRIED = 30  # looks less than a beat apart that may follow each other; a true crossing takes about five

Timeline = Sequence[tuple[datetime, Model]]
"""Models by the moment from which they are in force, oldest first; before the first, the first."""


@dataclass(slots=True)
class Walked:
    """Every step of the stretch, the wishes that did not fit, and where the lead ended."""

    steps: list[Step] = field(default_factory=list)
    unfit: list[Wish] = field(default_factory=list)
    end: Place = field(default_factory=lambda: Place(LEAD))

    def first_into(self, stage: str, *, since: datetime) -> Step | None:
        return next((one for one in self.steps if one.end == stage and one.at >= since), None)


def walk(past: Past, models: Timeline, *, since: datetime, until: datetime) -> Walked:
    """The lead's way through [since, until) under these models."""
    return _Walk(past, models, since, until).run()


def fits(wish: Wish, stage: str) -> bool:
    """May this wish of history happen to a lead that stands at `stage`?

    What sales did with a handoff needs a handoff; otherwise the table of stages decides.
    """
    if wish.start in IN_SALES_HANDS and wish.end in (MAL, *ACCEPTED) and stage not in IN_SALES_HANDS:
        return False
    if wish.start in ACCEPTED and wish.end in ACCEPTED and stage not in ACCEPTED:
        return False
    if wish.is_send_back and stage not in IN_SALES_HANDS:
        return False
    if wish.start == DISQUALIFIED and stage != DISQUALIFIED:
        return False
    try:
        stages.path(stage, wish.end, cause=wish.cause, reason=wish.reason or "–")
    except stages.StageRefused:
        return False
    return True


def contactable(values: Mapping[str, Any]) -> bool:
    return is_contactable(
        email_key=identity.email_key(values["email"] or ""), mail_opt_out=values["mail_opt_out"],
        phone=values["phone"], do_not_contact=values["do_not_contact"],
    )  # fmt: skip


def model_at(models: Timeline, at: datetime) -> Model | None:
    found = [model for begins, model in models if begins <= at]
    return found[-1] if found else models[0][1] if models else None


class _Walk:
    """One lead on its way; `due` is when the machine looks at it again if nothing is written before."""

    def __init__(self, past: Past, models: Timeline, since: datetime, until: datetime) -> None:
        self.past, self.models, self.until = past, models, until
        self.place = past.start
        self.due = max(since, past.recorded_at)
        self.looks = _Agenda(self._looked_at(), since=self.due)
        self.wishes = _Agenda([wish.at for wish in past.wishes], since=self.due)
        self.known = Known(past)
        self.walked = Walked()
        self.quiet: _Quiet | None = None
        self.hurried = 0

    def _looked_at(self) -> list[datetime]:
        """Moments at which something is written: a fact, an override, a model."""
        said = [moment for one in self.past.said for moment in (one.since, one.until)]
        return sorted({*self.past.facts_at, *said, *(begins for begins, _ in self.models)})

    def run(self) -> Walked:
        while (at := min(self.looks.next, self.wishes.next, self.due, self._wakes_at())) < self.until:
            self.known.advance(at)
            for place in self.wishes.passed(at):
                self._act(self.past.wishes[place])
            if self._wakes_at() <= at:
                self._wake(at)
            if self.looks.passed(at) or self.due <= at:
                self._look(at)
                self._take_breath(at)
        self.walked.end = self.place
        return self.walked

    def _take_breath(self, at: datetime) -> None:
        """A score a hair before an edge says "look again at once", and again, for minutes on end.

        In life the sweep comes once a beat, and so it does here once there have been enough such looks.
        """
        self.hurried = self.hurried + 1 if self.due - at < BEAT else 0
        if self.hurried > HURRIED:
            self.due = max(self.due, at + BEAT)

    def _wakes_at(self) -> datetime:
        return self.place.wake_at or NEVER if self.place.stage == MAL else NEVER

    def _act(self, wish: Wish) -> None:
        """Somebody does what they did, if it fits."""
        if not fits(wish, self.place.stage) or self._is_blocked(wish):
            self.walked.unfit.append(wish)
            return
        trigger = wish.cause if wish.end == MQL else self.place.trigger
        back = wish.is_send_back or wish.start == DISQUALIFIED
        sent_back_at = wish.at if back else self.place.sent_back_at
        self._go(Step(wish.at, self.place.stage, wish.end, wish.cause, trigger),
                 Place(wish.end, trigger, sent_back_at, wish.wake_at))  # fmt: skip

    def _is_blocked(self, wish: Wish) -> bool:
        """A hand-over by hand passes the gate, as it would have then; a sentence can be written."""
        model = model_at(self.models, wish.at)
        if wish.cause != PERSON or wish.end != MQL or model is None:
            return False
        facts, rules = self.known.facts(model, self.place), self.known.settled(model, self.place)
        failed = gate(rules, facts, points_only(rules, facts, wish.at), wish.at,
                      sent_back_at=self.place.sent_back_at, override=self._override(wish.at))  # fmt: skip
        return any(one.level == "block" for one in failed)

    def _wake(self, at: datetime) -> None:
        """The promised day: back to sales, or, if it is excluded by now, the promise is used up."""
        model = model_at(self.models, at)
        values = self.known.values(self.place)
        definition = model.definition if model else None
        if definition and any(one.holds(values) for one in definition.exclude):
            self.place = Place(MAL, self.place.trigger, self.place.sent_back_at)
        else:
            score = points_only(model, self.known.facts(model, self.place), at) if model else None
            self._machine(at, MQL, WAKE, "wake", "", score, None)

    def _look(self, at: datetime) -> None:
        """What a rescore does: score, judge, and perhaps one move."""
        model = model_at(self.models, at)
        if self.quiet and not self.past.said and self.quiet.still(self.known, model, self.place, at):
            self.due = NEVER
            return
        if model is None:
            self.due = at + UNSCORED_FOR
            self._nurture(at, None)
            return
        facts, override = self.known.facts(model, self.place), self._override(at)
        self.quiet = self._quiet(model, facts, at) if override is None else None
        if override is None and (self.quiet or self._is_out_of_our_hands(facts, at)):
            self.due = NEVER  # until something is written again
            return
        if self.place.stage == MQL:
            self._stay_or_leave(self.place.under or model, model, at, override)
            return
        rules = self.known.settled(model, self.place)
        score = points_only(rules, facts, at)
        verdict = judge(rules, facts, score, at, sent_back_at=self.place.sent_back_at, override=override)
        self.due = verdict.valid_until
        stage = self.place.stage
        if stage in (LEAD, MAL) and verdict.holds:
            self._machine(at, MQL, RULE, verdict.trigger or "score", "", score, model)
        elif stage == LEAD and verdict.excluded_by is None:
            self._nurture(at, score)

    def _quiet(self, model: Model, facts: Facts, at: datetime) -> _Quiet | None:
        """Time alone will not move it: no look before the next fact would find anything.

        So that leaving these out changes no step and no moment.
        """
        definition, back = model.definition, self.place.sent_back_at
        if self.place.stage != MAL or definition is None:
            return None
        events = [one for one in facts.events if back is None or one.occurred_at > back]
        most = ceiling.Ceiling(model, events, at)
        fit = model.fit_max
        if not ceiling.falls_short(definition, fit=fit, interest=most.interest):
            fit = figures_only(self.known.settled(model, self.place), Facts({}, ()), at).fit
            if not ceiling.falls_short(definition, fit=fit, interest=most.interest):
                return None
        if ceiling.may_raise_a_hand(definition, events, at):
            return None
        return _Quiet(model, definition, self.place, self.known, most, fit)

    def _is_out_of_our_hands(self, facts: Facts, at: datetime) -> bool:
        """What sales has comes back by a person only, and then it needs something new."""
        stage = self.place.stage
        is_theirs = stage in (*ACCEPTED, DISQUALIFIED) or (
            stage == MQL and self.place.trigger not in ("score", "fast_track")
        )
        return is_theirs and not any(one.occurred_at > at for one in facts.events)

    def _stay_or_leave(self, under: Model, model: Model, at: datetime, override: int | None) -> None:
        """By the rules it was offered under, which may be older than the model in force."""
        facts, by = self.known.facts(under, self.place), self.place.trigger
        rules = self.known.settled(under, self.place)
        score = points_only(rules, facts, at)
        why = leaves(rules, facts, score, at, entered_by=by, override=override)
        if why:
            self.due = min(score.valid_until, self._next_edge(model, at))
            self._machine(at, MAL, RULE, by, why, score, None)
            return
        self.due, ahead = score.valid_until, min(self.looks.next, self.wishes.next, self.until)
        if self.due < ahead and not self.past.said:
            self.due = max(self.due, stays_until(rules, facts, at, ahead, entered_by=by))

    def _next_edge(self, model: Model, at: datetime) -> datetime:
        facts, rules = self.known.facts(model, self.place), self.known.settled(model, self.place)
        score = points_only(rules, facts, at)
        return next_edge(rules, facts, score, at, sent_back_at=self.place.sent_back_at)

    def _nurture(self, at: datetime, score: Score | None) -> None:
        if self.place.stage == LEAD and contactable(self.known.values(self.place)):
            self._machine(at, MAL, RULE, self.place.trigger, "", score, None)

    def _machine(
        self, at: datetime, end: str, cause: str, trigger: str, why: str, score: Score | None,
        under: Model | None,
    ) -> None:  # fmt: skip
        values = self.known.values(self.place)
        step = Step(at, self.place.stage, end, cause, trigger if end == MQL else "", why, score, values)
        self._go(step, Place(end, trigger, self.place.sent_back_at, under=under))

    def _go(self, step: Step, place: Place) -> None:
        self.walked.steps.append(step)
        self.place = place

    def _override(self, at: datetime) -> int | None:
        said = [one for one in self.past.said if one.since <= at < one.until]
        return said[-1].readiness if said else None


class _Quiet:
    """Why a lead in marketing's hands was left alone, and whether what came since is not enough either."""

    def __init__(
        self, model: Model, definition: Definition, place: Place, known: Known, most: ceiling.Ceiling,
        fit: float,
    ) -> None:  # fmt: skip
        self.model, self.definition, self.place, self.most, self.fit = model, definition, place, most, fit
        self.told, self.beside = known.told, known.but_for_new_activities

    def still(self, known: Known, model: Model | None, place: Place, at: datetime) -> bool:
        """Nothing but activities became known, and with all of them it falls short of a minimum."""
        if model is not self.model or place is not self.place or known.but_for_new_activities != self.beside:
            return False
        for one in known.past.told[self.told : known.told]:
            event = one.event
            if event.type == CLICK or any(event.type in track.types for track in self.definition.tracks):
                return False
            self.most.add(event, at)
        self.told = known.told
        return ceiling.falls_short(self.definition, fit=self.fit, interest=self.most.interest)


class _Agenda:
    """Moments in order, from `since` on, and how far we are."""

    def __init__(self, moments: Sequence[datetime], *, since: datetime) -> None:
        self.moments = moments
        self.place = sum(1 for moment in moments if moment < since)

    @property
    def next(self) -> datetime:
        return self.moments[self.place] if self.place < len(self.moments) else NEVER

    def passed(self, at: datetime) -> range:
        """The places of what has come by `at`; each is given once."""
        first = self.place
        while self.place < len(self.moments) and self.moments[self.place] <= at:
            self.place += 1
        return range(first, self.place)
