"""The queue: whose it is, what stands in it, and in what order it is worked off.

Order is by the clock's deadline, then by readiness (UX 4.5); nothing here re-orders by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from urllib.parse import urlencode

from django.db.models import Q, QuerySet

from handoff import desk, whose_turn
from handoff.models import Clock, Handoff, Queue, QueueMember
from leads import roles, stages
from leads.models import Lead, User

MOST = 200
WAITING, OFFERED, OPEN_TO_TEAM, WORKING, LATER = "waiting", "offered", "open", "working", "later"
GROUPS = (OFFERED, OPEN_TO_TEAM, WAITING, WORKING, LATER)
FAR = datetime.max.replace(tzinfo=UTC)
OVERLAP = timedelta(minutes=10)  # an offer may be committed a little after its own moment


class NoQueue(Exception):
    """This person has no queue of their own and manages none."""


class UnknownQueue(Exception):
    """A queue or a person that this person does not manage, or that does not exist."""


@dataclass(frozen=True)
class Scope:
    """Whose handoffs a queue page shows: one's own, one person's, one queue's, or all that are managed."""

    viewer: User
    managed: tuple[Queue, ...] = ()
    queue: Queue | None = None
    rep: User | None = None

    @classmethod
    def asked(cls, viewer: User, params: Mapping[str, str]) -> Scope:
        """The scope of a query string (`queue` a slug, `rep` an id). Raises NoQueue, UnknownQueue."""
        managed = managed_by(viewer)
        if params.get("queue"):
            return cls(viewer, managed, queue=_named(managed, params["queue"]))
        if params.get("rep") and params["rep"] != str(viewer.pk):
            return cls(viewer, managed, rep=_member(managed, params["rep"]))
        if viewer.is_rep and not (managed and "queue" in params):
            return cls(viewer, managed, rep=viewer)
        if not managed:
            raise NoQueue
        return cls(viewer, managed)

    @property
    def is_own(self) -> bool:
        return self.rep is not None and self.rep == self.viewer

    @property
    def query(self) -> str:
        """What an address needs so that the next page shows the same queue."""
        if self.queue is not None:
            return "?" + urlencode({"queue": self.queue.slug})
        if self.rep is not None and not self.is_own:
            return f"?rep={self.rep.pk}"
        return "?queue=" if self.rep is None and self.viewer.is_rep else ""

    def handoffs(self) -> Q:
        """The open handoffs that stand in this queue."""
        if self.rep is None:
            return Q(queue__in=[self.queue] if self.queue else self.managed)
        in_hand = Q(lead__owner=self.rep) | Q(lead__next_actor=self.rep)
        mine = Q(rep=self.rep) | Q(state=Handoff.ACCEPTED) & in_hand
        if self.is_own:
            seats = QueueMember.objects.filter(user=self.rep, is_active=True)
            mine |= Q(state=Handoff.OFFERED, open_to_team=True, queue__in=seats.values("queue"))
        return mine


def managed_by(viewer: User) -> tuple[Queue, ...]:
    """The queues whose handoffs this person may give to somebody else."""
    if not viewer.has_role(roles.MANAGER, roles.ADMIN):
        return ()
    queues = Queue.objects.filter(is_active=True).select_related("team")
    return tuple(queue for queue in queues if viewer.may_manage(queue.team))


def _named(managed: Sequence[Queue], slug: str) -> Queue:
    found = next((queue for queue in managed if queue.slug == slug), None)
    if found is None:
        raise UnknownQueue(slug)
    return found


def _member(managed: Sequence[Queue], number: str) -> User:
    members = QueueMember.objects.filter(queue__in=managed).select_related("user")
    found = next((one.user for one in members if str(one.user_id) == number), None)
    if found is None:
        raise UnknownQueue(number)
    return found


@dataclass(frozen=True)
class Row:
    """A handoff in the queue with the clock that runs out first; `group` says what is asked of it."""

    handoff: Handoff
    clock: Clock | None
    group: str

    @property
    def due_at(self) -> datetime | None:
        return self.clock.due_at if self.clock and self.clock.due_at else self.handoff.lead.next_due_at

    @property
    def clocks(self) -> list[Clock]:
        """All that still wait for their event, nearest due first."""
        return sorted(whose_turn.alive(self.handoff), key=lambda clock: clock.due_at or FAR)

    @property
    def order(self) -> tuple[int, datetime, int, int]:
        readiness = self.handoff.lead.standing.readiness
        return GROUPS.index(self.group), self.due_at or FAR, -readiness, self.handoff.pk


@dataclass(frozen=True)
class Work:
    """The queue as it is worked off, row by row; `is_cut` when there is more than one page can show."""

    rows: tuple[Row, ...]
    is_cut: bool = False

    @cached_property
    def counts(self) -> Counter[str]:
        return Counter(row.group for row in self.rows)

    @property
    def to_decide(self) -> int:
        return self.counts[OFFERED]

    def groups(self) -> list[tuple[str, list[Row]]]:
        """The groups that hold anything, in order."""
        return [(g, [row for row in self.rows if row.group == g]) for g in GROUPS if self.counts[g]]

    def find(self, pk: int | None) -> Row | None:
        return next((row for row in self.rows if row.handoff.pk == pk), None)

    def beside(self, pk: int | None, step: int) -> Row | None:
        """The row above (-1) or below (1); None at either end."""
        places = {row.handoff.pk: place for place, row in enumerate(self.rows)}
        if pk not in places:
            return self.rows[0] if self.rows and step > 0 else None
        place = places[pk] + step
        return self.rows[place] if 0 <= place < len(self.rows) else None

    def next_to_decide(self, pk: int | None) -> Row | None:
        """What to open after an answer: the next offer below, else the first one, else the work in hand."""
        place = next((at for at, row in enumerate(self.rows) if row.handoff.pk == pk), -1)
        after = [*self.rows[place + 1 :], *self.rows[: max(place, 0)]]
        offers = [row for row in after if row.group == OFFERED]
        return next(iter(offers or after), None)


def read(scope: Scope, at: datetime) -> Work:
    """The queue at this moment: two statements, whatever its length."""
    found = (
        desk.with_reactions(Handoff.objects.visible_to(scope.viewer).open())
        .filter(scope.handoffs())
        .select_related("lead__company", "lead__standing", "rep", "queue__team", "handed_by")
        .prefetch_related("clocks")
        .order_by("lead__standing__next_due_at", "pk")
    )
    handoffs = list(found[: MOST + 1])
    rows = sorted((row_of(one, scope.viewer, at) for one in handoffs[:MOST]), key=lambda row: row.order)
    if scope.rep is not None:  # a person's queue: what waits for nobody in particular is not theirs to do
        rows = [row for row in rows if row.group != WAITING]
    return Work(tuple(rows), len(handoffs) > MOST)


def row_of(handoff: Handoff, viewer: User, at: datetime) -> Row:
    return Row(handoff, first_clock(handoff), _group(handoff, viewer, at))


def _group(handoff: Handoff, viewer: User, at: datetime) -> str:
    if desk.is_put_off(handoff, at) and handoff.rep_id == viewer.pk:
        return LATER
    if handoff.state == Handoff.WAITING:
        return WAITING
    if handoff.state == Handoff.ACCEPTED:
        return WORKING
    is_theirs = handoff.open_to_team and handoff.rep_id != viewer.pk
    return OPEN_TO_TEAM if is_theirs else OFFERED


def first_clock(handoff: Handoff) -> Clock | None:
    """The clock to show: of an offer its acceptance, else whatever runs out first."""
    alive = whose_turn.alive(handoff)
    if handoff.state == Handoff.OFFERED:
        alive = [one for one in alive if one.kind == Clock.ACCEPT] or alive
    return min(alive, key=lambda clock: clock.due_at or FAR, default=None)


def new_since(scope: Scope, since: datetime, known: frozenset[int]) -> int:
    """How many offers came that the reader has not on the screen.

    `known` are those offered shortly before `since` that were shown already: see OVERLAP.
    """
    came = (
        Handoff.objects.visible_to(scope.viewer)
        .filter(scope.handoffs(), state=Handoff.OFFERED, offered_at__gt=since - OVERLAP)
        .values_list("pk", flat=True)[:MOST]
    )
    return len(set(came) - known)


def just_shown(work: Work, now: datetime) -> list[int]:
    """What `new_since` needs to know of a page painted at `now`."""
    return [
        row.handoff.pk
        for row in work.rows
        if row.handoff.offered_at is not None and row.handoff.offered_at > now - OVERLAP
    ]


@dataclass(frozen=True)
class Act:
    """One decision of today, as the head of the queue lists it."""

    handoff: Handoff
    verb: str
    at: datetime


@dataclass(frozen=True)
class Today:
    """What somebody decided since midnight (of the reader), newest first."""

    acts: tuple[Act, ...] = ()

    def count(self, verb: str) -> int:
        return sum(act.verb == verb for act in self.acts)

    @property
    def accepted(self) -> int:
        return self.count(Handoff.ACCEPTED)

    @property
    def sent_back(self) -> int:
        return self.count(Handoff.SENT_BACK)

    @property
    def latest(self) -> tuple[Act, ...]:
        return self.acts[:10]


def today(user: User, *, midnight: datetime) -> Today:
    """Accepted and sent back since `midnight` by this person; one statement."""
    ended = Q(ended_by=user, ended_at__gte=midnight, state__in=(Handoff.SENT_BACK, Handoff.DISQUALIFIED))
    found = (
        Handoff.objects.visible_to(user)
        .filter(Q(accepted_by=user, accepted_at__gte=midnight) | ended)
        .select_related("lead__company")
        .order_by("-pk")[:MOST]
    )
    acts = [act for handoff in found for act in _acts(handoff, user, midnight)]
    return Today(tuple(sorted(acts, key=lambda act: act.at, reverse=True)))


def _acts(handoff: Handoff, user: User, midnight: datetime) -> list[Act]:
    acts = []
    if handoff.accepted_by_id == user.pk and handoff.accepted_at and handoff.accepted_at >= midnight:
        acts.append(Act(handoff, Handoff.ACCEPTED, handoff.accepted_at))
    if handoff.ended_by_id == user.pk and handoff.ended_at and handoff.ended_at >= midnight:
        verb = Handoff.SENT_BACK if handoff.state == Handoff.SENT_BACK else Handoff.DISQUALIFIED
        acts.append(Act(handoff, verb, handoff.ended_at))
    return acts


def loads(scope: Scope) -> list[tuple[User, int]]:
    """The people of the managed queues and how many offers each has to decide, in queue order."""
    members = QueueMember.objects.filter(queue__in=scope.managed, is_active=True).select_related("user")
    people = {one.user_id: one.user for one in members.order_by("queue__position", "position", "pk")}
    offers = Handoff.objects.filter(queue__in=scope.managed, state=Handoff.OFFERED)
    waiting = Counter(offers.values_list("rep", flat=True))
    return [(user, waiting[pk]) for pk, user in people.items()]


def follow_ups(user: User) -> QuerySet[Lead]:
    """What somebody sent back and follows up themselves: in nurture, theirs, nearest date first."""
    mine = Lead.objects.filter(owner=user, stage=stages.MAL, merged_into=None, wake_at__isnull=False)
    return mine.order_by("wake_at", "pk")
