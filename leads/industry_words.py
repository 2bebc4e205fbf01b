"""Industries in the reader's words: codes that playbooks and CRM exports write (manufacturing, real_estate).

What is no known code stays as it was written: 製造業 is 製造業 in both languages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy as _p

from leads.identity import fold

INDUSTRIES: Mapping[str, Promise] = {
    "aerospace": _p("industry", "Aerospace"),
    "agriculture": _p("industry", "Agriculture"),
    "automotive": _p("industry", "Automotive"),
    "chemicals": _p("industry", "Chemicals"),
    "construction": _p("industry", "Construction"),
    "consulting": _p("industry", "Consulting"),
    "education": _p("industry", "Education"),
    "electronics": _p("industry", "Electronics"),
    "energy": _p("industry", "Energy"),
    "finance": _p("industry", "Finance"),
    "food": _p("industry", "Food"),
    "government": _p("industry", "Public sector"),
    "healthcare": _p("industry", "Healthcare"),
    "hospitality": _p("industry", "Hotels and restaurants"),
    "insurance": _p("industry", "Insurance"),
    "it": _p("industry", "IT"),
    "logistics": _p("industry", "Logistics"),
    "machinery": _p("industry", "Machinery"),
    "manufacturing": _p("industry", "Manufacturing"),
    "media": _p("industry", "Media"),
    "pharmaceuticals": _p("industry", "Pharmaceuticals"),
    "printing": _p("industry", "Printing"),
    "real_estate": _p("industry", "Real estate"),
    "retail": _p("industry", "Retail"),
    "services": _p("industry", "Services"),
    "software": _p("industry", "Software"),
    "telecommunications": _p("industry", "Telecommunications"),
    "transportation": _p("industry", "Transport"),
    "wholesale": _p("industry", "Wholesale"),
    "other": _p("industry", "Other industry"),
}  # fmt: skip


def industry_label(said: str) -> str:
    """An industry as the reader calls it: its code (`real_estate`, `Real Estate`) in their language."""
    code = re.sub(r"[\s_\-]+", "_", fold(said)).strip("_")
    return str(INDUSTRIES.get(code, said))
