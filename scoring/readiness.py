"""The doors of scoring: keep every stored score true, and act when the definition of MQL begins to hold.

A task or the sweep calls `rescore` with ids; what is due is a query (`due`), never only a message.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, TypedDict

from django.db import transaction
from django.utils.functional import cached_property

from leads import lifecycle, rows, stages
from leads.contact import is_contactable
from leads.models import Lead, Standing
from scoring import chores, clicks, facts, news, offered_under, overriding
from scoring.definition import Verdict, class_code, judge, leaves
from scoring.engine import Facts, Model, Score, points_only, rounded, score
from scoring.models import Override, ScoringModel
from scoring.overriding import NOBODY, Say
from scoring.past.hindsight import as_known

BATCH = 300
UNSCORED_FOR = timedelta(days=30)
HAND_RAISER = "fast_track"


@dataclass(frozen=True)
class Judged:
    """One lead looked at: its score (the lines when somebody asks) and what the definition says now.

    The score is the machine's; where a person says otherwise, the verdict counts by their readiness.
    """

    lead: Lead
    facts: Facts
    points: Score
    verdict: Verdict
    model: Model
    at: datetime
    say: Say = NOBODY

    @property
    def override(self) -> Override | None:
        """A person's readiness, where one counts now."""
        return self.say.override

    @property
    def rescore_at(self) -> datetime:
        """Until when time alone changes neither the score nor the verdict."""
        return min(self.verdict.valid_until, self.say.until)

    @cached_property
    def score(self) -> Score:
        """The score with its explanation."""
        return score(self.model, self.facts, self.at)


class UnknownModel(Exception):
    """There is no such version of the scoring model."""


class LineAsOf(TypedDict):
    rule: str
    event: int | None
    label: str
    original: float
    points: float


class ScoreAsOf(TypedDict):
    """A score as the API gives it; the points of all lines add up to the readiness."""

    readiness: int
    fit: float
    interest: float
    model_version: int | None
    at: datetime
    lines: list[LineAsOf]


def due(*, now: datetime, limit: int = BATCH) -> list[int]:
    """Leads whose stored score may no longer be `score(lead, now)`, longest due first."""
    waiting = Standing.objects.filter(rescore_at__lte=now).order_by("rescore_at")
    return list(waiting.values_list("lead_id", flat=True)[:limit])


def sweep(*, now: datetime) -> int:
    """Rescore one batch of what is due; returns how many were."""
    ids = due(now=now)
    return rescore(ids, now=now) if ids else 0


@transaction.atomic
def rescore(lead_ids: Iterable[int], *, now: datetime) -> int:
    """Score these leads again, store what changed, and move those the definition moves."""
    locked = lifecycle.lock(lead_ids)
    held = Standing.objects.select_for_update().filter(lead_id__in=locked).order_by("lead_id")
    standings = {row.lead_id: row for row in held}
    leads = {pk: lead for pk, lead in locked.items() if lead.merged_into_id is None}
    _put_off(locked.keys() - leads.keys(), now=now)  # a merged lead has no score of its own
    version = ScoringModel.objects.in_force(now)
    if version is None:
        _without_model(leads, now=now)
        return len(leads)
    entered = offered_under.models(leads.values(), version)
    types = version.compiled.event_types | offered_under.event_types(entered)
    read = facts.load(leads.values(), types)
    clicks.write_down(read.rejudged, now=now)
    judged = _judge(leads.values(), read.facts, version.compiled, now=now)
    _store(judged, standings, entered, until=ScoringModel.objects.next_change(now))
    moved = _move_all([_move(seen, version, entered, now=now) for seen in judged], now=now)
    _tell_of_hands(judged, now=now)
    chores.settle([lead.pk for lead in moved if lead.stage == stages.MQL], now=now)
    chores.ask(judged, now=now)
    return len(leads)


def look(lead: Lead, *, now: datetime) -> Judged | None:
    """One lead judged now, nothing stored: for pages and for the gate by hand."""
    version = ScoringModel.objects.in_force(now)
    return judge_many([lead], version.compiled, now=now)[0] if version else None


def judge_many(leads: Iterable[Lead], model: Model, *, now: datetime) -> list[Judged]:
    """These leads judged now by a model, nothing stored; a constant number of queries."""
    leads = list(leads)
    return _judge(leads, facts.load(leads, model.event_types).facts, model, now=now)


def score_as_of(
    lead: Lead,
    *,
    now: datetime,
    at: datetime | None = None,
    known_at: datetime | None = None,
    model: int | Literal["latest"] | None = None,
) -> ScoreAsOf:
    """The score for the moment `at` from what was recorded by `known_at` (both: now).

    `model` is a version or `latest`; else the version in force at `at` counts. Raises UnknownModel.
    """
    at = at or now
    version = _version(model, at)
    if version is None:
        return ScoreAsOf(readiness=0, fit=0, interest=0, model_version=None, at=at, lines=[])
    found = score(version.compiled, as_known(lead, known_at=known_at or now), at)
    lines = [
        LineAsOf(
            rule=line.rule, event=line.event, label=line.label, original=line.original, points=line.points
        )
        for line in found.lines
    ]
    return ScoreAsOf(
        readiness=found.readiness, fit=found.fit, interest=found.interest,
        model_version=version.version, at=at, lines=lines,
    )  # fmt: skip


def looked_over(
    leads: Iterable[Lead], version: ScoringModel, *, now: datetime
) -> list[tuple[Judged, str | None]]:
    """These leads judged now, each with the stage the machine should have taken it to: None in a house
    that keeps up. Nothing is stored; a constant number of queries."""
    leads = list(leads)
    entered = offered_under.models(leads, version)
    types = version.compiled.event_types | offered_under.event_types(entered)
    judged = _judge(leads, facts.load(leads, types).facts, version.compiled, now=now)
    moves = [_move(seen, version, entered, now=now) for seen in judged]
    return [(seen, move.to if move else None) for seen, move in zip(judged, moves, strict=True)]


def contactable(lead: Lead) -> bool:
    return is_contactable(
        email_key=lead.email_key, mail_opt_out=lead.mail_opt_out, phone=lead.phone,
        do_not_contact=lead.do_not_contact,
    )  # fmt: skip


def round_half_up(points: float) -> int:
    """The integer a list shows, by the rounding of readiness itself."""
    return rounded(points)


def _version(model: int | Literal["latest"] | None, at: datetime) -> ScoringModel | None:
    if model is None:
        return ScoringModel.objects.in_force(at)
    if model == "latest":
        return ScoringModel.objects.order_by("version").last()
    found = ScoringModel.objects.filter(version=model).first()
    if found is None:
        raise UnknownModel(f"no scoring model {model}")
    return found


def _judge(leads: Iterable[Lead], known: Mapping[int, Facts], model: Model, *, now: datetime) -> list[Judged]:
    leads = list(leads)
    said = overriding.said_of([lead.pk for lead in leads], now=now)
    judged = []
    for lead in leads:
        own, since, say = known[lead.pk], lead.sent_back_at, said.get(lead.pk, NOBODY)
        points = points_only(model, own, now)
        verdict = judge(model, own, points, now, sent_back_at=since, override=say.readiness)
        judged.append(Judged(lead, own, points, verdict, model, now, say))
    return judged


def _store(
    judged: list[Judged],
    standings: dict[int, Standing],
    entered: Mapping[int, Model],
    *,
    until: datetime | None,
) -> None:
    """`until`: when another version comes into force, nothing is vouched for any more."""
    written = []
    for seen in judged:
        row = standings[seen.lead.pk]
        row.readiness = seen.points.readiness
        row.fit, row.interest = rounded(seen.points.fit), rounded(seen.points.interest)
        row.readiness_class = class_code(seen.model, seen.points)
        row.rescore_at = min(seen.rescore_at, until) if until else seen.rescore_at
        if older := entered.get(seen.lead.pk):
            row.rescore_at = min(row.rescore_at, offered_under.valid_until(older, seen.facts, seen.at))
        written.append(row)
    rows.write(written, ["readiness", "fit", "interest", "readiness_class", "rescore_at"])


def _without_model(leads: Mapping[int, Lead], *, now: datetime) -> None:
    """Nothing published yet: nobody has points, and whom we may contact is nurtured all the same."""
    _put_off(leads.keys(), now=now)
    _move_all([_nurture(lead) for lead in leads.values() if lead.stage == stages.LEAD], now=now)


def _put_off(lead_ids: Collection[int], *, now: datetime) -> None:
    if lead_ids:
        Standing.objects.filter(lead_id__in=lead_ids).update(rescore_at=now + UNSCORED_FOR)


def _move_all(moves: Iterable[lifecycle.Move | None], *, now: datetime) -> list[Lead]:
    wishes = [move for move in moves if move is not None]
    return [moved.lead for moved in lifecycle.move_many(wishes, now=now)] if wishes else []


def _tell_of_hands(judged: Iterable[Judged], *, now: datetime) -> None:
    """Leads that were handed over for another reason, and raise their hand."""
    raised = {seen.lead.pk: seen.verdict.group for seen in judged if raises_hand(seen)}
    if raised:
        news.hands_raised.announce(raised=raised, now=now)


def raises_hand(seen: Judged) -> bool:
    """At `mql`, not as a hand-raiser, and a group is complete."""
    lead = seen.lead
    return lead.stage == stages.MQL and lead.trigger != HAND_RAISER and seen.verdict.trigger == HAND_RAISER


def _nurture(lead: Lead, **because: Any) -> lifecycle.Move | None:
    if not contactable(lead):
        return None
    return lifecycle.Move(lead.pk, stages.MAL, stages.RULE, because=because)


def _move(
    seen: Judged, version: ScoringModel, entered: Mapping[int, Model], *, now: datetime
) -> lifecycle.Move | None:
    """Where the machine takes this lead: up by the definition, to nurture, or back from `mql`."""
    lead, verdict = seen.lead, seen.verdict
    because: dict[str, Any] = {"model": version.version}
    if lead.stage in (stages.LEAD, stages.MAL) and verdict.holds:
        trigger = verdict.trigger or "score"
        because |= {"group": verdict.group} if verdict.group is not None else {}
        because |= _by_override(seen) if trigger == "score" else {}
        return lifecycle.Move(lead.pk, stages.MQL, stages.RULE, because=because, trigger=trigger)
    if lead.stage == stages.LEAD and verdict.excluded_by is None:
        return _nurture(lead, **because)
    if lead.stage == stages.MQL and (why := _leaves(seen, entered.get(lead.pk), now=now)):
        because |= _by_override(seen) if why == "hysteresis" else {}
        return lifecycle.Move(lead.pk, stages.MAL, stages.RULE, because=because | {"left": why})
    return None


def _leaves(seen: Judged, entered: Model | None, *, now: datetime) -> str | None:
    """By the rules it was offered under (`entered`, where these are older than the model in force)."""
    model = entered or seen.model
    points = points_only(model, seen.facts, now) if entered else seen.points
    trigger, counted = seen.lead.trigger, seen.say.readiness
    return leaves(model, seen.facts, points, now, entered_by=trigger, override=counted)


def _by_override(seen: Judged) -> dict[str, int]:
    """Readiness decided, and it was a person's."""
    return {"override": seen.override.pk} if seen.override else {}
