"""The doors by which facts come in: a lead is received or edited, an activity is recorded.

Faces and sources hand over values that are already of the right type; meaning is decided here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from leads import (
    companies,
    identity,
    intake_turn,
    lifecycle,
    matching,
    news,
    stages,
)
from leads.models import AttributeChange, Company, Lead, Standing, User
from leads.recording import FUTURE_LIMIT as FUTURE_LIMIT
from leads.recording import NewActivity as NewActivity
from leads.recording import Recorded as Recorded
from leads.recording import record as record

_COMPANY: Any = Lead._meta.get_field("company")
LEAD_FIELDS = frozenset(
    {
        "external_id", "email", "phone", "name", "family_name", "given_name", "family_name_kana",
        "given_name_kana", "department", "title", "source", "note", "mail_opt_out", "do_not_contact",
        "owner", "campaign",
    }
)  # fmt: skip


class IntakeRefused(Exception):
    """A fact that cannot be taken in. `code` and `field` are for faces to put into words."""

    def __init__(self, code: str, field: str = "", **params: Any) -> None:
        self.code, self.field, self.params = code, field, params
        super().__init__(f"{field}: {code}" if field else code)


@dataclass(frozen=True)
class Received:
    lead: Lead
    created: bool


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
    intake_turn.hold(_keys(values))
    known = None if is_somebody_else else match(values)
    if known is not None:
        return Received(edit(known, for_known(known, values), by=by, now=now), created=False)
    return Received(_new_lead(values, by=by, now=now, cause=cause), created=True)


def _keys(values: Mapping[str, Any]) -> list[str | None]:
    """What else may be on its way in at this moment and mean the same person or company."""
    email, company = values.get("email") or "", values.get("company") or {}
    return [
        values.get("external_id"),
        identity.email_key(email),
        identity.company_key(company.get("name") or ""),
        identity.company_domain(company.get("domain") or "", email),
    ]


def match(values: Mapping[str, Any]) -> Lead | None:
    """The stored lead these values speak of: by external_id, else by e-mail (PRODUCT 9)."""
    external_id, key = values.get("external_id") or None, identity.email_key(values.get("email") or "")
    by_id = Lead.objects.filter(external_id=external_id).first() if external_id else None
    by_id = survivor(by_id) if by_id else None
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


def survivor(lead: Lead) -> Lead:
    """The lead that this one was merged into, however often."""
    while lead.merged_into is not None:
        lead = lead.merged_into
    return lead


def for_known(
    lead: Lead, values: Mapping[str, Any], *, foreign_ids: Collection[str] | None = None
) -> dict[str, Any]:
    """What a stored lead takes of what comes in: not an owner while sales or a promised date decides who
    has it, and not the id of a lead that was merged into it (`foreign_ids`, looked up where not given)."""
    taken = dict(values)
    if "owner" in taken and (lead.stage not in (stages.LEAD, stages.MAL) or lead.wake_at is not None):
        del taken["owner"]
    given = taken.get("external_id")
    if given and given != lead.external_id and foreign_ids is None:
        foreign_ids = [given] if Lead.objects.filter(external_id=given).exists() else []
    if not given or given in (foreign_ids or ()):
        taken.pop("external_id", None)
    return taken


def _new_lead(values: Mapping[str, Any], *, by: User | None, now: datetime, cause: str) -> Lead:
    lead = Lead(created_at=values.get("created_at") or now, recorded_at=now, stage_entered_at=now)
    assign(lead, values, shelf=companies.Stored(by=by, now=now), now=now)
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
    before = snapshot(lead)
    assign(lead, values, shelf=companies.Stored(by=by, now=now), now=now)
    changes = changes_between(before, snapshot(lead))
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


def assign(lead: Lead, values: Mapping[str, Any], *, shelf: companies.Shelf, now: datetime) -> None:
    """Set what `values` names on a lead, and the keys that follow from it; nothing is stored."""
    joined = full_name(lead)
    for name in LEAD_FIELDS & values.keys():
        setattr(lead, name, values[name])
    if "attributes" in values:
        lead.attributes = {
            k: v for k, v in {**lead.attributes, **values["attributes"]}.items() if v is not None
        }
    company = lead.company if lead.company_id else None
    if "company" in values:
        company = _company(lead, company, values["company"], shelf=shelf, now=now)
        lead.company_id = company.id if company else None
        _COMPANY.set_cached_value(lead, company)  # as `lead.company = company`, a tenth of the cost
    if not lead.name or ("name" not in values and lead.name == joined):
        lead.name = full_name(lead)
    lead.email_key = identity.email_key(lead.email)
    lead.phone_key = identity.phone_key(lead.phone)
    lead.search_text = identity.search_text(
        lead.name, lead.family_name_kana, lead.given_name_kana, company.name if company else "",
        lead.email, lead.phone, lead.external_id or "",
    )  # fmt: skip


def _company(
    lead: Lead,
    known: Company | None,
    said: Mapping[str, Any] | None,
    *,
    shelf: companies.Shelf,
    now: datetime,
) -> Company | None:
    """The lead's company after these words; None takes the lead out of its company."""
    return (
        said if said is None else companies.resolve(said, email=lead.email, known=known, shelf=shelf, now=now)
    )


def full_name(lead: Lead) -> str:
    """姓 名 as one name, as far as they are known."""
    return f"{lead.family_name} {lead.given_name}".strip()[:200]


SNAPSHOT = (
    "external_id", "email", "phone", "name", "family_name", "given_name", "family_name_kana",
    "given_name_kana", "department", "title", "source", "note", "mail_opt_out", "do_not_contact",
)  # fmt: skip


def snapshot(lead: Lead) -> dict[str, Any]:
    """What a person may have changed, as values that can be compared and kept."""
    flat = {name: getattr(lead, name) for name in SNAPSHOT}
    flat |= {"company": lead.company_id, "owner": lead.owner_id, "campaign": lead.campaign_id}
    return flat | {f"attributes.{name}": value for name, value in lead.attributes.items()}


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    names = sorted(before.keys() | after.keys())
    return [(n, before.get(n), after.get(n)) for n in names if before.get(n) != after.get(n)]
