"""A random walk of legal acts by everybody over ten leads, at all hours: afterwards the audit is silent.

Every act may be refused, as doors refuse, but only in words they know; a crash or a broken invariant is
a counterexample. Both databases walk the same way.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config import audit, sweep
from handoff import desk, pausing, timers
from handoff.models import Clock, Decision, Handoff, QueueMember
from handoff.refusals import Conflict, NotYours
from leads import calendars, intake, stages
from leads.lifecycle import LeadChanged
from leads.models import Calendar, Company, Lead, Meeting, Opportunity, User
from leads.refusals import Quicker, Refused
from leads.stages import StageRefused
from tests.people import fresh, new_lead, react

LEADS = 10
REFUSALS = (Refused, Quicker, NotYours, Conflict, StageRefused, LeadChanged)
BEGIN = datetime(2026, 11, 20, 16, 30, tzinfo=ZoneInfo("Asia/Tokyo"))  # Friday, before a long weekend
REACTIONS = (
    "page_view", "pricing_view", "document_download", "webinar_attended", "inquiry", "demo_request",
    "unsubscribe", "email_open",
)  # fmt: skip
REASONS = ("too_early", "gathering_info", "no_problem_fit", "other", "wrong_person", "no_contact")
RESULTS = ("reached", "no_answer", "gatekeeper", "call_back", "meeting_set", "declined", "email_sent")
EDITS = ({"phone": ""}, {"phone": "03-1111-2222"}, {"do_not_contact": True}, {"do_not_contact": False})
PAUSES = (1, 20, 90, 60 * 5, 60 * 24, 60 * 24 * 3, 60 * 24 * 40, 60 * 24 * 200)  # minutes
NAMES = ("miura", "suzuki", "sato", "kobayashi", "tanaka", "yamada", "takahashi")


class Walk:
    """The world at one moment, and one method per act. `pick` chooses by a drawn number."""

    def __init__(self) -> None:
        self.now = BEGIN
        self.people = {one.email.partition("@")[0]: one for one in User.objects.all()}
        self.leads = [new_lead(now=BEGIN).pk for _ in range(LEADS)]

    def lead(self, n: int) -> Lead:
        return fresh(Lead(pk=self.leads[n % LEADS]))

    def handoff(self, n: int) -> Handoff | None:
        return Handoff.objects.filter(lead=self.leads[n % LEADS]).order_by("-pk").first()

    def person(self, n: int) -> User:
        return self.people[NAMES[n % len(NAMES)]]

    def rep_of(self, handoff: Handoff, n: int) -> User:
        """Mostly whoever should, now and then anybody."""
        return handoff.rep if handoff.rep and n % 5 else self.person(n)

    # what happens of itself

    def time_passes(self, n: int, m: int) -> None:
        self.now += timedelta(minutes=PAUSES[m % len(PAUSES)], seconds=n % 60)

    def sweep(self, n: int, m: int) -> None:
        sweep.until_done(now=self.now)

    def react(self, n: int, m: int) -> None:
        kind = REACTIONS[m % len(REACTIONS)]
        react(self.lead(n), kind, at=self.now - timedelta(minutes=m % 50), now=self.now, kind="quote")

    def edit(self, n: int, m: int) -> None:
        intake.edit(self.lead(n), EDITS[m % len(EDITS)], by=self.person(m), now=self.now)

    def relation(self, n: int, m: int) -> None:
        lead = self.lead(n)
        value = ("prospect", "customer", "competitor", "prospect")[m % 4]
        intake.edit(lead, {"company": {"name": lead.company.name, "relation": value}}, by=None, now=self.now)

    def company_owner(self, n: int, m: int) -> None:
        Company.objects.filter(pk=self.lead(n).company_id).update(owner=self.person(m) if m % 2 else None)

    def come_and_go(self, n: int, m: int) -> None:
        QueueMember.objects.filter(user=self.person(n)).update(is_active=m % 3 > 0)

    def holiday(self, n: int, m: int) -> None:
        body = dict(Calendar.objects.get(slug="tokyo").body)
        day = (self.now + timedelta(days=n % 4)).date().isoformat()
        body["overrides"] = {day: [] if m % 2 else ["10:00-16:00"]}
        calendars.save("tokyo", body, by=None, now=self.now)

    # what people do

    def accept(self, n: int, m: int) -> None:
        if handoff := self.handoff(n):
            desk.accept(handoff, by=self.rep_of(handoff, m), now=self.now, version=handoff.version)

    def send_back(self, n: int, m: int) -> None:
        if handoff := self.handoff(n):
            desk.send_back(
                handoff, by=self.rep_of(handoff, m), now=self.now, reason=REASONS[m % len(REASONS)],
                note="一言" if m % 2 else "", follow="me" if m % 7 == 0 else "marketing",
            )  # fmt: skip

    def undo(self, n: int, m: int) -> None:
        """One of the last answers, mostly by whoever gave it."""
        answers = Decision.objects.exclude(kind="snooze").order_by("-pk")
        if last := answers[n % 3 : n % 3 + 1].first():
            desk.undo(last.handoff, by=last.by if m % 5 else self.person(m), now=self.now)

    def contact(self, n: int, m: int) -> None:
        if handoff := self.handoff(n):
            step = (self.now + timedelta(days=m % 9)).date() if m % 3 == 0 else None
            desk.contact(
                handoff, by=self.rep_of(handoff, m), now=self.now, result=RESULTS[m % len(RESULTS)],
                next_step_on=step,
            )  # fmt: skip

    def pause(self, n: int, m: int) -> None:
        if handoff := self.handoff(n):
            pausing.pause(
                handoff, clock=pausing.KINDS[m % 3], reason="customer_date", by=self.rep_of(handoff, m),
                until=self.now + timedelta(hours=1 + n * 9), now=self.now,
            )  # fmt: skip

    def resume(self, n: int, m: int) -> None:
        if handoff := self.handoff(n):
            pausing.resume(
                handoff, clock=pausing.KINDS[m % 3], by=self.rep_of(handoff, m), now=self.now
            )  # fmt: skip

    def excuse(self, n: int, m: int) -> None:
        late = Clock.objects.filter(handoff__lead=self.leads[n % LEADS], breached_at__isnull=False)
        if clock := late.first():
            desk.excuse(clock, by=self.people["suzuki"], now=self.now, reason="停電")

    def evidence(self, n: int, m: int) -> None:
        """The telephone system tells of a call of the last hours."""
        told = intake.NewActivity(
            lead_id=self.leads[n % LEADS], type="call_attempt", source="cti", actor=self.person(m),
            occurred_at=self.now - timedelta(hours=m % 26), external_id=f"{n}-{m}-{self.now.isoformat()}",
        )  # fmt: skip
        intake.record([told], now=self.now)
        timers.see_contacts([told.lead_id], now=self.now)

    def reassign(self, n: int, m: int) -> None:
        if handoff := self.handoff(n):
            to = {"queue": handoff.queue} if m % 3 == 0 and handoff.queue else {"to": self.person(m)}
            desk.reassign(handoff, by=self.people["suzuki"], now=self.now, reason="交代", **to)

    def move(self, n: int, m: int) -> None:
        lead = self.lead(n)
        to = stages.STAGES[1:][m % 6]
        by = lead.owner or self.person(m)
        desk.move(lead, to=to, by=by, now=self.now, reason=REASONS[m % 3], note="一言", version=lead.version)

    def recycle(self, n: int, m: int) -> None:
        desk.recycle(self.lead(n), by=self.person(m), now=self.now, reason=REASONS[m % len(REASONS)])

    def disqualify(self, n: int, m: int) -> None:
        desk.disqualify(self.lead(n), by=self.person(m), now=self.now, reason="selling")

    def reopen(self, n: int, m: int) -> None:
        desk.reopen(self.lead(n), by=self.person(m), now=self.now, reason="やはり対象")

    # further down the path

    def owner_of(self, lead: Lead, n: int) -> User:
        return lead.owner if lead.owner and n % 7 else self.person(n)

    def promote(self, n: int, m: int) -> None:
        if handoff := self.handoff(n):
            to = {"to": self.people["tanaka"]} if m % 3 else {}
            by = self.owner_of(handoff.lead, m)
            desk.promote(handoff, by=by, now=self.now, reason="急ぎ" if m % 2 else "", **to)

    def book(self, n: int, m: int) -> None:
        lead = self.lead(n)
        at = self.now + timedelta(hours=m - 20)
        span = {"starts_at": at, "ends_at": at + timedelta(minutes=30)}
        desk.book_meeting(lead, by=self.owner_of(lead, m), now=self.now, mode="phone", **span)

    def meeting(self, n: int) -> Meeting | None:
        return Meeting.objects.filter(lead=self.leads[n % LEADS]).order_by("-pk").first()

    def move_meeting(self, n: int, m: int) -> None:
        if one := self.meeting(n):
            moved = {"ends_at": one.ends_at + timedelta(hours=m % 5)}
            desk.change_meeting(one, by=self.owner_of(one.lead, m), now=self.now, **moved)

    def end_meeting(self, n: int, m: int) -> None:
        if one := self.meeting(n):
            state = ("held", "no_show", "cancelled")[m % 3]
            desk.change_meeting(one, by=self.owner_of(one.lead, m), now=self.now, state=state)

    def judge(self, n: int, m: int) -> None:
        if one := self.meeting(n):
            said = {"verdict": "valid"} if m % 2 else {"verdict": "invalid", "reason": "info_only"}
            desk.judge_meeting(one, by=self.owner_of(one.lead, m), now=self.now, **said)

    def propose(self, n: int, m: int) -> None:
        lead, closes = self.lead(n), (self.now + timedelta(days=m)).date()
        by = self.owner_of(lead, m)
        desk.open_opportunity(lead, by=by, now=self.now, amount=Decimal(m), expected_close=closes)

    def opportunity(self, n: int) -> Opportunity | None:
        return Opportunity.objects.filter(lead=self.leads[n % LEADS]).order_by("-pk").first()

    def refigure(self, n: int, m: int) -> None:
        if one := self.opportunity(n):
            wish = {"owner": self.person(m)} if m % 4 == 0 else {"next_step_on": self.now.date()}
            desk.change_opportunity(one, by=self.owner_of(one.lead, m), now=self.now, **wish)

    def close(self, n: int, m: int) -> None:
        if one := self.opportunity(n):
            end = {"outcome": "won"} if m % 2 else {"outcome": "lost", "reason": "budget"}
            desk.close_opportunity(one, by=self.owner_of(one.lead, m), now=self.now, **end)

    def go_on(self, n: int, m: int) -> None:
        lead = self.lead(n)
        desk.reopen(lead, by=self.owner_of(lead, m), now=self.now, reason="続き")

    def route(self, n: int, m: int) -> None:
        if handoff := self.handoff(n):
            desk.route([handoff.pk], now=self.now)


ACTS = (
    *["react"] * 4, *["time_passes"] * 3, *["sweep"] * 3, *["accept"] * 3, *["send_back"] * 2, *["undo"] * 4,
    *["contact"] * 2, *["pause"] * 2, "resume", "excuse", "evidence", "reassign", "reassign", "move", "move",
    "recycle", "disqualify", "reopen", "route", "edit", "relation", "company_owner", "come_and_go", "holiday",
    "promote", "promote", "book", "book", "move_meeting", "end_meeting", "judge", "judge", "propose",
    "propose", "refigure", "close", "close", "go_on",
)  # fmt: skip
acts = st.lists(
    st.tuples(st.sampled_from(ACTS), st.integers(0, 59), st.integers(0, 59)),
    min_size=30,
    max_size=90,
)


@contextmanager
def undone() -> Iterator[None]:
    """Each walk begins in the same house."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(acts=acts)
def test_whatever_people_do_the_house_stays_in_order(house, acts):
    with undone():
        walk = Walk()
        for name, n, m in acts:
            with suppress(*REFUSALS):
                getattr(walk, name)(n, m)
        sweep.until_done(now=walk.now)
        assert list(audit.run(now=walk.now)) == []
