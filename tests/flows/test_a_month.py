"""A month of the demo company, hour by hour: whatever happens in it, every hour `audit` has nothing to say.

Its people live as in the demo (`config.demo`), each act at its moment; every full hour the sweep does what is
due. Into that come a leave, a holiday nobody knew of, an outage of half a day and two last days. The suite
lives through ten quick days; `TASUKI_MONTH_DAYS=30` makes it a month.
"""

from __future__ import annotations

import os
from collections import Counter
from copy import deepcopy
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db.models import Count, Exists, F, OuterRef, QuerySet

from config import audit, sweep
from config.demo import opening
from config.demo.field import Field
from config.demo.life import Life
from config.demo.marketing import Marketing
from config.demo.sales import Sales
from config.playbook.apply import apply
from config.playbook.check import Playbook, read
from handoff import desk, digest
from handoff.desk.next_steps import NEXT_STEPS, ON_REACTION
from handoff.models import Clock, DueChange, Handoff, Notice
from leads import leavers, stages
from leads.models import Lead, Meeting, Opportunity, Task, User

pytestmark = pytest.mark.django_db

DAYS = int(os.environ.get("TASUKI_MONTH_DAYS", "10"))
QUICK = DAYS / 100  # how long people take for what takes days: a lead must get through both lanes
TOKYO = ZoneInfo("Asia/Tokyo")
MONDAY = date(2026, 11, 9)
GONE = ("tanaka", "kobayashi")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

# One offer goes back in each way; Kobayashi follows up on one herself, and will not be here on its day.
BACK: tuple[tuple[str, dict[str, Any]], ...] = (
    ("", {"reason": "too_early", "next_step": "wake", "days": 2}),
    ("", {"reason": "gathering_info", "next_step": "trigger", "wake_trigger": ON_REACTION}),
    ("", {"reason": "wrong_person", "next_step": "right_person"}),
    ("", {"reason": "bad_data", "next_step": "marketing_fix"}),
    ("", {"reason": "no_problem_fit", "next_step": "disqualify"}),
    ("", {"reason": "someone_on_it", "next_step": "pass_on"}),
    ("kobayashi", {"reason": "too_early", "next_step": "wake", "days": 90, "follow": "me"}),
)


class Month:
    """The company, what is done to it, and what was seen on the way."""

    def __init__(self) -> None:
        self.begins = datetime.combine(MONDAY, time(8), TOKYO)
        self.ends = datetime.combine(MONDAY + DAYS * DAY, time(20), TOKYO)
        self.agreement = deepcopy(read(opening.PLAYBOOK.read_bytes()).sections)
        apply(Playbook(deepcopy(self.agreement)), by=None, now=self.begins - DAY)
        self.life = Life(now=self.ends, days=DAYS, seed=opening.SEED, pace=QUICK)
        self.sales, self.marketing = Sales(self.life), Marketing(self.life, leads_a_day=6)
        Field(self.life, self.sales)
        self.life.on_offer.insert(0, self._is_ours)
        self.to_go_back, self.to_close = list(BACK), [("won", "valid"), ("lost", "invalid")]
        self.seen: Counter[str] = Counter()
        self._plan()

    def live(self) -> None:
        hour = self.begins
        while hour < self.ends:
            hour += HOUR
            self.life.live(until=hour)
            if self.life.has_workers:
                self.sweep(hour)

    def sweep(self, now: datetime) -> None:
        for name, count in sweep.until_done(now=now).items():
            self.seen[name] += count
        assert list(audit.run(now=now)) == [], now.astimezone(TOKYO)
        self.life.look_around(now=now)
        self.seen["hours"] += 1
        self.seen["deputy"] += self.stood_in_for("sato").count()

    def _plan(self) -> None:
        self.marketing.plan()
        at, on = self.life.at, self.on
        at(self.begins + 2 * HOUR, self.sales.go_on_with_what_is_in_hand)
        at(on(1, 10), self._customer_of_tanaka)
        at(on(1, 15), self._sato_goes_on_leave)
        at(on(3, 16), self._tomorrow_is_a_holiday)
        for minute in (2, 4, 6, 8):
            at(on(7, 10, minute), self._raises_a_hand)
        at(on(7, 10, 20), self._lights_out)
        at(on(7, 16, 20), self._lights_on)
        at(on(7, 16, 23), self._all_is_told)
        at(on(7, 17, 30), self._last_day_of("tanaka"))
        at(on(8, 17, 30), self._last_day_of("kobayashi"))

    def on(self, day: int, hour: int, minute: int = 0) -> datetime:
        """A working day of this month, as many tenths of it gone by as `day` says."""
        wanted = MONDAY + day * DAYS // 10 * DAY
        while wanted.weekday() > 4:
            wanted += DAY
        return datetime.combine(wanted, time(hour, minute), TOKYO)

    def _say(self, now: datetime, change: Any) -> None:
        """The agreement is changed and applied again."""
        change(self.agreement)
        apply(Playbook(deepcopy(self.agreement)), by=None, now=now)

    def _is_ours(self, handoff: Handoff, now: datetime) -> None:
        """The first offers go all the way, the next ones back; the others are left to the demo's people."""
        if handoff.lane == 1 and handoff.previous_id is None and handoff.trigger != "wake":
            if self.to_close:
                self.sales.left_alone.add(handoff.lead_id)
                self._goes_all_the_way(handoff, *self.to_close.pop(0), now)
            else:
                self._goes_back(handoff, now)

    # ── all the way ──────────────────────────────────────────────────────────

    def _goes_all_the_way(self, handoff: Handoff, outcome: str, verdict: str, now: datetime) -> None:
        lead, reason = Lead(pk=handoff.lead_id), {} if outcome == "won" else {"reason": "budget"}
        why = {} if verdict == Meeting.VALID else {"reason": "info_only"}

        def meet(at: datetime, by: User) -> None:
            starts_at = self.life.later(at, 480)
            desk.book_meeting(
                lead, by=by, now=at, mode="visit", starts_at=starts_at, ends_at=starts_at + HOUR
            )
            new = desk.promote(self._held(lead), by=by, now=at, to=self.life.staff["yamada"])
            self.life.notice([new.pk], now=at)

        def judge(at: datetime, by: User) -> None:
            desk.judge_meeting(lead.meetings.get(), by=by, now=at, verdict=verdict, **why)

        def propose(at: datetime, by: User) -> None:
            closes = at.date() + 30 * DAY
            desk.open_opportunity(lead, by=by, now=at, amount=Decimal(5_000_000), expected_close=closes)

        def close(at: datetime, by: User) -> None:
            desk.close_opportunity(lead.opportunities.get(), by=by, now=at, outcome=outcome, **reason)

        days: tuple[tuple[int, Any], ...] = (
            (3, lambda at, by: desk.accept(self._held(lead), by=by, now=at)),
            (12, lambda at, by: desk.contact(self._held(lead), by=by, now=at, result="reached")),
            (30, lambda at, by: desk.move(Lead.objects.get(pk=lead.pk), to=stages.SQL, by=by, now=at)),
            (45, meet),
            (60, lambda at, by: desk.accept(self._held(lead), by=by, now=at)),
            (660, judge), (720, propose), (1200, close),
        )  # fmt: skip
        for minutes, act in days:
            self.life.at(self.life.later(now, minutes), lambda at, act=act: act(at, self._whose(lead)))

    def _held(self, lead: Lead) -> Handoff:
        return Handoff.objects.open().select_related("lead", "rep").get(lead=lead)

    def _whose(self, lead: Lead) -> User:
        by = Lead.objects.select_related("next_actor").get(pk=lead.pk).next_actor
        assert by is not None
        return by

    # ── going back ───────────────────────────────────────────────────────────

    def _goes_back(self, handoff: Handoff, now: datetime) -> None:
        alone = not desk.colleagues(handoff, now=now)
        fits = [
            one for one in self.to_go_back
            if one[0] in ("", self._name(handoff.rep)) and not (alone and one[1]["next_step"] == "pass_on")
        ]  # fmt: skip
        if fits:
            self.to_go_back.remove(fits[0])
            self.sales.left_alone.add(handoff.lead_id)
            about = fits[0][1]
            self.life.at(self.life.later(now, 4), lambda at: self._send_back(handoff, dict(about), at))

    def _send_back(self, handoff: Handoff, about: dict[str, Any], now: datetime) -> None:
        held = Handoff.objects.select_related("rep", "lead").get(pk=handoff.pk)
        self.sales.left_alone.discard(held.lead_id)
        if "days" in about:
            about["wake_on"] = now.astimezone(TOKYO).date() + about.pop("days") * DAY
        if about["next_step"] == "pass_on":
            about["to"] = desk.colleagues(held, now=now)[0]
        desk.send_back(held, by=held.rep, now=now, note="一言", **about)
        self.life.look_around(now=now)
        self.sales._hear_from_marketing(held, now)
        if about["next_step"] == "trigger":
            self.life.at(now + DAY, lambda at: self.life.react(held.lead, "page_view", now=at))

    # ── what happens to the company ──────────────────────────────────────────

    def _customer_of_tanaka(self, now: datetime) -> None:
        owner = self.life.staff["tanaka"]
        values = self.marketing.strangers.one(relation="customer", source="紹介", owner=owner)
        self.customer = self.life.meet(values, now=now)
        self.life.react(self.customer, "inquiry", now=now, kind="consult")
        assert Task.objects.get(lead=self.customer).assignee == owner

    def _sato_goes_on_leave(self, now: datetime) -> None:
        first = now.astimezone(TOKYO).date() + DAY
        by, sato = self.life.staff["suzuki"], self.life.staff["sato"]
        desk.take_leave(sato, by=by, now=now, starts_on=first, ends_on=first + DAY)

    def _tomorrow_is_a_holiday(self, now: datetime) -> None:
        day = (now.astimezone(TOKYO).date() + DAY).isoformat()
        closed = {"date": day, "closed": True, "label": {"ja": "臨時休業", "en": "Closed"}}
        self._say(now, lambda said: said["calendars"]["tokyo"]["exceptions"].append(closed))
        self.seen["recounted"] = DueChange.objects.filter(changed_at=now).count()
        assert not DueChange.objects.filter(changed_at=now, new__lte=F("old")).exists()

    def _raises_a_hand(self, now: datetime) -> None:
        """Offered, and nobody answers for the time being."""
        lead = self.life.meet(self.marketing.strangers.one(source="紹介", phone="03-0000-7300"), now=now)
        self.sales.left_alone.add(lead.pk)
        self.life.react(lead, "demo_request", now=now)

    def _lights_out(self, now: datetime) -> None:
        self.life.has_workers = False

    def _lights_on(self, now: datetime) -> None:
        """Half a day later everything is caught up with at once."""
        self.life.has_workers = True
        self.sales.left_alone.clear()
        self.caught_up_at, self.before = now, set(Notice.objects.values_list("pk", flat=True))
        self.seen["behind"] = sum(1 for _ in audit.run(now=now))
        self.sweep(now)

    def _all_is_told(self, now: datetime) -> None:
        """What the ladder had to say of it is one notice for each who is told."""
        self.sweep(now)
        told = Notice.objects.exclude(pk__in=self.before).filter(kind__in=(*digest.FOLDED, digest.DIGEST))
        assert {row["n"] for row in told.values("recipient").annotate(n=Count("pk"))} == {1}
        self.seen["told_at_once"] = max(one.body["count"] for one in told.filter(kind=digest.DIGEST))

    def _last_day_of(self, name: str) -> Any:
        def say(now: datetime) -> None:
            today = now.astimezone(TOKYO).date()
            person = self.agreement["people"][f"{name}@example.com"]
            self._say(now, lambda _: person.update(ends_on=today.isoformat()))
            self.seen[f"held_by_{name}"] = self.life.staff[name].pk in leavers.due(now=now + DAY)

        return say

    def stood_in_for(self, name: str) -> Any:
        theirs = Lead.objects.filter(owner=self.life.staff[name], stage__in=(stages.SAL, stages.SQL))
        return theirs.filter(next_actor=self.life.staff["kobayashi"])

    def _name(self, user: User | None) -> str:
        return user.email.partition("@")[0] if user else ""


def test_a_month() -> None:
    month = Month()
    month.live()
    seen, handoffs = month.seen, Handoff.objects.all()
    assert seen["hours"] >= DAYS * 24, "asked every hour but those of the outage"

    both = {outcome: through_both_lanes().filter(outcome=outcome).count() for outcome in stages.OUTCOMES}
    assert min(both.values()) > 0, both
    assert set(Meeting.objects.values_list("verdict", flat=True)) >= {Meeting.VALID, Meeting.INVALID}
    assert handoffs.filter(lane=1, accepted_at__isnull=False).count() > 5
    assert Clock.objects.filter(breached_at__isnull=False).exists() and seen["climbed"]
    assert handoffs.filter(end_cause="ladder").exists()

    assert not month.to_go_back and not month.to_close
    assert set(NEXT_STEPS) <= set(handoffs.values_list("next_step", flat=True))
    back = set(handoffs.filter(trigger="wake").values_list("evidence__back__by", flat=True))
    assert back >= {"date", "reaction", "task"}

    assert seen["deputy"] > 0 and seen["turned"] > 0, "somebody acted for Sato"
    assert not month.stood_in_for("sato").exists(), "and she is back"
    assert seen["recounted"] > 0, "the late holiday moved clocks that ran"
    assert seen["behind"] > 0, "the outage left something to catch up with"
    assert seen["told_at_once"] > 1, "and a digest told of it"

    assert seen["left"] >= 2 and seen["held_by_tanaka"] > 0 and seen["held_by_kobayashi"] > 0
    assert handoffs.filter(end_cause="member_left").exists()
    gone = [month.life.staff[name] for name in GONE]
    assert not handoffs.open().filter(rep__in=gone).exists()
    assert not Lead.objects.filter(owner__in=gone, outcome=None).exclude(stage=stages.DISQUALIFIED).exists()
    assert Task.objects.get(lead=month.customer).assignee == month.life.staff["takahashi"]


def through_both_lanes() -> QuerySet[Opportunity]:
    """Opportunities of leads that inside sales passed on and field sales took as far as this."""
    passed = Handoff.objects.filter(lead=OuterRef("lead"), lane=1, state=Handoff.PROMOTED)
    proposed = Handoff.objects.filter(lead=OuterRef("lead"), lane=2, state=Handoff.COMPLETED)
    return Opportunity.objects.filter(Exists(passed), Exists(proposed))
