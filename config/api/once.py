"""`Idempotency-Key`: the same request twice acts once and is answered twice alike.

The claim of a key, the act and its answer are one transaction: a crash leaves neither half, and of two
at once the second waits for the first one's answer.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.problems import CONTENT_TYPE, refuse
from leads.models import IdempotentAnswer

Act = Callable[..., HttpResponse]
OnRefusal = Callable[[Exception], HttpResponse]
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


def once(act: Act, on_refusal: OnRefusal, *, now: datetime) -> Act:
    """`act` under the key of its request. What `on_refusal` answers is kept too; a 500 leaves no trace."""

    def answered(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        key = request.META.get("HTTP_IDEMPOTENCY_KEY")
        if key is None:
            return act(request, *args, **kwargs)
        if not _KEY.fullmatch(key):
            raise refuse("invalid_idempotency_key", "Idempotency-Key")
        with transaction.atomic():
            kept, is_first = IdempotentAnswer.objects.get_or_create(
                user=request.user, key=key, defaults={"request_hash": _hash(request), "created_at": now}
            )
            if not is_first:
                return _again(kept, request)
            response = _answer(act, on_refusal, request, *args, **kwargs)
            kept.status, kept.body = response.status_code, json.loads(_rendered(response))
            kept.save(update_fields=["status", "body"])
            return response

    return answered


def _answer(act: Act, on_refusal: OnRefusal, *args: Any, **kwargs: Any) -> HttpResponse:
    try:
        with transaction.atomic():
            return act(*args, **kwargs)
    except Exception as raised:
        response = on_refusal(raised)
        if response.status_code >= 500:
            raise
        return response


def _again(kept: IdempotentAnswer, request: Request) -> HttpResponse:
    if kept.request_hash != _hash(request):
        raise refuse("idempotency_key_reused", "Idempotency-Key", status=422)
    is_problem = kept.status is not None and kept.status >= 400
    return Response(kept.body, status=kept.status, content_type=CONTENT_TYPE if is_problem else None)


def _hash(request: Request) -> str:
    """Method, address and meaning of the body; spaces and the order of keys mean nothing."""
    said = json.dumps(request.data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"{request.method} {request.get_full_path()}\n{said}".encode()).hexdigest()


def _rendered(response: HttpResponse) -> bytes:
    return JSONRenderer().render(response.data) if isinstance(response, Response) else response.content
