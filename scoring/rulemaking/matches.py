"""Whom a rule matched in the last 90 days, and what became of them.

A rule of interest matches who did what it asks in that time; a rule of fit who answers to it now and was
heard of in that time. What became of them is the last decision on the lead in that time, for interest one
that came after the reaction: accepted is mql → sal by a person, sent back is mql or sal → mal for a reason.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.core.cache import cache
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import StrIndex, Substr

from leads import stages
from leads.models import Activity, Lead, Transition
from leads.models.activities import HUMAN
from leads.paging import MOST
from scoring.facts import COMPANY_FIELDS, LEAD_FIELDS
from scoring.rules import Event, FitRule, Model

SPAN = timedelta(days=90)
KEPT_SECONDS = 600
CHUNK = 5_000
MOST_VALUES = 1_000

Rules = Sequence[tuple[str, Mapping[str, Any]]]  # each with its half


@dataclass(frozen=True)
class Became:
    """How many leads a rule matched; of those, how many were accepted and sent back."""

    matched: int
    accepted: int = 0
    sent_back: int = 0

    @property
    def decided(self) -> int:
        return self.accepted + self.sent_back


class Decision(NamedTuple):
    at: datetime
    accepted: bool


def known(body: Mapping[str, Any]) -> dict[str, Became] | None:
    """What was counted in the last minutes for every rule of this body; None where one is missing."""
    keys = {rule["id"]: _key(half, rule) for half, rule in _rules(body)}
    found = cache.get_many(set(keys.values()))
    return {one: found[key] for one, key in keys.items()} if found.keys() >= set(keys.values()) else None


def count(body: Mapping[str, Any], *, now: datetime) -> dict[str, Became]:
    """Every rule by its id, also those that are switched off. Rules as they were are not counted again."""
    keys = {rule["id"]: _key(half, rule) for half, rule in _rules(body)}
    found = cache.get_many(set(keys.values()))
    fresh = [(half, rule) for half, rule in _rules(body) if keys[rule["id"]] not in found]
    counted = _count(body, fresh, now) if fresh else {}
    cache.set_many({keys[one]: became for one, became in counted.items()}, KEPT_SECONDS)
    return {one: counted[one] if one in counted else found[key] for one, key in keys.items()}


def leads_of(body: Mapping[str, Any], rule_id: str, *, now: datetime) -> QuerySet[Any] | list[int] | None:
    """The leads behind a number, as something `lead__in` takes; None for an unknown rule.

    Where each has to be looked at by itself, no more than one past `paging.MOST` of them.
    """
    wanted = [(half, rule) for half, rule in _rules(body) if rule["id"] == rule_id]
    if not wanted:
        return None
    model, since = _model(body, wanted), now - SPAN
    if model.fit_rules:
        return _leads_of_fit(model.fit_rules[0], wanted[0][1], _heard_of(since, now))
    [rule] = model.interest_rules
    events = _events([rule.pattern.type], since, now)
    if not rule.pattern.checks:
        return events.values("lead")
    return _first(lead for lead, event in _read(events) if rule.pattern.fits(event))


def _leads_of_fit(rule: FitRule, body: Mapping[str, Any], heard: QuerySet[Lead]) -> QuerySet[Any] | list[int]:
    """By the values that answer to the rule where they stand in one column, else lead by lead."""
    columns = _columns(body)
    if len(columns) == 1:
        [column] = columns.values()
        answering = [row[0] for row, _n in _by_values(heard, columns) if rule.holds(_values(columns, row))]
        if len(answering) <= MOST_VALUES and not any(isinstance(one, Mapping) for one in answering):
            known = Q(**{f"{column}__in": [one for one in answering if one is not None]})
            empty = Q(**{f"{column}__isnull": True}) if None in answering else Q()
            return heard.filter(known | empty).values("pk")
    rows = heard.values_list("pk", *columns.values()).iterator(CHUNK)
    return _first(row[0] for row in rows if rule.holds(_values(columns, row[1:])))


def _count(body: Mapping[str, Any], rules: Rules, now: datetime) -> dict[str, Became]:
    model, since = _model(body, rules), now - SPAN
    decisions = _decisions(since, now)
    fit = {rule["id"]: _columns(rule) for half, rule in rules if half == "fit"}
    return _of_fit(model, fit, decisions, since, now) | _of_interest(model, decisions, since, now)


def _of_fit(
    model: Model,
    columns: Mapping[str, dict[str, str]],
    decisions: Mapping[int, Decision],
    since: datetime,
    now: datetime,
) -> dict[str, Became]:
    """Rules that ask the same columns are asked together, each combination of values once."""
    together: dict[tuple[str, ...], list[FitRule]] = defaultdict(list)
    for rule in model.fit_rules:
        together[tuple(columns[rule.id].values())].append(rule)
    matched: dict[str, int] = defaultdict(int)
    told: dict[str, list[Decision]] = defaultdict(list)
    for rules in together.values():
        asked = columns[rules[0].id]
        for row, leads in _by_values(_heard_of(since, now), asked):
            for rule in _holding(rules, _values(asked, row)):
                matched[rule.id] += leads
    everything = {path: column for asked in columns.values() for path, column in asked.items()}
    everything |= {path: path for path in everything if path == "email"}  # whole, whoever asks for less
    decided = _alive().filter(pk__in=_decided(since, now).values("lead"))
    rows = decided.values_list("pk", *everything.values()).iterator(CHUNK) if columns else ()
    for pk, *row in rows:
        for rule in _holding(model.fit_rules, _values(everything, row)):
            told[rule.id].append(decisions[pk])
    return {rule.id: _became(matched[rule.id], told[rule.id]) for rule in model.fit_rules}


def _holding(rules: Sequence[FitRule], values: Mapping[str, Any]) -> list[FitRule]:
    return [rule for rule in rules if rule.holds(values)]


def _by_values(leads: QuerySet[Lead], columns: Mapping[str, str]) -> Iterator[tuple[tuple[Any, ...], int]]:
    """Each combination of values there is, and how many leads have it."""
    rows = leads.order_by().values_list(*columns.values()).annotate(leads=Count("pk"))
    for *row, count in rows.iterator(CHUNK):
        yield tuple(row), count


def _of_interest(
    model: Model, decisions: Mapping[int, Decision], since: datetime, now: datetime
) -> dict[str, Became]:
    narrow = [rule for rule in model.interest_rules if rule.pattern.checks]
    plain = {rule.pattern.type for rule in model.interest_rules if not rule.pattern.checks}
    matched = _leads_by_type(plain, since, now)
    reached: dict[str, set[int]] = defaultdict(set)
    for lead, event in _read(_events({rule.pattern.type for rule in narrow}, since, now)):
        for rule in narrow:
            if rule.pattern.fits(event):
                reached[rule.id].add(lead)
    told = _decided_after(model, decisions, since, now)
    return {
        rule.id: _became(
            len(reached[rule.id]) if rule.pattern.checks else matched.get(rule.pattern.type, 0),
            [decisions[lead] for lead in told[rule.id]],
        )
        for rule in model.interest_rules
    }


def _decided_after(
    model: Model, decisions: Mapping[int, Decision], since: datetime, now: datetime
) -> dict[str, set[int]]:
    """By rule: the decided leads that had done what it asks when sales decided."""
    found: dict[str, set[int]] = defaultdict(set)
    events = _events(model.rules_of.keys(), since, now).filter(lead__in=_decided(since, now).values("lead"))
    for lead, event in _read(events):
        if event.occurred_at <= decisions[lead].at:
            for _place, rule in model.rules_of[event.type]:
                if rule.pattern.fits(event):
                    found[rule.id].add(lead)
    return found


def _decided(since: datetime, now: datetime) -> QuerySet[Transition]:
    accepted = Q(start=stages.MQL, end=stages.SAL)
    sent_back = Q(start__in=(stages.MQL, stages.SAL), end=stages.MAL) & ~Q(reason="")
    return Transition.objects.filter(
        accepted | sent_back, cause=stages.PERSON, occurred_at__gt=since, occurred_at__lte=now
    )


def _decisions(since: datetime, now: datetime) -> dict[int, Decision]:
    """The last decision of each lead."""
    rows = _decided(since, now).order_by("occurred_at", "version").values_list("lead", "occurred_at", "end")
    return {lead: Decision(at, end == stages.SAL) for lead, at, end in rows.iterator(CHUNK)}


def _events(types: Iterable[str], since: datetime, now: datetime) -> QuerySet[Activity]:
    """Genuine events that nobody took back."""
    taken_back = Activity.objects.filter(voids=OuterRef("pk"))
    return Activity.objects.filter(
        ~Exists(taken_back), type__in=list(types), genuine=HUMAN, voids=None,
        occurred_at__gt=since, occurred_at__lte=now,
    )  # fmt: skip


def _leads_by_type(types: set[str], since: datetime, now: datetime) -> dict[str, int]:
    rows = _events(types, since, now).values_list("type").annotate(leads=Count("lead", distinct=True))
    return dict(rows.order_by("type"))


def _read(events: QuerySet[Activity]) -> Iterator[tuple[int, Event]]:
    rows = events.values_list(
        "lead", "pk", "type", "direction", "occurred_at", "campaign__external_id", "content", "url", "data"
    )
    for lead, pk, kind, direction, at, campaign, content, url, data in rows.iterator(CHUNK):
        yield (
            lead,
            Event(pk, kind, direction, at, campaign=campaign, content=content, url=url, data=data),
        )


def _heard_of(since: datetime, now: datetime) -> QuerySet[Lead]:
    """Leads that reacted, or were decided on."""
    reacted = Q(standing__last_reaction_at__gt=since)
    return _alive().filter(reacted | Q(pk__in=_decided(since, now).values("lead")))


def _alive() -> QuerySet[Lead]:
    """Leads that nobody merged; of their mail also the domain: few, where addresses are many."""
    domain = Substr("email", StrIndex("email", Value("@")))
    return Lead.objects.filter(merged_into=None).annotate(mail_domain=domain)


def _paths(predicate: Mapping[str, Any]) -> Iterator[str]:
    for key, body in predicate.items():
        if key == "not":
            yield from _paths(body)
        elif key in ("any_of", "all_of"):
            for one in body:
                yield from _paths(one)
        else:
            yield key


def _tests(predicate: Mapping[str, Any], path: str) -> Iterator[str]:
    """The names of the tests that are asked of a path, wherever they stand."""
    for key, body in predicate.items():
        if key == "not":
            yield from _tests(body, path)
        elif key in ("any_of", "all_of"):
            for one in body:
                yield from _tests(one, path)
        elif key == path:
            yield from body


def _columns(rule: Mapping[str, Any]) -> dict[str, str]:
    """Where what a rule of fit asks stands: attributes as a whole, everything else in a column of its own."""
    columns: dict[str, str] = {}
    for path in sorted(set(_paths(rule["when"]))):
        if path.startswith("attributes."):
            columns["attributes"] = "attributes"
        elif path.startswith("company.attributes."):
            columns["company.attributes"] = "company__attributes"
        elif path == "email" and set(_tests(rule["when"], "email")) == {"free_mail"}:
            columns[path] = "mail_domain"
        elif path == "campaign":
            columns[path] = "campaign__external_id"
        elif path in LEAD_FIELDS:
            columns[path] = path
        elif path.removeprefix("company.") in COMPANY_FIELDS:
            columns[path] = path.replace("company.", "company__")
    return columns or {"stage": "stage"}  # nothing that is kept: one value for all


def _values(columns: Mapping[str, str], row: Sequence[Any]) -> dict[str, Any]:
    values: dict[str, Any] = {"company": {}}
    for path, value in zip(columns, row, strict=True):
        if path.startswith("company."):
            values["company"][path.removeprefix("company.")] = value
        else:
            values[path] = value
    return values


def _became(matched: int, decisions: Sequence[Decision]) -> Became:
    accepted = sum(one.accepted for one in decisions)
    return Became(matched, accepted, len(decisions) - accepted)


def _first(leads: Iterator[int]) -> list[int]:
    found: dict[int, None] = {}
    for lead in leads:
        found[lead] = None
        if len(found) > MOST:
            break
    return list(found)


def _rules(body: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for half in ("fit", "interest"):
        for rule in body[half].get("rules", ()):
            yield half, rule


def _key(half: str, rule: Mapping[str, Any]) -> str:
    """What a rule asks, whatever it gives for it."""
    asked = [rule.get(name) for name in ("when", "type", "where", "campaign", "content", "url_prefix")]
    said = json.dumps([half, *asked], sort_keys=True, ensure_ascii=True)
    return f"matches-{hashlib.sha256(said.encode()).hexdigest()}"


def _model(body: Mapping[str, Any], rules: Rules) -> Model:
    """A model of these rules alone, all of them switched on."""
    section: dict[str, Any] = {"timezone": body["timezone"]}
    for half in ("fit", "interest"):
        asked = [
            {key: value for key, value in rule.items() if key != "off"} for at, rule in rules if at == half
        ]
        section[half] = {"max": body[half]["max"], "rules": asked}
    return Model.compile(section)
