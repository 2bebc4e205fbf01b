"""Ways in: one-time links, tokens for machines, and answers remembered for repeated requests."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import models

from leads.models.people import User

LINK_LIFE = timedelta(hours=24)


def fingerprint(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


class LoginLinks(models.Manager["LoginLink"]):
    def issue(self, user: User, *, now: datetime) -> str:
        """A new one-time secret for `user`; only its fingerprint is kept."""
        secret = secrets.token_urlsafe(32)
        self.create(user=user, fingerprint=fingerprint(secret), expires_at=now + LINK_LIFE)
        return secret

    def redeem(self, secret: str, *, now: datetime) -> User | None:
        """The person behind an unused, unexpired link; it works once, also under a race."""
        link = self.select_related("user").filter(fingerprint=fingerprint(secret)).first()
        if link is None or not link.user.is_active:
            return None
        used = self.filter(pk=link.pk, used_at=None, expires_at__gt=now).update(used_at=now)
        return link.user if used else None


class LoginLink(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    fingerprint = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    objects = LoginLinks()


class ApiTokens(models.Manager["ApiToken"]):
    def issue(self, user: User, *, now: datetime) -> str:
        secret = "tsk_" + secrets.token_urlsafe(32)
        self.create(user=user, fingerprint=fingerprint(secret), created_at=now)
        return secret

    def user_of(self, secret: str) -> User | None:
        known = self.select_related("user").filter(fingerprint=fingerprint(secret), revoked_at=None)
        token = next(iter(known), None)  # unique: nothing to put in order
        return token.user if token and token.user.is_active else None


class ApiToken(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    fingerprint = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    objects = ApiTokens()


class IdempotentAnswer(models.Model):
    """The first answer to a POST with an `Idempotency-Key`: the same again for the same body."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    key = models.CharField(max_length=255)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_answer_per_idempotency_key")]
