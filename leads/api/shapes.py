"""How people, companies and leads look in the API. A list and a single lead are read the same way."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import Http404
from rest_framework import serializers

from leads import roles, stages
from leads.models import Lead, Standing, User
from leads.models.companies import RELATIONS

TEXTS = (
    "external_id", "email", "phone", "name", "family_name", "given_name", "family_name_kana",
    "given_name_kana", "department", "title", "source", "note", "mail_opt_out", "do_not_contact",
    "attributes", "created_at", "version", "stage", "stage_entered_at", "outcome",
    "next_side", "next_due_at", "wake_at",
)  # fmt: skip
PAUSED = (stages.MQL, stages.SAL, stages.SQL)  # the stages of an open handoff
POINTS = ("readiness", "fit", "interest", "readiness_class")
COMPANY = ("name", "domain", "industry", "employees", "country", "prefecture", "relation", "attributes")
PERSON = ("family_name", "given_name", "email")
COLUMNS = (
    *POINTS,
    *(f"lead__{name}" for name in TEXTS),
    "lead__campaign__external_id",
    "lead__company_id",
    *(f"lead__company__{name}" for name in COMPANY),
    *(
        f"lead__{who}{part}"
        for who in ("owner", "next_actor")
        for part in ("_id", *(f"__{p}" for p in PERSON))
    ),
)


class PersonShape(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    email = serializers.CharField()


class CompanyShape(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    domain = serializers.CharField()
    industry = serializers.CharField()
    employees = serializers.IntegerField(allow_null=True)
    country = serializers.CharField()
    prefecture = serializers.CharField()
    relation = serializers.ChoiceField(RELATIONS)
    attributes = serializers.DictField()


class LeadShape(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    external_id = serializers.CharField(allow_null=True)
    email = serializers.CharField()
    phone = serializers.CharField()
    name = serializers.CharField()
    family_name = serializers.CharField()
    given_name = serializers.CharField()
    family_name_kana = serializers.CharField()
    given_name_kana = serializers.CharField()
    company = CompanyShape(allow_null=True)
    department = serializers.CharField()
    title = serializers.CharField()
    source = serializers.CharField()
    campaign = serializers.CharField(allow_null=True, help_text="The campaign's external_id")
    note = serializers.CharField()
    mail_opt_out = serializers.BooleanField()
    do_not_contact = serializers.BooleanField()
    attributes = serializers.DictField()
    created_at = serializers.DateTimeField()
    version = serializers.IntegerField(help_text="Rises with every stage change")
    stage = serializers.ChoiceField(stages.STAGES)
    stage_entered_at = serializers.DateTimeField()
    outcome = serializers.ChoiceField(stages.OUTCOMES, allow_null=True)
    readiness = serializers.IntegerField()
    fit = serializers.IntegerField()
    interest = serializers.IntegerField()
    readiness_class = serializers.CharField(help_text="now, future, nurture, out; empty before any score")
    owner = PersonShape(allow_null=True)
    next_side = serializers.CharField()
    next_actor = PersonShape(allow_null=True)
    next_due_at = serializers.DateTimeField(allow_null=True)
    wake_at = serializers.DateTimeField(allow_null=True)
    nurture_paused = serializers.BooleanField(help_text="Sales has it: marketing's own mail waits")


def person(user: User | None) -> dict[str, Any] | None:
    return {"id": user.pk, "name": user.name, "email": user.email} if user else None


def lead(row: Mapping[str, Any], reader: User) -> dict[str, Any]:
    """A row of COLUMNS as the API shows it to `reader`."""
    found: dict[str, Any] = {"id": row["lead_id"]}
    found |= {name: row[f"lead__{name}"] for name in TEXTS}
    found |= {name: row[name] for name in POINTS}
    found["nurture_paused"] = found["stage"] in PAUSED and found["outcome"] is None
    found["campaign"] = row["lead__campaign__external_id"]
    found["company"] = _company(row)
    found["owner"], found["next_actor"] = _person(row, "owner"), _person(row, "next_actor")
    return masked(found) if reader.has_role(roles.PARTNER_CALLER) else found


def one(pk: int, reader: User) -> dict[str, Any]:
    """A lead this person may see. Raises Http404 for any other number."""
    mine = Lead.objects.visible_to(reader).filter(pk=pk)
    row = Standing.objects.filter(lead__in=mine.values("pk")).values("lead_id", *COLUMNS).first()
    if row is None:
        raise Http404
    return lead(row, reader)


def again(pk: int, reader: User) -> dict[str, Any]:
    """A lead after an act of somebody who saw it a moment ago, and may not see it any more."""
    return lead(Standing.objects.filter(pk=pk).values("lead_id", *COLUMNS).get(), reader)


def masked(found: dict[str, Any]) -> dict[str, Any]:
    """A partner caller never reads a whole number or address (PRODUCT 11)."""
    local, at, domain = found["email"].partition("@")
    return found | {
        "phone": re.sub(r"\d(?=(?:\D*\d){4})", "*", found["phone"]),
        "email": f"{local[:1]}***{at}{domain}" if found["email"] else "",
    }


def utc(at: datetime | None) -> str | None:
    """A moment as every answer writes it."""
    return at.isoformat().replace("+00:00", "Z") if at else None


def _company(row: Mapping[str, Any]) -> dict[str, Any] | None:
    if row["lead__company_id"] is None:
        return None
    return {"id": row["lead__company_id"]} | {name: row[f"lead__company__{name}"] for name in COMPANY}


def _person(row: Mapping[str, Any], who: str) -> dict[str, Any] | None:
    if row[f"lead__{who}_id"] is None:
        return None
    family, given, email = (row[f"lead__{who}__{part}"] for part in PERSON)
    name = " ".join(part for part in (family, given) if part) or email
    return {"id": row[f"lead__{who}_id"], "name": name, "email": email}
