"""PRODUCT 5 written down a second time: slow, plain, and without a line of the engine.

Sections, leads and events are plain dicts; moments are aware datetimes. Nothing is prepared or kept.
"""

from __future__ import annotations

import unicodedata
from datetime import timedelta
from fractions import Fraction
from math import floor
from zoneinfo import ZoneInfo

NEAR = Fraction(1, 10**9)


# Predicates


def text(value):
    if isinstance(value, bool):
        return str(value).casefold()
    if isinstance(value, float) and value == int(value):
        value = int(value)
    return unicodedata.normalize("NFKC", str(value)).casefold().strip()


def amount(value):
    """A number, also one that an import left as text; else None."""
    if isinstance(value, bool) or value is None or isinstance(value, list | dict):
        return None
    if not isinstance(value, str):
        return Fraction(value)
    whole, _, decimals = text(value).lstrip("+-").partition(".")
    groups = whole.split(",")
    plain = all(one.isascii() and one.isdigit() for one in groups) and (decimals or "0").isdigit()
    if not plain or (len(groups) > 1 and (len(groups[0]) > 3 or any(len(g) != 3 for g in groups[1:]))):
        return None
    if text(value).endswith(".") or text(value)[:2] in ("++", "--", "+-", "-+"):
        return None
    return Fraction(text(value).replace(",", ""))


def empty(value):
    if isinstance(value, dict):
        return all(one in (None, "", [], {}) for one in value.values())
    return value is None or value == [] or (isinstance(value, str) and text(value) == "")


def same(value, wanted):
    if isinstance(value, str) and isinstance(wanted, str):
        return text(value) == text(wanted)
    if isinstance(value, bool) or isinstance(wanted, bool):
        if isinstance(value, int | float) and isinstance(wanted, int | float):
            return value is wanted
        return text(value) == text(wanted)
    return amount(value) is not None and amount(value) == amount(wanted)


def latin(character):
    name = unicodedata.name(character, "")
    return character == "_" or name.startswith("LATIN") or (character.isascii() and character.isdigit())


def word_in(value, word):
    value, word = text(value), text(word)
    for start in range(len(value)):
        end = start + len(word)
        if value[start:end] == word:
            before, after = value[start - 1 : start] if start else "", value[end : end + 1]
            if not (before and latin(before)) and not (after and latin(after)):
                return True
    return False


FREE = {"gmail.com", "ocn.ne.jp", "docomo.ne.jp", "yahoo.co.jp"}  # all that the tests use


def free(value):
    domain = text(value).split("@")[-1]
    return any(domain == one or domain.endswith("." + one) for one in FREE)


def test(name, wanted, value):
    if name == "present":
        return wanted is (not empty(value))
    if name == "is_not":
        return not test("is", wanted, value)
    if name == "not_in":
        return not test("in", wanted, value)
    if empty(value):
        return False
    if isinstance(value, list):  # several choices: one of them is enough, but they are no number
        return name not in ("gt", "gte", "lt", "lte") and any(test(name, wanted, one) for one in value)
    if name in ("gt", "gte", "lt", "lte"):
        number = amount(value)
        if number is None:
            return False
        return {
            "gt": number > wanted,
            "gte": number >= wanted,
            "lt": number < wanted,
            "lte": number <= wanted,
        }[name]
    if name == "free_mail":
        return free(value) is wanted
    wanted = wanted if isinstance(wanted, list) else [wanted]
    if name in ("is", "in"):
        return any(same(value, one) for one in wanted)
    if name == "contains_any":
        return any(text(one) in text(value) for one in wanted)
    if name == "has_word":
        return any(word_in(value, one) for one in wanted)
    assert name == "starts_with"
    return any(text(value).startswith(text(one)) for one in wanted)


def at_path(values, path):
    for part in path.split("."):
        values = values.get(part) if isinstance(values, dict) else None
    return values


def holds(predicate, values):
    for key, inside in predicate.items():
        if key == "all_of":
            good = all(holds(one, values) for one in inside)
        elif key == "any_of":
            good = any(holds(one, values) for one in inside)
        elif key == "not":
            good = not holds(inside, values)
        else:
            good = all(test(name, wanted, at_path(values, key)) for name, wanted in inside.items())
        if not good:
            return False
    return True


# Score


def clip(number, least, most):
    return least if number < least else most if number > most else number


def half_up(number):
    return floor(Fraction(number) + Fraction(1, 2) + NEAR)


def fit(section, values):
    rules = [rule for rule in section["fit"]["rules"] if "off" not in rule]
    counted = [rule for rule in rules if holds(rule["when"], values)]
    alone = [rule["points"] for rule in counted if not rule.get("group")]
    groups = {rule["group"] for rule in counted if rule.get("group")}
    best = [max(rule["points"] for rule in counted if rule.get("group") == group) for group in groups]
    return clip(sum(alone + best), 0, section["fit"]["max"])


def means(rule, event):
    return (
        event["type"] == rule["type"]
        and holds(rule.get("where", {}), {"data": event["data"]})
        and ("campaign" not in rule or same(event["campaign"] or "", rule["campaign"]))
        and ("content" not in rule or text(event["content"]) == text(rule["content"]))
        and ("url_prefix" not in rule or text(event["url"]).startswith(text(rule["url_prefix"])))
    )


def genuine(event):
    return event["genuine"] == "human" and not event["voided"]


def inside(event, days, at):
    return days is None or at - event["occurred_at"] < timedelta(days=days)


def day(section, event):
    return event["occurred_at"].astimezone(ZoneInfo(section["timezone"])).date()


def rule_points(section, rule, events, at):
    left = [e for e in events if means(rule, e) and genuine(e) and inside(e, rule.get("window_days"), at)]
    left.sort(key=lambda e: (e["occurred_at"], e["id"]))
    if "per_day" in rule:
        days = {day(section, e) for e in left}
        left = [e for d in days for e in [one for one in left if day(section, one) == d][: rule["per_day"]]]
    total = 0.0
    for event in left:
        age_days = (at - event["occurred_at"]) / timedelta(days=1)
        total += rule["points"] * (
            0.5 ** (age_days / rule["half_life_days"]) if "half_life_days" in rule else 1
        )
    return clip(total, -rule["max"], rule["max"]) if "max" in rule else total


def response_points(section, events, at):
    rule = section["interest"].get("response")
    if not rule:
        return 0
    seen = [e for e in events if genuine(e) and inside(e, rule.get("window_days"), at)]
    actions = len({(e["type"], day(section, e)) for e in seen if e["type"] in rule["actions"]})
    reactions = len({(e["type"], day(section, e)) for e in seen if e["type"] in rule["reactions"]})
    points = 0
    if "min_actions" in rule and actions >= rule["min_actions"]:
        points += rule["points"] * min(1, reactions / actions)
    if "silent_after" in rule and actions >= rule["silent_after"] and reactions == 0:
        points += rule["silent_points"]
    return points


def interest(section, events, at):
    happened = [event for event in events if event["occurred_at"] <= at]
    rules = [rule for rule in section["interest"]["rules"] if "off" not in rule]
    points = [rule_points(section, rule, happened, at) for rule in rules]
    return clip(sum(points) + response_points(section, happened, at), 0, section["interest"]["max"])


def score(section, lead, at):
    """(readiness, fit, interest) of `{"values": …, "events": […]}`."""
    parts = fit(section, lead["values"]), interest(section, lead["events"], at)
    return half_up(sum(parts)), *parts


# Definition


def reached(number, least):
    return Fraction(number) + NEAR >= least


def complete(group, events, at):
    def raised(entry, event):
        age = at - event["occurred_at"]
        return (
            means(entry, event)
            and genuine(event)
            and timedelta(0) <= age < timedelta(days=group["within_days"])
        )

    return all(any(raised(entry, event) for event in events) for entry in group["all_of"])


def judge(section, lead, at, *, sent_back_at=None, override=None):
    """(holds, trigger, group, excluded_by, instead, incomplete_group)."""
    mql, events, new = section["mql"], lead["events"], True
    if sent_back_at is not None:
        events = [event for event in events if event["occurred_at"] > sent_back_at]
        new = any(e["direction"] == "reaction" and genuine(e) and e["occurred_at"] <= at for e in events)
    readiness, fit_points, interest_points = score(section, {**lead, "events": events}, at)
    required = holds(mql["require"], lead["values"])
    excluded = [n for n, entry in enumerate(mql["exclude"]) if holds(entry["when"], lead["values"])]
    groups = [n for n, group in enumerate(mql["fast_track"]) if new and complete(group, events, at)]
    minimums = (
        (readiness if override is None else override) >= mql["min_readiness"]
        and reached(fit_points, mql["min_fit"])
        and reached(interest_points, mql["min_interest"])
    )
    ready = required and not excluded and (bool(groups) or (minimums and new))
    group = groups[0] if groups else None
    return (
        ready,
        ("fast_track" if groups else "score") if ready else None,
        group,
        excluded[0] if excluded else None,
        mql["exclude"][excluded[0]].get("instead") if excluded else None,
        group if not excluded and not required else None,
    )


def leaves(section, lead, at, *, entered_by, override=None):
    mql = section["mql"]
    if entered_by in ("person", "import", "wake"):
        return None
    if any(holds(entry["when"], lead["values"]) for entry in mql["exclude"]):
        return "exclude"
    if entered_by == "fast_track" or any(complete(group, lead["events"], at) for group in mql["fast_track"]):
        return None
    readiness, _, interest_points = score(section, lead, at)
    readiness = readiness if override is None else override
    low = readiness < mql["leave_below"] or not reached(interest_points, mql["leave_below_interest"])
    return "hysteresis" if low else None
