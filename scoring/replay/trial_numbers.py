"""The numbers of a simulation, counted from the rows behind them: a number and its list cannot differ."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count

from scoring.models import Simulation
from scoring.replay.trial_rows import BEFORE, ENTERED, KINDS, LEFT, REAL

Entry = tuple[str, datetime, Any]
SIDES = {"draft": "", "before": BEFORE, "real": REAL}


def of(simulation: Simulation) -> dict[str, Any]:
    """`kinds`: how many rows of each; `leads`: how many leads; `weeks` and `queues`: entries over time.

    Weeks begin on Monday and days at midnight in the zone of the rules.
    """
    counted = simulation.leads.values("kind").annotate(n=Count("pk"), leads=Count("lead", distinct=True))
    found = {row["kind"]: (row["n"], row["leads"]) for row in counted.order_by()}
    zone = str(simulation.body["timezone"])
    moves = [f"{kind}{whose}" for kind in (ENTERED, LEFT) for whose in SIDES.values()]
    found_moves = simulation.leads.filter(kind__in=moves).values_list("kind", "at", "detail")
    rows = [(kind, at, detail) for kind, at, detail in found_moves if at is not None]
    return {
        "zone": zone,
        "days": (simulation.until - simulation.since).total_seconds() / 86_400,
        "kinds": {kind: found.get(kind, (0, 0))[0] for kind in KINDS},
        "leads": {kind: found.get(kind, (0, 0))[1] for kind in KINDS},
        "weeks": _weeks(simulation, rows, ZoneInfo(zone)),
        "queues": _queues(rows, ZoneInfo(zone)),
        "triggers": _triggers(rows),
    }


def _weeks(simulation: Simulation, rows: Iterable[Entry], zone: ZoneInfo) -> list[dict[str, Any]]:
    counts = Counter((kind, _monday(at, zone)) for kind, at, _ in rows)
    monday = _monday(simulation.since, zone)
    last = _monday(simulation.until - timedelta.resolution, zone)
    weeks = []
    while monday <= last:
        weeks.append({"from": monday.isoformat()} | {
            side: [counts[ENTERED + whose, monday], counts[LEFT + whose, monday]]
            for side, whose in SIDES.items()
        })  # fmt: skip
        monday += timedelta(days=7)
    return weeks


def _monday(at: datetime, zone: ZoneInfo) -> date:
    local = at.astimezone(zone).date()
    return local - timedelta(days=local.weekday())


def _queues(rows: Iterable[Entry], zone: ZoneInfo) -> list[dict[str, Any]]:
    """Handoffs by queue (empty: no route), with the busiest day of each side; the busiest queue first."""
    days: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    names: Counter[str] = Counter()
    sides = {ENTERED + whose: side for side, whose in SIDES.items()}
    for kind, at, detail in rows:
        if kind in sides and "queue" in detail:
            names[detail["queue"]] += 1
            days[detail["queue"], sides[kind]][at.astimezone(zone).date().isoformat()] += 1
    return [
        {"queue": name} | {side: _load(days[name, side]) for side in SIDES}
        for name, _ in sorted(names.items(), key=lambda pair: (-pair[1], pair[0]))
    ]  # fmt: skip


def _load(days: Counter[str]) -> dict[str, Any]:
    most = max(days.items(), key=lambda pair: (pair[1], pair[0]), default=("", 0))
    return {"total": days.total(), "most": most[1], "on": most[0], "days": dict(sorted(days.items()))}


def _triggers(rows: Iterable[Entry]) -> dict[str, dict[str, int]]:
    """By what they came: score, fast_track, person, wake, import."""
    found: dict[str, Counter[str]] = {side: Counter() for side in SIDES}
    for kind, _, detail in rows:
        for side, whose in SIDES.items():
            if kind == ENTERED + whose:
                found[side][detail["trigger"]] += 1
    return {side: dict(sorted(counts.items())) for side, counts in found.items()}
