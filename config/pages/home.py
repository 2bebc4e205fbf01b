"""The first page of whoever comes."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from config.pages.navigation import home_of


def home(request: HttpRequest) -> HttpResponse:
    return redirect(home_of(request.user))
