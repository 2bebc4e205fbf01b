"""What to offer while somebody writes a rule: values that stand in the leads they see, groups in use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from config.studio.fields import CODES
from leads.models import Lead, User
from leads.words import is_japanese

NEWEST = 1_000  # leads looked at: what is written now, in one quick query
MOST = 30
PATHS = {
    "title": "title",
    "department": "department",
    "source": "source",
    "campaign": "campaign__external_id",
    "company.industry": "company__industry",
    "company.prefecture": "company__prefecture",
    "company.country": "company__country",
}
JUST_SO = ("title", "department", "company.industry")  # offered where no field is chosen yet


@dataclass(frozen=True)
class Suggestions:
    """`lists`: an id for a datalist and its values; `own_paths`: the company's own fields, as paths."""

    lists: Mapping[str, list[str]]
    own_paths: tuple[str, ...]


def for_leads(user: User) -> Suggestions:
    """Values by field, most frequent first, from the newest leads this person sees; one query."""
    newest = Lead.objects.visible_to(user).order_by("-pk")
    rows = list(newest.values(*PATHS.values(), "attributes", "company__attributes")[:NEWEST])
    values = {path: _frequent(rows, column) for path, column in PATHS.items()}
    own: dict[str, list[str]] = {}
    for start, column in (("attributes.", "attributes"), ("company.attributes.", "company__attributes")):
        names = Counter(name for row in rows for name in row[column] or {})
        own |= {f"{start}{name}": _of_attribute(rows, column, name) for name, _n in names.most_common(MOST)}
    values |= {path: [str(said) for said in known.values()] for path, known in CODES.items()} | own
    anything = [value for path in JUST_SO for value in values[path][:10]]
    lists = {_list_id(path): found for path, found in values.items() if found}
    return Suggestions(lists | {"of-any": list(dict.fromkeys(anything))}, tuple(own))


def groups_in(body: Mapping[str, Any]) -> list[str]:
    return sorted({one["group"] for one in body["fit"].get("rules", ()) if one.get("group")})


def _frequent(rows: list[dict[str, Any]], column: str) -> list[str]:
    return [value for value, _n in Counter(row[column] for row in rows if row[column]).most_common(MOST)]


def _of_attribute(rows: list[dict[str, Any]], column: str, name: str) -> list[str]:
    found = Counter(str((row[column] or {}).get(name, "")) for row in rows)
    return [value for value, _n in found.most_common(MOST) if value and len(value) <= 100]


def _list_id(path: str) -> str:
    return f"of-{path.replace('.', '-')}"


def separator() -> str:
    """How several values are written in one field."""
    return "、" if is_japanese() else ","
