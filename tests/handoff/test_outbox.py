"""The outbox: written with its cause, leased, fenced, tried again, dead, replayed; folded into one digest."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import OperationalError, connection, transaction

from config import audit, sweep
from handoff import digest, outbox, tasks
from handoff.models import Message, Notice
from handoff.outbox import Letter
from tests import people
from tests.people import NOW, new_lead

SECOND = timedelta(seconds=1)


def letter(house, cause="offered:1", kind="offered", to=None, **more):
    return Letter(kind, cause, (to or house.sato).pk, **more)


def post(house, *causes, now=NOW, **more):
    outbox.post([letter(house, cause, **more) for cause in causes], now=now)
    return list(Message.objects.order_by("pk"))


def again(message):
    return Message.objects.get(pk=message.pk)


def broken(messages, now):
    raise RuntimeError("山本様には届きません")


# ── written ──────────────────────────────────────────────────────────────────


def test_once_per_cause_and_person(house):
    post(house, "offered:1", "offered:1", "offered:2")
    post(house, "offered:1")
    outbox.post([letter(house, "offered:1", to=house.kobayashi)], now=NOW)
    assert sorted(Message.objects.values_list("key", flat=True)) == sorted(
        [f"offered:1:{house.sato.pk}", f"offered:2:{house.sato.pk}", f"offered:1:{house.kobayashi.pk}"]
    )


def test_nothing_is_left_of_a_cause_that_was_rolled_back(house):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        post(house, "offered:1")
        raise ZeroDivisionError
    assert not Message.objects.exists()


def test_a_bell_rings_for_what_is_due_now_alone(house, monkeypatch, django_capture_on_commit_callbacks):
    rung = []
    monkeypatch.setattr("config.wiring.ring", lambda task, *args: rung.append(task.name))
    with django_capture_on_commit_callbacks(execute=True):
        post(house, "step:1", send_at=NOW + SECOND)
    assert rung == []
    with django_capture_on_commit_callbacks(execute=True):
        post(house, "offered:1")
    assert rung == ["handoff.tasks.deliver"]


# ── delivered ────────────────────────────────────────────────────────────────


def test_delivered_as_a_notice_of_the_same_key(house):
    lead = new_lead()
    [message] = post(house, "offered:1", lead=lead.pk, body={"trigger": "score"})
    assert outbox.deliver(now=NOW) == 1
    notice = Notice.objects.get()
    assert (notice.key, notice.recipient, notice.lead, notice.kind) == (
        message.key, house.sato, lead, "offered",
    )  # fmt: skip
    assert (notice.body, notice.created_at, notice.read_at) == ({"trigger": "score"}, NOW, None)
    sent = again(message)
    assert (sent.state, sent.sent_at, sent.attempts, sent.leased_until) == ("sent", NOW, 1, None)
    assert outbox.deliver(now=NOW + timedelta(days=1)) == 0


def test_not_before_its_moment(house):
    post(house, "step:1", send_at=NOW + timedelta(hours=1))
    assert outbox.deliver(now=NOW + timedelta(hours=1) - SECOND) == 0
    assert outbox.deliver(now=NOW + timedelta(hours=1)) == 1


def test_the_sweep_does_what_a_lost_bell_left(house):
    post(house, *(f"offered:{number}" for number in range(outbox.BATCH + 5)))
    assert sweep.until_done(now=NOW)["delivered"] == outbox.BATCH + 5
    assert Notice.objects.count() == outbox.BATCH + 5


def test_a_mountain_is_delivered_in_stretches(house, monkeypatch):
    """So that the ticks of the clocks, in the same queue, come in between."""
    rung = []
    monkeypatch.setattr(tasks, "ring", rung.append)
    monkeypatch.setattr(tasks, "now", lambda: NOW)
    post(house, *(f"offered:{number}" for number in range(2 * outbox.BATCH + 5)))
    monkeypatch.setattr(tasks, "SECONDS", 0.0)
    assert tasks.deliver() == outbox.BATCH
    assert rung == [tasks.deliver]
    monkeypatch.setattr(tasks, "SECONDS", 60.0)
    assert tasks.deliver() == outbox.BATCH + 5
    assert rung == [tasks.deliver]


def test_a_batch_takes_as_many_statements_as_one(house, django_assert_max_num_queries):
    post(house, *(f"offered:{number}" for number in range(50)))
    with django_assert_max_num_queries(12):
        assert outbox.deliver(now=NOW) == 50


# ── leases and fences ────────────────────────────────────────────────────────


def test_a_lease_keeps_others_away_until_it_runs_out(house):
    [message] = post(house, "offered:1")
    [held] = outbox.lease(now=NOW)
    assert (held.fence, held.leased_until, again(message).state) == (1, NOW + outbox.LEASE, "sending")
    assert outbox.lease(now=NOW + outbox.LEASE - SECOND) == []
    assert [one.fence for one in outbox.lease(now=NOW + outbox.LEASE)] == [2]


def test_killed_between_lease_and_delivery_it_is_delivered_once(house):
    [message] = post(house, "offered:1")
    outbox.lease(now=NOW)  # and its worker dies here
    assert outbox.deliver(now=NOW + SECOND) == 0
    assert outbox.deliver(now=NOW + outbox.LEASE) == 1
    assert (Notice.objects.count(), again(message).attempts) == (1, 2)


def test_a_late_worker_with_an_old_fence_changes_nothing(house):
    [message] = post(house, "offered:1")
    late = outbox.lease(now=NOW)
    newer = outbox.lease(now=NOW + outbox.LEASE)
    assert outbox.hand_over(late, now=NOW + outbox.LEASE) == 0
    assert (Notice.objects.count(), again(message).state) == (0, "sending")
    assert outbox.hand_over(newer, now=NOW + outbox.LEASE) == 1
    assert outbox.hand_over(late, now=NOW + outbox.LEASE + SECOND) == 0
    assert (Notice.objects.count(), again(message).sent_at) == (1, NOW + outbox.LEASE)


def test_a_late_workers_failure_changes_nothing_either(house, monkeypatch):
    [message] = post(house, "offered:1")
    late = outbox.lease(now=NOW)
    outbox.deliver(now=NOW + outbox.LEASE)
    outbox._failed(late[0], RuntimeError(), now=NOW + outbox.LEASE)
    assert (again(message).state, again(message).last_error) == ("sent", "")


@pytest.mark.django_db(transaction=True)
def test_ten_workers_at_once_deliver_each_message_once():
    house = people.open_house()
    post(house, *(f"offered:{number}" for number in range(60)))
    post(house, *(f"step:{number}" for number in range(20)), kind="remind_rep")
    ready = Barrier(10)

    def alone(_):
        ready.wait()
        try:
            return sum(iter(lambda: outbox.deliver(now=NOW, limit=7), 0))
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(alone, range(10))) == 80
    assert Message.objects.filter(state="sent", attempts=1).count() == 80
    assert Notice.objects.exclude(kind="digest").count() == 60
    assert [one.body["count"] for one in Notice.objects.filter(kind="digest")] == [1]


# ── failing ──────────────────────────────────────────────────────────────────


def test_one_that_fails_never_stops_the_rest(house, monkeypatch):
    first, second = post(house, "offered:1", "offered:2")
    Message.objects.filter(pk=first.pk).update(recipient=None)
    assert outbox.deliver(now=NOW) == 2
    assert (again(second).state, Notice.objects.count()) == ("sent", 1)
    failed = again(first)
    assert (failed.state, failed.attempts, failed.last_error) == ("pending", 1, "ValueError")
    assert NOW + timedelta(seconds=5) <= failed.send_at <= NOW + timedelta(seconds=15)


def test_waits_longer_each_time_and_at_most_an_hour_and_a_half():
    waits = [outbox.wait_after(attempts, 1) for attempts in range(1, 30)]
    assert all(timedelta(seconds=5) <= one <= timedelta(minutes=90) for one in waits)
    assert [outbox.wait_after(9, seed) for seed in range(9)] != [outbox.wait_after(9, 0)] * 9
    assert outbox.wait_after(1, 1) < outbox.wait_after(4, 1) < outbox.wait_after(8, 1)


def test_dead_after_the_last_attempt_and_somebody_hears_of_it(house, monkeypatch):
    [message] = post(house, "offered:1")
    monkeypatch.setitem(outbox.CHANNELS, outbox.NOTICE, broken)
    now = NOW
    for _ in range(outbox.MOST_ATTEMPTS):
        now = again(message).send_at
        outbox.deliver(now=now)
    dead = again(message)
    assert (dead.state, dead.attempts, dead.last_error) == ("dead", outbox.MOST_ATTEMPTS, "RuntimeError")
    assert outbox.deliver(now=now + timedelta(days=9), limit=1) == 1  # the alert, not the dead one
    assert again(message).attempts == outbox.MOST_ATTEMPTS
    assert [one.recipient for one in Message.objects.filter(kind="dead_letters")] == [house.suzuki]


def test_a_database_that_does_not_answer_is_no_failed_attempt(house, monkeypatch):
    [message] = post(house, "offered:1")

    def gone(messages, now):
        raise OperationalError

    monkeypatch.setitem(outbox.CHANNELS, outbox.NOTICE, gone)
    with pytest.raises(OperationalError):
        outbox.deliver(now=NOW)
    assert (again(message).state, again(message).last_error) == ("sending", "")


# ── replayed ─────────────────────────────────────────────────────────────────


def test_replayed_it_starts_anew_and_says_who_did_that(house):
    [message] = post(house, "offered:1")
    Message.objects.update(state="dead", attempts=10, last_error="RuntimeError")
    at = NOW + timedelta(days=1)
    assert outbox.replay(Message.objects.all(), by=house.suzuki, now=at) == 1
    assert outbox.replay(Message.objects.all(), by=house.suzuki, now=at) == 0
    told = {"by": house.suzuki.pk, "at": at.isoformat(), "error": "RuntimeError", "attempts": 10}
    assert again(message).body == {"replays": [told]}
    assert outbox.deliver(now=at) == 1
    assert (again(message).state, again(message).attempts, Notice.objects.count()) == ("sent", 1, 1)


# ── folded ───────────────────────────────────────────────────────────────────


def test_several_steps_for_one_person_are_one_digest(house):
    lead = new_lead()
    for number in range(3):
        post(house, f"step:{number}", kind="remind_rep", lead=lead.pk, body={"clock": number, "percent": 100})
    post(house, "step:9", kind="tell_team_lead", to=house.suzuki, body={"clock": 9})
    assert outbox.deliver(now=NOW) == 4
    folded = Notice.objects.get(recipient=house.sato)
    assert (folded.kind, folded.body["count"], len(folded.body["items"])) == ("digest", 3, 3)
    assert folded.body["items"][0] == {
        "kind": "remind_rep", "lead": lead.pk, "handoff": None, "clock": 0, "percent": 100,
    }  # fmt: skip
    assert Notice.objects.get(recipient=house.suzuki).kind == "tell_team_lead"
    assert {one.body.get(digest.INSIDE) for one in Message.objects.filter(recipient=house.sato)} == {
        folded.key
    }


def test_what_settles_within_two_minutes_goes_along(house):
    post(house, "step:1", kind="remind_rep", body={"clock": 1})
    post(house, "step:2", kind="breached", body={"clock": 2}, send_at=NOW + digest.SETTLE)
    post(house, "step:3", kind="remind_rep", body={"clock": 3}, send_at=NOW + digest.SETTLE + SECOND)
    post(house, "offered:4", send_at=NOW + SECOND)
    assert outbox.deliver(now=NOW) == 2
    assert Notice.objects.get().body["count"] == 2


def test_more_than_a_batch_is_still_one(house):
    for number in range(12):
        post(house, f"step:{number}", kind="remind_rep", body={"clock": number})
    assert outbox.deliver(now=NOW, limit=5) == 12
    assert Notice.objects.get().body["count"] == 12


def test_a_clock_said_twice_stands_in_it_once(house):
    post(house, "step:1", kind="remind_rep", body={"clock": 1, "percent": 75})
    post(house, "step:2", kind="remind_rep", body={"clock": 1, "percent": 100})
    outbox.deliver(now=NOW)
    assert [one["percent"] for one in Notice.objects.get().body["items"]] == [100]


def test_a_clean_house_stays_clean(house):
    people.offered(new_lead())
    sweep.until_done(now=NOW)
    assert not list(audit.run(now=NOW))
