"""Who reads what of a receipt: loads for managers, reasons for colleagues, the outcome for everybody else."""

from __future__ import annotations

from django.urls import reverse

from handoff.models import QueueMember
from handoff.receipts import Reader
from tests.people import new_lead, offered

LOADS = {"open", "today", "weight", "credit", "credit_after", "max_open", "max_per_day"}


def lines(said) -> dict[int, dict]:
    return {one["user"]: one for one in said.get("candidates", ())}


def test_a_manager_of_the_queue_reads_all(house):
    handoff = offered(new_lead())
    for user in (house.suzuki, house.takahashi):
        assert Reader(user).receipt(handoff) == handoff.routing
    assert set(lines(handoff.routing)[house.sato.pk]) >= LOADS


def test_a_colleague_reads_reasons_and_their_own_load(house):
    handoff = offered(new_lead())
    said = lines(Reader(house.kobayashi).receipt(handoff))
    assert set(said[house.kobayashi.pk]) >= LOADS
    assert set(said[house.sato.pk]) == {"user", "excluded"}
    assert Reader(house.kobayashi).why_not(handoff) == {house.kobayashi.pk: "less_credit"}


def test_marketing_reads_the_outcome_alone(house, api_of, browser_of):
    handoff = offered(new_lead())
    said = Reader(house.miura).receipt(handoff)
    assert (said["winner"], said["why"]) == (handoff.rep_id, "weighted")
    assert not {"candidates", "preferred"} & set(said)
    assert Reader(house.miura).why_not(handoff) == {} and Reader(house.miura).passed_over(handoff) == []
    api = api_of(house.miura)
    one = api.get(f"/api/v1/handoffs/{handoff.pk}/").json()["routing"]
    [listed] = api.get("/api/v1/handoffs/").json()["results"]
    assert one == listed["routing"] and "candidates" not in one
    told = api.get(f"/api/v1/handoffs/{handoff.pk}/routing/").json()
    assert told["winner"]["id"] == handoff.rep_id and told["members"] == []
    house.miura.language = "en"
    house.miura.save()
    page = browser_of(house.miura).get(reverse("lead", args=[handoff.lead_id])).content.decode()
    assert "Why this person" in page and "Why not the others" not in page


def test_who_left_the_queue_and_its_team_is_no_colleague(house):
    handoff = offered(new_lead())
    QueueMember.objects.filter(user=house.kobayashi).update(is_active=False)
    house.kobayashi.teams.clear()
    assert "candidates" not in Reader(house.kobayashi).receipt(handoff)


def test_an_answer_after_an_act_hides_as_much(house, api_of):
    handoff = offered(new_lead())
    body = api_of(handoff.rep).post(
        f"/api/v1/handoffs/{handoff.pk}/accept/", {"version": handoff.version}, format="json"
    )
    other = house.kobayashi if handoff.rep == house.sato else house.sato
    assert set(lines(body.json()["routing"])[other.pk]) == {"user", "excluded"}


def test_nothing_was_decided_yet(house):
    handoff = offered(new_lead())
    handoff.routing = {}
    assert Reader(house.kobayashi).receipt(handoff) == {} and Reader(house.miura).why_not(handoff) == {}
