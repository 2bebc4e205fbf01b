"""How often one person may call (`API_RATE`): windows of a second, a minute or an hour."""

from __future__ import annotations

import re
import time
from typing import NamedTuple

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

SECONDS = {"s": 1, "sec": 1, "min": 60, "m": 60, "h": 3600, "hour": 3600}
_RATE = re.compile(r"([1-9]\d{0,8})\s*/\s*(s|sec|m|min|h|hour)", re.ASCII)


class Rate(NamedTuple):
    most: int
    seconds: int


def read(said: str) -> Rate | None:
    """`6000/min`, `10/s`, or None for `off`. Raises ImproperlyConfigured."""
    if said.strip().lower() == "off":
        return None
    found = _RATE.fullmatch(said.strip().lower())
    if not found:
        raise ImproperlyConfigured("API_RATE must be like 6000/min, or off.")
    return Rate(int(found[1]), SECONDS[found[2]])


class PerPerson(BaseThrottle):
    """Counted per process: with several web processes each counts its own share of the calls."""

    def __init__(self) -> None:
        self._wait = 0.0

    def allow_request(self, request: Request, view: object) -> bool:
        rate = read(settings.API_RATE)
        if rate is None or not request.user.is_authenticated:
            return True
        window, passed = divmod(time.time(), rate.seconds)
        self._wait = rate.seconds - passed
        key = f"api-rate:{request.user.pk}:{rate.seconds}:{int(window)}"
        cache.add(key, 0, timeout=rate.seconds * 2)
        return bool(cache.incr(key) <= rate.most)

    def wait(self) -> float:
        return self._wait
