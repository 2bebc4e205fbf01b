"""The REST API's addresses (PRODUCT 10), all below /api/v1/."""

from django.urls import path, re_path

from config.api.views import Nowhere
from leads.api.leads import Leads, OneLead

urlpatterns = [
    path("leads/", Leads.as_view(), name="api-leads"),
    path("leads/<int:pk>/", OneLead.as_view(), name="api-lead"),
    re_path("", Nowhere.as_view(), name="api-nowhere"),
]
