"""Which stored lead a row, form or call speaks of (PRODUCT 9). Values in, value out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from leads import identity


@dataclass(frozen=True)
class Match:
    """The lead found, none, or `ambiguous`: the id says one lead and the e-mail another."""

    lead_id: int | None = None
    ambiguous: bool = False


def choose(
    *,
    by_external_id: int | None,
    by_email: Sequence[tuple[int, str | None]],
    external_id: str | None,
    email_key: str | None,
) -> Match:
    """By external_id first; else by e-mail, when one lead only has it and no other external_id.

    `by_email` holds (lead, its external_id) of every lead with that address (two are enough). The
    address of an office (info@, sales@) never matches by itself and contradicts nobody.
    """
    hit = _by_email(by_email, external_id) if not identity.is_role_address(email_key) else None
    if by_external_id is None:
        return Match(hit)
    return Match(by_external_id, ambiguous=hit is not None and hit != by_external_id)


def _by_email(found: Sequence[tuple[int, str | None]], external_id: str | None) -> int | None:
    if len(found) != 1:
        return None
    lead_id, its_id = found[0]
    return lead_id if not external_id or not its_id or its_id == external_id else None
