"""The words of the product on one page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from leads.glossary import TERMS


def glossary(request: HttpRequest) -> HttpResponse:
    return render(request, "leads/glossary.html", {"terms": TERMS})
