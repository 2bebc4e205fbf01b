"""Forms of the ground floor: a lead as a person types it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from leads import editing, identity, words
from leads.models.companies import RELATIONS

MOST_EMPLOYEES = 10_000_000


class LeadForm(forms.Form):
    """One lead with its company. Names are those of `editing.values_of`; blank means blank."""

    family_name = forms.CharField(label=words.FIELDS["family_name"], max_length=100, required=False)
    given_name = forms.CharField(label=words.FIELDS["given_name"], max_length=100, required=False)
    family_name_kana = forms.CharField(label=words.FIELDS["family_name_kana"], max_length=100, required=False)
    given_name_kana = forms.CharField(label=words.FIELDS["given_name_kana"], max_length=100, required=False)
    company_name = forms.CharField(label=words.FIELDS["company"], max_length=300, required=False)
    department = forms.CharField(label=words.FIELDS["department"], max_length=200, required=False)
    title = forms.CharField(label=words.FIELDS["title"], max_length=200, required=False)
    email = forms.CharField(
        label=words.FIELDS["email"],
        max_length=254,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "email", "autocomplete": "off"}),
    )
    phone = forms.CharField(
        label=words.FIELDS["phone"],
        max_length=64,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    source = forms.CharField(label=words.FIELDS["source"], max_length=120, required=False)
    company_industry = forms.CharField(label=words.FIELDS["industry"], max_length=120, required=False)
    company_employees = forms.IntegerField(
        label=words.FIELDS["employees"], min_value=0, max_value=MOST_EMPLOYEES, required=False
    )
    company_prefecture = forms.CharField(label=words.FIELDS["prefecture"], max_length=80, required=False)
    company_relation = forms.ChoiceField(label=words.FIELDS["relation"], required=False)
    note = forms.CharField(
        label=words.FIELDS["note"],
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    mail_opt_out = forms.BooleanField(label=_("They do not want our mail"), required=False)
    do_not_contact = forms.BooleanField(label=_("Do not contact them at all"), required=False)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    anyway = forms.BooleanField(label=_("This is somebody else: save as a new lead"), required=False)

    PERSON = ("family_name", "given_name", "family_name_kana", "given_name_kana")
    WORK = ("company_name", "department", "title")
    CONTACT = ("email", "phone", "source")
    COMPANY = ("company_industry", "company_employees", "company_prefecture", "company_relation")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        relation = self.fields["company_relation"]
        assert isinstance(relation, forms.ChoiceField)
        relation.choices = [(code, words.relation_label(code)) for code in RELATIONS]
        for name, field in self.fields.items():
            if isinstance(field, forms.CharField) and name not in ("email", "phone"):
                field.widget.attrs.setdefault("autocomplete", "off")

    def clean_email(self) -> str:
        """A new address must be usable; one that came in otherwise may stay as it is."""
        email: str = self.cleaned_data["email"].strip()
        if email and email != self.initial.get("email") and identity.email_problem(email):
            raise ValidationError(
                _t("This is not a usable e-mail address. Write one like name@example.co.jp.")
            )
        return email

    def clean_phone(self) -> str:
        phone: str = self.cleaned_data["phone"].strip()
        if phone and phone != self.initial.get("phone") and identity.phone_key(phone) is None:
            raise ValidationError(_t("This is not a usable phone number. Write it like 03-1234-5678."))
        return phone

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if not self.errors and not any(
            said.get(name) for name in ("family_name", "company_name", "email", "phone")
        ):
            raise ValidationError(
                _t("Write at least a name, a company, an e-mail address or a phone number.")
            )
        return said

    @property
    def typed(self) -> dict[str, Any]:
        """As `editing.save` takes it: fields of the company as `company.industry`."""
        said = {name: value for name, value in self.cleaned_data.items() if name not in ("seen", "anyway")}
        return {_editing_name(name): value for name, value in said.items()}

    def part(self, names: tuple[str, ...]) -> list[forms.BoundField]:
        return [self[name] for name in names]

    @property
    def person(self) -> list[forms.BoundField]:
        return self.part(self.PERSON)

    @property
    def work(self) -> list[forms.BoundField]:
        return self.part(self.WORK)

    @property
    def contact(self) -> list[forms.BoundField]:
        return self.part(self.CONTACT)

    @property
    def company(self) -> list[forms.BoundField]:
        return self.part(self.COMPANY)


def initial(values: dict[str, Any]) -> dict[str, Any]:
    """`editing.values_of` under the names of the form."""
    return {_form_name(name): value for name, value in values.items()}


def _form_name(name: str) -> str:
    return name.replace(editing.COMPANY_PREFIX, "company_")


def _editing_name(name: str) -> str:
    return editing.COMPANY_PREFIX + name.removeprefix("company_") if name.startswith("company_") else name
