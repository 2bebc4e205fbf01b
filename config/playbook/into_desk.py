"""Publishing at the desk: policies in versions, queues and their members."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import F, Q

from config.playbook.edition import Edition, differs
from config.playbook.into_ground import people_by_address
from handoff import news
from handoff.models import Handoff, Policy, Queue, QueueMember
from leads import lifecycle
from leads.models import Team, User


def lock(edition: Edition) -> list[int]:
    """Locks, as routing does, leads before queues. Answers the leads whose next actor or deadline may be
    another one afterwards."""
    touched = Queue.objects.filter(
        Q(slug__in=edition.changed("queues"))
        | Q(team__slug__in=edition.changed("teams"))
        | Q(team__calendar__slug__in=edition.changed("calendars"))
        | Q(policy_slug__in=edition.changed("policies"))
    )
    held = Handoff.objects.open().filter(queue__in=list(touched.values_list("pk", flat=True)))
    leads = lifecycle.lock(held.values_list("lead_id", flat=True))
    list(Queue.objects.select_for_update().order_by("pk").values_list("pk"))
    return list(leads)


def publish_policies(edition: Edition) -> None:
    """A new version of each policy that changed; running handoffs keep the one they were offered under."""
    newest = {one.slug: one for one in Policy.objects.order_by("slug", "version")}
    for slug, body in edition.entries("policies"):
        last = newest.get(slug)
        if last is None or differs(last.body, body):
            Policy.objects.create(
                slug=slug, version=last.version + 1 if last else 1, body=body,
                published_at=edition.now, published_by=edition.by,
            )  # fmt: skip


def publish_queues(edition: Edition) -> None:
    """Queues and members as the file says. One that is gone is closed, never deleted: its handoffs stay
    with those who hold them, those still waiting are routed anew, and credits are kept for a return."""
    queues, people = edition.sections["queues"], people_by_address(edition.sections["people"])
    teams = Team.objects.in_bulk([body["team"] for body in queues.values()], field_name="slug")
    for position, (slug, body) in enumerate(queues.items()):
        queue, _ = Queue.objects.update_or_create(slug=slug, defaults=_fields(body, teams, position))
        if slug in edition.changed("queues"):
            _seat(queue, body["members"], people)
    gone = Queue.objects.exclude(slug__in=queues)
    QueueMember.objects.filter(queue__in=gone, is_active=True).update(is_active=False)
    gone.filter(is_active=True).update(is_active=False)
    _route_strays_anew(edition)
    _look_again(edition)


def _fields(body: Mapping[str, Any], teams: Mapping[str, Team], position: int) -> dict[str, Any]:
    return {
        "lane": body["lane"],
        "team": teams[body["team"]],
        "policy_slug": body["policy"],
        "strategy": body["strategy"],
        "release_per_day": body.get("release_per_day"),
        "position": position,
        "is_active": True,
    }


def _seat(queue: Queue, members: list[dict[str, Any]], people: Mapping[str, User]) -> None:
    for position, body in enumerate(members):
        QueueMember.objects.update_or_create(
            queue=queue,
            user=people[body["user"]],
            defaults={
                "weight": body.get("weight", 1),
                "max_open": body.get("max_open"),
                "max_per_day": body.get("max_per_day"),
                "position": position,
                "is_active": True,
            },
        )
    stay = [people[body["user"]].pk for body in members]
    queue.members.filter(is_active=True).exclude(user__in=stay).update(is_active=False)


def _route_strays_anew(edition: Edition) -> None:
    """Nobody would ever take what waits in a closed queue, or in one of another lane."""
    strays = Handoff.objects.waiting().filter(Q(queue__is_active=False) | ~Q(queue__lane=F("lane")))
    ids = list(strays.exclude(queue=None).values_list("pk", flat=True))
    if ids:
        Handoff.objects.filter(pk__in=ids).update(queue=None, route_at=edition.now, version=F("version") + 1)
        news.waiting.announce(handoff_ids=ids)


def _look_again(edition: Edition) -> None:
    """What waits for the next day of a queue may have room today under its new limit."""
    held = Handoff.objects.waiting().filter(
        queue__slug__in=edition.changed("queues"), waiting_because=Handoff.CAPACITY
    )
    ids = list(held.values_list("pk", flat=True))
    if ids:
        Handoff.objects.filter(pk__in=ids).update(route_at=edition.now)
        news.waiting.announce(handoff_ids=ids)


def seat_teams() -> None:
    """The members of a team are the active members of its open queues."""
    members = QueueMember.objects.filter(is_active=True, queue__is_active=True)
    for team in Team.objects.all():
        team.members.set(members.filter(queue__team=team).values_list("user", flat=True))
