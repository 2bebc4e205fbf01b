"""The door for many writes the very rows that the door for one would write."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, models
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from leads import intake, intake_bulk
from leads.intake import IntakeRefused
from leads.models import AttributeChange, Company, Lead, Standing, Transition
from tests.people import NOW

pytestmark = pytest.mark.django_db
TABLES = (Company, Lead, Transition, Standing, AttributeChange)
LATER = NOW + timedelta(hours=1)


def one_by_one(rows: list[dict[str, Any]], *, now=NOW) -> list[str]:
    answers = []
    for values in rows:
        try:
            answers.append(
                "created" if intake.receive(values, by=None, now=now, cause="import").created else "known"
            )
        except IntakeRefused as refused:
            answers.append(refused.code)
    return answers


def all_at_once(rows: list[dict[str, Any]], *, now=NOW) -> list[str]:
    taken = intake_bulk.receive_many([intake_bulk.Told(values) for values in rows], by=None, now=now)
    said = {"created": "created", "rejected": "ambiguous_match"}
    return [said.get(one.status, "known") for one in taken]


def stored() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, ids as places in the order of writing."""
    place = {
        model: {pk: at for at, pk in enumerate(model.objects.order_by("pk").values_list("pk", flat=True))}
        for model in (Company, Lead)
    }
    return {
        model.__name__: sorted(map(repr, (_row(one, place) for one in model.objects.all())))
        for model in TABLES
    }


def _row(one: models.Model, place: dict[Any, dict[int, int]]) -> tuple[Any, ...]:
    cells = []
    for field in one._meta.concrete_fields:
        value = getattr(one, field.attname)
        target = field.related_model if field.is_relation else type(one) if field.primary_key else None
        if target in place and value is not None:
            value = place[target][value]
        elif field.primary_key:
            value = ""
        cells.append((field.attname, value))
    if isinstance(one, AttributeChange) and one.field == "company":
        spots = {"old": place[Company].get(one.old), "new": place[Company].get(one.new)}
        cells = [(name, spots.get(name, value)) for name, value in cells]
    return tuple(cells)


def wipe() -> None:
    for model in reversed(TABLES):
        model.objects.all().delete()


MAILS = ["a@x.example", "b@x.example", "info@x.example", "c@gmail.com", "A@X.example", ""]
NAMES = ["山本 花子", "Mary Smith", ""]
COMPANIES = [
    None,
    {"name": "青空商事㈱"},
    {"name": "株式会社青空商事", "industry": "製造業"},
    {"name": "Minato", "domain": "x.example"},
    {"industry": "logistics", "employees": 30},
    {"name": "みなと", "attributes": {"rank": "A"}},
]


@st.composite
def lead_rows(draw: Any) -> dict[str, Any]:
    values: dict[str, Any] = {"name": draw(st.sampled_from(NAMES)), "email": draw(st.sampled_from(MAILS))}
    if draw(st.booleans()):
        values["external_id"] = draw(st.sampled_from(["1", "2", "3"]))
    if draw(st.booleans()):
        values["attributes"] = {"budget": draw(st.sampled_from(["5M", None, "a\\b\tc\n"]))}
    company = draw(st.sampled_from(COMPANIES))
    if company:
        values["company"] = company
    for name in ("phone", "title", "source"):
        if draw(st.booleans()):
            values[name] = draw(st.sampled_from(["03-1234-5678", "部長", "web"]))
    # An empty cell is not in the row at all.
    return {name: value for name, value in values.items() if value != ""} | {"family_name": "山本"}


@settings(
    max_examples=60,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(lead_rows(), max_size=8), st.lists(lead_rows(), max_size=4))
def test_same_rows_by_bulk_as_one_by_one(first, then):
    # A row without an id that says nothing new is met again only by an import: ids for those here.
    first = [row if row.get("email") else row | {"external_id": "9"} for row in first]
    wipe()
    answers = [one_by_one(first), one_by_one(then, now=LATER)]
    single = stored()
    wipe()
    assert [all_at_once(first), all_at_once(then, now=LATER)] == answers
    assert stored() == single
    wipe()


@pytest.mark.django_db(transaction=True)
def test_the_same_people_by_two_files_and_a_form_at_once_stay_one_lead_each():
    rows = [{"email": f"a{n}@c{n % 5}.example", "company": {"name": f"C{n % 5}"}} for n in range(40)]
    start, wrong = threading.Barrier(3), []

    def bring(act: Callable[[], object]) -> None:
        try:
            start.wait()
            act()
        except Exception as error:
            wrong.append(error)
        finally:
            connection.close()

    acts = [lambda: all_at_once(rows), lambda: all_at_once(rows[::-1]), lambda: one_by_one(rows)]
    threads = [threading.Thread(target=bring, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert Lead.objects.count() == 40
    assert Company.objects.count() == 5


@pytest.mark.parametrize("rows", [1, 40])
def test_statements_do_not_grow_with_the_rows(rows, django_assert_max_num_queries):
    told = [{"email": f"a{n}@x.example", "company": {"name": f"C{n}"}, "title": "課長"} for n in range(rows)]
    with django_assert_max_num_queries(30):
        all_at_once(told)
    changed = [row | {"title": "部長"} for row in told]
    with django_assert_max_num_queries(30):
        all_at_once(changed)
    assert AttributeChange.objects.count() == rows


def test_one_is_not_true_in_json():
    told = [{"external_id": str(n), "attributes": {"a": value}} for n, value in enumerate([1, True, 1.5])]
    all_at_once(told)
    assert [repr(lead.attributes["a"]) for lead in Lead.objects.order_by("pk")] == ["1", "True", "1.5"]


ODD = ["", "a\\b", "a\tb", "a\nb\r\nc", "\\N", "\\.", "‘’“”", "🎌", "'", '"', "%s", "\u2028", "\x7f"]


@pytest.mark.parametrize("text", ODD)
def test_text_arrives_as_it_was(text):
    values = {"external_id": "1", "note": text, "attributes": {"a": text, "b": [1, None, True]}}
    all_at_once([values])
    all_at_once([{"external_id": "1", "note": text + "!", "attributes": {"c": text}}], now=LATER)
    lead = Lead.objects.get()
    assert (lead.note, lead.attributes) == (text + "!", {"a": text, "b": [1, None, True], "c": text})
    assert {(one.old, one.new) for one in lead.changes.filter(field="note")} == {(text, text + "!")}
