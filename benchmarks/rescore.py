"""P6 and P7: publishing a model to a million leads with ten million activities, and an hour of their decay.

The data is made by seed with set-based SQL in a database of its own (minutes) and kept for the next run. All
writing is done by the one engine in 2 processes; beside it the raw limits of the same run.
`python -m benchmarks.rescore [LEADS]`: ten activities of ten kinds to a lead, one year, skewed. PostgreSQL only.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from datetime import datetime, timedelta
from typing import Any

from benchmarks import measure, million_leads

DATABASE = os.environ.get("BENCH_DATABASE", "tasuki_bench_rescore")
PER_LEAD = 10
PROCESSES = 2

SUMS = """
SELECT count(*), sum(points) FROM (
  SELECT lead_id, type, sum(power(2.0, -extract(epoch FROM %(now)s - occurred_at) / 2592000)) AS points
  FROM leads_activity WHERE genuine = 'human' GROUP BY lead_id, type
) found
"""

SETTLE = """
UPDATE leads_lead SET stage = 'mal' WHERE stage = 'lead';
UPDATE leads_standing SET stage = 'mal' WHERE stage = 'lead';
ALTER TABLE leads_activity DISABLE TRIGGER ALL;
INSERT INTO leads_activity (lead_id, type, direction, occurred_at, recorded_at, channel, content, url, source,
  genuine, data)
SELECT 1 + (floor(%(leads)s * power((n * 2654435761 %% 4294967296) / 4294967296.0, 1.5))::bigint * 7919) %% %(leads)s,
  kind, CASE WHEN kind IN ('email_sent', 'call_attempt') THEN 'action' ELSE 'reaction' END, at, at, '',
  CASE WHEN kind LIKE 'email%%' THEN 'mail-' || n / 1000 ELSE '' END,
  CASE WHEN kind = 'email_click' THEN 'https://aozora.example.jp/' || n %% 5 ELSE '' END, 'bench', 'human',
  (CASE WHEN kind = 'card_exchanged' THEN '{"rank": "' || substr('ABC', 1 + n::int %% 3, 1) || '"}' ELSE '{}' END)::jsonb
FROM (
  SELECT n, %(now)s - (%(events)s - n) * (interval '365 days' / %(events)s) AS at,
    (ARRAY['page_view','page_view','page_view','page_view','page_view','page_view','page_view','email_sent',
           'email_sent','email_sent','email_sent','email_click','email_click','pricing_view','pricing_view',
           'document_download','webinar_attended','event_attended','call_attempt','card_exchanged','reply']
    )[1 + (n * 1299709 %% 2097143) %% 21] AS kind
  FROM generate_series(1, %(events)s::bigint) n
) made;
ALTER TABLE leads_activity ENABLE TRIGGER ALL;
"""


def prepare(leads: int) -> None:
    million_leads.prepare(DATABASE, leads)
    from leads.models import Activity

    if not Activity.objects.exists():
        _fill(leads)


def _fill(leads: int) -> None:
    """Ten activities to a lead; the indexes are made afterwards, as a restore would."""
    from django.db import connection

    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'leads_activity' AND indexname NOT IN"
            " (SELECT conname FROM pg_constraint WHERE conrelid = 'leads_activity'::regclass)"
        )
        plain = cursor.fetchall()
        for name, _ in plain:
            cursor.execute(f'DROP INDEX "{name}"')
        values = {"now": million_leads.NOW, "leads": leads, "events": leads * PER_LEAD}
        for statement in SETTLE.split(";"):
            if statement.strip():
                cursor.execute(statement, values)
        for _, definition in plain:
            cursor.execute(definition)
        cursor.execute("VACUUM ANALYZE")
    print(f"{leads * PER_LEAD:,} activities made in {time.perf_counter() - began:.0f} s")


def main(leads: int) -> None:
    prepare(leads)
    print(measure.surroundings(), f"· {leads:,} leads, {leads * PER_LEAD:,} activities")
    raw(leads)
    moment = _publish()
    _told("P6, publishing: every score again", leads, _in_two_processes(moment))
    hour = moment + timedelta(hours=1)
    print(f"due within an hour: {_due(hour):,} ({_due(hour) / leads:.2%})")
    _told("P7, an hour of decay", leads, _in_two_processes(hour))
    again = _publish()
    _told("P6 again: the same rules, nothing to write", leads, _in_two_processes(again))


def raw(leads: int) -> None:
    """The limits: sums by decay in one statement; and writing a tenth of the rows, taken back."""
    from django.db import connection, transaction

    with connection.cursor() as cursor:
        taken = measure.seconds(lambda: cursor.execute(SUMS, {"now": million_leads.NOW}), times=1)
        print(f"limit, decayed sums of all events by SQL: {taken[0]:.1f} s")
        with transaction.atomic():
            began = time.perf_counter()
            cursor.execute(
                "UPDATE leads_standing SET readiness = (readiness + 1) %% 100, rescore_at = rescore_at + interval '1 s'"
                " WHERE lead_id <= %s",
                [leads // 10],
            )
            print(
                f"limit, UPDATE of all standings alone: {10 * (time.perf_counter() - began):.1f} s (from a tenth)"
            )
            transaction.set_rollback(True)


def _publish() -> datetime:
    """料金ページ from 4 to 8 points and back, as the next version, in force at once."""
    from leads.models import Standing
    from scoring import publishing
    from scoring.models import ScoringModel

    last = ScoringModel.objects.order_by("version").last()
    assert last is not None
    moment = last.in_force_from + timedelta(hours=2)
    body = last.body
    if last.version == 1:
        pricing = next(rule for rule in body["interest"]["rules"] if rule["id"] == "pricing")
        pricing["points"] = 8
    began = time.perf_counter()
    publishing.publish(body, by=None, now=moment, in_force_from=moment, from_file=True)
    print(
        f"publishing itself: {1e3 * (time.perf_counter() - began):.0f} ms, {Standing.objects.count():,} standings"
    )
    return moment


def _due(moment: datetime) -> int:
    from leads.models import Standing

    return Standing.objects.filter(rescore_at__lte=moment).count()


def _in_two_processes(moment: datetime) -> tuple[float, float, float]:
    """Wall and CPU seconds of ours, and the longest that a batch held its rows (s)."""
    began, used = time.perf_counter(), _children()
    command = [sys.executable, "-m", "benchmarks.rescore", "work", moment.isoformat()]
    workers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(PROCESSES)]
    longest = max(float(one.communicate()[0].split()[-1]) for one in workers)
    return time.perf_counter() - began, _children() - used, longest


def work(moment: datetime) -> None:
    """One worker: steps until nothing is left; says how long the longest batch held its locks."""
    million_leads.connect(DATABASE)
    from scoring import bulk, rescoring

    held, rescore = [0.0], bulk.rescore

    def timed(*args: Any, **named: Any) -> Any:
        began = time.perf_counter()
        try:
            return rescore(*args, **named)
        finally:
            held.append(time.perf_counter() - began)

    bulk.rescore = timed
    while rescoring.step(now=moment):
        pass
    held.sort()
    print(held[len(held) // 2], held[-1])


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _told(what: str, leads: int, figures: tuple[float, float, float]) -> None:
    wall, cpu, longest = figures
    print(
        f"{what}: {wall:.1f} s, {leads / wall:,.0f} leads/s; CPU of ours {cpu:.1f} s, {cpu / leads * 1e6:.0f} µs"
        f" a lead; longest batch {longest * 1e3:.0f} ms"
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["work"]:
        work(datetime.fromisoformat(sys.argv[2]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
