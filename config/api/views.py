"""The base of every address of the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.utils import translation
from django.utils.functional import cached_property
from django.utils.translation import trans_real
from drf_spectacular.utils import extend_schema
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from config.api import parsers
from config.api.fields import BIGGEST_ID
from config.api.once import once
from config.api.problems import handle, refuse
from config.clock import now

WRITING = ("POST", "PATCH")


class ApiView(APIView):
    """Speaks the caller's language, measures before reading, knows its parameters, acts once per key."""

    http_method_names = ["get", "head", "post", "patch"]
    most_bytes = parsers.MOST_BYTES
    parameters: frozenset[str] = frozenset()

    @cached_property
    def now(self) -> datetime:
        """The moment of this request."""
        return now()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        speak(request)
        if request.method in WRITING and hasattr(self, str(request.method).lower()):
            self._measure(request)
        super().initial(request, *args, **kwargs)
        speak(request, of_user=True)
        if any(isinstance(number, int) and number > BIGGEST_ID for number in kwargs.values()):
            raise Http404
        self._refuse_unknown_parameters(request)
        if request.method == "POST" and hasattr(self, "post"):
            self.post = once(self.post, self._refusal, now=self.now)

    def _refusal(self, raised: Exception) -> HttpResponse:
        return handle(raised, {})

    def _measure(self, request: Request) -> None:
        """Refuse what is no JSON or too large before a byte of it is read."""
        length = str(request.META.get("CONTENT_LENGTH") or "0")
        if length.isdigit() and int(length) > self.most_bytes:
            raise parsers.too_large(self.most_bytes)
        kind, _, rest = request.content_type.partition(";")
        charset = rest.strip().lower().removeprefix("charset=").strip('"')
        if kind.strip().lower() != "application/json" or charset not in ("", "utf-8", "utf8"):
            raise refuse("unsupported_media_type", status=415)
        if length in ("", "0"):
            raise refuse("parse_error")

    def _refuse_unknown_parameters(self, request: Request) -> None:
        known = self.parameters if request.method in ("GET", "HEAD") else frozenset()
        for name in request.query_params:
            if name not in known:
                raise refuse("unknown_filter", name[:60])
            if any("\0" in value for value in request.query_params.getlist(name)):
                raise refuse("null_characters_not_allowed", name)


def speak(request: Request, *, of_user: bool = False) -> None:
    """The language of `Accept-Language` where we speak it, else the user's (once we know them)."""
    language = asked_for(request.META.get("HTTP_ACCEPT_LANGUAGE", ""))
    if not language and of_user:
        language = request.user.language if request.user.language in dict(settings.LANGUAGES) else ""
    translation.activate(
        language or (translation.get_language() if of_user else None) or settings.LANGUAGE_CODE
    )


def asked_for(header: str) -> str:
    """The first of our languages in an `Accept-Language`, or ""."""
    for said, quality in trans_real.parse_accept_lang_header(header.lower()):
        base = said.partition("-")[0]
        if base in dict(settings.LANGUAGES) and quality > 0:
            return base
    return ""


class JSONOnly(DefaultContentNegotiation):
    """`Accept` is heeded; `?format=` is a parameter like any other."""

    def filter_renderers(self, renderers: Any, format: str) -> Any:
        return renderers


@extend_schema(exclude=True)
class Nowhere(ApiView):
    """Any other address below /api/: a problem, not a page."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        speak(request)
        raise Http404
