"""Many ids as one value find what a list of them finds."""

from __future__ import annotations

from typing import Any

import pytest

from leads.among import among
from leads.models import Lead, Standing
from tests import people
from tests.people import House

pytestmark = pytest.mark.django_db


def test_same_as_a_list(house: House, django_assert_num_queries: Any) -> None:
    first, _, third = (people.new_lead().pk for _ in range(3))
    with django_assert_num_queries(3):
        assert set(Lead.objects.filter(pk__in=among({first, third})).values_list("pk", flat=True)) == {
            first,
            third,
        }
        assert Standing.objects.filter(lead__in=among([third, third])).count() == 1
        assert not Lead.objects.filter(pk__in=among([])).exists()
