"""P13: one due time of business time, and 10,000 of them; beside it a bare bisect over ready-made windows."""

from __future__ import annotations

import os
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from benchmarks import measure

DUES = 10_000
REPEATS = 5
HOURS = ["09:00-12:00", "13:00-18:00"]
TOKYO = {
    "timezone": "Asia/Tokyo",
    "weekly": {day: HOURS for day in ("mon", "tue", "wed", "thu", "fri")},
    "exceptions": [{"every": "12-29..01-03", "closed": True}, {"every": "08-13..08-15", "closed": True}],
}
BEGIN = datetime(2026, 1, 5, tzinfo=UTC)


def main() -> None:
    import django

    django.setup()
    from leads.business_time import Calendar
    from leads.calendars import national

    rows = national("JP", range(2024, 2032))
    calendar = Calendar.build(TOKYO | {"holidays": "JP"}, rows)
    rng = Random(13)
    asked = [
        (
            BEGIN + timedelta(minutes=rng.random() * 525_600),
            timedelta(minutes=rng.choice((30, 120, 240, 2400))),
        )
        for _ in range(DUES)
    ]
    began = measure.seconds(lambda: Calendar.build(TOKYO | {"holidays": "JP"}, rows).due(*asked[0]), times=3)
    for start, target in asked:  # both know the year before the first measurement
        calendar.due(start, target)
    raw = _bare(calendar)
    ours = measure.seconds(lambda: [calendar.due(start, target) for start, target in asked], times=REPEATS)
    sums = measure.seconds(lambda: [calendar.due(*one).segments for one in asked], times=REPEATS)
    micros = [(_micros(start), round(target / timedelta(microseconds=1))) for start, target in asked]
    bare = measure.seconds(lambda: [raw(at, goal) for at, goal in micros], times=REPEATS)
    wrong = sum(
        _micros(calendar.due(*one).due_at) != raw(*bits) for one, bits in zip(asked, micros, strict=True)
    )
    print(measure.surroundings())
    print(measure.line("bare bisect, integers in and out, one due", bare, per=DUES, unit="µs"))
    print(measure.line("Calendar.due, one due", ours, per=DUES, unit="µs"))
    print(measure.line("Calendar.due with the printed sum, one due", sums, per=DUES, unit="µs"))
    print(measure.line(f"Calendar.due, {DUES:,} dues", ours, unit="s"))
    print(measure.line("building the calendar and the first due", began))
    print(
        f"ratio to the bare bisect {measure.median(ours) / measure.median(bare):.1f}   different answers {wrong}"
    )


def _micros(moment: datetime | None) -> int:
    assert moment is not None
    return round(moment.timestamp() * 1_000_000)


def _bare(calendar) -> Callable[[int, int], int]:
    """The windows of two years as sorted integers, and two bisections: what nothing can be faster than."""
    starts: list[int] = []
    ends: list[int] = []
    at = BEGIN - timedelta(days=10)
    while at < BEGIN + timedelta(days=700):
        opening = calendar.next_open(at)
        local = opening.astimezone(calendar.timezone)
        closing = local.replace(hour=12 if local.hour < 12 else 18, minute=0, second=0, microsecond=0)
        starts.append(_micros(opening))
        ends.append(_micros(closing))
        at = closing
    used, total = [], 0
    for start, end in zip(starts, ends, strict=True):
        total += end - start
        used.append(total)

    def due(at: int, goal: int) -> int:
        first = bisect_right(ends, at)
        mark = used[first] - (ends[first] - max(at, starts[first])) + goal
        last = bisect_left(used, mark, first)
        return ends[last] - (used[last] - mark)

    return due


if __name__ == "__main__":
    main()
