"""The door for a person's edit of a lead: nobody overwrites unseen what somebody else changed meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from leads import identity, intake, lifecycle, roles, stages
from leads.models import AttributeChange, Lead, User

COMPANY_PREFIX = "company."
FIELDS = (
    "family_name", "given_name", "family_name_kana", "given_name_kana", "department", "title", "email",
    "phone", "source", "note", "mail_opt_out", "do_not_contact",
)  # fmt: skip
COMPANY_FIELDS = ("name", "industry", "employees", "prefecture", "relation")


class Overtaken(Exception):
    """Somebody changed fields this person changes too. `changes` are theirs, oldest first."""

    def __init__(self, changes: Sequence[AttributeChange]) -> None:
        self.changes = changes
        super().__init__(", ".join(change.field for change in changes))


def may_edit(user: User, lead: Lead) -> bool:
    """Managers what they see; marketing what is nobody's or their own; a rep their own (UX 3.3)."""
    if user.has_role(roles.MANAGER, roles.ADMIN) or lead.owner_id == user.pk:
        return True
    return user.has_role(roles.MARKETER) and (
        lead.owner_id is None or lead.stage in (stages.LEAD, stages.MAL, stages.DISQUALIFIED)
    )


def may_add(user: User) -> bool:
    return not user.has_role(roles.PARTNER_CALLER)


def seen_until(lead: Lead) -> int:
    """The number of the last change to this lead or its company: what somebody who reads it now has seen."""
    newest = _changes(lead).aggregate(newest=Max("pk"))["newest"]
    return int(newest or 0)


def values_of(lead: Lead) -> dict[str, Any]:
    """What a person may edit, by name; the company's fields as `company.industry`."""
    company = {
        COMPANY_PREFIX + name: getattr(lead.company, name) if lead.company else None
        for name in COMPANY_FIELDS
    }
    values = {name: getattr(lead, name) for name in FIELDS} | company
    if not (lead.family_name or lead.given_name):
        values["family_name"] = lead.name  # a name that came in one piece
    return values


@transaction.atomic
def save(lead: Lead, typed: Mapping[str, Any], *, seen: int, by: User, now: datetime) -> Lead:
    """Store what the person changed since they saw the lead (`seen_until`); the rest stays as it is now.

    Raises Overtaken where two people changed the same field and mean different things, and IntakeRefused.
    """
    held = lifecycle.lock([lead.pk])[lead.pk]
    since = list(_changes(held).filter(pk__gt=seen).select_related("changed_by").order_by("pk"))
    before = values_of(held) | {_name(change): change.old for change in reversed(since)}
    wanted = {name: value for name, value in typed.items() if (value or None) != (before.get(name) or None)}
    clashes = [change for change in since if _clash(change, wanted)]
    if clashes:
        raise Overtaken(clashes)
    if {"family_name", "given_name"} & wanted.keys():
        wanted["name"] = full_name(typed)
    return intake.edit(held, _for_intake(wanted), by=by, now=now) if wanted else held


def full_name(typed: Mapping[str, Any]) -> str:
    """姓 名 as one name, never reversed."""
    return " ".join(part for part in (typed.get("family_name"), typed.get("given_name")) if part)


def twins(email: str, phone: str, *, beside: Lead | None = None) -> list[Lead]:
    """Leads with this address or this number: perhaps the same person. At most five."""
    keys = {"email_key": identity.email_key(email), "phone_key": identity.phone_key(phone)}
    found: dict[int, Lead] = {}
    for name, key in keys.items():
        if key is not None:
            same = Lead.objects.filter(**{name: key}, merged_into=None).select_related("company", "owner")
            found |= {lead.pk: lead for lead in same.order_by("pk")[:5]}
    return [lead for lead in found.values() if beside is None or lead.pk != beside.pk][:5]


def _changes(lead: Lead) -> Any:
    mine = AttributeChange.objects.filter(lead=lead)
    return mine | AttributeChange.objects.filter(company=lead.company_id) if lead.company_id else mine


def _name(change: AttributeChange) -> str:
    return COMPANY_PREFIX + change.field if change.company_id else change.field


def _clash(change: AttributeChange, wanted: Mapping[str, Any]) -> bool:
    if _name(change) == "company":
        return any(name.startswith(COMPANY_PREFIX) for name in wanted)
    return _name(change) in wanted and wanted[_name(change)] != change.new


def _for_intake(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """`company.*` as the mapping the intake door takes."""
    values = {name: value for name, value in wanted.items() if not name.startswith(COMPANY_PREFIX)}
    company = {
        name.removeprefix(COMPANY_PREFIX): value
        for name, value in wanted.items()
        if name.startswith(COMPANY_PREFIX)
    }
    return values | ({"company": company} if company else {})
