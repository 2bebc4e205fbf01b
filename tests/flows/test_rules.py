"""Rules on their way: 料金ページ goes from 4 to 8, both sides agree, and a lead's page says so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from config import sweep
from config.clock import now
from handoff.models import Handoff
from scoring.models import Draft, Opinion, ScoringModel
from tests.people import fresh, handoff_of, new_lead, offered, react, rescore


@pytest.fixture
def browsers(house):
    """A window of each, in English."""
    found = {}
    for name in ("miura", "suzuki", "sato"):
        user = getattr(house, name)
        user.language = "en"
        user.save()
        found[name] = Client()
        found[name].force_login(user)
    return found


def filled(client, address, **typed):
    """The form as a browser sends it back, with some of it typed otherwise."""
    form = client.get(address).context["form"]
    sent = {field.html_name: field.value() for field in form if field.value() not in (None, False)}
    return sent | typed


def test_from_an_opinion_to_the_page_of_the_lead(house, browsers):
    miura, suzuki, sato = browsers["miura"], browsers["suzuki"], browsers["sato"]
    waiting = new_lead(now=now() - timedelta(days=1))
    offered(waiting, now=now())  # just now: at no hour of a working day does its ladder begin meanwhile
    before = Handoff.objects.filter(pk=handoff_of(waiting).pk).values().get()
    lead = new_lead(now=now() - timedelta(days=1), owner=house.sato)
    event = react(lead, "pricing_view", at=now() - timedelta(hours=1))
    rescore(lead, now=now())

    sent = sato.post(f"/leads/{lead.pk}/opinion?rule=pricing&event={event.pk}", {"text": "Worth more"})
    assert sent["Location"] == f"/leads/{lead.pk}"
    opinion = Opinion.objects.get()
    miura.post(f"/rules/opinions/{opinion.pk}/draft")
    draft = Draft.objects.get()
    here = f"/rules/drafts/{draft.pk}"
    part = f"{here}/edit/part/interest/pricing"
    miura.post(part, filled(miura, part, points="8"))
    page = miura.get(here).content.decode()
    assert "Worth more" in page and "<s>4</s>" in page and "<b>8</b>" in page

    miura.post(f"{here}/request", filled(miura, f"{here}/request"))
    answer = suzuki.post(f"{here}/approve", filled(suzuki, f"{here}/approve"), follow=True)
    assert "Published as v2. Every score follows within minutes." in answer.content.decode()
    assert ScoringModel.objects.newest().published_by == house.suzuki
    miura.post(f"/rules/opinions/{opinion.pk}/answer", {"answer": "8 from today on"})

    sweep.until_done(now=now() + timedelta(minutes=1))
    page = sato.get(f"/leads/{lead.pk}").content.decode()
    assert "rules v2" in page and "+8.00" in page and "8 from today on" in page
    assert fresh(lead).standing.interest == 8
    after = Handoff.objects.filter(pk=before["id"]).values().get()
    assert after == before  # who was handed over already is no matter of the new rules
