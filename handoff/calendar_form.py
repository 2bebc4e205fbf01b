"""What people write about a calendar: days that do not go by the week, and holidays to be copied."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as _p

from handoff.forms import Radios
from leads import calendar_words
from leads.calendar_definition import DefinitionError, Exceptional, Windows
from leads.words import is_japanese

DATE, RANGE, YEARLY = "date", "range", "yearly"
KINDS = (
    (DATE, _p("calendar", "One day")),
    (RANGE, _p("calendar", "Several days")),
    (YEARLY, _p("calendar", "Every year")),
)
FIELDS_OF: Mapping[str, Sequence[str]] = {
    DATE: ("on",), RANGE: ("first", "last"), YEARLY: ("since", "until"),
}  # fmt: skip
CLOSED, OPEN = "closed", "open"
LONGEST_NAME = 60
WHERE = {"date": "on", "from": "first", "to": "last", "every": "since", "windows": "hours"}

_TIMES = re.compile(r"(\d{1,2}):(\d{2})\s*[-–—−~〜]\s*(\d{1,2}):(\d{2})")
_YEARLY = re.compile(r"(\d{1,2})\s*[-/月.]\s*(\d{1,2})\s*日?")


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


def _text(label: Any, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, widget=forms.TextInput(attrs={"autocomplete": "off"}), **more)


class ExceptionForm(forms.Form):
    """One exception; `kind` says which days it asks for. `key` names the one that is changed."""

    version = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)
    key = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    kind = forms.ChoiceField(choices=KINDS, widget=forms.HiddenInput)
    on = _day(_("Day"))
    first = _day(_("First day"))
    last = _day(_("Last day"))
    since = _text(_("First day of each year"), max_length=20, help_text=_("Month and day, like 12/29"))
    until = _text(
        _("Last day of each year"), max_length=20, required=False, help_text=_("Empty: one day only.")
    )
    state = forms.ChoiceField(
        label=_("On these days"),
        widget=Radios,
        choices=[
            (CLOSED, _p("calendar", "we are closed")),
            (OPEN, _p("calendar", "we work at these hours only:")),
        ],
    )
    hours = _text(_("Hours"), max_length=400, required=False, help_text=_("Like 9:00-12:00, 13:00-15:00"))
    label_ja = _text(_("Name (Japanese)"), max_length=LONGEST_NAME, required=False)
    label_en = _text(_("Name (English)"), max_length=LONGEST_NAME, required=False)

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.days = kind if kind in FIELDS_OF else DATE
        for other, names in FIELDS_OF.items():
            for name in names if other != self.days else ():
                del self.fields[name]

    @property
    def when(self) -> list[forms.BoundField]:
        return [self[name] for name in FIELDS_OF[self.days]]

    def clean_since(self) -> str:
        return _yearly(self.cleaned_data["since"])

    def clean_until(self) -> str:
        said = self.cleaned_data["until"]
        return _yearly(said) if said else ""

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if said.get("first") and said.get("last") and said["last"] < said["first"]:
            self.add_error("last", _("The last day is before the first."))
        if said.get("state") == OPEN and not _hours(said.get("hours", "")):
            self.add_error("hours", _("Write the hours like 9:00-12:00, 13:00-15:00."))
        if not (said.get("label_ja") or said.get("label_en")):
            mine = "label_ja" if is_japanese() else "label_en"
            self.add_error(mine, _("Give it a name: it stands beside every due time it moves."))
        return said

    def said(self) -> dict[str, Any]:
        """The exception as a definition writes it."""
        typed = self.cleaned_data
        label = {code: typed[f"label_{code}"] for code in ("ja", "en") if typed[f"label_{code}"]}
        hours = {"closed": True} if typed["state"] == CLOSED else {"windows": _hours(typed["hours"])}
        return {**_days(self.days, typed), **hours, "label": label}

    def blame(self, error: DefinitionError) -> None:
        """What the rules refuse, at the field it means."""
        field = next((WHERE[str(part)] for part in error.path if part in WHERE), None)
        self.add_error(field if field in self.fields else None, calendar_words.sentence(error))


class YearForm(forms.Form):
    """Which year's public holidays are copied into the calendar."""

    version = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)
    year = forms.TypedChoiceField(label=_("Year"), coerce=int)

    def __init__(self, *args: Any, years: Sequence[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["year"].choices = [(one, str(one)) for one in years]  # type: ignore[attr-defined]


class RemoveForm(forms.Form):
    version = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)
    key = forms.CharField(max_length=40, widget=forms.HiddenInput)


def kind_of(one: Exceptional) -> str:
    if one.every is not None:
        return YEARLY
    return DATE if one.first == one.last else RANGE


def initial_of(one: Exceptional) -> dict[str, Any]:
    """An exception as its form shows it."""
    label = one.label if isinstance(one.label, Mapping) else {"ja": one.label, "en": one.label}
    shown: dict[str, Any] = {
        "state": OPEN if one.windows else CLOSED, "hours": _typed(one.windows), "kind": kind_of(one),
        "label_ja": label.get("ja", ""), "label_en": label.get("en", ""),
    }  # fmt: skip
    if one.every is not None:
        since, until = (f"{month}/{day}" for month, day in one.every)
        return shown | {"since": since, "until": until if until != since else ""}
    return shown | {"on": one.first, "first": one.first, "last": one.last}


def _days(kind: str, typed: Mapping[str, Any]) -> dict[str, str]:
    if kind == DATE:
        return {"date": typed["on"].isoformat()}
    if kind == RANGE:
        return {"from": typed["first"].isoformat(), "to": typed["last"].isoformat()}
    return {"every": f"{typed['since']}..{typed['until']}" if typed["until"] else typed["since"]}


def _yearly(said: str) -> str:
    """`12/29`, `12月29日` as `12-29`."""
    found = _YEARLY.fullmatch(unicodedata.normalize("NFKC", said).strip())
    try:
        day = date(2024, int(found[1]), int(found[2])) if found else None  # a leap year: 2/29 is a day
    except ValueError:
        day = None
    if day is None:
        raise forms.ValidationError(_t("Write a month and a day that there is, like 12/29."))
    return f"{day:%m-%d}"


def _hours(said: str) -> list[str]:
    """`9:00-12:00, 13:00-15:00` as windows; empty where it is not that."""
    parts = [one for one in re.split("[,、;\n]", unicodedata.normalize("NFKC", said)) if one.strip()]
    found = [_TIMES.fullmatch(one.strip()) for one in parts]
    if not all(found):
        return []
    return [f"{int(one[1]):02d}:{one[2]}-{int(one[3]):02d}:{one[4]}" for one in found if one]


def _typed(windows: Windows) -> str:
    return ", ".join(f"{_clock(start)}-{_clock(end)}" for start, end in windows)


def _clock(minute: int) -> str:
    minute = minute - 24 * 60 if minute > 24 * 60 else minute
    return f"{minute // 60}:{minute % 60:02d}"
