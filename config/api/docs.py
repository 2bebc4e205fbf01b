"""The API described: the OpenAPI document for machines, a page for people. Both need a log-in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from drf_spectacular.views import SpectacularAPIView


class Schema(SpectacularAPIView):
    """OpenAPI 3: YAML, or JSON for who asks for it by `Accept` or `?format=json`."""


def docs(request: HttpRequest) -> HttpResponse:
    return render(request, "api/docs.html")
