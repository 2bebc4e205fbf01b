"""The desk in the reader's words: labels of codes, and refusals as sentences that say what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as _p

from handoff import path_words, routing_words
from handoff.models import Handoff, Queue
from handoff.refusals import Conflict, NotYours
from leads import lifecycle, stages
from leads.models.people import Team
from leads.refusals import Quicker, Refused
from leads.words import colleague, kept, label, role_label, section, stage_label

STATES: Mapping[str, Promise] = {
    "waiting": _("Waiting for a person"),
    "offered": _("Waiting for acceptance"),
    "accepted": _("Accepted"),
    "promoted": _("Passed to field sales"),
    "completed": _("Became an opportunity"),
    "sent_back": _("Sent back"),
    "recalled": _("Taken back"),
    "disqualified": _("Not a fit"),
}
CLOCKS: Mapping[str, Promise] = {
    "accept": _("Acceptance due"),
    "first_contact": _("First contact due"),
    "persistence": _("Contact depth"),
    "report": _("Result due"),
    "answer": _("Answer due"),
}
CLOCK_STATES: Mapping[str, Promise] = {
    "running": _("Running"),
    "paused": _("On hold (customer)"),
    "met": _("Met"),
    "met_late": _("Met late"),
    "breached": _("Overdue"),
    "cancelled": _("Stopped"),
}
TRIGGERS: Mapping[str, Promise] = {
    "score": _("Readiness reached the line"),
    "fast_track": _("Raised a hand"),
    "wake": _("Follow-up date came"),
    "person": _("Handed over by hand"),
    "import": _("Came by import"),
}
RESULTS: Mapping[str, Promise] = {
    "reached": _("Reached"),
    "no_answer": _("No answer"),
    "gatekeeper": _("Stopped at reception"),
    "left_company": _("Left or moved"),
    "call_back": _("Awaiting call back"),
    "meeting_set": _("Meeting set"),
    "declined": _("Declined"),
    "email_sent": _("E-mail sent"),
}
NEXT_STEPS: Mapping[str, Promise] = {
    "wake": _("Back to nurture, follow up on a date"),
    "trigger": _("Back to nurture, follow up when they react"),
    "right_person": _("Marketing finds the right person"),
    "marketing_fix": _("Marketing completes the data"),
    "disqualify": _("Not a fit: do not follow"),
    "pass_on": _("Pass to somebody else"),
}
NEXT_STEP_KEYS = {
    "wake": "w", "trigger": "t", "right_person": "r", "marketing_fix": "f", "disqualify": "d", "pass_on": "p",
}  # fmt: skip
ENDS: Mapping[str, Promise] = {
    "withdrawn": _("withdrawn by marketing"),
    "reassigned": _("given to somebody else"),
    "hysteresis": _("readiness fell before anybody accepted"),
    "exclude": _("excluded by the definition"),
    "ladder": _("the acceptance due passed"),
    "expired": _("taken from the queue and not answered in ten minutes"),
    "member_left": _("its rep is away or left the queue"),
}
TAKEN_BACK: Mapping[str, Promise] = {
    "voided": _("corrected later"),
    "machine": _("found to be a machine's"),
}
CHANNELS: Mapping[str, Promise] = {
    "phone": _p("channel", "Phone"),
    "email": _p("channel", "E-mail"),
    "online": _p("channel", "Online meeting"),
    "visit": _p("channel", "Visit"),
    "dm": _p("channel", "Direct message"),
    "letter": _p("channel", "Letter"),
}

REFUSALS: Mapping[str, Promise] = {
    "required": _("This is required."),
    "note_required": _("Please add a sentence: this reason needs one."),
    "try_more_first": _(
        "This reason can be given once the agreed contacts have been tried, or after “Left or moved”."
    ),
    "unknown_reason": _("“%(value)s” is not among the reasons of the playbook."),
    "unknown_result": _("“%(value)s” is not a contact result."),
    "unknown_choice": _("“%(value)s” cannot be chosen here."),
    "in_the_past": _("This date is in the past. Enter a date from tomorrow on."),
    "too_far": _("This date is more than ten years ahead."),
    "in_future": _("This moment is more than 24 hours ahead."),
    "not_a_member": _("This person does not work in a queue of this lane."),
    "holds_already": _("This holds already: name something that is still to happen, or a date."),
    "said_already": _("This answer was given to sales; it stays."),
    "snoozed_enough": _("It was put off %(most)s times already. Decide now."),
    "already_theirs": _("This person has the lead already."),
    "other_lane": _("This queue belongs to another lane."),
    "too_long": _("This text is too long; at most %(most)s characters."),
    "gate_blocked": _("The agreed definition does not allow this hand-over yet."),
    "gate_needs_note": _("Not everything in the agreed definition is met. Say in a sentence why it is time."),
    "opportunity_needs_figures": _(
        "An opportunity is opened with its amount and expected close date, not by a move."
    ),
    "answer_the_handoff": _("This lead waits for an answer. Accept it or send it back first."),
    "not_in_table": _("A lead at “%(start)s” cannot move to “%(end)s”."),
    "not_by_this_cause": _("A lead at “%(start)s” cannot be moved to “%(end)s” by hand."),
    "reason_required": _("Say why this lead goes back."),
    "lead_changed": _("Somebody changed this lead since you opened it. Look at it again."),
    "never_paused": _("The due time of the acceptance is never paused."),
    "no_such_clock": _("This due time does not run here."),
    "ran_out": _("This due time has run out already; a pause would not change that."),
    "no_pauses": _("The policy of this queue allows no pauses."),
    "paused_longer": _("It is paused until then already."),
    "paused_too_long": _("All pauses of a due time together last at most %(most)s days."),
    "not_paused": _("This due time is not paused."),
    "not_a_breach": _("There is no breach to excuse."),
    "already_excused": _("This breach is excused already."),
    "excuses_used_up": _(
        "Of this person %(most)s breaches of that month are excused; more are not possible."
    ),
    "undo_is_over": _("This can be undone for ten minutes; they are over."),
    "nothing_to_undo": _("There is no answer here to undo."),
    "meeting_booked_since": _("A meeting has been booked since; send the lead back instead."),
    "not_yours": _("This answer is somebody else's to give."),
    **path_words.REFUSALS,
    **routing_words.REFUSALS,
}


def state_label(code: str) -> str:
    return _of(STATES, code)


def clock_label(code: str) -> str:
    return _of(CLOCKS, code)


def clock_state_label(code: str) -> str:
    return _of(CLOCK_STATES, code)


def trigger_label(code: str) -> str:
    return _of(TRIGGERS, code)


def result_label(code: str) -> str:
    return _of(RESULTS, code)


def next_step_label(code: str) -> str:
    return _of(NEXT_STEPS, code)


def next_step_key(code: str) -> str:
    return NEXT_STEP_KEYS.get(code, "")


def why_label(code: str) -> str:
    return _of(routing_words.WHY, code)


def why_not_label(code: str) -> str:
    return _of(routing_words.WHY_NOT, code)


def strategy_label(code: str) -> str:
    return _of(routing_words.STRATEGIES, code)


def end_label(code: str) -> str:
    return _of(ENDS, code)


def taken_back_label(code: str) -> str:
    return _of(TAKEN_BACK, code)


def channel_label(code: str) -> str:
    return _of(CHANNELS, code)


def reason_label(kind: str, code: str) -> str:
    """A reason of the playbook; one that is no longer in it keeps its code."""
    body = (section("reasons").get(kind) or {}).get(code)
    return label(body["label"]) if body else code


def any_reason(code: str) -> str:
    """A reason whichever list it stands in; what is in none stays as it was written."""
    if code == "reopened":
        return _t("Opened again")
    for body in section("reasons").values():
        if code in body:
            return label(body[code]["label"])
    return code


def reasons(kind: str) -> list[dict[str, Any]]:
    """The reasons of a list in playbook order, with label, side, default next step and days."""
    found = section("reasons").get(kind) or {}
    return [dict(body) | {"code": code, "label": label(body["label"])} for code, body in found.items()]


def queue_names(queues: Iterable[Queue]) -> dict[str, str]:
    """Queues by their slugs as people call them: by the team, or what kind of team it is.

    Where several would be called the same, with the slug (decision 0067).
    """
    return _told_apart({one.slug: team_label(one.team) for one in queues})


def team_names(teams: Iterable[Team]) -> dict[str, str]:
    """Teams by their slugs, told apart like queues."""
    return _told_apart({one.slug: team_label(one) for one in teams})


def team_label(team: Team) -> str:
    """A team as people call it, else what kind of team it is."""
    return label(team.label) or role_label(team.kind)


def queue_label(queue: Queue) -> str:
    """One queue beside all there are; those are asked for once a page."""
    names = kept("queue names", lambda: queue_names(Queue.objects.select_related("team")))
    return str(names.get(queue.slug, queue.slug))


def _told_apart(names: Mapping[str, str]) -> dict[str, str]:
    several = {name for name, n in Counter(names.values()).items() if n > 1}
    joined = str(_p("queue", "%(team)s (%(slug)s)"))
    return {
        slug: joined % {"team": name, "slug": slug} if name in several else name
        for slug, name in names.items()
    }


def opening_line(handoff: Handoff) -> str:
    """What a person wrote, else the playbook's sentence for the group that fired or the strongest line."""
    return handoff.opening_line or label(handoff.evidence.get("opening") or "")


def refusal(refused: Exception) -> str:
    """Any refusal of a door as one sentence in the active language."""
    if isinstance(refused, Conflict):
        return conflict(refused)
    if isinstance(refused, NotYours):
        return str(REFUSALS["not_yours"])
    if isinstance(refused, lifecycle.LeadChanged):
        return str(REFUSALS["lead_changed"])
    if isinstance(refused, stages.StageRefused):
        ends = {"start": stage_label(refused.start or stages.LEAD), "end": stage_label(refused.end)}
        return str(REFUSALS[refused.code]) % ends
    if isinstance(refused, Quicker):
        return path_words.quicker(refused)
    if isinstance(refused, Refused) and refused.code in REFUSALS:
        params = refused.params | {
            name: stage_label(code) for name, code in refused.params.items() if name == "stage"
        }
        return str(REFUSALS[refused.code]) % params if params else str(REFUSALS[refused.code])
    return str(refused)


def conflict(refused: Conflict) -> str:
    """Who was quicker and what they did."""
    if refused.by is None:
        return _t("This lead moved on: %(state)s.") % {"state": state_label(refused.state)}
    said = {"name": colleague(refused.by.name), "state": state_label(refused.state)}
    if refused.state == Handoff.ACCEPTED:
        return _t("%(name)s accepted it already.") % said
    if refused.state == Handoff.SENT_BACK:
        return _t("%(name)s sent it back already.") % said
    return _t("This lead moved on: %(state)s (%(name)s).") % said


def _of(words: Mapping[str, Promise], code: str) -> str:
    return str(words[code]) if code in words else code
