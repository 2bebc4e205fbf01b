"""What sales decided, and what was known of each lead when it did."""

from __future__ import annotations

from datetime import timedelta

from handoff import desk
from leads import intake, lifecycle, stages
from scoring.past import decisions
from scoring.past.decisions import ACCEPTED, NOT_A_FIT, SENT_BACK
from tests.people import NOW, accepted, fresh, handoff_of, new_lead, offered, react, rescore, send_back

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
SINCE, UNTIL = NOW - DAY, NOW + 40 * DAY


def made(since=SINCE, until=UNTIL):
    return decisions.made(since=since, until=until)


def results(*args):
    return [(one.result, one.reason) for one in made(*args)]


def disqualified(lead, *, by, now=NOW):
    desk.disqualify(lead, by=by, now=now, reason="selling")


# ── which are decisions ──────────────────────────────────────────────────────


def test_accepted_sent_back_and_not_a_fit(house):
    accepted(new_lead())
    lead = new_lead()
    offered(lead)
    send_back(lead, house, now=NOW + MINUTE)
    lead = new_lead()
    handoff = offered(lead)
    disqualified(fresh(lead), by=house.suzuki, now=NOW + 2 * MINUTE)
    assert handoff.rep
    assert results() == [(ACCEPTED, ""), (SENT_BACK, "too_early"), (NOT_A_FIT, "selling")]


def test_the_first_answer_counts(house):
    lead = new_lead()
    accepted(lead)
    send_back(lead, house, now=NOW + MINUTE)
    assert results() == [(ACCEPTED, "")]
    assert results(NOW + MINUTE, UNTIL) == []  # also where the first one is out of sight


def test_an_answer_undone_was_never_given(house):
    lead = new_lead()
    handoff = accepted(lead)
    desk.undo(handoff, by=handoff.rep, now=NOW + MINUTE)
    assert results() == []
    send_back(lead, house, now=NOW + 2 * MINUTE)
    assert results() == [(SENT_BACK, "too_early")]
    desk.undo(handoff, by=handoff.rep, now=NOW + 3 * MINUTE)
    desk.accept(handoff, by=handoff.rep, now=NOW + 4 * MINUTE)
    assert results() == [(ACCEPTED, "")]
    assert [one.occurred_at for one in decisions.answers(since=SINCE, until=UNTIL)] == [NOW + 4 * MINUTE]


def test_every_stay_has_an_answer_of_its_own(house):
    lead = new_lead()
    offered(lead)
    send_back(lead, house)
    again = NOW + 30 * DAY
    react(lead, "demo_request", at=again)
    rescore(lead, now=again)
    desk.route([handoff_of(lead).pk], now=again)
    handoff = handoff_of(lead)
    desk.accept(handoff, by=handoff.rep, now=again + MINUTE)
    assert results() == [(SENT_BACK, "too_early"), (ACCEPTED, "")]


def test_what_nobody_in_sales_said_is_no_decision(house):
    taken_back = new_lead()
    offered(taken_back)
    desk.recycle(fresh(taken_back), by=house.miura, now=NOW, reason="too_early")
    by_the_rules = new_lead(title="", department="", company={"name": "小", "employees": 300})
    react(by_the_rules, "demo_request")
    rescore(by_the_rules)
    react(by_the_rules, "page_view", at=NOW + MINUTE)
    intake.edit(by_the_rules, {"do_not_contact": True}, by=None, now=NOW + MINUTE)
    assert rescore(by_the_rules, now=NOW + MINUTE).stage == stages.MAL
    own_find = new_lead()
    desk.move(own_find, to=stages.SAL, by=house.sato, now=NOW)
    imported = new_lead()
    lifecycle.move(imported.pk, to=stages.SAL, cause=stages.IMPORT, now=NOW, owner=house.sato)
    desk.recycle(fresh(imported), by=house.sato, now=NOW + MINUTE, reason="too_early")
    offered(new_lead())
    assert made() == []


def test_both_edges_of_the_stretch(house):
    accepted(new_lead())
    assert len(made(NOW, NOW + MINUTE)) == 1
    assert made(NOW - MINUTE, NOW) == []


def test_one_statement_for_one_and_for_three(house, django_assert_num_queries):
    for _ in range(3):
        accepted(new_lead())
        with django_assert_num_queries(1):
            made()
