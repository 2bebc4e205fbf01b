"""Whom a rule matched in the last 90 days, and what became of them.

A rule of interest matches who did what it asks in that time; a rule of fit who answers to it now and was
heard of in that time. What became of them are the decisions of sales on these leads in that time, the same
as on the page of results: the first answer in one stay at `mql` (decisions 0062 and 0066); for interest one
that came after the reaction.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import StrIndex, Substr

from leads.models import Activity, Lead
from leads.models.activities import HUMAN
from leads.paging import MOST
from scoring.facts import COMPANY_FIELDS, LEAD_FIELDS
from scoring.past import decisions
from scoring.past.decisions import Decision
from scoring.rules import Event, FitRule, Model

SPAN = timedelta(days=90)
CHUNK = 5_000
MOST_VALUES = 1_000

ASKED = ("when", "type", "where", "campaign", "content", "url_prefix")

Rules = Sequence[tuple[str, Mapping[str, Any]]]  # each with its half
Told = Mapping[int, Sequence[Decision]]  # the decisions of each lead


@dataclass(frozen=True)
class Became:
    """How many leads a rule matched; of the decisions on them, how many were yes and how many no."""

    matched: int
    accepted: int = 0
    refused: int = 0

    @property
    def decided(self) -> int:
        return self.accepted + self.refused


def rules_of(body: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every rule of a body with its half, also those that are switched off."""
    for half in ("fit", "interest"):
        for rule in body[half].get("rules", ()):
            yield half, rule


def asked(rule: Mapping[str, Any]) -> dict[str, Any]:
    """What a rule asks, whatever it gives for it: all that decides whom it matches."""
    return {name: rule[name] for name in ASKED if rule.get(name) is not None}


def key(half: str, rule: Mapping[str, Any]) -> str:
    """Two rules that ask the same have the same."""
    said = json.dumps([half, asked(rule)], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(said.encode()).hexdigest()


def count(rules: Rules, *, now: datetime) -> dict[str, Became]:
    """Each of these rules by its id, also where it is switched off. Never in a request: it may take long."""
    model, since = _model(rules), now - SPAN
    told = _decisions(since, now)
    fit = {rule["id"]: _columns(rule) for half, rule in rules if half == "fit"}
    return _of_fit(model, fit, told, since, now) | _of_interest(model, told, since, now)


def leads_of(body: Mapping[str, Any], rule_id: str, *, now: datetime) -> QuerySet[Any] | list[int] | None:
    """The leads behind a number, as something `lead__in` takes; None for an unknown rule.

    Where each has to be looked at by itself, no more than one past `paging.MOST` of them.
    """
    wanted = [(half, rule) for half, rule in rules_of(body) if rule["id"] == rule_id]
    if not wanted:
        return None
    model, since = _model(wanted), now - SPAN
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


def _of_fit(
    model: Model, columns: Mapping[str, dict[str, str]], told: Told, since: datetime, now: datetime
) -> dict[str, Became]:
    """Rules that ask the same columns are asked together, each combination of values once."""
    together: dict[tuple[str, ...], list[FitRule]] = defaultdict(list)
    for rule in model.fit_rules:
        together[tuple(columns[rule.id].values())].append(rule)
    matched: dict[str, int] = defaultdict(int)
    became: dict[str, list[Decision]] = defaultdict(list)
    for rules in together.values():
        asked = columns[rules[0].id]
        for row, leads in _by_values(_heard_of(since, now), asked):
            for rule in _holding(rules, _values(asked, row)):
                matched[rule.id] += leads
    everything = {path: column for asked in columns.values() for path, column in asked.items()}
    everything |= {path: path for path in everything if path == "email"}  # whole, whoever asks for less
    decided = _alive().filter(pk__in=decisions.answers(since=since, until=now).values("lead"))
    rows = decided.values_list("pk", *everything.values()).iterator(CHUNK) if columns else ()
    for pk, *row in rows:
        for rule in _holding(model.fit_rules, _values(everything, row)):
            became[rule.id] += told.get(pk, ())
    return {rule.id: _became(matched[rule.id], became[rule.id]) for rule in model.fit_rules}


def _holding(rules: Sequence[FitRule], values: Mapping[str, Any]) -> list[FitRule]:
    return [rule for rule in rules if rule.holds(values)]


def _by_values(leads: QuerySet[Lead], columns: Mapping[str, str]) -> Iterator[tuple[tuple[Any, ...], int]]:
    """Each combination of values there is, and how many leads have it."""
    rows = leads.order_by().values_list(*columns.values()).annotate(leads=Count("pk"))
    for *row, count in rows.iterator(CHUNK):
        yield tuple(row), count


def _of_interest(model: Model, told: Told, since: datetime, now: datetime) -> dict[str, Became]:
    narrow = [rule for rule in model.interest_rules if rule.pattern.checks]
    plain = {rule.pattern.type for rule in model.interest_rules if not rule.pattern.checks}
    matched = _leads_by_type(plain, since, now)
    reached: dict[str, set[int]] = defaultdict(set)
    for lead, event in _read(_events({rule.pattern.type for rule in narrow}, since, now)):
        for rule in narrow:
            if rule.pattern.fits(event):
                reached[rule.id].add(lead)
    became = _decided_after(model, told, since, now)
    return {
        rule.id: _became(
            len(reached[rule.id]) if rule.pattern.checks else matched.get(rule.pattern.type, 0),
            became[rule.id],
        )
        for rule in model.interest_rules
    }


def _decided_after(model: Model, told: Told, since: datetime, now: datetime) -> dict[str, list[Decision]]:
    """By rule: the decisions on leads that had done what it asks by then."""
    first: dict[tuple[str, int], datetime] = {}
    events = _events(model.rules_of.keys(), since, now)
    answered = decisions.answers(since=since, until=now).values("lead")
    for lead, event in _read(events.filter(lead__in=answered)):
        for _place, rule in model.rules_of[event.type]:
            if rule.pattern.fits(event):
                known = first.get((rule.id, lead), event.occurred_at)
                first[rule.id, lead] = min(known, event.occurred_at)
    found: dict[str, list[Decision]] = defaultdict(list)
    for (rule_id, lead), at in first.items():
        found[rule_id] += [one for one in told.get(lead, ()) if at <= one.at]
    return found


def _decisions(since: datetime, now: datetime) -> Told:
    """The decisions of that time, by their lead."""
    told: dict[int, list[Decision]] = defaultdict(list)
    for one in decisions.made(since=since, until=now):
        told[one.lead].append(one)
    return told


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
    """Leads that reacted, or that sales has answered about."""
    reacted = Q(standing__last_reaction_at__gt=since)
    answered = decisions.answers(since=since, until=now).values("lead")
    return _alive().filter(reacted | Q(pk__in=answered))


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


def _became(matched: int, told: Sequence[Decision]) -> Became:
    accepted = sum(one.is_accepted for one in told)
    return Became(matched, accepted, len(told) - accepted)


def _first(leads: Iterator[int]) -> list[int]:
    found: dict[int, None] = {}
    for lead in leads:
        found[lead] = None
        if len(found) > MOST:
            break
    return list(found)


def _model(rules: Rules) -> Model:
    """A model of these rules alone, all of them switched on; whom they match hangs on nothing else."""
    section: dict[str, Any] = {"timezone": "UTC"}
    for half in ("fit", "interest"):
        said = [asked(rule) | {"id": rule["id"], "points": 1} for at, rule in rules if at == half]
        section[half] = {"max": 1, "rules": said}
    return Model.compile(section)
