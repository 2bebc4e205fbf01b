"""The bell and the page behind it: one's own notices, in one's own language, read one by one or all."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.urls import reverse

from config import sweep
from handoff import desk, digest, notice_words, notices, outbox
from handoff.models import Message, Notice, Step
from handoff.outbox import Letter
from leads.models import Lead
from tests import people
from tests.people import NOW, fresh, new_lead, offered

pytestmark = pytest.mark.usefixtures("frozen")
HOUR = timedelta(hours=1)


def told(to, kind="offered", cause="offered:1", now=NOW, **more):
    outbox.post([Letter(kind, cause, to.pk, **more)], now=now)
    outbox.deliver(now=now)
    return Notice.objects.get(key=f"{cause}:{to.pk}")


def page(browser, **query):
    return browser.get(reverse("notice-list"), query).content.decode()


def test_ones_own_and_nobody_elses(house, browser_of):
    lead = new_lead(family_name="秘密", company={"name": "秘密商事"})
    told(house.sato, lead=lead.pk)
    assert "秘密" in page(browser_of(house.sato))
    assert "秘密" not in page(browser_of(house.kobayashi))


def test_the_bell_counts_what_is_unread_on_every_page(house, browser_of):
    browser = browser_of(house.sato)
    assert "data-unread" not in browser.get(reverse("queue")).content.decode()
    for number in range(3):
        told(house.sato, cause=f"offered:{number}")
    for address in ("queue", "notice-bell", "glossary"):
        answer = browser.get(reverse(address)).content.decode()
        assert "data-unread" in answer and "<b>3<" in answer


def test_the_bell_stops_counting_at_a_hundred(house, browser_of):
    Notice.objects.bulk_create(
        Notice(recipient=house.sato, key=f"x{number}", kind="offered", created_at=NOW)
        for number in range(120)
    )
    assert notices.unread(house.sato) == 100
    assert "99+" in browser_of(house.sato).get(reverse("notice-bell")).content.decode()


def test_in_the_language_of_whoever_reads_it(house, browser_of):
    held = offered(new_lead())
    desk.reassign(held, by=house.suzuki, now=NOW, reason="x", to=house.kobayashi)
    outbox.deliver(now=NOW)
    english = page(browser_of(house.kobayashi))
    assert "山本 花子 is offered to you: Raised a hand." in english
    assert "Accept it or send it back." in english
    house.kobayashi.language = "ja"
    house.kobayashi.save()
    assert "is offered to you: Raised a hand." not in page(browser_of(house.kobayashi))


def test_opening_one_reads_it_and_leads_to_the_lead(house, browser_of):
    held = offered(new_lead())
    outbox.deliver(now=NOW)
    one = Notice.objects.get()
    answer = browser_of(house.sato).get(reverse("notice", args=[one.pk]))
    assert answer["Location"] == reverse("lead", args=[held.lead_id])
    assert Notice.objects.get().read_at == NOW


def test_what_one_may_not_see_any_more_is_named_and_not_linked(house, browser_of):
    lead = new_lead(company={"name": "他部門商事"})
    one = told(house.yamada, kind="supporter", cause="supporter:1", lead=lead.pk)
    assert not Lead.objects.visible_to(house.yamada).filter(pk=lead.pk).exists()
    browser = browser_of(house.yamada)
    assert "他部門商事" in page(browser) and reverse("notice", args=[one.pk]) not in page(browser)
    assert browser.get(reverse("notice", args=[one.pk]))["Location"] == reverse("notice-list")


def test_somebody_elses_is_not_there(house, browser_of):
    one = told(house.sato)
    browser = browser_of(house.kobayashi)
    assert browser.get(reverse("notice", args=[one.pk])).status_code == 404
    browser.post(reverse("notice-read"), {"notice": one.pk})
    browser.post(reverse("notice-read"), {"until": one.pk})
    assert Notice.objects.get().read_at is None


def test_one_is_read_and_the_first_reading_counts(house, browser_of):
    one, other = told(house.sato), told(house.sato, cause="offered:2")
    browser_of(house.sato).post(reverse("notice-read"), {"notice": one.pk})
    notices.read(house.sato, pk=one.pk, now=NOW + HOUR)
    assert Notice.objects.get(pk=one.pk).read_at == NOW
    assert Notice.objects.get(pk=other.pk).read_at is None


def test_all_are_read_but_not_what_came_since(house, browser_of):
    told(house.sato)
    seen = told(house.sato, cause="offered:2")
    late = told(house.sato, cause="offered:3")
    browser = browser_of(house.sato)
    assert f'name="until" value="{late.pk}"' in page(browser)
    browser.post(reverse("notice-read"), {"until": seen.pk})
    assert list(Notice.objects.filter(read_at=None)) == [late]
    browser.post(reverse("notice-read"), {"until": "x"})
    browser.post(reverse("notice-read"), {"until": late.pk})
    assert not Notice.objects.filter(read_at=None).exists()
    assert 'name="until"' not in page(browser)


def test_older_ones_stand_behind(house, browser_of):
    Notice.objects.bulk_create(
        Notice(recipient=house.sato, key=f"x{number}", kind="offered", created_at=NOW) for number in range(60)
    )
    browser = browser_of(house.sato)
    first = browser.get(reverse("notice-list"))
    second = browser.get(reverse("notice-list"), {"before": first.context["further"]})
    keys = [
        line.notice.key for answer in (first, second) for group in answer.context["groups"] for line in group
    ]
    assert sorted(keys) == sorted(f"x{number}" for number in range(60))
    assert second.context["further"] is None


def test_grouped_by_lead_at_the_place_of_the_newest(house, browser_of):
    first, second = new_lead(), new_lead()
    for number, lead in enumerate((first, second, first)):
        told(house.sato, cause=f"offered:{number}", lead=lead.pk, now=NOW + timedelta(seconds=number))
    groups = browser_of(house.sato).get(reverse("notice-list")).context["groups"]
    assert [[line.notice.lead for line in group] for group in groups] == [[first, first], [second]]


def test_many_cost_as_many_statements_as_one(house, django_assert_num_queries):
    for number in range(12):
        told(house.sato, cause=f"offered:{number}", lead=new_lead().pk)
    rows = list(notices.of(house.sato))
    with django_assert_num_queries(2):
        notice_words.lines(rows[:1], house.sato, now=NOW)
    with django_assert_num_queries(2):
        notice_words.lines(rows, house.sato, now=NOW)


def test_every_kind_has_its_sentence_in_a_life(house, browser_of):
    """Offered, late, taken back, kept, sent back, woken: nobody is told a bare code."""
    held = offered(new_lead())
    for _ in range(3):
        sweep.until_done(now=Step.objects.filter(clock__handoff=held).order_by("-due_at").first().due_at)
        held = people.handoff_of(held.lead)
    at = NOW + timedelta(days=9)
    desk.send_back(held, by=held.rep, now=at, reason="too_early", wake_on=date(2027, 2, 1))
    sweep.until_done(now=NOW + timedelta(days=80))
    kinds = set(Message.objects.values_list("kind", flat=True))
    assert {"offered", "remind_rep", "tell_team_lead", "tell_manager", "taken_back", "kept", "sent_back",
            "woken"} <= kinds  # fmt: skip
    for user in (house.sato, house.kobayashi, house.suzuki, house.miura):
        for line in notice_words.lines(list(notices.of(user)), user, now=at):
            assert line.text and line.then and "%(" not in line.text + line.then
            assert line.text != notice_words._unknown(notice_words._Reading([], user, now=at), {})[0]


@pytest.mark.parametrize("kind", sorted(notice_words.SENTENCES))
def test_every_kind_has_a_name_and_a_sentence(house, kind):
    lead = new_lead()
    body = {"by": house.miura.pk, "verdict": "valid", "cause": "ladder", "queue": "inside", "what": "accept"}
    if kind == digest.DIGEST:
        body |= {
            "items": [{"kind": "breached", "lead": lead.pk, "handoff": None}] * 2,
            "count": 2,
            "leads": 1,
        }
    one = Notice.objects.create(
        recipient=house.sato, key="x", kind=kind, lead=lead, body=body, created_at=NOW
    )
    [line] = notice_words.lines([one], house.sato, now=NOW)
    assert line.text and "%(" not in line.text
    assert notice_words.kind_label(kind) != kind
    assert fresh(lead).pk == lead.pk


@pytest.mark.parametrize("language", ["en", "ja"])
def test_questions_answers_and_ends_in_a_sentence(house, browser_of, language):
    """Each kind has its words, and leads where it can be answered or read."""
    lead = new_lead()
    held = offered(lead)
    task = desk.ask_marketing(held, by=house.sato, now=NOW, text="予算は？")
    desk.answer_task(task, by=house.miura, now=NOW, text="800万円")
    told(house.sato, "given", "given:1", lead=lead.pk, body={"by": house.suzuki.pk})
    told(house.sato, "ended", "ended:1", lead=lead.pk, handoff=held.pk, body={"cause": "completed"})
    for user in (house.miura, house.sato):
        user.language = language
        user.save()
    asked, mine = page(browser_of(house.miura)), page(browser_of(house.sato))
    name = "山本 花子"
    assert reverse("notice", args=[Notice.objects.get(kind="asked").pk]) in asked
    for kind in ("asked", "given", "ended", "answered"):
        one = Notice.objects.get(kind=kind)
        [line] = notice_words.lines([one], one.recipient, now=NOW)
        assert name in line.text and line.then, kind
        assert name in (asked if kind == "asked" else mine)
    to_task = notice_words.lines([Notice.objects.get(kind="asked")], house.miura, now=NOW)[0].url
    assert to_task == reverse("task", args=[task.pk])
    assert browser_of(house.miura).get(to_task).status_code == 200
    to_lead = notice_words.lines([Notice.objects.get(kind="answered")], house.sato, now=NOW)[0].url
    assert "800万円" in browser_of(house.sato).get(to_lead).content.decode()
    if language == "en":
        for sentence in ("has a question about", "answered your question about", "gave", "which you support"):
            assert sentence in asked + mine
