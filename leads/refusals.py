"""Why a door of the ground floor says no: codes that faces put into words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from leads.models import User


class Refused(Exception):
    """The act is understood and not allowed as asked: `code`, the `field` meant, and parameters."""

    def __init__(self, code: str, field: str = "", **params: Any) -> None:
        self.code, self.field, self.params = code, field, params
        super().__init__(f"{field}: {code}" if field else code)


class Quicker(Exception):
    """Somebody else changed or decided it first: who and when, and how it stands now."""

    def __init__(self, by: User | None, at: datetime, state: str, version: int) -> None:
        self.by, self.at, self.state, self.version = by, at, state, version
        super().__init__(f"{state} at version {version}")
