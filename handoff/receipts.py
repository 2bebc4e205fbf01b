"""What a reader sees of why a lead went to whom it went (decision 0101)."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from handoff import routing
from handoff.models import Handoff, QueueMember
from leads.models import User

ABOUT_PEOPLE = ("candidates", "preferred")
OF_A_COLLEAGUE = ("user", "excluded")


class Reader:
    """One person, and the queues and teams they work in, asked once for a list of handoffs."""

    def __init__(self, user: User) -> None:
        self.user = user

    def receipt(self, handoff: Handoff) -> dict[str, Any]:
        """Who manages the queue: all of it. Who works there: every reason, and one's own load. Else: the
        outcome."""
        said: dict[str, Any] = handoff.routing
        if not said or self._manages(handoff):
            return said
        if not self._works_with(handoff):
            return {name: value for name, value in said.items() if name not in ABOUT_PEOPLE}
        return said | {"candidates": [self._line(one) for one in said.get("candidates", ())]}

    def why_not(self, handoff: Handoff) -> dict[int, str]:
        """By member, what kept them or went first; nobody's for who is not of the queue."""
        return routing.why_not(handoff.routing) if handoff.routing and self._may_ask(handoff) else {}

    def passed_over(self, handoff: Handoff) -> list[tuple[int, str, str]]:
        """Who would have been asked first and could not, likewise."""
        return routing.passed_over(handoff.routing) if handoff.routing and self._may_ask(handoff) else []

    def _may_ask(self, handoff: Handoff) -> bool:
        return self._manages(handoff) or self._works_with(handoff)

    def _manages(self, handoff: Handoff) -> bool:
        return self.user.may_manage(handoff.queue.team if handoff.queue else None)

    def _works_with(self, handoff: Handoff) -> bool:
        queue = handoff.queue
        return queue is not None and (queue.pk in self._queues or queue.team_id in self._teams)

    def _line(self, candidate: dict[str, Any]) -> dict[str, Any]:
        if candidate["user"] == self.user.pk:
            return candidate
        return {name: candidate[name] for name in OF_A_COLLEAGUE}

    @cached_property
    def _queues(self) -> set[int]:
        seats = QueueMember.objects.filter(user=self.user, is_active=True)
        return set(seats.values_list("queue_id", flat=True))

    @cached_property
    def _teams(self) -> set[int]:
        return set(self.user.teams.values_list("pk", flat=True))
