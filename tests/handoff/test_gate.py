"""The hand-over gate: what the agreed definition blocks, and what needs a sentence (PRODUCT 5, by hand)."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from handoff import desk
from handoff.models import Handoff, QueueMember
from handoff.refusals import DeskRefused
from leads import stages
from leads.models import Company
from tests.people import NOW, fresh, lead_at, new_lead, offered, react, rescore

JST = ZoneInfo("Asia/Tokyo")
LATER = NOW + timedelta(hours=1)


def stands(lead, *, now=NOW):
    """What stands against it, as (code, level)."""
    return sorted({(one.code, one.level) for one in desk.gate(lead, now=now).conditions})


def refused(lead, house, *, now=NOW, **wish):
    with pytest.raises(DeskRefused) as no:
        desk.move(lead, to=stages.MQL, by=house.miura, now=now, **wish)
    return no.value


def test_a_ready_hand_raiser_passes(house):
    lead = new_lead()
    react(lead, "demo_request")
    seen = desk.gate(lead, now=NOW)
    assert (seen.conditions, seen.blocked, seen.needs_note) == ((), False, False)
    desk.move(lead, to=stages.MQL, by=house.miura, now=NOW)


def test_what_is_missing_of_the_minimums_needs_a_sentence(house):
    lead = new_lead()
    assert stands(lead) == [("min_interest", "warn"), ("min_readiness", "warn")]
    no = refused(lead, house, note="  ")
    assert (no.code, no.field) == ("gate_needs_note", "note")
    assert {one.code for one in no.params["conditions"]} == {"min_interest", "min_readiness"}
    assert desk.move(lead, to=stages.MQL, by=house.miura, now=NOW, note="展示会で話した").stage == stages.MQL


def test_without_a_phone_no_sentence_helps(house):
    lead = new_lead(phone="")
    assert ("require", "block") in stands(lead)
    no = refused(lead, house, note="展示会で話した")
    assert (no.code, [one.detail for one in no.params["conditions"]]) == ("gate_blocked", ["phone"])


@pytest.mark.parametrize("relation", ["competitor", "customer"])
def test_an_excluded_one_is_blocked(house, relation):
    lead = new_lead()
    Company.objects.filter(pk=lead.company_id).update(relation=relation)
    lead = fresh(lead)
    assert ("exclude", "block") in stands(lead)
    assert refused(lead, house, note="x").code == "gate_blocked"
    assert not Handoff.objects.exists()


def test_nothing_new_since_a_send_back_blocks(house):
    """Whatever the score says: it would be the same lead again."""
    handoff = offered(new_lead())
    desk.send_back(handoff, by=handoff.rep, now=NOW, reason="too_early")
    lead = fresh(handoff.lead)
    assert ("new_reaction", "block") in stands(lead, now=LATER)
    assert refused(lead, house, now=LATER, note="もう一度").code == "gate_blocked"
    react(lead, "email_open", at=LATER)
    assert ("new_reaction", "block") not in stands(lead, now=LATER)
    moved = desk.move(lead, to=stages.MQL, by=house.miura, now=LATER, note="メールを開いた")
    assert moved.stage == stages.MQL


def test_an_act_of_ours_is_not_a_reaction(house):
    handoff = offered(new_lead())
    desk.send_back(handoff, by=handoff.rep, now=NOW, reason="too_early")
    react(handoff.lead, "email_sent", at=LATER)
    assert ("new_reaction", "block") in stands(fresh(handoff.lead), now=LATER)


def test_after_a_send_back_only_what_is_new_counts(house):
    """Interest and fast track begin anew; fit stays (PRODUCT 5)."""
    handoff = offered(new_lead())
    desk.send_back(handoff, by=handoff.rep, now=NOW, reason="too_early")
    react(handoff.lead, "page_view", at=LATER)
    lead = rescore(handoff.lead, now=LATER)
    assert (lead.stage, lead.standing.readiness) == (stages.MAL, 83)
    assert stands(lead, now=LATER) == [("min_interest", "warn"), ("min_readiness", "warn")]
    react(lead, "demo_request", at=LATER)
    assert rescore(lead, now=LATER).stage == stages.MQL


def test_it_says_who_would_get_it_and_by_when(house):
    friday = datetime(2026, 11, 20, 17, 30, tzinfo=JST)
    seen = desk.gate(lead_at(stages.MAL, house, now=friday), now=friday)
    assert (seen.queue.slug, seen.likely_rep) == ("inside", house.sato)
    assert seen.accept_due == datetime(2026, 11, 24, 13, 30, tzinfo=JST)  # 30 min + 3 h + 30 min
    assert seen.first_contact_due == datetime(2026, 11, 24, 17, 30, tzinfo=JST)
    QueueMember.objects.update(is_active=False)
    assert desk.gate(lead_at(stages.MAL, house), now=NOW).likely_rep is None


def test_looking_changes_nothing(house):
    lead = lead_at(stages.MAL, house)
    before = list(QueueMember.objects.order_by("pk").values_list("credit", flat=True))
    desk.gate(lead, now=NOW)
    assert not Handoff.objects.exists()
    assert list(QueueMember.objects.order_by("pk").values_list("credit", flat=True)) == before
