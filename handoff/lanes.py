"""The lanes of the playbook: which follows which, from which stage on, and what accepting makes of a lead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leads import stages

USUAL: Mapping[int, tuple[str, str]] = {1: (stages.MQL, stages.SAL), 2: (stages.SAL, stages.SAL)}
"""(offered at, stage on acceptance) where the playbook says nothing."""


def after(lane: int, section: Mapping[str, Any]) -> int | None:
    """The next lane; None behind the last one."""
    return min((one for one in _all(section) if one > lane), default=None)


def offered_at(lane: int, section: Mapping[str, Any]) -> str:
    return _said(lane, section, "offer_at", 0)


def on_accept(lane: int, section: Mapping[str, Any]) -> str:
    return _said(lane, section, "on_accept", 1)


def is_before(stage: str, other: str) -> bool:
    """Whether a lead at `stage` has yet to come to `other`; a lead that is no fit comes nowhere."""
    if stage not in stages.FORWARD:
        return True
    return stages.FORWARD.index(stage) < stages.FORWARD.index(other)


def _all(section: Mapping[str, Any]) -> list[int]:
    return [int(lane) for lane in section] or list(USUAL)


def _said(lane: int, section: Mapping[str, Any], name: str, place: int) -> str:
    body = section.get(str(lane)) or section.get(lane) or {}  # type: ignore[call-overload]
    return str(body.get(name) or USUAL.get(lane, USUAL[2])[place])
