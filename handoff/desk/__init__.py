"""The desk: the doors by which a lead is handed over and answered (PRODUCT 6)."""

from handoff.desk.answers import accept, contact, send_back
from handoff.desk.by_hand import disqualify, move, recycle, reopen
from handoff.desk.gate import Gate, gate
from handoff.desk.handing_on import reassign
from handoff.desk.offering import route, waiting_due
from handoff.desk.opening import follow
from handoff.desk.permissions import Permissions, may
from handoff.desk.wakes import due_wakes, wake

__all__ = [
    "Gate",
    "Permissions",
    "accept",
    "contact",
    "disqualify",
    "due_wakes",
    "follow",
    "gate",
    "may",
    "move",
    "reassign",
    "recycle",
    "reopen",
    "route",
    "send_back",
    "waiting_due",
    "wake",
]
