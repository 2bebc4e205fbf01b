"""Turning pages: nothing twice, nothing lost, whatever arrives meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest

from leads import paging
from leads.models import Lead, Standing
from leads.paging import ORDERS, Cursor, CursorRefused, cut
from tests.people import NOW, new_lead

ALL = sorted(ORDERS)


@pytest.fixture
def thirteen(db: None) -> list[Lead]:
    """Thirteen leads with ties in readiness and, for some, no deadline."""
    found = [new_lead(company={}) for _ in range(13)]
    for place, lead in enumerate(found):
        due = None if place % 5 == 0 else NOW + timedelta(hours=place // 3)
        Standing.objects.filter(lead=lead).update(readiness=(place * 7) % 4 * 20, next_due_at=due)
    return found


def leads():
    return [Standing.objects.all()]


def turn(name: str, size: int, *, meanwhile=lambda: None) -> list[list[int]]:
    """All pages from first to last, as the numbers of their leads."""
    order, cursor, pages = ORDERS[name], None, []
    while True:
        page = cut(leads(), [], order, cursor, size)
        pages.append([row["lead_id"] for row in page.rows])
        if page.next is None:
            return pages
        cursor = Cursor.read(str(page.next), order)
        meanwhile()


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("size", [1, 4, 12, 13, 50])
def test_forwards_every_lead_comes_once_and_in_order(thirteen, name, size):
    turned = [pk for page in turn(name, size) for pk in page]
    whole = [row["lead_id"] for row in cut(leads(), [], ORDERS[name], None, 100).rows]
    assert turned == whole
    assert sorted(turned) == [lead.pk for lead in thirteen]


@pytest.mark.parametrize("name", ALL)
def test_backwards_leads_through_the_same_rows(thirteen, name):
    order = ORDERS[name]
    forwards = turn(name, 4)
    page = cut(leads(), [], order, None, 4)
    while page.next:
        page = cut(leads(), [], order, page.next, 4)
    seen = [[row["lead_id"] for row in page.rows]]
    while page.previous:
        page = cut(leads(), [], order, page.previous, 4)
        seen.append([row["lead_id"] for row in page.rows])
    assert [pk for rows in reversed(seen) for pk in rows] == [pk for rows in forwards for pk in rows]


@pytest.mark.parametrize("name", ALL)
def test_rows_that_arrive_while_turning_move_nothing(thirteen, name):
    def arrive():
        lead = new_lead(company={})
        Standing.objects.filter(lead=lead).update(readiness=40, next_due_at=NOW + timedelta(hours=2))

    turned = [pk for page in turn(name, 3, meanwhile=arrive) for pk in page][:60]
    assert len(turned) == len(set(turned))
    assert {lead.pk for lead in thirteen} <= set(turned) or name == "id"


def test_twenty_rows_before_and_behind_the_place_we_are_at(thirteen):
    """UX check 22: half of them sort before the open page, half behind it."""
    first = cut(leads(), [], ORDERS["-readiness"], None, 5)
    for place in range(20):
        Standing.objects.filter(lead=new_lead(company={})).update(readiness=99 if place % 2 else 1)
    rest, cursor = [], first.next
    while cursor:
        page = cut(leads(), [], ORDERS["-readiness"], cursor, 5)
        rest += [row["lead_id"] for row in page.rows]
        cursor = page.next
    seen = [row["lead_id"] for row in first.rows] + rest
    assert len(seen) == len(set(seen))
    assert {lead.pk for lead in thirteen} <= set(seen)
    assert len(seen) == 13 + 10


def test_a_row_that_leaves_takes_no_other_with_it(thirteen):
    first = cut(leads(), [], ORDERS["-readiness"], None, 5)
    Standing.objects.filter(lead=first.rows[-1]["lead_id"]).delete()
    whole = [row["lead_id"] for row in cut(leads(), [], ORDERS["-readiness"], None, 100).rows]
    second = [row["lead_id"] for row in cut(leads(), [], ORDERS["-readiness"], first.next, 5).rows]
    assert second == whole[4:9]


def test_the_range_is_counted_along(thirteen):
    order = ORDERS["-readiness"]
    one = cut(leads(), [], order, None, 5)
    two = cut(leads(), [], order, one.next, 5)
    three = cut(leads(), [], order, two.next, 5)
    back = cut(leads(), [], order, three.previous, 5)
    home = cut(leads(), [], order, back.previous, 5)
    assert [(page.first, page.last) for page in (one, two, three, back, home)] == [
        (1, 5), (6, 10), (11, 13), (6, 10), (1, 5),
    ]  # fmt: skip
    assert one.previous is None and home.previous is None and three.next is None


@pytest.mark.parametrize("name", ALL)
def test_a_page_is_one_query(thirteen, name, django_assert_num_queries):
    first = cut(leads(), [], ORDERS[name], None, 5)
    with django_assert_num_queries(1):
        cut(leads(), [], ORDERS[name], first.next, 5)


def test_a_cursor_survives_the_way_through_a_query_string(thirteen):
    for name in ALL:
        cursor = cut(leads(), [], ORDERS[name], None, 2).next
        assert Cursor.read(str(cursor), ORDERS[name]) == cursor


@pytest.mark.parametrize(
    "spoil",
    [
        lambda c: c[:-1],
        lambda c: "x" + c,
        lambda c: "abc",
        lambda c: "é:" + c,
        lambda c: "\0",
        lambda c: c * 20,
    ],
)
def test_a_cursor_somebody_touched_is_refused(thirteen, spoil):
    cursor = str(cut(leads(), [], ORDERS["-readiness"], None, 2).next)
    with pytest.raises(CursorRefused):
        Cursor.read(spoil(cursor), ORDERS["-readiness"])


def test_a_cursor_of_another_order_is_refused(thirteen):
    cursor = str(cut(leads(), [], ORDERS["-readiness"], None, 2).next)
    with pytest.raises(CursorRefused):
        Cursor.read(cursor, ORDERS["readiness"])


def test_counting_stops_one_past_the_most(thirteen, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(paging, "MOST", 5)
    none, few = [Standing.objects.none()], [Standing.objects.filter(readiness=60)]
    with django_assert_num_queries(1):
        counted = paging.count_each({"all": leads(), "few": few, "none": none, "nobody": []})
    assert counted == {"all": 6, "few": 3, "none": 0, "nobody": 0}
