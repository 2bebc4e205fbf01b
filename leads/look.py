"""How one device shows the product: light or dark, and whether single letters act. Kept in cookies,
because a person's office screen and telephone may differ."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse

THEMES = ("auto", "light", "dark")
YEAR = 365 * 24 * 3600


def theme(request: HttpRequest) -> str:
    said = request.COOKIES.get("theme", "")
    return said if said in THEMES else "auto"


def keys(request: HttpRequest) -> bool:
    """Whether single letters act (WCAG 2.1.4 lets people switch them off)."""
    return request.COOKIES.get("keys") != "off"


def keep(response: HttpResponse, *, theme: str, keys: bool) -> None:
    for name, value in (("theme", theme), ("keys", "on" if keys else "off")):
        response.set_cookie(
            name, value, max_age=YEAR, samesite="Lax", httponly=True, secure=settings.SESSION_COOKIE_SECURE
        )
