"""What changes from one version of the rules to another, in the reader's words: 点数 4 → 8."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import pgettext_lazy as _p

from leads.words import activity_label, field_label, label
from scoring.condition_words import COMMA, condition
from scoring.rulemaking import rule_sentences, sentences
from scoring.rulemaking.changes import ADDED, CHANGED, HALVES, MOVED, OFF, ON, REMOVED, Change, between, named

KINDS: Mapping[str, Promise] = {
    ADDED: _p("change", "Added"),
    REMOVED: _p("change", "Removed"),
    CHANGED: _p("change", "Changed"),
    OFF: _p("change", "Switched off"),
    ON: _p("change", "Switched on"),
    MOVED: _p("change", "Reordered"),
}
PARTS: Mapping[str, Promise] = {
    "fit": _p("field", "Fit"),
    "interest": _p("field", "Interest"),
    "response": _p("part", "Answers to what we did"),
    "limits": _p("part", "Most points"),
    "classes": _p("part", "Where a half counts as high"),
    "timezone": _p("part", "Time zone of a day"),
    "mql": _p("part", "Ready for sales"),
    "require": _p("part", "Required"),
    "fast_track": _p("part", "Raising a hand"),
    "exclude": _p("part", "Never handed over"),
    "complete": _p("part", "A complete handoff"),
    "by_hand": _p("part", "Handing over by hand"),
    "opening": _p("part", "Opening line"),
}
KEYS: Mapping[str, Promise] = {
    "points": _p("rule", "Points"),
    "per_day": _p("rule", "Times a day"),
    "window_days": _p("rule", "Counts for (days)"),
    "half_life_days": _p("rule", "Halves every (days)"),
    "max": _p("rule", "Most in all"),
    "group": _p("rule", "Group"),
    "label": _p("rule", "Name"),
    "when": _p("rule", "Condition"),
    "where": _p("rule", "Condition"),
    "type": _p("rule", "Kind of event"),
    "campaign": _p("field", "Campaign"),
    "content": _p("rule", "Content"),
    "url_prefix": _p("rule", "Address begins with"),
    "actions": _p("rule", "What we do"),
    "reactions": _p("rule", "What they do"),
    "min_actions": _p("rule", "From so many acts on"),
    "silent_after": _p("rule", "Silence after so many acts"),
    "silent_points": _p("rule", "Points for silence"),
    "within_days": _p("rule", "Within (days)"),
    "all_of": _p("rule", "What they do"),
    "min_readiness": _p("field", "Readiness"),
    "min_fit": _p("field", "Fit"),
    "min_interest": _p("field", "Interest"),
    "fit": _p("field", "Fit"),
    "interest": _p("field", "Interest"),
    "leave_below": _p("rule", "Leaves below readiness"),
    "leave_below_interest": _p("rule", "Leaves below interest"),
}
NOTHING = _p("value", "none")


@dataclass(frozen=True)
class Told:
    """A change as it is read. `details` are (what, from, to); where there are none, two sentences are."""

    kind: str
    kind_label: str
    part: str
    what: str
    before: str
    after: str
    details: tuple[tuple[str, str, str], ...]


def told(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> list[Told]:
    """Every change from one body to another; none where they say the same."""
    return [_told(change, old or {}, new) for change in between(old, new)]


def _told(change: Change, old: Mapping[str, Any], new: Mapping[str, Any]) -> Told:
    before, after = _sentence(change, change.old, old), _sentence(change, change.new, new)
    return Told(
        kind=change.kind,
        kind_label=str(KINDS[change.kind]),
        part=str(PARTS[change.part]),
        what=_what(change),
        before="" if change.kind in (OFF, ON) else before,
        after=after,
        details=tuple(_details(change, new)),
    )


def _what(change: Change) -> str:
    """The rule or entry meant, as short as it can be said; empty for what is one of its kind."""
    piece = change.new or change.old
    if change.kind == MOVED:
        return ""
    if change.part in HALVES:
        return rule_sentences.short_name(piece)
    if change.part == "require":
        return field_label(change.key)
    return label(piece["label"]) if change.part == "fast_track" and piece.get("label") else ""


def _sentence(change: Change, piece: Any, body: Mapping[str, Any]) -> str:
    if not piece or change.kind == MOVED:
        return ""
    if change.part in HALVES:
        return rule_sentences.rule(piece, change.part).text
    if change.part == "response":
        return rule_sentences.response(piece).text
    if change.part == "opening":
        found = [one for one in sentences.openings(body) if one.key == change.key]
    elif change.part in ("limits", "classes", "timezone"):
        found = [one for one in sentences.around(body) if one.part == change.part]
    else:
        found = [
            one for one in sentences.definition({"mql": _alone(change, piece)}) if one.part == change.part
        ]
    return found[0].text if found else ""


def _alone(change: Change, piece: Any) -> Mapping[str, Any]:
    """A definition that holds this piece and nothing else."""
    if change.part == "mql":
        return dict(piece)
    if change.part == "require":
        return {"require": {change.key: piece}}
    return {change.part: [piece] if change.part in ("fast_track", "exclude") else piece}


def _details(change: Change, body: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    if change.kind != MOVED:
        return [(_key(key), _value(key, was), _value(key, now_is)) for key, was, now_is in change.details]
    names = _names(change, body)
    return [(names.get(name, name), _place(was), _place(now_is)) for name, was, now_is in change.moved]


def _names(change: Change, body: Mapping[str, Any]) -> dict[str, str]:
    """What moved, by its short name; an entry of the definition says what it asks."""
    if change.part in HALVES:
        return {one["id"]: rule_sentences.short_name(one) for one in body[change.part]["rules"]}
    said = [one.text for one in sentences.definition(body) if one.part == change.part]
    return dict(zip(named(body["mql"][change.part]), said, strict=True))


def _place(place: int) -> str:
    return _t("place %(n)s") % {"n": place}


def _key(key: str) -> str:
    return str(KEYS.get(key, key))


def _value(key: str, value: Any) -> str:
    if value is None or value == {} or value == []:
        return str(NOTHING)
    if isinstance(value, bool):
        return _t("yes") if value else _t("no")
    if isinstance(value, int | float):
        return f"{value:g}".replace("-", "−")
    if key in ("when", "where"):
        return condition(value)
    if key in ("actions", "reactions"):
        return str(COMMA).join(activity_label(one) for one in value)
    if key == "all_of":
        return str(COMMA).join(activity_label(one["type"]) for one in value)
    return activity_label(value) if key == "type" else label(value)
