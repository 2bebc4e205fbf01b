"""What a person may do with a lead further down its path: pass it on, meet, propose, win or lose."""

from __future__ import annotations

from dataclasses import dataclass

from handoff import lanes
from handoff.desk.permissions import has_in_hand
from handoff.models import Handoff
from leads import roles, stages
from leads.models import Involvement, Lead, Meeting, PlaybookSection, User

AT_WORK = (stages.SAL, stages.SQL, stages.OPPORTUNITY)


@dataclass(frozen=True)
class Further:
    """Pages show these buttons, and doors refuse the rest."""

    promote: bool = False
    book: bool = False
    open: bool = False
    close: bool = False
    reopen: bool = False
    support: bool = False

    @property
    def any(self) -> bool:
        return self.promote or self.book or self.open or self.close or self.reopen


def further(user: User, lead: Lead, held: Handoff | None) -> Further:
    """`held` is the lead's open handoff. Its owner, and who manages the team that has it."""
    answers = answers_further(user, lead, held)
    decided = held is None or held.state == Handoff.ACCEPTED
    at_work = lead.is_open and lead.stage in AT_WORK
    return Further(
        promote=answers and may_pass_on(held),
        book=at_work and (answers or supports(user, lead)),
        open=answers and lead.stage in (stages.SAL, stages.SQL) and decided,
        close=answers and lead.stage == stages.OPPORTUNITY and lead.outcome is None,
        reopen=answers and lead.outcome is not None,
        support=answers and at_work,
    )


def may_pass_on(held: Handoff | None) -> bool:
    """There is a lane behind the one it was accepted in."""
    if held is None or held.state != Handoff.ACCEPTED:
        return False
    return lanes.after(held.lane, PlaybookSection.objects.current("lanes")) is not None


def may_judge_meeting(user: User, meeting: Meeting, held: Handoff | None) -> bool:
    """The lead's owner, who was there from field sales, and their manager."""
    if answers_further(user, meeting.lead, held):
        return True
    return user.has_role(roles.FIELD_SALES) and meeting.ours.filter(pk=user.pk).exists()


def answers_further(user: User, lead: Lead, held: Handoff | None) -> bool:
    """The lead's owner, who stands in for them, and who manages the team that has it."""
    return has_in_hand(user, lead, held) or manages(user, lead, held)


def manages(user: User, lead: Lead, held: Handoff | None) -> bool:
    if held is not None and held.queue is not None:
        return user.may_manage(held.queue.team)
    return user.may_manage(lead.standing.team)


def supports(user: User, lead: Lead) -> bool:
    return Involvement.objects.filter(lead=lead, user=user, kind=Involvement.SUPPORTER).exists()
