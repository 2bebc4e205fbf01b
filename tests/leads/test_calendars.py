"""Calendars are live: an edit is a version, and moves the clocks that run by it (PRODUCT 6)."""

from __future__ import annotations

import copy
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from config.playbook.apply import apply
from config.playbook.check import Playbook
from handoff import desk, timers
from handoff.models import Clock, DueChange
from leads import calendars
from leads.models import Calendar, CalendarVersion, Standing
from tests.people import NOW, accepted, example, fresh, new_lead, offered, promising

JST = ZoneInfo("Asia/Tokyo")
FRIDAY = datetime(2026, 11, 27, 17, 30, tzinfo=JST)
LATER = FRIDAY + timedelta(minutes=5)
BODY = {"timezone": "Asia/Tokyo", "weekly": {"mon": ["09:00-18:00"]}}


def tokyo(**more):
    """What the calendar of the example says, and more."""
    return copy.deepcopy(Calendar.objects.get(slug="tokyo").body) | more


def closed(*days):
    exceptions = tokyo()["exceptions"] + [{"date": day, "closed": True} for day in days]
    return tokyo(exceptions=exceptions)


def due(handoff, kind="first_contact"):
    return Clock.objects.get(handoff=handoff, kind=kind).due_at


# ── the door ─────────────────────────────────────────────────────────────────


def test_made_and_changed_in_versions(house):
    made = calendars.save("osaka", BODY, by=house.suzuki, now=NOW)
    assert made.version == 1
    changed = BODY | {"weekly": {"tue": ["09:00-18:00"]}}
    assert calendars.save("osaka", changed, by=house.suzuki, now=LATER).version == 2
    kept = CalendarVersion.objects.filter(calendar=made).order_by("version")
    assert [(one.version, one.body, one.recorded_by) for one in kept] == [
        (1, BODY, house.suzuki), (2, changed, house.suzuki),
    ]  # fmt: skip


def test_the_same_again_is_no_version(house):
    calendars.save("osaka", BODY, by=None, now=NOW)
    assert calendars.save("osaka", dict(BODY), by=None, now=LATER).version == 1
    assert CalendarVersion.objects.filter(calendar__slug="osaka").count() == 1


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"weekly": {}}, ["never_open"]),
        ({"holidays": "XX"}, ["unknown_country"]),
        ({"holidays": ["JP", "ZZ"]}, ["unknown_country"]),
        ({"timezone": "Tokyo", "day": 0}, ["unknown_zone", "bad_day"]),
        ({"exceptions": [{"from": "2026-12-01", "to": "2028-02-01", "closed": True}]}, ["never_open"]),
    ],
)
def test_what_nobody_can_work_by_is_refused(db, change, codes):
    with pytest.raises(calendars.CalendarRefused) as no:
        calendars.save("osaka", BODY | change, by=None, now=NOW)
    assert [error.code for error in no.value.errors] == codes
    assert not Calendar.objects.filter(slug="osaka").exists()


def test_national_holidays_become_rows(db):
    made = calendars.save("osaka", BODY | {"holidays": "JP"}, by=None, now=NOW)
    rows = dict(made.holidays.values_list("on", "label"))
    assert rows[date(2026, 11, 23)] == "勤労感謝の日"
    assert rows[date(2026, 9, 22)] == "国民の休日"
    assert {day.year for day in rows} == set(range(2024, 2032))
    assert not made.hours.is_open(datetime(2026, 11, 23, 10, 0, tzinfo=JST))


def test_days_that_were_copied_stay_when_the_library_learns_better(db):
    made = calendars.save("osaka", BODY | {"holidays": "JP"}, by=None, now=NOW)
    made.holidays.filter(on=date(2026, 11, 23)).update(label="ours")
    calendars.save("osaka", BODY | {"holidays": ["JP", "2026-12-25"]}, by=None, now=NOW)
    assert made.holidays.get(on=date(2026, 11, 23)).label == "ours"


def test_a_country_that_leaves_takes_its_days_with_it(db):
    made = calendars.save("osaka", BODY | {"holidays": ["JP", "2026-12-25"]}, by=None, now=NOW)
    assert not made.hours.is_open(datetime(2026, 11, 23, 10, 0, tzinfo=JST))
    made = calendars.save("osaka", BODY | {"holidays": ["2026-12-25"]}, by=None, now=NOW)
    assert not made.holidays.exists()
    assert made.hours.is_open(datetime(2026, 11, 23, 10, 0, tzinfo=JST))


def test_one_country_for_another(db):
    """New Year of Japan is kept no longer when the office moves to Germany."""
    made = calendars.save("osaka", BODY | {"holidays": "JP"}, by=None, now=NOW)
    made = calendars.save("osaka", BODY | {"holidays": "DE"}, by=None, now=NOW)
    days = set(made.holidays.values_list("on", flat=True))
    assert date(2026, 12, 25) in days
    assert date(2026, 11, 23) not in days


def test_an_edit_is_seen_at_once(house):
    before = Calendar.objects.get(slug="tokyo").hours
    monday = datetime(2026, 11, 30, 10, 0, tzinfo=JST)
    assert before.is_open(monday)
    calendars.save("tokyo", closed("2026-11-30"), by=None, now=NOW)
    assert not Calendar.objects.get(slug="tokyo").hours.is_open(monday)


# ── running clocks ───────────────────────────────────────────────────────────


@pytest.fixture
def held(house):
    """Offered on Friday 17:30: accept by 18:00, first contact by Monday 9:30."""
    handoff = offered(new_lead(now=FRIDAY), now=FRIDAY)
    assert due(handoff) == datetime(2026, 11, 30, 9, 30, tzinfo=JST)
    return handoff


def test_a_running_clock_moves(house, held):
    calendars.save("tokyo", closed("2026-11-30"), by=house.suzuki, now=LATER)
    clock = Clock.objects.get(handoff=held, kind="first_contact")
    assert clock.due_at == datetime(2026, 12, 1, 9, 30, tzinfo=JST)
    assert clock.risk_at == datetime(2026, 11, 27, 18, 0, tzinfo=JST)  # half of it is used up
    assert [minutes for *_, minutes in clock.segments] == [30, 30]
    assert clock.started_at == FRIDAY
    assert due(held, "accept") == datetime(2026, 11, 27, 18, 0, tzinfo=JST)


def test_what_moved_is_written_down(house, held):
    calendars.save("tokyo", closed("2026-11-30"), by=house.suzuki, now=LATER)
    [change, _depth] = DueChange.objects.order_by("pk")
    assert (change.clock.kind, change.calendar.slug, change.calendar_version) == ("first_contact", "tokyo", 2)
    assert (change.old, change.new) == (
        datetime(2026, 11, 30, 9, 30, tzinfo=JST), datetime(2026, 12, 1, 9, 30, tzinfo=JST),
    )  # fmt: skip
    assert change.changed_at == LATER


def test_and_back_again(house, held):
    body = tokyo()
    calendars.save("tokyo", closed("2026-11-30"), by=None, now=LATER)
    calendars.save("tokyo", body, by=None, now=LATER)
    assert due(held) == datetime(2026, 11, 30, 9, 30, tzinfo=JST)
    assert DueChange.objects.filter(clock__kind="first_contact").count() == 2


def test_the_next_deadline_follows(house):
    handoff = accepted(new_lead(now=FRIDAY), now=FRIDAY)
    calendars.save("tokyo", closed("2026-11-30"), by=None, now=LATER)
    lead = fresh(handoff.lead)
    assert lead.next_due_at == due(handoff) == datetime(2026, 12, 1, 9, 30, tzinfo=JST)
    assert Standing.objects.get(lead=lead).clock_due_at == lead.next_due_at


def test_also_where_no_clock_runs(house):
    promising("accept", "first_contact")
    handoff = accepted(new_lead(now=FRIDAY), now=FRIDAY)
    desk.contact(handoff, by=handoff.rep, now=FRIDAY, result="reached")
    assert fresh(handoff.lead).next_due_at == datetime(2026, 12, 4, 18, 0, tzinfo=JST)
    calendars.save("tokyo", closed("2026-11-30"), by=None, now=LATER)
    assert fresh(handoff.lead).next_due_at == datetime(2026, 12, 7, 18, 0, tzinfo=JST)


def test_what_has_ended_stays_as_it_was_judged(house):
    promising("accept", "first_contact", "persistence")
    held = offered(new_lead(now=FRIDAY), now=FRIDAY)
    desk.accept(held, by=held.rep, now=LATER)
    desk.contact(held, by=held.rep, now=LATER, result="reached")
    before = list(Clock.objects.order_by("pk").values())
    calendars.save("tokyo", closed("2026-11-27", "2026-11-30"), by=None, now=LATER)
    assert list(Clock.objects.order_by("pk").values()) == before
    assert not DueChange.objects.exists()


def test_a_breach_stays_a_breach(house, held):
    timers.breach(now=FRIDAY + timedelta(days=3))
    accept = due(held, "accept")
    calendars.save("tokyo", closed("2026-11-27"), by=None, now=FRIDAY + timedelta(days=3))
    clock = Clock.objects.get(handoff=held, kind="accept")
    assert (clock.state, clock.due_at, clock.breached_at) == (Clock.BREACHED, accept, accept)


def test_the_clocks_of_others_stay(house, held):
    calendars.save("always", {"timezone": "UTC", "weekly": {"sun": ["00:00-24:00"]}}, by=None, now=LATER)
    assert not DueChange.objects.exists()


def test_a_label_moves_nothing(house, held):
    calendars.save("tokyo", tokyo(label="東京"), by=None, now=LATER)
    assert not DueChange.objects.exists()
    assert Calendar.objects.get(slug="tokyo").version == 2


def test_a_policy_may_count_by_a_calendar_of_its_own(house):
    sections = copy.deepcopy(example().sections)
    sections["policies"]["standard"]["calendar"] = "always"
    apply(Playbook(sections), by=None, now=NOW)
    handoff = offered(new_lead(now=FRIDAY), now=FRIDAY)
    assert due(handoff) == FRIDAY + timedelta(hours=1)
    calendars.save("tokyo", closed("2026-11-27"), by=None, now=LATER)
    assert due(handoff) == FRIDAY + timedelta(hours=1)
    always = Calendar.objects.get(slug="always").body
    calendars.save(
        "always", always | {"exceptions": [{"date": "2026-11-27", "closed": True}]}, by=None, now=LATER
    )
    assert due(handoff) == datetime(2026, 11, 28, 1, 0, tzinfo=UTC)
    assert [change.calendar.slug for change in DueChange.objects.all()] == ["always"] * 3


def test_a_team_with_other_hours(house, held):
    """By the playbook: the team counts by another calendar from now on."""
    sections = copy.deepcopy(example().sections)
    sections["teams"]["inside-east"]["calendar"] = "always"
    apply(Playbook(sections), by=None, now=LATER)
    assert due(held) == FRIDAY + timedelta(hours=1)


def test_constant_statements(house, django_assert_max_num_queries):
    for _ in range(5):
        offered(new_lead(now=FRIDAY), now=FRIDAY)
    body = closed("2026-11-30")
    with django_assert_max_num_queries(32):
        calendars.save("tokyo", body, by=None, now=LATER)
    assert DueChange.objects.count() == 10  # first contact, and contact depth


def test_who_saw_an_older_version_saves_nothing(house):
    tokyo = Calendar.objects.get(slug="tokyo")
    calendars.save("tokyo", tokyo.body | {"day": 300}, by=house.suzuki, now=NOW, seen=1)
    for act in (
        lambda: calendars.save("tokyo", tokyo.body | {"day": 400}, by=house.suzuki, now=NOW, seen=1),
        lambda: calendars.copy_year("tokyo", 2040, by=house.suzuki, now=NOW, seen=1),
        lambda: calendars.save("nowhere", tokyo.body, by=house.suzuki, now=NOW, seen=1),
    ):
        with pytest.raises(calendars.CalendarChanged) as changed:
            act()
    tokyo.refresh_from_db()
    assert (tokyo.version, tokyo.body["day"]) == (2, 300)
    with pytest.raises(calendars.CalendarChanged) as changed:
        calendars.copy_year("tokyo", 2040, by=house.suzuki, now=NOW, seen=1)
    assert changed.value.edit and changed.value.edit.recorded_by == house.suzuki


def test_a_year_is_copied_and_what_was_there_stays(house):
    tokyo = Calendar.objects.get(slug="tokyo")
    first = tokyo.holidays.get(on=date(2027, 1, 1))
    first.label = "確認済み"
    first.save()
    tokyo.holidays.filter(on=date(2027, 1, 11)).delete()  # a day the library learnt of later
    thought = calendars.foresee(tokyo, tokyo.body, now=NOW, year=2027).hours.rules.holidays
    assert (thought[date(2027, 1, 1)], thought[date(2027, 1, 11)]) == ("確認済み", "成人の日")
    saved = calendars.copy_year("tokyo", 2027, by=house.suzuki, now=NOW, seen=1)
    assert saved.version == 2 and saved.hours.rules.holidays[date(2027, 1, 11)] == "成人の日"
    assert tokyo.holidays.get(on=date(2027, 1, 1)).label == "確認済み"
    assert calendars.copy_year("tokyo", 2027, by=house.suzuki, now=NOW).version == 2


def test_what_is_foreseen_is_what_will_be_and_nothing_is_written(house):
    tokyo = Calendar.objects.get(slug="tokyo")
    for holidays, year in ((["2027-06-01"], None), ("US", None), ("US", 2032)):  # Japan's go
        body = tokyo.body | {"holidays": holidays}
        before = (tokyo.version, tokyo.holidays.count())
        draft = calendars.foresee(tokyo, body, now=NOW, year=year)
        tokyo.refresh_from_db()
        assert (tokyo.version, tokyo.holidays.count()) == before and draft.version == tokyo.version + 1
        by = {"by": house.suzuki, "now": NOW}
        if year:
            calendars.copy_year("tokyo", year, **by)
        else:
            calendars.save("tokyo", body, **by)
        tokyo = Calendar.objects.get(slug="tokyo")
        assert tokyo.hours.rules == draft.hours.rules
