"""The ground floor in words, in both languages."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone, translation

from leads import activity_types, glossary, roles, stages, words

SUNDAY = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)  # 10:30 in Tokyo


@pytest.fixture(params=["ja", "en"])
def language(request):
    with translation.override(request.param), timezone.override("Asia/Tokyo"):
        yield request.param


def test_every_code_has_a_word(language):
    for said, codes in (
        (words.STAGES, stages.STAGES + stages.OUTCOMES),
        (words.CAUSES, stages.CAUSES),
        (words.ACTIVITIES, activity_types.BUILT_IN),
        (words.ROLES, roles.ALL),
        (words.SIDES, roles.SIDES),
    ):
        assert set(codes) <= set(said)
    assert set(stages.STAGES) <= set(glossary.TERMS)


@pytest.mark.parametrize("language, said", [("ja", "引き渡し対象 (MQL)"), ("en", "Ready for sales (MQL)")])
def test_a_stage_in_full(language, said):
    with translation.override(language):
        assert words.stage_label("mql", short=False) == said


@pytest.mark.parametrize(
    "language, said", [("ja", "2026年11月22日(日) 10:30"), ("en", "Sun 22 Nov 2026, 10:30")]
)
def test_a_moment_in_prose(language, said):
    with translation.override(language), timezone.override("Asia/Tokyo"):
        assert words.moment(SUNDAY) == said


@pytest.mark.parametrize(
    "language, near, far, other_year",
    [
        ("ja", "10:30", "11/22(日) 10:30", "2027/2/1(月)"),
        ("en", "10:30", "Sun 22 Nov 10:30", "Mon 1 Feb 2027"),
    ],
)
def test_as_short_as_it_is_clear(language, near, far, other_year):
    with translation.override(language), timezone.override("Asia/Tokyo"):
        assert words.near(SUNDAY, SUNDAY + timedelta(hours=2)) == near
        assert words.near(SUNDAY, SUNDAY + timedelta(days=2)) == far
        assert words.short_day(date(2027, 2, 1), date(2026, 11, 22)) == other_year


@pytest.mark.parametrize(
    "language, ends, tonight", [("ja", "11/24(火)", "今日"), ("en", "Tue 24 Nov", "today")]
)
def test_a_day_is_until_its_end(language, ends, tonight):
    """A deadline at midnight is the end of the day before, and is called by that day."""
    midnight = datetime(2026, 11, 24, 15, tzinfo=UTC)  # 25 November, 0:00 in Tokyo
    with translation.override(language), timezone.override("Asia/Tokyo"):
        assert words.until(midnight, SUNDAY) == ends
        assert words.until(midnight, midnight - timedelta(hours=5)) == tonight
        assert words.until(midnight + timedelta(hours=9), SUNDAY).endswith(" 9:00")


@pytest.mark.parametrize(
    "minutes, ja, en",
    [
        (0, "0分", "0 min"),
        (48, "48分", "48 min"),
        (60, "1時間", "1 h"),
        (70.9, "1時間10分", "1 h 10 min"),
        (12 * 60 + 18, "12時間", "12 h"),
        (24 * 60, "1日", "1 day"),
        (27 * 60, "1日3時間", "1 day 3 h"),
        (51 * 60, "2日", "2 days"),
        (-5, "0分", "0 min"),
    ],
)
def test_a_length(minutes, ja, en):
    for language, said in (("ja", ja), ("en", en)):
        with translation.override(language):
            assert words.duration(timedelta(minutes=minutes)) == said


def test_business_time_never_turns_into_days():
    with translation.override("ja"):
        assert words.business_minutes(60 * 30 + 5) == "30時間5分"


@pytest.mark.parametrize(
    "text, ja, en",
    [
        ({"ja": "料金", "en": "Price"}, "料金", "Price"),
        ({"ja": "料金"}, "料金", "料金"),
        ({"en": "Price"}, "Price", "Price"),
        ("料金", "料金", "料金"),
        ({}, "", ""),
        (None, "", ""),
    ],
)
def test_a_text_of_the_playbook(text, ja, en):
    for language, said in (("ja", ja), ("en", en)):
        with translation.override(language):
            assert words.label(text) == said


def test_customers_and_colleagues():
    with translation.override("ja"):
        assert (words.customer("山本 花子"), words.colleague("佐藤 恵")) == ("山本 花子 様", "佐藤 恵さん")
    with translation.override("en"):
        assert (words.customer("Hanako"), words.colleague("Sato")) == ("Hanako", "Sato")


def test_one_reading_asks_the_database_once(house, django_assert_num_queries):
    with words.one_reading(), django_assert_num_queries(1):
        assert words.activity_label("factory_tour") != ""
        words.activity_label("site_visit")
