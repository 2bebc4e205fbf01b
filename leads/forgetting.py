"""What need not be remembered for ever: answers kept for repeated requests, and links to log in."""

from __future__ import annotations

from datetime import datetime, timedelta

from leads.models import IdempotentAnswer, LoginLink

ANSWERS_FOR = timedelta(hours=48)  # whoever repeats a request does so within hours
LINKS_FOR = timedelta(days=30)  # long after it has expired, so that its owner reads "expired"
BATCH = 500


def forget(*, now: datetime) -> int:
    """Delete one batch of each, oldest first; returns how many rows went.

    Ids rise with time, so the oldest are looked at without an index on the moment.
    """
    answers = IdempotentAnswer.objects.order_by("pk").values_list("pk", "created_at")[:BATCH]
    old = [pk for pk, created_at in answers if created_at <= now - ANSWERS_FOR]
    links = LoginLink.objects.order_by("pk").values_list("pk", "expires_at")[:BATCH]
    over = [pk for pk, expires_at in links if expires_at <= now - LINKS_FOR]
    gone = IdempotentAnswer.objects.filter(pk__in=old).delete()[0] if old else 0
    return gone + (LoginLink.objects.filter(pk__in=over).delete()[0] if over else 0)
