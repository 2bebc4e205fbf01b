"""A simulation in the reader's words: what it found, what it cannot know, its numbers and their lists.

Rates only where there is enough to speak of rates: below ten, or within two weeks, it counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext as _n

from handoff import words as desk_words
from scoring.models import SimulatedLead, Simulation
from scoring.replay import trial_rows as rows
from scoring.replay.trials import CANCELLED, TrialRefused

FEW = 10
WEEK, MONTH = 7, 30
LONG_ENOUGH, TWO_MONTHS = 14, 60

KINDS: Mapping[str, Promise] = {
    rows.ENTERED: _("Handed over by the draft"),
    rows.LEFT: _("Back to nurture by itself, by the draft"),
    rows.ENTERED + rows.BEFORE: _("Handed over by the rules in force"),
    rows.LEFT + rows.BEFORE: _("Back to nurture by itself, by the rules in force"),
    rows.ENTERED + rows.REAL: _("Really handed over"),
    rows.LEFT + rows.REAL: _("Really back to nurture by itself"),
    rows.GAINED: _("Handed over only by the draft"),
    rows.LOST: _("No longer handed over"),
    rows.MISSED: _("Accepted ones missed"),
    rows.OTHERWISE: _("Accepted ones at another time"),
    rows.PREVENTED: _("Send-backs prevented"),
    rows.ACCEPTED: _("Really accepted"),
    rows.SENT_BACK: _("Really sent back"),
    rows.UNLIKE: _("Went another way than the rules in force say"),
    rows.AFFECTED: _("Leads whose readiness changes now"),
}
NOTES: Mapping[str, Promise] = {
    rows.GAINED: _("how sales would have answered, nobody knows"),
    rows.OTHERWISE: _("earlier or later than it was"),
    rows.AFFECTED: _("what sales has in hand stays"),
}
FRONT = (rows.ENTERED, rows.LOST, rows.GAINED, rows.PREVENTED, rows.MISSED, rows.AFFECTED)
MORE = (rows.LEFT, rows.OTHERWISE, rows.ENTERED + rows.BEFORE, rows.LEFT + rows.BEFORE,
        rows.ENTERED + rows.REAL, rows.LEFT + rows.REAL, rows.ACCEPTED, rows.SENT_BACK,
        rows.UNLIKE)  # fmt: skip
REFUSALS: Mapping[str, Promise] = {
    "no_stretch": _("The stretch ends before it begins. Choose another."),
    "not_past": _("Only the past can be simulated. Choose a stretch that is over."),
    "too_long": _("At most 400 days can be simulated at once. Choose a shorter stretch."),
    "bad_rules": _("These rules cannot be reckoned with. Undo the last change, or begin anew."),
}


def kind_label(kind: str) -> str:
    return str(KINDS[kind])


def refusal(refused: TrialRefused) -> str:
    return str(REFUSALS[refused.code])


def failure(simulation: Simulation) -> str:
    """Why it ended without a result; empty when it did not."""
    if simulation.state != Simulation.FAILED:
        return ""
    if simulation.failure == CANCELLED:
        return _t("It was cancelled.")
    return _t("It broke off. Start it again; if it breaks off again, the log says why.")


def short(simulation: Simulation) -> str:
    """One line for a list of runs."""
    if simulation.state != Simulation.DONE:
        return failure(simulation) or _t("running")
    return findings(simulation)[0]


def findings(simulation: Simulation) -> list[str]:
    """What the draft would have changed, the most important sentence first."""
    kinds, days = simulation.result["kinds"], simulation.result["days"]
    said = [_handoffs(kinds[rows.ENTERED + rows.BEFORE], kinds[rows.ENTERED], days)]
    said += [_prevented(kinds[rows.PREVENTED], kinds[rows.SENT_BACK], days)]
    said += [_missed(kinds[rows.MISSED], kinds[rows.ACCEPTED])]
    if gained := simulation.result["leads"][rows.GAINED]:
        said.append(
            _n(
                "%(n)s lead would have been handed over that was not.",
                "%(n)s leads would have been handed over that were not.",
                gained,
            )
            % {"n": f"{gained:,}"}
        )
    return [one for one in said if one]


def caveats(simulation: Simulation) -> list[str]:
    """What the numbers do not say."""
    result = simulation.result
    kinds = result["kinds"]
    said = [
        _t(
            "How sales would have answered handoffs that never were, and what would have become of those"
            " leads, no simulation knows."
        )
    ]
    if max(kinds[rows.ENTERED], kinds[rows.ENTERED + rows.BEFORE]) < FEW:
        said.append(_t("These are few cases: one more or less changes the picture."))
    if unlike := result["leads"][rows.UNLIKE]:
        said.append(
            _n(
                "%(n)s lead really went another way than the rules in force say.",
                "%(n)s leads really went another way than the rules in force say.",
                unlike,
            )
            % {"n": f"{unlike:,}"}
        )
    if result["queues"]:
        said.append(_t("Queues are those of today's routes, whatever they were then."))
    return said


def numbers(simulation: Simulation) -> dict[str, list[tuple[str, str, int, str]]]:
    """(kind, label, number, note): the front row, and the rest."""
    kinds = simulation.result["kinds"]
    return {
        name: [(kind, kind_label(kind), kinds[kind], _note(kind, kinds)) for kind in shown]
        for name, shown in (("front", FRONT), ("more", MORE))
    }


def weeks(simulation: Simulation) -> list[dict[str, Any]]:
    return [week | {"from": date.fromisoformat(week["from"])} for week in simulation.result["weeks"]]


def loads(simulation: Simulation, queue: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rules in force, draft and life, in this order: how many, a day, and the busiest day."""
    days = max(1.0, simulation.result["days"])
    return [
        {
            "total": queue[side]["total"],
            "a_day": round(queue[side]["total"] / days, 1),
            "most": queue[side]["most"],
            "on": date.fromisoformat(queue[side]["on"]) if queue[side]["on"] else None,
        }
        for side in ("before", "draft", "real")
    ]


@dataclass(frozen=True)
class Row:
    """One lead of a list, and in a few words what is to be said of it."""

    lead: Any
    at: datetime | None
    before: int | None
    after: int | None
    note: str

    @classmethod
    def of(cls, row: SimulatedLead, queues: Mapping[str, str]) -> Row:
        return cls(row.lead, row.at, row.before, row.after, _row_note(row.detail, queues))


def _handoffs(before: int, after: int, days: float) -> str:
    if days < LONG_ENOUGH or max(before, after) < FEW:
        return _counted(before, after, round(days))
    a, b = (_rate(count, days, WEEK) for count in (before, after))
    if a == b:
        return _t("Handoffs stay at about %(a)s a week.") % {"a": a}
    if after < before:
        return _t("Handoffs fall from %(a)s to %(b)s a week.") % {"a": a, "b": b}
    return _t("Handoffs rise from %(a)s to %(b)s a week.") % {"a": a, "b": b}


def _counted(before: int, after: int, days: int) -> str:
    said = {"a": f"{before:,}", "b": f"{after:,}", "days": days}
    if before == after:
        same = _n(
            "In %(days)s days there would have been %(b)s handoff, as many as by the rules in force.",
            "In %(days)s days there would have been %(b)s handoffs, as many as by the rules in force.",
            after,
        )
        return same % said
    other = _n(
        "In %(days)s days there would have been %(b)s handoff instead of %(a)s.",
        "In %(days)s days there would have been %(b)s handoffs instead of %(a)s.",
        after,
    )
    return other % said


def _prevented(prevented: int, sent_back: int, days: float) -> str:
    if not sent_back:
        return _t("Nothing was sent back in this time.")
    if not prevented:
        return _t("None of the %(all)s send-backs would have been prevented.") % {"all": f"{sent_back:,}"}
    said = {"n": f"{prevented:,}", "all": f"{sent_back:,}", "rate": _rate(prevented, days, MONTH)}
    if prevented >= FEW and days >= TWO_MONTHS:
        return _t("%(rate)s send-backs a month would have been prevented (%(n)s of %(all)s).") % said
    return _t("%(n)s of %(all)s send-backs would have been prevented.") % said


def _missed(missed: int, accepted: int) -> str:
    if not accepted:
        return _t("Nothing was accepted in this time.")
    said = {"n": f"{missed:,}", "all": f"{accepted:,}"}
    if not missed:
        return _t("Nobody of the %(all)s that sales accepted would have been missed.") % said
    return _t("%(n)s of %(all)s that sales accepted would have been missed.") % said


def _rate(count: int, days: float, per: int) -> str:
    """So many per week or month: whole from ten on, one decimal below."""
    rate = count * per / days
    return f"{rate:,.0f}" if rate >= FEW else f"{rate:.1f}".removesuffix(".0")


def _note(kind: str, kinds: Mapping[str, int]) -> str:
    if kind == rows.ENTERED:
        return _t("%(n)s by the rules in force") % {"n": f"{kinds[rows.ENTERED + rows.BEFORE]:,}"}
    if kind == rows.PREVENTED:
        return _t("of %(n)s sent back") % {"n": f"{kinds[rows.SENT_BACK]:,}"}
    if kind == rows.MISSED:
        return _t("of %(n)s accepted") % {"n": f"{kinds[rows.ACCEPTED]:,}"}
    return str(NOTES.get(kind, ""))


def _row_note(detail: Mapping[str, Any], queues: Mapping[str, str]) -> str:
    if "reason" in detail:
        return desk_words.any_reason(detail["reason"])
    if "why" in detail:
        return _t("an exclusion") if detail["why"] == "exclude" else _t("fell below the line")
    said = [desk_words.trigger_label(detail["trigger"])] if "trigger" in detail else []
    queue = detail.get("queue")
    return " · ".join([*said, *([queues.get(queue, queue)] if queue else [])])
