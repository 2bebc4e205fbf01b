"""What people write to the desk: answers to an offer, contacts, and giving a lead to somebody else.

Choices come from the playbook; what is allowed is the door's business, and its refusals become errors
of the field they name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as _p

from handoff import estimates, words
from handoff.desk.answers import CHANNELS
from handoff.desk.confirming import SAYS
from handoff.desk.next_steps import NEXT_STEPS, PASS_ON, TRIGGER, WAKE
from handoff.refusals import DeskRefused
from leads.models import User
from leads.words import colleague

LONGEST_NOTE = 2000
LONGEST_REASON = 60
FOLLOWED = ("", WAKE, TRIGGER)


class Radios(forms.RadioSelect):
    """Radio buttons whose group carries the field's id, for the summary of errors to lead to."""

    def id_for_label(self, id_: str, index: str | None = None) -> str:
        return id_


class SeenForm(forms.Form):
    """What every answer posts: the version its person saw, and the lead to open next."""

    version = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)
    then = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)

    def refuse(self, refused: DeskRefused) -> None:
        """A refusal of the door, at the field it means."""
        field = refused.field if refused.field in self.fields else None
        self.add_error(field, words.refusal(refused))


class ConfirmForm(SeenForm):
    """An estimate as it stood on the page, and what its reader says of it."""

    field = forms.ChoiceField(choices=[(name, name) for name in estimates.NAMES])
    says = forms.ChoiceField(choices=[(word, word) for word in SAYS])
    value = forms.CharField(max_length=estimates.LONGEST, required=False)

    def answer(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("version", "field", "says", "value")}


class SendBackForm(SeenForm):
    reason = forms.ChoiceField(label=_("Reason for sending back"), widget=Radios)
    next_step = forms.ChoiceField(
        label=_p("send back", "Next step"),
        required=False,
        widget=Radios,
    )
    to = forms.TypedChoiceField(label=_("Give it to"), required=False, coerce=int, empty_value=None)
    wake_on = forms.DateField(
        label=_("Follow-up date"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    note = forms.CharField(
        label=_("In a sentence"),
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    follow_me = forms.BooleanField(label=_("I keep following up myself"), required=False)

    steps: Sequence[str] = NEXT_STEPS

    def __init__(self, *args: Any, colleagues: Iterable[User] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.colleagues = {one.pk: one for one in colleagues}
        steps = [one for one in self.steps if one != PASS_ON or self.colleagues]
        labels = [(code, words.next_step_label(code)) for code in steps]
        self.fields["next_step"].choices = labels  # type: ignore[attr-defined]
        people = [(pk, colleague(one.name)) for pk, one in self.colleagues.items()]
        self.fields["to"].choices = [("", "—"), *people]  # type: ignore[attr-defined]
        self.reasons = words.reasons("send_back")
        self.fields["reason"].choices = [(one["code"], one["label"]) for one in self.reasons]  # type: ignore[attr-defined]

    def picks(self, now: datetime) -> list[dict[str, Any]]:
        """The reasons with their keys and what each presets, the customer's side first."""
        today = timezone.localtime(now).date()
        picks = [
            one | {"key": key if key < 10 else None, "sets": _presets(one, self.steps, today)}
            for key, one in enumerate(self.reasons, 1)
        ]
        return picks

    def answer(self) -> dict[str, Any]:
        """The keywords of `desk.send_back`."""
        said = self.cleaned_data
        return {
            "reason": said["reason"],
            "next_step": said["next_step"],
            "wake_on": said["wake_on"],
            "to": self.colleagues.get(said["to"]),
            "note": said["note"].strip(),
            "follow": "me" if said["follow_me"] and said["next_step"] in FOLLOWED else "marketing",
            "version": said["version"],
        }


def _presets(reason: dict[str, Any], steps: Sequence[str], today: Any) -> str:
    """What choosing a reason fills in: `next_step=wake wake_on=2027-05-23`; empty where it is not offered."""
    step = reason["next_step"] if reason["next_step"] in steps else ""
    days = reason.get("wake_days") if step in (WAKE, TRIGGER) else None
    on = (today + timedelta(days=days)).isoformat() if days else ""
    return f"next_step={step} wake_on={on}"


class ContactForm(SeenForm):
    result = forms.ChoiceField(
        label=_("Result of the contact"),
        widget=Radios,
        choices=lambda: [(code, words.result_label(code)) for code in words.RESULTS],
    )
    channel = forms.ChoiceField(
        label=_p("field", "Channel"),
        required=False,
        choices=lambda: [("", _("As the result says")), *((c, words.channel_label(c)) for c in CHANNELS)],
    )
    note = forms.CharField(
        label=_p("field", "Note"),
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    next_step_on = forms.DateField(
        label=_("Next contact on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    idem = forms.RegexField(r"\A[0-9a-f]{32}\Z", required=False, widget=forms.HiddenInput)

    def picks(self) -> list[dict[str, Any]]:
        return [
            {"code": code, "label": words.result_label(code), "key": key}
            for key, code in enumerate(words.RESULTS, 1)
        ]

    def answer(self) -> dict[str, Any]:
        """The keywords of `desk.contact`."""
        said = self.cleaned_data
        return {
            "result": said["result"],
            "channel": said["channel"],
            "note": said["note"].strip(),
            "next_step_on": said["next_step_on"],
        }


class ReassignForm(SeenForm):
    to = forms.ChoiceField(label=_("Give it to"), widget=Radios)
    reason = forms.CharField(label=_("Why"), max_length=LONGEST_REASON, widget=forms.TextInput)

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = choices  # type: ignore[attr-defined]
