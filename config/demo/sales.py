"""What sales does with what it is offered: mostly in time, sometimes late, and now and then not at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from config.demo import words
from config.demo.life import BUSINESS_DAY, Life, acting
from handoff import desk
from handoff.desk.persisting import has_tried
from handoff.models import Handoff
from leads import stages
from leads.models import Activity, Task, User

IN_TIME, LATE = 0.84, 0.95  # shares of all answers, adding up; the rest is very late
TAKEN, SENT_BACK = 0.92, 0.98
TAKEN_FROM_WEBINARS = 0.34  # who comes from a webinar mostly wants to learn: what the feedback page finds
QUALIFIED, GIVEN_BACK, NOT_A_FIT = 0.42, 0.84, 0.9
# Reasons with their share, what comes next, and after how many days.
BACK: tuple[tuple[str, int, str, int | None], ...] = (
    ("too_early", 30, "wake", 75),
    ("gathering_info", 16, "wake", None),
    ("gathering_info", 8, "trigger", None),
    ("no_problem_fit", 12, "disqualify", None),
    ("not_our_market", 9, "disqualify", None),
    ("wrong_person", 9, "right_person", None),
    ("no_contact", 8, "wake", 45),
    ("bad_data", 5, "marketing_fix", None),
    ("other", 3, "wake", 50),
)
FOUND: dict[str, dict[str, str]] = {
    Task.SENT_BACK: {},
    Task.RIGHT_PERSON: {"outcome": "done", "text": "ご担当の方のお名前と内線を確認しました。"},
    Task.MARKETING_FIX: {"outcome": "done", "text": "名刺を見直し、電話番号と部署を直しました。"},
}
RESULTS = (
    "reached",
    "no_answer",
    "no_answer",
    "reached",
    "gatekeeper",
    "call_back",
    "email_sent",
    "reached",
    "meeting_set",
)
LANE = 1  # that of inside sales
FIRST_CONTACT_AFTER_MINUTES = 25


class Sales:
    """The reps. Whatever they do is looked at again at its moment: the lead may be elsewhere by then."""

    def __init__(self, life: Life) -> None:
        self.life, self.rng = life, life.rng
        self.sure = Random("what is made sure of")
        self.left_alone: set[int] = set()  # leads whose story is told elsewhere
        self.on_qualified: list[Callable[[Handoff, datetime], None]] = []
        life.on_offer.append(self.answer_some_time)

    def go_on_with_what_is_in_hand(self, now: datetime) -> None:
        """Leads that came with the list of old, and were somebody's already."""
        held = Handoff.objects.filter(state=Handoff.ACCEPTED).order_by("pk").select_related("rep", "lead")
        for handoff in held:
            moment = self.life.days_later(now, self.rng.uniform(0.2, 3))
            self._do(handoff, moment, self.keep_in_touch, Handoff.ACCEPTED)

    # ── the answer ───────────────────────────────────────────────────────────

    def answer_some_time(self, handoff: Handoff, now: datetime) -> None:
        if handoff.lane != LANE or handoff.lead_id in self.left_alone:
            return
        luck, how = self.rng.random(), self.rng.random()
        share = self.rng.uniform(0.08, 0.85) if luck < IN_TIME else self.rng.uniform(1.1, 1.9)
        if luck >= LATE:
            share = self.rng.uniform(2.5, 4)
        moment = self.life.later(now, share * handoff.targets.get("accept", 240))
        taken = TAKEN_FROM_WEBINARS if _attended(handoff) else TAKEN
        answer = self.accept if how < taken else self.send_back if how < SENT_BACK else self.turn_down
        if luck >= LATE and how < 0.5:
            self._do(handoff, moment, self._reassign, Handoff.OFFERED)
        else:
            self._do(handoff, moment, answer, Handoff.OFFERED)

    def _do(
        self, handoff: Handoff, moment: datetime, act: Callable[[Handoff, datetime], None], *states: str
    ) -> None:
        """Later, if it is still in one of these states and with the same person."""
        pk, rep = handoff.pk, handoff.rep_id

        def then(now: datetime) -> None:
            found = Handoff.objects.select_related("rep", "lead").get(pk=pk)
            if found.state in states and found.rep_id == rep:
                act(found, now)

        self.life.at(moment, then)

    def accept(self, handoff: Handoff, now: datetime) -> None:
        desk.accept(handoff, by=acting(handoff), now=now)
        target = handoff.targets.get("first_contact", BUSINESS_DAY)
        share = self.rng.uniform(0.3, 0.95) if self.rng.random() < 0.87 else self.rng.uniform(1.1, 2)
        since = handoff.offered_at or now
        call = max(self.life.later(since, share * target), now + timedelta(minutes=4))
        self._do(handoff, call, self.first_contact, Handoff.ACCEPTED)

    def send_back(self, handoff: Handoff, now: datetime) -> None:
        known = BACK if has_tried(handoff) else [one for one in BACK if one[0] != "no_contact"]
        reason, _, step, days = self.rng.choices(known, weights=[one[1] for one in known])[0]
        about = {"reason": reason, "next_step": step, "note": words.why(reason, acting(handoff), self.rng)}
        if days is not None:
            about["wake_on"] = self._on(now, days + self.rng.randint(-12, 30))
        follow = "me" if step == "wake" and self.rng.random() < 0.15 else "marketing"
        desk.send_back(handoff, by=acting(handoff), now=now, follow=follow, **about)
        self._hear_from_marketing(handoff, now)

    def _hear_from_marketing(self, handoff: Handoff, now: datetime) -> None:
        """Miura reads why, mostly in time, and finds what is missing; of her own chance, so that nobody
        else's luck changes."""
        luck = Random(now.isoformat())
        outcome = luck.choices(("understood", "monthly"), weights=(8, 2))[0]

        def then(at: datetime) -> None:
            waiting = Task.objects.filter(lead=handoff.lead_id, kind__in=FOUND, done_at=None)
            for task in waiting.order_by("pk"):
                said = {"outcome": outcome} if task.kind == Task.SENT_BACK else FOUND[task.kind]
                desk.answer_task(task, by=self.life.staff["miura"], now=at, **said)
            self.life.route(now=at)

        self.life.at(self.life.days_later(now, luck.uniform(0.1, 2.15)), then)

    def turn_down(self, handoff: Handoff, now: datetime) -> None:
        """The manager sees at once that this is none of ours."""
        reason = self.rng.choice(("selling", "recruiting", "competitor", "left"))
        desk.disqualify(handoff.lead, by=self.life.staff["suzuki"], now=now, reason=reason)

    def _reassign(self, handoff: Handoff, now: datetime) -> None:
        """Nobody answers: Suzuki gives it to the colleague."""
        name = "kobayashi" if acting(handoff) == self.life.staff["sato"] else "sato"
        if self.life.is_at_work(name, now=now):
            by, to = self.life.staff["suzuki"], self.life.staff[name]
            new = desk.reassign(handoff, by=by, now=now, reason="担当が会議続きのため", to=to)
            self.life.notice([new.pk], now=now)

    # ── the work on it ───────────────────────────────────────────────────────

    def first_contact(self, handoff: Handoff, now: datetime) -> None:
        self._contact(handoff, now, self.rng.choice(RESULTS))
        moment = now
        for _ in range(self.rng.randint(0, 2)):
            moment = self.life.days_later(moment, self.rng.uniform(0.6, 3))
            self._do(handoff, moment, self.call_again, Handoff.ACCEPTED)
        moment = self.life.days_later(moment, self.rng.uniform(1, 9))
        how = self.rng.random()
        if how < QUALIFIED:
            self._do(handoff, moment, self.qualify, Handoff.ACCEPTED)
        elif how < GIVEN_BACK:
            self._do(handoff, moment, self.send_back, Handoff.ACCEPTED)
        elif how < NOT_A_FIT:
            self._do(handoff, moment, self._not_a_fit, Handoff.ACCEPTED)
        else:
            self._do(handoff, moment, self.keep_in_touch, Handoff.ACCEPTED)

    def call_again(self, handoff: Handoff, now: datetime) -> None:
        self._contact(handoff, now, self.rng.choice(RESULTS))

    def qualify(self, handoff: Handoff, now: datetime) -> None:
        if handoff.lead.stage == stages.SQL:  # whoever had it before was as far
            return self.keep_in_touch(handoff, now)
        desk.move(
            handoff.lead,
            to=stages.SQL,
            by=acting(handoff),
            now=now,
            note=words.qualified(acting(handoff), self.rng),
        )
        self.keep_in_touch(handoff, now)
        for tell in self.on_qualified:
            tell(handoff, now)

    def keep_in_touch(self, handoff: Handoff, now: datetime) -> None:
        """A talk, and the date of the next one; now and then it comes to nothing."""
        handoff.refresh_from_db()
        gap = self.rng.uniform(1.5, 2.8) * BUSINESS_DAY  # the result is due three days after a contact
        following = self.life.later(now, gap)
        kept = following + timedelta(days=self.rng.choice((0, 0, 0, 1, 3)))
        self._contact(handoff, now, "reached", next_step_on=self._local(following))
        ends = self.rng.random() < 0.15
        self._do(handoff, kept, self.send_back if ends else self.keep_in_touch, Handoff.ACCEPTED)

    def _not_a_fit(self, handoff: Handoff, now: datetime) -> None:
        desk.disqualify(
            handoff.lead, by=acting(handoff), now=now, reason=self.rng.choice(("left", "competitor"))
        )

    def _contact(self, handoff: Handoff, now: datetime, result: str, **more: Any) -> None:
        by = acting(handoff)
        if result in ("reached", "call_back") and "next_step_on" not in more:
            more["next_step_on"] = self._local(self.life.days_later(now, self.rng.uniform(1, 5)))
        desk.contact(handoff, by=by, now=now, result=result, note=words.told(result, by, self.rng), **more)
        if result == "reached":
            self._make_sure(handoff, by, now)

    def _make_sure(self, handoff: Handoff, by: User, now: datetime) -> None:
        """Asked on the phone, an estimate mostly holds, and now and then does not."""
        for one in handoff.evidence.get("estimates", ()):
            if one["field"] not in handoff.confirmed and self.sure.random() < 0.6:
                says = "yes" if self.sure.random() < 0.8 else "no"
                desk.confirm(handoff, by=by, now=now, field=one["field"], says=says)

    def _on(self, now: datetime, days: int) -> date:
        return self._local(now) + timedelta(days=max(2, days))

    def _local(self, moment: datetime) -> date:
        return moment.astimezone(self.life.zone).date()


def _attended(handoff: Handoff) -> bool:
    return Activity.objects.filter(lead=handoff.lead_id, type="webinar_attended").exists()
