"""The studio in the reader's words: states of a draft, where it came from, refusals as sentences."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext
from django.utils.translation import pgettext_lazy as _p

from leads.words import colleague, duration
from scoring.models import Draft, ScoringModel
from scoring.rulemaking.drafting import DraftChanged, DraftRefused
from scoring.rulemaking.opinions import NoSuchLine

STATES: Mapping[str, Promise] = {
    Draft.EDITED: _p("draft", "Draft"),
    Draft.REQUESTED: _p("draft", "Waiting for approval"),
    Draft.PUBLISHED: _p("draft", "Published"),
    Draft.WITHDRAWN: _p("draft", "Withdrawn"),
}
ORIGINS: Mapping[str, Promise] = {
    Draft.PERSON: _p("origin", "written here"),
    Draft.FILE: _p("origin", "from a playbook file"),
    Draft.PROPOSAL: _p("origin", "proposed from the results"),
    Draft.EARLIER: _p("origin", "going back to an earlier version"),
}
VERSION_STATES: Mapping[str, Promise] = {
    "in_force": _p("version", "in force"),
    "scheduled": _p("version", "scheduled"),
    "past": _p("version", "past"),
    "passed_over": _p("version", "never in force"),
}
REFUSALS: Mapping[str, Promise] = {
    "does_not_compile": _("These rules cannot be reckoned with. Undo the last change, or begin anew."),
    "title_missing": _("Give it a title, so that others know what it is about."),
    "text_missing": _("Please write a sentence."),
    "text_too_long": _("This text is too long; at most 2,000 characters."),
    "no_change": _("This draft says the same as the rules it is based on, so there is nothing to publish."),
    "not_requested": _("Nobody has asked for approval yet, or it was changed since."),
    "base_is_old": _(
        "Other rules were published since this draft began. Carry the draft over to them,"
        " look at what it changes, and ask for approval again."
    ),
    "moment_is_past": _("This moment is in the past. Enter a later one, or leave it open."),
    "settled_already": _("This opinion has its answer already."),
    "no_rules": _("No rules are published yet."),
}


def refusal(refused: Exception, *, now: datetime) -> str:
    """Why a door said no, as a sentence that says what to do."""
    if isinstance(refused, DraftRefused):
        return str(REFUSALS[refused.code])
    if isinstance(refused, DraftChanged):
        return changed(refused, now=now)
    if isinstance(refused, NoSuchLine):
        return _t("The score has no such line any more. Open the lead again.")
    return _t("Your role does not allow this.")


def changed(other: DraftChanged, *, now: datetime) -> str:
    """Who was quicker, and when: 鈴木さんが2分前に変更しました。"""
    said = {
        Draft.EDITED: _t("%(name)s changed it %(ago)s."),
        Draft.REQUESTED: _t("%(name)s asked for approval %(ago)s."),
        Draft.PUBLISHED: _t("%(name)s published it %(ago)s."),
        Draft.WITHDRAWN: _t("%(name)s withdrew it %(ago)s."),
    }
    name = colleague(other.by.name) if other.by else _t("Somebody")
    return said[other.state] % {"name": name, "ago": ago(other.at, now)}


def ago(at: datetime, now: datetime) -> str:
    """How long since: 2分前, たった今."""
    if now - at < timedelta(minutes=1):
        return _t("just now")
    return pgettext("moment of an act", "%(length)s ago") % {"length": duration(now - at)}


def state_label(state: str) -> str:
    return str(STATES.get(state, state))


def version_state_label(state: str) -> str:
    return str(VERSION_STATES[state])


def origin_label(draft: Draft) -> str:
    said = str(ORIGINS.get(draft.origin, draft.origin))
    return f"{said} (v{draft.evidence['version']})" if draft.origin == Draft.EARLIER else said


def published_by(version: ScoringModel) -> str:
    """Who published it: a person, or a file and whoever applied it."""
    who = version.published_by
    if not version.from_file:
        return who.name if who else "–"
    return _t("from a file, by %(name)s") % {"name": who.name} if who else _t("from a file")


def back_title(version: ScoringModel) -> str:
    """The title of a draft that goes back to an old version."""
    return _t("Back to v%(n)s") % {"n": version.version}
