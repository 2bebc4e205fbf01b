"""What can be wrong with a file, or with one cell of it. Codes here; sentences in `leads.sources.words`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


class FileRefused(Exception):
    """Nothing of this file is taken in: it cannot be read, or it does not say what its columns are."""

    def __init__(self, code: str, **params: Any) -> None:
        self.code, self.params = code, params
        super().__init__(code)


class CellRefused(ValueError):
    """A cell that does not mean what its column asks for."""

    def __init__(self, code: str, **params: Any) -> None:
        self.code, self.params = code, params
        super().__init__(code)


@dataclass(frozen=True)
class Problem:
    """Why a row is rejected: the heading of the column, the cell as it stands there, and a code."""

    column: str
    value: str
    code: str
    params: dict[str, Any] = field(default_factory=dict)
