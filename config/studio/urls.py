"""Pages of the scoring studio: the rules, drafts on their way, opinions on single scores."""

from django.urls import path

from config.studio.views import draft, feedback, opinion, overview, simulate, versions

urlpatterns = [
    path("rules", overview.rules, name="rules"),
    path("rules/begin", overview.begin, name="rules-begin"),
    path("rules/v<int:number>", versions.version, name="rules-version"),
    path("rules/v<int:number>/back", versions.back, name="rules-back"),
    path("rules/drafts/<int:pk>", draft.draft, name="rules-draft"),
    path("rules/drafts/<int:pk>/comment", draft.comment, name="rules-comment"),
    path("rules/drafts/<int:pk>/request", draft.ask, name="rules-request"),
    path("rules/drafts/<int:pk>/approve", draft.approve, name="rules-approve"),
    path("rules/drafts/<int:pk>/catch-up", draft.catch_up, name="rules-catch-up"),
    path("rules/drafts/<int:pk>/withdraw", draft.withdraw, name="rules-withdraw"),
    path("rules/drafts/<int:pk>/simulate", simulate.simulate, name="rules-simulate"),
    path("rules/simulations/<int:pk>", simulate.simulation, name="rules-simulation"),
    path("rules/simulations/<int:pk>/cancel", simulate.cancel, name="rules-simulation-cancel"),
    path("rules/simulations/<int:pk>/<slug:kind>", simulate.behind, name="rules-simulation-list"),
    path("rules/opinions/<int:pk>/answer", opinion.settle, name="rules-answer"),
    path("rules/opinions/<int:pk>/draft", opinion.begin, name="rules-opinion-draft"),
    path("rules/feedback", feedback.page, name="rules-feedback"),
    path("rules/feedback.csv", feedback.table, name="rules-feedback-table"),
    path("rules/feedback/again", feedback.again, name="rules-feedback-again"),
    path("rules/feedback/decisions", feedback.behind, name="rules-feedback-list"),
    path("rules/feedback/<slug:key>/draft", feedback.begin, name="rules-feedback-draft"),
    path("leads/<int:pk>/opinion", opinion.write, name="lead-opinion"),
]
