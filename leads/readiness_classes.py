"""The four plain classes of a lead: whether its fit and its interest are high (PRODUCT 5, `classes`).

Scoring cuts them and writes the code into `Standing`; lists filter by it.
"""

from __future__ import annotations

NOW, FUTURE, NURTURE, OUT = "now", "future", "nurture", "out"
ALL = (NOW, FUTURE, NURTURE, OUT)

BY_HEIGHT = {(True, True): NOW, (True, False): FUTURE, (False, True): NURTURE, (False, False): OUT}
"""(fit is high, interest is high) → code."""
