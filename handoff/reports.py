"""The numbers of the SLA page: functions of a choice of handoffs and a moment, returning rows.

Each number comes with the choice whose list it is; both are built by `HandoffFilter.narrow`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

from django.db.models import Case, Count, QuerySet, Value, When
from django.utils import timezone

from handoff import as_of, lists
from handoff.as_of import Stand
from handoff.lists import HandoffFilter
from handoff.models import Clock, Handoff, Policy, Queue
from leads.models import User

FEW = 10  # below this many a fraction is shown, never a percentage (UX 4.7)
MOST_URGENT = 20
MOST_TIMED = 2_000
METRICS = {
    Clock.ACCEPT: "accept_clock_met_rate",
    Clock.FIRST_CONTACT: "first_contact_met_rate",
    Clock.PERSISTENCE: "persistence_met_rate",
    Clock.REPORT: "report_clock_met_rate",
    Clock.ANSWER: "send_back_answer_met_rate",
}


@dataclass(frozen=True)
class Number:
    """A count, the choice whose list it is, and the parts it is made of by code."""

    value: int
    chosen: HandoffFilter
    parts: tuple[tuple[str, Number], ...] = ()


@dataclass(frozen=True)
class Live:
    """The state at a moment: what is late, nearly late, without a next actor, waiting, due today, lost."""

    overdue: Number
    at_risk: Number
    no_actor: Number
    to_accept: Number
    due_today: Number
    lost: Number


def picture(base: HandoffFilter, user: User) -> list[Stand]:
    """Every open handoff this person may see as it stood, whatever the period; one statement."""
    return base.but(first=None, last=None).stands(Handoff.objects.visible_to(user))


def live(base: HandoffFilter, user: User, stands: Sequence[Stand]) -> Live:
    """The six numbers of a picture (the period only bounds what was lost)."""
    now, seen = base.but(first=None, last=None), Handoff.objects.visible_to(user)
    return Live(
        overdue=_by_clock(stands, now.but(sla=as_of.OVERDUE)),
        at_risk=_by_clock(stands, now.but(sla=as_of.AT_RISK)),
        no_actor=_counted(now.but(actor=lists.NOBODY), seen),
        to_accept=_by_lane(stands, now.but(states=(Handoff.OFFERED,))),
        due_today=_by_clock(stands, now.but(sla=lists.TODAY)),
        lost=_counted(base.but(result=lists.LOST), seen),
    )


def _counted(chosen: HandoffFilter, seen: QuerySet[Handoff]) -> Number:
    return Number(chosen.narrow(seen).count(), chosen)


def _by_clock(stands: Sequence[Stand], chosen: HandoffFilter) -> Number:
    """How many stand so, by the clock that runs out first."""
    kinds = Counter(one.kind for one in chosen.of(stands))
    parts = tuple((kind, Number(kinds[kind], chosen.but(clock=kind))) for kind in lists.CLOCKS if kinds[kind])
    return Number(sum(kinds.values()), chosen, parts)


def _by_lane(stands: Sequence[Stand], chosen: HandoffFilter) -> Number:
    lanes = Counter(one.lane for one in stands if one.phase in chosen.states)
    parts = tuple((str(lane), Number(lanes[lane], chosen.but(lane=lane))) for lane in sorted(lanes))
    return Number(sum(lanes.values()), chosen, parts if len(parts) > 1 else ())


def urgent(stands: Iterable[Stand]) -> list[tuple[Handoff, Clock]]:
    """What needs a hand now with its clock, nearest due first: overdue, then at risk; two statements."""
    late = [one for one in stands if one.sla in (as_of.OVERDUE, as_of.AT_RISK)][:MOST_URGENT]
    found = Handoff.objects.select_related("lead__company", "rep", "queue__team")
    handoffs = found.in_bulk([one.pk for one in late])
    clocks = Clock.objects.in_bulk([one.clock for one in late])
    return [(handoffs[one.pk], clocks[one.clock]) for one in late]


@dataclass(frozen=True)
class Kept:
    """How often a promise was kept among the clocks that came to a decision by the moment."""

    key: str
    met: int
    met_late: int
    breached: int
    chosen: HandoffFilter
    target: float | None = None
    before: float | None = None
    excused: int = 0  # of those missed

    @property
    def n(self) -> int:
        return self.met + self.met_late + self.breached

    @property
    def missed(self) -> int:
        return self.met_late + self.breached

    @property
    def rate(self) -> float | None:
        """Percent; None where there is nothing to divide by."""
        return 100 * self.met / self.n if self.n else None

    @property
    def excused_rate(self) -> float | None:
        """Percent where excused breaches count neither for nor against."""
        return 100 * self.met / self.counted if self.counted else None

    @property
    def counted(self) -> int:
        """What is left without the excused ones."""
        return self.n - self.excused

    @property
    def is_few(self) -> bool:
        return self.n < FEW

    @property
    def is_kept(self) -> bool:
        return self.rate is not None and self.target is not None and self.rate >= self.target

    def of(self, result: str) -> HandoffFilter:
        return self.chosen.but(result=result)


@dataclass(frozen=True)
class Attainment:
    """One promise: all together, by team, and by source."""

    kind: str
    all: Kept
    teams: tuple[Kept, ...]
    sources: tuple[Kept, ...]


def attainment(
    base: HandoffFilter, user: User, targets: Mapping[str, float], before: HandoffFilter | None = None
) -> list[Attainment]:
    """Every promise with a clock in the period of `base`; `before` is the period to compare with.

    One statement, two with a comparison. A clock belongs to the day of its chain's first offer.
    """
    rows = _results(base, user)
    earlier = _results(before, user) if before else Counter()
    return [_attained(kind, rows, earlier, base, targets.get(METRICS[kind])) for kind in lists.CLOCKS]


Results = Counter[tuple[str, str | None, str, str, bool]]


def _results(base: HandoffFilter, user: User) -> Results:
    """How many clocks of each kind, team and source came to each result."""
    found = (
        _clocks(base, user, lists.CLOCKS, "decided")
        .annotate(is_excused=Case(When(excused_at__lte=base.at, then=Value(True)), default=Value(False)))
        .values_list("kind", "handoff__queue__team__slug", "handoff__lead__source", "became", "is_excused")
        .annotate(n=Count("pk"))
        .order_by()
    )
    return Counter(
        {(kind, team, source, became, excused): n for kind, team, source, became, excused, n in found}
    )


def _clocks(base: HandoffFilter, user: User, kinds: Sequence[str], result: str) -> QuerySet[Clock]:
    """Clocks with a result, of the handoffs of a choice."""
    clocks = Clock.objects.filter(kind__in=kinds)
    if base.first:  # no clock began before its chain was first offered: most are passed over at once
        clocks = clocks.filter(started_at__gte=lists.midnight(base.first))
    clocks = clocks.filter(handoff__in=base.narrow(Handoff.objects.visible_to(user)).values("pk"))
    return clocks.annotate(became=as_of.result_at(base.at)).filter(became__in=lists.RESULTS[result])


def _attained(
    kind: str, rows: Results, earlier: Results, base: HandoffFilter, target: float | None
) -> Attainment:
    chosen = base.but(clock=kind, result="decided")
    mine = {key: n for key, n in rows.items() if key[0] == kind}
    past = _kept("", ((*key[3:], n) for key, n in earlier.items() if key[0] == kind), chosen, target)
    whole = _kept("", ((*key[3:], n) for key, n in mine.items()), chosen, target, past.rate)
    teams = _split(mine, 1, lambda team: chosen.but(team=team), target)
    sources = _split(mine, 2, lambda source: chosen.but(source=source), target)
    return Attainment(kind, whole, teams, sources)


def _split(
    rows: Mapping[tuple[Any, ...], int], place: int, choose: Callable[[Any], HandoffFilter],
    target: float | None,
) -> tuple[Kept, ...]:  # fmt: skip
    """The same clocks by team or by source, most first."""
    keys = {key[place] for key in rows if key[place] is not None}
    parts = [
        _kept(one, ((*key[3:], n) for key, n in rows.items() if key[place] == one), choose(one), target)
        for one in keys
    ]
    return tuple(sorted(parts, key=lambda kept: (-kept.n, kept.key)))


def _kept(
    key: str, results: Iterable[tuple[str, bool, int]], chosen: HandoffFilter, target: float | None,
    before: float | None = None,
) -> Kept:  # fmt: skip
    found: Counter[str] = Counter()
    excused = 0
    for became, is_excused, n in results:
        found[became] += n
        excused += n if is_excused and became in lists.RESULTS["late"] else 0
    met, met_late, breached = (found[one] for one in lists.RESULTS["decided"])
    return Kept(key, met, met_late, breached, chosen, target, before, excused)


@dataclass(frozen=True)
class Answers:
    """Business minutes until the first contact: how many were timed, the middle, nine of ten, still open."""

    answered: Number
    still_open: Number
    middle: float | None
    nine_of_ten: float | None


def response_times(base: HandoffFilter, user: User) -> Answers:
    """From the first offer to the first contact, in business time of the queue; the newest MOST_TIMED."""
    seen = Handoff.objects.visible_to(user)
    answered = base.but(clock=Clock.FIRST_CONTACT, result="answered")
    still_open = base.but(clock=Clock.FIRST_CONTACT, result=lists.UNANSWERED)
    contacts = _clocks(base, user, (Clock.FIRST_CONTACT,), "answered")
    rows = contacts.values_list("started_at", "met_at", "handoff__queue", "handoff__policy")
    timed = list(rows.order_by("-pk")[:MOST_TIMED])
    count = len(timed) if len(timed) < MOST_TIMED else rows.count()
    minutes = sorted(_business_minutes(timed))
    return Answers(
        Number(count, answered), _counted(still_open, seen),
        median(minutes) if minutes else None, minutes[-(-9 * len(minutes) // 10) - 1] if minutes else None,
    )  # fmt: skip


def _business_minutes(rows: Sequence[tuple[Any, ...]]) -> list[float]:
    queues = Queue.objects.select_related("team__calendar").in_bulk({row[2] for row in rows if row[2]})
    policies = Policy.objects.in_bulk({row[3] for row in rows if row[3]})
    hours = {
        (queue, policy): queues[queue].hours_under(policies.get(policy))
        for queue, policy in {(row[2], row[3]) for row in rows if row[2]}
    }
    return [
        hours[queue, policy].elapsed(started_at, max(met_at, started_at)) / timedelta(minutes=1)
        for started_at, met_at, queue, policy in rows
        if queue
    ]


@dataclass(frozen=True)
class AgeRow:
    """Handoffs in one phase by how many business days they have been in it."""

    phase: str
    cells: tuple[tuple[str, Number], ...]
    whole: Number


def ageing(base: HandoffFilter, stands: Iterable[Stand]) -> list[AgeRow]:
    """Open handoffs by phase and age; one statement for the calendar."""
    now = base.but(first=None, last=None)
    ages = lists.bounds_of_ages(base.at)
    found = Counter((one.phase, _age(one.since, ages)) for one in stands)
    return [_age_row(phase, found, now) for phase in Handoff.OPEN]


def _age(since: datetime, ages: Mapping[str, tuple[datetime | None, datetime | None]]) -> str:
    return next(
        age
        for age, (begins, before) in ages.items()
        if (begins is None or since >= begins) and (before is None or since < before)
    )


def _age_row(phase: str, found: Counter[tuple[str, str]], now: HandoffFilter) -> AgeRow:
    chosen = now.but(states=(phase,))
    cells = tuple((age, Number(found[phase, age], chosen.but(age=age))) for age in as_of.AGES)
    return AgeRow(phase, cells, Number(sum(number.value for _, number in cells), chosen))


Loads = dict[tuple[int | None, int | None], int]


def loads(queues: Iterable[int]) -> Loads:
    """Offers each person has to decide, by queue and person, now."""
    offers = Handoff.objects.filter(queue__in=set(queues), state=Handoff.OFFERED, rep__isnull=False)
    return {
        (queue, rep): n
        for queue, rep, n in offers.values_list("queue", "rep").annotate(n=Count("pk")).order_by()
    }


def targets(agreement: Mapping[str, Any]) -> dict[str, float]:
    """Percent promised by metric, of clauses like `>= 90%`."""
    clauses = [clause for side in ("marketing", "sales", "shared") for clause in agreement.get(side) or ()]
    return {
        clause["metric"]: float(str(clause["target"]).strip("<>= %"))
        for clause in clauses
        if str(clause["target"]).endswith("%")
    }


MONTH, LAST_MONTH, QUARTER = "month", "last_month", "90d"
PERIODS = (MONTH, LAST_MONTH, QUARTER)


def days_of(period: str, at: datetime) -> tuple[date, date]:
    """First and last day of a period, in the reader's zone."""
    on = timezone.localtime(at).date()
    if period == LAST_MONTH:
        last = on.replace(day=1) - timedelta(days=1)
        return last.replace(day=1), last
    if period == QUARTER:
        return on - timedelta(days=89), on
    return on.replace(day=1), on


def before_it(period: str, first: date) -> tuple[date, date]:
    """The period to compare with: the month before, or the 90 days before."""
    last = first - timedelta(days=1)
    return (first - timedelta(days=90), last) if period == QUARTER else (last.replace(day=1), last)
