"""Routing in the reader's words: why somebody got a lead, and why each other member did not."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WHY: Mapping[str, Promise] = {
    "weighted": _("their share of the queue"),
    "round_robin": _("their turn"),
    "least_loaded": _("fewest leads in hand"),
    "company_owner": _("owner of this company"),
    "deputy": _("stands in for the owner of this company"),
    "recent_handler": _("handled this lead recently"),
    "same_rep": _("had this lead before it was sent back"),
    "named": _("named by a colleague"),
    "passed_on": _("passed on by a colleague"),
    "taken": _("took it from the queue"),
    "nobody": _("nobody could take it"),
    "no_route": _("no queue fits"),
    "capacity": _("today's leads of the queue are used up"),
}
STRATEGIES: Mapping[str, Promise] = {
    "weighted": _("shared by weight"),
    "round_robin": _("in turns"),
    "least_loaded": _("to whoever has the least in hand"),
    "pull": _("members take the next"),
}
WHY_NOT: Mapping[str, Promise] = {
    # what kept them
    "inactive": _("not active in this queue"),
    "on_leave": _("on leave when the due time would begin"),
    "just_lost_it": _("had it just before"),
    "max_open": _("as many leads in hand as agreed"),
    "max_per_day": _("as many leads today as agreed"),
    "not_a_member": _("does not work in this queue"),
    # what went first
    "less_credit": _("could have taken it; somebody else's share came first"),
    "not_their_turn": _("could have taken it; it was somebody else's turn"),
    "more_in_hand": _("could have taken it; somebody else had less in hand"),
    "known_better": _("could have taken it; somebody who knows the company or the lead was asked first"),
    "somebody_named": _("could have taken it; a colleague named somebody else"),
    "somebody_took_it": _("could have taken it; somebody else was quicker"),
    # why it still waits
    "pull": _("can take it: leads of this queue are taken, not given"),
    "capacity": _("could take it; today's leads of the queue are used up"),
}
REFUSALS: Mapping[str, Promise] = {
    "on_leave": _("On leave then, so no lead can be offered."),
    "not_held_back": _("This lead does not wait for room in its queue."),
    "inactive": _("You are not active in this queue."),
    "max_open": _("You have as many leads in hand as agreed. Answer some of them first."),
    "max_per_day": _("You have had as many leads today as agreed."),
    "ends_before": _("The last day is before the first."),
    "leave_over": _("These days are over already."),
    "leave_overlaps": _("These days overlap with leave that is entered already. Cancel that one first."),
    "leave_cancelled": _("This leave is cancelled already."),
}
