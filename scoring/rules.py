"""The `scoring` section of a playbook, made once into something that can be asked quickly."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from leads.predicate_tests import plain
from leads.predicates import Asked, compile_predicate

SECONDS_A_DAY = 86_400.0
LONGEST_DAYS = 36_500  # a longer window is no window, and its end would leave the calendar

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Event(NamedTuple):
    """One activity as scoring sees it. `occurred_at` is aware; `voided` means a later row took it back."""

    id: int
    type: str
    direction: str
    occurred_at: datetime
    genuine: str = "human"
    voided: bool = False
    campaign: str | None = None
    content: str = ""
    url: str = ""
    channel: str = ""
    data: Mapping[str, Any] = _NOTHING

    @property
    def counts(self) -> bool:
        """Suspect, machine and voided events are worth nothing (PRODUCT 4)."""
        return self.genuine == "human" and not self.voided


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a lead: its fields as a nested mapping, and its events in any order."""

    values: Mapping[str, Any]
    events: Sequence[Event]


@dataclass(frozen=True, slots=True)
class FitRule:
    id: str
    group: str | None
    holds: Asked
    points: float


@dataclass(frozen=True, slots=True)
class Pattern:
    """Which events a rule or a fast-track group means: a type, and what else must be true of them."""

    type: str
    checks: tuple[Callable[[Event], bool], ...]
    asks: Mapping[str, Any]  # as the playbook says it

    def fits(self, event: Event) -> bool:
        return event.type == self.type and all(check(event) for check in self.checks)


@dataclass(frozen=True, slots=True)
class InterestRule:
    id: str
    pattern: Pattern
    points: float
    per_day: int | None
    window: timedelta | None
    half_life: float | None  # seconds
    max: float | None


@dataclass(frozen=True, slots=True)
class Response:
    """Our actions against the lead's reactions."""

    actions: frozenset[str]
    reactions: frozenset[str]
    window: timedelta | None
    min_actions: int | None
    points: float
    silent_after: int | None
    silent_points: float


@dataclass(frozen=True, slots=True)
class Track:
    """A fast-track group: complete while every pattern has an event younger than `within`."""

    patterns: tuple[Pattern, ...]
    within: timedelta
    types: frozenset[str]  # all of them have to have happened


@dataclass(frozen=True, slots=True)
class Exclude:
    when: Mapping[str, Any]
    holds: Asked
    instead: str | None


@dataclass(frozen=True, slots=True)
class Require:
    """One entry of `require`: all of them must hold."""

    path: str
    test: Any
    holds: Asked


@dataclass(frozen=True, slots=True)
class Definition:
    """When a lead is ready for sales, as agreed. A minimum that is not given is 0."""

    min_readiness: float
    min_fit: float
    min_interest: float
    leave_below: float | None
    leave_below_interest: float | None
    require: tuple[Require, ...]
    complete: tuple[str, ...]
    tracks: tuple[Track, ...]
    exclude: tuple[Exclude, ...]
    block: frozenset[str]
    warn: frozenset[str]


@dataclass(frozen=True, slots=True)
class Model:
    """A compiled scoring section. Build it with `Model.compile`; asking it changes nothing."""

    zone: ZoneInfo
    fit_max: float
    fit_rules: tuple[FitRule, ...]
    fit_groups: tuple[tuple[FitRule, ...], ...]  # the same: of each group one counts, the first that holds
    interest_max: float
    interest_rules: tuple[InterestRule, ...]
    response: Response | None
    classes: Mapping[str, float]
    definition: Definition | None
    rules_of: Mapping[str, tuple[tuple[int, InterestRule], ...]]  # by event type, with their places
    event_types: frozenset[str]  # all that this model reads
    looked_into: frozenset[str]  # those of which it reads more than type and moment
    forgets: Mapping[str, timedelta]  # those that are nothing to it from this age on
    interest_edges: tuple[float, ...]  # amounts of interest at which the definition or a class changes
    version: int | None = None

    @classmethod
    def compile(cls, section: Mapping[str, Any], *, version: int | None = None) -> Model:
        """The model of a section that was checked before. Raises `PredicateError` or `ValueError`."""
        interest = section["interest"]
        rules = tuple(map(_interest_rule, _switched_on(interest)))
        response = _response(interest.get("response"))
        definition = _definition(section.get("mql"))
        fit_rules = tuple(map(_fit_rule, _switched_on(section["fit"])))
        return cls(
            zone=ZoneInfo(section["timezone"]),
            fit_max=section["fit"]["max"],
            fit_rules=fit_rules,
            fit_groups=_best_first(fit_rules),
            interest_max=interest["max"],
            interest_rules=rules,
            response=response,
            classes=section.get("classes") or {},
            definition=definition,
            rules_of=_by_type(rules),
            event_types=frozenset(_types(rules, response, definition)),
            looked_into=frozenset(_looked_into(rules, definition)),
            forgets=_forgets(rules, response, definition),
            interest_edges=tuple(_edges(section.get("classes") or {}, definition)),
            version=version,
        )

    def with_fit(self, rules: tuple[FitRule, ...]) -> Model:
        """The same model with these rules of fit."""
        return replace(self, fit_rules=rules, fit_groups=_best_first(rules))


def _switched_on(half: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """A rule that is switched off stands in the playbook and counts for nothing (decision 0057)."""
    return [rule for rule in half.get("rules", ()) if not rule.get("off")]


def _best_first(rules: Iterable[FitRule]) -> tuple[tuple[FitRule, ...], ...]:
    """In a group the best rule counts, the first of equals; a rule without a group is one by itself."""
    groups: dict[str | int, list[FitRule]] = {}
    for place, rule in enumerate(rules):
        groups.setdefault(rule.group or place, []).append(rule)
    return tuple(tuple(sorted(group, key=lambda rule: -rule.points)) for group in groups.values())


def _by_type(rules: Sequence[InterestRule]) -> dict[str, tuple[tuple[int, InterestRule], ...]]:
    placed = list(enumerate(rules))
    return {
        rule.pattern.type: tuple(p for p in placed if p[1].pattern.type == rule.pattern.type)
        for rule in rules
    }


def _types(
    rules: Iterable[InterestRule], response: Response | None, definition: Definition | None
) -> set[str]:
    types = {rule.pattern.type for rule in rules}
    if response:
        types |= response.actions | response.reactions
    if definition:
        types |= {pattern.type for track in definition.tracks for pattern in track.patterns}
    return types


def _looked_into(rules: Iterable[InterestRule], definition: Definition | None) -> set[str]:
    patterns = [rule.pattern for rule in rules]
    for track in definition.tracks if definition else ():
        patterns += track.patterns
    return {pattern.type for pattern in patterns if pattern.checks}


def _forgets(
    rules: Iterable[InterestRule], response: Response | None, definition: Definition | None
) -> dict[str, timedelta]:
    """Types of which every rule, the response and every group have a window: the longest of them."""
    windows = [(rule.pattern.type, rule.window) for rule in rules]
    if response:
        windows += [(type, response.window) for type in response.actions | response.reactions]
    for track in definition.tracks if definition else ():
        windows += [(type, track.within) for type in track.types]
    for_ever = {type for type, window in windows if window is None}
    longest: dict[str, timedelta] = {}
    for type, window in windows:
        if window is not None and type not in for_ever:
            longest[type] = max(window, longest.get(type, window))
    return longest


def _edges(classes: Mapping[str, float], definition: Definition | None) -> list[float]:
    edges = [classes.get("interest")]
    if definition:
        edges += [definition.min_interest, definition.leave_below_interest]
    return [edge for edge in edges if edge is not None]


def _fit_rule(body: Mapping[str, Any]) -> FitRule:
    return FitRule(body["id"], body.get("group"), compile_predicate(body["when"]), body["points"])


def _interest_rule(body: Mapping[str, Any]) -> InterestRule:
    half_life = body.get("half_life_days")
    if half_life is not None and half_life <= 0:
        raise ValueError(f"half_life_days of {body['id']} must be more than 0")
    return InterestRule(
        id=body["id"],
        pattern=_pattern(body),
        points=body["points"],
        per_day=body.get("per_day"),
        window=_days(body.get("window_days")),
        half_life=None if half_life is None else half_life * SECONDS_A_DAY,
        max=body.get("max"),
    )


def _pattern(body: Mapping[str, Any]) -> Pattern:
    checks: list[Callable[[Event], bool]] = []
    if body.get("where"):
        checks.append(_on_data(compile_predicate(body["where"])))
    if body.get("campaign") is not None:
        campaign = plain(str(body["campaign"]))
        checks.append(lambda event: event.campaign is not None and plain(event.campaign) == campaign)
    if body.get("content") is not None:
        content = plain(str(body["content"]))
        checks.append(lambda event: plain(event.content) == content)
    if body.get("url_prefix") is not None:
        prefix = plain(str(body["url_prefix"]))
        checks.append(lambda event: plain(event.url).startswith(prefix))
    return Pattern(body["type"], tuple(checks), body)


def _on_data(asked: Asked) -> Callable[[Event], bool]:
    return lambda event: asked({"data": event.data})


def _days(days: float | None) -> timedelta | None:
    return None if days is None or days > LONGEST_DAYS else timedelta(days=days)


def _response(body: Mapping[str, Any] | None) -> Response | None:
    if not body:
        return None
    return Response(
        actions=frozenset(body["actions"]),
        reactions=frozenset(body["reactions"]),
        window=_days(body.get("window_days")),
        min_actions=body.get("min_actions"),
        points=body.get("points", 0),
        silent_after=body.get("silent_after"),
        silent_points=body.get("silent_points", 0),
    )


def _definition(body: Mapping[str, Any] | None) -> Definition | None:
    if not body:
        return None
    by_hand = body.get("by_hand") or {}
    require = body.get("require") or {}
    return Definition(
        min_readiness=body.get("min_readiness", 0),
        min_fit=body.get("min_fit", 0),
        min_interest=body.get("min_interest", 0),
        leave_below=body.get("leave_below"),
        leave_below_interest=body.get("leave_below_interest"),
        require=tuple(Require(key, test, compile_predicate({key: test})) for key, test in require.items()),
        complete=tuple(body.get("complete") or ()),
        tracks=tuple(map(_track, body.get("fast_track") or ())),
        exclude=tuple(map(_exclude, body.get("exclude") or ())),
        block=frozenset(by_hand.get("block") or ()),
        warn=frozenset(by_hand.get("warn") or ()),
    )


def _track(body: Mapping[str, Any]) -> Track:
    within = min(body["within_days"], LONGEST_DAYS)
    patterns = tuple(map(_pattern, body["all_of"]))
    return Track(patterns, timedelta(days=within), frozenset(one.type for one in patterns))


def _exclude(body: Mapping[str, Any]) -> Exclude:
    return Exclude(body["when"], compile_predicate(body["when"]), body.get("instead"))
