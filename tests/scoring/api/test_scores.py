"""`/leads/{id}/score/`: now, at another moment, and as it was known then."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import people

AT = people.NOW.isoformat()


@pytest.fixture
def suzuki(house, api_of):
    return api_of(house.suzuki)


def score(client, lead, **asked):
    return client.get(f"/api/v1/leads/{lead.pk}/score/", asked)


def test_the_lines_add_up_to_the_readiness(suzuki):
    lead = people.new_lead()
    reaction = people.react(lead, "demo_request")
    body = score(suzuki, lead, at=AT).json()
    assert sum(line["points"] for line in body["lines"]) == pytest.approx(body["readiness"], abs=1e-9)
    assert body["at"] == "2026-11-24T01:42:00Z" and body["model_version"] == 1
    assert reaction.pk in {line["event"] for line in body["lines"]}
    assert set(body["lines"][0]) == {"rule", "event", "label", "original", "points"}


def test_an_event_counts_from_when_it_happened_and_is_known_from_when_it_was_told(suzuki):
    lead = people.new_lead(now=people.NOW - timedelta(days=3))
    people.react(lead, "demo_request", at=people.NOW - timedelta(days=1), now=people.NOW)
    before = score(suzuki, lead, at=(people.NOW - timedelta(days=2)).isoformat()).json()
    after = score(suzuki, lead, at=AT).json()
    unknown = score(suzuki, lead, at=AT, known_at=(people.NOW - timedelta(seconds=1)).isoformat()).json()
    assert before["interest"] == unknown["interest"] == 0 < after["interest"]


def test_a_version_of_the_model_may_be_asked_for(suzuki):
    lead = people.new_lead()
    assert score(suzuki, lead, model="1").json() | {"at": 0} == score(suzuki, lead, model="latest").json() | {
        "at": 0
    }


@pytest.mark.parametrize(
    "asked, field, code",
    [
        ({"at": "2026-11-24T10:42:00"}, "at", "naive_datetime"),
        ({"at": "2026-11-24"}, "at", "not_a_moment"),
        ({"at": "９999-12-31T00:00:00Z"}, "at", "not_a_moment"),
        ({"known_at": "9999-12-31T23:59:59-12:00"}, "known_at", "out_of_range"),
        ({"known_at": "0001-01-01T00:00:00+12:00"}, "known_at", "out_of_range"),
        ({"model": "7"}, "model", "unknown_model"),
        ({"model": "１"}, "model", "unknown_model"),
        ({"model": "9" * 400}, "model", "unknown_model"),
        ({"by": "x"}, "by", "unknown_filter"),
    ],
)
def test_what_cannot_be_read_is_refused(suzuki, asked, field, code):
    answer = score(suzuki, people.new_lead(), **asked)
    assert answer.status_code == 400
    assert [(one["field"], one["code"]) for one in answer.json()["errors"]] == [(field, code)]


def test_a_stranger_reads_no_score(api_of, kato):
    assert score(api_of(kato), people.new_lead()).status_code == 404
