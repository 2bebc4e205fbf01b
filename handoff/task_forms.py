"""What people write to a task, and what sales asks marketing."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from handoff import desk, task_words
from handoff.forms import LONGEST_NOTE, Radios, SeenForm


class TaskForm(SeenForm):
    outcome = forms.ChoiceField(label=_("Your answer"), required=False, widget=Radios)
    text = forms.CharField(
        label=_("In a sentence"), required=False, max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(code, task_words.outcome_label(code)) for code in desk.outcomes_of(kind)]
        self.fields["outcome"].choices = choices  # type: ignore[attr-defined]

    def answer(self) -> dict[str, Any]:
        return {"text": self.cleaned_data["text"], "outcome": self.cleaned_data["outcome"]}


class QuestionForm(SeenForm):
    text = forms.CharField(
        label=_("What do you want to know?"),
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 3, "data-focus": True}),  # opened by Q, and written at once
    )
