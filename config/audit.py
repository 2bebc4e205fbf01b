"""Every invariant of the house, asked of the rows as they are; a clean house answers nothing (PRODUCT 9).

Each check yields violations: `{"check", "id", …}` with ids and codes only, never what people typed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from math import fsum
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce

from handoff import contacts, desk, digest, outbox, whose_turn
from handoff.models import Clock, Handoff, Message, Notice, Step
from leads import leavers, pipeline, roles, stages
from leads.models import (
    Activity,
    AttributeChange,
    Lead,
    Meeting,
    Opportunity,
    Standing,
    Task,
    Transition,
)
from scoring import readiness
from scoring.definition import class_code
from scoring.models import RescoreRange, ScoringModel, Underway
from scoring.upkeep import rescoring

Violation = dict[str, Any]
Check = Callable[[datetime], Iterator[Violation]]

BATCH = 500
GRACE = timedelta(minutes=1)  # what a sweep may be behind
PUBLISHED = timedelta(minutes=10)  # a new model has looked at a million leads by then
DUST = 1e-9


def run(*, now: datetime) -> Iterator[Violation]:
    """Every violation found, check by check."""
    for check in CHECKS:
        for found in check(now):
            yield {"check": check.__name__} | found


def one_open_handoff_per_lead(now: datetime) -> Iterator[Violation]:
    many = Handoff.objects.open().values("lead").annotate(n=Count("pk")).filter(n__gt=1).order_by("lead")
    for row in many:
        yield {"lead": row["lead"], "open": row["n"]}


def lead_in_offer_has_its_handoff(now: datetime) -> Iterator[Violation]:
    """At mql, sal and sql exactly one handoff is open; elsewhere none is; accepted means sal or sql."""
    live = Lead.objects.filter(merged_into=None)
    held = Handoff.objects.open().filter(lead=OuterRef("pk")).values("state")[:1]
    rows = live.annotate(held=Subquery(held)).values_list("pk", "stage", "held")
    at_desk = (stages.MQL, stages.SAL, stages.SQL)
    wrong = rows.filter(
        Q(stage__in=at_desk, held=None)
        | (~Q(stage__in=at_desk) & Q(held__isnull=False))
        | Q(stage=stages.MQL, held=Handoff.ACCEPTED)
    )
    for pk, stage, state in wrong.iterator(BATCH):
        yield {"lead": pk, "stage": stage, "handoff": state}


def stage_is_last_transition(now: datetime) -> Iterator[Violation]:
    last = Transition.objects.filter(lead=OuterRef("pk")).order_by("-version")
    rows = Lead.objects.annotate(
        end=Subquery(last.values("end")[:1]), at=Subquery(last.values("version")[:1])
    )
    wrong = rows.filter(~Q(end=F("stage")) | ~Q(at=F("version")) | Q(end=None))
    for pk, stage, end in wrong.values_list("pk", "stage", "end").iterator(BATCH):
        yield {"lead": pk, "stage": stage, "last_transition": end}


def transitions_are_a_chain(now: datetime) -> Iterator[Violation]:
    """Each transition starts where the one before it ended, and the table knows it; an undo leads back to
    where what it undoes began."""
    previous = Transition.objects.filter(lead=OuterRef("lead"), version=OuterRef("version") - 1)
    rows = Transition.objects.annotate(before=Coalesce(Subquery(previous.values("end")[:1]), F("start")))
    for pk, lead in rows.exclude(before=F("start")).values_list("pk", "lead").iterator(BATCH):
        yield {"lead": lead, "transition": pk}
    undone = Transition.objects.filter(lead=OuterRef("lead"), version=OuterRef("undoes")).values("start")[:1]
    undos = Transition.objects.filter(cause=stages.UNDO).annotate(stood=Subquery(undone))
    for pk, lead in undos.exclude(stood=F("end")).values_list("pk", "lead").iterator(BATCH):
        yield {"lead": lead, "transition": pk, "what": "undone_to_elsewhere"}
    steps = Transition.objects.values_list("start", "end", "cause").distinct().order_by()
    for start, end, cause in steps:
        row = stages.find(start or None, end, cause)
        if row is None or cause not in row.causes:
            yield {"start": start, "end": end, "cause": cause}


def open_lead_has_next_actor_and_deadline(now: datetime) -> Iterator[Violation]:
    is_open = Q(outcome=None, merged_into=None) & ~Q(stage=stages.DISQUALIFIED)
    for pk in Lead.objects.filter(is_open, Q(next_side="") | Q(next_due_at=None)).values_list(
        "pk", flat=True
    ):
        yield {"lead": pk}
    offered = Handoff.objects.filter(state=Handoff.OFFERED)
    kept = Q(routing__has_key=whose_turn.KEPT)
    for pk in offered.exclude(kept).exclude(lead__next_actor=F("rep")).values_list("lead", flat=True):
        yield {"lead": pk, "next_actor": "not_the_rep"}
    for pk in desk.turns_due(now=now, limit=1000):  # the owner or the team's lead, or who stands in for them
        yield {"lead": pk, "next_actor": "not_who_acts"}


def nobody_who_left_is_waited_for(now: datetime) -> Iterator[Violation]:
    """What somebody who left had in hand is somebody else's, and no turn is theirs."""
    before = now - GRACE
    for pk in leavers.due(now=before):
        yield {"person": pk, "what": "has_things_in_hand"}
    turns = Lead.objects.filter(next_actor__in=leavers.gone(now=before), merged_into=None)
    for pk in turns.values_list("pk", flat=True):
        yield {"lead": pk, "what": "is_the_turn_of_who_left"}


def standing_mirrors_its_sources(now: datetime) -> Iterator[Violation]:
    pairs = ("stage", "owner", "source", "next_side", "next_actor", "next_due_at")
    for name in pairs:
        same = Q(**{name: F(f"lead__{name}")}) | Q(**{f"{name}__isnull": True, f"lead__{name}__isnull": True})
        for pk in Standing.objects.exclude(same).values_list("pk", flat=True).iterator(BATCH):
            yield {"lead": pk, "field": name}
    for pk in Lead.objects.filter(standing=None).values_list("pk", flat=True):
        yield {"lead": pk, "field": "standing"}


def standing_shows_the_desk(now: datetime) -> Iterator[Violation]:
    """Queue, team and nearest clock of a lead in sales' hands are those of its handoff."""
    held = Handoff.objects.open().select_related("lead__standing", "queue").prefetch_related("clocks")
    for handoff in held.iterator(BATCH):
        seat, queue = handoff.lead.standing, handoff.queue
        clocks = [clock.due_at for clock in whose_turn.alive(handoff) if clock.due_at]
        due = min(clocks, default=None)
        team = queue.team_id if queue else None
        if (seat.queue_id, seat.team_id, seat.clock_due_at) != (handoff.queue_id, team, due):
            yield {"lead": handoff.lead_id, "handoff": handoff.pk}


def stored_score_is_recomputed_score(now: datetime) -> Iterator[Violation]:
    """Score, lines and class of every lead, and whether it is where the definition takes it.

    What is due since more than a minute is late; an override that is over counts for nothing. A lead that was
    given up is named and not looked into: that is what killed whoever scored it.
    """
    given_up = Underway.objects.given_up()
    for pk in given_up.order_by("pk").values_list("pk", flat=True).iterator(BATCH):
        yield {"lead": pk, "score": "given_up"}
    late = Standing.objects.filter(rescore_at__lte=now - GRACE, lead__merged_into=None)
    late = late.exclude(pk__in=given_up.values("pk"))
    for pk in late.values_list("pk", flat=True).iterator(BATCH):
        yield {"lead": pk, "score": "late"}
    version = ScoringModel.objects.in_force(now)
    if version is None:
        return
    late_ranges = RescoreRange.objects.waiting(version).filter(version__in_force_from__lte=now - PUBLISHED)
    for first, last in late_ranges.values_list("first", "last"):
        yield {"leads": [first, last], "score": "late"}
    vouched = rescoring.vouched(now=now).order_by("pk").values_list("pk", flat=True)
    for batch in _batches(vouched):
        rows = Standing.objects.in_bulk(batch)
        leads = Lead.objects.filter(pk__in=batch).select_related("company", "campaign")
        for seen, stage in readiness.looked_over(leads, version, now=now):
            row, score = rows[seen.lead.pk], seen.score
            fit, interest = readiness.round_half_up(score.fit), readiness.round_half_up(score.interest)
            if (row.readiness, row.fit, row.interest) != (score.readiness, fit, interest):
                yield {"lead": row.pk, "stored": row.readiness, "score": score.readiness}
            if stage is not None:
                yield {"lead": row.pk, "stage": seen.lead.stage, "definition": stage}
            if row.readiness_class != (code := class_code(seen.model, score)):
                yield {"lead": row.pk, "stored": row.readiness_class, "class": code}
            if abs(fsum(line.points for line in score.lines) - score.readiness) > DUST:
                yield {"lead": row.pk, "lines": "do_not_add_up"}


def clocks_are_sound(now: datetime) -> Iterator[Violation]:
    clocks = Clock.objects.order_by("pk")
    wrong = {
        "runs_on_after_the_end": clocks.filter(ended_at=None)
        .exclude(kind=Clock.ANSWER)
        .exclude(handoff__state__in=Handoff.OPEN),
        "answer_given_and_clock_runs": clocks.filter(kind=Clock.ANSWER, ended_at=None).exclude(
            task__done_at=None
        ),
        "paused_though_the_pause_is_over": clocks.filter(state=Clock.PAUSED).exclude(
            pauses__ends_at__gt=now - GRACE
        ),
        "accept_clock_is_paused": clocks.filter(kind=Clock.ACCEPT, state=Clock.PAUSED),
        "accept_clock_of_a_decided_handoff": clocks.filter(kind=Clock.ACCEPT, ended_at=None).exclude(
            handoff__state=Handoff.OFFERED
        ),
        "breach_not_noticed": clocks.filter(state=Clock.RUNNING, due_at__lt=now - GRACE),
        "breached_at_is_not_due_at": clocks.filter(breached_at__isnull=False).exclude(
            breached_at=F("due_at")
        ),
        "met_after_due": clocks.filter(state=Clock.MET, met_at__gt=F("due_at")),
        "met_late_before_due": clocks.filter(state=Clock.MET_LATE, met_at__lte=F("due_at")),
    }
    for what, found in wrong.items():
        for pk, handoff in found.values_list("pk", "handoff").iterator(BATCH):
            yield {"clock": pk, "handoff": handoff, "what": what}
    told = contacts.outbound().filter(
        lead=OuterRef("handoff__lead"), recorded_at__gte=OuterRef("started_at"),
        recorded_at__lt=now - GRACE, occurred_at__gte=OuterRef("started_at"),
    )  # fmt: skip
    unmet = clocks.filter(kind=Clock.FIRST_CONTACT, state__in=Clock.ALIVE, ended_at=None)
    for pk, handoff in unmet.filter(Exists(told)).values_list("pk", "handoff"):
        yield {"clock": pk, "handoff": handoff, "what": "contact_not_seen"}
    offered = Handoff.objects.filter(state=Handoff.OFFERED, targets__has_key="accept")
    for pk in offered.exclude(clocks__kind=Clock.ACCEPT).values_list("pk", flat=True):
        yield {"handoff": pk, "what": "offered_without_accept_clock"}


def ladders_are_climbed(now: datetime) -> Iterator[Violation]:
    """A step of a clock that goes on is done when its moment comes."""
    missed = Step.objects.filter(state=Step.WAITING, due_at__lt=now - GRACE, clock__ended_at=None)
    for pk, clock in missed.order_by("pk").values_list("pk", "clock").iterator(BATCH):
        yield {"step": pk, "clock": clock}


def chains_follow_one_lead(now: datetime) -> Iterator[Violation]:
    """A reassigned handoff follows one of the same lead that was recalled."""
    linked = Handoff.objects.filter(previous__isnull=False)
    wrong = linked.exclude(previous__lead=F("lead")) | linked.exclude(previous__state=Handoff.RECALLED)
    for pk in wrong.values_list("pk", flat=True):
        yield {"handoff": pk}


def wake_is_kept(now: datetime) -> Iterator[Violation]:
    """A follow-up date stands only at nurture, and never passes unnoticed."""
    wakes = Lead.objects.filter(wake_at__isnull=False, merged_into=None)
    for pk in wakes.exclude(stage=stages.MAL).values_list("pk", flat=True):
        yield {"lead": pk, "what": "wake_outside_nurture"}
    for pk in wakes.filter(wake_at__lt=now - GRACE).values_list("pk", flat=True):
        yield {"lead": pk, "what": "wake_missed"}
    asleep = wakes.filter(stage=stages.MAL)
    for pk in desk.waits_for_reaction(asleep, before=now - GRACE).values_list("pk", flat=True):
        yield {"lead": pk, "what": "reaction_missed"}
    for pk in desk.waits_for_task(asleep, before=now - GRACE).values_list("pk", flat=True):
        yield {"lead": pk, "what": "task_done_and_asleep"}


def opportunities_keep_step(now: datetime) -> Iterator[Violation]:
    """At `opportunity` without an outcome exactly one is open, elsewhere none; an outcome is the latest's."""
    live = Lead.objects.filter(merged_into=None)
    mine = Opportunity.objects.filter(lead=OuterRef("pk"))
    latest = mine.filter(outcome__isnull=False).order_by("-closed_at", "-pk").values("outcome")[:1]
    rows = live.annotate(has_open=Exists(mine.filter(outcome=None)), latest=Subquery(latest))
    proposing = Q(stage=stages.OPPORTUNITY, outcome=None)
    owned = Q(owner__isnull=False) if pipeline.heir(now=now) is None else Q()
    wrong = rows.filter(
        (proposing & owned & Q(has_open=False))
        | (~proposing & Q(has_open=True))
        | (Q(outcome__isnull=False) & (Q(latest=None) | ~Q(latest=F("outcome"))))
    )
    for pk, stage, outcome in wrong.values_list("pk", "stage", "outcome").iterator(BATCH):
        yield {"lead": pk, "stage": stage, "outcome": outcome}
    others = Opportunity.objects.filter(outcome=None).exclude(owner=F("lead__owner"))
    for pk, lead in others.values_list("pk", "lead").iterator(BATCH):
        yield {"lead": lead, "opportunity": pk, "what": "not_the_leads_owner"}
    turns = Opportunity.objects.filter(outcome=None).exclude(owner=F("lead__next_actor"))
    for pk, lead in turns.values_list("pk", "lead").iterator(BATCH):
        yield {"lead": lead, "opportunity": pk, "what": "not_its_owners_turn"}


def meetings_are_sound(now: datetime) -> Iterator[Violation]:
    """A moved meeting has the one in its place, of the same lead; a verdict comes after its beginning."""
    meetings = Meeting.objects.order_by("pk")
    wrong = {
        "moved_nowhere": meetings.filter(state=Meeting.RESCHEDULED, moved_to=None),
        "replaces_another_leads": meetings.filter(replaces__isnull=False).exclude(replaces__lead=F("lead")),
        "replaces_what_was_not_moved": meetings.filter(replaces__isnull=False).exclude(
            replaces__state=Meeting.RESCHEDULED
        ),
        "judged_ahead_of_time": meetings.exclude(verdict="").filter(verdict_at__lt=F("starts_at")),
        "ended_without_a_moment": meetings.exclude(state=Meeting.BOOKED).filter(ended_at=None),
    }
    for what, found in wrong.items():
        for pk, lead in found.values_list("pk", "lead").iterator(BATCH):
            yield {"meeting": pk, "lead": lead, "what": what}


def promoted_leads_go_on(now: datetime) -> Iterator[Violation]:
    """A handoff that was passed on has one of a later lane after it, opened in the same moment."""
    after = Handoff.objects.filter(
        lead=OuterRef("lead"), lane__gt=OuterRef("lane"), created_at__gte=OuterRef("ended_at")
    )
    alone = Handoff.objects.filter(~Exists(after), state=Handoff.PROMOTED, lead__merged_into=None)
    for pk, lead in alone.values_list("pk", "lead").iterator(BATCH):
        yield {"lead": lead, "handoff": pk}


def history_is_in_order(now: datetime) -> Iterator[Violation]:
    """Nothing recorded ahead of time; a correction voids an activity of the same lead."""
    limit = now + timedelta(hours=24) + GRACE
    for pk in Activity.objects.filter(occurred_at__gt=limit).values_list("pk", flat=True):
        yield {"activity": pk, "what": "in_future"}
    other = Activity.objects.filter(voids__isnull=False).exclude(voids__lead=F("lead"))
    for pk in other.values_list("pk", flat=True):
        yield {"activity": pk, "what": "voids_another_leads"}
    for pk in AttributeChange.objects.filter(changed_at__gt=now + GRACE).values_list("pk", flat=True):
        yield {"change": pk, "what": "in_future"}


def messages_have_a_cause(now: datetime) -> Iterator[Violation]:
    """What somebody is told has happened, and its key names the cause and the person."""
    rows = Message.objects.values_list("pk", "key", "handoff", "recipient").order_by("pk")
    known: dict[str, Callable[[set[str]], Any]] = {
        "step": lambda ids: Step.objects.filter(pk__in=ids, state=Step.DONE),
        "breached": lambda ids: Clock.objects.filter(pk__in=ids),
        "verdict": lambda ids: Meeting.objects.filter(pk__in=ids).exclude(verdict=""),
        "asked": lambda ids: Task.objects.filter(pk__in=ids),
        "answered": lambda ids: Task.objects.filter(pk__in=ids, done_at__isnull=False),
        "lost": lambda ids: Lead.objects.filter(pk__in=ids),
        "given": lambda ids: Lead.objects.filter(pk__in=ids),
    }
    for start in _batches(Message.objects.order_by("pk").values_list("pk", flat=True)):
        causes: dict[str, set[str]] = {name: set() for name in known}
        told = [(pk, *_cause(key), handoff, who) for pk, key, handoff, who in rows.filter(pk__in=start)]
        for _pk, name, cause, *_rest in told:
            causes.get(name, set()).add(cause)
        there = {
            name: {str(pk) for pk in find(causes[name]).values_list("pk", flat=True)}
            for name, find in known.items()
        }
        for pk, name, cause, to, handoff, who in told:
            if name in known and cause not in there[name]:
                yield {"message": pk, "what": "nothing_happened"}
            if name in OF_A_HANDOFF and cause != str(handoff):
                yield {"message": pk, "what": "another_handoff"}
            if name not in (*known, *OF_A_HANDOFF, *OF_A_DAY) or (who is not None and to != str(who)):
                yield {"message": pk, "what": "key_says_something_else"}


OF_A_HANDOFF = ("offered", "taken_back", "accepted", "sent_back", "ended", "kept", "undone")
OF_A_DAY = ("nobody", "dead", "supporter")  # whoever supports may have been let go since


def _cause(key: str) -> tuple[str, str, str]:
    """Kind of cause, its number, the person: `verdict:7.2:5` is of the second version of meeting 7."""
    name, _, rest = key.partition(":")
    cause, _, to = rest.rpartition(":")
    return name, cause.partition(".")[0], to


def messages_are_delivered(now: datetime) -> Iterator[Violation]:
    """Delivered means there is a notice, a notice has its message, and nothing lies about."""
    notices = Notice.objects.filter(Q(key=OuterRef("key")) | Q(key=OuterRef("inside")))
    sent = Message.objects.filter(state=Message.SENT, channel=outbox.NOTICE)
    folded = KT(f"body__{digest.INSIDE}")
    messages = Message.objects.annotate(inside=folded).filter(
        Q(key=OuterRef("key")) | Q(inside=OuterRef("key")), state=Message.SENT
    )
    unsent = Message.objects.filter(send_at__lt=now - GRACE)
    wrong: dict[str, Any] = {
        "delivered_to_nowhere": sent.annotate(inside=folded).filter(~Exists(notices)),
        "late": unsent.filter(state=Message.PENDING),
        "lease_ran_out": unsent.filter(state=Message.SENDING, leased_until__lt=now - GRACE),
    }
    for what, found in wrong.items():
        for pk in found.order_by("pk").values_list("pk", flat=True).iterator(BATCH):
            yield {"message": pk, "what": what}
    for pk in Notice.objects.filter(~Exists(messages)).order_by("pk").values_list("pk", flat=True):
        yield {"notice": pk, "what": "nobody_sent_it"}


def steps_tell_once(now: datetime) -> Iterator[Violation]:
    """Everybody a step says it told has one message of it, and nobody has two."""
    of_steps = Message.objects.filter(key__startswith="step:")
    twice = of_steps.values("recipient", said=KT("body__step")).annotate(n=Count("pk")).filter(n__gt=1)
    for row in twice.order_by("said", "recipient"):
        yield {"step": row["said"], "person": row["recipient"], "what": "told_twice"}
    done = Step.objects.filter(state=Step.DONE, outcome__has_key="told").order_by("pk")
    for batch in _batches(done.values_list("pk", flat=True)):
        steps = Step.objects.filter(pk__in=batch).values_list("pk", "outcome")
        wanted = {f"step:{pk}:{who}" for pk, said in steps for told in said["told"].values() for who in told}
        for key in sorted(wanted - set(Message.objects.filter(key__in=wanted).values_list("key", flat=True))):
            yield {"step": int(_cause(key)[1]), "person": int(_cause(key)[2]), "what": "not_told"}


def rules_are_agreed(now: datetime) -> Iterator[Violation]:
    """A version that did not come from a file is a draft both sides said yes to, word for word."""
    published = ScoringModel.objects.filter(from_file=False)
    same = Q(draft__approvals__revision=F("draft__revision"))
    agreed = published.annotate(sides=Count("draft__approvals", filter=same)).filter(
        sides=len(roles.SIDES), body=F("draft__body")
    )
    for number in published.exclude(pk__in=agreed.values("pk")).values_list("version", flat=True):
        yield {"model": number}


def no_hand_raiser_waits_for_another_day(now: datetime) -> Iterator[Violation]:
    """Whose hand goes up while they wait passes the limit of the day at once."""
    version = ScoringModel.objects.in_force(now)
    if version is None:
        return
    held = desk.unheard(Lead.objects.filter(stage=stages.MQL, standing__rescore_at__gt=now).values("pk"))
    for batch in _batches(held.values_list("lead", flat=True)):
        leads = Lead.objects.filter(pk__in=batch).select_related("company", "campaign")
        for seen in readiness.judge_many(leads, version.compiled, now=now):
            if readiness.raises_hand(seen):
                yield {"lead": seen.lead.pk}


CHECKS: tuple[Check, ...] = (
    one_open_handoff_per_lead,
    lead_in_offer_has_its_handoff,
    stage_is_last_transition,
    transitions_are_a_chain,
    open_lead_has_next_actor_and_deadline,
    nobody_who_left_is_waited_for,
    standing_mirrors_its_sources,
    standing_shows_the_desk,
    stored_score_is_recomputed_score,
    no_hand_raiser_waits_for_another_day,
    clocks_are_sound,
    ladders_are_climbed,
    chains_follow_one_lead,
    wake_is_kept,
    opportunities_keep_step,
    meetings_are_sound,
    promoted_leads_go_on,
    history_is_in_order,
    messages_have_a_cause,
    messages_are_delivered,
    steps_tell_once,
    rules_are_agreed,
)


def _batches(keys: Any) -> Iterator[list[int]]:
    batch: list[int] = []
    for key in keys.iterator(BATCH):
        batch.append(key)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
