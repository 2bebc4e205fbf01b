"""What had been recorded of a lead by a moment: its attributes read backwards, its events cut off there."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from typing import Any

from leads.models import Activity, AttributeChange, Campaign, Company, Lead, Transition
from scoring import facts as told
from scoring.engine import Facts, Model
from scoring.models import ScoringModel
from scoring.past.change import Change, Known, compare

ATTRIBUTES = "attributes."


def as_known(lead: Lead, *, known_at: datetime) -> Facts:
    """The facts of one lead as they were recorded at `known_at`; before it was recorded there are none."""
    return Past(lead).facts(known_at)


def change_between(past: Past, start: datetime, end: datetime) -> Change | None:
    """Why the score of `end` is not that of `start`, each as it was known then; None without rules."""
    models = past.model(start), past.model(end)
    if models[0] is None or models[1] is None:
        return None
    before, after = Known(models[0], past.facts(start), start), Known(models[1], past.facts(end), end)
    return compare(before, after, changed=past.corrected(start, end))


class Past:
    """One lead's past, read once, whatever moments are asked: at most nine statements."""

    def __init__(self, lead: Lead) -> None:
        self.lead = lead
        self._kept: tuple[int, Facts] = (-1, Facts({}, ()))

    def facts(self, known_at: datetime) -> Facts:
        """What was recorded by then; between two recordings the same object."""
        if self.lead.recorded_at > known_at:
            return Facts({}, ())
        place = bisect_right(self.moments, known_at)
        if place != self._kept[0]:
            rows = [row[:-1] for row in self._rows if row[-1] <= known_at]
            events, _ = told.told(rows, self._ours)
            self._kept = place, Facts(self._values(known_at), events.get(self.lead.pk, ()))
        return self._kept[1]

    def model(self, at: datetime) -> Model | None:
        """The rules in force at a moment; None while none are published."""
        version = self.version(at)
        return version.compiled if version else None

    def version(self, at: datetime) -> ScoringModel | None:
        """As `ScoringModel.objects.in_force`, without asking again."""
        begun = [one for one in self.versions if one.in_force_from <= at]
        return begun[-1] if begun else next(iter(self.versions), None)

    def next_news(self, at: datetime) -> datetime | None:
        """When something was recorded, or other rules came into force, for the first time after `at`."""
        place = bisect_right(self.news, at)
        return self.news[place] if place < len(self.news) else None

    def corrected(self, start: datetime, end: datetime) -> dict[str, datetime]:
        """Which fields were corrected after `start` and by `end`, and when last, by their paths."""
        found: dict[str, datetime] = {}
        for change in (*self._changes, *self._company_changes):
            if start < change.changed_at <= end:
                place = f"company.{change.field}" if change.company_id else change.field
                found[place] = max(change.changed_at, found.get(place, change.changed_at))
        return found

    @cached_property
    def versions(self) -> list[ScoringModel]:
        return list(ScoringModel.objects.order_by("version"))

    @cached_property
    def moments(self) -> list[datetime]:
        """The moments at which something of this lead was recorded, in their order."""
        changes = [one.changed_at for one in (*self._changes, *self._company_changes)]
        stages = [one.recorded_at for one in self._transitions]
        return sorted({self.lead.recorded_at, *changes, *stages, *(row[-1] for row in self._rows)})

    @cached_property
    def news(self) -> list[datetime]:
        return sorted({*self.moments, *(one.in_force_from for one in self.versions)})

    @cached_property
    def _rows(self) -> list[tuple[Any, ...]]:
        return told.rows_of(Activity.objects.filter(lead=self.lead), "recorded_at")

    @cached_property
    def _ours(self) -> set[int]:
        return told.ours(self._rows)

    @cached_property
    def _changes(self) -> list[AttributeChange]:
        """Newest first, as they are taken back."""
        return list(AttributeChange.objects.filter(lead=self.lead).order_by("-changed_at", "-pk"))

    @cached_property
    def _company_changes(self) -> list[AttributeChange]:
        rows = AttributeChange.objects.filter(company_id__in=list(self._companies))
        return list(rows.order_by("-changed_at", "-pk")) if self._companies else []

    @cached_property
    def _companies(self) -> dict[int, Company]:
        """The company of now and those of before."""
        now = {self.lead.company.pk: self.lead.company} if self.lead.company else {}
        return Company.objects.in_bulk(self._olds("company") - now.keys()) | now

    @cached_property
    def _campaigns(self) -> dict[int, str | None]:
        olds = self._olds("campaign")
        rows = Campaign.objects.filter(pk__in=olds).values_list("pk", "external_id") if olds else ()
        return dict(rows)

    @cached_property
    def _transitions(self) -> list[Transition]:
        return list(Transition.objects.filter(lead=self.lead).order_by("version"))

    def _olds(self, field: str) -> set[int]:
        return {change.old for change in self._changes if change.field == field and change.old}

    def _values(self, known_at: datetime) -> dict[str, Any]:
        """The values of now with later changes taken back, newest first."""
        values, company = told.values_of(self.lead), self.lead.company
        values["stage"] = self._stage(known_at)
        for change in _since(self._changes, known_at):
            if change.field == "company":
                company = self._companies.get(change.old)  # type: ignore[arg-type]
            elif change.field == "campaign":
                values["campaign"] = self._campaigns.get(change.old)  # type: ignore[arg-type]
            else:
                _take_back(values, change)
        values["company"] = told.company_values(company)
        for change in _since(self._company_changes, known_at):
            if company is not None and change.company_id == company.pk:
                _take_back(values["company"], change)
        return values

    def _stage(self, known_at: datetime) -> str:
        known = [one.end for one in self._transitions if one.recorded_at <= known_at]
        return known[-1] if known else self.lead.stage


def _since(changes: Iterable[AttributeChange], known_at: datetime) -> Iterable[AttributeChange]:
    return (change for change in changes if change.changed_at > known_at)


def _take_back(values: dict[str, Any], change: AttributeChange) -> None:
    if change.field.startswith(ATTRIBUTES):
        values["attributes"][change.field.removeprefix(ATTRIBUTES)] = change.old
    else:
        values[change.field] = change.old
