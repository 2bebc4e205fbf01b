"""Coming in and going out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from config.clock import now
from leads.models import LoginLink

PASSWORD = "four words make a sash"


@pytest.fixture
def sato(house):
    house.sato.set_password(PASSWORD)
    house.sato.save()
    return house.sato


def log_in(client, email, password, **more):
    return client.post(reverse("login"), {"email": email, "password": password, **more})


def test_e_mail_and_password_open_the_door(client, sato):
    answer = log_in(client, " Sato@Example.com ", PASSWORD)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.session["_auth_user_id"] == str(sato.pk)


@pytest.mark.parametrize(
    "email, password",
    [
        ("sato@example.com", "wrong"),
        ("nobody@example.com", PASSWORD),
        ("", ""),
        ("sato@example.com", ""),
        ("a" * 300, PASSWORD),
        ("sato@example.com\x00", PASSWORD),
        ("sato@example.com", PASSWORD + "\x00"),
    ],
)
def test_anything_else_does_not_and_says_so(client, sato, email, password):
    answer = log_in(client, email, password)
    assert answer.status_code == 422
    assert "エラー：" in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_who_has_left_stays_out(client, sato):
    sato.is_active = False
    sato.save()
    assert log_in(client, sato.email, PASSWORD).status_code == 422


def test_what_was_typed_stays_but_not_the_password(client, sato):
    page = log_in(client, "sato@example.com", "wrong-pass-word").content.decode()
    assert 'value="sato@example.com"' in page
    assert "wrong-pass-word" not in page


@pytest.mark.parametrize(
    "target, place", [("/glossary", "/glossary"), ("https://evil.example", "/"), ("//evil", "/")]
)
def test_one_comes_back_to_where_one_wanted_to_go(client, sato, target, place):
    assert log_in(client, sato.email, PASSWORD, next=target)["Location"] == place


def test_a_link_opens_the_door_once(client, sato):
    address = reverse("login-link", args=[LoginLink.objects.issue(sato, now=now())])
    assert client.get(address).status_code == 200  # a scanner that looks at it does not use it up
    assert client.post(address)["Location"] == "/"
    client.logout()
    answer = client.post(address)
    assert answer.status_code == 410
    assert "_auth_user_id" not in client.session


def test_a_link_is_good_for_24_hours(client, sato):
    address = reverse("login-link", args=[LoginLink.objects.issue(sato, now=now() - timedelta(hours=24))])
    assert client.post(address).status_code == 410


def test_leaving_needs_a_press(client, sato):
    client.force_login(sato)
    assert client.get(reverse("logout")).status_code == 405
    client.post(reverse("logout"))
    assert "_auth_user_id" not in client.session


def test_own_settings(client, sato):
    client.force_login(sato)
    said = {"form": "look", "language": "en", "timezone": "Europe/Berlin", "theme": "dark"}
    answer = client.post(reverse("settings"), said)
    assert answer.status_code == 302
    sato.refresh_from_db()
    assert (sato.language, sato.timezone) == ("en", "Europe/Berlin")
    page = client.get(reverse("glossary")).content.decode()
    assert 'data-theme="dark"' in page
    assert "data-keys-on" not in page  # the box was not ticked


@pytest.mark.parametrize(
    "wrong",
    [{"language": "xx"}, {"timezone": "Mars/Olympus"}, {"timezone": "../etc/passwd"}, {"theme": "pink"}],
)
def test_settings_nobody_offers_are_refused(client, sato, wrong):
    client.force_login(sato)
    said = {"form": "look", "language": "en", "timezone": "Europe/Berlin", "theme": "dark"} | wrong
    assert client.post(reverse("settings"), said).status_code == 422
    sato.refresh_from_db()
    assert sato.language == "ja"


def test_a_new_password_keeps_the_session(client, sato):
    client.force_login(sato)
    said = {"form": "password", "new_password": "another long sash of words"}
    assert client.post(reverse("settings"), said).status_code == 302
    assert client.get(reverse("settings")).status_code == 200
    sato.refresh_from_db()
    assert sato.check_password("another long sash of words")


@pytest.mark.parametrize("weak", ["short", "password1234", ""])
def test_a_weak_password_is_refused_with_its_reason(client, sato, weak):
    client.force_login(sato)
    assert client.post(reverse("settings"), {"form": "password", "new_password": weak}).status_code == 422
    sato.refresh_from_db()
    assert sato.check_password(PASSWORD)


@pytest.mark.parametrize("days, status", [(1, 200), (0, 200), (-1, 302)])
def test_the_last_day_is_a_day_of_work_and_the_next_is_not(client, sato, days, status):
    client.force_login(sato)
    sato.ends_on = sato.today(now()) + timedelta(days=days)
    sato.save()
    assert client.get(reverse("settings")).status_code == status
    client.logout()
    assert log_in(client, sato.email, PASSWORD).status_code == (302 if days >= 0 else 422)
    address = reverse("login-link", args=[LoginLink.objects.issue(sato, now=now())])
    client.logout()
    assert client.post(address).status_code == (302 if days >= 0 else 410)
