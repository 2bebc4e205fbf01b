"""Some reasons may be given only after having tried: "cannot be reached" asks for the agreed contacts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handoff.models import Clock, Handoff
from handoff.refusals import DeskRefused
from leads.models import Activity

TRIED = (Clock.MET, Clock.MET_LATE)
NO_USE = "left_company"


def insist_on_trying(handoff: Handoff, reason: Mapping[str, Any]) -> None:
    """Raises DeskRefused where the reason waits for the contact depth, and it is not reached.

    Whoever heard that the person left has nothing more to try; a policy without that clock asks nothing.
    """
    if reason.get("after") == Clock.PERSISTENCE and not has_tried(handoff):
        raise DeskRefused("try_more_first", "reason")


def has_tried(handoff: Handoff) -> bool:
    """The contact depth is reached, nothing asks for one, or the person is known to have left."""
    waiting = handoff.clocks.filter(kind=Clock.PERSISTENCE).exclude(state__in=TRIED)
    return not waiting.exists() or _last_result(handoff) == NO_USE


def _last_result(handoff: Handoff) -> str:
    """What came of the last contact anybody of ours logged."""
    told = Activity.objects.filter(lead=handoff.lead_id, data__has_key="result", voids=None, voided_by=None)
    last = told.order_by("-occurred_at", "-pk").first()
    return str(last.data["result"]) if last else ""
