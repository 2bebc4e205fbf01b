"""The past a simulation is measured on: a million activities of 100,000 leads, and what they led to.

Activities are made by seed with set-based SQL: skewed, half of them near one season of their lead. Where the
leads went is then what the rules in force would have done with them, with sales answering by the lead's number;
so a few percent enter `mql`, and history agrees with the rules.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from benchmarks import million_leads

DATABASE = os.environ.get("BENCH_DATABASE", "tasuki_bench_simulate")
NOW = million_leads.NOW
BEGINS = NOW - timedelta(days=200)
PER_LEAD = 10
BATCH = 1_000

ACTIVITIES = """
UPDATE leads_lead SET recorded_at = %(begins)s, stage = 'lead', next_side = 'marketing', next_due_at = %(now)s;
UPDATE leads_company SET recorded_at = %(begins)s;
INSERT INTO leads_activity (lead_id, type, direction, occurred_at, recorded_at, channel, content, url, source,
  genuine, data)
SELECT lead, kind, CASE WHEN kind IN ('email_sent', 'call_attempt') THEN 'action' ELSE 'reaction' END, at, at, '',
  CASE WHEN kind LIKE 'email%%' THEN 'mail-' || n / 1000 ELSE '' END,
  CASE WHEN kind = 'email_click' THEN 'https://aozora.example.jp/' || n %% 5 ELSE '' END, 'bench',
  CASE WHEN kind = 'email_click' AND n %% 10 = 0 THEN 'machine' ELSE 'human' END,
  (CASE WHEN kind = 'inquiry' THEN '{"kind": "quote"}' ELSE '{}' END)::jsonb
FROM (
  SELECT n, lead, %(begins)s + least(0.999, CASE WHEN n %% 2 = 0 THEN u ELSE
      greatest(0.06, lead * 104729 %% 1000 / 1000.0 + 0.04 * (u - 0.5)) END) * interval '200 days' AS at,
    CASE WHEN n * 31 %% 997 = 0 THEN 'demo_request' WHEN n * 31 %% 997 = 1 THEN 'inquiry' ELSE
    (ARRAY['page_view','page_view','page_view','page_view','page_view','page_view','page_view','email_sent',
           'email_sent','email_sent','email_sent','email_click','email_click','pricing_view','pricing_view',
           'document_download','webinar_attended','event_attended','call_attempt','page_view','reply']
    )[1 + (n * 1299709 %% 2097143) %% 21] END AS kind
  FROM (SELECT n, 0.06 + 0.94 * (n * 7368787 %% 1000003) / 1000003.0 AS u,
      1 + (floor(%(leads)s * power((n * 2654435761 %% 4294967296) / 4294967296.0, 1.3))::bigint * 7919) %% %(leads)s AS lead
    FROM generate_series(1, %(events)s::bigint) n) drawn
) made ORDER BY at;
INSERT INTO leads_activity (lead_id, type, direction, occurred_at, recorded_at, channel, content, url, source,
  genuine, data, voids_id)
SELECT lead_id, type, direction, occurred_at, recorded_at + interval '3 days', '', '', '', 'bench', 'human', '{}', id
FROM leads_activity WHERE id %% 500 = 0 AND recorded_at < %(now)s - interval '3 days';
INSERT INTO leads_attributechange (lead_id, field, old, new, changed_at)
SELECT id, 'title', '"主任"', to_jsonb(title), %(now)s - (id * 104729 %% 180) * interval '1 day' FROM leads_lead WHERE id %% 20 = 0;
INSERT INTO leads_attributechange (company_id, field, old, new, changed_at)
SELECT id, 'employees', '30', to_jsonb(employees), %(now)s - (id * 7919 %% 180) * interval '1 day' FROM leads_company WHERE id %% 100 = 0;
"""


def prepare(leads: int) -> None:
    million_leads.prepare(DATABASE, leads)
    from leads.models import Transition
    from scoring.models import ScoringModel

    if Transition.objects.exists():
        return
    began = time.perf_counter()
    ScoringModel.objects.update(in_force_from=BEGINS)
    _run(ACTIVITIES, begins=BEGINS, now=NOW, leads=leads, events=leads * PER_LEAD)
    for first in range(1, leads + 1, BATCH):
        _live(range(first, first + BATCH))
    _run("VACUUM ANALYZE")
    print(f"{leads * PER_LEAD:,} activities and where they led, made in {time.perf_counter() - began:.0f} s")


def _run(statements: str, **values: Any) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        for statement in filter(str.strip, statements.split(";")):
            cursor.execute(statement, values or None)


def _live(ids: Iterable[int]) -> None:
    """These leads from their first day to now, written as the doors would have."""
    from django.db import transaction

    from leads import bulk
    from leads.models import Lead, Standing, Transition
    from scoring.models import ScoringModel
    from scoring.replay import recollection

    version = ScoringModel.objects.newest()
    assert version is not None
    found = Lead.objects.filter(pk__in=ids).order_by("pk")
    past = recollection.read(found, {}, since=BEGINS, until=NOW)
    leads = list(found.select_related("standing"))
    steps: list[Transition] = []
    for lead in leads:
        steps += _one(lead, past[lead.pk].past, version.compiled)
    with transaction.atomic():
        bulk.insert(Transition, steps)
        bulk.update(Lead, leads, ["stage", "trigger", "version", "wake_at", "sent_back_at"])
        standings = [lead.standing for lead in leads]
        bulk.update(Standing, standings, ["stage", "readiness", "fit", "interest", "rescore_at"])


def _one(lead: Any, past: Any, model: Any) -> list[Any]:
    from scoring.engine import points_only, rounded
    from scoring.replay.recorded import known_at

    walked = _lived(lead.pk, past, model)
    score = points_only(model, known_at(past, NOW), NOW)
    lead.standing.readiness, lead.standing.rescore_at = score.readiness, score.valid_until
    lead.standing.fit, lead.standing.interest = rounded(score.fit), rounded(score.interest)
    end = walked.end
    lead.stage = lead.standing.stage = end.stage
    lead.trigger, lead.wake_at, lead.sent_back_at = end.trigger, end.wake_at, end.sent_back_at
    lead.version = len(walked.steps) + 1
    birth = _transition(lead.pk, 1, BEGINS, "", "lead", "import")
    return [birth] + [_written(lead.pk, place, step) for place, step in enumerate(walked.steps, 2)]


def _lived(number: int, past: Any, model: Any) -> Any:
    """Walked again with each answer of sales, until nothing is left to answer."""
    from dataclasses import replace

    from scoring.replay.simulation import walk

    wishes: list[Any] = []
    while True:
        past = replace(past, wishes=wishes)
        walked = walk(past, [(BEGINS, model)], since=BEGINS, until=NOW)
        wish = _answer(number + len(wishes), walked.steps)
        if wish is None or wish.at >= NOW:
            return walked
        wishes = [*wishes, wish]


def _answer(number: int, steps: list[Any]) -> Any:
    """Of ten handed over five are accepted, three sent back and two left lying; a third comes back later."""
    from scoring.replay.recorded import Wish

    last = steps[-1] if steps else None
    hours = timedelta(hours=1 + number * 37 % 60, microseconds=number)
    if last is not None and last.end == "mql" and number % 10 < 5:
        return Wish(last.at + hours, "mql", "sal", "person", of_handoff=True)
    if last is not None and last.end == "mql" and number % 10 < 8:
        wake = last.at + timedelta(days=40 + number % 60)
        return Wish(last.at + hours, "mql", "mal", "person", "too_early", of_handoff=True, wake_at=wake)
    if last is not None and last.end == "sal" and number % 3 == 0:
        at = last.at + 9 * hours
        return Wish(
            at, "sal", "mal", "person", "no_contact", of_handoff=True, wake_at=at + timedelta(days=90)
        )
    return None


def _written(lead: int, version: int, step: Any) -> Any:
    because: dict[str, Any] = {"model": 1} if step.cause == "rule" else {}
    if step.trigger == "fast_track":
        because["group"] = 0
    if step.why:
        because["left"] = step.why
    return _transition(lead, version, step.at, step.start, step.end, step.cause, because)


def _transition(
    lead: int, version: int, at: datetime, start: str, end: str, cause: str, because: Any = None
) -> Any:
    from leads import bulk
    from leads.models import Transition

    answered = cause == "person"
    return bulk.quick(
        Transition, lead_id=lead, version=version, start=start, end=end, occurred_at=at, recorded_at=at,
        cause=cause, because=because or {}, reason="too_early" if answered and end == "mal" else "",
        handoff_id=lead if answered else None,
    )  # fmt: skip
