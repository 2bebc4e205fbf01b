"""All faults, in the order they are run."""

from __future__ import annotations

from importlib import import_module

ROOMS = ("racing", "killing", "clocks", "taking_in", "walking")


def load() -> None:
    for room in ROOMS:
        import_module(f"tests.chaos.{room}")
