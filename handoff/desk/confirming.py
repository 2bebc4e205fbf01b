"""An estimate is confirmed, or is not so: a person's word makes it a fact, with who and when (PRODUCT 6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from handoff import estimates
from handoff.desk.holding import take
from handoff.desk.permissions import insist, may
from handoff.models import Handoff
from handoff.refusals import DeskRefused
from leads import intake
from leads.models import User

OPEN = "open"  # the word is taken back: an estimate again
SAYS = (estimates.YES, estimates.NO, OPEN)


@transaction.atomic
def confirm(
    handoff: Handoff,
    *,
    by: User,
    now: datetime,
    field: str,
    says: str = estimates.YES,
    value: str = "",
    version: int | None = None,
) -> Handoff:
    """Whoever talks to the lead says that an estimate holds, does not, or that nobody knows after all.

    `value`: what they learned; without it the value of the estimate. A fact becomes the lead's attribute of
    that name, so rules may ask for it. Raises Conflict, NotYours, DeskRefused.
    """
    held = take(handoff, version=version, states=(Handoff.OFFERED, Handoff.ACCEPTED))
    insist(may(by, held).contact)
    if field not in estimates.NAMES:
        raise DeskRefused("unknown_choice", "field", value=field)
    if says not in SAYS:
        raise DeskRefused("unknown_choice", "says", value=says)
    told = value.strip() or _estimated(held, field)
    if says != OPEN and not told:
        raise DeskRefused("required", "value")
    if len(told) > estimates.LONGEST:
        raise DeskRefused("too_long", "value", most=estimates.LONGEST)
    _forget(held, field, by=by, now=now)
    if says != OPEN:
        held.confirmed[field] = {"says": says, "value": told, "by": by.pk, "at": now.isoformat()}
    if says == estimates.YES:
        held.confirmed[field]["before"] = held.lead.attributes.get(field)
        _write(held, field, told, by=by, now=now)
    held.save(update_fields=["confirmed"])
    return held


def _estimated(held: Handoff, field: str) -> str:
    rows = held.evidence.get("estimates", ())
    return next((str(one["value"]) for one in rows if one["field"] == field), "")


def _forget(held: Handoff, field: str, *, by: User, now: datetime) -> None:
    """The earlier word goes, and with it the attribute it wrote, unless somebody changed that since."""
    word: Mapping[str, Any] = held.confirmed.pop(field, {})
    if "before" in word and held.lead.attributes.get(field) == word["value"]:
        _write(held, field, word["before"], by=by, now=now)


def _write(held: Handoff, field: str, value: Any, *, by: User, now: datetime) -> None:
    held.lead = intake.edit(held.lead, {"attributes": {field: value}}, by=by, now=now)
