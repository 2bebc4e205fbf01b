"""What every address of the API does alike: who calls, in which language, how often, once per key."""

from __future__ import annotations

import json
from datetime import timedelta
from threading import Barrier, Thread

import pytest
import time_machine
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection
from django.test import override_settings
from rest_framework.test import APIClient

from config.api import rate
from leads.models import ApiToken, IdempotentAnswer, Lead
from tests import people

LEADS = "/api/v1/leads/"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
SHIFT_JIS = f"{JSON}; charset=shift_jis"
BODY = {"email": "a@e.example.jp"}


@pytest.fixture
def miura(house, api_of):
    return api_of(house.miura)


def code(answer) -> str:
    return answer.json()["errors"][0]["code"]


# ── who calls ────────────────────────────────────────────────────────────────


def test_who_says_nothing_is_asked_who_they_are(house):
    answer = APIClient().get(LEADS)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer["Content-Type"] == "application/problem+json"
    assert (answer.json()["status"], code(answer)) == (401, "not_authenticated")


@pytest.mark.parametrize(
    "header", ["Bearer nonsense", "Bearer", "Bearer " + "x" * 5000, "Bearer é", "Basic YTpi", "Token x"]
)
def test_no_other_word_opens_the_door(house, header):
    assert APIClient().get(LEADS, headers={"Authorization": header}).status_code == 401


def test_a_token_in_the_address_is_no_token(house):
    secret = ApiToken.objects.issue(house.miura, now=people.NOW)
    assert APIClient().get(LEADS, {"token": secret}).status_code == 401


def test_a_revoked_token_and_somebody_who_left_are_out_at_once(house, miura):
    assert miura.get(LEADS).status_code == 200
    house.miura.ends_on = people.NOW.date() - timedelta(days=400)
    house.miura.save()
    assert miura.get(LEADS).status_code == 401
    house.miura.ends_on = None
    house.miura.save()
    ApiToken.objects.update(revoked_at=people.NOW)
    assert (miura.get(LEADS).status_code, code(miura.get(LEADS))) == (401, "authentication_failed")


def test_a_session_writes_only_with_its_csrf_token(house):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(house.miura)
    assert client.get(LEADS).status_code == 200
    refused = client.post(LEADS, BODY, format="json")
    assert (refused.status_code, code(refused)) == (403, "csrf_failed")
    client.get("/login")
    token = client.get("/leads").cookies.get("csrftoken") or client.cookies["csrftoken"]
    assert client.post(LEADS, BODY, format="json", headers={"X-CSRFToken": token.value}).status_code == 201


# ── in which language ────────────────────────────────────────────────────────


def test_the_caller_is_answered_in_their_language(house, api_of):
    sato, kobayashi = api_of(house.sato), api_of(house.kobayashi)  # ja, en
    english = "There is nothing here, or it is not yours to see."
    address = f"{LEADS}999/"
    assert kobayashi.get(address).json()["detail"] == english
    assert sato.get(address, headers={"Accept-Language": "en-GB,ja;q=0.5"}).json()["detail"] == english
    japanese = sato.get(address)
    assert japanese.json()["detail"] != english and japanese["Content-Language"] == "ja"
    assert kobayashi.get(address, headers={"Accept-Language": "fr, ja"}).json() == japanese.json()
    assert kobayashi.get(address, headers={"Accept-Language": "fr;q=x,\x00*"}).json()["detail"] == english


# ── what is no question of ours ──────────────────────────────────────────────


@pytest.mark.parametrize(
    "method, address, more, status, expected",
    [
        ("get", "/api/v1/nowhere/", {}, 404, "not_found"),
        ("get", "/api/v1/leads/１/", {}, 404, "not_found"),
        ("get", "/api/v1/leads/99999999999999999999/", {}, 404, "not_found"),
        ("get", f"/api/v1/leads/{'9' * 5000}/", {}, 404, "not_found"),
        ("get", "/api/v1/leads/1", {}, 404, "not_found"),
        ("post", "/api/v1/handoffs/1/snooze/", {"data": {}, "format": "json"}, 404, "not_found"),
        ("delete", LEADS, {}, 405, "method_not_allowed"),
        ("put", LEADS, {"data": {}, "format": "json"}, 405, "method_not_allowed"),
        ("options", LEADS, {}, 405, "method_not_allowed"),
        ("get", "/api/v1/leads/1/move/", {}, 405, "method_not_allowed"),
        ("get", LEADS, {"headers": {"Accept": "text/html"}}, 406, "not_acceptable"),
        ("get", LEADS + "?format=json", {}, 400, "unknown_filter"),
        ("post", LEADS, {"data": "{}", "content_type": "text/plain"}, 415, "unsupported_media_type"),
        ("post", LEADS, {"data": "a=1", "content_type": FORM}, 415, "unsupported_media_type"),
        ("post", LEADS, {"data": "{}", "content_type": SHIFT_JIS}, 415, "unsupported_media_type"),
        ("post", LEADS, {"data": "", "content_type": JSON}, 400, "parse_error"),
        ("post", LEADS + "?q=1", {"data": BODY, "format": "json"}, 400, "unknown_filter"),
        ("post", LEADS, {"data": "x" * (256 * 1024 + 1), "content_type": JSON}, 413, "too_large"),
    ],
)  # fmt: skip
def test_it_is_answered_as_a_problem(miura, method, address, more, status, expected):
    answer = getattr(miura, method)(address, **more)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert code(answer) == expected
    assert set(answer.json()) == {"type", "title", "status", "detail", "errors"}
    assert answer.json()["title"] and answer.json()["detail"]


def test_a_request_that_reaches_no_view_is_a_problem_too(miura):
    answer = miura.get(LEADS, headers={"Host": "evil.example"})
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    many = "&".join(f"a{number}=1" for number in range(1001))
    answer = miura.get(f"{LEADS}?{many}")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def test_a_fault_of_ours_says_nothing_of_our_inside(miura, monkeypatch, caplog):
    def broken(*args, **kwargs):
        raise RuntimeError("secret path /srv/tasuki")

    monkeypatch.setattr("leads.api.shapes.one", broken)
    lead = people.new_lead()
    answer = miura.get(f"{LEADS}{lead.pk}/")
    assert (answer.status_code, code(answer)) == (500, "error")
    assert "secret" not in answer.content.decode() and "secret" in caplog.text


def test_a_database_that_does_not_answer_is_told_to_wait_for(miura, monkeypatch):
    def lost(*args, **kwargs):
        raise OperationalError("database is locked")

    monkeypatch.setattr("leads.api.shapes.one", lost)
    answer = miura.get(f"{LEADS}{people.new_lead().pk}/")
    assert (answer.status_code, answer["Retry-After"], code(answer)) == (503, "5", "unavailable")


# ── how often ────────────────────────────────────────────────────────────────


def test_too_often_is_told_to_wait(house, api_of):
    later = people.NOW + timedelta(days=400)  # no other test counts there
    with override_settings(API_RATE="2/min"), time_machine.travel(later, tick=False):
        client = api_of(house.tanaka)
        statuses = [client.get(LEADS).status_code for _ in range(3)]
        last = client.get(LEADS)
        assert statuses == [200, 200, 429]
        assert (last["Retry-After"], code(last)) == ("60", "throttled")
        assert api_of(house.sato).get(LEADS).status_code == 200
    with override_settings(API_RATE="off"):
        assert client.get(LEADS).status_code == 200


@pytest.mark.parametrize("said", ["", "0/min", "6000", "6000/day", "-1/s", "６/s"])
def test_a_rate_nobody_understands_is_refused(said):
    with pytest.raises(ImproperlyConfigured):
        rate.read(said)


# ── once per key ─────────────────────────────────────────────────────────────


def keyed(client, body, key="k-1", address=LEADS):
    return client.post(address, body, format="json", headers={"Idempotency-Key": key})


def test_the_same_request_with_its_key_acts_once(miura):
    first, again = keyed(miura, {"family_name": "山本"}), keyed(miura, {"family_name": "山本"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json() and Lead.objects.count() == 1


def test_the_order_of_keys_in_a_body_means_nothing(miura):
    keyed(miura, {"family_name": "山本", "source": "web"})
    assert keyed(miura, {"source": "web", "family_name": "山本"}).status_code == 201
    assert Lead.objects.count() == 1


def test_a_key_belongs_to_one_request_of_one_person(house, api_of, miura):
    keyed(miura, {"family_name": "山本"})
    other = keyed(miura, {"family_name": "山田"})
    assert (other.status_code, code(other)) == (422, "idempotency_key_reused")
    assert keyed(miura, {"family_name": "山本"}, address="/api/v1/activities/").status_code == 422
    assert keyed(api_of(house.sato), {"family_name": "山本"}).status_code == 201
    assert Lead.objects.count() == 2


def test_a_refusal_is_the_first_answer_too(miura):
    first, again = keyed(miura, {"budget": 1}), keyed(miura, {"budget": 1})
    assert (first.status_code, again.status_code) == (400, 400)
    assert first.json() == again.json() and again["Content-Type"] == "application/problem+json"


def test_a_fault_of_ours_leaves_the_key_free(miura, monkeypatch):
    from leads import intake

    with monkeypatch.context() as broken:
        broken.setattr(intake, "receive", lambda *args, **kwargs: 1 / 0)
        assert keyed(miura, {"family_name": "山本"}).status_code == 500
    assert not IdempotentAnswer.objects.exists()
    assert keyed(miura, {"family_name": "山本"}).status_code == 201


@pytest.mark.parametrize("key", ["", " ", "é", "x" * 256, "a b"])
def test_a_key_is_visible_ascii(miura, key):
    assert code(keyed(miura, BODY, key=key)) == "invalid_idempotency_key"


@pytest.mark.django_db(transaction=True)
def test_two_at_once_act_once(house, api_of):
    client_of, start = api_of(house.miura), Barrier(2)
    answers = []

    def press() -> None:
        start.wait()
        answers.append(keyed(client_of, {"family_name": "同時"}))
        connection.close()

    threads = [Thread(target=press) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert [one.status_code for one in answers] == [201, 201]
    assert answers[0].json() == answers[1].json() and Lead.objects.count() == 1


def test_numbers_and_text_come_back_as_they_were_sent(miura):
    sent = {"attributes": {"n": 0.1, "big": 2**53, "text": "ＡＢＣ", "none": None}, "family_name": "髙﨑𠮷"}
    lead = miura.post(LEADS, sent, format="json").json()
    assert lead["attributes"] == {"n": 0.1, "big": 2**53, "text": "ＡＢＣ"}
    assert lead["family_name"] == "髙﨑𠮷"
    assert json.dumps(lead["created_at"]).endswith('Z"')
