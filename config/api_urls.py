"""The REST API's addresses (PRODUCT 10), all below /api/v1/."""

from django.urls import path, re_path

from config.api.views import Nowhere
from config.studio import api as models
from config.studio import opinion_api, trial_api
from handoff.api.clock_stories import Clocks, OneClock
from handoff.api.clocks import Excuse, Pause, Resume
from handoff.api.confirming import Confirm
from handoff.api.doubtful import Doubtful
from handoff.api.handoffs import Accept, Contact, Handoffs, OneHandoff, Queues, Reassign, SendBack
from handoff.api.leaves import Leaves, OneLeave
from handoff.api.meetings import Meetings, OneMeeting, Verdict
from handoff.api.moves import Disqualify, Move, Recycle, Reopen
from handoff.api.opportunities import CloseOpportunity, OneOpportunity, Opportunities
from handoff.api.promoting import OneSupporter, Promote, Supporters
from handoff.api.recalling import Recall
from handoff.api.routing import DryRun, WhyNot
from handoff.api.snoozing import Snooze
from handoff.api.taking import Next, Release
from handoff.api.tasks import AnswerTask, Question, Tasks
from handoff.api.timeline import Timeline
from handoff.api.undoing import Undo
from leads.api.activities import Activities
from leads.api.calendars import Calendars, Due
from leads.api.companies import Campaigns, OneCompany
from leads.api.history import Journey
from leads.api.leads import Leads, OneLead
from scoring.api.overrides import OneOverride
from scoring.api.past import LeadScoreChange, LeadScoreCurve
from scoring.api.scores import LeadScore

urlpatterns = [
    path("leads/", Leads.as_view(), name="api-leads"),
    path("leads/<int:pk>/", OneLead.as_view(), name="api-lead"),
    path("leads/<int:pk>/score/", LeadScore.as_view(), name="api-lead-score"),
    path("leads/<int:pk>/override/", OneOverride.as_view(), name="api-lead-override"),
    path("leads/<int:pk>/score/change/", LeadScoreChange.as_view(), name="api-lead-score-change"),
    path("leads/<int:pk>/score/curve/", LeadScoreCurve.as_view(), name="api-lead-score-curve"),
    path("leads/<int:pk>/journey/", Journey.as_view(), name="api-lead-journey"),
    path("leads/<int:pk>/timeline/", Timeline.as_view(), name="api-lead-timeline"),
    path("leads/<int:pk>/move/", Move.as_view(), name="api-lead-move"),
    path("leads/<int:pk>/recycle/", Recycle.as_view(), name="api-lead-recycle"),
    path("leads/<int:pk>/disqualify/", Disqualify.as_view(), name="api-lead-disqualify"),
    path("leads/<int:pk>/reopen/", Reopen.as_view(), name="api-lead-reopen"),
    path("activities/", Activities.as_view(), name="api-activities"),
    path("calendars/", Calendars.as_view(), name="api-calendars"),
    path("calendars/<int:pk>/due/", Due.as_view(), name="api-calendar-due"),
    path("companies/<int:pk>/", OneCompany.as_view(), name="api-company"),
    path("campaigns/", Campaigns.as_view(), name="api-campaigns"),
    path("handoffs/", Handoffs.as_view(), name="api-handoffs"),
    path("handoffs/doubtful/", Doubtful.as_view(), name="api-handoffs-doubtful"),
    path("handoffs/next/", Next.as_view(), name="api-handoff-next"),
    path("handoffs/<int:pk>/release/", Release.as_view(), name="api-handoff-release"),
    path("handoffs/<int:pk>/", OneHandoff.as_view(), name="api-handoff"),
    path("handoffs/<int:pk>/routing/", WhyNot.as_view(), name="api-handoff-routing"),
    path("handoffs/<int:pk>/accept/", Accept.as_view(), name="api-handoff-accept"),
    path("handoffs/<int:pk>/send-back/", SendBack.as_view(), name="api-handoff-send-back"),
    path("handoffs/<int:pk>/contact/", Contact.as_view(), name="api-handoff-contact"),
    path("handoffs/<int:pk>/confirm/", Confirm.as_view(), name="api-handoff-confirm"),
    path("handoffs/<int:pk>/reassign/", Reassign.as_view(), name="api-handoff-reassign"),
    path("handoffs/<int:pk>/pause/", Pause.as_view(), name="api-handoff-pause"),
    path("handoffs/<int:pk>/resume/", Resume.as_view(), name="api-handoff-resume"),
    path("clocks/", Clocks.as_view(), name="api-clocks"),
    path("clocks/<int:pk>/", OneClock.as_view(), name="api-clock"),
    path("clocks/<int:pk>/excuse/", Excuse.as_view(), name="api-clock-excuse"),
    path("handoffs/<int:pk>/promote/", Promote.as_view(), name="api-handoff-promote"),
    path("leads/<int:pk>/supporters/", Supporters.as_view(), name="api-lead-supporters"),
    path("leads/<int:pk>/supporters/<int:user>/", OneSupporter.as_view(), name="api-lead-supporter"),
    path("leaves/", Leaves.as_view(), name="api-leaves"),
    path("leaves/<int:pk>/", OneLeave.as_view(), name="api-leave"),
    path("handoffs/<int:pk>/recall/", Recall.as_view(), name="api-handoff-recall"),
    path("handoffs/<int:pk>/snooze/", Snooze.as_view(), name="api-handoff-snooze"),
    path("handoffs/<int:pk>/undo/", Undo.as_view(), name="api-handoff-undo"),
    path("handoffs/<int:pk>/question/", Question.as_view(), name="api-handoff-question"),
    path("tasks/", Tasks.as_view(), name="api-tasks"),
    path("tasks/<int:pk>/answer/", AnswerTask.as_view(), name="api-task-answer"),
    path("meetings/", Meetings.as_view(), name="api-meetings"),
    path("meetings/<int:pk>/", OneMeeting.as_view(), name="api-meeting"),
    path("meetings/<int:pk>/verdict/", Verdict.as_view(), name="api-meeting-verdict"),
    path("opportunities/", Opportunities.as_view(), name="api-opportunities"),
    path("opportunities/<int:pk>/", OneOpportunity.as_view(), name="api-opportunity"),
    path("opportunities/<int:pk>/close/", CloseOpportunity.as_view(), name="api-opportunity-close"),
    path("queues/", Queues.as_view(), name="api-queues"),
    path("queues/<int:pk>/dry-run/", DryRun.as_view(), name="api-queue-dry-run"),
    path("scoring/models/", models.Models.as_view(), name="api-scoring-models"),
    path("scoring/models/<str:key>/", models.OneModel.as_view(), name="api-scoring-model"),
    path("scoring/models/<str:key>/publish/", models.Publish.as_view(), name="api-scoring-publish"),
    path("scoring/models/<str:key>/withdraw/", models.Withdraw.as_view(), name="api-scoring-withdraw"),
    path("scoring/models/<str:key>/comments/", models.Comments.as_view(), name="api-scoring-comments"),
    path("scoring/models/<str:key>/simulate/", trial_api.Simulate.as_view(), name="api-scoring-simulate"),
    path(
        "scoring/models/<str:key>/simulate/<int:number>/",
        trial_api.OneSimulation.as_view(),
        name="api-scoring-simulation",
    ),
    path("scoring/opinions/", opinion_api.Opinions.as_view(), name="api-opinions"),
    path("scoring/opinions/<int:pk>/", opinion_api.OneOpinion.as_view(), name="api-opinion"),
    path("scoring/opinions/<int:pk>/answer/", opinion_api.Answer.as_view(), name="api-opinion-answer"),
    path("scoring/opinions/<int:pk>/draft/", opinion_api.FromOpinion.as_view(), name="api-opinion-draft"),
    re_path("", Nowhere.as_view(), name="api-nowhere"),
]
