"""Which company a row, form or call speaks of, and what it says of it (PRODUCT 9).

By domain, unless that is one of private mailboxes; else by normalised name; else a new one. A stored
company keeps its name. Where companies are looked up and written is a `Shelf`: one by one, or a batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from leads import identity
from leads.models import AttributeChange, Company, Standing, User

FACTS = ("industry", "employees", "country", "prefecture", "relation", "attributes")
CLEAR: Any = object()
"""The value that empties a fact; None and "" say nothing of it."""
_EMPTY: Mapping[str, Any] = {"employees": None, "relation": "prospect", "attributes": {}}

Change = tuple[str, Any, Any]


class Shelf(Protocol):
    """Where companies are found, added and changed."""

    def find(self, domain: str, key: str) -> Company | None: ...

    def add(self, company: Company) -> Company: ...

    def change(self, company: Company, changes: Sequence[Change]) -> None: ...

    def may_say(self, company: Company, fact: str) -> bool: ...


class Stored:
    """Companies in the database, one at a time."""

    def __init__(self, *, by: User | None, now: datetime) -> None:
        self.by, self.now = by, now

    def find(self, domain: str, key: str) -> Company | None:
        found = Company.objects.filter(domain=domain).order_by("pk").first() if domain else None
        if found is None and key:
            found = Company.objects.filter(name_key=key).order_by("pk").first()
        return found

    def add(self, company: Company) -> Company:
        company.save(force_insert=True)
        return company

    def change(self, company: Company, changes: Sequence[Change]) -> None:
        company.save(update_fields=[name for name, _, _ in changes])
        AttributeChange.objects.bulk_create(recorded(company, changes, by=self.by, now=self.now))
        Standing.objects.filter(lead__company=company).update(rescore_at=self.now)

    def may_say(self, company: Company, fact: str) -> bool:
        return True


def resolve(
    values: Mapping[str, Any], *, email: str, known: Company | None, shelf: Shelf, now: datetime
) -> Company | None:
    """The company these values name, with what they say of it; without a name the one that is known."""
    name, domain = values.get("name") or "", identity.company_domain(values.get("domain") or "", email)
    if not name and not values.get("domain"):
        found = known
    else:
        key = identity.company_key(name)
        found = shelf.find(domain, key)
        if found is None and (key or domain):
            return shelf.add(_begin(name or domain, key or domain, domain, values, now=now))
    if found is not None and (changes := _edit(found, values, domain, shelf)):
        shelf.change(found, changes)
    return found


def _begin(name: str, key: str, domain: str, values: Mapping[str, Any], *, now: datetime) -> Company:
    """A company nobody has spoken of yet, with all that these values say of it."""
    company = Company(name=name, name_key=key, domain=domain, recorded_at=now)
    for fact in FACTS:
        if fact in values:
            setattr(company, fact, _new(company, fact, values[fact]))
    return company


def _edit(found: Company, values: Mapping[str, Any], domain: str, shelf: Shelf) -> list[Change]:
    changes: list[Change] = []
    if domain and not found.domain:
        changes.append(("domain", "", domain))
        found.domain = domain
    for fact in FACTS:
        if fact not in values or not shelf.may_say(found, fact):
            continue
        old, new = getattr(found, fact), _new(found, fact, values[fact])
        if new != old:
            changes.append((fact, old, new))
            setattr(found, fact, new)
    return changes


def _new(found: Company, fact: str, value: Any) -> Any:
    """What is said, by the rule of `CLEAR`; attributes are merged, a member that is None goes."""
    if value is CLEAR:
        return _EMPTY.get(fact, "")
    if value is None or value == "":
        return getattr(found, fact)
    if fact == "attributes":
        return {name: one for name, one in {**found.attributes, **value}.items() if one is not None}
    return value


def recorded(
    company: Company, changes: Sequence[Change], *, by: User | None, now: datetime
) -> list[AttributeChange]:
    return [
        AttributeChange(company=company, field=name, old=old, new=new, changed_at=now, changed_by=by)
        for name, old, new in changes
    ]
