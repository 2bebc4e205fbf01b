"""The studio's words in templates: `{% load studio %}`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import template

from config.studio import feedback_words, words
from scoring.models import Draft
from scoring.upkeep import progress

register = template.Library()

register.filter("version_state", words.version_state_label)
register.filter("published_by", words.published_by)
register.filter("draft_origin", words.origin_label)


@register.filter
def draft_state(draft: Draft) -> str:
    return words.state_label(draft.state)


@register.filter
def rule_of(names: Mapping[str, str], rule: str) -> str:
    """A rule's short name; the code of one that is no longer in the draft."""
    return names.get(rule, rule)


@register.filter
def draft_evidence(draft: Draft) -> str:
    """What a proposal stands on; empty for any other draft."""
    return feedback_words.evidence(draft.evidence) if draft.origin == Draft.PROPOSAL else ""


@register.inclusion_tag("studio/progress.html")
def score_progress(now: datetime) -> dict[str, Any]:
    """A line while a new model is on its way to the leads, or scores are behind; else nothing. One query."""
    return {"progress": progress.of(now=now)}
