"""The words of the product in plain language: what it is, and who does what next (UX 4.11, 6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as _p


@dataclass(frozen=True)
class Term:
    """A word, what it means in a sentence, and who is in charge of it or what follows."""

    name: Promise
    meaning: Promise
    then: Promise


TERMS: Mapping[str, Term] = {
    "lead": Term(
        _p("stage", "Lead"),
        _("Somebody whose contact details we know."),
        _("Marketing looks after them. Once we may contact them, they become “marketing accepted”."),
    ),
    "mal": Term(
        _("Marketing accepted (MAL)"),
        _("Somebody marketing keeps informed until the time is right."),
        _("Marketing is in charge. They move on by the agreed definition, or a person hands them over."),
    ),
    "mql": Term(
        _("Ready for sales (MQL)"),
        _("Somebody who meets the definition both departments agreed on."),
        _("Offered to one rep, who accepts or sends back before the acceptance is due."),
    ),
    "sal": Term(
        _("Accepted by sales (SAL)"),
        _("Sales took them on and finds out whether a visit is worthwhile."),
        _("The rep who accepted is in charge. The first contact has a due time."),
    ),
    "sql": Term(
        _("Qualified (SQL)"),
        _("Worth a proposal, as their owner judged."),
        _("The owner prepares a proposal and opens an opportunity."),
    ),
    "opportunity": Term(
        _p("stage", "Opportunity"),
        _("We talk about a contract."),
        _("Ends as won or lost, with a reason that flows back to marketing."),
    ),
    "disqualified": Term(
        _p("stage", "Not a fit"),
        _("We decided not to follow."),
        _("Nobody has to act. A person can open them again with a reason."),
    ),
    "readiness": Term(
        _("Readiness"),
        _("How suitable it is that sales talks to them now: fit plus interest, 0 to 100."),
        _("Every point is listed on the page of the lead, and the list always adds up."),
    ),
    "fit": Term(
        _("Fit"),
        _("What kind of company and person they are, 0 to 50."),
        _("Fit does not fade. Better data about a lead changes it at once."),
    ),
    "interest": Term(
        _("Interest"),
        _("How much they react to us, 0 to 50."),
        _("Older reactions count less each day."),
    ),
    "action": Term(
        _("Action"),
        _("What we did towards them: a mail, a call, an invitation."),
        _("Logged by reps and tools."),
    ),
    "reaction": Term(
        _("Reaction"),
        _("What they did: a visit, a request, an answer."),
        _("Only genuine ones count; clicks of machines score nothing."),
    ),
    "handoff": Term(
        _("Handoff"),
        _("One offer of one lead to one queue of sales."),
        _("It is accepted, or sent back with a reason and a next step. Nothing is left without an answer."),
    ),
    "accept": Term(
        _("Accept"),
        _("The rep takes the lead on and becomes its owner."),
        _("The clock of the first contact goes on running until a real attempt is logged."),
    ),
    "send_back": Term(
        _("Send back"),
        _("The rep gives the lead back with a reason and a next step."),
        _("Marketing reads the reason. On the follow-up date the lead comes back by itself, once."),
    ),
    "clock": Term(
        _("Due"),
        _("The moment until which the next step was promised, counted in business hours."),
        _("Press a due time to see the sum of hours behind it."),
    ),
    "overdue": Term(
        _("Overdue"),
        _("The promised time has passed."),
        _("The lead stays with its rep and can still be accepted. The manager sees it at once."),
    ),
    "at_risk": Term(
        _("Due soon"),
        _("Little of the promised time is left."),
        _("How little is written in the policy of the playbook."),
    ),
    "attainment": Term(
        _("Attainment"),
        _("Of the promises that came due, the share that was kept in time."),
        _("With fewer than ten of them a fraction is shown instead of a percentage."),
    ),
    "wake": Term(
        _("Follow-up date"),
        _("The day on which a lead that was sent back is offered again."),
        _("It comes back once, to the same rep if possible, with the old notes."),
    ),
    "next_actor": Term(
        _("Next actor"),
        _("The one person or side whose turn it is."),
        _("Every open lead has exactly one, with a date. The database makes sure."),
    ),
    "opening_line": Term(
        _("Opening line"),
        _("A suggestion how to begin the conversation."),
        _("It comes from the strongest reason of the hand-over; a person may write a better one."),
    ),
    "source": Term(
        _("Source"), _("How we first met them."), _("As it was imported; a lead keeps its first source.")
    ),
    "playbook": Term(
        _("Playbook"),
        _("The whole agreement between the departments in one file."),
        _("Each change is a new version; running handoffs keep the one they were offered under."),
    ),
    "sla": Term(
        _("SLA (mutual promise)"),
        _("The times and the quality both departments promised each other."),
        _("The SLA page shows whether both keep it."),
    ),
    "rule_version": Term(
        _("Rule version"),
        _("The readiness rules as they were agreed on at one time."),
        _("A version never changes. Going back publishes an old one again, as a new version."),
    ),
    "draft": Term(
        _p("term", "Draft"),
        _("Rules somebody proposes; nothing counts by them yet."),
        _("Try them on the past, then ask for approval. They come into force when both departments agree."),
    ),
    "simulation": Term(
        _p("term", "Simulate"),
        _("Trying a draft on the past, with what was known at each moment."),
        _("Read who would have been handed over, and which send-backs would not have been."),
    ),
    "override": Term(
        _("Readiness by hand"),
        _("What a person sets beside the computed readiness, with a reason and an end."),
        _("Until then the agreement goes by it. Points and lines stay what they are."),
    ),
}
