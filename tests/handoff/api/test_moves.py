"""A person's moves of a lead, through the API."""

from __future__ import annotations

import pytest

from handoff.models import Handoff
from leads import stages
from tests import people

LEADS = "/api/v1/leads/"


pytestmark = pytest.mark.usefixtures("clock")


def errors(answer) -> set[tuple[str, str]]:
    return {(error["field"], error["code"]) for error in answer.json()["errors"]}


def test_handing_over_opens_a_handoff_with_its_opening_line(house, api_of):
    lead = people.lead_at(stages.MAL, house)
    told = {
        "to": "mql",
        "reason": "展示会で相談を受けた。" * 12,
        "opening_line": "先日の件で",
        "version": lead.version,
    }
    answer = api_of(house.miura).post(f"{LEADS}{lead.pk}/move/", told, format="json")
    assert answer.status_code == 200, answer.content
    assert (answer.json()["stage"], answer.json()["version"]) == ("mql", lead.version + 1)
    handoff = people.handoff_of(lead)
    assert (handoff.opening_line, handoff.trigger) == ("先日の件で", "person")


def test_the_gate_names_each_condition(house, api_of):
    lead = people.new_lead(phone="", company={})
    answer = api_of(house.miura).post(f"{LEADS}{lead.pk}/move/", {"to": "mql"}, format="json")
    assert answer.status_code == 400
    codes = [error["code"] for error in answer.json()["errors"]]
    assert codes[0] in ("gate_blocked", "gate_needs_note") and len(codes) > 1
    assert all(error["message"] for error in answer.json()["errors"])


def test_what_the_table_does_not_know_is_refused(house, api_of):
    lead = people.lead_at(stages.SAL, house)
    owner = api_of(lead.owner)
    answer = owner.post(f"{LEADS}{lead.pk}/move/", {"to": "lead"}, format="json")
    assert errors(answer) == {("to", "not_in_table")}
    figures = owner.post(f"{LEADS}{lead.pk}/move/", {"to": "opportunity"}, format="json")
    assert errors(figures) == {("to", "opportunity_needs_figures")}
    assert errors(owner.post(f"{LEADS}{lead.pk}/move/", {"to": "moon"}, format="json")) == {
        ("to", "invalid_choice")
    }
    long = {"to": "sql", "reason": "x" * 61}
    assert errors(owner.post(f"{LEADS}{lead.pk}/move/", long, format="json")) == {("", "max_length")}
    assert owner.post(f"{LEADS}{lead.pk}/move/", {"to": "sql"}, format="json").json()["stage"] == "sql"


def test_an_older_version_is_a_conflict(house, api_of):
    lead = people.lead_at(stages.SAL, house)
    answer = api_of(lead.owner).post(f"{LEADS}{lead.pk}/move/", {"to": "sql", "version": 1}, format="json")
    assert answer.status_code == 409
    assert (answer.json()["state"], answer.json()["version"]) == ("sal", lead.version)
    assert answer.json()["by"]["id"] == lead.owner_id


def test_back_to_marketing_and_out_and_open_again(house, api_of):
    lead = people.lead_at(stages.SAL, house)
    owner, miura = api_of(lead.owner), api_of(house.miura)
    told = {"reason": "too_early", "wake_on": "2027-03-01"}
    back = owner.post(f"{LEADS}{lead.pk}/recycle/", told, format="json")
    assert (back.status_code, back.json()["stage"]) == (200, "mal")
    assert back.json()["wake_at"] == "2027-02-28T15:00:00Z"
    assert people.handoff_of(lead).state == Handoff.SENT_BACK
    twice = owner.post(f"{LEADS}{lead.pk}/recycle/", told, format="json")
    assert errors(twice) == {("to", "not_in_table")}
    out = miura.post(f"{LEADS}{lead.pk}/disqualify/", {"reason": "selling"}, format="json")
    assert (out.status_code, out.json()["stage"]) == (200, "disqualified")
    assert errors(miura.post(f"{LEADS}{lead.pk}/reopen/", {"reason": " "}, format="json")) == {
        ("reason", "required")
    }
    again = miura.post(f"{LEADS}{lead.pk}/reopen/", {"reason": "やはり検討したいとのこと"}, format="json")
    assert (again.status_code, again.json()["stage"]) == (200, "mal")


@pytest.mark.parametrize("verb", ["move", "recycle", "disqualify", "reopen"])
def test_a_stranger_finds_nothing_to_move(house, api_of, kato, verb):
    lead = people.lead_at(stages.SAL, house)
    body = {"to": "sql", "reason": "x"} if verb == "move" else {"reason": "too_early"}
    assert api_of(kato).post(f"{LEADS}{lead.pk}/{verb}/", body, format="json").status_code == 404
    assert people.fresh(lead).stage == stages.SAL


def test_the_journey_and_the_timeline_tell_it_all(house, api_of):
    lead = people.lead_at(stages.SAL, house, now=people.NOW)
    miura = api_of(house.miura)
    way = miura.get(f"{LEADS}{lead.pk}/journey/").json()["results"]
    assert (way[0]["from"], way[0]["to"]) == (None, "lead")
    assert way[-1]["to"] == "sal" and way[-1]["left_at"] is None and way[-1]["actor"]["id"] == lead.owner_id
    told = miura.get(f"{LEADS}{lead.pk}/timeline/").json()
    assert {one["kind"] for one in told["results"]} >= {"reactions", "stages", "handoffs"}
    whole = [one["act"] for one in told["results"]]
    page = miura.get(f"{LEADS}{lead.pk}/timeline/", {"page_size": 2}).json()
    seen = [one["act"] for one in page["results"]]
    while page["next"]:
        page = miura.get(page["next"]).json()
        seen += [one["act"] for one in page["results"]]
    assert seen == whole
    only = miura.get(f"{LEADS}{lead.pk}/timeline/", {"kind": "reactions"}).json()["results"]
    assert [one["activity"]["type"] for one in only] == ["demo_request"]
