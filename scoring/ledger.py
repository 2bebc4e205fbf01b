"""A score as it is printed: line by line in two decimals, adding up to the shown readiness to the last digit.

Codes and figures only; `scoring/words.py` says them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from operator import attrgetter

from leads import readiness_classes, stages
from leads.models import Lead
from scoring import readiness
from scoring.definition import Condition, judge, plain_class
from scoring.engine import Facts, Line, Model, Score, points_only, since
from scoring.models import Override
from scoring.readiness import Judged
from scoring.rules import Definition

FOLD = 3  # more events of one rule than this are one row with a count
HORIZON = timedelta(days=365)
HOPS = 200
CLOSER = timedelta(minutes=1)  # nobody asks for a fall closer than this


@dataclass(frozen=True)
class Row:
    """One printed line. `rule` and `label` are the codes of `scoring.engine.Line`.

    `points` are today's, `original` those before decay; they differ where time has taken something.
    """

    rule: str
    label: str
    half: str
    points: Decimal
    original: Decimal
    events: tuple[int, ...] = ()
    first_at: datetime | None = None
    last_at: datetime | None = None

    @property
    def count(self) -> int:
        return len(self.events)

    @property
    def decay(self) -> Decimal:
        """What time has taken (negative) or given back; nothing where there is no event."""
        return self.points - self.original if self.events else Decimal(0)


@dataclass(frozen=True)
class Half:
    """Fit or interest: its rows and their sum, the most it can be, what the definition asks, its class."""

    rows: tuple[Row, ...]
    total: Decimal
    most: float
    needed: float | None
    is_high: bool


@dataclass(frozen=True)
class News:
    """After a send-back: what counts for handing over again, beside the shown readiness."""

    since: datetime
    readiness: int
    needed: float


@dataclass(frozen=True)
class Fall:
    """When a minimum that is met now will be missed if nothing happens: `min_readiness` …"""

    at: datetime
    code: str
    needed: float


@dataclass(frozen=True)
class Ledger:
    """The explanation of one lead's readiness now: fit.total + interest.total + rounding = readiness.

    `missing`: the conditions that fail, while the definition does not hold. `group`: the complete
    fast-track group, counted from 0. `leave_below…`: at `mql` by score, what must not be fallen below.
    `conditions`: all the definition looked at. `override`: a person's readiness beside this one.
    """

    readiness: int
    fit: Half
    interest: Half
    rounding: Decimal
    model_version: int | None
    at: datetime
    needed: float | None
    holds: bool
    group: int | None
    missing: tuple[Condition, ...]
    news: News | None
    fall: Fall | None
    leave_below: float | None
    leave_below_interest: float | None
    conditions: tuple[Condition, ...] = ()
    override: Override | None = None

    @property
    def plain_class(self) -> str:
        """One of the four of `leads.readiness_classes`."""
        return readiness_classes.BY_HEIGHT[self.fit.is_high, self.interest.is_high]

    @property
    def before_rounding(self) -> Decimal:
        return self.fit.total + self.interest.total


def of(lead: Lead, *, now: datetime) -> Ledger | None:
    """The ledger of one lead, or None while no model is published."""
    seen = readiness.look(lead, now=now)
    return of_judged(seen) if seen else None


def of_judged(seen: Judged) -> Ledger:
    definition, verdict, score = seen.model.definition, seen.verdict, seen.score
    fit, interest = _halves(seen.model, score)
    leave = _leave_below(seen, definition)
    return Ledger(
        readiness=score.readiness,
        fit=fit,
        interest=interest,
        rounding=score.readiness - fit.total - interest.total,
        model_version=seen.model.version,
        at=seen.at,
        needed=definition.min_readiness if definition else None,
        holds=verdict.holds,
        group=verdict.group,
        missing=missing(seen),
        news=_news(seen, definition),
        fall=falls(seen),
        leave_below=leave[0],
        leave_below_interest=leave[1],
        conditions=verdict.conditions,
        override=seen.override,
    )


def missing(seen: Judged) -> tuple[Condition, ...]:
    """What stands between this lead and sales; a hand-raiser needs no minimums."""
    verdict = seen.verdict
    return tuple(
        one
        for one in verdict.conditions
        if not one.passed and not (verdict.group is not None and one.code.startswith("min_"))
    )


def falls(seen: Judged) -> Fall | None:
    """The first moment within a year at which a minimum is no longer met, if nothing more happens.

    Between two ends of its shelf life a score does not change, so it is enough to look there.
    """
    facts, at = _counted(seen), seen.at
    score = seen.verdict.since_score or seen.points
    if seen.model.definition is None or _missed(seen, facts, score, at):
        return None
    for _ in range(HOPS):
        at = max(min(score.valid_until, seen.say.next_change(at)), at + CLOSER)
        if at - seen.at > HORIZON:
            return None
        score = points_only(seen.model, facts, at)
        if missed := _missed(seen, facts, score, at):
            return Fall(at, missed.code, missed.needed)
    return None


def printed(lines: Iterable[Line], *, fit: float, interest: float) -> list[Row]:
    """Lines as rows in two decimals; each clip takes up what rounding its own lines gave or took.

    The rounding line is left out: it is what remains to the whole readiness.
    """
    exact: dict[str, float] = defaultdict(float)  # by rule, in points
    cents: dict[str, int] = defaultdict(int)  # by rule and by half, as printed
    halves = {"fit": fit, "interest": interest}
    rows = []
    for line in lines:
        if line.rule == "rounding":
            continue
        if line.rule == "clip" and line.label == line.half:
            shown = _cents(halves[line.label]) - cents[line.half]
        elif line.rule == "clip":
            shown = _cents(exact[line.label] + line.points) - cents[f"rule {line.label}"]
        else:
            shown = _cents(line.points)
        exact[line.rule] += line.points
        cents[f"rule {line.rule}"] += shown
        cents[line.half] += shown
        if shown or line.rule != "clip":
            rows.append(_row(line, shown))
    return rows


def folded(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Many events of one rule become one row with a count and the time they span."""
    found: list[Row] = []
    for _, group in groupby(rows, key=attrgetter("rule", "label")):
        same = list(group)
        found += [_together(same)] if len(same) > FOLD and same[0].events else same
    return tuple(found)


def _halves(model: Model, score: Score) -> tuple[Half, Half]:
    rows = printed(score.lines, fit=score.fit, interest=score.interest)
    highs, definition = plain_class(model, score), model.definition
    least = (definition.min_fit, definition.min_interest) if definition else (None, None)
    return (
        _half(rows, "fit", model.fit_max, least[0], highs[0]),
        _half(rows, "interest", model.interest_max, least[1], highs[1]),
    )


def _half(rows: Iterable[Row], half: str, most: float, needed: float | None, is_high: bool) -> Half:
    own = [row for row in rows if row.half == half]
    total = sum((row.points for row in own), Decimal(0))
    return Half(folded(own), total, most, needed, is_high)


def _row(line: Line, cents: int) -> Row:
    return Row(
        rule=line.rule,
        label=line.label,
        half=line.half,
        points=Decimal(cents) / 100,
        original=Decimal(_cents(line.original)) / 100,
        events=() if line.event is None else (line.event,),
        first_at=line.occurred_at,
        last_at=line.occurred_at,
    )


def _together(rows: Sequence[Row]) -> Row:
    moments = [row.first_at for row in rows if row.first_at]
    return Row(
        rule=rows[0].rule,
        label=rows[0].label,
        half=rows[0].half,
        points=sum((row.points for row in rows), Decimal(0)),
        original=sum((row.original for row in rows), Decimal(0)),
        events=tuple(event for row in rows for event in row.events),
        first_at=min(moments, default=None),
        last_at=max(moments, default=None),
    )


def _cents(points: float) -> int:
    return round(points * 100)


def _counted(seen: Judged) -> Facts:
    """The events that count for handing over: after a send-back only those since."""
    sent_back_at = seen.lead.sent_back_at
    return seen.facts if sent_back_at is None else since(seen.facts, sent_back_at)


def _missed(seen: Judged, facts: Facts, score: Score, at: datetime) -> Condition | None:
    asked = judge(seen.model, facts, score, at, override=seen.say.readiness_at(at)).conditions
    return next((one for one in asked if one.code.startswith("min_") and not one.passed), None)


def _news(seen: Judged, definition: Definition | None) -> News | None:
    sent_back_at, counted = seen.lead.sent_back_at, seen.verdict.since_score
    if sent_back_at is None or counted is None or definition is None:
        return None
    return News(sent_back_at, counted.readiness, definition.min_readiness)


def _leave_below(seen: Judged, definition: Definition | None) -> tuple[float | None, float | None]:
    if definition is None or seen.lead.stage != stages.MQL or seen.lead.trigger != "score":
        return None, None
    return definition.leave_below, definition.leave_below_interest
