"""The doors of an opportunity: opened with its figures, changed, won or lost, and open again.

Who may is the desk's business; here is what an opportunity is. One open one per lead, held by the database.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from leads import companies, intake, lifecycle, news, pipeline, reasons, stages
from leads.models import AttributeChange, Involvement, Lead, Opportunity, User
from leads.refusals import Quicker, Refused

OPENED, CHANGED, CLOSED, REOPENED = "opened", "changed", "closed", "reopened"
WHAT = (OPENED, CHANGED, CLOSED, REOPENED)
COMPETITOR = "competitor"  # the reason that asks for a name
MOST = Decimal("9999999999999.99")
FARTHEST = timedelta(days=3650)
LONGEST_COMPETITOR, LONGEST_REASON = 120, 60
FIGURES = ("amount", "currency", "expected_close", "next_step_on")
BUYS_FROM_US = {"prospect", "former_customer"}  # relations that a won opportunity turns into `customer`
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
NAME = "opportunity."  # before the field of a change that is kept with the lead's


@transaction.atomic
def begin(
    lead: Lead,
    *,
    by: User | None,
    now: datetime,
    amount: Decimal,
    expected_close: date,
    currency: str = "JPY",
    next_step_on: date | None = None,
    owner: User | None = None,
    cause: str = stages.PERSON,
    external_id: str | None = None,
    version: int | None = None,
) -> Opportunity:
    """Open one, and bring its lead to `opportunity`; `owner` becomes the lead's too.

    Raises Quicker (there is an open one), Refused (a figure), StageRefused and LeadChanged (the lead).
    """
    held = lifecycle.lock([lead.pk])[lead.pk]
    if open_one := open_of(held):
        raise Quicker(open_one.opened_by, open_one.opened_at, stages.OPPORTUNITY, open_one.version)
    lifecycle.insist_on(held, version)
    figures = {"amount": amount, "currency": currency, "expected_close": expected_close}
    _check(figures | {"next_step_on": next_step_on}, now=now)
    own = held.owner if held.owner and held.owner.works_here(now) else None
    taker = owner or own or by
    if taker is None:
        raise Refused("required", "owner")
    one = Opportunity.objects.create(
        lead=held, **figures, next_step_on=next_step_on, owner=taker, opened_at=now, opened_by=by,
        external_id=external_id,
    )  # fmt: skip
    _keep_in_sight(held, taker, now=now)
    one.lead = lifecycle.move(held, to=stages.OPPORTUNITY, cause=cause, by=by, owner=taker, now=now)
    news.opportunities_changed.announce(opportunity=one, what=OPENED, by=by, now=now)
    return one


@transaction.atomic
def change(
    opportunity: Opportunity, *, by: User | None, now: datetime, version: int | None = None, **said: Any
) -> Opportunity:
    """Other figures, or another owner (the lead's too). Raises Quicker, Refused."""
    held = _hold(opportunity, version)
    _insist_open(held)
    new = {name: value for name, value in said.items() if value != getattr(held, name)}
    _check(new, now=now)
    if not new:
        return held
    enter(held, new, by=by, now=now)
    news.opportunities_changed.announce(opportunity=held, what=CHANGED, by=by, now=now)
    return held


def enter(held: Opportunity, new: Mapping[str, Any], *, by: User | None, now: datetime) -> None:
    """Write figures down as they are said, by whom the lead is held; nothing is asked of them."""
    owner = new.get("owner")
    if owner is not None and held.is_open:
        _keep_in_sight(held.lead, owner, now=now)
        lifecycle.give_to(held.lead, owner, by=by, now=now)
    told = {name: value for name, value in new.items() if name in FIGURES}
    _write_down(held, told, by=by, now=now)
    _save(held, new)
    if held.is_open:
        pipeline.take_turns([held.lead], [held])


@transaction.atomic
def close(
    opportunity: Opportunity,
    *,
    by: User | None,
    now: datetime,
    outcome: str,
    reason: str = "",
    competitor: str = "",
    amount: Decimal | None = None,
    note: str = "",
    closed_at: datetime | None = None,
    version: int | None = None,
) -> Opportunity:
    """Won or lost: the first one to say so decides. Raises Quicker with who and when, Refused."""
    held = _hold(opportunity, version)
    _insist_open(held)
    insist_on_outcome(outcome, reason, competitor, note)
    new: dict[str, Any] = {"amount": amount} if amount is not None and amount != held.amount else {}
    _check(new, now=now)
    _write_down(held, new, by=by, now=now)
    _save(held, new | {
        "outcome": outcome, "reason": reason, "competitor": competitor.strip(), "note": note.strip(),
        "closed_at": closed_at or now, "closed_by": by,
    })  # fmt: skip
    lifecycle.conclude(held.lead, outcome)
    if outcome == Opportunity.WON:
        make_customer(held, by=by, now=now)
    news.opportunities_changed.announce(opportunity=held, what=CLOSED, by=by, now=now)
    return held


@transaction.atomic
def reopen(lead: Lead, *, by: User, now: datetime, reason: str, version: int | None = None) -> Opportunity:
    """The lead's last opportunity goes on; how it had ended stays written down as a note.

    Raises LeadChanged, Refused (`not_closed`: there is nothing to open again).
    """
    held = lifecycle.lock([lead.pk])[lead.pk]
    lifecycle.insist_on(held, version)
    if not reason.strip():
        raise Refused("required", "reason")
    one = latest_closed(held)
    if held.outcome is None or one is None:
        raise Refused("not_closed", "")
    _remember(one, reason.strip(), by=by, now=now)
    today = now.astimezone(pipeline.house_zone()).date()
    step = one.next_step_on if one.next_step_on and one.next_step_on >= today else None
    if step is None and one.expected_close < today:
        step = today  # its owner says today how it goes on
    nothing = {"outcome": None, "reason": "", "competitor": "", "note": "", "closed_at": None}
    one.lead = held
    _save(one, nothing | {"closed_by": None, "next_step_on": step})
    lifecycle.conclude(held, None)
    pipeline.take_turns([held], [one])
    news.opportunities_changed.announce(opportunity=one, what=REOPENED, by=by, now=now)
    return one


def open_of(lead: Lead) -> Opportunity | None:
    found = Opportunity.objects.filter(lead=lead, outcome=None)
    return found.select_related("owner", "opened_by").first()


def latest_closed(lead: Lead) -> Opportunity | None:
    found = Opportunity.objects.filter(lead=lead, outcome__isnull=False)
    return found.select_related("owner", "closed_by").order_by("-closed_at", "-pk").first()


def insist_on_outcome(outcome: str, reason: str, competitor: str, note: str = "") -> None:
    """Lost says why, by the playbook, and to whom where the reason is a competitor. Raises Refused."""
    if outcome not in stages.OUTCOMES:
        raise Refused("unknown_choice" if outcome else "required", "outcome", value=outcome)
    if outcome == Opportunity.LOST:
        reasons.insist("lost", reason, note)
        if reason == COMPETITOR and not competitor.strip():
            raise Refused("competitor_required", "competitor")
    for name, text, most in (
        ("competitor", competitor, LONGEST_COMPETITOR),
        ("reason", reason, LONGEST_REASON),
    ):
        if len(text) > most:
            raise Refused("too_long", name, most=most)


def _hold(opportunity: Opportunity, version: int | None) -> Opportunity:
    """The lead, then the opportunity, as they are now. Raises Quicker for an older `version`."""
    lead = lifecycle.lock([opportunity.lead_id])[opportunity.lead_id]
    rows = Opportunity.objects.select_for_update(of=("self",)).select_related(
        "owner", "closed_by", "opened_by"
    )
    held = rows.get(pk=opportunity.pk)
    held.lead = lead
    if version is not None and version != held.version and held.is_open:
        raise _overtaken(held)
    return held


def _insist_open(held: Opportunity) -> None:
    if held.outcome is not None:
        assert held.closed_at is not None
        raise Quicker(held.closed_by, held.closed_at, held.outcome, held.version)


def _overtaken(held: Opportunity) -> Quicker:
    """Whoever changed its figures last, else whoever opened it."""
    rows = AttributeChange.objects.filter(lead=held.lead, field__startswith=NAME).select_related("changed_by")
    last = rows.order_by("-pk").first()
    by, at = (last.changed_by, last.changed_at) if last else (held.opened_by, held.opened_at)
    return Quicker(by, at, stages.OPPORTUNITY, held.version)


def _check(figures: Mapping[str, Any], *, now: datetime) -> None:
    """What cannot be: an amount below nothing, an unknown currency, a day gone by or out of sight."""
    amount = figures.get("amount", Decimal(0))
    if amount is None or not amount.is_finite() or amount < 0:
        raise Refused("not_an_amount", "amount")
    if amount > MOST:
        raise Refused("too_large", "amount", most=f"{MOST:,}")
    if not _CURRENCY.fullmatch(figures.get("currency", "JPY")):
        raise Refused("unknown_currency", "currency")
    today = now.astimezone(pipeline.house_zone()).date()
    for name in ("expected_close", "next_step_on"):
        day = figures.get(name, today)
        if day is None and name == "expected_close":
            raise Refused("required", name)
        if day is not None and day < today:
            raise Refused("day_gone_by", name)
        if day is not None and day > today + FARTHEST:
            raise Refused("too_far", name)


def _save(held: Opportunity, new: Mapping[str, Any]) -> None:
    for name, value in new.items():
        setattr(held, name, value)
    held.version += 1
    held.save(update_fields=[*new, "version"])


def _write_down(held: Opportunity, new: Mapping[str, Any], *, by: User | None, now: datetime) -> None:
    """Old → new with the lead's other corrections, so that its page tells who changed what."""
    AttributeChange.objects.bulk_create(
        AttributeChange(
            lead=held.lead, field=NAME + name, old=_plain(getattr(held, name)), new=_plain(value),
            changed_at=now, changed_by=by,
        )
        for name, value in new.items()
    )  # fmt: skip


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, date) else value


def _keep_in_sight(lead: Lead, new_owner: User, *, now: datetime) -> None:
    """Who had the lead before keeps seeing it (PRODUCT 11: handled)."""
    if lead.owner_id is not None and lead.owner_id != new_owner.pk:
        Involvement.objects.get_or_create(
            lead=lead, user_id=lead.owner_id, kind=Involvement.HANDLER, defaults={"since": now}
        )


def make_customer(held: Opportunity, *, by: User | None, now: datetime) -> None:
    """Who buys is a customer, and the account is its seller's, where nobody has it (docs/decisions/0073)."""
    company = held.lead.company
    if company is None:
        return
    changes: list[companies.Change] = []
    if company.relation in BUYS_FROM_US:
        changes.append(("relation", company.relation, "customer"))
        company.relation = "customer"
    if company.owner_id is None:
        changes.append(("owner", None, held.owner_id))
        company.owner = held.owner
    if changes:
        companies.Stored(by=by, now=now).change(company, changes)
        theirs = Lead.objects.filter(company=company, merged_into=None).order_by("pk")
        news.facts_changed.announce(lead_ids=list(theirs.values_list("pk", flat=True)))


def _remember(one: Opportunity, reason: str, *, by: User, now: datetime) -> None:
    """The end that is taken back, as an entry of the log: nothing that was said is lost."""
    assert one.closed_at is not None
    was = {
        "outcome": one.outcome, "reason": one.reason, "competitor": one.competitor,
        "amount": _plain(one.amount), "currency": one.currency, "closed_at": one.closed_at.isoformat(),
        "closed_by": one.closed_by_id,
    }  # fmt: skip
    data = {"opportunity": one.pk, "was": was, "note": reason}
    told = intake.NewActivity(
        lead_id=one.lead_id, type="note", occurred_at=now, source="tasuki", actor=by, data=data
    )
    intake.record([told], now=now)
