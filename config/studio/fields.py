"""Fields of the editor: numbers as people type them, labels in two languages, rows of conditions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as _p

from config.playbook.ground import OF_A_COMPANY, OF_A_PERSON
from config.studio.conditions import ALL, ANY, LONGEST, SEPARATORS, Row, amount
from leads import activity_types, words
from leads.words import RELATIONS, STAGES
from scoring.condition_words import DATA, INQUIRY_KINDS, SWITCHES, TESTS, field, value_label

JOINED: tuple[tuple[str, Promise], ...] = (
    (ALL, _p("joined", "all of these hold")),
    (ANY, _p("joined", "one of these holds")),
)
ABOUT_AN_EVENT = tuple(f"data.{name}" for name in DATA)
CODES: Mapping[str, Mapping[str, Promise]] = {
    "company.relation": RELATIONS, "stage": STAGES, "data.kind": INQUIRY_KINDS,
}  # fmt: skip
LONG_TEXT = 2_000


class NumberField(forms.CharField):
    """A number, or None where nothing is typed; how large it may be is the playbook's to say."""

    def __init__(self, *, label: Any, required: bool = True, help_text: Any = "") -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "short"})
        super().__init__(label=label, required=required, help_text=help_text, widget=widget, max_length=30)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        found = amount(text)
        if found is None:
            raise ValidationError(_t("Write a number."))
        return found

    def prepare_value(self, value: Any) -> Any:
        return f"{value:g}" if isinstance(value, int | float) and abs(value) < 1e6 else value


def text_field(
    label: Any, *, most: int = 200, required: bool = False, help_text: Any = ""
) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "off"})
    return forms.CharField(
        label=label, max_length=most, required=required, help_text=help_text, widget=widget
    )


def kinds(*, directions: Sequence[str] = (activity_types.REACTION, activity_types.ACTION)) -> list[Any]:
    """Kinds of activity to choose from, the playbook's own included, under what they are."""
    known = activity_types.directions(words.section("activity_types"))
    titles = {
        activity_types.REACTION: _t("What they did"),
        activity_types.ACTION: _t("What we did"),
    }
    return [
        (titles[one], [(name, words.activity_label(name)) for name, its in known.items() if its == one])
        for one in directions
    ]


def paths_of_a_lead(more: Iterable[str] = ()) -> list[Any]:
    """Fields to ask for, under whose they are; `more` are those of a company's own making."""
    company = [(f"company.{name}", words.field_label(f"company.{name}")) for name in OF_A_COMPANY]
    own = [(path, words.field_label(path)) for path in more]
    return [
        ("", "–"),
        (_t("Person"), [(path, words.field_label(path)) for path in OF_A_PERSON]),
        (_t("Company"), company),
        *([(_t("Your own fields"), own)] if own else []),
    ]


def paths_of_an_event(more: Iterable[str] = ()) -> list[Any]:
    known = dict.fromkeys([*ABOUT_AN_EVENT, *more])
    return [("", "–"), *((path, field(path)) for path in known)]


def tests() -> list[tuple[str, str]]:
    """The ways to compare, as the second half of a condition."""
    plain = [(name, str(said) % {"field": "", "value": "…"}) for name, said in TESTS.items()]
    answered = [
        (f"{name}:{str(answer).lower()}", str(said) % {"field": ""})
        for (name, answer), said in SWITCHES.items()
    ]
    return [(name, said.strip(" :").strip()) for name, said in [*plain, *answered]]


def shown(row: Row) -> Row:
    """A row as a person reads it: codes by their names."""
    if row.path not in CODES:
        return row
    said = [value_label(row.path, one) for one in row.value.split("、")]
    return row._replace(value="、".join(said))


def coded(row: Row) -> Row:
    """A row as the playbook writes it: names by their codes."""
    known = {str(said): code for code, said in CODES.get(row.path, {}).items()}
    parts = [one.strip() for one in SEPARATORS.split(row.value)] if known else [row.value]
    return row._replace(value="、".join(known.get(one, one) for one in parts))


class Rows:
    """Rows of conditions inside a form: fields `<prefix>-0-path`, `<prefix>-0-test`, `<prefix>-0-value` …"""

    def __init__(self, form: forms.Form, prefix: str, rows: Sequence[Row], paths: list[Any]) -> None:
        self.form, self.prefix, self.paths = form, prefix, paths
        asked = self._typed_count()
        self.count = min(LONGEST, max(asked, len(rows) + (0 if asked else 1)))
        for place in range(self.count):
            self._add(place, shown(rows[place]) if place < len(rows) else Row("", "", ""))

    def _typed_count(self) -> int:
        if not self.form.is_bound:
            return 0
        given = [place for place in range(LONGEST) if f"{self.prefix}-{place}-path" in self.form.data]
        return (max(given) + 1 if given else 0) + ("more" in self.form.data)

    def _add(self, place: int, row: Row) -> None:
        names = self._names(place)
        number = place + 1
        choices = _with_own(self.paths, row.path)
        values = (
            forms.ChoiceField(
                label=_t("Field %(n)s") % {"n": number}, choices=choices, initial=row.path, required=False
            ),
            forms.ChoiceField(
                label=_t("Comparison %(n)s") % {"n": number},
                choices=[("", "–"), *tests()],
                initial=row.test,
                required=False,
            ),
            text_field(_t("Value %(n)s") % {"n": number}, most=LONG_TEXT),
        )
        values[2].initial = row.value
        values[2].widget.attrs["list"] = f"of-{row.path.replace('.', '-')}" if row.path else "of-any"
        self.form.fields.update(zip(names, values, strict=True))

    def __iter__(self) -> Iterator[list[forms.BoundField]]:
        """The three fields of each row, for a template."""
        for place in range(self.count):
            yield [self.form[name] for name in self._names(place)]

    def typed(self) -> list[Row]:
        """What was typed, in codes; a row without a field is no row. Errors go to the field they are of."""
        rows = []
        for place in range(self.count):
            path, test, value = (self.form.cleaned_data.get(name) or "" for name in self._names(place))
            if path or value.strip():
                self._insist(place, path, test, value)
                rows.append(coded(Row(path, test, value)))
        return rows

    def _insist(self, place: int, path: str, test: str, value: str) -> None:
        names = self._names(place)
        if not path:
            self._refuse(names[0], _t("Choose what is asked."))
        elif not test:
            self._refuse(names[1], _t("Choose how to compare."))
        elif ":" not in test and not value.strip():
            self._refuse(names[2], _t("Write what to compare with."))
        elif test in ("gt", "gte", "lt", "lte") and amount(value) is None:
            self._refuse(names[2], _t("Write a number."))

    def _refuse(self, name: str, said: str) -> None:
        if name not in self.form.errors:
            self.form.add_error(name, said)

    def _names(self, place: int) -> tuple[str, str, str]:
        return tuple(f"{self.prefix}-{place}-{part}" for part in ("path", "test", "value"))  # type: ignore[return-value]


def _with_own(choices: list[Any], path: str) -> list[Any]:
    """A choice for the field that is asked now, also where nobody would offer it."""
    known = {one for name, label in choices for one in (dict(label) if isinstance(label, list) else {name})}
    return choices if not path or path in known else [*choices, (path, words.field_label(path))]


LABEL_HELP = _("Only if the rule needs a shorter name than its sentence.")
