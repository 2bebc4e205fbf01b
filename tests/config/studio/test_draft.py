"""The page of a draft: what it changes, what is said of it, and how it comes into force."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from config.clock import now
from leads import roles
from leads.models import User
from scoring.models import Comment, Draft, ScoringModel
from scoring.rulemaking import drafting
from tests.config.studio.drafts import begun, changed, published, requested


@pytest.fixture(autouse=True)
def english(house):
    User.objects.update(language="en")
    for name in house.NAMES:
        getattr(house, name).language = "en"


@pytest.fixture
def miura(house, browser_of):
    return browser_of(house.miura)


def at(draft, act=""):
    return f"/rules/drafts/{draft.pk}{f'/{act}' if act else ''}"


def said(answer):
    return answer.content.decode()


def stored(draft):
    return Draft.objects.get(pk=draft.pk)


# ── looking ──────────────────────────────────────────────────────────────────


def test_what_it_changes_in_words(house, miura):
    draft = begun(house)
    page = said(miura.get(at(draft)))
    assert "What is other than in v1" in page and "1 change" in page
    assert "Interest: Viewed the price page" in page
    assert "<dt>Points</dt>" in page and "<s>4</s>" in page and "<b>8</b>" in page
    assert f'href="{at(draft, "edit")}"' in page and f'href="{at(draft, "simulate")}"' in page


@pytest.mark.parametrize("many", [1, 3])
def test_constant_queries(house, miura, count_queries, many):
    draft = requested(house)
    for number in range(many):
        drafting.comment(draft, text=f"{number}", by=house.sato, now=now())
    with count_queries(10):
        miura.get(at(draft))


def test_in_japanese(house, browser_of):
    house.miura.language = "ja"
    house.miura.save()
    assert '<html lang="ja">' in said(browser_of(house.miura).get(at(begun(house))))


@pytest.mark.parametrize("pk", [7, 10**18])
def test_no_such_draft(miura, pk):
    for act in ("", "/request", "/approve"):
        assert miura.get(f"/rules/drafts/{pk}{act}").status_code == 404
    for act in ("comment", "request", "approve", "withdraw", "catch-up"):
        assert miura.post(f"/rules/drafts/{pk}/{act}", {"text": "x", "revision": 1}).status_code == 404


# ── talking ──────────────────────────────────────────────────────────────────


def test_sales_comments_on_a_rule(house, browser_of):
    draft = begun(house)
    sato = browser_of(house.sato)
    page = said(sato.get(at(draft)))
    for button in ("Ask for approval", "Withdraw", "Change the rules"):
        assert button not in page
    sato.post(at(draft, "comment"), {"rule": "pricing", "text": "4点で十分です\nほんとうに"})
    assert Comment.objects.get().rule == "pricing"
    page = said(sato.get(at(draft)))
    assert "<b>Viewed the price page</b>" in page and "4点で十分です<br>ほんとうに" in page


def test_an_empty_comment_keeps_what_was_chosen(house, miura):
    draft = begun(house)
    answer = miura.post(at(draft, "comment"), {"rule": "pricing", "text": " "})
    assert answer.status_code == 422 and "<title>Error: " in said(answer)
    assert '<option value="pricing" selected>' in said(answer)


def test_a_comment_on_no_rule_of_the_draft(house, miura):
    draft = begun(house)
    assert miura.post(at(draft, "comment"), {"rule": "nope", "text": "x"}).status_code == 422
    assert not Comment.objects.exists()


# ── asking and agreeing ──────────────────────────────────────────────────────


def test_from_draft_to_version_in_the_browser(house, browser_of):
    draft = begun(house)
    miura = browser_of(house.miura)
    assert "Ask for approval" in said(miura.get(at(draft)))
    miura.post(at(draft, "request"), {"revision": 1, "wished_from": ""})
    page = said(miura.get(at(draft)))
    assert "Waiting for approval" in page and "三浦 葵" in page and "not yet" in page
    assert at(draft, "approve") not in page  # her side has said yes
    suzuki = browser_of(house.suzuki)
    assert at(draft, "approve") in said(suzuki.get(at(draft)))
    cushion = said(suzuki.get(at(draft, "approve")))
    assert "With your approval these rules come into force at once" in cushion and "<b>8</b>" in cushion
    assert ScoringModel.objects.count() == 1  # looking at it publishes nothing
    answer = suzuki.post(at(draft, "approve"), {"revision": 1}, follow=True)
    assert "Published as v2" in said(answer)
    assert ScoringModel.objects.newest().body == changed_body(draft)


def changed_body(draft):
    return stored(draft).body


def test_a_wish_is_in_the_readers_zone(house, miura):
    draft = begun(house)
    miura.post(at(draft, "request"), {"revision": 1, "wished_from": "2031-12-01T09:00"})
    with timezone.override("Asia/Tokyo"):
        here = timezone.localtime(stored(draft).wished_from)
    assert (here.year, here.hour, here.minute) == (2031, 9, 0)


def test_a_wish_for_the_past_is_told_at_its_field(house, miura):
    draft = begun(house)
    answer = miura.post(at(draft, "request"), {"revision": 1, "wished_from": "2020-01-01T09:00"})
    assert answer.status_code == 422
    assert "This moment is in the past" in said(answer) and 'value="2020-01-01T09:00"' in said(answer)
    assert stored(draft).state == Draft.EDITED


def test_a_moment_to_come_is_said_before_and_after(house, browser_of):
    draft = requested(house, wished_from=now() + timedelta(days=2))
    suzuki = browser_of(house.suzuki)
    assert "these rules come into force on" in said(suzuki.get(at(draft, "approve")))
    answer = suzuki.post(at(draft, "approve"), {"revision": 1}, follow=True)
    assert "it comes into force at the moment asked for" in said(answer)
    assert "comes into force on" in said(suzuki.get(at(draft)))


def test_who_agrees_to_something_older_is_told_and_sees_what_is_new(house, browser_of):
    draft = requested(house)
    drafting.edit(
        draft, body=changed(6), revision=1, by=house.miura, now=now() - timedelta(minutes=2, seconds=5)
    )
    drafting.request(draft, by=house.miura, now=now() - timedelta(minutes=2))
    answer = browser_of(house.suzuki).post(at(draft, "approve"), {"revision": 1})
    assert answer.status_code == 409
    assert "三浦 葵 asked for approval 2 min ago." in said(answer)
    assert "<b>6</b>" in said(answer) and 'value="2"' in said(answer)
    assert stored(draft).state == Draft.REQUESTED


def test_what_somebody_else_changed_in_japanese(house, browser_of):
    draft = begun(house)
    drafting.edit(
        draft, body=changed(6), revision=1, by=house.suzuki, now=now() - timedelta(minutes=2, seconds=5)
    )
    house.miura.language = "ja"
    house.miura.save()
    answer = browser_of(house.miura).post(
        at(draft, "request"), {"revision": 1, "wished_from": "2031-12-01T09:00"}
    )
    assert answer.status_code == 409
    assert 'value="2031-12-01T09:00"' in said(answer)  # nothing typed is lost
    assert stored(draft).state == Draft.EDITED


def test_the_request_is_not_sent_twice(house, miura):
    draft = requested(house)
    answer = miura.post(at(draft, "request"), {"revision": 1})
    assert answer.status_code == 409 and "asked for approval just now" in said(answer)


@pytest.mark.parametrize("revision", ["", "0", "x", "9" * 30])
def test_an_act_without_the_revision_seen(house, browser_of, revision):
    draft = requested(house)
    answer = browser_of(house.suzuki).post(at(draft, "approve"), {"revision": revision})
    assert answer.status_code == 422 and stored(draft).state == Draft.REQUESTED


def test_who_may_press_what(house, browser_of):
    draft = requested(house)
    sato = browser_of(house.sato)
    for act in ("request", "approve"):
        assert sato.get(at(draft, act)).status_code == 403
        assert sato.post(at(draft, act), {"revision": 1}).status_code == 403
    for act in ("withdraw", "catch-up"):
        assert sato.post(at(draft, act), {"revision": 1}).status_code == 403
    admin = User.objects.create_user("a@example.com", roles=[roles.ADMIN], side="sales")
    assert browser_of(admin).post(at(draft, "approve"), {"revision": 1}).status_code == 403
    assert stored(draft).state == Draft.REQUESTED


# ── the rules moved on ───────────────────────────────────────────────────────


def test_a_draft_of_older_rules_is_to_be_compared_anew(house, browser_of):
    draft = requested(house)
    published(house, points=9)
    suzuki = browser_of(house.suzuki)
    page = said(suzuki.get(at(draft)))
    assert "v2 was published since this draft began" in page
    assert at(draft, "approve") not in page
    assert suzuki.post(at(draft, "approve"), {"revision": 1}).status_code == 422
    suzuki.post(at(draft, "catch-up"), {"revision": 1})
    page = said(suzuki.get(at(draft)))
    assert "What is other than in v2" in page and "<s>9</s>" in page
    assert (stored(draft).state, stored(draft).base.version) == (Draft.EDITED, 2)


def test_what_it_left_alone_comes_along(house, browser_of):
    draft = begun(house)
    published(house, points=3, rule="visit")
    browser_of(house.miura).post(at(draft, "catch-up"), {"revision": 1})
    points = {one["id"]: one["points"] for one in stored(draft).body["interest"]["rules"]}
    assert (points["pricing"], points["visit"], stored(draft).revision) == (8, 3, 2)


def test_rules_that_are_not_sound_are_neither_asked_for_nor_approved(house, browser_of):
    """They can be reckoned with, and still nobody could ever be ready by them."""
    body = changed()
    body["mql"]["min_fit"] = 70
    draft = drafting.edit(begun(house), body=body, revision=1, by=house.miura, now=now())
    answer = browser_of(house.miura).post(at(draft, "request"), {"revision": 2})
    assert answer.status_code == 422 and "mql.min_fit: " in said(answer)
    drafting.request(draft, by=house.miura, now=now())
    assert browser_of(house.suzuki).post(at(draft, "approve"), {"revision": 2}).status_code == 422
    assert ScoringModel.objects.count() == 1


def test_withdrawing(house, miura):
    draft = begun(house)
    miura.post(at(draft, "withdraw"), {"revision": 1})
    assert stored(draft).state == Draft.WITHDRAWN
    page = said(miura.get(at(draft)))
    assert "Withdrawn" in page and "Ask for approval" not in page
    answer = miura.post(at(draft, "withdraw"), {"revision": 1}, follow=True)
    assert "withdrew it just now" in said(answer)
