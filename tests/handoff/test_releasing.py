"""`release_per_day` at work: ranked waiting, hand-raisers, the next day, a manager's word (PRODUCT 6)."""

from __future__ import annotations

import copy
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from config import audit, sweep
from config.playbook.apply import apply
from config.playbook.check import Playbook
from handoff import desk, routing
from handoff.models import Handoff, Queue
from handoff.refusals import Conflict, DeskRefused, NotYours
from tests.people import NOW, example, fresh, handoff_of, new_lead, react, rescore

JST = ZoneInfo("Asia/Tokyo")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
MIDNIGHT = datetime(2026, 11, 25, 0, 0, tzinfo=JST)


@pytest.fixture
def narrow(house):
    """Inside sales takes two a day."""
    Queue.objects.filter(slug="inside").update(release_per_day=2)
    return house


def waiting(*, now=NOW, strong=False):
    """Entered by score, not routed yet; readiness 62, or 82."""
    lead = new_lead(now=now)
    for kind in ["webinar_attended", "document_download"] * (2 if strong else 1):
        react(lead, kind, at=now)
    rescore(lead, now=now)
    return handoff_of(lead)


def hand_raiser(*, now=NOW):
    lead = new_lead(now=now)
    react(lead, "demo_request", at=now)
    rescore(lead, now=now)
    return handoff_of(lead)


def routed(*handoffs, now=NOW):
    desk.route([one.pk for one in handoffs], now=now)
    return [Handoff.objects.get(pk=one.pk) for one in handoffs]


def states(*handoffs, now=NOW):
    return [one.state for one in routed(*handoffs, now=now)]


def used_up(*, now=NOW):
    """Two are offered, and accepted: the ladder takes nothing back."""
    for one in routed(waiting(now=now), waiting(now=now), now=now):
        assert one.state == "offered"
        desk.accept(one, by=one.rep, now=now)


def test_what_is_over_the_limit_waits_for_the_next_day(narrow):
    used_up()
    [held] = routed(waiting())
    assert (held.state, held.waiting_because, held.queue.slug) == ("waiting", "capacity", "inside")
    assert (held.routing["why"], held.route_at) == ("capacity", MIDNIGHT)
    assert routing.why_not(held.routing) == {
        narrow.sato.pk: "capacity", narrow.kobayashi.pk: "capacity",
    }  # fmt: skip
    lead = fresh(held.lead)
    assert (lead.next_actor, lead.next_due_at) == (narrow.suzuki, MIDNIGHT + DAY)
    assert list(audit.run(now=NOW)) == []
    assert desk.waiting_due(now=MIDNIGHT - timedelta(microseconds=1)) == []
    sweep.until_done(now=MIDNIGHT)
    assert handoff_of(held.lead).state == "offered"


def test_a_hand_raiser_passes_and_counts(narrow):
    used_up()
    assert states(hand_raiser()) == ["offered"]
    assert [(day.limit, day.used, day.left) for day in desk.days(now=NOW)] == [(2, 3, 0)]
    assert states(hand_raiser(now=MIDNIGHT), now=MIDNIGHT) == ["offered"]
    assert states(waiting(now=MIDNIGHT), waiting(now=MIDNIGHT), now=MIDNIGHT) == ["offered", "waiting"]


def test_the_readiest_of_a_batch_get_the_room(narrow):
    weak, strong, middle = waiting(), waiting(strong=True), waiting(strong=True)
    assert states(weak, strong, middle) == ["waiting", "offered", "offered"]


def test_what_has_waited_for_days_comes_before_a_readier_one(narrow):
    used_up()
    [old] = routed(waiting())
    Handoff.objects.filter(pk=old.pk).update(created_at=NOW - 5 * DAY)
    new = [waiting(now=MIDNIGHT, strong=True) for _ in range(2)]
    sweep.until_done(now=MIDNIGHT)
    stands = [handoff_of(one.lead).state for one in (old, *new)]
    assert stands == ["offered", "offered", "waiting"]


def test_new_ones_do_not_overtake_those_that_are_due(narrow):
    """The doorbell of a new lead rings before the sweep has looked at yesterday's."""
    used_up()
    held = routed(*(waiting(strong=True) for _ in range(2)))
    assert states(waiting(now=MIDNIGHT), now=MIDNIGHT) == ["waiting"]
    assert states(*held, now=MIDNIGHT) == ["offered", "offered"]


def test_more_than_a_batch_is_ranked_as_a_whole(narrow, monkeypatch):
    used_up()
    weak = routed(waiting(), waiting())
    strong = routed(waiting(strong=True), waiting(strong=True))
    assert states(*weak, now=MIDNIGHT) == ["waiting", "waiting"]
    assert states(*strong, now=MIDNIGHT) == ["offered", "offered"]


def test_days_are_local_dates_of_the_team(narrow):
    used_up(now=MIDNIGHT - MINUTE)
    [held] = routed(waiting(now=MIDNIGHT - MINUTE), now=MIDNIGHT - timedelta(microseconds=1))
    assert held.state == "waiting"
    assert states(held, now=MIDNIGHT) == ["offered"]


def test_over_the_weekend_nothing_is_released(narrow):
    friday = datetime(2026, 11, 27, 10, 0, tzinfo=JST)
    used_up(now=friday)
    [held] = routed(waiting(now=friday), now=friday)
    assert held.route_at == datetime(2026, 11, 30, 0, 0, tzinfo=JST)
    assert fresh(held.lead).next_due_at == datetime(2026, 12, 1, 0, 0, tzinfo=JST)


def test_a_lead_in_other_hands_uses_the_day_up_once(narrow):
    [first] = routed(waiting())
    other = narrow.kobayashi if first.rep == narrow.sato else narrow.sato
    desk.reassign(first, by=narrow.suzuki, now=NOW, reason="x", to=other)
    assert states(waiting(), waiting()) == ["offered", "waiting"]


def test_what_was_offered_once_is_held_back_no_more(narrow):
    [first, _] = routed(waiting(), waiting())
    new = desk.reassign(first, by=narrow.suzuki, now=NOW, reason="x", queue=narrow.queue("inside"))
    assert states(new) == ["offered"]


def test_without_a_limit_nothing_waits(house):
    Queue.objects.update(release_per_day=None)
    assert desk.days(now=NOW) == []
    assert set(states(*(waiting() for _ in range(4)))) == {"offered"}


def test_a_wider_limit_is_seen_at_once(narrow):
    used_up()
    [held] = routed(waiting())
    sections = copy.deepcopy(example().sections)
    sections["queues"]["inside"]["release_per_day"] = 61
    apply(Playbook(sections), by=None, now=NOW)
    sweep.until_done(now=NOW)
    assert handoff_of(held.lead).state == "offered"


def test_what_marketing_may_still_hand_over(narrow):
    routed(waiting())
    assert [(day.queue.slug, day.left, day.waiting) for day in desk.days(now=NOW)] == [("inside", 1, 0)]
    routed(waiting(), waiting())
    assert [(day.left, day.waiting) for day in desk.days(now=NOW, lane=1)] == [(0, 1)]
    assert desk.days(now=NOW, lane=2) == []


# ── a manager's word ─────────────────────────────────────────────────────────


def test_a_manager_lets_one_pass(narrow):
    used_up()
    [held] = routed(waiting())
    passed = desk.let_pass(
        held, by=narrow.suzuki, now=NOW + MINUTE, reason="展示会の約束", version=held.version
    )
    assert (passed.state, passed.released_by, passed.release_reason) == (
        "offered", narrow.suzuki, "展示会の約束",
    )  # fmt: skip
    assert [day.used for day in desk.days(now=NOW)] == [3]


def test_with_nobody_free_it_waits_past_the_limit(narrow):
    used_up()
    [held] = routed(waiting())
    narrow.queue("inside").members.update(max_open=1)
    passed = desk.let_pass(held, by=narrow.suzuki, now=NOW, reason="x")
    assert (passed.state, passed.waiting_because) == ("waiting", "nobody")


def test_who_may_and_what_is_asked(narrow):
    [free] = routed(waiting())
    routed(waiting())
    [held] = routed(waiting())
    for name in ("miura", "sato"):
        with pytest.raises(NotYours):
            desk.let_pass(held, by=getattr(narrow, name), now=NOW, reason="x")
    with pytest.raises(DeskRefused, match="required"):
        desk.let_pass(held, by=narrow.suzuki, now=NOW, reason=" ")
    with pytest.raises(DeskRefused, match="too_long"):
        desk.let_pass(held, by=narrow.suzuki, now=NOW, reason="x" * 201)
    with pytest.raises(Conflict):
        desk.let_pass(free, by=narrow.suzuki, now=NOW, reason="x")
    with pytest.raises(Conflict):
        desk.let_pass(held, by=narrow.suzuki, now=NOW, reason="x", version=held.version - 1)
    Handoff.objects.filter(pk=held.pk).update(waiting_because="nobody")
    with pytest.raises(DeskRefused, match="not_held_back"):
        desk.let_pass(held, by=narrow.suzuki, now=NOW, reason="x")


# ── what marketing is told ───────────────────────────────────────────────────


def test_marketing_reads_it_above_the_list_and_at_the_gate(narrow, browser_of, frozen, monkeypatch):
    monkeypatch.setattr("leads.views.lead_list.now", lambda: NOW)
    routed(waiting())
    for url in (reverse("lead-list"), reverse("lead-handover", args=[new_lead().pk])):
        assert "Sales can take 1 more lead today." in page(browser_of, narrow.miura, url)
    routed(waiting(), waiting())
    said = page(browser_of, narrow.miura, reverse("lead-list"))
    assert "Sales has taken all it can today." in said
    assert "1 lead waits for the next working day; hand-raisers go through at once." in said
    assert "Sales has taken" not in page(browser_of, narrow.sato, reverse("lead-list"))
    Queue.objects.update(release_per_day=None)
    assert "Sales can take" not in page(browser_of, narrow.miura, reverse("lead-list"))


def test_the_page_of_a_lead_says_why_it_waits_and_who_let_it_pass(narrow, browser_of, frozen):
    used_up()
    [held] = routed(waiting())
    url = reverse("lead", args=[held.lead_id])
    assert "today's leads of the queue are used up; it goes on" in page(browser_of, narrow.miura, url)
    desk.let_pass(held, by=narrow.suzuki, now=NOW, reason="展示会の約束")
    said = page(browser_of, narrow.miura, url)
    assert "展示会の約束" in said and "Let through the day's limit" in said


def page(browser_of, user, url):
    user.language = "en"
    user.save()
    return browser_of(user).get(url).content.decode()
