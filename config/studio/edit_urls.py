"""Pages of the editor, and the lists behind its numbers."""

from django.urls import path

from config.studio import views_edit, views_matched

urlpatterns = [
    path("rules/drafts/<int:pk>/edit", views_edit.edit, name="rules-edit"),
    path("rules/drafts/<int:pk>/edit/act", views_edit.act, name="rules-edit-act"),
    path("rules/drafts/<int:pk>/edit/undo", views_edit.undo, name="rules-edit-undo"),
    path("rules/drafts/<int:pk>/edit/figures", views_edit.figures, name="rules-edit-figures"),
    path("rules/drafts/<int:pk>/edit/part/<slug:part>", views_edit.part, name="rules-edit-part"),
    path("rules/drafts/<int:pk>/edit/part/<slug:part>/<str:key>", views_edit.part, name="rules-edit-entry"),
    path("rules/drafts/<int:pk>/matched/<slug:rule>", views_matched.of_draft, name="rules-matched-draft"),
    path("rules/matched/<slug:rule>", views_matched.in_force, name="rules-matched"),
]
