"""Every test of a predicate at its edges, what is missing, what is refused; and free mail."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leads.free_mail import LIST, free_mail_domains, is_free_mail
from leads.predicates import PredicateError, check, compile_predicate, matches
from tests.scoring import oracle

AOZORA = {
    "title": " 情報システム部長 ",
    "email": "Aoi@Aozora.example",
    "phone": "",
    "do_not_contact": False,
    "company": {"employees": 300, "industry": "manufacturing", "relation": "prospect"},
    "attributes": {
        "seats": "1,200",
        "size.band": "B",
        "tags": ["ERP", "工場"],
        "none": [],
        "budget": 12.5,
        "vip": "TRUE",
    },
}


@pytest.mark.parametrize(
    ("predicate", "holds"),
    [
        ({}, True),
        ({"title": {"is": "情報システム部長"}}, True),
        ({"title": {"is_not": "情報システム部長"}}, False),
        ({"company.industry": {"is": " MANUFACTURING "}}, True),
        ({"company.industry": {"in": ["logistics", "Manufacturing"]}}, True),
        ({"company.industry": {"not_in": ["logistics", "Manufacturing"]}}, False),
        ({"company.industry": {"starts_with": "manu"}}, True),
        ({"company.industry": {"starts_with": ["logi", "manu"]}}, True),
        ({"company.industry": {"starts_with": "facturing"}}, False),
        ({"company.employees": {"gte": 300}}, True),
        ({"company.employees": {"gt": 300}}, False),
        ({"company.employees": {"lte": 300}}, True),
        ({"company.employees": {"lt": 300}}, False),
        ({"company.employees": {"gte": 299.5, "lt": 300.5}}, True),
        ({"company.employees": {"is": 300.0}}, True),
        ({"company.employees": {"is": "300"}}, True),
        ({"company.employees": {"in": [1, 300]}}, True),
        ({"company.employees": {"contains_any": ["30"]}}, True),
        ({"attributes.seats": {"gt": 1199, "lt": 1201}}, True),
        ({"attributes.seats": {"is": 1200}}, True),
        ({"attributes.seats": {"is": "1200"}}, False),
        ({"attributes.size.band": {"is": "b"}}, True),
        ({"attributes.tags": {"is": "erp"}}, True),
        ({"attributes.tags": {"contains_any": ["場"]}}, True),
        ({"attributes.tags": {"is_not": "erp"}}, False),
        ({"attributes.tags": {"gt": 1}}, False),
        ({"attributes.vip": {"is": True}}, True),
        ({"attributes.vip": {"is": 1}}, False),
        ({"do_not_contact": {"is": False}}, True),
        ({"do_not_contact": {"is": 0}}, False),
        ({"do_not_contact": {"present": True}}, True),
        ({"do_not_contact": {"gte": 0}}, False),
        ({"title": {"gt": 1}}, False),
        ({"title": {"lte": 1}}, False),
        ({"company": {"present": True}}, True),
        ({"email": {"present": True}, "title": {"contains_any": ["課長"]}}, False),
        ({"any_of": [{"email": {"present": False}}, {"title": {"contains_any": ["部長"]}}]}, True),
        ({"any_of": [{"email": {"present": False}}, {"title": {"contains_any": ["課長"]}}]}, False),
        ({"all_of": [{"email": {"present": True}}, {"title": {"contains_any": ["課長"]}}]}, False),
        ({"not": {"title": {"contains_any": ["課長"]}}}, True),
        ({"not": {"any_of": [{"not": {"phone": {"present": True}}}]}}, False),
    ],
)
def test_what_holds_of_aozora(predicate, holds):
    assert matches(predicate, AOZORA) is holds


@pytest.mark.parametrize(
    "path", ["phone", "department", "attributes.none", "company.domain", "phone.extension"]
)
@pytest.mark.parametrize(
    ("test", "holds"),
    [
        ({"present": False}, True),
        ({"present": True}, False),
        ({"is": "x"}, False),
        ({"is_not": "x"}, True),
        ({"in": ["x"]}, False),
        ({"not_in": ["x"]}, True),
        ({"gt": -1}, False),
        ({"gte": 0}, False),
        ({"lt": 1}, False),
        ({"lte": 0}, False),
        ({"contains_any": ["x"]}, False),
        ({"has_word": ["x"]}, False),
        ({"starts_with": "x"}, False),
        ({"free_mail": True}, False),
        ({"free_mail": False}, False),
    ],
)
def test_what_is_missing(path, test, holds):
    assert matches({path: test}, AOZORA) is holds


@pytest.mark.parametrize("blank", [None, "", "  ", "\u3000", [], {}])
def test_what_counts_as_missing(blank):
    assert matches({"title": {"present": False}}, {"title": blank})


@pytest.mark.parametrize("value", [0, False, "0", [0], {"a": 0}])
def test_what_does_not(value):
    assert matches({"title": {"present": True}}, {"title": value})


@pytest.mark.parametrize(
    ("title", "holds"),
    [
        ("Director", True),
        ("Sales DIRECTOR, EMEA", True),
        ("営業Directorです", True),
        ("Director", True),
        ("director-general", True),
        ("Directors", False),
        ("Codirector", False),
        ("Director2", False),
        ("Directör", False),
        ("部長", False),
    ],
)
def test_whole_latin_words(title, holds):
    assert matches({"title": {"has_word": ["Director"]}}, {"title": title}) is holds


@pytest.mark.parametrize(
    ("stored", "asked"),
    [
        ("パナソニック", "パナソニック"),
        ("ACME", "acme"),
        ("①", "1"),
        ("Straße", "STRASSE"),
        ("㈱青空", "(株)青空"),
    ],
)
def test_text_is_compared_after_nfkc_and_casefold(stored, asked):
    assert matches({"name": {"is": asked}}, {"name": stored})
    assert matches({"name": {"is": stored}}, {"name": asked})


@pytest.mark.parametrize(
    "value", ["12a", "1,2", "1e3", "٣", "--1", "1.", "", float("inf"), float("nan"), True]
)
def test_what_is_no_number(value):
    assert not matches({"attributes.n": {"gte": -(10**9)}}, {"attributes": {"n": value}})
    assert not matches({"attributes.n": {"lte": 10**9}}, {"attributes": {"n": value}})


@pytest.mark.parametrize("value", [12, 12.0, "12", " 12 ", "+12.0"])
def test_what_is_a_number(value):
    assert matches({"attributes.n": {"gte": 12, "lte": 12}}, {"attributes": {"n": value}})


@pytest.mark.parametrize(
    ("predicate", "code", "path"),
    [
        ("title", "mapping_needed", ()),
        ({"title": "部長"}, "tests_needed", ("title",)),
        ({"title": {}}, "tests_needed", ("title",)),
        ({"title": {"contain": ["x"]}}, "unknown_test", ("title", "contain")),
        ({"titel": {"is": "x"}}, "unknown_path", ("titel",)),
        ({3: {"is": "x"}}, "unknown_path", (3,)),
        ({"any_of": []}, "list_needed", ("any_of",)),
        ({"all_of": {"title": {"is": "x"}}}, "list_needed", ("all_of",)),
        ({"any_of": [{"title": {"is": "x"}}, 3]}, "mapping_needed", ("any_of", 1)),
        ({"not": [{"title": {"is": "x"}}]}, "mapping_needed", ("not",)),
        ({"title": {"is": ["x"]}}, "value_needed", ("title", "is")),
        ({"title": {"is": None}}, "value_needed", ("title", "is")),
        ({"title": {"is": " "}}, "empty_text", ("title", "is")),
        ({"title": {"in": "x"}}, "list_needed", ("title", "in")),
        ({"title": {"in": []}}, "list_needed", ("title", "in")),
        ({"title": {"not_in": ["x", None]}}, "value_needed", ("title", "not_in", 1)),
        ({"title": {"gte": "3"}}, "number_needed", ("title", "gte")),
        ({"title": {"lt": True}}, "number_needed", ("title", "lt")),
        ({"title": {"contains_any": ["x", ""]}}, "empty_text", ("title", "contains_any", 1)),
        ({"title": {"contains_any": [3]}}, "text_needed", ("title", "contains_any", 0)),
        ({"title": {"has_word": []}}, "list_needed", ("title", "has_word")),
        ({"title": {"starts_with": ""}}, "empty_text", ("title", "starts_with")),
        ({"title": {"present": "yes"}}, "true_or_false_needed", ("title", "present")),
        ({"email": {"free_mail": 1}}, "true_or_false_needed", ("email", "free_mail")),
    ],
)
def test_what_is_refused(predicate, code, path):
    found = check(predicate, known_paths={"title", "email"}.__contains__)
    assert [(error.code, error.path) for error in found] == [(code, path)]


def test_all_that_is_wrong_is_said_at_once():
    wrong = {"title": {"is": None, "wat": 1}, "any_of": [{"email": {"present": 3}}]}
    assert len(check(wrong)) == 3


def test_without_known_paths_every_path_is_taken():
    assert check({"attributes.業種": {"is": "製造"}, "data.rank": {"is": "A"}}) == []


def test_a_predicate_nests_only_so_deep():
    predicate = {"title": {"is": "x"}}
    for _ in range(5000):
        predicate = {"not": predicate}
    assert [error.code for error in check(predicate)] == ["too_deep"]


def test_to_compile_a_wrong_predicate_is_an_error():
    with pytest.raises(PredicateError, match=r"title\.wat: unknown_test"):
        compile_predicate({"title": {"wat": 1}})


# Free mail


@pytest.mark.parametrize(
    "address",
    [
        "a@gmail.com", "A@GMAIL.COM", "a@docomo.ne.jp", "a@ezweb.ne.jp", "a@au.com", "a@softbank.ne.jp",
        "a@i.softbank.jp", "a@yahoo.co.jp", "a@yahoo.ne.jp", "a@nifty.com", "a@rose.ocn.ne.jp", "a@ocn.ne.jp",
        "a@tk2.so-net.ne.jp", "a@kvd.biglobe.ne.jp", "a@agate.plala.or.jp", "a@goo.jp", "a@jp-t.ne.jp",
        "a@excite.co.jp", "a@infoseek.jp", "a@icloud.com", "a@qq.com", "a@naver.com", "a@web.de", "gmail.com",
        "a@gmail.com.", "a@k.vodafone.ne.jp",
    ],
)  # fmt: skip
def test_private_mailboxes(address):
    assert is_free_mail(address)
    assert matches({"email": {"free_mail": True}}, {"email": address})


@pytest.mark.parametrize(
    "address",
    [
        "a@aozora.example",
        "a@google.com",
        "a@notgmail.com",
        "a@softbank.co.jp",
        "a@co.jp",
        "a@ne.jp",
        "gmail",
        "",
    ],
)
def test_other_mailboxes(address):
    assert not is_free_mail(address)


def test_full_width_addresses_are_read_as_typed():
    assert matches({"email": {"free_mail": True}}, {"email": "a@gmail.com"})


def test_the_list_is_tidy():
    lines = [line for line in LIST.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    assert len(lines) == len(set(lines)) == len(free_mail_domains())
    assert all(line == line.strip().lower() and "." in line for line in lines)


# Against the oracle

words = st.sampled_from(
    ["部長", "Director", " director", "Head", "ahead", "1200", "1,200", "true", "x", "株"]
)
scalars = st.one_of(words, st.sampled_from([0, 1, 12, 12.5, 1200, True, False]))
values = st.one_of(
    scalars,
    st.sampled_from([None, "", " ", []]),
    st.text(max_size=4),
    st.lists(scalars | st.none(), max_size=3),
)
numbers = st.sampled_from([0, 1, 12, 12.5, 1200])
tests = st.one_of(
    st.sampled_from(["is", "is_not"]).flatmap(lambda name: scalars.map(lambda one: {name: one})),
    st.sampled_from(["in", "not_in"]).flatmap(
        lambda name: st.lists(scalars, min_size=1, max_size=3).map(lambda many: {name: many})
    ),
    st.sampled_from(["gt", "gte", "lt", "lte"]).flatmap(lambda name: numbers.map(lambda one: {name: one})),
    st.sampled_from(["contains_any", "has_word", "starts_with"]).flatmap(
        lambda name: st.lists(words, min_size=1, max_size=3).map(lambda many: {name: many})
    ),
    st.booleans().map(lambda present: {"present": present}),
)
leaves = st.dictionaries(st.sampled_from(["a", "b.c", "b.d"]), tests, min_size=1, max_size=2)
predicates = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"not": inner}),
        st.fixed_dictionaries({"any_of": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"all_of": st.lists(inner, min_size=1, max_size=3)}),
    ),
    max_leaves=5,
)
worlds = st.fixed_dictionaries(
    {"a": values, "b": st.fixed_dictionaries({}, optional={"c": values, "d": values})}
)


@settings(max_examples=1500, deadline=None, database=None)
@given(predicates, worlds)
def test_predicates_agree_with_the_oracle(predicate, world):
    assert check(predicate) == []
    assert matches(predicate, world) is oracle.holds(predicate, world)


@given(predicates, st.lists(worlds, min_size=1, max_size=4))
def test_what_was_asked_before_changes_nothing(predicate, many):
    asked = compile_predicate(predicate)
    for world in [*many, *many]:
        assert asked(world) is oracle.holds(predicate, world)


def test_equal_values_of_different_kinds_are_remembered_apart():
    asked = compile_predicate({"x": {"contains_any": ["true", "1.50"]}})
    values = [1, True, 1.0, "1", Decimal("1.5"), Decimal("1.50"), 1.5, [True], [1], None, False, 0]
    alone = [matches({"x": {"contains_any": ["true", "1.50"]}}, {"x": value}) for value in values]
    assert [asked({"x": value}) for value in values] == alone
    assert alone.count(True) == 3
