"""The workshop: Celery's workers and beat as threads of this process, for `serve`.

Two workers, because SLA work must never stand behind scores in one line. Whatever they do can be done again
(every task looks at the database), so a workshop may be closed, or killed, at any moment.
"""

from __future__ import annotations

import logging
import threading
import time
import warnings
from collections.abc import Callable

from celery import beat
from celery.platforms import SecurityWarning
from celery.worker import state as celery_state

from config.celery import app, new_app

log = logging.getLogger(__name__)

QUEUES = ("desk", "scores")
THREADS_PER_QUEUE = 2
SILENT = logging.CRITICAL + 1
CLOSING_SECONDS = 4.0  # well below the patience of gunicorn and docker (10 s)


class Workshop:
    """Open it once in a process that may fork no more; `on_death` is called when a thread ends unasked."""

    def __init__(self, *, on_death: Callable[[], None]) -> None:
        self._on_death = on_death
        warnings.simplefilter("ignore", SecurityWarning)  # `./run` as root is a stranger's first try
        self._closing = False
        self._one_by_one = threading.Lock()  # Celery builds one worker at a time
        self._beat = beat.Service(app, max_interval=1, scheduler_cls=app.conf.beat_scheduler)
        parts: dict[str, Callable[[], None]] = {"beat": self._beat.start}
        parts |= {queue: lambda queue=queue: self._work(queue) for queue in QUEUES}  # type: ignore[misc]
        self._threads = [
            threading.Thread(target=self._live, args=(name, part), name=name, daemon=True)
            for name, part in parts.items()
        ]

    def open(self) -> None:
        for thread in self._threads:
            thread.start()

    def begin_to_close(self) -> None:
        """Take no more tasks; returns at once.

        A worker whose broker is cut off while it closes calls that an unrecoverable error: nobody need know,
        there is nothing it could lose.
        """
        self._closing = True
        logging.getLogger("celery.worker").setLevel(SILENT)
        self._beat.stop()
        celery_state.should_stop = 0  # each worker sees it in its own loop and ends there

    def close(self) -> None:
        """Let the running tasks end, for a few seconds; what is left over is found by the next sweep."""
        self.begin_to_close()
        until = time.monotonic() + CLOSING_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _work(self, queue: str) -> None:
        """A worker with an app of its own: an app knows only one choice of queues to consume."""
        with self._one_by_one:
            worker = new_app(queue, set_as_current=False).Worker(
                queues=[queue],
                hostname=f"{queue}@serve",
                pool="threads",
                concurrency=THREADS_PER_QUEUE,
                without_gossip=True,
                without_mingle=True,
                without_heartbeat=True,
                quiet=True,
            )
        worker.start()

    def _live(self, name: str, part: Callable[[], None]) -> None:
        """A part of the workshop; when it dies the process must not go on as if it lived."""
        try:
            part()
        except BaseException:  # Celery ends a worker by SystemExit
            if not self._closing:
                log.exception("workshop: %s failed", name)
        if not self._closing:
            log.critical("workshop: %s has died", name)
            self._on_death()
