"""The desk's words: what people call a queue."""

from __future__ import annotations

import pytest
from django.utils import translation

from handoff import words
from handoff.models import Queue


@pytest.fixture
def english():
    with translation.override("en"):
        yield


def names() -> dict[str, str]:
    return words.queue_names(Queue.objects.select_related("team"))


def another(slug: str) -> Queue:
    first = Queue.objects.get(slug="inside")
    return Queue.objects.create(slug=slug, lane=1, team=first.team, policy_slug="p", strategy="pull")


def test_a_queue_goes_by_its_team(house, english):
    team = Queue.objects.get(slug="inside").team
    team.label = {"ja": "内勤 東", "en": "Inside East"}
    team.save()
    assert names()["inside"] == "Inside East"


def test_a_team_without_a_name_by_its_kind(house, english):
    assert names()["inside"] == "Inside sales"


def test_queues_of_one_team_are_told_apart(house, english):
    another("west")
    assert (names()["inside"], names()["west"]) == ("Inside sales (inside)", "Inside sales (west)")
