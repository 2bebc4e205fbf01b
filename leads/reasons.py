"""Reasons of the playbook, asked by code: lost, meeting, went well."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from leads.models import PlaybookSection
from leads.refusals import Refused

MOST_WENT_WELL = 3


def known(kind: str) -> Mapping[str, Any]:
    """The reasons of one list, in playbook order."""
    found: Mapping[str, Any] = PlaybookSection.objects.current("reasons").get(kind) or {}
    return found


def insist(kind: str, code: str, note: str = "") -> None:
    """A reason of this list. Raises Refused: none said, not in the list, or it asks for a sentence too."""
    if not code:
        raise Refused("required", "reason")
    listed = known(kind)
    if not listed:
        return  # a playbook without this list takes any words
    body = listed.get(code)
    if body is None:
        raise Refused("unknown_reason", "reason", value=code)
    if body.get("note_required") and not note.strip():
        raise Refused("note_required", "note")


def went_well(codes: Iterable[str]) -> list[str]:
    """What went well, each once. Raises Refused for what the playbook does not know, or more than three."""
    said = list(dict.fromkeys(codes))
    strange = [code for code in said if code not in known("went_well")]
    if strange:
        raise Refused("unknown_reason", "went_well", value=strange[0])
    if len(said) > MOST_WENT_WELL:
        raise Refused("too_many", "went_well", most=MOST_WENT_WELL)
    return said
