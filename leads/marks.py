"""What the floors above say beside a lead in a list, and above it: a few words each, asked once for a page.

The list knows nobody above it; `config/wiring.py` tells it whom to ask.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from leads.models import User

Asked = Callable[..., Mapping[int, str]]  # (lead_ids, *, now) → words by lead, in the reader's language

Above = Callable[..., Sequence[str]]  # (viewer, *, now) → sentences, in the reader's language

_asked: list[Asked] = []
_above: list[Above] = []


def ask(whom: Asked) -> None:
    if whom not in _asked:
        _asked.append(whom)


def of(lead_ids: Sequence[int], *, now: datetime) -> dict[int, list[str]]:
    """The words beside each lead somebody has something to say of; one question per floor that speaks."""
    found: dict[int, list[str]] = defaultdict(list)
    for whom in _asked if lead_ids else ():
        for lead_id, words in whom(lead_ids, now=now).items():
            found[lead_id].append(words)
    return dict(found)


def ask_above(whom: Above) -> None:
    if whom not in _above:
        _above.append(whom)


def above(viewer: User, *, now: datetime) -> list[str]:
    """What whoever reads the list should know before they begin."""
    return [sentence for whom in _above for sentence in whom(viewer, now=now)]
