"""The section about how ready a lead is: fit, interest, response, the definition of MQL, opening lines."""

from __future__ import annotations

from typing import Any

from config.playbook.ground import OF_A_LEAD, When, about_a_lead, about_an_event
from config.playbook.problems import Path
from config.playbook.reading import Reading
from config.playbook.shapes import (
    Fields,
    Label,
    ListOf,
    MapOf,
    Maybe,
    Named,
    Number,
    OneOf,
    Shape,
    Text,
    YesNo,
    Zone,
    identifier,
    whole,
)
from leads import activity_types

RESERVED_RULES = ("clip", "rounding", "response", "override")  # lines of an explanation that are no rule
CONDITIONS = ("exclude", "require", "min_readiness", "min_fit", "min_interest")
COMPLETE_FIELDS = (*OF_A_LEAD, "company")


ANY_TYPE = Named("activity_types", also=tuple(activity_types.BUILT_IN))


def _points() -> Number:
    return Number(least=-1000, most=1000)


# Which events are meant: their type, and what else must be true of them.
EVENT_KEYS: dict[str, Shape] = {
    "type": ANY_TYPE,
    "where": Maybe(When(about_an_event)),
    "campaign": Maybe(Text()),
    "content": Maybe(Text()),
    "url_prefix": Maybe(Text()),
}

FIT_RULE = Fields(
    {
        "id": identifier(),
        "group": Maybe(identifier()),
        "when": When(about_a_lead),
        "points": _points(),
        "off": Maybe(YesNo()),
        "label": Maybe(Label()),
    }
)

INTEREST_RULE = Fields(
    {
        "id": identifier(),
        **EVENT_KEYS,
        "points": _points(),
        "per_day": Maybe(whole(1, 1000)),
        "window_days": Maybe(Number(above=0, most=3650)),
        "half_life_days": Maybe(Number(above=0, most=3650)),
        "max": Maybe(Number(above=0, most=1000)),
        "off": Maybe(YesNo()),
        "label": Maybe(Label()),
    }
)


def _both_or_none(response: dict[str, Any], path: Path, reading: Reading) -> None:
    given = [key for key in ("silent_after", "silent_points") if key in response]
    if len(given) == 1:
        missing = "silent_points" if given[0] == "silent_after" else "silent_after"
        reading.refuse((*path, given[0]), "needs_also", at_key=True, key=missing)


RESPONSE = Fields(
    {
        "actions": ListOf(Named("actions"), least=1, unique=True),
        "reactions": ListOf(Named("reactions"), least=1, unique=True),
        "window_days": Number(above=0, most=3650),
        "min_actions": whole(1, 1000),
        "points": _points(),
        "silent_after": Maybe(whole(1, 1000)),
        "silent_points": Maybe(_points()),
    },
    then=_both_or_none,
)


FAST_TRACK = Fields(
    {
        "id": Maybe(identifier()),
        "all_of": ListOf(Fields(EVENT_KEYS), least=1),
        "within_days": Number(above=0, most=3650),
        "label": Maybe(Label()),
    }
)

EXCLUDE = Fields({"when": When(about_a_lead), "instead": Maybe(OneOf(["tell_owner"]))})


def _said_once(by_hand: dict[str, Any], path: Path, reading: Reading) -> None:
    for index, condition in enumerate(by_hand.get("warn", [])):
        if condition in by_hand.get("block", []):
            reading.refuse((*path, "warn", index), "blocks_already", value=condition)


BY_HAND = Fields(
    {
        "block": Maybe(ListOf(OneOf(CONDITIONS), unique=True)),
        "warn": Maybe(ListOf(OneOf(CONDITIONS), unique=True)),
    },
    then=_said_once,
)


def _leaves_below_entry(mql: dict[str, Any], path: Path, reading: Reading) -> None:
    for leave, entry in (("leave_below", "min_readiness"), ("leave_below_interest", "min_interest")):
        if mql.get(leave, 0) > mql[entry]:
            reading.refuse((*path, leave), "leaves_above_entry", value=mql[leave], key=entry, most=mql[entry])


def _can_be_complete(names: list[str], path: Path, reading: Reading) -> None:
    for index, name in enumerate(names):
        if name not in COMPLETE_FIELDS and not name.startswith(("attributes.", "company.attributes.")):
            reading.refuse_unknown((*path, index), "unknown_path", name, COMPLETE_FIELDS)


MQL = Fields(
    {
        "min_readiness": Number(least=0, most=100),
        "min_fit": Number(least=0, most=100),
        "min_interest": Number(least=0, most=100),
        "leave_below": Maybe(Number(least=0, most=100)),
        "leave_below_interest": Maybe(Number(least=0, most=100)),
        "require": Maybe(When(about_a_lead, may_be_empty=True)),
        "complete": Maybe(ListOf(Text(), unique=True, then=_can_be_complete)),
        "fast_track": Maybe(ListOf(FAST_TRACK, by="id")),
        "exclude": Maybe(ListOf(EXCLUDE)),
        "by_hand": Maybe(BY_HAND),
    },
    then=_leaves_below_entry,
)


def _whole_section(scoring: dict[str, Any], path: Path, reading: Reading) -> None:
    _reachable(scoring, path, reading)
    _rule_names(scoring, path, reading)
    groups = [group["id"] for group in scoring["mql"].get("fast_track", []) if "id" in group]
    known = [rule["id"] for half in ("fit", "interest") for rule in scoring[half]["rules"]] + groups
    for name in scoring.get("opening", {}):
        if name not in known:
            reading.refuse_unknown((*path, "opening", name), "unknown_rule", name, known, at_key=True)


def _reachable(scoring: dict[str, Any], path: Path, reading: Reading) -> None:
    """A minimum above the most a lead can reach would keep every lead out."""
    fit, interest, mql = scoring["fit"]["max"], scoring["interest"]["max"], scoring["mql"]
    if fit + interest > 100:
        reading.refuse((*path, "interest", "max"), "halves_above_100", value=fit + interest)
    for key, most in (("min_fit", fit), ("min_interest", interest), ("min_readiness", fit + interest)):
        if mql[key] > most:
            reading.refuse((*path, "mql", key), "never_reached", value=mql[key], most=most)


def _rule_names(scoring: dict[str, Any], path: Path, reading: Reading) -> None:
    seen = set(RESERVED_RULES)
    for half in ("fit", "interest"):
        for index, rule in enumerate(scoring[half]["rules"]):
            if rule["id"] in seen:
                code = "reserved_name" if rule["id"] in RESERVED_RULES else "given_twice"
                reading.refuse((*path, half, "rules", index, "id"), code, value=rule["id"])
            seen.add(rule["id"])


SCORING = Fields(
    {
        "timezone": Zone(),
        "fit": Fields({"max": Number(above=0, most=100), "rules": ListOf(FIT_RULE)}),
        "interest": Fields(
            {
                "max": Number(above=0, most=100),
                "rules": ListOf(INTEREST_RULE),
                "response": Maybe(RESPONSE),
            }
        ),
        "classes": Maybe(Fields({"fit": Number(least=0, most=100), "interest": Number(least=0, most=100)})),
        "mql": MQL,
        "opening": Maybe(MapOf(Label(300), keys=identifier(key=True))),
    },
    then=_whole_section,
)
