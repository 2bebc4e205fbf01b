"""Tables of the ground floor."""

from leads.models.access import ApiToken, IdempotentAnswer, LoginLink
from leads.models.activities import Activity
from leads.models.calendars import Calendar, CalendarVersion, Holiday
from leads.models.companies import Campaign, Company
from leads.models.leads import Involvement, Lead
from leads.models.meetings import Meeting
from leads.models.opportunities import Opportunity
from leads.models.people import Leave, Team, User
from leads.models.playbook import PlaybookSection
from leads.models.standing import Standing
from leads.models.tasks import Task
from leads.models.transitions import AttributeChange, Transition

__all__ = [
    "Activity",
    "ApiToken",
    "AttributeChange",
    "Calendar",
    "CalendarVersion",
    "Campaign",
    "Company",
    "Holiday",
    "IdempotentAnswer",
    "Involvement",
    "Lead",
    "Leave",
    "LoginLink",
    "Meeting",
    "Opportunity",
    "PlaybookSection",
    "Standing",
    "Task",
    "Team",
    "Transition",
    "User",
]
