"""Pages of the ground floor: coming in, settings, words, leads and companies."""

from django.urls import path

from leads.views import company, glossary, lead_form, lead_list, session

urlpatterns = [
    path("login", session.enter, name="login"),
    path("login/<str:secret>", session.enter_by_link, name="login-link"),
    path("logout", session.leave, name="logout"),
    path("language", session.language, name="language"),
    path("settings", session.settings, name="settings"),
    path("leads", lead_list.lead_list, name="lead-list"),
    path("leads/new", lead_form.add, name="lead-new"),
    path("leads/<int:pk>/edit", lead_form.edit, name="lead-edit"),
    path("companies/<int:pk>", company.company, name="company"),
    path("glossary", glossary.glossary, name="glossary"),
]
