"""P6 and P7: publishing a model to a million leads with ten million activities, and an hour of their decay.

The data is made by seed with set-based SQL in a database of its own (minutes) and kept for the next run. All
writing is done by the one engine in 2 processes; beside it the raw limits of the same run.
`python -m benchmarks.rescore [LEADS [SECONDS]]`: ten activities of ten kinds to a lead, one year, skewed; each part
is stopped after SECONDS and says how far it came. PostgreSQL only.
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


def main(leads: int, patience: float) -> None:
    prepare(leads)
    print(measure.surroundings(), f"· {leads:,} leads, {leads * PER_LEAD:,} activities")
    raw(leads)
    moment = _publish()
    _in_two_processes("P6, publishing: every score another", moment, patience)
    hour = moment + timedelta(hours=1)
    print(f"due within an hour: {_due(hour):,} of {_scored():,}")
    _in_two_processes("P7, an hour of decay", hour, patience)
    _in_two_processes("P6 again, the same rules: nothing to write", _publish(), patience)


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
    from scoring.models import ScoringModel
    from scoring.rulemaking import publishing

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


def _scored() -> int:
    """Leads whose ranges are done."""
    from scoring.models import RescoreRange

    return RescoreRange.objects.filter(version__version=2).exclude(done_at=None).count() * 1_000


def _in_two_processes(what: str, moment: datetime, patience: float) -> None:
    """Run it, and print leads, wall and CPU seconds of ours, and how long batches held their rows."""
    began, used = time.perf_counter(), _children()
    command = [sys.executable, "-m", "benchmarks.rescore", "work", moment.isoformat(), str(patience)]
    workers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(PROCESSES)]
    told = [[float(figure) for figure in one.communicate()[0].split()] for one in workers]
    wall, cpu = time.perf_counter() - began, _children() - used
    looked_at, by_the_door = (int(sum(one[place] for one in told)) for place in (0, 1))
    print(
        f"{what}: {looked_at:,} leads in {wall:.1f} s, {looked_at / wall:,.0f}/s ({by_the_door:,} by the one door);"
        f" CPU of ours {cpu:.1f} s, {cpu / max(1, looked_at) * 1e6:.0f} µs a lead;"
        f" a batch of 250 held its rows for {told[0][2] * 1e3:.0f} ms (median), {max(one[3] for one in told) * 1e3:.0f} ms at most"
    )


def work(moment: datetime, patience: float) -> None:
    """One worker: steps until nothing is left. Says leads, those by the door, and how long rows were held."""
    million_leads.connect(DATABASE)
    from scoring.upkeep import bulk, rescoring

    held, looked_at, others, rescore = [0.0], [0], [0], bulk.rescore

    def timed(*args: Any, **named: Any) -> Any:
        began = time.perf_counter()
        done = rescore(*args, **named)
        held.append(time.perf_counter() - began)
        looked_at.append(len(done.looked_at) + len(done.others))
        others.append(len(done.others))
        return done

    bulk.rescore = timed
    rescoring.work(now=moment, seconds=patience)
    print(sum(looked_at), sum(others), measure.median(held), max(held))


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    if sys.argv[1:2] == ["work"]:
        work(datetime.fromisoformat(sys.argv[2]), float(sys.argv[3]))
    else:
        numbers = [float(one) for one in sys.argv[1:]]
        main(int(numbers[0]) if numbers else 1_000_000, numbers[1] if numbers[1:] else 36_000)
