"""Everything that goes wrong, as application/problem+json (RFC 9457) in the caller's language."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as one_field
from math import ceil
from typing import Any

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from rest_framework import exceptions

from config.api import words
from config.api.strict_json import JSONRefused

CONTENT_TYPE = "application/problem+json"
KINDS = "urn:tasuki:problem:"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Error:
    """One thing wrong. `message` stands where a floor has its own sentence for it."""

    code: str
    field: str = ""
    params: Mapping[str, Any] = one_field(default_factory=dict)
    message: str = ""

    def as_dict(self) -> dict[str, str]:
        said = self.message or words.sentence(self.code, self.params)
        return {"field": self.field, "code": self.code, "message": said}


class Problem(Exception):
    """An answer that is no success: a status, what is wrong, and members beside the usual ones."""

    def __init__(
        self,
        status: int,
        *errors: Error,
        also: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status, self.errors, self.also = status, list(errors), dict(also or {})
        self.headers = dict(headers or {})
        super().__init__(f"{status} {', '.join(error.code for error in errors)}")

    def body(self) -> dict[str, Any]:
        return body(self.status, self.errors) | self.also


def refuse(code: str, field: str = "", *, status: int = 400, message: str = "", **params: Any) -> Problem:
    """A problem with one error, to be raised."""
    return Problem(status, Error(code, field, params, message))


def body(status: int, errors: Sequence[Error]) -> dict[str, Any]:
    told = [error.as_dict() for error in errors]
    return {
        "type": KINDS + (errors[0].code if errors else "error"),
        "title": words.title(status),
        "status": status,
        "detail": " ".join(dict.fromkeys(one["message"] for one in told)),
        "errors": told,
    }


def handle(raised: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """DRF's exception handler: no exception leaves the API as anything but a problem, in JSON."""
    problem = _problem(raised)
    if isinstance(raised, OperationalError | InterfaceError):
        log.error("api: the database does not answer (%s)", type(raised).__name__)
        problem = Problem(503, Error("unavailable"), headers={"Retry-After": "5"})
    elif problem is None:
        log.error("api: %s", type(raised).__name__, exc_info=raised)
        problem = Problem(500, Error("error"))
    return _answer(problem.body(), problem.status, headers=problem.headers)


def plain(status: int, code: str) -> JsonResponse:
    """The same from outside DRF, for addresses under /api/ whose request never reached a view."""
    return _answer(body(status, [Error(code)]), status)


def _answer(told: Mapping[str, Any], status: int, **more: Any) -> JsonResponse:
    plain_text = {"ensure_ascii": False}
    return JsonResponse(told, status=status, content_type=CONTENT_TYPE, json_dumps_params=plain_text, **more)


def _problem(raised: Exception) -> Problem | None:
    if isinstance(raised, Problem):
        return raised
    if isinstance(raised, JSONRefused):
        return Problem(400, Error(raised.code, raised.field, raised.params))
    if isinstance(raised, Http404 | exceptions.NotFound):
        return refuse("not_found", status=404)
    if isinstance(raised, exceptions.ValidationError):
        return Problem(400, *flat(raised.detail))
    if isinstance(raised, SuspiciousOperation | MultiPartParserError | exceptions.ParseError):
        return refuse("parse_error")
    if isinstance(raised, PermissionDenied):
        return refuse("permission_denied", status=403)
    if isinstance(raised, exceptions.APIException):
        return _of_drf(raised)
    return None


def _of_drf(raised: exceptions.APIException) -> Problem:
    headers = {}
    params: dict[str, Any] = {}
    if header := getattr(raised, "auth_header", None):
        headers["WWW-Authenticate"] = header
    if isinstance(raised, exceptions.Throttled):
        params["seconds"] = ceil(raised.wait or 1)
        headers["Retry-After"] = str(params["seconds"])
    if isinstance(raised, exceptions.MethodNotAllowed):
        params["value"] = raised.args[0] if raised.args else ""
    code = str(raised.get_codes()) if isinstance(raised.get_codes(), str) else raised.default_code
    return Problem(raised.status_code, Error(code, params=params), headers=headers)


def flat(detail: Any, path: tuple[str, ...] = ()) -> Iterator[Error]:
    """DRF's nested details as a list: `company.employees`, `items.3`."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from flat(inner, path if name == "non_field_errors" else (*path, str(name)))
    elif isinstance(detail, list):
        for place, inner in enumerate(detail):
            deeper = isinstance(inner, Mapping | list)
            yield from flat(inner, (*path, str(place)) if deeper else path)
    else:
        yield Error(str(detail.code), ".".join(path), message=str(detail))
