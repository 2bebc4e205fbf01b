"""Pages further down the path: promoting, meetings, opportunities, supporters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.urls import reverse

from handoff import desk
from handoff.models import Handoff
from leads import stages
from leads.models import Meeting, Opportunity
from tests.people import NOW, accepted, fresh, handoff_of, lead_at, met, new_lead, promoted, proposed

pytestmark = pytest.mark.usefixtures("frozen")
OVER = NOW - timedelta(hours=2)


def text(answer) -> str:
    return unescape(answer.content.decode())


@pytest.fixture
def held(house):
    return accepted(new_lead())


@pytest.fixture
def tanaka(house, browser_of):
    return browser_of(house.tanaka)


def form_of(house, held, **more):
    return {
        "version": 0, "day": "2026-11-26", "at": "10:30", "minutes": "90", "mode": "online", "place": "",
        "url": "https://meet.example.com/1", "ours": [held.rep.pk, house.tanaka.pk],
        "theirs": "林 進, 部長\n森、課長\n\n原", "confirmed": ["budget"],
    } | more  # fmt: skip


# ── meetings ─────────────────────────────────────────────────────────────────


def test_a_meeting_is_booked_in_the_readers_zone(house, browser_of, held):
    answer = browser_of(held.rep).post(reverse("lead-book", args=[held.lead_id]), form_of(house, held))
    assert (answer.status_code, answer["Location"]) == (302, reverse("lead", args=[held.lead_id]))
    meeting = Meeting.objects.get()
    assert meeting.starts_at == datetime(2026, 11, 26, 1, 30, tzinfo=UTC)
    assert meeting.ends_at - meeting.starts_at == timedelta(minutes=90)
    assert set(meeting.ours.all()) == {held.rep, house.tanaka}
    assert meeting.theirs == [
        {"name": "林 進", "title": "部長"}, {"name": "森", "title": "課長"}, {"name": "原", "title": ""},
    ]  # fmt: skip
    assert meeting.confirmed == {"budget": True}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"day": ""}, "day"),
        ({"mode": "zoom"}, "mode"),
        ({"url": "javascript:x"}, "url"),
        ({"day": "2026-01-01"}, "day"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(house, browser_of, held, wrong, field):
    address = reverse("lead-book", args=[held.lead_id])
    answer = browser_of(held.rep).post(address, form_of(house, held, **wrong))
    page = text(answer)
    assert answer.status_code == 422
    assert f'href="#id_{field}"' in page
    assert "森、課長" in page and f'value="{house.tanaka.pk}" checked' in page
    assert not Meeting.objects.exists()


def test_a_contact_that_set_a_meeting_leads_to_the_form(house, browser_of, held):
    browser = browser_of(held.rep)
    said = {"version": handoff_of(held.lead).version, "result": "meeting_set", "channel": "", "note": ""}
    address = reverse("queue-contact", args=[held.pk])
    answer = browser.post(address, said)
    place = reverse("lead-book", args=[held.lead_id])
    assert answer["Location"].startswith(place)
    answer = browser.post(address, said, headers={"HX-Request": "true"})
    assert answer["HX-Redirect"].startswith(place)


def test_it_is_moved_and_called_off(house, browser_of, held):
    meeting = met(held.lead, held.rep)
    browser = browser_of(held.rep)
    page = text(browser.get(reverse("meeting", args=[meeting.pk])))
    assert 'value="2026-11-26"' in page and 'value="10:42"' in page
    browser.post(reverse("meeting", args=[meeting.pk]), form_of(house, held, version=1))
    moved = Meeting.objects.get(replaces=meeting)
    assert moved.starts_at == datetime(2026, 11, 26, 1, 30, tzinfo=UTC)
    browser.post(reverse("meeting-end", args=[moved.pk]), {"version": 1, "state": "cancelled"})
    moved.refresh_from_db()
    assert moved.state == "cancelled"
    late = browser.post(reverse("meeting", args=[moved.pk]), form_of(house, held, version=2))
    assert late.status_code == 409 and "森、課長" in text(late)


def test_a_meeting_that_is_over_asks_for_one_tap(house, tanaka, browser_of):
    handoff = promoted(new_lead(), house)
    desk.accept(handoff, by=house.tanaka, now=NOW)
    Meeting.objects.update(starts_at=OVER, ends_at=OVER + timedelta(hours=1))
    meeting = Meeting.objects.get()
    for address in (reverse("queue"), reverse("lead", args=[handoff.lead_id]), reverse("meeting-list")):
        assert text(tanaka.get(address)).count('class="notice asked"') == 1
    inside = meeting.created_by
    assert 'class="notice asked"' not in text(browser_of(inside).get(reverse("lead", args=[handoff.lead_id])))
    tanaka = browser_of(house.tanaka)
    tap = {"version": meeting.version, "verdict": "valid", "next": reverse("queue")}
    answer = tanaka.post(reverse("meeting-verdict", args=[meeting.pk]), tap)
    assert answer["Location"] == reverse("queue")
    assert 'class="notice asked"' not in text(tanaka.get(reverse("queue")))
    for reader in (inside, house.miura):  # inside sales and marketing read it at once
        page = text(browser_of(reader).get(reverse("lead", args=[handoff.lead_id])))
        assert "田中 翔" in page[page.index('id="meetings"') :]


def test_not_valid_asks_why_and_a_second_verdict_is_late(house, tanaka):
    handoff = promoted(new_lead(), house)
    desk.accept(handoff, by=house.tanaka, now=NOW)
    Meeting.objects.update(starts_at=OVER, ends_at=OVER + timedelta(hours=1))
    meeting = Meeting.objects.get()
    address = reverse("meeting-verdict", args=[meeting.pk])
    assert 'value="invalid" checked' in text(tanaka.get(address + "?verdict=invalid"))
    said = {"version": meeting.version, "verdict": "invalid"}
    refused = tanaka.post(address, said)
    assert refused.status_code == 422 and 'href="#id_reason"' in text(refused)
    assert tanaka.post(address, said | {"reason": "no_decider"}).status_code == 302
    late = tanaka.post(address, said | {"verdict": "valid"})
    assert late.status_code == 409 and "田中 翔さん" in text(late)
    meeting.refresh_from_db()
    assert (meeting.verdict, meeting.verdict_reason) == ("invalid", "no_decider")


def test_the_calendar_file_is_ours_or_to_send_on(house, browser_of, held):
    desk.book_meeting(
        held.lead, by=held.rep, now=NOW, starts_at=NOW + timedelta(days=2),
        ends_at=NOW + timedelta(days=2, hours=1), mode="visit", place="本社",
        theirs=[{"name": "林\r\nATTENDEE:x", "title": "部長"}], confirmed={"budget": "500万円"},
    )  # fmt: skip
    meeting, browser = Meeting.objects.get(), browser_of(held.rep)
    answer = browser.get(reverse("meeting-ics", args=[meeting.pk]))
    ours = answer.content.decode().replace("\r\n ", "")
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert "attachment" in answer["Content-Disposition"]
    assert "DTSTART:20261126T014200Z" in ours and held.lead.family_name in ours and "500万円" in ours
    assert ours.count("\r\nATTENDEE") == 1
    theirs = browser.get(reverse("meeting-ics", args=[meeting.pk]) + "?for=them").content.decode()
    assert "本社" in theirs and "500万円" not in theirs and held.lead.family_name not in theirs
    moved = desk.change_meeting(
        meeting,
        by=held.rep,
        now=NOW,
        starts_at=NOW + timedelta(days=3),
        ends_at=NOW + timedelta(days=3, hours=1),
    )
    again = browser.get(reverse("meeting-ics", args=[moved.pk])).content.decode()
    assert f"UID:meeting-{meeting.pk}@" in again and "SEQUENCE:2" in again


# ── promoting ────────────────────────────────────────────────────────────────


def test_passed_on_by_the_routes(house, browser_of, held):
    met(held.lead, held.rep)
    browser, address = browser_of(held.rep), reverse("handoff-promote", args=[held.pk])
    version = handoff_of(held.lead).version
    page = text(browser.get(address))
    assert all(name in page for name in ("田中 翔", "山田 光", "field-tokyo", "field-other"))
    assert "佐藤" not in page[page.index("<form") :].partition("</form>")[0].replace(held.rep.name, "")
    answer = browser.post(address, {"version": version, "to": "route", "note": "決裁者", "reason": ""})
    assert answer.status_code == 302
    new = Handoff.objects.get(lead=held.lead, lane=2)
    assert (new.state, new.note) == (Handoff.WAITING, "決裁者")
    late = browser.post(address, {"version": version, "to": "route", "note": "もう一度", "reason": ""})
    assert late.status_code == 409 and "もう一度" in text(late)


def test_without_a_meeting_the_reason_is_asked_for_at_its_field(house, browser_of, held):
    address = reverse("handoff-promote", args=[held.pk])
    said = {"version": handoff_of(held.lead).version, "to": f"user:{house.yamada.pk}", "note": ""}
    answer = browser_of(held.rep).post(address, said)
    assert answer.status_code == 422 and 'href="#id_reason"' in text(answer)
    assert browser_of(held.rep).post(address, said | {"reason": "見積依頼"}).status_code == 302
    assert Handoff.objects.get(lead=held.lead, lane=2).rep == house.yamada


# ── opportunities ────────────────────────────────────────────────────────────


def test_figures_as_people_type_them(house, browser_of):
    lead = lead_at(stages.SQL, house)
    address = reverse("lead-propose", args=[lead.pk])
    said = {
        "version": lead.version,
        "amount": "¥１２,０００,０００",
        "currency": "jpy",
        "expected_close": "2027-01-29",
    }
    answer = browser_of(lead.owner).post(address, said)
    assert answer.status_code == 302
    one = Opportunity.objects.get()
    assert (one.amount, one.currency) == (12_000_000, "JPY")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"amount": "1200万"}, "amount"),
        ({"amount": "-1"}, "amount"),
        ({"expected_close": "2026-11-23"}, "expected_close"),
        ({"next_step_on": "2026-11-23"}, "next_step_on"),
        ({"currency": "円"}, "currency"),
    ],
)
def test_wrong_figures_stand_at_their_field(house, browser_of, wrong, field):
    lead = lead_at(stages.SQL, house)
    said = {"version": lead.version, "amount": "1", "currency": "JPY", "expected_close": "2027-01-29"}
    answer = browser_of(lead.owner).post(reverse("lead-propose", args=[lead.pk]), said | wrong)
    assert answer.status_code == 422 and f'href="#id_{field}"' in text(answer)
    assert fresh(lead).stage == stages.SQL


def test_changed_and_closed(house, tanaka):
    one = proposed(new_lead(), house)
    page = text(tanaka.get(reverse("opportunity", args=[one.pk])))
    assert 'value="12000000"' in page and 'value="2027-01-29"' in page
    said = {"version": 1, "amount": "9000000", "currency": "JPY", "expected_close": "2027-02-26"}
    tanaka.post(reverse("opportunity", args=[one.pk]), said | {"next_step_on": "2026-12-01"})
    one.refresh_from_db()
    assert (one.amount, one.next_step_on.isoformat()) == (9_000_000, "2026-12-01")
    address = reverse("opportunity-close", args=[one.pk])
    lost = {"version": one.version, "outcome": "lost", "reason": "competitor", "note": "価格差"}
    refused = tanaka.post(address, lost)
    assert (
        refused.status_code == 422 and 'href="#id_competitor"' in text(refused) and "価格差" in text(refused)
    )
    assert tanaka.post(address, lost | {"competitor": "白波ソフト"}).status_code == 302
    late = tanaka.post(address, {"version": one.version, "outcome": "won"})
    assert late.status_code == 409 and "田中 翔さん" in text(late)
    page = text(tanaka.get(reverse("lead", args=[one.lead_id])))
    assert (
        page.count("白波ソフト") == 2 and page.count("9,000,000円") == 2
    )  # in its section and in the history


def test_reopened_from_its_page(house, tanaka):
    one = proposed(new_lead(), house)
    desk.close_opportunity(one, by=house.tanaka, now=NOW, outcome="lost", reason="budget")
    lead = fresh(one.lead)
    page = text(tanaka.get(reverse("lead", args=[lead.pk])))
    assert reverse("lead-reopen", args=[lead.pk]) in page and reverse("lead-recycle", args=[lead.pk]) in page
    answer = tanaka.post(
        reverse("lead-reopen", args=[lead.pk]), {"version": lead.version, "reason": "予算が付いた"}
    )
    assert answer.status_code == 302
    assert fresh(lead).outcome is None


@pytest.mark.parametrize("name", ["opportunity", "opportunity-close"])
def test_who_sees_it_without_answering_for_it_is_refused(house, browser_of, name):
    one = proposed(new_lead(), house)
    for reader in (house.miura, house.yamada):
        assert browser_of(reader).get(reverse(name, args=[one.pk])).status_code == 403
    assert browser_of(house.takahashi).get(reverse(name, args=[one.pk])).status_code == 200


def test_only_who_answers_for_it_is_offered_its_acts(house, browser_of):
    one = proposed(new_lead(), house)
    address = reverse("lead", args=[one.lead_id])
    inside = one.lead.handoffs.get(lane=1).rep
    for reader, offered in (
        (house.tanaka, True),
        (house.takahashi, True),
        (inside, False),
        (house.miura, False),
    ):
        page = text(browser_of(reader).get(address))
        assert (reverse("opportunity-close", args=[one.pk]) in page) is offered
        assert (reverse("lead-supporters", args=[one.lead_id]) in page) is offered
        assert "12,000,000" in page


def test_the_lists(house, tanaka, browser_of, kato):
    one = proposed(new_lead(), house)
    assert one.lead.display_name in text(tanaka.get(reverse("opportunity-list")))
    page, meeting = text(tanaka.get(reverse("meeting-list"))), Meeting.objects.get()
    assert one.lead.display_name in page and f"#meeting-{meeting.pk}" in page  # and there it stands
    assert f'id="meeting-{meeting.pk}"' in text(tanaka.get(reverse("lead", args=[one.lead_id])))
    for name in ("opportunity-list", "meeting-list"):
        assert one.lead.display_name not in text(browser_of(kato).get(reverse(name)))


# ── supporters, and what the page costs ──────────────────────────────────────


def test_a_colleague_is_asked_to_help_and_let_go(house, browser_of, kato, held):
    browser, address = browser_of(held.rep), reverse("lead-supporters", args=[held.lead_id])
    browser.post(address, {"user": kato.pk})
    assert kato in desk.supporters_of(held.lead)
    assert browser_of(kato).get(reverse("lead", args=[held.lead_id])).status_code == 200
    assert browser_of(kato).post(address, {"user": kato.pk, "remove": "1"}).status_code == 403
    browser_of(held.rep).post(address, {"user": kato.pk, "remove": "1"})
    assert desk.supporters_of(held.lead) == []
    assert browser_of(kato).get(reverse("lead", args=[held.lead_id])).status_code == 404
    assert browser_of(held.rep).post(address, {"user": "x"}).status_code == 400


def test_the_page_asks_as_much_for_three_meetings_as_for_one(
    house, browser_of, held, django_assert_num_queries
):
    browser, address = browser_of(held.rep), reverse("lead", args=[held.lead_id])
    met(held.lead, held.rep)
    browser.get(address)
    with django_assert_num_queries(STATEMENTS):
        browser.get(address)
    for day in (5, 6):
        met(held.lead, held.rep, at=NOW + timedelta(days=day))
    with django_assert_num_queries(STATEMENTS):
        browser.get(address)


STATEMENTS = 37
