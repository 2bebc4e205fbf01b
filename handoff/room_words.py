"""How much sales can take today, told to marketing in a sentence (UX 4.7, load before blame)."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _t
from django.utils.translation import ngettext as _n

from handoff import desk
from handoff.words import team_label
from leads import roles
from leads.models import User


def above(viewer: User, *, now: datetime) -> list[str]:
    """For whoever hands leads over: a sentence for each first queue with a limit."""
    if viewer.side != roles.MARKETING or not desk.may_hand_over(viewer):
        return []
    days = desk.days(now=now, lane=1)
    return [sentence(day, named=len(days) > 1) for day in days]


def sentence(day: desk.Day, *, named: bool = False) -> str:
    """営業は今日あと12件受け取れます。"""
    said = _room(day, team_label(day.queue.team) if named else "")
    return said if not day.waiting else f"{said} {_waiting(day)}"


def _room(day: desk.Day, team: str) -> str:
    if not day.left:
        said = _t("Sales has taken all it can today.")
    else:
        said = _n(
            "Sales can take %(n)s more lead today.", "Sales can take %(n)s more leads today.", day.left
        ) % {"n": day.left}
    return f"{team}: {said}" if team else said


def _waiting(day: desk.Day) -> str:
    return _n(
        "%(n)s lead waits for the next working day; hand-raisers go through at once.",
        "%(n)s leads wait for the next working day; hand-raisers go through at once.",
        day.waiting,
    ) % {"n": day.waiting}
