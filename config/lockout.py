"""Who tried to log in: what `axes` counts wrong passwords by."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


def address_typed(request: HttpRequest | None, credentials: dict[str, Any] | None = None) -> str:
    """The address as accounts are looked up by it, so that a change of case is no new try."""
    typed = (credentials or {}).get("username") or (request.POST.get("email", "") if request else "")
    return str(typed).strip().casefold()
