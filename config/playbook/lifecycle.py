"""Sections about what happens to a lead: stages, lanes, activity types, reasons."""

from __future__ import annotations

from typing import Any

from config.playbook.problems import Path
from config.playbook.reading import Reading
from config.playbook.shapes import Fields, Label, MapOf, Maybe, OneOf, YesNo, identifier, whole
from config.playbook.units import days
from leads import activity_types, stages

OWNERS = ("marketing", "inside_sales", "field_sales")
SIDES = ("customer", "ours", "none")
NEXT_STEPS = ("wake", "trigger", "right_person", "marketing_fix", "disqualify", "pass_on")


def _stage(*, reviewed: bool) -> Fields:
    review = days()
    return Fields(
        {
            "owner": OneOf(OWNERS),
            "review_after": review if reviewed else Maybe(review),
            "buyer_step": Maybe(Label()),
            "label": Maybe(Label()),
            "definition": Maybe(Label(1000)),
            "exits": Maybe(Label(1000)),
        }
    )


# A lead at `lead` or `mal` always has a deadline, and it is this one.
STAGES = Fields({stage: _stage(reviewed=stage in (stages.LEAD, stages.MAL)) for stage in stages.FORWARD})


def _forwards(lane: dict[str, Any], path: Path, reading: Reading) -> None:
    if stages.FORWARD.index(lane["on_accept"]) < stages.FORWARD.index(lane["offer_at"]):
        reading.refuse(
            (*path, "on_accept"), "lane_backwards", value=lane["on_accept"], stage=lane["offer_at"]
        )


QUALIFYING = OneOf([stages.SAL, stages.SQL])

LANES = Fields(
    {
        "1": Fields({"offer_at": OneOf([stages.MQL]), "on_accept": OneOf([stages.SAL])}),
        "2": Maybe(Fields({"offer_at": QUALIFYING, "on_accept": QUALIFYING}, then=_forwards)),
    }
)


def _not_built_in(types: dict[str, Any], path: Path, reading: Reading) -> None:
    for name in types:
        if name in activity_types.BUILT_IN:
            reading.refuse((*path, name), "built_in_type", at_key=True, value=name)


ACTIVITY_TYPES = MapOf(
    Fields({"direction": OneOf([activity_types.REACTION, activity_types.ACTION]), "label": Label()}),
    keys=identifier(key=True),
    then=_not_built_in,
)


def _days_fit_the_step(reason: dict[str, Any], path: Path, reading: Reading) -> None:
    if "wake_days" in reason and reason["next_step"] not in ("wake", "trigger"):
        reading.refuse((*path, "wake_days"), "wake_days_without_wake", value=reason["next_step"])


SEND_BACK = Fields(
    {
        "side": OneOf(SIDES),
        "next_step": OneOf(NEXT_STEPS),
        "wake_days": Maybe(whole(1, 3650)),
        "after": Maybe(OneOf(["persistence"])),
        "note_required": Maybe(YesNo()),
        "label": Label(),
    },
    then=_days_fit_the_step,
)

LOST = Fields({"side": OneOf(SIDES), "note_required": Maybe(YesNo()), "label": Label()})
REASON = Fields({"note_required": Maybe(YesNo()), "label": Label()})

REASONS = Fields(
    {
        "send_back": MapOf(SEND_BACK, least=1),
        "disqualify": MapOf(REASON, least=1),
        "lost": MapOf(LOST, least=1),
        "meeting": Maybe(MapOf(REASON)),
        "pause": Maybe(MapOf(REASON)),
        "went_well": Maybe(MapOf(REASON)),
    }
)
