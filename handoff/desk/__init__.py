"""The desk: the doors by which a lead is handed over and answered (PRODUCT 6)."""

from handoff.desk.answers import accept, contact, send_back
from handoff.desk.by_hand import answers_for, disqualify, move, recycle, reopen
from handoff.desk.excusing import excuse, may_excuse
from handoff.desk.gate import Gate, gate
from handoff.desk.handing_on import left_behind, reassign, recall_left
from handoff.desk.offering import route, waiting_due
from handoff.desk.opening import follow
from handoff.desk.permissions import Permissions, may, may_hand_over, may_judge
from handoff.desk.wakes import due_wakes, wake

__all__ = [
    "Gate",
    "Permissions",
    "accept",
    "answers_for",
    "contact",
    "disqualify",
    "due_wakes",
    "excuse",
    "follow",
    "gate",
    "left_behind",
    "may",
    "may_excuse",
    "may_hand_over",
    "may_judge",
    "move",
    "reassign",
    "recall_left",
    "recycle",
    "reopen",
    "route",
    "send_back",
    "waiting_due",
    "wake",
]
