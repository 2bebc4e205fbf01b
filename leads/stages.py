"""The life of a lead as a table: which stage may follow which, and by whom (PRODUCT 3).

`docs/stages.md` is generated from this table.
"""

from __future__ import annotations

from dataclasses import dataclass

LEAD, MAL, MQL, SAL, SQL, OPPORTUNITY = "lead", "mal", "mql", "sal", "sql", "opportunity"
DISQUALIFIED = "disqualified"
FORWARD = (LEAD, MAL, MQL, SAL, SQL, OPPORTUNITY)
STAGES = (*FORWARD, DISQUALIFIED)
IN_SALES_HANDS = (MQL, SAL, SQL, OPPORTUNITY)

PERSON, RULE, WAKE, IMPORT, MERGE, SPLIT, UNDO = "person", "rule", "wake", "import", "merge", "split", "undo"
CAUSES = (PERSON, RULE, WAKE, IMPORT, MERGE, SPLIT, UNDO)

WON, LOST = "won", "lost"
OUTCOMES = (WON, LOST)


@dataclass(frozen=True)
class Step:
    """One row of the table: from → to, the causes that may take it, and what it asks for."""

    start: str | None
    end: str
    causes: frozenset[str]
    needs_reason: bool = False


class StageRefused(Exception):
    """The table does not know this way. `code` is for faces to put into words."""

    def __init__(self, code: str, start: str | None, end: str, cause: str) -> None:
        self.code, self.start, self.end, self.cause = code, start, end, cause
        super().__init__(f"{code}: {start} -> {end} by {cause}")


def _rows(starts: tuple[str | None, ...], end: str, *causes: str, reason: bool = False) -> list[Step]:
    return [Step(start, end, frozenset(causes), reason) for start in starts]


TABLE: tuple[Step, ...] = (
    *_rows((None,), LEAD, PERSON, RULE, IMPORT),
    *_rows((LEAD,), MAL, RULE, PERSON, IMPORT),
    *_rows((LEAD, MAL), MQL, RULE, PERSON, WAKE, IMPORT),
    *_rows((MQL,), SAL, PERSON, IMPORT),
    *_rows((SAL,), SQL, PERSON, IMPORT),
    *_rows((SQL,), OPPORTUNITY, PERSON, IMPORT),
    *_rows((MQL,), MAL, PERSON, RULE),
    *_rows((SAL, SQL, OPPORTUNITY), MAL, PERSON, reason=True),
    *_rows((LEAD, MAL, MQL, SAL, SQL, OPPORTUNITY), DISQUALIFIED, PERSON, reason=True),
    *_rows((DISQUALIFIED,), MAL, PERSON, reason=True),
)
UNDOING: tuple[Step, ...] = (
    *_rows((SAL, SQL, MAL, DISQUALIFIED), MQL, UNDO),
    *_rows((SQL, MAL, DISQUALIFIED), SAL, UNDO),
    *_rows((MAL, DISQUALIFIED), SQL, UNDO),
)
"""Ways on which an answer is undone: from where it led back to where it was given, and nothing else."""

_BY_ENDS = {(row.start, row.end): row for row in TABLE}
_UNDONE = {(row.start, row.end): row for row in UNDOING}


def find(start: str | None, end: str, cause: str = "") -> Step | None:
    return (_UNDONE if cause == UNDO else _BY_ENDS).get((start, end))


def skipped(start: str | None, end: str) -> tuple[str, ...]:
    """The stages passed over on the way forward, in order; empty where the step is direct."""
    if find(start, end) or end not in FORWARD:
        return ()
    first = 0 if start is None else FORWARD.index(start) + 1 if start in FORWARD else len(FORWARD)
    return FORWARD[first : FORWARD.index(end)]


def path(start: str | None, end: str, *, cause: str, reason: str = "") -> tuple[str, ...]:
    """Every stage to write on the way from `start` to `end`, the last one being `end`.

    Skips forward are for a person or an import; raises StageRefused (`not_in_table`,
    `not_by_this_cause`, `reason_required`).
    """
    stops = (end,) if cause == UNDO else (*skipped(start, end), end)
    here = start
    for stop in stops:
        row = find(here, stop, cause)
        if row is None or (len(stops) > 1 and cause not in (PERSON, IMPORT)):
            raise StageRefused("not_in_table", start, end, cause)
        if cause not in row.causes:
            raise StageRefused("not_by_this_cause", start, end, cause)
        if _asks_for_reason(row, cause) and not reason:
            raise StageRefused("reason_required", start, end, cause)
        here = stop
    return stops


def _asks_for_reason(row: Step, cause: str) -> bool:
    """A person who takes a lead back from sales says why; the machine says it by its rule."""
    return row.needs_reason or (row.start == MQL and row.end == MAL and cause == PERSON)


def reachable(start: str, cause: str) -> tuple[str, ...]:
    """Stages that `cause` may move a lead to directly from `start`."""
    return tuple(row.end for row in (*TABLE, *UNDOING) if row.start == start and cause in row.causes)


def as_markdown() -> str:
    """The table as `docs/stages.md` prints it."""
    lines = ["# Stages", "", "Generated from `leads/stages.py`; a test compares the two.", ""]
    lines += ["| from | to | by | reason |", "|---|---|---|---|"]
    for row in (*TABLE, *UNDOING):
        by = ", ".join(cause for cause in CAUSES if cause in row.causes)
        asks = row.needs_reason or _asks_for_reason(row, PERSON)
        lines.append(f"| {row.start or '–'} | {row.end} | {by} | {'a person says why' if asks else ''} |")
    return "\n".join(lines) + "\n"
