"""Who is told what: each function is called by the door that causes it, in its transaction (PRODUCT 6).

Nobody is told what they did themselves. Codes and ids only: words are made where they are read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from handoff import digest, ladder, outbox, quiet
from handoff.models import Clock, Decision, Handoff, Step
from handoff.outbox import Letter
from leads import roles
from leads.models import Involvement, Lead, Meeting, Task, Team, User

OFFERED, WOKEN, TAKEN_BACK, ACCEPTED = "offered", "woken", "taken_back", "accepted"
SENT_BACK, VERDICT, SUPPORTER, NOBODY = "sent_back", "verdict", "supporter", "nobody"
ENDED, GIVEN, ASKED, ANSWERED = "ended", "given", "asked", "answered"
UNDONE = "undone"
TAKEN = (Handoff.RECALLED, Handoff.DISQUALIFIED)  # any other end has gone well for who had it
OFFERED_ANEW = ("ladder", "expired", "member_left")  # ends by the machine that another offer follows
OF_AN_ANSWER = (ACCEPTED, SENT_BACK, TAKEN_BACK, ENDED)
"""Told once each time it is given: by the version of the handoff."""
ACTS = (ladder.REMIND_REP, ladder.TELL_TEAM_LEAD, ladder.TELL_MANAGER)  # whoever is two of these is told once


class Staff:
    """People at work, read once where a door has to find somebody by their role."""

    def __init__(self, *, now: datetime) -> None:
        self.now = now

    @cached_property
    def people(self) -> dict[int, User]:
        active = User.objects.filter(is_active=True).order_by("pk")
        return {one.pk: one for one in active if one.works_here(self.now)}

    @cached_property
    def marketing_leads(self) -> list[int]:
        leads = Team.objects.filter(kind=roles.MARKETING, lead__isnull=False).order_by("pk")
        return self.at_work(leads.values_list("lead_id", flat=True))

    def at_work(self, ids: Iterable[int | None]) -> list[int]:
        return [pk for pk in dict.fromkeys(ids) if pk in self.people]

    def managers(self, side: str) -> list[int]:
        """Who answers for a side; without any the administrators."""
        mine = [pk for pk, one in self.people.items() if one.is_manager and one.side == side]
        return mine or [pk for pk, one in self.people.items() if one.has_role(roles.ADMIN)]

    def team_lead(self, team: Team | None) -> list[int]:
        """The lead of a team, else who manages its side."""
        return self.at_work([team.lead_id if team else None]) or self.managers(
            team.side if team else roles.SALES
        )

    def marketing(self, handoff: Handoff | None) -> list[int]:
        """Who handed the lead over in marketing, else who leads marketing, else its managers."""
        by = self.people.get(handoff.handed_by_id or 0) if handoff else None
        if by is not None and by.side == roles.MARKETING:
            return [by.pk]
        return self.marketing_leads or self.managers(roles.MARKETING)


# ── answers and offers: at once ──────────────────────────────────────────────


def offered(offers: Iterable[Handoff], *, now: datetime) -> None:
    """Whoever a lead is offered to; one that came back on its date says so."""
    letters = []
    for one in offers:
        assert one.rep_id is not None
        back = one.trigger == "wake" and one.previous_id is None
        body = {"trigger": one.trigger, "lane": one.lane, "after": one.previous_id}
        letters.append(_of(one, WOKEN if back else OFFERED, "offered", one.rep_id, body))
    outbox.post(letters, now=now)


def nobody(waiting: Iterable[Handoff], *, now: datetime) -> None:
    """The team lead, once a day and queue: leads wait and nobody may take them."""
    by_queue = {one.queue_id: one for one in waiting if one.queue is not None}
    staff, letters = Staff(now=now), []
    for one in by_queue.values():
        assert one.queue is not None
        today = now.astimezone(one.queue.team.calendar.hours.timezone).date()
        for to in staff.team_lead(one.queue.team):
            body = {"queue": one.queue.slug, "day": today.isoformat()}
            letters.append(Letter(NOBODY, f"nobody:{one.queue_id}.{today}", to, body=body))
    outbox.post(letters, now=now)


def ended(handoffs: Iterable[Handoff], *, now: datetime) -> None:
    """Whoever had a lead that was taken from them (withdrawn, given to somebody else, not a fit any more),
    and whoever supports it; where the machine only offers it anew, supporters hear of the acceptance."""
    found = list(handoffs)
    settled = [one for one in found if one.end_cause not in OFFERED_ANEW]
    supporters, letters = _supporters([one.lead_id for one in settled]), []
    for one in found:
        body = {"cause": one.end_cause or one.state, "by": one.ended_by_id, "reason": one.reason}
        if one.state in TAKEN and one.rep_id is not None and one.rep_id != one.ended_by_id:
            letters.append(_of(one, TAKEN_BACK, _answer(TAKEN_BACK, one), one.rep_id, body, alone=True))
        told = supporters[one.lead_id] if one in settled else ()
        cause = _answer(ENDED, one)
        letters += [
            _of(one, ENDED, cause, to, body, alone=True)
            for to in told
            if to not in (one.rep_id, one.ended_by_id)
        ]
    outbox.post(letters, now=now)


def lost(lead: Lead, owner: User | None, *, cause: str, by: User, reason: str = "", now: datetime) -> None:
    """Whose lead it was, where no handoff was open any more: a proposal was taken from them."""
    if owner is None or owner == by:
        return
    body = {"cause": cause, "by": by.pk, "reason": reason}
    outbox.post([Letter(TAKEN_BACK, _at(lead, "lost", now), owner.pk, lead.pk, body=body)], now=now)


def given(lead: Lead, owner: User, *, by: User, now: datetime) -> None:
    """Whose lead it is from now on, by a colleague's word and without an offer to answer."""
    if owner != by:
        letter = Letter(GIVEN, _at(lead, "given", now), owner.pk, lead.pk, body={"by": by.pk})
        outbox.post([letter], now=now)


def accepted(handoff: Handoff, *, by: User, now: datetime) -> None:
    """Whoever handed the lead over, and who supports it: somebody is on it."""
    told = dict.fromkeys([handoff.handed_by_id, *_supporters([handoff.lead_id])[handoff.lead_id]])
    body = {"by": by.pk, "lane": handoff.lane}
    cause = _answer(ACCEPTED, handoff)
    letters = (_of(handoff, ACCEPTED, cause, to, body, alone=True) for to in told if to and to != by.pk)
    outbox.post(letters, now=now)


def asked(task: Task, *, now: datetime) -> None:
    """Who is to answer a question: who handed the lead over, else who leads marketing, else its managers."""
    staff = Staff(now=now)
    told = staff.at_work([task.assignee_id]) or staff.marketing(None)
    body = {"by": task.asked_by_id, "task": task.pk}
    outbox.post((_about(task, ASKED, to, body) for to in told if to != task.asked_by_id), now=now)


def answered(task: Task, *, by: User, now: datetime) -> None:
    """Whoever asked hears that there is an answer."""
    if task.asked_by_id and task.asked_by_id != by.pk:
        body = {"by": by.pk, "task": task.pk, "task_kind": task.kind, "outcome": task.outcome}
        outbox.post([_about(task, ANSWERED, task.asked_by_id, body)], now=now)


def sent_back(handoff: Handoff, *, by: User, beside: Sequence[User], now: datetime) -> None:
    """Marketing, whoever handed it over, and `beside` hear the reason and what comes next."""
    staff = Staff(now=now)
    told = staff.at_work([*staff.marketing(handoff), handoff.handed_by_id, *(one.pk for one in beside)])
    body = {
        "by": by.pk, "reason": handoff.reason, "next_step": handoff.next_step,
        "wake_at": handoff.wake_at.isoformat() if handoff.wake_at else None,
    }  # fmt: skip
    cause = _answer(SENT_BACK, handoff)
    letters = (_of(handoff, SENT_BACK, cause, to, body, alone=True) for to in told if to != by.pk)
    outbox.post(letters, now=now)


def undone(handoff: Handoff, decision: Decision, *, now: datetime) -> None:
    """Whoever was told of the answer hears that it was undone; whoever was not, of neither."""
    version = decision.after["handoff"]
    causes = [f"{name}:{handoff.pk}.{version}" for name in OF_AN_ANSWER]
    body = {"by": decision.undone_by_id, "what": decision.kind}
    letters = (
        _of(handoff, UNDONE, f"{UNDONE}:{handoff.pk}.{version}", one.recipient_id, body, alone=True)
        for one in outbox.withdraw(handoff.pk, causes)
        if one.recipient_id is not None
    )
    outbox.post(letters, now=now)


def judged(meeting: Meeting, *, by: User, beside: Sequence[User], now: datetime) -> None:
    """The verdict goes back to marketing, to whoever booked the meeting, and to `beside`."""
    staff = Staff(now=now)
    first = Handoff.objects.filter(lead=meeting.lead_id, lane=1).order_by("-pk").first()
    told = staff.at_work([*staff.marketing(first), meeting.created_by_id, *(one.pk for one in beside)])
    body = {"by": by.pk, "meeting": meeting.pk, "verdict": meeting.verdict, "reason": meeting.verdict_reason}
    cause = f"verdict:{meeting.pk}.{meeting.version}"
    letters = (
        Letter(VERDICT, cause, to, meeting.lead_id, meeting.handoff_id, body) for to in told if to != by.pk
    )
    outbox.post(letters, now=now)


def supports(asked: Iterable[Involvement], *, by: User, now: datetime) -> None:
    """Whoever is asked to help with a lead."""
    letters = (
        Letter(SUPPORTER, f"supporter:{one.pk}", one.user_id, one.lead_id, body={"by": by.pk})
        for one in asked
        if one.user_id != by.pk
    )
    outbox.post(letters, now=now)


# ── the ladder: in the recipient's working time ──────────────────────────────


def climbed(steps: Sequence[Step], *, now: datetime) -> dict[int, dict[str, list[int]]]:
    """Whoever the steps of ladders name; who was told, by step and act."""
    telling = [one for one in steps if set(ACTS) & set(one.acts)]
    if not telling:
        return {}
    staff, told, letters = Staff(now=now), {}, []
    for step in telling:
        told[step.pk] = _audience(step, staff)
        for act, people in told[step.pk].items():
            body = _body(step.clock) | {"step": step.pk, "percent": step.percent, "acts": list(step.acts)}
            letters += [
                _of(step.clock.handoff, act, f"step:{step.pk}", to, body, alone=True) for to in people
            ]
    is_late = any(step.due_at and step.due_at < now - digest.SETTLE for step in telling)
    _post_quietly(letters, is_late=is_late, now=now)
    return told


def kept(steps: Iterable[Step], *, now: datetime) -> None:
    """The ladder has come to its end: the team lead decides what becomes of these offers."""
    ends = list(steps)
    if not ends:
        return
    staff = Staff(now=now)
    letters = [
        _of(one.clock.handoff, digest.KEPT, f"kept:{one.clock.handoff_id}", to, _body(one.clock), alone=True)
        for one in ends
        for to in staff.team_lead(_team(one.clock))
    ]
    _post_quietly(letters, is_late=False, now=now)


def breached(clocks: Sequence[Clock], *, now: datetime) -> None:
    """A breach is told to whose clock it is, where no step of its ladder at the due time does so already."""
    ladders: dict[int, list[Step]] = defaultdict(list)
    for step in Step.objects.filter(clock__in=[one.pk for one in clocks], percent=ladder.WHOLE):
        ladders[step.clock_id].append(step)
    silent = [one for one in clocks if not any(ladder.REMIND_REP in step.acts for step in ladders[one.pk])]
    if not silent:
        return
    staff, letters = Staff(now=now), []
    for clock in silent:
        whose = _whose(clock, staff) or staff.team_lead(_team(clock))
        letters += [
            _of(clock.handoff, digest.BREACHED, f"breached:{clock.pk}", to, _body(clock), alone=True)
            for to in whose
        ]
    is_late = any(one.due_at and one.due_at < now - digest.SETTLE for one in silent)
    _post_quietly(letters, is_late=is_late, now=now)


def _audience(step: Step, staff: Staff) -> dict[str, list[int]]:
    """Each act's people; whoever comes twice is told by the first."""
    clock, seen = step.clock, set[int]()
    finders: Mapping[str, Any] = {
        ladder.REMIND_REP: lambda: _whose(clock, staff),
        ladder.TELL_TEAM_LEAD: lambda: _lead_of(clock, staff),
        ladder.TELL_MANAGER: lambda: staff.managers(_side(clock)),
    }
    found = {}
    for act in ACTS:
        if act in step.acts:
            found[act] = [pk for pk in finders[act]() if pk not in seen]
            seen |= set(found[act])
    return found


def _whose(clock: Clock, staff: Staff) -> list[int]:
    """Whose clock it is; marketing's answer is the person's who was asked."""
    if clock.kind == Clock.ANSWER:
        asked = staff.at_work([clock.task.assignee_id if clock.task else None])
        return asked or staff.marketing(clock.handoff)
    handoff = clock.handoff
    owner = handoff.lead.owner_id if handoff.state == Handoff.ACCEPTED else None
    return staff.at_work([owner or handoff.rep_id])


def _lead_of(clock: Clock, staff: Staff) -> list[int]:
    if clock.kind == Clock.ANSWER:
        return staff.marketing_leads or staff.managers(roles.MARKETING)
    return staff.team_lead(_team(clock))


def _team(clock: Clock) -> Team | None:
    return clock.handoff.queue.team if clock.handoff.queue else None


def _side(clock: Clock) -> str:
    team = _team(clock)
    if clock.kind == Clock.ANSWER or team is None:
        return roles.MARKETING if clock.kind == Clock.ANSWER else roles.SALES
    return team.side


def _body(clock: Clock) -> dict[str, Any]:
    due = clock.due_at.isoformat() if clock.due_at else None
    return {"clock": clock.pk, "clock_kind": clock.kind, "due": due}


def _post_quietly(letters: Sequence[Letter], *, is_late: bool, now: datetime) -> None:
    """At night later; after an outage a little later, so that what is caught up with comes as one."""
    settle = digest.SETTLE if is_late else digest.SETTLE * 0
    at = quiet.moments({one.to for one in letters}, now=now, settle=settle)
    outbox.post(
        (Letter(one.kind, one.cause, one.to, one.lead, one.handoff, one.body, at[one.to]) for one in letters),
        now=now,
    )


def _answer(name: str, handoff: Handoff) -> str:
    """An answer that is undone and given again is told again."""
    return f"{name}:{handoff.pk}.{handoff.version}"


def _supporters(lead_ids: Sequence[int]) -> dict[int, list[int]]:
    """Supporters by lead, longest at it first; one statement for all."""
    found: dict[int, list[int]] = defaultdict(list)
    rows = Involvement.objects.filter(lead__in=lead_ids, kind=Involvement.SUPPORTER, user__is_active=True)
    for lead, user in rows.order_by("since", "pk").values_list("lead", "user") if lead_ids else ():
        found[lead].append(user)
    return found


def _at(lead: Lead, cause: str, now: datetime) -> str:
    """A cause without a row of its own: the lead and the moment are its number."""
    return f"{cause}:{lead.pk}.{now.isoformat()}"


def _about(task: Task, kind: str, to: int, body: Mapping[str, Any]) -> Letter:
    return Letter(kind, f"{kind}:{task.pk}", to, task.lead_id, task.detail.get("handoff"), body)


def _of(
    handoff: Handoff, kind: str, cause: str, to: int, body: Mapping[str, Any], *, alone: bool = False
) -> Letter:
    """A letter about a handoff; `alone`: the cause is whole already."""
    return Letter(kind, cause if alone else f"{cause}:{handoff.pk}", to, handoff.lead_id, handoff.pk, body)
