"""The words of errors: each code has a sentence, each sentence says line, place, fault and remedy."""

import ast
import re
from pathlib import Path

import pytest
from django.utils import translation

from config.playbook import words
from config.playbook.problems import Problem, closest
from config.playbook.words import sentence, spoken_path
from config.playbook.yaml12 import _SYNTAX

HOME = Path(__file__).parents[2]
REFUSING = {"refuse", "refuse_unknown", "_refuse", "_problem", "_stop"}


def codes_in(source):
    """Every code that a file of the package refuses with: the first plain text of such a call."""
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Call)
            and getattr(node.func, "attr", getattr(node.func, "id", "")) in REFUSING
        ):
            given = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
            yield from [
                text for text in given if isinstance(text, str) and re.fullmatch("[a-z][a-z_0-9]+", text)
            ]


def all_codes():
    for file in sorted((HOME / "config" / "playbook").glob("*.py")):
        source = file.read_text(encoding="utf-8")
        yield from codes_in(source)
        yield from re.findall(r'code="([a-z_]+)"', source)
        yield from re.findall(r'ValueError\("([a-z_]+)"', source)
        for either in re.findall(r'(?:code = |Error\()"([a-z_]+)" if .* else "([a-z_]+)"', source):
            yield from either
    yield from ["syntax", *_SYNTAX.values()]


def test_every_code_has_a_sentence():
    said = {code for code in words.SENTENCES if not code.startswith(("predicate_", "calendar_"))}
    assert set(all_codes()) == said


def test_every_code_of_a_predicate_has_a_sentence():
    source = (HOME / "leads" / "predicates.py").read_text() + (
        HOME / "leads" / "predicate_tests.py"
    ).read_text()
    codes = set(re.findall(r'(?:PredicateError|_refuse)\("([a-z_]+)"', source))
    assert "unknown_path" in codes
    assert {f"predicate_{code}" for code in codes} - set(words.SENTENCES) == set()


def test_a_sentence_says_line_place_and_what_was_meant():
    problem = Problem(
        46,
        14,
        ("queues", "inside", "members", 0, "user"),
        "unknown_person",
        {"value": "sato@example.co", "meant": "sato@example.com"},
    )
    with translation.override("en"):
        assert sentence(problem) == (
            "line 46, queues.inside.members[0].user: nobody in “people” has the address sato@example.co;"
            " did you mean “sato@example.com”?"
        )


def test_a_sentence_without_a_path_says_the_line():
    with translation.override("en"):
        assert (
            sentence(Problem(3, 1, (), "not_utf8")) == "line 3: the file is not UTF-8 text; save it as UTF-8"
        )


def test_what_stands_there_is_named():
    with translation.override("en"):
        problem = Problem(1, 1, ("a",), "not_a_number", {"found": "text", "value": "four"})
        assert sentence(problem) == "line 1, a: a number is needed here, not text (four)"
        problem = Problem(1, 1, ("a",), "not_one_of", {"value": "x", "words": ["ja", "en"]})
        assert sentence(problem) == "line 1, a: “x” is not known here; known are ja, en"


@pytest.mark.parametrize(
    ("path", "spoken"),
    [((), ""), (("a",), "a"), (("a", 0, "b"), "a[0].b"), (("lanes", "1", 2), "lanes.1[2]")],
)
def test_paths_are_spoken_as_people_write_them(path, spoken):
    assert spoken_path(path) == spoken


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("polices", "policies"),
        ("Queues", "queues"),
        ("half-life-days", "half_life_days"),
        ("ｑｕｅｕｅｓ", "queues"),
        ("zzz", ""),
    ],
)
def test_the_closest_known_word_is_offered(word, meant):
    assert closest(word, ["policies", "queues", "half_life_days", "people"]) == meant
