"""One lead in a simulation: what the draft, the rules in force and history say of it, as rows of lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from leads import bulk
from leads.models import Lead
from leads.stages import MAL, MQL, RULE
from scoring.engine import Facts, Model, Score, figures_only, points_only, rounded
from scoring.models import SimulatedLead, Simulation
from scoring.replay import recollection
from scoring.replay.out_of_reach import out_of_reach
from scoring.replay.recollection import History, Known
from scoring.replay.recorded import Past, Step, Wish, known_at
from scoring.replay.simulation import Timeline, Walked, model_at, walk

Route = Callable[[Mapping[str, Any]], str]
"""Which queue a handoff of these values would go to, by its slug; empty where no route fits."""

ENTERED, LEFT = "entered", "left"
BEFORE, REAL = "_before", "_real"
GAINED, LOST = "gained", "lost"
MISSED, OTHERWISE, PREVENTED = "missed", "otherwise", "prevented"
ACCEPTED, SENT_BACK = "accepted_real", "sent_back_real"
UNLIKE, AFFECTED = "unlike", "affected"
KINDS = (
    ENTERED, LEFT, ENTERED + BEFORE, LEFT + BEFORE, ENTERED + REAL, LEFT + REAL, GAINED, LOST, MISSED,
    OTHERWISE, PREVENTED, ACCEPTED, SENT_BACK, UNLIKE, AFFECTED,
)  # fmt: skip


class Trial:
    """One run's rules and stretch. `rows` are of one lead, in the order in which its numbers are told."""

    def __init__(
        self, draft: Model, before: Timeline, *, since: datetime, until: datetime, now: datetime,
        route: Route | None = None, versions: Mapping[int, Model] | None = None,
        otherwise: frozenset[str] | None = None, apart: frozenset[str] | None = None,
    ) -> None:  # fmt: skip
        """`versions`: the published rules by number.

        `otherwise`: types without which the draft's readiness is that of the rules of now; `apart`: types
        without which it leads the same way as the rules in force, all the stretch long. None: not known.
        """
        self.draft: Timeline = [(since, draft)]
        self.before = before
        self.since, self.until, self.now = since, until, now
        self.route, self.versions, self.otherwise, self.apart = route, versions or {}, otherwise, apart
        models = (draft, *(model for _, model in before), *self.versions.values())
        self.closely = frozenset[str]().union(*(model.looked_into for model in models))

    def rows_of(self, simulation: Simulation, leads: QuerySet[Lead]) -> tuple[list[SimulatedLead], list[int]]:
        """The rows of these leads, and who they are."""
        told = recollection.read(
            leads, self.versions, since=self.since, until=self.until, closely=self.closely
        )
        return [row for history in told.values() for row in self.rows(simulation, history)], list(told)

    def rows(self, simulation: Simulation, history: History) -> list[SimulatedLead]:
        return [
            bulk.quick(
                SimulatedLead, simulation_id=simulation.pk, lead_id=history.lead.pk, kind=kind, at=at,
                before=before, after=after, detail=detail,
            )
            for kind, at, before, after, detail in self._lines(history)
        ]  # fmt: skip

    def _lines(self, history: History) -> Iterable[Line]:
        yield from self._affected(history)
        past = history.past
        ways = [self.before] if _has_none(past, self.apart) else [self.before, self.draft]
        if self._is_settled(past, ways):
            if not history.real:
                return
            draft = before = Walked(end=past.start)
        else:
            walked = [self._walk(past, models) for models in ways]
            before, draft = walked[0], walked[-1]
        yield from self._moves(past, draft.steps, "")
        yield from self._moves(past, before.steps, BEFORE)
        yield from self._moves(past, history.real, REAL)
        yield from self._changed(past, draft, before)
        yield from self._answers(past, draft, before)
        if _machine(before.steps) != _machine(history.real):
            yield UNLIKE, None, None, None, {}

    def _walk(self, past: Past, models: Timeline) -> Walked:
        return walk(past, models, since=self.since, until=self.until)

    def _is_settled(self, past: Past, ways: Iterable[Timeline]) -> bool:
        return all(out_of_reach(past, model, since=self.since) for models in ways for _, model in models)

    def _moves(self, past: Past, steps: Sequence[Step], whose: str) -> Iterable[Line]:
        """Entries are handoffs; of leavings those by itself, for they alone are the rules' doing."""
        for step in steps:
            if step.end == MQL:
                yield self._line(ENTERED + whose, past, step.at, self._detail(past, step, whose))
            elif step.start == MQL and step.end == MAL and step.cause == RULE:
                yield self._line(LEFT + whose, past, step.at, {"why": step.why})

    def _changed(self, past: Past, draft: Walked, before: Walked) -> Iterable[Line]:
        """Handed over by one of the two only."""
        new, old = _first_entry(draft.steps), _first_entry(before.steps)
        if new and not old:
            yield self._line(GAINED, past, new.at, {"trigger": new.trigger})
        elif old and not new:
            yield self._line(LOST, past, old.at, {"trigger": old.trigger})

    def _answers(self, past: Past, draft: Walked, before: Walked) -> Iterable[Line]:
        """What sales really answered, and whether the draft would have asked.

        Only answers that fit the rules in force are held against the draft: others it has not to answer for.
        """
        for wish in past.wishes:
            if not self.since <= wish.at < self.until:
                continue
            if wish.is_acceptance:
                yield self._line(ACCEPTED, past, wish.at, {})
            elif wish.is_send_back:
                yield self._line(SENT_BACK, past, wish.at, {"reason": wish.reason})
            if wish in draft.unfit and wish not in before.unfit:
                yield from self._unasked(past, wish, draft)

    def _unasked(self, past: Past, wish: Wish, draft: Walked) -> Iterable[Line]:
        """At another time is not missed: how sales would have answered then, nobody knows."""
        if wish.is_send_back:
            yield self._line(PREVENTED, past, wish.at, {"reason": wish.reason})
        elif wish.is_acceptance and (other := _first_entry(draft.steps)):
            yield self._line(OTHERWISE, past, wish.at, {"handed_at": other.at.isoformat()})
        elif wish.is_acceptance:
            yield self._line(MISSED, past, wish.at, {})

    def _affected(self, history: History) -> Iterable[Line]:
        """Whose readiness, as facts are now, the draft shows otherwise than the rules of now."""
        lead, now = history.lead, self.now
        if lead.outcome is not None or self._is_the_same(history):
            return
        facts = known_at(history.past, now)
        facts = Facts({**facts.values, "stage": lead.values["stage"]}, facts.events)
        after = figures_only(self.draft[0][1], facts, now).readiness
        before = self._stored(lead, facts)
        if after != before:
            yield AFFECTED, None, before, after, {}

    def _is_the_same(self, history: History) -> bool:
        """Both reckon alike with what there is, and what is stored is true."""
        return history.lead.rescore_at > self.now and _has_none(history.past, self.otherwise)

    def _stored(self, lead: Known, facts: Facts) -> int:
        if lead.rescore_at > self.now:
            return lead.readiness
        model = model_at(self.before, self.now)
        return figures_only(model, facts, self.now).readiness if model else 0

    def _line(self, kind: str, past: Past, at: datetime, detail: dict[str, Any]) -> Line:
        """With the readiness by either rules from what was known then."""
        facts = known_at(past, at)
        before, after = (model_at(models, at) for models in (self.before, self.draft))
        return (
            kind, at,
            figures_only(before, facts, at).readiness if before else None,
            figures_only(after, facts, at).readiness if after else None,
            detail,
        )  # fmt: skip

    def _detail(self, past: Past, step: Step, whose: str) -> dict[str, Any]:
        detail = {"trigger": step.trigger}
        if self.route is not None:
            detail["queue"] = self.route(self._values(past, step, self.before if whose else self.draft))
        return detail

    def _values(self, past: Past, step: Step, models: Timeline) -> dict[str, Any]:
        """What a route may ask of the handoff (PRODUCT 5, paths)."""
        facts = known_at(past, step.at)
        model = model_at(models, step.at)
        score = step.score or (points_only(model, facts, step.at) if model else None)
        return {
            **(step.values or facts.values),
            **_shown(score),
            "stage": MQL,
            "handoff": {"trigger": step.trigger, "lane": 1},
        }


def _has_none(past: Past, types: frozenset[str] | None) -> bool:
    return types is not None and not any(one.event.type in types for one in past.told)


Line = tuple[str, datetime | None, int | None, int | None, dict[str, Any]]


def _shown(score: Score | None) -> dict[str, int]:
    if score is None:
        return {"readiness": 0, "fit": 0, "interest": 0}
    return {
        "readiness": score.readiness, "fit": rounded(score.fit), "interest": rounded(score.interest)
    }  # fmt: skip


def _first_entry(steps: Iterable[Step]) -> Step | None:
    return next((step for step in steps if step.end == MQL), None)


def _machine(steps: Iterable[Step]) -> list[str]:
    """Where the machine took it, to sales and back, in order: to the minute history need not agree."""
    return [step.end for step in steps if step.cause == RULE and MQL in (step.start, step.end)]
