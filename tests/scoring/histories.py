"""The history of a house, read from its rows as acts that can be lived again: facts, and what people did."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from handoff import desk
from handoff.models import Handoff
from leads import intake, lifecycle, stages
from leads.models import Activity, AttributeChange, Lead, Transition
from scoring.models import Override
from tests.people import fresh
from tests.scoring.replays import Act, Life

TOKYO = ZoneInfo("Asia/Tokyo")
FIELDS = (
    "email", "family_name", "given_name", "department", "title", "phone", "source", "attributes",
    "mail_opt_out", "do_not_contact", "created_at",
)  # fmt: skip
COMPANY = ("name", "domain", "industry", "employees", "country", "prefecture", "relation")
ATTRIBUTE = "attributes."
TELLING = ("id", "type", "occurred_at", "content", "url", "genuine", "data")


class Retold(Life):
    """A life whose acts come from a history: they say more than those of a random world."""

    def _born(self, act: Act) -> None:
        values = dict(act.what)
        if name := values.pop("owner"):
            values["owner"] = getattr(self.house, name)
        how: dict[str, Any] = {"cause": values.pop("cause"), "is_somebody_else": True}
        self.leads[act.lead] = intake.receive(values, by=None, now=act.at, **how).lead

    def _import(self, act: Act) -> None:
        lifecycle.move(self.leads[act.lead].pk, to=act.what, cause=stages.IMPORT, now=act.at)

    def _give_back(self, act: Act) -> None:
        handoff = self._open(act)
        desk.send_back(handoff, by=handoff.rep, now=act.at, **act.what)

    def _withdraw(self, act: Act) -> None:
        desk.recycle(fresh(self.leads[act.lead]), by=self.house.miura, now=act.at, **act.what)

    def _refuse(self, act: Act) -> None:
        desk.disqualify(fresh(self.leads[act.lead]), by=self.house.suzuki, now=act.at, reason=act.what)

    def _try(self, act: Act) -> bool:
        """Somebody who is not there yet is brought in, whatever the word for it."""
        if act.kind == "born":
            self._born(act)
            return True
        return super()._try(act)


def acts() -> list[Act]:
    """All of it in order, no two in the same microsecond: each is looked at by itself."""
    assert not Activity.objects.exclude(voids=None).exists()
    found = sorted(
        [*_births(), *_events(), *_edits(), *_answers(), *_overrides()],
        key=lambda act: (act.at, _RANK[act.kind]),
    )
    return [
        Act(act.at + place * timedelta.resolution, act.lead, act.kind, act.what)
        for place, act in enumerate(found)
    ]  # fmt: skip


_RANK = {"born": 0, "import": 1, "event": 2, "edit": 2}
for _kind in ("hand_over", "accept", "give_back", "withdraw", "qualify", "refuse", "reopen", "override"):
    _RANK[_kind] = 3


def _births() -> Iterator[Act]:
    causes = dict(Transition.objects.filter(start="").values_list("lead_id", "cause"))
    for lead in Lead.objects.select_related("company", "campaign", "owner").order_by("pk"):
        values = {name: getattr(lead, name) for name in FIELDS} | {"cause": causes[lead.pk]}
        values["attributes"] = _first_known(lead)
        values["company"] = {name: getattr(lead.company, name) for name in COMPANY}
        values["owner"] = _name(lead) if causes[lead.pk] == stages.IMPORT else ""
        yield Act(lead.recorded_at, lead.pk, "born", values)


def _first_known(lead: Lead) -> dict[str, Any]:
    """Its attributes before anybody wrote down what they learned."""
    known = dict(lead.attributes)
    for name, one in _changes(lead=lead)[::-1]:
        known[name] = one.old
    return {name: value for name, value in known.items() if value is not None}


def _changes(**of: Any) -> list[tuple[str, AttributeChange]]:
    """Only attributes of leads change in the histories told here."""
    rows = AttributeChange.objects.filter(**of).order_by("changed_at", "pk")
    assert all(one.lead_id and one.field.startswith(ATTRIBUTE) for one in rows)
    return [(one.field.removeprefix(ATTRIBUTE), one) for one in rows]


def _edits() -> Iterator[Act]:
    for name, one in _changes():
        assert one.lead_id is not None
        yield Act(one.changed_at, one.lead_id, "edit", {"attributes": {name: one.new}})


def _name(lead: Lead) -> str:
    """By name: another house has other numbers. Who comes by import and is nobody's never had an owner."""
    return lead.owner.email.partition("@")[0] if lead.owner else ""


def _events() -> Iterator[Act]:
    for one in Activity.objects.select_related("campaign").order_by("recorded_at", "pk"):
        told = {name: getattr(one, name) for name in TELLING}
        told |= {"campaign": one.campaign.external_id if one.campaign else None}
        yield Act(one.recorded_at, one.lead_id, "event", told)


def _overrides() -> Iterator[Act]:
    for one in Override.objects.order_by("set_at"):
        yield Act(one.set_at, one.lead_id, "override", (one.readiness, one.until - one.set_at))


def _answers() -> Iterator[Act]:
    """What people and imports did with leads; the machine's steps are the rules' to repeat, or not."""
    sent_back = set(Handoff.objects.filter(state=Handoff.SENT_BACK).values_list("pk", flat=True))
    ways = Transition.objects.exclude(start="").filter(implied=False)
    for one in ways.filter(cause__in=(stages.PERSON, stages.IMPORT)).order_by("recorded_at", "pk"):
        kind, what = _answer(one, one.handoff_id in sent_back)
        yield Act(one.recorded_at, one.lead_id, kind, what)


def _answer(one: Transition, is_sent_back: bool) -> tuple[str, Any]:
    if one.cause == stages.IMPORT:
        return "import", one.end
    if is_sent_back and one.end in (stages.MAL, stages.DISQUALIFIED):
        step = "wake" if one.end == stages.MAL else "disqualify"
        return "give_back", {"reason": one.reason, "next_step": step, "note": one.note} | _promised(one)
    if one.end == stages.MAL and one.start != stages.DISQUALIFIED:
        return "withdraw", {"reason": one.reason, "next_step": "wake", "note": one.note} | _promised(one)
    return {
        stages.MQL: ("hand_over", None),
        stages.SAL: ("accept", None),
        stages.SQL: ("qualify", None),
        stages.DISQUALIFIED: ("refuse", one.reason),
        stages.MAL: ("reopen", None),
    }[one.end]


def _promised(one: Transition) -> dict[str, Any]:
    if "wake_at" not in one.because:
        return {}
    return {"wake_on": datetime.fromisoformat(one.because["wake_at"]).astimezone(TOKYO).date()}
