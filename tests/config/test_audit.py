"""The audit: a clean house answers nothing; each thing broken by hand is told by its check (PRODUCT 9)."""

from __future__ import annotations

import json
from contextlib import contextmanager
from copy import deepcopy
from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from config import audit, sweep
from handoff import desk
from handoff.models import Clock, Handoff, Message, Notice, Step
from leads import stages
from leads.models import (
    Activity,
    AttributeChange,
    Company,
    Lead,
    Meeting,
    Opportunity,
    Standing,
    Transition,
    User,
)
from scoring import readiness
from scoring.models import Approval, Draft, Override, ScoringModel
from scoring.overriding import set_override
from scoring.rulemaking import drafting
from tests.people import NOW, accepted, lead_at, new_lead, offered, proposed, react

LATER = NOW + timedelta(minutes=10)


@pytest.fixture
def lived_in(house):
    """A lead at every place, with everything that has happened to one."""
    for stage in (stages.LEAD, stages.MAL, stages.MQL, stages.SAL, stages.SQL, stages.DISQUALIFIED):
        lead_at(stage, house)
    back = accepted(new_lead())
    desk.contact(back, by=back.rep, now=NOW, result="reached")
    desk.send_back(back, by=back.rep, now=NOW, reason="too_early", wake_on=date(2027, 4, 1))
    regretted = accepted(new_lead())
    desk.undo(regretted, by=regretted.rep, now=NOW)
    given = offered(new_lead())
    other = house.sato if given.rep == house.kobayashi else house.kobayashi
    desk.reassign(given, by=house.suzuki, now=NOW, reason="休暇", to=other)
    first, second = proposed(new_lead(), house), proposed(new_lead(), house)
    desk.close_opportunity(second, by=house.tanaka, now=NOW, outcome="lost", reason="budget")
    meeting = first.lead.meetings.get()
    moved = {"starts_at": NOW - timedelta(hours=3), "ends_at": NOW - timedelta(hours=2)}
    meeting = desk.change_meeting(meeting, by=house.tanaka, now=NOW, **moved)
    desk.judge_meeting(meeting, by=house.tanaka, now=NOW, verdict="valid")
    sweep.until_done(now=NOW)
    return house


def told(now=NOW):
    """What the audit finds, as (check, what of it)."""
    return [(found.pop("check"), found) for found in audit.run(now=now)]


def checks(now=NOW):
    return {check for check, _ in told(now)}


def at(stage):
    return Lead.objects.filter(stage=stage).order_by("pk").first()


def test_a_clean_house_answers_nothing(lived_in):
    assert told() == []


def test_nor_a_week_later_after_a_sweep(lived_in):
    later = NOW + timedelta(days=7)
    assert checks(later) >= {"clocks_are_sound", "stored_score_is_recomputed_score"}
    sweep.until_done(now=later)
    assert told(later) == []


def test_an_empty_house_is_clean(db):
    assert told() == []


# ── broken by hand, one thing each ───────────────────────────────────────────


def a_lead_at_mql_loses_its_handoff():
    Handoff.objects.filter(lead=at("mql")).update(state="recalled", ended_at=NOW, end_cause="withdrawn")
    Clock.objects.filter(handoff__lead=at("mql")).update(state="cancelled", ended_at=NOW)


def a_lead_at_nurture_is_still_offered():
    Handoff.objects.create(lead=at("mal"), trigger="score", created_at=NOW)


def an_accepted_lead_stands_at_mql():
    handoff = Handoff.objects.filter(state="offered").first()
    handoff.clocks.filter(kind="accept").update(state="met", met_at=NOW, ended_at=NOW)
    Handoff.objects.filter(pk=handoff.pk).update(
        state="accepted", accepted_at=NOW, accepted_by=handoff.rep, next_step_on=date(2026, 12, 1)
    )
    due = handoff.clocks.get(kind="first_contact").due_at
    Standing.objects.filter(lead=handoff.lead_id).update(clock_due_at=due)


def a_stage_without_a_transition():
    Transition.objects.filter(lead=at("mal"), end="mal").update(end="mql")


def a_version_without_a_transition():
    Lead.objects.filter(stage="mal").update(version=99)


def a_gap_in_the_chain():
    Transition.objects.filter(lead=at("sql"), end="sql").update(start="lead")


def a_way_the_table_does_not_know():
    Transition.objects.filter(lead=at("mal"), version=1).update(start="opportunity")


def a_cause_that_may_not():
    Transition.objects.filter(lead=at("sql"), end="sql").update(cause="rule")


def somebody_elses_turn():
    handoff = Handoff.objects.filter(state="offered").first()
    Lead.objects.filter(pk=handoff.lead_id).update(next_actor=None)
    Standing.objects.filter(pk=handoff.lead_id).update(next_actor=None)


def not_its_owners_turn():
    lead = Handoff.objects.filter(state="accepted").first().lead
    other = User.objects.exclude(pk=lead.owner_id).first()
    Lead.objects.filter(pk=lead.pk).update(next_actor=other)
    Standing.objects.filter(pk=lead.pk).update(next_actor=other)


def a_standing_of_another_stage():
    Standing.objects.filter(lead=at("mal")).update(stage="sal")


def a_standing_of_another_owner():
    Standing.objects.filter(lead=at("sal")).update(owner=None)


def a_lead_without_a_standing():
    Standing.objects.filter(lead=at("mal")).delete()


def a_queue_that_is_not_the_handoffs():
    Standing.objects.filter(lead=at("mql")).update(queue_id=None)


def a_clock_the_list_does_not_show():
    Standing.objects.filter(lead=at("mql")).update(clock_due_at=NOW + timedelta(days=9))


def a_score_of_its_own():
    Standing.objects.filter(lead=at("mal")).update(readiness=99)


def a_fit_of_its_own():
    Standing.objects.filter(lead=at("mal")).update(fit=1)


def a_score_long_due():
    Standing.objects.filter(lead=at("mal")).update(rescore_at=NOW - timedelta(minutes=2))


def a_clock_running_after_the_end():
    Clock.objects.filter(state="cancelled").update(ended_at=None)


def an_accept_clock_of_a_decided_one():
    Clock.objects.filter(handoff__state="accepted", kind="accept").update(
        state="running", ended_at=None, due_at=LATER
    )
    handoffs = Handoff.objects.filter(state="accepted")
    Standing.objects.filter(lead__in=handoffs.values("lead")).update(clock_due_at=LATER)


def a_breach_nobody_noticed():
    clock = Clock.objects.filter(handoff__lead=at("mql"), kind="accept").first()
    Clock.objects.filter(pk=clock.pk).update(due_at=NOW - timedelta(minutes=2))
    Standing.objects.filter(lead=at("mql")).update(clock_due_at=NOW - timedelta(minutes=2))


def a_contact_nobody_saw():
    """Recorded past the house's own door, as nothing of ours would."""
    early = NOW - timedelta(minutes=2)
    clock = Clock.objects.filter(handoff__lead=at("mql"), kind="first_contact").first()
    Clock.objects.filter(pk=clock.pk).update(started_at=early)
    Activity.objects.create(
        lead=at("mql"), type="call_attempt", direction="action", occurred_at=early, recorded_at=early,
        source="cti", actor=User.objects.first(),
    )  # fmt: skip


def a_breach_of_another_time():
    clock = Clock.objects.filter(handoff__lead=at("mql"), kind="first_contact").first()
    late = clock.due_at + timedelta(seconds=1)
    Clock.objects.filter(pk=clock.pk).update(state="breached", breached_at=late)


def met_after_due():
    Clock.objects.filter(state="met", kind="accept").update(met_at=NOW + timedelta(days=1))


def met_late_in_time():
    clock = Clock.objects.filter(state="met", kind="accept").first()
    Clock.objects.filter(pk=clock.pk).update(state="met_late", breached_at=clock.due_at)


def an_offer_without_its_clock():
    Clock.objects.filter(handoff__lead=at("mql"), kind="accept").delete()
    due = Clock.objects.filter(handoff__lead=at("mql")).earliest("due_at").due_at
    Standing.objects.filter(lead=at("mql")).update(clock_due_at=due)


def a_chain_to_another_lead():
    chained = Handoff.objects.get(previous__isnull=False)
    Handoff.objects.filter(pk=chained.previous_id).update(lead=at("mal"))


def a_chain_from_what_was_not_recalled():
    chained = Handoff.objects.get(previous__isnull=False)
    Handoff.objects.filter(pk=chained.previous_id).update(state="disqualified")


def a_date_outside_nurture():
    Lead.objects.filter(stage="sal").update(wake_at=NOW + timedelta(days=1))


def a_date_gone_by():
    Lead.objects.filter(wake_at__isnull=False).update(wake_at=NOW - timedelta(minutes=2))


def an_event_from_the_future():
    Activity.objects.filter(pk=Activity.objects.first().pk).update(occurred_at=NOW + timedelta(hours=25))
    Standing.objects.update(rescore_at=NOW)


def a_correction_of_anothers_event():
    one, *_, other = Activity.objects.order_by("pk")
    assert one.lead_id != other.lead_id
    Activity.objects.filter(pk=other.pk).update(voids=one)
    Standing.objects.update(rescore_at=NOW)


def a_change_from_the_future():
    AttributeChange.objects.create(lead=at("mal"), field="title", changed_at=NOW + timedelta(hours=1))


def rules_of_nobody():
    body = ScoringModel.objects.newest().body
    ScoringModel.objects.create(version=2, body=body, in_force_from=NOW, published_at=NOW)


def rules_of_one_side_alone():
    agreed_rules()
    Approval.objects.filter(side="sales").delete()


def rules_other_than_agreed():
    agreed_rules()
    Draft.objects.update(body=Draft.objects.get().body | {"classes": {"fit": 1, "interest": 1}})


def agreed_rules():
    """Rules that score nobody otherwise: another label."""
    miura, suzuki = (User.objects.get(email=f"{name}@example.com") for name in ("miura", "suzuki"))
    base = ScoringModel.objects.newest()
    body = deepcopy(base.body)
    body["fit"]["rules"][0]["label"] = {"ja": "役員", "en": "Board"}
    draft = drafting.begin(title="役員", body=body, base=base, by=miura, now=NOW)
    drafting.request(draft, by=miura, now=NOW)
    drafting.approve(draft, revision=1, by=suzuki, now=NOW)
    readiness.rescore(list(Lead.objects.values_list("pk", flat=True)), now=NOW)


def a_proposal_without_its_figures():
    Opportunity.objects.filter(outcome=None).delete()


def figures_of_a_lead_elsewhere():
    Opportunity.objects.filter(outcome=None).update(lead=at("sal"), owner=at("sal").owner)


def an_outcome_nobody_gave():
    Lead.objects.filter(outcome="lost").update(outcome="won")


def figures_of_somebody_else():
    one = Opportunity.objects.get(outcome=None)
    Opportunity.objects.filter(pk=one.pk).update(owner=User.objects.exclude(pk=one.owner_id).first())


def a_meeting_moved_nowhere():
    Meeting.objects.filter(replaces__isnull=False).update(replaces=None)


def a_meeting_in_place_of_another_leads():
    Meeting.objects.filter(replaces__isnull=False).update(lead=at("sal"))


def a_meeting_judged_before_it_was():
    Meeting.objects.filter(verdict="valid").update(verdict_at=NOW - timedelta(days=1))


def a_meeting_that_ended_at_no_time():
    Meeting.objects.filter(verdict="valid").update(ended_at=None)


def a_lead_passed_on_to_nobody():
    lead = Opportunity.objects.get(outcome=None).lead
    Handoff.objects.filter(lead=lead, lane=2).delete()


def test_agreed_rules_are_clean(lived_in):
    with undone():
        agreed_rules()
        assert told() == []


def a_step_nobody_did():
    step = Step.objects.filter(state="waiting", clock__ended_at=None).order_by("pk").first()
    Step.objects.filter(pk=step.pk).update(due_at=NOW - timedelta(seconds=61))


def a_message_of_a_step_nobody_did():
    Message.objects.create(key="step:987654:1", kind="remind_rep", state="dead", created_at=NOW, send_at=NOW)


def a_message_of_another_handoff():
    one = Message.objects.filter(key__startswith="offered").first()
    other = Handoff.objects.exclude(pk=one.handoff_id).first()
    Message.objects.filter(pk=one.pk).update(handoff=other)


def a_message_to_somebody_else():
    one = Message.objects.filter(key__startswith="offered").first()
    Message.objects.filter(pk=one.pk).update(recipient=User.objects.exclude(pk=one.recipient_id).first())


def a_message_of_a_task_nobody_answered():
    who = User.objects.first()
    Message.objects.create(
        key=f"answered:999999:{who.pk}",
        kind="answered",
        recipient=who,
        state="dead",
        created_at=NOW,
        send_at=NOW,
    )


def a_message_delivered_to_nowhere():
    Notice.objects.first().delete()


def a_message_that_lies_about():
    soon = NOW - timedelta(minutes=2)
    Message.objects.create(key="dead:2026-11-24:1", kind="dead_letters", created_at=soon, send_at=soon)


def a_lease_nobody_came_back_for():
    soon = NOW - timedelta(minutes=2)
    Message.objects.create(
        key="dead:2026-11-24:1", kind="dead_letters", created_at=soon, send_at=soon, state="sending",
        leased_until=soon,
    )  # fmt: skip


def a_notice_nobody_sent():
    Notice.objects.create(recipient=User.objects.first(), key="x", kind="offered", created_at=NOW)


def _a_step_done(told):
    clock = Clock.objects.filter(ended_at=None, state="running").first()
    return Step.objects.create(
        clock=clock, position=77, percent=1, state="done", done_at=NOW, due_at=NOW, outcome={"told": told}
    )


def a_step_that_told_nobody():
    _a_step_done({"remind_rep": [User.objects.first().pk]})


def a_step_that_told_twice():
    who, step = User.objects.first(), _a_step_done({})
    for key in (f"step:{step.pk}:{who.pk}", f"step:{step.pk}.2:{who.pk}"):
        Message.objects.create(
            key=key, kind="remind_rep", recipient=who, state="dead", created_at=NOW, send_at=NOW,
            body={"step": step.pk},
        )  # fmt: skip


def _who_left():
    return User.objects.create_user("left@example.com", is_active=False)


def an_account_of_who_left():
    Company.objects.filter(pk=at("mal").company_id).update(owner=_who_left())


def a_turn_of_who_left():
    left = _who_left()
    Lead.objects.filter(pk=at("mal").pk).update(next_actor=left)
    Standing.objects.filter(lead=at("mal")).update(next_actor=left)


def a_raised_hand_nobody_saw():
    lead = new_lead()
    react(lead, "demo_request")
    readiness.rescore([lead.pk], now=NOW)
    Lead.objects.filter(pk=lead.pk).update(trigger="score")
    Handoff.objects.filter(lead=lead).update(trigger="score")


def an_undo_that_leads_elsewhere():
    undo = Transition.objects.get(cause="undo")
    Transition.objects.filter(pk=undo.pk).update(undoes=undo.version - 2)


BROKEN = [
    (an_account_of_who_left, "nobody_who_left_is_waited_for", {"what": "has_things_in_hand"}),
    (a_turn_of_who_left, "nobody_who_left_is_waited_for", {"what": "is_the_turn_of_who_left"}),
    (a_raised_hand_nobody_saw, "no_hand_raiser_waits_for_another_day", {}),
    (an_undo_that_leads_elsewhere, "transitions_are_a_chain", {"what": "undone_to_elsewhere"}),
    (a_message_of_a_step_nobody_did, "messages_have_a_cause", {"what": "nothing_happened"}),
    (a_message_of_a_task_nobody_answered, "messages_have_a_cause", {"what": "nothing_happened"}),
    (a_message_of_another_handoff, "messages_have_a_cause", {"what": "another_handoff"}),
    (a_message_to_somebody_else, "messages_have_a_cause", {"what": "key_says_something_else"}),
    (a_message_delivered_to_nowhere, "messages_are_delivered", {"what": "delivered_to_nowhere"}),
    (a_message_that_lies_about, "messages_are_delivered", {"what": "late"}),
    (a_lease_nobody_came_back_for, "messages_are_delivered", {"what": "lease_ran_out"}),
    (a_notice_nobody_sent, "messages_are_delivered", {"what": "nobody_sent_it"}),
    (a_step_that_told_nobody, "steps_tell_once", {"what": "not_told"}),
    (a_step_that_told_twice, "steps_tell_once", {"what": "told_twice"}),
    (a_lead_at_mql_loses_its_handoff, "lead_in_offer_has_its_handoff", {"handoff": None}),
    (a_lead_at_nurture_is_still_offered, "lead_in_offer_has_its_handoff", {"handoff": "waiting"}),
    (an_accepted_lead_stands_at_mql, "lead_in_offer_has_its_handoff", {"handoff": "accepted"}),
    (a_stage_without_a_transition, "stage_is_last_transition", {"last_transition": "mql"}),
    (a_version_without_a_transition, "stage_is_last_transition", {"stage": "mal"}),
    (a_gap_in_the_chain, "transitions_are_a_chain", {}),
    (a_way_the_table_does_not_know, "transitions_are_a_chain", {"start": "opportunity", "end": "lead"}),
    (a_cause_that_may_not, "transitions_are_a_chain", {"cause": "rule", "end": "sql"}),
    (somebody_elses_turn, "open_lead_has_next_actor_and_deadline", {"next_actor": "not_the_rep"}),
    (not_its_owners_turn, "open_lead_has_next_actor_and_deadline", {"next_actor": "not_who_acts"}),
    (a_standing_of_another_stage, "standing_mirrors_its_sources", {"field": "stage"}),
    (a_standing_of_another_owner, "standing_mirrors_its_sources", {"field": "owner"}),
    (a_lead_without_a_standing, "standing_mirrors_its_sources", {"field": "standing"}),
    (a_queue_that_is_not_the_handoffs, "standing_shows_the_desk", {}),
    (a_clock_the_list_does_not_show, "standing_shows_the_desk", {}),
    (a_score_of_its_own, "stored_score_is_recomputed_score", {"stored": 99}),
    (a_fit_of_its_own, "stored_score_is_recomputed_score", {}),
    (a_score_long_due, "stored_score_is_recomputed_score", {"score": "late"}),
    (a_clock_running_after_the_end, "clocks_are_sound", {"what": "runs_on_after_the_end"}),
    (an_accept_clock_of_a_decided_one, "clocks_are_sound", {"what": "accept_clock_of_a_decided_handoff"}),
    (a_breach_nobody_noticed, "clocks_are_sound", {"what": "breach_not_noticed"}),
    (a_contact_nobody_saw, "clocks_are_sound", {"what": "contact_not_seen"}),
    (a_step_nobody_did, "ladders_are_climbed", {}),
    (a_breach_of_another_time, "clocks_are_sound", {"what": "breached_at_is_not_due_at"}),
    (met_after_due, "clocks_are_sound", {"what": "met_after_due"}),
    (met_late_in_time, "clocks_are_sound", {"what": "met_late_before_due"}),
    (an_offer_without_its_clock, "clocks_are_sound", {"what": "offered_without_accept_clock"}),
    (a_chain_to_another_lead, "chains_follow_one_lead", {}),
    (a_chain_from_what_was_not_recalled, "chains_follow_one_lead", {}),
    (a_date_outside_nurture, "wake_is_kept", {"what": "wake_outside_nurture"}),
    (a_date_gone_by, "wake_is_kept", {"what": "wake_missed"}),
    (a_proposal_without_its_figures, "opportunities_keep_step", {"stage": "opportunity", "outcome": None}),
    (figures_of_a_lead_elsewhere, "opportunities_keep_step", {"stage": "sal"}),
    (an_outcome_nobody_gave, "opportunities_keep_step", {"outcome": "won"}),
    (figures_of_somebody_else, "opportunities_keep_step", {"what": "not_the_leads_owner"}),
    (a_meeting_moved_nowhere, "meetings_are_sound", {"what": "moved_nowhere"}),
    (a_meeting_in_place_of_another_leads, "meetings_are_sound", {"what": "replaces_another_leads"}),
    (a_meeting_judged_before_it_was, "meetings_are_sound", {"what": "judged_ahead_of_time"}),
    (a_meeting_that_ended_at_no_time, "meetings_are_sound", {"what": "ended_without_a_moment"}),
    (a_lead_passed_on_to_nobody, "promoted_leads_go_on", {}),
    (an_event_from_the_future, "history_is_in_order", {"what": "in_future"}),
    (a_correction_of_anothers_event, "history_is_in_order", {"what": "voids_another_leads"}),
    (a_change_from_the_future, "history_is_in_order", {"what": "in_future"}),
    (rules_of_nobody, "rules_are_agreed", {"model": 2}),
    (rules_of_one_side_alone, "rules_are_agreed", {"model": 2}),
    (rules_other_than_agreed, "rules_are_agreed", {"model": 2}),
]
ALSO = {
    a_stage_without_a_transition: {"transitions_are_a_chain"},  # a way the table does not know, too
}


@contextmanager
def undone():
    """What is broken inside is whole again afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def test_each_thing_broken_is_told_by_its_check_alone(lived_in):
    wrong = {}
    for break_it, check, what in BROKEN:
        with undone():
            break_it()
            found = told()
        alone = {name for name, _ in found} - ALSO.get(break_it, set()) == {check}
        if not alone or not any(what.items() <= violation.items() for _, violation in found):
            wrong[break_it.__name__] = found
    assert wrong == {}


def test_every_check_has_been_seen_to_fail():
    held_by_the_database = {"one_open_handoff_per_lead"}
    assert {check for _, check, _ in BROKEN} | held_by_the_database == {one.__name__ for one in audit.CHECKS}


# ── what the database itself forbids ─────────────────────────────────────────


def two_open_handoffs():
    Handoff.objects.create(lead=at("mql"), trigger="score", created_at=NOW)


def two_transitions_of_a_version():
    lead = at("mal")
    Transition.objects.create(
        lead=lead, version=lead.version, end="mal", occurred_at=NOW, recorded_at=NOW, cause="rule"
    )


def a_change_of_nothing():
    AttributeChange.objects.create(field="title", changed_at=NOW)


NURTURED, RUNNING = {"stage": "mal"}, {"state": "running"}
FORBIDDEN = [
    (Lead, NURTURED, {"next_due_at": None}),
    (Lead, NURTURED, {"next_side": ""}),
    (Lead, NURTURED, {"stage": "hot"}),
    (Lead, NURTURED, {"outcome": "won"}),
    (Transition, {"end": "mal"}, {"cause": "whim"}),
    (Clock, {"kind": "first_contact"}, {"kind": "accept"}),
    (Clock, RUNNING, {"breached_at": NOW - timedelta(days=1)}),
    (Clock, {"state": "met"}, {"ended_at": None}),
    (Handoff, {"state": "sent_back"}, {"reason": ""}),
    (Handoff, {"state": "offered"}, {"rep": None}),
    (Activity, {"direction": "reaction"}, {"direction": "sideways"}),
]


def test_what_the_database_forbids(lived_in):
    for model, where, change in FORBIDDEN:
        assert model.objects.filter(**where).exists()
        with pytest.raises(IntegrityError), transaction.atomic():
            model.objects.filter(**where).update(**change)
    for broken in (two_open_handoffs, two_transitions_of_a_version, a_change_of_nothing):
        with pytest.raises(IntegrityError), transaction.atomic():
            broken()


# ── the command ──────────────────────────────────────────────────────────────


@pytest.fixture
def at_noon(monkeypatch):
    monkeypatch.setattr("config.management.commands.audit.now", lambda: NOW)


def test_the_command_is_silent_when_clean(lived_in, at_noon, capsys):
    call_command("audit")
    assert capsys.readouterr().out == ""


def test_and_prints_lines_of_json_and_fails_when_not(lived_in, at_noon, capsys):
    a_date_outside_nurture()
    a_score_of_its_own()
    with pytest.raises(SystemExit) as no:
        call_command("audit")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert no.value.code == 1
    assert {line["check"] for line in lines} == {"wake_is_kept", "stored_score_is_recomputed_score"}


def test_no_word_of_what_people_typed(lived_in, at_noon, capsys):
    for break_it in (a_date_outside_nurture, a_score_of_its_own, a_gap_in_the_chain, met_after_due):
        break_it()
    with pytest.raises(SystemExit):
        call_command("audit")
    out = capsys.readouterr().out
    assert "山本" not in out and "@" not in out and "青空" not in out


def test_a_lead_the_definition_should_have_taken_along(house):
    """Kept back by a person's readiness that was ended behind everybody's back."""
    lead = new_lead()
    for type in ("webinar_attended", "document_download", "pricing_view"):
        react(lead, type)
    set_override(lead, readiness=5, reason="会った", until=NOW + timedelta(days=1), by=house.miura, now=NOW)
    sweep.until_done(now=NOW)
    assert told() == []
    Override.objects.update(ended_at=NOW)
    assert told() == [
        ("stored_score_is_recomputed_score", {"lead": lead.pk, "stage": "mal", "definition": "mql"})
    ]
