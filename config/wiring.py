"""Who listens to whom: the only file that sees all floors (ARCHITECTURE, calls go down, news goes up).

`within` keeps an invariant inside the transaction; `after` rings a worker and may be lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from config.tasks import count_rules, simulate
from handoff import contacts, desk, reckoning, room_words, same_company_words, steps, timers
from handoff import news as desk_news
from handoff.recount import recount
from handoff.tasks import deliver, route, see_contacts, wake
from leads import marks, meetings, news, pipeline
from leads.doorbell import ring
from leads.models import Activity, Meeting, User
from leads.models.activities import HUMAN, REACTION
from scoring import gate_words
from scoring import news as scoring_news
from scoring.replay.trial_ranges import AT_ONCE
from scoring.tasks import rescore

CHUNK = 300


def connect() -> None:
    """Called once when the house opens (`config.apps`)."""
    news.stages_changed.within(pipeline.follow)
    news.stages_changed.within(desk.follow)
    news.activities_recorded.within(_note_contacts)
    news.calendar_changed.within(recount)
    news.meetings_changed.within(_reports)
    scoring_news.hands_raised.within(desk.raise_hands)
    reckoning.follow(steps.plan)
    news.facts_changed.after(_ring_scoring)
    news.activities_recorded.after(_ring_for_activities)
    desk_news.waiting.after(_ring_desk)
    desk_news.messages_written.after(_ring_outbox)
    scoring_news.rules_wanted.after(_ring_figures)
    scoring_news.simulation_asked.after(_ring_simulation)
    marks.ask(gate_words.marks, beside=marks.READINESS)
    marks.ask(same_company_words.marks, beside=marks.NAME)
    marks.ask_above(room_words.above)


def _reports(*, meeting: Meeting, what: str, by: User, now: datetime) -> None:
    """A meeting held starts the report that is asked for, and its verdict meets it."""
    if what == meetings.HELD:
        timers.meeting_held(meeting, now=now)
    if what == meetings.JUDGED:
        timers.verdict_given(meeting, now=now)


def _note_contacts(*, activities: Sequence[Activity], now: datetime) -> None:
    """A contact may meet clocks: who looks at them is found by the sweep, should the bell below be lost."""
    contacts.noted(activities)


def _ring_scoring(*, lead_ids: Sequence[int]) -> None:
    ids = sorted(set(lead_ids))
    for start in range(0, len(ids), CHUNK):
        ring(rescore, ids[start : start + CHUNK])


def _ring_for_activities(*, activities: Sequence[Activity], now: datetime) -> None:
    _ring_scoring(lead_ids=[activity.lead_id for activity in activities])
    acts = sorted({one.lead_id for one in activities if contacts.is_contact(one)})
    for start in range(0, len(acts), CHUNK):
        ring(see_contacts, acts[start : start + CHUNK])
    genuine = (one for one in activities if one.direction == REACTION and one.genuine == HUMAN)
    asleep = desk.promised({one.lead_id for one in genuine})
    for start in range(0, len(asleep), CHUNK):
        ring(wake, asleep[start : start + CHUNK])


def _ring_desk(*, handoff_ids: Sequence[int]) -> None:
    ids = list(handoff_ids)
    for start in range(0, len(ids), CHUNK):
        ring(route, ids[start : start + CHUNK])


def _ring_outbox() -> None:
    ring(deliver)


def _ring_figures() -> None:
    ring(count_rules)


def _ring_simulation(*, simulation_id: int) -> None:
    for _ in range(AT_ONCE):
        ring(simulate, simulation_id)
