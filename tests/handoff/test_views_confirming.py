"""Estimates on card, lead page and gate: marked, with their evidence, confirmed at one press."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest
from django.urls import reverse

from handoff import desk
from handoff.models import Handoff
from leads.models import Activity
from tests.people import NOW, accepted, fresh, new_lead, offered, react, send_back

HTMX = {"HX-Request": "true"}
DAY = timedelta(days=1)

pytestmark = pytest.mark.usefixtures("frozen")


@pytest.fixture
def kobayashi(house, browser_of):
    """He reads English."""
    return browser_of(house.kobayashi)


@pytest.fixture
def handoff(house) -> Handoff:
    """Offered to Kobayashi: twice 500, once something else, and a timing."""
    lead = new_lead()
    react(lead, "survey_answer", at=NOW - 9 * DAY, budget="¥3m")
    react(lead, "survey_answer", at=NOW - 3 * DAY, budget="¥5M")
    event = react(lead, "document_download", at=NOW - DAY, budget="¥5m", timing="next spring")
    Activity.objects.filter(pk=event.pk).update(content="Stock guide")
    held = offered(lead)
    if held.rep != house.kobayashi:
        held = desk.reassign(held, by=house.suzuki, now=NOW, reason="x", to=house.kobayashi)
    return held


def text(answer) -> str:
    return " ".join(unescape(answer.content.decode()).split())


def card(handoff) -> str:
    return reverse("queue-card", args=[handoff.pk])


def confirm(browser, handoff, field="budget", says="yes", *, htmx=False, **said):
    body = {"version": handoff.version, "field": field, "says": says} | said
    address = reverse("queue-confirm", args=[handoff.pk])
    return browser.post(address, body, headers=HTMX if htmx else {})


def test_marked_with_its_evidence(kobayashi, handoff):
    page = text(kobayashi.get(card(handoff)))
    assert '<span class="est">Estimated</span> Budget <b>¥5m</b>' in page
    assert "2 sources" in page
    assert "<li>Mon 23 Nov Requested a document “Stock guide”</li>" in page
    assert "Said otherwise: ¥3m (Sun 15 Nov Answered a survey)" in page
    assert page.index("Timing") > page.index("Budget")


def test_one_key_confirms_the_first(kobayashi, handoff):
    page = text(kobayashi.get(card(handoff)))
    assert page.count('data-key="y"') == 1
    assert page.index('data-key="y"') < page.index("Timing <b>next spring</b>")
    confirm(kobayashi, handoff)
    page = text(kobayashi.get(card(handoff)))
    assert page.count('data-key="y"') == 1
    assert page.index('data-key="y"') > page.index("Timing <b>next spring</b>")


@pytest.mark.parametrize("htmx", [True, False])
def test_confirmed_it_is_a_fact_with_who_and_when(house, kobayashi, handoff, htmx):
    answer = confirm(kobayashi, handoff, htmx=htmx, value="¥5m", next=card(handoff))
    if not htmx:
        assert (answer.status_code, answer["Location"]) == (302, card(handoff))
        answer = kobayashi.get(card(handoff))
    page = text(answer)
    assert "Confirmed: Budget." in page
    name = house.kobayashi.name
    assert f'✓ Confirmed</span> Budget <b>¥5m</b> <span class="sub">{name} Tue 24 Nov</span>' in page
    assert '<span class="est">Estimated</span> Budget' not in page


def test_not_so_and_back(kobayashi, handoff):
    page = text(confirm(kobayashi, handoff, says="no", htmx=True))
    assert "✕ Not so</span> Budget <s>¥5m</s>" in page and "Back to estimated" in page
    page = text(confirm(kobayashi, handoff, says="open", htmx=True))
    assert '<span class="est">Estimated</span> Budget <b>¥5m</b>' in page


def test_others_read_it_and_cannot_press(house, browser_of, handoff, kato):
    page = text(browser_of(house.suzuki).get(card(handoff)))
    assert "¥5m" in page and reverse("queue-confirm", args=[handoff.pk]) not in page
    assert confirm(browser_of(house.miura), handoff).status_code == 403
    assert confirm(browser_of(kato), handoff).status_code == 404
    assert Handoff.objects.get(pk=handoff.pk).confirmed == {}


@pytest.mark.parametrize("htmx", [True, False])
def test_somebody_was_quicker(house, kobayashi, handoff, htmx):
    send_back(handoff.lead, house)
    answer = confirm(kobayashi, handoff, htmx=htmx)
    assert answer.status_code == (409 if htmx else 302)
    page = text(answer if htmx else kobayashi.get(card(handoff)))
    assert "sent it back already" in page


@pytest.mark.parametrize("said", [{"field": "need"}, {"says": "maybe"}, {"value": "x" * 201}])
def test_what_our_page_does_not_send(kobayashi, handoff, said):
    body = {"version": handoff.version, "field": "budget", "says": "yes"} | said
    assert kobayashi.post(reverse("queue-confirm", args=[handoff.pk]), body).status_code == 400


def test_the_leads_page_shows_what_is_known_today(kobayashi, handoff):
    desk.accept(handoff, by=handoff.rep, now=NOW)
    handoff.refresh_from_db()
    confirm(kobayashi, handoff)
    react(
        handoff.lead,
        "survey_answer",
        at=NOW + timedelta(seconds=1),
        now=NOW + timedelta(seconds=1),
        timing="now",
    )
    page = text(kobayashi.get(reverse("lead", args=[handoff.lead_id])))
    assert "✓ Confirmed</span> Budget <b>¥5m</b>" in page
    assert '<span class="est">Estimated</span> Timing <b>next spring</b>' in page  # a second too early
    assert "Budget: – → ¥5m" in page  # a correction like any other
    assert "</span> Budget</dt><dd>¥5m</dd>" in page  # what sales was told stays as it was
    assert "<dt>budget</dt>" not in page  # once, and not as if it had come in


def test_what_came_in_with_the_data_is_marked_too(house, browser_of):
    lead = new_lead(attributes={"予算": "300万円", "plan": "pro"})
    page = text(browser_of(house.miura).get(reverse("lead", args=[lead.pk])))
    assert "<b>300万円</b>" in page and 'class="est"' in page
    assert "<dt>予算</dt>" not in page and "<dt>plan</dt><dd>pro</dd>" in page


def test_the_gate_shows_them_without_buttons(house, browser_of):
    lead = new_lead()
    react(lead, "survey_answer", at=NOW - DAY, budget="¥5m")
    page = text(browser_of(house.miura).get(reverse("lead-handover", args=[lead.pk])))
    assert "<b>¥5m</b>" in page and 'value="budget"' not in page


def test_what_a_stranger_wrote_stays_text(kobayashi, house):
    evil = "<script>alert(1)</script>"
    lead = new_lead()
    react(lead, "survey_answer", at=NOW - 2 * DAY, budget="x" + evil)
    react(lead, "survey_answer", at=NOW - DAY, budget=evil)
    held = accepted(lead)
    desk.confirm(held, by=held.rep, now=NOW, field="timing", value=evil)
    for place in (card(held), reverse("lead", args=[lead.pk])):
        page = kobayashi.get(place).content.decode()
        assert evil not in page and "&lt;script&gt;alert(1)" in page


def test_as_many_statements_for_many_answers(kobayashi, handoff, django_assert_num_queries):
    desk.confirm(handoff, by=handoff.rep, now=NOW, field="budget")
    places = {card(handoff): 17, reverse("lead", args=[handoff.lead_id]): 37}
    for _ in range(2):
        for place, number in places.items():
            with django_assert_num_queries(number):
                kobayashi.get(place)
        for days in (4, 5, 6):
            react(handoff.lead, "survey_answer", at=NOW - days * DAY, budget=f"{days}", timing=f"{days}")
    assert fresh(handoff.lead).attributes == {"budget": "¥5m"}
