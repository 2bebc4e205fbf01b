"""`/scoring/models/`: versions and drafts, from a body to a version, and everything that is refused."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta

import pytest

from config.clock import now
from scoring.models import Draft, ScoringModel
from tests.config.studio.drafts import begun, changed, published, requested

MODELS = "/api/v1/scoring/models/"


@pytest.fixture
def miura(house, api_of):
    house.miura.language = "en"
    house.miura.save()
    return api_of(house.miura)


@pytest.fixture
def suzuki(house, api_of):
    house.suzuki.language = "en"
    house.suzuki.save()
    return api_of(house.suzuki)


def post(client, path="", **body):
    return client.post(f"{MODELS}{path}", body, format="json")


def test_from_a_body_to_a_version(miura, suzuki):
    body = changed()
    made = post(miura, title="Price page 8", body=body)
    assert made.status_code == 201
    draft = made.json()
    assert (draft["state"], draft["revision"], draft["base"], draft["version"]) == ("edited", 1, 1, None)
    assert draft["body"] == body and list(draft["body"]) == list(body)
    asked = post(miura, f"{draft['id']}/publish/", revision=1).json()
    assert (asked["state"], [one["side"] for one in asked["approvals"]]) == ("requested", ["marketing"])
    done = post(suzuki, f"{draft['id']}/publish/", revision=1).json()
    assert (done["state"], done["version"]) == ("published", 2)
    latest = miura.get(f"{MODELS}latest/").json()
    assert (latest["id"], latest["state"], latest["title"]) == ("v2", "in_force", "Price page 8")
    assert latest["body"] == body and len(latest["approvals"]) == 2


@pytest.mark.parametrize("key", ["v1", "1", "latest"])
def test_a_version_by_its_names(miura, key):
    answer = miura.get(f"{MODELS}{key}/").json()
    assert (answer["id"], answer["version"], answer["from_file"]) == ("v1", 1, True)
    assert answer["body"] == ScoringModel.objects.get().body


@pytest.mark.parametrize("key", ["v9", "d9", "x", "v", "-1", "d1.0", "٣", "v" + "9" * 20])
def test_nothing_there(miura, key):
    assert miura.get(f"{MODELS}{key}/").status_code == 404


def test_a_version_is_no_draft(miura):
    for act, body in (("publish", {"revision": 1}), ("withdraw", {}), ("comments", {"text": "x"})):
        assert post(miura, f"v1/{act}/", **body).status_code == 404


@pytest.mark.parametrize("many", [1, 3])
def test_lists_in_constant_queries(house, miura, count_queries, django_assert_num_queries, many):
    for number in range(many):
        published(house, points=5 + number)
    for number in range(many):
        requested(house, points=20 + number)
    miura.get(MODELS)
    with count_queries(5):
        versions = miura.get(MODELS).json()
    with django_assert_num_queries(4):  # a draft is the same at any moment: the clock is not asked
        drafts = miura.get(MODELS, {"state": "open"}).json()
    assert [one["version"] for one in versions["results"]] == list(range(many + 1, 0, -1))
    assert len(drafts["results"]) == many and "body" not in drafts["results"][0]


def test_an_unknown_state(miura):
    answer = miura.get(MODELS, {"state": "x"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "state")


def test_what_is_wrong_in_a_body_and_where(miura):
    body = changed()
    body["interest"]["rules"][0]["points"] = "many"
    body["fit"]["rules"][1]["when"] = {"titel": {"is": "x"}}
    body["mql"]["min_fit"] = 70
    answer = post(miura, title="x", body=body)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    wrong = {one["field"]: one["code"] for one in answer.json()["errors"]}
    assert wrong["body.interest.rules.0.points"] == "not_a_number"
    assert any(field.startswith("body.fit.rules.1.when") for field in wrong)
    assert all(one["message"] != one["code"] for one in answer.json()["errors"])
    assert not Draft.objects.exists()


@pytest.mark.parametrize("body", [None, 1, [], "x", {}])
def test_what_is_no_section(miura, body):
    answer = post(miura, title="x", body=body)
    assert answer.status_code == 400 and answer.json()["errors"][0]["field"].startswith("body")


def test_a_base_that_is_not_the_newest_is_refused_at_its_publication(house, miura):
    published(house, points=6)
    draft = post(miura, title="x", body=changed(7), base=1).json()
    answer = post(miura, f"{draft['id']}/publish/", revision=1)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "base_is_old")
    assert post(miura, title="x", body=changed(7), base=9).json()["errors"][0]["field"] == "base"


def test_editing(house, miura):
    draft = requested(house)
    key = f"{MODELS}d{draft.pk}/"
    answer = miura.patch(key, {"revision": 1, "body": changed(6), "title": "6"}, format="json").json()
    assert (answer["state"], answer["revision"], answer["title"], answer["approvals"]) == (
        "edited",
        2,
        "6",
        [],
    )
    late = miura.patch(key, {"revision": 1, "title": "7"}, format="json")
    assert late.status_code == 409
    told = late.json()
    assert (told["by"]["id"], told["state"], told["revision"]) == (house.miura.pk, "edited", 2)
    assert told["errors"][0]["code"] == "changed"
    assert told["detail"] == "三浦 葵 changed it just now."


def test_a_wish_is_said_with_the_request_only(house, miura, suzuki):
    draft, moment = begun(house), (now() + timedelta(days=3)).isoformat()
    asked = post(miura, f"d{draft.pk}/publish/", revision=1, wished_from=moment).json()
    assert asked["wished_from"] is not None
    other = post(suzuki, f"d{draft.pk}/publish/", revision=1, wished_from=moment)
    assert (other.status_code, other.json()["errors"][0]["field"]) == (400, "wished_from")
    done = post(suzuki, f"d{draft.pk}/publish/", revision=1).json()
    assert done["in_force_from"] == asked["wished_from"]
    assert miura.get(f"{MODELS}v2/").json()["state"] == "scheduled"


def test_rules_that_are_no_longer_sound_are_not_published(house, miura):
    draft, body = begun(house), changed()
    body["mql"]["min_fit"] = 70
    Draft.objects.update(body=body)
    answer = post(miura, f"d{draft.pk}/publish/", revision=1)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "body.mql.min_fit")


def test_a_wish_for_the_past(house, miura):
    draft = begun(house)
    answer = post(miura, f"d{draft.pk}/publish/", revision=1, wished_from="2020-01-01T00:00:00Z")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "moment_is_past")


def test_once_published_it_is_settled(house, miura):
    draft = published(house)
    answer = post(miura, f"d{draft.pk}/publish/", revision=1)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "already_published")
    assert answer.json()["by"]["id"] == house.suzuki.pk


def test_withdrawing_and_talking(house, miura):
    draft = begun(house)
    said = post(miura, f"d{draft.pk}/comments/", text="4点で十分\nです", rule="pricing")
    assert said.status_code == 201
    assert [(one["rule"], one["text"]) for one in said.json()["comments"]] == [("pricing", "4点で十分\nです")]
    assert post(miura, f"d{draft.pk}/withdraw/").json()["state"] == "withdrawn"
    assert post(miura, f"d{draft.pk}/withdraw/").status_code == 409


def test_strangers_to_the_form(house, miura):
    draft = begun(house)
    for path, body in (
        ("", {"title": "x", "body": changed(), "state": "published"}),
        (f"d{draft.pk}/publish/", {}),
        (f"d{draft.pk}/publish/", {"revision": "1"}),
        (f"d{draft.pk}/withdraw/", {"revision": 1}),
        (f"d{draft.pk}/comments/", {"text": ""}),
    ):
        assert post(miura, path, **body).status_code == 400


def test_a_body_is_read_like_a_files(miura):
    """Labels in one language are spread to both, as the playbook's reader does."""
    body = deepcopy(changed())
    body["fit"]["rules"][0]["label"] = "役員"
    made = post(miura, title="x", body=body).json()
    assert made["body"]["fit"]["rules"][0]["label"] == {"ja": "役員", "en": "役員"}
