"""Someone is on it, in the reader's words: 同じ会社の小川 誠 様を高橋さんが対応中です (…)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import pgettext as _p

from handoff import same_company
from handoff.same_company import AtWork
from leads import stages
from leads.models import User
from leads.words import colleague, customer, short_day, stage_label


def sentence(one: AtWork, *, viewer: User, now: datetime) -> str:
    """Who is working on whom, at which stage, since when, and when they were last in contact."""
    beside = [stage_label(one.lead.stage), _since(one, now)]
    if one.last_act:
        beside.append(_t("last contact %(day)s") % {"day": _day(one.last_act, now)})
    return f"{_who(one, viewer)} ({_p('list', ', ').join(beside)}){_p('sentence end', '.')}"


def marks(lead_ids: Sequence[int], *, viewer: User, now: datetime) -> dict[int, str]:
    """For lists: who else is at the same company, in as few words as there is room for."""
    found = same_company.of_list(lead_ids, viewer=viewer)
    return {pk: _mark(others[0], viewer, now) for pk, others in found.items()}


def _who(one: AtWork, viewer: User) -> str:
    is_waiting, actor = one.lead.stage == stages.MQL, one.lead.next_actor
    if not one.is_named:
        return _t("A colleague is working on somebody of the same company")
    said = {"who": customer(one.lead.display_name), "name": colleague(actor.name if actor else "")}
    if actor == viewer:
        if is_waiting:
            return _t("%(who)s of the same company waits for your answer, too") % said
        return _t("You are already working on %(who)s of the same company") % said
    if is_waiting:
        return _t("%(who)s of the same company waits for the answer of %(name)s") % said
    return _t("%(name)s is working on %(who)s of the same company") % said


def _mark(one: AtWork, viewer: User, now: datetime) -> str:
    actor = one.lead.next_actor
    if not one.is_named:
        said = _t("A colleague is on the same company")
    elif actor == viewer:
        said = _t("You are on the same company")
    else:
        said = _t("%(name)s is on the same company") % {"name": colleague(actor.name if actor else "")}
    return f"{said} ({_since(one, now)})"


def _since(one: AtWork, now: datetime) -> str:
    return _t("since %(day)s") % {"day": _day(one.since, now)}


def _day(at: datetime, now: datetime) -> str:
    return short_day(timezone.localtime(at).date(), timezone.localtime(now).date())
