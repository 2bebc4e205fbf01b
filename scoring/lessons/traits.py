"""By what decisions are told apart: rules that gave points, and values of a lead a fit rule could ask for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha1
from typing import Any, NamedTuple

from leads.predicate_tests import is_empty, plain
from leads.predicates import compile_predicate, reader
from scoring.engine import Facts, Line, Model, score

RULE = "rule"
MISSING = ""
TEXTS = {
    "source": "source",
    "campaign": "campaign",
    "industry": "company.industry",
    "department": "department",
    "prefecture": "company.prefecture",
}
# Text that is never said twice alike is asked for by what is in it, a number by its reach.
TITLES: Mapping[str, Mapping[str, Any]] = {
    "executive": {"title": {"contains_any": ["代表取締役", "社長", "取締役", "執行役員", "CEO", "CIO"]}},
    "head": {
        "any_of": [
            {"title": {"contains_any": ["本部長", "事業部長", "部長", "工場長", "所長", "室長"]}},
            {"title": {"has_word": ["Director", "Head"]}},
        ]
    },
    "manager": {
        "any_of": [
            {"title": {"contains_any": ["次長", "課長", "マネージャー", "マネジャー"]}},
            {"title": {"has_word": ["Manager"]}},
        ]
    },
    "lead": {"title": {"contains_any": ["係長", "主任", "リーダー"]}},
}
SIZES: Mapping[str, Mapping[str, Any]] = {
    "1-49": {"company.employees": {"lt": 50}},
    "50-99": {"company.employees": {"gte": 50, "lt": 100}},
    "100-299": {"company.employees": {"gte": 100, "lt": 300}},
    "300-999": {"company.employees": {"gte": 300, "lt": 1000}},
    "1000-": {"company.employees": {"gte": 1000}},
}
BANDS = {"size": ("company.employees", SIZES), "title": ("title", TITLES)}
CUSTOM = ("attributes", "company.attributes")
KINDS = (RULE, "source", "campaign", "industry", "size", "title", "department", "prefecture", *CUSTOM)
LONGEST = 60  # a longer text is a remark, not a value
MOVES = 0.5  # points; fewer do not show in a readiness

_ASKED = {
    kind: {band: compile_predicate(when) for band, when in bands.items()}
    for kind, (_, bands) in BANDS.items()
}
_READ = {path: reader(path) for path in (*TEXTS.values(), *(path for path, _ in BANDS.values()))}


class Trait(NamedTuple):
    """Something decisions have in common: a rule by its id, or a value by the kind of value it is.

    `kind` is one of KINDS, of a custom attribute with its name; an empty `value` is one nobody filled in.
    """

    kind: str
    value: str

    @property
    def key(self) -> str:
        """The same for the same value however it is written; fit for an address and for JSON's keys."""
        value = self.value if self.kind == RULE else plain(self.value)
        return sha1(f"{self.kind}={value}".encode(), usedforsecurity=False).hexdigest()[:12]

    @property
    def group(self) -> str:
        """Its place in KINDS: all custom attributes of a lead stand together."""
        return next((one for one in CUSTOM if self.kind.startswith(f"{one}.")), self.kind)

    @property
    def path(self) -> str:
        """What a predicate asks for it; a rule has none."""
        if self.kind in BANDS:
            return BANDS[self.kind][0]
        return TEXTS.get(self.kind, "" if self.kind == RULE else self.kind)

    @property
    def when(self) -> dict[str, Any]:
        """The predicate that is true of leads with this value and of no others."""
        if self.value == MISSING:
            return {self.path: {"present": False}}
        if self.kind in BANDS:
            return dict(BANDS[self.kind][1][self.value])
        if self.group in CUSTOM and self.value in ("true", "false"):
            return {self.path: {"is": self.value == "true"}}
        return {self.path: {"is": self.value}}


def of(model: Model, facts: Facts, at: Any) -> list[Trait]:
    """Everything a decision at `at` can be told apart by."""
    return [*matched(model, facts, at), *values_of(facts.values)]


def matched(model: Model, facts: Facts, at: Any) -> list[Trait]:
    """The rules that moved the readiness at this moment: what an old event still gave counts too."""
    moved: dict[str, float] = {}
    for line in score(model, facts, at).lines:
        if rule := _rule_of(line):
            moved[rule] = moved.get(rule, 0.0) + line.points
    return [Trait(RULE, rule) for rule, points in moved.items() if abs(points) >= MOVES]


def values_of(values: Mapping[str, Any]) -> Iterator[Trait]:
    """The values of a lead, each by its kind; what nobody filled in counts as a value."""
    for kind, path in TEXTS.items():
        said = _READ[path](values)
        if is_empty(said):
            yield Trait(kind, MISSING)
        elif len(str(said)) <= LONGEST:
            yield Trait(kind, str(said).strip())
    for kind, (path, _) in BANDS.items():
        if is_empty(_READ[path](values)):
            yield Trait(kind, MISSING)
        else:
            yield from (Trait(kind, band) for band, holds in _ASKED[kind].items() if holds(values))
    yield from _custom("attributes", values.get("attributes"))
    yield from _custom("company.attributes", (values.get("company") or {}).get("attributes"))


def _custom(kind: str, attributes: Mapping[str, Any] | None) -> Iterator[Trait]:
    for name, value in (attributes or {}).items():
        if isinstance(value, bool):
            yield Trait(f"{kind}.{name}", "true" if value else "false")
        elif isinstance(value, str) and value.strip() and len(value) <= LONGEST:
            yield Trait(f"{kind}.{name}", value.strip())


def _rule_of(line: Line) -> str:
    """The rule behind a line of the explanation; what was clipped of a rule's own points is its too."""
    if line.rule == "clip":
        return "" if line.label in ("fit", "interest") else line.label
    if line.rule == "response":
        return line.label  # response or silent
    return "" if line.rule == "rounding" else line.rule
