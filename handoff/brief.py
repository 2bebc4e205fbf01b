"""Why this lead, why now: what a rep reads before the answer (UX 4.5).

The evidence is the one frozen with the handoff; beside it stands what is true today: who else is at this
company, what became of earlier handoffs, which contacts were made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from handoff import desk, estimate_words, same_company
from handoff.models import Handoff
from leads import roles
from leads.models import Activity, Lead, User
from leads.models.activities import ACTION
from leads.words import field_label
from scoring import overriding
from scoring import words as score_words
from scoring.condition_words import COMMA
from scoring.models import Override, ScoringModel

CONTACTS = 5
LINES = 6


@dataclass(frozen=True)
class Reaction:
    """What the lead did on one day, the same thing counted together."""

    type: str
    on: date
    content: str
    times: int


@dataclass(frozen=True)
class Half:
    """Fit or interest as it was at the hand-over: points of 50, and whether that is high."""

    points: int
    most: int
    is_high: bool


@dataclass(frozen=True)
class Back:
    """Why a lead is here again: how it went the last time."""

    reason: str
    note: str
    at: datetime | None
    rep: User | None
    by: str = "date"  # date, reaction, when, task
    answer: str = ""  # what marketing did, where a task was waited for


@dataclass(frozen=True)
class Brief:
    """Everything the card of one handoff says; read by a constant number of statements."""

    handoff: Handoff
    may: desk.Permissions
    fit: Half | None
    interest: Half | None
    readiness: int
    fitting: tuple[str, ...]
    reactions: tuple[Reaction, ...]
    back: Back | None
    sent_back: tuple[Handoff, ...]
    same_company: tuple[same_company.AtWork, ...]
    estimates: tuple[estimate_words.Row, ...]
    contacts: tuple[Activity, ...]
    masked: bool
    override: Override | None  # a person's readiness that counts today

    @property
    def lead(self) -> Lead:
        return self.handoff.lead

    @property
    def phone(self) -> str:
        return mask_phone(self.lead.phone) if self.masked else self.lead.phone

    @property
    def email(self) -> str:
        return mask_email(self.lead.email) if self.masked else self.lead.email


def of(handoff: Handoff, *, viewer: User, now: datetime) -> Brief:
    """The brief of a handoff this person may see."""
    evidence = handoff.evidence
    model = _model(evidence)
    earlier = _sent_back(handoff)
    return Brief(
        handoff=handoff,
        may=desk.may(viewer, handoff),
        fit=_half(evidence, model, "fit"),
        interest=_half(evidence, model, "interest"),
        readiness=round(evidence.get("readiness", handoff.lead.standing.readiness)),
        fitting=tuple(_fitting(evidence, model)),
        reactions=_reactions(evidence),
        back=_back(evidence),
        sent_back=earlier,
        same_company=same_company.at_work(handoff.lead, viewer=viewer),
        estimates=estimate_words.rows(evidence, handoff.confirmed, now=now),
        contacts=_contacts(handoff.lead),
        masked=roles.PARTNER_CALLER in viewer.roles,
        override=overriding.said_of([handoff.lead_id], now=now)
        .get(handoff.lead_id, overriding.NOBODY)
        .override,
    )


def _model(evidence: Mapping[str, Any]) -> Mapping[str, Any]:
    """The rules by which it was judged then."""
    if "model" not in evidence:
        return {}
    found = ScoringModel.objects.filter(version=evidence["model"]).first()
    return found.body if found else {}


def _half(evidence: Mapping[str, Any], model: Mapping[str, Any], name: str) -> Half | None:
    if name not in evidence:
        return None
    points = evidence[name]
    most = round(model.get(name, {}).get("max", 50))
    line = model.get("classes", {}).get(name, most / 2)
    return Half(round(points), most, points >= line)


def _fitting(evidence: Mapping[str, Any], model: Mapping[str, Any]) -> Iterator[str]:
    """The fields by which person and company fit what both sides look for, each once."""
    rules = {rule["id"]: rule["when"] for rule in model.get("fit", {}).get("rules", ())}
    seen: set[str] = set()
    for line in evidence.get("lines", ()):
        if line["half"] != "fit" or line["points"] <= 0:
            continue
        for path in _paths(rules.get(line["rule"], {})):
            if path not in seen:
                seen.add(path)
                yield path


def _paths(predicate: Any) -> Iterator[str]:
    """The fields a predicate asks about."""
    if isinstance(predicate, Mapping):
        for key, value in predicate.items():
            if key in ("any_of", "all_of", "not"):
                yield from _paths(value)
            else:
                yield str(key)
    elif isinstance(predicate, list):
        for one in predicate:
            yield from _paths(one)


def _reactions(evidence: Mapping[str, Any]) -> tuple[Reaction, ...]:
    """The latest reactions, newest first; the same thing of one day counts together."""
    found: dict[tuple[str, date, str], int] = {}
    for one in evidence.get("reactions", ()):
        on = timezone.localtime(datetime.fromisoformat(one["at"])).date()
        key = (one["type"], on, one.get("content") or "")
        found[key] = found.get(key, 0) + 1
    return tuple(Reaction(*key, times) for key, times in found.items())


def _back(evidence: Mapping[str, Any]) -> Back | None:
    brief = evidence.get("back")
    if not brief:
        return None
    at = datetime.fromisoformat(brief["sent_back_at"]) if brief.get("sent_back_at") else None
    rep = User.objects.filter(pk=brief.get("rep")).first()
    return Back(
        brief.get("reason") or "", brief.get("note") or "", at, rep,
        brief.get("by") or "date", brief.get("answer") or "",
    )  # fmt: skip


def _sent_back(handoff: Handoff) -> tuple[Handoff, ...]:
    """Earlier handoffs of this lead that came back, newest first; `back` tells of its own."""
    told = [handoff.pk, (handoff.evidence.get("back") or {}).get("handoff") or 0]
    earlier = Handoff.objects.filter(lead=handoff.lead_id, state=Handoff.SENT_BACK).exclude(pk__in=told)
    return tuple(earlier.select_related("ended_by").order_by("-ended_at")[:3])


def strongest(handoff: Handoff) -> list[tuple[str, float]]:
    """The frozen lines in words, those of one rule together, what weighed most first.

    Fit is named by the fields it asks about: what stood in them then may have been corrected since.
    """
    version, points = handoff.evidence.get("model"), dict[str, float]()
    fit = score_words.fit_rules(version) if handoff.evidence.get("lines") else {}
    for line in handoff.evidence.get("lines", ()):
        if line["rule"] in ("clip", "rounding"):
            continue
        asked = dict.fromkeys(field_label(path) for path in _paths(fit.get(line["rule"], {})))
        label = str(COMMA).join(asked) or score_words.line_label(line, version=version)
        points[label] = points.get(label, 0.0) + line["points"]
    return sorted(points.items(), key=lambda one: -abs(one[1]))[:LINES]


def _contacts(lead: Lead) -> tuple[Activity, ...]:
    """The latest things a colleague did for this lead."""
    acts = Activity.objects.filter(lead=lead, direction=ACTION, actor__isnull=False)
    return tuple(acts.select_related("actor").order_by("-occurred_at", "-pk")[:CONTACTS])


def mask_phone(phone: str) -> str:
    """Only the last two digits: a partner caller dials without reading the number (PRODUCT 11)."""
    digits = [place for place, char in enumerate(phone) if char.isdigit()]
    hidden = set(digits[:-2])
    return "".join("•" if place in hidden else char for place, char in enumerate(phone))


def mask_email(email: str) -> str:
    name, at, domain = email.partition("@")
    return f"{name[:1]}•••{at}{domain}" if at else ""
