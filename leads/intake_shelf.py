"""The companies a batch of leads may mean, held in memory and written in one go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from leads import bulk, companies
from leads.companies import FACTS, Change
from leads.models import AttributeChange, Company, Standing, User

_BITS = {fact: 1 << place for place, fact in enumerate(FACTS)}


class Held:
    """A `companies.Shelf` for one batch. `changes` counts what was said anew of stored companies.

    `said` and `earlier` (None: no file, no memory) remember over a whole file which facts a row has spoken
    of: the first row decides on a company, else two colleagues who differ on its size would change it to
    and fro, run after run.
    """

    def __init__(self, *, by: User | None, now: datetime, earlier: Mapping[int, int] | None) -> None:
        self.by, self.now, self.earlier = by, now, earlier
        self.said: dict[int, int] = {}
        self.by_id: dict[int, Company] = {}
        self.by_domain: dict[str, Company] = {}
        self.by_key: dict[str, Company] = {}
        self.new: list[Company] = []
        self.changed: dict[int, Company] = {}
        self.recorded: list[AttributeChange] = []
        self.changes = 0
        self._numbers: list[int] = []

    @classmethod
    def of(
        cls,
        meant: Iterable[tuple[str, str]],
        *,
        by: User | None,
        now: datetime,
        earlier: Mapping[int, int] | None,
    ) -> Held:
        """With every stored company that one of these (domain, name key) may mean."""
        shelf = cls(by=by, now=now, earlier=earlier)
        pairs = set(meant)
        found: dict[int, Company] = {}
        for column, words in (("domain", {one for one, _ in pairs}), ("name_key", {one for _, one in pairs})):
            for part in bulk.chunks(sorted(words - {""})):
                found |= {one.pk: one for one in bulk.among(Company.objects.all(), column, part)}
        for company in sorted(found.values(), key=lambda one: one.pk):
            shelf._place(company)
        unknown = {pair for pair in pairs if shelf.find(*pair) is None and any(pair)}
        shelf._numbers = bulk.next_ids(Company, len(unknown))[::-1]
        return shelf

    def fetch(self, ids: Iterable[int]) -> None:
        for part in bulk.chunks(sorted(set(ids) - self.by_id.keys())):
            self.by_id |= Company.objects.in_bulk(part)

    def find(self, domain: str, key: str) -> Company | None:
        found = self.by_domain.get(domain) if domain else None
        return found or (self.by_key.get(key) if key else None)

    def add(self, company: Company) -> Company:
        company.pk = self._numbers.pop() if self._numbers else bulk.next_ids(Company, 1)[0]
        self.new.append(company)
        self._place(company)
        if self.earlier is not None:
            said = (
                fact
                for fact in FACTS
                if getattr(company, fact) != Company._meta.get_field(fact).get_default()  # type: ignore[union-attr]
            )
            self.said[company.id] = sum(_BITS[fact] for fact in said)
        return company

    def change(self, company: Company, changes: Sequence[Change]) -> None:
        if company.domain:
            self.by_domain.setdefault(company.domain, company)
        self.changes += 1
        self.recorded += companies.recorded(company, changes, by=self.by, now=self.now)
        self.changed[company.pk] = company

    def may_say(self, company: Company, fact: str) -> bool:
        if self.earlier is None:
            return True
        bit, pk = _BITS[fact], company.id
        said = self.said.get(pk, self.earlier.get(pk, 0))
        self.said[pk] = said | bit
        return fact == "attributes" or not said & bit

    def write(self) -> None:
        new = {company.pk for company in self.new}
        changed = [company for pk, company in self.changed.items() if pk not in new]
        bulk.insert(Company, self.new)
        bulk.update(Company, changed, ["domain", *FACTS])
        bulk.insert(AttributeChange, self.recorded)
        for part in bulk.chunks(sorted(one.pk for one in changed)):
            Standing.objects.filter(lead__company__in=part).update(rescore_at=self.now)

    def _place(self, company: Company) -> None:
        """Where two companies share a domain or a name, the older one is meant."""
        self.by_id.setdefault(company.pk, company)
        if company.domain:
            self.by_domain.setdefault(company.domain, company)
        self.by_key.setdefault(company.name_key, company)
