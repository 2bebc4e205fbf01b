"""How leads come to the demo company and what they do then: most of them little, some of them a lot."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from config.demo import cast
from config.demo.life import Life, campaign
from config.demo.strangers import Strangers
from leads import intake, lifecycle, stages
from leads.models import Campaign, Lead, User

LEADS_A_DAY = 1.7
COLD, WARM, HOT = 0.52, 0.83, 1.0  # how keen people are: shares of all, adding up
SMALL = ("page_view", "email_open", "page_view", "email_click", "page_view", "pricing_view")
TELLING = (
    "document_download",
    "pricing_view",
    "webinar_attended",
    "email_click",
    "document_download",
    "pricing_view",
)
RAISED = ("demo_request", "inquiry", "demo_request", "inquiry")
KINDS = ("consult", "quote", "consult")


class Marketing:
    """Fills the days of a life with leads and with what they do."""

    def __init__(self, life: Life, *, leads_a_day: float = LEADS_A_DAY) -> None:
        self.life, self.rng, self.leads_a_day = life, life.rng, leads_a_day
        self.answers = Random("what they say of budget and timing")
        self.strangers = Strangers(life.rng)
        self.fairs: dict[int, Campaign] = {}

    def plan(self) -> None:
        self.life.at(self.life.began + timedelta(hours=1), self._bring_the_old_list)
        self._plan_events()
        for place in range(round(self.life.days * self.leads_a_day)):
            self._plan_one(self.life.some_time(self.rng.random() * self.life.days, office=False), place)

    # ── the first day ────────────────────────────────────────────────────────

    def _bring_the_old_list(self, now: datetime) -> None:
        """What the company knew before Tasuki: contacts, and a few that sales had in hand already."""
        staff, known = self.life.staff, []
        hands = [(stages.SQL, "tanaka"), (stages.SQL, "yamada"), (stages.SAL, "sato"), (stages.SQL, "takahashi"),  # noqa: E501
                 (stages.SAL, "kobayashi")]  # fmt: skip
        for place in range(max(12, self.life.days // 3)):
            stage, owner = hands[place] if place < len(hands) else ("", "")
            relation = "customer" if place in (6, 9, 14) else "prospect"
            values = self.strangers.one(
                relation=relation, source=cast.LIST, external_id=f"CRM-{place + 1:04d}"
            )
            values["created_at"] = now - timedelta(days=30 + 11 * place)
            lead = self._from_the_list(values, stage, staff.get(owner), now=now)
            if place == 5:
                lifecycle.move(lead.pk, to=stages.MQL, cause=stages.IMPORT, now=now)
            known.append(lead)
            self._small_things(lead, after=now, many=self.rng.randint(0, 4))
        self.life.follow_up([lead.pk for lead in known], now=now)

    def _from_the_list(
        self, values: dict[str, Any], stage: str, owner: User | None, *, now: datetime
    ) -> Lead:
        values["phone"] = values["phone"] or "03-0000-4100"
        if owner is not None:
            values["owner"] = owner
        lead = intake.receive(values, by=None, now=now, cause=stages.IMPORT).lead
        if stage:
            lifecycle.move(lead.pk, to=stage, cause=stages.IMPORT, now=now)
        return lead

    # ── every day ────────────────────────────────────────────────────────────

    def _plan_events(self) -> None:
        """A fair in the middle, and a webinar every four weeks: many cards on one day."""
        self._plan_event(self.life.days // 2, "fair-2026", "ものづくり展 出展", cast.EXHIBITION, 16)
        for number, day in enumerate(range(12, self.life.days, 28)):
            name = cast.WEBINARS[number % len(cast.WEBINARS)]
            self._plan_event(
                day, f"webinar-{number + 1}", f"セミナー「{name}」", cast.WEBINAR, 8, content=name
            )

    def _plan_event(
        self, day: int, code: str, name: str, source: str, guests: int, *, content: str = ""
    ) -> None:
        moment = self.life.some_time(day)

        def happen(now: datetime) -> None:
            event = campaign(code, name, now=now)
            for _ in range(guests):
                lead = self.life.meet(self.strangers.one(source=source, campaign=event), now=now)
                self._guest(lead, event, source, content, now=now)

        self.life.at(moment, happen)

    def _guest(self, lead: Lead, event: Campaign, source: str, content: str, *, now: datetime) -> None:
        kind = "webinar_attended" if source == cast.WEBINAR else "card_exchanged"
        data = {} if source == cast.WEBINAR else {"rank": self.rng.choice("ABBCC")}
        self.life.hear_of(
            now, intake.NewActivity(lead.pk, kind, now, "event", campaign=event, content=content, data=data)
        )
        self._keen(lead, self.rng.random(), now=now)

    def _plan_one(self, moment: datetime, place: int) -> None:
        source = self.rng.choices(*zip(*cast.SOURCES, strict=True))[0]
        keen = self.rng.random()

        def arrive(now: datetime) -> None:
            lead = self.life.meet(self._stranger(place, source), now=now)
            self._keen(lead, keen, now=now)

        self.life.at(moment, arrive)

    def _stranger(self, place: int, source: str) -> dict[str, Any]:
        """Now and then somebody whom the definition leaves out, or whose address is not one."""
        if place % 41 == 17:
            return self.strangers.one(relation="competitor", source=source)
        if place % 23 == 11:
            return self.strangers.one(source=source, email="名刺読み取り不可", phone="")
        if place % 37 == 5:
            return self.strangers.one(relation="partner", source=source)
        return self.strangers.one(source=source)

    def _keen(self, lead: Lead, keen: float, *, now: datetime) -> None:
        self._small_things(lead, after=now, many=self.rng.randint(0, 3))
        if keen > COLD:
            self._telling_things(lead, after=now, many=self.rng.randint(3, 9))
        if keen > WARM:
            self._raise_hand(lead, self.life.later(now, self.rng.random() ** 2 * 6000 * self.life.pace + 20))

    def _small_things(self, lead: Lead, *, after: datetime, many: int) -> None:
        for _ in range(many):
            kind = self.rng.choice(SMALL)
            self._hear(lead, kind, after + timedelta(days=self.rng.random() * 40, minutes=3))
        if self.rng.random() < 0.03:
            self._hear(lead, "unsubscribe", after + timedelta(days=20 + self.rng.random() * 20))

    def _telling_things(self, lead: Lead, *, after: datetime, many: int) -> None:
        """A week or two of real interest, some time later."""
        begin = after + timedelta(days=self.rng.random() * 30 * self.life.pace)
        for _ in range(many):
            self._hear(
                lead,
                self.rng.choice(TELLING),
                begin + timedelta(days=self.rng.random() * 14 * self.life.pace),
            )

    def _hear(self, lead: Lead, kind: str, moment: datetime) -> None:
        content = {
            "document_download": cast.DOCUMENTS, "webinar_attended": cast.WEBINARS,
            "email_open": cast.NEWSLETTERS, "email_click": cast.NEWSLETTERS,
        }.get(kind, ("",))  # fmt: skip
        url = (
            "/pricing"
            if kind == "pricing_view"
            else self.rng.choice(cast.PAGES)
            if kind == "page_view"
            else ""
        )
        channel = "email" if kind.startswith("email") else "web"
        told = intake.NewActivity(
            lead.pk, kind, moment, channel, channel=channel, content=self.rng.choice(content),
            url=f"https://aozora-systems.example.jp{url}" if url else "",
            data=self._answered(lead) if kind == "document_download" else {},
        )  # fmt: skip
        self.life.hear_of(moment, told)

    def _raise_hand(self, lead: Lead, moment: datetime) -> None:
        """They ask for a demo, or for advice: nobody should wait with these."""
        kind = self.rng.choice(RAISED)
        data = {"kind": self.rng.choice(KINDS)} if kind == "inquiry" else {}
        data |= self._answered(lead)
        self.life.at(moment, lambda now: self.life.react(lead, kind, now=now, **data))

    def _answered(self, lead: Lead) -> dict[str, str]:
        """What a form asks besides; most leave it blank."""
        at_home = lead.company is None or lead.company.country == "日本"
        budgets, timings = (
            (cast.BUDGETS, cast.TIMINGS) if at_home else (cast.ENGLISH_BUDGETS, cast.ENGLISH_TIMINGS)
        )
        said = {"budget": self.answers.choice(budgets), "timing": self.answers.choice(timings)}
        return {name: value for name, value in said.items() if self.answers.random() < 0.3}
