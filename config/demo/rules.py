"""How the demo company's rules changed, and what is under way: a version both sides said yes to, drafts,
opinions of sales on single scores, and readiness that somebody says themselves."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any

from config.demo.life import Life
from config.studio import trying
from leads import stages
from leads.models import Lead, User
from scoring import overriding
from scoring.lessons.proposals import rule_of
from scoring.models import Draft, ScoringModel
from scoring.replay import trials
from scoring.rulemaking import drafting, opinions

SHORTEST_DAYS = 20  # a shorter life has no time to agree on anything
Change = Callable[[dict[str, Any]], None]


class Rules:
    """Miura writes the rules, sales says what it thinks of them, Suzuki says yes for sales."""

    def __init__(self, life: Life) -> None:
        self.life, self.staff = life, life.staff

    def plan(self) -> None:
        if self.life.days < SHORTEST_DAYS:
            return
        second = self.life.some_time(round(self.life.days * 0.45))
        self.life.at(second, self._agree_on_the_second_version)
        ago = self.life.worked_ago
        self.life.at(ago(2900), self._sales_says("sato", "webinar", WEBINAR_IS_STUDY, ANSWERED))
        self.life.at(ago(1300), self._sales_says("sato", "download", DOWNLOAD_IS_HOT))
        self.life.at(ago(700), self._sales_says("kobayashi", "pricing", PRICING_IN_ENGLISH))
        self.life.at(ago(1250), self._wait_for_sales)
        self.life.at(ago(400), self._think_about_the_line)
        self.life.at(ago(3100), self._say_it_is_ready)
        self.life.at(ago(950), self._say_it_can_wait)

    def last_words(self) -> None:
        """What the draft would have done is worked out by the time somebody opens it."""
        for draft in Draft.objects.filter(state=Draft.EDITED):
            trial = trials.ask(
                body=draft.body, draft=draft, since=self.life.now - timedelta(days=min(90, self.life.days)),
                until=self.life.now, by=draft.created_by, now=self.life.now,
            )  # fmt: skip
            trials.run(trial, now=self.life.now, route=trying.by_todays_routes(now=self.life.now))

    # ── versions and drafts ──────────────────────────────────────────────────

    def _agree_on_the_second_version(self, now: datetime) -> None:
        miura, suzuki = self.staff["miura"], self.staff["suzuki"]
        draft = self._draft("セミナーの点に上限をつける", _limit_webinars, now=now - timedelta(days=3))
        drafting.comment(draft, text=WEBINAR_LIMIT_WHY, rule="webinar", by=miura, now=now - timedelta(days=3))
        drafting.comment(draft, text=SALES_AGREES, by=self.staff["sato"], now=now - timedelta(days=2))
        drafting.request(draft, by=miura, now=now - timedelta(hours=20))
        drafting.approve(draft, revision=draft.revision, by=suzuki, now=now)

    def _wait_for_sales(self, now: datetime) -> None:
        """Marketing has said yes; from next Monday, if sales agrees."""
        draft = self._draft("品質保証の方も対象部門に", _add_quality, now=now)
        drafting.comment(draft, text=QUALITY_WHY, by=self.staff["miura"], now=now)
        drafting.request(draft, by=self.staff["miura"], now=now, wished_from=self._next_monday())

    def _think_about_the_line(self, now: datetime) -> None:
        draft = self._draft("見込み度の基準を66に", _higher_line, now=now)
        later = now + timedelta(minutes=25)
        self.life.at(later, lambda at: self._suzuki_asks(draft, at))

    def _suzuki_asks(self, draft: Draft, now: datetime) -> None:
        drafting.comment(draft, text=LINE_QUESTION, by=self.staff["suzuki"], now=now)

    def _draft(self, title: str, change: Change, *, now: datetime) -> Draft:
        base = ScoringModel.objects.newest()
        assert base is not None
        body = deepcopy(base.body)
        change(body)
        return drafting.begin(title=title, body=body, base=base, by=self.staff["miura"], now=now)

    def _next_monday(self) -> datetime:
        today = self.life.now.astimezone(self.life.zone).date()
        return datetime.combine(today + timedelta(days=7 - today.weekday()), time(9), self.life.zone)

    # ── what people say ──────────────────────────────────────────────────────

    def _sales_says(self, name: str, rule: str, text: str, answer: str = "") -> Callable[[datetime], None]:
        """An opinion on a line of a lead the rep has in hand."""

        def say(now: datetime) -> None:
            for lead in self._in_hand(self.staff[name]):
                try:
                    said = opinions.send(lead, rule=rule, text=text, by=self.staff[name], now=now)
                except opinions.NoSuchLine:
                    continue
                if answer:
                    self.life.at(now + timedelta(hours=3), partial(self._settle, said, answer))
                return

        return say

    def _settle(self, said: Any, answer: str, now: datetime) -> None:
        opinions.settle(said, answer=answer, by=self.staff["miura"], now=now)

    def _in_hand(self, rep: User) -> list[Lead]:
        """Theirs, or those they had in hand: the readiest first."""
        owned = Lead.objects.filter(owner=rep, merged_into=None)
        handled = Lead.objects.filter(handoffs__rep=rep, merged_into=None)
        return list((owned | handled).distinct().order_by("-standing__readiness", "pk")[:40])

    def _say_it_is_ready(self, now: datetime) -> None:
        """Miura met them at the fair and knows more than the machine; it ran out a while ago."""
        lead = self._nurtured(40)
        if lead is not None:
            until = now + timedelta(days=2)
            self._override(lead, 58, OVERRIDE_MET, until, now=now)

    def _say_it_can_wait(self, now: datetime) -> None:
        lead = self._nurtured(50)
        if lead is not None:
            self._override(lead, 30, OVERRIDE_BUDGET, self.life.now + timedelta(days=24), now=now)

    def _override(self, lead: Lead, value: int, reason: str, until: datetime, *, now: datetime) -> None:
        by = self.staff["miura"]
        overriding.set_override(lead, readiness=value, reason=reason, until=until, by=by, now=now)

    def _nurtured(self, least: int) -> Lead | None:
        found = Lead.objects.filter(stage=stages.MAL, merged_into=None, overrides=None, wake_at=None)
        near = found.filter(standing__readiness__lt=least).select_related("standing")
        return near.order_by("-standing__readiness", "pk").first()


def _limit_webinars(body: dict[str, Any]) -> None:
    _rule(body, "webinar")["max"] = 24


def _add_quality(body: dict[str, Any]) -> None:
    _rule(body, "department")["when"]["department"]["contains_any"].append("品質保証")


def _higher_line(body: dict[str, Any]) -> None:
    body["mql"]["min_readiness"] = 66


def _rule(body: dict[str, Any], name: str) -> dict[str, Any]:
    found = rule_of(name, body)
    assert found is not None
    return found


WEBINAR_LIMIT_WHY = "セミナーに3回4回と出ている方は、勉強のためのことが多いようです。2回分までにしませんか。"
SALES_AGREES = "賛成です。お電話すると「情報収集です」と言われることが続いています。"
QUALITY_WHY = "この2か月、品質保証の方からのご相談が増えています。"
LINE_QUESTION = "差し戻しは減りそうですが、引き受けている方まで届かなくなりませんか。"
WEBINAR_IS_STUDY = "セミナーだけの方は、まだ課題が決まっていないことが多いです。点が高すぎると感じます。"
ANSWERED = "ありがとうございます。上限を2回分にしました(v2)。それでも高ければ、また教えてください。"
DOWNLOAD_IS_HOT = "導入ガイドを取られた方は、具体的な話になりやすいです。もう少し高くてもよいと思います。"
PRICING_IN_ENGLISH = "Two looks at pricing in a week, and they ask for a quote. Four points is not much."
OVERRIDE_MET = "展示会で30分お話しし、年内に比較を始めると伺いました。"
OVERRIDE_BUDGET = "来期の予算からとのこと。それまでは急がせたくありません。"
