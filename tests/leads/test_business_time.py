"""Business time: the exact answers, and brute force on random calendars (PRODUCT 6)."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Thread
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leads.business_time import Calendar, NeverOpen, check_definition
from leads.calendar_definition import WEEKDAYS

EXAMPLES = json.loads((Path(__file__).parents[1] / "data" / "sla_examples.json").read_text(encoding="utf-8"))
JST = ZoneInfo("Asia/Tokyo")
MINUTE = timedelta(minutes=1)
OFFICE = {
    "timezone": "Asia/Tokyo",
    "weekly": {day: ["09:00-12:00", "13:00-18:00"] for day in WEEKDAYS[:5]},
}
ALWAYS = {"timezone": "UTC", "weekly": {day: ["00:00-24:00"] for day in WEEKDAYS}}


def tokyo(*at):
    return datetime(*at, tzinfo=JST)


def office(**more):
    return Calendar.build(OFFICE | more)


# ── the exact answers ────────────────────────────────────────────────────────


@pytest.mark.parametrize("example", EXAMPLES, ids=[one["id"] for one in EXAMPLES])
def test_the_exact_answers(example):
    calendar = Calendar.build(example["calendar"])
    start = datetime.fromisoformat(example["start"])
    pauses = [
        (datetime.fromisoformat(a), datetime.fromisoformat(b) if b else None) for a, b in example["pauses"]
    ]
    due = calendar.due(start, example["target_minutes"] * MINUTE, pauses)
    expected = example["expected_due"]
    assert due.due_at == (datetime.fromisoformat(expected) if expected else None), example["note"]
    if expected:
        assert sum(one.minutes for one in due.segments) == pytest.approx(example["target_minutes"])


@pytest.mark.parametrize("example", EXAMPLES, ids=[one["id"] for one in EXAMPLES])
def test_their_calendars_are_good_ones(example):
    assert check_definition(example["calendar"]) == []


# ── edges ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("start", "minutes", "due"),
    [
        ((2026, 11, 24, 17, 59, 59), 1 / 60, (2026, 11, 24, 18, 0)),
        ((2026, 11, 24, 18, 0), 1, (2026, 11, 25, 9, 1)),
        ((2026, 11, 24, 8, 59, 59), 60, (2026, 11, 24, 10, 0)),
        ((2026, 11, 24, 12, 0), 60, (2026, 11, 24, 14, 0)),
        ((2026, 11, 27, 17, 40), 60, (2026, 11, 30, 9, 40)),
    ],
)
def test_the_second_that_matters(start, minutes, due):
    assert office().due(tokyo(*start), timedelta(minutes=minutes)).due_at == tokyo(*due)


def test_the_sum_that_is_printed():
    """60 min = Fri 17:40–18:00 (20) + Mon 9:00–9:40 (40)."""
    due = office().due(tokyo(2026, 11, 27, 17, 40), 60 * MINUTE)
    assert [(a.astimezone(JST), b.astimezone(JST), n) for a, b, n in due.segments] == [
        (tokyo(2026, 11, 27, 17, 40), tokyo(2026, 11, 27, 18, 0), 20),
        (tokyo(2026, 11, 30, 9, 0), tokyo(2026, 11, 30, 9, 40), 40),
    ]


def test_nothing_to_do_is_due_at_the_next_opening():
    due = office().due(tokyo(2026, 11, 28, 12, 0), timedelta(0))
    assert (due.due_at, due.segments) == (tokyo(2026, 11, 30, 9, 0), ())


WEEK_OFF = {"from": "2026-11-23", "to": "2026-11-27", "closed": True}


@pytest.mark.parametrize(
    ("exceptions", "day", "is_open"),
    [
        ([{"every": "12-29..01-03", "closed": True}], date(2027, 1, 1), False),
        ([{"every": "12-29..01-03", "closed": True}], date(2026, 12, 29), False),
        ([{"every": "12-29..01-03", "closed": True}], date(2027, 1, 4), True),
        ([{"every": "02-29", "closed": True}], date(2028, 2, 29), False),
        ([{"from": "2026-11-24", "to": "2026-11-25", "closed": True}], date(2026, 11, 25), False),
        ([{"from": "2026-11-24", "to": "2026-11-25", "closed": True}], date(2026, 11, 26), True),
        ([{"date": "2026-11-28", "windows": ["10:00-15:00"]}], date(2026, 11, 28), True),
        # the narrower one wins: a date beats a range, a range beats every year
        ([WEEK_OFF, {"date": "2026-11-25", "windows": ["09:00-18:00"]}], date(2026, 11, 25), True),
        ([WEEK_OFF, {"date": "2026-11-25", "windows": ["09:00-18:00"]}], date(2026, 11, 26), False),
        ([{"every": "11-25", "windows": ["09:00-18:00"]}, WEEK_OFF], date(2026, 11, 25), False),
    ],
)
def test_exceptions(exceptions, day, is_open):
    noon = datetime(day.year, day.month, day.day, 11, 0, tzinfo=JST)
    assert office(exceptions=exceptions).is_open(noon) == is_open


def test_an_exception_beats_a_holiday():
    both = {"holidays": ["2026-11-23"], "exceptions": [{"date": "2026-11-23", "windows": ["09:00-10:00"]}]}
    assert office(holidays=["2026-11-23"]).next_open(tokyo(2026, 11, 23)) == tokyo(2026, 11, 24, 9, 0)
    assert office(**both).next_open(tokyo(2026, 11, 23)) == tokyo(2026, 11, 23, 9, 0)


def test_rows_of_holidays_stand_beside_the_definition():
    calendar = Calendar.build(OFFICE, {date(2026, 11, 23): "勤労感謝の日"})
    assert calendar.next_open(tokyo(2026, 11, 23)) == tokyo(2026, 11, 24, 9, 0)
    [skipped] = calendar.skipped(tokyo(2026, 11, 23, 9, 0), tokyo(2026, 11, 24, 9, 0))
    assert (skipped.on, skipped.why, skipped.label) == (date(2026, 11, 23), "holiday", "勤労感謝の日")


def test_days_left_out_of_a_sum_say_why():
    founded = {"date": "2026-11-24", "closed": True, "label": {"ja": "創立日"}}
    calendar = office(holidays=["2026-11-23"], exceptions=[founded])
    skipped = calendar.skipped(tokyo(2026, 11, 20, 17, 30), tokyo(2026, 11, 25, 9, 30))
    assert [(one.on.day, one.why) for one in skipped] == [
        (21, "closed"), (22, "closed"), (23, "holiday"), (24, "exception"),
    ]  # fmt: skip
    assert skipped[-1].label == {"ja": "創立日"}


@pytest.mark.parametrize(
    ("more", "minutes"),
    [({}, 480), ({"day": 450}, 450), ({"weekly": {"mon": ["09:00-12:00"], "tue": ["22:00-06:00"]}}, 480)],
)
def test_what_a_day_is_worth(more, minutes):
    assert office(**more).day_minutes == minutes


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ((2026, 11, 24, 10, 0), 1, (2026, 11, 25, 18, 0)),
        ((2026, 11, 27, 19, 0), 1, (2026, 11, 30, 18, 0)),
        ((2026, 11, 24, 10, 0), 5, (2026, 12, 1, 18, 0)),
    ],
)
def test_promises_in_business_days_end_at_close(start, days, end):
    assert office().add_business_days(tokyo(*start), days) == tokyo(*end)


def test_closed_for_too_long():
    calendar = office(exceptions=[{"from": "2027-01-01", "to": "2028-12-31", "closed": True}])
    assert calendar.due(tokyo(2026, 12, 31, 9, 0), 480 * MINUTE).due_at == tokyo(2026, 12, 31, 18, 0)
    with pytest.raises(NeverOpen):
        calendar.due(tokyo(2026, 12, 31, 9, 0), 481 * MINUTE)
    with pytest.raises(NeverOpen):
        calendar.next_open(tokyo(2027, 1, 1))


def test_the_first_question_of_all():
    """A calendar is built when it is first asked, whatever it is asked."""
    assert Calendar.build(OFFICE).next_open(tokyo(2026, 11, 24, 10, 0)) == tokyo(2026, 11, 24, 10, 0)
    assert Calendar.build(OFFICE).is_open(tokyo(2026, 11, 24, 10, 0))
    assert Calendar.build(OFFICE).due(tokyo(2026, 11, 24, 10, 0), 60 * MINUTE).due_at


@pytest.mark.parametrize("days", [0, 100, 410, 415, 416, 417, 418, 419, 420, 500])
def test_a_window_that_grows_while_it_is_counted(days):
    """Open all the time, and built some way ahead: what was counted is not counted twice."""
    calendar, first = Calendar.build(ALWAYS), datetime(2026, 1, 1, tzinfo=UTC)
    calendar.due(first, MINUTE)
    start = first + timedelta(days=days)
    due = calendar.due(start, timedelta(days=10), [(start, start + timedelta(days=1))])
    assert due.due_at == start + timedelta(days=11)
    assert sum((one.end - one.start for one in due.segments), timedelta()) == timedelta(days=10)


@pytest.mark.parametrize("years", [1, 2, 5])
def test_years_of_open_time(years):
    start = datetime(2026, 1, 1, tzinfo=UTC)
    end = start.replace(year=2026 + years)
    assert Calendar.build(ALWAYS).elapsed(start, end) == end - start
    assert Calendar.build(ALWAYS).due(start, end - start).due_at == end


def test_many_threads_ask_one_calendar():
    """A built calendar grows as it is asked; nobody sees it half grown."""
    calendar, answers = Calendar.build(ALWAYS), {}

    def ask(year):
        start = datetime(year, 1, 1, tzinfo=UTC)
        answers[year] = calendar.due(start, timedelta(days=500)).due_at - start

    threads = [Thread(target=ask, args=(year,)) for year in range(1990, 2040, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(answers.values()) == {timedelta(days=500)} and len(answers) == 10


# ── pauses ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "pauses",
    [
        [(10, 0, 10, 30)],
        [(10, 0, 10, 20), (10, 10, 10, 30)],  # overlapping
        [(10, 0, 10, 15), (10, 15, 10, 30)],  # touching
        [(10, 15, 10, 30), (10, 0, 10, 15)],  # in any order
        [(10, 0, 10, 30), (10, 5, 10, 6)],  # one inside the other
        [(10, 0, 10, 30), (11, 0, 11, 0)],  # one of no length
        [(8, 0, 8, 30), (10, 0, 10, 30)],  # one before the start
    ],
)
def test_the_same_half_hour_in_other_words(pauses):
    spans = [(tokyo(2026, 11, 24, a, b), tokyo(2026, 11, 24, c, d)) for a, b, c, d in pauses]
    due = office().due(tokyo(2026, 11, 24, 9, 30), 60 * MINUTE, spans)
    assert due.due_at == tokyo(2026, 11, 24, 11, 0)
    assert sum(one.minutes for one in due.segments) == 60


def test_still_paused_there_is_no_due_time():
    start = tokyo(2026, 11, 24, 9, 0)
    due = office().due(start, 60 * MINUTE, [(start + 30 * MINUTE, None)])
    assert due.due_at is None
    assert sum(one.minutes for one in due.segments) == 30


def test_used_up_before_a_pause_without_end():
    start = tokyo(2026, 11, 24, 9, 0)
    assert office().due(start, 60 * MINUTE, [(start + 60 * MINUTE, None)]).due_at == start + 60 * MINUTE


# ── brute force ──────────────────────────────────────────────────────────────

ZONES = ("Asia/Tokyo", "UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu")
STEP = 5  # minutes of the grid; Lord Howe changes its clock by 30
# A fortnight around each change of the clock in 2026 and 2027, and an ordinary one.
BEGINNINGS = (
    datetime(2026, 3, 5, tzinfo=UTC), datetime(2026, 10, 22, tzinfo=UTC), datetime(2026, 3, 26, tzinfo=UTC),
    datetime(2026, 4, 2, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 6, 10, tzinfo=UTC),
)  # fmt: skip


@st.composite
def windows(draw):
    """Up to three windows on the grid; over midnight, touching and overlapping ones too."""
    found = []
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, 24 * 60 // STEP - 1)) * STEP
        length = draw(st.integers(1, 24 * 60 // STEP - 1)) * STEP
        end = start + length
        end = end if end <= 24 * 60 else end - 24 * 60
        found.append([_clock(start), _clock(end)])
    return found


def _clock(minute):
    return f"{minute // 60:02d}:{minute % 60:02d}"


@st.composite
def placed(draw, day):
    """By its date, by a range, or every year: from this day for up to four days."""
    last = (date.fromisoformat(day) + timedelta(days=draw(st.integers(0, 3)))).isoformat()
    return draw(
        st.sampled_from(
            [
                {"date": day},
                {"from": day, "to": last},
                {"every": f"{day[5:]}..{last[5:]}"},
                {"every": day[5:]},
            ]
        )
    )


def exceptional(body, day):
    """The exception of a day: a date beats a range, a range beats every year; of equals the first.

    A range of one day is a date.
    """
    for way in ("date", "range", "every"):
        for one in body["exceptions"]:
            if _way(one) == way and _covers(one, day):
                return one
    return None


def _way(one):
    if "every" in one:
        return "every"
    return "date" if "date" in one or one["from"] == one["to"] else "range"


def _covers(one, day):
    if "date" in one:
        return one["date"] == day.isoformat()
    if "from" in one:
        return one["from"] <= day.isoformat() <= one["to"]
    first, _, last = one["every"].partition("..")
    here = f"{day:%m-%d}"
    last = last or first
    return first <= here <= last if first <= last else here >= first or here <= last


@st.composite
def calendars(draw):
    around = draw(st.sampled_from(BEGINNINGS))
    days = [(around + timedelta(days=n)).date().isoformat() for n in range(-1, 14)]
    exceptions = [
        draw(placed(day)) | ({"closed": True} if draw(st.booleans()) else {"windows": draw(windows())})
        for day in draw(st.lists(st.sampled_from(days), max_size=3, unique=True))
    ]
    weekly = {day: draw(windows()) for day in WEEKDAYS}
    if not any(weekly.values()):
        weekly["wed"] = [["09:00", "18:00"]]
    return around, {
        "timezone": draw(st.sampled_from(ZONES)),
        "weekly": weekly,
        "holidays": draw(st.lists(st.sampled_from(days), max_size=2, unique=True)),
        "exceptions": exceptions,
    }


def open_grid(body, first, last):
    """The starts of all open grid steps from `first` to `last`, by asking every window of every day."""
    zone = ZoneInfo(body["timezone"])
    spans = []
    day = first.astimezone(zone).date() - timedelta(days=2)
    while day <= last.astimezone(zone).date() + timedelta(days=1):
        key = day.isoformat()
        special = exceptional(body, day)
        said = [] if key in body["holidays"] else body["weekly"][WEEKDAYS[day.weekday()]]
        said = said if special is None else special.get("windows", [])
        for start, end in said:
            ends_on = day if end > start else day + timedelta(days=1)
            span = (_wall(day, start, zone), _wall(ends_on, end, zone))
            spans.append(span)
        day += timedelta(days=1)
    steps, at = [], first
    while at < last:
        if any(start <= at < end for start, end in spans):
            steps.append(at)
        at += STEP * MINUTE
    return steps


def _wall(day, clock, zone):
    """Local wall time as an instant (RFC 5545): a missing time by the offset before, of two the first."""
    hour, minute = map(int, clock.split(":"))
    day, hour = (day + timedelta(days=1), 0) if hour == 24 else (day, hour)
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone, fold=0).astimezone(UTC)


pause_minutes = st.lists(st.tuples(st.integers(0, 9 * 24 * 12), st.none() | st.integers(0, 400)), max_size=3)


@settings(deadline=None)
@given(calendars(), st.integers(0, 4 * 24 * 12), st.integers(1, 12 * 40), pause_minutes)
def test_due_is_what_walking_the_grid_says(made, offset, steps, pauses):
    around, body = made
    calendar = Calendar.build(body)
    start, end = around + offset * STEP * MINUTE, around + timedelta(days=14)
    spans = [
        (around + a * STEP * MINUTE, None if n is None else around + (a + n) * STEP * MINUTE)
        for a, n in pauses
    ]
    walked = [
        at for at in open_grid(body, start, end)
        if not any(a <= at and (b is None or at < b) for a, b in spans)
    ]  # fmt: skip
    try:
        due = calendar.due(start, steps * STEP * MINUTE, spans)
    except NeverOpen:
        assert len(walked) < steps
        return
    if len(walked) >= steps:
        assert due.due_at == walked[steps - 1] + STEP * MINUTE
    else:
        assert due.due_at is None or due.due_at > end
    got = sum((one.end - one.start for one in due.segments), timedelta())
    assert got == steps * STEP * MINUTE or due.due_at is None
    assert all(a.end <= b.start for a, b in zip(due.segments, due.segments[1:], strict=False))


@settings(deadline=None)
@given(calendars(), st.integers(0, 12 * 24 * 12), st.integers(0, 12 * 24 * 12), pause_minutes)
def test_elapsed_is_what_walking_the_grid_says(made, a, b, pauses):
    around, body = made
    start, end = (around + n * STEP * MINUTE for n in sorted((a, b)))
    spans = [
        (around + x * STEP * MINUTE, None if n is None else around + (x + n) * STEP * MINUTE)
        for x, n in pauses
    ]
    walked = [
        at for at in open_grid(body, start, end)
        if not any(x <= at and (y is None or at < y) for x, y in spans)
    ]  # fmt: skip
    assert Calendar.build(body).elapsed(start, end, spans) == len(walked) * STEP * MINUTE


@settings(deadline=None)
@given(calendars(), st.integers(0, 4 * 24 * 12), st.integers(1, 12 * 20))
def test_due_and_elapsed_are_one_thing(made, offset, steps):
    around, body = made
    calendar, start = Calendar.build(body), around + offset * STEP * MINUTE
    target = steps * STEP * MINUTE
    due = calendar.due(start, target).due_at
    assert calendar.elapsed(start, due) == target
    assert calendar.elapsed(start, due - timedelta(microseconds=1)) < target
    first = calendar.next_open(start)
    assert calendar.is_open(first) and calendar.is_open(start) == (first == start)


questions = st.tuples(st.integers(-1000, 1000), st.integers(1, 500), st.booleans())


@settings(deadline=None, max_examples=40)
@given(calendars(), st.lists(questions, min_size=2, max_size=4))
def test_the_order_of_questions_changes_nothing(made, asked):
    """A calendar that has grown, forwards or backwards, answers like a new one."""
    around, body = made
    grown = Calendar.build(body)
    for days, steps, is_paused in asked:
        start, target = around + timedelta(days=days), steps * STEP * MINUTE
        pauses = [(start + timedelta(days=1), start + timedelta(days=2))] if is_paused else []
        one, other = grown.due(start, target, pauses), Calendar.build(body).due(start, target, pauses)
        assert (one.due_at, one.segments) == (other.due_at, other.segments)
        assert grown.elapsed(around, start) == Calendar.build(body).elapsed(around, start)
