"""The sweep: the house works by it alone, and it is harmless however often it runs (PRODUCT 9)."""

from __future__ import annotations

import json
import logging
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from threading import Barrier
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db import IntegrityError, OperationalError, connection

from config import audit, sweep, tasks
from handoff import desk, reckoning, telling
from handoff.models import Clock, Handoff, Pause, QueueMember
from leads import intake, stages
from leads.models import Activity, Lead, Standing, Transition
from scoring import readiness
from scoring.models import Underway
from scoring.rulemaking import figures
from tests import people
from tests.people import NOW, accepted, fresh, handoff_of, new_lead, offered, react

JST = ZoneInfo("Asia/Tokyo")
LATER = NOW + timedelta(minutes=10)
MINUTE = timedelta(minutes=1)


def clean(now):
    return list(audit.run(now=now)) == []


# ── everything happens ───────────────────────────────────────────────────────


def test_from_a_reaction_to_an_offer_without_any_broker(house):
    lead = new_lead()
    react(lead, "demo_request", at=NOW)
    done = sweep.until_done(now=NOW)
    assert (done["scored"], done["routed"]) == (1, 1)
    lead, handoff = fresh(lead), handoff_of(lead)
    assert (lead.stage, handoff.state, handoff.rep) == (stages.MQL, "offered", house.sato)
    assert lead.standing.readiness == 82
    assert clean(NOW)


def test_a_day_of_everything(house):
    """What has come due in a night, each by its own step, in one sweep."""
    QueueMember.objects.filter(user=house.sato).update(is_active=False)
    wakes = accepted(new_lead())
    desk.send_back(wakes, by=house.kobayashi, now=NOW, reason="too_early", wake_on=date(2026, 11, 25))
    QueueMember.objects.update(is_active=True)
    left = offered(new_lead())
    called = offered(new_lead())
    raised = new_lead()
    react(raised, "demo_request", at=NOW)
    told = intake.NewActivity(
        lead_id=called.lead_id, type="call_connected", occurred_at=LATER, source="cti", actor=called.rep
    )
    intake.record([told], now=LATER)
    assert left.rep == house.sato
    QueueMember.objects.filter(user=house.sato).update(is_active=False)
    morning = datetime(2026, 11, 25, 12, 0, tzinfo=JST)
    done = sweep.until_done(now=morning)
    assert done["breached"] >= 2
    assert done["contacts"] == 1
    assert done["recalled"] >= 1
    assert done["woken"] == 1
    assert done["routed"] >= 2
    assert done["scored"] >= 4
    assert fresh(wakes.lead).stage == stages.MQL
    assert handoff_of(left.lead).rep == house.kobayashi
    assert Clock.objects.get(handoff__lead=called.lead, kind="first_contact").state == Clock.MET
    assert handoff_of(raised).state == "offered"
    assert clean(morning)


def test_what_one_step_brings_up_a_later_one_takes_along(house):
    handoff = accepted(new_lead())
    desk.send_back(handoff, by=handoff.rep, now=NOW, reason="too_early", wake_on=date(2026, 11, 25))
    done = sweep.once(now=NOW + timedelta(days=1))
    assert (done["woken"], done["routed"]) == (1, 1)


def test_nothing_is_done_before_its_time(house):
    offered(new_lead())
    sweep.until_done(now=NOW)
    assert sweep.until_done(now=NOW) == dict.fromkeys(sweep.STEPS, 0)


# ── twice is harmless ────────────────────────────────────────────────────────


def everything():
    """All rows that a sweep may write, for comparing."""
    return [
        list(model.objects.order_by("pk").values())
        for model in (Lead, Standing, Handoff, Clock, Transition, Activity, QueueMember)
    ]


def test_twice_is_harmless(house):
    for _ in range(3):
        react(new_lead(), "demo_request", at=NOW)
    handoff = accepted(new_lead())
    desk.send_back(handoff, by=handoff.rep, now=NOW, reason="too_early", wake_on=date(2026, 11, 25))
    tomorrow = NOW + timedelta(days=1)
    sweep.until_done(now=tomorrow)
    before = everything()
    assert not any(sweep.until_done(now=tomorrow).values())
    assert everything() == before


@pytest.fixture
def open_house(transactional_db):
    return people.open_house()


def test_two_at_once(open_house):
    """Two sweeps and a worker in the same moment: each thing happens once."""
    leads = [new_lead() for _ in range(8)]
    for lead in leads:
        react(lead, "demo_request", at=NOW)
    ready = Barrier(3)

    def run(work):
        ready.wait()
        try:
            return work()
        finally:
            connection.close()

    ids = [lead.pk for lead in leads]
    works = [
        lambda: sweep.until_done(now=NOW),
        lambda: sweep.until_done(now=NOW),
        lambda: readiness.rescore(ids, now=NOW),
    ]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(run, works))
    sweep.until_done(now=NOW)
    assert Handoff.objects.count() == 8 == Handoff.objects.filter(state="offered").count()
    assert Transition.objects.filter(end="mql").count() == 8
    assert Clock.objects.count() == 24
    held = [handoff_of(lead).rep.email for lead in leads]
    assert abs(held.count("sato@example.com") - 5) <= 1
    assert clean(NOW)


# ── one bad row ──────────────────────────────────────────────────────────────


def spoil(monkeypatch, where, name, bad, error):
    """The door fails for this one row, as a row that nobody foresaw would make it fail."""
    real = getattr(where, name)

    def door(ids, *, now):
        ids = list(ids)
        if bad in ids:
            raise error
        return real(ids, now=now)

    monkeypatch.setattr(where, name, door)


@pytest.mark.parametrize("error", [KeyError("x"), IntegrityError("constraint")])
def test_one_bad_row_does_not_stop_the_rest(house, monkeypatch, caplog, error):
    leads = [new_lead() for _ in range(4)]
    for lead in leads:
        react(lead, "demo_request", at=NOW)
    sweep.once(now=NOW, steps=sweep.SCORE_STEPS)
    bad = handoff_of(leads[1]).pk
    spoil(monkeypatch, desk, "route", bad, error)
    with caplog.at_level(logging.ERROR):
        done = sweep.until_done(now=NOW)
    assert done["routed"] == 3
    assert [handoff_of(lead).state for lead in leads] == ["offered", "waiting", "offered", "offered"]
    assert f"sweep route failed for {bad}" in caplog.messages
    assert "山本" not in caplog.text


def test_one_bad_clock_does_not_stop_the_rest(house, monkeypatch, caplog):
    held = [offered(new_lead()) for _ in range(3)]
    late = NOW + timedelta(days=40)
    mine = set(Clock.objects.filter(handoff=held[1]).values_list("pk", flat=True))
    tell = telling.breached

    def fails(clocks, *, now):
        if mine & {one.pk for one in clocks}:
            raise KeyError("x")
        return tell(clocks, now=now)

    monkeypatch.setattr(telling, "breached", fails)
    with caplog.at_level(logging.ERROR):
        sweep.once(now=late, steps={"breached": sweep.breach})
    running = Clock.objects.filter(state=Clock.RUNNING)
    assert set(running.values_list("pk", flat=True)) == mine
    assert f"sweep breach failed for {min(mine)}" in caplog.messages


def test_one_bad_pause_does_not_stop_the_rest(house, monkeypatch, caplog):
    clocks = [accepted(new_lead()).clocks.get(kind=Clock.PERSISTENCE) for _ in range(3)]
    for one in clocks:
        Pause.objects.create(
            clock=one, starts_at=NOW, ends_at=NOW + timedelta(hours=1), reason="x", created_at=NOW
        )
    Clock.objects.filter(pk__in=[one.pk for one in clocks]).update(state=Clock.PAUSED)
    written = reckoning.written

    def fails(changed):
        if clocks[1] in changed:
            raise KeyError("x")
        written(changed)

    monkeypatch.setattr(reckoning, "written", fails)
    with caplog.at_level(logging.ERROR):
        sweep.once(now=NOW + timedelta(hours=1), steps={"resumed": sweep.resume})
    paused = Clock.objects.filter(state=Clock.PAUSED)
    assert list(paused.values_list("pk", flat=True)) == [clocks[1].pk]


def test_one_bad_score_does_not_stop_the_rest(house, monkeypatch, caplog):
    leads = [new_lead() for _ in range(3)]
    spoil(monkeypatch, readiness, "rescore", leads[0].pk, ValueError("x"))
    with caplog.at_level(logging.ERROR):
        assert sweep.until_done(now=NOW)["scored"] == 2
    assert Standing.objects.filter(rescore_at__gt=NOW).count() == 2


def test_one_bad_step_does_not_stop_the_next(house, caplog):
    def breaks(*, now):
        raise RuntimeError

    steps = {"bad": breaks, "good": lambda *, now: 1}
    with caplog.at_level(logging.ERROR):
        assert sweep.once(now=NOW, steps=steps) == {"bad": 0, "good": 1}
    assert "sweep step failed: bad" in caplog.messages


def test_a_lost_database_is_not_a_bad_row(house):
    def lost(*, now):
        raise OperationalError("gone")

    with pytest.raises(OperationalError):
        sweep.once(now=NOW, steps={"lost": lost})


# ── commands and the tick ────────────────────────────────────────────────────


def test_the_command_says_what_it_did_on_its_last_line(house, capsys, monkeypatch):
    monkeypatch.setattr("config.management.commands.sweep.now", lambda: NOW)
    lead = new_lead()
    react(lead, "demo_request", at=NOW)
    call_command("sweep")
    totals = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert set(totals) == set(sweep.STEPS)
    assert handoff_of(lead).state == "offered"
    call_command("sweep")
    assert not any(json.loads(capsys.readouterr().out.splitlines()[-1]).values())


def test_the_tick_does_the_desk_and_rings_for_the_rest(house, monkeypatch):
    rung = []
    monkeypatch.setattr("config.tasks.now", lambda: NOW)
    monkeypatch.setattr("config.tasks.ring", rung.append)
    lead = new_lead()
    react(lead, "demo_request", at=NOW)
    tasks.tick()
    assert rung == [tasks.score, tasks.count, tasks.count_rules]
    tasks.score()
    tasks.count()
    tasks.count_rules()
    assert rung.pop() == rung.pop() == tasks.count_rules  # there are more rules than one go
    while figures.due(now=NOW):
        tasks.count_rules()
    rung.clear()
    tasks.tick()
    assert handoff_of(lead).state == "offered"
    assert rung == []


def test_the_watch_looks_at_the_clock_again_in_every_round(house, monkeypatch, capsys):
    """A long piece of work must not hold the hands of the clock: what comes due meanwhile is due."""
    moments, seen = iter([NOW, NOW + MINUTE, NOW + 2 * MINUTE]), []

    def round(*, now):
        seen.append(now)
        if len(seen) == 3:
            signal.raise_signal(signal.SIGTERM)
        return {"scored": int(len(seen) < 3)}

    monkeypatch.setattr("config.management.commands.sweep.now", lambda: next(moments))
    monkeypatch.setattr(sweep, "once", round)
    before = {name: signal.getsignal(name) for name in (signal.SIGTERM, signal.SIGINT)}
    try:
        call_command("sweep", "--watch")
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
    assert seen == [NOW, NOW + MINUTE, NOW + 2 * MINUTE]
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_again_tries_who_was_given_up(house, monkeypatch, capsys):
    monkeypatch.setattr("config.management.commands.sweep.now", lambda: NOW)
    lead = new_lead()
    Underway.objects.create(lead=lead, since=NOW, tries=10)
    call_command("sweep")
    assert Standing.objects.get(lead=lead).readiness == 0
    call_command("sweep", "--again")
    assert Standing.objects.get(lead=lead).readiness == 42
    assert not Underway.objects.exists()
