"""Every address of the product."""

from django.urls import include, path

from config import health
from config.api.docs import Schema, docs
from config.pages import home

urlpatterns = [
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("api/v1/", include("config.api_urls")),
    path("api/schema/", Schema.as_view(), name="api-schema"),
    path("api/docs/", docs, name="api-docs"),
    path("", home.home, name="home"),
    path("", include("leads.urls")),
    path("", include("handoff.urls")),
    path("", include("config.studio.edit_urls")),
    path("", include("config.studio.urls")),
]

handler400 = "config.pages.errors.bad_request"
handler403 = "config.pages.errors.forbidden"
handler404 = "config.pages.errors.not_found"
handler500 = "config.pages.errors.server_error"
