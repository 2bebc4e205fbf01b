"""What people write about a clock: how long it rests and why, and why a breach is excused."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from handoff import words
from handoff.desk.excusing import LONGEST
from handoff.forms import SeenForm
from handoff.pausing import KINDS


class PauseForm(SeenForm):
    """`until` is the day on which the clock runs again."""

    clock = forms.ChoiceField(label=_("Which due time"))
    reason = forms.ChoiceField(label=_("Why it rests"))
    until = forms.DateField(
        label=_("It goes on from"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("The day the customer named; the clock runs again from its beginning."),
    )

    def __init__(self, *args: Any, kinds: list[str], reasons: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [(kind, words.clock_label(kind)) for kind in KINDS if kind in kinds]
        self.fields["clock"].choices = offered  # type: ignore[attr-defined]
        said = [(code, words.reason_label("pause", code)) for code in reasons]
        self.fields["reason"].choices = said  # type: ignore[attr-defined]

    def answer(self) -> dict[str, Any]:
        """The keywords of `pausing.pause`."""
        return {name: self.cleaned_data[name] for name in ("clock", "reason", "until", "version")}


class ExcuseForm(forms.Form):
    reason = forms.CharField(label=_("Why the breach is excused"), max_length=LONGEST)
