"""What a person writes who moves a lead: hand over, back to nurture, not a fit, nurture again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as _p

from handoff import words
from handoff.desk.by_hand import LONGEST_OPENING
from handoff.desk.next_steps import BACK_STEPS
from handoff.forms import LONGEST_NOTE, Radios, SeenForm, SendBackForm


class HandOverForm(SeenForm):
    """The version is the lead's."""

    opening_line = forms.CharField(
        label=_("Opening line"),
        required=False,
        max_length=LONGEST_OPENING,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("A suggestion how to begin the conversation. Left empty, the playbook's own is used."),
    )
    note = forms.CharField(
        label=_("Why it is time"),
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def answer(self) -> dict[str, Any]:
        said = self.cleaned_data
        return {
            "opening_line": said["opening_line"],
            "note": said["note"].strip(),
            "version": said["version"],
        }


class RecycleForm(SendBackForm):
    """Back to nurture from sales' hands; the reasons are those of a send-back."""

    follow_me = None
    steps = BACK_STEPS

    def answer(self) -> dict[str, Any]:
        said = self.cleaned_data
        return {
            "reason": said["reason"],
            "next_step": said["next_step"],
            "wake_on": said["wake_on"],
            "note": said["note"].strip(),
            "version": said["version"],
        }


class RecallForm(RecycleForm):
    """Taken back by whoever offered it: the version is the handoff's."""


class DisqualifyForm(SeenForm):
    reason = forms.ChoiceField(label=_("Why they are not a fit"), widget=Radios)
    note = forms.CharField(
        label=_p("field", "Note"),
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reasons = [(one["code"], one["label"]) for one in words.reasons("disqualify")]
        self.fields["reason"].choices = reasons  # type: ignore[attr-defined]

    def answer(self) -> dict[str, Any]:
        said = self.cleaned_data
        return {"reason": said["reason"], "note": said["note"].strip(), "version": said["version"]}


class ReopenForm(SeenForm):
    reason = forms.CharField(
        label=_("Why they are worth another look"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )

    def answer(self) -> dict[str, Any]:
        return {"reason": self.cleaned_data["reason"].strip(), "version": self.cleaned_data["version"]}
