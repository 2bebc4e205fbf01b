"""The picture the demo ends with, whatever hour it is: some offers in time, some nearly late, some late.

Moments are counted back from now in business time, so that a demo begun on a Sunday shows the same.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from config.demo import cast
from config.demo.life import Life
from config.demo.marketing import Marketing
from config.demo.sales import Sales
from handoff import desk
from handoff.models import Handoff
from leads import intake, stages
from leads.models import Lead
from scoring import readiness

HAND_RAISER_MINUTES = 30  # `accept` of a hand-raiser in the playbook of the demo
Raise = Callable[[datetime, str], Lead]


class Today:
    """Plans the last days of a life; the leads it needs are left alone by everybody else."""

    def __init__(self, life: Life, marketing: Marketing, sales: Sales) -> None:
        self.life, self.marketing, self.sales = life, marketing, sales

    def plan(self) -> None:
        ago = self.life.worked_ago
        for minutes, name in ((43, "sato"), (39, "kobayashi"), (35, "sato")):  # overdue
            self._offer(ago(minutes), self._comes_back(name))
        for minutes, name in ((21, "sato"), (17, "kobayashi")):  # at risk: less than 15 minutes left
            self._offer(ago(minutes), self._comes_back(name))
        for minutes, name in ((9, "sato"), (4, "kobayashi")):  # in time
            self._offer(ago(minutes), self._comes_back(name))
        self._offer(ago(210), self._handed_over)  # at risk: four hours, less than one of them left
        self._offer(ago(95), self._handed_over)
        self._offer(ago(13), self._asks_for_a_demo)
        self._accepted(ago(46), 20)  # first contact at risk
        self._accepted(ago(95), 22)  # first contact overdue
        self._accepted(ago(18), 6)  # first contact in time
        self._beside()

    def last_words(self) -> None:
        """The very last moment: a hand goes up, and nobody has routed it yet."""
        values = self.marketing.strangers.one(cast.LEADING[0], source="Webサイト", phone="03-0000-8520")
        lead = intake.receive(values, by=None, now=self.life.now).lead
        told = intake.NewActivity(lead.pk, "demo_request", self.life.now, "web", channel="web")
        intake.record([told], now=self.life.now)
        readiness.rescore([lead.pk], now=self.life.now)

    # ── offers nobody has answered yet ───────────────────────────────────────

    def _offer(self, moment: datetime, ask: Callable[[datetime], None]) -> None:
        self.life.at(moment, ask)

    def _comes_back(self, name: str) -> Callable[[datetime], None]:
        """Somebody a rep sent back asks for a demo, and comes to the same rep again."""

        def ask(now: datetime) -> None:
            lead = self._sent_back_by(name) or self._known_stranger(now)
            self.sales.left_alone.add(lead.pk)
            self.life.react(lead, "demo_request", now=now)
            self._see_that_it_is_with(name, lead, now)

        return ask

    def _see_that_it_is_with(self, name: str, lead: Lead, now: datetime) -> None:
        """Where nobody was sent back yet the rotation may choose somebody else; then Suzuki says who."""
        handoff, to = Handoff.objects.open().get(lead=lead), self.life.staff[name]
        if handoff.rep_id != to.pk:
            suzuki = self.life.staff["suzuki"]
            desk.reassign(handoff, by=suzuki, to=to, now=now, reason="以前の担当者のため")

    def _sent_back_by(self, name: str) -> Lead | None:
        back = Handoff.objects.filter(
            rep__email=f"{name}@example.com", state=Handoff.SENT_BACK,
            lead__stage=stages.MAL, lead__merged_into=None,
        ).exclude(lead__phone="").exclude(lead__in=self.sales.left_alone)  # fmt: skip
        found = back.order_by("ended_at", "pk").select_related("lead").first()
        return found.lead if found else None

    def _asks_for_a_demo(self, now: datetime) -> None:
        lead = self._known_stranger(now)
        self.life.react(lead, "demo_request", now=now)

    def _known_stranger(self, now: datetime, **said: str) -> Lead:
        values = self.marketing.strangers.one(source="Webサイト", **({"phone": "03-0000-7300"} | said))
        lead = self.life.meet(values, now=now)
        self.sales.left_alone.add(lead.pk)
        return lead

    def _handed_over(self, now: datetime) -> None:
        """Miura hands over by hand, with the reason the gate asks for."""
        miura = self.life.staff["miura"]
        values = self.marketing.strangers.one(cast.LEADING[2], source="紹介", phone="011-000-6400")
        lead = self.life.meet(values, now=now - timedelta(minutes=2), by=miura)
        self.sales.left_alone.add(lead.pk)
        desk.move(
            lead, to=stages.MQL, by=miura, now=now,
            note="お客様からのご紹介です。月内に話を聞きたいとのこと。",
            opening_line="ご紹介の経緯から伺ってください。",
        )  # fmt: skip
        self.life.route(now=now)

    # ── accepted, and now the clock of the first contact runs ────────────────

    def _accepted(self, moment: datetime, minutes: float) -> None:
        def ask(now: datetime) -> None:
            lead = self._known_stranger(now)
            self.life.react(lead, "demo_request", now=now)
            handoff = Handoff.objects.open().get(lead=lead)
            self.life.at(self.life.later(now, minutes), lambda at: self._accept(handoff, at))

        self.life.at(moment, ask)

    def _accept(self, handoff: Handoff, now: datetime) -> None:
        held = Handoff.objects.select_related("rep", "lead").get(pk=handoff.pk)
        if held.rep is not None:
            desk.accept(held, by=held.rep, now=now)

    # ── what else there is to see ────────────────────────────────────────────

    def _beside(self) -> None:
        ago = self.life.worked_ago
        self.life.at(ago(200), self._without_a_phone)
        self.life.at(ago(330), self._a_customer)
        self.life.at(ago(700), self._scanner)
        self.life.at(ago(900), self._two_of_one_company)
        self.life.at(ago(420), self._withdrawn)
        self.life.at(ago(1500), self._wants_to_sell)
        self.life.at(ago(6000), self._left_and_came_back)
        self.life.at(ago(5500), self._asks_for_yesterday)
        self.life.at(ago(1100), self._student)

    def _without_a_phone(self, now: datetime) -> None:
        """A hand-raiser who cannot be called: a task for marketing."""
        lead = self._known_stranger(now, phone="")
        self.life.react(lead, "demo_request", now=now)

    def _a_customer(self, now: datetime) -> None:
        """A customer asks: a task of the account's owner, never a new lead for inside sales."""
        tanaka = self.life.staff["tanaka"]
        values = self.marketing.strangers.one(relation="customer", source="Webサイト", owner=tanaka)
        lead = self.life.meet(values, now=now)
        self.life.react(lead, "inquiry", now=now, kind="consult")

    def _scanner(self, now: datetime) -> None:
        """A mail scanner presses every link within seconds: nobody's interest."""
        lead = self._known_stranger(now)
        clicks = [
            intake.NewActivity(
                lead.pk, "email_click", now + timedelta(seconds=number), "email", channel="email",
                content=cast.NEWSLETTERS[2], url=f"https://aozora-systems.example.jp/m/{number}",
            )
            for number in range(4)
        ]  # fmt: skip
        intake.record(clicks, now=now + timedelta(seconds=5))
        self.life.follow_up([lead.pk], now=now + timedelta(seconds=5))

    def _two_of_one_company(self, now: datetime) -> None:
        """Somebody is on it: one contact accepted by a rep, a colleague of theirs waits for an answer."""
        lead = self.life.meet(
            self.marketing.strangers.one(cast.LEADING[1], source="Webサイト", phone="045-000-7700"), now=now
        )
        self.sales.left_alone.add(lead.pk)
        self.life.react(lead, "inquiry", now=now, kind="quote")
        handoff = Handoff.objects.select_related("rep", "lead").get(lead=lead)
        at = now + timedelta(minutes=3)
        self.sales.left_alone.discard(lead.pk)
        self.sales.accept(handoff, at)
        colleague = self.marketing.strangers.one(cast.LEADING[1], source="自然検索", phone="045-000-7701")
        self.life.at(self.life.worked_ago(7), lambda then: self._colleague(colleague, then))

    def _colleague(self, values: dict[str, object], now: datetime) -> None:
        lead = self.life.meet(values, now=now)
        self.sales.left_alone.add(lead.pk)
        self.life.react(lead, "inquiry", now=now, kind="consult", budget="500万円台", timing="3か月以内")

    def _wants_to_sell(self, now: datetime) -> None:
        """Somebody who sells to us is not a fit."""
        lead = self._known_stranger(now)
        self.life.react(lead, "inquiry", now=now, kind="sales_pitch")
        desk.disqualify(lead, by=self.life.staff["miura"], now=now, reason="selling")

    def _left_and_came_back(self, now: datetime) -> None:
        """Marketing looks again at one that was not a fit."""
        lead, miura = self._known_stranger(now), self.life.staff["miura"]
        desk.disqualify(lead, by=miura, now=now, reason="left")
        why = "担当者が変わり、先方から改めてご連絡がありました。"
        again = self.life.later(now, 2400)
        self.life.at(again, lambda at: desk.reopen(lead, by=miura, now=at, reason=why) and None)

    def _student(self, now: datetime) -> None:
        """Offered to a rep, and the manager sees that it is a student looking for a job."""
        lead = self._known_stranger(now)
        self.life.react(lead, "demo_request", now=now)
        suzuki, then = self.life.staff["suzuki"], now + timedelta(minutes=7)
        self.life.at(then, lambda at: desk.disqualify(lead, by=suzuki, now=at, reason="recruiting") and None)

    def _asks_for_yesterday(self, now: datetime) -> None:
        """Sent back with a date, which was yesterday: it came back to the same rep by itself."""
        lead = self._known_stranger(now)
        self.life.react(lead, "demo_request", now=now)
        handoff = Handoff.objects.select_related("rep").get(lead=lead)
        self.sales.left_alone.discard(lead.pk)
        yesterday = self.life.now.astimezone(self.life.zone).date() - timedelta(days=1)
        about = {
            "reason": "too_early",
            "wake_on": yesterday,
            "note": "社内の承認が下りる頃に改めて、とのお話でした。",
        }
        by = handoff.rep
        self.life.at(
            now + timedelta(minutes=6), lambda at: desk.send_back(handoff, by=by, now=at, **about) and None
        )

    def _withdrawn(self, now: datetime) -> None:
        """Marketing takes an offer back: a mistake of its own."""
        lead = self._known_stranger(now)
        self.life.react(lead, "demo_request", now=now)
        self.life.at(self.life.later(now, 12), lambda at: self._take_back(lead, at))

    def _take_back(self, lead: Lead, now: datetime) -> None:
        desk.recycle(
            lead, by=self.life.staff["miura"], now=now, reason="bad_data", next_step="wake",
            wake_on=now.astimezone(self.life.zone).date() + timedelta(days=10), note="検証用の登録でした。",
        )  # fmt: skip
