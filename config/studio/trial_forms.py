"""How far back a draft is tried."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

STRETCHES = [("30", _("the last 30 days")), ("90", _("the last 90 days"))]


class TrialForm(forms.Form):
    days = forms.ChoiceField(label=_("Try it on"), choices=STRETCHES, widget=forms.RadioSelect)
