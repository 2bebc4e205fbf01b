"""The list of leads in a browser: filters, counts, pages, words."""

from __future__ import annotations

from html import unescape

import pytest
from django.urls import reverse

from leads import paging, stages
from tests.people import accepted, lead_at, new_lead, react, rescore

URL = "/leads"


@pytest.fixture
def miura(house, browser_of):
    return browser_of(house.miura)


def text(answer) -> str:
    return unescape(answer.content.decode())


def names(answer) -> list[str]:
    return [row["lead__name"] for row in answer.context["page"].rows]


def test_the_readiest_stand_first(house, miura):
    for name, reactions in (("冷", 0), ("熱", 3)):
        lead = new_lead(family_name=name, given_name="子", title="")
        for _ in range(reactions):
            react(lead, "document_download")
        rescore(lead)
    assert names(miura.get(URL)) == ["熱 子", "冷 子"]


def test_stage_source_and_text_narrow_together(house, miura):
    new_lead(family_name="佐藤", source="seminar")
    new_lead(family_name="佐藤", source="web")
    new_lead(family_name="鈴木", source="seminar")
    assert len(names(miura.get(URL, {"source": "seminar"}))) == 2
    assert len(names(miura.get(URL, {"source": "seminar", "q": "佐藤"}))) == 1
    assert len(names(miura.get(URL, {"source": ["seminar", "web"], "stage": "lead"}))) == 3


def test_the_strip_counts_what_its_links_show(house, miura):
    for stage in (stages.LEAD, stages.MAL, stages.MAL, stages.MQL, stages.SAL, stages.DISQUALIFIED):
        lead_at(stage, house)
    strip = miura.get(URL).context["strip"]
    assert [link.count for link in strip] == [1, 2, 1, 1, 0, 0, 1]
    for link in strip:
        assert len(miura.get(link.url).context["page"].rows) == link.count


def test_every_chip_takes_its_condition_out(house, miura):
    new_lead(source="seminar")
    answer = miura.get(
        URL, {"source": ["seminar", "-"], "q": "青空", "ready": "0-60", "owner": "none", "sla": "none"}
    )
    chips = answer.context["chips"]
    assert len(chips) == 6
    for chip in chips:
        assert len(miura.get(chip.url).context["chips"]) == 5


def test_an_empty_list_names_the_condition_that_hides_most(house, miura):
    for _ in range(3):
        new_lead(source="web")
    answer = miura.get(URL, {"source": "fair", "stage": "lead"})
    assert "「流入経路: fair」を外すと3件" in text(answer)
    assert names(miura.get(answer.context["helpful"]["url"])) != []


@pytest.mark.parametrize(
    "query", ["stage=won", "ready=abc", "ready=900", "owner=x", "sla=never", "ordering=random()", "queue=-1"]
)
def test_what_cannot_be_read_is_named_and_left_out(house, miura, query):
    new_lead()
    answer = miura.get(f"{URL}?{query}")
    assert (answer.status_code, len(answer.context["problems"]), len(names(answer))) == (200, 1, 1)
    assert "この条件は使いませんでした" in text(answer)


@pytest.mark.parametrize(
    "query", ["q=%00", "q=" + "x" * 500, "cursor=nonsense", "stage=%FF", "source=%E3%81"]
)
def test_nonsense_never_breaks_the_list(house, miura, query):
    new_lead()
    assert miura.get(f"{URL}?{query}", follow=True).status_code == 200


def test_pages_by_key(house, miura, monkeypatch):
    monkeypatch.setattr(paging, "SIZE", 50)
    for _ in range(53):
        new_lead()
    first = miura.get(URL)
    assert "1–50件を表示 / 53件" in text(first)
    second = miura.get(URL, {"cursor": str(first.context["page"].next)})
    assert "51–53件を表示 / 53件" in text(second)
    assert not set(names(first)) & set(names(second)) or len(names(second)) == 3


def test_what_people_typed_is_shown_as_text(house, miura):
    new_lead(
        family_name="<script>alert(1)</script>", company={"name": '"><img src=x>'}, title="{{ 7|add:1 }}"
    )
    page = miura.get(URL, {"q": "<b>x"}).content.decode()
    assert "<script>alert" not in page and "<img src=x" not in page and "<b>x" not in page


def test_both_languages(house, browser_of):
    house.miura.language = "en"
    house.miura.save()
    lead_at(stages.MQL, house)
    page = text(browser_of(house.miura).get(URL))
    assert "Ready for sales" in page and "Next actor and due" in page
    assert "引き渡し対象" not in page


def test_my_own(house, browser_of):
    lead = new_lead()
    mine = accepted(lead)
    new_lead()
    answer = browser_of(mine.rep).get(URL, {"owner": "me"})
    assert [row["lead_id"] for row in answer.context["page"].rows] == [lead.pk]
    assert [view.is_on for view in answer.context["views"]].count(True) == 1


def test_as_many_questions_for_one_as_for_three(house, browser_of, count_queries):
    browser = browser_of(house.miura)
    lead_at(stages.MQL, house)
    browser.get(URL)
    with count_queries(13):
        browser.get(URL)
    for stage in (stages.SAL, stages.MAL):
        lead_at(stage, house)
    with count_queries(13):
        browser.get(URL)


def test_a_first_visit_says_what_to_do(house, miura):
    page = text(miura.get(URL))
    assert "まだリードがありません" in page and reverse("lead-new") in page


def test_the_classes_narrow_the_list_and_the_counts_follow(house, miura, api_of):
    """High in fit with and without interest, and one that is high in neither."""
    hot, big = new_lead(), new_lead()
    react(hot, "inquiry", kind="quote")
    for lead in (hot, big, new_lead(title="", company={"name": "小さな会社"})):
        rescore(lead)
    for asked, found in (("now", {hot.pk}), ("now,future", {hot.pk, big.pk}), ("nurture", set())):
        shown = miura.get(URL, {"class": asked})
        assert {row["lead_id"] for row in shown.context["page"].rows} == found
        assert shown.context["total"] == len(found) == sum(one.count for one in shown.context["strip"])
        told = api_of(house.miura).get("/api/v1/leads/", {"class": asked}).json()["results"]
        assert {one["id"] for one in told} == found
        assert {one["readiness_class"] for one in told} <= set(asked.split(","))
    chips = [chip.url for chip in miura.get(URL, {"class": "now,future"}).context["chips"]]
    assert chips == [f"{URL}?class=future", f"{URL}?class=now"]
    assert api_of(house.miura).get("/api/v1/leads/", {"class": "hot"}).status_code == 400
