"""Normalised forms of people and companies, as tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads import identity


@pytest.mark.parametrize(
    ("typed", "key", "problem"),
    [
        ("Taro@Example.JP", "taro@example.jp", ""),
        ("  taro@example.jp ", "taro@example.jp", ""),
        ("ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ", "taro@example.jp", ""),
        ("taro@日本.jp", "taro@xn--wgv71a.jp", ""),
        ("", None, ""),
        ("taro..yamada@docomo.ne.jp", None, "email_invalid"),
        ("a@e.jp,b@e.jp", None, "email_invalid"),
        ("a" * 65 + "@e.jp", None, "email_invalid"),
        ("=cmd@e.jp", None, "email_invalid"),
        ("no address", None, "email_invalid"),
        ("山田@example.jp", None, "email_non_ascii_local"),
        ("K\u0130M@example.org", None, "email_non_ascii_local"),
        ("taro\u200b@example.jp", None, "email_invisible_character"),
    ],
)
def test_email(typed, key, problem):
    assert (identity.email_key(typed), identity.email_problem(typed)) == (key, problem)


@pytest.mark.parametrize("local", ["info", "sales", "Info+web", "no-reply", "eigyo"])
def test_office_addresses(local):
    assert identity.is_role_address(identity.email_key(f"{local}@example.jp"))


@pytest.mark.parametrize("local", ["yamada", "information.taro", "salesman"])
def test_addresses_of_people(local):
    assert not identity.is_role_address(identity.email_key(f"{local}@example.jp"))


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("03-1234-5678", "+81312345678"),
        ("03-3234-5678", "+81332345678"),
        ("０３（３２３４）５６７８", "+81332345678"),
        ("090ー1234ー5678", "+819012345678"),
        ("0422-21-1234", "+81422211234"),
        ("+81 90 1234 5678", "+819012345678"),
        ("03-3234-5678 内線 12", "+81332345678"),
        ("03\u22123234\u22125678", "+81332345678"),
        ("+33 6 12 34 56 78", "+33612345678"),
        ("110", None),
        ("電話なし", None),
        ("", None),
    ],
)
def test_phone(typed, key):
    assert identity.phone_key(typed) == key


@given(st.from_regex(r"0[1-9][0-9]{8}", fullmatch=True))
def test_the_short_way_to_a_number_is_the_long_one(digits):
    assert identity.phone_key(digits) == identity._parsed(digits)


@pytest.mark.parametrize(
    "name",
    [
        "㈱山田商事",
        "(株)山田商事",
        "株式会社山田商事",
        "山田商事株式会社",
        "山田商事㈱",
        "株式会社 山田　商事",
    ],
)
def test_one_company_however_its_form_is_written(name):
    assert identity.company_key(name) == "山田商事"


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Yamada, Inc.", "yamada"),
        ("YAMADA Co., Ltd.", "yamada"),
        ("株式会社", "株式会社"),
        ("髙﨑工業", "高崎工業"),
        ("", ""),
    ],
)
def test_company_key(name, key):
    assert identity.company_key(name) == key


@pytest.mark.parametrize(
    ("domain", "email", "found"),
    [
        ("https://www.Example.co.jp/about", "", "example.co.jp"),
        ("", "taro@example.co.jp", "example.co.jp"),
        ("", "taro@gmail.com", ""),
        ("gmail.com", "taro@example.co.jp", ""),
        ("なし", "", ""),
    ],
)
def test_company_domain(domain, email, found):
    assert identity.company_domain(domain, email) == found


@given(st.text(max_size=40))
def test_folding_twice_is_folding_once(text):
    assert identity.fold(identity.fold(text)) == identity.fold(text)
