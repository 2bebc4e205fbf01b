"""The demo company: the same every time, sound, alive at any hour, and only ever in an empty house."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from config import audit
from config.demo import opening
from handoff.models import Clock, Handoff
from leads import stages
from leads.models import Activity, Company, Lead, Meeting, Opportunity, Standing, Task, Transition, User
from scoring.models import Simulation
from tests.config.commands import run
from tests.people import EXAMPLE

pytestmark = pytest.mark.django_db

TUESDAY = datetime.fromisoformat("2026-11-24T10:42+09:00")
SUNDAY_NIGHT = datetime.fromisoformat("2026-11-22T23:10+09:00")
DAYS = 4


def test_everything_there_is_to_see() -> None:
    opening.open_company(now=TUESDAY)
    assert list(audit.run(now=TUESDAY)) == []
    stages_seen = set(Lead.objects.values_list("stage", flat=True))
    assert stages_seen == {*stages.STAGES}
    assert {"won", "lost"} <= seen(Opportunity, "outcome")
    assert {"held", "rescheduled"} <= seen(Meeting, "state")
    assert {"valid", "invalid"} <= seen(Meeting, "verdict")
    assert Lead.objects.filter(stage=stages.MAL, wake_at__gt=TUESDAY).exists()
    assert {"fast_track", "score", "person", "import", "wake"} <= seen(Handoff, "trigger")
    assert {*Handoff.OPEN, *Handoff.ENDED} == seen(Handoff, "state")
    assert {"met", "met_late", "running", "breached", "cancelled"} == seen(Clock, "state")
    assert {Task.INCOMPLETE_HAND_RAISER, Task.CUSTOMER_REACTED} <= seen(Task, "kind")
    assert Activity.objects.filter(genuine="machine", type="email_click").exists()
    assert Transition.objects.filter(start=stages.DISQUALIFIED, end=stages.MAL).exists()
    assert all(one.result["queues"] for one in Simulation.objects.exclude(draft=None))
    both_languages()
    somebody_is_on_it()
    reads_alive(TUESDAY)


def test_alive_at_night_on_a_sunday_and_twice_the_same() -> None:
    digests = []
    for _ in range(2):
        opening.open_company(now=SUNDAY_NIGHT, days=DAYS)
        reads_alive(SUNDAY_NIGHT)
        digests.append(digest())
        empty()
    assert digests[0] == digests[1]


def test_log_ins_and_then_no_second_time(client: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(opening, "DAYS", 1)
    code, out, err = run("demo", "--now", TUESDAY.isoformat())
    assert "sato@example.com" in out and opening.PASSWORD in err
    entered = client.post("/login", {"email": "miura@example.com", "password": opening.PASSWORD})
    assert entered.status_code == 302
    leads = Lead.objects.count()
    code, again, said = run("demo")
    assert code == 1 and again == "" and said.strip() and Lead.objects.count() == leads
    code, out, err = run("demo", "--if-empty")
    assert "sato@example.com" in out
    for user in User.objects.all():
        user.set_password(f"own {user.pk}")
        user.save()
    assert run("demo", "--if-empty") == (0, "", "")


def test_silent_or_refused_where_somebody_is() -> None:
    User.objects.create_user("own@example.com", roles=["admin"], side="sales")
    assert run("demo", "--if-empty") == (0, "", "")
    code, out, err = run("demo")
    assert code == 1 and out == "" and err.strip()
    assert not Company.objects.exists()


def test_never_in_production(monkeypatch: Any) -> None:
    monkeypatch.setenv("TASUKI_ENV", "production")
    code, out, err = run("demo")
    assert code == 1 and out == "" and err.strip()
    assert not User.objects.exists()


def test_its_playbook_is_the_example() -> None:
    assert opening.PLAYBOOK.read_bytes() == EXAMPLE.read_bytes()
    assert Path(opening.PLAYBOOK).name == "playbook.yaml"


def reads_alive(now: datetime) -> None:
    """In both reps' queues something late, something nearly late and something fresh."""
    for name in ("sato", "kobayashi"):
        clocks = Clock.objects.filter(
            kind=Clock.ACCEPT, ended_at=None, handoff__state=Handoff.OFFERED,
            handoff__rep__email=f"{name}@example.com",
        )  # fmt: skip
        assert clocks.filter(due_at__lt=now, breached_at__isnull=False).exists(), f"{name}: nothing overdue"
        assert clocks.filter(risk_at__lte=now, due_at__gte=now).exists(), f"{name}: nothing at risk"
        assert clocks.filter(risk_at__gt=now).exists(), f"{name}: nothing in time"
    contacts = Clock.objects.filter(kind=Clock.FIRST_CONTACT, ended_at=None, handoff__state=Handoff.ACCEPTED)
    assert contacts.filter(due_at__lt=now).exists() and contacts.filter(due_at__gte=now).exists()
    assert Handoff.objects.filter(state=Handoff.WAITING).count() == 1
    assert not Lead.objects.filter(created_at__gt=now).exists()
    assert Activity.objects.filter(occurred_at__gte=now - timedelta(days=4)).exists()


def both_languages() -> None:
    calls = Activity.objects.filter(data__has_key="note").values_list("data__note", flat=True)
    notes = [note for note in [*Handoff.objects.values_list("note", flat=True), *calls] if note]
    assert any(note.isascii() for note in notes) and any(not note.isascii() for note in notes)
    countries = set(Company.objects.values_list("country", flat=True))
    assert "日本" in countries and countries - {"日本"}


def somebody_is_on_it() -> None:
    """A company with one contact in a rep's hands and a colleague of theirs on offer."""
    per_company = Counter(Lead.objects.values_list("company_id", "stage"))
    assert any((company, stages.SAL) in per_company for company, stage in per_company if stage == stages.MQL)


def seen(model: Any, field: str) -> set[str]:
    return set(model.objects.values_list(field, flat=True))


def digest() -> str:
    """What the rows tell, without the numbers that a database gives them."""
    told = [
        list(Lead.objects.order_by("pk").values_list("email", "stage", "version", "stage_entered_at", "owner__email")),  # noqa: E501
        list(Standing.objects.order_by("pk").values_list("readiness", "fit", "interest", "next_due_at")),
        list(Activity.objects.order_by("pk").values_list("type", "occurred_at", "lead__email", "content")),
        list(Handoff.objects.order_by("pk").values_list("state", "trigger", "rep__email", "reason", "offered_at")),  # noqa: E501
        list(Clock.objects.order_by("pk").values_list("kind", "state", "due_at", "met_at")),
        list(Transition.objects.order_by("pk").values_list("start", "end", "cause", "occurred_at")),
    ]  # fmt: skip
    assert all(told)
    return hashlib.sha256(repr(told).encode()).hexdigest()


def empty() -> None:
    """An empty house again, inside this test's own transaction."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # TRUNCATE takes no pending checks
        call_command("flush", interactive=False, verbosity=0)
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
