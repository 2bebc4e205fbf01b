"""元に戻す: the bodies before somebody's last changes of a draft, kept in their own session.

Only what they changed last themselves: as soon as somebody else has changed the draft, there is nothing to
take back without taking back the other's change too.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from django.http import HttpRequest

from scoring.models import Draft

MOST = 10


class Step(NamedTuple):
    """`revision`: what the change made; `body`: what was before; `said`: the change in words."""

    revision: int
    body: dict[str, Any]
    said: str


def last(request: HttpRequest, draft: Draft) -> Step | None:
    """The change that can be taken back now."""
    steps = _steps(request, draft)
    return steps[-1] if steps and steps[-1].revision == draft.revision else None


def remember(request: HttpRequest, draft: Draft, *, body: dict[str, Any], said: str) -> None:
    """The draft was changed: what it was before can be had back."""
    before = [one for one in _steps(request, draft) if one.revision == draft.revision - 1]
    kept = _steps(request, draft) if before else []
    _keep(request, draft, [*kept, Step(draft.revision, body, said)])


def forget(request: HttpRequest, draft: Draft) -> None:
    """The last change was taken back; the one before it can be taken back next."""
    steps = _steps(request, draft)
    undone, rest = steps[-1], steps[:-1]
    if rest and rest[-1].revision == undone.revision - 1:
        rest[-1] = rest[-1]._replace(revision=draft.revision)
    _keep(request, draft, rest)


def _steps(request: HttpRequest, draft: Draft) -> list[Step]:
    return [Step(*one) for one in request.session.get(_key(draft), ())]


def _keep(request: HttpRequest, draft: Draft, steps: list[Step]) -> None:
    request.session[_key(draft)] = [list(one) for one in steps[-MOST:]]


def _key(draft: Draft) -> str:
    return f"rules-undo-{draft.pk}"
