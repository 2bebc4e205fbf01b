"""A clock's story in the reader's words: why time did not count, what moved it, what a step did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext as _pt
from django.utils.translation import pgettext_lazy as _p

from handoff import words
from handoff.models import Clock
from leads import words as ground
from leads.stretches import Why

WHY: Mapping[str, Promise] = {
    "outside": _p("stretch", "outside working hours"),
    "break": _p("stretch", "break"),
    "closed": _p("stretch", "no working day"),
    "holiday": _p("stretch", "holiday"),
    "exception": _p("stretch", "closed by exception"),
    "pause": _p("stretch", "paused"),
}
CAUSES: Mapping[str, Promise] = {
    "calendar": _p("change", "the calendar was changed"),
    "pause": _p("change", "paused"),
    "resume": _p("change", "the pause was ended early"),
    "restart": _p("change", "a later event began it anew"),
    "evidence": _p("change", "late evidence took back the breach"),
    "excuse": _p("change", "the breach was excused"),
    "undo": _p("change", "an answer was undone"),
}
ACTS: Mapping[str, Promise] = {
    "remind_rep": _p("ladder", "remind the rep"),
    "tell_team_lead": _p("ladder", "tell the team lead"),
    "open_to_team": _p("ladder", "open it to the team"),
    "recall": _p("ladder", "take it back"),
    "reassign": _p("ladder", "give it to somebody else"),
    "tell_manager": _p("ladder", "tell the manager"),
}
STEP_STATES: Mapping[str, Promise] = {
    "waiting": _p("ladder", "not yet"),
    "done": _p("ladder", "done"),
    "dropped": _p("ladder", "no longer needed"),
}
MESSAGE_STATES: Mapping[str, Promise] = {
    "pending": _p("message", "waits to be sent"),
    "sending": _p("message", "is being sent"),
    "sent": _p("message", "sent"),
    "dead": _p("message", "could not be sent"),
    "dropped": _p("message", "withdrawn before it was sent"),
}
REPORT_FROM: Mapping[str, Promise] = {
    "accept": _("since the acceptance"),
    "last_contact": _("since the last contact, but not before contact depth is met or due"),
    "meeting_end": _("since the end of the meeting"),
}


def why(one: Why) -> str:
    """One reason: Sat 28 Nov (no working day), Mon 23 Nov Labour Day (holiday), paused: customer's date."""
    word = str(WHY[one.why])
    if one.why == "pause":
        return _t("%(word)s: %(reason)s") % {"word": word, "reason": words.reason_label("pause", one.label)}
    label = ground.label(one.label)
    if one.on is None:
        return f"{word} ({label})" if label else word
    on = ground.short_day(one.on, one.on)
    return f"{on} {label} ({word})" if label else f"{on} ({word})"


def because(reasons: tuple[Why, ...]) -> str:
    return _pt("list", ", ").join(why(one) for one in reasons)


def cause(code: str) -> str:
    return str(CAUSES.get(code, code))


def acts(codes: Any) -> str:
    return _pt("list", ", ").join(str(ACTS.get(code, code)) for code in codes)


def step_state(code: str) -> str:
    return str(STEP_STATES.get(code, code))


def message_state(code: str) -> str:
    return str(MESSAGE_STATES.get(code, code))


def asked(clock: Clock) -> str:
    """What the clock asks for beside its time."""
    if clock.kind == Clock.PERSISTENCE:
        said = _t("Reached once, or %(n)s attempts on %(k)s channels; one per channel and half day counts.")
        return said % {
            "n": clock.goal["attempts"], "k": clock.goal["channels"],
        }  # fmt: skip
    return str(REPORT_FROM.get(clock.goal.get("from", ""), ""))


def depth(clock: Clock) -> str:
    """3 of 4 attempts, 1 of 2 channels."""
    goal = clock.goal
    said = {"made": goal.get("made", 0), "n": goal["attempts"], "on": len(goal.get("on", ()))}
    return _t("%(made)s of %(n)s attempts, %(on)s of %(k)s channels") % (said | {"k": goal["channels"]})
