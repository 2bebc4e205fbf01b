"""Rules as sentences a marketer reads: もし料金ページを見たら+4点。1日2回まで。30日で半分に減る。"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext as _n
from django.utils.translation import pgettext_lazy as _p

from leads.words import activity_label, label
from scoring.condition_words import COMMA, QUOTED, condition
from scoring.rulemaking.marked import Sentence, activities, joined, mark, number, points
from scoring.rulemaking.matches import Became
from scoring.rules import LONGEST_DAYS

FIT, INTEREST = "fit", "interest"
FEW = 10  # decisions; fewer say no percentage

HAPPENS: Mapping[str, Promise] = {
    "page_view": _p("if", "they view a page"),
    "pricing_view": _p("if", "they view the price page"),
    "email_open": _p("if", "they open an e-mail"),
    "email_click": _p("if", "they press a link in an e-mail"),
    "document_download": _p("if", "they request a document"),
    "webinar_attended": _p("if", "they attend a webinar"),
    "event_attended": _p("if", "they attend an event"),
    "card_exchanged": _p("if", "we exchange business cards"),
    "survey_answer": _p("if", "they answer a survey"),
    "inquiry": _p("if", "they make an inquiry"),
    "demo_request": _p("if", "they ask for a demo"),
    "reply": _p("if", "they reply"),
    "unsubscribe": _p("if", "they stop our mail"),
}
NARROWED: Mapping[str, Promise] = {
    "campaign": _("campaign %(value)s"),
    "content": _("content %(value)s"),
    "url_prefix": _("address beginning with %(value)s"),
}


def rule(one: Mapping[str, Any], half: str) -> Sentence:
    """One rule of fit or interest."""
    said = _fit(one) if half == FIT else _interest(one)
    named = label(one["label"]) if one.get("label") else ""
    return Sentence(half, one["id"], said, named, one.get("group") or "", bool(one.get("off")))


def response(answers: Mapping[str, Any]) -> Sentence:
    """Our acts against their reactions."""
    said = [
        _t(
            "If we acted %(n)s times or more within %(days)s days (%(actions)s), "
            "up to %(points)s, by how many of it they answered (%(reactions)s)."
        )
        % {
            "n": mark(number(answers.get("min_actions", 1))),
            "days": mark(number(answers.get("window_days", LONGEST_DAYS))),
            "actions": mark(activities(answers["actions"])),
            "reactions": mark(activities(answers["reactions"])),
            "points": points(answers.get("points", 0)),
        }
    ]
    if "silent_after" in answers:
        said.append(
            _t("If %(n)s acts or more stay without any answer, %(points)s.")
            % {
                "n": mark(number(answers["silent_after"])),
                "points": points(answers.get("silent_points", 0)),
            }
        )
    said.append(_t("One kind counts once a day."))
    return Sentence("response", "", joined(said))


def happens(entry: Mapping[str, Any]) -> str:
    """A kind of event as the first half of a sentence, with what else must be true of it."""
    kind = entry["type"]
    if kind in HAPPENS:
        said = mark(str(HAPPENS[kind]))
    else:
        said = _t("there is “%(what)s”") % {"what": mark(activity_label(kind))}
    asked = narrowed(entry)
    return _t("%(event)s (%(detail)s)") % {"event": said, "detail": mark(asked)} if asked else said


def narrowed(entry: Mapping[str, Any]) -> str:
    """What must be true of an event beside its kind, or nothing."""
    asked = [condition(entry["where"])] if entry.get("where") else []
    asked += [
        str(said) % {"value": str(QUOTED) % {"text": entry[key]}}
        for key, said in NARROWED.items()
        if entry.get(key)
    ]
    return str(COMMA).join(asked)


def short_name(one: Mapping[str, Any]) -> str:
    """A rule's label, else its kind of event or its condition."""
    if one.get("label"):
        return label(one["label"])
    return activity_label(one["type"]) if "type" in one else condition(one.get("when") or {})


def became(found: Became) -> str:
    """What became of the leads a rule matched; below ten decisions a fraction, no percentage (UX 4.7)."""
    said = _n("%(n)s lead in 90 days", "%(n)s leads in 90 days", found.matched) % {"n": f"{found.matched:,}"}
    if not found.decided:
        return said
    if found.decided < FEW:
        told = _t("%(accepted)s of %(decided)s decisions accepted, %(refused)s not") % _counted(found)
    else:
        told = _t("%(rate)s%% of %(decided)s decisions accepted, %(refused)s not")
        told %= _counted(found) | {"rate": _rate(found)}
    return str(_p("list", ", ")).join([said, told])


def _fit(one: Mapping[str, Any]) -> str:
    asked = mark(condition(one["when"]))
    return _t("If %(condition)s, %(points)s.") % {"condition": asked, "points": points(one["points"])}


def _interest(one: Mapping[str, Any]) -> str:
    first = _t("If %(event)s, %(points)s.") % {"event": happens(one), "points": points(one["points"])}
    return joined([first, *_limits(one)])


def _limits(one: Mapping[str, Any]) -> Iterator[str]:
    """How often it counts, for how long, how it fades, and where it ends."""
    if "per_day" in one:
        times = {"n": mark(number(one["per_day"]))}
        yield _n("At most %(n)s time a day.", "At most %(n)s times a day.", one["per_day"]) % times
    if "window_days" in one:
        yield _t("It counts for %(n)s days.") % {"n": mark(number(one["window_days"]))}
    if "half_life_days" in one:
        yield _t("It halves every %(n)s days.") % {"n": mark(number(one["half_life_days"]))}
    elif "window_days" not in one:
        yield _t("It does not fade.")
    if "max" in one:
        yield _t("At most %(n)s points in all.") % {"n": mark(number(one["max"]))}


def _counted(found: Became) -> dict[str, Any]:
    counted = {"accepted": found.accepted, "decided": found.decided, "refused": found.refused}
    return {name: f"{count:,}" for name, count in counted.items()}


def _rate(found: Became) -> int:
    return (200 * found.accepted + found.decided) // (2 * found.decided)
