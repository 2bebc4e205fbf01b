"""Whose answer it is: what a person may do with a handoff they can see."""

from __future__ import annotations

from dataclasses import dataclass

from handoff.models import Handoff
from handoff.refusals import NotYours
from leads import roles
from leads.models import Involvement, Lead, User


@dataclass(frozen=True)
class Permissions:
    accept: bool
    send_back: bool
    contact: bool
    reassign: bool

    @property
    def any(self) -> bool:
        return self.accept or self.send_back or self.contact or self.reassign


def may(user: User, handoff: Handoff) -> Permissions:
    """What `user` may do now; pages show these buttons and doors refuse the rest."""
    mine = handoff.rep_id == user.pk
    offered = handoff.state == Handoff.OFFERED and (mine or _may_take(user, handoff))
    held = handoff.state == Handoff.ACCEPTED and (mine or has_in_hand(user, handoff.lead, handoff))
    return Permissions(
        accept=offered,
        send_back=offered or held,
        contact=(handoff.state in (Handoff.OFFERED, Handoff.ACCEPTED) and (mine or held))
        or _supports(user, handoff),
        reassign=handoff.is_open and _manages(user, handoff),
    )


def has_in_hand(user: User, lead: Lead, held: Handoff | None) -> bool:
    """Its owner, and of an accepted one whoever stands in for them; `held` is its open handoff."""
    stands_in = held is not None and held.state == Handoff.ACCEPTED and lead.next_actor_id == user.pk
    return lead.owner_id == user.pk or stands_in


def insist(allowed: bool) -> None:
    if not allowed:
        raise NotYours


def may_hand_over(user: User) -> bool:
    """Marketing hands over in lane 1; a manager or an admin may do so too."""
    return user.has_role(roles.MARKETER, roles.MANAGER, roles.ADMIN)


def may_judge(user: User, lead: Lead, held: Handoff | None) -> bool:
    """Its owner says whether a lead is worth a proposal; who manages the queue may say it for them."""
    return has_in_hand(user, lead, held) or user.may_manage(held.queue.team if held and held.queue else None)


def _may_take(user: User, handoff: Handoff) -> bool:
    """Once open to the team, any active member of the queue may answer."""
    if not handoff.open_to_team or handoff.queue is None:
        return False
    return handoff.queue.members.filter(user=user, is_active=True).exists()


def _manages(user: User, handoff: Handoff) -> bool:
    return user.may_manage(handoff.queue.team if handoff.queue else None)


def _supports(user: User, handoff: Handoff) -> bool:
    if handoff.state != Handoff.ACCEPTED:
        return False
    return Involvement.objects.filter(lead=handoff.lead_id, user=user, kind=Involvement.SUPPORTER).exists()
