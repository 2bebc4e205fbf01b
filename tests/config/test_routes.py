"""Every page × every role: who may open it, and that a stranger learns nothing.

A page without a row here fails. The API has a matrix of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from leads import roles
from leads.models import Meeting, Opportunity, Task, User
from scoring.replay import trials
from scoring.rulemaking import opinions
from tests import people
from tests.config.studio.drafts import requested

OPEN = {"login", "login-link", "livez", "readyz"}  # nobody has logged in yet
OWN = {  # about the reader alone
    "home", "logout", "language", "settings", "glossary",
    "notice-list", "notice-bell", "notice-read", "notice",
}  # fmt: skip
OF_THE_RESULTS = {"rules-feedback", "rules-feedback-table", "rules-feedback-list"}
LEARNING = {"rules-feedback-again", "rules-feedback-draft"}  # who may: tests/config/studio/test_feedback.py
LISTS = {
    "lead-list", "lead-new", "queue", "queue-new", "sla", "handoff-list", "handoff-doubtful", "rules",
    *OF_THE_RESULTS, "meeting-list", "opportunity-list", "leave", "outbox", "queues", "task-list",
    "recall-many", "queue-follow", "calendar-list",
}  # fmt: skip
OF_A_LEAD = {
    "lead", "lead-edit", "lead-handover", "lead-move", "lead-recycle", "lead-disqualify", "lead-reopen",
    "lead-opinion", "lead-override", "company", "lead-book", "lead-propose", "lead-supporters",
}  # fmt: skip
OF_A_HANDOFF = {
    "queue-card",
    "queue-accept",
    "queue-send-back",
    "queue-contact",
    "queue-confirm",
    "queue-undo",
    "handoff-reassign",
    "handoff-release",
    "handoff-pause",
    "handoff-promote",
    "handoff-question",
    "handoff-recall",
    "handoff-snooze",
}
OF_A_LEAVE = {"leave-cancel"}  # who may: tests/handoff/test_views_leave.py
OF_THE_OUTBOX = {
    "outbox",
    "outbox-replay",
    "outbox-replay-all",
}  # managers: tests/handoff/test_views_outbox.py
OF_A_CALENDAR = {"calendar", "calendar-change"}  # who may: tests/handoff/test_views_calendars.py
PRESSES = {"queue-next"}  # who may: tests/handoff/test_taking.py
OF_A_CLOCK = {"clock", "clock-excuse", "clock-resume"}
OF_A_MEETING = {"meeting", "meeting-end", "meeting-verdict", "meeting-ics"}
OF_AN_OPPORTUNITY = {"opportunity", "opportunity-close"}
OF_A_TASK = {"task", "task-reopen"}
OF_A_DRAFT = {
    "rules-draft", "rules-comment", "rules-request", "rules-approve", "rules-catch-up", "rules-withdraw",
}  # fmt: skip
OF_THE_EDITOR: dict[str, list[str]] = {  # with what stands in their address after the draft
    "rules-edit": [], "rules-edit-act": [], "rules-edit-undo": [], "rules-edit-figures": [],
    "rules-edit-part": ["mql"], "rules-edit-entry": ["interest", "pricing"],
    "rules-matched-draft": ["pricing"],
}  # fmt: skip
OF_THE_RULES = {
    *OF_A_DRAFT, *OF_THE_EDITOR, "rules-matched",
    "rules-begin", "rules-version", "rules-back", "rules-answer", "rules-opinion-draft",
}  # fmt: skip
OF_A_TRIAL = {  # anybody who reads rules reads these, and whoever writes rules starts them
    "rules-simulate", "rules-simulation", "rules-simulation-cancel", "rules-simulation-list",
}  # fmt: skip
FOREIGN = ("/api/", "/static/")


def pages() -> Iterator[tuple[str, str]]:
    """Name and pattern of every page, whatever file it comes from."""
    yield from _walk(get_resolver().url_patterns, "/")


def _walk(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[tuple[str, str]]:
    for one in patterns:
        path = before + str(one.pattern)
        if path.startswith(FOREIGN):
            continue
        if isinstance(one, URLResolver):
            yield from _walk(one.url_patterns, path)
        else:
            yield one.name or path, path


NAMES = sorted({name for name, _ in pages()})
OF_ONE = OF_A_LEAD | OF_A_HANDOFF | OF_A_CLOCK | OF_A_MEETING | OF_AN_OPPORTUNITY | OF_A_TASK
OBJECTS = sorted(OF_ONE & set(NAMES))


def test_every_page_has_its_row():
    rows = OPEN | OWN | LISTS | LEARNING | OF_ONE | OF_THE_RULES | OF_A_TRIAL | OF_A_LEAVE | OF_THE_OUTBOX
    rows |= PRESSES | OF_A_CALENDAR
    assert set(NAMES) - rows == set()


@pytest.fixture
def offered(house):
    """A lead of Sato's team, waiting for an answer; nothing of it is Kato's to see."""
    lead = people.new_lead(
        family_name="秘密", given_name="守", email="himitsu@secret.example.com", title="部長"
    )
    people.offered(lead)
    times = {"starts_at": people.NOW, "ends_at": people.NOW + timedelta(hours=1)}
    Meeting.objects.create(lead=lead, mode="visit", place="秘密の会議室", created_at=people.NOW, **times)
    Task.objects.create(
        lead=lead, kind=Task.QUESTION, side=roles.MARKETING, cause_key="秘密", created_at=people.NOW,
        due_at=people.NOW, text="秘密の質問",
    )  # fmt: skip
    Opportunity.objects.create(  # closed long ago, before the lead came back
        lead=lead, amount=1, expected_close=people.NOW, owner=house.tanaka, opened_at=people.NOW,
        outcome="lost", reason="budget", closed_at=people.NOW,
    )  # fmt: skip
    return people.fresh(lead)


def address(name, lead) -> str:
    if name in OF_A_HANDOFF:
        return reverse(name, args=[people.handoff_of(lead).pk])
    if name in ("notice", "outbox-replay"):
        return reverse(name, args=[1])
    if name in OF_A_CALENDAR:
        return reverse(name, args=["tokyo"])
    if name in OF_A_CLOCK:
        return reverse(name, args=[people.handoff_of(lead).clocks.first().pk])
    if name == "company":
        return reverse(name, args=[lead.company_id])
    if name in OF_A_MEETING:
        return reverse(name, args=[Meeting.objects.get(lead=lead).pk])
    if name in OF_AN_OPPORTUNITY:
        return reverse(name, args=[Opportunity.objects.get(lead=lead).pk])
    if name in OF_A_TASK:
        return reverse(name, args=[Task.objects.get(lead=lead).pk])
    if name in OF_A_LEAD | OF_A_DRAFT | OF_A_LEAVE | {"rules-answer", "rules-opinion-draft"}:
        return reverse(name, args=[lead.pk])
    if name in OF_THE_EDITOR:
        return reverse(name, args=[lead.pk, *OF_THE_EDITOR[name]])
    if name in ("rules-version", "rules-back", "rules-matched"):
        return reverse(name, args=[1])
    if name in OF_A_TRIAL:
        return reverse(name, args=[1, "entered"] if name == "rules-simulation-list" else [1])
    if name == "rules-feedback-draft":
        return reverse(name, args=["0123456789ab"])
    return reverse(name, args=["secret"]) if name == "login-link" else reverse(name)


@pytest.mark.parametrize("name", NAMES)
def test_who_has_not_logged_in_sees_nothing(client, offered, name):
    for method in (client.get, client.post):
        answer = method(address(name, offered))
        if name not in OPEN and name != "logout":
            assert answer.status_code == 302
            assert answer["Location"].startswith(reverse("login"))
        assert "秘密" not in answer.content.decode()


@pytest.mark.parametrize("name", OBJECTS)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_stranger_learns_nothing_of_a_lead(browser_of, offered, kato, name, method):
    answer = getattr(browser_of(kato), method)(address(name, offered), {"version": 1})
    if name == "company":  # a company page shows everybody the card, never the contact details
        assert "himitsu@" not in answer.content.decode()
        return
    assert answer.status_code in (404, 405)
    assert "秘密" not in answer.content.decode()


@pytest.mark.parametrize("name", sorted(LISTS & set(NAMES)))
def test_no_list_shows_a_stranger_anything(browser_of, offered, kato, name):
    answer = browser_of(kato).get(address(name, offered))
    assert answer.status_code in (200, 204, 302, 403)
    assert "秘密" not in answer.content.decode()
    assert "himitsu@" not in answer.content.decode()


@pytest.mark.parametrize("who", ["miura", "suzuki", "sato", "kobayashi", "tanaka", "takahashi"])
@pytest.mark.parametrize("name", sorted((LISTS | OF_ONE | OWN) & set(NAMES)))
def test_no_page_breaks_for_anybody(house, browser_of, offered, name, who):
    user: User = getattr(house, who)
    answer = browser_of(user).get(address(name, offered))
    assert answer.status_code in (200, 204, 302, 403, 404, 405), answer.status_code


@pytest.mark.parametrize("name", OBJECTS)
def test_a_number_nobody_has_is_not_found(house, browser_of, name):
    number = 10**18
    assert browser_of(house.suzuki).get(reverse(name, args=[number])).status_code in (404, 405)


# ── rules: everybody who works here reads them, marketing and managers write, a manager agrees ───────────

READS = {"rules-draft", "rules-version", "rules-matched-draft", "rules-matched"}
WRITES, AGREES = OF_THE_RULES, {"rules-approve"}
MAY: dict[str, set[str]] = {
    "miura": WRITES,
    "suzuki": WRITES,
    "takahashi": WRITES,
    "sato": READS | {"rules-comment"},
    "tanaka": READS | {"rules-comment"},
    "hana": WRITES - AGREES,  # a marketer
    "aki": WRITES - AGREES,  # an administrator
    "pat": set(),  # a partner
}
NEWCOMERS = {"hana": roles.MARKETER, "aki": roles.ADMIN, "pat": roles.PARTNER_CALLER}


@pytest.mark.parametrize("who", sorted(MAY))
@pytest.mark.parametrize("name", sorted(OF_THE_RULES))
def test_who_may_what_with_rules(house, browser_of, who, name):
    if who in NEWCOMERS:
        user = User.objects.create_user(f"{who}@example.com", roles=[NEWCOMERS[who]])
    else:
        user = getattr(house, who)
    draft = requested(house)
    lead = people.new_lead()
    opinion = opinions.send(lead, rule="fit", text="?", by=house.miura, now=people.NOW)
    thing = {"rules-answer": opinion.pk, "rules-opinion-draft": opinion.pk}.get(name, draft.pk)
    args = [] if name == "rules-begin" else [1] if name in ("rules-version", "rules-back") else [thing]
    args = ["pricing"] if name == "rules-matched" else args + OF_THE_EDITOR.get(name, [])
    sent = {"revision": 1, "text": "x", "answer": "x", "title": "x"}
    got, posted = (
        getattr(browser_of(user), method)(reverse(name, args=args), sent).status_code
        for method in ("get", "post")
    )
    if name in MAY[who]:
        assert (got, posted) != (403, 403) and posted in (200, 302, 404, 405, 409, 422)
    else:
        assert got in (403, 405) and posted in (403, 405) and 403 in (got, posted)


TRIERS = {"miura", "suzuki", "takahashi", "hana", "aki"}


@pytest.mark.parametrize("who", sorted(MAY))
@pytest.mark.parametrize("name", sorted(OF_A_TRIAL))
def test_who_may_what_with_simulations(house, browser_of, who, name):
    if who in NEWCOMERS:
        user = User.objects.create_user(f"{who}@example.com", roles=[NEWCOMERS[who]])
    else:
        user = getattr(house, who)
    draft = requested(house)
    simulation = trials.ask(
        body=draft.body, since=people.NOW - timedelta(days=3), until=people.NOW, draft=draft, by=house.miura,
        now=people.NOW,
    )  # fmt: skip
    trials.run(simulation, now=people.NOW)
    args = {"rules-simulate": [draft.pk], "rules-simulation-list": [simulation.pk, "entered"]}
    url = reverse(name, args=args.get(name, [simulation.pk]))
    got, posted = (
        getattr(browser_of(user), method)(url, {"days": "30"}).status_code for method in ("get", "post")
    )
    reads, writes = who != "pat", who in TRIERS
    assert got == (405 if name.endswith("-cancel") else 200 if reads else 403)
    if name in ("rules-simulate", "rules-simulation-cancel"):
        assert posted == (302 if writes else 403)
    else:
        assert posted == 405
