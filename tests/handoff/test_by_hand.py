"""A person's moves: hand over, take back, not a fit, open again (PRODUCT 3, 6, 10)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from handoff import desk
from handoff.models import Handoff
from handoff.refusals import DeskRefused, NotYours
from leads import stages
from leads.lifecycle import LeadChanged
from leads.stages import StageRefused
from tests.people import NOW, accepted, fresh, handoff_of, lead_at, new_lead, offered, react, rescore

LATER = NOW + timedelta(minutes=5)


def code_of(kind, act, *args, **wish):
    with pytest.raises(kind) as no:
        act(*args, **wish)
    return no.value.code


# ── hand over ────────────────────────────────────────────────────────────────


def test_handed_over_with_a_sentence_and_an_opening_line(house):
    lead = lead_at(stages.MAL, house)
    moved = desk.move(
        lead, to=stages.MQL, by=house.miura, now=NOW, note="展示会で導入時期を伺った", opening_line=" 例の件 "
    )
    handoff = handoff_of(lead)
    assert (moved.stage, moved.trigger) == (stages.MQL, "person")
    assert (handoff.state, handoff.trigger, handoff.handed_by) == ("waiting", "person", house.miura)
    assert (handoff.opening_line, handoff.note) == ("例の件", "展示会で導入時期を伺った")
    step = moved.transitions.order_by("version").last()
    assert (step.actor, step.cause, step.note) == (house.miura, "person", "展示会で導入時期を伺った")


@pytest.mark.parametrize("who", ["sato", "tanaka"])
def test_a_rep_does_not_hand_over(house, who):
    with pytest.raises(NotYours):
        desk.move(lead_at(stages.MAL, house), to=stages.MQL, by=getattr(house, who), now=NOW, note="x")


@pytest.mark.parametrize("stage", [stages.MQL, stages.SAL, stages.DISQUALIFIED])
def test_only_what_is_nurtured_is_handed_over(house, stage):
    lead = lead_at(stage, house)
    assert code_of(StageRefused, desk.move, lead, to=stages.MQL, by=house.miura, now=NOW, note="x") == (
        "not_in_table"
    )


def test_an_opening_line_has_an_end(house):
    lead = lead_at(stages.MAL, house)
    wish = {"to": stages.MQL, "by": house.miura, "now": NOW, "note": "x"}
    assert code_of(DeskRefused, desk.move, lead, opening_line="あ" * 301, **wish) == "too_long"
    desk.move(lead, opening_line="あ" * 300, **wish)


# ── back to nurture ──────────────────────────────────────────────────────────


def test_marketing_takes_back_what_nobody_accepted(house):
    lead = lead_at(stages.MQL, house)
    moved = desk.recycle(lead, by=house.miura, now=LATER, reason="too_early", wake_on=date(2027, 1, 5))
    assert (moved.stage, moved.owner, moved.sent_back_at) == (stages.MAL, None, LATER)
    assert moved.wake_at is not None
    assert handoff_of(lead).end_cause == "withdrawn"


def test_marketing_does_not_take_back_what_sales_accepted(house):
    handoff = accepted(new_lead())
    with pytest.raises(NotYours):
        desk.recycle(handoff.lead, by=house.kobayashi, now=LATER, reason="too_early")
    miura = house.miura
    miura.roles = ["marketer"]
    with pytest.raises(NotYours):
        desk.recycle(handoff.lead, by=miura, now=LATER, reason="too_early")


def test_its_holder_sends_it_back_by_this_too(house):
    """From the lead's page or from the card: the same answer, counted as the same."""
    handoff = accepted(new_lead())
    moved = desk.recycle(handoff.lead, by=house.sato, now=LATER, reason="too_early", note="来期")
    handoff.refresh_from_db()
    assert (handoff.state, handoff.reason, handoff.next_step, handoff.note) == (
        "sent_back", "too_early", "wake", "来期",
    )  # fmt: skip
    assert (moved.stage, moved.sent_back_at) == (stages.MAL, LATER)


def test_a_manager_takes_back_from_sales_with_a_reason(house):
    handoff = accepted(new_lead())
    desk.move(handoff.lead, to=stages.SQL, by=house.sato, now=NOW)
    wish = {"by": house.suzuki, "now": LATER}
    assert code_of(DeskRefused, desk.recycle, handoff.lead, reason="", **wish) == "required"
    moved = desk.recycle(handoff.lead, reason="gathering_info", **wish)
    handoff.refresh_from_db()
    assert (moved.stage, moved.sent_back_at, moved.owner) == (stages.MAL, LATER, None)
    assert (handoff.state, handoff.ended_by, handoff.reason) == ("recalled", house.suzuki, "gathering_info")


def test_not_a_fit_as_the_next_step_of_taking_back(house):
    lead = lead_at(stages.MQL, house)
    moved = desk.recycle(lead, by=house.miura, now=LATER, reason="no_problem_fit")
    assert moved.stage == stages.DISQUALIFIED
    assert handoff_of(lead).state == "disqualified"


@pytest.mark.parametrize("stage", [stages.LEAD, stages.MAL, stages.DISQUALIFIED])
def test_only_from_sales_hands(house, stage):
    lead = lead_at(stage, house)
    assert code_of(
        StageRefused, desk.recycle, lead, by=house.suzuki, now=LATER, reason="too_early"
    ) == "not_in_table"  # fmt: skip


# ── not a fit, and open again ────────────────────────────────────────────────


@pytest.mark.parametrize("stage", [stages.LEAD, stages.MAL, stages.MQL, stages.SAL, stages.SQL])
def test_not_a_fit_from_anywhere(house, stage):
    lead = lead_at(stage, house)
    moved = desk.disqualify(lead, by=house.suzuki, now=LATER, reason="competitor")
    assert (moved.stage, moved.next_side, moved.next_actor, moved.next_due_at) == (
        "disqualified", "", None, None,
    )  # fmt: skip
    assert not Handoff.objects.open().filter(lead=lead).exists()


def test_not_a_fit_needs_a_reason_of_its_list(house):
    lead = new_lead()
    wish = {"by": house.miura, "now": NOW}
    assert code_of(DeskRefused, desk.disqualify, lead, reason="", **wish) == "required"
    assert code_of(DeskRefused, desk.disqualify, lead, reason="too_early", **wish) == "unknown_reason"


def test_twice_is_refused(house):
    lead = lead_at(stages.DISQUALIFIED, house)
    assert code_of(
        StageRefused, desk.disqualify, lead, by=house.miura, now=NOW, reason="selling"
    ) == "not_in_table"  # fmt: skip


def test_opened_again_it_is_nurtured(house):
    lead = lead_at(stages.DISQUALIFIED, house)
    assert code_of(DeskRefused, desk.reopen, lead, by=house.miura, now=LATER, reason=" ") == "required"
    moved = desk.reopen(lead, by=house.miura, now=LATER, reason="転職先が対象")
    step = moved.transitions.order_by("version").last()
    assert (moved.stage, moved.next_side) == (stages.MAL, "marketing")
    assert moved.next_due_at == LATER + timedelta(days=180)
    assert (step.reason, step.note) == ("reopened", "転職先が対象")


def test_the_machine_does_not_undo_what_a_person_decided(house):
    """The score still reaches the line; only something new brings the lead back."""
    withdrawn, reopened = lead_at(stages.MQL, house), lead_at(stages.MQL, house)
    desk.recycle(withdrawn, by=house.miura, now=LATER, reason="too_early")
    desk.disqualify(reopened, by=house.miura, now=LATER, reason="selling")
    desk.reopen(reopened, by=house.miura, now=LATER, reason="やはり対象")
    for lead in (withdrawn, reopened):
        assert rescore(lead, now=LATER).stage == stages.MAL
        react(lead, "demo_request", at=LATER + timedelta(minutes=1))
        assert rescore(lead, now=LATER + timedelta(minutes=1)).stage == stages.MQL


@pytest.mark.parametrize("stage", [stages.LEAD, stages.MAL, stages.MQL, stages.SAL, stages.SQL])
def test_only_what_was_closed_is_opened(house, stage):
    """Else this would be a way back from sales without a next step."""
    lead = lead_at(stage, house)
    assert code_of(StageRefused, desk.reopen, lead, by=house.suzuki, now=LATER, reason="x") == "not_in_table"
    assert fresh(lead).stage == stage


# ── forward ──────────────────────────────────────────────────────────────────


def test_a_rep_takes_on_a_find_of_their_own(house):
    moved = desk.move(lead_at(stages.MAL, house), to=stages.SAL, by=house.sato, now=LATER)
    handoff = handoff_of(moved)
    assert (moved.stage, moved.owner, moved.next_actor) == (stages.SAL, house.sato, house.sato)
    assert (handoff.state, handoff.rep, handoff.trigger) == ("accepted", house.sato, "person")
    assert not handoff.clocks.exists()
    assert [step.end for step in moved.transitions.filter(implied=True)] == ["mql"]


def test_an_offer_is_answered_not_walked_around(house):
    handoff = offered(new_lead())
    for who in (house.sato, house.suzuki):
        assert code_of(
            DeskRefused, desk.move, handoff.lead, to=stages.SAL, by=who, now=LATER
        ) == "answer_the_handoff"  # fmt: skip


def test_only_its_owner_judges_it_worth_a_proposal(house):
    handoff = accepted(new_lead())
    with pytest.raises(NotYours):
        desk.move(handoff.lead, to=stages.SQL, by=house.kobayashi, now=LATER)
    moved = desk.move(handoff.lead, to=stages.SQL, by=house.sato, now=LATER)
    assert (moved.stage, moved.owner) == (stages.SQL, house.sato)


def test_a_marketing_manager_does_not_judge_for_sales(house):
    handoff = accepted(new_lead())
    house.miura.roles = ["marketer", "manager"]
    house.miura.save()
    with pytest.raises(NotYours):
        desk.move(handoff.lead, to=stages.SQL, by=house.miura, now=LATER)


def test_what_is_won_is_neither_taken_back_nor_dismissed(house):
    lead = accepted(new_lead()).lead
    lead.stage, lead.outcome = stages.OPPORTUNITY, "won"
    lead.save()
    for act, wish in ((desk.recycle, {"reason": "too_early"}), (desk.disqualify, {"reason": "unreachable"})):
        assert code_of(StageRefused, act, lead, by=house.suzuki, now=LATER, **wish) == "not_in_table"


def test_an_opportunity_needs_its_figures(house):
    lead = lead_at(stages.SQL, house)
    assert code_of(
        DeskRefused, desk.move, lead, to=stages.OPPORTUNITY, by=lead.owner, now=LATER
    ) == "opportunity_needs_figures"  # fmt: skip


def test_marketing_nurtures_by_hand(house):
    assert desk.move(new_lead(), to=stages.MAL, by=house.miura, now=NOW).stage == stages.MAL


@pytest.mark.parametrize(
    ("stage", "to", "wish", "ends"),
    [
        (stages.MQL, stages.MAL, {"reason": "too_early"}, stages.MAL),
        (stages.MQL, stages.DISQUALIFIED, {"reason": "selling"}, stages.DISQUALIFIED),
        (stages.DISQUALIFIED, stages.MAL, {"reason": "やはり対象"}, stages.MAL),
        (stages.DISQUALIFIED, stages.MAL, {"note": "やはり対象"}, stages.MAL),
    ],
)
def test_one_door_knows_the_others(house, stage, to, wish, ends):
    assert desk.move(lead_at(stage, house), to=to, by=house.miura, now=LATER, **wish).stage == ends


# ── what the person saw ──────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("stage", "act", "wish"),
    [
        (stages.MAL, desk.move, {"to": stages.MQL, "note": "x"}),
        (stages.SAL, desk.move, {"to": stages.SQL}),
        (stages.MQL, desk.recycle, {"reason": "too_early"}),
        (stages.SAL, desk.recycle, {"reason": "too_early"}),
        (stages.MAL, desk.disqualify, {"reason": "selling"}),
        (stages.DISQUALIFIED, desk.reopen, {"reason": "x"}),
    ],
)
def test_an_older_version_is_a_conflict(house, stage, act, wish):
    lead = lead_at(stage, house)
    by = lead.owner or house.miura
    with pytest.raises(LeadChanged) as no:
        act(lead, by=by, now=LATER, version=lead.version - 1, **wish)
    assert no.value.lead.version == lead.version
    assert no.value.last == lead.transitions.order_by("version").last()
    act(lead, by=by, now=LATER, version=lead.version, **wish)


def test_who_may_is_asked_of_the_lead_as_it_is_now(house):
    """Miura's page shows a lead at nurture; in the meantime Sato has accepted it."""
    seen = lead_at(stages.MAL, house)
    offered(seen)
    desk.accept(handoff_of(seen), by=handoff_of(seen).rep, now=NOW)
    house.miura.roles = ["marketer"]
    with pytest.raises(NotYours):
        desk.disqualify(seen, by=house.miura, now=LATER, reason="selling")


def test_a_reaction_is_not_a_change_of_the_lead(house):
    lead = lead_at(stages.MAL, house)
    react(lead, "page_view", at=LATER)
    desk.move(lead, to=stages.MQL, by=house.miura, now=LATER, note="x", version=lead.version)
