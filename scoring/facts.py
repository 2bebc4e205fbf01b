"""What a score is made from: a lead's attributes and events, as they are recorded now.

How they were known at an earlier moment is the matter of `scoring/past/hindsight.py`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet, prefetch_related_objects

from leads.models import Activity, Company, Lead
from leads.models.activities import HUMAN, REACTION
from scoring.engine import Event, Facts
from scoring.genuineness import CLICK, judged
from scoring.models import MachineClick

LEAD_FIELDS = (
    "external_id",
    "email",
    "phone",
    "name",
    "family_name",
    "given_name",
    "department",
    "title",
    "source",
    "mail_opt_out",
    "do_not_contact",
    "stage",
)
COMPANY_FIELDS = ("name", "domain", "industry", "employees", "country", "prefecture", "relation")
COLUMNS = (
    "lead_id", "pk", "type", "direction", "occurred_at", "genuine", "voids_id",
    "campaign__external_id", "content", "url", "channel", "data",
)  # fmt: skip


@dataclass(frozen=True)
class Read:
    """Facts by lead id, and what they say of single events that is not stored yet (activity id → word)."""

    facts: Mapping[int, Facts]
    rejudged: Mapping[int, str]


def load(leads: Iterable[Lead], types: Iterable[str]) -> Read:
    """The facts of these leads in a constant number of queries.

    `types` are the events a model reads. Clicks are read as well, because each can change what another
    is worth, and after a send-back every reaction: the definition asks for a new one of any type.
    """
    known = {lead.pk: lead for lead in leads}
    prefetch_related_objects(list(known.values()), "company", "campaign")
    wanted = Q(type__in=sorted({*types, CLICK})) | Q(voids__isnull=False)
    if any(lead.sent_back_at for lead in known.values()):
        wanted |= Q(direction=REACTION, occurred_at__gt=F("lead__sent_back_at"))
    events, rejudged = events_of(Activity.objects.filter(wanted, lead_id__in=list(known)))
    return Read({pk: Facts(values_of(lead), events.get(pk, ())) for pk, lead in known.items()}, rejudged)


def values_of(lead: Lead) -> dict[str, Any]:
    """The nested values that predicates look at."""
    values: dict[str, Any] = {field: getattr(lead, field) for field in LEAD_FIELDS}
    values["campaign"] = lead.campaign.external_id if lead.campaign else None
    values["attributes"] = dict(lead.attributes)
    values["company"] = company_values(lead.company)
    return values


def company_values(company: Company | None) -> dict[str, Any]:
    if company is None:
        return {"attributes": {}}
    values: dict[str, Any] = {field: getattr(company, field) for field in COMPANY_FIELDS}
    return values | {"attributes": dict(company.attributes)}


def events_of(found: QuerySet[Activity]) -> tuple[dict[int, Sequence[Event]], dict[int, str]]:
    """Events by lead, each click judged beside the others; and the judgements that are not stored yet."""
    rows = rows_of(found)
    return told(rows, ours(rows))


def rows_of(found: QuerySet[Activity], *more: str) -> list[tuple[Any, ...]]:
    """What `told` reads, in the order of happening; columns of the caller's own come after it."""
    return list(found.order_by("lead_id", "occurred_at", "pk").values_list(*COLUMNS, *more))


def told(
    rows: Sequence[tuple[Any, ...]], ours: Collection[int]
) -> tuple[dict[int, Sequence[Event]], dict[int, str]]:
    """`rows_of` as `events_of` gives them; of the clicks in `ours` the judgement stored is not the source's.

    A row that voids another is a correction, not an event of its own.
    """
    voided = {row[6] for row in rows if row[6] is not None}
    stored = {row[1]: row[5] for row in rows if row[2] == CLICK}
    by_lead: dict[int, list[Event]] = defaultdict(list)
    for lead_id, pk, kind, direction, at, genuine, voids, campaign, content, url, channel, data in rows:
        if voids is None:
            said = HUMAN if pk in ours else genuine
            event = Event(pk, kind, direction, at, said, pk in voided, campaign, content, url, channel, data)
            by_lead[lead_id].append(event)
    events = {lead_id: judged(found) for lead_id, found in by_lead.items()}
    clicks = (event for found in events.values() for event in found if event.type == CLICK)
    return events, {one.id: one.genuine for one in clicks if one.genuine != stored[one.id]}


def ours(rows: Iterable[tuple[Any, ...]]) -> set[int]:
    """Which of these clicks this house judged itself: what the source of a click said of it stays."""
    clicks = [row[1] for row in rows if row[2] == CLICK and row[5] != HUMAN]
    if not clicks:
        return set()
    return set(MachineClick.objects.filter(activity__in=clicks).values_list("activity_id", flat=True))
