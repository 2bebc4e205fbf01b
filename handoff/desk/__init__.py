"""The desk: the doors by which a lead is handed over and answered (PRODUCT 6)."""

from handoff.desk.answering import (
    answer_task,
    ask_marketing,
    asked_of,
    may_answer,
    outcomes_of,
    reopen_task,
    tasks_of,
)
from handoff.desk.answers import accept, contact
from handoff.desk.appointments import book_meeting, change_meeting, judge_meeting, open_handoff
from handoff.desk.by_hand import answers_for, disqualify, move, recycle, reopen
from handoff.desk.climbing import climb, steps_due
from handoff.desk.closing import (
    change_opportunity,
    close_opportunity,
    open_opportunity,
    reopen_opportunity,
)
from handoff.desk.confirming import confirm
from handoff.desk.excusing import excuse, may_excuse
from handoff.desk.further import Further, answers_further, further, may_judge_meeting
from handoff.desk.gate import Gate, gate
from handoff.desk.handing_on import colleagues, left_behind, reassign, recall_left
from handoff.desk.leaves import cancel_leave, leaves_of, people_of, take_leave
from handoff.desk.offering import let_pass, route, waiting_due
from handoff.desk.opening import follow
from handoff.desk.permissions import Permissions, may, may_hand_over, may_judge
from handoff.desk.promoting import promote
from handoff.desk.raising import raise_hands, unheard
from handoff.desk.recalling import may_recall, recall, recall_many
from handoff.desk.releasing import Day, days
from handoff.desk.sending_back import send_back
from handoff.desk.snoozing import is_put_off, snooze, with_reactions
from handoff.desk.standing_in import turn_over, turns_due
from handoff.desk.supporting import add_supporter, audience, remove_supporter, supporters_of
from handoff.desk.taking import end_reservations, pull_queues_of, reservations_due, take_next
from handoff.desk.undoing import may_undo, undo, undoable
from handoff.desk.wakes import due_wakes, promised, waits_for_reaction, waits_for_task, wake

__all__ = [
    "Day",
    "Further",
    "Gate",
    "Permissions",
    "accept",
    "add_supporter",
    "answer_task",
    "answers_for",
    "answers_further",
    "ask_marketing",
    "asked_of",
    "audience",
    "book_meeting",
    "cancel_leave",
    "change_meeting",
    "change_opportunity",
    "climb",
    "close_opportunity",
    "colleagues",
    "confirm",
    "contact",
    "days",
    "disqualify",
    "due_wakes",
    "end_reservations",
    "excuse",
    "follow",
    "further",
    "gate",
    "is_put_off",
    "judge_meeting",
    "leaves_of",
    "left_behind",
    "let_pass",
    "may",
    "may_answer",
    "may_excuse",
    "may_hand_over",
    "may_judge",
    "may_judge_meeting",
    "may_recall",
    "may_undo",
    "move",
    "open_handoff",
    "open_opportunity",
    "outcomes_of",
    "people_of",
    "promised",
    "promote",
    "pull_queues_of",
    "raise_hands",
    "reassign",
    "recall",
    "recall_left",
    "recall_many",
    "recycle",
    "remove_supporter",
    "reopen",
    "reopen_opportunity",
    "reopen_task",
    "reservations_due",
    "route",
    "send_back",
    "snooze",
    "steps_due",
    "supporters_of",
    "take_leave",
    "take_next",
    "tasks_of",
    "turn_over",
    "turns_due",
    "undo",
    "undoable",
    "unheard",
    "waiting_due",
    "waits_for_reaction",
    "waits_for_task",
    "wake",
    "with_reactions",
]
