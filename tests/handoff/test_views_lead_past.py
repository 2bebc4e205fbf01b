"""Why a lead's readiness changed, its 90 days, and what would bring it over: on its page."""

from __future__ import annotations

import re
from copy import deepcopy
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from config.clock import now
from leads import intake
from leads.models import Lead
from tests import people
from tests.people import fresh, new_lead, react, rescore
from tests.scoring import doors

DAY = timedelta(days=1)


@pytest.fixture
def at(house):
    return now()


@pytest.fixture
def miura(house, browser_of):
    return browser_of(house.miura)


@pytest.fixture
def lead(at) -> Lead:
    lead = new_lead(
        now=at - 25 * DAY, title="主任", company={"name": "青空商事", "industry": "manufacturing"}
    )
    react(lead, "webinar_attended", at=at - 20 * DAY)
    return rescore(lead, now=at - 20 * DAY)


def answer(browser, lead, **asked):
    found = browser.get(reverse("lead", args=[lead.pk]), asked)
    assert found.status_code == 200
    return found


def page(browser, lead, **asked) -> str:
    return unescape(answer(browser, lead, **asked).content.decode())


def since(at, days) -> str:
    return timezone.localtime(at - days * DAY).date().isoformat()


def whole(points: str) -> int:
    return int(points.replace("−", "-").replace("±", ""))


def test_the_rows_add_up_to_the_change(house, miura, lead, at):
    intake.edit(fresh(lead), {"title": "部長"}, by=house.miura, now=at - 3 * DAY)
    told = react(lead, "document_download", at=at - 2 * DAY)
    for hours in range(5):
        react(lead, "page_view", at=at - 4 * DAY - hours * timedelta(hours=30))
    found = answer(miura, lead, since=since(at, 12)).context
    parts = found["change_parts"]
    assert sum(whole(part["points"]) for part in parts) == found["change"].readiness
    for part in parts:
        assert sum(whole(row["points"]) for row in part["rows"]) == whole(part["points"])
    rows = [row for part in parts for row in part["rows"]]
    assert sum(row["exact"] for row in rows) == pytest.approx(found["change_exact"])
    assert f"#event-{told.pk}" in [row["href"] for row in rows]
    assert found["sheet"].readiness == found["change"].after.readiness
    shown = page(miura, lead, since=since(at, 12))
    assert "主任 → 部長" in shown and f'id="event-{told.pk}"' in shown


def test_fading_by_rule_adds_up_to_its_row(house, miura, lead, at):
    react(lead, "pricing_view", at=at - 13 * DAY)
    found = answer(miura, lead, since=since(at, 10))
    [row] = [row for part in found.context["change_parts"] for row in part["rows"] if row["shares"]]
    assert len(row["shares"]) == 2 and all(exact < 0 for _, exact in row["shares"])
    assert round(100 * sum(exact for _, exact in row["shares"])) == round(100 * row["exact"])
    shown = unescape(found.content.decode())
    assert all(label in shown.partition('<details class="shares">')[2] for label, _ in row["shares"])


def test_the_page_says_nothing_of_the_past_unless_asked(miura, lead):
    found = answer(miura, lead).context
    assert "curve" not in found and "change" not in found
    assert [label for _, label in found["since_ways"]] and found["why"] == "today"


@pytest.mark.parametrize("said", ["2999-01-01", "1999-01-01", "x", "2026-13-01", "٢٠٢٦-01-01", "\0"])
def test_a_day_that_cannot_be_explained_is_refused_in_words(miura, lead, said):
    found = answer(miura, lead, since=said)
    assert found.context["since_refused"] and "change" not in found.context
    assert 'role="alert"' in found.content.decode()


def test_a_day_before_the_lead_was_here(miura, lead, at):
    change = answer(miura, lead, since=since(at, 60)).context["change"]
    assert change.before.readiness == 0 < change.readiness


def test_the_curve_with_what_happened_on_it(house, miura, lead, at):
    people.accepted(lead, now=at - 5 * DAY)
    people.send_back(lead, house, now=at - 4 * DAY)
    body = people.readiness.ScoringModel.objects.first().body
    doors.publish(body, at=at - 3 * DAY)
    found = answer(miura, lead, why="90")
    curve = found.context["curve"]
    assert {"reaction", "hand", "back", "model"} <= {mark.glyph for mark in curve["marks"]}
    assert re.fullmatch(r"M0 [\d.]+(H[\d.]+V[\d.]+)*H100", curve["line"])
    days = curve["days"]
    assert days[0].readiness == curve["last"] == found.context["sheet"].readiness
    assert [day.at for day in days] == sorted({day.at for day in days}, reverse=True)
    told = [mark.label for day in days for mark in day.marks]
    assert any("v2" in label for label in told) and len(told) >= 5
    shown = found.content.decode()
    assert "<title" in shown and "<details>" in shown and "style=" not in shown


def moved_line(at, **mql):
    body = deepcopy(people.readiness.ScoringModel.objects.order_by("version").last().body)
    body["mql"] |= mql
    doors.publish(body, at=at)


def test_the_line_as_it_was_in_force_at_each_time(miura, lead, at):
    moved_line(at - 27 * DAY, min_readiness=70)
    moved_line(at - 18 * DAY, min_readiness=70, leave_below=55)
    moved_line(at - 9 * DAY, min_readiness=55, leave_below=40)
    moved_line(at + 5 * DAY, min_readiness=10)
    found = answer(miura, lead, why="90")
    limits = [(one.name, one.value, one.x1, one.x2) for one in found.context["curve"]["limits"]]
    assert limits == [
        ("needed", 60, "0.00%", "70.00%"),
        ("needed", 70, "70.00%", "90.00%"),
        ("needed", 55, "90.00%", "100.00%"),
        ("leaves", 45, "0.00%", "80.00%"),
        ("leaves", 55, "80.00%", "90.00%"),
        ("leaves", 40, "90.00%", "100.00%"),
    ]
    shown = [one.is_labelled for one in found.context["curve"]["limits"]]
    assert shown == [True, True, True, True, False, True]
    told = [mark.label for day in found.context["curve"]["days"] for mark in day.marks]
    assert sum("70 → 55" in label for label in told) == 1 and not any("60 → 60" in one for one in told)


def test_no_line_where_a_version_asks_for_none(miura, lead, at):
    section = deepcopy(people.readiness.ScoringModel.objects.first().body)
    del section["mql"]["leave_below"]
    doors.publish(section, at=at - 18 * DAY)
    limits = answer(miura, lead, why="90").context["curve"]["limits"]
    assert [(one.name, one.x2) for one in limits] == [("needed", "100.00%"), ("leaves", "80.00%")]


def test_what_would_be_enough_is_named(miura, lead):
    found = answer(miura, lead).context
    assert found["enough"] and not found["sheet"].holds
    assert len(found["enough"]) <= 4


def test_nothing_is_offered_for_a_lead_that_sales_has(house, miura, lead, at):
    people.accepted(lead, now=at - DAY)
    assert "enough" not in answer(miura, lead).context


def test_a_partner_caller_reads_no_address(house, lead, at, browser_of):
    intake.edit(fresh(lead), {"phone": "090-1111-2222"}, by=house.miura, now=at - DAY)
    house.suzuki.roles = [*house.suzuki.roles, people.roles.PARTNER_CALLER]
    house.suzuki.save()
    assert "090-1111-2222" not in page(browser_of(house.suzuki), lead, since=since(at, 10))


@pytest.mark.parametrize("asked", [{"why": "today"}, {"why": "90"}, {"since": "2026-11-01"}])
def test_the_page_costs_the_same_however_much_happened(miura, at, asked):
    costs = []
    for count in (1, 3):
        lead = new_lead(now=at - 60 * DAY)
        for days in range(count):
            react(lead, "pricing_view", at=at - days * 2 * DAY)
            intake.edit(fresh(lead), {"title": f"課長{days}"}, by=None, now=at - days * 2 * DAY)
        with CaptureQueriesContext(connection) as cost:
            answer(miura, lead, **asked)
        costs.append(len(cost))
    assert costs[0] == costs[1] <= 34, costs
