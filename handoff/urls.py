"""Pages of the desk: a lead with its handoff, the queue, the SLA page and the lists behind its numbers."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
