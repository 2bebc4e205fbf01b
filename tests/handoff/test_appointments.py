"""Meetings: booked, moved, held or not, and judged by the field rep (PRODUCT 6)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handoff import desk
from handoff.refusals import NotYours
from leads import meetings, news, stages
from leads.models import Activity, Meeting
from leads.refusals import Quicker, Refused
from tests.people import NOW, accepted, fresh, handoff_of, lead_at, met, new_lead, offered, promoted

LATER = NOW + timedelta(minutes=5)
START = NOW + timedelta(days=2)
END = START + timedelta(hours=1)
OVER = END + timedelta(minutes=1)


def code_of(act, *args, **wish):
    with pytest.raises(Refused) as no:
        act(*args, **wish)
    return no.value.code, no.value.field


def again(meeting):
    return Meeting.objects.get(pk=meeting.pk)


@pytest.fixture
def held(house):
    return accepted(new_lead())


@pytest.fixture
def booked(house):
    """A meeting of a lead that Tanaka of field sales has taken on."""
    handoff = promoted(new_lead(), house)
    desk.accept(handoff, by=house.tanaka, now=NOW)
    return handoff.lead.meetings.get()


def log(meeting):
    rows = Activity.objects.filter(lead=meeting.lead, source="tasuki", data__has_key="meeting").order_by("pk")
    return [(one.type, one.occurred_at, one.actor) for one in rows]


# ── booked ───────────────────────────────────────────────────────────────────


def test_booked_by_the_owner_and_told_to_the_log(house, held):
    meeting = desk.book_meeting(
        held.lead, by=held.rep, now=LATER, starts_at=START, ends_at=END, mode="online",
        url="https://meet.example.com/1", theirs=[{"name": "林 進", "title": "部長"}],
        confirmed={"budget": True},
    )  # fmt: skip
    assert (meeting.state, meeting.handoff_id, meeting.created_by) == ("booked", held.pk, held.rep)
    assert list(meeting.ours.all()) == [held.rep]
    assert log(meeting) == [("meeting_booked", LATER, held.rep)]
    handoff = handoff_of(held.lead)
    assert handoff.next_step_on == START.date()  # the day in Tokyo is the same


def test_who_may_book(house, kato, held):
    other = house.sato if held.rep == house.kobayashi else house.kobayashi
    for somebody in (kato, other, house.tanaka):
        with pytest.raises(NotYours):
            met(held.lead, somebody)
    desk.add_supporter(held.lead, user=other, by=held.rep, now=NOW)
    met(held.lead, other)
    met(held.lead, house.suzuki, at=START + timedelta(days=1))


def test_nobody_meets_a_lead_that_is_not_taken_on(house):
    for lead in (offered(new_lead()).lead, lead_at(stages.MAL, house)):
        with pytest.raises(NotYours):
            met(lead, house.suzuki)


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"ends_at": START}, ("ends_before_it_starts", "ends_at")),
        ({"ends_at": START + timedelta(days=7, seconds=1)}, ("too_long_a_meeting", "ends_at")),
        ({"starts_at": NOW - timedelta(days=31, seconds=1), "ends_at": NOW - timedelta(days=31)},
         ("long_gone_by", "starts_at")),
        ({"starts_at": NOW + timedelta(days=1097), "ends_at": NOW + timedelta(days=1097, hours=1)},
         ("too_far", "starts_at")),
        ({"mode": "zoom"}, ("unknown_choice", "mode")),
        ({"mode": ""}, ("required", "mode")),
        ({"url": "javascript:alert(1)"}, ("not_a_web_address", "url")),
        ({"place": "x" * 201}, ("too_long", "place")),
        ({"theirs": [{"name": "x", "title": ""}] * 21}, ("too_many", "theirs")),
        ({"confirmed": {"mood": True}}, ("unknown_choice", "confirmed")),
    ],
)  # fmt: skip
def test_what_cannot_be(house, held, wish, code):
    wish = {"starts_at": START, "ends_at": END, "mode": "visit"} | wish
    assert code_of(desk.book_meeting, held.lead, by=held.rep, now=NOW, **wish) == code
    assert not Meeting.objects.exists()


def test_the_same_time_twice_is_one_meeting(house, held):
    met(held.lead, held.rep)
    assert code_of(met, held.lead, held.rep) == ("already_booked", "starts_at")


# ── moved ────────────────────────────────────────────────────────────────────


def test_another_time_is_a_new_meeting_in_its_place(house, booked, monkeypatch):
    told = []
    monkeypatch.setattr(news.meetings_changed, "_within", [_keep(told)])
    moved = desk.change_meeting(
        booked,
        by=house.tanaka,
        now=LATER,
        starts_at=START + timedelta(days=1),
        ends_at=END + timedelta(days=1),
    )
    old = again(booked)
    assert (old.state, old.ended_at, moved.replaces, moved.state) == ("rescheduled", LATER, old, "booked")
    assert (moved.starts_at, moved.mode, set(moved.ours.all())) == (
        START + timedelta(days=1), "visit", set(old.ours.all()),
    )  # fmt: skip
    assert ("rescheduled", moved) in told


def _keep(told):
    return lambda *, meeting, what, by, now: told.append((what, meeting))


def test_another_place_is_the_same_meeting(house, booked):
    same = desk.change_meeting(booked, by=house.tanaka, now=LATER, place="本社", version=booked.version)
    assert (same.pk, same.place, same.version) == (booked.pk, "本社", booked.version + 1)
    with pytest.raises(Quicker):
        desk.change_meeting(booked, by=house.tanaka, now=LATER, place="支社", version=booked.version)


def test_what_was_moved_is_not_moved_again(house, booked):
    wish = {"starts_at": START + timedelta(days=1), "ends_at": END + timedelta(days=1)}
    desk.change_meeting(booked, by=house.tanaka, now=LATER, **wish)
    with pytest.raises(Quicker) as quick:
        desk.change_meeting(booked, by=house.takahashi, now=OVER, place="本社")
    assert (quick.value.by, quick.value.at, quick.value.state) == (house.tanaka, LATER, "rescheduled")


def test_who_may_not_change_it(house, kato, booked):
    for somebody in (kato, house.yamada):
        with pytest.raises(NotYours):
            desk.change_meeting(booked, by=somebody, now=LATER, place="本社")


# ── what became of it ────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("state", "activity"), [("held", "meeting_held"), ("no_show", "meeting_no_show"), ("cancelled", "note")]
)
def test_its_end_is_told_to_the_log(house, booked, state, activity):
    ended = desk.change_meeting(booked, by=house.tanaka, now=OVER, state=state)
    assert (ended.state, ended.ended_at) == (state, OVER)
    at = {"held": END, "no_show": START, "cancelled": OVER}[state]
    assert log(booked)[-1] == (activity, at, house.tanaka)
    with pytest.raises(Quicker) as quick:
        desk.change_meeting(booked, by=house.takahashi, now=OVER, state="no_show")
    assert (quick.value.by, quick.value.at, quick.value.state) == (house.tanaka, OVER, state)


def test_nothing_is_held_before_it_begins(house, booked):
    before = START - timedelta(seconds=1)
    assert code_of(desk.change_meeting, booked, by=house.tanaka, now=before, state="held")[0] == "not_begun"
    assert desk.change_meeting(booked, by=house.tanaka, now=START, state="held").state == "held"


# ── judged ───────────────────────────────────────────────────────────────────


def test_one_tap_after_its_end(house, booked):
    assert list(meetings.to_judge(house.tanaka, now=END - timedelta(seconds=1))) == []
    assert list(meetings.to_judge(house.tanaka, now=END)) == [booked]
    early = {"by": house.tanaka, "now": END - timedelta(seconds=1), "verdict": "valid"}
    assert code_of(desk.judge_meeting, booked, **early) == ("not_over", "")
    judged = desk.judge_meeting(
        booked, by=house.tanaka, now=END, verdict="valid", went_well=["decider", "budget"]
    )
    assert (judged.state, judged.verdict, judged.verdict_by, judged.verdict_at) == (
        "held", "valid", house.tanaka, END,
    )  # fmt: skip
    assert judged.went_well == ["decider", "budget"]
    assert log(booked)[-1] == ("meeting_held", END, house.tanaka)
    assert list(meetings.to_judge(house.tanaka, now=OVER)) == []


def test_not_valid_says_why(house, booked):
    wish = {"by": house.tanaka, "now": OVER, "verdict": "invalid"}
    assert code_of(desk.judge_meeting, booked, **wish) == ("required", "reason")
    assert code_of(desk.judge_meeting, booked, **wish, reason="budget") == ("unknown_reason", "reason")
    judged = desk.judge_meeting(booked, **wish, reason="info_only")
    assert (judged.verdict, judged.verdict_reason) == ("invalid", "info_only")


def test_up_to_three_things_went_well(house, booked):
    wish = {"by": house.tanaka, "now": OVER, "verdict": "valid"}
    four = ["decider", "problem", "timing", "budget"]
    assert code_of(desk.judge_meeting, booked, **wish, went_well=four) == ("too_many", "went_well")
    assert code_of(desk.judge_meeting, booked, **wish, went_well=["sun"]) == ("unknown_reason", "went_well")
    assert desk.judge_meeting(booked, **wish, went_well=four[:3]).went_well == four[:3]


def test_who_is_asked_and_who_may_judge(house, kato, booked):
    inside = booked.created_by
    assert list(meetings.to_judge(inside, now=OVER)) == []  # handed on: the field rep is asked
    for somebody in (inside, kato, house.yamada):
        with pytest.raises(NotYours):
            desk.judge_meeting(booked, by=somebody, now=OVER, verdict="valid")
    assert desk.judge_meeting(booked, by=house.takahashi, now=OVER, verdict="valid").verdict == "valid"


def test_whoever_met_them_without_field_sales_judges_it(house, held):
    meeting = met(held.lead, held.rep)
    assert list(meetings.to_judge(held.rep, now=OVER)) == [meeting]
    desk.judge_meeting(meeting, by=held.rep, now=OVER, verdict="valid")


def test_the_first_verdict_counts_and_may_be_put_right_knowingly(house, booked):
    first = desk.judge_meeting(booked, by=house.tanaka, now=OVER, verdict="valid")
    second = OVER + timedelta(seconds=1)
    with pytest.raises(Quicker) as quick:
        desk.judge_meeting(booked, by=house.takahashi, now=second, verdict="invalid", reason="info_only")
    assert (quick.value.by, quick.value.at, quick.value.state) == (house.tanaka, OVER, "valid")
    wish = {"verdict": "invalid", "reason": "info_only", "version": first.version}
    right = desk.judge_meeting(booked, by=house.tanaka, now=second, **wish)
    assert (right.verdict, right.verdict_at) == ("invalid", second)


@pytest.mark.parametrize("state", ["no_show", "cancelled"])
def test_what_did_not_take_place_is_not_judged(house, booked, state):
    desk.change_meeting(booked, by=house.tanaka, now=OVER, state=state)
    assert list(meetings.to_judge(house.tanaka, now=OVER)) == []
    with pytest.raises(Quicker):
        desk.judge_meeting(booked, by=house.tanaka, now=OVER, verdict="valid")


def test_an_unknown_end_is_none(house, booked):
    assert (
        code_of(desk.change_meeting, booked, by=house.tanaka, now=OVER, state="rescheduled")[0]
        == "unknown_choice"
    )
    assert fresh(booked.lead).meetings.get().state == "booked"
