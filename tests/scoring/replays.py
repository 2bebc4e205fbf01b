"""A life that can be lived twice through the doors: once as it was, once with other rules since a moment.

What people did the first time they try again the second time; where the door refuses it, it did not fit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from handoff import desk
from handoff.models import Handoff
from handoff.refusals import Conflict, DeskRefused, NotYours
from leads import intake, lifecycle, stages
from leads.models import Lead, Standing, Transition
from scoring import overriding, readiness
from scoring.rulemaking import publishing
from tests.people import House, fresh, handoff_of
from tests.scoring.doors import plain, record, void
from tests.scoring.doors import receive as bring
from tests.scoring.worlds import AT, DAY

HOUR = timedelta(hours=1)
REFUSED = (
    DeskRefused,
    Conflict,
    NotYours,
    stages.StageRefused,
    lifecycle.LeadChanged,
    overriding.OverrideRefused,
)
SINCE, UNTIL = AT - 30 * DAY, AT + 6 * DAY

PEOPLE = ["accept"] * 6 + ["send_back"] * 4 + ["hand_over", "qualify", "disqualify", "reopen"]
OVERRIDES = ["override"] * 3 + ["take_back"]
EDITS: Sequence[dict[str, Any]] = (
    {"title": "営業部長"},
    {"title": ""},
    {"phone": "03-1234-5678"},
    {"phone": ""},
    {"do_not_contact": True},
    {"do_not_contact": False},
    {"mail_opt_out": True},
    {"company": {"employees": 300}},
    {"company": {"employees": 99, "industry": "retail"}},
    {"company": {"relation": "competitor"}},
    {"company": {"relation": "prospect"}},
    {"attributes": {"seats": 11}},
)


@dataclass(frozen=True)
class Act:
    """Something that happens to the lead of this number at a moment; `what` are its details."""

    at: datetime
    lead: int
    kind: str
    what: Any = None


@dataclass
class Life:
    """The house between two moments; `leads` by their number in the world, `told` by event."""

    house: House
    since: datetime = SINCE  # when other rules come into force
    leads: dict[int, Lead] = field(default_factory=dict)
    told: dict[tuple[int, int], int] = field(default_factory=dict)
    done: list[Act] = field(default_factory=list)

    def live(self, acts: Sequence[Act], *, until: datetime, publish: dict[str, Any] | None = None) -> None:
        """Everything in the order of its moment, and what becomes due in between on the dot."""
        for act in sorted(acts, key=lambda act: act.at):
            if publish is not None and act.at >= self.since:
                self._publish(publish)
                publish = None
            self._wait(act.at)
            if self._try(act):
                self.done.append(act)
            self._look(act.at)
        if publish is not None:
            self._publish(publish)
        self._wait(until)

    def way(self, number: int, *, since: datetime, until: datetime) -> list[tuple[datetime, str, str, str]]:
        """How the lead really went: (recorded, from, to, cause)."""
        found = Transition.objects.filter(
            lead=self.leads[number], recorded_at__gte=since, recorded_at__lt=until, implied=False
        ).exclude(start="")
        return list(found.order_by("version").values_list("recorded_at", "start", "end", "cause"))

    def _publish(self, body: dict[str, Any]) -> None:
        self._wait(self.since)
        publishing.publish(body, by=None, now=self.since, in_force_from=self.since, from_file=True)
        self._look(self.since)

    def _wait(self, until: datetime) -> None:
        """What is due before then happens at its moment: promised days first, as in the sweep."""
        while (moment := self._next()) is not None and moment < until:
            self._look(moment)

    def _next(self) -> datetime | None:
        ids = [lead.pk for lead in self.leads.values()]
        due = (
            Standing.objects.filter(lead__in=ids).order_by("rescore_at").values_list("rescore_at", flat=True)
        )
        wakes = Lead.objects.filter(pk__in=ids, wake_at__isnull=False, stage=stages.MAL).order_by("wake_at")
        return min(
            (at for at in (due.first(), wakes.values_list("wake_at", flat=True).first()) if at), default=None
        )

    def _look(self, now: datetime) -> None:
        desk.wake(desk.due_wakes(now=now), now=now)
        readiness.rescore(readiness.due(now=now), now=now)
        desk.route(desk.waiting_due(now=now), now=now)

    def _try(self, act: Act) -> bool:
        if act.lead not in self.leads and act.kind != "birth":
            return False
        try:
            getattr(self, f"_{act.kind}")(act)
        except REFUSED:
            return False
        return True

    # ── facts ────────────────────────────────────────────────────────────────

    def _birth(self, act: Act) -> None:
        self.leads[act.lead] = bring(act.what, now=act.at)

    def _event(self, act: Act) -> None:
        self.told[act.lead, act.what["id"]] = record(
            self.leads[act.lead], act.what | {"voided": False}, now=act.at
        )

    def _void(self, act: Act) -> None:
        void(self.leads[act.lead], self.told[act.lead, act.what], now=act.at)

    def _edit(self, act: Act) -> None:
        values = dict(act.what)
        lead = self._fresh(act)
        if "company" in values:
            values["company"] = {"name": lead.company.name if lead.company else "", **values["company"]}
        intake.edit(lead, values, by=None, now=act.at)

    # ── people ───────────────────────────────────────────────────────────────

    def _hand_over(self, act: Act) -> None:
        desk.move(self._fresh(act), to=stages.MQL, by=self.house.miura, note="今なら", now=act.at)

    def _accept(self, act: Act) -> None:
        handoff = self._offered(act)
        desk.accept(handoff, by=handoff.rep, now=act.at)

    def _send_back(self, act: Act) -> None:
        handoff = self._open(act)
        on: date = (act.at + act.what * DAY).date()
        desk.send_back(handoff, by=handoff.rep, now=act.at, reason="too_early", wake_on=on)

    def _qualify(self, act: Act) -> None:
        lead = self._fresh(act)
        if lead.stage != stages.SAL:
            raise stages.StageRefused("not_in_table", lead.stage, stages.SQL, stages.PERSON)
        desk.move(lead, to=stages.SQL, by=lead.owner, now=act.at)

    def _disqualify(self, act: Act) -> None:
        desk.disqualify(self._fresh(act), by=self.house.miura, now=act.at, reason="selling")

    def _reopen(self, act: Act) -> None:
        desk.reopen(self._fresh(act), by=self.house.miura, now=act.at, reason="もう一度")

    def _override(self, act: Act) -> None:
        """Managers of either side may say it of any lead, wherever the other life has taken it."""
        readiness, lasts = act.what
        overriding.set_override(
            self._fresh(act), readiness=readiness, reason="展示会で伺いました", until=act.at + lasts,
            by=self.house.miura, now=act.at,
        )  # fmt: skip

    def _take_back(self, act: Act) -> None:
        overriding.end_override(self._fresh(act), by=self.house.suzuki, now=act.at)

    def _fresh(self, act: Act) -> Lead:
        return fresh(self.leads[act.lead])

    def _open(self, act: Act) -> Handoff:
        handoff = handoff_of(self.leads[act.lead])
        if handoff is None or handoff.rep is None or not handoff.is_open:
            raise DeskRefused("no_handoff")
        return handoff

    def _offered(self, act: Act) -> Handoff:
        handoff = self._open(act)
        if handoff.state != Handoff.OFFERED:
            raise DeskRefused("no_handoff")
        return handoff


def acts_of(worlds: Sequence[dict[str, Any]], chance: Random) -> list[Act]:
    """What happens to these leads: their facts, told late, early or in time, and what people try."""
    acts = []
    for number, world in enumerate(map(plain, worlds)):
        born = _moment(chance, AT - 60 * DAY, AT - 5 * DAY)
        acts.append(Act(born, number, "birth", world))
        for event in world["events"]:
            acts += _told(number, event, born, chance)
        for _ in range(chance.randint(0, 3)):
            acts.append(Act(_moment(chance, born, UNTIL), number, "edit", chance.choice(EDITS)))
        for _ in range(chance.randint(0, 9)):
            kind = chance.choice(PEOPLE)
            acts.append(Act(_moment(chance, born, UNTIL), number, kind, chance.randint(2, 9)))
        acts += _overridden(number, born, chance)
    return acts


def _overridden(number: int, born: datetime, chance: Random) -> list[Act]:
    """Nobody, one after the other, or one while another lasts; some are taken back before they end."""
    acts = []
    for _ in range(chance.randint(0, 3)):
        lasts = chance.choice([HOUR, 2 * DAY, 9 * DAY, 40 * DAY]) + _hair(chance)
        said = (chance.choice([0, 11, 30, 59, 100]), lasts)
        acts.append(Act(_moment(chance, born, UNTIL), number, chance.choice(OVERRIDES), said))
    return acts


def _told(number: int, event: dict[str, Any], born: datetime, chance: Random) -> list[Act]:
    delay: Callable[[], timedelta] = lambda: chance.choice([0, 0, 1, 5, 200, -20]) * HOUR  # noqa: E731
    at = max(born, event["occurred_at"] + delay()) + _hair(chance)
    at = max(at, event["occurred_at"] - 24 * HOUR)
    acts = [Act(at, number, "event", event)]
    if event["voided"]:
        acts.append(Act(_moment(chance, at, at + 10 * DAY), number, "void", event["id"]))
    return acts


def _moment(chance: Random, since: datetime, until: datetime) -> datetime:
    return since + chance.random() * (until - since)


def _hair(chance: Random) -> timedelta:
    """No two things happen in the same microsecond."""
    return timedelta(microseconds=chance.randint(1, 10**9))
