"""The REST API's addresses (PRODUCT 10), all below /api/v1/."""

from django.urls import path, re_path

from config.api.views import Nowhere
from leads.api.activities import Activities
from leads.api.calendars import Calendars, Due
from leads.api.history import Journey
from leads.api.leads import Leads, OneLead
from scoring.api import LeadScore

urlpatterns = [
    path("leads/", Leads.as_view(), name="api-leads"),
    path("leads/<int:pk>/", OneLead.as_view(), name="api-lead"),
    path("leads/<int:pk>/score/", LeadScore.as_view(), name="api-lead-score"),
    path("leads/<int:pk>/journey/", Journey.as_view(), name="api-lead-journey"),
    path("activities/", Activities.as_view(), name="api-activities"),
    path("calendars/", Calendars.as_view(), name="api-calendars"),
    path("calendars/<int:pk>/due/", Due.as_view(), name="api-calendar-due"),
    re_path("", Nowhere.as_view(), name="api-nowhere"),
]
