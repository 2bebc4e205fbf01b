"""Sections about who works here and when: people, calendars, teams."""

from __future__ import annotations

from typing import Any

from config.playbook.ground import Calendar
from config.playbook.problems import Path
from config.playbook.reading import Reading
from config.playbook.shapes import (
    Email,
    Fields,
    Label,
    ListOf,
    MapOf,
    Maybe,
    Named,
    OneOf,
    Text,
    Zone,
    identifier,
)
from config.playbook.units import Date
from leads import roles

LANGUAGES = ("ja", "en")
TEAM_KINDS = (roles.MARKETING, roles.INSIDE_SALES, roles.FIELD_SALES)


def _not_their_own_deputy(people: dict[str, Any], path: Path, reading: Reading) -> None:
    for email, person in people.items():
        if person.get("deputy") == email:
            reading.refuse((*path, email, "deputy"), "own_deputy")


def _not_reserved(calendars: dict[str, Any], path: Path, reading: Reading) -> None:
    for name in ("team", "rep"):  # these words mean something else in `policies.*.calendar`
        if name in calendars:
            reading.refuse((*path, name), "reserved_name", at_key=True, value=name)


NAME = Fields(
    {
        "family": Text(80),
        "given": Maybe(Text(80)),
        "family_kana": Maybe(Text(80)),
        "given_kana": Maybe(Text(80)),
    }
)

PERSON = Fields(
    {
        "name": NAME,
        "roles": ListOf(OneOf(roles.ALL), least=1, unique=True),
        "language": OneOf(LANGUAGES),
        "side": OneOf(roles.SIDES),
        "timezone": Maybe(Zone()),
        "deputy": Maybe(Named("people")),
        "ends_on": Maybe(Date()),
    }
)

PEOPLE = MapOf(PERSON, keys=Email(), least=1, then=_not_their_own_deputy)

CALENDARS = MapOf(Calendar(), keys=identifier(key=True), least=1, then=_not_reserved)

TEAM = Fields(
    {
        "kind": OneOf(TEAM_KINDS),
        "calendar": Named("calendars"),
        "lead": Named("people"),
        "label": Maybe(Label()),
    }
)

TEAMS = MapOf(TEAM, least=1)
