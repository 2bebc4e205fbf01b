"""What the floors above say beside a lead in a list: a few words each, asked once for a page.

The list knows nobody above it; `config/wiring.py` tells it whom to ask.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

Asked = Callable[..., Mapping[int, str]]  # (lead_ids, *, now) → words by lead, in the reader's language

_asked: list[Asked] = []


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
