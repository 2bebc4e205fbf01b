"""Next actor and deadline of a lead in sales' hands (PRODUCT 3), written down through the ground floor."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, time, timedelta

from django.db.models import Max

from handoff import clocks, release
from handoff.away import Away
from handoff.models import Clock, Handoff, Queue
from handoff.values import values_of
from leads import stages, standings
from leads.models import Activity, Calendar, Lead
from leads.models.activities import ACTION
from leads.turns import Turn

IDLE_DAYS = 5
KEPT = "kept"  # in the receipt of an offer the ladder no longer takes back: the team lead looks after it


def refresh(lead_ids: Iterable[int], *, now: datetime) -> None:
    """Work out whose turn it is for these leads and store it; constant number of statements."""
    ids = sorted(set(lead_ids))
    if not ids:
        return
    handoffs = Handoff.objects.open().filter(lead_id__in=ids).defer(*LONG).select_related("lead")
    held = {handoff.lead_id: handoff for handoff in handoffs.prefetch_related("clocks")}
    _give_queues(held.values())
    _give_leads([one for one in held.values() if one.state == Handoff.WAITING])
    acts = _last_acts(pk for pk, handoff in held.items() if handoff.state == Handoff.ACCEPTED)
    away = Away.read(now=now, among=owners(held.values()))
    seats = [_seat(handoff, acts.get(pk), away) for pk, handoff in held.items()]
    free = Lead.objects.filter(pk__in=set(ids) - held.keys()).select_related("standing")
    seats += [_free_seat(lead) for lead in free]
    standings.set_desks(seats)


def _give_queues(handoffs: Collection[Handoff]) -> None:
    """Each its queue, with team, hours and people: many handoffs, few queues."""
    wanted = {one.queue_id for one in handoffs if one.queue_id is not None}
    queues = Queue.objects.select_related("team__calendar", "team__lead__deputy").in_bulk(wanted)
    for one in handoffs:
        if one.queue_id is not None:
            one.queue = queues[one.queue_id]


def _give_leads(waiting: Sequence[Handoff]) -> None:
    """What the policy of those nobody has yet asks of their leads."""
    asked = Lead.objects.select_related("standing", "company", "campaign")
    leads = asked.in_bulk([one.lead_id for one in waiting])
    for one in waiting:
        one.lead = leads[one.lead_id]


LONG = ("evidence", "confirmed", "wake_trigger", "opening_line", "note")  # no turn depends on these


def owners(handoffs: Iterable[Handoff]) -> set[int]:
    """Who has these in hand."""
    held = (one.lead.owner_id or one.rep_id for one in handoffs if one.state == Handoff.ACCEPTED)
    return {owner for owner in held if owner is not None}


def turn_of(handoff: Handoff, last_act: datetime | None, away: Away) -> Turn:
    """Whose answer is waited for, and until when; `last_act` is when a colleague last did something."""
    if handoff.state == Handoff.WAITING:
        return Turn("sales", actor_of(handoff, away), _waiting_until(handoff))
    clocks = alive(handoff)
    due = min((clock.due_at for clock in clocks if clock.due_at), default=None)
    if handoff.state == Handoff.OFFERED:
        accept = next((clock.due_at for clock in clocks if clock.kind == Clock.ACCEPT), None)
        return Turn("sales", actor_of(handoff, away), accept or due or idle_until(handoff))
    return Turn("sales", actor_of(handoff, away), due or _next_step(handoff) or idle_until(handoff, last_act))


def actor_of(handoff: Handoff, away: Away) -> int | None:
    """Of what waits the lead of the team; the person it is offered to, or where the ladder came to its end
    that lead again; once accepted its owner. Whoever is away is stood in for."""
    if handoff.state == Handoff.WAITING:
        return away.head_of(handoff.queue)
    if handoff.state == Handoff.OFFERED:
        return (KEPT in handoff.routing and away.head_of(handoff.queue)) or handoff.rep_id
    return away.actor_of(handoff)


def alive(handoff: Handoff) -> list[Clock]:
    """Clocks of sales still waiting for their event; a breached one waits on. `answer` is marketing's."""
    return [
        clock
        for clock in handoff.clocks.all()
        if clock.ended_at is None and clock.state in Clock.ALIVE and clock.kind != Clock.ANSWER
    ]


def _seat(handoff: Handoff, last_act: datetime | None, away: Away) -> standings.Seat:
    running = alive(handoff)
    return standings.Seat(
        lead=handoff.lead,
        turn=turn_of(handoff, last_act, away),
        team_id=handoff.queue.team_id if handoff.queue else None,
        queue_id=handoff.queue_id,
        clock_due_at=min((clock.due_at for clock in running if clock.due_at), default=None),
        clock_risk_at=min((clock.risk_at for clock in running if clock.risk_at), default=None),
    )


def _free_seat(lead: Lead) -> standings.Seat:
    """No handoff: the turn stays as the ground floor said; a closing team keeps its lead in sight."""
    keeps_team = lead.stage in stages.IN_SALES_HANDS
    turn = Turn(lead.next_side, lead.next_actor_id, lead.next_due_at)
    return standings.Seat(lead, turn, lead.standing.team_id if keeps_team else None, None, None, None)


def _last_acts(lead_ids: Iterable[int]) -> dict[int, datetime]:
    """When somebody of ours last did something for each of these leads."""
    acts = Activity.objects.filter(lead__in=list(lead_ids), actor__isnull=False, direction=ACTION)
    return dict(acts.values_list("lead").annotate(at=Max("recorded_at")).order_by())


def _waiting_until(handoff: Handoff) -> datetime:
    """Waiting since + the accept target of the queue's policy as it is now; a day without one.

    What waits for the queue's next release: the end of that day.
    """
    if handoff.queue and handoff.waiting_because == Handoff.CAPACITY and handoff.route_at:
        return release.end_of_day(handoff.queue.team.calendar.hours, handoff.route_at)
    policy = handoff.queue.policy if handoff.queue else None
    if handoff.queue is not None and policy is not None:
        hours = handoff.queue.hours_under(policy)
        targets = clocks.targets_of(policy.body, values_of(handoff), hours.day_minutes)
        if "accept" in targets:
            due = hours.due(handoff.created_at, timedelta(minutes=targets["accept"])).due_at
            return due or handoff.created_at
    return handoff.created_at + timedelta(days=1)


def _next_step(handoff: Handoff) -> datetime | None:
    """The end of the day on which the rep said the next step is."""
    if handoff.next_step_on is None:
        return None
    zone = handoff.queue.team.calendar.hours.timezone if handoff.queue else UTC
    return datetime.combine(handoff.next_step_on + timedelta(days=1), time(), zone).astimezone(UTC)


def idle_until(handoff: Handoff, last_act: datetime | None = None) -> datetime:
    """Five business days from the last thing that happened: nobody may own a lead without any date."""
    came = handoff.accepted_at or handoff.offered_at or handoff.created_at
    since = max(came, handoff.lead.stage_entered_at, last_act or came)
    calendar = handoff.queue.team.calendar if handoff.queue else Calendar.of_the_house()
    return (
        calendar.hours.add_business_days(since, IDLE_DAYS) if calendar else since + timedelta(days=IDLE_DAYS)
    )
