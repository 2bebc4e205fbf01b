"""`pull`: the next lead is taken, reserved for ten minutes, and goes back when nobody answers (PRODUCT 6)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection, transaction
from django.urls import reverse

from config import audit, sweep
from handoff import desk, routing
from handoff.models import Handoff, Queue
from handoff.refusals import DeskRefused, NotYours
from leads.models import Company
from leads.models.people import Leave
from tests.people import NOW, fresh, handoff_of, new_lead, react, rescore

MINUTE = timedelta(minutes=1)


@pytest.fixture
def pull(house):
    """Inside sales takes its leads."""
    Queue.objects.filter(slug="inside").update(strategy="pull")
    return house


def waiting(*kinds, now=NOW):
    lead = new_lead(now=now)
    for kind in kinds or ("webinar_attended", "document_download"):
        react(lead, kind, at=now)
    rescore(lead, now=now)
    desk.route([handoff_of(lead).pk], now=now)
    return handoff_of(lead)


def take(user, now=NOW, **more):
    return desk.take_next(by=user, now=now, **more)


def test_the_next_is_theirs_for_ten_minutes(pull):
    handoff = waiting()
    taken = take(pull.sato)
    assert (taken.pk, taken.state, taken.rep, taken.offered_at) == (handoff.pk, "offered", pull.sato, NOW)
    taken = Handoff.objects.get(pk=taken.pk)
    assert taken.reserved_until == NOW + timedelta(minutes=10)
    assert (taken.routing["why"], routing.replay(taken.routing)) == ("taken", pull.sato.pk)
    assert routing.why_not(taken.routing) == {pull.kobayashi.pk: "somebody_took_it"}
    assert taken.clocks.get(kind="accept").started_at == NOW
    assert fresh(taken.lead).next_actor == pull.sato
    assert take(pull.kobayashi) is None


def test_hand_raisers_then_readiness_then_waiting(pull):
    weak = waiting()
    later = waiting(now=NOW + MINUTE)
    strong = waiting(*["webinar_attended", "document_download"] * 2)
    hand = waiting("demo_request")
    order = []
    for _ in range(4):
        taken = take(pull.sato, now=NOW + MINUTE)
        order.append(taken.pk)
        desk.accept(taken, by=pull.sato, now=NOW + MINUTE)
    assert order == [hand.pk, strong.pk, weak.pk, later.pk]
    assert take(pull.sato, now=NOW + MINUTE) is None


def test_a_second_press_gives_the_same_one(pull):
    waiting(), waiting()
    assert take(pull.sato).pk == take(pull.sato, now=NOW + 9 * MINUTE).pk
    assert Handoff.objects.offered().count() == 1


def test_not_answered_it_goes_back_for_anybody(pull):
    taken = (waiting(), take(pull.sato))[1]
    at = NOW + timedelta(minutes=10)
    assert desk.reservations_due(now=at - timedelta(microseconds=1)) == []
    assert sweep.until_done(now=at)["lapsed"] == 1
    new = handoff_of(taken.lead)
    assert (new.state, new.previous_id, new.queue.slug, new.rep) == ("waiting", taken.pk, "inside", None)
    taken.refresh_from_db()
    assert (taken.state, taken.end_cause) == ("recalled", "expired")
    assert {one.kind: one.state for one in taken.clocks.all()} == {"accept": "cancelled"}
    assert list(audit.run(now=at)) == []
    assert take(pull.sato, now=at).pk == new.pk
    assert new.clocks.get(kind="first_contact").started_at == NOW


@pytest.mark.parametrize("answer", ["accept", "send_back"])
def test_answered_in_time_it_stays(pull, answer):
    taken = (waiting(), take(pull.sato))[1]
    act = {"accept": desk.accept, "send_back": desk.send_back}[answer]
    act(taken, by=pull.sato, now=NOW + MINUTE, **({"reason": "too_early"} if answer == "send_back" else {}))
    assert desk.reservations_due(now=NOW + timedelta(hours=1)) == []


def test_an_answer_before_anybody_noticed_counts(pull):
    taken = (waiting(), take(pull.sato))[1]
    late = NOW + timedelta(minutes=11)
    due = desk.reservations_due(now=late)
    desk.accept(taken, by=pull.sato, now=late)
    assert desk.end_reservations(due, now=late) == 0
    assert handoff_of(taken.lead).state == "accepted"


def test_only_members_of_a_pull_queue(pull):
    waiting()
    for name in ("tanaka", "suzuki", "miura"):
        with pytest.raises(NotYours):
            take(getattr(pull, name))
    with pytest.raises(NotYours):
        take(pull.sato, queue=pull.queue("field-tokyo"))
    assert take(pull.sato, queue=pull.queue("inside")) is not None


def test_who_is_full_is_told(pull):
    waiting(), waiting()
    pull.queue("inside").members.filter(user=pull.sato).update(max_open=1)
    desk.accept(take(pull.sato), by=pull.sato, now=NOW)
    with pytest.raises(DeskRefused, match="max_open"):
        take(pull.sato)
    today = NOW.date()
    Leave.objects.create(user=pull.kobayashi, starts_on=today, ends_on=today, created_at=NOW)
    with pytest.raises(DeskRefused, match="on_leave"):
        take(pull.kobayashi)


def test_the_limit_of_the_day_holds(pull):
    Queue.objects.filter(slug="inside").update(release_per_day=1)
    waiting(), waiting()
    desk.accept(take(pull.sato), by=pull.sato, now=NOW)
    assert take(pull.kobayashi) is None
    waiting("demo_request")
    assert take(pull.kobayashi) is not None


def test_the_companys_owner_is_offered_it_even_so(pull):
    lead = new_lead()
    Company.objects.filter(pk=lead.company_id).update(owner=pull.kobayashi)
    react(lead, "demo_request")
    rescore(lead)
    desk.route([handoff_of(lead).pk], now=NOW)
    assert (handoff_of(lead).rep, handoff_of(lead).reserved_until) == (pull.kobayashi, None)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")
def test_two_at_once_take_two(pull):
    waiting(), waiting()
    together = Barrier(2)

    def press(user):
        try:
            together.wait()
            return take(user)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        taken = list(pool.map(press, (pull.sato, pull.kobayashi)))
    assert None not in taken and len({one.pk for one in taken}) == 2


# ── in the API ───────────────────────────────────────────────────────────────


def ask(api_of, user, **body):
    return api_of(user).post(reverse("api-handoff-next"), body, format="json")


def test_by_the_api(pull, api_of):
    handoff = waiting()
    assert ask(api_of, pull.tanaka).status_code == 403
    answer = ask(api_of, pull.sato, queue="inside")
    assert (answer.status_code, answer.json()["id"], answer.json()["state"]) == (200, handoff.pk, "offered")
    assert answer.json()["reserved_until"]
    assert ask(api_of, pull.kobayashi).status_code == 204
    with transaction.atomic():
        pull.queue("inside").members.update(max_per_day=0)
    waiting()
    full = ask(api_of, pull.kobayashi)
    assert (full.status_code, full.json()["errors"][0]["code"]) == (400, "max_per_day")


# ── on the page ──────────────────────────────────────────────────────────────


def test_on_the_page(pull, browser_of, frozen):
    handoff, browser = waiting(), browser_of(pull.sato)
    assert reverse("queue-next") in browser.get(reverse("queue")).content.decode()
    answer = browser.post(reverse("queue-next"))
    assert (answer.status_code, answer["Location"]) == (302, reverse("queue-card", args=[handoff.pk]))
    page = browser_of(pull.kobayashi).post(reverse("queue-next"), follow=True).content.decode()
    assert "Nothing waits to be taken." in page


def test_no_button_where_leads_are_given(house, browser_of):
    browser = browser_of(house.sato)
    assert reverse("queue-next") not in browser.get(reverse("queue")).content.decode()
    assert browser.post(reverse("queue-next")).status_code == 403
