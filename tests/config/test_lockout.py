"""Guessing passwords ends after five tries, for one address from one place."""

from __future__ import annotations

import pytest

from config.lockout import address_typed
from leads.models import User

RIGHT = "a long enough password"


@pytest.fixture
def sato(db) -> User:
    return User.objects.create_user("sato@example.com", password=RIGHT)


def press(client, password: str, *, email: str = "sato@example.com", place: str = "10.0.0.1"):
    return client.post("/login", {"email": email, "password": password}, REMOTE_ADDR=place)


def test_five_wrong_passwords_lock_and_the_page_says_so(client, sato):
    answers = [press(client, "wrong", email=email).status_code for email in ("sato@example.com",) * 4]
    assert answers == [422] * 4
    assert press(client, "wrong", email="SATO@example.com ").status_code == 429
    locked = press(client, RIGHT)
    assert locked.status_code == 429
    assert "15" in locked.content.decode()


def test_another_place_and_another_person_are_not_locked(client, sato):
    for _ in range(6):
        press(client, "wrong")
    assert press(client, RIGHT, place="10.0.0.2").status_code == 302
    client.logout()
    assert press(client, "wrong", email="miura@example.com").status_code == 422


def test_coming_in_forgets_the_misses(client, sato):
    for _ in range(4):
        press(client, "wrong")
    assert press(client, RIGHT).status_code == 302
    client.logout()
    assert press(client, "wrong").status_code == 422


def test_an_address_is_counted_as_it_is_looked_up(rf):
    assert address_typed(rf.post("/login", {"email": " Sato@Example.com"})) == "sato@example.com"
    assert address_typed(None, {"username": "A@b.jp"}) == "a@b.jp"
    assert address_typed(None) == ""
