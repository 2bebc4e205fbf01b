"""Messages made into notices: one each, but what the ladder says to one person at once is one digest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from handoff.models import Message, Notice
from leads import rows

REMIND_REP, TELL_TEAM_LEAD, TELL_MANAGER, BREACHED = (
    "remind_rep",
    "tell_team_lead",
    "tell_manager",
    "breached",
)
KEPT = "kept"
FOLDED = (REMIND_REP, TELL_TEAM_LEAD, TELL_MANAGER, BREACHED, KEPT)
DIGEST = "digest"
SETTLE = timedelta(minutes=2)  # after an outage: what is caught up with in this time is told together
MOST_ITEMS = 100
INSIDE = "inside"  # in the body of a message: the key of the digest it went into


def write(messages: Sequence[Message], now: datetime) -> None:
    """The channel of notices: a notice for each message, one digest for several of a ladder."""
    alone: list[Notice] = []
    together: dict[int, list[Message]] = defaultdict(list)
    for one in messages:
        if one.kind in FOLDED:
            together[_whom(one)].append(one)
        else:
            alone.append(_notice(one, now=now))
    for several in together.values():
        alone.append(_digest(several, now=now) if len(several) > 1 else _notice(several[0], now=now))
    rows.write([one for several in together.values() if len(several) > 1 for one in several], ["body"])
    Notice.objects.bulk_create(alone, ignore_conflicts=True)


def _whom(message: Message) -> int:
    if message.recipient_id is None:
        raise ValueError("nobody to tell")
    return message.recipient_id


def _notice(message: Message, *, now: datetime) -> Notice:
    return Notice(
        recipient_id=_whom(message), key=message.key, kind=message.kind, lead_id=message.lead_id,
        handoff_id=message.handoff_id, body=message.body, created_at=now,
    )  # fmt: skip


def _digest(several: Sequence[Message], *, now: datetime) -> Notice:
    """Each clock once, by the last that was said of it; the messages remember where they went."""
    key = f"{DIGEST}:{several[0].key}"
    for one in several:
        one.body = one.body | {INSIDE: key}
    items = list({one.body.get("clock"): _item(one) for one in several}.values())
    leads = len({one["lead"] for one in items})
    body: dict[str, Any] = {"items": items[:MOST_ITEMS], "count": len(items), "leads": leads}
    return Notice(
        recipient_id=_whom(several[0]), key=key, kind=DIGEST, body=body, created_at=now,
        lead_id=items[0]["lead"] if len(items) == 1 else None,
    )  # fmt: skip


def _item(message: Message) -> dict[str, Any]:
    said = {
        name: message.body[name] for name in ("clock", "clock_kind", "percent", "due") if name in message.body
    }
    return {"kind": message.kind, "lead": message.lead_id, "handoff": message.handoff_id} | said
