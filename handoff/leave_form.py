"""What people write about their days away."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as _p

from handoff import words
from handoff.forms import Radios
from handoff.refusals import DeskRefused
from leads.models import User
from leads.models.people import Leave
from leads.words import colleague


class LeaveForm(forms.Form):
    user = forms.ChoiceField(label=_("Who is away"))
    starts_on = forms.DateField(
        label=_("First day away"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    ends_on = forms.DateField(
        label=_("Last day away"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    accepted = forms.ChoiceField(
        label=_("What they have accepted"),
        widget=Radios,
        choices=[
            (Leave.DEPUTY, _p("leave", "stays with them; their deputy acts meanwhile")),
            (Leave.ROUTE, _p("leave", "goes to somebody else of the queue")),
        ],
    )

    def __init__(self, *args: Any, people: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(one.pk): one for one in people}
        offered = [(pk, colleague(one.name)) for pk, one in self.people.items()]
        self.fields["user"].choices = offered  # type: ignore[attr-defined]

    def answer(self) -> dict[str, Any]:
        """The keywords of `desk.take_leave`."""
        said = self.cleaned_data
        return said | {"user": self.people[said["user"]]}

    def refuse(self, refused: DeskRefused) -> None:
        field = refused.field if refused.field in self.fields else None
        self.add_error(field, words.refusal(refused))
