"""Shapes whose rules live on the ground floor: what a predicate is and what a calendar is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from config.playbook.problems import Path, closest
from config.playbook.reading import Reading
from config.playbook.shapes import kind, shown
from leads import business_time, predicates
from leads.predicate_tests import TESTS

OF_A_PERSON = (
    *("external_id", "email", "phone", "name", "family_name", "given_name", "department", "title"),
    *("source", "campaign", "mail_opt_out", "do_not_contact", "stage"),
)
OF_A_COMPANY = ("name", "domain", "industry", "employees", "country", "prefecture", "relation")
OF_A_LEAD = (*OF_A_PERSON, *(f"company.{field}" for field in OF_A_COMPANY))
OF_A_HANDOFF = (*OF_A_LEAD, "readiness", "fit", "interest", "handoff.trigger", "handoff.lane")
COMBINE = ("any_of", "all_of", "not")


@dataclass(frozen=True)
class Paths:
    """The paths a predicate may ask, by name and by open beginnings such as `attributes.`."""

    names: tuple[str, ...]
    beginnings: tuple[str, ...]

    def __call__(self, path: str) -> bool:
        return path in self.names or any(path.startswith(one) and path != one for one in self.beginnings)


def _paths(names: Iterable[str], *beginnings: str) -> Paths:
    return Paths(tuple(names), beginnings)


about_a_lead = _paths(OF_A_LEAD, "attributes.", "company.attributes.")
about_a_handoff = _paths(OF_A_HANDOFF, "attributes.", "company.attributes.")
about_an_event = _paths((), "data.")


@dataclass(frozen=True)
class When:
    """A predicate (PRODUCT 5) over the paths that exist where it stands; it asks something."""

    paths: Paths
    may_be_empty: bool = False

    def read(self, value: Any, path: Path, reading: Reading) -> Any:
        if not isinstance(value, dict):
            return reading.refuse(path, "not_a_mapping", found=kind(value), value=shown(value))
        if not value and not self.may_be_empty:
            return reading.refuse(path, "asks_nothing", at_key=True)
        for error in predicates.check(value, known_paths=self.paths):
            self._refuse(error, path, reading)
        return value

    def _refuse(self, error: predicates.PredicateError, path: Path, reading: Reading) -> None:
        known = {"unknown_path": [*self.paths.names, *COMBINE], "unknown_test": list(TESTS)}.get(error.code)
        params: dict[str, Any] = {"value": str(error.params.get("name", ""))[:60]}
        if known is not None:
            params["meant"] = closest(params["value"], known)
            params["words"] = known if error.code == "unknown_test" else []
        reading.refuse((*path, *error.path), f"predicate_{error.code}", at_key=known is not None, **params)


@dataclass(frozen=True)
class Calendar:
    """Working hours (PRODUCT 6): refused when empty, or never open within 400 days."""

    def read(self, value: Any, path: Path, reading: Reading) -> Any:
        for error in business_time.check_definition(value):
            reading.refuse((*path, *error.path), f"calendar_{error.code}", **error.params)
        return value
