"""`manage.py token EMAIL`: prints only a new token for the REST API."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import translation
from django.utils.translation import gettext as _t

from config.clock import now
from config.management import spoken
from leads.models import ApiToken, User


class Command(BaseCommand):
    help = "Print a new API token of a person; it is shown only now."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", metavar="EMAIL")

    def handle(self, *, email: str, **options: Any) -> None:
        user = User.objects.filter(email__iexact=email.strip(), is_active=True).first()
        if user is None:
            with translation.override(spoken.language()):
                said = _t("Nobody active has the address %(email)s. Create them: manage.py user EMAIL")
                spoken.refuse(self.stderr, said % {"email": email[:200]})
        self.stdout.write(ApiToken.objects.issue(user, now=now()))
