"""`manage.py audit`: every invariant; violations as JSON lines and exit 1, or nothing and exit 0."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand

from config import audit
from config.clock import now


class Command(BaseCommand):
    help = "Check every invariant of the house; prints violations as JSON lines and exits 1."

    def handle(self, **options: Any) -> None:
        found = 0
        for violation in audit.run(now=now()):
            found += 1
            self.stdout.write(json.dumps(violation, default=str))
        if found:
            sys.exit(1)
