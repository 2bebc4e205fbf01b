"""Forms for rules of fit and interest and for the response rule, in a marketer's words.

A form knows the item it began from (`item`) and answers the item it says (`said`): what the form has
no field for stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.forms.utils import ErrorDict
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as _p

from config.studio.conditions import ALL, predicate_of, rows_of
from config.studio.fields import (
    JOINED,
    LABEL_HELP,
    NumberField,
    Rows,
    kinds,
    paths_of_a_lead,
    paths_of_an_event,
    text_field,
)
from leads import activity_types

NOTHING: tuple[Any, ...] = (None, "", [])


class PartForm(forms.Form):
    """What every form of the editor shares. `NAMES` are plain keys of the item, in the playbook's order."""

    NAMES: tuple[str, ...] = ()
    FIRST = ""  # the field that is changed most
    template = "studio/edit_plain.html"

    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)

    def __init__(
        self,
        data: Any = None,
        *,
        item: Any = None,
        revision: int = 0,
        own_paths: Iterable[str] = (),
        groups: Iterable[str] = (),
        speakers: Iterable[tuple[str, str]] = (),
        name: str = "part",
    ) -> None:
        self.item = item
        self.lists: Mapping[str, list[str]] = {}
        self.own_paths, self.groups, self.speakers = list(own_paths), list(groups), list(speakers)
        super().__init__(data, auto_id=f"{name}-%s", initial={"revision": revision} | self.begin())
        self.build()
        if self.FIRST and item is not None and not self.is_bound:
            self.fields[self.FIRST].widget.attrs["data-focus"] = True

    def begin(self) -> dict[str, Any]:
        """What the fields show at first."""
        return {name: self.item[name] for name in self.NAMES if self.item and name in self.item}

    def build(self) -> None:
        """Fields that depend on the item."""

    def ask_nothing_yet(self) -> None:
        """Show what is typed without a word about what is wrong: there is more to come."""
        self._errors = ErrorDict()
        self.cleaned_data: dict[str, Any] = {}

    def see(self, revision: int) -> None:
        """The same words typed, now knowing of a later revision."""
        data = self.data.copy()
        data["revision"] = str(revision)
        self.data = data

    def said(self) -> dict[str, Any]:
        """The item as it is typed; only after `is_valid`."""
        kept = {name: value for name, value in (self.item or {}).items() if name not in self.NAMES}
        typed = {name: self.cleaned_data[name] for name in self.NAMES if name in self.cleaned_data}
        return kept | {name: value for name, value in typed.items() if value not in NOTHING}

    def field_of(self, path: tuple[str | int, ...]) -> str | None:
        """The field a problem of the checker belongs to; `path` is relative to the item."""
        name = str(path[0]) if path else ""
        return name if name in self.fields else None

    @property
    def plain(self) -> list[forms.BoundField]:
        """Every field that has no place of its own."""
        return [self[name] for name in self.NAMES if name in self.fields]

    def part(self, *names: str) -> list[forms.BoundField]:
        return [self[name] for name in names]


class LabelledForm(PartForm):
    """Things that may have a name in both languages."""

    label_ja = text_field(_("Short name (Japanese)"), help_text=LABEL_HELP)
    label_en = text_field(_("Short name (English)"))

    def begin(self) -> dict[str, Any]:
        label = (self.item or {}).get("label") or {}
        label = {"ja": label, "en": label} if isinstance(label, str) else label
        return super().begin() | {"label_ja": label.get("ja"), "label_en": label.get("en")}

    def said(self) -> dict[str, Any]:
        kept = {name: value for name, value in super().said().items() if name != "label"}
        typed = {
            language: self.cleaned_data[f"label_{language}"].strip()
            for language in ("ja", "en")
            if self.cleaned_data.get(f"label_{language}", "").strip()
        }
        return kept | ({"label": typed} if typed else {})

    def field_of(self, path: tuple[str | int, ...]) -> str | None:
        return "label_ja" if path[:1] == ("label",) else super().field_of(path)

    @property
    def names(self) -> list[forms.BoundField]:
        return self.part("label_ja", "label_en")


class ConditionsForm(LabelledForm):
    """Things that ask a predicate, `KEY` of the item; one that rows cannot say is kept as it is."""

    KEY = "when"
    joined = forms.ChoiceField(label=_("It holds when"), choices=JOINED, required=False)

    def paths(self) -> list[Any]:
        return paths_of_a_lead(self.own_paths)

    def build(self) -> None:
        predicate = (self.item or {}).get(self.KEY) or {}
        found = rows_of(predicate) if predicate else (ALL, [])
        self.foreign = predicate if found is None else None
        joined, self.before = found or (ALL, [])
        self.initial["joined"] = joined
        self.rows = None if found is None else Rows(self, self.KEY, self.before, self.paths())

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        self.asked = self.rows.typed() if self.rows else []
        return said

    def predicate(self) -> Any:
        """The condition typed; where nothing of it was changed, exactly as it was written."""
        joined = self.cleaned_data.get("joined") or ALL
        unchanged = self.asked == self.before and (joined == self.initial["joined"] or len(self.asked) < 2)
        if self.foreign is not None or (unchanged and self.before):
            return self.item[self.KEY]
        return predicate_of(joined, self.asked)

    def field_of(self, path: tuple[str | int, ...]) -> str | None:
        if path[:1] != (self.KEY,) or not self.rows:
            return super().field_of(path)
        asked = [str(part) for part in path[1:]]
        for place, row in enumerate(self.asked):
            if row.path in asked:
                return f"{self.KEY}-{place}-{'value' if len(asked) > 1 else 'path'}"
        return f"{self.KEY}-0-path"


class FitForm(ConditionsForm):
    """Who somebody is: if their title contains 部長, +15 points."""

    NAMES = ("group", "points")
    FIRST = "points"
    template = "studio/edit_fit.html"

    group = text_field(
        _("Group"), most=50, help_text=_("Of rules with the same group only the best counts. May stay empty.")
    )
    points = NumberField(label=_p("field", "Points"))

    def build(self) -> None:
        super().build()
        self.fields["group"].widget.attrs["list"] = "groups"

    def said(self) -> dict[str, Any]:
        typed = super().said() | {"when": self.predicate()}
        return {name: typed[name] for name in ("group", "when", "points", "off", "label") if name in typed}


class InterestForm(ConditionsForm):
    """What somebody did: if they view the price page, +4 points, at most twice a day …"""

    KEY = "where"
    FIRST = "points"
    NAMES = (
        "type", "campaign", "content", "url_prefix",
        "points", "per_day", "window_days", "half_life_days", "max",
    )  # fmt: skip
    ORDER = (*NAMES[:1], "where", *NAMES[1:], "off", "label")
    template = "studio/edit_interest.html"

    type = forms.ChoiceField(label=_("If this happens"))
    points = NumberField(label=_p("field", "Points"))
    per_day = NumberField(label=_("At most so many times a day"), required=False)
    half_life_days = NumberField(
        label=_("Half after so many days"), required=False, help_text=_("Empty: the points do not fade.")
    )
    max = NumberField(label=_("At most so many points in all"), required=False)
    window_days = NumberField(
        label=_("Counts for so many days"), required=False, help_text=_("Empty: it counts for good.")
    )
    campaign = text_field(_("Only this campaign"))
    content = text_field(_("Only this content"))
    url_prefix = text_field(_("Only addresses beginning with"))

    def paths(self) -> list[Any]:
        return paths_of_an_event(self.own_paths)

    def build(self) -> None:
        super().build()
        kind = self.fields["type"]
        assert isinstance(kind, forms.ChoiceField)
        kind.choices = kinds()

    def said(self) -> dict[str, Any]:
        typed = super().said()
        asked = self.predicate()
        typed = {name: value for name, value in typed.items() if name != "where"}
        typed |= {"where": asked} if asked else {}
        return {name: typed[name] for name in self.ORDER if name in typed}

    @property
    def main(self) -> list[forms.BoundField]:
        return self.part("points", "per_day", "half_life_days", "max")

    @property
    def more(self) -> list[forms.BoundField]:
        return self.part("window_days", "campaign", "content", "url_prefix")

    @property
    def is_narrow(self) -> bool:
        """Something of the second part is in use, so that it stands open."""
        shown: Mapping[str, Any] = self.item or {}
        wrong = any(name in self.errors for name in ("window_days", "campaign", "content", "url_prefix"))
        return wrong or any(
            key in shown for key in ("where", "window_days", "campaign", "content", "url_prefix")
        )


class ResponseForm(PartForm):
    """Our acts against their reactions."""

    NAMES = (
        "actions", "reactions", "window_days", "min_actions", "points", "silent_after", "silent_points",
    )  # fmt: skip
    template = "studio/edit_response.html"

    actions = forms.MultipleChoiceField(label=_("What we did"), widget=forms.CheckboxSelectMultiple)
    reactions = forms.MultipleChoiceField(label=_("What they did"), widget=forms.CheckboxSelectMultiple)
    window_days = NumberField(label=_("Within so many days"))
    min_actions = NumberField(label=_("From so many acts on"))
    points = NumberField(label=_("Points if they answer everything"))
    silent_after = NumberField(label=_("Silent after so many acts"), required=False)
    silent_points = NumberField(label=_("Points if they stay silent"), required=False)

    def build(self) -> None:
        for name, direction in (
            ("actions", activity_types.ACTION),
            ("reactions", activity_types.REACTION),
        ):
            chosen = self.fields[name]
            assert isinstance(chosen, forms.MultipleChoiceField)
            [(_title, choices)] = kinds(directions=(direction,))
            chosen.choices = choices

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        silent = [said.get(name) for name in ("silent_after", "silent_points")]
        if (silent[0] is None) != (silent[1] is None) and not self.errors:
            empty = "silent_after" if silent[0] is None else "silent_points"
            self.add_error(empty, _t("Fill in both fields about silence, or neither."))
        return said

    @property
    def numbers(self) -> list[forms.BoundField]:
        return self.part(*self.NAMES[2:])
