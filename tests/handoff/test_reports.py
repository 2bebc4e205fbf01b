"""The numbers of the SLA page: what they count, as of when, and that each equals its list."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.http import QueryDict
from django.utils import timezone

from handoff import as_of, desk, lists, reports, timers
from handoff.lists import HandoffFilter
from handoff.models import Clock, Handoff
from leads.models import Lead, Team
from tests.people import NOW, accepted, handoff_of, new_lead, offered, react, rescore

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def tokyo():
    """The reader is in Tokyo, as the pages make it."""
    with timezone.override("Asia/Tokyo"):
        yield


def at(moment: datetime = NOW, **said) -> HandoffFilter:
    return HandoffFilter(moment, **said)


def seen_by(user):
    return Handoff.objects.visible_to(user)


def count(chosen: HandoffFilter, user) -> int:
    return chosen.narrow(seen_by(user)).count()


def live(chosen: HandoffFilter, user) -> reports.Live:
    return reports.live(chosen, user, reports.picture(chosen, user))


def ageing(chosen: HandoffFilter, user) -> list[reports.AgeRow]:
    return reports.ageing(chosen, reports.picture(chosen, user))


def urgent(chosen: HandoffFilter, user) -> list[Handoff]:
    return [one for one, _ in reports.urgent(reports.picture(chosen, user))]


def clock(handoff: Handoff, kind: str = Clock.ACCEPT) -> Clock:
    return handoff.clocks.get(kind=kind)


# ── the moment ───────────────────────────────────────────────────────────────


def test_at_risk_and_overdue_begin_to_the_second(house):
    handoff = offered(new_lead())  # 30 minutes: at risk from 10:57, due at 11:12
    promise = clock(handoff)
    for moment, overdue, at_risk in (
        (promise.risk_at - SECOND, 0, 0),
        (promise.risk_at, 0, 1),
        (promise.due_at, 0, 1),  # exactly at due is in time
        (promise.due_at + SECOND, 1, 0),
    ):
        found = live(at(moment), house.suzuki)
        assert (found.overdue.value, found.at_risk.value) == (overdue, at_risk), moment


def test_a_lead_counts_once_by_the_clock_that_runs_out_first(house):
    handoff = offered(new_lead())
    late = clock(handoff, Clock.FIRST_CONTACT).due_at + SECOND  # both have run out
    found = live(at(late), house.suzuki)
    assert found.overdue.value == 1
    assert [(kind, part.value) for kind, part in found.overdue.parts] == [(Clock.ACCEPT, 1)]


def test_what_was_so_then_stays_so(house):
    """The same moment gives the same numbers after everything has changed."""
    handoff = offered(new_lead())
    late = clock(handoff).due_at + MINUTE
    before = live(at(late), house.suzuki)
    timers.breach(now=late + MINUTE)
    desk.accept(handoff, by=handoff.rep, now=late + 2 * MINUTE)
    desk.contact(handoff_of(handoff.lead), by=handoff.rep, now=late + 3 * MINUTE, result="reached")
    assert live(at(late), house.suzuki) == before
    after = live(at(late + 3 * MINUTE), house.suzuki)
    assert (before.overdue.value, before.to_accept.value) == (1, 1)
    assert (after.overdue.value, after.to_accept.value) == (0, 0)


def test_nobody_next_is_nobody_until_somebody_has_no_actor(house):
    handoff = offered(new_lead())
    assert live(at(), house.suzuki).no_actor.value == 0
    Team.objects.filter(slug="inside-east").update(lead=None)
    moved = desk.reassign(handoff, by=house.suzuki, now=NOW, reason="x", queue=house.queue("inside"))
    assert Lead.objects.get(pk=handoff.lead_id).next_actor is None
    found = live(at(NOW + MINUTE), house.suzuki)
    assert found.no_actor.value == 1
    assert list(found.no_actor.chosen.narrow(seen_by(house.suzuki))) == [moved]


def test_what_ended_while_overdue_is_told(house):
    handoff = offered(new_lead())
    late = clock(handoff).due_at + MINUTE
    desk.reassign(handoff, by=house.suzuki, now=late, reason="x", to=house.kobayashi)
    month = at(late, first=date(2026, 11, 1), last=date(2026, 11, 30))
    assert live(month, house.suzuki).lost.value == 1
    assert live(at(late - 2 * MINUTE), house.suzuki).lost.value == 0


def test_urgent_is_nearest_due_first(house):
    first = offered(new_lead(), now=NOW)
    second = offered(new_lead(), now=NOW + 5 * MINUTE)
    calm = offered(new_lead(), now=NOW + 25 * MINUTE)
    moment = NOW + 29 * MINUTE
    assert urgent(at(moment), house.suzuki) == [first, second]
    assert calm not in urgent(at(moment), house.suzuki)


# ── promises ─────────────────────────────────────────────────────────────────


def kept(house, moment: datetime, user=None, **said) -> reports.Kept:
    return reports.attainment(at(moment, **said), user or house.suzuki, {})[0].all


def test_met_late_and_breached(house):
    in_time, late, never, running = (offered(new_lead()) for _ in range(4))
    due = clock(in_time).due_at
    desk.accept(in_time, by=in_time.rep, now=due)  # exactly at due
    desk.accept(late, by=late.rep, now=due + MINUTE)
    desk.reassign(running, by=house.suzuki, now=due - MINUTE, reason="x", to=_other(house, running))
    now = due + 2 * MINUTE
    found = kept(house, now)
    assert (found.met, found.met_late, found.breached) == (1, 1, 1)  # the one taken away in time is no miss
    assert (found.n, found.missed, found.is_few) == (3, 2, True)
    assert never in found.of("breached").narrow(seen_by(house.suzuki))


def _other(house, handoff):
    return house.kobayashi if handoff.rep == house.sato else house.sato


def test_a_breach_nobody_noticed_counts(house):
    handoff = offered(new_lead())
    promise = clock(handoff)
    assert promise.state == Clock.RUNNING
    assert kept(house, promise.due_at).n == 0
    assert kept(house, promise.due_at + SECOND).breached == 1


def test_a_chain_belongs_to_the_day_of_its_first_offer(house):
    october = datetime(2026, 10, 30, 8, 50, tzinfo=UTC)  # Friday 17:50
    handoff = offered(new_lead(now=october), now=october)
    november = datetime(2026, 11, 2, 0, 5, tzinfo=UTC)  # Monday 9:05, in time
    moved = desk.reassign(handoff, by=house.suzuki, now=november, reason="x", to=_other(house, handoff))
    desk.accept(moved, by=moved.rep, now=november + MINUTE)
    in_october = {"first": date(2026, 10, 1), "last": date(2026, 10, 31)}
    in_november = {"first": date(2026, 11, 1), "last": date(2026, 11, 30)}
    assert kept(house, NOW, **in_october).met == 1
    assert kept(house, NOW, **in_november).n == 0


def test_a_day_begins_at_the_readers_midnight(house):
    almost = datetime(2026, 11, 9, 14, 59, 59, tzinfo=UTC)  # 23:59:59 on the 9th in Tokyo
    offered(new_lead(now=almost), now=almost)
    offered(new_lead(now=almost + SECOND), now=almost + SECOND)
    for day, expected in ((date(2026, 11, 9), 1), (date(2026, 11, 10), 1), (date(2026, 11, 11), 0)):
        assert count(at(first=day, last=day), house.suzuki) == expected


def test_parts_add_up_to_the_whole(house):
    for source in ("webinar", "webinar", "", "exhibition"):
        handoff = offered(new_lead(source=source))
        desk.accept(handoff, by=handoff.rep, now=NOW + MINUTE)
    for promise in reports.attainment(at(NOW + 300 * MINUTE), house.suzuki, {})[:2]:
        for parts in (promise.teams, promise.sources):
            assert sum(part.n for part in parts) == promise.all.n == 4
            assert sum(part.met for part in parts) == promise.all.met
    assert [part.key for part in promise.sources] == ["webinar", "", "exhibition"]


def test_fewer_than_ten_are_few():
    assert reports.Kept("", 9, 0, 0, at()).is_few
    assert not reports.Kept("", 9, 1, 0, at()).is_few
    assert reports.Kept("", 0, 0, 0, at()).rate is None


def test_the_agreement_names_the_targets(house):
    from leads.words import section

    promised = reports.targets(section("agreement"))
    assert promised["accept_clock_met_rate"] == 90
    assert promised["first_contact_met_rate"] == 90
    assert "handoffs_offered" not in promised
    met = reports.Kept("", 9, 1, 0, at(), target=90)
    assert met.is_kept and not reports.Kept("", 8, 2, 0, at(), target=90).is_kept


def test_time_until_the_first_contact_is_business_time(house):
    friday = datetime(2026, 11, 20, 8, 50, tzinfo=UTC)  # 17:50; the Monday after is a holiday
    slow = accepted(new_lead(now=friday), now=friday)
    tuesday = datetime(2026, 11, 24, 0, 20, tzinfo=UTC)  # 9:20: ten minutes and twenty
    desk.contact(slow, by=slow.rep, now=tuesday, result="no_answer")
    waiting = accepted(new_lead())
    found = reports.response_times(at(NOW + MINUTE), house.suzuki)
    assert (found.answered.value, found.still_open.value) == (1, 1)
    assert found.middle == found.nine_of_ten == pytest.approx(30)
    assert list(found.still_open.chosen.narrow(seen_by(house.suzuki))) == [waiting]


# ── ageing ───────────────────────────────────────────────────────────────────


def test_business_days_back_skip_the_holiday(house):
    hours = house.team("inside-east").calendar.hours
    assert as_of.open_days_back(hours, NOW, 4) == [
        date(2026, 11, 24), date(2026, 11, 20), date(2026, 11, 19), date(2026, 11, 18),
    ]  # fmt: skip


def test_every_open_handoff_has_one_age(house):
    came = (NOW, NOW - timedelta(days=4), NOW - timedelta(days=7), NOW - timedelta(days=40))
    for moment in came:
        accepted(new_lead(now=moment), now=moment)
    rows = {row.phase: row for row in ageing(at(), house.suzuki)}
    assert [number.value for _, number in rows[Handoff.ACCEPTED].cells] == [2, 0, 1, 0, 1]
    assert rows[Handoff.ACCEPTED].whole.value == 4
    assert rows[Handoff.OFFERED].whole.value == 0


# ── every number equals its list ─────────────────────────────────────────────


@pytest.fixture
def busy(house):
    """A desk with something of everything."""
    for days in (20, 9, 2, 0):
        then = NOW - timedelta(days=days, minutes=20)
        handoff = offered(new_lead(now=then, source="webinar"), now=then)
        late = offered(new_lead(now=then, source=""), now=then)
        timers.breach(now=then + timedelta(hours=3))
        desk.accept(handoff, by=handoff.rep, now=then + timedelta(minutes=5))
        desk.contact(
            handoff_of(handoff.lead), by=handoff.rep, now=then + timedelta(minutes=9), result="reached"
        )
        if days > 5:
            desk.send_back(late, by=late.rep, now=then + timedelta(days=3), reason="too_early")
    lead = new_lead(source="exhibition")
    for days in (1, 2, 3):
        react(lead, "document_download", at=NOW - timedelta(days=days), now=NOW)
        react(lead, "webinar_attended", at=NOW - timedelta(days=days), now=NOW)
    rescore(lead)
    desk.route([handoff_of(lead).pk], now=NOW)
    return house


def numbers_of(house, user, moment):
    base = at(moment, first=date(2026, 11, 1), last=date(2026, 11, 30))
    seen = live(base, user)
    for number in (seen.overdue, seen.at_risk, seen.no_actor, seen.to_accept, seen.due_today, seen.lost):
        yield number
        yield from (part for _, part in number.parts)
    for promise in reports.attainment(base, user, {}):
        for one in (promise.all, *promise.teams, *promise.sources):
            yield reports.Number(one.n, one.chosen)
            yield from (
                reports.Number(getattr(one, name), one.of(name)) for name in ("met", "met_late", "breached")
            )
    times = reports.response_times(base, user)
    yield from (times.answered, times.still_open)
    for row in ageing(base, user):
        yield row.whole
        yield from (number for _, number in row.cells)


@pytest.mark.parametrize("who", ["suzuki", "miura", "sato", "takahashi", "kato"])
def test_every_number_equals_its_list(busy, kato, who):
    user = kato if who == "kato" else getattr(busy, who)
    for moment in (NOW, NOW - timedelta(days=8)):
        numbers = list(numbers_of(busy, user, moment))
        assert len(numbers) > 25
        for number in numbers:
            address = QueryDict(number.chosen.query())
            again = lists.read(address, user=user, now=NOW + timedelta(hours=1))
            assert not again.problems
            assert again.chosen == number.chosen
            assert count(again.chosen, user) == number.value, number.chosen.query()
    if who == "suzuki":
        assert sum(number.value > 0 for number in numbers_of(busy, user, NOW)) > 20
    if who == "kato":
        assert all(number.value == 0 for number in numbers_of(busy, user, NOW))


def test_the_statements_do_not_grow(busy, django_assert_num_queries):
    base = at(first=date(2026, 11, 1), last=date(2026, 11, 30))
    reports.ageing(base, ())  # a calendar is built once per process
    with django_assert_num_queries(1):
        stands = reports.picture(base, busy.suzuki)
    with django_assert_num_queries(2):
        reports.live(base, busy.suzuki, stands)
    with django_assert_num_queries(2):
        reports.attainment(base, busy.suzuki, {}, base)
    with django_assert_num_queries(2):
        reports.urgent(stands)
    with django_assert_num_queries(4):
        reports.response_times(base, busy.suzuki)
    with django_assert_num_queries(1):
        reports.ageing(base, stands)


def test_the_present_is_read_by_its_index_and_says_the_same(busy, django_assert_num_queries):
    for user in (busy.suzuki, busy.sato, busy.miura):
        fast = reports.picture(at(is_live=True), user)
        assert fast == reports.picture(at(), user)
        assert len(fast) == seen_by(user).open().count() > 0


# ── the address ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "said, wrong",
    [
        ("sla=never", ["sla"]), ("state=offered,sold", ["state"]), ("lane=x", ["lane"]),
        ("lane=" + "9" * 30, ["lane"]), ("month=2026-13", ["month"]), ("month=0001-01", ["month"]),
        ("from=9999-99-99", ["from"]), ("from=0001-01-01", ["from"]), ("as_of=yesterday", ["as_of"]),
        ("as_of=2026-11-24T10:42", ["as_of"]), ("as_of=0001-01-01T00:00:00Z", ["as_of"]),
        ("queue=a%00b", ["queue"]), ("source=" + "x" * 300, ["source"]), ("age=3", ["age"]),
        ("what=ever", []), ("", []),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named(house, said, wrong):
    found = lists.read(QueryDict(said), user=house.suzuki, now=NOW)
    assert found.problems == wrong
    found.chosen.narrow(seen_by(house.suzuki)).count()


def test_a_month_is_its_days_and_the_future_is_now(house):
    found = lists.read(QueryDict("month=2026-02&as_of=2030-01-01T00:00:00Z&rep=me&source=-"),
                       user=house.sato, now=NOW).chosen  # fmt: skip
    assert (found.first, found.last) == (date(2026, 2, 1), date(2026, 2, 28))
    assert (found.at, found.rep, found.source) == (NOW, house.sato.pk, "")
    assert found.without("source").source is None
    assert found.active == ("rep", "source", "first", "last")


def test_periods_and_what_came_before():
    assert reports.days_of(reports.MONTH, NOW) == (date(2026, 11, 1), date(2026, 11, 24))
    assert reports.days_of(reports.LAST_MONTH, NOW) == (date(2026, 10, 1), date(2026, 10, 31))
    assert reports.days_of(reports.QUARTER, NOW) == (date(2026, 8, 27), date(2026, 11, 24))
    assert reports.before_it(reports.MONTH, date(2026, 11, 1)) == (date(2026, 10, 1), date(2026, 10, 31))
    assert reports.before_it(reports.QUARTER, date(2026, 8, 27))[1] == date(2026, 8, 26)
