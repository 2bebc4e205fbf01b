"""The table of stages: every way that exists, and that no other does (PRODUCT 3)."""

from __future__ import annotations

from pathlib import Path

import pytest

from leads import stages
from leads.stages import StageRefused, path

HOUSE = Path(__file__).resolve().parents[2]


def test_docs_show_the_table_as_it_is():
    assert (HOUSE / "docs" / "stages.md").read_text(encoding="utf-8") == stages.as_markdown()


@pytest.mark.parametrize(
    ("start", "end", "cause", "stops"),
    [
        (None, "lead", "import", ("lead",)),
        ("lead", "mal", "rule", ("mal",)),
        ("lead", "mql", "rule", ("mql",)),
        ("mal", "mql", "wake", ("mql",)),
        ("mql", "sal", "person", ("sal",)),
        ("lead", "sal", "import", ("mal", "mql", "sal")),
        ("mal", "sql", "person", ("mql", "sal", "sql")),
        ("mql", "mal", "rule", ("mal",)),
        ("lead", "opportunity", "import", ("mal", "mql", "sal", "sql", "opportunity")),
    ],
)
def test_ways_that_exist(start, end, cause, stops):
    assert path(start, end, cause=cause) == stops


@pytest.mark.parametrize(
    ("start", "end", "cause", "reason", "code"),
    [
        ("mql", "sal", "rule", "", "not_by_this_cause"),
        ("lead", "sal", "rule", "", "not_in_table"),
        ("mal", "lead", "person", "x", "not_in_table"),
        ("disqualified", "mql", "person", "x", "not_in_table"),
        ("sal", "mal", "rule", "x", "not_by_this_cause"),
        ("sal", "mal", "person", "", "reason_required"),
        ("mql", "mal", "person", "", "reason_required"),
        ("mal", "disqualified", "person", "", "reason_required"),
        ("disqualified", "mal", "person", "", "reason_required"),
        ("sal", "sal", "person", "x", "not_in_table"),
    ],
)
def test_ways_that_do_not(start, end, cause, reason, code):
    with pytest.raises(StageRefused) as refused:
        path(start, end, cause=cause, reason=reason)
    assert refused.value.code == code


def test_a_machine_never_takes_a_lead_back_from_sales():
    for start in (stages.SAL, stages.SQL, stages.OPPORTUNITY):
        for cause in (stages.RULE, stages.WAKE):
            assert stages.reachable(start, cause) == ()


def test_every_row_ends_at_a_known_stage():
    assert {row.end for row in stages.TABLE} == set(stages.STAGES)
