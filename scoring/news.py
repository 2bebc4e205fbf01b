"""What scoring tells whoever listens (`config/wiring.py`)."""

from __future__ import annotations

from leads.news import Fact

rules_wanted = Fact("rules wanted")  # nothing: the rows say which
hands_raised = Fact("hands raised")  # raised: dict[int, int | None] (lead: group), now
simulation_asked = Fact("simulation asked")  # simulation_id: int
