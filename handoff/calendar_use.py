"""Who counts by a calendar, who may read one, and who may change it (PRODUCT 11)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet

from handoff.models import Policy, Queue
from leads import roles
from leads.models import Calendar, Team, User


@dataclass
class Use:
    """The teams that work by a calendar, and the policies that name it whoever's queue it is."""

    teams: list[Team] = field(default_factory=list)
    policies: list[str] = field(default_factory=list)
    asked: list[Team] = field(default_factory=list)  # teams of the queues with such a policy

    def may_edit(self, user: User) -> bool:
        """An administrator; a manager of a team that counts by it; of one nobody uses, any manager."""
        if user.has_role(roles.ADMIN):
            return True
        users = [*self.teams, *self.asked]
        return user.is_manager and (not users or any(user.may_manage(team) for team in users))


def uses(calendars: Iterable[Calendar]) -> dict[int, Use]:
    """By calendar; three statements, however many there are."""
    found = {one.pk: Use() for one in calendars}
    for team in Team.objects.filter(calendar__in=found).order_by("slug"):
        found[team.calendar_id].teams.append(team)
    named = _named()
    slugs = dict(Calendar.objects.filter(slug__in=named.values()).values_list("slug", "pk"))
    for queue in Queue.objects.filter(is_active=True).select_related("team"):
        use = found.get(slugs.get(named.get(queue.policy_slug, ""), 0))
        if use is not None:
            use.asked.append(queue.team)
    for policy, calendar in sorted(named.items()):
        if slugs.get(calendar) in found:
            found[slugs[calendar]].policies.append(policy)
    return found


def readable_by(user: User) -> QuerySet[Calendar]:
    """All for managers, administrators and marketing; else those one's own work is counted by."""
    rows = Calendar.objects.all()
    if user.sees_all_leads or user.has_role(roles.MANAGER, roles.ADMIN):
        return rows
    queues = Queue.objects.filter(members__user=user, members__is_active=True)
    named = _named()
    mine = [named[slug] for slug in queues.values_list("policy_slug", flat=True) if slug in named]
    ours = Q(teams__in=user.teams.values("pk")) | Q(teams__in=queues.values("team"))
    return rows.filter(ours | Q(slug__in=mine)).distinct()


def _named() -> dict[str, str]:
    """The calendar each policy names in its newest version, where it names one."""
    bodies = dict(Policy.objects.order_by("version").values_list("slug", "body"))
    said = {slug: str(body.get("calendar", "team")) for slug, body in bodies.items()}
    return {slug: calendar for slug, calendar in said.items() if calendar not in ("team", "rep")}
