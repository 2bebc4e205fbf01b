"""What changes from one playbook to the next, line by line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from config.playbook.problems import Path
from config.playbook.write import flow

NAMED_BY = ("id", "user")  # entries of a list with a name of their own are compared by it


class _Nothing:
    """Stands for a value that is not there; null is a value."""


NOTHING = _Nothing()


@dataclass(frozen=True)
class Difference:
    """One place where two playbooks differ; `old` or `new` is `NOTHING` where there was or is none."""

    path: Path
    old: Any
    new: Any

    @property
    def kind(self) -> str:
        if self.old is NOTHING:
            return "added"
        return "removed" if self.new is NOTHING else "changed"

    def line(self) -> str:
        """`+ path: new`, `- path: old`, or `~ path: old → new`."""
        where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.path).lstrip(
            "."
        )
        if self.kind == "added":
            return f"+ {where}: {flow(self.new)}"
        if self.kind == "removed":
            return f"- {where}: {flow(self.old)}"
        return f"~ {where}: {flow(self.old)} → {flow(self.new)}"


def difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    """Every difference between two playbooks, in the order of the new one, what is gone last."""
    return list(_between(old, new, ()))


def _between(old: Any, new: Any, path: Path) -> Iterator[Difference]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        yield from _between_mappings(old, new, path)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _between_lists(old, new, path)
    elif old != new or isinstance(old, bool) != isinstance(new, bool):
        yield Difference(path, old, new)


def _between_mappings(old: Mapping[str, Any], new: Mapping[str, Any], path: Path) -> Iterator[Difference]:
    for key in [*new, *(key for key in old if key not in new)]:
        yield from _between(old.get(key, NOTHING), new.get(key, NOTHING), (*path, key))
    if path[:1] == ("reasons",) or path == ("queues",):
        yield from _order([*old], [*new], path)


def _between_lists(old: list[Any], new: list[Any], path: Path) -> Iterator[Difference]:
    old_names, new_names = _names(old), _names(new)
    if old_names is None or new_names is None:
        if all(isinstance(item, Mapping) for item in [*old, *new]):
            yield from _between_mappings(dict(enumerate(old)), dict(enumerate(new)), path)  # type: ignore[arg-type]
        elif old != new:
            yield Difference(path, old, new)
        return
    yield from _between_mappings(_by_name(old_names, old), _by_name(new_names, new), path)
    yield from _order(old_names, new_names, path)


def _order(old: Sequence[str], new: Sequence[str], path: Path) -> Iterator[Difference]:
    """What stayed, but in another order: members and queues take turns, and reasons have keys, by it."""
    before, after = [name for name in old if name in new], [name for name in new if name in old]
    if before != after:
        yield Difference(path, before, after)


def _by_name(names: Sequence[str], items: Sequence[Any]) -> dict[str, Any]:
    return dict(zip(names, items, strict=True))


def _names(items: Sequence[Any]) -> list[str] | None:
    """The names of a list's entries, or None where they have none."""
    for key in NAMED_BY:
        if all(isinstance(item, Mapping) and key in item for item in items):
            return [str(item[key]) for item in items]
    return None
