"""Is this row a lead that is stored already, to the letter? Values in, answer out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leads import identity
from leads.models import Lead

_NOT_COMPARED = frozenset({"company", "attributes", "created_at", "owner", "external_id"})


def says_nothing_new(lead: Lead, values: Mapping[str, Any]) -> bool:
    """Every value of the row stands on the lead as it is. Where an address is nobody's own (info@) or
    missing, only this tells that a row came in before."""
    if any(getattr(lead, name) != value for name, value in values.items() if name not in _NOT_COMPARED):
        return False
    attributes = values.get("attributes") or {}
    if any(lead.attributes.get(name) != value for name, value in attributes.items()):
        return False
    return _is_its_company(lead, values.get("company") or {})


def _is_its_company(lead: Lead, said: Mapping[str, Any]) -> bool:
    name, domain = said.get("name") or "", identity.company_domain(said.get("domain") or "", lead.email)
    if not name and not said.get("domain"):
        return True
    company = lead.company
    if company is None:
        return False
    return bool(domain and domain == company.domain) or identity.company_key(name) == company.name_key
