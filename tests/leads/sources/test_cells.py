"""What a cell means, and what it cannot mean."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.sources import cells
from leads.sources.problems import CellRefused

TOKYO = ZoneInfo("Asia/Tokyo")
LATEST = datetime(2026, 11, 26, tzinfo=UTC)


def refusal(convert, cell):
    with pytest.raises(CellRefused) as refused:
        convert(cell)
    return refused.value.code


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("Robert'); DROP TABLE lead;--", "Robert'); DROP TABLE lead;--"),
        ("invoice\u202egpj.exe", "invoicegpj.exe"),
        ("青空\r\n商事", "青空 商事"),
        ("\x07bell", "bell"),
        ("＝1+1", "＝1+1"),
        ("が\u3099", "が\u3099"),
    ],
)
def test_a_line(cell, kept):
    assert cells.line(100)(cell) == kept


def test_a_line_refuses():
    assert refusal(cells.line(100), "a\0b") == "null_characters_not_allowed"
    assert refusal(cells.line(100), "Z" + "\u0337" * 12) == "too_many_combining_marks"
    assert refusal(cells.line(5), "123456") == "too_long"
    assert refusal(cells.block(cells.LONGEST_NOTE), "あ" * 100_001) == "too_long"


@pytest.mark.parametrize("cell", ["taro@example.jp", "taro..yamada@docomo.ne.jp", ".taro.@docomo.ne.jp"])
def test_an_address_is_kept_as_typed(cell):
    assert cells.email(cell) == cell


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("山田@example.jp", "email_non_ascii_local"),
        ("a@e.jp,b@e.jp", "email_invalid"),
        ("no address", "email_invalid"),
        ("@e.jp", "email_invalid"),
        ("=cmd@e.jp", "email_invalid"),
        ("a" * 65 + "@e.jp", "email_invalid"),
        ("taro\u200b@e.jp", "email_invisible_character"),
    ],
)
def test_what_is_no_address(cell, code):
    assert refusal(cells.email, cell) == code


PHONES = ["03-3234-5678", "(555) 010-1234", "+33 6 00 00 00 00", "312345678", "p:+551199999999"]


@pytest.mark.parametrize("cell", PHONES)
def test_a_phone_is_kept_as_typed(cell):
    assert cells.phone(cell) == cell


@pytest.mark.parametrize("cell", ["110", "なし", "内線 12"])
def test_what_nobody_can_call(cell):
    assert refusal(cells.phone, cell) == "invalid_phone"


@pytest.mark.parametrize(
    ("cell", "number"), [("0", 0), ("320", 320), ("３２０", 320), ("2147483647", 2147483647)]
)
def test_a_whole_number(cell, number):
    assert cells.whole()(cell) == number


@pytest.mark.parametrize("cell", ["-1", "1,000", "1.5", "300名", "1e3", "٣"])
def test_no_whole_number(cell):
    assert refusal(cells.whole(), cell) == "not_a_whole_number"


def test_thousands_only_where_the_mapping_says_so():
    assert cells.whole(thousands=",")("1,200,000") == 1_200_000
    assert refusal(cells.whole(thousands=","), "1,20") == "not_a_whole_number"
    assert refusal(cells.whole(), "99999999999") == "number_too_large"


@pytest.mark.parametrize(
    ("cell", "yes"),
    [("true", True), ("ＴＲＵＥ", True), ("はい", True), ("○", True), ("0", False), ("いいえ", False)],
)
def test_yes_or_no(cell, yes):
    assert cells.yes_no(cell) is yes


def test_neither_yes_nor_no():
    assert refusal(cells.yes_no, "perhaps") == "not_yes_or_no"


@pytest.mark.parametrize(
    ("cell", "utc"),
    [
        ("2026-11-24", "2026-11-23T15:00"),
        ("2026-11-24 10:30", "2026-11-24T01:30"),
        ("2026-11-24T10:30:05Z", "2026-11-24T10:30:05"),
        ("2011-10-01T00:38:44.546+02:00", "2011-09-30T22:38:44.546"),
        ("2019-10-24 22:07:56.311 UTC", "2019-10-24T22:07:56.311"),
        ("2022-04-14 4:30:42", "2022-04-13T19:30:42"),
        ("2026/1/2", "2026-01-01T15:00"),
        ("２０２６／１１／２４", "2026-11-23T15:00"),
        ("2026年11月24日", "2026-11-23T15:00"),
        ("2026年11月24日(火) 10時30分", "2026-11-24T01:30"),
        ("3/15/2024 2:30 PM", "2024-03-15T05:30"),
        ("31/12/2024", "2024-12-30T15:00"),
        ("05/05/2026", "2026-05-04T15:00"),
        ("2026-11-24 24:00", "2026-11-24T15:00"),
        ("2026-11-24 12:00 am", "2026-11-23T15:00"),
    ],
)
def test_a_moment(cell, utc):
    convert = cells.moment(zone=TOKYO, latest=LATEST)
    assert convert(cell) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("04/06/2026", "ambiguous_date"),
        ("2026-02-30", "not_a_date"),
        ("2026-11-24 25:00", "not_a_date"),
        ("2026-11-24 13:00 PM", "not_a_date"),
        ("yesterday", "not_a_date"),
        ("46350", "not_a_date"),
        ("9999-12-31T23:59:59-12:00", "out_of_range"),
        ("0001-01-01", "out_of_range"),
        ("1899-12-31", "out_of_range"),
        ("2026-11-27", "in_future"),
        ("2026-11-24T10:00+99:99", "not_a_date"),
    ],
)
def test_no_moment(cell, code):
    assert refusal(cells.moment(zone=TOKYO, latest=LATEST), cell) == code


def test_the_mapping_says_the_order_or_the_pattern():
    day_first = cells.moment(zone=TOKYO, latest=LATEST, formats=["dmy"])
    month_first = cells.moment(zone=TOKYO, latest=LATEST, formats=["mdy"])
    assert day_first("04/06/2026").astimezone(TOKYO).month == 6
    assert month_first("04/06/2026").astimezone(TOKYO).month == 4
    pattern = cells.moment(zone=TOKYO, latest=LATEST, formats=["%d %b %Y", "%Y%m%d"])
    assert pattern("20260604") == pattern("04 Jun 2026")
    assert refusal(pattern, "2026-06-04") == "not_in_date_format"


@given(st.text(min_size=1, max_size=40))
def test_any_text_is_a_value_or_a_refusal(cell):
    moment = cells.moment(zone=TOKYO, latest=LATEST)
    for convert in (
        cells.line(99),
        cells.email,
        cells.phone,
        cells.whole(),
        cells.yes_no,
        cells.number,
        moment,
        cells.plain_object,
    ):
        try:
            convert(cell)
        except CellRefused:
            continue


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
        lambda x: st.lists(x) | st.dictionaries(st.text(), x),
        max_leaves=8,
    )
)
def test_any_json_is_attributes_or_a_refusal(value):

    try:
        found = cells.plain_object(json.dumps(value))
    except CellRefused:
        return
    json.dumps(found, allow_nan=False, ensure_ascii=False).encode()
