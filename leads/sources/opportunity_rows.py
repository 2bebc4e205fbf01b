"""A row of a file of opportunities as what `opportunity_intake.receive` takes."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import translation

from leads import identity, opportunities, opportunity_intake, reasons, stages, words
from leads.intake_bulk import REJECTED, Taken
from leads.refusals import Refused
from leads.sources import cells
from leads.sources.cells import Convert
from leads.sources.known_leads import KnownLeads
from leads.sources.lead_rows import People
from leads.sources.mapping import Column
from leads.sources.problems import CellRefused, Problem
from leads.sources.rows import Values

FARTHEST = timedelta(days=36500)
_AMOUNT = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d+(?:\.\d{1,2})?", re.ASCII)
_OPEN = frozenset({"open", "進行中", "商談中", "提案中", "-", "継続"})
_LINES = {"external_id": 200, "lead_external_id": 200, "lead_email": 320, "competitor": 120}


@dataclass
class OpportunityRows:
    """A file of opportunities: whose, how much, by when, and how they ended."""

    zone: ZoneInfo
    dates: tuple[str, ...]
    now: datetime
    people: People

    fields = (
        "external_id", "lead_external_id", "lead_email", "amount", "currency", "expected_close", "owner",
        "outcome", "reason", "competitor", "closed_at", "next_step_on", "note",
    )  # fmt: skip
    spare = ""

    def __post_init__(self) -> None:
        self.reasons, self.outcomes = _reasons(), _outcomes()

    def maker(self, to: str, column: Column) -> Convert:
        special: dict[str, Convert] = {
            "amount": _amount, "currency": _currency, "owner": self.people.find,
            "expected_close": self._day(column), "next_step_on": self._day(column),
            "closed_at": self._moment(column, self.now), "outcome": self._outcome, "reason": self._reason,
            "note": cells.block(cells.LONGEST_NOTE),
        }  # fmt: skip
        return special[to] if to in special else cells.line(_LINES[to])

    def finished(self, flat: Values) -> tuple[Values, list[Problem]]:
        problems = []
        if not flat.get("lead_external_id") and not flat.get("lead_email"):
            problems.append(Problem("lead_external_id", "", "no_lead_said"))
        return flat, problems

    def take(self, rows: list[Values], *, now: datetime) -> list[Taken]:
        """Row by row: each is a lead that moves."""
        leads = KnownLeads.of(rows)
        return [self._take(row, leads, now=now) for row in rows]

    def forget(self) -> None:
        """Nothing is remembered from batch to batch."""

    def _take(self, row: Values, leads: KnownLeads, *, now: datetime) -> Taken:
        lead_id, code, name = leads.find(row)
        if lead_id is None:
            return Taken(REJECTED, None, code, name)
        try:
            with transaction.atomic():
                return Taken(opportunity_intake.receive(lead_id, row, now=now), lead_id)
        except Refused as refused:
            return Taken(REJECTED, None, refused.code, refused.field)

    def _moment(self, column: Column, latest: datetime) -> Convert:
        return cells.moment(zone=column.zone or self.zone, latest=latest, formats=column.dates or self.dates)

    def _day(self, column: Column) -> Convert:
        read, zone = self._moment(column, self.now + FARTHEST), column.zone or self.zone

        def convert(cell: str) -> date:
            at: datetime = read(cell)
            return at.astimezone(zone).date()

        return convert

    def _outcome(self, cell: str) -> str:
        plain = identity.fold(cell)
        if plain in _OPEN:
            return ""
        if plain not in self.outcomes:
            raise CellRefused("unknown_outcome")
        return self.outcomes[plain]

    def _reason(self, cell: str) -> str:
        found = self.reasons.get(identity.fold(cell))
        if found is None:
            raise CellRefused("unknown_reason")
        return found


def _amount(cell: str) -> Decimal:
    """In figures, with a comma between thousands or without: 12,000,000 or ¥12000000."""
    plain = unicodedata.normalize("NFKC", cell).replace(" ", "").lstrip("¥\\$€£").removesuffix("円")
    if not _AMOUNT.fullmatch(plain):
        raise CellRefused("not_an_amount")
    amount = Decimal(plain.replace(",", ""))
    if amount > opportunities.MOST:
        raise CellRefused("number_too_large", most=f"{opportunities.MOST:,}")
    return amount


def _currency(cell: str) -> str:
    plain = unicodedata.normalize("NFKC", cell).upper()
    plain = {"円": "JPY", "¥": "JPY", "$": "USD", "€": "EUR"}.get(plain, plain)
    if not re.fullmatch(r"[A-Z]{3}", plain, re.ASCII):
        raise CellRefused("unknown_currency")
    return plain


def _reasons() -> dict[str, str]:
    """Reasons of losing by code and by label in both languages."""
    listed = reasons.known("lost")
    found: dict[str, str] = {}
    for language in ("en", "ja"):
        with translation.override(language):
            found |= {identity.fold(words.label(body["label"])): code for code, body in listed.items()}
    return found | {identity.fold(code): code for code in listed}


def _outcomes() -> dict[str, str]:
    found: dict[str, str] = {code: code for code in stages.OUTCOMES}
    for language in ("en", "ja"):
        with translation.override(language):
            found |= {identity.fold(words.stage_label(code)): code for code in stages.OUTCOMES}
    return found | {"closed won": "won", "closed lost": "lost", "成約": "won", "契約": "won"}
