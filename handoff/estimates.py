"""What the machine may conclude of budget and timing, and from what: values in, estimates out (PRODUCT 6).

Only from named evidence: an answer the lead gave, or a field that came in with their data. What a person
said of it is a fact and stands apart; evidence from before their word counts no more.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

BUDGET, TIMING = "budget", "timing"
# Field → how forms and imports call it, in `data` of an activity and among a lead's attributes.
NAMES: Mapping[str, Sequence[str]] = {
    BUDGET: ("budget", "Budget", "予算", "ご予算", "想定予算", "予算感", "予算規模"),
    TIMING: (
        "timing", "Timing", "timeline", "timeframe", "検討時期", "導入時期", "導入予定時期", "導入予定",
        "導入希望時期", "ご検討時期",
    ),
}  # fmt: skip
FIELD_OF = {name: field for field, names in NAMES.items() for name in names}
FRESH = timedelta(days=365)  # budgets are made for a year
MOST_EVIDENCE, MOST_OTHERS = 5, 3
LONGEST = 200
YES, NO = "yes", "no"
ACTIVITY, ATTRIBUTE = "activity", "attribute"


@dataclass(frozen=True)
class Saying:
    """One piece of evidence: what was said of a field, when, and where it stands.

    `where` is frozen as it is: {kind: activity, event, type, content} or {kind: attribute, name}.
    """

    field: str
    value: str
    at: datetime
    where: Mapping[str, Any]

    def frozen(self) -> dict[str, Any]:
        return {**self.where, "at": self.at.isoformat(), "said": self.value}


@dataclass(frozen=True)
class Word:
    """What a person said of a field: `yes` makes the value a fact, `no` refutes it."""

    field: str
    value: str
    at: datetime
    by: int | None
    says: str = YES


def read(data: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(field, name, value) of everything in `data` that says something of budget or timing."""
    for name, field in FIELD_OF.items():
        if said := text_of(data.get(name)):
            yield field, name, said


def text_of(value: Any) -> str:
    """A value as text: numbers with separators; nothing for yes and no, lists and blanks."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    said = value.strip() if isinstance(value, str) else f"{value:,}"
    return said[:LONGEST]


def conclude(sayings: Iterable[Saying], words: Iterable[Word], *, now: datetime) -> dict[str, Any]:
    """`{estimates: [{field, value, evidence[], otherwise[]}], facts: [{field, value, by, at}]}`, each
    only where there is something.

    The newest saying is the estimate, those that agree are its evidence, those that do not stand beside it.
    Of a person's words the newest counts, and only what was said after it is worth an estimate again.
    """
    latest = {word.field: word for word in sorted(words, key=lambda word: word.at)}
    heard = sorted(sayings, key=lambda one: one.at, reverse=True)
    estimates = [
        found
        for field in NAMES
        if (found := _estimate([one for one in heard if _counts(one, field, latest.get(field), now)]))
    ]
    facts = [
        {"field": field, "value": word.value, "by": word.by, "at": word.at.isoformat()}
        for field in NAMES
        if (word := latest.get(field)) and word.says == YES
    ]
    return {name: found for name, found in (("estimates", estimates), ("facts", facts)) if found}


def _counts(one: Saying, field: str, word: Word | None, now: datetime) -> bool:
    is_answered = word is not None and one.at <= word.at
    return one.field == field and now - FRESH < one.at <= now and not is_answered


def _estimate(heard: Sequence[Saying]) -> dict[str, Any] | None:
    """Of sayings about one field, newest first."""
    if not heard:
        return None
    said = key(heard[0].value)
    agree = [one.frozen() for one in heard if key(one.value) == said]
    others = [one.frozen() for one in heard if key(one.value) != said]
    return {
        "field": heard[0].field,
        "value": heard[0].value,
        "evidence": agree[:MOST_EVIDENCE],
        "otherwise": others[:MOST_OTHERS],
    }


def key(value: str) -> str:
    """A value as it is compared: 500万円 and ５００万円 are one."""
    return "".join(unicodedata.normalize("NFKC", value).casefold().split())
