"""The door by which somebody is let in, or what is known of them is changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import transaction

from leads import roles as known_roles
from leads.models import PlaybookSection, User

NEVER, NOBODY = "never", "nobody"


class PersonRefused(Exception):
    """`code` is for faces to put into words: unknown_role, unknown_side, unknown_language,
    bad_name, bad_day, no_deputy, no_longer_active."""

    def __init__(self, code: str, value: str = "") -> None:
        self.code, self.value = code, value
        super().__init__(f"{code}: {value}")


@transaction.atomic
def save(
    email: str,
    *,
    roles: Sequence[str] | None = None,
    name: str | None = None,
    language: str | None = None,
    side: str | None = None,
    last_day: str | None = None,
    deputy: str | None = None,
) -> tuple[User, bool]:
    """The person of this address with what is given, and whether they are new. What is not given stays.

    A new person has no password; an existing one keeps theirs. `last_day` is a date (ISO), the last one on
    which they work here; `deputy` an address; NEVER and NOBODY take them away. Raises PersonRefused.
    """
    known = User.objects.select_for_update().filter(email__iexact=email.strip()).first()
    fields = _fields(known, roles=roles, name=name, language=language, side=side)
    if last_day is not None:
        fields["ends_on"] = None if last_day == NEVER else _day(last_day)
    if deputy is not None:
        fields["deputy"] = None if deputy == NOBODY else _deputy(deputy, of=known)
    if known and not known.is_active:
        raise PersonRefused("no_longer_active", known.email)
    if known is None:
        zone = PlaybookSection.objects.current("head").get("timezone")
        return User.objects.create_user(email, **({"timezone": zone} if zone else {}), **fields), True
    for field, value in fields.items():
        setattr(known, field, value)
    known.save(update_fields=list(fields))
    return known, False


def _fields(
    known: User | None,
    *,
    roles: Sequence[str] | None,
    name: str | None,
    language: str | None,
    side: str | None,
) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if roles is not None:
        fields["roles"] = _known(list(dict.fromkeys(roles)), known_roles.ALL, "unknown_role")
    if name is not None:
        fields |= _parts(name)
    if language is not None:
        fields["language"] = _known([language], ("ja", "en"), "unknown_language")[0]
    if side is not None:
        fields["side"] = _known([side], known_roles.SIDES, "unknown_side")[0]
    elif known and _says_a_side(roles or ()):
        fields["side"] = known_roles.side_of(list(roles or ()))
    return fields


def _day(said: str) -> date:
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise PersonRefused("bad_day", said) from None


def _deputy(email: str, *, of: User | None) -> User:
    found = User.objects.filter(email__iexact=email.strip(), is_active=True).first()
    if found is None or found == of:
        raise PersonRefused("no_deputy", email)
    return found


def _known(given: list[str], words: Sequence[str], code: str) -> list[str]:
    for word in given:
        if word not in words:
            raise PersonRefused(code, word)
    return given


def _says_a_side(roles: Sequence[str]) -> bool:
    """A manager or an admin may stand on either side; the other roles only on one."""
    return bool(set(roles) & {known_roles.MARKETER, *known_roles.REPS})


def _parts(name: str) -> dict[str, str]:
    """`三浦 葵` as family and given name, as written; one word is the family name."""
    family, *given = name.split(maxsplit=1)[:2] or [""]
    if not family or max(len(family), *map(len, given), 0) > 80:
        raise PersonRefused("bad_name", name)
    return {"family_name": family, "given_name": "".join(given).strip()}
