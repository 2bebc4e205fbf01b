"""Pages that say what is wrong, in the reader's language and in the product's look."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _t

from config.api import problems

PROBLEMS = {400: "bad_request", 403: "permission_denied", 404: "not_found", 429: "throttled"}


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 400, _t("This request could not be read."), _t("Go back and try once more."))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(
        request,
        403,
        _t("This page is not open to you."),
        _t("A manager or an administrator of your company can give you a role."),
    )


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _page(
        request,
        403,
        _t("This form was open for too long."),
        _t("Go back, reload the page and send it again. What you typed is still there after going back."),
    )


def locked_out(
    request: HttpRequest, response: HttpResponse | None = None, credentials: object = None
) -> HttpResponse:
    """Too many wrong passwords (`settings.AXES_LOCKOUT_CALLABLE`), whether the address is known or not."""
    return _page(
        request,
        429,
        _t("Too many wrong passwords."),
        _t("Wait 15 minutes and try again, or ask your administrator for a one-time log-in link."),
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(
        request,
        404,
        _t("This page does not exist, or it is not yours to see."),
        _t("A lead you worked on may have moved to another team. Its owner or your manager can open it."),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    return _page(
        request,
        500,
        _t("Something went wrong on our side."),
        _t("Nothing you sent before is lost. Reload the page, or try again in a minute."),
    )


def _page(request: HttpRequest, status: int, what: str, then: str) -> HttpResponse:
    """A page for people; below /api/ the same as a problem for machines."""
    if request.path.startswith("/api/"):
        return problems.plain(status, PROBLEMS.get(status, "error"))
    return render(request, "error.html", {"what": what, "then": then, "code": status}, status=status)
