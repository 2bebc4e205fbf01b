"""A hand that goes up while its lead waits to be offered: it is a hand-raiser's offer from then on, and waits
for no other day (a `within` listener; PRODUCT 6: hand-raisers always pass)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from handoff import news, whose_turn
from handoff.desk import evidence
from handoff.models import Handoff
from leads import rows
from scoring.readiness import HAND_RAISER

RAISED_AT = "raised_at"  # in the evidence: it is of that moment, not of the beginning of the handoff


def unheard(lead_ids: Any) -> QuerySet[Handoff]:
    """Waiting handoffs of these leads that nobody was offered yet, and that are no hand-raiser's."""
    found = Handoff.objects.waiting().filter(lead__in=lead_ids).exclude(trigger=HAND_RAISER)
    return found.filter(Q(previous=None) | Q(previous__offered_at=None))


def raise_hands(*, raised: Mapping[int, int | None], now: datetime) -> None:
    """By lead, held by the caller, the fast-track group that is complete: frozen anew, and routed at once."""
    held = list(unheard(list(raised)).select_for_update(of=("self",)).select_related("lead").order_by("pk"))
    if not held:
        return
    because = {one.lead_id: {"group": raised[one.lead_id]} for one in held}
    frozen = evidence.freeze([one.lead for one in held], because, now=now)
    for one in held:
        kept = {"back": one.evidence["back"]} if "back" in one.evidence else {}
        one.evidence = frozen[one.lead_id] | kept | {RAISED_AT: now.isoformat()}
        one.trigger, one.route_at = HAND_RAISER, now
    rows.write(held, ["trigger", "evidence", "route_at"])
    news.waiting.announce(handoff_ids=[one.pk for one in held])
    whose_turn.refresh((one.lead_id for one in held), now=now)
