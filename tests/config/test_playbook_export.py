"""What is exported means what was applied."""

import copy
from pathlib import Path

import pytest

from config.playbook import export, yaml12
from config.playbook.apply import apply
from config.playbook.check import Playbook, read
from config.playbook.difference import difference
from leads.models import Calendar, User
from tests.people import EXAMPLE, NOW, example

SHIPPED = Path(__file__).parents[2] / "config" / "playbook"
FILES = [EXAMPLE, SHIPPED / "default.ja.yaml", SHIPPED / "default.en.yaml"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_export_after_apply_is_the_file(db, file):
    applied = read(file.read_bytes())
    assert apply(applied, by=None, now=NOW)
    exported = read(export.text().encode())
    assert difference(applied.sections, exported.sections) == []
    assert difference(exported.sections, applied.sections) == []
    assert list(exported.sections) == list(applied.sections)
    assert apply(exported, by=None, now=NOW) == []


def test_export_is_the_same_text_every_time(house):
    assert export.text() == export.text()
    assert yaml12.load(export.text().encode()).data == export.current()
    assert export.text(heading="の約束").startswith("# の約束\nplaybook: 1\n")


def test_the_order_of_the_file_is_kept(house):
    sections = export.current()
    for name in ("people", "calendars", "teams", "queues", "policies", "personas"):
        assert list(sections[name]) == list(example().sections[name])
    assert list(sections["reasons"]["send_back"]) == list(example().sections["reasons"]["send_back"])


def test_nothing_applied_nothing_to_export(db):
    assert export.current() == {}
    assert export.text() == ""


def test_who_was_let_in_beside_the_playbook_is_not_of_it(house):
    User.objects.create_user("guest@example.com", roles=["admin"], side="sales")
    Calendar.objects.create(slug="osaka", body={})
    assert "guest@example.com" not in export.current()["people"]
    assert "osaka" not in export.current()["calendars"]


def test_changes_made_elsewhere_are_exported(house):
    """The tables are the truth, not the last file."""
    house.queue("inside").members.filter(user=house.sato).update(weight=2.5, max_open=None)
    User.objects.filter(pk=house.sato.pk).update(timezone="Asia/Seoul", given_name="")
    sections = export.current()
    assert sections["queues"]["inside"]["members"][0] == {"user": "sato@example.com", "weight": 2.5}
    assert sections["people"]["sato@example.com"] == {
        "name": {"family": "佐藤", "family_kana": "サトウ", "given_kana": "メグミ"},
        "roles": ["inside_sales"],
        "language": "ja",
        "side": "sales",
        "timezone": "Asia/Seoul",
        "deputy": "kobayashi@example.com",
    }
    assert read(export.text().encode()).sections["people"]["sato@example.com"]["timezone"] == "Asia/Seoul"


def test_optional_things_are_exported_as_they_were(db):
    sections = copy.deepcopy(example().sections)
    sections["people"]["tanaka@example.com"] |= {"timezone": "Europe/London", "ends_on": "2027-03-31"}
    sections["teams"]["field-east"]["label"] = {"ja": "東日本フィールド", "en": "Field East"}
    sections["queues"]["field-other"]["members"][0] |= {"weight": 2, "max_per_day": 5}
    sections["policies"]["spare"] = sections["policies"]["field"]
    for name in ("personas", "agreement", "activity_types"):
        del sections[name]
    sections["scoring"]["interest"]["rules"] = [
        rule for rule in sections["scoring"]["interest"]["rules"] if rule["type"] != "factory_tour"
    ]
    apply(Playbook(sections), by=None, now=NOW)
    assert difference(sections, read(export.text().encode()).sections) == []
