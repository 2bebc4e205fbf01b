"""`/scoring/opinions/`: said at a line of a score, listed, answered once, and begun a draft from."""

from __future__ import annotations

import pytest

from config.clock import now
from scoring.models import Draft, Opinion
from scoring.rulemaking import opinions
from tests.people import new_lead, react, rescore

OPINIONS = "/api/v1/scoring/opinions/"


@pytest.fixture
def miura(house, api_of):
    house.miura.language = "en"
    house.miura.save()
    return api_of(house.miura)


def post(client, path="", **body):
    return client.post(f"{OPINIONS}{path}", body, format="json")


def looked_at_prices(**fields):
    lead = new_lead(**fields)
    event = react(lead, "pricing_view", at=now())
    return rescore(lead, now=now()), event


def said(house, *, by=None, text="?"):
    lead, _ = looked_at_prices(owner=house.sato)
    return opinions.send(lead, rule="pricing", text=text, by=by or house.sato, now=now())


def test_said_of_one_event_with_what_it_was_worth(house, miura):
    lead, event = looked_at_prices()
    made = post(miura, lead=lead.pk, rule="pricing", event=event.pk, text="もっと\n高く")
    assert made.status_code == 201
    one, stored = made.json(), Opinion.objects.get()
    assert one == miura.get(f"{OPINIONS}{stored.pk}/").json()
    assert (one["rule"], one["event"], one["points"], one["text"]) == (
        "pricing",
        event.pk,
        4.0,
        "もっと\n高く",
    )
    assert one["lead"] == {"id": lead.pk, "name": lead.display_name, "company": lead.company.name}
    assert (one["state"], one["answer"], one["draft"], one["model_version"]) == ("open", "", None, 1)
    assert one["by"]["id"] == house.miura.pk and one["label"] not in ("", "pricing")


@pytest.mark.parametrize("half", ["fit", "interest"])
def test_said_of_a_half(miura, half):
    lead, _ = looked_at_prices()
    assert post(miura, lead=lead.pk, rule=half, text="x").json()["rule"] == half


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"rule": "nothing"}, "rule", "no_such_line"),
        ({"event": 10**9}, "rule", "no_such_line"),
        ({"lead": 10**9}, "lead", "does_not_exist"),
        ({"lead": True}, "lead", "does_not_exist"),
        ({"lead": "1"}, "lead", "does_not_exist"),
        ({"text": " "}, "text", "blank"),
        ({"answer": "x"}, "answer", "read_only"),
        ({"x": 1}, "x", "unknown_key"),
    ],
)
def test_what_is_refused(miura, body, field, code):
    lead, _ = looked_at_prices()
    answer = post(miura, **({"lead": lead.pk, "rule": "pricing", "text": "x"} | body))
    [error] = answer.json()["errors"]
    assert (answer.status_code, error["field"], error["code"]) == (400, field, code)
    assert not Opinion.objects.exists()


def test_answered_once_and_read_by_its_writer(house, miura, api_of):
    one = said(house)
    answered = post(miura, f"{one.pk}/answer/", answer="8 from Monday").json()
    assert (answered["state"], answered["answer"]) == ("settled", "8 from Monday")
    assert answered["settled_by"]["id"] == house.miura.pk and answered["settled_at"]
    again = post(miura, f"{one.pk}/answer/", answer="9")
    assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "settled_already")
    assert api_of(house.sato).get(f"{OPINIONS}{one.pk}/").json()["answer"] == "8 from Monday"
    assert post(miura, f"{one.pk}/draft/").status_code == 409


def test_a_draft_from_an_opinion(house, miura):
    one = said(house)
    made = post(miura, f"{one.pk}/draft/")
    draft = Draft.objects.get()
    assert made.status_code == 201
    assert (made.json()["id"], made.json()["title"]) == (f"d{draft.pk}", draft.title)
    assert draft.title.endswith(": from an opinion")
    assert miura.get(f"{OPINIONS}{one.pk}/").json()["draft"] == f"d{draft.pk}"
    assert post(miura, f"{said(house).pk}/draft/", title="Mine").json()["title"] == "Mine"


def test_of_leads_one_sees_by_what_is_asked(house, miura, api_of, kato):
    waiting, settled = said(house), said(house)
    opinions.settle(settled, answer="x", by=house.miura, now=now())
    found = lambda client, **asked: [one["id"] for one in client.get(OPINIONS, asked).json()["results"]]  # noqa: E731
    assert found(miura) == [settled.pk, waiting.pk]
    assert found(miura, state="open") == [waiting.pk] and found(miura, state="settled") == [settled.pk]
    assert found(miura, lead=waiting.lead_id) == [waiting.pk] and found(miura, rule="fit") == []
    assert found(api_of(kato)) == []
    assert api_of(kato).get(f"{OPINIONS}{waiting.pk}/").status_code == 404
    for wrong in ({"state": "x"}, {"lead": "x"}, {"who": "x"}):
        assert miura.get(OPINIONS, wrong).status_code == 400


def test_page_by_page(house, miura):
    ids = [said(house).pk for _ in range(3)]
    first = miura.get(OPINIONS, {"page_size": 2}).json()
    assert [one["id"] for one in first["results"]] == ids[:0:-1] and first["previous"] is None
    last = miura.get(first["next"]).json()
    assert [one["id"] for one in last["results"]] == ids[:1] and last["next"] is None


@pytest.mark.parametrize("many", [1, 3])
def test_in_constant_queries(house, miura, count_queries, many):
    for _ in range(many):
        said(house)
    miura.get(OPINIONS)
    with count_queries(3):
        assert len(miura.get(OPINIONS).json()["results"]) == many
