"""What the OpenAPI document says beside the addresses: who may call, lists, and problems."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers

CURSOR = OpenApiParameter("cursor", description="From `next` or `previous` of an answer")
PAGE_SIZE = OpenApiParameter("page_size", int, description="At most 200; 50 unless given")
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": 255},
    "description": "The same key with the same body gives the first answer again",
}
PROBLEM = "Problem"


def listed(shape: type[serializers.Serializer[Any]]) -> Any:
    """The body of a list of these."""
    return inline_serializer(
        f"{shape.__name__.removesuffix('Shape')}List",
        {
            "results": shape(many=True),
            "next": serializers.URLField(allow_null=True),
            "previous": serializers.URLField(allow_null=True),
        },
    )


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "config.api.access.BearerToken"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "config.api.access.BrowserSession"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        from django.conf import settings

        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


def finish(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Every operation can answer with a problem, and every POST takes an Idempotency-Key."""
    result["components"]["schemas"][PROBLEM] = _problem()
    answer = {
        "description": "A problem (RFC 9457)",
        "content": {"application/problem+json": {"schema": {"$ref": f"#/components/schemas/{PROBLEM}"}}},
    }
    for operations in result["paths"].values():
        for method, operation in operations.items():
            operation["responses"]["default"] = answer
            if method == "post":
                operation.setdefault("parameters", []).append(KEY)
    return result


def _problem() -> dict[str, Any]:
    text = {"type": "string"}
    error = {"type": "object", "properties": {"field": text, "code": text, "message": text}}
    return {
        "type": "object",
        "required": ["type", "title", "status", "detail", "errors"],
        "properties": {
            "type": text,
            "title": text,
            "status": {"type": "integer"},
            "detail": text,
            "errors": {"type": "array", "items": error},
            "by": {"type": "object", "nullable": True, "description": "409: who was quicker"},
            "at": {"type": "string", "format": "date-time", "nullable": True},
            "state": text,
            "version": {"type": "integer"},
        },
    }
