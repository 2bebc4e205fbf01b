"""What every page carries: a strict content policy, and the reader's language and time zone."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from leads import words

Answer = Callable[[HttpRequest], HttpResponse]

# Nothing inline, nothing from elsewhere; htmx and our one script come from our own origin.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


def content_policy(get_response: Answer) -> Answer:
    """A strict content policy, and no copy of a page with personal data in any cache between."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.setdefault("Content-Security-Policy", POLICY)
        response.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        response.setdefault("Cache-Control", "no-store, private")
        return response

    return middleware


def reader(get_response: Answer) -> Answer:
    """The page speaks the reader's language, in their time zone; `?lang=` says otherwise once (UX 3.2)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        language = _language_of(request)
        if language:
            translation.activate(language)
            request.LANGUAGE_CODE = translation.get_language()
        with timezone.override(_zone_of(request)), words.one_reading():
            response = get_response(request)
        response.setdefault("Content-Language", translation.get_language() or settings.LANGUAGE_CODE)
        return response

    return middleware


def _language_of(request: HttpRequest) -> str:
    known = dict(settings.LANGUAGES)
    asked = request.GET.get("lang", "")
    if asked in known:
        return asked
    mine = request.user.language if request.user.is_authenticated else ""
    return mine if mine in known else ""


def _zone_of(request: HttpRequest) -> ZoneInfo:
    name = request.user.timezone if request.user.is_authenticated else "Asia/Tokyo"
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("Asia/Tokyo")
