"""What became of the leads, as a page: every number opens its list, and a proposal becomes a draft."""

from __future__ import annotations

import csv
import html
import io
import re
from datetime import timedelta

import pytest

from config.studio import checking
from leads import roles
from leads.models import User
from scoring.lessons import feedback, proposing
from scoring.lessons.traits import Trait
from scoring.models import Draft, FeedbackCount
from scoring.replay import trials
from tests.people import NOW, accepted, new_lead, offered, send_back
from tests.scoring.stories import bad_cards, live, people

LATER = NOW + timedelta(hours=1)
PAGE, LIST = "/rules/feedback", "/rules/feedback/decisions"


@pytest.fixture(autouse=True)
def moment(monkeypatch):
    monkeypatch.setattr("config.studio.views.feedback.now", lambda: LATER)


@pytest.fixture
def miura(house, browser_of):
    house.miura.language = "en"
    house.miura.save()
    return browser_of(house.miura)


def said(answer) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


def numbers(page: str) -> list[tuple[str, int]]:
    """Every number of the table with the address it opens."""
    found = re.findall(r'<a href="([^"]*/decisions[^"]*)"[^>]*>([\d,]+)</a>', page)
    return [(html.unescape(url), int(number.replace(",", ""))) for url, number in found]


def decided(house, many: int = 1) -> None:
    for _ in range(many):
        accepted(new_lead(source="展示会"))
        lead = new_lead(source="web", company={"name": "=1+1", "industry": "=cmd"})
        offered(lead)
        send_back(lead, house)


def counted() -> FeedbackCount:
    feedback.ask_again()
    feedback.refresh(now=LATER)
    return feedback.latest()


# ── the table ────────────────────────────────────────────────────────────────


def test_before_the_first_count_and_without_any_decision(house, miura):
    assert "Nothing is counted yet" in said(miura.get(PAGE))
    counted()
    assert "Sales has not decided on a lead yet" in said(miura.get(PAGE))


def test_values_with_their_numbers_and_no_percentage_of_few(house, miura):
    decided(house)
    counted()
    page = said(miura.get(PAGE))
    assert "展示会" in page and "1/1" in page and "0/1" in page and "1/2" in page
    assert "Nothing to propose." in page
    assert "won" not in page.lower().replace("wonder", "")  # nothing is shown as 0 before it exists


def test_every_number_is_as_long_as_its_list(house, miura):
    decided(house, 2)
    counted()
    found = numbers(said(miura.get(PAGE)))
    assert len(found) > 30
    for url, number in found:
        page = said(miura.get(url))
        assert f"{number} decision" in page, url
        assert len(re.findall(r'<th scope="row">', page)) == number, url


def test_a_list_names_only_leads_its_reader_may_see(house, kato, browser_of):
    decided(house)
    counted()
    stranger = User.objects.create_user(
        "m@example.com", roles=[roles.MANAGER], side=roles.SALES, language="en"
    )
    page = said(browser_of(stranger).get(LIST))
    assert page.count("A lead of another team") == 1 and "=1+1" not in page  # back with marketing
    assert page.count("山本") == 1 and "展示会" in page  # in the hands of sales


def test_lists_are_cut_into_pages(house, miura, monkeypatch):
    monkeypatch.setattr("config.studio.views.feedback.PAGE", 3)
    decided(house, 2)
    counted()
    page = said(miura.get(LIST))
    assert "1–3 of 4" in page and 'rel="next"' in page and 'rel="prev"' not in page
    page = said(miura.get(f"{LIST}?page=2"))
    assert "4–4 of 4" in page and 'rel="prev"' in page
    assert "4–4 of 4" in said(miura.get(f"{LIST}?page=99"))


@pytest.mark.parametrize("query", ["?of=nothing", "?result=x", "?since=x", "?since=2026-11-24T10:00:00"])
def test_a_list_nobody_has_is_not_found(house, miura, query):
    decided(house)
    counted()
    assert miura.get(LIST + query).status_code == 404


def test_the_table_as_a_file(house, miura):
    decided(house)
    counted()
    answer = miura.get("/rules/feedback.csv")
    rows = list(csv.reader(io.StringIO(said(answer).removeprefix("\ufeff"))))
    assert rows[0] == ["Kind", "Value", "Decisions", "Accepted", "Not accepted", "Difference"]
    assert ["Source", "展示会", "1", "1", "0", ""] in rows
    assert ["Industry", "'=cmd", "1", "0", "1", ""] in rows  # no spreadsheet reckons with it


@pytest.mark.parametrize("many", [1, 3])
def test_the_same_number_of_statements_for_any_number_of_rows(house, miura, many, django_assert_num_queries):
    decided(house, many)
    counted()
    miura.get(PAGE)
    with django_assert_num_queries(7):
        miura.get(PAGE)
    with django_assert_num_queries(8):
        miura.get(LIST)


# ── proposals ────────────────────────────────────────────────────────────────


@pytest.fixture
def told(house) -> FeedbackCount:
    live(people(80, seed=11, answer=bad_cards))
    return counted()


def test_a_proposal_becomes_a_draft(house, miura, told, browser_of, django_assert_num_queries):
    first = proposing.offers(told)[0]
    page = said(miura.get(PAGE))
    assert page.index("Exchanged business cards") < page.index("By rule and value")
    assert "points lower" in page and "Being tried on the past" in page
    trials.run(first.simulation, now=LATER)
    page = said(miura.get(PAGE))
    assert "Tried on the past 90 days." in page and f"/rules/simulations/{first.simulation.pk}" in page
    with django_assert_num_queries(8):
        miura.get(PAGE)
    for url, number in numbers(page):
        assert f"{number} decision" in said(miura.get(url)), url
    address = f"/rules/feedback/{first.proposal.trait.key}/draft"
    assert miura.post(address).status_code == 302
    [draft] = Draft.objects.all()
    assert draft.title.startswith("Exchanged business cards") and draft.created_by == house.miura
    assert checking.checked(draft.body)
    page = said(miura.get(PAGE))
    assert f"/rules/drafts/{draft.pk}" in page
    assert miura.post(address)["Location"] == f"/rules/drafts/{draft.pk}"
    assert "proposed from the results" in said(miura.get(f"/rules/drafts/{draft.pk}"))
    in_japanese = said(browser_of(house.suzuki).get(PAGE))
    assert '<html lang="ja">' in in_japanese


def test_what_is_not_proposed_any_more_says_so(house, miura):
    decided(house)
    counted()
    answer = miura.post(f"/rules/feedback/{Trait('rule', 'card-a').key}/draft", follow=True)
    assert "This is not proposed any more" in said(answer)
    assert not Draft.objects.exists()


def test_counted_again_on_demand(house, miura):
    counted()
    assert not feedback.due(now=LATER)
    assert "It is being counted again" in said(miura.post(f"{PAGE}/again", follow=True))
    assert feedback.due(now=LATER)


# ── who ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("who", "status"), [("miura", 200), ("suzuki", 200), ("takahashi", 200), ("sato", 403), ("tanaka", 403)]
)
def test_marketing_managers_and_admins(house, browser_of, who, status):
    decided(house)
    counted()
    user = browser_of(getattr(house, who))
    assert [user.get(url).status_code for url in (PAGE, LIST, f"{PAGE}.csv")] == [status] * 3
    refused = [user.post(f"{PAGE}/{rest}").status_code for rest in ("again", "0123456789ab/draft")]
    assert refused == ([302, 302] if status == 200 else [403, 403])
