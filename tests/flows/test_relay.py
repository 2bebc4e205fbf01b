"""One lead through all floors, from a file to both clocks met; another comes back on its date.

Files come in by the command, people act by the doors, and what workers do is done by the sweep, each at
the moment the story says.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command

from config import audit, sweep
from handoff import desk
from handoff.models import Clock, Handoff
from leads import intake, stages
from leads.models import Lead, Transition
from tests import people
from tests.people import House

pytestmark = pytest.mark.django_db

TOKYO = ZoneInfo("Asia/Tokyo")
MONDAY = datetime(2026, 11, 16, 9, 30, tzinfo=TOKYO)
TABLE = """external_id,email,phone,family_name,given_name,company,industry,employees,title,source
A-1,yamamoto@aozora.example.jp,,山本,花子,株式会社青空商事,manufacturing,320,情報システム部長,セミナー
A-2,mori@minato.example.jp,03-0000-1234,森,明,みなと物流㈱,logistics,210,課長,展示会
"""


@pytest.fixture
def imported(house: House, tmp_path: Path, monkeypatch: Any) -> House:
    """Two leads from a file, scored by the sweep."""
    file = tmp_path / "leads.csv"
    file.write_text(TABLE, encoding="utf-8")
    monkeypatch.setattr("leads.management.commands.import.now", lambda: MONDAY)
    call_command("import", "leads", str(file))
    sweep.until_done(now=MONDAY)
    return house


def lead(number: str) -> Lead:
    return Lead.objects.get(external_id=number)


def open_one(number: str) -> Handoff:
    return Handoff.objects.open().select_related("rep", "lead").get(lead__external_id=number)


def states(handoff: Handoff) -> dict[str, str]:
    return dict(Clock.objects.filter(handoff=handoff).values_list("kind", "state"))


def path(number: str) -> list[tuple[str, str]]:
    rows = Transition.objects.filter(lead__external_id=number).order_by("version")
    return list(rows.values_list("end", "cause"))


def sound(now: datetime) -> None:
    assert list(audit.run(now=now)) == []


def test_from_a_file_to_both_clocks_met(imported: House) -> None:
    assert lead("A-1").stage == stages.MAL
    handed = MONDAY + timedelta(minutes=10)
    intake.edit(lead("A-1"), {"phone": "03-0000-5678"}, by=imported.miura, now=handed)
    desk.move(
        lead("A-1"), to=stages.MQL, by=imported.miura, now=handed, note="来社時に導入の相談がありました。"
    )
    assert open_one("A-1").state == Handoff.WAITING
    sweep.until_done(now=handed + timedelta(seconds=1))
    offer = open_one("A-1")
    assert (offer.state, offer.trigger) == (Handoff.OFFERED, "person")
    begun = (Clock.ACCEPT, Clock.FIRST_CONTACT, Clock.PERSISTENCE)
    assert states(offer) == dict.fromkeys(begun, Clock.RUNNING)

    taken = handed + timedelta(minutes=40)
    desk.accept(offer, by=offer.rep, now=taken)
    assert (lead("A-1").stage, lead("A-1").owner) == (stages.SAL, offer.rep)
    called = taken + timedelta(minutes=30)
    desk.contact(offer, by=offer.rep, now=called, result="reached", note="在庫の二重入力が課題。")
    assert states(offer) == dict.fromkeys(begun, Clock.MET) | {Clock.REPORT: Clock.RUNNING}
    desk.move(lead("A-1"), to=stages.SQL, by=offer.rep, now=called + timedelta(days=2))
    assert path("A-1") == [
        ("lead", "import"), ("mal", "rule"), ("mql", "person"), ("sal", "person"), ("sql", "person"),
    ]  # fmt: skip
    end = called + timedelta(days=2)
    sweep.until_done(now=end)
    sound(end)


def test_sent_back_too_early_and_back_on_its_date(imported: House) -> None:
    asked = MONDAY + timedelta(minutes=5)
    people.react(lead("A-2"), "demo_request", at=asked)
    sweep.until_done(now=asked)
    first = open_one("A-2")
    desk.send_back(
        first, by=first.rep, now=asked + timedelta(minutes=12), reason="too_early", wake_on=date(2027, 1, 12),
        note="来期の予算で。",
    )  # fmt: skip
    waking = lead("A-2")
    assert (waking.stage, waking.owner) == (stages.MAL, None)
    assert waking.wake_at == datetime(2027, 1, 12, tzinfo=TOKYO)

    night_before = datetime(2027, 1, 11, 23, 59, tzinfo=TOKYO)
    sweep.until_done(now=night_before)
    assert lead("A-2").stage == stages.MAL and not Handoff.objects.open().exists()
    sound(night_before)
    that_day = datetime(2027, 1, 12, 0, 0, 5, tzinfo=TOKYO)
    sweep.until_done(now=that_day)
    back = open_one("A-2")
    assert (back.trigger, back.rep, back.state) == ("wake", first.rep, Handoff.OFFERED)
    assert back.evidence["back"]["note"] == "来期の予算で。"
    accept = Clock.objects.get(handoff=back, kind=Clock.ACCEPT)
    assert accept.due_at > datetime(2027, 1, 12, 9, tzinfo=TOKYO), "nobody is asked before the office opens"
    sound(that_day)

    sweep.until_done(now=that_day + timedelta(days=1))
    assert path("A-2").count(("mql", "wake")) == 1, "it comes back once"


def test_offered_before_a_long_weekend(imported: House) -> None:
    """Friday 17:30 before a Monday holiday: 30 business minutes end exactly at close, 31 would not."""
    friday = datetime(2026, 11, 20, 17, 30, tzinfo=TOKYO)
    people.react(lead("A-2"), "demo_request", at=friday)
    sweep.until_done(now=friday)
    clocks = {clock.kind: clock for clock in open_one("A-2").clocks.all()}
    assert clocks[Clock.ACCEPT].due_at == datetime(2026, 11, 20, 18, tzinfo=TOKYO)
    assert clocks[Clock.FIRST_CONTACT].due_at == datetime(2026, 11, 24, 9, 30, tzinfo=TOKYO)
    assert [piece[2] for piece in clocks[Clock.FIRST_CONTACT].segments] == [30, 30]
    monday = datetime(2026, 11, 23, 12, tzinfo=TOKYO)
    sweep.until_done(now=monday)
    assert states(open_one("A-2"))[Clock.ACCEPT] == Clock.BREACHED
    assert Clock.objects.get(kind=Clock.ACCEPT).breached_at == clocks[Clock.ACCEPT].due_at
    sound(monday)
