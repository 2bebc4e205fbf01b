"""`manage.py serve`: web, Celery workers and beat in one command (PRODUCT 9)."""

from __future__ import annotations

import sys
from typing import Any

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import translation
from django.utils.translation import gettext as _t

from config import environment as env
from config import serving
from config.management import spoken


class Command(BaseCommand):
    help = "Web, workers and beat in one command; without REDIS_URL in one process."
    requires_system_checks: list[str] = []  # `manage.py check` does them; here each second counts

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--set-up",
            action="store_true",
            help="first migrate, and load the demo company where nobody is",
        )

        parser.add_argument("--web-only", action="store_true", help="no workers here: they run elsewhere")

    def handle(self, *, set_up: bool, web_only: bool, **options: Any) -> None:
        with translation.override(spoken.language()):
            try:
                if set_up:
                    self._set_up()
                self._serve(web_only)
            except KeyboardInterrupt:  # Ctrl-C before anything is served
                sys.exit(130)

    def _serve(self, web_only: bool) -> None:
        try:
            serving.serve(say_ready=self._say_ready, web_only=web_only)
        except serving.PortTaken:
            taken = _t("Port %(port)s is taken. Choose another one: PORT=8001 ./run")
            spoken.refuse(self.stderr, taken % {"port": settings.PORT})

    def _set_up(self) -> None:
        try:
            self._migrate()
        except DatabaseError as lost:
            spoken.refuse(self.stderr, _t("The database does not answer: %s") % str(lost).strip())
        if "demo" in get_commands() and not env.is_production():
            call_command("demo", if_empty=True, stdout=self.stdout, stderr=self.stderr)

    def _migrate(self) -> None:
        """Only where something is new: the look costs a tenth of what an idle `migrate` does."""
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            spoken.tell(self.stderr, _t("Setting up the database …"))
            call_command("migrate", verbosity=0)

    def _say_ready(self) -> None:
        spoken.tell(self.stderr, _t("Tasuki is ready: %(url)s (Ctrl-C ends it)") % {"url": settings.SITE_URL})
