"""Every page × every role: who may open it, and that a stranger learns nothing.

A page without a row here fails. The API has a matrix of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from leads.models import User
from tests import people

OPEN = {"login", "login-link", "livez", "readyz"}  # nobody has logged in yet
OWN = {"home", "logout", "language", "settings", "glossary"}  # about the reader alone
LISTS = {"lead-list", "lead-new", "queue", "queue-new", "sla", "handoff-list", "handoff-doubtful"}
OF_A_LEAD = {
    "lead", "lead-edit", "lead-handover", "lead-move", "lead-recycle", "lead-disqualify", "lead-reopen",
    "lead-override", "company",
}  # fmt: skip
OF_A_HANDOFF = {"queue-card", "queue-accept", "queue-send-back", "queue-contact", "handoff-reassign"}
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
OBJECTS = sorted((OF_A_LEAD | OF_A_HANDOFF) & set(NAMES))


def test_every_page_has_its_row():
    assert set(NAMES) - (OPEN | OWN | LISTS | OF_A_LEAD | OF_A_HANDOFF) == set()


@pytest.fixture
def offered(house):
    """A lead of Sato's team, waiting for an answer; nothing of it is Kato's to see."""
    lead = people.new_lead(
        family_name="秘密", given_name="守", email="himitsu@secret.example.com", title="部長"
    )
    people.offered(lead)
    return people.fresh(lead)


def address(name, lead) -> str:
    if name in OF_A_HANDOFF:
        return reverse(name, args=[people.handoff_of(lead).pk])
    if name == "company":
        return reverse(name, args=[lead.company_id])
    if name in OF_A_LEAD:
        return reverse(name, args=[lead.pk])
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
@pytest.mark.parametrize("name", sorted((LISTS | OF_A_LEAD | OF_A_HANDOFF | OWN) & set(NAMES)))
def test_no_page_breaks_for_anybody(house, browser_of, offered, name, who):
    user: User = getattr(house, who)
    answer = browser_of(user).get(address(name, offered))
    assert answer.status_code in (200, 204, 302, 403, 404, 405), answer.status_code


@pytest.mark.parametrize("name", OBJECTS)
def test_a_number_nobody_has_is_not_found(house, browser_of, name):
    number = 10**18
    assert browser_of(house.suzuki).get(reverse(name, args=[number])).status_code in (404, 405)
