"""`/livez`: this process answers. `/readyz`: it can work: database and migrations; broker and beat are told.

Told as well: how many leads scoring has given up.

Both answer before any question of host, session or https (`probes`): a load balancer has none of them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

from config import heartbeat
from scoring.models import Underway

log = logging.getLogger(__name__)

Answer = Callable[[HttpRequest], HttpResponse]
_seen: set[str] = set()
"""`migrated` once this process has seen every migration in place: reading them all again takes a while."""


@login_not_required
def livez(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "ok"})


@login_not_required
def readyz(request: HttpRequest) -> HttpResponse:
    """503 when a request could not be answered; a silent broker costs seconds only, the sweep works on.

    `last_beat_seconds_ago`: since beat's tick last reached a worker; null before the first, or unknown.
    """
    broker, ago = _broker()
    found = {"database": _database(), "broker": broker, "last_beat_seconds_ago": ago}
    ready = found["database"] == "ok"
    found |= {"scores": _scores()} if ready else {}
    return JsonResponse(
        {"status": "ok" if ready else "not ready"} | found,
        status=200 if ready else 503,
        headers={} if ready else {"Retry-After": "5"},
    )


PROBES: dict[str, Answer] = {"/livez": livez, "/readyz": readyz}


def probes(get_response: Answer) -> Answer:
    """The two addresses go straight to their answers."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = PROBES.get(request.path, get_response)(request)
        if request.path in PROBES:
            response["Cache-Control"] = "no-store"
        return response

    return middleware


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return "ok" if _is_migrated() else "migrations are missing"
    except Error as lost:
        log.warning("readyz: no database (%s)", type(lost).__name__)
        return "no answer"


def _is_migrated() -> bool:
    if "migrated" not in _seen:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return False
        _seen.add("migrated")
    return True


def _scores() -> str:
    """Leads that kill or fail whoever scores them (decision 0096); their numbers stand in the audit."""
    count = Underway.objects.given_up().count()
    return f"{count} given up" if count else "ok"


def _broker() -> tuple[str, float | None]:
    """How the broker is, and how long ago beat was heard there."""
    try:
        beat = heartbeat.last()
    except redis.RedisError:
        return "no answer", None
    ago = round((datetime.now(UTC) - beat).total_seconds(), 1) if beat else None
    return "ok" if settings.REDIS_URL else "in this process", ago
