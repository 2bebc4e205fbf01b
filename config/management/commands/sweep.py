"""`manage.py sweep [--watch] [--again]`: do everything that is due, without any broker (PRODUCT 9)."""

from __future__ import annotations

import json
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, close_old_connections
from django.utils.translation import gettext as _t
from tqdm import tqdm

from config import sweep
from config.clock import now
from scoring.upkeep import underway


class Command(BaseCommand):
    help = "Do everything that is due: scores, definition, push, routing, clocks, wakes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--watch", action="store_true", help="go on for ever, looking every second")
        parser.add_argument(
            "--again", action="store_true", help="first: leads whose score was given up are tried again"
        )

    def handle(self, *, watch: bool, again: bool, **options: Any) -> None:
        if again:
            underway.once_more(at=now())
        if watch:
            self._watch()
        else:
            self.stdout.write(json.dumps(self._round()))

    def _round(self) -> dict[str, int]:
        with tqdm(desc="sweep", unit="", file=self.stderr, disable=None, leave=False) as bar:
            return sweep.until_done(now=now(), tell=lambda totals: bar.update(sum(totals.values()) - bar.n))

    def _watch(self) -> None:
        """Round by round, each by the clock of its own: what others see claimed must not be over already.

        A lost database is waited for: the sweep is what works when the rest does not.
        """
        stop = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
        while not stop.is_set():
            try:
                done = sweep.once(now=now())
                if any(done.values()):
                    self.stdout.write(json.dumps(done))
                    self.stdout.flush()
                    continue
            except DatabaseError as lost:
                self.stderr.write(
                    _t("The database does not answer (%s); trying again.") % type(lost).__name__
                )
            close_old_connections()
            stop.wait(1.0)
