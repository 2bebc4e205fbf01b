"""Conditions as rows: what rows say comes back as it was, what they cannot say is left alone."""

import pytest

from config.studio.conditions import Row, amount, predicate_of, rows_of, values_in
from leads.predicates import check
from tests.people import example

SCORING = example().sections["scoring"]
EVERY = [
    *(one["when"] for one in SCORING["fit"]["rules"]),
    *(one["where"] for one in SCORING["interest"]["rules"] if "where" in one),
    *(one["when"] for one in SCORING["mql"]["exclude"]),
    SCORING["mql"]["require"],
    {"title": {"contains_any": ["部長"]}, "phone": {"present": True}},
    {"company.employees": {"gte": 100, "lt": 300}},
    {"any_of": [{"a": {"is": "1"}}, {"b": {"is_not": True}}]},
]


@pytest.mark.parametrize("predicate", EVERY)
def test_rows_say_the_example_and_back(predicate):
    joined, rows = rows_of(predicate)
    assert predicate_of(joined, rows) == predicate


@pytest.mark.parametrize("predicate", [
    {"not": {"a": {"is": "1"}}},
    {"any_of": [{"a": {"is": "1"}, "b": {"is": "2"}}]},
    {"any_of": [{"any_of": [{"a": {"is": "1"}}]}]},
    {"any_of": [{"a": {"gte": 1, "lt": 5}}]},
    {"a": {"is": "1"}, "any_of": [{"b": {"is": "1"}}]},
    {"a": {"in": ["Foo, Inc."]}},
    {"a": {"in": [True]}},
    {"all_of": [{"a": {"is": str(one)}} for one in range(13)]},
])  # fmt: skip
def test_what_rows_cannot_say(predicate):
    assert rows_of(predicate) is None


def test_the_same_test_twice_stands_apart():
    rows = [Row("title", "contains_any", "部長"), Row("title", "contains_any", "情報")]
    made = predicate_of("all", rows)
    assert made == {"all_of": [{"title": {"contains_any": ["部長"]}}, {"title": {"contains_any": ["情報"]}}]}
    assert rows_of(made) == ("all", rows) and check(made) == []


@pytest.mark.parametrize("text, value", [
    ("8", 8), ("８", 8), ("−5", -5), ("1,000", 1000), ("2.5", 2.5), (" 4 ", 4), ("-0", 0),
    ("", None), ("NaN", None), ("inf", None), ("1e9", None), ("9" * 31, None), ("1,0", None), ("八", None),
])  # fmt: skip
def test_numbers_as_people_type_them(text, value):
    assert amount(text) == value


def test_several_values():
    assert values_in("部長、 課長,係長，,\n主任") == ["部長", "課長", "係長", "主任"]
