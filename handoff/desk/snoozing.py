"""Later (後で): a card is put out of sight until a moment or a reaction; its clocks run on (PRODUCT 6)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import DateTimeField, Exists, OuterRef, Subquery

from handoff.desk.holding import take
from handoff.desk.permissions import insist, may
from handoff.models import Decision, Handoff, HandoffQuerySet
from handoff.refusals import DeskRefused
from leads.models import Activity, User
from leads.models.activities import HUMAN, REACTION

MOST = 3
FARTHEST = timedelta(days=90)
SNOOZE = "snooze"


@transaction.atomic
def snooze(
    handoff: Handoff,
    *,
    by: User,
    now: datetime,
    until: datetime | None = None,
    on_reaction: bool = False,
    version: int | None = None,
) -> Handoff:
    """Until a moment, or until they react; at most three times, then it has to be decided.

    Raises Conflict, NotYours, DeskRefused.
    """
    held = take(handoff, version=version, states=(Handoff.OFFERED, Handoff.ACCEPTED))
    insist(may(by, held).send_back)
    if (until is None) == (not on_reaction):
        raise DeskRefused("required", "until")
    if until is not None and until <= now:
        raise DeskRefused("in_the_past", "until")
    if until is not None and until > now + FARTHEST:
        raise DeskRefused("too_far", "until")
    if held.snoozes >= MOST:
        raise DeskRefused("snoozed_enough", most=MOST)
    held.snoozes, held.snoozed_until, held.snoozed_till_reaction = held.snoozes + 1, until, on_reaction
    held.save(update_fields=["snoozes", "snoozed_until", "snoozed_till_reaction"])
    Decision.objects.create(handoff=held, kind=SNOOZE, by=by, at=now)
    return held


def with_reactions(handoffs: HandoffQuerySet) -> HandoffQuerySet:
    """Each with `has_reacted`: whether something genuine was heard since it was put off."""
    said = Decision.objects.filter(handoff=OuterRef("pk"), kind=SNOOZE).order_by("-at").values("at")[:1]
    heard = Activity.objects.filter(
        lead=OuterRef("lead"), direction=REACTION, genuine=HUMAN, voids=None, voided_by=None,
        recorded_at__gt=OuterRef("put_off_at"),
    )  # fmt: skip
    put_off = handoffs.annotate(put_off_at=Subquery(said, output_field=DateTimeField()))
    return put_off.annotate(has_reacted=Exists(heard))


def is_put_off(handoff: Handoff, now: datetime) -> bool:
    """Is it out of sight? Asked of what was read by `with_reactions`."""
    if handoff.snoozed_till_reaction:
        return not getattr(handoff, "has_reacted", True)
    return handoff.snoozed_until is not None and handoff.snoozed_until > now
