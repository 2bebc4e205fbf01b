"""What happened, told from outside: one activity or thousands, each answered by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from config.api import parsers
from config.api.bodies import Body
from config.api.fields import Choice, Moment, PlainObject, Strict, Text, Whole, refused
from config.api.problems import Error, flat, refuse
from config.api.views import ApiView
from leads import activity_types, identity, intake, roles
from leads.api.bodies import campaign
from leads.api.words import sentence
from leads.models import Campaign, Lead, User
from leads.models.activities import ACTION, HUMAN, MACHINE, REACTION, SUSPECT

MOST = 5_000
MOST_BYTES = 5 * 1024 * 1024
TOGETHER = 500  # ids asked for in one statement
SOURCE = "api"
WEB = ("http://", "https://")


class LeadReference(Body):
    id = Whole(1, required=False)
    external_id = Text(200, required=False)
    email = Text(320, required=False)


REFERENCE = {
    name: {"type": kind} for name, kind in (("id", "integer"), ("external_id", "string"), ("email", "string"))
}


@extend_schema_field({"oneOf": [{"type": "integer"}, {"type": "object", "properties": REFERENCE}]})
class WhichLead(Strict):
    """A lead's number, or an object with one of id, external_id, email; read as (name, value)."""

    def to_internal_value(self, data: Any) -> tuple[str, Any]:
        if isinstance(data, int) and not isinstance(data, bool):
            return "id", data
        said = {name: value for name, value in LeadReference.read(data).items() if value not in ("", None)}
        if len(said) != 1:
            raise refused("one_of_id_external_id_email")
        return next(iter(said.items()))

    def to_representation(self, value: Any) -> Any:
        return value


class ActivityBody(Body):
    told = frozenset({"id", "recorded_at"})

    lead = WhichLead()
    type = Text(60)
    direction = Choice((ACTION, REACTION), required=False)
    occurred_at = Moment()
    channel = Text(40, required=False)
    campaign = Text(200, required=False, allow_null=True, help_text="The campaign's external_id")
    content = Text(300, required=False, help_text="Which mail, page or document")
    url = Text(4000, required=False)
    source = Text(120, required=False, help_text="Which system tells this; `api` unless given")
    external_id = Text(
        200, required=False, allow_null=True, help_text="Its number there: told twice, it is kept once"
    )
    genuine = Choice((HUMAN, SUSPECT, MACHINE), required=False)
    actor = serializers.JSONField(required=False, help_text="Who of us did it: id or e-mail")
    voids = Whole(1, required=False, allow_null=True)
    data = PlainObject(required=False)

    def validate_url(self, said: str) -> str:
        if ":" in said.partition("/")[0] and not said.lower().startswith(WEB):
            raise refused("invalid_url")
        return said

    def validate_type(self, said: str) -> str:
        if not said:
            raise refused("blank")
        return said


class ErrorShape(serializers.Serializer[Any]):
    field = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()


class ItemShape(serializers.Serializer[Any]):
    index = serializers.IntegerField()
    status = serializers.ChoiceField(("created", "duplicate", "rejected"))
    id = serializers.IntegerField(required=False)
    errors = ErrorShape(many=True, required=False)


class RecordedShape(serializers.Serializer[Any]):
    items = ItemShape(many=True)
    created = serializers.IntegerField()
    duplicate = serializers.IntegerField()
    rejected = serializers.IntegerField()


class Activities(ApiView):
    most_bytes = MOST_BYTES

    @extend_schema(
        operation_id="activities_create",
        request=PolymorphicProxySerializer(
            "OneOrManyActivities",
            [ActivityBody, ActivityBody(many=True)],
            resource_type_field_name=None,
            many=False,
        ),
        responses=RecordedShape,
    )
    def post(self, request: Request) -> Response:
        """One activity or up to 5,000; each is created, known already, or rejected with its reasons."""
        told = _items(request)
        reading = _Reading(request.user, self.now)
        reading.read(told)
        answers = intake.record(reading.good, now=self.now)
        return Response(_body(len(told), reading, answers))


def _items(request: Request) -> list[Any]:
    told = request.data
    if isinstance(told, list):
        if len(told) > MOST:
            raise refuse("too_many_items", most=MOST)
        return told
    if int(request.META.get("CONTENT_LENGTH") or 0) > parsers.MOST_BYTES:
        raise parsers.too_large(parsers.MOST_BYTES)
    return [told]


@dataclass
class _Reading:
    """Items read one by one, their leads, people and campaigns looked up together."""

    user: User
    now: datetime
    good: list[intake.NewActivity] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    errors: dict[int, list[Error]] = field(default_factory=dict)

    def read(self, told: Sequence[Any]) -> None:
        body = ActivityBody(context={"now": self.now})
        said: dict[int, dict[str, Any]] = {}
        for place, item in enumerate(told):
            try:
                said[place] = body.run_validation(item)
            except ValidationError as wrong:
                self.errors[place] = list(flat(wrong.detail))
        leads = Leads.found({one["lead"] for one in said.values()}, self.user)
        people = _people(one.get("actor") for one in said.values())
        campaigns = _campaigns({one.get("campaign") for one in said.values()} - {None, ""}, now=self.now)
        for place, one in said.items():
            try:
                self.good.append(self._activity(one, leads, people, campaigns))
                self.places.append(place)
            except ValidationError as wrong:
                self.errors[place] = list(flat(wrong.detail))

    def _activity(
        self,
        said: dict[str, Any],
        leads: Leads,
        people: Mapping[Any, User],
        campaigns: Mapping[str, Campaign],
    ) -> intake.NewActivity:
        return intake.NewActivity(
            lead_id=leads.one(said["lead"]), type=said["type"], occurred_at=said["occurred_at"],
            source=said.get("source") or SOURCE, direction=said.get("direction", ""),
            external_id=said.get("external_id") or None, channel=said.get("channel", ""),
            campaign=campaigns.get(said.get("campaign") or ""), content=said.get("content", ""),
            url=said.get("url", ""), genuine=said.get("genuine", HUMAN), actor=self._actor(said, people),
            voids_id=said.get("voids"), data=said.get("data", {}),
        )  # fmt: skip

    def _actor(self, said: Mapping[str, Any], people: Mapping[Any, User]) -> User | None:
        """A rep's acts are their own; marketing and managers tell what others did, too."""
        named = said.get("actor")
        if named is None:
            is_ours = said["type"] in activity_types.OUTBOUND
            return self.user if is_ours and self.user.is_rep else None
        person = people.get(_key(named))
        if person is None:
            raise _wrong("actor", "does_not_exist")
        if person != self.user and not self.user.has_role(roles.MARKETER, roles.MANAGER, roles.ADMIN):
            raise _wrong("actor", "not_yours_to_say")
        return person


@dataclass(frozen=True)
class Leads:
    """The leads a call speaks of, among those its caller may see."""

    ids: frozenset[int]
    by_external_id: Mapping[str, int]
    by_email: Mapping[str, list[int]]

    @classmethod
    def found(cls, wanted: Iterable[tuple[str, Any]], user: User) -> Leads:
        asked: dict[str, set[Any]] = {"id": set(), "external_id": set(), "email": set()}
        for name, value in wanted:
            asked[name].add(identity.email_key(value) if name == "email" else value)
        by_email: dict[str, list[int]] = {}
        for pk, key in _rows(user, "email_key", asked["email"] - {None}):
            by_email.setdefault(key, []).append(pk)
        return cls(
            frozenset(pk for pk, _ in _rows(user, "pk", asked["id"])),
            {external: pk for pk, external in _rows(user, "external_id", asked["external_id"])},
            by_email,
        )

    def one(self, which: tuple[str, Any]) -> int:
        name, value = which
        if name == "email":
            found = self.by_email.get(identity.email_key(value) or "", [])
            if len(found) > 1:
                raise _wrong("lead", "ambiguous_lead")
            pk = found[0] if found else None
        else:
            pk = self.by_external_id.get(value) if name == "external_id" else value
        if pk is None or (name == "id" and pk not in self.ids):
            raise _wrong("lead", "unknown_lead")
        return int(pk)


def _rows(user: User, name: str, values: set[Any]) -> Iterable[tuple[int, Any]]:
    wanted = sorted(values)
    for start in range(0, len(wanted), TOGETHER):
        chunk = wanted[start : start + TOGETHER]
        yield from Lead.objects.visible_to(user).filter(**{f"{name}__in": chunk}).values_list("pk", name)


def _people(named: Iterable[Any]) -> dict[Any, User]:
    """Colleagues by id and by address in small letters."""
    keys = {_key(one) for one in named if one is not None} - {None}
    if not keys:
        return {}
    ids = [key for key in keys if isinstance(key, int)]
    found = User.objects.filter(Q(pk__in=ids) | Q(email__in=[key for key in keys if isinstance(key, str)]))
    people: dict[Any, User] = {}
    for person in found.filter(is_active=True):
        people |= {person.pk: person, person.email.lower(): person}
    return people


def _key(named: Any) -> int | str | None:
    if isinstance(named, str):
        return named.strip().lower()[:320]
    return named if isinstance(named, int) and not isinstance(named, bool) else None


def _campaigns(external_ids: set[str], *, now: datetime) -> dict[str, Campaign]:
    known = {one.external_id: one for one in Campaign.objects.filter(external_id__in=sorted(external_ids))}
    return known | {name: campaign(name, now=now) for name in sorted(external_ids - known.keys())}


def _wrong(name: str, code: str) -> ValidationError:
    return ValidationError({name: [ErrorDetail(sentence(code), code=code)]})


def _body(count: int, reading: _Reading, answers: Sequence[intake.Recorded]) -> dict[str, Any]:
    recorded = dict(zip(reading.places, answers, strict=True))
    items = [_item(place, recorded.get(place), reading.errors.get(place, [])) for place in range(count)]
    tally = {
        status: sum(item["status"] == status for item in items)
        for status in ("created", "duplicate", "rejected")
    }
    return {"items": items} | tally


def _item(place: int, recorded: intake.Recorded | None, errors: Sequence[Error]) -> dict[str, Any]:
    if recorded is not None and recorded.status != "rejected":
        return {"index": place, "status": recorded.status, "id": recorded.id}
    if recorded is not None:
        errors = [Error(recorded.code, recorded.field, message=sentence(recorded.code))]
    return {"index": place, "status": "rejected", "errors": [error.as_dict() for error in errors]}
