"""What the desk tells whoever listens (`config/wiring.py`)."""

from __future__ import annotations

from leads.news import Fact

waiting = Fact("handoffs waiting")  # handoff_ids: list[int]
messages_written = Fact("messages written")  # some are to be delivered now
