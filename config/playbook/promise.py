"""Sections about whom we want and what both sides promise: personas, agreement."""

from __future__ import annotations

from typing import Any

from config.playbook.ground import When, about_a_lead
from config.playbook.problems import Path
from config.playbook.reading import Reading
from config.playbook.shapes import Fields, Label, ListOf, MapOf, Maybe, Named, Number, OneOf, identifier
from config.playbook.units import target, target_amount, target_is_percent

RATES = (
    "accept_rate",
    "required_fields_rate",
    "accepted_to_sql_rate",
    "accept_clock_met_rate",
    "first_contact_met_rate",
    "persistence_met_rate",
    "report_clock_met_rate",
    "send_back_answer_met_rate",
    "meeting_verdict_rate",
)
AMOUNTS = ("handoffs_offered", "opportunities_won", "won_amount")
SIDES = ("marketing", "sales", "shared")

PERSONAS = MapOf(
    Fields({"label": Label(), "aimed": When(about_a_lead), "share": Maybe(Number(least=0, most=100))})
)


def _unit_fits(clause: dict[str, Any], path: Path, reading: Reading) -> None:
    """Rates are promised in percent, counts and amounts in plain numbers."""
    is_percent = target_is_percent(clause["target"])
    if is_percent != (clause["metric"] in RATES):
        code = "target_not_percent" if is_percent else "target_needs_percent"
        reading.refuse((*path, "target"), code, value=clause["target"], metric=clause["metric"])
    elif is_percent and target_amount(clause["target"]) > 100:
        reading.refuse((*path, "target"), "target_above_100", value=clause["target"])


CLAUSE = Fields(
    {"id": identifier(), "metric": OneOf((*RATES, *AMOUNTS)), "target": target(), "label": Maybe(Label())},
    then=_unit_fits,
)


def _clauses_once(agreement: dict[str, Any], path: Path, reading: Reading) -> None:
    seen: set[str] = set()
    for side in SIDES:
        for index, clause in enumerate(agreement.get(side, [])):
            if clause["id"] in seen:
                reading.refuse((*path, side, index, "id"), "given_twice", value=clause["id"])
            seen.add(clause["id"])


AGREEMENT = Fields(
    {
        "period": OneOf(["month"]),
        "signed_by": Fields({"marketing": Named("people"), "sales": Named("people")}),
        **{side: Maybe(ListOf(CLAUSE)) for side in SIDES},
    },
    then=_clauses_once,
)


def signed_by_their_side(sections: dict[str, Any], reading: Reading) -> None:
    """Marketing's promise is signed by somebody of marketing, sales' by somebody of sales."""
    for side, email in sections.get("agreement", {}).get("signed_by", {}).items():
        if (theirs := sections["people"][email]["side"]) != side:
            reading.refuse(("agreement", "signed_by", side), "signed_by_other_side", value=email, side=theirs)
