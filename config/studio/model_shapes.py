"""How versions and drafts of the rules look in the API: one shape for both (decision 0056)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from rest_framework import serializers

from config.studio.views.overview import state_of
from leads.api.shapes import PersonShape, person, utc
from scoring.models import Draft, ScoringModel
from scoring.rulemaking import drafting

STATES = ("edited", "requested", "withdrawn", "published", "in_force", "scheduled", "past", "passed_over")


class ApprovalShape(serializers.Serializer[Any]):
    side = serializers.ChoiceField(drafting.SIDES)
    by = PersonShape()
    at = serializers.DateTimeField()


class CommentShape(serializers.Serializer[Any]):
    rule = serializers.CharField(help_text="The rule it is about; empty for the whole draft")
    text = serializers.CharField()
    by = PersonShape(allow_null=True)
    at = serializers.DateTimeField()


class ScoringModelShape(serializers.Serializer[Any]):
    """A published version (`v3`) or a draft (`d12`); `state` says which and how far."""

    id = serializers.CharField()
    version = serializers.IntegerField(allow_null=True)
    title = serializers.CharField()
    state = serializers.ChoiceField(STATES)
    revision = serializers.IntegerField(allow_null=True, help_text="Of a draft; send it back with every act")
    base = serializers.IntegerField(allow_null=True, help_text="The version a draft is a change of")
    origin = serializers.CharField(allow_null=True)
    changed_at = serializers.DateTimeField()
    changed_by = PersonShape(allow_null=True)
    requested_at = serializers.DateTimeField(allow_null=True)
    requested_by = PersonShape(allow_null=True)
    wished_from = serializers.DateTimeField(allow_null=True)
    in_force_from = serializers.DateTimeField(allow_null=True)
    from_file = serializers.BooleanField()
    approvals = ApprovalShape(many=True)


class ScoringModelFullShape(ScoringModelShape):
    body = serializers.DictField(help_text="The section `scoring` of the playbook")
    comments = CommentShape(many=True)


def full(pk: int) -> dict[str, Any]:
    """A draft with everything. Raises Http404."""
    here = drafts().prefetch_related("comments__by").filter(pk=pk).first()
    if here is None:
        raise Http404
    comments = sorted(here.comments.all(), key=lambda one: (one.at, one.pk))
    return draft_shape(here) | {
        "body": here.body,
        "comments": [
            {"rule": one.rule, "text": one.text, "by": person(one.by), "at": utc(one.at)} for one in comments
        ],
    }


def draft_shape(draft: Draft) -> dict[str, Any]:
    version = draft.version
    return {
        "id": f"d{draft.pk}",
        "version": version.version if version else None,
        "title": draft.title,
        "state": draft.state,
        "revision": draft.revision,
        "base": draft.base.version if draft.base else None,
        "origin": draft.origin,
        "changed_at": utc(draft.changed_at),
        "changed_by": person(draft.changed_by),
        "requested_at": utc(draft.requested_at),
        "requested_by": person(draft.requested_by),
        "wished_from": utc(draft.wished_from),
        "in_force_from": utc(version.in_force_from) if version else None,
        "from_file": draft.origin == Draft.FILE,
        "approvals": _approvals(draft),
    }


def version_shape(version: ScoringModel, known: list[ScoringModel], now: datetime) -> dict[str, Any]:
    """A version as a draft looks: its `draft` says how it came about, where it has one."""
    draft: Draft | None = getattr(version, "draft", None)
    return {
        "id": f"v{version.version}",
        "version": version.version,
        "title": draft.title if draft else "",
        "state": state_of(version, known, now),
        "revision": None,
        "base": draft.base.version if draft and draft.base else None,
        "origin": draft.origin if draft else None,
        "changed_at": utc(version.published_at),
        "changed_by": person(version.published_by),
        "requested_at": utc(draft.requested_at) if draft else None,
        "requested_by": person(draft.requested_by) if draft else None,
        "wished_from": utc(draft.wished_from) if draft else None,
        "in_force_from": utc(version.in_force_from),
        "from_file": version.from_file,
        "approvals": _approvals(draft) if draft else [],
    }


def _approvals(draft: Draft) -> list[dict[str, Any]]:
    said = drafting.approved_by(draft)
    return [
        {"side": side, "by": person(said[side].by), "at": utc(said[side].at)}
        for side in drafting.SIDES
        if side in said
    ]


def drafts() -> QuerySet[Draft]:
    rows = Draft.objects.select_related("base", "version", "changed_by", "requested_by")
    return rows.prefetch_related("approvals__by")


def versions() -> QuerySet[ScoringModel]:
    rows = ScoringModel.objects.select_related("published_by", "draft__base", "draft__requested_by")
    return rows.prefetch_related("draft__approvals__by")


def standings() -> list[ScoringModel]:
    """Every version, newest first, without its rules: which of them is in force depends on all."""
    return list(ScoringModel.objects.only("version", "in_force_from").order_by("-version"))
