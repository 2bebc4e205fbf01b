"""What scoring tells whoever listens (`config/wiring.py`)."""

from __future__ import annotations

from leads.news import Fact

simulation_asked = Fact("simulation asked")  # simulation_id: int
