"""When two playbooks mean the same, whatever they leave unsaid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from config.playbook.difference import Difference, difference

MAY_BE_EMPTY = ("activity_types", "personas", "agreement")


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    """What of `new` is not so in `old` (which may be empty), entry by entry."""
    old, new = _said(old), _said(new)
    begun = {name: {} for name, body in new.items() if isinstance(body, dict) and name != "name"}
    return difference(begun | _without_own_zones(old, new), new)


def _said(sections: Mapping[str, Any]) -> dict[str, Any]:
    """The sections without what goes without saying: empty ones, and a weight of 1."""
    said = {name: body for name, body in sections.items() if body or name not in MAY_BE_EMPTY}
    if "queues" in said:
        said["queues"] = {slug: _queue(queue) for slug, queue in said["queues"].items()}
    return said


def _queue(queue: Mapping[str, Any]) -> dict[str, Any]:
    members = [
        {key: value for key, value in member.items() if (key, value) != ("weight", 1)}
        for member in queue["members"]
    ]
    return {**queue, "members": members}


def _without_own_zones(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """A time zone the new file does not state is the person's own choice, and stays."""
    people = {
        email: {key: value for key, value in person.items() if key != "timezone" or key in after}
        for email, person in old.get("people", {}).items()
        for after in [new["people"].get(email, person)]
    }
    return {**old, "people": people} if people else dict(old)
