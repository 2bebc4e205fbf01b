"""GET /handoffs/{id}/routing/: why this person, and why not me, in the caller's language."""

from __future__ import annotations

from django.urls import reverse

from handoff import desk
from handoff.models import Handoff
from leads.models import Company
from tests.people import NOW, handoff_of, new_lead, offered, react, rescore


def read(api_of, user, handoff):
    return api_of(user).get(reverse("api-handoff-routing", args=[handoff.pk]))


def test_every_member_is_told_why_not(house, api_of):
    handoff = offered(new_lead())
    said = read(api_of, house.kobayashi, handoff).json()
    assert (said["winner"]["name"], said["why"]["code"]) == (house.sato.name, "weighted")
    assert [(one["person"]["id"], one["is_you"], one["why_not"]["code"]) for one in said["members"]] == [
        (house.kobayashi.pk, True, "less_credit")
    ]
    assert said["members"][0]["why_not"]["text"] == ("could have taken it; somebody else's share came first")
    assert said["passed_over"] == []


def test_whoever_should_have_been_asked_first_is_named(house, api_of):
    lead = new_lead()
    Company.objects.filter(pk=lead.company_id).update(owner=house.tanaka)
    said = read(api_of, house.suzuki, offered(lead)).json()
    [passed] = said["passed_over"]
    assert passed["person"]["id"] == house.tanaka.pk
    assert (passed["why_first"]["code"], passed["why_not"]["code"]) == ("company_owner", "not_a_member")


def test_before_anybody_looked_there_is_nothing_to_say(house, api_of):
    lead = new_lead()
    react(lead, "demo_request")
    rescore(lead)
    said = read(api_of, house.suzuki, handoff_of(lead)).json()
    assert said == {"at": None, "winner": None, "why": None, "members": [], "passed_over": []}


def test_a_named_person_and_why_not_the_other(house, api_of):
    handoff = offered(new_lead())
    new = desk.reassign(handoff, by=house.suzuki, now=NOW, reason="x", to=house.kobayashi)
    said = read(api_of, house.sato, new).json()
    assert said["why"]["code"] == "named"
    assert [one["why_not"]["code"] for one in said["members"]] == ["somebody_named"]


def test_a_stranger_gets_404(house, kato, api_of):
    assert read(api_of, kato, offered(new_lead())).status_code == 404


def test_the_page_of_the_lead_answers_it_too(house, browser_of):
    handoff = offered(new_lead())
    page = browser_of(house.kobayashi).get(reverse("lead", args=[handoff.lead_id])).content.decode()
    assert "could have taken it; somebody else&#x27;s share came first" in page
    assert Handoff.objects.get(pk=handoff.pk).version == handoff.version
