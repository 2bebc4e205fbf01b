"""What a person writes further down the path: to pass a lead on, of a meeting, of an opportunity."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from unicodedata import normalize

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as _p

from handoff import path_words, words
from handoff.desk.promoting import LONGEST_REASON
from handoff.forms import LONGEST_NOTE, Radios, SeenForm
from leads.models import Lead, Meeting, User
from leads.opportunities import LONGEST_COMPETITOR

LENGTHS = (30, 45, 60, 90, 120)
USUAL_LENGTH = 60


class Ticks(forms.CheckboxSelectMultiple):
    """Boxes whose group carries the field's id, for the summary of errors to lead to."""

    def id_for_label(self, id_: str, index: str | None = None) -> str:
        return id_


def day_field(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, widget=widget, help_text=help_text)


class PromoteForm(SeenForm):
    to = forms.ChoiceField(label=_("Who takes it from here"), widget=Radios)
    note = forms.CharField(
        label=_("What they should know"),
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    reason = forms.CharField(
        label=_("Why it goes on without a meeting"),
        required=False,
        max_length=LONGEST_REASON,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, choices: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = choices  # type: ignore[attr-defined]


class MeetingForm(SeenForm):
    """A day and a time in the reader's zone, and how long it takes. The version is the meeting's."""

    day = day_field(_p("meeting", "Day"))
    at = forms.TimeField(
        label=_p("meeting", "Begins at"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    minutes = forms.TypedChoiceField(
        label=_p("meeting", "Lasts"), coerce=int,
        choices=lambda: [(n, words_of_minutes(n)) for n in LENGTHS],
    )  # fmt: skip
    mode = forms.ChoiceField(
        label=_p("meeting", "How"), widget=Radios,
        choices=lambda: [(code, path_words.mode_label(code)) for code in Meeting.MODES],
    )  # fmt: skip
    place = forms.CharField(label=_p("meeting", "Place"), required=False, max_length=200)
    url = forms.CharField(
        label=_("Link to join"), required=False, max_length=500,
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"}),
    )  # fmt: skip
    ours = forms.MultipleChoiceField(label=_("Who goes from our side"), required=False, widget=Ticks)
    theirs = forms.CharField(
        label=_("Who comes from their side"), required=False, max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("One a line: name, then the title after a comma."),
    )  # fmt: skip
    confirmed = forms.MultipleChoiceField(
        label=_("What is made sure already"), required=False, widget=Ticks,
        choices=lambda: [(code, str(label)) for code, label in path_words.CONFIRMED.items()],
    )  # fmt: skip

    def __init__(self, *args: Any, people: Sequence[User], length: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(one.pk): one for one in people}
        self.fields["ours"].choices = [(pk, one.name) for pk, one in self.people.items()]  # type: ignore[attr-defined]
        if length and length not in LENGTHS:
            choices = sorted({*LENGTHS, length})
            self.fields["minutes"].choices = [(n, words_of_minutes(n)) for n in choices]  # type: ignore[attr-defined]

    def clean_theirs(self) -> list[dict[str, str]]:
        lines = [line.strip() for line in self.cleaned_data["theirs"].splitlines() if line.strip()]
        return [_guest(line) for line in lines]

    def answer(self) -> dict[str, Any]:
        """The keywords of `desk.book_meeting`."""
        said = self.cleaned_data
        local = datetime.combine(said["day"], said["at"], timezone.get_current_timezone())
        starts_at = local.astimezone(UTC)
        return {
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(minutes=said["minutes"]),
            "mode": said["mode"],
            "place": said["place"],
            "url": said["url"],
            "theirs": said["theirs"],
            "confirmed": dict.fromkeys(said["confirmed"], True),
            "ours": [self.people[pk] for pk in said["ours"]],
        }

    def refuse(self, refused: Any) -> None:
        """Moments are asked for as a day and a time: what is wrong with them stands there."""
        refused.field = {"starts_at": "day", "ends_at": "minutes"}.get(refused.field, refused.field)
        super().refuse(refused)


def _guest(line: str) -> dict[str, str]:
    for mark in ("、", "，", "／"):
        line = line.replace(mark, ",")
    name, _, title = line.partition(",")
    return {"name": name.strip()[:200], "title": title.strip()[:200]}


def words_of_minutes(minutes: int) -> str:
    return _t("%(n)s minutes") % {"n": minutes}


def meeting_initial(meeting: Meeting) -> dict[str, Any]:
    """The form's first values for a meeting that is changed."""
    here = timezone.localtime(meeting.starts_at)
    lines = [
        ", ".join(part for part in (one.get("name"), one.get("title")) if part) for one in meeting.theirs
    ]
    return {
        "version": meeting.version, "day": here.date(), "at": here.time(),
        "minutes": length_of(meeting), "mode": meeting.mode, "place": meeting.place, "url": meeting.url,
        "ours": [str(one.pk) for one in meeting.ours.all()], "theirs": "\n".join(lines),
        "confirmed": [code for code, said in meeting.confirmed.items() if said],
    }  # fmt: skip


def length_of(meeting: Meeting) -> int:
    return max(1, round((meeting.ends_at - meeting.starts_at) / timedelta(minutes=1)))


def new_meeting_initial(lead: Lead, user: User, now: datetime) -> dict[str, Any]:
    tomorrow = timezone.localtime(now).date() + timedelta(days=1)
    while tomorrow.weekday() > 4:
        tomorrow += timedelta(days=1)
    theirs = ", ".join(part for part in (lead.display_name, lead.title) if part)
    return {"day": tomorrow, "at": time(10, 0), "minutes": USUAL_LENGTH, "mode": Meeting.VISIT,
            "ours": [str(user.pk)], "theirs": theirs, "version": 0}  # fmt: skip


class VerdictForm(SeenForm):
    verdict = forms.ChoiceField(
        label=_("Was it worth it?"), widget=Radios,
        choices=lambda: [(code, str(label)) for code, label in path_words.VERDICTS.items()],
    )  # fmt: skip
    reason = forms.ChoiceField(label=_("Why it was not"), required=False, widget=Radios)
    went_well = forms.MultipleChoiceField(
        label=_("What went well (up to three)"), required=False, widget=Ticks
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, kind in (("reason", "meeting"), ("went_well", "went_well")):
            listed = [(one["code"], one["label"]) for one in words.reasons(kind)]
            self.fields[name].choices = listed  # type: ignore[attr-defined]

    def answer(self) -> dict[str, Any]:
        said = self.cleaned_data
        is_valid = said["verdict"] == Meeting.VALID
        return {
            "verdict": said["verdict"],
            "reason": "" if is_valid else said["reason"],
            "went_well": said["went_well"],
        }


class OpportunityForm(SeenForm):
    """The version is the lead's when it is opened, the opportunity's when it is changed."""

    amount = forms.DecimalField(
        label=_("Amount"), max_digits=15, decimal_places=2, min_value=0, localize=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )  # fmt: skip
    currency = forms.CharField(
        label=_("Currency"), max_length=3, initial="JPY",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )  # fmt: skip
    expected_close = day_field(_("Expected close"))
    next_step_on = day_field(
        _("Next step on"),
        required=False,
        help_text=_("Until then it is not overdue; left open, the close counts."),
    )

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(plain_figures(data), **kwargs)

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()

    def answer(self) -> dict[str, Any]:
        names = ("amount", "currency", "expected_close", "next_step_on", "version")
        return {name: self.cleaned_data[name] for name in names}


def plain_figures(data: Any) -> Any:
    """Amounts as people type them: 12,000,000, ¥12,000,000, １２００万 is left to be refused."""
    if not data or "amount" not in data:
        return data
    data = data.copy()
    data["amount"] = plain_amount(data["amount"])
    return data


def plain_amount(typed: str) -> str:
    return normalize("NFKC", typed).replace(",", "").strip().removesuffix("円").lstrip("¥\\$€£").strip()


class CloseForm(SeenForm):
    outcome = forms.ChoiceField(
        label=_("How did it end?"), widget=Radios,
        choices=lambda: [(code, str(label)) for code, label in path_words.OUTCOMES.items()],
    )  # fmt: skip
    reason = forms.ChoiceField(label=_("Why it was lost"), required=False, widget=Radios)
    competitor = forms.CharField(
        label=_("Which competitor"), required=False, max_length=LONGEST_COMPETITOR,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    amount = forms.DecimalField(
        label=_("Amount in the end"), required=False, max_digits=15, decimal_places=2, min_value=0,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text=_("Left open, the amount stays as it is."),
    )  # fmt: skip
    note = forms.CharField(
        label=_p("field", "Note"), required=False, max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(plain_figures(data), **kwargs)
        self.reasons = words.reasons("lost")
        self.fields["reason"].choices = [(one["code"], one["label"]) for one in self.reasons]  # type: ignore[attr-defined]

    def picks(self) -> list[dict[str, Any]]:
        """The reasons with their keys, the customer's side first."""
        return [one | {"key": None if place > 9 else place} for place, one in enumerate(self.reasons, 1)]

    def answer(self) -> dict[str, Any]:
        said = self.cleaned_data
        is_lost = said["outcome"] == "lost"
        return {
            "outcome": said["outcome"],
            "reason": said["reason"] if is_lost else "",
            "competitor": said["competitor"] if is_lost else "",
            "amount": said["amount"],
            "note": said["note"],
            "version": said["version"],
        }


class SupporterForm(forms.Form):
    """Somebody of the house by number."""

    user = forms.IntegerField(min_value=1, max_value=2**63 - 1)

    def person(self) -> User:
        found = User.objects.filter(pk=self.cleaned_data["user"], is_active=True).first()
        if found is None:
            raise ValidationError("user")
        return found
