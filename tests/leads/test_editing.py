"""A person's edit of a lead: nothing of anybody else's is lost, nothing of theirs either."""

from __future__ import annotations

from datetime import timedelta

import pytest

from leads import editing, intake, stages
from leads.editing import Overtaken
from leads.models import Lead
from tests.people import NOW, fresh, lead_at, new_lead


@pytest.fixture
def lead(house) -> Lead:
    return new_lead(company={"name": "青空商事", "industry": "manufacturing", "employees": 300})


def save(lead, *, by, seen=None, now=NOW, **typed):
    values = editing.values_of(fresh(lead)) | {name.replace("__", "."): v for name, v in typed.items()}
    return editing.save(lead, values, seen=editing.seen_until(lead) if seen is None else seen, by=by, now=now)


def test_only_what_was_changed_is_written(house, lead):
    save(lead, by=house.miura, phone="03-9999-0000", company__employees=320)
    assert fresh(lead).phone == "03-9999-0000"
    assert fresh(lead).company.employees == 320
    assert set(lead.changes.values_list("field", "changed_by")) == {("phone", house.miura.pk)}


def test_an_edit_that_changes_nothing_writes_nothing(house, lead):
    seen = editing.seen_until(lead)
    save(lead, by=house.miura)
    assert editing.seen_until(lead) == seen


def test_a_new_family_name_is_also_the_name(house, lead):
    save(lead, by=house.miura, family_name="山田")
    assert fresh(lead).name == "山田 花子"


def test_a_name_in_one_piece_stays_in_one_piece(house):
    lead = new_lead(name="Mary Ann Smith", family_name="", given_name="")
    save(lead, by=house.miura, title="CEO")
    assert (fresh(lead).name, fresh(lead).family_name) == ("Mary Ann Smith", "")


def test_two_people_two_fields_both_are_kept(house, lead):
    seen = editing.seen_until(lead)
    stale = editing.values_of(fresh(lead))
    save(lead, by=house.suzuki, title="工場長")
    editing.save(lead, stale | {"phone": "03-9999-0000"}, seen=seen, by=house.miura, now=NOW)
    assert (fresh(lead).title, fresh(lead).phone) == ("工場長", "03-9999-0000")


def test_two_people_one_field_the_second_is_told(house, lead):
    seen = editing.seen_until(lead)
    stale = editing.values_of(fresh(lead))
    save(lead, by=house.suzuki, phone="03-1111-1111", now=NOW + timedelta(minutes=1))
    with pytest.raises(Overtaken) as told:
        editing.save(
            lead, stale | {"phone": "03-2222-2222", "title": "x"}, seen=seen, by=house.miura, now=NOW
        )
    [change] = told.value.changes
    assert (change.field, change.new, change.changed_by) == ("phone", "03-1111-1111", house.suzuki)
    assert (fresh(lead).phone, fresh(lead).title) == ("03-1111-1111", "情報システム部長")


def test_knowing_of_it_the_second_may_write_over(house, lead):
    save(lead, by=house.suzuki, phone="03-1111-1111")
    save(lead, by=house.miura, phone="03-2222-2222")
    assert fresh(lead).phone == "03-2222-2222"


def test_both_meaning_the_same_is_no_conflict(house, lead):
    seen = editing.seen_until(lead)
    save(lead, by=house.suzuki, phone="03-1111-1111")
    save(lead, by=house.miura, phone="03-1111-1111", seen=seen)


def test_a_change_of_the_company_is_seen_from_every_lead_of_it(house, lead):
    seen = editing.seen_until(lead)
    intake.edit(lead, {"company": {"industry": "logistics"}}, by=house.suzuki, now=NOW)
    with pytest.raises(Overtaken):
        save(lead, by=house.miura, company__industry="retail", seen=seen)


@pytest.mark.parametrize(
    ("who", "stage", "allowed"),
    [
        ("miura", stages.LEAD, True),
        ("miura", stages.SAL, True),  # a manager
        ("suzuki", stages.SAL, True),
        ("owner", stages.SAL, True),
        ("other", stages.SAL, False),
        ("sato", stages.LEAD, False),
    ],
)
def test_who_may_edit(house, who, stage, allowed):
    lead = lead_at(stage, house)
    other = house.kobayashi if lead.owner == house.sato else house.sato
    user = {"owner": lead.owner, "other": other}.get(who) or getattr(house, who)
    assert editing.may_edit(user, lead) is allowed


def test_a_marketer_leaves_alone_what_a_rep_works_on(house):
    lead = lead_at(stages.SAL, house)
    house.miura.roles = ["marketer"]
    assert not editing.may_edit(house.miura, lead)
    assert editing.may_edit(house.miura, new_lead())


def test_twins_by_address_and_by_number(house, lead):
    assert editing.twins(lead.email.upper(), "") == [lead]
    assert editing.twins("", "０３−１２３４−５６７８") == [lead]
    assert editing.twins("", "", beside=lead) == []
    assert editing.twins(lead.email, lead.phone, beside=lead) == []
    Lead.objects.filter(pk=lead.pk).update(merged_into=new_lead(phone=""))
    assert editing.twins(lead.email, lead.phone) == []
