"""An answer is undone by who gave it: for ten minutes, as long as nobody else has acted on it (PRODUCT 3).

What it did is put back by `rewinding`; who was told of it hears that it was undone, or never hears of it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from handoff import telling, whose_turn
from handoff.desk import asking, rewinding
from handoff.desk.holding import take
from handoff.desk.permissions import insist
from handoff.models import Clock, Decision, Handoff
from handoff.refusals import Conflict, DeskRefused
from leads import lifecycle
from leads.models import Activity, Meeting, User
from leads.models.activities import ACTION
from leads.refusals import Quicker

WITHIN = timedelta(minutes=10)
MOST = 10
ANY = (*Handoff.OPEN, *Handoff.ENDED)


@transaction.atomic
def undo(handoff: Handoff, *, by: User, now: datetime, version: int | None = None) -> Handoff:
    """Everything as before the last answer to it, clocks as if never stopped.

    Raises NotYours; DeskRefused (nothing to undo, its time is over, a meeting stands on it); Conflict,
    LeadChanged or Quicker where somebody acted since, or has undone it already.
    """
    held = take(handoff, version=version, states=ANY)
    decision = _last(held)
    insist(decision.by_id == by.pk)
    if decision.undone_at is not None:
        raise Quicker(decision.undone_by, decision.undone_at, held.state, held.version)
    if now > decision.at + WITHIN:
        raise DeskRefused("undo_is_over")
    _insist_nobody_acted(held, decision)
    rewinding.rewind(held, decision, by=by, now=now)
    decision.undone_at, decision.undone_by = now, by
    decision.save(update_fields=["undone_at", "undone_by"])
    telling.undone(held, decision, now=now)
    whose_turn.refresh([held.lead_id], now=now)
    return held


def undoable(user: User, *, now: datetime) -> list[Decision]:
    """The answers this person may still take back, newest first; one statement."""
    mine = Decision.objects.filter(by=user, kind__in=rewinding.KINDS, undone_at=None, at__gte=now - WITHIN)
    seen = mine.filter(handoff__in=Handoff.objects.visible_to(user).values("pk"))
    found = seen.select_related("handoff__lead__company").order_by("-at", "-pk")
    return [one for one in found[:MOST] if may_undo(user, one, now=now)]


def may_undo(user: User, decision: Decision, *, now: datetime) -> bool:
    """What the door alone finds out, that a colleague called them meanwhile, is said when it is pressed."""
    held, after = decision.handoff, decision.after
    is_theirs = decision.by_id == user.pk and decision.kind in rewinding.KINDS
    is_in_time = decision.undone_at is None and now <= decision.at + WITHIN
    return is_theirs and is_in_time and (held.version, held.lead.version) == (after["handoff"], after["lead"])


def _last(held: Handoff) -> Decision:
    """The last answer, undone or not: one press takes back one answer, and never the one before it."""
    found = Decision.objects.select_for_update(of=("self",)).filter(handoff=held, kind__in=rewinding.KINDS)
    decision = found.select_related("undone_by").order_by("-pk").first()
    if decision is None:
        raise DeskRefused("nothing_to_undo")
    return decision


def _insist_nobody_acted(held: Handoff, decision: Decision) -> None:
    """Neither on the handoff, nor on the lead, nor on what was asked; the customer may do as they like."""
    if held.version != decision.after["handoff"]:
        raise Conflict(held)
    lifecycle.insist_on(held.lead, decision.after["lead"])
    for who, at in _acts_since(held, decision):
        raise Quicker(who, at, held.state, held.version)
    if Meeting.objects.filter(lead=held.lead_id, created_at__gt=decision.at).exists():
        raise DeskRefused("meeting_booked_since")


def _acts_since(held: Handoff, decision: Decision) -> list[tuple[User | None, datetime]]:
    """Who answered marketing's task, did something for the lead, or judged a clock since."""
    found = [(one.done_by, one.done_at) for one in asking.asked_with(held, at=decision.at) if one.done_at]
    acts = Activity.objects.filter(
        lead=held.lead_id, direction=ACTION, actor__isnull=False, recorded_at__gt=decision.at
    ).exclude(actor=decision.by_id)
    found += [(one.actor, one.recorded_at) for one in acts.select_related("actor").order_by("pk")[:1]]
    excused = Clock.objects.filter(handoff=held, excused_at__gt=decision.at).select_related("excused_by")
    return found + [(one.excused_by, one.excused_at) for one in excused if one.excused_at]
