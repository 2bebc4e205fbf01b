"""The recorded histories of many leads, as `scoring.simulation` walks them; a constant number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db.models import QuerySet

from leads.models import Activity, AttributeChange, Campaign, Company, Lead
from leads.models.activities import HUMAN
from scoring.engine import Event, Model
from scoring.facts import COMPANY_FIELDS, LEAD_FIELDS, company_values
from scoring.genuineness import CLICK
from scoring.models import MachineClick, Override
from scoring.past.hindsight import ATTRIBUTES
from scoring.replay import ways
from scoring.replay.recorded import Past, Said, Step, Told

Values = Mapping[str, Any]
Row = tuple[datetime, Values]

OWN = (
    "pk", "recorded_at", "wake_at", "outcome", "standing__readiness", "standing__rescore_at", "company",
    "campaign__external_id", "attributes",
)  # fmt: skip
COLUMNS = (*OWN, *LEAD_FIELDS, "company__attributes", *(f"company__{name}" for name in COMPANY_FIELDS))
_FIELDS = len(OWN)
_COMPANY = _FIELDS + len(LEAD_FIELDS)


class Known(NamedTuple):
    """A lead as it is now; of its standing what is shown, and until when that is true."""

    pk: int
    recorded_at: datetime
    wake_at: datetime | None
    outcome: str | None
    readiness: int
    rescore_at: datetime
    company_id: int | None
    values: dict[str, Any]
    company: Values


@dataclass(frozen=True)
class History:
    """One lead: its past as a walk takes it, and the steps it really took in the stretch."""

    lead: Known
    past: Past
    real: Sequence[Step]


def read(
    leads: QuerySet[Lead], versions: Mapping[int, Model], *, since: datetime, until: datetime,
    closely: Collection[str] | None = None,
) -> dict[int, History]:  # fmt: skip
    """The histories of these leads; steps are those in [since, until).

    `versions` are the published rules by number: some were offered under older ones. `closely` are the types
    of activities of which more is read than type and moment (None: of all).
    """
    known = {row[0]: _known(row) for row in leads.values_list(*COLUMNS)}
    if not known:
        return {}
    values = _Values.read(known, since=since)
    told = _told(known, closely)
    moves = ways.read(_of(known))
    said = _said(known)
    found = {}
    for pk, lead in known.items():
        way = ways.Way(
            moves.get(pk, ()), versions, wake_at=lead.wake_at, since=max(since, lead.recorded_at), until=until
        )
        events, moments = told.get(pk, ((), ()))
        past = Past(
            recorded_at=lead.recorded_at,
            start=way.start,
            values=values.of(lead),
            told=events,
            facts_at=sorted({*moments, *values.moments(lead)}),
            wishes=way.wishes,
            said=said.get(pk, ()),
        )
        found[pk] = History(lead, past, way.real)
    return found


def _known(row: tuple[Any, ...]) -> Known:
    pk, recorded_at, wake_at, outcome, readiness, rescore_at, company_id, campaign, attributes = row[:_FIELDS]
    values: dict[str, Any] = dict(zip(LEAD_FIELDS, row[_FIELDS:_COMPANY], strict=True))
    values["campaign"], values["attributes"] = campaign, attributes
    company: dict[str, Any] = {}
    if company_id is not None:
        company = dict(zip(COMPANY_FIELDS, row[_COMPANY + 1 :], strict=True))
    company["attributes"] = row[_COMPANY] or {}
    return Known(
        pk, recorded_at, wake_at, outcome, readiness, rescore_at, company_id, values, company
    )  # fmt: skip


def _of(known: Collection[int]) -> dict[str, Any]:
    """Rows of these leads; where their numbers lie close together of some others too, which is quicker."""
    first, last = min(known), max(known)
    if last - first > 4 * len(known):
        return {"lead_id__in": list(known)}
    return {"lead_id__gte": first, "lead_id__lte": last}


# ── what was known of the lead ──────────────────────────────────────────────


@dataclass
class _Values:
    """Changes of leads and companies since the stretch began, newest first."""

    leads: Mapping[int, Sequence[AttributeChange]]
    companies: Mapping[int, Sequence[AttributeChange]]
    shelf: Mapping[int, Values]
    campaigns: Mapping[int, str | None]
    states: dict[int, Sequence[Row]] = field(default_factory=dict)

    @classmethod
    def read(cls, known: Mapping[int, Known], *, since: datetime) -> _Values:
        changed = _by("lead_id", AttributeChange.objects.filter(**_of(known), changed_at__gte=since))
        earlier = _olds(changed, "company")
        shelf = {lead.company_id: lead.company for lead in known.values() if lead.company_id is not None}
        old_ones = Company.objects.in_bulk(sorted(earlier - shelf.keys()))
        shelf |= {pk: company_values(company) for pk, company in old_ones.items()}
        of_companies = AttributeChange.objects.filter(company__in=list(shelf), changed_at__gte=since)
        old = _olds(changed, "campaign")
        named = dict(Campaign.objects.filter(pk__in=old).values_list("pk", "external_id")) if old else {}
        return cls(changed, _by("company_id", of_companies), shelf, named)

    def moments(self, lead: Known) -> set[datetime]:
        """When something was written about the lead, or about the company it belonged to then."""
        own = {change.changed_at for change in self.leads.get(lead.pk, ())}
        return own | {since for since, _ in self.of(lead)[1:]}

    def of(self, lead: Known) -> Sequence[Row]:
        """What was known from which moment on, oldest first; the first row is how the stretch began."""
        if lead.pk not in self.states:
            self.states[lead.pk] = self._of(lead)
        return self.states[lead.pk]

    def _of(self, lead: Known) -> Sequence[Row]:
        begins = lead.recorded_at
        own = self._own(lead)
        if not any(company in self.companies for _, _, company in own):
            return [(max(since, begins), values | {"company": self._company(company)})
                    for since, values, company in own]  # fmt: skip
        found: list[Row] = []
        for place, (since, values, company) in enumerate(own):
            ends = own[place + 1][0] if place + 1 < len(own) else None
            for changed_at, its in self._companys(company):
                if ends is not None and changed_at >= ends:
                    break
                if found and found[-1][0] >= max(since, changed_at, begins):
                    found.pop()
                found.append((max(since, changed_at, begins), values | {"company": its}))
        return found

    def _own(self, lead: Known) -> list[tuple[datetime, dict[str, Any], int | None]]:
        """The lead's own fields, and its company's number, by the moment they were known from."""
        values, company = lead.values, lead.company_id
        rows = []
        changes = self.leads.get(lead.pk, ())
        for place, change in enumerate(changes):
            if place == 0 or changes[place - 1].changed_at != change.changed_at:
                rows.append((change.changed_at, values, company))
                values = values | {"attributes": dict(values["attributes"])}
            if change.field == "company":
                company = change.old
            elif change.field == "campaign":
                values["campaign"] = self.campaigns.get(change.old) if change.old else None
            elif change.field.startswith(ATTRIBUTES):
                values["attributes"][change.field.removeprefix(ATTRIBUTES)] = change.old
            else:
                values[change.field] = change.old
        rows.append((lead.recorded_at, values, company))
        return rows[::-1]

    def _company(self, pk: int | None) -> Values:
        return company_values(None) if pk is None or pk not in self.shelf else self.shelf[pk]

    def _companys(self, pk: int | None) -> list[Row]:
        """The same of a company; its first row is valid from any time on."""
        values = dict(self._company(pk))
        rows: list[Row] = []
        changes = self.companies.get(pk, ()) if pk else ()
        for place, change in enumerate(changes):
            if place == 0 or changes[place - 1].changed_at != change.changed_at:
                rows.append((change.changed_at, values))
                values = dict(values)
            values[change.field] = change.old
        rows.append((_EVER, values))
        return rows[::-1]


_EVER = datetime.min.replace(tzinfo=UTC)


def _by(key: str, changes: Any) -> dict[int, list[AttributeChange]]:
    found: dict[int, list[AttributeChange]] = defaultdict(list)
    for change in changes.order_by("-changed_at", "-pk"):
        found[getattr(change, key)].append(change)
    return found


def _olds(changed: Mapping[int, Sequence[AttributeChange]], name: str) -> set[int]:
    return {one.old for rows in changed.values() for one in rows if one.field == name and one.old}


# ── what happened ───────────────────────────────────────────────────────────


def _told(
    known: Mapping[int, Known], closely: Collection[str] | None
) -> dict[int, tuple[list[Told], list[datetime]]]:
    """Per lead its activities by when they became known, and every moment something was told."""
    found = Activity.objects.filter(**_of(known))
    rows = list(found.values_list("lead_id", "pk", "type", "direction", "occurred_at", "genuine", "voids_id",
                                  "recorded_at"))  # fmt: skip
    voids = _earliest((row[6], row[7]) for row in rows if row[6] is not None)
    ours = _ours([row[1] for row in rows if row[2] == CLICK and row[5] != HUMAN])
    closer = _closer(found if closely is None else found.filter(type__in=sorted({*closely, CLICK})))
    by_lead: dict[int, tuple[list[Told], list[datetime]]] = {pk: ([], []) for pk in known}
    for lead_id, pk, kind, way, at, genuine, void, recorded in rows:
        if lead_id not in by_lead:
            continue
        told, moments = by_lead[lead_id]
        moments.append(recorded)
        if void is None:
            event = Event(pk, kind, way, at, HUMAN if pk in ours else genuine, False, *closer.get(pk, ()))
            told.append(Told(recorded, event, voids.get(pk)))
    for told, _ in by_lead.values():
        told.sort(key=_known_from)
    return by_lead


def _closer(found: QuerySet[Activity]) -> dict[int, tuple[Any, ...]]:
    """Campaign, content, url, channel and data of those that somebody looks into."""
    rows = found.values_list("pk", "campaign__external_id", "content", "url", "channel", "data")
    return {row[0]: row[1:] for row in rows}


def _known_from(one: Told) -> tuple[datetime, datetime, int]:
    return one.recorded_at, one.event.occurred_at, one.event.id


def _earliest(pairs: Iterable[tuple[int, datetime]]) -> dict[int, datetime]:
    found: dict[int, datetime] = {}
    for pk, at in pairs:
        found[pk] = min(at, found.get(pk, at))
    return found


def _ours(clicks: list[int]) -> set[int]:
    if not clicks:
        return set()
    return set(MachineClick.objects.filter(activity__in=clicks).values_list("activity_id", flat=True))


def _said(known: Mapping[int, Known]) -> dict[int, list[Said]]:
    found: dict[int, list[Said]] = defaultdict(list)
    for one in Override.objects.filter(**_of(known)).order_by("set_at", "pk"):
        ends = min(one.until, one.ended_at) if one.ended_at else one.until
        found[one.lead_id].append(Said(one.set_at, ends, one.readiness))
    return found
