"""Answers and links are kept as long as somebody may ask for them, and not longer."""

from __future__ import annotations

from datetime import timedelta

from leads.forgetting import ANSWERS_FOR, LINKS_FOR, forget
from leads.models import IdempotentAnswer, LoginLink
from tests.people import NOW

MOMENT = timedelta(microseconds=1)


def test_answers_to_repeated_requests_go_after_two_days(house):
    for key, age in (("old", ANSWERS_FOR), ("young", ANSWERS_FOR - MOMENT)):
        IdempotentAnswer.objects.create(
            user=house.sato, key=key, request_hash=key, status=200, created_at=NOW - age
        )
    assert timedelta(hours=48) == ANSWERS_FOR and forget(now=NOW) == 1
    assert list(IdempotentAnswer.objects.values_list("key", flat=True)) == ["young"]
    assert forget(now=NOW) == 0


def test_links_go_long_after_they_have_expired(house):
    for name, age in (("old", LINKS_FOR), ("young", LINKS_FOR - MOMENT)):
        LoginLink.objects.create(user=house.sato, fingerprint=name, expires_at=NOW - age)
    assert forget(now=NOW) == 1
    assert list(LoginLink.objects.values_list("fingerprint", flat=True)) == ["young"]
