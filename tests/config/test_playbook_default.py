"""The playbooks that ship with the product hold together, and say the same in both languages."""

from pathlib import Path

import pytest

from config.playbook.check import read

SHIPPED = Path(__file__).parents[2] / "config" / "playbook"


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_shipped_playbook_is_taken(language):
    sections = read((SHIPPED / f"default.{language}.yaml").read_bytes()).sections
    assert sections["locale"] == language
    assert {person["language"] for person in sections["people"].values()} == {language}


def test_both_have_the_same_people_reasons_and_promises():
    japanese, english = (
        read((SHIPPED / f"default.{one}.yaml").read_bytes()).sections for one in ("ja", "en")
    )
    for section in ("stages", "lanes", "activity_types", "reasons"):
        assert japanese[section] == english[section]
    assert list(japanese["people"]) == list(english["people"])
    assert list(japanese["queues"]) == list(english["queues"])
    assert japanese["policies"] == english["policies"]
    assert [clause["id"] for clause in japanese["agreement"]["sales"]] == [
        clause["id"] for clause in english["agreement"]["sales"]
    ]
