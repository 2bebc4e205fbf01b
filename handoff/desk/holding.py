"""How a door takes hold of what it changes: the lead first, then its handoff (lock order of the house)."""

from __future__ import annotations

from handoff.models import Handoff
from handoff.refusals import Conflict
from leads import lifecycle


def take(handoff: Handoff, *, version: int | None, states: tuple[str, ...]) -> Handoff:
    """The handoff as it is now, locked. Raises Conflict when somebody was quicker.

    Versions only grow: who comes late by what is already read does not stand in line for the lock.
    """
    if version is not None and handoff.version > version:
        raise Conflict(handoff)
    lead = lifecycle.lock([handoff.lead_id])[handoff.lead_id]
    rows = Handoff.objects.select_for_update(of=("self",)).select_related("queue__team__calendar", "policy")
    now_is = rows.get(pk=handoff.pk)
    now_is.lead = lead
    if now_is.state not in states or (version is not None and version != now_is.version):
        raise Conflict(now_is)
    return now_is


def win(handoff: Handoff, **changes: object) -> Handoff:
    """Write a decision if nobody else has: one conditional update, 0 rows is a conflict."""
    won = Handoff.objects.filter(pk=handoff.pk, state=handoff.state, version=handoff.version).update(
        version=handoff.version + 1, **changes
    )
    if not won:
        raise Conflict(
            Handoff.objects.select_related("accepted_by", "ended_by", "handed_by").get(pk=handoff.pk)
        )
    for name, value in changes.items():
        setattr(handoff, name, value)
    handoff.version += 1
    return handoff
