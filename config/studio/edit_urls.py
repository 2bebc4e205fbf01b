"""Pages of the editor, and the lists behind its numbers."""

from django.urls import path

from config.studio.views import edit, matched

urlpatterns = [
    path("rules/drafts/<int:pk>/edit", edit.edit, name="rules-edit"),
    path("rules/drafts/<int:pk>/edit/act", edit.act, name="rules-edit-act"),
    path("rules/drafts/<int:pk>/edit/undo", edit.undo, name="rules-edit-undo"),
    path("rules/drafts/<int:pk>/edit/figures", edit.figures, name="rules-edit-figures"),
    path("rules/drafts/<int:pk>/edit/part/<slug:part>", edit.part, name="rules-edit-part"),
    path("rules/drafts/<int:pk>/edit/part/<slug:part>/<str:key>", edit.part, name="rules-edit-entry"),
    path("rules/drafts/<int:pk>/matched/<slug:rule>", matched.of_draft, name="rules-matched-draft"),
    path("rules/matched/<slug:rule>", matched.in_force, name="rules-matched"),
]
