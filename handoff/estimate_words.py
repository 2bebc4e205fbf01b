"""Estimates in the reader's words: what is estimated from what, what was made sure of, what is not so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import pgettext_lazy as _p

from handoff import estimates
from handoff.desk.confirming import OPEN
from leads.models import User
from leads.words import activity_label, field_label, short_day

ESTIMATED, CONFIRMED, REFUTED = "estimated", "confirmed", "refuted"
SAID: Mapping[str, Promise] = {
    estimates.YES: _p("estimate", "Confirmed: %(field)s."),
    estimates.NO: _p("estimate", "Noted as not so: %(field)s."),
    OPEN: _p("estimate", "Estimated again: %(field)s."),
}


@dataclass(frozen=True)
class Row:
    """One line: an estimate with its evidence, or a person's word with who and when.

    `is_ours`: said in this handoff, so it can be taken back here. `is_next`: the one that a key confirms.
    """

    field: str
    value: str
    state: str
    evidence: tuple[str, ...] = ()
    otherwise: tuple[str, ...] = ()
    by: User | None = None
    at: datetime | None = None
    is_ours: bool = False
    is_next: bool = False

    @property
    def label(self) -> str:
        return label(self.field)


def label(field: str) -> str:
    """A field as the lead's attribute of that name is called."""
    return field_label(f"attributes.{field}")


def done(field: str, says: str) -> str:
    """What the person who pressed is told."""
    return str(SAID[says]) % {"field": label(field)}


def rows(told: Mapping[str, Any], confirmed: Mapping[str, Any], *, now: datetime) -> tuple[Row, ...]:
    """Of what was concluded (`estimates.conclude`) and what was said of it since (`Handoff.confirmed`)."""
    facts = {one["field"]: one for one in told.get("facts", ())}
    concluded = {one["field"]: one for one in told.get("estimates", ())}
    people = User.objects.in_bulk({one["by"] for one in (*facts.values(), *confirmed.values()) if one["by"]})
    found: list[Row] = []
    for field in estimates.NAMES:
        word = confirmed.get(field) or facts.get(field)
        if word:
            found.append(_word(field, word, people, is_ours=field in confirmed))
        estimate = concluded.get(field)
        if estimate and not (word and _newest(estimate) <= datetime.fromisoformat(word["at"])):
            is_next = all(one.state != ESTIMATED for one in found)
            found.append(_estimate(estimate, now, is_next=is_next))
    return tuple(found)


def _word(field: str, word: Mapping[str, Any], people: Mapping[int, User], *, is_ours: bool) -> Row:
    state = REFUTED if word.get("says") == estimates.NO else CONFIRMED
    at, by = datetime.fromisoformat(word["at"]), people.get(word["by"])
    return Row(field, word["value"], state, by=by, at=at, is_ours=is_ours)


def _estimate(one: Mapping[str, Any], now: datetime, *, is_next: bool) -> Row:
    evidence = tuple(_source(source, now) for source in one["evidence"])
    others = tuple(f"{source['said']} ({_source(source, now)})" for source in one["otherwise"])
    return Row(one["field"], one["value"], ESTIMATED, evidence, others, is_next=is_next)


def _newest(one: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(one["evidence"][0]["at"])


def _source(one: Mapping[str, Any], now: datetime) -> str:
    """Where something was said: 11/18(水) アンケートに回答「導入の予定」."""
    at = timezone.localtime(datetime.fromisoformat(one["at"])).date()
    return f"{short_day(at, timezone.localtime(now).date())} {_what(one)}"


def _what(one: Mapping[str, Any]) -> str:
    if one["kind"] == estimates.ATTRIBUTE:
        return _t("came in with their data (%(name)s)") % {"name": one["name"]}
    said = activity_label(one["type"])
    return said + _t(" “%(content)s”") % {"content": one["content"]} if one["content"] else said
