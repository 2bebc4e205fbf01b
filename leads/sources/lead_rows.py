"""A row of a lead file as the values that the intake door takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import translation

from leads import companies, identity, intake_bulk, stages, words
from leads.models import User
from leads.models.companies import RELATIONS
from leads.recording import FUTURE_LIMIT
from leads.sources import cells
from leads.sources.campaigns import Campaigns
from leads.sources.cells import Convert
from leads.sources.mapping import Column
from leads.sources.problems import CellRefused, Problem
from leads.sources.rows import Values

COMPANY = {
    "company": "name", "company_domain": "domain", "industry": "industry", "employees": "employees",
    "country": "country", "prefecture": "prefecture", "relation": "relation",
}  # fmt: skip
FIELDS = (
    "external_id", "email", "phone", "name", "family_name", "given_name", "family_name_kana",
    "given_name_kana", "name_kana", *COMPANY, "department", "title", "source", "campaign",
    "mail_opt_out", "do_not_contact",
    "created_at", "owner", "stage", "note", "attributes",
    "attributes.*", "company.attributes.*",
)  # fmt: skip
KNOWN_BY = ("external_id", "email", "phone", "name", "family_name", "given_name")
_LINES = {
    "external_id": 200, "name": 200, "family_name": 100, "given_name": 100, "family_name_kana": 100,
    "given_name_kana": 100, "name_kana": 200, "company": 300, "company_domain": 253, "industry": 120,
    "country": 80, "prefecture": 80, "department": 200, "title": 200, "source": 120, "campaign": 200,
}  # fmt: skip


@dataclass
class LeadValues:
    """Knows how each field of a lead is read: `maker` for `rows.bind`, `finished` for what it read."""

    zone: ZoneInfo
    dates: tuple[str, ...]
    now: datetime
    people: People

    def maker(self, to: str, column: Column) -> Convert:
        if to.startswith(("attributes.", "company.attributes.")):
            return self._attribute(column)
        if to in _LINES:
            return cells.line(_LINES[to])
        special: dict[str, Convert] = {
            "email": cells.email, "phone": cells.phone, "mail_opt_out": cells.yes_no, "attributes": str,
            "do_not_contact": cells.yes_no, "employees": cells.whole(thousands=column.thousands),
            "created_at": self._moment(column), "owner": self.people.find, "stage": _Stages.read().find,
            "note": cells.block(cells.LONGEST_NOTE), "relation": _relation,
        }  # fmt: skip
        return special[to]

    def _attribute(self, column: Column) -> Convert:
        return {
            "number": cells.number,
            "yes_no": cells.yes_no,
            "moment": lambda cell: self._moment(column)(cell).isoformat(),
        }.get(column.type, cells.block(cells.LONGEST_ATTRIBUTE))

    def _moment(self, column: Column) -> Convert:
        return cells.moment(
            zone=column.zone or self.zone, latest=self.now + FUTURE_LIMIT, formats=column.dates or self.dates
        )

    def finished(self, flat: Values) -> tuple[Values, list[Problem]]:
        """The values in the form of the door, the stage among them, and what the row lacks."""
        if not any(flat.get(name) for name in KNOWN_BY):
            return {}, [Problem("", "", "nobody_to_know")]
        values: Values = {}
        for name, value in flat.items():
            if "." in name:
                bucket, _, rest = name.partition("attributes.")
                home = values.setdefault("company", {}) if bucket else values
                home.setdefault("attributes", {})[rest] = value
            elif name in COMPANY:
                said = companies.CLEAR if value is None and name != "company" else value
                values.setdefault("company", {})[COMPANY[name]] = said
            else:
                values[name] = value
        return self._shaped(values)

    def _shaped(self, values: Values) -> tuple[Values, list[Problem]]:
        problems = []
        if "name_kana" in values:
            _part_kana(values)
        company = values.get("company")
        if company:
            identity.company_key(company.get("name") or "")  # remembered: reckoned while the database is busy
        if company and company.get("domain") is companies.CLEAR:
            problems.append(Problem("company_domain", "(clear)", "not_clearable"))
        elif company and company.get("domain") and not identity.bare_domain(company["domain"]):
            problems.append(Problem("company_domain", company["domain"], "not_a_domain"))
        if company and "name" in company and company["name"] is None:
            values["company"] = None
        for name in EMPTIED.keys() & values.keys():
            if values[name] is None:
                values[name] = EMPTIED[name]
        return values, problems


EMPTIED: Mapping[str, Any] = dict.fromkeys(
    ("email", "phone", "name", "family_name", "given_name", "family_name_kana", "given_name_kana",
     "department", "title", "source", "note"), "",
) | {"mail_opt_out": False, "do_not_contact": False}  # fmt: skip
"""What `(clear)` leaves behind; a company, campaign or owner becomes nobody."""


def _part_kana(values: Values) -> None:
    """`ヤマモト ハナコ` in one cell: family name, then given name; without a space all is the family's."""
    family, _, given = (values.pop("name_kana") or "").partition(" ")
    values.setdefault("family_name_kana", family[:100])
    values.setdefault("given_name_kana", given.strip()[:100])


def _relation(cell: str) -> str:
    found = identity.fold(cell).replace(" ", "_")
    for language in ("en", "ja"):
        with translation.override(language):
            said = {identity.fold(str(label)): code for code, label in words.RELATIONS.items()}
            found = said.get(identity.fold(cell), found)
    if found not in RELATIONS:
        raise CellRefused("unknown_relation", known=", ".join(RELATIONS))
    return found


@dataclass
class _Stages:
    """Stages by their code, abbreviation and label in both languages."""

    by_word: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls) -> _Stages:
        found = {code: code for code in stages.FORWARD}
        for language in ("en", "ja"):
            with translation.override(language):
                for code in stages.FORWARD:
                    for short in (True, False):
                        found[identity.fold(words.stage_label(code, short=short))] = code
        return cls(found)

    def find(self, cell: str) -> str:
        plain = identity.fold(cell)
        if plain not in self.by_word:
            raise CellRefused("unknown_stage", known=", ".join(stages.FORWARD))
        return self.by_word[plain]


@dataclass
class People:
    """Who works here, by address and by name; a name that two people bear finds nobody."""

    by_word: dict[str, User | None] = field(default_factory=dict)

    @classmethod
    def read(cls) -> People:
        found: dict[str, User | None] = {}
        for user in User.objects.filter(is_active=True).order_by("pk"):
            parts = (user.family_name, user.given_name)
            names = {"".join(parts), "".join(reversed(parts)), user.family_name} - {""}
            for word in {identity.fold(one).replace(" ", "") for one in names} | {user.email.casefold()}:
                found[word] = None if word in found else user
        return cls(found)

    def find(self, cell: str) -> User:
        user = self.by_word.get(identity.fold(cell).replace(" ", ""))
        if user is None:
            raise CellRefused("unknown_person")
        return user


@dataclass
class LeadRows(LeadValues):
    """A file of leads: reads them, and takes them in by the door for many."""

    by: User | None = None
    campaigns: Campaigns = field(default_factory=Campaigns)
    memory: intake_bulk.Run = field(default_factory=intake_bulk.Run)

    fields = FIELDS
    spare = "attributes"

    def take(self, rows: list[Values], *, now: datetime) -> list[intake_bulk.Taken]:
        meant = self.campaigns.meant((row["campaign"] for row in rows if row.get("campaign")), now=now)
        told = []
        for row in rows:
            values = {name: value for name, value in row.items() if name != "stage"}
            if "campaign" in values:
                values["campaign"] = meant.get(values["campaign"] or "")
            told.append(intake_bulk.Told(values, row.get("stage") or ""))
        return intake_bulk.receive_many(told, by=self.by, now=now, run=self.memory)

    def forget(self) -> None:
        self.campaigns.forget()
