"""The outbox: what people are told is written with its cause and delivered afterwards, once each.

A worker leases messages by raising their fence; whoever comes back with an older fence changes nothing.
What cannot be delivered is tried again, later each time; after the last attempt it is dead, and listed.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q, QuerySet

from handoff import digest, news
from handoff.models import Message
from leads import roles, rows
from leads.models import User

log = logging.getLogger(__name__)

NOTICE = "notice"  # the channel of notices inside the product
LEASE = timedelta(seconds=60)
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(hours=1)
MOST_ATTEMPTS = 10
BATCH = 100
DEAD_LETTERS = "dead_letters"

Channel = Callable[[Sequence[Message], datetime], None]
CHANNELS: dict[str, Channel] = {NOTICE: digest.write}
LOST = (OperationalError, InterfaceError)
"""The database does not answer: the lease runs out, and somebody else goes on."""


@dataclass(frozen=True)
class Letter:
    """One thing one person is told; `cause` is written once per person, however often it is noticed."""

    kind: str
    cause: str  # "offered:12", "step:40"
    to: int
    lead: int | None = None
    handoff: int | None = None
    body: Mapping[str, Any] = field(default_factory=dict)
    send_at: datetime | None = None  # now, unless it waits for the recipient's working time

    @property
    def key(self) -> str:
        return f"{self.cause}:{self.to}"


def post(letters: Iterable[Letter], *, now: datetime) -> None:
    """Write these in the transaction of their cause; workers are nudged once it has committed."""
    fresh = {one.key: one for one in letters}
    if not fresh:
        return
    Message.objects.bulk_create((_row(one, now=now) for one in fresh.values()), ignore_conflicts=True)
    if any(one.send_at is None or one.send_at <= now for one in fresh.values()):
        news.messages_written.announce()


def _row(letter: Letter, *, now: datetime) -> Message:
    return Message(
        key=letter.key, channel=NOTICE, kind=letter.kind, recipient_id=letter.to, lead_id=letter.lead,
        handoff_id=letter.handoff, body=dict(letter.body), created_at=now, send_at=letter.send_at or now,
    )  # fmt: skip


def withdraw(handoff_id: int, causes: Iterable[str]) -> list[Message]:
    """What these causes tell is true no more: what was not sent goes nowhere; the rest is the answer."""
    known = set(causes)
    told = Message.objects.select_for_update().filter(handoff=handoff_id).order_by("pk")
    mine = [one for one in told if one.key.rpartition(":")[0] in known]
    unsent = [one.pk for one in mine if one.state in (Message.PENDING, Message.DEAD)]
    Message.objects.filter(pk__in=unsent).update(state=Message.DROPPED)
    return [one for one in mine if one.pk not in unsent]


def ready(*, now: datetime) -> QuerySet[Message]:
    """What is to be delivered now: due, and held by nobody whose lease still runs."""
    unsent = Message.objects.filter(state__in=(Message.PENDING, Message.SENDING), send_at__lte=now)
    return unsent.filter(Q(state=Message.PENDING) | Q(leased_until__lte=now))


def deliver(*, now: datetime, limit: int = BATCH) -> int:
    """Lease a batch and deliver it; returns how many were looked after. Safe beside others doing the same."""
    held = lease(now=now, limit=limit)
    by_channel: dict[str, list[Message]] = defaultdict(list)
    for message in held:
        by_channel[message.channel].append(message)
    for some in by_channel.values():
        hand_over(some, now=now)
    return len(held)


@transaction.atomic
def lease(*, now: datetime, limit: int = BATCH) -> list[Message]:
    """Take hold of a batch, longest due first; what folds into one digest is taken whole.

    Two workers at once wait for each other at the person a digest is for: else it would be two.
    """
    first = list(ready(now=now).order_by("send_at", "pk").values_list("pk", "kind", "recipient_id")[:limit])
    if not first:
        return []
    people = {who for _, kind, who in first if kind in digest.FOLDED and who}
    list(User.objects.select_for_update(no_key=True).filter(pk__in=people).order_by("pk").values_list("pk"))
    wanted = ready(now=now).filter(pk__in=[pk for pk, *_ in first])
    if people:
        gathered = Message.objects.filter(
            state=Message.PENDING, send_at__lte=now + digest.SETTLE, kind__in=digest.FOLDED,
            recipient__in=people,
        )  # fmt: skip
        wanted = wanted | gathered
    held = list(wanted.select_for_update(skip_locked=True).order_by("send_at", "pk"))
    for one in held:
        one.state, one.leased_until = Message.SENDING, now + LEASE
        one.fence, one.attempts = one.fence + 1, one.attempts + 1
    rows.write(held, ["state", "leased_until", "fence", "attempts"])
    return held


def hand_over(held: Sequence[Message], *, now: datetime) -> int:
    """Deliver leased messages of one channel; one that fails never stops the rest. Returns how many went."""
    try:
        with transaction.atomic():
            mine = _still_held(held)
            CHANNELS[held[0].channel](mine, now)
            Message.objects.filter(pk__in=[one.pk for one in mine]).update(
                state=Message.SENT, sent_at=now, leased_until=None, last_error=""
            )
            return len(mine)
    except LOST:
        raise
    except Exception as error:
        if len(held) > 1:
            return sum(hand_over([one], now=now) for one in held)
        _failed(held[0], error, now=now)
        return 0


def _still_held(held: Sequence[Message]) -> list[Message]:
    """Those nobody has taken over since: of the others somebody else decides."""
    fences = {one.pk: one.fence for one in held}
    locked = Message.objects.select_for_update().filter(pk__in=fences, state=Message.SENDING)
    return [one for one in locked.order_by("send_at", "pk") if one.fence == fences[one.pk]]


@transaction.atomic
def _failed(message: Message, error: Exception, *, now: datetime) -> None:
    """Later again, or dead and told to whoever can help. Only the kind of error: words may name people."""
    is_dead = message.attempts >= MOST_ATTEMPTS
    mine = Message.objects.filter(pk=message.pk, fence=message.fence, state=Message.SENDING)
    changed = mine.update(
        state=Message.DEAD if is_dead else Message.PENDING,
        send_at=message.send_at if is_dead else now + wait_after(message.attempts, message.pk),
        leased_until=None,
        last_error=type(error).__name__,
    )
    log.warning("message %s not delivered: %s", message.pk, type(error).__name__)
    if changed and is_dead and message.kind != DEAD_LETTERS:
        _alert(now=now)


def wait_after(attempts: int, seed: int) -> timedelta:
    """Twice as long each time, up to an hour; spread by half either way, so that a crowd spreads too."""
    wait = min(FIRST_WAIT * 2 ** min(attempts, 20), LONGEST_WAIT)
    return wait * (0.5 + (seed * 7919 + attempts * 104729) % 1000 / 1000)


def _alert(*, now: datetime) -> None:
    """Once a day and person: something is in the list of what could not be delivered."""
    at_work = [one for one in User.objects.filter(is_active=True) if one.works_here(now)]
    told = [one for one in at_work if one.has_role(roles.ADMIN)] or [one for one in at_work if one.is_manager]
    post((Letter(DEAD_LETTERS, f"dead:{now.date()}", one.pk) for one in told), now=now)


@transaction.atomic
def replay(messages: QuerySet[Message], *, by: User, now: datetime) -> int:
    """Try dead ones again from the first attempt; who did that stays written on them. Returns how many."""
    dead = list(messages.filter(state=Message.DEAD).select_for_update(of=("self",)).order_by("pk"))
    for one in dead:
        told = {"by": by.pk, "at": now.isoformat(), "error": one.last_error, "attempts": one.attempts}
        one.body = one.body | {"replays": [*one.body.get("replays", ()), told]}
        one.state, one.attempts, one.send_at = Message.PENDING, 0, now
    rows.write(dead, ["body", "state", "attempts", "send_at"])
    if dead:
        news.messages_written.announce()
    return len(dead)
