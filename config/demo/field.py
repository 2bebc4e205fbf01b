"""What becomes of a qualified lead: a meeting, the hand to field sales, a verdict, a proposal, its end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import cycle
from random import Random

from config.demo import words
from config.demo.life import BUSINESS_DAY, Life, acting
from config.demo.sales import LANE, Sales
from handoff import desk, pausing
from handoff.models import Clock, Handoff
from leads.models import Lead, Meeting, Opportunity, User

TO_FIELD = 0.8  # share of the qualified ones that get a meeting
HOURS = (time(10), time(11), time(13, 30), time(15), time(16, 30))
MODES = (Meeting.ONLINE, Meeting.ONLINE, Meeting.VISIT, Meeting.PHONE)
MOVED, NOT_SHOWN = 0.12, 0.2  # shares of all meetings, adding up
GOLDEN = (5**0.5 - 1) / 2
VALID = 0.72
INVALID = ("no_decider", "no_problem", "no_timing", "info_only")
ENDS = (Opportunity.WON, Opportunity.LOST, None, Opportunity.LOST, Opportunity.WON, None)  # in turn
WHY_LOST = ("budget", "timing", "approval", "competitor", "no_change", "faded", "missing_feature", "price")
RIVALS = ("在庫ナビ", "StockPilot", "ロジキーパー")
MILLION = 1_000_000


class Field:
    """Field sales, with chance of its own: what they do leaves the mornings of everybody else alone."""

    def __init__(self, life: Life, sales: Sales) -> None:
        self.life, self.rng, self.ends = life, Random("field"), cycle(ENDS)
        self.met = 0
        sales.on_qualified.append(self.meet_some_time)
        life.on_offer.append(self.answer_some_time)

    # ── a meeting, and with it to the next lane ──────────────────────────────

    def meet_some_time(self, handoff: Handoff, now: datetime) -> None:
        if self.rng.random() < TO_FIELD:
            moment = self.life.days_later(now, self.rng.uniform(0.2, 2))
            self._with(handoff, moment, self._book_and_promote, Handoff.ACCEPTED)

    def _book_and_promote(self, handoff: Handoff, now: datetime) -> None:
        by = acting(handoff)
        self._book(handoff.lead, by, now, days=self.rng.uniform(2, 7))
        new = desk.promote(handoff, by=by, now=now, note=words.passed_on(by, self.rng))
        self.life.route(now=now)
        self.life.notice([new.pk], now=now)

    def _book(self, lead: Lead, by: User, now: datetime, *, days: float) -> None:
        mode = self.rng.choice(MODES)
        starts_at = self._slot(now, days)
        meeting = desk.book_meeting(
            lead, by=by, now=now, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1), mode=mode,
            place=lead.company.prefecture if mode == Meeting.VISIT and lead.company else "",
            url="https://meet.example.com/" + str(lead.pk) if mode == Meeting.ONLINE else "",
            confirmed=dict.fromkeys(self.rng.sample(Meeting.CONFIRMED, self.rng.randint(1, 3)), True),
        )  # fmt: skip
        self._expect(meeting)

    def _slot(self, now: datetime, days: float) -> datetime:
        """A whole hour of a day on which people work."""
        hour, tomorrow = self.rng.choice(HOURS), self._day(self.life.later(now, BUSINESS_DAY))
        moment = datetime.combine(self._day(self.life.days_later(now, days)), hour, self.life.zone)
        return moment if moment > now else datetime.combine(tomorrow, hour, self.life.zone)

    # ── the other lane answers ───────────────────────────────────────────────

    def answer_some_time(self, handoff: Handoff, now: datetime) -> None:
        if handoff.lane == LANE:
            return
        share = self.rng.uniform(0.1, 0.8) if self.rng.random() < 0.9 else self.rng.uniform(1.1, 1.4)
        moment = self.life.later(now, share * handoff.targets.get("accept", 240))
        self._with(handoff, moment, self._accept, Handoff.OFFERED)

    def _accept(self, handoff: Handoff, now: datetime) -> None:
        desk.accept(handoff, by=acting(handoff), now=now)
        call = self.life.days_later(now, self.rng.uniform(0.2, 0.8))
        self._with(handoff, call, self._greet, Handoff.ACCEPTED)

    def _greet(self, handoff: Handoff, now: datetime) -> None:
        desk.contact(handoff, by=acting(handoff), now=now, result="email_sent", note="")
        if self.rng.random() < 0.08 and Clock.objects.filter(
            handoff=handoff, kind=Clock.REPORT, state=Clock.RUNNING
        ):
            until = self._day(now) + timedelta(days=self.rng.randint(5, 14))
            pausing.pause(
                handoff, clock=Clock.REPORT, reason="customer_date", until=until, by=acting(handoff), now=now
            )

    # ── the meeting ──────────────────────────────────────────────────────────

    def _expect(self, meeting: Meeting) -> None:
        self.met += 1
        luck = self.met * GOLDEN % 1  # spread evenly: the fifth meeting is moved, the tenth sees nobody
        if luck < MOVED:
            self._at(meeting, meeting.starts_at - timedelta(hours=3), self._move)
        elif luck < NOT_SHOWN:
            self._at(meeting, meeting.starts_at + timedelta(minutes=25), self._nobody_came)
        else:
            late = self.rng.uniform(5, 400) if self.rng.random() < 0.9 else self.rng.uniform(700, 1200)
            self._at(meeting, self.life.later(meeting.ends_at, late), self._judge)

    def _move(self, meeting: Meeting, now: datetime) -> None:
        starts_at = self._slot(now, self.rng.uniform(2, 6))
        moved = desk.change_meeting(
            meeting, by=_host(meeting), now=now, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1)
        )
        self._expect(moved)

    def _nobody_came(self, meeting: Meeting, now: datetime) -> None:
        desk.change_meeting(meeting, by=_host(meeting), now=now, state=Meeting.NO_SHOW)
        self._book(meeting.lead, _host(meeting), now, days=self.rng.uniform(2, 5))

    def _judge(self, meeting: Meeting, now: datetime) -> None:
        by, is_valid = _host(meeting), self.rng.random() < VALID
        handoff = desk.open_handoff(meeting.lead)
        if not is_valid:
            reason = self.rng.choice(INVALID)
            desk.judge_meeting(meeting, by=by, now=now, verdict=Meeting.INVALID, reason=reason)
            if handoff is not None and handoff.state == Handoff.ACCEPTED:
                later = now + timedelta(minutes=8)
                self._with(handoff, later, self._send_back, Handoff.ACCEPTED)
            return
        desk.judge_meeting(meeting, by=by, now=now, verdict=Meeting.VALID)
        if handoff is not None:
            moment = self.life.days_later(now, self.rng.uniform(0.3, 3))
            self._with(handoff, moment, self._propose, Handoff.ACCEPTED)

    def _send_back(self, handoff: Handoff, now: datetime) -> None:
        by = acting(handoff)
        day = self._day(now) + timedelta(days=self.rng.randint(40, 120))
        note = words.why("too_early", by, self.rng)
        desk.send_back(handoff, by=by, now=now, reason="too_early", next_step="wake", wake_on=day, note=note)

    # ── the proposal ─────────────────────────────────────────────────────────

    def _propose(self, handoff: Handoff, now: datetime) -> None:
        today = self._day(now)
        moment = self.life.days_later(now, self.rng.uniform(3, 14))
        opportunity = desk.open_opportunity(
            handoff.lead, by=acting(handoff), now=now,
            amount=Decimal(self.rng.randint(8, 120)) * MILLION / 10,
            expected_close=today + timedelta(days=self.rng.randint(20, 80)),
            next_step_on=self._day(moment),
        )  # fmt: skip
        self.life.at(moment, lambda at: self._decide(opportunity.pk, at))

    def _decide(self, pk: int, now: datetime) -> None:
        held = Opportunity.objects.select_related("lead", "owner").get(pk=pk)
        if held.outcome is not None:
            return
        outcome = next(self.ends)
        if outcome == Opportunity.WON:
            desk.close_opportunity(held, by=held.owner, now=now, outcome=Opportunity.WON)
        elif outcome == Opportunity.LOST:
            reason = self.rng.choice(WHY_LOST)
            rival = self.rng.choice(RIVALS) if reason == "competitor" else ""
            desk.close_opportunity(
                held, by=held.owner, now=now, outcome=Opportunity.LOST, reason=reason, competitor=rival
            )
        else:
            moment = self.life.days_later(now, self.rng.uniform(4, 9))
            new = {"next_step_on": self._day(moment)}
            if held.expected_close <= new["next_step_on"]:
                new["expected_close"] = new["next_step_on"] + timedelta(days=30)
            desk.change_opportunity(held, by=held.owner, now=now, **new)
            self.life.at(moment, lambda at: self._decide(pk, at))

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(self.life.zone).date()

    # ── later, if it is still so then ────────────────────────────────────────

    def _with(
        self, handoff: Handoff, moment: datetime, act: Callable[[Handoff, datetime], None], state: str
    ) -> None:
        pk, rep = handoff.pk, handoff.rep_id

        def then(now: datetime) -> None:
            held = Handoff.objects.select_related("rep", "lead__company", "queue").get(pk=pk)
            if held.state == state and held.rep_id == rep:
                act(held, now)

        self.life.at(moment, then)

    def _at(self, meeting: Meeting, moment: datetime, act: Callable[[Meeting, datetime], None]) -> None:
        pk = meeting.pk

        def then(now: datetime) -> None:
            held = Meeting.objects.select_related("lead__company", "lead__owner").get(pk=pk)
            if held.state == Meeting.BOOKED and held.lead.owner is not None and held.lead.is_open:
                act(held, now)

        self.life.at(moment, then)


def _host(meeting: Meeting) -> User:
    """Whose lead it is, or who stands in for them."""
    held = desk.open_handoff(meeting.lead)
    by = acting(held) if held is not None and held.state == Handoff.ACCEPTED else meeting.lead.owner
    assert by is not None
    return by
