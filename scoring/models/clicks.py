"""Clicks that this house, not their source, found to be a machine's."""

from __future__ import annotations

from django.db import models

from leads.models import Activity


class MachineClick(models.Model):
    """A click that this house, not its source, found to be a machine's: its mark may be taken back."""

    activity = models.OneToOneField(
        Activity, primary_key=True, on_delete=models.CASCADE, related_name="machine_click"
    )
    judged_at = models.DateTimeField()
