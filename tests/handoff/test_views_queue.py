"""My queue in the browser: order, the card, the answers, who is quicker, and who may not look."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from html import unescape
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse

from handoff import desk
from handoff.models import Clock, Handoff
from leads import roles, stages
from leads.models import Activity, User
from tests.people import (
    NOW,
    accepted,
    fresh,
    handoff_of,
    log_in,
    new_lead,
    offered,
    react,
    rescore,
)

HTMX = {"HX-Request": "true"}


pytestmark = pytest.mark.usefixtures("frozen")


@pytest.fixture
def sato(house, browser_of):
    """Sato at her desk."""
    return browser_of(house.sato)


def text(answer) -> str:
    return unescape(answer.content.decode())


def to(house, rep, *, now=NOW, **fields) -> Handoff:
    """A hand-raiser offered to this rep."""
    handoff = offered(new_lead(now=now, **fields), now=now)
    if handoff.rep != rep:
        handoff = desk.reassign(handoff, by=house.suzuki, now=now, reason="x", to=rep)
    return handoff


def by_score(house, rep, *, now=NOW) -> Handoff:
    """A lead handed over by its points: a promise of hours instead of minutes."""
    lead = new_lead(now=now)
    for days in (1, 1, 2, 3):
        react(lead, "document_download", at=now - timedelta(days=days), now=now)
        react(lead, "pricing_view", at=now - timedelta(days=days), now=now)
    rescore(lead, now=now)
    desk.route([handoff_of(lead).pk], now=now)
    handoff = handoff_of(lead)
    assert handoff.trigger == "score"
    return handoff if handoff.rep == rep else desk.reassign(
        handoff, by=house.suzuki, now=now, reason="x", to=rep
    )  # fmt: skip


def url(name: str, handoff: Handoff) -> str:
    return reverse(f"queue-{name}", args=[handoff.pk])


def answer(browser, handoff: Handoff, name: str, *, htmx: bool = False, **said):
    headers = HTMX if htmx else {}
    return browser.post(url(name, handoff), {"version": handoff.version} | said, headers=headers)


# ── what it shows ────────────────────────────────────────────────────────────


def test_the_nearest_due_comes_first_and_is_open(house, sato):
    later = by_score(house, house.sato)
    sooner = to(house, house.sato)
    working = accepted(new_lead())
    if working.rep != house.sato:
        working = desk.accept(
            desk.reassign(working, by=house.suzuki, now=NOW, reason="x", to=house.sato),
            by=house.sato, now=NOW,
        )  # fmt: skip
    page = text(sato.get(reverse("queue")))
    places = [page.index(f'id="q-{one.pk}"') for one in (sooner, later, working)]
    assert places == sorted(places)
    assert f'id="card-{sooner.pk}"' in page
    assert "引き受け待ち 2件" in page


def test_of_the_same_due_the_readier_comes_first(house, sato):
    low = to(house, house.sato, title="主任")
    high = to(house, house.sato, title="情報システム部長")
    page = text(sato.get(reverse("queue")))
    assert page.index(f'id="q-{high.pk}"') < page.index(f'id="q-{low.pk}"')


def test_the_card_says_why_this_lead_why_now(house, sato):
    handoff = to(house, house.sato, department="情報システム部")
    page = text(sato.get(url("card", handoff)))
    assert "役職、従業員数、業種、部署が、狙いと合っています。" in page
    assert "デモを依頼" in page
    assert "デモで見たい業務から伺ってください。" in page
    assert "同じ会社を対応中の人はいません。" in page
    assert "11/24(火) 10:42–11:12" in page  # the sum behind the due time


def test_somebody_at_the_same_company_is_named(house, sato):
    company = {"name": "株式会社青空商事"}
    other = to(house, house.kobayashi, family_name="李", given_name="明", company=company)
    desk.accept(other, by=house.kobayashi, now=NOW)
    desk.contact(other, by=house.kobayashi, now=NOW, result="no_answer")
    page = text(sato.get(url("card", to(house, house.sato, company=company))))
    assert "同じ会社の李 明 様を小林 蓮さんが対応中です" in page
    assert "最後の連絡 11/24(火)" in page


def test_an_earlier_send_back_and_why_it_is_back(house, sato, frozen):
    handoff = to(house, house.sato)
    desk.send_back(
        handoff, by=house.sato, now=NOW, reason="too_early", wake_on=date(2026, 12, 1), note="来期の予算"
    )
    back = datetime(2026, 12, 1, 1, tzinfo=UTC)
    frozen.move_to(back)
    desk.wake([handoff.lead_id], now=back)
    desk.route([handoff_of(handoff.lead).pk], now=back)
    again = handoff_of(handoff.lead)
    assert again.rep == house.sato
    page = text(log_in(Client(), house.sato).get(url("card", again)))
    assert "再アプローチ日が来たため、戻ってきました。2026年11月24日(火)の差し戻し" in page
    assert "検討時期が先 — 来期の予算" in page


def test_what_a_stranger_wrote_stays_text(house, sato):
    evil = "<script>alert(1)</script>"
    handoff = to(house, house.sato, family_name=evil, title=evil, company={"name": evil})
    Handoff.objects.filter(pk=handoff.pk).update(note=evil, opening_line=evil)
    for name in ("card", "send-back", "contact"):
        page = sato.get(url(name, handoff)).content.decode()
        assert evil not in page
        assert "&lt;script&gt;alert(1)" in page


def test_an_empty_queue_says_what_comes(house, sato):
    page = text(sato.get(reverse("queue")))
    assert "引き受け待ちはありません。" in page
    assert f'href="{reverse("lead-list")}?owner=me"' in page


def test_a_reader_of_english(house, browser_of):
    handoff = to(house, house.kobayashi)
    page = text(browser_of(house.kobayashi).get(reverse("queue")))
    assert "Why this lead, why now" in page
    assert "1 waiting for acceptance" in page
    assert "山本 花子 様" not in page
    answer_ = answer(browser_of(house.kobayashi), handoff, "accept", htmx=True)
    assert "Accepted. First contact is due 11:42." in text(answer_)


@pytest.mark.parametrize("place", ["queue", "card", "send-back", "contact"])
def test_as_many_statements_for_three_as_for_one(house, sato, django_assert_num_queries, place):
    first = to(house, house.sato)
    address = reverse("queue") if place == "queue" else url(place, first)
    with django_assert_num_queries(STATEMENTS[place]):
        sato.get(address)
    company = {"name": "株式会社青空商事"}
    for _ in range(2):
        desk.accept(to(house, house.sato, company=company), by=house.sato, now=NOW)
        to(house, house.sato, company=company)
    with django_assert_num_queries(STATEMENTS[place]):
        sato.get(address)


STATEMENTS = {"queue": 16, "card": 16, "send-back": 20, "contact": 17}


# ── accepting ────────────────────────────────────────────────────────────────


def test_accepting_meets_the_clock_and_opens_the_next(house, sato):
    first, second = to(house, house.sato), to(house, house.sato)
    page = answer(sato, first, "accept", htmx=True, then=second.pk)
    assert page.status_code == 200
    assert page["HX-Push-Url"] == url("card", second)
    assert f'id="card-{second.pk}"' in text(page)
    assert "引き受けました。初回連絡は11:42までです。" in text(page)
    assert 'data-say="引き受けました。初回連絡は11:42までです。山本 花子 様' in text(page)
    assert "残り1件" in text(page)
    first.refresh_from_db()
    assert (first.state, first.accepted_by) == (Handoff.ACCEPTED, house.sato)
    assert first.clocks.get(kind=Clock.ACCEPT).state == Clock.MET
    assert fresh(first.lead).owner == house.sato


def test_without_a_script_a_redirect_says_the_same(house, sato):
    first, second = to(house, house.sato), to(house, house.sato)
    moved = answer(sato, first, "accept", then=second.pk)
    assert (moved.status_code, moved["Location"]) == (302, url("card", second))
    assert "引き受けました。初回連絡は11:42までです。" in text(sato.get(moved["Location"]))


def test_the_head_counts_what_was_done_today(house, sato):
    answer(sato, to(house, house.sato), "accept")
    answer(sato, to(house, house.sato), "send-back", reason="too_early")
    page = text(sato.get(reverse("queue")))
    assert "今日: 引き受け 1・差し戻し 1" in page


def test_each_next_step_has_its_key_and_waiting_for_a_reaction_is_said_back(house, sato):
    handoff = to(house, house.sato)
    page = sato.get(url("send-back", handoff)).content.decode()
    for step, key in (("wake", "w"), ("trigger", "t"), ("disqualify", "d")):
        assert f'name="next_step" value="{step}" data-shows data-key="{key}"' in page
    gone = answer(sato, handoff, "send-back", reason="too_early", next_step="trigger", wake_on="2027-01-05")
    assert gone.status_code == 302
    handoff.refresh_from_db()
    assert (handoff.next_step, handoff.wake_trigger) == ("trigger", {"on": "reaction"})


def test_after_the_last_one_the_work_in_hand_is_open(house, sato):
    only = to(house, house.sato)
    page = text(answer(sato, only, "accept", htmx=True, then=""))
    assert f'id="card-{only.pk}"' in page
    assert "残り0件" in page


def test_a_second_press_changes_nothing_and_says_who_and_when(house, sato):
    """Sato's other window, or a double press without a script."""
    handoff, other = to(house, house.sato), to(house, house.sato)
    assert answer(sato, handoff, "accept", htmx=True).status_code == 200
    again = answer(sato, handoff, "accept", then=other.pk)
    assert again.status_code == 409
    assert "たった今、佐藤 恵さんが引き受けました。次のリードを開きました。" in text(again)
    handoff.refresh_from_db()
    assert handoff.version == 3
    back = answer(sato, handoff, "send-back", reason="too_early", version=3)
    assert back.status_code == 302
    twice = answer(sato, handoff, "send-back", reason="too_early", version=3)
    assert twice.status_code == 409
    assert "たった今、佐藤 恵さんが差し戻しました。" in text(twice)


def test_two_clients_one_lead(house, frozen):
    """Open to the team: Kobayashi is quicker; Sato reads who and when, and her next lead is open."""
    handoff, other = to(house, house.sato), to(house, house.sato)
    Handoff.objects.filter(pk=handoff.pk).update(open_to_team=True)
    quick, slow = log_in(Client(), house.kobayashi), log_in(Client(), house.sato)
    assert f'id="q-{handoff.pk}"' in text(quick.get(reverse("queue")))
    assert answer(quick, handoff, "accept", htmx=True).status_code == 200
    frozen.shift(timedelta(minutes=1))
    lost = answer(slow, handoff, "accept", htmx=True, then=other.pk)
    assert lost.status_code == 409
    assert "1分前に小林 蓮さんが引き受けました。次のリードを開きました。" in text(lost)
    assert f'id="card-{other.pk}"' in text(lost)
    handoff.refresh_from_db()
    assert handoff.accepted_by == house.kobayashi


def test_who_lost_it_altogether_still_reads_why(house, sato):
    handoff = to(house, house.sato)
    desk.disqualify(handoff.lead, by=house.miura, now=NOW, reason="selling")
    assert sato.get(url("card", handoff)).status_code == 404
    lost = answer(sato, handoff, "send-back", reason="other", note="競合でした")
    assert lost.status_code == 409
    assert "三浦 葵さん" in text(lost)
    assert "<q>競合でした</q>" in text(lost)


# ── sending back ─────────────────────────────────────────────────────────────


def test_the_nine_reasons_have_keys_and_presets(house, sato):
    page = text(sato.get(url("send-back", to(house, house.sato))))
    assert 'value="too_early" data-key="1" data-sets="next_step=wake wake_on=2027-05-23"' in page
    assert 'value="no_problem_fit" data-key="3" data-sets="next_step=disqualify wake_on="' in page
    assert 'value="wrong_person" data-key="5" data-sets="next_step=right_person wake_on="' in page
    assert 'value="other" data-key="9"' in page


def test_a_reason_alone_takes_its_usual_step(house, sato):
    handoff = to(house, house.sato)
    page = answer(sato, handoff, "send-back", htmx=True, reason="too_early")
    assert "差し戻しました。2027年5月23日(日)に再アプローチします。" in text(page)
    handoff.refresh_from_db()
    assert (handoff.state, handoff.next_step) == (Handoff.SENT_BACK, "wake")
    assert fresh(handoff.lead).stage == stages.MAL


def test_who_handed_over_by_hand_is_told(house, sato):
    lead = new_lead()
    desk.move(lead, to="mql", by=house.miura, now=NOW, reason="展示会で話した")
    desk.route([handoff_of(lead).pk], now=NOW)
    handoff = handoff_of(lead)
    said = answer(sato, handoff, "send-back", htmx=True, reason="not_our_market")
    assert "差し戻しました。三浦 葵さんに理由が届きます。対象外にしました。" in text(said)


@pytest.mark.parametrize(
    "said, words",
    [
        ({}, "差し戻し理由"),
        ({"reason": "someone_on_it"}, "渡す相手"),
        ({"reason": "wrong_person", "next_step": "wake"}, "再アプローチ日"),
        ({"reason": "too_early", "wake_on": "2026-11-24"}, "再アプローチ日: "),
        ({"reason": "too_early", "wake_on": "2026-02-31"}, "再アプローチ日"),
        ({"reason": "too_early", "wake_on": "9999-12-31"}, "再アプローチ日"),
        ({"reason": "other"}, "ひとこと"),
        ({"reason": "too_early", "note": "x\0y"}, "ひとこと"),
        ({"reason": "made-up"}, "差し戻し理由"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_lost(house, sato, said, words):
    handoff = to(house, house.sato)
    page = answer(sato, handoff, "send-back", htmx=True, **({"note": "来期の予算"} | said))
    if said.get("reason") == "other":
        assert page.status_code == 200  # the sentence is there
        return
    assert page.status_code == 422
    assert "<title>エラー" in text(page)
    assert 'class="errors" role="alert"' in text(page)
    assert words in text(page)
    if "note" not in said:
        assert "来期の予算" in text(page)
    handoff.refresh_from_db()
    assert handoff.state == Handoff.OFFERED


def test_a_reason_that_needs_a_sentence(house, sato):
    handoff = to(house, house.sato)
    page = answer(sato, handoff, "send-back", reason="other")
    assert page.status_code == 422
    assert "ひとこと" in text(page)


def test_a_conflict_keeps_what_was_typed(house, sato, frozen):
    handoff, other = to(house, house.sato), to(house, house.sato)
    desk.reassign(handoff, by=house.suzuki, now=NOW, reason="x", to=house.kobayashi)
    frozen.shift(timedelta(minutes=3))
    lost = answer(sato, handoff, "send-back", htmx=True, reason="other", note="来期に", then=other.pk)
    assert lost.status_code == 409
    assert "3分前に鈴木 誠さんが別の人に渡しました。次のリードを開きました。" in text(lost)
    assert "<q>来期に</q>" in text(lost)
    assert f'id="card-{other.pk}"' in text(lost)


# ── contacts ─────────────────────────────────────────────────────────────────


def test_a_contact_meets_the_first_contact_and_stays(house, sato):
    handoff = to(house, house.sato)
    desk.accept(handoff, by=house.sato, now=NOW)
    handoff.refresh_from_db()
    page = answer(sato, handoff, "contact", htmx=True, result="no_answer", note="受付で折り返し依頼")
    assert "連絡を記録しました: 不在。" in text(page)
    assert f'id="card-{handoff.pk}"' in text(page)
    assert "受付で折り返し依頼" in text(page)
    assert handoff.clocks.get(kind=Clock.FIRST_CONTACT).state == Clock.MET


def test_the_same_form_twice_is_one_contact(house, sato):
    handoff = accepted(new_lead())
    said = {"result": "reached", "idem": "a" * 32}
    for _ in range(2):
        assert answer(sato, handoff, "contact", htmx=True, **said).status_code == 200
    assert Activity.objects.filter(lead=handoff.lead, type="call_connected").count() == 1


@pytest.mark.parametrize("said", [{}, {"result": "x"}, {"result": "reached", "next_step_on": "2020-01-01"}])
def test_a_contact_sent_wrong(house, sato, said):
    handoff = accepted(new_lead())
    page = answer(sato, handoff, "contact", **({"note": "折り返し"} | said))
    assert page.status_code == 422
    assert "折り返し" in text(page)


def test_eight_results_on_eight_keys(house, sato):
    page = text(sato.get(url("contact", to(house, house.sato))))
    for key, result in enumerate(
        ["reached", "no_answer", "gatekeeper", "left_company", "call_back", "meeting_set", "declined",
         "email_sent"], 1,
    ):  # fmt: skip
        assert f'value="{result}" data-key="{key}"' in page


# ── what is new ──────────────────────────────────────────────────────────────


def test_the_bar_says_what_came_and_moves_nothing(house, sato, frozen):
    to(house, house.sato)
    page = text(sato.get(reverse("queue")))
    news = page.split('id="news"')[1].split('hx-get="')[1].split('"')[0]
    assert news.startswith(reverse("queue-new"))
    assert sato.get(news).status_code == 204
    frozen.shift(timedelta(minutes=2))
    to(house, house.sato, now=NOW + timedelta(minutes=2))
    to(house, house.kobayashi, now=NOW + timedelta(minutes=2))
    bar = sato.get(news)
    assert bar.status_code == 200
    assert "新しい引き渡しが1件あります" in text(bar)
    again = text(bar).split('hx-get="')[1].split('"')[0]
    assert sato.get(again).status_code == 204  # said once


@pytest.mark.parametrize("since", ["", "x", "2026-11-24", "2026-11-24T01:42", "9999-12-31T23:59:59Z"])
def test_a_poll_that_makes_no_sense_is_quiet(house, sato, since):
    assert sato.get(reverse("queue-new"), {"since": since, "known": "1,x,,９"}).status_code == 204


# ── who may ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["card", "send-back", "contact"])
def test_a_stranger_finds_nothing(house, kato, name):
    handoff = to(house, house.sato)
    page = log_in(Client(), kato).get(url(name, handoff))
    assert page.status_code == 404
    assert "青空商事" not in text(page)


@pytest.mark.parametrize("name", ["accept", "send-back", "contact"])
def test_a_stranger_can_answer_nothing(house, kato, name):
    handoff = to(house, house.sato)
    page = answer(log_in(Client(), kato), handoff, name, reason="too_early", result="reached")
    assert page.status_code == 404
    handoff.refresh_from_db()
    assert handoff.state == Handoff.OFFERED


def test_a_colleague_may_look_and_not_answer(house):
    handoff = to(house, house.sato)
    kobayashi = log_in(Client(), house.kobayashi)
    page = text(kobayashi.get(url("card", handoff)))
    assert "Waits for the answer of 佐藤 恵." in page
    assert reverse("queue-accept", args=[handoff.pk]) not in page
    assert answer(kobayashi, handoff, "accept").status_code == 403
    assert f'id="q-{handoff.pk}"' not in text(kobayashi.get(reverse("queue")))


def test_marketing_has_no_queue(house):
    assert log_in(Client(), house.miura).get(reverse("queue")).status_code == 403


def test_a_manager_sees_the_queues_of_their_side(house):
    handoff = to(house, house.sato)
    suzuki = log_in(Client(), house.suzuki)
    page = text(suzuki.get(reverse("queue")))
    assert f'id="q-{handoff.pk}"' in page
    assert reverse("handoff-reassign", args=[handoff.pk]) in page
    assert reverse("queue-accept", args=[handoff.pk]) not in page
    mine = text(suzuki.get(reverse("queue") + f"?rep={house.sato.pk}"))
    assert "佐藤 恵さんのキュー" in mine and f'id="q-{handoff.pk}"' in mine
    other = text(suzuki.get(reverse("queue") + f"?rep={house.kobayashi.pk}"))
    assert f'id="q-{handoff.pk}"' not in other
    assert f'id="q-{handoff.pk}"' in text(suzuki.get(reverse("queue") + "?queue=inside"))


@pytest.mark.parametrize("query", ["?rep=999999", "?rep=x", "?queue=nowhere", "?rep=" + "9" * 30])
def test_a_queue_that_is_not_there(house, query):
    assert log_in(Client(), house.suzuki).get(reverse("queue") + query).status_code == 404


def test_a_rep_cannot_look_into_a_colleagues_queue(house, sato):
    assert sato.get(reverse("queue") + f"?rep={house.kobayashi.pk}").status_code == 404


def test_a_partner_caller_dials_without_reading(house):
    house.sato.roles = [roles.PARTNER_CALLER]
    house.sato.save()
    handoff = to(house, house.sato, email="hanako@customer.example.com")
    page = text(log_in(Client(), User.objects.get(pk=house.sato.pk)).get(url("card", handoff)))
    assert "••-••••-••78" in page
    assert "03-1234-5678" not in page and "+81312345678" not in page
    assert "hanako@" not in page


def test_posting_without_a_version_is_no_answer(house, sato):
    handoff = to(house, house.sato)
    assert sato.post(url("accept", handoff)).status_code == 400
    assert sato.get(url("accept", handoff)).status_code == 405
    handoff.refresh_from_db()
    assert handoff.state == Handoff.OFFERED


# ── giving it to somebody else ───────────────────────────────────────────────


def test_a_manager_gives_it_with_a_reason(house):
    handoff = to(house, house.sato)
    suzuki = log_in(Client(), house.suzuki)
    address = reverse("handoff-reassign", args=[handoff.pk])
    page = text(suzuki.get(address + f"?to=user:{house.kobayashi.pk}"))
    assert f'value="user:{house.kobayashi.pk}" checked' in page
    assert "担当中 0件" in page and "今の担当" in page
    said = {"version": handoff.version, "to": f"user:{house.kobayashi.pk}", "next": reverse("queue")}
    assert suzuki.post(address, said).status_code == 422
    done = suzuki.post(address, said | {"reason": "佐藤さんが休み"})
    assert (done.status_code, done["Location"]) == (302, reverse("queue"))
    assert handoff_of(handoff.lead).rep == house.kobayashi
    again = suzuki.post(address, said | {"reason": "佐藤さんが休み"})
    assert again.status_code == 409
    assert "佐藤さんが休み" in text(suzuki.get(address)) or again.status_code == 409


def test_to_the_queue_again(house):
    handoff = to(house, house.sato)
    said = {"version": handoff.version, "to": f"queue:{house.queue('inside').pk}", "reason": "x"}
    done = log_in(Client(), house.suzuki).post(reverse("handoff-reassign", args=[handoff.pk]), said)
    assert done["Location"] == reverse("sla")
    assert handoff_of(handoff.lead).state == Handoff.WAITING


@pytest.mark.parametrize("who, status", [("sato", 403), ("miura", 403), ("kato", 404)])
def test_who_may_not_give(house, kato, who, status):
    handoff = to(house, house.sato)
    browser = log_in(Client(), kato if who == "kato" else getattr(house, who))
    address = reverse("handoff-reassign", args=[handoff.pk])
    assert browser.get(address).status_code == status
    said = {"version": handoff.version, "to": f"user:{house.kobayashi.pk}", "reason": "x"}
    assert browser.post(address, said).status_code == status
    assert handoff_of(handoff.lead) == handoff


def test_it_never_leads_away(house):
    handoff = to(house, house.sato)
    address = reverse("handoff-reassign", args=[handoff.pk]) + "?next=" + quote("https://evil.example/")
    page = text(log_in(Client(), house.suzuki).get(address))
    assert 'name="next" value="/sla"' in page
    assert 'href="https://evil' not in page
