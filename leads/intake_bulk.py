"""The door for many leads at once: the rows end up as if each had come in by `intake.receive`, in the order
given, in a number of statements that does not grow with them.

First all is decided in memory, row after row, on what the database knows of the ids and addresses in this
batch; then companies, leads, transitions, standings and changes are written, each in one go.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Any

from django.db import transaction

from leads import bulk, identity, intake, intake_turn, lifecycle, news, stages
from leads.intake_index import Index
from leads.intake_shelf import Held
from leads.models import AttributeChange, Lead, PlaybookSection, Standing, Transition, User

CREATED, UPDATED, UNCHANGED, REJECTED = "created", "updated", "unchanged", "rejected"


@dataclass(frozen=True, slots=True)
class Told:
    """One lead as a source tells it; `stage` is where a new one begins."""

    values: Mapping[str, Any]
    stage: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of it. `code` and `field` say why it was rejected."""

    status: str
    lead_id: int | None = None
    code: str = ""
    field: str = ""


@dataclass
class Run:
    """What one run over a file remembers from batch to batch, so that a second run changes nothing."""

    said_of_companies: dict[int, int] = field(default_factory=dict)
    nameless: dict[int, int] = field(default_factory=dict)


def receive_many(
    told: Sequence[Told],
    *,
    by: User | None,
    now: datetime,
    cause: str = stages.IMPORT,
    run: Run | None = None,
) -> list[Taken]:
    """Take in a batch; one answer for each, in order. A contradiction rejects its row alone.

    With a `run` the rows are those of one file: see `Run`. Without one each row stands for itself.
    """
    batch = _Batch(told, by=by, now=now, cause=cause, run=run)
    with transaction.atomic():
        intake_turn.hold_all()
        batch.decide()
        batch.prepare()
        for at in range(len(told)):
            batch.apply(at)
        batch.write()
    if run is not None:
        run.said_of_companies |= batch.shelf.said
        run.nameless |= batch.nameless
    return batch.answers()


class _Batch:
    def __init__(
        self, told: Sequence[Told], *, by: User | None, now: datetime, cause: str, run: Run | None
    ) -> None:
        self.told, self.by, self.now, self.cause, self.run = told, by, now, cause, run
        self.index = Index.of([one.values for one in told])
        self.refs: list[int | None] = []  # per row: a stored lead's id, or -1, -2 … for the new ones
        self.leads: dict[int, Lead] = {}
        self.first: dict[int, dict[str, Any]] = {}  # what a stored lead was before this batch
        self.changes: dict[int, list[tuple[str, Any, Any]]] = {}
        self.begun: list[Transition] = []
        self.status: list[str] = []
        self.nameless: dict[int, int] = {}
        self.shelf: Held

    # ── decide ───────────────────────────────────────────────────────────────

    def decide(self) -> None:
        """Which lead each row speaks of, as if the rows before it were stored already."""
        self.index.load()
        for one in self.told:
            found = self.index.find(one.values)
            if found.ambiguous:
                self.refs.append(None)
                continue
            ref = found.lead_id
            if ref is None and self.run is not None and not one.values.get("external_id"):
                ref = self.index.twin(one.values, self._ordinal(one.values))
            self.refs.append(self.index.note(ref, one.values))

    def _ordinal(self, values: Mapping[str, Any]) -> int:
        """How often this run has said exactly this: the second time means a second lead."""
        words = json.dumps(values, sort_keys=True, default=str, ensure_ascii=False)
        said = int.from_bytes(blake2b(words.encode("utf-8", "replace"), digest_size=8).digest(), "big")
        assert self.run is not None
        seen = self.nameless.get(said, self.run.nameless.get(said, 0))
        self.nameless[said] = seen + 1
        return seen

    def prepare(self) -> None:
        """Lock the leads that are known, number the new ones, fetch the companies the rows may mean."""
        refs = [ref for ref in self.refs if ref is not None]
        stored = sorted({ref for ref in refs if ref > 0})
        for part in bulk.chunks(stored):
            self.leads |= lifecycle.lock(part)
        earlier = self.run.said_of_companies if self.run else None
        self.shelf = Held.of(self._companies_meant(), by=self.by, now=self.now, earlier=earlier)
        self.shelf.fetch({lead.company_id for lead in self.leads.values() if lead.company_id})
        for lead in self.leads.values():
            lead.company = self.shelf.by_id.get(lead.company_id)  # type: ignore[arg-type]
            self.first[lead.pk] = intake.snapshot(lead)
        new = sorted({ref for ref in refs if ref < 0}, reverse=True)
        self.review = PlaybookSection.objects.current("stages")
        self.ids = dict(zip(new, bulk.next_ids(Lead, len(new)), strict=True))

    def _companies_meant(self) -> list[tuple[str, str]]:
        """(domain, name key) of every row that names a company."""
        meant = []
        for one, ref in zip(self.told, self.refs, strict=True):
            said = one.values.get("company")
            if ref is None or not said or not (said.get("name") or said.get("domain")):
                continue
            email = one.values.get("email")
            if email is None and ref > 0:
                email = self.leads[ref].email
            domain = identity.company_domain(said.get("domain") or "", email or "")
            meant.append((domain, identity.company_key(said.get("name") or "")))
        return meant

    # ── apply ────────────────────────────────────────────────────────────────

    def apply(self, at: int) -> None:
        ref, values = self.refs[at], self.told[at].values
        if ref is None:
            self.status.append(REJECTED)
        elif ref < 0 and ref not in self.leads:
            self._begin(ref, values)
            self.status.append(CREATED)
        else:
            self.status.append(self._edit(ref, values))

    def _begin(self, ref: int, values: Mapping[str, Any]) -> None:
        created_at = values.get("created_at") or self.now
        lead = bulk.quick(Lead, id=self.ids[ref], created_at=created_at, recorded_at=self.now, attributes={})
        intake.assign(lead, values, shelf=self.shelf, now=self.now)
        lifecycle.start(lead, self.review)
        first = {
            "lead_id": lead.pk,
            "version": lead.version,
            "end": lead.stage,
            "occurred_at": lead.created_at,
        }
        by = self.by.pk if self.by else None
        self.begun.append(
            bulk.quick(Transition, **first, recorded_at=self.now, actor_id=by, cause=self.cause)
        )
        self.leads[ref] = lead

    def _edit(self, ref: int, values: Mapping[str, Any]) -> str:
        lead, moved = self.leads[ref], self.shelf.changes
        before = intake.snapshot(lead)
        taken = intake.for_known(lead, values, foreign_ids=self.index.foreign_ids)
        intake.assign(lead, taken, shelf=self.shelf, now=self.now)
        changes = intake.changes_between(before, intake.snapshot(lead))
        self.changes.setdefault(ref, []).extend(changes)
        return UPDATED if changes or self.shelf.changes > moved else UNCHANGED

    # ── write ────────────────────────────────────────────────────────────────

    def write(self) -> None:
        if self.run is not None:
            self._forget_what_came_to_nothing()
        self.shelf.write()
        new = [lead for ref, lead in self.leads.items() if ref < 0]
        changed = [self.leads[ref] for ref, changes in self.changes.items() if changes and ref > 0]
        bulk.insert(Lead, new)
        bulk.update(Lead, changed, CHANGED)
        bulk.insert(Transition, self.begun)
        bulk.insert(Standing, [_standing(lead, self.now) for lead in new])
        bulk.update(
            Standing, [_standing(lead, self.now) for lead in changed], ["source", "owner", "rescore_at"]
        )
        bulk.insert(AttributeChange, self._recorded())
        self._move()
        touched = [lead.pk for lead in (*new, *changed)]
        if touched:
            news.facts_changed.announce(lead_ids=touched)

    def _forget_what_came_to_nothing(self) -> None:
        """A stored lead that two rows change to and fro, and that ends as it was, has not changed."""
        idle = {
            ref
            for ref, changes in self.changes.items()
            if changes and ref > 0 and self.first[ref] == intake.snapshot(self.leads[ref])
        }
        for ref in idle:
            self.changes[ref].clear()
        if idle:
            pairs = zip(self.refs, self.status, strict=True)
            self.status = [UNCHANGED if ref in idle and was == UPDATED else was for ref, was in pairs]

    def _recorded(self) -> list[AttributeChange]:
        return [
            AttributeChange(
                lead_id=self.leads[ref].pk,
                field=name,
                old=old,
                new=new,
                changed_at=self.now,
                changed_by=self.by,
            )
            for ref, changes in self.changes.items()
            for name, old, new in changes
        ]

    def _move(self) -> None:
        """A new lead that the file puts further on goes there by the one door, cause `import`."""
        moves: dict[int, lifecycle.Move] = {}
        for one, ref, status in zip(self.told, self.refs, self.status, strict=True):
            if ref is not None and status == CREATED and one.stage not in ("", stages.LEAD):
                moves[ref] = lifecycle.Move(self.leads[ref].pk, one.stage, stages.IMPORT, by=self.by)
        if moves:
            lifecycle.move_many(list(moves.values()), now=self.now)

    def answers(self) -> list[Taken]:
        return [
            Taken(REJECTED, None, "ambiguous_match", "external_id")
            if ref is None
            else Taken(status, self.leads[ref].pk)
            for ref, status in zip(self.refs, self.status, strict=True)
        ]


CHANGED = [
    *intake.SNAPSHOT,
    "company",
    "owner",
    "campaign",
    "attributes",
    "email_key",
    "phone_key",
    "search_text",
]


def _standing(lead: Lead, now: datetime) -> Standing:
    return bulk.quick(
        Standing, lead_id=lead.pk, stage=lead.stage, owner_id=lead.owner_id, source=lead.source,
        rescore_at=now, next_side=lead.next_side, next_actor_id=lead.next_actor_id,
        next_due_at=lead.next_due_at,
    )  # fmt: skip
