"""While somebody is away: offers are routed anew, and a deputy acts on what was accepted (PRODUCT 11)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from config import audit, sweep
from handoff import desk, queueing
from handoff.models import Handoff
from leads.models import Lead, Standing, User
from leads.models.people import Leave
from tests.people import NOW, accepted, fresh, handoff_of, new_lead, offered, promoted

JST = ZoneInfo("Asia/Tokyo")
MONDAY, TUESDAY = date(2026, 11, 30), date(2026, 12, 1)


def away(user, first, last, **more):
    return Leave.objects.create(user=user, starts_on=first, ends_on=last, created_at=NOW, **more)


def at(day, hour, minute=0):
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=JST)


FRIDAY = date(2026, 11, 27)
CLOSE = at(FRIDAY, 18)
A_SECOND = timedelta(seconds=1)


def violations(now):
    return [(found.pop("check"), found) for found in audit.run(now=now)]


# ── offers ───────────────────────────────────────────────────────────────────


def test_an_offer_is_routed_anew_when_the_leave_begins(house):
    held = offered(new_lead(now=at(FRIDAY, 17)), now=at(FRIDAY, 17))
    away(house.sato, MONDAY, TUESDAY)
    assert held.rep == house.sato
    assert desk.left_behind(now=CLOSE - A_SECOND) == []
    assert desk.left_behind(now=CLOSE) == [held.pk]
    sweep.until_done(now=CLOSE)
    new = handoff_of(held.lead)
    assert (new.rep, new.previous, new.state) == (house.kobayashi, held, "offered")
    held.refresh_from_db()
    assert (held.state, held.end_cause) == ("recalled", "member_left")
    assert sweep.until_done(now=at(MONDAY, 12))["recalled"] == 0


def test_an_offer_to_who_is_back_at_the_next_opening_stays(house):
    """No ping-pong: routing and recalling ask the same question."""
    away(house.sato, FRIDAY, FRIDAY)
    held = offered(new_lead(now=CLOSE), now=CLOSE)
    assert held.rep == house.sato
    assert sweep.until_done(now=CLOSE)["recalled"] == 0
    assert handoff_of(held.lead).pk == held.pk


def test_with_everybody_away_it_waits_with_the_lead_of_the_team(house):
    held = offered(new_lead())
    away(house.sato, NOW.date(), NOW.date())
    away(house.kobayashi, NOW.date(), NOW.date())
    sweep.until_done(now=NOW)
    new = handoff_of(held.lead)
    assert (new.state, fresh(held.lead).next_actor) == ("waiting", house.suzuki)
    assert [line["excluded"] for line in new.routing["candidates"]] == ["on_leave", "on_leave"]


# ── accepted ─────────────────────────────────────────────────────────────────


def test_the_deputy_is_next_actor_while_the_owner_is_away(house):
    held = accepted(new_lead(now=at(FRIDAY, 17)), now=at(FRIDAY, 17))
    due = fresh(held.lead).next_due_at
    away(house.sato, MONDAY, TUESDAY)
    assert desk.turns_due(now=CLOSE - A_SECOND) == []
    assert sweep.until_done(now=CLOSE)["turned"] == 1
    lead = fresh(held.lead)
    assert (lead.owner, lead.next_actor, lead.next_due_at) == (house.sato, house.kobayashi, due)
    assert violations(CLOSE) == []
    back = at(TUESDAY, 18)
    assert desk.turns_due(now=back - A_SECOND) == []
    assert sweep.until_done(now=back)["turned"] == 1
    assert fresh(held.lead).next_actor == house.sato
    assert violations(back) == []


def test_the_audit_names_a_turn_that_nobody_handed_over(house):
    held = accepted(new_lead())
    away(house.sato, NOW.date(), NOW.date())
    assert (
        "open_lead_has_next_actor_and_deadline",
        {"lead": held.lead_id, "next_actor": "not_who_acts"},
    ) in (violations(NOW))


@pytest.mark.parametrize("deputy", ["none", "away", "gone"])
def test_without_a_deputy_at_work_the_lead_of_the_team_acts(house, deputy):
    held = accepted(new_lead())
    away(house.sato, NOW.date(), NOW.date())
    if deputy == "none":
        User.objects.filter(pk=house.sato.pk).update(deputy=None)
    elif deputy == "away":
        away(house.kobayashi, NOW.date(), NOW.date())
    else:
        User.objects.filter(pk=house.kobayashi.pk).update(is_active=False)
    sweep.until_done(now=NOW)
    assert fresh(held.lead).next_actor == house.suzuki


def test_with_nobody_to_act_it_stays_with_the_owner(house):
    held = accepted(new_lead())
    for user in (house.sato, house.kobayashi, house.suzuki):
        away(user, NOW.date(), NOW.date())
    assert sweep.until_done(now=NOW)["turned"] == 0
    assert fresh(held.lead).next_actor == house.sato


def test_what_is_done_meanwhile_leaves_the_turn_with_the_deputy(house):
    held = accepted(new_lead())
    away(house.sato, NOW.date(), NOW.date())
    sweep.until_done(now=NOW)
    handoff = Handoff.objects.get(pk=held.pk)
    desk.contact(
        handoff, version=handoff.version, by=house.kobayashi, now=NOW, result="no_answer", channel="phone"
    )
    assert fresh(held.lead).next_actor == house.kobayashi


def test_a_deputy_of_another_team_sees_and_answers_only_meanwhile(house, kato):
    User.objects.filter(pk=house.sato.pk).update(deputy=kato)
    held = accepted(new_lead())

    def seen():
        return (
            Lead.objects.visible_to(kato).filter(pk=held.lead_id).exists(),
            any(rows.filter(lead=held.lead_id).exists() for rows in Standing.objects.reaches_of(kato)),
            [row.handoff.pk for row in queueing.read(queueing.Scope.asked(kato, {}), NOW).rows] == [held.pk],
        )

    assert seen() == (False, False, False)
    leave = away(house.sato, NOW.date(), NOW.date())
    sweep.until_done(now=NOW)
    assert seen() == (True, True, True)
    assert desk.may(kato, Handoff.objects.select_related("lead").get(pk=held.pk)).send_back
    Leave.objects.filter(pk=leave.pk).update(cancelled_at=NOW)
    sweep.until_done(now=NOW)
    assert seen() == (False, False, False)
    assert not desk.may(kato, Handoff.objects.select_related("lead").get(pk=held.pk)).any


def test_accepted_leads_are_routed_where_the_leave_says_so(house):
    held = accepted(new_lead())
    away(house.sato, NOW.date(), NOW.date(), accepted=Leave.ROUTE)
    sweep.until_done(now=NOW)
    new = handoff_of(held.lead)
    assert (new.state, new.rep, new.previous) == ("offered", house.kobayashi, held)
    lead = fresh(held.lead)
    assert (lead.stage, lead.owner, lead.next_actor) == ("sal", None, house.kobayashi)
    assert violations(NOW) == []


# ── who left for good ────────────────────────────────────────────────────────


def leave_company(house, name):
    User.objects.filter(pk=getattr(house, name).pk).update(is_active=False)


def last_day(house, name):
    User.objects.filter(pk=getattr(house, name).pk).update(ends_on=NOW.date() - timedelta(days=1))


@pytest.mark.parametrize("leave", [leave_company, last_day])
def test_who_left_is_stood_in_for_by_their_deputy(house, leave):
    held = accepted(new_lead())
    leave(house, "sato")
    done = sweep.until_done(now=NOW)
    assert (done["recalled"], done["turned"]) == (0, 1)
    assert (fresh(held.lead).owner, fresh(held.lead).next_actor) == (house.sato, house.kobayashi)
    assert violations(NOW) == []


@pytest.mark.parametrize("leave", [leave_company, last_day])
def test_without_a_deputy_what_they_had_is_routed_anew(house, leave):
    held = promoted(new_lead(), house)
    desk.accept(held, by=house.tanaka, now=NOW)
    leave(house, "tanaka")
    sweep.until_done(now=NOW)
    new = handoff_of(held.lead)
    assert (new.lane, new.state, new.previous_id) == (2, "offered", held.pk)
    assert new.rep in (house.yamada, house.takahashi)
    assert violations(NOW) == []


def test_constant_statements(house, django_assert_max_num_queries):
    away(house.sato, NOW.date(), NOW.date())
    for _ in range(3):
        accepted(new_lead())
    with django_assert_max_num_queries(13):
        desk.turns_due(now=NOW)


def test_an_offer_of_the_next_lane_stays_while_who_passed_it_on_is_away(house):
    """It is its rep's to answer: whoever owned it in the lane before need not be there."""
    held = promoted(new_lead(), house)
    owner = fresh(held.lead).owner
    assert owner is not None and owner != held.rep
    away(owner, NOW.date(), NOW.date())
    assert desk.left_behind(now=NOW) == []
    assert sweep.until_done(now=NOW)["recalled"] == 0
    assert handoff_of(held.lead).pk == held.pk
