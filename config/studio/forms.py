"""What people write in the studio: titles, comments, wishes, opinions and answers.

What is allowed is the door's business; its refusals become errors of the field they name.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as _p

from scoring.rulemaking.drafting import LONGEST_TITLE
from scoring.rulemaking.opinions import LONGEST


def _area(label: Any, rows: int = 3, **more: Any) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=LONGEST, widget=forms.Textarea(attrs={"rows": rows}), **more
    )


class SeenForm(forms.Form):
    """What every act on a draft posts: the revision its person saw."""

    revision = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)


class BeginForm(forms.Form):
    title = forms.CharField(
        label=_p("draft", "Title"),
        max_length=LONGEST_TITLE,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("What it is about, in a few words."),
    )


class RequestForm(SeenForm):
    wished_from = forms.DateTimeField(
        label=_("In force from"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("Left open, it comes into force as soon as both sides have approved."),
    )


class CommentForm(forms.Form):
    rule = forms.ChoiceField(label=_p("comment", "About"), required=False)
    text = _area(_p("comment", "Comment"))

    def __init__(self, *args: Any, rules: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["rule"].choices = [("", _("the whole draft")), *rules]  # type: ignore[attr-defined]


class OpinionForm(forms.Form):
    text = _area(_("What you think of these points"), rows=4)


class AnswerForm(forms.Form):
    answer = _area(_p("opinion", "Answer"), rows=2)
