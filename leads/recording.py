"""The door by which activities come in: written once, refused when impossible, followed up at once.

Faces and sources hand over values of the right type; what they mean is decided here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from leads import activity_types, news, standings
from leads.models import Activity, AttributeChange, Campaign, Lead, PlaybookSection, User
from leads.models.activities import HUMAN, MACHINE, SUSPECT

FUTURE_LIMIT = timedelta(hours=24)
FIRST_YEAR = 1900
TRIES = 3
LONGEST = {"source": 120, "external_id": 200, "content": 300, "channel": 40, "url": 4000}
NUL = "\x00"

Key = tuple[str, str]


@dataclass
class NewActivity:
    """One activity as a source tells it; `lead_id` is already found."""

    lead_id: int
    type: str
    occurred_at: datetime
    source: str
    direction: str = ""
    external_id: str | None = None
    channel: str = ""
    campaign: Campaign | None = None
    content: str = ""
    url: str = ""
    genuine: str = HUMAN
    actor: User | None = None
    voids_id: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> Key | None:
        """What makes it the same event when it is told again."""
        return (self.source, self.external_id) if self.external_id else None


@dataclass(frozen=True)
class Recorded:
    """`status` is created, duplicate or rejected; `code` and `field` say why when rejected."""

    status: str
    id: int | None = None
    code: str = ""
    field: str = ""


@transaction.atomic
def record(new: Sequence[NewActivity], *, now: datetime) -> list[Recorded]:
    """Write activities once per (source, external_id); answers in the order given.

    A repeated event is `duplicate`, an impossible one `rejected`; neither stops the others. The number of
    statements does not grow with the number of activities.
    """
    batch = _Batch(new, now=now)
    for _ in range(TRIES - 1):
        try:
            with transaction.atomic():
                return batch.write()
        except IntegrityError:
            continue  # somebody stored one of these between our look and our write: look again
    return batch.write()


class _Batch:
    """One call: what is known of its leads, types and corrections; then one write."""

    def __init__(self, new: Sequence[NewActivity], *, now: datetime) -> None:
        self.new, self.now = new, now
        self.leads = _held({item.lead_id for item in new})
        self.directions = activity_types.directions(PlaybookSection.objects.current("activity_types"))
        self.voidable = _voidable({item.voids_id for item in new if item.voids_id is not None})
        self.refusals = [self._refusal(item) for item in new]

    def write(self) -> list[Recorded]:
        stored = _stored(item.key for item in self.new if item.key)
        first: dict[Key, int] = {}  # where in this call a key stands for the first time
        places: list[int] = []
        for place, (item, refusal) in enumerate(zip(self.new, self.refusals, strict=True)):
            if refusal or (item.key and (item.key in stored or item.key in first)):
                continue
            if item.key:
                first[item.key] = place
            places.append(place)
        written = Activity.objects.bulk_create([self._row(self.new[place]) for place in places])
        ids = {place: row.pk for place, row in zip(places, written, strict=True)}
        known = stored | {key: ids[place] for key, place in first.items()}
        _take_in(written, now=self.now)
        return [self._answer(place, ids, known) for place in range(len(self.new))]

    def _answer(self, place: int, ids: Mapping[int, int], known: Mapping[Key, int]) -> Recorded:
        if refusal := self.refusals[place]:
            return refusal
        if place in ids:
            return Recorded("created", ids[place])
        key = self.new[place].key
        assert key is not None
        return Recorded("duplicate", known[key])

    def _refusal(self, item: NewActivity) -> Recorded | None:
        for code, name in self._faults(item):
            return Recorded("rejected", code=code, field=name)
        return None

    def _faults(self, item: NewActivity) -> Iterable[tuple[str, str]]:
        """Everything that makes an activity impossible, as (code, field)."""
        if item.lead_id not in self.leads:
            yield "unknown_lead", "lead"
        if item.type not in self.directions:
            yield "unknown_type", "type"
        elif item.direction and item.direction != self.directions[item.type]:
            yield "wrong_direction", "direction"
        yield from self._wrong_time(item.occurred_at)
        if item.genuine not in (HUMAN, SUSPECT, MACHINE):
            yield "unknown_genuineness", "genuine"
        if item.voids_id is not None and self.voidable.get(item.voids_id) != item.lead_id:
            yield "unknown_activity", "voids"
        yield from _bad_texts(item)

    def _wrong_time(self, at: datetime) -> Iterable[tuple[str, str]]:
        if at.tzinfo is None or at.utcoffset() is None:
            yield "naive_time", "occurred_at"
        elif at.year < FIRST_YEAR:
            yield "too_old", "occurred_at"
        elif at > self.now + FUTURE_LIMIT:
            yield "in_future", "occurred_at"

    def _row(self, item: NewActivity) -> Activity:
        return Activity(
            lead_id=item.lead_id, type=item.type, direction=self.directions[item.type],
            occurred_at=item.occurred_at, recorded_at=self.now, channel=item.channel, campaign=item.campaign,
            content=item.content, url=item.url, source=item.source, external_id=item.external_id or None,
            genuine=item.genuine, actor=item.actor, voids_id=item.voids_id, data=dict(item.data),
        )  # fmt: skip


def _held(lead_ids: set[int]) -> frozenset[int]:
    """Those of these leads that exist, locked in the order of their ids until this is written.

    Whoever scores or moves one of them waits, and then sees the new facts.
    """
    found = Lead.objects.select_for_update(no_key=True).filter(pk__in=lead_ids).order_by("pk")
    return frozenset(found.values_list("pk", flat=True))


def _voidable(ids: set[int]) -> dict[int, int]:
    """Lead by activity, of those that can be voided: a correction cannot."""
    if not ids:
        return {}
    return dict(Activity.objects.filter(pk__in=ids, voids=None).values_list("pk", "lead_id"))


def _stored(keys: Iterable[Key]) -> dict[Key, int]:
    """The activities that are stored already, one statement per source."""
    by_source: dict[str, set[str]] = {}
    for source, external_id in keys:
        by_source.setdefault(source, set()).add(external_id)
    stored: dict[Key, int] = {}
    for source, ids in by_source.items():
        found = Activity.objects.filter(source=source, external_id__in=ids)
        stored |= {(source, str(key)): pk for key, pk in found.values_list("external_id", "pk")}
    return stored


def _bad_texts(item: NewActivity) -> Iterable[tuple[str, str]]:
    """What no database takes: text longer than its column, NUL, half a character, a number that is none."""
    for name, most in LONGEST.items():
        text = getattr(item, name) or ""
        if len(text) > most:
            yield "too_long", name
        elif not _is_text(text):
            yield "bad_text", name
    try:
        said = json.dumps(dict(item.data), ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError):
        yield "bad_data", "data"
    else:
        if "\\u0000" in said or not _is_text(said):
            yield "bad_text", "data"


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return NUL not in text


def _take_in(written: Sequence[Activity], *, now: datetime) -> None:
    """What follows from new facts: latest reaction, score due, a mail opt-out honoured, the news told."""
    if not written:
        return
    standings.note_reactions(written, now=now)
    _stop_mail({one.lead_id: one for one in written if _asks_to_stop(one)}, now=now)
    news.activities_recorded.announce(activities=list(written), now=now)


def _asks_to_stop(activity: Activity) -> bool:
    return activity.type == "unsubscribe" and activity.genuine == HUMAN and activity.voids_id is None


def _stop_mail(asked: Mapping[int, Activity], *, now: datetime) -> None:
    """Mail stops for those who asked; a mapping or a person may clear it again (PRODUCT 4)."""
    if not asked:
        return
    stopped = Lead.objects.filter(pk__in=asked, mail_opt_out=False)
    changes = [
        AttributeChange(
            lead_id=pk, field="mail_opt_out", old=False, new=True, changed_at=now, changed_by=asked[pk].actor
        )
        for pk in stopped.values_list("pk", flat=True)
    ]
    stopped.update(mail_opt_out=True)
    AttributeChange.objects.bulk_create(changes)
