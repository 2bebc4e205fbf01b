"""Log lines a machine can read and a stranger may see: JSON, without addresses, numbers or log-in links."""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime

MASKS = (
    (re.compile(r"(/login/)\S+"), r"\1…"),
    (re.compile(r"\b(\w+://[^\s:/@]*):[^\s@/]+@"), r"\1:…@"),
    (re.compile(r"[^\s@'\"()<>=,;]+@[^\s@'\"()<>,;]+\.[^\s@'\"()<>,;]+"), "…@…"),
    (
        re.compile(
            r"(?<![\w.:-])\+?\(?\d{2,4}\)?[ -]\d{2,4}[ -]\d{3,4}(?![\w:-])|(?<![\w.:-])\+?\d{10,13}(?![\w:-])"
        ),
        "…",
    ),
)


class Line(logging.Formatter):
    """One record as one line of JSON; times in UTC."""

    def format(self, record: logging.LogRecord) -> str:
        said = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "says": without_people(record.getMessage()),
        }
        if record.exc_info:
            said["trace"] = without_people(self.formatException(record.exc_info))
        return json.dumps(said, ensure_ascii=False)


def without_people(text: str) -> str:
    """The text with e-mail addresses, telephone numbers, passwords in addresses and log-in links masked."""
    for pattern, mask in MASKS:
        text = pattern.sub(mask, text)
    return text
