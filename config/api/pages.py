"""Lists of the API: `{results, next, previous}` by cursor, a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.core import signing
from django.db.models import Model, QuerySet
from django.http import QueryDict
from rest_framework.request import Request

from config.api.problems import refuse

SIZE, MOST = 50, 200
SALT = "config.api.pages"
PARAMETERS = frozenset({"cursor", "page_size"})
AFTER, BEFORE = "after", "before"


def size_of(params: QueryDict) -> int:
    """`page_size`: more than the most is the most."""
    said = params.get("page_size", "")
    if not said:
        return SIZE
    if not (said.isascii() and said.isdigit()) or not said.strip("0"):
        raise refuse("not_a_whole_number", "page_size")
    return min(MOST, int(said)) if len(said) < 10 else MOST


def page(
    request: Request, results: list[Any], *, next: object | None = None, previous: object | None = None
) -> dict[str, Any]:
    """The body of a list; cursors become addresses."""
    return {
        "results": results,
        "next": _link(request, next) if next is not None else None,
        "previous": _link(request, previous) if previous is not None else None,
    }


def by_number(
    request: Request, rows: QuerySet[Any], shape: Callable[[Any], Mapping[str, Any]]
) -> dict[str, Any]:
    """A page of rows in the order of their numbers, newest first."""
    size, side, at = size_of(request.query_params), *_place(request.query_params)
    if at is not None:
        rows = rows.filter(**{f"pk__{'lt' if side == AFTER else 'gt'}": at})
    found: list[Model] = list(rows.order_by("pk" if side == BEFORE else "-pk")[: size + 1])
    more, found = len(found) > size, found[:size]
    if side == BEFORE:
        found.reverse()
    has_next, has_previous = (True, more) if side == BEFORE else (more, at is not None)
    return page(
        request,
        [shape(one) for one in found],
        next=_cursor(AFTER, found[-1].pk) if found and has_next else None,
        previous=_cursor(BEFORE, found[0].pk) if found and has_previous else None,
    )


def begins_after(params: QueryDict) -> int | None:
    """The number a page of a list that only goes forward begins after; None for the first page."""
    side, at = _place(params)
    if side != AFTER:
        raise refuse("invalid_cursor", "cursor")
    return at


def after(at: int | None) -> str | None:
    """The cursor of the page that begins after this number, where there is one."""
    return None if at is None else _cursor(AFTER, at)


def _place(params: QueryDict) -> tuple[str, int | None]:
    if not params.get("cursor"):
        return AFTER, None
    side, at = unsigned(params["cursor"])
    return side, at


def unsigned(cursor: str, salt: str = SALT) -> Any:
    """What a cursor of ours holds. Raises a problem for one nobody gave out."""
    try:
        return signing.loads(cursor, salt=salt)
    except (signing.BadSignature, ValueError):
        raise refuse("invalid_cursor", "cursor") from None


def _cursor(side: str, at: int) -> str:
    return signing.dumps([side, at], salt=SALT)


def _link(request: Request, cursor: object) -> str:
    params = request.query_params.copy()
    params["cursor"] = str(cursor)
    return request.build_absolute_uri(f"{request.path}?{params.urlencode()}")
