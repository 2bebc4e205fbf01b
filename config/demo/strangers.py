"""Whom the company gets to know: people at companies, as a form or a business card would tell of them."""

from __future__ import annotations

from random import Random
from typing import Any

from config.demo import cast
from config.demo.cast import Firm


class Strangers:
    """Invents one person after the other, the same ones in the same order for the same `rng`."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.firms = cast.firms()
        self.met = 0

    def one(self, firm: Firm | None = None, *, relation: str = "prospect", **said: Any) -> dict[str, Any]:
        """Values for `intake.receive`; `said` stands over what is invented.

        Some firms are met again and again, so that companies have several contacts.
        """
        self.met += 1
        firm = firm or self._firm(relation)
        person = self._japanese(firm) if firm.country == "日本" else self._english(firm)
        return person | {"company": _company(firm)} | said

    def _firm(self, relation: str) -> Firm:
        able = [firm for firm in self.firms if firm.relation == relation]
        return able[int(len(able) * self.rng.random() ** 1.6)]

    def _japanese(self, firm: Firm) -> dict[str, Any]:
        family, family_kana, latin = self.rng.choice(cast.FAMILIES)
        given, given_kana, latin_given = self.rng.choice(cast.GIVENS)
        department, title = self.rng.choice(cast.OFFICES)
        phone = self.rng.choice(cast.JAPANESE_PHONES).format(1000 + self.met * 7)
        return {
            "family_name": family, "given_name": given, "family_name_kana": family_kana,
            "given_name_kana": given_kana, "email": f"{latin}.{latin_given}{self.met}@{firm.domain}",
            "department": department, "title": title, "phone": phone if self.rng.random() < 0.88 else "",
        }  # fmt: skip

    def _english(self, firm: Firm) -> dict[str, Any]:
        family, given = self.rng.choice(cast.ENGLISH_NAMES)
        department, title = self.rng.choice(cast.ENGLISH_OFFICES)
        number = cast.PHONES.get(firm.country, "")
        local = f"{given}.{family}".lower().replace(" ", "")
        return {
            "family_name": family, "given_name": given, "email": f"{local}{self.met}@{firm.domain}",
            "department": department, "title": title, "phone": number.format(100 + self.met % 100),
        }  # fmt: skip


def _company(firm: Firm) -> dict[str, Any]:
    return {
        "name": firm.name, "domain": firm.domain, "industry": firm.industry, "employees": firm.employees,
        "country": firm.country, "prefecture": firm.prefecture, "relation": firm.relation,
    }  # fmt: skip
