"""Facts of many leads at once, read lean: tuples, and of an event only what this model looks at.

Says the same as `scoring/facts.py`, in a third of the time.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import Q, TextField
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast

from leads.among import among
from leads.contact import is_contactable
from leads.models import Activity, Lead
from leads.models.activities import HUMAN, REACTION
from scoring.engine import Event, Facts, Model
from scoring.facts import COMPANY_FIELDS, LEAD_FIELDS, ours
from scoring.genuineness import CLICK, judged

BESIDE: tuple[str | Combinable, ...] = (
    "pk", "trigger", "sent_back_at", "merged_into", "email_key", "campaign__external_id",
    Cast("attributes", TextField()),
)  # fmt: skip
COLUMNS = (
    *BESIDE,
    *LEAD_FIELDS,
    "company",
    Cast("company__attributes", TextField()),
    *(f"company__{f}" for f in COMPANY_FIELDS),
)
_LEAD = len(BESIDE)
_COMPANY = _LEAD + len(LEAD_FIELDS)

Row = tuple[Any, ...]


class Known(NamedTuple):
    """One lead as a batch looks at it. `is_judged`: what its clicks are worth is not stored yet."""

    pk: int
    trigger: str
    sent_back_at: datetime | None
    is_merged: bool
    is_contactable: bool
    facts: Facts
    is_rejudged: bool


def read(
    lead_ids: Collection[int], model: Model, settled: Collection[int] = (), *, now: datetime
) -> list[Known]:
    """These leads and what of all that happened to them still counts by `now`, in at most four queries.

    Of the `settled` what each click is worth is stored already and is not judged again.
    """
    rows = list(Lead.objects.filter(pk__in=among(lead_ids)).order_by("pk").values_list(*COLUMNS))
    sent_back = {row[0]: row[2] for row in rows if row[2] is not None}
    events, rejudged = _events(lead_ids, model, sent_back, settled, now=now)
    return [_known(row, events.get(row[0], ()), row[0] in rejudged) for row in rows]


def _known(row: Row, events: Sequence[Event], is_rejudged: bool) -> Known:
    pk, trigger, sent_back_at, merged_into, email_key, campaign, attributes = row[:_LEAD]
    values = dict(zip(LEAD_FIELDS, row[_LEAD:_COMPANY], strict=True))
    values["campaign"], values["attributes"] = campaign, _parsed(attributes)
    values["company"] = _company(*row[_COMPANY:])
    return Known(
        pk, trigger, sent_back_at, merged_into is not None, _contactable(email_key, values),
        Facts(values, events), is_rejudged,
    )  # fmt: skip


def _contactable(email_key: str | None, values: Mapping[str, Any]) -> bool:
    return is_contactable(
        email_key=email_key, mail_opt_out=values["mail_opt_out"], phone=values["phone"],
        do_not_contact=values["do_not_contact"],
    )  # fmt: skip


def _company(pk: int | None, attributes: Any, *fields: Any) -> dict[str, Any]:
    if pk is None:
        return {"attributes": {}}
    values: dict[str, Any] = dict(zip(COMPANY_FIELDS, fields, strict=True))
    values["attributes"] = _parsed(attributes)
    return values


@lru_cache(1024)
def _parsed(text: str) -> Any:
    """JSON of the database; most leads have none, and what a card or a form says comes again and again."""
    return json.loads(text)


def _events(
    lead_ids: Collection[int],
    model: Model,
    sent_back: Mapping[int, datetime],
    settled: Collection[int],
    *,
    now: datetime,
) -> tuple[dict[int, Sequence[Event]], set[int]]:
    types = model.event_types | {CLICK}
    wanted = _that_counts(model, now=now) | Q(voids__isnull=False)
    if sent_back:
        wanted |= Q(direction=REACTION, lead__in=sent_back)
    found = Activity.objects.filter(wanted, lead__in=among(lead_ids))
    lean = list(found.values_list("lead_id", "pk", "type", "direction", "occurred_at", "genuine", "voids_id"))
    voided = {row[6] for row in lean if row[6] is not None}
    open_clicks = [row for row in lean if row[2] == CLICK and row[0] not in settled]
    closer = _closer(
        {row[1] for row in lean if row[2] in model.looked_into}.union(row[1] for row in open_clicks)
    )
    own = ours(open_clicks)
    by_lead: dict[int, list[Event]] = defaultdict(list)
    clicked: dict[int, dict[int, str]] = defaultdict(dict)
    for lead_id, pk, kind, direction, at, genuine, voids in lean:
        if voids is not None or (kind not in types and not _since(direction, at, sent_back.get(lead_id))):
            continue
        if kind == CLICK and lead_id not in settled:
            clicked[lead_id][pk] = genuine
            genuine = HUMAN if pk in own else genuine
        by_lead[lead_id].append(Event(pk, kind, direction, at, genuine, pk in voided, *closer.get(pk, ())))
    rejudged = set()
    events: dict[int, Sequence[Event]] = dict(by_lead)
    for lead_id, stored in clicked.items():
        events[lead_id] = said = judged(by_lead[lead_id])
        if any(one.genuine != stored[one.id] for one in said if one.type == CLICK):
            rejudged.add(lead_id)
    return events, rejudged


def _that_counts(model: Model, *, now: datetime) -> Q:
    """Half of the events of a year are too old for every rule that asks for them.

    Of clicks none is: an old one belongs to the links of its mail.
    """
    forgotten = {type: window for type, window in model.forgets.items() if type != CLICK}
    wanted = Q(type__in=sorted((model.event_types | {CLICK}) - forgotten.keys()))
    for window in sorted(set(forgotten.values())):
        types = sorted(type for type, longest in forgotten.items() if longest == window)
        wanted |= Q(type__in=types, occurred_at__gt=now - window)
    return wanted


def _closer(pks: Iterable[int]) -> dict[int, Row]:
    """Campaign, content, url, channel and data of events that a pattern looks into."""
    rows = Activity.objects.filter(pk__in=among(pks)).values_list(
        "pk", "campaign__external_id", "content", "url", "channel", Cast("data", TextField())
    )
    return {row[0]: (*row[1:5], _parsed(row[5])) for row in rows}


def _since(direction: str, at: datetime, sent_back_at: datetime | None) -> bool:
    return sent_back_at is not None and direction == REACTION and at > sent_back_at
