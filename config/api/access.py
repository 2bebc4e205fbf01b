"""Who is calling: a machine with a token of somebody, or the browser's session (with its CSRF token)."""

from __future__ import annotations

from typing import Any

from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import APIException, AuthenticationFailed
from rest_framework.request import Request

from leads.backends import works_here
from leads.models import ApiToken, User

LONGEST_TOKEN = 200


class CSRFFailed(APIException):
    status_code, default_code = 403, "csrf_failed"


class BearerToken(BaseAuthentication):
    """`Authorization: Bearer …`. A token that is sent and not good is refused, session or not."""

    def authenticate(self, request: Request) -> tuple[User, str] | None:
        scheme, _, secret = request.META.get("HTTP_AUTHORIZATION", "").strip().partition(" ")
        if scheme.lower() != "bearer":
            return None
        secret = secret.strip()
        user = ApiToken.objects.user_of(secret) if 0 < len(secret) <= LONGEST_TOKEN else None
        if user is None or (user.ends_on is not None and not works_here(user)):
            raise AuthenticationFailed
        return user, "token"

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="Tasuki"'


class BrowserSession(SessionAuthentication):
    """The page's own calls: a session proves who, its CSRF token proves that the page itself is calling."""

    def enforce_csrf(self, request: Any) -> None:
        try:
            super().enforce_csrf(request)
        except APIException:
            raise CSRFFailed from None
