"""The whole demo company in one transaction: nobody ever sees half of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import F

from config import sweep
from config.demo.field import Field
from config.demo.life import Life
from config.demo.marketing import Marketing
from config.demo.rules import Rules
from config.demo.sales import Sales
from config.demo.today import Today
from config.playbook.apply import apply
from config.playbook.check import read
from handoff.models import Notice
from leads import doorbell
from leads.models import Company, Lead, PlaybookSection, User

PLAYBOOK = Path(__file__).parent / "playbook.yaml"
PASSWORD = "tasuki-demo"
DAYS = 112
SEED = 20260401


def is_empty() -> bool:
    """Nobody is here and nothing is agreed: a database just migrated."""
    return not any(model.objects.exists() for model in (User, PlaybookSection, Company, Lead))


def people() -> list[User]:
    """The people of the demo company who still have the password of the demo."""
    addresses = read(PLAYBOOK.read_bytes()).sections["people"]
    found = list(User.objects.filter(email__in=list(addresses), is_active=True).order_by("pk"))
    shared = {user.password for user in found if [one.password for one in found].count(user.password) > 1}
    return [user for user in found if user.password in shared and user.has_usable_password()]


def open_company(
    *, now: datetime, days: int | None = None, tell: Callable[[int], None] = lambda day: None
) -> None:
    """Fill an empty database with a company that has worked for `days` days until `now`."""
    days = days or DAYS
    with doorbell.silenced(), transaction.atomic():
        apply(read(PLAYBOOK.read_bytes()), by=None, now=now - timedelta(days=days + 1))
        User.objects.update(password=make_password(PASSWORD))
        life = Life(now=now, days=days, seed=SEED)
        sales, marketing = Sales(life), Marketing(life)
        Field(life, sales)
        today = Today(life, marketing, sales)
        marketing.plan()
        life.at(life.began + timedelta(hours=2), sales.go_on_with_what_is_in_hand)
        rules = Rules(life)
        today.plan()
        rules.plan()
        life.live(until=now, tell=tell)
        sweep.until_done(now=now)
        _read_by_now(now=now)
        today.last_words()
        rules.last_words()


def _read_by_now(*, now: datetime) -> None:
    """What was told before today has been read."""
    Notice.objects.filter(created_at__lt=now - timedelta(days=1)).update(read_at=F("created_at"))
