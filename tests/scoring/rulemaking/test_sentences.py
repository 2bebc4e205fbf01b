"""The rules as sentences, in both languages."""

from copy import deepcopy

import pytest
from django.utils import translation

from scoring.rulemaking import sentences
from tests.people import example


@pytest.fixture
def body():
    return deepcopy(example().sections["scoring"])


@pytest.fixture(autouse=True)
def english(db):
    with translation.override("en"):
        yield


def said(body, part, key=""):
    [one] = [one for one in sentences.everything(body) if (one.part, one.key) == (part, key)]
    return one.text


@pytest.mark.parametrize("part, key, text", [
    ("interest", "pricing", "If they view the price page, +4 points. At most 2 times a day. It halves every 30 days. At most 16 points in all."),  # noqa: E501
    ("interest", "visit", "If they view a page, +1 point. At most 5 times a day. It counts for 30 days. At most 10 points in all."),  # noqa: E501
    ("interest", "click", "If they press a link in an e-mail, +2 points. At most 1 time a day. It halves every 14 days. At most 8 points in all."),  # noqa: E501
    ("interest", "card-a", "If we exchange business cards (rank is “A”), +20 points. It halves every 45 days."),  # noqa: E501
    ("interest", "leave", "If they stop our mail, −15 points. It halves every 180 days."),
    ("fit", "size-300", "If Employees at least 300, +15 points."),
    ("fit", "title-head", "If Title contains “本部長”, “事業部長”, “部長”, “工場長”, “所長”, “室長” or Title has the word “Director”, “Head”, +15 points."),  # noqa: E501
    ("mql", "", "Ready for sales from readiness 60, fit 20 and interest 20 on. Until sales accepts it, it goes back by itself below readiness 45 or interest 10."),  # noqa: E501
    ("require", "phone", "Required: Phone is known."),
    ("fast_track", "1", "Within 14 days of “Asked for a demo” it is handed over whatever its points."),
    ("fast_track", "2", "Within 30 days of “Requested a document” and “Answered a survey (wants to be contacted: yes)” it is handed over whatever its points."),  # noqa: E501
    ("exclude", "1", "If Relation is “Customer”, it is never handed over. Their account owner is told instead."),  # noqa: E501
    ("complete", "", "A handoff counts as complete with: Phone, Company, Title."),
    ("limits", "", "Fit is at most 50 points, interest at most 50."),
    ("classes", "", "Fit counts as high from 25 on, interest from 25 on."),
    ("timezone", "", "A day begins at midnight in Asia/Tokyo."),
    ("opening", "demo", "When “Asked for a demo” is the reason: “Ask which work they want to see in the demo.”"),  # noqa: E501
])  # fmt: skip
def test_the_example_in_sentences(body, part, key, text):
    assert said(body, part, key) == text


def test_no_part_of_the_example_is_left_out(body):
    found = {one.part for one in sentences.everything(body)}
    assert found == {
        "fit", "interest", "response", "limits", "classes", "timezone", "mql", "require", "fast_track", "exclude",  # noqa: E501
        "complete", "by_hand", "opening",
    }  # fmt: skip


def test_a_rule_that_is_off_says_so(body):
    body["interest"]["rules"][0]["off"] = True
    assert said(body, "interest", "pricing").startswith("Switched off: If they view")


def test_the_least_a_section_can_say(db):
    body = {"timezone": "UTC", "fit": {"max": 50}, "interest": {"max": 50}}
    assert [one.part for one in sentences.everything(body)] == ["limits", "classes", "timezone"]
