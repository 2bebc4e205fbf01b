"""Every address of the API × every role: what is answered, and that a stranger learns nothing.

Addresses and methods come from the resolver: one without a row here fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.urls import get_resolver, reverse
from rest_framework.test import APIClient

from leads import roles, stages
from leads.models import ApiToken, Calendar, Meeting, Opportunity, Task, User
from leads.models.people import Leave
from scoring.models import Draft, Opinion, Simulation
from scoring.rulemaking import opinions
from tests import people
from tests.config.studio import drafts

WHO = (
    "marketer", "inside", "colleague", "field", "marketing", "sales", "admin", "partner", "stranger",
    "nobody", "revoked",
)  # fmt: skip
OURS = ("marketer", "inside", "colleague", "marketing", "sales", "admin")
READ = dict.fromkeys(OURS, 200)
LIST = dict.fromkeys((*WHO[:9],), 200)
MANAGERS = {"marketing", "sales", "admin"}
WRITERS = {"marketer", *MANAGERS}  # of the rules


def only(*allowed: str, else_: int = 403, of: tuple[str, ...] = OURS, status: int = 200) -> dict[str, int]:
    return {who: status if who in allowed else else_ for who in of}


SOON = datetime.now(UTC) + timedelta(days=3)  # the API asks the real clock
UNTIL = SOON.isoformat()
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("api-leads", "post"): {"email": "new@fresh.example.jp"},
    ("api-lead", "patch"): {"title": "部長"},
    ("api-lead-move", "post"): {"to": "sql"},
    ("api-lead-recycle", "post"): {"reason": "too_early"},
    ("api-lead-disqualify", "post"): {"reason": "selling"},
    ("api-lead-reopen", "post"): {"reason": "また話が来た"},
    ("api-lead-override", "post"): {"readiness": 70, "reason": "会った", "until": UNTIL},
    ("api-activities", "post"): {},
    ("api-calendars", "post"): {"name": "c", "timezone": "Asia/Tokyo", "weekly": {"mon": ["09:00-18:00"]}},
    ("api-handoff-next", "post"): {},
    ("api-handoff-release", "post"): {"reason": "x"},
    ("api-leaves", "post"): {"starts_on": "2032-05-06", "ends_on": "2032-05-07"},
    ("api-calendar-due", "post"): {"start": "2026-04-06T10:00:00+09:00", "minutes": 5},
    ("api-handoff-accept", "post"): {"version": 3},
    ("api-handoff-send-back", "post"): {"version": 3, "reason": "too_early"},
    ("api-handoff-contact", "post"): {"version": 3, "result": "reached", "channel": "phone"},
    ("api-handoff-confirm", "post"): {"field": "budget", "value": "500万円台"},
    ("api-handoff-reassign", "post"): {"queue": 1, "reason": "x"},
    ("api-opinions", "post"): {"lead": 0, "rule": "fit", "text": "x"},
    ("api-opinion-answer", "post"): {"answer": "x"},
    ("api-opinion-draft", "post"): {},
    ("api-handoff-pause", "post"): {
        "clock": "first_contact",
        "reason": "customer_date",
        "until": UNTIL,
    },
    ("api-handoff-resume", "post"): {"clock": "first_contact"},
    ("api-clock-excuse", "post"): {"reason": "x"},
    ("api-handoff-promote", "post"): {"reason": "見積依頼"},
    ("api-lead-supporters", "post"): {"user": "tanaka@example.com"},
    ("api-handoff-recall", "post"): {"reason": "too_early"},
    ("api-handoff-snooze", "post"): {"on_reaction": True},
    ("api-handoff-undo", "post"): {},
    ("api-handoff-question", "post"): {"text": "x"},
    ("api-task-answer", "post"): {"outcome": "done"},
    ("api-meetings", "post"): {
        "lead": {"external_id": "crm-7"},
        "starts_at": UNTIL,
        "mode": "online",
        "ends_at": (SOON + timedelta(hours=1)).isoformat(),
    },
    ("api-meeting", "patch"): {"place": "本社"},
    ("api-meeting-verdict", "post"): {"verdict": "valid"},
    ("api-opportunities", "post"): {
        "lead": {"external_id": "crm-7"},
        "amount": 1000000,
        "currency": "JPY",
        "expected_close": "2030-01-29",
    },
    ("api-opportunity", "patch"): {"next_step_on": None},
    ("api-opportunity-close", "post"): {"outcome": "won"},
    ("api-scoring-models", "post"): {"title": "x", "body": people.example().sections["scoring"]},
    ("api-scoring-model", "patch"): {"revision": 1, "title": "y"},
    ("api-scoring-publish", "post"): {"revision": 1},
    ("api-scoring-withdraw", "post"): {},
    ("api-scoring-comments", "post"): {"text": "x"},
    ("api-scoring-simulate", "post"): {"since": "2026-10-01T00:00:00Z", "until": "2026-11-01T00:00:00Z"},
}
QUERIES = {"api-lead-score-change": "?from=2026-11-01T00:00:00Z"}
# What each role is answered; whoever is not named reads 404, nobody and the revoked 401.
# The lead is at `sal`, in the hands of `inside`; `colleague` is of the same team, `field` of another.
EXPECTED: dict[tuple[str, str], dict[str, int]] = {
    ("api-leads", "get"): LIST,
    ("api-leads", "post"): dict.fromkeys(WHO[:9], 201) | {"partner": 403},
    ("api-lead", "get"): READ,
    ("api-lead", "patch"): only("inside", *MANAGERS),
    ("api-lead-score", "get"): READ,
    ("api-lead-score-change", "get"): READ,
    ("api-lead-score-curve", "get"): READ,
    ("api-lead-journey", "get"): READ,
    ("api-lead-timeline", "get"): READ,
    ("api-lead-move", "post"): only("inside", "sales", "admin"),
    ("api-lead-recycle", "post"): only("inside", *MANAGERS),
    ("api-lead-disqualify", "post"): only("inside", *MANAGERS),
    ("api-lead-reopen", "post"): dict.fromkeys(OURS, 400),  # it is in sales' hands
    ("api-lead-override", "get"): READ,
    ("api-lead-override", "post"): only("inside", *MANAGERS),
    ("api-lead-override", "delete"): only("inside", *MANAGERS, status=409),
    ("api-activities", "post"): LIST,  # each item is answered by itself
    ("api-calendars", "get"): LIST,
    ("api-calendars", "post"): dict.fromkeys(WHO[:9], 403) | dict.fromkeys(MANAGERS, 201),
    ("api-calendar-due", "post"): LIST,
    ("api-leaves", "get"): LIST,
    ("api-leaves", "post"): dict.fromkeys(WHO[:9], 201),  # one's own
    ("api-leave", "delete"): dict.fromkeys(("inside", "sales", "admin"), 200),
    ("api-company", "get"): READ,
    ("api-campaigns", "get"): LIST,
    ("api-queues", "get"): LIST,
    ("api-queue-dry-run", "get"): dict.fromkeys(("sales", "admin"), 200),
    ("api-handoffs", "get"): LIST,
    ("api-handoff", "get"): READ,
    ("api-handoff-routing", "get"): READ,
    ("api-handoff-next", "post"): dict.fromkeys(WHO[:9], 403),  # no queue here is one to take from
    ("api-handoff-release", "post"): dict.fromkeys(OURS, 409),  # it waits no more
    ("api-handoff-accept", "post"): dict.fromkeys(OURS, 409),
    ("api-handoff-send-back", "post"): only("inside"),
    ("api-handoff-contact", "post"): only("inside"),
    ("api-handoff-confirm", "post"): only("inside"),
    ("api-handoff-reassign", "post"): only("sales", "admin"),
    ("api-handoff-pause", "post"): only("inside", "sales", "admin", status=400),  # it has run out by now
    ("api-handoff-resume", "post"): only("inside", "sales", "admin", status=400),  # it is not paused
    ("api-clocks", "get"): LIST,
    ("api-clock", "get"): READ,
    ("api-clock-excuse", "post"): only("sales", "admin", status=400),  # there is no breach
    ("api-handoff-promote", "post"): only("inside", "sales", "admin"),
    ("api-handoff-question", "post"): only("inside", status=201),
    ("api-handoff-snooze", "post"): only("inside"),
    ("api-handoff-undo", "post"): only("inside", status=400),  # accepted days ago
    ("api-handoff-recall", "post"): only(*MANAGERS),
    ("api-tasks", "get"): LIST,
    ("api-task-answer", "post"): only("marketer", "marketing", "admin"),
    ("api-lead-supporters", "get"): READ,
    ("api-lead-supporters", "post"): only("inside", "sales", "admin"),
    ("api-lead-supporter", "delete"): only("inside", "sales", "admin"),
    ("api-meetings", "get"): LIST,
    ("api-meetings", "post"): dict.fromkeys(WHO[:9], 400) | only("inside", "sales", "admin", status=201),
    ("api-meeting", "get"): READ,
    ("api-meeting", "patch"): only("inside", "sales", "admin"),
    ("api-meeting-verdict", "post"): only("inside", "sales", "admin"),
    ("api-opportunities", "get"): LIST,
    ("api-opportunities", "post"): dict.fromkeys(WHO[:9], 400) | only("inside", "sales", "admin", status=201),
    ("api-opportunity", "get"): READ,
    ("api-opportunity", "patch"): only("inside", "sales", "admin", status=409),  # it was lost long ago
    ("api-opportunity-close", "post"): only("inside", "sales", "admin", status=409),
    ("api-scoring-models", "get"): LIST | {"partner": 403},
    ("api-scoring-models", "post"): dict.fromkeys(WHO[:9], 403) | dict.fromkeys(WRITERS, 201),
    ("api-scoring-model", "get"): LIST | {"partner": 403},
    ("api-scoring-model", "patch"): dict.fromkeys(WHO[:9], 403) | dict.fromkeys(WRITERS, 200),
    ("api-scoring-publish", "post"): dict.fromkeys(WHO[:9], 403) | dict.fromkeys(WRITERS, 200),
    ("api-scoring-withdraw", "post"): dict.fromkeys(WHO[:9], 403) | dict.fromkeys(WRITERS, 200),
    ("api-scoring-comments", "post"): dict.fromkeys(WHO[:9], 201) | {"partner": 403},
    ("api-scoring-simulate", "post"): dict.fromkeys(WHO[:9], 403) | dict.fromkeys(WRITERS, 202),
    ("api-scoring-simulation", "get"): LIST | {"partner": 403},
    ("api-handoffs-doubtful", "get"): LIST | {"partner": 403},
    ("api-opinions", "get"): LIST,
    ("api-opinions", "post"): dict.fromkeys(WHO[:9], 400) | dict.fromkeys(OURS, 201),
    ("api-opinion", "get"): READ,
    ("api-opinion-answer", "post"): dict.fromkeys(OURS, 403) | dict.fromkeys(WRITERS, 200),
    ("api-opinion-draft", "post"): dict.fromkeys(OURS, 403) | dict.fromkeys(WRITERS, 201),
    ("api-nowhere", "get"): dict.fromkeys(WHO, 404),
    ("api-schema", "get"): LIST,
}  # fmt: skip
METHODS = ("get", "post", "patch", "put", "delete")


def addresses() -> Iterator[tuple[str, Any]]:
    """Name and view class of every address below /api/, whatever file it comes from."""
    for one in get_resolver().url_patterns:
        if str(one.pattern).startswith("api/v1/"):
            yield from ((each.name, each.callback.cls) for each in one.url_patterns)
        elif str(one.pattern).startswith("api/") and hasattr(one.callback, "cls"):
            yield one.name, one.callback.cls


VIEWS = dict(addresses())
PAIRS = sorted(
    (name, method)
    for name, view in VIEWS.items()
    for method in METHODS
    if hasattr(view, method) or (name == "api-nowhere" and method == "get")
)


def test_every_address_and_method_has_its_row():
    assert set(PAIRS) == set(EXPECTED)
    assert set(BODIES) == {pair for pair in PAIRS if pair[1] in ("post", "patch")}


@pytest.fixture
def lead(house):
    """In the hands of somebody of inside sales; nothing of it is for strangers. And a draft, being tried."""
    draft = drafts.begun(house)
    Simulation.objects.create(
        draft=draft, body=draft.body, since=people.NOW - timedelta(days=9), until=people.NOW,
        asked_at=people.NOW,
    )  # fmt: skip
    found = people.lead_at(
        stages.SAL,
        house,
        family_name="秘密",
        given_name="守",
        email="himitsu@secret.example.com",
        external_id="crm-7",
    )
    opinions.send(found, rule="fit", text="himitsu", by=house.miura, now=people.NOW)
    ago = people.NOW - timedelta(days=400)
    times = {"starts_at": people.NOW, "ends_at": people.NOW + timedelta(hours=1)}
    Meeting.objects.create(lead=found, mode="visit", created_at=people.NOW, **times)
    Task.objects.create(
        lead=found, kind=Task.MARKETING_FIX, side=roles.MARKETING, cause_key="x", created_at=ago, due_at=ago,
        text="秘密",
    )  # fmt: skip
    Opportunity.objects.create(
        lead=found, amount=1, expected_close=ago, owner=found.owner, opened_at=ago, closed_at=ago,
        outcome="lost", reason="budget",
    )  # fmt: skip
    return found


@pytest.fixture
def person(house, kato, lead):
    inside = lead.owner
    colleague = next(one for one in (house.sato, house.kobayashi) if one.pk != inside.pk)

    def new(name: str, **fields: Any) -> User:
        return User.objects.create_user(f"{name}@example.com", **fields)

    return {
        "marketer": lambda: new("m", roles=[roles.MARKETER], side=roles.MARKETING),
        "inside": lambda: inside,
        "colleague": lambda: colleague,
        "field": lambda: house.tanaka,
        "marketing": lambda: house.miura,
        "sales": lambda: new("s", roles=[roles.MANAGER], side=roles.SALES),
        "admin": lambda: house.suzuki,
        "partner": lambda: new("p", roles=[roles.PARTNER_CALLER], side=roles.SALES),
        "stranger": lambda: kato,
    }


def client_of(who: str, person) -> APIClient:
    client = APIClient()
    if who != "nobody":
        user = person[who if who != "revoked" else "admin"]()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {ApiToken.objects.issue(user, now=people.NOW)}")
    if who == "revoked":
        ApiToken.objects.update(revoked_at=people.NOW)
    return client


def address(name: str, lead) -> str:
    if name.startswith("api-scoring") and name != "api-scoring-models":
        more = [Simulation.objects.get().pk] if name == "api-scoring-simulation" else []
        return reverse(name, args=[f"d{Draft.objects.get().pk}", *more])
    if name == "api-nowhere":
        return "/api/v1/nowhere/"
    if name.startswith("api-opinion") and name != "api-opinions":
        return reverse(name, args=[Opinion.objects.get().pk])
    if name == "api-handoff-next":
        return reverse(name)
    if name.startswith("api-handoff-") or name == "api-handoff":
        return reverse(name, args=[people.handoff_of(lead).pk])
    if name.startswith("api-clock") and name != "api-clocks":
        return reverse(name, args=[people.handoff_of(lead).clocks.first().pk])
    if name == "api-task-answer":
        return reverse(name, args=[Task.objects.get(lead=lead).pk])
    if name == "api-lead-supporter":
        return reverse(name, args=[lead.pk, lead.owner_id])
    if name in ("api-meeting", "api-meeting-verdict"):
        return reverse(name, args=[Meeting.objects.get(lead=lead).pk])
    if name in ("api-opportunity", "api-opportunity-close"):
        return reverse(name, args=[Opportunity.objects.get(lead=lead).pk])
    if name == "api-queue-dry-run":
        return reverse(name, args=[people.handoff_of(lead).queue_id])
    if name == "api-leave":
        days = {"starts_on": date(2032, 5, 6), "ends_on": date(2032, 5, 7), "created_at": people.NOW}
        return reverse(name, args=[Leave.objects.get_or_create(user=lead.owner, defaults=days)[0].pk])
    if name == "api-calendar-due":
        return reverse(name, args=[Calendar.objects.order_by("pk").first().pk])
    if name == "api-company":
        return reverse(name, args=[lead.company_id])
    return (
        reverse(name, args=[lead.pk])
        if name.startswith("api-lead") and name != "api-leads"
        else reverse(name)
    )


@pytest.mark.parametrize("name, method", PAIRS)
def test_what_each_role_is_answered(lead, person, name, method):
    body = BODIES.get((name, method))
    if name == "api-handoff-reassign":
        body = body | {"queue": people.handoff_of(lead).queue.slug}
    if name == "api-opinions" and body is not None:
        body = body | {"lead": lead.pk}
    answered = {}
    for who in WHO:
        with transaction.atomic():
            client, kind = client_of(who, person), "json" if body is not None else None
            answer = getattr(client, method)(address(name, lead) + QUERIES.get(name, ""), body, format=kind)
            answered[who] = answer.status_code
            if answer.status_code >= 400 or who in ("stranger", "partner", "field"):
                learns_nothing(answer.content.decode())
            transaction.set_rollback(True)
    otherwise = {"nobody": 401, "revoked": 401}
    assert answered == {who: EXPECTED[name, method].get(who, otherwise.get(who, 404)) for who in WHO}


def learns_nothing(said: str) -> None:
    assert not any(secret in said for secret in ("秘密", "himitsu", "crm-7"))


@pytest.mark.parametrize("name", sorted(VIEWS.keys() - {"api-nowhere"}))
def test_another_methods_word_changes_nothing(lead, person, name):
    """What an address does not do is 405 for everybody who is known."""
    client = client_of("admin", person)
    for other in METHODS:
        if (name, other) not in PAIRS:
            assert getattr(client, other)(address(name, lead), {}, format="json").status_code == 405


def test_the_description_and_its_page_need_a_log_in(client, browser_of, house):
    assert client.get("/api/docs/").status_code == 302
    page = browser_of(house.sato).get("/api/docs/")
    assert page.status_code == 200
    assert "'unsafe" not in page["Content-Security-Policy"]
    assert b"https://" not in page.content and b"style=" not in page.content
