"""The playbook in force, read back from the tables as one file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from config.playbook.check import PLAYBOOK
from config.playbook.edition import CONTENTS, HEAD, HEAD_KEYS, KEPT_AS_WRITTEN
from config.playbook.write import write
from handoff.models import Policy, Queue, QueueMember
from leads.models import Calendar, PlaybookSection, Team, User
from scoring.models import ScoringModel


def text(*, heading: str = "") -> str:
    """The playbook in force as YAML; empty where none was ever applied."""
    sections = current()
    return write(sections, heading=heading) if sections else ""


def current() -> dict[str, Any]:
    """The sections of the playbook in force, in the order of the format; {} where none was applied."""
    kept = PlaybookSection.objects.newest()
    if HEAD not in kept:
        return {}
    named = kept[CONTENTS]
    found = {key: kept[HEAD][key] for key in HEAD_KEYS} | {name: kept.get(name) for name in KEPT_AS_WRITTEN}
    found |= {
        "people": _people(named["people"], home=kept[HEAD]["timezone"]),
        "calendars": _calendars(named["calendars"]),
        "teams": _teams(named["teams"]),
        "policies": _policies(named["policies"]),
        "queues": _queues(),
        "scoring": _scoring(),
    }
    return {name: found[name] for name in PLAYBOOK.shapes if found[name] not in (None, {})}


def _people(ids: Sequence[int], *, home: str) -> dict[str, Any]:
    known = User.objects.select_related("deputy").in_bulk(ids)
    return {known[pk].email.lower(): _person(known[pk], known, home) for pk in ids if pk in known}


def _person(user: User, known: Mapping[int, User], home: str) -> dict[str, Any]:
    names = {
        "family": user.family_name or user.email,
        "given": user.given_name,
        "family_kana": user.family_kana,
        "given_kana": user.given_kana,
    }
    return _without_nothing(
        {
            "name": _without_nothing(names),
            "roles": user.roles,
            "language": user.language,
            "side": user.side,
            "timezone": user.timezone if user.timezone != home else None,
            "deputy": user.deputy.email.lower() if user.deputy and user.deputy.pk in known else None,
            "ends_on": user.ends_on.isoformat() if user.ends_on else None,
        }
    )


def _calendars(slugs: Sequence[str]) -> dict[str, Any]:
    known = Calendar.objects.in_bulk(slugs, field_name="slug")
    return {slug: known[slug].body for slug in slugs if slug in known}


def _teams(slugs: Sequence[str]) -> dict[str, Any]:
    known = Team.objects.select_related("calendar", "lead").in_bulk(slugs, field_name="slug")
    return {slug: _team(known[slug]) for slug in slugs if slug in known}


def _team(team: Team) -> dict[str, Any]:
    return _without_nothing(
        {
            "kind": team.kind,
            "calendar": team.calendar.slug,
            "lead": team.lead.email.lower() if team.lead else None,
            "label": team.label,
        }
    )


def _policies(slugs: Sequence[str]) -> dict[str, Any]:
    newest = {one.slug: one.body for one in Policy.objects.filter(slug__in=slugs).order_by("version")}
    return {slug: newest[slug] for slug in slugs if slug in newest}


def _queues() -> dict[str, Any]:
    queues = Queue.objects.filter(is_active=True).select_related("team")
    members: dict[int, list[QueueMember]] = {queue.pk: [] for queue in queues}
    for member in QueueMember.objects.filter(queue__in=members, is_active=True).select_related("user"):
        members[member.queue_id].append(member)
    return {queue.slug: _queue(queue, members[queue.pk]) for queue in queues}


def _queue(queue: Queue, members: Sequence[QueueMember]) -> dict[str, Any]:
    body = _without_nothing(
        {
            "lane": queue.lane,
            "team": queue.team.slug,
            "policy": queue.policy_slug,
            "strategy": queue.strategy,
            "release_per_day": queue.release_per_day,
        }
    )
    return body | {"members": [_member(member, weighted=queue.strategy == "weighted") for member in members]}


def _member(member: QueueMember, *, weighted: bool) -> dict[str, Any]:
    weight = int(member.weight) if member.weight == int(member.weight) else member.weight
    return _without_nothing(
        {
            "user": member.user.email.lower(),
            "weight": weight if weighted or weight != 1 else None,
            "max_open": member.max_open,
            "max_per_day": member.max_per_day,
        }
    )


def _scoring() -> Any:
    newest = ScoringModel.objects.order_by("version").last()
    return newest.body if newest else None


def _without_nothing(body: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if value not in (None, "", {})}
