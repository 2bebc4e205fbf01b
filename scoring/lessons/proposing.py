"""The doors of proposals: which ones are offered now, and a draft that begins with one (decision 0061)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from leads.models import User
from scoring.lessons import feedback
from scoring.lessons.proposals import Proposal, applied, as_evidence, change_for, from_evidence, has_changed
from scoring.models import Draft, FeedbackCount, ScoringModel, Simulation
from scoring.rulemaking import drafting
from scoring.rulemaking.drafting import OPEN


class Gone(Exception):
    """The proposal is not offered any more: counted anew, given up, or the rules are others by now."""


@dataclass(frozen=True)
class Offer:
    """A proposal with the simulation of its change, and the draft that somebody made of it already."""

    proposal: Proposal
    simulation: Simulation | None
    draft: Draft | None = None


def offers(count: FeedbackCount) -> list[Offer]:
    """What is proposed now, in the order of the count; what was given up only once it is another."""
    told = [(one, from_evidence(one)) for one in count.result.get("proposals", ())]
    drafts = _drafts()
    tried = Simulation.objects.in_bulk([one["simulation"] for one, _ in told if one.get("simulation")])
    return [
        Offer(proposal, tried.get(evidence.get("simulation", 0)), _open(drafts.get(proposal.trait.key)))
        for evidence, proposal in told
        if not _is_answered(drafts.get(proposal.trait.key), proposal, count)
    ]


def proposed(key: str) -> tuple[Proposal, Mapping[str, Any]]:
    """The proposal of this key and the rules it was made for. Raises Gone."""
    count = feedback.latest()
    found = [one for one in offers(count) if one.proposal.trait.key == key] if count else []
    if count is None or not found:
        raise Gone
    return found[0].proposal, count.body


@transaction.atomic
def begin(*, key: str, title: str, by: User, now: datetime) -> Draft:
    """A draft with the proposal's change in the newest rules; the one that is open already, if there is.

    Raises Gone, and NotYours of `drafting`.
    """
    newest, offer = ScoringModel.objects.newest(), _hold(key)
    if offer.draft is not None:
        return offer.draft
    change = change_for(offer.proposal.trait, offer.proposal.found, newest.body) if newest else None
    if newest is None or change is None:
        raise Gone
    proposal = Proposal(offer.proposal.trait, offer.proposal.found, change, offer.proposal.since)
    draft = drafting.begin(
        title=title, body=applied(change, newest.body), base=newest, origin=Draft.PROPOSAL,
        evidence=as_evidence(proposal, at=now, version=newest.version), by=by, now=now,
    )  # fmt: skip
    if offer.simulation is not None and offer.simulation.body == draft.body:
        Simulation.objects.filter(pk=offer.simulation.pk, draft=None).update(
            draft=draft, revision=draft.revision
        )
    return draft


def _hold(key: str) -> Offer:
    """The offer, its count locked: of two who press at once one makes the draft."""
    count = feedback.latest()
    if count is None:
        raise Gone
    FeedbackCount.objects.select_for_update().get(pk=count.pk)
    found = next((one for one in offers(count) if one.proposal.trait.key == key), None)
    if found is None:
        raise Gone
    return found


def _drafts() -> dict[str, tuple[Draft, Proposal]]:
    """The newest draft of each proposal, by the key of what it is about."""
    made = Draft.objects.filter(origin=Draft.PROPOSAL).select_related("version").order_by("pk")
    told = ((one, _kept(one.evidence)) for one in made.defer("body"))
    return {proposal.trait.key: (draft, proposal) for draft, proposal in told if proposal}


def _kept(evidence: Mapping[str, Any]) -> Proposal | None:
    try:
        return from_evidence(evidence)
    except (KeyError, TypeError, ValueError):
        return None  # somebody else's draft, of another kind of proposal


def _open(made: tuple[Draft, Proposal] | None) -> Draft | None:
    return made[0] if made and made[0].state in OPEN else None


def _is_answered(made: tuple[Draft, Proposal] | None, now: Proposal, count: FeedbackCount) -> bool:
    """Given up and still the same; or published, and counted before that."""
    if made is None:
        return False
    draft, then = made
    if draft.version is not None:
        return draft.version.version > count.version.version
    return draft.state == Draft.WITHDRAWN and not has_changed(then.found, now.found)
