"""A change of readiness in the reader's words, and what would bring a lead over the line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext as _n
from django.utils.translation import pgettext_lazy as _p

from leads.words import activity_label, field_label, label
from scoring.condition_words import COMMA
from scoring.engine import Event, Model
from scoring.past.change import CORRECTION, MERGE, MODEL, REACTION, TIME, Change, Share, Step, meant_by
from scoring.reach import Try
from scoring.words import event_label, line_label, rule_label

PARTS: Mapping[str, Promise] = {
    MODEL: _p("change", "Other rules"),
    CORRECTION: _p("change", "Corrections"),
    MERGE: _p("change", "From another lead"),
    REACTION: _p("change", "New reactions"),
    TIME: _p("change", "Time"),
}
EVENTS: Mapping[str, Promise] = {
    "event": _("%(what)s"),
    "late": _("%(what)s (recorded later)"),
    "voided": _("%(what)s: corrected, no longer counts"),
    "machine": _("%(what)s: a machine's click, no longer counts"),
    "human": _("%(what)s: by a person after all"),
    "changed": _("%(what)s: corrected"),
    "gone": _("%(what)s: taken out"),
}


def part_label(name: str) -> str:
    return str(PARTS[name])


def step_label(step: Step, *, count: int = 1, body: Mapping[str, Any] | None = None) -> str:
    """What a step was; `count` events of one kind may be one line. `body`: the rules that name it."""
    if step.code == "field":
        return field_label(step.path.removeprefix("company."))
    if step.code == "received":
        return _t("Came in as a lead")
    if step.code == "time":
        return _t("Fading, as time passed")
    if step.code == "model":
        return _t("Rules")
    return _times(str(EVENTS[step.code]) % {"what": _what(step.events, step.rules, body)}, count)


def share_label(share: Share, *, body: Mapping[str, Any] | None = None) -> str:
    """The rule whose events faded, or what stands for none: answers, and the most of a half."""
    if share.rule in ("response", "clip"):
        label = "interest" if share.rule == "clip" else share.rule
        return line_label({"rule": share.rule, "label": label, "points": share.hundredths / 100})
    return rule_label(share.rule, body=body) or share.rule


def summary(change: Change, *, day: str) -> str:
    """11/16(月)から −12: 新しい反応 +8、時間の経過 −20."""
    parts = [
        f"{part_label(part.name)} {signed(part.points.readiness)}"
        for part in change.parts
        if part.points.readiness
    ]
    said = {"day": day, "change": signed(change.readiness), "parts": str(COMMA).join(parts)}
    if not parts:
        return _t("Readiness is what it was on %(day)s.") % said
    return _t("%(change)s since %(day)s: %(parts)s") % said


def signed(points: int) -> str:
    """+8, −12, ±0."""
    return "±0" if points == 0 else f"−{-points}" if points < 0 else f"+{points}"


def try_label(one: Try) -> str:
    """ウェビナー参加 (+12)."""
    asks = one.pattern.asks
    what = label(asks["label"]) if "label" in asks else event_label(asks)
    return _t("%(what)s (%(gain)s)") % {"what": what, "gain": signed(one.gain)}


def events_label(events: Sequence[Event], *, model: Model | None, body: Mapping[str, Any] | None) -> str:
    """Events of one kind, by the rule that means them: 料金ページを閲覧、2回."""
    rules = meant_by(model, events[0]) if model else []
    return _times(_what(events, rules, body), len(events))


def _times(what: str, count: int) -> str:
    said = {"what": what, "count": count}
    return what if count < 2 else _n("%(what)s, %(count)s time", "%(what)s, %(count)s times", count) % said


def _what(events: Sequence[Event], rules: Iterable[str], body: Mapping[str, Any] | None) -> str:
    first = events[0]
    known = (rule_label(rule, body=body) for rule in rules)
    said = next(filter(None, known), "") or activity_label(first.type)
    return f"{said} “{first.content}”" if first.content and len(events) == 1 else said
