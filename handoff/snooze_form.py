"""When a card that was put off comes back: the five choices of UX, as moments of the team's calendar."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as _p

from handoff.forms import Radios, SeenForm
from leads.business_time import Calendar

AFTERNOON, TOMORROW, NEXT_WEEK, DAY, REACTION = "afternoon", "next_day", "next_week", "date", "reaction"
CHOICES: dict[str, Promise] = {
    AFTERNOON: _p("later", "This afternoon"),
    TOMORROW: _p("later", "Next business day, first thing"),
    NEXT_WEEK: _p("later", "Next week"),
    DAY: _p("later", "On a date"),
    REACTION: _p("later", "Until they react"),
}
NOON = time(13)


class SnoozeForm(SeenForm):
    when = forms.ChoiceField(label=_p("field", "Later"), widget=Radios)
    until = forms.DateField(
        label=_("On this day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, hours: Calendar, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hours, self.at = hours, at
        here = at.astimezone(hours.timezone)
        offered = [one for one in CHOICES if one != AFTERNOON or here.time() < NOON]
        self.fields["when"].choices = [(one, CHOICES[one]) for one in offered]  # type: ignore[attr-defined]

    def answer(self) -> dict[str, Any]:
        """The keywords of `desk.snooze`."""
        said = self.cleaned_data
        if said["when"] == REACTION:
            return {"on_reaction": True, "version": said["version"]}
        return {"until": self._moment(said["when"], said["until"]), "version": said["version"]}

    def _moment(self, when: str, day: date | None) -> datetime | None:
        today = self.at.astimezone(self.hours.timezone).date()
        if when == AFTERNOON:
            return datetime.combine(today, NOON, self.hours.timezone)
        if when == TOMORROW:
            return self._opening(today + timedelta(days=1))
        if when == NEXT_WEEK:
            return self._opening(today + timedelta(days=7 - today.weekday()))
        return self._midnight(day) if day is not None else None

    def _opening(self, day: date) -> datetime:
        return self.hours.next_open(self._midnight(day))

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.hours.timezone)
