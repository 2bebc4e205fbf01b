"""P6, simulation: a draft on 90 days of 100,000 leads with a million activities, beside its raw limit.

The data is made by seed with set-based SQL in a database of its own and kept for the next run. The raw limit is
reading the same rows by the same queries without a walk. `python -m benchmarks.simulate [LEADS]`. PostgreSQL only.
"""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from typing import Any

from benchmarks import measure, million_leads

DATABASE = "tasuki_bench_simulate"
PER_LEAD = 10
DAYS = 90

HISTORY = """
UPDATE leads_lead SET recorded_at = %(now)s - interval '200 days';
UPDATE leads_company SET recorded_at = %(now)s - interval '200 days';
INSERT INTO leads_activity (lead_id, type, direction, occurred_at, recorded_at, channel, content, url, source,
  genuine, data)
SELECT 1 + n * 7919 %% %(leads)s, kind,
  CASE WHEN kind IN ('email_sent', 'call_attempt') THEN 'action' ELSE 'reaction' END, at, at, '',
  CASE WHEN kind LIKE 'email%%' THEN 'mail-' || n / 1000 ELSE '' END,
  CASE WHEN kind = 'email_click' THEN 'https://aozora.example.jp/' || n %% 5 ELSE '' END, 'bench', 'human', '{}'
FROM (
  SELECT n, %(now)s - (%(events)s - n) * (interval '180 days' / %(events)s) AS at,
    (ARRAY['page_view','page_view','page_view','page_view','page_view','page_view','page_view','email_sent',
           'email_sent','email_sent','email_sent','email_click','email_click','pricing_view','pricing_view',
           'document_download','webinar_attended','event_attended','call_attempt','page_view','reply']
    )[1 + (n * 1299709 %% 2097143) %% 21] AS kind
  FROM generate_series(1, %(events)s::bigint) n
) made;
INSERT INTO leads_transition (lead_id, version, start, "end", occurred_at, recorded_at, cause, because, reason,
  note, implied, handoff_id)
SELECT id, 1, '', 'lead', recorded_at, recorded_at, 'import', '{}'::jsonb, '', '', false, NULL::bigint FROM leads_lead
UNION ALL SELECT id, 2, 'lead', 'mal', recorded_at, recorded_at, 'rule', '{}'::jsonb, '', '', false, NULL FROM leads_lead
UNION ALL SELECT id, 3, 'mal', 'mql', at, at, 'rule', '{"model": 1}'::jsonb, '', '', false, NULL FROM moved
UNION ALL SELECT id, 4, 'mql', 'sal', at + interval '2 hours', at + interval '2 hours', 'person', '{}'::jsonb, '', '',
  false, id FROM moved WHERE id %% 3 > 0
UNION ALL SELECT id, 5, 'sal', 'mal', at + interval '9 days', at + interval '9 days', 'person', '{}'::jsonb,
  'too_early', '', false, id FROM moved WHERE id %% 3 = 2;
"""
MOVED = """
CREATE TEMP TABLE moved AS SELECT id, %(now)s - (id * 104729 %% 85 + 10) * interval '1 day' AS at
FROM leads_lead WHERE id %% 25 = 0;
"""


def prepare(leads: int) -> None:
    million_leads.prepare(DATABASE, leads)
    from django.db import connection

    from leads.models import Activity
    from scoring.models import ScoringModel

    ScoringModel.objects.update(in_force_from=million_leads.NOW - timedelta(days=200))
    if Activity.objects.exists():
        return
    with connection.cursor() as cursor:
        values = {"now": million_leads.NOW, "leads": leads, "events": leads * PER_LEAD}
        for statement in (*MOVED.split(";"), *HISTORY.split(";")):
            if statement.strip():
                cursor.execute(statement, values)
        cursor.execute("UPDATE leads_lead SET stage = 'mal', next_side = 'marketing', next_due_at = now()")
        cursor.execute("VACUUM ANALYZE")


def simulated(body: Any) -> Any:
    from config.studio import trying
    from scoring.replay import trials

    now = million_leads.NOW
    asked = trials.ask(body=body, since=now - timedelta(days=DAYS), until=now, by=None, now=now)
    return trials.run(asked, now=now, route=trying.by_todays_routes(now=now))


def read_only() -> int:
    """The raw limit: the same rows by the same queries, and nothing made of them."""
    from leads.models import Lead
    from scoring.replay import recollection, trials

    now, after, count = million_leads.NOW, 0, 0
    while leads := list(
        Lead.objects.filter(pk__gt=after).order_by("pk").select_related(*trials.JOINED)[: trials.BATCH]
    ):
        count += len(recollection.read(leads, {}, since=now - timedelta(days=DAYS), until=now))
        after = leads[-1].pk
    return count


def main() -> None:
    leads = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    prepare(leads)
    from copy import deepcopy

    from scoring.models import ScoringModel

    body = deepcopy(ScoringModel.objects.newest().body)  # type: ignore[union-attr]
    next(one for one in body["interest"]["rules"] if one["id"] == "pricing")["points"] = 8
    print(measure.surroundings())
    began, cpu = time.perf_counter(), time.process_time()
    found = simulated(body)
    took, spent = time.perf_counter() - began, time.process_time() - cpu
    kinds = {kind: n for kind, n in found.result["kinds"].items() if n}
    print(
        f"simulate {DAYS} days x {leads:,} leads: {took:.1f} s, {spent:.1f} s of this process's CPU; {kinds}"
    )
    began, cpu = time.perf_counter(), time.process_time()
    read_only()
    took, spent = time.perf_counter() - began, time.process_time() - cpu
    print(f"raw limit, read and nothing made of it:       {took:.1f} s, {spent:.1f} s of this process's CPU")


if __name__ == "__main__":
    main()
