"""The OpenAPI document: complete, valid, and true of what is answered."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
import yaml
from django.core.management import call_command

from leads import stages
from tests import people


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """Written without a warning, and valid against OpenAPI's own rules."""
    written = StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=written)
    return yaml.safe_load(written.getvalue())


def test_it_describes_what_is_built_and_nothing_else(schema):
    assert "/api/v1/handoffs/{id}/accept/" in schema["paths"]
    assert not [path for path in schema["paths"] if "nowhere" in path or "webhook" in path]
    for operations in schema["paths"].values():
        for method, operation in operations.items():
            assert "application/problem+json" in operation["responses"]["default"]["content"]
            keys = [one for one in operation.get("parameters", []) if one["name"] == "Idempotency-Key"]
            assert len(keys) == (method == "post")


@pytest.mark.parametrize("shape, address", [("Lead", "leads/{lead}/"), ("Handoff", "handoffs/{handoff}/")])
def test_an_answer_has_the_members_it_describes(schema, house, api_of, shape, address):
    lead = people.lead_at(stages.SAL, house)
    handoff = people.handoff_of(lead)
    answer = api_of(house.suzuki).get("/api/v1/" + address.format(lead=lead.pk, handoff=handoff.pk)).json()
    assert set(answer) == set(schema["components"]["schemas"][f"{shape}Shape"]["properties"])


def test_it_is_served_as_yaml_and_as_json(house, api_of):
    client = api_of(house.sato)
    assert client.get("/api/schema/").status_code == 200
    answer = client.get("/api/schema/", headers={"Accept": "application/vnd.oai.openapi+json"})
    assert answer.json()["openapi"].startswith("3.")
