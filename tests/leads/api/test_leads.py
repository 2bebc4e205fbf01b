"""`/leads/`: a lead comes in, is found, read and corrected."""

from __future__ import annotations

import pytest

from leads import roles, stages
from leads.models import AttributeChange, Involvement, Lead, User
from tests import people

LEADS = "/api/v1/leads/"
HANAKO = {
    "external_id": "crm-1",
    "email": "hanako@aozora.example.com",
    "family_name": "山本",
    "given_name": "花子",
    "phone": "03-1234-5678",
    "company": {"name": "青空商事", "employees": 300, "attributes": {"hot": True}},
    "attributes": {"budget": 5},
    "campaign": "spring",
}


def codes(answer) -> set[tuple[str, str]]:
    return {(error["field"], error["code"]) for error in answer.json()["errors"]}


@pytest.fixture
def miura(house, api_of):
    return api_of(house.miura)


def test_a_new_lead_is_created_and_a_known_one_matched(miura):
    first = miura.post(LEADS, HANAKO, format="json")
    assert first.status_code == 201
    lead = first.json()
    assert (lead["name"], lead["stage"], lead["version"]) == ("山本 花子", "lead", 1)
    assert lead["company"]["name"] == "青空商事" and lead["company"]["attributes"] == {"hot": True}
    assert (lead["campaign"], lead["attributes"], lead["owner"]) == ("spring", {"budget": 5}, None)
    again = miura.post(
        LEADS, {"email": "HANAKO@aozora.example.com", "title": "部長", "phone": ""}, format="json"
    )
    assert again.status_code == 200
    assert (again.json()["id"], again.json()["title"]) == (lead["id"], "部長")
    assert again.json()["phone"] == "03-1234-5678"  # what is sent empty says nothing


def test_a_company_may_be_a_name(miura):
    answer = miura.post(LEADS, {"email": "a@e.example.jp", "company": "㈱山田商事"}, format="json")
    assert answer.status_code == 201
    assert answer.json()["company"]["name"] == "㈱山田商事"


def test_unknown_and_read_only_keys_are_refused_together(miura):
    body = {"email": "a@e.example.jp", "stage": "mql", "budget": 1, "company": {"id": 5, "vat": ""}}
    answer = miura.post(LEADS, body, format="json")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert codes(answer) == {
        ("stage", "read_only"), ("budget", "unknown_key"), ("company.id", "read_only"),
        ("company.vat", "unknown_key"),
    }  # fmt: skip
    assert not Lead.objects.exists()


def test_somebody_must_be_known_by_something(miura):
    assert codes(miura.post(LEADS, {"source": "web"}, format="json")) == {("email", "nobody_to_know")}


def test_a_known_lead_of_another_team_is_neither_changed_nor_shown(house, api_of, kato):
    lead = people.lead_at(stages.SAL, house, email="himitsu@secret.example.com")
    answer = api_of(kato).post(
        LEADS, {"email": lead.email, "title": "x", "phone": "090-1111-2222"}, format="json"
    )
    assert answer.status_code == 409
    assert set(answer.json()["known"]) == {"company", "name", "stage", "owner", "since"}
    assert "03-1234" not in answer.content.decode()
    assert people.fresh(lead).title == lead.title


def test_a_rep_owns_what_they_bring_and_names_nobody_else(house, api_of):
    sato = api_of(house.sato)
    assert sato.post(LEADS, {"email": "a@e.example.jp"}, format="json").json()["owner"]["id"] == house.sato.pk
    answer = sato.post(LEADS, {"email": "b@e.example.jp", "owner": "kobayashi@example.com"}, format="json")
    assert codes(answer) == {("owner", "not_yours_to_give")}


def test_a_change_is_recorded_and_follows_the_version(house, miura):
    lead = people.new_lead()
    address = f"{LEADS}{lead.pk}/"
    answer = miura.patch(address, {"family_name": "山田", "version": 1, "external_id": "x-9"}, format="json")
    assert answer.status_code == 200
    assert (answer.json()["name"], answer.json()["external_id"]) == ("山田 花子", "x-9")
    assert AttributeChange.objects.filter(lead=lead, changed_by=house.miura, field="family_name").exists()
    people.rescore(lead)  # → mal
    late = miura.patch(address, {"title": "x", "version": 1}, format="json")
    assert late.status_code == 409
    assert (late.json()["state"], late.json()["version"], late.json()["by"]) == ("mal", 2, None)


def test_an_external_id_belongs_to_one_lead(miura):
    people.new_lead(external_id="taken")
    other = people.new_lead()
    answer = miura.patch(f"{LEADS}{other.pk}/", {"external_id": "taken"}, format="json")
    assert (answer.status_code, codes(answer)) == (400, {("external_id", "external_id_taken")})


def test_who_may_see_but_not_edit_is_told_so(house, api_of, kato):
    lead = people.lead_at(stages.SAL, house)
    colleague = next(one for one in (house.sato, house.kobayashi) if one.pk != lead.owner_id)
    address = f"{LEADS}{lead.pk}/"
    assert api_of(colleague).patch(address, {"title": "x"}, format="json").status_code == 403
    assert api_of(kato).patch(address, {"title": "x"}, format="json").status_code == 404
    nobody = api_of(kato).patch(f"{LEADS}999999/", {"title": "x"}, format="json")
    assert nobody.json() == api_of(kato).get(address).json()


def test_the_list_is_narrowed_ordered_and_paged(miura):
    for number in range(5):
        people.new_lead(source="web" if number else "fair")
    found = miura.get(LEADS, {"source": "web", "ordering": "id", "page_size": 3}).json()
    ids = [lead["id"] for lead in found["results"]]
    assert len(ids) == 3 and found["previous"] is None
    rest = miura.get(found["next"]).json()
    assert len(rest["results"]) == 1 and rest["next"] is None
    assert [lead["id"] for lead in miura.get(rest["previous"]).json()["results"]] == ids


@pytest.mark.parametrize(
    "query, field, code",
    [
        ("ordering=owner__password", "ordering", "invalid_ordering"),
        ("owner__email__startswith=a", "owner__email__startswith", "unknown_filter"),
        ("q=%00", "q", "null_characters_not_allowed"),
        ("stage=hot", "stage", "unknown_choice"),
        ("readiness_min=１", "readiness_min", "not_a_number"),
        ("page_size=0", "page_size", "not_a_whole_number"),
        ("page_size=１０", "page_size", "not_a_whole_number"),
        ("cursor=abc", "cursor", "invalid_cursor"),
    ],
)
def test_a_question_that_cannot_be_read_is_refused(miura, query, field, code):
    answer = miura.get(f"{LEADS}?{query}")
    assert (answer.status_code, codes(answer)) == (400, {(field, code)})


def test_a_page_has_at_most_200(miura):
    assert miura.get(LEADS, {"page_size": 10**6}).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_costs_the_same_for_one_and_for_three(miura, count_queries, count):
    for _ in range(count):
        people.new_lead()
    miura.get(LEADS)
    with count_queries(2):  # the token, the page
        assert len(miura.get(LEADS).json()["results"]) == count


def test_a_partner_caller_reads_no_whole_number_and_searches_nothing(house, api_of):
    lead = people.new_lead(email="hanako@aozora.example.com", phone="03-1234-5678")
    partner = User.objects.create_user("p@example.com", roles=[roles.PARTNER_CALLER], side=roles.SALES)
    Involvement.objects.create(lead=lead, user=partner, kind=Involvement.HANDLER, since=people.NOW)
    caller = api_of(partner)
    for found in (caller.get(f"{LEADS}{lead.pk}/").json(), caller.get(LEADS).json()["results"][0]):
        assert (found["phone"], found["email"]) == ("**-****-5678", "h***@aozora.example.com")
    assert caller.get(LEADS, {"q": "aozora"}).status_code == 403
    assert caller.post(LEADS, {"email": "a@e.example.jp"}, format="json").status_code == 403
