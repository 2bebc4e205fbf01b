"""Tasks: what a side was asked is done, or answered, once; and sales asks marketing a question."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from handoff import telling, timers
from handoff.desk import asking, wakes
from handoff.desk.holding import take
from handoff.desk.permissions import insist, may
from handoff.models import Handoff
from handoff.refusals import DeskRefused
from leads import lifecycle, roles
from leads.models import Lead, Task, User
from leads.refusals import Quicker

DONE = "done"
OUTCOMES = {
    Task.QUESTION: ("answered",),
    Task.SENT_BACK: ("understood", "re_offer", "monthly"),
    Task.RIGHT_PERSON: (DONE, wakes.CANNOT),
    Task.MARKETING_FIX: (DONE, wakes.CANNOT),
}
"""What may be answered to what sales asked; any other task is done, or not yet."""
LONGEST = 2000


def outcomes_of(kind: str) -> tuple[str, ...]:
    return OUTCOMES.get(kind, (DONE,))


def tasks_of(user: User) -> QuerySet[Task]:
    """The tasks this person may see: their own, and those of the leads they see."""
    return Task.objects.filter(Q(assignee=user) | Q(lead__in=Lead.objects.visible_to(user).values("pk")))


def asked_of(user: User) -> Q:
    """What this person is asked: by name, or as one of marketing, or as the owner of the lead."""
    asked = Q(assignee=user) | Q(assignee=None, side=roles.SALES, lead__owner=user)
    if user.side == roles.MARKETING:
        asked |= Q(assignee=None, side=roles.MARKETING)
    return asked


def may_answer(user: User, task: Task) -> bool:
    """Marketing answers for marketing; sales' tasks are their assignee's, the owner's, a manager's."""
    if task.assignee_id == user.pk or user.has_role(roles.ADMIN):
        return True
    if task.side == roles.MARKETING:
        return user.has_role(roles.MARKETER) or (user.is_manager and user.side == roles.MARKETING)
    return user.side == roles.SALES and (task.lead.owner_id == user.pk or user.is_manager)


@transaction.atomic
def answer_task(task: Task, *, by: User, now: datetime, text: str = "", outcome: str = "") -> Task:
    """Done, with what there is to say. Raises Quicker (answered already), NotYours, DeskRefused.

    What sales asked for is on a clock, which this meets; a lead that waited for it comes back at once.
    """
    held = _hold(task)
    insist(may_answer(by, held))
    if held.done_at is not None:
        raise Quicker(held.done_by, held.done_at, DONE, 0)
    held.outcome, held.answer = _outcome(held.kind, outcome), text.strip()
    if not held.answer and (held.kind == Task.QUESTION or held.outcome == wakes.CANNOT):
        raise DeskRefused("required", "text")
    if len(held.answer) > LONGEST:
        raise DeskRefused("too_long", "text", most=LONGEST)
    held.done_at, held.done_by = now, by
    held.save(update_fields=["outcome", "answer", "done_at", "done_by"])
    timers.answered(held, now=now)
    waits = held.lead.wake_trigger == {"task": held.pk}
    if not waits or held.outcome == wakes.CANNOT:  # else the lead itself comes back, which says it all
        telling.answered(held, by=by, now=now)
    if waits:
        _follow(held, now=now)
    return held


@transaction.atomic
def reopen_task(task: Task, *, by: User, now: datetime) -> Task:
    """It was not done after all. An answer to sales stays said: they may have acted on it."""
    held = _hold(task)
    insist(may_answer(by, held))
    if held.kind in OUTCOMES:
        raise DeskRefused("said_already")
    held.done_at = held.done_by = None
    held.outcome = held.answer = ""
    held.save(update_fields=["outcome", "answer", "done_at", "done_by"])
    return held


@transaction.atomic
def ask_marketing(handoff: Handoff, *, by: User, now: datetime, text: str) -> Task:
    """A question of whoever has the lead or is offered it; the answer is on marketing's clock."""
    held = take(handoff, version=None, states=(Handoff.OFFERED, Handoff.ACCEPTED))
    insist(may(by, held).contact)
    if not text.strip():
        raise DeskRefused("required", "text")
    if len(text) > LONGEST:
        raise DeskRefused("too_long", "text", most=LONGEST)
    task = asking.ask(held.lead, held, Task.QUESTION, by=by, text=text, now=now)
    telling.asked(task, now=now)
    return task


def _hold(task: Task) -> Task:
    lifecycle.hold([task.lead_id])
    return Task.objects.select_for_update(of=("self",)).select_related("lead", "done_by").get(pk=task.pk)


def _outcome(kind: str, said: str) -> str:
    known = outcomes_of(kind)
    if said and said not in known:
        raise DeskRefused("unknown_choice", "outcome", value=said, choices=known)
    if not said and len(known) > 1:
        raise DeskRefused("required", "outcome", choices=known)
    return said or known[0]


def _follow(task: Task, *, now: datetime) -> None:
    if task.outcome == wakes.CANNOT:
        lifecycle.drop_wake(task.lead, now=now)
    else:
        wakes.wake([task.lead_id], now=now)
