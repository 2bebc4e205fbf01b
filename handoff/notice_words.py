"""Notices in the reader's words: what happened, and what to do next; made when they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext as _n

from handoff import digest, ladder, path_words, telling, undo_words, words
from handoff.models import Clock, Handoff, Notice
from handoff.outbox import DEAD_LETTERS
from leads.models import Lead, Task, User
from leads.words import colleague, customer, day, until

SHOWN = 5  # items of a digest
KINDS: Mapping[str, Promise] = {
    telling.OFFERED: _("New handoff"),
    telling.WOKEN: _("Follow-up date"),
    telling.TAKEN_BACK: _("No longer yours"),
    telling.ACCEPTED: _("Accepted"),
    telling.SENT_BACK: _("Sent back"),
    telling.UNDONE: _("Undone"),
    telling.VERDICT: _("Verdict of a meeting"),
    telling.SUPPORTER: _("Support"),
    telling.NOBODY: _("Nobody to take it"),
    telling.ENDED: _("Of a lead you support"),
    telling.GIVEN: _("Yours now"),
    telling.ASKED: _("Question from sales"),
    telling.ANSWERED: _("Answer from marketing"),
    digest.KEPT: _("Yours to settle"),
    digest.REMIND_REP: _("Reminder"),
    digest.TELL_TEAM_LEAD: _("For the team lead"),
    digest.TELL_MANAGER: _("For the manager"),
    digest.BREACHED: _("Overdue"),
    digest.DIGEST: _("Digest"),
    DEAD_LETTERS: _("Not delivered"),
}
ASKED: Mapping[str, Promise] = {
    Clock.ACCEPT: _("Accept it or send it back."),
    Clock.FIRST_CONTACT: _("Call or write, and log the contact."),
    Clock.PERSISTENCE: _("Try again, by another channel too."),
    Clock.REPORT: _("Say what came of it."),
    Clock.ANSWER: _("Sales waits for your answer."),
}


@dataclass
class Line:
    """A notice as it is read: the sentence, what follows from it, where it leads, items of a digest."""

    notice: Notice
    kind: str
    text: str
    then: str
    url: str
    items: list[str] = field(default_factory=list)
    more: int = 0


def kind_label(code: str) -> str:
    return str(KINDS.get(code, code))


def lines(notices: Sequence[Notice], reader: User, *, now: datetime) -> list[Line]:
    """Each notice as a line, in a constant number of queries."""
    return _Reading(notices, reader, now=now).lines()


class _Reading:
    """What the notices of a page speak of, looked up once."""

    def __init__(self, notices: Sequence[Notice], reader: User, *, now: datetime) -> None:
        self.notices, self.reader, self.now = notices, reader, now
        items = [item for one in notices for item in one.body.get("items", ())[:SHOWN]]
        bodies = [one.body for one in notices] + items
        said = [one.lead_id for one in notices] + [item["lead"] for item in items]
        leads = {pk for pk in said if pk is not None}
        handoffs = {one.handoff_id for one in notices} | {item["handoff"] for item in items}
        self.leads = Lead.objects.select_related("company").in_bulk(leads)
        self.visible = set(Lead.objects.visible_to(reader).filter(pk__in=leads).values_list("pk", flat=True))
        self.handoffs = Handoff.objects.select_related("rep").in_bulk(handoffs - {None})
        self.people = User.objects.in_bulk({body["by"] for body in bodies if body.get("by")})
        self.clocks = Clock.objects.in_bulk({body["clock"] for body in bodies if body.get("clock")})

    def lines(self) -> list[Line]:
        return [self._line(one) for one in self.notices]

    def _line(self, notice: Notice) -> Line:
        said = notice.body | {"lead": notice.lead_id, "handoff": notice.handoff_id}
        kind = notice.kind
        if kind == digest.DIGEST and len(notice.body["items"]) == 1:
            said, kind = notice.body["items"][0], notice.body["items"][0]["kind"]
        text, then = SENTENCES.get(kind, _unknown)(self, said)
        line = Line(notice, kind, text, then, self._url(kind, said))
        if kind == digest.DIGEST:
            items = notice.body["items"][:SHOWN]
            line.items = [SENTENCES[item["kind"]](self, item)[0] for item in items]
            line.more = notice.body["count"] - len(items)
        return line

    def _url(self, kind: str, said: Mapping[str, Any]) -> str:
        """The lead, where the reader may still see it; else the list that says more."""
        if kind == telling.ASKED and said.get("task"):
            return reverse("task", args=[said["task"]])
        if said.get("lead") in self.visible:
            return reverse("lead", args=[said["lead"]])
        if kind == DEAD_LETTERS:
            return reverse("outbox") + "?state=dead"
        if kind == telling.NOBODY:
            return reverse("handoff-list") + "?state=waiting"
        if kind == digest.DIGEST:
            return reverse("queue" if self.reader.is_rep else "sla")
        return ""

    def who(self, said: Mapping[str, Any]) -> str:
        by = self.people.get(said.get("by") or 0)
        return colleague(by.name) if by else _t("The system")

    def lead(self, said: Mapping[str, Any]) -> str:
        """Company and name: the card everybody may see."""
        lead = self.leads.get(said.get("lead") or 0)
        if lead is None:
            return _t("a lead that is gone")
        company = lead.company.name if lead.company else ""
        return " ".join(part for part in (company, customer(lead.display_name)) if part)

    def clock(self, said: Mapping[str, Any]) -> str:
        """Which due time, and when it was when it was told."""
        due = datetime.fromisoformat(said["due"]) if said.get("due") else None
        label = words.clock_label(said.get("clock_kind", ""))
        return f"{label} {until(due, self.now)}" if due else label

    def asked(self, said: Mapping[str, Any]) -> str:
        """What is to be done, as things stand now; what was answered meanwhile says so."""
        clock = self.clocks.get(said.get("clock") or 0)
        if clock is None or clock.ended_at is not None:
            return _t("Settled meanwhile.")
        return str(ASKED.get(clock.kind, ""))


def _offered(page: _Reading, said: Mapping[str, Any]) -> tuple[str, str]:
    text = _t("%(lead)s is offered to you: %(why)s.") % {
        "lead": page.lead(said), "why": words.trigger_label(said.get("trigger", "")),
    }  # fmt: skip
    return text, _now_asked(page, said)


def _woken(page: _Reading, said: Mapping[str, Any]) -> tuple[str, str]:
    text = _t("The follow-up date of %(lead)s has come; it is offered to you.") % {"lead": page.lead(said)}
    return text, _now_asked(page, said)


def _now_asked(page: _Reading, said: Mapping[str, Any]) -> str:
    handoff = page.handoffs.get(said.get("handoff") or 0)
    if handoff is None or handoff.state != Handoff.OFFERED:
        return _t("Settled meanwhile.")
    return str(ASKED[Clock.ACCEPT])


def _taken_back(page: _Reading, said: Mapping[str, Any]) -> tuple[str, str]:
    why = _how_it_ended(said.get("cause", ""))
    return _t("%(lead)s is no longer yours: %(why)s.") % {"lead": page.lead(said), "why": why}, _idle()


def _ended(page: _Reading, said: Mapping[str, Any]) -> tuple[str, str]:
    why = _how_it_ended(said.get("cause", ""))
    text = _t("%(lead)s, which you support: %(why)s.") % {"lead": page.lead(said), "why": why}
    return text, _idle()


def _how_it_ended(cause: str) -> str:
    """The cause of a recall, or the state a handoff ended in."""
    return words.state_label(cause) if cause in Handoff.ENDED else words.end_label(cause)


def _given(page: _Reading, said: Mapping[str, Any]) -> tuple[str, str]:
    text = _t("%(who)s gave %(lead)s to you.") % {"who": page.who(said), "lead": page.lead(said)}
    return text, _t("It is yours from now on; look at what comes next.")


def _asked(page: _Reading, said: Mapping[str, Any]) -> tuple[str, str]:
    text = _t("%(who)s has a question about %(lead)s.") % {"who": page.who(said), "lead": page.lead(said)}
    return text, str(ASKED[Clock.ANSWER])


def _answered(page: _Reading, said: Mapping[str, Any]) -> tuple[str, str]:
    facts = {"who": page.who(said), "lead": page.lead(said)}
    if said.get("task_kind") == Task.QUESTION:
        return _t("%(who)s answered your question about %(lead)s.") % facts, _t("Read the answer.")
    return _t("%(who)s answered what you sent back: %(lead)s.") % facts, _t("Read the answer.")


def _accepted(page: _Reading, said: Mapping[str, Any]) -> tuple[str, str]:
    return _t("%(who)s accepted %(lead)s.") % {"who": page.who(said), "lead": page.lead(said)}, _idle()


def _sent_back(page: _Reading, said: Mapping[str, Any]) -> tuple[str, str]:
    text = _t("%(who)s sent %(lead)s back: %(reason)s.") % {
        "who": page.who(said), "lead": page.lead(said), "reason": words.any_reason(said.get("reason", "")),
    }  # fmt: skip
    if not said.get("wake_at"):
        return text, words.next_step_label(said.get("next_step", ""))
    on = datetime.fromisoformat(said["wake_at"]).date()
    return text, _t("It comes back on %(day)s. Nothing for you to do.") % {"day": day(on)}


def _undone(page: _Reading, said: Mapping[str, Any]) -> tuple[str, str]:
    return undo_words.notice(said.get("what", ""), who=page.who(said), lead=page.lead(said)), _idle()


def _verdict(page: _Reading, said: Mapping[str, Any]) -> tuple[str, str]:
    text = _t("%(who)s on the meeting with %(lead)s: %(verdict)s.") % {
        "who": page.who(said), "lead": page.lead(said),
        "verdict": path_words.verdict_label(said.get("verdict", "")),
    }  # fmt: skip
    reason = words.reason_label("meeting", said["reason"]) if said.get("reason") else ""
    return text, _t("Reason: %(reason)s") % {"reason": reason} if reason else _idle()


def _supporter(page: _Reading, said: Mapping[str, Any]) -> tuple[str, str]:
    text = _t("%(who)s asks you to help with %(lead)s.") % {"who": page.who(said), "lead": page.lead(said)}
    return text, _t("You see the lead and log what you do; its owner keeps the due times.")


def _nobody(page: _Reading, said: Mapping[str, Any]) -> tuple[str, str]:
    text = _t("Leads wait in “%(queue)s”, and none of its members may take them.") % said
    return text, _t("Look at limits and absences of the members, or give the leads to somebody.")


def _kept(page: _Reading, said: Mapping[str, Any]) -> tuple[str, str]:
    text = _t("Nobody answered for %(lead)s; it is now yours to look after.") % {"lead": page.lead(said)}
    return text, _t("Give it to somebody, or answer it yourself.")


def _reminder(page: _Reading, said: Mapping[str, Any]) -> tuple[str, str]:
    early = said.get("percent", ladder.WHOLE) < ladder.WHOLE
    text = _t("Due soon: %(lead)s (%(clock)s).") if early else _t("Overdue: %(lead)s (%(clock)s).")
    then = page.asked(said)
    if ladder.OPEN_TO_TEAM in said.get("acts", ()):
        then = f"{then} {_t('Anybody in the team may take it now.')}"
    return text % {"lead": page.lead(said), "clock": page.clock(said)}, then


def _for_lead(page: _Reading, said: Mapping[str, Any]) -> tuple[str, str]:
    handoff = page.handoffs.get(said.get("handoff") or 0)
    rep = colleague(handoff.rep.name) if handoff and handoff.rep else ""
    facts = {"lead": page.lead(said), "clock": page.clock(said), "who": rep}
    if rep and said.get("clock_kind") != Clock.ANSWER:
        text = _t("Overdue at %(who)s: %(lead)s (%(clock)s).") % facts
    else:
        text = _t("Overdue: %(lead)s (%(clock)s).") % facts
    if ladder.RECALL in said.get("acts", ()):
        return text, _t("It was taken back to be offered to somebody else.")
    return text, _settled(page, said) or _t("Help, or give it to somebody else.")


def _settled(page: _Reading, said: Mapping[str, Any]) -> str:
    clock = page.clocks.get(said.get("clock") or 0)
    return "" if clock is not None and clock.ended_at is None else _t("Settled meanwhile.")


def _digest(page: _Reading, said: Mapping[str, Any]) -> tuple[str, str]:
    leads = said.get("leads", 0)
    text = _n(
        "%(count)s due times of %(leads)s lead need a look.",
        "%(count)s due times of %(leads)s leads need a look.",
        leads,
    ) % {"count": said.get("count", 0), "leads": leads}
    return text, _t("The longest overdue stand first.")


def _dead_letters(page: _Reading, said: Mapping[str, Any]) -> tuple[str, str]:
    return _t("Some messages could not be delivered."), _t("Look at the list and send them again.")


def _unknown(page: _Reading, said: Mapping[str, Any]) -> tuple[str, str]:
    return page.lead(said), ""


def _idle() -> str:
    return _t("Nothing for you to do.")


SENTENCES: Mapping[str, Callable[[_Reading, Mapping[str, Any]], tuple[str, str]]] = {
    telling.OFFERED: _offered,
    telling.WOKEN: _woken,
    telling.TAKEN_BACK: _taken_back,
    telling.ACCEPTED: _accepted,
    telling.SENT_BACK: _sent_back,
    telling.UNDONE: _undone,
    telling.VERDICT: _verdict,
    telling.SUPPORTER: _supporter,
    telling.NOBODY: _nobody,
    telling.ENDED: _ended,
    telling.GIVEN: _given,
    telling.ASKED: _asked,
    telling.ANSWERED: _answered,
    digest.KEPT: _kept,
    digest.REMIND_REP: _reminder,
    digest.BREACHED: _reminder,
    digest.TELL_TEAM_LEAD: _for_lead,
    digest.TELL_MANAGER: _for_lead,
    digest.DIGEST: _digest,
    DEAD_LETTERS: _dead_letters,
}


def by_lead(found: Iterable[Line]) -> list[list[Line]]:
    """Lines about one lead stand together, at the place of the newest."""
    groups: dict[tuple[str, int], list[Line]] = {}
    for one in found:
        lead = one.notice.lead_id
        groups.setdefault(("lead", lead) if lead else ("notice", one.notice.pk), []).append(one)
    return list(groups.values())
