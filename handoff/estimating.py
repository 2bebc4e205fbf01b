"""Estimates of budget and timing, concluded from what is recorded of leads (PRODUCT 6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from handoff import estimates
from handoff.estimates import Saying, Word
from handoff.models import Handoff
from leads.models import Activity, AttributeChange, Lead, Meeting
from leads.models.activities import HUMAN, REACTION

# Looking at something answers no question; of most leads these are nearly all events.
SILENT = ("page_view", "pricing_view", "email_open", "email_click", "unsubscribe")
CAME_IN = "attributes."


def of(leads: Sequence[Lead], *, now: datetime) -> dict[int, dict[str, Any]]:
    """What `estimates.conclude` says of each lead of whom something is known, by lead id; four statements."""
    sayings: dict[int, list[Saying]] = defaultdict(list)
    words: dict[int, list[Word]] = defaultdict(list)
    for lead, saying in (*_answers(leads, now), *_attributes(leads)):
        sayings[lead].append(saying)
    for lead, word in (*_confirmed(leads), *_from_meetings(leads)):
        words[lead].append(word)
    known = (sayings.keys() | words.keys()) & {lead.pk for lead in leads}
    found = {pk: estimates.conclude(sayings[pk], words[pk], now=now) for pk in known}
    return {pk: said for pk, said in found.items() if said}


def _answers(leads: Sequence[Lead], now: datetime) -> Iterator[tuple[int, Saying]]:
    """What they answered themselves: genuine, not taken back, at most a year old."""
    genuine = Activity.objects.filter(
        lead__in=leads, direction=REACTION, genuine=HUMAN, voids=None, voided_by=None,
        occurred_at__gt=now - estimates.FRESH, occurred_at__lte=now,
        data__has_any_keys=list(estimates.FIELD_OF),
    )  # fmt: skip
    rows = genuine.exclude(type__in=SILENT).order_by("-occurred_at", "-pk")
    for lead, pk, kind, at, content, data in rows.values_list(
        "lead", "pk", "type", "occurred_at", "content", "data"
    ):
        where = {"kind": estimates.ACTIVITY, "event": pk, "type": kind, "content": content}
        for field, _, said in estimates.read(data):
            yield lead, Saying(field, said, at, where)


def _attributes(leads: Sequence[Lead]) -> Iterator[tuple[int, Saying]]:
    """What came in with their data, since it was last written; from the first day where nobody did."""
    telling = {lead.pk: lead for lead in leads if estimates.FIELD_OF.keys() & lead.attributes.keys()}
    names = [CAME_IN + name for name in estimates.FIELD_OF]
    changes = AttributeChange.objects.filter(lead__in=telling, field__in=names).order_by("pk")
    since = {(lead, field): at for lead, field, at in changes.values_list("lead", "field", "changed_at")}
    for pk, lead in telling.items():
        for field, name, said in estimates.read(lead.attributes):
            at = since.get((pk, CAME_IN + name), lead.recorded_at)
            yield pk, Saying(field, said, at, {"kind": estimates.ATTRIBUTE, "name": name})


def _confirmed(leads: Sequence[Lead]) -> Iterator[tuple[int, Word]]:
    """What sales said of earlier estimates, in whichever handoff."""
    rows = Handoff.objects.filter(lead__in=leads).exclude(confirmed={})
    for lead, confirmed in rows.values_list("lead", "confirmed"):
        yield from ((lead, word) for word in words_of(confirmed))


def words_of(confirmed: dict[str, Any]) -> Iterator[Word]:
    """The words of `Handoff.confirmed`: `{field: {says, value, by, at, before}}`."""
    for field, one in confirmed.items():
        yield Word(field, one["value"], datetime.fromisoformat(one["at"]), one["by"], one["says"])


def _from_meetings(leads: Sequence[Lead]) -> Iterator[tuple[int, Word]]:
    """What was made sure of for a meeting, where it says more than that it was."""
    rows = Meeting.objects.filter(lead__in=leads).exclude(confirmed={})
    for one in rows.only("lead", "confirmed", "created_at", "created_by"):
        for field in estimates.NAMES:
            if said := estimates.text_of(one.confirmed.get(field)):
                yield one.lead_id, Word(field, said, one.created_at, one.created_by_id)
