"""Every stored score made true in the background: by the hundred, in ranges, by several at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import audit, sweep
from leads import intake, stages
from leads.models import Lead, Standing, Transition
from scoring import readiness
from scoring.models import RescoreRange, ScoringModel
from scoring.rulemaking import publishing
from scoring.upkeep import bulk, progress, rescoring
from tests.people import NOW, fresh, new_lead, open_house, react, rescore
from tests.scoring.doors import plain, publish, receive, record
from tests.scoring.test_readiness import ON_THE_DATABASE
from tests.scoring.worlds import AT, leads, sections

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
LATER = NOW + HOUR
FIGURES = ("readiness", "fit", "interest", "readiness_class", "stage")


@pytest.fixture
def house(db):
    return open_house()


@pytest.fixture
def narrow(monkeypatch):
    """Ranges of two leads, and no house is so small that it needs none."""
    monkeypatch.setattr(rescoring, "RANGE", 2)
    monkeypatch.setattr(rescoring, "FEW", 0)


def stored(lead: Lead) -> tuple[object, ...]:
    return Standing.objects.values_list(*FIGURES).get(lead=lead)


def dearer(*, now=LATER, at=None) -> ScoringModel:
    """料金ページ counts 8 instead of 4."""
    body = ScoringModel.objects.in_force(now).body
    pricing = next(rule for rule in body["interest"]["rules"] if rule["id"] == "pricing")
    pricing["points"] = 8
    return publishing.publish(body, by=None, now=now, in_force_from=at or now, from_file=True)


def interested(count: int = 5) -> list[Lead]:
    found = []
    for _ in range(count):
        lead = new_lead()
        react(lead, "pricing_view", at=NOW)
        found.append(rescore(lead))
    return found


# ── a new model ──────────────────────────────────────────────────────────────


def test_publishing_writes_no_score(house, narrow):
    leads = interested()
    before = list(Standing.objects.order_by("pk").values())
    dearer()
    assert list(Standing.objects.order_by("pk").values()) == before
    assert RescoreRange.objects.filter(done_at=None).count() == 3
    assert rescoring.is_waiting(now=LATER)
    assert rescoring.work(now=LATER, seconds=60) == 5
    assert [Standing.objects.get(lead=lead).interest for lead in leads] == [8] * 5
    assert not rescoring.is_waiting(now=LATER)
    assert list(audit.run(now=LATER)) == []


def test_a_version_ahead_waits_for_its_moment(house, narrow):
    [lead] = interested(1)
    dearer(now=NOW + MINUTE, at=LATER)
    assert rescoring.step(now=LATER - MINUTE) == 0
    react(lead, "page_view", at=NOW + 2 * MINUTE)
    rescoring.work(now=NOW + 2 * MINUTE, seconds=60)
    assert Standing.objects.get(lead=lead).interest == 5
    rescoring.work(now=LATER, seconds=60)
    assert Standing.objects.get(lead=lead).interest == 9


def test_only_what_changes_is_written(house, narrow):
    """Who never looked at prices keeps the very row that was stored."""
    [lead] = interested(1)
    other = rescore(new_lead())
    before = Standing.objects.values().get(lead=other)
    dearer()
    rescoring.work(now=LATER, seconds=60)
    assert Standing.objects.values().get(lead=other) == before
    assert Standing.objects.get(lead=lead).interest == 8


def test_whom_the_new_rules_move_goes_through_the_door(house, narrow):
    lead = new_lead(department="情報システム部")
    for kind in ("webinar_attended", "pricing_view", "page_view"):
        react(lead, kind, at=NOW)
    lead = rescore(lead)
    assert (lead.stage, stored(lead)[0]) == (stages.MAL, 67)
    dearer()
    rescoring.work(now=LATER, seconds=60)
    assert fresh(lead).stage == stages.MQL
    assert Transition.objects.filter(lead=lead, end=stages.MQL).get().because["model"] == 2


def test_a_range_whose_worker_died_is_taken_again(house, narrow):
    leads = interested(2)
    dearer()
    taken = rescoring._claim(now=LATER)
    assert taken is not None
    assert rescoring.step(now=LATER + MINUTE) == 0  # somebody may still be at it
    assert rescoring.step(now=LATER + rescoring.CLAIM) == 2
    assert [Standing.objects.get(lead=lead).interest for lead in leads] == [8, 8]


def test_two_never_take_the_same_range(house, narrow):
    interested(4)
    dearer()
    taken = [rescoring._claim(now=LATER) for _ in range(3)]
    assert [one and one.first for one in taken].count(None) == 1
    assert len({one.first for one in taken if one}) == 2


def test_a_newer_version_overtakes(house, narrow):
    [lead] = interested(1)
    dearer()
    dearer(now=LATER + MINUTE)
    rescoring.work(now=LATER + MINUTE, seconds=60)
    assert not RescoreRange.objects.filter(done_at=None).exists()
    assert Standing.objects.get(lead=lead).interest == 8


def test_the_audit_knows_a_model_that_got_stuck(house, narrow):
    interested(1)
    dearer()
    assert list(audit.run(now=LATER)) == []
    [found, *_] = list(audit.run(now=LATER + HOUR))
    assert found["score"] == "late"


def test_a_bad_lead_does_not_stop_the_rest(house, narrow, monkeypatch):
    bad, good = interested(2)
    dearer()
    look = bulk.points_only

    def spoilt(model, facts, at):
        if facts.values["email"] == bad.email:
            raise ValueError("x")
        return look(model, facts, at)

    monkeypatch.setattr(bulk, "points_only", spoilt)
    sweep.until_done(now=LATER)
    assert [Standing.objects.get(lead=lead).interest for lead in (bad, good)] == [8, 8]


# ── by the hundred is as one by one ──────────────────────────────────────────


@ON_THE_DATABASE
@given(
    section=sections(),
    other=sections(),
    worlds=st.lists(leads(), min_size=1, max_size=4),
    hours=st.integers(0, 2000),
)
def test_the_bulk_says_what_the_door_says(db, section, other, worlds, hours):
    publish(section)
    known = []
    for world in map(plain, worlds):
        lead = receive(world)
        for event in world["events"]:
            record(lead, event)
        known.append(lead.pk)
    chosen = Standing.objects.filter(lead_id__in=known)
    at = AT + timedelta(hours=hours)
    done = bulk.rescore(chosen.order_by("lead_id"), now=at)
    by_bulk = {row["lead_id"]: row for row in chosen.filter(lead_id__in=done.looked_at).values()}
    readiness.rescore(known, now=at)
    by_the_door = {row["lead_id"]: row for row in chosen.filter(lead_id__in=done.looked_at).values()}
    assert by_bulk == by_the_door
    assert set(by_bulk) | set(done.others) == set(known)
    publish(other, at=at + MINUTE)  # a second look: now nothing is new but the rules
    done = bulk.rescore(chosen.order_by("lead_id"), now=at + MINUTE)
    looked_at = chosen.filter(lead_id__in=done.looked_at).order_by("pk")
    by_bulk = list(looked_at.values_list(*FIGURES)), list(looked_at.values_list("rescore_at", flat=True))
    readiness.rescore(known, now=at + MINUTE)
    assert by_bulk[0] == list(looked_at.values_list(*FIGURES))
    for kept, promised in zip(by_bulk[1], looked_at.values_list("rescore_at", flat=True), strict=True):
        assert kept <= promised + bulk.SAME  # what was promised before may be kept


def clicks(lead: Lead, *, now) -> None:
    """Both links of a mail in the same second: a machine's."""
    told = [
        intake.NewActivity(lead.pk, "email_click", NOW, "mailer", content="mail-1", url=link)
        for link in ("/a", "/b")
    ]
    intake.record(told, now=now)


def test_clicks_that_were_judged_are_not_judged_again(house, monkeypatch):
    lead = new_lead()
    clicks(lead, now=NOW)
    rescore(lead)
    monkeypatch.setattr(bulk.bulk_facts, "judged", None)  # who asks fails
    done = bulk.rescore(Standing.objects.order_by("lead_id"), now=NOW + MINUTE)
    assert done.looked_at == {lead.pk}
    assert Standing.objects.get(lead=lead).interest == 0


def test_clicks_are_judged_that_a_worker_with_a_late_clock_finds(house):
    """They make the score due at a moment this worker has not reached: that is no promise of a score."""
    lead = rescore(new_lead())
    clicks(lead, now=NOW + MINUTE)
    assert bulk.rescore(Standing.objects.order_by("lead_id"), now=NOW).others == [lead.pk]


def test_the_door_is_asked_once_for_a_range(house, monkeypatch):
    monkeypatch.setattr(rescoring, "FEW", 0)
    monkeypatch.setattr(bulk, "BATCH", 1)
    leads = [rescore(new_lead()) for _ in range(3)]
    asked, door = [], readiness.rescore
    monkeypatch.setattr(
        readiness, "rescore", lambda ids, *, now: asked.append(list(ids)) or door(ids, now=now)
    )
    monkeypatch.setattr(bulk, "_wants_more", lambda *told, **named: True)
    dearer()
    rescoring.work(now=LATER, seconds=60)
    assert asked == [[lead.pk for lead in leads]]


# ── what people see of it ────────────────────────────────────────────────────


def test_progress(house, narrow, django_assert_num_queries):
    interested(4)
    assert not progress.of(now=LATER).is_running
    dearer()
    rescoring.step(now=LATER)
    with django_assert_num_queries(1):
        seen = progress.of(now=LATER + MINUTE)
    assert (seen.percent, seen.is_running, seen.is_late) == (50, True, False)
    assert seen.ends_at == LATER + 2 * MINUTE
    assert progress.of(now=LATER + HOUR).is_late
    rescoring.work(now=LATER + HOUR, seconds=60)
    done = progress.of(now=LATER + HOUR)
    assert (done.percent, done.is_running, done.is_late) == (100, False, False)


def test_who_is_behind(house):
    lead = rescore(new_lead())
    react(lead, "pricing_view", at=NOW + MINUTE)
    assert not progress.of(now=NOW + 2 * MINUTE).is_late
    late = progress.of(now=NOW + 3 * MINUTE)
    assert (late.is_late, late.last_true) == (True, NOW + MINUTE)


def test_pages_say_that_scores_are_on_their_way(house, narrow, browser_of, monkeypatch):
    lead, *_ = interested(4)
    browser = browser_of(house.miura)
    pages = ("/leads", f"/leads/{lead.pk}")
    for page in ("leads.views.lead_list", "handoff.views.lead_page"):
        monkeypatch.setattr(f"{page}.now", lambda: LATER)
    assert all("<progress" not in browser.get(page).content.decode() for page in pages)
    dearer()
    rescoring.step(now=LATER)
    for page in pages:
        shown = browser.get(page).content.decode()
        assert '<progress aria-labelledby="score-progress" max="100" value="50">' in shown
    for page in ("leads.views.lead_list", "handoff.views.lead_page"):
        monkeypatch.setattr(f"{page}.now", lambda: LATER + HOUR)
    assert all("notice warn" in browser.get(page).content.decode() for page in pages)


def test_no_model_no_progress(db):
    assert progress.of(now=NOW) is None
