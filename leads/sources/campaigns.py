"""Campaigns as files name them: by their own id, else by name; a new word makes a new campaign."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from leads import bulk
from leads.intake_bulk import CREATED, UNCHANGED, UPDATED, Taken
from leads.models import Campaign
from leads.sources import cells
from leads.sources.cells import Convert
from leads.sources.mapping import Column
from leads.sources.problems import Problem
from leads.sources.rows import Values


@dataclass
class Campaigns:
    """What a run knows of campaigns by now; `forget` when a transaction was rolled back."""

    by_word: dict[str, Campaign] = field(default_factory=dict)

    def meant(self, words: Iterable[str], *, now: datetime) -> dict[str, Campaign]:
        """The campaign of each word, made where there is none."""
        unknown = sorted(set(words) - self.by_word.keys())
        for part in bulk.chunks(unknown):
            by_name = Campaign.objects.filter(name__in=part).order_by("-pk")
            self.by_word |= {one.name: one for one in by_name}
            self.by_word |= {one.external_id: one for one in Campaign.objects.filter(external_id__in=part)}
        missing = [word for word in unknown if word not in self.by_word]
        Campaign.objects.bulk_create(
            [Campaign(external_id=word, name=word, recorded_at=now) for word in missing],
            ignore_conflicts=True,
        )
        for part in bulk.chunks(missing):
            self.by_word |= {one.external_id: one for one in Campaign.objects.filter(external_id__in=part)}
        return self.by_word

    def forget(self) -> None:
        self.by_word.clear()


class CampaignRows:
    """A file of campaigns: `external_id` and `name`."""

    fields = ("external_id", "name")
    spare = ""

    def maker(self, to: str, column: Column) -> Convert:
        return cells.line(200 if to == "external_id" else 300)

    def finished(self, flat: Values) -> tuple[Values, list[Problem]]:
        if not flat.get("external_id") and not flat.get("name"):
            return {}, [Problem("name", "", "required")]
        name = flat.get("name") or ""
        return {"external_id": flat.get("external_id") or name[:200], "name": name}, []

    def forget(self) -> None:
        """Nothing is remembered from batch to batch."""

    def take(self, rows: list[Values], *, now: datetime) -> list[Taken]:
        """Create what is new, rename what has another name now; the last row of the batch decides."""
        wanted = {row["external_id"]: row["name"] for row in rows}
        stored = {one.external_id: one for one in Campaign.objects.filter(external_id__in=list(wanted))}
        answers, seen = [], set()
        for row in rows:
            key = row["external_id"]
            before = stored.get(key)
            if before is None and key not in seen:
                answers.append(Taken(CREATED))
            else:
                changes = before is not None and wanted[key] not in ("", before.name) and key not in seen
                answers.append(Taken(UPDATED if changes else UNCHANGED))
            seen.add(key)
        self._write(wanted, stored, now=now)
        return answers

    def _write(self, wanted: dict[str, str], stored: dict[str, Campaign], *, now: datetime) -> None:
        new = [
            Campaign(external_id=key, name=name or key, recorded_at=now)
            for key, name in wanted.items()
            if key not in stored
        ]
        Campaign.objects.bulk_create(new)
        renamed = [one for key, one in stored.items() if wanted[key] not in ("", one.name)]
        for one in renamed:
            one.name = wanted[one.external_id]
        Campaign.objects.bulk_update(renamed, ["name"], batch_size=200)
