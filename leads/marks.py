"""What the floors above say beside a lead in a list, and above it: a few words each, asked once for a page.

The list knows nobody above it; `config/wiring.py` tells it whom to ask.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from leads.models import User

Asked = Callable[..., Mapping[int, str]]  # (lead_ids, *, viewer, now) → words by lead, in their language

Above = Callable[..., Sequence[str]]  # (viewer, *, now) → sentences, in the reader's language

NAME, READINESS = "name", "readiness"  # beside which column of the list

_asked: dict[Asked, str] = {}
_above: list[Above] = []


def ask(whom: Asked, *, beside: str) -> None:
    _asked[whom] = beside


def of(lead_ids: Sequence[int], *, viewer: User, now: datetime) -> dict[int, dict[str, list[str]]]:
    """The words beside name and readiness of each lead somebody has something to say of; each who speaks is
    asked once.
    """
    found: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for whom, place in _asked.items() if lead_ids else ():
        for lead_id, words in whom(lead_ids, viewer=viewer, now=now).items():
            found[lead_id][place].append(words)
    return {lead_id: dict(places) for lead_id, places in found.items()}


def ask_above(whom: Above) -> None:
    if whom not in _above:
        _above.append(whom)


def above(viewer: User, *, now: datetime) -> list[str]:
    """What whoever reads the list should know before they begin."""
    return [sentence for whom in _above for sentence in whom(viewer, now=now)]
