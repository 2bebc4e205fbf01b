"""What a person writes who sets the readiness of a lead by hand."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from scoring import gate_words, overriding


class SeenOverride(forms.Form):
    """What the person saw when they decided: the override that counted then, 0 for none."""

    version = forms.IntegerField(min_value=0, max_value=2**63 - 1, widget=forms.HiddenInput)

    def see(self, version: int) -> None:
        """The same words typed, now knowing what somebody else said meanwhile."""
        data = self.data.copy()
        data["version"] = str(version)
        self.data = data


class OverrideForm(SeenOverride):
    """`until` is the last day on which it counts, in the reader's time zone."""

    readiness = forms.IntegerField(
        label=_("Readiness from 0 to 100"),
        min_value=0,
        max_value=overriding.MOST_POINTS,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        help_text=_(
            "It counts instead of the computed number; fit, interest and exclusions stay as they are."
        ),
    )
    reason = forms.CharField(
        label=_("Why you see it differently"),
        max_length=overriding.LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    until = forms.DateField(
        label=_("Until and including"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("At most 180 days. Afterwards the computed number counts again."),
    )

    def answer(self) -> dict[str, Any]:
        said = self.cleaned_data
        kept = {name: said[name] for name in ("version", "readiness", "reason")}
        return kept | {"until": _end_of(said["until"])}

    def refuse(self, refused: overriding.OverrideRefused) -> None:
        self.add_error(refused.field or None, gate_words.refusal(refused))


def _end_of(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
