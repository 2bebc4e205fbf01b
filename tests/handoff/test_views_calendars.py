"""Calendars in the browser: read, looked ahead, changed as a version; who may, and who was quicker."""

from __future__ import annotations

from datetime import datetime, timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from handoff import pausing
from handoff.models import Clock, DueChange
from leads import calendars, roles
from leads.models import Calendar, CalendarVersion, User
from tests.people import NOW, accepted, new_lead, offered

pytestmark = pytest.mark.usefixtures("frozen")
JST = ZoneInfo("Asia/Tokyo")
DAY = timedelta(days=1)
CLOSED = {
    "what": "exception", "kind": "date", "version": 1, "key": "", "state": "closed", "hours": "",
    "on": "2026-11-25", "label_ja": "棚卸", "label_en": "Stocktaking",
}  # fmt: skip


@pytest.fixture
def browser(house, browser_of):
    """Suzuki, in English for what these tests read."""
    house.suzuki.language = "en"
    house.suzuki.save()
    return browser_of(house.suzuki)


def text(answer) -> str:
    return " ".join(unescape(answer.content.decode()).split())


def page(browser, slug="tokyo", query=""):
    return browser.get(reverse("calendar", args=[slug]) + query)


def send(browser, said, slug="tokyo"):
    return browser.post(reverse("calendar-change", args=[slug]), said)


def tokyo() -> Calendar:
    return Calendar.objects.get(slug="tokyo")


def test_the_list_says_who_counts_by_what(browser):
    said = text(browser.get(reverse("calendar-list")))
    for part in ("tokyo", "Asia/Tokyo", "Mon–Fri 9:00–12:00, 13:00–18:00", "Inside sales", "JP"):
        assert part in said, part
    assert "Round the clock" in said and "not in use" in said


@pytest.mark.parametrize("more", [0, 3])
def test_as_many_statements_for_more_calendars(browser, house, django_assert_num_queries, more):
    body = tokyo().body
    for number in range(more):
        calendars.save(f"branch{number}", body, by=house.suzuki, now=NOW)
    browser.get(reverse("calendar-list"))
    with django_assert_num_queries(8):  # the moment is not asked of the database
        browser.get(reverse("calendar-list"))


def test_a_page_looks_a_year_ahead(browser):
    said = text(page(browser))
    for part in ("Dec 2026", "Last working day", "9:00–12:00", "New Year", "成人の日", "Work that day"):
        assert part in said, part
    assert said.index("Last working day") < said.index("成人の日") < said.index("Nov 2027")


def test_a_calendar_round_the_clock_asks_for_no_dates(browser):
    said = page(browser, "always").content.decode()
    assert 'type="date"' not in said and "?kind=date" in said
    assert 'type="date"' in page(browser, "always", "?kind=date").content.decode()


def test_looked_at_first_and_nothing_moves(browser):
    handoff = accepted(new_lead())
    clock = handoff.clocks.get(kind="persistence")
    said = text(send(browser, CLOSED | {"do": "look"}))
    moving = handoff.clocks.filter(state="running", due_at__gte=datetime(2026, 11, 25, tzinfo=JST)).count()
    assert f"{moving} due time" in said and "Stocktaking: Wed 25 Nov 2026, closed" in said
    assert handoff.lead.company.name in said and "Tue 8 Dec 10:42" in said and "Wed 9 Dec 10:42" in said
    assert tokyo().version == 1 and not DueChange.objects.exists()
    before = clock.due_at
    clock.refresh_from_db()
    assert clock.due_at == before


def test_what_was_foreseen_is_what_saving_does(browser, house):
    accepted(new_lead())
    handoff = accepted(new_lead())
    pausing.pause(
        handoff, clock="persistence", reason="customer_date", until=NOW + DAY, by=handoff.rep, now=NOW
    )  # fmt: skip
    foreseen = text(send(browser, CLOSED))
    assert "1 of them is of a paused clock" in foreseen
    assert send(browser, CLOSED | {"do": "save"})["Location"] == reverse("calendar", args=["tokyo"])
    edit = CalendarVersion.objects.get(calendar__slug="tokyo", version=2)
    assert (edit.recorded_by, edit.recorded_at) == (house.suzuki, NOW)
    moved = DueChange.objects.filter(cause="calendar")
    assert f"{moved.count()} due times move" in foreseen and moved.count() > 1
    said = text(page(browser))
    assert "Saved as version 2" in said and "Added: Stocktaking: Wed 25 Nov 2026, closed" in said


def test_overdue_at_once_is_said(browser, frozen):
    at = datetime(2026, 11, 28, 12, 0, tzinfo=JST)  # a Saturday that opens in hindsight
    handoff = offered(
        new_lead(now=NOW + 3 * DAY + timedelta(hours=7)), now=NOW + 3 * DAY + timedelta(hours=7)
    )
    assert handoff.clocks.get(kind="accept").due_at > at
    frozen.move_to(at)
    said = CLOSED | {"state": "open", "hours": "9:00-11:00", "on": "2026-11-28"}
    assert "overdue at once" in text(send(browser, said))


def test_changed_removed_and_every_year(browser):
    send(browser, CLOSED | {"do": "save"})
    said = page(browser, query="?change=exceptions.3").content.decode()
    assert 'value="2026-11-25"' in said and "Remove this exception" in said
    yearly = CLOSED | {
        "kind": "yearly", "since": "６月１日", "until": "6/2", "state": "open",
        "hours": "９：００〜１２：００、13:00-15:00", "version": 2, "key": "exceptions.3",
    }  # fmt: skip
    assert send(browser, yearly | {"do": "save"}).status_code == 302
    label = {"ja": "棚卸", "en": "Stocktaking"}
    written = {"every": "06-01..06-02", "windows": ["09:00-12:00", "13:00-15:00"], "label": label}
    assert tokyo().body["exceptions"][3:] == [written]
    gone = {"what": "remove", "key": "exceptions.3", "version": 3}
    assert "Removed: Stocktaking" in text(send(browser, gone))
    send(browser, gone | {"do": "save"})
    assert len(tokyo().body["exceptions"]) == 3 and tokyo().version == 4


def test_a_range_and_going_on_editing(browser):
    said = {name: value for name, value in CLOSED.items() if name != "on"}
    said |= {"kind": "range", "first": "2027-05-06", "last": "2027-05-07"}
    back = send(browser, said | {"do": "edit"})
    assert back.status_code == 200 and 'value="2027-05-06"' in back.content.decode()
    send(browser, said | {"do": "save"})
    assert tokyo().body["exceptions"][-1]["to"] == "2027-05-07"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"on": ""}, "required"),
        ({"state": "open", "hours": "nine"}, "Write the hours like"),
        ({"state": "open", "hours": "25:00-26:00"}, "is not a stretch of time"),
        ({"label_ja": "", "label_en": ""}, "Give it a name"),
        ({"on": "2026-12-28"}, "Another exception says how one of these days is: Last working day"),
        ({"kind": "yearly", "since": "2/30", "until": ""}, "a day that there is"),
        ({"kind": "range", "first": "2027-05-07", "last": "2027-05-06"}, "before the first"),
        ({"kind": "yearly", "since": "1/1", "until": "12/31"}, "Another exception"),
    ],
)
@pytest.mark.parametrize("do", ["look", "save"])
def test_what_is_wrong_stays_typed(browser, wrong, words, do):
    answer = send(browser, CLOSED | {"do": do, "label_en": "Inventory"} | wrong)
    assert answer.status_code == 422 and words in text(answer)
    assert "棚卸" in text(answer) or wrong.get("label_ja") == ""
    assert tokyo().version == 1


def test_a_calendar_that_would_never_open_is_refused(browser):
    said = {name: value for name, value in CLOSED.items() if name != "on"}
    said |= {"kind": "range", "first": "2027-01-04", "last": "2028-12-31"}
    answer = send(browser, said)
    assert answer.status_code == 422 and "closed for 400 days in a row" in text(answer)


def test_somebody_was_quicker(browser, house):
    body = tokyo().body
    calendars.save(
        "tokyo", body | {"exceptions": body["exceptions"][1:]}, by=house.takahashi, now=NOW
    )  # fmt: skip
    change = CLOSED | {"key": "exceptions.1", "do": "save", "on": "2026-12-01"}
    answer = send(browser, change)
    assert answer.status_code == 409
    assert "高橋 直美 changed this calendar in the meantime: version 2" in text(answer)
    said = answer.content.decode()
    assert "棚卸" in said and 'name="version" value="2"' in said and 'name="key" value="exceptions.0"' in said
    assert tokyo().version == 2
    gone = send(browser, {"what": "remove", "key": "exceptions.0", "version": 1, "do": "save"})
    assert gone.status_code == 409 and tokyo().version == 2


def test_holidays_of_one_more_year(browser, house):
    assert calendars.published_until(tokyo()).year == 2031
    assert '<option value="2032">' in page(browser).content.decode()
    said = {"what": "holidays", "year": "2032", "version": 1}
    assert "The public holidays of 2032 are copied." in text(send(browser, said))
    send(browser, said | {"do": "save"})
    assert calendars.published_until(tokyo()).year == 2032 and tokyo().version == 2
    assert "Public holidays copied" in text(page(browser))
    send(browser, said | {"do": "save", "version": 2})
    assert tokyo().version == 2  # there already
    wrong = send(browser, said | {"year": "2099", "version": 2})
    assert wrong.status_code == 422 and tokyo().version == 2


def test_due_times_past_the_holidays_are_warned_of(browser):
    handoff = accepted(new_lead())
    Clock.objects.filter(handoff=handoff, kind="persistence").update(due_at=datetime(2032, 1, 1, tzinfo=JST))
    assert "lies after 2031" in text(page(browser))
    assert "1 due time lies after that" in text(browser.get(reverse("calendar-list")))


def test_who_reads_and_who_edits(house, kato, browser_of):
    """Sato works by tokyo alone; marketing reads all; a manager edits what their side counts by."""
    calendars.save("plant", tokyo().body, by=house.suzuki, now=NOW)
    hana = User.objects.create_user("hana@example.com", roles=[roles.MARKETER], side=roles.MARKETING)
    expected = {
        house.sato: (200, 404, 403), kato: (200, 404, 403), hana: (200, 200, 403),
        house.miura: (200, 200, 403), house.takahashi: (200, 200, 200), house.suzuki: (200, 200, 200),
    }  # fmt: skip
    for user, (ours, theirs, edit) in expected.items():
        browser = browser_of(user)
        assert page(browser).status_code == ours, user
        assert page(browser, "plant").status_code == theirs, user
        assert send(browser, CLOSED).status_code == edit, user
        assert ("id_state" in page(browser).content.decode()) == (edit == 200)
    assert send(browser_of(house.miura), CLOSED, "plant").status_code == 200  # nobody uses it: any manager
    assert send(browser_of(hana), CLOSED, "plant").status_code == 403
    assert send(browser_of(house.sato), CLOSED, "plant").status_code == 404


def test_what_nobody_may_ask_for(browser):
    assert send(browser, CLOSED | {"what": "everything"}).status_code == 404
    assert send(browser, CLOSED | {"key": "exceptions.99"}).status_code == 404
    assert page(browser, "nowhere").status_code == 404
