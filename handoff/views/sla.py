"""The SLA page: what is about to be missed, and whether both sides keep their promises (UX 4.7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import pgettext_lazy as _p
from django.views.decorators.http import require_safe

from config.clock import now
from handoff import lists, queueing, reports
from handoff.holiday_watch import past_holidays
from handoff.lists import HandoffFilter
from handoff.models import Clock, Handoff, QueueMember
from handoff.words import team_names
from leads import roles, words
from leads.models import Team, User

PERIODS: dict[str, Promise] = {
    reports.MONTH: _p("period", "This month"),
    reports.LAST_MONTH: _p("period", "Last month"),
    reports.QUARTER: _p("period", "Last 90 days"),
}
MOST_SOURCES = 8
ALWAYS = (Clock.ACCEPT, Clock.FIRST_CONTACT)  # shown before anything came due


@require_safe
def sla(request: HttpRequest) -> HttpResponse:
    """Six numbers of now, the rows behind the urgent ones, and the promises of a period."""
    insist_on_seeing(request.user)
    base, period = _asked(request)
    before = reports.before_it(period, base.first) if base.first else None
    earlier = base.but(first=before[0], last=before[1]) if before else None
    promised = reports.targets(words.section("agreement") or {})
    stands = reports.picture(base, request.user)
    kept = reports.attainment(base, request.user, promised, earlier)
    teams = list(Team.objects.filter(queues__isnull=False).distinct().order_by("pk"))
    names = team_names(teams)
    context = {
        "base": base,
        "now": base.at,
        "period": period,
        "periods": PERIODS.items(),
        "teams": names.items(),
        "live": reports.live(base, request.user, stands),
        "urgent": _hands(reports.urgent(stands), request.user),
        "kept": [_Shown(one, names) for one in kept if one.all.n or one.kind in ALWAYS],
        "running_past": past_holidays(request.user, now=base.at),
        "answers": reports.response_times(base, request.user),
        "ages": reports.ageing(base, stands),
        "may_see_people": may_see_people(request.user),
        "manages": bool(queueing.managed_by(request.user)),
        "reload": "?" + urlencode(_choices(base, period)),
    }
    return render(request, "handoff/sla.html", context)


def insist_on_seeing(user: User) -> None:
    """Partner callers have their own queue only (PRODUCT 11)."""
    if set(user.roles) <= {roles.PARTNER_CALLER}:
        raise PermissionDenied


def may_see_people(user: User) -> bool:
    """Marketing reads no figures per rep, and no list that would add up to them (PRODUCT 11)."""
    return user.side == roles.SALES or user.has_role(roles.ADMIN)


def _asked(request: HttpRequest) -> tuple[HandoffFilter, str]:
    """Period, team and source of the address; what it does not say is the month so far, and all."""
    read = lists.read(request.GET, user=request.user, now=now()).chosen
    period = request.GET.get("period", "")
    period = period if period in reports.PERIODS else reports.MONTH
    first, last = reports.days_of(period, read.at)
    said = {"team": read.team, "source": read.source, "is_live": read.is_live}
    return HandoffFilter(read.at, first=first, last=last, **said), period


def _choices(base: HandoffFilter, period: str) -> dict[str, str]:
    said = {"period": period, "team": base.team}
    if base.source is not None:
        said["source"] = base.source or lists.BLANK
    return {name: value for name, value in said.items() if value}


@dataclass(frozen=True)
class Hand:
    """An urgent handoff, and the colleague with the least to decide who could take it."""

    handoff: Handoff
    clock: Clock
    waiting: int = 0
    could: User | None = None
    could_waiting: int = 0
    may_give: bool = False


def _hands(urgent: Sequence[tuple[Handoff, Clock]], viewer: User) -> list[Hand]:
    queues = {one.queue_id for one, _ in urgent if one.queue_id}
    loads = reports.loads(queues)
    members = QueueMember.objects.filter(queue__in=queues, is_active=True, user__is_active=True)
    seats = list(members.select_related("user").order_by("position", "pk"))
    return [_hand(one, clock, viewer, seats, loads) for one, clock in urgent]


def _hand(
    handoff: Handoff, clock: Clock, viewer: User, seats: list[QueueMember], loads: reports.Loads
) -> Hand:
    others = [one for one in seats if one.queue_id == handoff.queue_id and one.user_id != handoff.rep_id]
    best = min(others, key=lambda one: loads.get((one.queue_id, one.user_id), 0), default=None)
    may_give = handoff.is_open and viewer.may_manage(handoff.queue.team if handoff.queue else None)
    waiting = loads.get((handoff.queue_id, handoff.rep_id), 0)
    load = loads.get((best.queue_id, best.user_id), 0) if best else 0
    if best is None or load > waiting:  # nobody has less to decide: the manager sees everybody's load
        return Hand(handoff, clock, waiting, may_give=may_give)
    return Hand(handoff, clock, waiting, best.user, load, may_give)


@dataclass(frozen=True)
class _Shown:
    """A promise with the sentence that says what its number means, and the sources that have room."""

    report: reports.Attainment
    names: Mapping[str, str]

    @property
    def teams(self) -> list[tuple[str, reports.Kept]]:
        return [(self.names.get(kept.key, kept.key), kept) for kept in self.report.teams]

    @property
    def finding(self) -> str:
        return finding(self.report.all)

    @property
    def sources(self) -> tuple[reports.Kept, ...]:
        return self.report.sources[:MOST_SOURCES]

    @property
    def more_sources(self) -> int:
        return max(0, len(self.report.sources) - MOST_SOURCES)


def finding(kept: reports.Kept) -> str:
    """つまり: the rate as a sentence anybody understands."""
    if not kept.n:
        return _t("No promise has come due in this period yet.")
    if not kept.missed:
        return _t("Every promise was kept in time.")
    if 2 * kept.missed > kept.n:
        return _t("More than half were later than promised.")
    every = round(kept.n / kept.missed)
    if every > 20:
        return _t("Fewer than one in twenty was later than promised.")
    return _t("One in %(n)s was later than promised.") % {"n": every}
