"""All faults, in the order they are run."""

from __future__ import annotations

from importlib import import_module

ROOMS = ("racing", "killing", "clocks", "taking_in", "walking")
SHORT = (
    "F-01", "WAKE", "F-04", "F-07", "F-13", "F-03", "F-22", "F-28", "F-11", "F-20", "F-36", "F-21", "F-10", "F-26",
    "F-23",
)  # fmt: skip
"""The short form, what matters most first: a busy machine may not come to the last."""


def load() -> None:
    for room in ROOMS:
        import_module(f"tests.chaos.{room}")
