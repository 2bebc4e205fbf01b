"""`manage.py user EMAIL`: creates or changes a person, or lets them go.

The last line is a one-time log-in link (24 h), for whoever works here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from config.clock import now
from config.management import spoken
from config.playbook.shapes import EMAIL
from leads import people, roles
from leads.models import LoginLink, User

GIVEN = ("name", "language", "side", "last_day", "deputy")
REFUSED: Mapping[str, Promise] = {
    "unknown_role": _("“%(value)s” is not a role. Roles are %(roles)s."),
    "unknown_side": _("“%(value)s” is not a side. Sides are %(sides)s."),
    "unknown_language": _("“%(value)s” is not a language here. Languages are ja, en."),
    "bad_name": _("“%(value)s” cannot be a name. Write family and given name, up to 80 letters each."),
    "bad_day": _("“%(value)s” is not a date. Write it like 2026-12-31, or “never”."),
    "no_deputy": _("“%(value)s” cannot be their deputy: it has to be somebody else who is known here."),
    "no_longer_active": _("%(value)s is no longer active and cannot log in."),
}


class Command(BaseCommand):
    help = "Create or change a person; prints a one-time log-in link (24 h) on the last line."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", metavar="EMAIL")
        parser.add_argument(
            "--role", action="append", metavar="ROLE", help=f"{', '.join(roles.ALL)}; again for several"
        )
        parser.add_argument("--name", help="family and given name, as they are written")
        parser.add_argument("--language", metavar="ja|en")
        parser.add_argument("--side", metavar="marketing|sales")
        parser.add_argument(
            "--last-day", metavar="DATE", help="the last day on which they work here; “never” takes it back"
        )
        parser.add_argument(
            "--deputy", metavar="EMAIL", help="who acts for them when they are away or gone; or “nobody”"
        )

    def handle(self, *, email: str, **options: Any) -> None:
        with translation.override(spoken.language()):
            user = self._saved(email.strip().lower(), **options)
            if not user.works_here(now()):
                spoken.tell(
                    self.stderr, _t("Their last day is over: no link. What they have goes to others.")
                )
                return
            if user.ends_on is not None:
                spoken.tell(self.stderr, _t("Their last day is %(day)s.") % {"day": user.ends_on.isoformat()})
            secret = LoginLink.objects.issue(user, now=now())
            spoken.tell(self.stderr, _t("This link lets them in once, within 24 hours:"))
            self.stdout.write(settings.SITE_URL.rstrip("/") + reverse("login-link", args=[secret]))

    def _saved(self, email: str, *, role: list[str] | None, **options: Any) -> User:
        if not EMAIL.fullmatch(email) or len(email) > 200:
            spoken.refuse(self.stderr, _t("“%(value)s” is not an e-mail address.") % {"value": email[:200]})
        wanted = [one.strip() for given in role for one in given.split(",")] if role else None
        try:
            user, created = people.save(email, roles=wanted, **{name: options[name] for name in GIVEN})
        except people.PersonRefused as refused:
            words = {"value": refused.value, "roles": ", ".join(roles.ALL), "sides": ", ".join(roles.SIDES)}
            spoken.refuse(self.stderr, str(REFUSED[refused.code]) % words)
        spoken.tell(
            self.stderr,
            (_t("%(email)s is new.") if created else _t("%(email)s was known already.")) % {"email": email},
        )
        if not user.roles:
            spoken.tell(self.stderr, _t("They have no role yet and see nothing: give one with --role."))
        return user
