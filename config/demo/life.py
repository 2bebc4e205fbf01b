"""How the days of the demo company pass: acts in the order of their moments, each through a door.

Every door is told the moment of its act as `now`, so that the rows tell a life and not the second in which
they were written. What nobody waits for (a page view, an address) is scored once a business day, in one go.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from datetime import datetime, time, timedelta
from itertools import count
from random import Random
from typing import Any

from django.db.models import QuerySet

from handoff import desk, outbox
from handoff.models import Handoff, Step
from leads import business_time, intake
from leads.absence import Absences
from leads.models import Campaign, Lead, Team, User
from scoring import readiness

Act = Callable[[datetime], None]
Offered = Callable[[Handoff, datetime], None]

EARS = (time(10, 20), time(15, 40))  # local times, in turn, at which small things are heard of
SATURDAY = 5
SCORED_AGAIN_EVERY_DAYS = 14
MINUTE = timedelta(minutes=1)
BUSINESS_DAY = 480  # minutes


class Life:
    """From `began` to `now`; `rng` is the only chance there is, so the same `now` gives the same life.

    `pace`: how long people take for what takes days, as a share of what they usually take.
    `has_workers`: while it is not so nothing happens by itself; what people do is kept all the same.
    """

    def __init__(self, *, now: datetime, days: int, seed: int, pace: float = 1) -> None:
        self.now, self.days, self.rng, self.pace = now, days, Random(seed), pace
        self.has_workers = True
        self.zone = team_hours().timezone
        today = now.astimezone(self.zone).date()
        self.began = datetime.combine(today - timedelta(days=days), time(8), self.zone)
        self.hours = team_hours()
        self.staff = {user.email.partition("@")[0]: user for user in User.objects.order_by("pk")}
        self.on_offer: list[Offered] = []
        self._acts: list[tuple[datetime, int, Act]] = []
        self._small: list[tuple[datetime, int, intake.NewActivity]] = []
        self._new: set[int] = set()
        self._noticed: set[int] = set()
        self._order = count()
        self._plan_days()

    # ── what is going to happen ──────────────────────────────────────────────

    def at(self, moment: datetime, act: Act) -> None:
        """Have this happen; what would come after `now` never does."""
        if moment <= self.now:
            heapq.heappush(self._acts, (moment, next(self._order), act))

    def hear_of(self, moment: datetime, told: intake.NewActivity) -> None:
        """A small thing happens at a moment; it is heard of at the next of `EARS`."""
        if moment <= self.now:
            heapq.heappush(self._small, (moment, next(self._order), told))

    def live(self, *, until: datetime, tell: Callable[[int], None] = lambda day: None) -> None:
        """Let it all happen up to a moment, and from there on when asked again; `tell` hears the day."""
        while self._acts and self._acts[0][0] <= until:
            moment, _, act = heapq.heappop(self._acts)
            self._climb(before=moment)
            act(moment)
            tell((moment - self.began).days)

    def _plan_days(self) -> None:
        for day in range(self.days + 1):
            self.at(self._local(day, time(0, 5)), self._wake)
            ear = self._local(day, EARS[day % len(EARS)])
            if ear.weekday() < SATURDAY:
                self.at(ear, self._listen)
            if day % SCORED_AGAIN_EVERY_DAYS == 0:
                self.at(self._local(day, time(7)), self._score_again)

    def _local(self, day: int, at: time) -> datetime:
        return datetime.combine(self.began.date() + timedelta(days=day), at, self.zone)

    # ── moments ──────────────────────────────────────────────────────────────

    def worked_ago(self, minutes: float) -> datetime:
        """The latest moment from which `minutes` of business time have passed until now."""
        low, high = self.now - timedelta(days=60), self.now
        wanted = timedelta(minutes=minutes)
        while high - low > timedelta(seconds=1):
            middle = low + (high - low) / 2
            low, high = (middle, high) if self.hours.elapsed(middle, self.now) >= wanted else (low, middle)
        return low.replace(microsecond=0)

    def later(self, since: datetime, minutes: float) -> datetime:
        """After so many minutes of business time."""
        due = self.hours.due(since, timedelta(minutes=minutes)).due_at
        assert due is not None
        return due

    def days_later(self, since: datetime, days: float) -> datetime:
        """After what takes people so many business days."""
        return self.later(since, days * BUSINESS_DAY * self.pace)

    def some_time(self, day: float, *, office: bool = True) -> datetime:
        """A moment on a day of this life: in office hours, or whenever people are awake."""
        date = self.began.date() + timedelta(days=int(day))
        begin, hours = (9, 9) if office else (7, 16)
        minutes = begin * 60 + self.rng.random() * hours * 60
        return datetime.combine(date, time(), self.zone) + timedelta(minutes=round(minutes, 1))

    # ── what happens, by the doors ───────────────────────────────────────────

    def meet(self, values: dict[str, Any], *, now: datetime, by: User | None = None) -> Lead:
        """A lead comes in; its score can wait until somebody listens."""
        lead = intake.receive(values, by=by, now=now).lead
        self._new.add(lead.pk)
        return lead

    def react(self, lead: Lead, type: str, *, now: datetime, content: str = "", **data: Any) -> None:
        """Something that somebody waits for: taken in, scored and handed over within the same second."""
        told = intake.NewActivity(lead.pk, type, now, "web", channel="web", content=content, data=data)
        intake.record([told], now=now)
        self.follow_up([lead.pk], now=now)

    def follow_up(self, lead_ids: Iterable[int], *, now: datetime) -> None:
        """What the workers do after a fact."""
        if self.has_workers:
            readiness.rescore(lead_ids, now=now)
            self.route(now=now)

    def route(self, *, now: datetime) -> None:
        """Waiting handoffs are offered; whoever gets one begins to act on it."""
        waiting = desk.waiting_due(now=now) if self.has_workers else []
        if waiting:
            desk.route(waiting, now=now)
            self.notice(waiting, now=now)

    def notice(self, handoff_ids: Iterable[int], *, now: datetime) -> None:
        self._see(Handoff.objects.filter(pk__in=list(handoff_ids)), now=now)

    def look_around(self, *, now: datetime) -> None:
        """Whatever is offered by now, by whomever: those it is offered to begin to act on it."""
        self._see(Handoff.objects.exclude(pk__in=self._noticed), now=now)

    def _see(self, handoffs: QuerySet[Handoff], *, now: datetime) -> None:
        found = handoffs.filter(state=Handoff.OFFERED).order_by("pk").select_related("rep", "lead")
        for handoff in found:
            self._noticed.add(handoff.pk)
            for act in self.on_offer:
                act(handoff, now)

    def is_at_work(self, name: str, *, now: datetime) -> bool:
        """Whether this person works here still, and is not on leave."""
        user = User.objects.get(pk=self.staff[name].pk)
        return user.works_here(now) and Absences.read(now=now).at(user.pk, now) is None

    def _climb(self, *, before: datetime) -> None:
        """Steps of the ladder, each at its moment; what is taken back is offered again."""
        if not self.has_workers:
            return
        waiting = Step.objects.filter(state=Step.WAITING, due_at__lt=before, clock__ended_at=None)
        while due := waiting.order_by("due_at").values_list("due_at", flat=True).first():
            if not desk.climb(desk.steps_due(now=due), now=due):
                break
            self.route(now=due)

    def _listen(self, now: datetime) -> None:
        told = []
        while self._small and self._small[0][0] <= now:
            told.append(heapq.heappop(self._small)[2])
        intake.record(told, now=now)
        self.follow_up(sorted({one.lead_id for one in told} | self._new), now=now)
        self._new.clear()
        while self.has_workers and outbox.deliver(now=now):
            pass

    def _wake(self, now: datetime) -> None:
        if self.has_workers and (waking := desk.due_wakes(now=now)):
            desk.wake(waking, now=now)
            self.route(now=now)

    def _score_again(self, now: datetime) -> None:
        """Time alone moves scores too; the sweep at the end makes every one of them true."""
        while self.has_workers and readiness.sweep(now=now):
            pass
        self.route(now=now)


def acting(handoff: Handoff) -> User:
    """Whose turn it is at an accepted handoff: its owner's, or of who stands in for them."""
    by = handoff.lead.next_actor if handoff.state == Handoff.ACCEPTED else handoff.rep
    assert by is not None
    return by


def team_hours() -> business_time.Calendar:
    return Team.objects.select_related("calendar").order_by("pk")[0].calendar.hours


def campaign(external_id: str, name: str, *, now: datetime) -> Campaign:
    return Campaign.objects.get_or_create(
        external_id=external_id, defaults={"name": name, "recorded_at": now}
    )[0]
