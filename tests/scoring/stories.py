"""A history of handoffs and answers, lived through the doors: with one bad rule in it, or with none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from handoff import desk
from handoff.models import Handoff
from leads.models import Lead
from tests.people import NOW, handoff_of, new_lead, react, rescore

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
BEGAN = NOW - timedelta(days=24)
SOURCES, PREFECTURES = ("展示会", "Webサイト", "紹介", "検索広告"), ("東京都", "大阪府", "愛知県")
DEPARTMENTS, INDUSTRIES = ("情報システム部", "生産管理部", "経営企画部"), ("manufacturing", "logistics")

Answer = Callable[[bool, Random], bool]


@dataclass(frozen=True)
class Person:
    """One lead of the story: when it came, whether it gave us a card, and how sales would answer."""

    at: datetime
    values: dict[str, object]
    card: bool
    keen: bool
    yes: bool


def people(many: int, *, seed: int, answer: Answer) -> Iterator[Person]:
    """Everybody fits; some come by a card, most by a seminar and a document, some by both."""
    chance = Random(seed)
    for place in range(many):
        card = chance.random() < 0.45
        company = {
            "name": f"青空{place}", "industry": chance.choice(INDUSTRIES),
            "employees": chance.choice((320, 1200)),
            "prefecture": chance.choice(PREFECTURES),
        }  # fmt: skip
        values = {
            "company": company, "source": chance.choice(SOURCES), "department": chance.choice(DEPARTMENTS),
            "title": "部長",
        }  # fmt: skip
        keen = not card or chance.random() < 0.2
        yield Person(BEGAN + place * HOUR, values, card, keen, answer(card, chance))


def bad_cards(card: bool, chance: Random) -> bool:
    """Who only gave us a card is sent back far more often."""
    return chance.random() < (0.2 if card else 0.8)


def alike(card: bool, chance: Random) -> bool:
    """Nothing to learn: everybody is accepted as often."""
    return chance.random() < 0.7


def live(story: Iterator[Person]) -> list[Lead]:
    """The story happens; who is not handed over cannot be answered."""
    return [_meet(person) for person in story]


def _meet(person: Person) -> Lead:
    lead = new_lead(now=person.at, **person.values)
    if person.card:
        react(lead, "card_exchanged", at=person.at, rank="A")
    if person.keen:
        react(lead, "webinar_attended", at=person.at)
        react(lead, "document_download", at=person.at)
    rescore(lead, now=person.at)
    _answer(lead, person)
    return lead


def _answer(lead: Lead, person: Person) -> None:
    handoff = handoff_of(lead)
    if handoff is None:
        return
    desk.route([handoff.pk], now=person.at)
    handoff = Handoff.objects.get(pk=handoff.pk)
    assert handoff.rep is not None
    if person.yes:
        desk.accept(handoff, by=handoff.rep, now=person.at + 20 * MINUTE)
    else:
        desk.send_back(handoff, by=handoff.rep, now=person.at + 20 * MINUTE, reason="gathering_info")
