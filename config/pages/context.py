"""What the shell of every page needs: the rail, the look, and the other language's address."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpRequest

from config.pages.navigation import home_of, rail
from handoff import notices
from leads import look


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context of `base.html`; errors before the middleware ran have neither user nor rail."""
    user = getattr(request, "user", None)
    is_in = user is not None and user.is_authenticated
    return {
        "rail": rail(request, user) if is_in else [],
        "unread": partial(notices.unread, user) if is_in else 0,
        "home_url": home_of(user) if is_in else "/",
        "theme": look.theme(request),
        "keys": look.keys(request),
        "here": request.get_full_path(),
    }
