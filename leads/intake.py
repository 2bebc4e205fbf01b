"""The doors by which facts come in: a lead is received or edited, an activity is recorded.

Faces and sources hand over values that are already of the right type; meaning is decided here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from leads import activity_types, identity, lifecycle, matching, news, stages, standings
from leads.models import Activity, AttributeChange, Campaign, Company, Lead, PlaybookSection, Standing, User
from leads.models.activities import HUMAN

FUTURE_LIMIT = timedelta(hours=24)
LEAD_FIELDS = frozenset(
    {
        "external_id", "email", "phone", "name", "family_name", "given_name", "family_name_kana",
        "given_name_kana", "department", "title", "source", "note", "mail_opt_out", "do_not_contact",
        "attributes", "owner", "campaign", "company",
    }
)  # fmt: skip
COMPANY_FIELDS = (
    "name",
    "domain",
    "industry",
    "employees",
    "country",
    "prefecture",
    "relation",
    "attributes",
)


class IntakeRefused(Exception):
    """A fact that cannot be taken in. `code` and `field` are for faces to put into words."""

    def __init__(self, code: str, field: str = "", **params: Any) -> None:
        self.code, self.field, self.params = code, field, params
        super().__init__(f"{field}: {code}" if field else code)


@dataclass(frozen=True)
class Received:
    lead: Lead
    created: bool


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


@dataclass(frozen=True)
class Recorded:
    """`status` is created, duplicate or rejected; `code` and `field` say why when rejected."""

    status: str
    id: int | None = None
    code: str = ""
    field: str = ""


# ── leads ────────────────────────────────────────────────────────────────────


@transaction.atomic
def receive(
    values: Mapping[str, Any],
    *,
    by: User | None,
    now: datetime,
    cause: str = stages.PERSON,
    is_somebody_else: bool = False,
) -> Received:
    """A lead from a form or the API: matched and edited, or new. Raises IntakeRefused.

    `is_somebody_else`: a person looked at the match and said so; nothing is matched then.
    """
    known = None if is_somebody_else else match(values)
    if known is not None:
        return Received(edit(known, values, by=by, now=now), created=False)
    return Received(_new_lead(values, by=by, now=now, cause=cause), created=True)


def match(values: Mapping[str, Any]) -> Lead | None:
    """The stored lead these values speak of: by external_id, else by e-mail (PRODUCT 9)."""
    external_id, key = values.get("external_id") or None, identity.email_key(values.get("email") or "")
    by_id = Lead.objects.filter(external_id=external_id, merged_into=None).first() if external_id else None
    by_mail = list(Lead.objects.filter(email_key=key, merged_into=None)[:2]) if key else []
    found = matching.choose(
        by_external_id=by_id.pk if by_id else None,
        by_email=[(lead.pk, lead.external_id) for lead in by_mail],
        external_id=external_id,
        email_key=key,
    )
    if found.ambiguous:
        raise IntakeRefused("ambiguous_match", "external_id")
    return next((lead for lead in [by_id, *by_mail] if lead and lead.pk == found.lead_id), None)


def _new_lead(values: Mapping[str, Any], *, by: User | None, now: datetime, cause: str) -> Lead:
    lead = Lead(created_at=values.get("created_at") or now, recorded_at=now, stage_entered_at=now)
    _assign(lead, values, by=by, now=now)
    first = lifecycle.begin(lead, cause=cause, by=by, now=now)
    lead.save(force_insert=True)
    first.lead = lead
    first.save(force_insert=True)
    Standing.objects.create(
        lead=lead, stage=lead.stage, owner=lead.owner, source=lead.source, rescore_at=now,
        next_side=lead.next_side, next_actor=lead.next_actor, next_due_at=lead.next_due_at,
    )  # fmt: skip
    news.facts_changed.announce(lead_ids=[lead.pk])
    return lead


@transaction.atomic
def edit(
    lead: Lead, values: Mapping[str, Any], *, by: User | None, now: datetime, version: int | None = None
) -> Lead:
    """Change what `values` names; unnamed fields stay. Raises lifecycle.LeadChanged for an old version."""
    lead = lifecycle.lock([lead.pk])[lead.pk]
    if version is not None and version != lead.version:
        raise lifecycle.LeadChanged(lead, lead.transitions.order_by("-version").first())
    before = _snapshot(lead)
    _assign(lead, values, by=by, now=now)
    changes = _changes(before, _snapshot(lead))
    if not changes:
        return lead
    lead.save()
    Standing.objects.filter(lead=lead).update(source=lead.source, owner=lead.owner, rescore_at=now)
    AttributeChange.objects.bulk_create(
        AttributeChange(lead=lead, field=name, old=old, new=new, changed_at=now, changed_by=by)
        for name, old, new in changes
    )
    news.facts_changed.announce(lead_ids=[lead.pk])
    return lead


def _assign(lead: Lead, values: Mapping[str, Any], *, by: User | None, now: datetime) -> None:
    for name in LEAD_FIELDS & values.keys() - {"company", "attributes"}:
        setattr(lead, name, values[name])
    if "attributes" in values:
        lead.attributes = {
            k: v for k, v in {**lead.attributes, **values["attributes"]}.items() if v is not None
        }
    if "company" in values:
        lead.company = company(values["company"] or {}, email=lead.email, known=lead.company, by=by, now=now)
    if not lead.name:
        lead.name = " ".join(part for part in (lead.family_name, lead.given_name) if part)
    lead.email_key = identity.email_key(lead.email)
    lead.phone_key = identity.phone_key(lead.phone)
    lead.search_text = identity.search_text(
        lead.name, lead.family_name_kana, lead.given_name_kana, lead.company.name if lead.company else "",
        lead.email, lead.phone, lead.external_id or "",
    )  # fmt: skip


SNAPSHOT = (
    "external_id", "email", "phone", "name", "family_name", "given_name", "family_name_kana", "given_name_kana",
    "department", "title", "source", "note", "mail_opt_out", "do_not_contact",
)  # fmt: skip


def _snapshot(lead: Lead) -> dict[str, Any]:
    flat = {name: getattr(lead, name) for name in SNAPSHOT}
    flat |= {"company": lead.company_id, "owner": lead.owner_id, "campaign": lead.campaign_id}
    return flat | {f"attributes.{name}": value for name, value in lead.attributes.items()}


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    names = sorted(before.keys() | after.keys())
    return [(n, before.get(n), after.get(n)) for n in names if before.get(n) != after.get(n)]


def company(
    values: Mapping[str, Any], *, email: str, known: Company | None, by: User | None, now: datetime
) -> Company | None:
    """The company these values name: by domain (not free mail), else by normalised name, else new."""
    name, domain = values.get("name") or "", identity.company_domain(values.get("domain") or "", email)
    if not name and not values.get("domain"):
        return _edit_company(known, values, by=by, now=now) if known else None
    key = identity.company_key(name)
    found = Company.objects.filter(domain=domain).order_by("pk").first() if domain else None
    if found is None and key:
        found = Company.objects.filter(name_key=key).order_by("pk").first()
    if found is None:
        found = Company.objects.create(
            name=name or domain, name_key=key or domain, domain=domain, recorded_at=now
        )
    return _edit_company(found, values, by=by, now=now)


def _edit_company(found: Company, values: Mapping[str, Any], *, by: User | None, now: datetime) -> Company:
    changes = []
    for name in COMPANY_FIELDS:
        new = values.get(name)
        if name in ("name", "domain") or new in (None, ""):
            continue
        new = {**found.attributes, **new} if name == "attributes" else new
        if new != getattr(found, name):
            changes.append((name, getattr(found, name), new))
            setattr(found, name, new)
    if changes:
        found.save()
        AttributeChange.objects.bulk_create(
            AttributeChange(company=found, field=name, old=old, new=new, changed_at=now, changed_by=by)
            for name, old, new in changes
        )
        Standing.objects.filter(lead__company=found).update(rescore_at=now)
    return found


# ── activities ───────────────────────────────────────────────────────────────


@transaction.atomic
def record(new: Sequence[NewActivity], *, now: datetime) -> list[Recorded]:
    """Write activities once per (source, external_id); answers in the order given.

    A repeated event is `duplicate`, an impossible one `rejected`; neither stops the others.
    """
    known = activity_types.directions(PlaybookSection.objects.current("activity_types"))
    refusals = [_refusal(item, known, now=now) for item in new]
    stored = _stored_ids(new)
    answers: list[Recorded] = []
    rows: list[tuple[int, Activity]] = []
    for at, (item, refusal) in enumerate(zip(new, refusals, strict=True)):
        key = (item.source, item.external_id)
        if refusal:
            answers.append(refusal)
        elif item.external_id is not None and key in stored:
            answers.append(Recorded("duplicate", stored[key]))
        else:
            if item.external_id is not None:
                stored[key] = -at - 1
            rows.append((at, _activity(item, known, now=now)))
            answers.append(Recorded("created"))
    try:
        with transaction.atomic():
            written = Activity.objects.bulk_create([row for _, row in rows], batch_size=1000)
    except IntegrityError:
        # Somebody else stored one of these between our look and our write: look again, once.
        return record(new, now=now)
    ids = {at: row.pk for (at, _), row in zip(rows, written, strict=True)}
    _take_in(written, now=now)
    return [_with_id(answer, at, ids) for at, answer in enumerate(answers)]


def _with_id(answer: Recorded, at: int, ids: Mapping[int, int]) -> Recorded:
    if answer.status == "created":
        return Recorded("created", ids[at])
    if answer.status == "duplicate" and answer.id is not None and answer.id < 0:
        return Recorded("duplicate", ids[-answer.id - 1])
    return answer


def _refusal(item: NewActivity, known: Mapping[str, str], *, now: datetime) -> Recorded | None:
    if item.type not in known:
        return Recorded("rejected", code="unknown_type", field="type")
    if item.direction and item.direction != known[item.type]:
        return Recorded("rejected", code="wrong_direction", field="direction")
    if item.occurred_at > now + FUTURE_LIMIT:
        return Recorded("rejected", code="in_future", field="occurred_at")
    return None


def _stored_ids(new: Sequence[NewActivity]) -> dict[tuple[str, str | None], int]:
    stored: dict[tuple[str, str | None], int] = {}
    by_source: dict[str, list[str]] = {}
    for item in new:
        if item.external_id is not None:
            by_source.setdefault(item.source, []).append(item.external_id)
    for source, ids in by_source.items():
        for start in range(0, len(ids), 500):
            chunk = ids[start : start + 500]
            found = Activity.objects.filter(source=source, external_id__in=chunk)
            stored |= {(source, external): pk for external, pk in found.values_list("external_id", "pk")}
    return stored


def _activity(item: NewActivity, known: Mapping[str, str], *, now: datetime) -> Activity:
    return Activity(
        lead_id=item.lead_id, type=item.type, direction=known[item.type], occurred_at=item.occurred_at,
        recorded_at=now, channel=item.channel, campaign=item.campaign, content=item.content, url=item.url,
        source=item.source, external_id=item.external_id, genuine=item.genuine, actor=item.actor,
        voids_id=item.voids_id, data=dict(item.data),
    )  # fmt: skip


def _take_in(written: Sequence[Activity], *, now: datetime) -> None:
    """What follows from new facts: latest reaction, score due, a mail opt-out honoured, the news told."""
    if not written:
        return
    standings.note_reactions(written, now=now)
    for activity in written:
        if activity.type == "unsubscribe" and activity.genuine == HUMAN:
            edit(Lead(pk=activity.lead_id), {"mail_opt_out": True}, by=activity.actor, now=now)
    news.activities_recorded.announce(activities=list(written), now=now)
