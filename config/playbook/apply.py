"""The door by which a playbook comes into force: whole or not at all, and only what is new of it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from config.playbook import into_desk, into_ground, meaning
from config.playbook.check import Playbook
from config.playbook.difference import Difference
from config.playbook.edition import HEAD, Edition
from config.playbook.export import current
from handoff import whose_turn
from leads.models import PlaybookSection, User
from scoring.rulemaking import publishing


def changes(playbook: Playbook) -> list[Difference]:
    """What `apply` would change; nothing is written."""
    return meaning.changes(current(), playbook.sections)


@transaction.atomic
def apply(playbook: Playbook, *, by: User | None, now: datetime) -> list[Difference]:
    """Publish a checked playbook at once and answer what changed; the same again changes nothing.

    Versions are new only for what changed, and in force from `now`. `by` is None on the command line.
    Two at the same time: one waits for the other; only the very first may end in IntegrityError.
    """
    PlaybookSection.objects.select_for_update().filter(name=HEAD).order_by("-version").first()
    edition = Edition(playbook.sections, changes(playbook), by, now)
    if edition.differences:
        _publish(edition)
    return list(edition.differences)


def _publish(edition: Edition) -> None:
    leads = into_desk.lock(edition)
    if edition.changes("people"):
        into_ground.publish_people(edition)
    into_ground.publish_calendars(edition)
    if edition.changes("teams"):
        into_ground.publish_teams(edition)
    into_desk.publish_policies(edition)
    if edition.changes("queues"):
        into_desk.publish_queues(edition)
        into_desk.seat_teams()
    if edition.changes("scoring"):
        publishing.publish(
            edition.sections["scoring"], by=edition.by, now=edition.now, in_force_from=edition.now,
            from_file=True,
        )  # fmt: skip
    into_ground.publish_sections(edition)
    whose_turn.refresh(leads, now=edition.now)  # another team lead, team or promise
