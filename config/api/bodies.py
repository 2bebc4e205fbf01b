"""Bodies: every key is known and may be set, or the whole request is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from config.api import words
from config.api.fields import refused


class Body(serializers.Serializer[Any]):
    """A strict serializer. `told` names keys that the answer carries and nobody may send."""

    told: frozenset[str] = frozenset()

    def fail(self, key: str, **params: Any) -> Any:
        raise refused(key, **params)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, Mapping):
            raise refused("not_an_object")
        strangers = {
            str(name)[:100]: [_detail("read_only" if name in self.told else "unknown_key")]
            for name in data
            if name not in self.fields
        }
        try:
            found: dict[str, Any] = super().to_internal_value(data)
        except ValidationError as wrong:
            assert isinstance(wrong.detail, dict)
            raise ValidationError({**wrong.detail, **strangers}) from None
        if strangers:
            raise ValidationError(strangers)
        return found

    @classmethod
    def read(cls, data: Any, **context: Any) -> dict[str, Any]:
        """The values of a body, or a ValidationError that names everything wrong."""
        return dict(cls(context=context).run_validation(data))


def _detail(code: str) -> ErrorDetail:
    return ErrorDetail(words.sentence(code), code=code)
