"""Who may open what of a lead: every page of it, asked by everybody (PRODUCT 11)."""

from __future__ import annotations

from html import unescape

import pytest
from django.urls import reverse

from handoff.models import Queue, QueueMember
from leads import intake, roles, stages
from leads.models import User
from tests.people import NOW, accepted, fresh, lead_at, new_lead, offered, react

PAGES = ["lead", "lead-edit", "lead-handover", "lead-recycle", "lead-disqualify", "lead-reopen"]


@pytest.fixture
def lead(house):
    lead = new_lead(
        family_name="山本", given_name="花子", phone="03-1234-5678", email="yamamoto@aozora.example.com",
        company={"name": "青空商事"},
    )  # fmt: skip
    accepted(lead)
    return fresh(lead)


@pytest.fixture
def caller(house):
    """A caller of a partner, with a seat in the inside queue."""
    user = User.objects.create_user(
        "caller@example.com",
        roles=[roles.PARTNER_CALLER, roles.INSIDE_SALES],
        side=roles.SALES,
        language="ja",
    )
    queue = Queue.objects.filter(lane=1).first()
    queue.team.members.add(user)
    QueueMember.objects.create(queue=queue, user=user)
    return user


@pytest.mark.parametrize("name", PAGES)
def test_a_stranger_finds_nothing(house, browser_of, lead, kato, name):
    url = reverse(name, args=[lead.pk])
    browser = browser_of(kato)
    for answer in (browser.get(url), browser.post(url, {"version": lead.version, "reason": "too_early"})):
        assert answer.status_code in ((404,) if name != "lead" else (404, 405))
        assert "山本" not in answer.content.decode()
    assert fresh(lead).version == lead.version


def test_a_stranger_moves_nothing(house, browser_of, lead, kato):
    answer = browser_of(kato).post(
        reverse("lead-move", args=[lead.pk]), {"to": "sql", "version": lead.version}
    )
    assert (answer.status_code, fresh(lead).stage) == (404, stages.SAL)


@pytest.mark.parametrize("name", [*PAGES, "lead-list", "lead-new", "company"])
def test_nobody_reads_without_logging_in(house, client, lead, name):
    args = {"company": [lead.company_id], "lead-list": [], "lead-new": []}.get(name, [lead.pk])
    answer = client.get(reverse(name, args=args))
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, reverse("login"))


@pytest.mark.parametrize(
    "who", ["miura", "suzuki", "takahashi", "sato", "kobayashi", "tanaka", "yamada", "kato"]
)
def test_the_list_shows_whom_one_may_open(house, browser_of, kato, who):
    """What the list names, its page opens; what it does not name, its page does not."""
    leads = [lead_at(stage, house) for stage in (stages.LEAD, stages.MAL, stages.MQL, stages.SAL, stages.SQL)]
    user = kato if who == "kato" else getattr(house, who)
    browser = browser_of(user)
    listed = {row["lead_id"] for row in browser.get(reverse("lead-list")).context["page"].rows}
    for lead in leads:
        found = browser.get(reverse("lead", args=[lead.pk])).status_code
        assert found == (200 if lead.pk in listed else 404), (who, lead.stage)
    assert kato != user or listed == set()


def test_a_partner_caller_reads_neither_number_nor_address(house, browser_of, caller):
    lead = new_lead(phone="03-1234-5678", email="yamamoto@aozora.example.com")
    intake.edit(
        lead, {"phone": "03-8765-4321", "email": "hanako@aozora.example.com"}, by=house.miura, now=NOW
    )
    offered(lead)
    answer = browser_of(caller).get(reverse("lead", args=[lead.pk]))
    shown = unescape(answer.content.decode())
    assert answer.status_code == 200
    for secret in ("1234-56", "8765-43", "yamamoto@", "hanako@"):
        assert secret not in shown
    assert "••" in shown


@pytest.mark.parametrize(
    "name", ["lead", "lead-handover", "lead-disqualify", "lead-edit", "company", "lead-list"]
)
def test_typed_words_are_words_on_every_page(house, browser_of, name):
    bad = "<script>alert(1)</script>"
    lead = new_lead(
        family_name=bad, given_name='"><img src=x>', title="{{ 7|add:1 }}", department="<b>d</b>",
        source="<svg onload=a>", company={"name": "</title><u>c"}, note=bad,
    )  # fmt: skip
    react(lead, "inquiry", content=bad, note="</div>" + bad)
    args = {"company": [lead.company_id], "lead-list": []}.get(name, [lead.pk])
    page = browser_of(house.miura).get(reverse(name, args=args)).content.decode()
    for raw in ("<script>alert", "<img src=x", "<b>d", "<svg onload", "</title><u>"):
        assert raw not in page
    assert "alert(1)" in page


def test_what_is_typed_into_the_gate_comes_back_as_words(house, browser_of):
    lead = lead_at(stages.MAL, house)
    typed = {"version": lead.version, "opening_line": '"><script>x</script>', "note": ""}
    answer = browser_of(house.miura).post(reverse("lead-handover", args=[lead.pk]), typed)
    assert answer.status_code == 422
    assert "<script>x" not in answer.content.decode()
    assert answer.context["form"]["opening_line"].value() == typed["opening_line"]


def test_the_gate_asks_as_often_for_one_colleague_as_for_three(house, browser_of, count_queries):
    lead = new_lead(company={"name": "青空商事"}, email="a@aozora.example.com")
    react(lead, "document_download")
    accepted(new_lead(company={"name": "青空商事"}))
    browser, url = browser_of(house.miura), reverse("lead-handover", args=[lead.pk])
    browser.get(url)
    with count_queries(23):
        browser.get(url)
    for _ in range(2):
        accepted(new_lead(company={"name": "青空商事"}))
    with count_queries(23):
        browser.get(url)
