"""The door by which opportunities of another system come in: matched, opened, brought up to date (PRODUCT 9).

What is said twice changes nothing. Days gone by are taken as they are: that is what a history is made of.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from leads import lifecycle, opportunities, pipeline, stages, turns
from leads.intake_bulk import CREATED, UNCHANGED, UPDATED
from leads.models import Lead, Opportunity, User
from leads.refusals import Refused

FIGURES = (*opportunities.FIGURES, "owner", "external_id")
ENDS = ("reason", "competitor", "closed_at", "note")

Values = Mapping[str, Any]


@transaction.atomic
def receive(lead_id: int, values: Values, *, now: datetime) -> str:
    """One opportunity of this lead; answers created, updated or unchanged. Raises Refused."""
    lead = lifecycle.lock([lead_id])[lead_id]
    if values.get("outcome"):
        opportunities.insist_on_outcome(
            values["outcome"], values.get("reason") or "", values.get("competitor") or ""
        )
    known = _known(lead, values)
    if known is None:
        _bring_in(lead, values, now=now)
        return CREATED
    known.lead = lead
    return UPDATED if _bring_up(known, values, now=now) else UNCHANGED


def _known(lead: Lead, values: Values) -> Opportunity | None:
    """By its own id; else the open one nobody has given an id yet; else one that ended just like this."""
    external_id = values.get("external_id")
    if external_id:
        found = Opportunity.objects.filter(external_id=external_id).select_related("owner").first()
        if found is not None and found.lead_id != lead.pk:
            raise Refused("ambiguous_match", "external_id")
        if found is not None:
            return found
    else:
        said = {name: values[name] for name in ("amount", "expected_close", "outcome") if values.get(name)}
        ended = Opportunity.objects.filter(lead=lead, outcome__isnull=False, **said)
        if same := ended.select_related("owner").order_by("-closed_at", "-pk").first():
            return same
    open_one = opportunities.open_of(lead)
    if open_one is not None and not (external_id and open_one.external_id):
        return open_one
    return None


def _bring_in(lead: Lead, values: Values, *, now: datetime) -> None:
    outcome = values.get("outcome") or None
    is_at_it = lead.stage == stages.OPPORTUNITY
    if lead.stage == stages.DISQUALIFIED and outcome is None:
        raise Refused("lead_not_a_fit", "lead_external_id")
    if is_at_it and lead.outcome is None and outcome is None:
        raise Refused("has_open_opportunity", "external_id")
    if lead.stage == stages.DISQUALIFIED or (is_at_it and outcome is not None):
        _file(lead, values, outcome, now=now)
        return
    one = _store(lead, values, now=now)
    if is_at_it:
        _go_on(lead, one, now=now)
    else:
        one.lead = lifecycle.move(lead, to=stages.OPPORTUNITY, cause=stages.IMPORT, owner=one.owner, now=now)
    if outcome is not None:
        _close(one, values, now=now)


def _file(lead: Lead, values: Values, outcome: str | None, *, now: datetime) -> None:
    """One that ended, beside what the lead is at now; the one that ended last gives the outcome."""
    one = _store(lead, values, now=now, outcome=outcome, **_end(values, now))
    if outcome == Opportunity.WON:
        opportunities.make_customer(one, by=None, now=now)
    _agree(lead)


def _go_on(lead: Lead, one: Opportunity, *, now: datetime) -> None:
    """After one that ended the next one: the lead is open again."""
    lifecycle.give_to(lead, one.owner, by=None, now=now)
    pipeline.take_turns([lead], [one])
    lead.outcome = None
    lead.save(update_fields=["outcome"])


def _store(lead: Lead, values: Values, *, now: datetime, **end: Any) -> Opportunity:
    closes = now.astimezone(pipeline.house_zone()).date() + timedelta(days=turns.CLOSING_DAYS)
    return Opportunity.objects.create(
        lead=lead, external_id=values.get("external_id"), amount=values.get("amount") or Decimal(0),
        currency=values.get("currency") or "JPY", expected_close=values.get("expected_close") or closes,
        next_step_on=values.get("next_step_on"), owner=_owner(lead, values, now=now), opened_at=now, **end,
    )  # fmt: skip


def _owner(lead: Lead, values: Values, *, now: datetime) -> User:
    owner = values.get("owner") or lead.owner or pipeline.heir(now=now)
    if owner is None:
        raise Refused("required", "owner")
    return owner


def _bring_up(known: Opportunity, values: Values, *, now: datetime) -> bool:
    """Whether anything of it is other than it was."""
    new = {name: values[name] for name in FIGURES if name in values and values[name] != getattr(known, name)}
    if new.get("owner", known.owner) is None:
        del new["owner"]
    if new:
        opportunities.enter(known, new, by=None, now=now)
    if not values.get("outcome"):
        return bool(new)
    if known.is_open:
        _close(known, values, now=now)
        return True
    return _end_otherwise(known, values) or bool(new)


def _end_otherwise(known: Opportunity, values: Values) -> bool:
    """How a closed one ended is said otherwise now."""
    said = {name: values[name] for name in ("outcome", *ENDS) if values.get(name)}
    new = {name: value for name, value in said.items() if value != getattr(known, name)}
    if new:
        opportunities.enter(known, new, by=None, now=known.opened_at)
        _agree(known.lead)
    return bool(new)


def _agree(lead: Lead) -> None:
    """The outcome of a lead is that of its latest opportunity, unless one is open."""
    latest = opportunities.latest_closed(lead)
    if lead.outcome is not None and latest is not None and latest.outcome != lead.outcome:
        lifecycle.conclude(lead, latest.outcome)


def _close(one: Opportunity, values: Values, *, now: datetime) -> None:
    opportunities.close(one, by=None, now=now, outcome=values["outcome"], **_end(values, now))


def _end(values: Values, now: datetime) -> dict[str, Any]:
    said = {name: values[name] for name in ENDS if values.get(name)}
    return {"closed_at": now} | said
