"""Pages of the desk: a lead with its handoff, the queue, the SLA page and the lists behind its numbers."""

from django.urls import path

from handoff.views import (
    answers,
    clock,
    doubtful,
    handoff_list,
    lead_page,
    moving,
    override,
    queue,
    reassign,
    sla,
)

urlpatterns = [
    path("leads/<int:pk>", lead_page.lead_page, name="lead"),
    path("leads/<int:pk>/hand-over", moving.hand_over, name="lead-handover"),
    path("leads/<int:pk>/recycle", moving.recycle, name="lead-recycle"),
    path("leads/<int:pk>/disqualify", moving.disqualify, name="lead-disqualify"),
    path("leads/<int:pk>/reopen", moving.reopen, name="lead-reopen"),
    path("leads/<int:pk>/move", moving.move, name="lead-move"),
    path("leads/<int:pk>/override", override.override, name="lead-override"),
    path("queue", queue.queue, name="queue"),
    path("queue/new", queue.new, name="queue-new"),
    path("queue/<int:pk>", queue.card, name="queue-card"),
    path("queue/<int:pk>/accept", answers.accept, name="queue-accept"),
    path("queue/<int:pk>/send-back", answers.send_back, name="queue-send-back"),
    path("queue/<int:pk>/contact", answers.contact, name="queue-contact"),
    path("handoffs/<int:pk>/reassign", reassign.reassign, name="handoff-reassign"),
    path("clocks/<int:pk>", clock.clock, name="clock"),
    path("clocks/<int:pk>/excuse", clock.excuse, name="clock-excuse"),
    path("clocks/<int:pk>/resume", clock.resume, name="clock-resume"),
    path("handoffs/<int:pk>/pause", clock.pause, name="handoff-pause"),
    path("sla", sla.sla, name="sla"),
    path("handoffs/doubtful", doubtful.doubtful, name="handoff-doubtful"),
    path("handoffs", handoff_list.handoff_list, name="handoff-list"),
]
