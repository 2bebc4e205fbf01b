"""Readiness in the reader's words: lines of the ledger, what is missing, classes, what time will do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import ngettext as _n
from django.utils.translation import pgettext_lazy as _p

from leads.words import activity_label, kept, label, short_day
from scoring.condition_words import COMMA, OR, condition, field, reason
from scoring.definition import Condition, plain_class
from scoring.engine import Model, Score
from scoring.ledger import Fall, Ledger, News
from scoring.models import Opinion, ScoringModel
from scoring.rulemaking.opinions import HALVES

__all__ = [
    "check", "class_labels", "classes", "condition", "event_label", "exclude_label", "fall_note",
    "fit_rules", "group_label", "leave_note", "line_label", "news_note", "number", "opinion_label",
    "reason", "rule_label", "shortfall",
]  # fmt: skip

MINIMUMS: Mapping[str, Promise] = {
    "min_readiness": _p("field", "Readiness"),
    "min_fit": _p("field", "Fit"),
    "min_interest": _p("field", "Interest"),
}
CLASSES: Mapping[bool, Promise] = {True: _p("class", "high"), False: _p("class", "low")}


class Coded(Protocol):
    """A line of a score, a row of a ledger: what they have in common."""

    @property
    def rule(self) -> str: ...
    @property
    def label(self) -> str: ...


def line_label(
    line: Coded | Mapping[str, Any],
    *,
    version: int | None = None,
    values: Mapping[str, Any] | None = None,
) -> str:
    """A line of a score, a ledger's row or a line of frozen evidence in words.

    `version` is the model that gave it (else the newest); `values` are the lead's own, which say more
    than a condition: 役職: 情報システム部長.
    """
    rule, code, points, count = _codes(line)
    body = _body(version)
    if rule == "clip":
        return _clip_label(code, points, body)
    if rule == "rounding":
        return _t("Rounding to a whole number")
    if rule == "response":
        return _t("No answer to what we did") if code == "silent" else _t("Answers to what we did")
    said = rule_label(rule, body=body, values=values) or activity_label(code)
    times = {"what": said, "count": count}
    return said if count < 2 else _n("%(what)s, %(count)s time", "%(what)s, %(count)s times", count) % times


def rule_label(
    rule: str, *, body: Mapping[str, Any] | None = None, values: Mapping[str, Any] | None = None
) -> str:
    """A rule as the playbook names it, else what it asks; empty for a rule that is no longer known."""
    body = _body(None) if body is None else body
    for half in ("fit", "interest"):
        for one in body.get(half, {}).get("rules", ()):
            if one["id"] == rule:
                return _rule(one, values)
    return ""


def opinion_label(one: Opinion, *, body: Mapping[str, Any] | None = None) -> str:
    """What an opinion is about: a half, a line of its own, or a rule; the code of one that is gone."""
    if one.rule in HALVES:
        return str(MINIMUMS[f"min_{one.rule}"])
    if one.rule in ("response", "clip", "rounding"):
        label = "silent" if one.rule == "response" and one.points < 0 else one.rule
        return line_label({"rule": one.rule, "label": label, "points": one.points})
    return rule_label(one.rule, body=body) or one.rule


def fit_rules(version: int | None = None) -> dict[str, Mapping[str, Any]]:
    """The conditions of the fit rules of a version, by the codes of the rules."""
    return {one["id"]: one["when"] for one in (_body(version).get("fit") or {}).get("rules", ())}


def check(one: Condition) -> str:
    """A condition of the definition as a line of the checklist, whether it passed or not."""
    if one.code in MINIMUMS:
        return _t("%(field)s %(actual)s (needed %(needed)s)") % _figures(one)
    if one.code == "require":
        return condition({str(one.detail): one.needed})
    if one.code == "exclude":
        said = _t("Not excluded: %(condition)s") if one.passed else _t("Excluded when: %(condition)s")
        return said % {"condition": condition(one.needed)}
    return _t("A new reaction since the last send-back")


def shortfall(one: Condition) -> str:
    """A condition that fails, as what is missing."""
    if one.code in MINIMUMS:
        return _t("%(field)s %(actual)s: %(gap)s short of %(needed)s") % _figures(one)
    if one.code == "require" and one.needed == {"present": True}:
        return _t("%(field)s is not known yet") % {"field": field(str(one.detail))}
    if one.code == "require":
        return _t("Not met: %(condition)s") % {"condition": condition({str(one.detail): one.needed})}
    if one.code == "exclude":
        return _t("Excluded: %(condition)s") % {"condition": condition(one.needed)}
    return _t("Nothing new since the last send-back")


def group_label(place: int, *, version: int | None = None) -> str:
    """A fast-track group by its place: 資料を請求 + アンケートに回答(30日以内)."""
    groups = (_body(version).get("mql") or {}).get("fast_track") or []
    if not 0 <= place < len(groups):
        return ""
    group = groups[place]
    if "label" in group:
        return label(group["label"])
    events = " + ".join(event_label(entry) for entry in group["all_of"])
    days = group["within_days"]
    return _n("%(events)s within %(days)s day", "%(events)s within %(days)s days", int(days)) % {
        "events": events,
        "days": days,
    }


def exclude_label(place: int, *, version: int | None = None) -> str:
    """An exclude entry by its place, as a condition."""
    entries = (_body(version).get("mql") or {}).get("exclude") or []
    return condition(entries[place]["when"]) if 0 <= place < len(entries) else ""


def classes(score: Score, model: Model) -> tuple[str, str]:
    """Fit and interest as words: one of four plain classes."""
    return class_labels(*plain_class(model, score))


def class_labels(fit_is_high: bool, interest_is_high: bool) -> tuple[str, str]:
    return str(CLASSES[fit_is_high]), str(CLASSES[interest_is_high])


def fall_note(fall: Fall, *, now: datetime) -> str:
    """What time will do: このまま反応がなければ、12/9(水)ごろに見込み度が基準60を下回ります。"""
    return _t("Without a new reaction, %(field)s will fall below %(needed)s around %(day)s.") % {
        "field": MINIMUMS[fall.code],
        "needed": number(fall.needed),
        "day": _day(fall.at, now),
    }


def leave_note(ledger: Ledger) -> str:
    """Until when a lead that came by its score stays ready for sales; empty where it does not matter."""
    asked = [("min_readiness", ledger.leave_below), ("min_interest", ledger.leave_below_interest)]
    edges = [
        _t("%(field)s %(needed)s") % {"field": MINIMUMS[code], "needed": number(needed)}
        for code, needed in asked
        if needed
    ]
    if not edges:
        return ""
    return _t("It stays ready for sales until it falls below %(edges)s.") % {"edges": str(OR).join(edges)}


def news_note(news: News, *, now: datetime) -> str:
    """After a send-back: 9/3(木)の差し戻し以降の新しい点数 43(基準60)."""
    return _t("New since it was sent back on %(day)s: %(readiness)s of %(needed)s") % {
        "day": _day(news.since, now),
        "readiness": news.readiness,
        "needed": number(news.needed),
    }


def _codes(line: Coded | Mapping[str, Any]) -> tuple[str, str, float, int]:
    if isinstance(line, Mapping):
        return line["rule"], line["label"], float(line.get("points", 0)), 1
    return line.rule, line.label, float(getattr(line, "points", 0)), getattr(line, "count", 1)


def _body(version: int | None) -> Mapping[str, Any]:
    return kept(f"scoring {version}", lambda: _read(version))


def _read(version: int | None) -> Mapping[str, Any]:
    found = ScoringModel.objects.order_by("-version")
    if version is not None:
        found = found.filter(version=version)
    newest = found.first()
    return newest.body if newest else {}


def _rule(body: Mapping[str, Any], values: Mapping[str, Any] | None) -> str:
    if "label" in body:
        return label(body["label"])
    if "type" in body:
        return event_label(body)
    return condition(body["when"]) if values is None else reason(body["when"], values)


def event_label(entry: Mapping[str, Any]) -> str:
    """A kind of event and what else must be true of it: お問い合わせ(種別が「見積もり」)."""
    said = activity_label(entry["type"])
    asked = [condition(entry["where"])] if entry.get("where") else []
    asked += [str(entry[key]) for key in ("campaign", "content", "url_prefix") if entry.get(key)]
    if not asked:
        return said
    return _t("%(what)s (%(detail)s)") % {"what": said, "detail": str(COMMA).join(asked)}


def _clip_label(code: str, points: float, body: Mapping[str, Any]) -> str:
    if code in ("fit", "interest"):
        half = {"field": MINIMUMS[f"min_{code}"], "most": number((body.get(code) or {}).get("max", 50))}
        return (_t("%(field)s is at least 0") if points > 0 else _t("%(field)s is at most %(most)s")) % half
    rules = (body.get("interest") or {}).get("rules", ())
    most = next((one.get("max") for one in rules if one["id"] == code), None)
    said = {"what": rule_label(code, body=body) or code, "most": number(most) if most is not None else ""}
    return _t("%(what)s: at most %(most)s points") % said


def _figures(one: Condition) -> dict[str, Any]:
    gap = max(0.0, float(one.needed) - float(number(one.actual)))
    return {
        "field": MINIMUMS[one.code],
        "actual": number(one.actual),
        "needed": number(one.needed),
        "gap": number(gap),
    }


def number(points: float) -> str:
    """Whole where it is whole, else one decimal, cut and not rounded: 19.97 has not reached 20."""
    whole = int(points * 10 + 1e-6) / 10
    return f"{whole:g}"


def _day(at: datetime, now: datetime) -> str:
    return short_day(timezone.localtime(at).date(), timezone.localtime(now).date())
