"""Coming in and going out: password, one-time link, and the person's own settings."""

from __future__ import annotations

import zoneinfo
from functools import cache
from typing import Any

from django import forms
from django.conf import settings as conf
from django.contrib import messages
from django.contrib.auth import authenticate, login, logout, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as _p
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from config.clock import now
from leads import look
from leads.backends import works_here
from leads.models import LoginLink, User

BACKEND = "leads.backends.PeopleWhoWorkHere"


class LoginForm(forms.Form):
    email = forms.CharField(
        label=_p("field", "E-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class LookForm(forms.Form):
    language = forms.ChoiceField(label=_("Language"), choices=conf.LANGUAGES)
    timezone = forms.ChoiceField(label=_("Time zone"), choices=lambda: [(name, name) for name in _zones()])
    theme = forms.ChoiceField(
        label=_("Light or dark"),
        choices=[
            ("auto", _("As the device")),
            ("light", _p("theme", "Light")),
            ("dark", _p("theme", "Dark")),
        ],
    )
    keys = forms.BooleanField(label=_("Single letters act as keys in my queue and in lists"), required=False)


class PasswordForm(forms.Form):
    new_password = forms.CharField(
        label=_("New password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 12 characters; a few words together are easy to remember."),
    )

    def clean_new_password(self) -> str:
        password: str = self.cleaned_data["new_password"]
        validate_password(password)
        return password


@login_not_required
@never_cache
@sensitive_post_parameters("password")
def enter(request: HttpRequest) -> HttpResponse:
    """Log in by e-mail and password; one answer for a wrong address and a wrong password."""
    after = _safe(request, request.POST.get("next") or request.GET.get("next", ""))
    if request.user.is_authenticated:
        return redirect(after)
    form = LoginForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = _known(request, form)
        if user is not None:
            login(request, user)
            return redirect(after)
        form.add_error(None, _t("E-mail and password do not belong together. Check both and try again."))
    status = 422 if form.errors else 200
    return render(request, "leads/login.html", {"form": form, "next": after}, status=status)


@login_not_required
@never_cache
def enter_by_link(request: HttpRequest, secret: str) -> HttpResponse:
    """A one-time link asks for a press, so that a mail scanner that opens it does not use it up."""
    used = False
    if request.method == "POST":
        user = LoginLink.objects.redeem(secret, now=now())
        if user is not None and works_here(user):
            login(request, user, backend=BACKEND)
            return redirect("home")
        used = True
    return render(request, "leads/login_link.html", {"used": used}, status=410 if used else 200)


@login_not_required
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("login")


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Another language from now on; the same page again."""
    wanted = request.POST.get("language", "")
    if wanted in dict(conf.LANGUAGES):
        request.user.language = wanted
        request.user.save(update_fields=["language"])
    return redirect(_safe(request, request.POST.get("next", "")))


@never_cache
@sensitive_post_parameters("new_password")
def settings(request: HttpRequest) -> HttpResponse:
    """Language, zone and look; a password for those who came by a link."""
    is_look, is_password = (request.POST.get("form") == name for name in ("look", "password"))
    current = {"language": request.user.language, "timezone": request.user.timezone}
    current |= {"theme": look.theme(request), "keys": look.keys(request)}
    form = LookForm(request.POST if is_look else None, initial=current)
    password = PasswordForm(request.POST if is_password else None)
    if is_look and form.is_valid():
        return _kept(request, form.cleaned_data)
    if is_password and password.is_valid():
        request.user.set_password(password.cleaned_data["new_password"])
        request.user.save(update_fields=["password"])
        update_session_auth_hash(request, request.user)
        messages.success(request, _t("Your password is set."))
        return redirect("settings")
    status = 422 if form.errors or password.errors else 200
    return render(request, "leads/settings.html", {"form": form, "password": password}, status=status)


def _kept(request: HttpRequest, said: dict[str, Any]) -> HttpResponse:
    request.user.language, request.user.timezone = said["language"], said["timezone"]
    request.user.save(update_fields=["language", "timezone"])
    with translation.override(said["language"]):
        messages.success(request, _t("Saved."))
    response = redirect("settings")
    look.keep(response, theme=said["theme"], keys=said["keys"])
    return response


def _known(request: HttpRequest, form: LoginForm) -> User | None:
    email, password = form.cleaned_data["email"].strip(), form.cleaned_data["password"]
    if "\x00" in email + password:
        return None
    found = authenticate(request, username=email, password=password)
    return found if isinstance(found, User) else None


def _safe(request: HttpRequest, target: str) -> str:
    """An address of this site, else the first page."""
    ok = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if ok and target.startswith("/") else "/"


@cache
def _zones() -> tuple[str, ...]:
    return tuple(
        sorted(name for name in zoneinfo.available_timezones() if "/" in name and "Etc/" not in name)
    )
