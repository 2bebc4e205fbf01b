"""What became of the leads, in the reader's words: kinds of values, values, differences, proposals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import ngettext as _n
from django.utils.translation import pgettext_lazy as _p

from config.studio import trial_words
from leads.industry_words import industry_label
from leads.models import Campaign
from leads.words import field_label, kept
from scoring import words as score_words
from scoring.lessons.comparing import LEAST_DECISIONS, Comparison, Tally
from scoring.lessons.proposals import RESPONSE, Change, Proposal, from_evidence
from scoring.lessons.traits import CUSTOM, MISSING, RULE, Trait
from scoring.models import Simulation
from scoring.past import decisions

FEW = 10  # below this many a fraction is shown, never a percentage (UX 4.7)
GROUPS: Mapping[str, Promise] = {
    RULE: _p("trait", "Rule"),
    "source": _p("field", "Source"),
    "campaign": _p("field", "Campaign"),
    "industry": _p("field", "Industry"),
    "size": _p("field", "Employees"),
    "title": _p("field", "Title"),
    "department": _p("field", "Department"),
    "prefecture": _p("field", "Prefecture"),
    "attributes": _p("trait", "Own fields of leads"),
    "company.attributes": _p("trait", "Own fields of companies"),
}
TITLES: Mapping[str, Promise] = {
    "executive": _p("title", "executives"),
    "head": _p("title", "heads of department"),
    "manager": _p("title", "managers"),
    "lead": _p("title", "team leads"),
}
RESULTS: Mapping[str, Promise] = {
    decisions.ACCEPTED: _p("decision", "Accepted"),
    decisions.SENT_BACK: _p("decision", "Sent back"),
    decisions.NOT_A_FIT: _p("decision", "Not a fit"),
}
REFUSED = _p("decision", "Not accepted")


def group_label(group: str) -> str:
    return str(GROUPS[group])


def result_label(result: str) -> str:
    """Which answers a list shows; empty: all."""
    return str(RESULTS.get(result, REFUSED)) if result else ""


def value_label(trait: Trait, body: Mapping[str, Any]) -> str:
    """What the decisions have in common, without its kind: 展示会, 300〜999名, 料金ページを閲覧."""
    if trait.kind == RULE:
        return _rule(trait.value, body)
    said = _value(trait)
    if trait.group in CUSTOM:
        return _t("%(field)s: %(value)s") % {"field": field_label(trait.kind), "value": said}
    return said


def trait_label(trait: Trait, body: Mapping[str, Any]) -> str:
    """With its kind: 流入経路: 展示会. A rule is named by itself."""
    if trait.kind == RULE or trait.group in CUSTOM:
        return value_label(trait, body)
    return _t("%(field)s: %(value)s") % {"field": group_label(trait.group), "value": _value(trait)}


def rate(of: Tally) -> str:
    """A percentage, or a fraction where there are few (UX 4.7)."""
    if not of.n:
        return "–"
    return f"{of.accepted:,}/{of.n:,}" if of.n < FEW else f"{_percent(of.rate)}%"


def difference(one: Comparison, *, is_clear: bool) -> str:
    """Where the difference lies, in points of a percentage: ほかより30〜50ポイント低い."""
    if one.own.n < LEAST_DECISIONS or not one.rest.n:
        return ""
    low, high = (_percent(edge) for edge in one.interval)
    if low <= 0 <= high:
        return _t("no clear difference (%(low)s to %(high)s)") % {"low": _signed(low), "high": _signed(high)}
    least, most = (low, high) if low > 0 else (-high, -low)
    said = _t("%(low)s to %(high)s points higher") if low > 0 else _t("%(low)s to %(high)s points lower")
    told = said % {"low": least, "high": most}
    return told if is_clear else _t("%(difference)s; may be chance") % {"difference": told}


def finding(one: Proposal) -> str:
    """What was seen, as a sentence: 引き受けは54件中9件(17%)。他は70%で、それより…"""
    said = {
        "n": f"{one.found.own.n:,}",
        "accepted": f"{one.found.own.accepted:,}",
        "rate": rate(one.found.own),
        "rest": rate(one.found.rest),
    }
    return _t("Of %(n)s decisions %(accepted)s accepted (%(rate)s); of all others %(rest)s.") % said


def evidence(kept_with_draft: Mapping[str, Any]) -> str:
    """What a draft stood on when it began; empty where nothing of the kind was kept."""
    try:
        return finding(from_evidence(kept_with_draft))
    except (KeyError, TypeError, ValueError):
        return ""


def change(one: Change) -> str:
    """What would be other: 20点を4点に(上限は40点を9点に)."""
    if one.before is None:
        return _t("A new fit rule: %(condition)s, %(points)s points") % {
            "condition": score_words.condition(one.when or {}),
            "points": _signed(one.after),
        }
    if not one.after and one.rule not in RESPONSE:
        return _t("Switch the rule off (now %(before)s points)") % {"before": _signed(one.before)}
    said = _t("%(after)s instead of %(before)s points") % {
        "before": _signed(one.before),
        "after": _signed(one.after),
    }
    if one.max_after is None or one.max_before is None:
        return said
    return said + _t(" (at most %(after)s instead of %(before)s)") % {
        "before": f"{one.max_before:g}",
        "after": f"{one.max_after:g}",
    }


def draft_title(one: Proposal, body: Mapping[str, Any]) -> str:
    """A name for the draft: 展示会: 14点減らす."""
    return _t("%(what)s: %(change)s") % {"what": trait_label(one.trait, body), "change": change(one.change)}


def effect(simulation: Simulation | None) -> list[str]:
    """What the change would have done, a sentence each, as far as it is known."""
    if simulation is None or simulation.state == Simulation.FAILED:
        return [_t("Not tried on the past yet; the draft can be.")]
    if simulation.state != Simulation.DONE:
        return [_t("Being tried on the past: %(done)s of %(total)s leads.") % _progress(simulation)]
    days = round(simulation.result["days"])
    said = _n("Tried on the past %(n)s day.", "Tried on the past %(n)s days.", days) % {"n": days}
    return [said, *trial_words.findings(simulation)]


def campaigns() -> Mapping[str, str]:
    """Names of campaigns by their numbers elsewhere; asked for once a page."""
    found: Mapping[str, str] = kept(
        "campaign names", lambda: dict(Campaign.objects.values_list("external_id", "name"))
    )
    return found


def _rule(rule: str, body: Mapping[str, Any]) -> str:
    if rule in RESPONSE:
        return score_words.line_label({"rule": "response", "label": rule})
    return score_words.rule_label(rule, body=body) or rule


def _value(trait: Trait) -> str:
    if trait.value == MISSING:
        return _t("(not known)")
    if trait.kind == "title":
        return str(TITLES[trait.value])
    if trait.kind == "size":
        return _size(trait.value)
    if trait.kind == "industry":
        return industry_label(trait.value)
    if trait.kind == "campaign":
        return campaigns().get(trait.value, trait.value)
    if trait.group in CUSTOM and trait.value in ("true", "false"):
        return _t("yes") if trait.value == "true" else _t("no")
    return trait.value


def _size(band: str) -> str:
    least, _dash, most = band.partition("-")
    if not most:
        return _t("%(least)s employees or more") % {"least": f"{int(least):,}"}
    return _t("%(least)s–%(most)s employees") % {"least": least, "most": most}


def _progress(simulation: Simulation) -> dict[str, str]:
    return {"done": f"{simulation.done:,}", "total": f"{simulation.total:,}"}


def _percent(share: float) -> int:
    return round(share * 100)


def _signed(points: float) -> str:
    return f"+{points:g}" if points > 0 else f"{points:g}".replace("-", "−")
