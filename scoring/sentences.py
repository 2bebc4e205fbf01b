"""The rules as sentences a marketer reads: もし料金ページを見たら+4点。1日2回まで。30日で半分に減る。

One `Sentence` for each thing that can be changed by itself, in the order of the playbook (UX 4.8).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext as _n
from django.utils.translation import pgettext_lazy as _p

from leads.words import activity_label, field_label, is_japanese, label
from scoring.condition_words import COMMA, OR, QUOTED, condition
from scoring.matches import Became
from scoring.rules import LONGEST_DAYS

FIT, INTEREST = "fit", "interest"
HALVES = (FIT, INTEREST)
FEW = 10  # decisions; fewer say no percentage
OPEN, CLOSE = "\ue000", "\ue001"  # around what can be changed in a sentence; never in a playbook's own text
MARKS = str.maketrans("", "", OPEN + CLOSE)

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
CONDITIONS: Mapping[str, Promise] = {
    "exclude": _p("gate", "the exclusions"),
    "require": _p("gate", "what is required"),
    "min_readiness": _p("gate", "the least readiness"),
    "min_fit": _p("gate", "the least fit"),
    "min_interest": _p("gate", "the least interest"),
}
NARROWED: Mapping[str, Promise] = {
    "campaign": _("campaign %(value)s"),
    "content": _("content %(value)s"),
    "url_prefix": _("address beginning with %(value)s"),
}
OFF = _("Switched off: %(sentence)s")


@dataclass(frozen=True)
class Sentence:
    """`part` and `key` say what it is: ("fit", a rule's id), ("exclude", its place as text), ("mql", "").

    `name` is the label a playbook gave it, `group` the fit group; `lines` is what it says, marked.
    """

    part: str
    key: str
    marked: str
    name: str = ""
    group: str = ""
    is_off: bool = False

    @property
    def text(self) -> str:
        """The sentence alone, for lists of changes and for machines."""
        said = self.marked.translate(MARKS)
        return str(OFF) % {"sentence": said} if self.is_off else said

    @property
    def html(self) -> SafeString:
        """The sentence with what can be changed in bold."""
        return format_html_join("", "{}{}", self._pieces())

    def _pieces(self) -> Iterator[tuple[str, str]]:
        """Plain text and what stands in bold after it, in turn."""
        for piece in self.marked.split(CLOSE):
            plain, _, bold = piece.partition(OPEN)
            yield plain, format_html("<b>{}</b>", bold) if bold else ""


def everything(body: Mapping[str, Any]) -> list[Sentence]:
    """A `scoring` section from its first sentence to its last."""
    return [*half(body, FIT), *half(body, INTEREST), *around(body), *definition(body), *openings(body)]


def half(body: Mapping[str, Any], name: str) -> list[Sentence]:
    """The rules of fit or of interest, in their order; of interest the response rule comes last."""
    said = [rule(one, name) for one in body[name].get("rules", ())]
    answers = body[name].get("response")
    return [*said, response(answers)] if answers else said


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
            "n": _mark(_number(answers.get("min_actions", 1))),
            "days": _mark(_number(answers.get("window_days", LONGEST_DAYS))),
            "actions": _mark(_activities(answers["actions"])),
            "reactions": _mark(_activities(answers["reactions"])),
            "points": _points(answers.get("points", 0)),
        }
    ]
    if "silent_after" in answers:
        said.append(
            _t("If %(n)s acts or more stay without any answer, %(points)s.")
            % {
                "n": _mark(_number(answers["silent_after"])),
                "points": _points(answers.get("silent_points", 0)),
            }
        )
    said.append(_t("One kind counts once a day."))
    return Sentence("response", "", _joined(said))


def around(body: Mapping[str, Any]) -> list[Sentence]:
    """What holds for all rules: the most of each half, and where the four classes are cut."""
    most = _t("Fit is at most %(fit)s points, interest at most %(interest)s.") % {
        "fit": _mark(_number(body["fit"]["max"])),
        "interest": _mark(_number(body["interest"]["max"])),
    }
    cuts = body.get("classes") or {}
    cut = _t("Fit counts as high from %(fit)s on, interest from %(interest)s on.") % {
        half: _mark(_number(cuts.get(half, 0))) for half in HALVES
    }
    zone = _t("A day begins at midnight in %(zone)s.") % {"zone": _mark(body["timezone"])}
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
    said.append(Sentence("by_hand", "", _joined(by_hand or [_t("Handing over by hand is always possible.")])))
    return said


def openings(body: Mapping[str, Any]) -> list[Sentence]:
    """The first sentence a rep may say, by the rule or the fast-track group behind the handoff."""
    return [
        Sentence(
            "opening",
            name,
            _t("When “%(rule)s” is the reason: “%(text)s”")
            % {"rule": _plain(_name_of(body, name)), "text": _mark(label(text))},
        )
        for name, text in (body.get("opening") or {}).items()
    ]


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


def _counted(found: Became) -> dict[str, Any]:
    counted = {"accepted": found.accepted, "decided": found.decided, "refused": found.refused}
    return {name: f"{count:,}" for name, count in counted.items()}


def _rate(found: Became) -> int:
    return (200 * found.accepted + found.decided) // (2 * found.decided)


def _fit(one: Mapping[str, Any]) -> str:
    asked = _mark(condition(one["when"]))
    return _t("If %(condition)s, %(points)s.") % {"condition": asked, "points": _points(one["points"])}


def _interest(one: Mapping[str, Any]) -> str:
    first = _t("If %(event)s, %(points)s.") % {"event": happens(one), "points": _points(one["points"])}
    return _joined([first, *_limits(one)])


def _limits(one: Mapping[str, Any]) -> Iterator[str]:
    """How often it counts, for how long, how it fades, and where it ends."""
    if "per_day" in one:
        times = {"n": _mark(_number(one["per_day"]))}
        yield _n("At most %(n)s time a day.", "At most %(n)s times a day.", one["per_day"]) % times
    if "window_days" in one:
        yield _t("It counts for %(n)s days.") % {"n": _mark(_number(one["window_days"]))}
    if "half_life_days" in one:
        yield _t("It halves every %(n)s days.") % {"n": _mark(_number(one["half_life_days"]))}
    elif "window_days" not in one:
        yield _t("It does not fade.")
    if "max" in one:
        yield _t("At most %(n)s points in all.") % {"n": _mark(_number(one["max"]))}


def happens(entry: Mapping[str, Any]) -> str:
    """A kind of event as the first half of a sentence, with what else must be true of it."""
    kind = entry["type"]
    if kind in HAPPENS:
        said = _mark(str(HAPPENS[kind]))
    else:
        said = _t("there is “%(what)s”") % {"what": _mark(activity_label(kind))}
    asked = narrowed(entry)
    return _t("%(event)s (%(detail)s)") % {"event": said, "detail": _mark(asked)} if asked else said


def narrowed(entry: Mapping[str, Any]) -> str:
    """What must be true of an event beside its kind, or nothing."""
    asked = [condition(entry["where"])] if entry.get("where") else []
    asked += [
        str(said) % {"value": str(QUOTED) % {"text": entry[key]}}
        for key, said in NARROWED.items()
        if entry.get(key)
    ]
    return str(COMMA).join(asked)


def _minimums(mql: Mapping[str, Any]) -> str:
    said = [
        _t("Ready for sales from readiness %(readiness)s, fit %(fit)s and interest %(interest)s on.")
        % {key: _mark(_number(mql.get(f"min_{key}", 0))) for key in ("readiness", "fit", "interest")}
    ]
    edges = [
        str(said) % {"n": _mark(_number(mql[key]))}
        for key, said in (
            ("leave_below", _p("leaves", "readiness %(n)s")),
            ("leave_below_interest", _p("leaves", "interest %(n)s")),
        )
        if key in mql
    ]
    if edges:
        back = _t("Until sales accepts it, it goes back by itself below %(edges)s.")
        said.append(back % {"edges": str(OR).join(edges)})
    return _joined(said)


def _required(path: str, test: Mapping[str, Any]) -> Sentence:
    said = _t("Required: %(condition)s.") % {"condition": _mark(condition({path: test}))}
    return Sentence("require", path, said)


def _fast_track(key: str, one: Mapping[str, Any]) -> Sentence:
    events = [activity_label(event["type"]) for event in one["all_of"]]
    details = [narrowed(event) for event in one["all_of"]]
    what = [
        _t("%(event)s (%(detail)s)") % {"event": said, "detail": detail} if detail else said
        for said, detail in zip(events, details, strict=True)
    ]
    said = _t("Within %(days)s days of “%(events)s” it is handed over whatever its points.") % {
        "days": _mark(_number(one["within_days"])),
        "events": _mark(str(_p("together", "” and “")).join(what)),
    }
    return Sentence("fast_track", key, said, label(one["label"]) if one.get("label") else "")


def _excluded(key: str, one: Mapping[str, Any]) -> Sentence:
    said = [_t("If %(condition)s, it is never handed over.") % {"condition": _mark(condition(one["when"]))}]
    if one.get("instead") == "tell_owner":
        said.append(_t("Their account owner is told instead."))
    return Sentence("exclude", key, _joined(said))


def _complete(paths: Sequence[str]) -> Sentence:
    names = str(COMMA).join(dict.fromkeys(field_label(path) for path in paths))
    if not names:
        return Sentence("complete", "", _t("Every handoff counts as complete."))
    told = _t("A handoff counts as complete with: %(fields)s.") % {"fields": _mark(names)}
    return Sentence("complete", "", told)


def _by_hand(by_hand: Mapping[str, Any]) -> Iterator[str]:
    for level, said in (
        ("block", _("Handing over by hand is refused while this is not met: %(conditions)s.")),
        ("warn", _("Handing over by hand needs a sentence while this is not met: %(conditions)s.")),
    ):
        if by_hand.get(level):
            names = str(COMMA).join(str(CONDITIONS[code]) for code in by_hand[level])
            yield str(said) % {"conditions": _mark(names)}


def _name_of(body: Mapping[str, Any], name: str) -> str:
    """A rule or a fast-track group by its id, as short as it can be said."""
    for half in HALVES:
        for one in body[half].get("rules", ()):
            if one["id"] == name:
                return short_name(one)
    for group in (body.get("mql") or {}).get("fast_track") or ():
        if group.get("id") == name:
            return label(group["label"]) if group.get("label") else _activities(_types(group))
    return name


def short_name(one: Mapping[str, Any]) -> str:
    """A rule's label, else its kind of event or its condition."""
    if one.get("label"):
        return label(one["label"])
    return activity_label(one["type"]) if "type" in one else condition(one.get("when") or {})


def _types(group: Mapping[str, Any]) -> list[str]:
    return [event["type"] for event in group["all_of"]]


def _activities(types: Sequence[str]) -> str:
    return str(COMMA).join(activity_label(one) for one in types)


def _points(points: float) -> str:
    said = {"points": _mark(f"+{_number(points)}" if points > 0 else _number(points).replace("-", "−"))}
    if abs(points) == 1:
        return _t("%(points)s point") % said
    return _t("%(points)s points") % said


def _number(value: float) -> str:
    return f"{value:g}" if abs(value) < 1e6 else str(value)


def _plain(text: str) -> str:
    return text.translate(MARKS)


def _mark(text: str) -> str:
    return f"{OPEN}{_plain(text)}{CLOSE}"


def _joined(said: Sequence[str] | Iterator[str]) -> str:
    """Sentences one after the other: with a space where the language wants one."""
    return ("" if is_japanese() else " ").join(said)
