"""How commands speak: sentences on stderr in the reader's language, and exit 1 where nothing was done."""

from __future__ import annotations

import sys
from typing import NoReturn

from django.core.management.base import OutputWrapper

from config import environment


def language(asked: str | None = None, otherwise: str | None = None) -> str:
    """The language asked for, else the terminal's, else `otherwise`, else Japanese."""
    return asked or environment.terminal_language() or otherwise or "ja"


def tell(stderr: OutputWrapper, sentence: str) -> None:
    """Chatter: on stderr, but not in the red of an error."""
    stderr.write(sentence, style_func=str)


def refuse(stderr: OutputWrapper, *sentences: str) -> NoReturn:
    """Say why, and end with 1."""
    for sentence in sentences:
        stderr.write(sentence)
    sys.exit(1)
