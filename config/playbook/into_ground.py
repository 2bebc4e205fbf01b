"""Publishing on the ground floor: people, calendars, teams, and the sections kept as they are written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models.functions import Lower

from config.playbook.edition import CONTENTS, HEAD, HEAD_KEYS, KEPT_AS_WRITTEN, Edition, differs
from leads import calendars, news
from leads.models import Calendar, PlaybookSection, Team, User


def publish_people(edition: Edition) -> None:
    """Who is missing is invited without a password; who is known keeps theirs and gets the file's words."""
    bodies = dict(edition.entries("people"))
    known = people_by_address(edition.sections["people"])
    for email, body in bodies.items():
        if email in known:
            _change(known[email], _fields(body))
        else:
            zone = {"timezone": edition.sections["timezone"]}
            known[email] = User.objects.create_user(email, **(zone | _fields(body)))
    for email, body in bodies.items():
        _change(known[email], {"deputy_id": known[body["deputy"]].pk if "deputy" in body else None})


def people_by_address(addresses: Mapping[str, Any]) -> dict[str, User]:
    """The people behind addresses in lower case."""
    found = User.objects.annotate(address=Lower("email")).filter(address__in=list(addresses))
    return {user.email.lower(): user for user in found}


def _fields(body: Mapping[str, Any]) -> dict[str, Any]:
    names, zone = body["name"], {"timezone": body["timezone"]} if "timezone" in body else {}
    return zone | {
        "family_name": names["family"],
        "given_name": names.get("given", ""),
        "family_kana": names.get("family_kana", ""),
        "given_kana": names.get("given_kana", ""),
        "roles": body["roles"],
        "language": body["language"],
        "side": body["side"],
        "ends_on": date.fromisoformat(body["ends_on"]) if "ends_on" in body else None,
    }


def _change(user: User, fields: Mapping[str, Any]) -> None:
    changed = [name for name, value in fields.items() if getattr(user, name) != value]
    for name in changed:
        setattr(user, name, fields[name])
    if changed:
        user.save(update_fields=changed)


def publish_calendars(edition: Edition) -> None:
    """A calendar no longer in the file stays as it is: clocks of older policies may still count by it."""
    known = Calendar.objects.in_bulk(list(edition.sections["calendars"]), field_name="slug")
    for slug, body in edition.entries("calendars"):
        if slug not in known or differs(known[slug].body, body):
            calendars.save(slug, body, by=edition.by, now=edition.now)


def publish_teams(edition: Edition) -> None:
    """A team no longer in the file stays for its history; it has no queues, and so no members."""
    leads = people_by_address(edition.sections["people"])
    hours = Calendar.objects.in_bulk(list(edition.sections["calendars"]), field_name="slug")
    before = dict(Team.objects.values_list("slug", "calendar__slug"))
    for slug, body in edition.entries("teams"):
        calendar = hours[body["calendar"]]
        Team.objects.update_or_create(
            slug=slug,
            defaults={
                "kind": body["kind"],
                "calendar": calendar,
                "lead": leads[body["lead"]],
                "label": body.get("label", {}),
            },
        )
        if slug in before and before[slug] != calendar.slug:
            news.calendar_changed.announce(calendar=calendar, now=edition.now)


def publish_sections(edition: Edition) -> None:
    """A new version of each section that changed, and of the list of what the file names."""
    if edition.changes(*HEAD_KEYS):
        edition.keep(HEAD, {key: edition.sections[key] for key in HEAD_KEYS})
    for name in KEPT_AS_WRITTEN:
        if edition.changes(name):
            edition.keep(name, edition.sections.get(name, {}))
    contents = _contents(edition.sections)
    if differs(PlaybookSection.objects.current(CONTENTS), contents):
        edition.keep(CONTENTS, contents)


def _contents(sections: Mapping[str, Any]) -> dict[str, list[Any]]:
    people = people_by_address(sections["people"])
    named = {name: list(sections[name]) for name in ("calendars", "teams", "policies")}
    return {"people": [people[email].pk for email in sections["people"]], **named}
