"""P6 and P7: publishing a model to a million leads with ten million activities, and an hour of their decay.

The data is made by seed with set-based SQL in a database of its own (minutes) and kept for the next run. All
writing is done by the one engine in 2 processes; beside it the raw limits of the same run.
`python -m benchmarks.rescore [LEADS]`: ten activities of ten kinds to a lead, one year, skewed. PostgreSQL only.
"""

from __future__ import annotations

import time

from benchmarks import million_leads

DATABASE = "tasuki_bench_rescore"
PER_LEAD = 10

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
