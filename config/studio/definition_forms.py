"""Forms for the definition of MQL and what stands around the rules: limits, classes, gate, opening lines."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as _p

from config.playbook import yaml12
from config.playbook.problems import PlaybookRefused
from config.playbook.readiness import COMPLETE_FIELDS
from config.playbook.words import alone, what_is_needed
from config.playbook.write import flow
from config.studio.conditions import Row, predicate_of, rows_of
from config.studio.fields import (
    NumberField,
    Rows,
    kinds,
    paths_of_a_lead,
    paths_of_an_event,
    text_field,
)
from config.studio.rule_forms import ConditionsForm, LabelledForm, PartForm
from leads.words import field_label
from scoring.rulemaking.sentences import CONDITIONS

MOST_EVENTS = 5
LEVELS: tuple[tuple[str, Promise], ...] = (
    ("", _p("gate", "says nothing")),
    ("warn", _p("gate", "needs a sentence")),
    ("block", _p("gate", "stops the hand-over")),
)


class LimitsForm(PartForm):
    """The most a half can give."""

    NAMES = ("fit", "interest")

    fit = NumberField(label=_("Fit at most"))
    interest = NumberField(label=_("Interest at most"))

    def field_of(self, path: tuple[str | int, ...]) -> str | None:
        return next((str(one) for one in path if one in self.fields), None)


class ClassesForm(PartForm):
    """Where high begins."""

    NAMES = ("fit", "interest")

    fit = NumberField(label=_("Fit is high from"))
    interest = NumberField(label=_("Interest is high from"))


class MqlForm(PartForm):
    """The minimums, and where a lead leaves again."""

    NAMES = ("min_readiness", "min_fit", "min_interest", "leave_below", "leave_below_interest")

    min_readiness = NumberField(label=_("Readiness at least"))
    min_fit = NumberField(label=_("Fit at least"))
    min_interest = NumberField(label=_("Interest at least"))
    leave_below = NumberField(
        label=_("Leaves below readiness"),
        required=False,
        help_text=_("Lower than the entry, so that a lead does not go back and forth."),
    )
    leave_below_interest = NumberField(label=_("Leaves below interest"), required=False)

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        for leave, entry in (("leave_below", "min_readiness"), ("leave_below_interest", "min_interest")):
            if (said.get(leave) or 0) > (said.get(entry) or 0) and not self.errors:
                self.add_error(leave, _t("This is above the entry: a lead would leave as soon as it came."))
        return said

    def said(self) -> dict[str, Any]:
        typed = super().said()
        return {name: typed[name] for name in dict.fromkeys([*self.NAMES, *typed]) if name in typed}


class RequireForm(PartForm):
    """One thing that must hold before sales is bothered."""

    template = "studio/edit_rows.html"

    def build(self) -> None:
        found = rows_of(self.item or {}) if self.item else None
        self.before = found[1] if found else []
        self.rows = Rows(self, "require", self.before, paths_of_a_lead(self.own_paths))
        self.rows.count = max(1, len(self.before))

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        self.asked = self.rows.typed()
        if not self.asked and not self.errors:
            self.add_error("require-0-path", _t("Choose what is asked."))
        if len({row.path for row in self.asked}) > 1:
            self.add_error("require-1-path", _t("Ask one field here; require another one by itself."))
        return said

    def said(self) -> dict[str, Any]:
        """One field with its test: `{"phone": {"present": True}}`."""
        return self.item if self.asked == self.before else predicate_of("all", self.asked)

    def field_of(self, path: tuple[str | int, ...]) -> str | None:
        return "require-0-value" if len(path) > 0 else "require-0-path"


class ExcludeForm(ConditionsForm):
    """Who is never handed over."""

    template = "studio/edit_exclude.html"
    tell_owner = forms.BooleanField(label=_("Tell their account owner instead"), required=False)

    def begin(self) -> dict[str, Any]:
        return super().begin() | {"tell_owner": (self.item or {}).get("instead") == "tell_owner"}

    def said(self) -> dict[str, Any]:
        told = {"instead": "tell_owner"} if self.cleaned_data["tell_owner"] else {}
        return {"when": self.predicate()} | told


class FastTrackForm(LabelledForm):
    """Hand-raisers: these events together, whatever the points."""

    NAMES = ("within_days",)
    template = "studio/edit_fast_track.html"

    within_days = NumberField(label=_("Within so many days"))

    def build(self) -> None:
        events = list((self.item or {}).get("all_of") or ())
        found = [_event_row(one) for one in events]
        self.foreign = events if any(one is None for one in found) else None
        self.before = [one for one in found if one is not None]
        self.events = [] if self.foreign else [self._event(place) for place in range(MOST_EVENTS)]

    def _event(self, place: int) -> tuple[forms.BoundField, Rows]:
        kind, row = self.before[place] if place < len(self.before) else ("", None)
        name = f"event-{place}"
        choice = forms.ChoiceField(
            label=_t("Event %(n)s") % {"n": place + 1},
            choices=[("", "–"), *kinds()],
            initial=kind,
            required=not place,
        )
        self.fields[name] = choice
        rows = Rows(self, f"{name}-where", [row] if row else [], paths_of_an_event(self.own_paths))
        rows.count = 1
        return self[name], rows

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        self.asked = []
        for place, (_field, rows) in enumerate(self.events):
            typed, kind = rows.typed(), said.get(f"event-{place}")
            if kind:
                self.asked.append((kind, typed[0] if typed else None))
        return said

    def said(self) -> dict[str, Any]:
        typed = super().said()
        if self.foreign is None and self.asked != self.before:
            typed["all_of"] = [_event(kind, row) for kind, row in self.asked]
        return {name: typed[name] for name in ("id", "all_of", "within_days", "label") if name in typed}

    def field_of(self, path: tuple[str | int, ...]) -> str | None:
        if path[:1] == ("all_of",):
            return f"event-{path[1]}" if len(path) > 1 and not self.foreign else None
        return super().field_of(path)

    @property
    def shown(self) -> list[tuple[forms.BoundField, Rows]]:
        """The events there are, and one more."""
        filled = sum(bool(field.value()) for field, _rows in self.events)
        return self.events[: filled + 1]


def _event_row(event: dict[str, Any]) -> tuple[str, Row | None] | None:
    """An event with at most one condition on its data; None where there is more to it."""
    if set(event) - {"type", "where"}:
        return None
    found = rows_of(event["where"]) if event.get("where") else ("all", [])
    if found is None or len(found[1]) > 1:
        return None
    return event["type"], found[1][0] if found[1] else None


def _event(kind: str, row: Row | None) -> dict[str, Any]:
    return {"type": kind} | ({"where": predicate_of("all", [row])} if row else {})


class CompleteForm(PartForm):
    """Which fields are counted as complete."""

    template = "studio/edit_choices.html"
    fields_ = forms.MultipleChoiceField(
        label=_("Counted as complete"), widget=forms.CheckboxSelectMultiple, required=False
    )

    def begin(self) -> dict[str, Any]:
        return {"fields_": list(self.item or ())}

    def build(self) -> None:
        chosen = self.fields["fields_"]
        assert isinstance(chosen, forms.MultipleChoiceField)
        known = dict.fromkeys([*COMPLETE_FIELDS, *self.own_paths, *(self.item or ())])
        chosen.choices = [(path, field_label(path)) for path in known]

    def said(self) -> Any:
        return self.cleaned_data["fields_"]

    def field_of(self, path: tuple[str | int, ...]) -> str | None:
        return "fields_"


class ByHandForm(PartForm):
    """What the gate says when a person hands over although a condition fails."""

    def build(self) -> None:
        for code, said in CONDITIONS.items():
            level = next((one for one in ("block", "warn") if code in (self.item or {}).get(one, ())), "")
            self.fields[code] = forms.ChoiceField(
                label=_t("While not met: %(condition)s") % {"condition": said},
                choices=LEVELS,
                initial=level,
                required=False,
            )

    def said(self) -> dict[str, Any]:
        """In the order they stood in, what is new last."""
        before = self.item or {}
        order = list(dict.fromkeys([*before.get("block", ()), *before.get("warn", ()), *CONDITIONS]))
        levels = {
            level: [code for code in order if self.cleaned_data[code] == level] for level in ("block", "warn")
        }
        return {level: codes for level, codes in levels.items() if codes}

    @property
    def plain(self) -> list[forms.BoundField]:
        return [self[code] for code in CONDITIONS]


class OpeningForm(PartForm):
    """The first sentence a rep may say when a rule or a hand-raiser is the reason; `{name: text}`."""

    NAMES = ("rule", "ja", "en")
    template = "studio/edit_opening.html"

    rule = forms.ChoiceField(label=_("When this is the reason"))
    ja = text_field(
        _("In Japanese"),
        most=300,
        help_text=_("A sentence to begin the conversation with. In one language only, it stands for both."),
    )
    en = text_field(_("In English"), most=300)

    def begin(self) -> dict[str, Any]:
        [(name, text)] = (self.item or {"": {}}).items()
        text = {"ja": text, "en": text} if isinstance(text, str) else text
        return {"rule": name} | {language: text.get(language) for language in ("ja", "en")}

    def build(self) -> None:
        chosen = self.fields["rule"]
        assert isinstance(chosen, forms.ChoiceField)
        chosen.choices = [("", "–"), *self.speakers]

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if not self.errors and not (said.get("ja") or said.get("en")):
            self.add_error("ja", _t("Write a sentence in at least one language."))
        return said

    def said(self) -> dict[str, Any]:
        typed = {language: self.cleaned_data[language] for language in ("ja", "en")}
        return {self.cleaned_data["rule"]: {language: text for language, text in typed.items() if text}}

    def field_of(self, path: tuple[str | int, ...]) -> str | None:
        return super().field_of(path) if path else "rule"

    @property
    def sentences(self) -> list[forms.BoundField]:
        return self.part("ja", "en")


class TextForm(PartForm):
    """Anything, as the playbook writes it: for experts, and for what no other form can say."""

    text = forms.CharField(
        label=_("As the playbook writes it"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "class": "code"}),
    )

    def begin(self) -> dict[str, Any]:
        return {"text": "" if self.item is None else flow(self.item)}

    def insist_on(self, part: str) -> None:
        """What is typed has the outer form of its part; the rest is the checker's to say."""
        found = self.cleaned_data.get("text")
        if part == "require" and not (isinstance(found, dict) and len(found) == 1):
            self.add_error("text", _t("Write one field with its test, as in {phone: {present: true}}."))
        elif part == "opening" and not (isinstance(found, dict) and len(found) == 1):
            self.add_error("text", _t("Write one rule with its sentence, as in {pricing: {ja: …, en: …}}."))
        elif part not in ("complete", "timezone") and not isinstance(found, dict):
            self.add_error("text", what_is_needed("not_a_mapping", found))

    def clean_text(self) -> Any:
        try:
            document = yaml12.load(self.cleaned_data["text"].encode("utf-8", "surrogatepass"))
        except PlaybookRefused as refused:
            raise forms.ValidationError([alone(one) for one in refused.problems[:3]]) from refused
        if document.problems:
            raise forms.ValidationError([alone(one) for one in document.problems[:3]])
        return document.data

    def said(self) -> Any:
        return self.cleaned_data["text"]

    def field_of(self, path: tuple[str | int, ...]) -> str | None:
        return "text"

    @property
    def plain(self) -> list[forms.BoundField]:
        return [self["text"]]
