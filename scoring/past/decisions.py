"""What sales decided about the leads it was handed: one row per decision.

A decision is sales' first answer in one stay at `mql`: taken on, sent back, or not a fit (decision 0062).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from django.db.models import Q, QuerySet

from leads import roles, stages
from leads.models import Transition

ACCEPTED, SENT_BACK, NOT_A_FIT = "accepted", "sent_back", "not_a_fit"
RESULTS = (ACCEPTED, SENT_BACK, NOT_A_FIT)
REFUSED = (SENT_BACK, NOT_A_FIT)
LONGEST_STAY = timedelta(days=90)  # an answer that took longer says nothing of who was handed over
_RESULT_OF = {stages.SAL: ACCEPTED, stages.MAL: SENT_BACK, stages.DISQUALIFIED: NOT_A_FIT}


class Step(NamedTuple):
    """A transition as far as it matters here; `is_answer`: sales said yes, or no with a reason."""

    pk: int
    lead: int
    end: str
    at: datetime
    known_at: datetime
    reason: str
    implied: bool
    is_answer: bool


class Decision(NamedTuple):
    """`id` is the transition that says so. `at` is when it was made, `known_at` when it was recorded."""

    id: int
    lead: int
    at: datetime
    known_at: datetime
    result: str
    reason: str

    @property
    def is_accepted(self) -> bool:
        return self.result == ACCEPTED


def made(*, since: datetime, until: datetime) -> list[Decision]:
    """The decisions of [since, until), oldest first; one statement."""
    found = (Decision(one.pk, one.lead, one.at, one.known_at, _RESULT_OF[one.end], one.reason)
             for one in first_answers(_steps(since, until)) if since <= one.at < until)  # fmt: skip
    return sorted(found, key=attrgetter("at", "id"))


def answers(*, since: datetime, until: datetime) -> QuerySet[Transition]:
    """Every answer of sales in [since, until) that stood, for queries; the decisions are among them."""
    return Transition.objects.counted().filter(_answers(), occurred_at__gte=since, occurred_at__lt=until)


def first_answers(steps: Iterable[Step]) -> Iterator[Step]:
    """The first answer of every stay at `mql`; the steps of a lead stand together, in their order.

    Who was only passed through `mql` (an import, a rep's own find) was not offered to anybody.
    """
    for _, way in groupby(steps, key=attrgetter("lead")):
        is_waiting = False
        for step in way:
            if step.end == stages.MQL:
                is_waiting = not step.implied
            elif is_waiting and step.is_answer:
                is_waiting = False
                yield step


def _steps(since: datetime, until: datetime) -> Iterator[Step]:
    """Entries into `mql` and answers, from long enough before to know which answer was the first."""
    ways = Transition.objects.counted().filter(Q(end=stages.MQL) | _answers(), lead__merged_into=None)
    ways = ways.filter(occurred_at__gte=since - LONGEST_STAY, occurred_at__lt=until)
    return (
        Step(*row, is_answer=row[2] != stages.MQL)
        for row in ways.order_by("lead_id", "version")
        .values_list("pk", "lead_id", "end", "occurred_at", "recorded_at", "reason", "implied")
        .iterator(chunk_size=5_000)
    )


def _answers() -> Q:
    """What a person of sales says to an offered lead; taken back by marketing it is no answer."""
    yes = Q(start=stages.MQL, end=stages.SAL)
    no = Q(start__in=(stages.MQL, stages.SAL), end__in=(stages.MAL, stages.DISQUALIFIED)) & ~Q(reason="")
    return (yes | no) & Q(cause=stages.PERSON, actor__side=roles.SALES, implied=False)
