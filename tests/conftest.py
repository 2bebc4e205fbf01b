"""What every test may ask for: the house at work, a stranger, and clients that act as somebody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import cache
from django.db import connection
from hypothesis import HealthCheck, settings

# A slow machine is no failure; and the same code is judged by the same examples today and tomorrow.
SLOWLY: Any = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("house", derandomize=True, database=None, **SLOWLY)
# `pytest --hypothesis-profile=thorough`: what a night may look at, always something else.
settings.register_profile("thorough", max_examples=3000, derandomize=False, **SLOWLY)
settings.load_profile("house")

if TYPE_CHECKING:
    from rest_framework.test import APIClient

    from leads.models import User
    from tests.people import House


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    """What one test's house had counted is not the next one's."""
    cache.clear()


@pytest.fixture
def house(db: None) -> House:
    """The example playbook in force."""
    from tests import people

    return people.open_house()


@pytest.fixture
def kato(house: House) -> User:
    """The stranger from another team."""
    from tests import people

    return people.stranger(house)


@pytest.fixture
def browser_of(client: Any) -> Callable[[User], Any]:
    """A Django test client logged in as somebody."""
    from tests import people

    return lambda user: people.log_in(client, user)


@pytest.fixture
def api_of(db: None) -> Callable[[User], APIClient]:
    """A machine with a token of somebody."""
    from rest_framework.test import APIClient

    from leads.models import ApiToken
    from tests.people import NOW

    def as_(user: User) -> APIClient:
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {ApiToken.objects.issue(user, now=NOW)}")
        return client

    return as_


@pytest.fixture
def count_queries(django_assert_num_queries: Any) -> Callable[[int], Any]:
    """A literal count of statements; PostgreSQL's clock is asked by one more (`config.clock`)."""
    from django.db import connection

    return lambda number: django_assert_num_queries(number + (connection.vendor == "postgresql"))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """What ended a moment ago may still hold its session: it must not keep the database."""
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
