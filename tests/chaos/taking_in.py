"""The same told twice, in any order, by many, or by a file whose import is killed: F-22, F-23, F-26 to F-28."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from config.clock import now
from leads import doorbell, intake
from leads.models import Activity, AttributeChange, Lead, Standing, Transition
from tests.chaos import company
from tests.chaos.calls import Answer, Client, at_once, by_clients
from tests.chaos.faults import Report, fault
from tests.chaos.house import House, pause

KINDS = ("page_view", "pricing_view", "document_download", "email_click", "webinar_attended", "inquiry")
EVENTS_OF_A_LEAD, CLIENTS, PERMUTATIONS = 10, 20, 50


def _events(place: int, *, since: datetime) -> list[tuple[str, datetime]]:
    """Ten things one lead did, each at a moment of its own."""
    return [
        (KINDS[(place + n) % len(KINDS)], since + timedelta(hours=7 * n)) for n in range(EVENTS_OF_A_LEAD)
    ]


def _record(lead: int, told: list[tuple[str, datetime]]) -> None:
    for kind, at in told:
        one = intake.NewActivity(
            lead_id=lead, type=kind, occurred_at=at, source="web", external_id=f"{lead}-{at.isoformat()}"
        )
        intake.record([one], now=now())


def _state(lead: int) -> tuple[Any, ...]:
    return Standing.objects.values_list("stage", "readiness", "fit", "interest", "readiness_class").get(
        lead=lead
    )


@fault(
    "F-22",
    "N webhooks (activities) each delivered 1 to 5 times in random order by 20 clients",
    short=60,
    full=1_000,
)
def delivered_again(house: House, report: Report, many: int) -> None:
    company.open_for_work(reps=5)
    with doorbell.silenced():
        ids = company.leads(2 * max(1, many // EVENTS_OF_A_LEAD), at=now() - timedelta(days=9))
    told, in_order = ids[::2], ids[1::2]
    since = now() - timedelta(days=8)
    house.start("web", "sweep")
    token = company.token()
    bodies = [
        {
            "lead": lead,
            "type": kind,
            "occurred_at": at.isoformat(),
            "source": "crm",
            "external_id": f"{lead}-{at.isoformat()}",
        }
        for place, lead in enumerate(told)
        for kind, at in _events(place, since=since)
    ]
    deliveries = [body for body in bodies for _ in range(house.random.randint(1, 5))]
    house.random.shuffle(deliveries)
    clients = [Client(house.port, token) for _ in range(CLIENTS)]
    answers = by_clients(
        clients, [lambda client, body=body: client.post("activities/", body) for body in deliveries]
    )
    with doorbell.silenced():
        for place, lead in enumerate(in_order):
            _record(lead, _events(place, since=since))
    report.exactly("2xx", sum(one.status in (200, 201, 207) for one in answers), len(deliveries))
    report.exactly("effects", Activity.objects.filter(lead__in=told).count(), len(bodies))
    report.exactly(
        "answered as created", sum(one.body["created"] for one in answers if one.status), len(bodies)
    )
    house.stop()
    company.settle()
    pairs = [(_state(a), _state(b)) for a, b in zip(told, in_order, strict=True)]
    differ = [f"{a} not {b}" for a, b in pairs if a != b]
    report.exactly("leads other than told in order", len(differ), 0)
    if differ:
        report.note(f"as {differ[0]}")
    report.note(f"{len(deliveries)} deliveries")


@fault("F-23", "the same activities of a lead in N random permutations", short=10, full=PERMUTATIONS)
def permuted(house: House, report: Report, many: int) -> None:
    company.open_for_work(reps=5)
    since = now() - timedelta(days=8)
    with doorbell.silenced():
        ids = company.leads(many, at=now() - timedelta(days=9))
        for lead in ids:
            told = _events(0, since=since)
            house.random.shuffle(told)
            _record(lead, told)
    company.settle()
    found = {_state(lead) for lead in ids}
    report.exactly("different scores and stages", len(found), 1)
    report.note(f"all of them {found.pop()}")


HEADINGS = ("external_id", "email", "phone", "family_name", "given_name", "company", "title", "source")


def _row(number: int) -> list[str]:
    return [
        f"X-{number}", f"p{number}@c{number // 4}.example.com", "03-1234-5678", "佐藤", f"花子{number}",
        f"青空商事{number // 4}", "部長", "web",
    ]  # fmt: skip


def _file(house: House, name: str, rows: list[list[str]]) -> Path:
    path, out = house.folder / name, io.StringIO()
    csv.writer(out).writerows([HEADINGS, *rows])
    path.write_text(out.getvalue(), encoding="utf-8")
    return path


def _counts(house: House, path: Path) -> dict[str, int]:
    """One whole run of the command; what it says it did."""
    said = house.output("manage.py", "import", "leads", str(path))
    return {
        name: int(count)
        for name, count in (part.split() for part in said.strip().splitlines()[-1].split(", "))
    }


def _killed_while_it_imports(house: House, path: Path, many: int) -> None:
    before, process = (
        Lead.objects.count(),
        house.spawn("import", ["manage.py", "import", "leads", str(path)]),
    )

    def moves() -> bool:
        return process.poll() is not None or Lead.objects.count() > before

    house.wait(moves, seconds=60, every=0.01)
    pause(house.random.random() * min(2.0, many / 50_000))
    house.kill("import")


@fault(
    "F-26",
    "import of N rows killed ten times, then the same file, then one cell changed (F-27)",
    short=2_000,
    full=100_000,
)
def import_killed(house: House, report: Report, many: int) -> None:
    company.open_for_work(reps=1)
    house.broker = ""
    rows = [_row(number) for number in range(many)]
    path = _file(house, "leads.csv", rows)
    began, seen = now(), []
    for _ in range(10):
        _killed_while_it_imports(house, path, many)
        seen.append(Lead.objects.count())
    counts = _counts(house, path)
    taken = (now() - began).total_seconds()
    report.exactly("outcomes", sum(counts.values()), many)
    report.exactly("leads", Lead.objects.count(), many)
    report.exactly("e-mails", Lead.objects.values("email_key").distinct().count(), many)
    report.at_most("taken", taken, 180.0)
    report.note(f"rows in after each kill: {', '.join(map(str, seen))}; the last run {counts}")
    again = _counts(house, path)
    report.exactly("again: created, updated", (again["created"], again["updated"]), (0, 0))
    rows[many // 2][6] = "課長"
    changed = _counts(house, _file(house, "changed.csv", rows))
    report.exactly("one cell: created, updated", (changed["created"], changed["updated"]), (0, 1))
    report.exactly("changes written down", AttributeChange.objects.filter(field="title").count(), 1)
    report.exactly("transitions", Transition.objects.count(), many)


@fault("F-28", "two imports and 50 form posts bring the same N e-mails at once", short=100, full=1_000)
def same_people(house: House, report: Report, many: int) -> None:
    company.open_for_work(reps=1)
    house.start("web")
    path = _file(house, "same.csv", [_row(number)[1:] and ["", *_row(number)[1:]] for number in range(many)])
    token = company.token()
    clients = [Client(house.port, token) for _ in range(50)]
    imports = [house.spawn(f"import{n}", ["manage.py", "import", "leads", str(path)]) for n in range(2)]
    pause(1.5)
    forms = [dict(company.person(0), email=_row(number % many)[1]) for number in range(50)]
    answers: list[Answer] = at_once(
        [
            lambda client=client, form=form: client.post("leads/", form)
            for client, form in zip(clients, forms, strict=True)
        ]
    )
    codes = [one.wait(120) for one in imports]
    for n in range(2):
        del house.processes[f"import{n}"]
    report.exactly("leads", Lead.objects.count(), many)
    report.exactly("e-mails", Lead.objects.values("email_key").distinct().count(), many)
    report.exactly("imports' exit codes", codes, [0, 0])
    report.exactly("posts 5xx or broken", sum(one.status >= 500 or one.status == 0 for one in answers), 0)
