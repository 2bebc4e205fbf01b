"""点数に意見を送る: the door by which somebody says what they think of a line of a lead's score.

The opinion keeps what the score was then; whoever writes the rules answers it, or begins a draft from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from leads.models import Activity, Lead, User
from scoring import readiness
from scoring.engine import Line
from scoring.models import Draft, Opinion, ScoringModel
from scoring.rulemaking import drafting
from scoring.rulemaking.drafting import DraftRefused, NotYours
from scoring.rulemaking.permissions import may

LONGEST = 2_000
HALVES = ("fit", "interest")


class NoSuchLine(Exception):
    """The lead's score has no line of this rule (any more)."""


@dataclass(frozen=True)
class Subject:
    """What an opinion is about: a rule's points for one lead, of one event or of all its events together.

    `rule` may be a half (`fit`, `interest`) too. `label` is the line's code, as in `scoring.engine.Line`.
    """

    lead: Lead
    rule: str
    label: str
    event: Activity | None
    points: float
    readiness: int
    model_version: int


def subject(lead: Lead, *, rule: str, event: int | None = None, now: datetime) -> Subject:
    """The line as it is now. Raises NoSuchLine."""
    seen = readiness.look(lead, now=now)
    lines = [line for line in seen.score.lines if _is(line, rule, event)] if seen else []
    if seen is None or not lines:
        raise NoSuchLine(rule)
    return Subject(
        lead=lead, rule=rule, label=rule if rule in HALVES else lines[0].label,
        points=sum(line.points for line in lines),
        event=Activity.objects.get(pk=event) if event is not None else None,
        readiness=seen.score.readiness, model_version=seen.model.version or 0,
    )  # fmt: skip


@transaction.atomic
def send(lead: Lead, *, rule: str, event: int | None = None, text: str, by: User, now: datetime) -> Opinion:
    """Say it. Whoever sees the lead may (the caller has asked). Raises NoSuchLine and DraftRefused."""
    about = subject(lead, rule=rule, event=event, now=now)
    return Opinion.objects.create(
        lead=lead, rule=rule, event=about.event, model_version=about.model_version,
        readiness=about.readiness, points=round(about.points, 2), text=_written(text), by=by, at=now,
    )  # fmt: skip


@transaction.atomic
def settle(opinion: Opinion, *, answer: str, by: User, now: datetime) -> Opinion:
    """Answer it; its writer reads the answer at the lead. Raises DraftRefused and NotYours."""
    held = _hold(opinion, by)
    held.answer, held.settled_at, held.settled_by = _written(answer, "answer"), now, by
    held.save(update_fields=["answer", "settled_at", "settled_by"])
    return held


@transaction.atomic
def begin_draft(opinion: Opinion, *, title: str, by: User, now: datetime) -> Draft:
    """A draft of the newest rules that this opinion belongs to; it is settled by its answer, later."""
    held = _hold(opinion, by)
    newest = ScoringModel.objects.newest()
    if newest is None:
        raise DraftRefused("no_rules")
    held.draft = drafting.begin(title=title, body=newest.body, base=newest, by=by, now=now)
    held.save(update_fields=["draft"])
    return held.draft


def waiting() -> QuerySet[Opinion]:
    """Those nobody has answered, newest first."""
    return Opinion.objects.filter(settled_at=None).order_by("-at", "-pk")


def of_lead(lead: Lead) -> QuerySet[Opinion]:
    return (
        Opinion.objects.filter(lead=lead).select_related("by", "settled_by", "draft").order_by("-at", "-pk")
    )


def _is(line: Line, rule: str, event: int | None) -> bool:
    if rule in HALVES:
        return line.half == rule and event is None
    return line.rule == rule and (event is None or line.event == event)


def _hold(opinion: Opinion, by: User) -> Opinion:
    if not may(by).write:
        raise NotYours
    held = Opinion.objects.select_for_update().get(pk=opinion.pk)
    if held.settled_at is not None:
        raise DraftRefused("settled_already")
    return held


def _written(text: str, field: str = "text") -> str:
    text = text.strip()
    if not text:
        raise DraftRefused("text_missing", field)
    if len(text) > LONGEST:
        raise DraftRefused("text_too_long", field)
    return text
