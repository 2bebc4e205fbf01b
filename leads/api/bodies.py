"""What may be said of a lead from outside, and what the doors make of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from config.api.bodies import Body
from config.api.fields import (
    Choice,
    Email,
    Moment,
    Phone,
    PlainObject,
    Strict,
    Text,
    Whole,
    YesNo,
    not_ahead,
    refused,
)  # fmt: skip
from leads import identity, roles
from leads.api.words import sentence
from leads.intake import IntakeRefused
from leads.models import Campaign, User
from leads.models.companies import RELATIONS
from leads.sources.cells import LONGEST_NOTE, MOST_EMPLOYEES

TOLD = frozenset(
    {
        "id", "recorded_at", "stage", "stage_entered_at", "outcome", "readiness", "fit", "interest",
        "next_side", "next_actor", "next_due_at", "wake_at",
    }
)  # fmt: skip


class Domain(Text):
    def to_internal_value(self, data: str) -> str:
        said = super().to_internal_value(data)
        if said and not identity.bare_domain(said):
            self.fail("not_a_domain")
        return said


class CompanyBody(Body):
    told = frozenset({"id"})

    name = Text(300, required=False)
    domain = Domain(253, required=False)
    industry = Text(120, required=False)
    employees = Whole(0, MOST_EMPLOYEES, required=False, allow_null=True)
    country = Text(80, required=False)
    prefecture = Text(80, required=False)
    relation = Choice(RELATIONS, required=False)
    attributes = PlainObject(required=False)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """A name alone is a company too."""
        return super().to_internal_value({"name": data} if isinstance(data, str) else data)


@extend_schema_field(
    {"oneOf": [{"type": "integer"}, {"type": "string", "format": "email"}], "nullable": True}
)
class PersonField(Strict):
    """A colleague by number or e-mail address."""

    def to_internal_value(self, data: Any) -> User:
        by = {"pk": data} if isinstance(data, int) and not isinstance(data, bool) else {"email__iexact": data}
        found = User.objects.filter(**by, is_active=True).first() if isinstance(data, int | str) else None
        if found is None:
            raise refused("does_not_exist")
        return found

    def to_representation(self, value: Any) -> Any:
        return value


def campaign(external_id: str, *, now: datetime) -> Campaign:
    """The campaign of this external id; one nobody knows yet is kept under that name."""
    known, _ = Campaign.objects.get_or_create(
        external_id=external_id, defaults={"name": external_id, "recorded_at": now}
    )
    return known


class LeadBody(Body):
    told = TOLD | {"version", "owner", "created_at"}

    external_id = Text(200, required=False, allow_null=True)
    email = Email(320, required=False)
    phone = Phone(64, required=False)
    name = Text(200, required=False)
    family_name = Text(100, required=False)
    given_name = Text(100, required=False)
    family_name_kana = Text(100, required=False)
    given_name_kana = Text(100, required=False)
    company = CompanyBody(required=False)
    department = Text(200, required=False)
    title = Text(200, required=False)
    source = Text(120, required=False)
    campaign = Text(
        200, required=False, allow_null=True, help_text="The campaign's external_id; a new one is kept"
    )
    note = Text(LONGEST_NOTE, required=False, lines=True)
    mail_opt_out = YesNo(required=False)
    do_not_contact = YesNo(required=False)
    attributes = PlainObject(required=False)

    def validate_external_id(self, said: str | None) -> str | None:
        return said or None


class NewLead(LeadBody):
    """A lead that comes in. Of its owner and its date only a new one takes notice."""

    told = TOLD | {"version"}

    owner = PersonField(required=False, allow_null=True)
    created_at = Moment(required=False)

    def validate_created_at(self, at: datetime) -> datetime:
        return not_ahead(at, self.context["now"])

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        if not any(said.get(name) for name in KNOWN_BY):
            raise serializers.ValidationError(
                {"email": [ErrorDetail(sentence("nobody_to_know"), code="nobody_to_know")]}
            )
        return said


KNOWN_BY = ("external_id", "email", "phone", "name", "family_name", "given_name")


class LeadChange(LeadBody):
    version = Whole(
        0, required=False, help_text="The lead's version as you read it; an older one is a conflict"
    )


def change(said: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    """The values of a correction: what is sent empty is emptied."""
    values = dict(said)
    if "campaign" in values:
        values["campaign"] = campaign(values["campaign"], now=now) if values["campaign"] else None
    return values


def arriving(said: Mapping[str, Any], *, by: User, now: datetime) -> dict[str, Any]:
    """The values the intake takes: what is empty says nothing; a rep's own find is theirs."""
    values = change({name: value for name, value in said.items() if value not in ("", None)}, now=now)
    if "company" in values:
        values["company"] = {name: one for name, one in values["company"].items() if one not in ("", None)}
    owner = values.get("owner")
    if owner is not None and owner != by and not by.has_role(roles.MARKETER, roles.MANAGER, roles.ADMIN):
        raise IntakeRefused("not_yours_to_give", "owner")
    if owner is None and by.is_rep:
        values["owner"] = by
    return values
