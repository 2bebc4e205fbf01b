"""When beat last reached a worker: kept beside the broker, for whoever asks whether the house is awake."""

from __future__ import annotations

import logging
from datetime import datetime

import redis
from django.conf import settings

log = logging.getLogger(__name__)

KEY = "last-beat"
KEPT_SECONDS = 7 * 24 * 3600  # after a week of silence nobody needs the second
PATIENCE_SECONDS = 1.0
_here: dict[str, datetime] = {}
"""Where everything runs in one process, that process remembers."""


def note(*, now: datetime) -> None:
    """The tick came. A broker that does not answer is no reason to do no work."""
    _here[KEY] = now
    if settings.REDIS_URL:
        try:
            _broker().set(_key(), now.isoformat(), ex=KEPT_SECONDS)
        except redis.RedisError as lost:
            log.warning("last beat not noted (%s)", type(lost).__name__)


def last() -> datetime | None:
    """The last tick anybody noted; None where none came yet. Raises RedisError for a silent broker."""
    if not settings.REDIS_URL:
        return _here.get(KEY)
    said = _broker().get(_key())
    return datetime.fromisoformat(said.decode()) if isinstance(said, bytes) else None


def _key() -> str:
    return f"{settings.CELERY_BROKER_TRANSPORT_OPTIONS.get('global_keyprefix', '')}{KEY}"


def _broker() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=PATIENCE_SECONDS, socket_timeout=PATIENCE_SECONDS
    )
