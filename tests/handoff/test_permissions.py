"""Whose answer it is: buttons a page shows, and doors that refuse the rest (PRODUCT 11)."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser

from handoff import desk
from handoff.models import Handoff, QueueMember, handoffs
from leads import stages
from leads.models import Involvement, Lead, User
from tests.people import (
    NOW,
    accepted,
    handoff_of,
    lead_at,
    new_lead,
    offered,
    promoted,
    react,
    rescore,
)

NAMES = ("miura", "suzuki", "sato", "kobayashi", "tanaka", "takahashi")


@pytest.fixture
def house(house, kato):
    house.stranger = kato
    return house


def allowed(house, handoff):
    """What each person may do, by name; who may do nothing is left out."""
    people = {name: getattr(house, name) for name in NAMES} | {"kato": house.stranger}
    handoff = Handoff.objects.select_related("lead", "queue__team").get(pk=handoff.pk)
    found = {}
    for name, user in people.items():
        may = desk.may(user, handoff)
        acts = {act for act in ("accept", "send_back", "contact", "reassign") if getattr(may, act)}
        assert may.any == bool(acts)
        if acts:
            found[name] = acts
    return found


MANAGERS = {"suzuki": {"reassign"}, "takahashi": {"reassign"}}
REP = {"accept", "send_back", "contact"}


def test_waiting_nobody_answers_yet(house):
    lead = new_lead()
    react(lead, "demo_request")
    rescore(lead)
    assert allowed(house, handoff_of(lead)) == {"suzuki": {"reassign"}}  # no team yet: an admin only
    QueueMember.objects.update(is_active=False)
    desk.route([handoff_of(lead).pk], now=NOW)
    assert allowed(house, handoff_of(lead)) == MANAGERS


def test_offered_its_rep(house):
    assert allowed(house, offered(new_lead())) == MANAGERS | {"sato": REP}


def test_open_to_the_team_its_members_too(house):
    handoff = offered(new_lead())
    Handoff.objects.filter(pk=handoff.pk).update(open_to_team=True)
    assert allowed(house, handoff) == MANAGERS | {"sato": REP, "kobayashi": {"accept", "send_back"}}


def test_who_left_the_queue_is_no_member(house):
    handoff = offered(new_lead())
    Handoff.objects.filter(pk=handoff.pk).update(open_to_team=True)
    QueueMember.objects.filter(user=house.kobayashi).update(is_active=False)
    assert "kobayashi" not in allowed(house, handoff)


def test_accepted_its_rep_and_its_owner(house):
    handoff = accepted(new_lead())
    assert allowed(house, handoff) == MANAGERS | {"sato": {"send_back", "contact"}}
    type(handoff.lead).objects.filter(pk=handoff.lead_id).update(owner=house.kobayashi)
    assert allowed(house, handoff)["kobayashi"] == {"send_back", "contact"}


def test_a_supporter_logs_contacts_only(house):
    handoff = accepted(new_lead())
    Involvement.objects.create(lead=handoff.lead, user=house.tanaka, kind="supporter", since=NOW)
    assert allowed(house, handoff)["tanaka"] == {"contact"}
    Involvement.objects.filter(user=house.tanaka).update(kind="handler")
    assert "tanaka" not in allowed(house, handoff)


@pytest.mark.parametrize("stage", [stages.DISQUALIFIED, stages.MAL])
def test_ended_nobody(house, stage):
    handoff = offered(new_lead())
    if stage == stages.MAL:
        desk.send_back(handoff, by=house.sato, now=NOW, reason="too_early")
    else:
        desk.disqualify(handoff.lead, by=house.suzuki, now=NOW, reason="selling")
    assert allowed(house, handoff) == {}


def test_what_is_visible_of_the_desk(house):
    """Offered to Sato of the team inside-east: its members see it, field sales and strangers do not."""
    mine = handoff_of(lead_at(stages.MQL, house))

    def sees(user):
        return Handoff.objects.visible_to(user).filter(pk=mine.pk).exists()

    assert [sees(getattr(house, name)) for name in ("miura", "suzuki", "sato", "kobayashi")] == [True] * 4
    assert [sees(user) for user in (house.tanaka, house.stranger)] == [False, False]


@pytest.mark.parametrize("few", [0, 5_000])
def test_a_list_has_the_rows_that_are_visible_one_by_one(house, kato, monkeypatch, few):
    """Told by the leads in reach, or asked row by row: owned, supported, handled, of the team, merged."""
    monkeypatch.setattr(handoffs, "FEW", few)
    for stage in (stages.MQL, stages.SAL, stages.SQL):
        lead_at(stage, house)
    passed_on = promoted(new_lead(), house)
    desk.accept(passed_on, by=house.tanaka, now=NOW)
    desk.add_supporter(passed_on.lead, user=kato, by=house.tanaka, now=NOW)
    merged = lead_at(stages.SAL, house)
    Lead.objects.filter(pk=merged.pk).update(merged_into=passed_on.lead_id)
    Lead.objects.filter(pk=lead_at(stages.SAL, house).pk).update(next_actor=kato)
    User.objects.create_user("gone@example.com", roles=["marketer"], is_active=False)
    seen = set()
    for user in (*User.objects.all(), AnonymousUser()):
        one_by_one = set(Handoff.objects.visible_to(user).values_list("pk", flat=True))
        assert set(Handoff.objects.listed_for(user).values_list("pk", flat=True)) == one_by_one
        seen.add(len(one_by_one))
    assert len(seen) > 3
