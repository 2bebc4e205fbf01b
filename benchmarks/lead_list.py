"""P2: the lead list at a million leads: 50 rows of one stage and one owner, readiest first, signed in.

Measured by Django's own client in this process (no network, one core); beside it the bare SQL of the page and
a bare page of the shell. CPU time stands beside wall time, because it says the same on a busy machine.
`python -m benchmarks.lead_list [LEADS]`; the database is kept for the next run.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence

from benchmarks import measure, million_leads

DATABASE = "tasuki_bench_leads"
TIMES = 120
FAR = 1_000


def main(leads: int) -> None:
    os.environ["ALLOWED_HOSTS"] = "testserver,localhost"
    os.environ["API_RATE"] = "off"
    million_leads.prepare(DATABASE, leads)
    from django.test import Client

    from leads.models import ApiToken, User

    miura = User.objects.get(email="miura@example.com")
    owner = User.objects.get(email="owner3@example.com")
    browser = Client()
    browser.force_login(miura, backend="leads.backends.PeopleWhoWorkHere")
    token = ApiToken.objects.issue(miura, now=million_leads.NOW)
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {token}"}
    narrowed = f"stage=mal&owner={owner.pk}"
    print(measure.surroundings(), f"· {leads:,} leads")
    show("bare page of the shell (glossary)", lambda: browser.get("/glossary"))
    raw(owner.pk)
    page_1 = show("page, stage + owner", lambda: browser.get(f"/leads?{narrowed}"))
    far = cursor_to(FAR, "stage=mal", miura)
    first = show("page 1 of one stage", lambda: browser.get("/leads?stage=mal"))
    last = show(f"page {FAR:,} of one stage", lambda: browser.get("/leads", {"stage": "mal", "cursor": far}))
    show("page, nothing chosen", lambda: browser.get("/leads"))
    api = show("API, stage + owner", lambda: browser.get(f"/api/v1/leads/?{narrowed}&page_size=50", **bearer))
    print(
        f"page {FAR:,} ÷ page 1: {last / first:.2f}   one core: {1 / page_1:.0f} pages/s, {1 / api:.0f} API/s"
    )


def show(what: str, ask: Callable[[], object]) -> float:
    """Print wall time, CPU time and queries of a request; the median CPU seconds."""
    from django.db import connection

    asked: list[str] = []

    def note(execute: Callable[..., object], sql: str, *rest: object) -> object:
        asked.append(sql)
        return execute(sql, *rest)

    for _ in range(3):
        answer = ask()
        assert answer.status_code == 200, answer.status_code  # type: ignore[attr-defined]
    with connection.execute_wrapper(note):
        ask()
    wall, cpu = [], []
    for _ in range(TIMES):
        began, used = time.perf_counter(), time.process_time()
        ask()
        wall.append(time.perf_counter() - began)
        cpu.append(time.process_time() - used)
    print(measure.line(what, wall), f"  CPU {measure.median(cpu) * 1e3:6.2f} ms   queries {len(asked)}")
    return measure.median(cpu)


def raw(owner: int) -> None:
    """The one query of the page, by hand."""
    from django.db import connection

    sql = """
        SELECT s.*, l.name, l.title, c.name FROM leads_standing s JOIN leads_lead l ON l.id = s.lead_id
        LEFT JOIN leads_company c ON c.id = l.company_id
        WHERE s.stage = 'mal' AND s.owner_id = %s ORDER BY s.readiness DESC, s.lead_id DESC LIMIT 51"""

    def ask() -> Sequence[object]:
        with connection.cursor() as cursor:
            cursor.execute(sql, [owner])
            return cursor.fetchall()

    ask()
    print(measure.line("bare SQL of the page", measure.seconds(ask, times=TIMES)))


def cursor_to(page: int, query: str, user: object) -> str:
    """The cursor a reader would have after turning so many pages."""
    from leads import paging
    from leads.models import Standing

    rows = Standing.objects.filter(stage="mal").order_by("-readiness", "-lead_id")
    place = min((page - 1) * paging.SIZE, rows.count() - 1) - 1
    readiness, lead = rows.values_list("readiness", "lead_id")[place]
    return str(paging.Cursor("-readiness", paging.AFTER, readiness, lead, place + 2))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
