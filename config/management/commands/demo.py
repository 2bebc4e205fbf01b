"""`manage.py demo [--if-empty]`: the demo company, in an empty database (PRODUCT 9)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation
from django.utils.translation import gettext as _t
from django.utils.translation import ngettext as _n
from tqdm import tqdm

from config import environment as env
from config.clock import now
from config.demo import opening
from config.management import spoken
from leads import words
from leads.models import Lead, User


class Command(BaseCommand):
    help = "Fill an empty database with the demo company: several months of a company's life up to now."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--if-empty", action="store_true", help="say nothing where the database is not empty"
        )
        parser.add_argument("--now", type=_moment, metavar="ISO", help="end at this moment (for tests)")

    def handle(self, *, if_empty: bool, now: datetime | None, **options: Any) -> None:
        with translation.override(spoken.language()):
            if env.is_production():
                spoken.refuse(self.stderr, _t("The demo company has a known password: never in production."))
            if opening.is_empty():
                self._fill(now)
                self._say_log_ins(opening.people())
            elif if_empty:
                self._say_log_ins(opening.people())
            else:
                refused = _t(
                    "The demo company needs an empty database; this one is in use. Nothing was changed."
                )
                spoken.refuse(self.stderr, refused)

    def _fill(self, until: datetime | None) -> None:
        said = _t("The demo company is living its last months …")
        with tqdm(
            total=opening.DAYS, desc=said, unit="d", file=self.stderr, disable=None, leave=False
        ) as bar:
            opening.open_company(now=until or now(), tell=lambda day: bar.update(day - bar.n))
        count = Lead.objects.count()
        said = _n(
            "The demo company is open: %(count)s lead.", "The demo company is open: %(count)s leads.", count
        )
        spoken.tell(self.stderr, said % {"count": count})

    def _say_log_ins(self, people: list[User]) -> None:
        if not people:
            return
        spoken.tell(self.stderr, _t("Log-ins of the demo company, password %s:") % opening.PASSWORD)
        for user in people:
            roles = ", ".join(str(words.ROLES[role]) for role in user.roles)
            self.stdout.write(f"  {user.email:24}{user.name}  {roles}")


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise CommandError(f"--now: {text} is not a moment such as 2026-11-24T10:42+09:00") from wrong
    if found.tzinfo is None:
        raise CommandError(f"--now: {text} needs an offset, such as +09:00")
    return found
