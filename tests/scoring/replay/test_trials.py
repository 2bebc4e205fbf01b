"""The doors of simulations: asked once, run in batches, taken over, cancelled; numbers with their lists."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from datetime import timedelta

import pytest

from config.studio import trying
from handoff import desk
from leads import stages
from leads.models import Lead
from scoring.models import ScoringModel, SimulatedLead, Simulation
from scoring.replay import trials
from scoring.rulemaking import drafting
from tests.people import NOW, accepted, fresh, handoff_of, new_lead, offered, react, rescore
from tests.scoring.doors import publish
from tests.scoring.worlds import DAY

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
SINCE = NOW - 20 * DAY


def body(**mql):
    """The rules in force with other minimums."""
    said = deepcopy(ScoringModel.objects.newest().body)
    said["mql"] |= mql
    return said


def draft_of(house, **mql):
    return drafting.begin(title="試し", body=body(**mql), base=None, by=house.miura, now=NOW)


def asked(house, *, draft=None, since=SINCE, until=NOW, now=NOW, **mql) -> Simulation:
    rules = draft.body if draft else body(**mql)
    return trials.ask(body=rules, since=since, until=until, draft=draft, by=house.miura, now=now)


def run(simulation, *, now=NOW, **how) -> Simulation:
    return trials.run(simulation, now=now, route=trying.by_todays_routes(now=now), **how)


def kinds(simulation) -> Counter[str]:
    return Counter(simulation.leads.values_list("kind", flat=True))


def scored(at, **fields) -> Lead:
    """Handed over by its points at `at`."""
    lead = new_lead(now=at, department="情報システム部", **fields)
    react(lead, "webinar_attended", at=at)
    react(lead, "document_download", at=at)
    lead = rescore(lead, now=at)
    assert lead.stage == stages.MQL
    desk.route([handoff_of(lead).pk], now=at)
    return lead


# ── asking ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("since", "until", "code"),
    [(NOW, NOW, "no_stretch"), (SINCE, NOW + SECOND, "not_past"), (NOW - 500 * DAY, NOW, "too_long")],
)
def test_a_stretch_that_cannot_be_tried(house, since, until, code):
    with pytest.raises(trials.TrialRefused) as refused:
        asked(house, since=since, until=until)
    assert refused.value.code == code


def test_rules_that_cannot_be_reckoned_with(house):
    with pytest.raises(trials.TrialRefused, match="bad_rules"):
        trials.ask(body={"fit": {}}, since=SINCE, until=NOW, by=house.miura, now=NOW)


def test_the_same_asked_twice_is_one_while_it_is_open(house):
    draft = draft_of(house)
    first = asked(house, draft=draft)
    assert asked(house, draft=draft) == first
    run(first)
    assert asked(house, draft=draft) != first


def test_it_keeps_the_revision_it_was_asked_for(house):
    draft = draft_of(house)
    simulation = asked(house, draft=draft)
    drafting.edit(draft, body=body(min_readiness=90), revision=1, by=house.miura, now=NOW)
    assert (run(simulation).revision, simulation.body) == (1, draft.body)


# ── running ──────────────────────────────────────────────────────────────────


def test_what_a_higher_line_would_have_done(house):
    """One accepted is missed, one sent back prevented; a hand-raiser comes all the same."""
    at = NOW - 10 * DAY
    taken, back, raiser = scored(at), scored(at), new_lead(now=at)
    accepted(raiser, now=at + MINUTE)
    desk.accept(handoff_of(taken), by=handoff_of(taken).rep, now=at + MINUTE)
    desk.send_back(handoff_of(back), by=handoff_of(back).rep, now=at + 2 * MINUTE, reason="too_early")
    done = run(asked(house, min_readiness=95))
    assert done.state == Simulation.DONE
    rows = {row.kind: row for row in done.leads.all() if row.kind in ("missed", "prevented")}
    assert (rows["missed"].lead_id, rows["prevented"].lead_id) == (taken.pk, back.pk)
    assert (rows["missed"].at, rows["missed"].before) == (at + MINUTE, 70)
    found = done.result["kinds"]
    assert (found["entered_before"], found["entered_real"], found["entered"]) == (3, 3, 1)
    assert (found["lost"], found["gained"], found["accepted_real"], found["sent_back_real"]) == (2, 0, 2, 1)
    assert found["unlike"] == 0


def test_a_lower_line_hands_over_more(house):
    lead = new_lead(now=NOW - 5 * DAY)
    react(lead, "pricing_view", at=NOW - 5 * DAY)
    rescore(lead, now=NOW - 5 * DAY)
    done = run(
        asked(house, min_readiness=5, min_fit=0, min_interest=0, leave_below=0, leave_below_interest=0)
    )
    [gained] = done.leads.filter(kind="gained")
    assert (gained.lead_id, gained.at, gained.detail) == (lead.pk, NOW - 5 * DAY, {"trigger": "score"})
    [entered] = done.leads.filter(kind="entered")
    [queue] = done.result["queues"]
    assert entered.detail["queue"] == queue["queue"] == "inside"
    assert (queue["draft"]["total"], queue["draft"]["most"], queue["before"]["total"]) == (1, 1, 0)


def test_what_comes_later_changes_nothing_before(house):
    """Events recorded after the stretch, or occurring after it, are not known in it."""
    lead = new_lead(now=NOW - 9 * DAY, department="情報システム部")
    react(lead, "webinar_attended", at=NOW - 9 * DAY)
    rescore(lead, now=NOW - 9 * DAY)
    stretch = {"since": SINCE, "until": NOW - 2 * DAY, "min_readiness": 60}
    before = run(asked(house, **stretch))
    react(lead, "demo_request", at=NOW - 4 * DAY, now=NOW - DAY)  # told late
    react(lead, "demo_request", at=NOW - DAY)
    after = run(asked(house, **stretch))
    told = [row for row in after.leads.values("lead", "kind", "at") if row["kind"] != "affected"]
    assert told == [row for row in before.leads.values("lead", "kind", "at") if row["kind"] != "affected"]


def test_who_is_affected_now(house):
    lead = new_lead(now=NOW - 3 * DAY)
    react(lead, "pricing_view", at=NOW)
    rescore(lead, now=NOW)
    other = new_lead(now=NOW - 3 * DAY)
    rescore(other, now=NOW)
    rules = deepcopy(ScoringModel.objects.newest().body)
    next(one for one in rules["interest"]["rules"] if one["id"] == "pricing")["points"] = 8
    done = run(trials.ask(body=rules, since=SINCE, until=NOW, by=house.miura, now=NOW))
    [row] = done.leads.filter(kind="affected")
    assert (row.lead_id, row.after - row.before) == (lead.pk, 4)


def test_every_number_is_its_list(house):
    for place in range(3):
        offered(new_lead(now=NOW - 6 * DAY), now=NOW - (6 - place) * DAY)
    done = run(asked(house, min_readiness=95))
    assert {kind: n for kind, n in done.result["kinds"].items() if n} == dict(kinds(done))
    weeks = done.result["weeks"]
    for side, whose in (("draft", ""), ("before", "_before"), ("real", "_real")):
        assert sum(week[side][0] for week in weeks) == kinds(done)[f"entered{whose}"]
    assert done.result["triggers"]["draft"] == {"fast_track": 3}
    assert [week["from"] for week in weeks] == ["2026-11-02", "2026-11-09", "2026-11-16", "2026-11-23"]


# ── in batches ───────────────────────────────────────────────────────────────


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(trials, "BATCH", 2)


@pytest.fixture
def five(house):
    return [offered(new_lead(now=NOW - 6 * DAY), now=NOW - 6 * DAY) for _ in range(5)]


def test_batch_by_batch_it_ends_the_same(house, five, small):
    whole = run(asked(house))
    parts = asked(house)
    for done, state in [(2, "waiting"), (4, "waiting"), (5, "waiting"), (5, "done")]:
        parts = run(parts, batches=1)
        assert (parts.done, parts.total, parts.state) == (done, 5, state)
    assert parts.result == whole.result
    assert kinds(parts) == kinds(whole)


def test_one_that_fell_silent_is_taken_over(house, five, small):
    simulation = asked(house)

    def dies():
        beats = iter([NOW, NOW])
        return lambda: next(beats)

    with pytest.raises(StopIteration):
        trials.run(simulation, now=NOW, clock=dies())
    Simulation.objects.filter(pk=simulation.pk).update(state=Simulation.RUNNING)  # as a kill would leave it
    assert trials.due(now=NOW + MINUTE - SECOND) == []
    assert run(simulation, now=NOW + MINUTE - SECOND).state == Simulation.RUNNING
    assert trials.due(now=NOW + MINUTE) == [simulation.pk]
    done = run(simulation, now=NOW + MINUTE)
    assert (done.state, done.done) == (Simulation.DONE, 5)
    assert kinds(done)["entered"] == 5


def test_who_lost_it_writes_no_more(house, five, small):
    """The first comes back after the second took over: its batch is not written."""
    simulation = asked(house)
    moments = iter([NOW, NOW + SECOND])

    def clock():
        moment = next(moments)
        if moment > NOW:
            run(simulation, now=NOW + 2 * MINUTE)
        return moment

    assert trials.run(simulation, now=NOW, clock=clock).state == Simulation.DONE
    assert kinds(simulation)["entered"] == 5


def test_cancelled_stops_at_the_next_batch(house, five, small):
    simulation = run(asked(house), batches=1)
    trials.cancel(simulation, now=NOW)
    stopped = run(simulation)
    assert (stopped.state, stopped.failure, stopped.done) == (Simulation.FAILED, "cancelled", 2)
    assert trials.due(now=NOW + 9 * MINUTE) == []


def test_what_breaks_says_so(house, five, caplog):
    simulation = asked(house)
    with pytest.raises(ZeroDivisionError):
        trials.run(simulation, now=NOW, route=lambda values: 1 / 0)
    assert Simulation.objects.get(pk=simulation.pk).failure == "broken: ZeroDivisionError"


def test_the_sweep_does_it_without_a_broker(house, five):
    from config import sweep

    simulation = asked(house)
    assert sweep.until_done(now=NOW)["simulated"] >= 1
    assert Simulation.objects.get(pk=simulation.pk).state == Simulation.DONE
    assert fresh(five[0].lead).stage == stages.MQL
    assert SimulatedLead.objects.filter(kind="entered").count() == 5


# ── walked once for both, only where the rules cannot part ───────────────────


def test_other_points_of_a_type_move_those_who_did_that(house):
    """The one who looked at prices is ready by the draft; the other is so by both."""
    at = NOW - 5 * DAY
    looked, ready = new_lead(now=at, department="情報システム部"), scored(at)
    react(looked, "pricing_view", at=at)
    rescore(looked, now=at)
    said = body(min_readiness=40, min_interest=10)
    next(one for one in said["interest"]["rules"] if one["id"] == "pricing")["points"] = 12
    base = body(min_readiness=40, min_interest=10)
    publish(base, at=SINCE - DAY)
    done = run(trials.ask(body=said, since=SINCE, until=NOW, by=house.miura, now=NOW))
    assert set(done.leads.filter(kind="entered").values_list("lead", flat=True)) == {looked.pk, ready.pk}
    assert list(done.leads.filter(kind="gained").values_list("lead", flat=True)) == [looked.pk]


@pytest.mark.parametrize("until", [NOW, NOW - 6 * DAY], ids=["inside the stretch", "after it"])
def test_what_were_not_todays_rules_then_is_walked_by_itself(house, until):
    """The draft says what today's rules say, which came later than the lead did."""
    lead = scored(NOW - 10 * DAY)
    publish(body(min_readiness=95), at=NOW - 5 * DAY)
    said = ScoringModel.objects.newest().body
    done = run(trials.ask(body=said, since=SINCE, until=until, by=house.miura, now=NOW))
    assert list(done.leads.filter(kind="lost").values_list("lead", flat=True)) == [lead.pk]
