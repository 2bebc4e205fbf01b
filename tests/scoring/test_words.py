"""Every code of this floor in both languages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from leads.predicate_tests import TESTS
from leads.words import one_reading
from scoring import condition_words, facts, ledger, words
from scoring.definition import Condition
from scoring.engine import Line
from scoring.ledger import Fall, News
from scoring.models import ScoringModel
from scoring.readiness import look
from tests.people import NOW, fresh, new_lead, react, rescore

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def in_tokyo():
    with timezone.override("Asia/Tokyo"):
        yield


@pytest.fixture
def japanese():
    with translation.override("ja"):
        yield


@pytest.fixture
def english():
    with translation.override("en"):
        yield


def line(rule, label, points=1.0):
    return Line(rule, None, label, points, points, "interest")


KNOWN = {"present": True}
CONDITIONS = [
    ({"title": {"contains_any": ["部長"]}}, "役職に「部長」を含む", "Title contains “部長”"),
    (
        {"company.employees": {"gte": 1000, "lt": 5000}},
        "従業員数が1,000以上、かつ従業員数が5,000未満",
        "Employees at least 1,000 and Employees below 5,000",
    ),
    ({"phone": {"present": True}}, "電話番号がわかっている", "Phone is known"),
    ({"phone": {"present": False}}, "電話番号がない", "Phone is missing"),
    (
        {"email": {"free_mail": True}},
        "メールアドレスがフリーメール",
        "E-mail is at a free mail service",
    ),
    ({"company.relation": {"is": "competitor"}}, "関係が「競合」", "Relation is “Competitor”"),
    ({"do_not_contact": {"is": True}}, "連絡禁止: はい", "Do not contact: yes"),
    (
        {"company.prefecture": {"in": ["東京都", "千葉県"]}},
        "都道府県が「東京都」・「千葉県」のいずれか",
        "Prefecture is one of “東京都”, “千葉県”",
    ),
    ({"data.kind": {"in": ["quote"]}}, "種別が「見積もり」のいずれか", "kind is one of “quotation”"),
    ({"attributes.seats": {"gt": 10}}, "seatsが10を超える", "seats above 10"),
    (
        {
            "any_of": [
                {"title": {"has_word": ["Head"]}},
                {"phone": {"present": True}, "email": {"present": True}},
            ]
        },
        "役職に「Head」という語がある、または(電話番号がわかっている、かつメールアドレスがわかっている)",
        "Title has the word “Head” or (Phone is known and E-mail is known)",
    ),
    (
        {"not": {"title": {"starts_with": "営業"}}},
        "「役職が「営業」で始まる」ではない",
        "not (Title starts with “営業”)",
    ),
    ({}, "いつでも", "always"),
]


@pytest.mark.parametrize(("predicate", "ja", "en"), CONDITIONS)
def test_conditions(db, predicate, ja, en):
    with translation.override("ja"):
        assert words.condition(predicate) == ja
    with translation.override("en"):
        assert words.condition(predicate) == en


def test_every_test_of_a_predicate_has_words():
    said = set(condition_words.TESTS) | {name for name, _ in condition_words.SWITCHES}
    assert set(TESTS) == said


def test_why_a_predicate_holds(house, japanese):
    values = facts.values_of(new_lead())
    rules = {rule["id"]: rule["when"] for rule in ScoringModel.objects.get().body["fit"]["rules"]}
    assert words.reason(rules["title-head"], values) == "役職: 情報システム部長"
    assert words.reason(rules["size-300"], values) == "従業員数: 300"
    absent = {"not": {"title": {"is": "学生"}}}
    assert words.reason(absent, values) == "「役職が「学生」」ではない"


@pytest.mark.parametrize(
    ("coded", "ja", "en"),
    [
        (line("pricing", "pricing_view"), "料金ページを閲覧", "Viewed the price page"),
        (line("tour", "factory_tour"), "工場見学", "Factory tour"),
        (
            line("inquiry", "inquiry"),
            "お問い合わせ(種別が「相談」・「見積もり」・「デモ」のいずれか)",
            "Made an inquiry (kind is one of “consultation”, “quotation”, “demo”)",
        ),
        (line("size-300", "size-300"), "従業員数が300以上", "Employees at least 300"),
        (
            line("clip", "pricing", -1),
            "料金ページを閲覧: 上限16点",
            "Viewed the price page: at most 16 points",
        ),
        (line("clip", "fit", -1), "適合度の上限50", "Fit is at most 50"),
        (line("clip", "interest", 1), "関心度は0を下回らない", "Interest is at least 0"),
        (line("response", "response"), "働きかけへの反応", "Answers to what we did"),
        (line("response", "silent", -10), "働きかけに反応なし", "No answer to what we did"),
        (line("rounding", "rounding"), "端数の丸め", "Rounding to a whole number"),
        (line("a rule of long ago", "email_open"), "メールを開封", "Opened an e-mail"),
    ],
)
def test_lines(house, coded, ja, en):
    with translation.override("ja"):
        assert words.line_label(coded) == ja
    with translation.override("en"):
        assert words.line_label(coded) == en
        frozen = {"rule": coded.rule, "label": coded.label, "points": coded.points}
        assert words.line_label(frozen, version=1) == en


def test_a_name_given_by_the_playbook_wins(house, english):
    body = ScoringModel.objects.get().body
    body["fit"]["rules"][0]["label"] = {"ja": "経営層", "en": "Executives"}
    ScoringModel.objects.update(body=body)
    assert words.line_label(line("title-exec", "title-exec")) == "Executives"


def test_rows_say_how_often(house, japanese):
    lead = new_lead()
    for days in range(5):
        react(lead, "page_view", at=NOW - days * DAY, now=NOW)
    found = ledger.of(fresh(lead), now=NOW)
    assert [words.line_label(row) for row in found.interest.rows] == ["ページを閲覧 5回"]


def test_labels_ask_the_database_once_a_page(house, django_assert_num_queries):
    with one_reading(), django_assert_num_queries(2):  # the model, and the playbook's own kinds of activity
        for rule, label in (("pricing", "pricing_view"), ("tour", "factory_tour"), ("size-300", "size-300")):
            words.line_label(line(rule, label))
            words.line_label(line(rule, label))


@pytest.mark.parametrize(
    ("one", "short", "checked"),
    [
        (
            Condition("min_readiness", False, 60, 41.96),
            "見込み度 41.9: 基準60まであと18.1",
            "見込み度 41.9(基準60)",
        ),
        (Condition("min_fit", False, 20, 19.999), "適合度 19.9: 基準20まであと0.1", "適合度 19.9(基準20)"),
        (
            Condition("require", False, {"present": True}, "", "phone"),
            "電話番号がまだわかりません",
            "電話番号がわかっている",
        ),
        (
            Condition("require", False, {"gte": 50}, 10, "company.employees"),
            "条件を満たしていません: 従業員数が50以上",
            "従業員数が50以上",
        ),
        (
            Condition("exclude", False, {"do_not_contact": {"is": True}}, None, 2),
            "除外されています: 連絡禁止: はい",
            "除外の条件: 連絡禁止: はい",
        ),
        (
            Condition("new_reaction", False, True, False),
            "前回の差し戻し以降、新しい反応がありません",
            "前回の差し戻し以降の新しい反応",
        ),
    ],
)
def test_what_is_missing(japanese, one, short, checked):
    assert words.shortfall(one) == short
    assert words.check(one) == checked


def test_an_exclusion_that_does_not_hold_reads_as_good_news(japanese):
    free = Condition("exclude", True, {"do_not_contact": {"is": True}}, None, 2)
    assert words.check(free) == "除外に当たらない: 連絡禁止: はい"


def test_groups_and_excludes(house):
    with translation.override("ja"):
        assert words.group_label(1) == "デモを依頼(14日以内)"
        assert words.group_label(2, version=1) == "資料を請求 + アンケートに回答(連絡を希望: はい)(30日以内)"
        assert words.exclude_label(1) == "関係が「既存顧客」"
    with translation.override("en"):
        assert words.group_label(1) == "Asked for a demo within 14 days"
        assert words.group_label(9) == words.exclude_label(9) == ""


def test_four_plain_classes(house):
    model = ScoringModel.objects.get().compiled
    lead = new_lead()
    found = ledger.of(lead, now=NOW)
    with translation.override("ja"):
        assert words.class_labels(found.fit.is_high, found.interest.is_high) == ("高", "低")
    with translation.override("en"):
        assert words.classes(look(lead, now=NOW).score, model) == ("high", "low")


def test_what_time_will_do(house):
    fall = Fall(NOW + 13 * DAY, "min_readiness", 60)
    with translation.override("ja"):
        said = "このまま反応がなければ、12/7(月)ごろに見込み度が基準60を下回ります。"
        assert words.fall_note(fall, now=NOW) == said
    with translation.override("en"):
        said = "Without a new reaction, Readiness will fall below 60 around Mon 7 Dec."
        assert words.fall_note(fall, now=NOW) == said


def test_how_long_a_lead_stays(house, japanese):
    lead = new_lead()
    for _ in range(2):
        react(lead, "webinar_attended")
    assert words.leave_note(ledger.of(fresh(lead), now=NOW)) == ""
    lead = rescore(lead)
    said = "見込み度45、または関心度10を下回るまでは引き渡し対象のままです。"
    assert words.leave_note(ledger.of(lead, now=NOW)) == said


def test_new_since_a_send_back(japanese):
    said = "9/3(木)の差し戻し以降の新しい点数: 43(基準60)"
    assert words.news_note(News(NOW.replace(month=9, day=3), 43, 60), now=NOW) == said
