"""The SLA page and its lists in the browser: who reads what, links that lead to as many, words, XSS."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from handoff import desk, reports, timers
from handoff.models import Handoff
from handoff.views.sla import finding
from leads import roles
from leads.models import User
from tests.people import NOW, accepted, log_in, new_lead, offered

LINK = re.compile(r'<a[^>]* href="(/handoffs\?[^"]+)"[^>]*>(.*?)</a>', re.DOTALL)


pytestmark = pytest.mark.usefixtures("frozen")


@pytest.fixture
def busy(house):
    """One late, one nearly late, one calm, one accepted in time, one sent back late."""
    offered(new_lead(now=NOW - timedelta(minutes=40), source="webinar"), now=NOW - timedelta(minutes=40))
    offered(new_lead(now=NOW - timedelta(minutes=20), source=""), now=NOW - timedelta(minutes=20))
    offered(new_lead())
    accepted(new_lead(now=NOW - timedelta(minutes=5)), now=NOW - timedelta(minutes=5))
    back = offered(new_lead(now=NOW - timedelta(hours=1)), now=NOW - timedelta(hours=1))
    timers.breach(now=NOW)
    desk.send_back(back, by=back.rep, now=NOW, reason="too_early")
    return house


def text(answer) -> str:
    return unescape(answer.content.decode())


def page_of(user, address: str = "/sla") -> str:
    answer = log_in(Client(), user).get(address)
    assert answer.status_code == 200
    return text(answer)


def number_in(words: str) -> int | None:
    """The count a link promises: the first figure of 「5件中4件」, the last of anything else."""
    plain = re.sub(r"<[^>]+>", " ", words)
    found = re.findall(r"\d[\d,]*", plain)
    if not found:
        return None
    return int((found[0] if "件中" in plain else found[-1]).replace(",", ""))


@pytest.mark.parametrize("who", ["suzuki", "miura", "sato"])
def test_every_number_on_the_page_opens_as_many(busy, who):
    browser = log_in(Client(), getattr(busy, who))
    links = LINK.findall(browser.get(reverse("sla")).content.decode())
    assert len(links) >= 25
    for address, words in links:
        answer = browser.get(unescape(address))
        assert answer.context["count"] == number_in(unescape(words)), (address, words)
        assert not answer.context["problems"]


def test_a_manager_sees_what_to_do_now(busy):
    page = page_of(busy.suzuki)
    assert "今すぐ手当てが必要 2件" in page
    assert "佐藤 恵さんに渡す(待ち" in page or "小林 蓮さんに渡す(待ち" in page
    assert "0件が正常" in page
    assert "2026年11月24日(火) 10:42時点" in page
    assert "目標90%" in page


def test_marketing_reads_no_figures_per_rep(busy):
    page = page_of(busy.miura)
    assert "今すぐ手当てが必要 2件" in page
    for name in ("佐藤", "小林", "さんに渡す"):
        assert name not in page
    listed = page_of(busy.miura, "/handoffs")
    assert "佐藤" not in listed and "小林" not in listed
    everybody = page_of(busy.miura, f"/handoffs?rep={busy.sato.pk}")
    assert len(re.findall('class="rowlink"', everybody)) == len(re.findall('class="rowlink"', listed))


def test_another_team_counts_nothing_of_ours(busy, kato):
    page = page_of(kato)
    assert "青空商事" not in page
    assert "今すぐ手当てが必要 0件" in page
    assert "青空商事" not in page_of(kato, "/handoffs")


def test_a_partner_caller_has_the_own_queue_only(busy):
    busy.sato.roles = [roles.PARTNER_CALLER]
    busy.sato.save()
    browser = log_in(Client(), User.objects.get(pk=busy.sato.pk))
    assert browser.get(reverse("sla")).status_code == 403
    assert browser.get(reverse("handoff-list")).status_code == 403


def test_in_english(busy):
    page = page_of(busy.kobayashi)
    assert "Are the promises kept?" in page
    assert "One in 2 was later than promised." in page or "More than half were later than promised." in page
    assert not re.search("[ぁ-ん]", page.split("<main")[1].split("</main>")[0])


def test_a_period_and_a_team_narrow(busy):
    assert "この期間に期限が来た約束はまだありません。" in page_of(busy.suzuki, "/sla?period=last_month")
    field = page_of(busy.suzuki, "/sla?team=field-east")
    assert "今すぐ手当てが必要 0件" in field
    assert "今すぐ手当てが必要 1件" in page_of(busy.suzuki, "/sla?source=webinar")
    assert "今すぐ手当てが必要 2件" in page_of(busy.suzuki, "/sla?period=forever&as_of=never")


def test_what_a_stranger_wrote_stays_text(house):
    evil = "<img src=x>"
    offered(new_lead(source=evil, family_name=evil, company={"name": evil}))
    browser = log_in(Client(), house.suzuki)
    for address in (
        "/sla",
        "/sla?source=" + evil,
        "/handoffs",
        "/handoffs?source=" + evil,
        "/handoffs?sla=" + evil,
    ):
        assert evil not in browser.get(address).content.decode()


def test_the_list_pages_without_losing_any(house):
    first = offered(new_lead())
    rows = [
        Handoff(
            lead=new_lead(), lane=1, queue=first.queue, rep=first.rep, state=Handoff.OFFERED, trigger="score",
            created_at=NOW, offered_at=NOW,
        )
        for _ in range(60)
    ]  # fmt: skip
    Handoff.objects.bulk_create(rows)
    miura = log_in(Client(), house.miura)
    one, two = (miura.get(f"/handoffs?state=offered&page={page}") for page in (1, 2))
    assert [len(page.context["rows"]) for page in (one, two)] == [50, 11]
    assert one.context["count"] == 61
    seen = {line.handoff.pk for page in (one, two) for line in page.context["rows"]}
    assert len(seen) == 61
    assert "1–50件を表示 / 61件" in text(one)
    assert miura.get("/handoffs?page=99999").status_code == 200
    assert miura.get("/handoffs?page=-1").status_code == 200


def test_filters_are_said_and_taken_out_one_by_one(busy):
    page = page_of(busy.suzuki, "/handoffs?sla=overdue&clock=accept&team=inside-east&rep=1&source=webinar")
    assert "流入経路: webinar" in page
    assert 'aria-label="流入経路: webinar を外す"' in page
    assert "期限: 期限超過" in page


def test_as_many_statements_for_many_as_for_one(busy, django_assert_max_num_queries):
    suzuki = log_in(Client(), busy.suzuki)
    with django_assert_max_num_queries(MOST["/sla"]) as first:
        suzuki.get("/sla")
    with django_assert_max_num_queries(MOST["/handoffs"]) as listed:
        suzuki.get("/handoffs")
    for minutes in (40, 40, 20, 20):
        then = NOW - timedelta(minutes=minutes)
        offered(new_lead(now=then), now=then)
    with django_assert_max_num_queries(len(first)):
        suzuki.get("/sla")
    with django_assert_max_num_queries(len(listed)):
        suzuki.get("/handoffs")


MOST = {"/sla": 22, "/handoffs": 8}


@pytest.mark.parametrize(
    "met, missed, words",
    [
        (0, 0, "まだありません"), (9, 0, "すべて約束どおり"), (6, 1, "7件に1件"), (1, 2, "半分以上"),
        (99, 1, "20件に1件もありません"),
    ],
)  # fmt: skip
def test_a_rate_as_a_sentence(met, missed, words):
    from django.utils import translation

    with translation.override("ja"):
        assert words in finding(reports.Kept("", met, missed, 0, None))  # type: ignore[arg-type]


def test_a_sent_back_one_shows_its_reason(busy):
    page = page_of(busy.suzuki, "/handoffs?state=sent_back")
    assert "検討時期が先" in page
