"""Stage and opportunity agree: a lead at `opportunity` has one, and whose turn it is follows from it.

A `within` listener. Doors that open an opportunity have written it before they move the lead; a lead that
comes there otherwise (an import) gets one, and one that leaves takes its open one along as lost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, OuterRef

from leads import lifecycle, roles, stages, standings, turns
from leads.lifecycle import Moved
from leads.models import Lead, Opportunity, PlaybookSection, Team, User

BATCH = 200


def follow(*, moves: Sequence[Moved], now: datetime) -> None:
    """An opportunity for those who came to the stage, an end to the open one of those who left it."""
    latest = {moved.lead.pk: moved for moved in moves}
    came = [one.lead for one in latest.values() if one.lead.stage == stages.OPPORTUNITY]
    _settle([lead for lead in came if lead.outcome is None], now=now)
    _give_up([one for one in latest.values() if one.transition.start == stages.OPPORTUNITY], now=now)


def due(*, now: datetime, limit: int = BATCH) -> list[int]:
    """Leads at `opportunity` that have none: they came there before there were any, or before anybody
    worked here."""
    theirs = Opportunity.objects.filter(lead=OuterRef("pk"), outcome=None)
    found = Lead.objects.filter(stage=stages.OPPORTUNITY, outcome=None, merged_into=None)
    if heir(now=now) is None:
        found = found.exclude(owner=None)
    return list(found.filter(~Exists(theirs)).order_by("pk").values_list("pk", flat=True)[:limit])


@transaction.atomic
def mend(lead_ids: Iterable[int], *, now: datetime) -> int:
    """Give each of these leads the opportunity it lacks."""
    held = [
        lead
        for lead in lifecycle.lock(lead_ids).values()
        if lead.stage == stages.OPPORTUNITY and lead.outcome is None
    ]
    _settle(held, now=now)
    return len(held)


def take_turns(leads: Sequence[Lead], open_ones: Iterable[Opportunity]) -> None:
    """Whose turn it is at these leads, held by the caller, as their open opportunities say."""
    zone, by_lead = house_zone(), {one.lead_id: one for one in open_ones}
    for lead in leads:
        one = by_lead[lead.pk]
        turn = turns.at_opportunity(
            one.owner_id, next_step_on=one.next_step_on, expected_close=one.expected_close, zone=zone
        )
        lead.next_side, lead.next_actor_id, lead.next_due_at = turn.side, turn.actor, turn.due_at
    lifecycle.write_turns(leads)


def house_zone() -> ZoneInfo:
    """Days of an opportunity are days of the house."""
    return ZoneInfo(PlaybookSection.objects.current("head").get("timezone") or "Asia/Tokyo")


def heir(*, now: datetime) -> User | None:
    """Who takes on what nobody owns: the lead of a field team, else a sales manager, else whoever sells."""
    teams = Team.objects.filter(kind=roles.FIELD_SALES, lead__isnull=False).select_related("lead")
    leads = [team.lead for team in teams.order_by("pk") if team.lead and team.lead.works_here(now)]
    if leads:
        return leads[0]
    active = User.objects.filter(side=roles.SALES, is_active=True).order_by("pk")
    sellers = [one for one in active if one.works_here(now)]
    return next((one for one in sellers if one.is_manager), next(iter(sellers), None))


def _settle(leads: Sequence[Lead], *, now: datetime) -> None:
    if not leads:
        return
    found = list(Opportunity.objects.filter(lead__in=leads, outcome=None))
    have = {one.lead_id for one in found}
    lacking = [lead for lead in leads if lead.pk not in have and _owned(lead, now=now)]
    made = Opportunity.objects.bulk_create([_unsaid(lead, now=now) for lead in lacking])
    _seat(lacking)
    have |= {one.lead_id for one in made}
    take_turns([lead for lead in leads if lead.pk in have], [*found, *made])


def _owned(lead: Lead, *, now: datetime) -> bool:
    """Somebody owns it, or takes it on now."""
    if lead.owner is None and (taker := heir(now=now)) is not None:
        lifecycle.give_to(lead, taker, by=None, now=now)
    return lead.owner is not None


def _unsaid(lead: Lead, *, now: datetime) -> Opportunity:
    """What is known of an opportunity nobody described: its owner, and a day to look at it by."""
    closes = now.astimezone(house_zone()).date() + timedelta(days=turns.CLOSING_DAYS)
    return Opportunity(
        lead=lead, amount=Decimal(0), expected_close=closes, owner=lead.owner, opened_at=lead.stage_entered_at
    )


def _seat(leads: Sequence[Lead]) -> None:
    """Their owner's team keeps them in sight, where no queue does."""
    of_owner: dict[User, list[int]] = defaultdict(list)
    for lead in leads:
        if lead.owner is not None:
            of_owner[lead.owner].append(lead.pk)
    for owner, ids in of_owner.items():
        teams = sorted(owner.teams.all(), key=lambda team: (team.kind != roles.FIELD_SALES, team.pk))
        if teams:
            standings.seat(ids, teams[0].pk)


def _give_up(moves: Sequence[Moved], *, now: datetime) -> None:
    """A lead taken back, or found no fit: what was open with it is lost, for the reason given."""
    if not moves:
        return
    why = {one.lead.pk: one.move for one in moves}
    held = Opportunity.objects.select_for_update().filter(lead__in=why, outcome=None)
    for one in held:
        move = why[one.lead_id]
        one.outcome, one.reason, one.note = Opportunity.LOST, move.reason or move.cause, move.note
        one.closed_at, one.closed_by, one.version = now, move.by, one.version + 1
        one.save(update_fields=["outcome", "reason", "note", "closed_at", "closed_by", "version"])
