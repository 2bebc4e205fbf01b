"""Pages of the desk: a lead with its handoff, the queue, the SLA page and the lists behind its numbers."""

from django.urls import path

from leads.views.glossary import glossary

urlpatterns = [  # the last four stand in until the pages are there
    path("queue", glossary, name="queue"),
    path("sla", glossary, name="sla"),
    path("handoffs", glossary, name="handoff-list"),
    path("leads", glossary, name="lead-list"),
]
