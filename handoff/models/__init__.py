"""Tables of the desk: queues and their members, handoffs, clocks with their ladders, messages to people."""

from handoff.models.clocks import Clock, DueChange, FreshContact, Pause, Step
from handoff.models.handoffs import Decision, Handoff, HandoffQuerySet
from handoff.models.messages import Message, Notice
from handoff.models.queues import Policy, Queue, QueueMember

__all__ = [
    "Clock",
    "Decision",
    "DueChange",
    "FreshContact",
    "Handoff",
    "HandoffQuerySet",
    "Message",
    "Notice",
    "Pause",
    "Policy",
    "Queue",
    "QueueMember",
    "Step",
]
