"""How a body is read: JSON only, of a bounded size, without mercy (`strict_json`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework.parsers import BaseParser

from config.api import strict_json
from config.api.problems import refuse

KB = 1024
MOST_BYTES = 256 * KB


class StrictJSON(BaseParser):
    media_type = "application/json"

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        most = (parser_context or {})["view"].most_bytes
        body = stream.read(most + 1)
        if len(body) > most:
            raise too_large(most)
        return strict_json.read(body)


def too_large(most: int) -> Exception:
    return refuse("too_large", status=413, most=most // KB)
