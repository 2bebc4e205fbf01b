"""`manage.py import opportunities`: what a file becomes, and that a second run changes nothing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.core.management import call_command

from config import audit, sweep
from config.clock import now
from handoff.models import Handoff
from leads import stages
from leads.models import Lead, Opportunity
from tests.leads.test_import_command import counts, errors_of, take  # noqa: F401
from tests.people import fresh, new_lead


@pytest.fixture
def bring(take):  # noqa: F811
    return lambda source, *options: take(source, *options, kind="opportunities")


def sound():
    sweep.until_done(now=now())
    return list(audit.run(now=now()))


def test_a_file_of_opportunities(house, bring):
    open_, won, lost = (new_lead(external_id=f"L{n}") for n in (1, 2, 3))
    source = (
        "案件ID,リードID,金額,通貨,受注予定日,営業担当,結果,失注理由,競合,クローズ日\n"
        'O1,L1,"12,000,000",JPY,2027-03-31,田中 翔,,,,\n'
        "O2,L2,¥5000000,円,2026-03-31,田中 翔,受注,,,2026-03-20\n"
        "O3,L3,800000,JPY,2026-03-31,山田 光,失注,他社を選択,白波ソフト,2026-04-01\n"
    )
    assert bring(source)[:2] == (0, counts(created=3))
    one = Opportunity.objects.get(external_id="O1")
    assert (one.amount, one.expected_close, one.owner, one.is_open) == (
        Decimal(12_000_000), date(2027, 3, 31), house.tanaka, True,
    )  # fmt: skip
    assert [fresh(lead).outcome for lead in (open_, won, lost)] == [None, "won", "lost"]
    assert [fresh(lead).stage for lead in (open_, won, lost)] == [stages.OPPORTUNITY] * 3
    assert fresh(won).company.relation == "customer"
    third = Opportunity.objects.get(external_id="O3")
    assert (third.reason, third.competitor, third.closed_at.date()) == (
        "competitor",
        "白波ソフト",
        date(2026, 3, 31),
    )
    assert set(Handoff.objects.values_list("state", flat=True)) == {"completed"}
    assert sound() == []
    assert bring(source)[:2] == (0, counts(unchanged=3))
    assert Opportunity.objects.count() == 3 and sound() == []


def test_it_fills_in_what_an_import_of_leads_left_open(house, take):  # noqa: F811
    take("external_id,name,stage,owner\nL1,山本 花子,opportunity,tanaka@example.com\n")
    assert Opportunity.objects.get().amount == 0
    source = "external_id,lead_external_id,amount,expected_close\nO1,L1,3000000,2027-02-26\n"
    assert take(source, kind="opportunities")[1] == counts(updated=1)
    one = Opportunity.objects.get()
    assert (one.external_id, one.amount, one.expected_close) == ("O1", 3_000_000, date(2027, 2, 26))
    assert take(source, kind="opportunities")[1] == counts(unchanged=1)
    assert sound() == []


def test_without_an_id_it_is_known_by_its_lead_and_figures(house, bring):
    lead = new_lead(email="hayashi@example.jp", owner=house.tanaka)
    source = "lead_email,amount,expected_close\nhayashi@example.jp,100,2027-02-26\n"
    assert bring(source)[1] == counts(created=1)
    assert bring(source)[1] == counts(unchanged=1)
    closing = "lead_email,amount,outcome,reason\nhayashi@example.jp,100,lost,予算\n"
    assert bring(closing)[1] == counts(updated=1)
    assert bring(closing)[1] == counts(unchanged=1)
    assert bring(source)[1] == counts(unchanged=1)  # an open list of yesterday opens nothing again
    assert (fresh(lead).outcome, Opportunity.objects.count()) == ("lost", 1)
    assert sound() == []


def test_a_next_one_after_one_that_was_lost(house, bring):
    lead = new_lead(external_id="L1", owner=house.tanaka)
    head = "external_id,lead_external_id,amount,outcome,reason,closed_at\n"
    assert bring(head + "O1,L1,1,lost,budget,2026-01-10\nO2,L1,2,,,\n")[1] == counts(created=2)
    assert (fresh(lead).outcome, fresh(lead).next_actor) == (None, house.tanaka)
    assert bring(head + "O2,L1,2,won,,2026-02-10\nO0,L1,1,lost,timing,2025-01-10\n")[1] == counts(
        created=1, updated=1
    )
    assert fresh(lead).outcome == "won"
    assert bring(head + "O2,L1,2,lost,price,2026-02-10\n")[1] == counts(updated=1)
    assert fresh(lead).outcome == "lost"
    assert sound() == []


@pytest.mark.parametrize(
    ("row", "column", "value"),
    [
        ("O1,,1,,,,", "lead_external_id", ""),
        ("O1,L9,1,,,,", "lead_external_id", "L9"),
        ("O1,L1,-5,,,,", "amount", "-5"),
        ("O1,L1,1200万,,,,", "amount", "1200万"),
        ("O1,L1,1,JP,,,", "currency", "JP"),
        ("O1,L1,1,,maybe,,", "outcome", "maybe"),
        ("O1,L1,1,,lost,,", "reason", ""),
        ("O1,L1,1,,lost,weather,", "reason", "weather"),
        ("O1,L1,1,,lost,competitor,", "competitor", ""),
        ("O2,L2,1,,,,", "lead_external_id", "L2"),
    ],
)
def test_rows_that_are_rejected(house, bring, tmp_path, row, column, value):
    from handoff import desk

    new_lead(external_id="L1", owner=house.tanaka)
    desk.disqualify(new_lead(external_id="L2"), by=house.miura, now=now(), reason="selling")
    head = "external_id,lead_external_id,amount,currency,outcome,reason,competitor\n"
    errors = tmp_path / "errors.csv"
    code, out, _ = bring(head + row + "\n", "--errors", errors)
    assert (code, out) == (1, counts(rejected=1))
    [told] = errors_of(errors)
    assert (told["column"], told["value"].lstrip("'")) == (column, value)
    assert told["reason"] and "_" not in told["reason"].replace("lead_external_id", "").replace(
        "lead_email", ""
    )
    assert not Opportunity.objects.exists()


def test_one_id_is_one_leads(house, bring):
    new_lead(external_id="L1", owner=house.tanaka)
    new_lead(external_id="L2", owner=house.tanaka)
    head = "external_id,lead_external_id,amount\n"
    assert bring(head + "O1,L1,1\nO1,L2,1\nO2,L1,1\n")[1] == counts(created=1, rejected=2)
    assert Lead.objects.filter(stage=stages.OPPORTUNITY).count() == 1


def test_a_dry_run_writes_nothing(house, bring):
    new_lead(external_id="L1", owner=house.tanaka)
    assert bring("external_id,lead_external_id,amount\nO1,L1,1\n", "--dry-run")[1] == counts(created=1)
    assert not Opportunity.objects.exists()


def test_the_command_knows_its_kinds(db):
    with pytest.raises(Exception, match="invalid choice"):
        call_command("import", "meetings", "x.csv")
