"""Pages of the ground floor: coming in, settings, words, leads and companies."""

from django.urls import path

from leads.views import glossary, session

urlpatterns = [
    path("login", session.enter, name="login"),
    path("login/<str:secret>", session.enter_by_link, name="login-link"),
    path("logout", session.leave, name="logout"),
    path("language", session.language, name="language"),
    path("settings", session.settings, name="settings"),
    path("glossary", glossary.glossary, name="glossary"),
]
