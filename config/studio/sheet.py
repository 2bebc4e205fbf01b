"""A draft as the editor shows it: sections of sentences, each with what can be done with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as _p

from config.playbook.words import spoken_path
from config.studio import editing
from config.studio.definition_forms import MqlForm
from scoring.rulemaking import rule_sentences, sentences
from scoring.rulemaking.marked import Sentence
from scoring.rulemaking.matches import Became
from scoring.rulemaking.sentences import HALVES

SECTIONS: tuple[tuple[str, Promise, tuple[str, ...], tuple[tuple[str, Promise], ...]], ...] = (
    (
        "interest",
        _p("field", "Interest"),
        ("interest", "response"),
        (("interest", _("Add a rule of interest")), ("response", _("Count answers to our acts"))),
    ),
    ("fit", _p("field", "Fit"), ("fit",), (("fit", _("Add a rule of fit")),)),
    (
        "mql",
        _("When a lead is ready for sales"),
        ("mql", "require", "fast_track", "exclude", "by_hand", "complete"),
        (
            ("require", _("Require something")),
            ("fast_track", _("Add hand-raisers")),
            ("exclude", _("Exclude somebody")),
        ),
    ),
    ("opening", _("Opening lines"), ("opening",), (("opening", _("Add an opening line")),)),
    ("around", _("For all rules"), ("limits", "classes", "timezone"), ()),
)
REMOVABLE = ("fit", "interest", "response", "require", "fast_track", "exclude", "opening")
MOVABLE = ("fit", "interest", "fast_track", "exclude")


@dataclass(frozen=True)
class Row:
    """One sentence of the editor; `became` is None as long as it is being counted."""

    said: Sentence
    name: str
    is_first: bool
    is_last: bool
    begins_group: bool
    became: Became | None

    @property
    def anchor(self) -> str:
        return anchor(self.said.part, self.said.key)

    @property
    def matched(self) -> str:
        return rule_sentences.became(self.became) if self.became else ""

    @property
    def is_rule(self) -> bool:
        return self.said.part in HALVES

    @property
    def may_move(self) -> bool:
        return self.said.part in MOVABLE

    @property
    def may_remove(self) -> bool:
        return self.said.part in REMOVABLE


@dataclass(frozen=True)
class Section:
    code: str
    title: Promise
    rows: Sequence[Row]
    more: Sequence[tuple[str, Promise]]


def sheet(body: Mapping[str, Any], found: Mapping[str, Became]) -> list[Section]:
    """Every sentence of a body in its section; interest first, for it is what is changed most."""
    said = sentences.everything(body)
    return [
        Section(
            code,
            title,
            _rows(body, [one for one in said if one.part in parts], found),
            [one for one in more if _has_room(body, one[0])],
        )
        for code, title, parts, more in SECTIONS
    ]


def speakers(body: Mapping[str, Any], item: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """What an opening line can be for, by name: each has one line at most, so what has one is left out."""
    taken = set(body.get("opening") or {}) - set(item or {})
    names = [one for one in editing.speakers(body) if one not in taken]
    names += [one for one in item or {} if one not in names]
    short = {name: sentences.name_of(body, name) for name in names}
    twice = {said for said, n in Counter(short.values()).items() if n > 1}
    return [(name, f"{said} ({name})" if said in twice else said) for name, said in short.items()]


def anchor(part: str, key: str) -> str:
    """The id of a row on the page."""
    return f"row-{part}-{key}".replace(".", "-") if key else f"row-{part}"


def section_of(part: str) -> str:
    """The section a part stands in."""
    return next((code for code, _title, parts, _more in SECTIONS if part in parts), "")


def name_of(body: Mapping[str, Any], part: str, key: str) -> str:
    """What a change is called: a rule by its short name, anything else by its sentence. Raises Gone."""
    if part in HALVES:
        return rule_sentences.short_name(editing.find(body, part, key))
    found = [one for one in sentences.everything(body) if (one.part, one.key) == (part, key)]
    if not found:
        raise editing.Gone
    return found[0].text


def place_of(body: Mapping[str, Any], path: tuple[str | int, ...]) -> str:
    """Where a problem is, in words a marketer knows."""
    _section, *rest = path
    if rest[:1] == ["mql"] and len(rest) > 1 and rest[1] in MqlForm.base_fields:
        return str(MqlForm.base_fields[str(rest[1])].label)
    if rest and rest[0] in HALVES and len(rest) > 2 and rest[1] == "rules":
        return rule_sentences.short_name(body[str(rest[0])]["rules"][rest[2]])
    return spoken_path(tuple(rest))


def _has_room(body: Mapping[str, Any], part: str) -> bool:
    if part == "response":
        return not body["interest"].get("response")
    return part != "opening" or bool(speakers(body, None))


def _rows(body: Mapping[str, Any], said: Sequence[Sentence], found: Mapping[str, Became]) -> list[Row]:
    rows = []
    for place, one in enumerate(said):
        before = said[place - 1] if place else None
        after = said[place + 1] if place + 1 < len(said) else None
        name = (
            rule_sentences.short_name(editing.find(body, one.part, one.key))
            if one.part in HALVES
            else one.text
        )
        rows.append(
            Row(
                one,
                name,
                is_first=before is None or before.part != one.part,
                is_last=after is None or after.part != one.part,
                begins_group=bool(one.group) and (before is None or before.group != one.group),
                became=found.get(one.key) if one.part in HALVES else None,
            )
        )
    return rows
