"""A `scoring` section as sentences, from the first to the last.

One `Sentence` for each thing that can be changed by itself, in the order of the playbook (UX 4.8).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as _p

from leads.words import activity_label, field_label, label
from scoring.condition_words import COMMA, OR, condition
from scoring.rulemaking.marked import Sentence, activities, joined, mark, number, plain
from scoring.rulemaking.rule_sentences import FIT, INTEREST, narrowed, response, rule, short_name

HALVES = (FIT, INTEREST)
CONDITIONS: Mapping[str, Promise] = {
    "exclude": _p("gate", "the exclusions"),
    "require": _p("gate", "what is required"),
    "min_readiness": _p("gate", "the least readiness"),
    "min_fit": _p("gate", "the least fit"),
    "min_interest": _p("gate", "the least interest"),
}


def everything(body: Mapping[str, Any]) -> list[Sentence]:
    """A `scoring` section from its first sentence to its last."""
    return [*half(body, FIT), *half(body, INTEREST), *around(body), *definition(body), *openings(body)]


def half(body: Mapping[str, Any], name: str) -> list[Sentence]:
    """The rules of fit or of interest, in their order; of interest the response rule comes last."""
    said = [rule(one, name) for one in body[name].get("rules", ())]
    answers = body[name].get("response")
    return [*said, response(answers)] if answers else said


def around(body: Mapping[str, Any]) -> list[Sentence]:
    """What holds for all rules: the most of each half, and where the four classes are cut."""
    most = _t("Fit is at most %(fit)s points, interest at most %(interest)s.") % {
        "fit": mark(number(body["fit"]["max"])),
        "interest": mark(number(body["interest"]["max"])),
    }
    cuts = body.get("classes") or {}
    cut = _t("Fit counts as high from %(fit)s on, interest from %(interest)s on.") % {
        part: mark(number(cuts.get(part, 0))) for part in HALVES
    }
    zone = _t("A day begins at midnight in %(zone)s.") % {"zone": mark(body["timezone"])}
    return [Sentence("limits", "", most), Sentence("classes", "", cut), Sentence("timezone", "", zone)]


def definition(body: Mapping[str, Any]) -> list[Sentence]:
    """When a lead is ready for sales, sentence by sentence."""
    mql = body.get("mql") or {}
    if not mql:
        return []
    said = [Sentence("mql", "", _minimums(mql))]
    said += [_required(path, test) for path, test in (mql.get("require") or {}).items()]
    said += [_fast_track(str(place), one) for place, one in enumerate(mql.get("fast_track") or ())]
    said += [_excluded(str(place), one) for place, one in enumerate(mql.get("exclude") or ())]
    said.append(_complete(mql.get("complete") or ()))
    by_hand = list(_by_hand(mql.get("by_hand") or {}))
    said.append(Sentence("by_hand", "", joined(by_hand or [_t("Handing over by hand is always possible.")])))
    return said


def openings(body: Mapping[str, Any]) -> list[Sentence]:
    """The first sentence a rep may say, by the rule or the fast-track group behind the handoff."""
    return [
        Sentence(
            "opening",
            name,
            _t("When “%(rule)s” is the reason: “%(text)s”")
            % {"rule": plain(name_of(body, name)), "text": mark(label(text))},
        )
        for name, text in (body.get("opening") or {}).items()
    ]


def _minimums(mql: Mapping[str, Any]) -> str:
    said = [
        _t("Ready for sales from readiness %(readiness)s, fit %(fit)s and interest %(interest)s on.")
        % {key: mark(number(mql.get(f"min_{key}", 0))) for key in ("readiness", "fit", "interest")}
    ]
    edges = [
        str(said) % {"n": mark(number(mql[key]))}
        for key, said in (
            ("leave_below", _p("leaves", "readiness %(n)s")),
            ("leave_below_interest", _p("leaves", "interest %(n)s")),
        )
        if key in mql
    ]
    if edges:
        back = _t("Until sales accepts it, it goes back by itself below %(edges)s.")
        said.append(back % {"edges": str(OR).join(edges)})
    return joined(said)


def _required(path: str, test: Mapping[str, Any]) -> Sentence:
    said = _t("Required: %(condition)s.") % {"condition": mark(condition({path: test}))}
    return Sentence("require", path, said)


def _fast_track(key: str, one: Mapping[str, Any]) -> Sentence:
    events = [activity_label(event["type"]) for event in one["all_of"]]
    details = [narrowed(event) for event in one["all_of"]]
    what = [
        _t("%(event)s (%(detail)s)") % {"event": said, "detail": detail} if detail else said
        for said, detail in zip(events, details, strict=True)
    ]
    said = _t("Within %(days)s days of “%(events)s” it is handed over whatever its points.") % {
        "days": mark(number(one["within_days"])),
        "events": mark(str(_p("together", "” and “")).join(what)),
    }
    return Sentence("fast_track", key, said, label(one["label"]) if one.get("label") else "")


def _excluded(key: str, one: Mapping[str, Any]) -> Sentence:
    said = [_t("If %(condition)s, it is never handed over.") % {"condition": mark(condition(one["when"]))}]
    if one.get("instead") == "tell_owner":
        said.append(_t("Their account owner is told instead."))
    return Sentence("exclude", key, joined(said))


def _complete(paths: Sequence[str]) -> Sentence:
    names = str(COMMA).join(dict.fromkeys(field_label(path) for path in paths))
    if not names:
        return Sentence("complete", "", _t("Every handoff counts as complete."))
    told = _t("A handoff counts as complete with: %(fields)s.") % {"fields": mark(names)}
    return Sentence("complete", "", told)


def _by_hand(by_hand: Mapping[str, Any]) -> Iterator[str]:
    for level, said in (
        ("block", _("Handing over by hand is refused while this is not met: %(conditions)s.")),
        ("warn", _("Handing over by hand needs a sentence while this is not met: %(conditions)s.")),
    ):
        if by_hand.get(level):
            names = str(COMMA).join(str(CONDITIONS[code]) for code in by_hand[level])
            yield str(said) % {"conditions": mark(names)}


def name_of(body: Mapping[str, Any], name: str) -> str:
    """A rule or a fast-track group by its id, as short as it can be said."""
    for part in HALVES:
        for one in body[part].get("rules", ()):
            if one["id"] == name:
                return short_name(one)
    for group in (body.get("mql") or {}).get("fast_track") or ():
        if group.get("id") == name:
            return label(group["label"]) if group.get("label") else activities(_types(group))
    return name


def _types(group: Mapping[str, Any]) -> list[str]:
    return [event["type"] for event in group["all_of"]]
