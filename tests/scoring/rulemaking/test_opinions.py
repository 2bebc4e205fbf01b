"""点数に意見を送る: what is kept, who may answer, and the draft it leads to."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from scoring.models import Draft, Opinion
from scoring.rulemaking import drafting, opinions
from scoring.rulemaking.drafting import DraftRefused, NotYours
from tests.people import NOW, new_lead, react, rescore

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def lead(house):
    lead = new_lead()
    for hours in (30, 6, 5):
        react(lead, "pricing_view", at=NOW - timedelta(hours=hours))
    react(lead, "document_download", at=NOW)
    return rescore(lead)


def sent(lead, house, **fields):
    asked = {"rule": "pricing", "text": "競合の調査です", "by": house.sato}
    return opinions.send(lead, **(asked | fields), now=NOW)


def test_an_opinion_keeps_what_the_score_was(house, lead):
    one = sent(lead, house, text="  競合の調査です\n")
    assert (one.rule, one.event, one.text, one.by, one.at) == (
        "pricing", None, "競合の調査です", house.sato, NOW
    )  # fmt: skip
    assert (one.model_version, one.readiness) == (1, 62)
    assert Decimal("11.7") < Opinion.objects.get().points < Decimal("12")  # all three views together


def test_of_one_event_only(house, lead):
    event = lead.activities.filter(type="pricing_view").order_by("-occurred_at").first()
    one = sent(lead, house, event=event.pk)
    assert one.event == event and Decimal("3.9") < Opinion.objects.get().points < 4


@pytest.mark.parametrize(("half", "points"), [("fit", 42), ("interest", Decimal("19.92"))])
def test_of_a_whole_half(house, lead, half, points):
    sent(lead, house, rule=half)
    assert abs(Opinion.objects.get().points - points) < Decimal("0.1")


def test_a_line_that_is_not_there(house, lead):
    other = react(new_lead(), "pricing_view")
    for wrong in ({"rule": "demo"}, {"rule": "nonsense"}, {"event": other.pk}, {"rule": "fit", "event": 1}):
        with pytest.raises(opinions.NoSuchLine):
            sent(lead, house, **wrong)


def test_words_are_needed_and_not_too_many(house, lead):
    for text, code in ((" ", "text_missing"), ("あ" * 2001, "text_too_long")):
        with pytest.raises(DraftRefused, match=code):
            sent(lead, house, text=text)


def test_who_writes_the_rules_answers_once(house, lead):
    one = sent(lead, house)
    with pytest.raises(NotYours):
        opinions.settle(one, answer="はい", by=house.sato, now=LATER)
    with pytest.raises(DraftRefused, match="answer: text_missing"):
        opinions.settle(one, answer="", by=house.miura, now=LATER)
    opinions.settle(one, answer="8点から4点にします", by=house.miura, now=LATER)
    with pytest.raises(DraftRefused, match="settled_already"):
        opinions.settle(one, answer="やめます", by=house.suzuki, now=LATER)
    one.refresh_from_db()
    assert (one.answer, one.settled_by, one.settled_at) == ("8点から4点にします", house.miura, LATER)
    assert list(opinions.waiting()) == []
    assert list(opinions.of_lead(lead)) == [one]


def test_a_draft_begun_from_it(house, lead):
    one = sent(lead, house)
    with pytest.raises(NotYours):
        opinions.begin_draft(one, title="料金ページ", by=house.sato, now=LATER)
    draft = opinions.begin_draft(one, title="料金ページ", by=house.miura, now=LATER)
    assert (draft.state, draft.base.version, draft.body) == (Draft.EDITED, 1, draft.base.body)
    assert list(draft.opinions.all()) == [one] == list(opinions.waiting())
    drafting.withdraw(draft, by=house.miura, now=LATER)
