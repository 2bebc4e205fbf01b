"""Why a lead is as ready as it is: today line by line, what would be enough, and how it came to be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from handoff.models import Handoff
from handoff.timeline import Entry
from handoff.views import lead_change, lead_curve
from leads import activity_types, stages
from leads import words as ground
from leads.models import Lead
from scoring import facts, ledger, reach, readiness
from scoring import words as score_words
from scoring.past import words as past_words
from scoring.past.hindsight import Past
from scoring.readiness import Judged

OFFERED = 4  # what would be enough; more is one too many to read


def shown(
    request: HttpRequest,
    lead: Lead,
    moment: datetime,
    *,
    handoffs: Sequence[Handoff],
    entries: Sequence[Entry],
) -> dict[str, Any]:
    """Readiness line by line, in words; nothing while no model is published."""
    seen = readiness.look(lead, now=moment)
    if seen is None:
        return {"sheet": None}
    sheet, place = ledger.of_judged(seen), lead_change.Place(entries)
    context = _today(sheet, lead, moment, place) | _reach(seen, sheet)
    past, here = Past(lead), {"why": "90" if request.GET.get("why") == "90" else "today"}
    if here["why"] == "90":
        here |= lead_curve.curve_of(past, moment, handoffs=handoffs, place=place)
    return context | here | lead_change.change_of(past, request.GET.get("since", ""), moment, place)


def _today(sheet: ledger.Ledger, lead: Lead, moment: datetime, place: lead_change.Place) -> dict[str, Any]:
    values = facts.values_of(lead)
    label = {
        row: score_words.line_label(row, values=values) for row in (*sheet.fit.rows, *sheet.interest.rows)
    }
    fit, interest = score_words.class_labels(sheet.fit.is_high, sheet.interest.is_high)
    halves = [("fit", sheet.fit, fit), ("int", sheet.interest, interest)]
    return {
        "sheet": sheet,
        "halves": [
            {"half": half, "css": css, "class": word, "rows": _in_order(half.rows, label, place)}
            for css, half, word in halves
        ],
        "missing": [score_words.shortfall(one) for one in sheet.missing],
        "group": score_words.group_label(sheet.group) if sheet.group is not None else "",
        "notes": list(filter(None, _notes(sheet, moment))),
    }


def _in_order(
    rows: Sequence[ledger.Row], label: Mapping[ledger.Row, str], place: lead_change.Place
) -> list[tuple[ledger.Row, str, str]]:
    """What happened last stands first, each with the way to its event; what has no moment comes after."""
    dated = sorted((row for row in rows if row.last_at), key=lambda row: row.last_at, reverse=True)
    ordered = (*dated, *(row for row in rows if not row.last_at))
    return [(row, label[row], place.of(row.events[-1]) if row.events else "") for row in ordered]


def _notes(sheet: ledger.Ledger, moment: datetime) -> list[str]:
    return [
        score_words.news_note(sheet.news, now=moment) if sheet.news else "",
        score_words.fall_note(sheet.fall, now=moment) if sheet.fall else "",
        score_words.leave_note(sheet),
    ]


def _reach(seen: Judged, sheet: ledger.Ledger) -> dict[str, Any]:
    """Which single reaction would be enough; asked only while the lead is marketing's."""
    if sheet.holds or seen.lead.stage not in (stages.LEAD, stages.MAL):
        return {}
    directions = activity_types.directions(ground.section("activity_types") or {})
    found = reach.reach(
        seen.model, seen.facts, seen.at, directions=directions, sent_back_at=seen.lead.sent_back_at,
        override=seen.say.readiness,
    )  # fmt: skip
    return {
        "enough": [past_words.try_label(one) for one in found.enough[:OFFERED]],
        "strongest": past_words.try_label(found.strongest) if found.strongest else "",
        "strongest_reaches": found.strongest.readiness if found.strongest else None,
    }
