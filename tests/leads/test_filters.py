"""One filter for page, API and export: what it lets through, and what it says of nonsense."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.http import QueryDict

from leads import filters, stages
from leads.filters import LeadFilter, Problem, read
from leads.models import Standing, User
from tests.people import NOW, lead_at, new_lead

SOMEBODY = User(pk=7)


def chosen(query: str) -> LeadFilter:
    reading = read(QueryDict(query), user=SOMEBODY)
    assert reading.problems == []
    return reading.chosen


def found(query: str, *, user: User = SOMEBODY) -> set[int]:
    chosen = read(QueryDict(query), user=user).chosen
    return {row.pk for row in chosen.narrow(Standing.objects.all(), now=NOW)}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", LeadFilter()),
        ("stage=mql,sal", LeadFilter(stages=("mql", "sal"))),
        ("stage=sal&stage=mql", LeadFilter(stages=("mql", "sal"))),
        ("stage=%20mql%20,", LeadFilter(stages=("mql",))),
        ("source=", LeadFilter()),
        ("source=-", LeadFilter(sources=("",))),
        ("source=unknown", LeadFilter(sources=("unknown",))),
        ("source=a,b&source=c", LeadFilter(sources=("a,b", "c"))),
        ("src=web", LeadFilter(sources=("web",))),
        ("ready=60-", LeadFilter(ready=(60, None))),
        ("ready=-40", LeadFilter(ready=(None, 40))),
        ("ready=20-60", LeadFilter(ready=(20, 60))),
        ("ready=60", LeadFilter(ready=(60, 60))),
        ("ready=0-100", LeadFilter(ready=(0, 100))),
        ("readiness_min=60", LeadFilter(ready=(60, None))),
        ("readiness_min=60&ready=20-80", LeadFilter(ready=(60, 80))),
        ("owner=me", LeadFilter(owner=7)),
        ("owner=12", LeadFilter(owner=12)),
        ("owner=none", LeadFilter(owner="none")),
        ("owner=3&owner=12", LeadFilter(owner=12)),
        ("queue=3", LeadFilter(queue=3)),
        ("q=%E4%BD%90%E8%97%A4", LeadFilter(text="佐藤")),
        ("q=%E3%80%80", LeadFilter()),
        ("sla=overdue,risk", LeadFilter(sla=("overdue", "risk"))),
        ("ordering=next_due_at", LeadFilter(ordering="next_due_at")),
        ("sort=readiness", LeadFilter(ordering="readiness")),
        ("utm_source=x&cursor=abc&page_size=20", LeadFilter()),
    ],
)
def test_a_query_string_says(query, expected):
    assert chosen(query) == expected


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("stage=mqll", Problem("stage", "unknown_choice", "mqll")),
        ("stage=MQL", Problem("stage", "unknown_choice", "MQL")),
        ("sla=late", Problem("sla", "unknown_choice", "late")),
        ("ordering=-name", Problem("ordering", "unknown_choice", "-name")),
        ("sort=lead__owner__password", Problem("ordering", "unknown_choice", "lead__owner__password")),
        ("ready=many", Problem("ready", "not_a_number", "many")),
        ("ready=6%2B0-", Problem("ready", "not_a_number", "6+0")),
        ("ready=%EF%BC%96%EF%BC%90-", Problem("ready", "not_a_number", "６０")),
        ("ready=101-", Problem("ready", "out_of_range", "101")),
        ("ready=99999999999999999999-", Problem("ready", "out_of_range", "99999999999999999999")),
        ("ready=60-20", Problem("ready", "out_of_range", "60-20")),
        ("ready=1-2-3", Problem("ready", "not_a_number", "2-3")),
        ("readiness_min=-1", Problem("readiness_min", "not_a_number", "-1")),
        ("readiness_min=1e3", Problem("readiness_min", "not_a_number", "1e3")),
        ("owner=sato", Problem("owner", "not_a_number", "sato")),
        ("owner=-1", Problem("owner", "not_a_number", "-1")),
        ("owner=" + "9" * 19, Problem("owner", "not_a_number", "9" * 19)),
        ("queue=inside", Problem("queue", "not_a_number", "inside")),
        ("q=a%00b", Problem("q", "unreadable", "a\\x00b")),
        ("source=%00", Problem("source", "unreadable", "\\x00")),
        ("q=" + "x" * 201, Problem("q", "too_long", "x" * 20 + "…")),
    ],
)
def test_nonsense_is_named_and_left_out(query, problem):
    reading = read(QueryDict(query), user=SOMEBODY)
    assert reading.problems == [problem]
    assert reading.chosen == LeadFilter()


def test_what_can_be_read_counts_beside_what_cannot():
    reading = read(QueryDict("stage=mql,moon&ready=x-&owner=me"), user=SOMEBODY)
    assert reading.chosen == LeadFilter(stages=("mql",), owner=7)
    assert [problem.parameter for problem in reading.problems] == ["stage", "ready"]


@pytest.mark.parametrize(
    "chosen",
    [
        LeadFilter(),
        LeadFilter(stages=("mql", "sal"), sources=("a,b", ""), ready=(20, None), owner=3, queue=4),
        LeadFilter(ready=(None, 40), owner="none", text="佐藤 a&b=c", sla=("risk", "none"), ordering="id"),
        LeadFilter(ready=(60, 60)),
    ],
)
def test_written_and_read_again_it_is_the_same(chosen):
    assert read(QueryDict(chosen.query()), user=SOMEBODY).chosen == chosen


def test_without_takes_one_name_out():
    both = LeadFilter(stages=("mql",), text="x")
    assert both.without("text") == LeadFilter(stages=("mql",))
    assert both.active == ("stages", "text")


def test_blank_is_not_unknown(db):
    blank, unknown, web = (new_lead(source=source).pk for source in ("", "unknown", "web"))
    assert found("source=-") == {blank}
    assert found("source=unknown") == {unknown}
    assert found("source=-&source=unknown") == {blank, unknown}
    assert found("source=") == {blank, unknown, web}


def test_readiness_is_counted_with_both_its_ends(db):
    by_points = {points: new_lead().pk for points in (19, 20, 60, 61)}
    for points, pk in by_points.items():
        Standing.objects.filter(lead=pk).update(readiness=points)
    assert found("ready=20-60") == {by_points[20], by_points[60]}
    assert found("readiness_min=61") == {by_points[61]}


def test_stage_owner_and_queue(house):
    offered, worked = lead_at(stages.MQL, house), lead_at(stages.SAL, house)
    idle = new_lead()
    assert found("stage=sal") == {worked.pk}
    assert found("owner=me", user=worked.owner) == {worked.pk}
    assert found("owner=none") == {offered.pk, idle.pk}
    assert found(f"queue={house.queue('inside').pk}") == {offered.pk, worked.pk}
    assert found("owner=999999999999999999") == set()


@pytest.mark.parametrize(
    ("after_due", "state"),
    [(-timedelta(microseconds=1), "risk"), (timedelta(0), "risk"), (timedelta(microseconds=1), "overdue")],
)
def test_a_clock_is_in_time_until_its_last_moment(db, after_due, state):
    lead = new_lead()
    due = NOW - after_due
    Standing.objects.filter(lead=lead).update(clock_due_at=due, clock_risk_at=due - timedelta(hours=1))
    assert [one for one in filters.SLA if lead.pk in found(f"sla={one}")] == [state]


@pytest.mark.parametrize(
    ("before_risk", "state"), [(timedelta(microseconds=1), "ok"), (timedelta(0), "risk")]
)
def test_a_clock_is_at_risk_from_its_moment_on(db, before_risk, state):
    lead = new_lead()
    risk = NOW + before_risk
    Standing.objects.filter(lead=lead).update(clock_due_at=risk + timedelta(hours=1), clock_risk_at=risk)
    assert [one for one in filters.SLA if lead.pk in found(f"sla={one}")] == [state]


def test_no_clock_is_none_of_the_three(db):
    lead = new_lead()
    assert [one for one in filters.SLA if lead.pk in found(f"sla={one}")] == ["none"]
    assert found("sla=overdue,none,risk") == {lead.pk}


def test_text_finds_names_companies_numbers_however_they_are_typed(db):
    lead = new_lead(
        family_name="髙橋", given_name="直美", family_name_kana="タカハシ", phone="03-1234-0001",
        email="naomi@minato.example.jp", company={"name": "株式会社みなと物流"},
    )  # fmt: skip
    new_lead(phone="03-9999-0002")
    for typed in (
        "高橋",
        "髙橋直美",
        "たかはし",
        "ＮＡＯＭＩ",
        "みなと物流㈱",
        "0312340001",
        "みなと 直美",
        str(lead.pk),
    ):
        assert lead.pk in found(f"q={typed}"), typed
    assert found("q=高橋 花子") == set()


@pytest.mark.parametrize("typed", ["%", "_", "\\", "'", '"; drop table', "((", "*", "\ud7ff", "🙂"])
def test_text_takes_every_character_as_itself(db, typed):
    new_lead()
    query = QueryDict(mutable=True)
    query["q"] = typed
    assert found(query.urlencode()) == set()


def test_classes_are_read_written_and_taken_out(house):
    reading = filters.read(QueryDict("class=future,now&class=x"), user=house.miura)
    assert reading.chosen.classes == ("now", "future")
    assert [(one.parameter, one.code) for one in reading.problems] == [("class", "unknown_choice")]
    assert reading.chosen.query() == "class=now,future"
    assert reading.chosen.without("classes").query() == ""
