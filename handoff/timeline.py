"""Everything that happened to a lead, in one order: what it did, what we did, where it went, corrections."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from operator import attrgetter
from typing import Any

from django.db.models import Prefetch

from handoff.models import Decision, Handoff
from leads.models import Activity, AttributeChange, Lead, Opportunity, Transition, User
from leads.models.activities import HUMAN, REACTION
from scoring.models import Override

REACTIONS, CONTACTS, STAGES, HANDOFFS, CHANGES = "reactions", "contacts", "stages", "handoffs", "changes"
KINDS = (REACTIONS, CONTACTS, STAGES, HANDOFFS, CHANGES)
SIZE = 40
ORDER = (  # of one moment
    "activity", "changed", "override_ended", "overridden", "transition", "handed_over", "offered", "accepted",
    "answered", "undone",
)  # fmt: skip
DECISIONS = Prefetch("decisions", Decision.objects.select_related("by", "undone_by"))
CORRECTIONS_TOGETHER = 12  # fields one person changed at one moment are one entry


@dataclass(frozen=True)
class Entry:
    """One thing that happened; `act` says which, the objects beside it say the rest."""

    at: datetime
    kind: str
    act: str
    by: User | None = None
    activity: Activity | None = None
    transition: Transition | None = None
    handoff: Handoff | None = None
    decision: Decision | None = None
    override: Override | None = None
    opportunity: Opportunity | None = None
    changes: tuple[AttributeChange, ...] = ()
    is_echo: bool = False  # the handoff's own entry says why already

    @property
    def place(self) -> tuple[datetime, int]:
        """Where it stands: by its moment, and within one moment the cause before its consequence."""
        return self.at, ORDER.index(self.act) if self.act in ORDER else 0

    @property
    def counts(self) -> bool:
        """A machine's click, what was voided or undone, and the correction itself stay visible and count for
        nothing."""
        if self.decision is not None:
            return False
        one = self.activity
        if one is None:
            return True
        return one.genuine == HUMAN and one.voids_id is None and not getattr(one, "is_voided", False)


def of(
    lead: Lead, *, handoffs: Sequence[Handoff], now: datetime, kind: str = "", size: int = SIZE
) -> tuple[list[Entry], bool]:
    """The newest entries (of one kind) and whether there are more; at most six statements.

    The handoffs come with their DECISIONS.
    """
    sources: list[Iterator[Entry]] = []
    if kind in ("", REACTIONS, CONTACTS):
        sources.append(_activities(lead, kind, size))
    if kind in ("", STAGES):
        sources.append(iter(sorted(_ends(lead), key=attrgetter("place"), reverse=True)))
        told = {(one.ended_at, one.reason) for one in handoffs if one.reason} if not kind else set()
        sources.append(_transitions(lead, size, told))
    if kind in ("", HANDOFFS):
        moments = [*_handoffs(handoffs), *_undone(handoffs)]
        sources.append(iter(sorted(moments, key=attrgetter("place"), reverse=True)))
    if kind in ("", CHANGES):
        sources.append(_changes(lead, size))
        sources.append(iter(sorted(_overrides(lead, now), key=attrgetter("place"), reverse=True)))
    found = []
    for entry in merge(*sources, key=attrgetter("place"), reverse=True):
        found.append(entry)
        if len(found) > size:
            break
    return found[:size], len(found) > size


def _activities(lead: Lead, kind: str, size: int) -> Iterator[Entry]:
    rows = (
        Activity.objects.filter(lead=lead).select_related("actor", "campaign").prefetch_related("voided_by")
    )
    if kind:
        rows = rows.filter(voids=None)
        rows = rows.filter(direction=REACTION) if kind == REACTIONS else rows.exclude(direction=REACTION)
    for one in rows.order_by("-occurred_at", "-pk")[: size + 1]:
        one.is_voided = bool(one.voided_by.all())  # type: ignore[attr-defined]
        which = REACTIONS if one.direction == REACTION else CONTACTS
        yield Entry(one.occurred_at, which, "activity", by=one.actor, activity=one)


def _transitions(lead: Lead, size: int, told: set[tuple[Any, str]]) -> Iterator[Entry]:
    rows = Transition.objects.filter(lead=lead).select_related("actor").order_by("-version")
    for one in rows[: size + 1]:
        is_echo = (one.occurred_at, one.reason) in told
        yield Entry(one.occurred_at, STAGES, "transition", by=one.actor, transition=one, is_echo=is_echo)


def _ends(lead: Lead) -> Iterator[Entry]:
    """Opportunities that were won or lost."""
    closed = Opportunity.objects.filter(lead=lead, closed_at__isnull=False).select_related("closed_by")
    for one in closed:
        assert one.closed_at is not None
        yield Entry(one.closed_at, STAGES, "closed", by=one.closed_by, opportunity=one)


def _handoffs(handoffs: Sequence[Handoff]) -> Iterator[Entry]:
    """The moments of each handoff: handed over, offered, accepted, ended, and each clock's decision."""
    for one in handoffs:
        yield Entry(one.created_at, HANDOFFS, "handed_over", by=one.handed_by, handoff=one)
        if one.offered_at:
            yield Entry(one.offered_at, HANDOFFS, "offered", by=one.rep, handoff=one)
        if one.accepted_at:
            yield Entry(one.accepted_at, HANDOFFS, "accepted", by=one.accepted_by, handoff=one)
        if one.ended_at:
            yield Entry(one.ended_at, HANDOFFS, one.state, by=one.ended_by, handoff=one)


def _undone(handoffs: Sequence[Handoff]) -> Iterator[Entry]:
    """Answers that were undone, of which the handoff itself knows nothing any more, and who undid them."""
    for one in (decision for handoff in handoffs for decision in handoff.decisions.all()):
        if one.undone_at is not None:
            yield Entry(one.at, HANDOFFS, "answered", by=one.by, handoff=one.handoff, decision=one)
            yield Entry(
                one.undone_at, HANDOFFS, "undone", by=one.undone_by, handoff=one.handoff, decision=one
            )


def _overrides(lead: Lead, now: datetime) -> Iterator[Entry]:
    """A readiness somebody set, and its end: taken back by somebody, or run out."""
    for one in Override.objects.filter(lead=lead).select_related("set_by", "ended_by"):
        yield Entry(one.set_at, CHANGES, "overridden", by=one.set_by, override=one)
        if one.over_at <= now:
            yield Entry(one.over_at, CHANGES, "override_ended", by=one.ended_by, override=one)


def _changes(lead: Lead, size: int) -> Iterator[Entry]:
    """Corrections; the fields somebody changed at one moment stand together."""
    rows = AttributeChange.objects.filter(lead=lead).select_related("changed_by").order_by("-pk")
    together: list[AttributeChange] = []
    for one in rows[: (size + 1) * CORRECTIONS_TOGETHER]:
        if together and _key(one) != _key(together[0]):
            yield _corrected(together)
            together = []
        together.append(one)
    if together:
        yield _corrected(together)


def _key(change: AttributeChange) -> tuple[Any, ...]:
    return change.changed_at, change.changed_by_id


def _corrected(changes: Sequence[AttributeChange]) -> Entry:
    first = changes[0]
    return Entry(first.changed_at, CHANGES, "changed", by=first.changed_by, changes=tuple(reversed(changes)))
