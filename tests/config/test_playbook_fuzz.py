"""Whatever stands in the file: it is taken, or refused with lines. Nothing else ever happens."""

import copy
import random
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as some

from config.playbook.check import Playbook, read
from config.playbook.problems import PlaybookRefused
from config.playbook.words import sentence
from config.playbook.write import write

SOURCE = (Path(__file__).parents[1] / "data" / "playbook.example.yaml").read_bytes()
SECTIONS = read(SOURCE).sections
OTHER_THINGS = [
    None,
    True,
    -1,
    0,
    1.5,
    10**14,
    "",
    "x",
    "no",
    "三浦",
    [],
    {},
    [[]],
    [{}],
    {"x": 1},
    ["x", "x"],
]


def taken_or_refused(source):
    try:
        assert isinstance(read(source), Playbook)
    except PlaybookRefused as wrong:
        assert wrong.problems
        lines = source.count(b"\n") + source.count(b"\r") + 1
        for problem in wrong.problems:
            assert 1 <= problem.line <= lines
            assert problem.column >= 1
            assert sentence(problem)


@given(some.binary(max_size=400) | some.text(max_size=400).map(str.encode))
def test_noise(source):
    taken_or_refused(source)


@settings(max_examples=60)
@given(some.text(alphabet="ab: -[]{}&*!|>'\"%@#\n\t?,<~1", max_size=200))
def test_yaml_like_noise(text):
    taken_or_refused(text.encode())


@settings(max_examples=40, deadline=None)
@given(some.integers(0, len(SOURCE)))
def test_a_truncated_example(end):
    taken_or_refused(SOURCE[:end])


@settings(max_examples=40, deadline=None)
@given(
    some.lists(
        some.tuples(some.integers(0, len(SOURCE)), some.integers(0, 9), some.binary(max_size=5)), max_size=4
    )
)
def test_an_example_with_holes_and_splinters(cuts):
    source = SOURCE
    for at, length, instead in cuts:
        source = source[:at] + instead + source[at + length :]
    taken_or_refused(source)


@settings(max_examples=60, deadline=None)
@given(some.integers(), some.integers(1, 5))
def test_an_example_with_other_things_in_it(seed, times):
    dice, sections = random.Random(seed), copy.deepcopy(SECTIONS)
    for _ in range(times):
        mutate(sections, dice)
    taken_or_refused(write(sections).encode())


def mutate(sections, dice):
    """Somewhere at any depth: delete, rename, double or replace."""
    here, inside = None, sections
    while isinstance(inside, (dict, list)) and inside and (here is None or dice.random() < 0.8):
        here = inside
        place = dice.choice(list(here) if isinstance(here, dict) else range(len(here)))
        inside = here[place]
    act = dice.choice(["delete", "rename", "double", "replace", "replace"])
    if act == "delete":
        del here[place]
    elif act == "replace":
        here[place] = copy.deepcopy(dice.choice(OTHER_THINGS))
    elif isinstance(here, list):
        here.append(copy.deepcopy(inside))
    elif act == "rename":
        here[place[:-1] + "_" if len(place) > 1 else "xx"] = here.pop(place)
    else:
        here[f"{place}-2"] = copy.deepcopy(inside)
