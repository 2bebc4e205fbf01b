"""Logs tell what happened, and of nobody."""

from __future__ import annotations

import json
import logging
import sys

import pytest

from config.logs import Line, without_people


def line(message: str, *args: object, exc_info: object = None) -> dict[str, str]:
    record = logging.LogRecord("leads.x", logging.WARNING, "f.py", 1, message, args, exc_info)  # type: ignore[arg-type]
    return json.loads(Line().format(record))


@pytest.mark.parametrize(
    ("said", "logged"),
    [
        ("Key (email)=(yamamoto@aozora.co.jp) already exists", "Key (email)=(…@…) already exists"),
        ("GET /login/kX3-_9 gone", "GET /login/… gone"),
        ("no answer at postgres://tasuki:s3cret@db/tasuki", "no answer at postgres://tasuki:…@db/tasuki"),
        ("called 03-1234-5678 twice", "called … twice"),
        ("called +819012345678", "called …"),
        ("sweep route failed for 1234", "sweep route failed for 1234"),
        ("due 2026-11-25T12:00:00+00:00", "due 2026-11-25T12:00:00+00:00"),
    ],
)
def test_people_are_masked(said, logged):
    assert without_people(said) == logged


def test_a_line_is_json_with_the_trace_masked():
    try:
        raise ValueError("山本 <hanako@aozora.co.jp>")
    except ValueError:
        found = line("lead %s", 7, exc_info=sys.exc_info())
    assert (found["level"], found["from"], found["says"]) == ("warning", "leads.x", "lead 7")
    assert "aozora" not in found["trace"] and "ValueError" in found["trace"]
    assert found["at"].endswith("+00:00")
