"""The door by which rules come into force: a new version, and every stored score is due."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from leads.models import User
from scoring.models import ScoringModel
from scoring.rulemaking import figures
from scoring.upkeep import rescoring


@transaction.atomic
def publish(
    body: Mapping[str, Any], *, by: User | None, now: datetime, in_force_from: datetime, from_file: bool
) -> ScoringModel:
    """The next version, in force from `in_force_from` (now or later); until then the old one counts.

    Open handoffs keep what they were offered under. Two at the same time: one waits for the other;
    only the very first may end in IntegrityError.
    """
    take_turn()
    last = ScoringModel.objects.newest()
    version = ScoringModel.objects.create(
        version=last.version + 1 if last else 1, body=body, in_force_from=in_force_from,
        published_at=now, published_by=by, from_file=from_file,
    )  # fmt: skip
    rescoring.begin(version)
    figures.want(version.body, now=now)
    return version


def take_turn() -> None:
    """Nobody else publishes until this transaction ends: all wait at the row of the first version."""
    ScoringModel.objects.select_for_update().order_by("version").first()
