"""What decisions are told apart by; each value with the predicate that finds it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from config.playbook.ground import about_a_lead
from leads.predicates import check, matches
from scoring.lessons import traits
from scoring.lessons.traits import Trait
from scoring.rules import Event, Facts, Model
from tests.people import NOW, example

LEAD = {
    "source": "展示会", "campaign": "fair", "title": "情報システム部長", "department": "情報システム部",
    "attributes": {"plan": "pro", "seats": 5, "wants": True, "long": "x" * 61, "blank": " "},
    "company": {"industry": "Food", "employees": 300, "prefecture": "東京都", "attributes": {"erp": "SAP"}},
}  # fmt: skip
EMPTY = {"source": "", "company": {"attributes": {}}, "attributes": {}}
MODEL = Model.compile(example().sections["scoring"])


def told(values) -> list[Trait]:
    return list(traits.values_of(values))


def test_every_value_of_a_lead_by_its_kind():
    assert set(told(LEAD)) == {
        Trait("source", "展示会"), Trait("campaign", "fair"), Trait("industry", "Food"),
        Trait("department", "情報システム部"), Trait("prefecture", "東京都"), Trait("size", "300-999"),
        Trait("title", "head"), Trait("attributes.plan", "pro"), Trait("attributes.wants", "true"),
        Trait("company.attributes.erp", "SAP"),
    }  # fmt: skip


def test_what_nobody_filled_in_is_a_value_too():
    kinds = ("source", "campaign", "industry", "department", "prefecture", "size", "title")
    assert set(told(EMPTY)) == {Trait(kind, "") for kind in kinds}


@pytest.mark.parametrize("values", [LEAD, EMPTY])
def test_each_has_a_predicate_that_finds_it_and_is_allowed(values):
    for trait in told(values):
        assert matches(trait.when, values), trait
        assert not check(trait.when, known_paths=about_a_lead), trait
        other = EMPTY if values is LEAD else LEAD
        assert not matches(trait.when, other), trait


@pytest.mark.parametrize(
    ("employees", "band"),
    [
        (1, "1-49"),
        (49, "1-49"),
        (50, "50-99"),
        (99, "50-99"),
        (299, "100-299"),
        (999, "300-999"),
        (1000, "1000-"),
    ],
)
def test_every_size_has_one_band(employees, band):
    found = [one.value for one in told({"company": {"employees": employees}}) if one.kind == "size"]
    assert found == [band]


def test_a_value_written_otherwise_has_the_same_key():
    assert Trait("industry", "Food").key == Trait("industry", " ｆｏｏｄ").key
    assert Trait("industry", "food").key != Trait("department", "food").key
    assert Trait("rule", "A").key != Trait("rule", "a").key


def event(kind: str, days: float = 0, **data) -> Event:
    return Event(1, kind, "reaction", NOW - timedelta(days=days), data=data)


def rules(*events) -> set[str]:
    return {one.value for one in traits.matched(MODEL, Facts(LEAD, events), NOW)}


def test_rules_are_those_that_moved_the_readiness():
    assert rules() == {"title-head", "size-300", "department"}  # of a group only the best counts
    assert "card-a" in rules(event("card_exchanged", rank="A"))
    assert "card-a" not in rules(event("card_exchanged", rank="B"))


def test_what_faded_below_half_a_point_does_not_count():
    assert "demo" in rules(event("demo_request", days=189))
    assert "demo" not in rules(event("demo_request", days=190))  # 40 points, 30 days half-life
