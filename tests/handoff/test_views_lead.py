"""The page of one lead: who is next, why this readiness, what happened, what one may do."""

from __future__ import annotations

from html import unescape

import pytest
from django.urls import reverse

from leads import intake, stages
from leads.models import Lead
from tests.people import (
    NOW,
    accepted,
    fresh,
    handoff_of,
    lead_at,
    new_lead,
    offered,
    react,
    rescore,
    send_back,
)

pytestmark = pytest.mark.usefixtures("frozen")


def page(browser, lead, query: str = "") -> str:
    answer = browser.get(reverse("lead", args=[lead.pk]) + query)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


@pytest.fixture
def miura(house, browser_of):
    return browser_of(house.miura)


@pytest.fixture
def lead(house) -> Lead:
    lead = new_lead(
        family_name="山本", given_name="花子", company={"name": "青空商事", "industry": "manufacturing"}
    )
    react(lead, "pricing_view")
    react(lead, "document_download", content="導入事例集")
    return rescore(lead)


def test_the_printed_points_add_up_to_the_readiness(house, miura, lead):
    answer = miura.get(reverse("lead", args=[lead.pk]))
    sheet, rows = (
        answer.context["sheet"],
        [row for half in answer.context["halves"] for row, *_ in half["rows"]],
    )
    assert sheet.readiness == lead.standing.readiness
    assert sum(row.points for row in rows) + sheet.rounding == sheet.readiness
    assert len(rows) >= 3


def test_every_line_has_words_and_what_is_missing_too(house, miura, lead):
    shown = page(miura, lead)
    assert "料金ページを閲覧" in shown and "資料を請求" in shown
    assert "営業に渡すまでに足りないもの" in shown


def test_whose_turn_and_until_when(house, miura, lead):
    handoff = offered(lead)
    shown = page(miura, lead)
    assert handoff.rep.name in shown
    assert "引き受け期限" in shown and 'popover id="sla-' in shown


def test_the_timeline_holds_everything_in_one_order(house, miura, lead):
    accepted(lead)
    intake.edit(lead, {"title": "本部長"}, by=house.miura, now=NOW)
    entries = miura.get(reverse("lead", args=[lead.pk])).context["entries"]
    assert {entry.act for entry in entries} == {
        "activity", "transition", "changed", "handed_over", "offered", "accepted"
    }  # fmt: skip
    moments = [entry.at for entry in entries]
    assert moments == sorted(moments, reverse=True)


@pytest.mark.parametrize("kind", ["reactions", "contacts", "stages", "handoffs", "changes"])
def test_one_kind_at_a_time(house, miura, lead, kind):
    accepted(lead)
    entries = miura.get(reverse("lead", args=[lead.pk]), {"show": kind}).context["entries"]
    assert {entry.kind for entry in entries} <= {kind}


@pytest.mark.parametrize(
    "query", ["?show=nonsense", "?size=-1", "?size=99999999999", "?size=%00", "?show=%FF"]
)
def test_nonsense_in_the_address_breaks_nothing(house, miura, lead, query):
    assert miura.get(reverse("lead", args=[lead.pk]) + query).status_code == 200


def test_a_long_history_comes_in_pieces(house, miura, lead):
    for _ in range(45):
        react(lead, "page_view")
    answer = miura.get(reverse("lead", args=[lead.pk]))
    assert len(answer.context["entries"]) == 40 and answer.context["more"]
    more = miura.get(reverse("lead", args=[lead.pk]) + answer.context["more"].split("#")[0])
    assert len(more.context["entries"]) > 45


def test_what_sales_was_told_stays_as_it_was(house, miura, lead):
    offered(lead)
    told = handoff_of(lead).evidence["readiness"]
    for _ in range(3):
        react(lead, "document_download")
    rescore(lead)
    assert f"<dd>{told}</dd>" in page(miura, lead)


def test_a_way_back_is_shown_with_its_reason(house, miura, lead):
    accepted(lead)
    send_back(lead, house)
    shown = page(miura, lead)
    assert "引き受け済み → 育成対象 · 検討時期が先" in shown
    assert "再アプローチ日" in shown


def test_buttons_are_those_that_work(house, browser_of, lead):
    rep = accepted(lead).rep
    by_miura, by_rep = page(browser_of(house.miura), lead), page(browser_of(rep), lead)
    contact = reverse("queue-contact", args=[handoff_of(lead).pk])
    assert contact in by_rep and contact not in by_miura
    assert reverse("lead-handover", args=[lead.pk]) not in by_miura
    assert reverse("lead-move", args=[lead.pk]) in by_rep


def test_somebody_at_the_same_company_is_named(house, miura, lead):
    other = accepted(new_lead(company={"name": "青空商事"}, family_name="森田", given_name="恵"))
    assert f"同じ会社の森田 恵 様を{other.rep.name}さんが対応中です" in page(miura, lead)


def test_typed_words_are_shown_as_words(house, miura):
    lead = new_lead(
        family_name="<i>x", title="{{ 1 }}", note="<script>y</script>", attributes={"<u>": "</dl>"}
    )
    react(lead, "inquiry", note="<img src=x>")
    answer = miura.get(reverse("lead", args=[lead.pk])).content.decode()
    for bad in ("<i>x", "<script>y", "<u>", "<img src=x"):
        assert bad not in answer


def test_as_many_questions_for_one_event_as_for_many(house, browser_of, lead, django_assert_num_queries):
    accepted(lead)
    react(lead, "factory_tour")
    new_lead(company={"name": "青空商事"})
    browser = browser_of(house.miura)
    page(browser, lead)
    with django_assert_num_queries(37):  # the moment is told, so no clock is asked
        page(browser, lead)
    for _ in range(5):
        react(lead, "factory_tour")
        new_lead(company={"name": "青空商事"})
    with django_assert_num_queries(37):  # the moment is told, so no clock is asked
        page(browser, lead)


def test_both_languages(house, browser_of, lead):
    house.miura.language = "en"
    house.miura.save()
    shown = page(browser_of(house.miura), lead)
    assert "Why this readiness?" in shown and "Viewed the price page" in shown
    assert "見込み度" not in shown


@pytest.mark.parametrize(
    "stage", [stages.LEAD, stages.MAL, stages.MQL, stages.SAL, stages.SQL, stages.DISQUALIFIED]
)
def test_a_lead_at_any_stage_has_its_page(house, miura, stage):
    page(miura, lead_at(stage, house))


def test_without_any_playbook_the_page_says_what_to_do(db, client):
    from leads.models import User

    admin = User.objects.create_user("admin@example.com", roles=["admin"])
    client.force_login(admin)
    lead = Lead.objects.get(pk=intake.receive({"name": "山本"}, by=admin, now=NOW).lead.pk)
    assert "playbook apply" in page(client, fresh(lead))


def test_a_way_back_says_its_reason_once(house, miura, lead):
    accepted(lead)
    send_back(lead, house)
    answer = miura.get(reverse("lead", args=[lead.pk]))
    told = unescape(answer.content.decode()).split('id="events"')[1].split("</ol>")[0]
    assert told.count("検討時期が先") == 1
    only_stages = page(miura, lead, "?show=stages").split('id="events"')[1].split("</ol>")[0]
    assert "検討時期が先" in only_stages


def test_within_one_moment_the_cause_stands_below_its_consequence(house, miura, lead):
    offered(lead)
    entries = miura.get(reverse("lead", args=[lead.pk])).context["entries"]
    ranks = {act: place for place, act in reversed(list(enumerate(entry.act for entry in entries)))}
    assert ranks["offered"] < ranks["handed_over"] < ranks["transition"] < ranks["activity"]


def test_a_switch_reads_yes_and_no(house, miura, lead):
    intake.edit(lead, {"mail_opt_out": True}, by=house.miura, now=NOW)
    shown = page(miura, lead, "?show=changes")
    assert "いいえ → はい" in shown and "True" not in shown


def test_the_newest_points_stand_first(house, miura, lead):
    rows = [row for row, *_ in miura.get(reverse("lead", args=[lead.pk])).context["halves"][1]["rows"]]
    moments = [row.last_at for row in rows if row.last_at]
    assert len(moments) >= 2 and moments == sorted(moments, reverse=True)


def test_what_weighed_at_the_hand_over_stands_beside_it(house, miura, lead):
    offered(lead)
    lines = dict(miura.get(reverse("lead", args=[lead.pk])).context["told_lines"])
    frozen = [line for line in handoff_of(lead).evidence["lines"] if line["rule"] not in ("clip", "rounding")]
    assert sum(lines.values()) == pytest.approx(sum(line["points"] for line in frozen))
    assert {"資料を請求", "業種"} <= lines.keys()


def test_marketing_does_not_judge_what_sales_took_on(house, browser_of, lead):
    accepted(lead)
    assert reverse("lead-move", args=[lead.pk]) not in page(browser_of(house.miura), lead)
    assert reverse("lead-move", args=[lead.pk]) in page(browser_of(house.suzuki), lead)
