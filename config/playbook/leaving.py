"""`apply --draft`: what both sides sign waits for their yes in the browser, the rest comes into force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from config.playbook import yaml12
from config.playbook.apply import apply, changes
from config.playbook.check import PLAYBOOK, Playbook, check
from config.playbook.difference import Difference
from config.playbook.edition import differs
from config.playbook.export import current
from leads.models import User
from scoring.models import Draft, ScoringModel
from scoring.rulemaking import drafting

WAITING = ("scoring", "agreement")


@dataclass(frozen=True)
class Left:
    """What of a file is in force, and what waits: `draft` where the rules differ from the newest ones."""

    differences: list[Difference]
    draft: Draft | None
    agreement_waits: bool


def at_once(playbook: Playbook) -> Playbook:
    """The file with the rules and the agreement as they are now. Raises PlaybookRefused where the rest of
    the file does not go together with these (a kind of activity that is gone, a signature)."""
    now_is = current()
    found = {name: body for name, body in playbook.sections.items() if name not in WAITING}
    found |= {name: now_is[name] for name in WAITING if name in now_is}
    sections = {name: found[name] for name in PLAYBOOK.shapes if name in found}
    return check(yaml12.Document(sections)) if "scoring" in sections else Playbook(sections)


def waiting(playbook: Playbook, section: str) -> list[Difference]:
    """What the file would change in a section that waits."""
    return [one for one in changes(playbook) if one.path[0] == section]


@transaction.atomic
def leave(playbook: Playbook, *, title: str, by: User | None, now: datetime) -> Left:
    """Publish what needs no approval and leave the rules as a draft; the same again makes no second one."""
    agreement = bool(waiting(playbook, "agreement"))
    differences = apply(at_once(playbook), by=by, now=now)
    return Left(differences, _draft(playbook.sections["scoring"], title, by, now), agreement)


def _draft(body: Mapping[str, Any], title: str, by: User | None, now: datetime) -> Draft | None:
    newest = ScoringModel.objects.newest()
    if newest is not None and not differs(newest.body, body):
        return None
    left = Draft.objects.filter(origin=Draft.FILE, state__in=drafting.OPEN, base=newest)
    same = next((one for one in left.order_by("-pk") if not differs(one.body, body)), None)
    return same or drafting.begin(title=title, body=body, base=newest, origin=Draft.FILE, by=by, now=now)
