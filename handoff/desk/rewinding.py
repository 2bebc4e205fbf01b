"""What stood before an answer is kept with it, and put back when it is undone.

Clocks go on with their old due times as if never stopped; the lead stands where it stood, since when it did.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import DateTimeField

from handoff import reckoning, timers
from handoff.desk import asking
from handoff.desk.holding import win
from handoff.models import Clock, Decision, DueChange, Handoff
from leads import lifecycle, meetings, stages, standings
from leads.models import Involvement, Lead, User

ACCEPT, SEND_BACK, DISQUALIFY = "accept", "send_back", "disqualify"
KINDS = (ACCEPT, SEND_BACK, DISQUALIFY)
HELD = (
    "state", "rep_id", "accepted_at", "accepted_by_id", "open_to_team", "snoozed_until",
    "snoozed_till_reaction", "reason", "next_step", "note", "follow", "wake_at", "wake_trigger", "end_cause",
    "ended_at", "ended_by_id",
)  # fmt: skip
FORMER = ("version", "stage_entered_at", "trigger", "owner_id", "sent_back_at")
BY_CONTACT = (Clock.FIRST_CONTACT, Clock.PERSISTENCE)

Before = dict[str, Any]


def before(held: Handoff, *, by: User) -> Before:
    """As it stands, both handoff and lead locked, for `keep` once the answer is given."""
    alive = held.clocks.filter(ended_at=None).exclude(kind=Clock.ANSWER)
    return {
        "handoff": {name: _said(getattr(held, name)) for name in HELD},
        "lead": {name: _said(getattr(held.lead, name)) for name in FORMER},
        "stage": held.lead.stage,
        "clocks": [list(one) for one in alive.order_by("pk").values_list("pk", "state")],
        "involved": list(Involvement.objects.filter(lead=held.lead_id).values_list("pk", flat=True)),
        "goes_to": meetings.booked_with(held.lead, by) if held.lane > 1 else [],
    }


def keep(held: Handoff, kind: str, was: Before, *, by: User, now: datetime) -> Decision:
    """The answer as an event with what stood before it, and the versions that it left behind."""
    after = {"handoff": held.version, "lead": held.lead.version}
    return Decision.objects.create(handoff=held, kind=kind, by=by, at=now, before=was, after=after)


def _said(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _meant(model: type[Handoff] | type[Lead], name: str, said: Any) -> Any:
    """The value of a field as `_said` wrote it."""
    is_moment = isinstance(model._meta.get_field(name), DateTimeField)
    return datetime.fromisoformat(said) if said and is_moment else said


def rewind(held: Handoff, decision: Decision, *, by: User, now: datetime) -> None:
    """Put back what `decision` changed; held and allowed by the caller. Raises Conflict."""
    was = decision.before
    win(held, **{name: _meant(Handoff, name, said) for name, said in was["handoff"].items()})
    for task in asking.asked_with(held, at=decision.at):
        asking.withdraw(task, by=by, now=now)
    _let_run(held, was, by=by, now=now)
    if decision.kind == ACCEPT:
        _stop_what_it_began(held, was, by=by, now=now)
    _let_go(held, decision)
    _put_lead_back(held, decision, by=by, now=now)
    timers.contact_made(held.lead_id, now=now)


def _put_lead_back(held: Handoff, decision: Decision, *, by: User, now: datetime) -> None:
    """By the one door; where its stage had not changed its owner is who it was."""
    former = {name: _meant(Lead, name, said) for name, said in decision.before["lead"].items()}
    stage = decision.before["stage"]
    if held.lead.stage == stage:
        owner = User.objects.filter(pk=former["owner_id"]).first()
        lifecycle.give_to(held.lead, owner, by=by, now=now)
        return
    held.lead = lifecycle.move(
        held.lead_id, to=stage, cause=stages.UNDO, by=by, because={"decision": decision.pk},
        handoff_id=held.pk, former=lifecycle.Former(**former), now=now,
    )  # fmt: skip
    standings.due_for_scoring([held.lead_id], now=now)  # what counts since a send-back is other than it was


def _let_run(held: Handoff, was: Before, *, by: User, now: datetime) -> None:
    """The clocks that the answer stopped; what a contact has met since stays met."""
    states = dict(was["clocks"])
    stopped = Clock.objects.filter(pk__in=states, ended_at__isnull=False).select_for_update(of=("self",))
    stopped = stopped.exclude(kind__in=BY_CONTACT, met_at__isnull=False).prefetch_related("pauses")
    clocks = sorted(stopped, key=lambda clock: (clock.kind == Clock.REPORT, clock.pk))
    changes = [_resumed(clock, states[clock.pk], held, clocks, by=by, now=now) for clock in clocks]
    for clock in clocks:
        clock.save(update_fields=[*reckoning.COUNTED, *reckoning.ENDED])
    DueChange.objects.bulk_create(changes)
    reckoning.written(clocks)


def _resumed(
    clock: Clock, state: str, held: Handoff, beside: Sequence[Clock], *, by: User, now: datetime
) -> DueChange:
    """A breach stays one; what ran out meanwhile the sweep finds, and tells, as it would have."""
    old, ended_as = clock.due_at, clock.state
    clock.handoff, clock.met_at, clock.ended_at = held, None, None
    clock.state = state
    if state == Clock.BREACHED:
        clock.breached_at = clock.due_at
    else:
        clock.breached_at = None
        _recount(clock, beside)
    return DueChange(
        clock=clock, cause=DueChange.UNDO, old=old, new=clock.due_at, changed_at=now, by=by,
        detail={"was": ended_as},
    )  # fmt: skip


def _recount(clock: Clock, beside: Sequence[Clock]) -> None:
    """Its calendar was edited while it stood: it counts by what holds now, as all that run."""
    calendar = reckoning.calendar_of(clock)
    if (clock.calendar_id, clock.calendar_version) != (calendar.pk, calendar.version):
        reckoning.reckon(clock, calendar, beside=beside)


def _stop_what_it_began(held: Handoff, was: Before, *, by: User, now: datetime) -> None:
    """A report asked for since the acceptance was never asked for, and nobody came to the lead by it."""
    known = [pk for pk, _ in was["clocks"]]
    begun = held.clocks.filter(kind=Clock.REPORT, ended_at=None, goal__from=reckoning.ACCEPT)
    timers.never_asked(begun.exclude(pk__in=known), now=now)
    if held.lane > 1:
        meetings.leave(held.lead, by, but=was["goes_to"])


def _let_go(held: Handoff, decision: Decision) -> None:
    """Whoever handles or supports the lead since this answer and by nothing else."""
    came = Involvement.objects.filter(lead=held.lead_id, since=decision.at)
    came.exclude(pk__in=decision.before["involved"]).delete()
