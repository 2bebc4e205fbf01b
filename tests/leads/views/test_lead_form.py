"""A person adds or corrects a lead."""

from __future__ import annotations

import pytest
from django.urls import reverse

from leads import editing, intake
from leads.models import AttributeChange, Lead
from tests.people import NOW, fresh, new_lead

TYPED = {
    "family_name": "森", "given_name": "健一", "company_name": "北都電機㈱",
    "email": "mori@hokuto.example.com",
    "phone": "03-9876-5432", "title": "課長", "company_industry": "manufacturing", "company_employees": "120",
    "company_relation": "prospect",
}  # fmt: skip


@pytest.fixture
def miura(house, browser_of):
    return browser_of(house.miura)


def test_a_new_lead_with_its_company(house, miura):
    answer = miura.post(reverse("lead-new"), TYPED)
    lead = Lead.objects.get(email_key="mori@hokuto.example.com")
    assert (answer.status_code, answer["Location"]) == (302, reverse("lead", args=[lead.pk]))
    assert (lead.name, lead.title, lead.company.name, lead.company.employees) == (
        "森 健一",
        "課長",
        "北都電機㈱",
        120,
    )
    assert lead.owner is None


def test_a_reps_own_find_is_theirs(house, browser_of):
    browser_of(house.sato).post(reverse("lead-new"), TYPED)
    assert Lead.objects.get(email_key="mori@hokuto.example.com").owner == house.sato


@pytest.mark.parametrize(
    "wrong, field",
    [
        ({"email": "no address"}, "email"),
        ({"email": "a@b.co\u200b"}, "email"),
        ({"phone": "12"}, "phone"),
        ({"company_employees": "many"}, "company_employees"),
        ({"company_employees": "-1"}, "company_employees"),
        ({"company_employees": "9" * 30}, "company_employees"),
        ({"company_relation": "enemy"}, "company_relation"),
        ({"family_name": "x" * 101}, "family_name"),
        ({"title": "a\x00b"}, "title"),
        (dict.fromkeys(TYPED, "") | {"company_relation": "prospect"}, None),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_stores_nothing(miura, wrong, field):
    answer = miura.post(reverse("lead-new"), TYPED | wrong)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors or field is None
    page = answer.content.decode()
    assert "<title>エラー：" in page
    assert not Lead.objects.exists()


def test_typed_words_stay_and_are_written_as_words(miura):
    page = miura.post(reverse("lead-new"), TYPED | {"title": "<b>課長", "email": "no"}).content.decode()
    assert "&lt;b&gt;課長" in page and "<b>課長" not in page


def test_perhaps_the_same_person_is_shown_before_anything_is_stored(miura):
    known = new_lead(email="MORI@hokuto.example.com", phone="")
    answer = miura.post(reverse("lead-new"), TYPED)
    assert answer.status_code == 409
    assert reverse("lead", args=[known.pk]) in answer.content.decode()
    assert Lead.objects.count() == 1
    assert miura.post(reverse("lead-new"), TYPED | {"anyway": "on"}).status_code == 302
    assert Lead.objects.count() == 2


def test_a_correction_is_written_down(house, miura):
    lead = new_lead()
    page = miura.get(reverse("lead-edit", args=[lead.pk]))
    typed = {name: value for name, value in page.context["form"].initial.items() if value is not None}
    answer = miura.post(reverse("lead-edit", args=[lead.pk]), typed | {"phone": "06-1111-2222"})
    assert answer.status_code == 302
    assert fresh(lead).phone == "06-1111-2222"
    [change] = AttributeChange.objects.filter(lead=lead, field="phone")
    assert (change.old, change.new, change.changed_by) == ("03-1234-5678", "06-1111-2222", house.miura)


def test_saving_unchanged_changes_nothing(miura):
    lead = new_lead()
    page = miura.get(reverse("lead-edit", args=[lead.pk]))
    typed = {
        name: value for name, value in page.context["form"].initial.items() if value not in (None, False)
    }
    before = AttributeChange.objects.count()
    assert miura.post(reverse("lead-edit", args=[lead.pk]), typed).status_code == 302
    assert AttributeChange.objects.count() == before


def test_an_address_that_came_in_otherwise_may_stay(miura):
    lead = new_lead(email="kana@かな")
    page = miura.get(reverse("lead-edit", args=[lead.pk]))
    typed = {
        name: value for name, value in page.context["form"].initial.items() if value not in (None, False)
    }
    assert miura.post(reverse("lead-edit", args=[lead.pk]), typed | {"title": "部長"}).status_code == 302
    assert (fresh(lead).email, fresh(lead).title) == ("kana@かな", "部長")


def test_two_who_type_at_once_see_each_other(house, miura):
    lead = new_lead()
    page = miura.get(reverse("lead-edit", args=[lead.pk]))
    typed = {
        name: value for name, value in page.context["form"].initial.items() if value not in (None, False)
    }
    intake.edit(lead, {"phone": "03-1111-1111"}, by=house.suzuki, now=NOW)
    mine = typed | {"phone": "03-2222-2222"}
    answer = miura.post(reverse("lead-edit", args=[lead.pk]), mine)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "03-1111-1111" in page and "03-2222-2222" in page and "鈴木" in page
    assert fresh(lead).phone == "03-1111-1111"
    again = mine | {"seen": editing.seen_until(lead)}
    assert miura.post(reverse("lead-edit", args=[lead.pk]), again).status_code == 302
    assert fresh(lead).phone == "03-2222-2222"


def test_who_may_not_edit_reads_that(house, browser_of):
    lead = new_lead(owner=house.kobayashi)
    assert browser_of(house.sato).get(reverse("lead-edit", args=[lead.pk])).status_code in (403, 404)
