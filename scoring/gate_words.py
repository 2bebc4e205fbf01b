"""The definition asked of one lead, and a person's readiness, in the reader's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext as _p

from leads import words as ground
from leads.models import User
from scoring import overriding
from scoring.condition_words import condition, value_label
from scoring.definition import Condition
from scoring.ledger import Ledger
from scoring.models import Override
from scoring.words import MINIMUMS, number

PRIVATE = ("phone", "email")  # that it is known says enough; a partner caller must not read more

REFUSALS: Mapping[str, Promise] = {
    "out_of_range": _("Readiness is a whole number from 0 to 100."),
    "required": _("Say why: whoever reads the number will ask."),
    "too_long": _("This text is too long; at most 500 characters."),
    "in_past": _("This moment has passed. Choose a later one."),
    "too_far": _("At most 180 days. What should hold longer belongs into the rules."),
    "none": _("No readiness set by hand counts any more."),
    "merged": _("This lead was merged into another one."),
    "not_yours": _("This readiness is somebody else's to set."),
}


@dataclass(frozen=True)
class Check:
    """One condition of the definition: what it asks, what there is, and whether that is enough.

    `spared`: it fails and does not matter, because a fast-track group is complete.
    """

    asked: str
    found: str
    passed: bool
    spared: bool = False


def checks(sheet: Ledger) -> list[Check]:
    """Every condition the definition looked at, passed and failed, in its own order."""
    return [
        Check(
            asked=_asked(one),
            found=_found(one, sheet),
            passed=one.passed,
            spared=not one.passed and sheet.group is not None and one.code in MINIMUMS,
        )
        for one in sheet.conditions
    ]


def refusal(refused: overriding.OverrideRefused | overriding.OverrideNotYours) -> str:
    """Why a readiness is not taken, as a sentence."""
    return str(REFUSALS[getattr(refused, "code", "not_yours")])


def overtaken(changed: overriding.OverrideChanged) -> str:
    """Who was quicker, and with what: 三浦さんが見込み度を70にしました。"""
    name = ground.colleague(changed.by.name) if changed.by else _t("Somebody")
    if changed.is_set and changed.last is not None:
        said = _t("%(name)s set the readiness to %(readiness)s by hand.")
        return said % {"name": name, "readiness": changed.last.readiness}
    return _t("%(name)s went back to the computed number.") % {"name": name}


def override_note(said: Override, *, now: datetime) -> str:
    """手動の見込み度 80(三浦 彩さん、12/1まで)."""
    return _t("Set by hand: %(readiness)s (%(name)s, until %(until)s)") % {
        "readiness": said.readiness,
        "name": ground.colleague(said.set_by.name) if said.set_by else _t("unknown"),
        "until": ground.until(said.until, now),
    }


def marks(lead_ids: Sequence[int], *, viewer: User, now: datetime) -> dict[int, str]:
    """For lists: the leads whose readiness somebody set, as few words as there is room for: 手動 80."""
    said = overriding.said_of(lead_ids, now=now)
    return {pk: _mark(one.override) for pk, one in said.items() if one.override}


def _mark(said: Override) -> str:
    return _t("%(readiness)s by hand") % {"readiness": said.readiness}


def _asked(one: Condition) -> str:
    if one.code in MINIMUMS:
        said = {"field": MINIMUMS[one.code], "needed": number(one.needed)}
        return _t("%(field)s of at least %(needed)s") % said
    if one.code == "require":
        return condition({str(one.detail): one.needed})
    if one.code == "exclude":
        return _t("Excluded when: %(condition)s") % {"condition": condition(one.needed)}
    return _t("A new reaction since the last send-back")


def _found(one: Condition, sheet: Ledger) -> str:
    if one.code in MINIMUMS:
        return _counted(one, sheet)
    if one.code == "require":
        return _value(one)
    if one.code == "exclude":
        return _p("exclude", "does not apply") if one.passed else _p("exclude", "applies")
    return _p("reaction", "there is one") if one.passed else _p("reaction", "none yet")


def _counted(one: Condition, sheet: Ledger) -> str:
    """The figure that counts, and beside it the shown one where they differ."""
    half = {"min_fit": sheet.fit.total, "min_interest": sheet.interest.total}
    shown = float(half.get(one.code, sheet.readiness))
    said = {"counted": number(one.actual), "shown": number(shown)}
    if one.code == "min_readiness" and sheet.override is not None:
        return _t("%(counted)s set by hand, computed %(shown)s") % said
    if sheet.news is not None and one.code != "min_fit":
        return _t("%(counted)s new since it was sent back, %(shown)s in all") % said
    return said["counted"]


def _value(one: Condition) -> str:
    if one.actual in (None, "", [], {}):
        return _p("field", "not known yet")
    if one.detail in PRIVATE:
        return _p("field", "known")
    return value_label(str(one.detail), str(one.actual))
