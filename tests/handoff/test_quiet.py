"""Quiet at night: when somebody may be told, by the hours of their own team."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from handoff import quiet
from leads.models import Calendar, Team
from tests.people import NOW

MINUTES = timedelta(minutes=1)
NIGHT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)  # Tuesday, 21:00 in Tokyo
FRIDAY_NIGHT = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)


@pytest.fixture
def london(house):
    """Kobayashi works from London now."""
    body = {"timezone": "Europe/London", "weekly": {"tue": ["09:00-17:00"]}}
    team = Team.objects.create(
        slug="london", kind="inside_sales", calendar=Calendar.objects.create(slug="london", body=body)
    )
    house.kobayashi.teams.set([team])
    return house.kobayashi


def test_at_once_at_work_and_five_past_nine_after_a_night(house):
    assert quiet.moments([house.sato.pk], now=NOW) == {house.sato.pk: NOW}
    assert quiet.moments([house.sato.pk], now=NIGHT)[house.sato.pk] == datetime(
        2026, 11, 25, 0, 5, tzinfo=UTC
    )
    assert quiet.moments([house.sato.pk], now=FRIDAY_NIGHT)[house.sato.pk] == datetime(
        2026, 11, 30, 0, 5, tzinfo=UTC
    )


def test_each_by_their_own_hours(house, london):
    found = quiet.moments([house.sato.pk, london.pk], now=NIGHT)
    assert (found[london.pk], found[house.sato.pk] > NIGHT) == (NIGHT, True)


def test_who_works_in_no_team_keeps_the_hours_of_the_house(house):
    assert not house.miura.teams.exists()
    assert quiet.moments([house.miura.pk], now=NIGHT)[house.miura.pk] == datetime(
        2026, 11, 25, 0, 5, tzinfo=UTC
    )


def test_what_settles_is_told_a_little_later_at_work_alone(house):
    assert quiet.moments([house.sato.pk], now=NOW, settle=2 * MINUTES) == {house.sato.pk: NOW + 2 * MINUTES}
    assert quiet.moments([house.sato.pk], now=NIGHT, settle=2 * MINUTES) == quiet.moments(
        [house.sato.pk], now=NIGHT
    )


def test_many_people_in_as_many_statements(house, django_assert_num_queries):
    everybody = [one.pk for one in (house.sato, house.kobayashi, house.suzuki, house.miura, house.tanaka)]
    quiet.moments(everybody, now=NOW)  # builds the calendar once
    with django_assert_num_queries(4):
        quiet.moments(everybody, now=NOW)
