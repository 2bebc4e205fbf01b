"""A playbook on its way into the tables: what it says, what of it is new, who publishes it and since when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from config.playbook.difference import Difference, difference
from leads.models import PlaybookSection, User

HEAD = "head"
HEAD_KEYS = ("playbook", "name", "timezone", "locale")
CONTENTS = "contents"  # what of people, calendars, teams and policies the file names, in its order
KEPT_AS_WRITTEN = ("stages", "lanes", "activity_types", "reasons", "routing", "personas", "agreement")


@dataclass(frozen=True)
class Edition:
    sections: Mapping[str, Any]
    differences: Sequence[Difference]
    by: User | None
    now: datetime

    def changes(self, *sections: str) -> bool:
        return any(one.path[0] in sections for one in self.differences)

    def changed(self, section: str) -> set[str]:
        """The names of a section whose entries are new, other than before, or gone."""
        return {str(part) for one in self.differences if one.path[0] == section for part in one.path[1:2]}

    def entries(self, section: str) -> Iterator[tuple[str, Any]]:
        """The new and changed entries of a section, in the order of the file."""
        changed = self.changed(section)
        yield from ((name, body) for name, body in self.sections[section].items() if name in changed)

    def keep(self, name: str, body: Any) -> None:
        """The next version of a section that has no table of its own."""
        last = PlaybookSection.objects.filter(name=name).order_by("-version").first()
        PlaybookSection.objects.create(
            name=name, version=last.version + 1 if last else 1, body=body,
            published_at=self.now, published_by=self.by,
        )  # fmt: skip


def differs(old: Any, new: Any) -> bool:
    """Do two bodies say different things? (To Python true is 1, to a playbook it is not.)"""
    return bool(difference({"": old}, {"": new}))
