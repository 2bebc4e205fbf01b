"""Contacts meet clocks: what people did for a lead meets first contact and contact depth, moves the report.

All of it looks at the facts, in the order of their own times: the same acts give the same verdicts and
deadlines in whatever order systems tell of them, and a lost nudge heals.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from handoff import clocks, reckoning, whose_turn
from handoff.clocks import Act
from handoff.models import Clock, DueChange, FreshContact, Handoff
from leads import activity_types, lifecycle
from leads.models import Activity
from leads.models.activities import HUMAN

BATCH = 500
KINDS = (Clock.FIRST_CONTACT, Clock.PERSISTENCE, Clock.REPORT)
EVIDENCE = clocks.SYSTEM_LATENESS * 2  # a breach older than this no evidence can take back
NEEDED = ("queue__team__calendar", "policy", "rep", "previous__previous")


def noted(activities: Iterable[Activity]) -> None:
    """Write down whom somebody contacted, in the transaction of the act: its clocks are to be looked at."""
    newest: dict[int, int] = {}
    for one in activities:
        if is_contact(one):
            newest[one.lead_id] = max(one.pk, newest.get(one.lead_id, 0))
    rows = [FreshContact(lead_id=lead, act=act) for lead, act in sorted(newest.items())]
    if rows:
        FreshContact.objects.bulk_create(
            rows, update_conflicts=True, update_fields=["act"], unique_fields=["lead"]
        )


def contacted(*, limit: int = BATCH) -> list[int]:
    """Leads that somebody contacted since their clocks were looked at, longest ago first."""
    return list(FreshContact.objects.order_by("act").values_list("lead", flat=True)[:limit])


def see_contacts(lead_ids: Iterable[int], *, now: datetime) -> int:
    """Look at the clocks of these leads, also at what has ended (late evidence); returns how many."""
    ids = set(lead_ids)
    fresh = dict(FreshContact.objects.filter(lead__in=ids).values_list("lead", "act"))
    known = set(Handoff.objects.filter(lead__in=ids).values_list("lead", flat=True))
    _forget({lead: act for lead, act in fresh.items() if lead not in known})
    for lead in sorted(known):
        _heal(lead, fresh.get(lead, 0), now=now)
    return len(ids)


@transaction.atomic
def _forget(fresh: Mapping[int, int]) -> None:
    """Nobody was promised anything of these leads."""
    if fresh:
        lifecycle.hold(fresh)
        promised = Handoff.objects.filter(lead__in=fresh).values("lead")  # to somebody, meanwhile
        idle = FreshContact.objects.filter(lead__in=fresh, act__in=fresh.values())
        idle.exclude(lead__in=promised).delete()


def since(leads: Iterable[int], at: datetime) -> None:
    """Clocks of these leads were started as of `at`: acts recorded since may have been seen too early."""
    acts = outbound().filter(lead__in=list(leads), recorded_at__gte=at)
    noted(acts.only("lead", "type", "actor", "genuine"))


def is_contact(one: Activity) -> bool:
    """Somebody of ours turned to the lead (of what is told; whether it was taken back is not asked)."""
    return one.actor_id is not None and one.genuine == HUMAN and one.type in activity_types.OUTBOUND


def outbound() -> QuerySet[Activity]:
    """Acts towards leads, as `is_contact` says, but those taken back."""
    return Activity.objects.filter(
        type__in=activity_types.OUTBOUND, actor__isnull=False, genuine=HUMAN, voided_by=None
    )


@transaction.atomic
def _heal(lead_id: int, act: int, *, now: datetime) -> None:
    """Who told of another act meanwhile has written another number: then it is to be done once more."""
    lifecycle.hold([lead_id])
    if contact_made(lead_id, now=now):
        whose_turn.refresh([lead_id], now=now)
    FreshContact.objects.filter(lead=lead_id, act=act).delete()


def contact_made(lead_id: int, *, now: datetime) -> bool:
    """Meet first contact and contact depth of this lead, and start or restart the report, by its contacts.

    The caller holds the lead and says whose turn it is afterwards.
    """
    handoff = Handoff.objects.open().filter(lead=lead_id).select_related(*NEEDED).first()
    mine = _clocks(lead_id, now=now)
    if handoff is None and not mine:
        return False
    acts = _acts(lead_id)
    changed = False
    for clock in mine:
        changed |= _judged(clock, acts, mine, now=now)
    if handoff is not None:
        changed |= _reported(handoff, acts, mine, now=now)
    return changed


def _clocks(lead_id: int, *, now: datetime) -> list[Clock]:
    """The clocks that wait for a contact, and those whose breach late evidence may still take back."""
    of_lead = Clock.objects.filter(handoff__lead_id=lead_id, kind__in=KINDS)
    found = of_lead.filter(Q(ended_at=None) | Q(breached_at__gte=now - EVIDENCE) | Q(kind=Clock.PERSISTENCE))
    rows = found.select_related(*(f"handoff__{name}" for name in NEEDED)).prefetch_related("pauses")
    order = {kind: place for place, kind in enumerate(KINDS)}  # the report looks at what depth came to
    return sorted(rows.select_for_update(of=("self",)), key=lambda clock: (order[clock.kind], clock.pk))


def _acts(lead_id: int) -> list[Act]:
    """What people did towards this lead, each at the time that counts for clocks, in that order."""
    said = outbound().filter(lead=lead_id).values_list(
        "pk", "type", "occurred_at", "recorded_at", "external_id", "channel", "data"
    )  # fmt: skip
    return sorted((_act(*one) for one in said), key=lambda act: (act.at, act.pk))


def _act(
    pk: int, type: str, occurred_at: datetime, recorded_at: datetime, external_id: str | None,
    channel: str, data: Mapping[str, Any],
) -> Act:  # fmt: skip
    at = clocks.event_time(occurred_at, recorded_at, is_system=external_id is not None)
    reached = clocks.is_reached(type, str(data.get("result") or ""))
    return Act(pk, at, clocks.channel_of(type, channel), reached)


def _judged(clock: Clock, acts: Sequence[Act], beside: Sequence[Clock], *, now: datetime) -> bool:
    """One clock by the acts since its start; True where that changed anything people see."""
    since = [act for act in acts if act.at >= clock.started_at]
    if clock.kind == Clock.REPORT:
        changed = _followed(clock, [act for act in since if act.pk > seen(clock)], beside, now=now)
        _saw(clock, acts)
        return changed
    if clock.kind == Clock.PERSISTENCE:
        return _deepened(clock, since, now=now)
    return bool(since) and _meet(clock, since[0].at, now=now)


def _meet(clock: Clock, at: datetime, *, now: datetime) -> bool:
    """The event came; what has ended already changes only where evidence says it was in time after all."""
    if clock.ended_at is not None and not _takes_back(clock, at):
        return False
    reckoning.end(clock, event_at=at, now=now)
    return True


def _takes_back(clock: Clock, at: datetime) -> bool:
    return clock.breached_at is not None and clock.due_at is not None and at <= clock.due_at


def _deepened(clock: Clock, since: Sequence[Act], *, now: datetime) -> bool:
    handoff = clock.handoff
    assert handoff.queue is not None
    found = clocks.depth(since, clock.goal, handoff.queue.team.calendar.hours.timezone)
    changed = clock.ended_at is None and _progress(clock, found)
    return (found.met_at is not None and _meet(clock, found.met_at, now=now)) or changed


def _progress(clock: Clock, found: clocks.Depth) -> bool:
    made = {"made": found.made, "on": list(found.channels)}
    if made.items() <= clock.goal.items() or not (found.made or "made" in clock.goal):
        return False
    clock.goal = clock.goal | made
    clock.save(update_fields=["goal"])
    return True


def _saw(clock: Clock, acts: Sequence[Act]) -> None:
    """Acts that moved a report do not move it again."""
    last = max((act.pk for act in acts), default=0)
    if clock.ended_at is None and last > seen(clock):
        clock.goal = clock.goal | {"seen": last}
        clock.save(update_fields=["goal"])


def seen(clock: Clock) -> int:
    return int(clock.goal.get("seen", 0))


# ── the report since the last contact ────────────────────────────────────────


def _reported(handoff: Handoff, acts: Sequence[Act], beside: list[Clock], *, now: datetime) -> bool:
    """The first contact of the lane starts the report where it is asked for since the last contact."""
    target = targets_of_lane(handoff).get(Clock.REPORT)
    if not target or target["from"] != reckoning.LAST_CONTACT or handoff.queue is None:
        return False
    begun = lane_began(handoff, beside)
    since = [act for act in acts if begun is not None and act.at >= begun]
    if not since or Clock.objects.filter(handoff=handoff, kind=Clock.REPORT).exists():
        return False
    goal = {"from": target["from"], "seen": since[0].pk}
    calendar = handoff.queue.calendar_under(handoff.policy, handoff.rep)
    clock = reckoning.start(
        handoff, Clock.REPORT, target["within"], at=since[0].at, calendar=calendar, goal=goal, beside=beside
    )
    clock.save()
    reckoning.written([clock])
    _followed(clock, since[1:], beside, now=now)
    _saw(clock, acts)
    return True


def _followed(clock: Clock, acts: Iterable[Act], beside: Sequence[Clock], *, now: datetime) -> bool:
    """Each later contact restarts the report while it runs; evidence of one in time takes back a breach."""
    if clock.goal.get("from") != reckoning.LAST_CONTACT or clock.ended_at is not None:
        return False
    moved = [_restarted(clock, act, beside, now=now) for act in acts]
    return any(moved) or _recounted(clock, beside)


def _restarted(clock: Clock, act: Act, beside: Sequence[Clock], *, now: datetime) -> bool:
    if (
        clock.state not in (Clock.RUNNING, Clock.BREACHED)
        or act.at <= clock.started_at
        or (clock.due_at is not None and act.at > clock.due_at)
    ):
        return False
    old, began, breached = clock.due_at, clock.started_at, clock.breached_at
    clock.started_at, clock.state, clock.breached_at = act.at, Clock.RUNNING, None
    clock.excused_at, clock.excused_by, clock.excuse = None, None, ""
    reckoning.reckon(clock, reckoning.calendar_of(clock), beside=beside)
    clock.save(update_fields=["started_at", *reckoning.COUNTED, *reckoning.ENDED])
    DueChange.objects.create(
        clock=clock, cause=DueChange.RESTART, old=old, new=clock.due_at, changed_at=now,
        detail={"began": began.isoformat(), "begins": act.at.isoformat(), "activity": act.pk},
    )  # fmt: skip
    if breached is not None:
        reckoning.withdraw(clock, breached, event_at=act.at, now=now)
    reckoning.written([clock])
    return True


def _recounted(clock: Clock, beside: Sequence[Clock]) -> bool:
    """Contact depth was met, or moved: the report that waits for it follows."""
    if clock.state not in (Clock.RUNNING, Clock.PAUSED):
        return False
    before = clock.due_at
    reckoning.reckon(clock, reckoning.calendar_of(clock), beside=beside)
    if clock.due_at == before:
        return False
    clock.save(update_fields=reckoning.COUNTED)
    reckoning.written([clock])
    return True


def targets_of_lane(handoff: Handoff | None) -> dict[str, Any]:
    """Targets frozen at the last offer of this lane: one that waits again keeps those of its chain."""
    lane = handoff.lane if handoff else 0
    while handoff is not None and handoff.lane == lane:
        if handoff.targets:
            return dict(handoff.targets)
        handoff = handoff.previous
    return {}


def lane_began(handoff: Handoff, beside: Iterable[Clock]) -> datetime | None:
    """The first offer of this lane in the episode."""
    known = (one.started_at for one in beside if one.handoff_id == handoff.pk and one.kind != Clock.REPORT)
    found = min(known, default=handoff.offered_at)
    before: Handoff | None = handoff.previous
    while before is not None and before.lane == handoff.lane:
        found = before.offered_at or found
        before = before.previous
    return found
