"""Why this lead, why now: frozen with the handoff, whatever happens afterwards (PRODUCT 6)."""

from __future__ import annotations

from datetime import timedelta
from math import fsum

import pytest

from handoff import desk
from handoff.desk import evidence
from handoff.words import opening_line
from scoring.models import ScoringModel
from tests.people import NOW, handoff_of, new_lead, offered, react, rescore

MINUTE = timedelta(minutes=1)


def of(*reactions, **data):
    """The evidence of a lead that did this, a minute apart, and raised a hand last."""
    lead = new_lead()
    for place, kind in enumerate(reactions):
        react(lead, kind, at=NOW - timedelta(hours=1) + place * MINUTE, **data)
    return offered(lead).evidence


def test_lines_that_add_up_to_the_readiness(house):
    seen = of("document_download", "pricing_view")
    assert (seen["readiness"], seen["fit"], seen["interest"]) == (92, 42, pytest.approx(50))
    assert fsum(line["points"] for line in seen["lines"]) == pytest.approx(92, abs=1e-9)
    assert {"demo", "download", "pricing", "title-head"} <= {line["rule"] for line in seen["lines"]}
    assert seen["model"] == 1


def test_the_group_that_fired(house):
    assert of()["group"] == 1  # the second of the playbook: demo_request alone
    lead = new_lead()
    for kind in ("webinar_attended", "document_download") * 2:
        react(lead, kind)
    rescore(lead)
    assert handoff_of(lead).evidence["group"] is None


def test_the_latest_five_reactions_newest_first(house):
    seen = of("page_view", "pricing_view", "page_view", "document_download", "email_open")
    kinds = [one["type"] for one in seen["reactions"]]
    assert kinds == ["demo_request", "email_open", "document_download", "page_view", "pricing_view"]


def test_acts_of_ours_are_not_reactions(house):
    assert [one["type"] for one in of("email_sent", "call_attempt")["reactions"]] == ["demo_request"]


@pytest.mark.parametrize(
    ("reactions", "rule"),
    [([], "demo"), (["document_download"] * 3, "demo"), (["pricing_view"], "demo")],
)
def test_the_opening_of_the_strongest_line(house, reactions, rule):
    body = ScoringModel.objects.get().body["opening"]
    assert of(*reactions)["opening"] == body[rule]


def test_the_opening_passes_over_lines_without_one(house):
    """The webinar is stronger; only the download has a sentence."""
    lead = new_lead()
    react(lead, "webinar_attended")
    react(lead, "document_download")
    rescore(lead)
    seen = handoff_of(lead).evidence
    assert seen["opening"]["en"] == "Start from the problem behind the document they took."


def test_the_opening_of_the_group_that_fired_comes_first(house):
    version = ScoringModel.objects.get()
    body, said = version.body, {"ja": "デモの日程から伺ってください。", "en": "Start from the date."}
    body["mql"]["fast_track"][1]["id"] = "wants-demo"
    body["opening"]["wants-demo"] = said
    version.save(update_fields=["body"])
    assert of("pricing_view")["opening"] == said
    lead = new_lead()
    for kind in ("webinar_attended", "document_download") * 2:
        react(lead, kind)
    rescore(lead)
    assert handoff_of(lead).evidence["opening"] == body["opening"]["download"]


def test_without_any_it_is_nothing(house):
    lead = new_lead()
    react(lead, "webinar_attended")
    desk.move(lead, to="mql", by=house.miura, now=NOW, note="x")
    handoff = handoff_of(lead)
    assert handoff.evidence["opening"] is None
    assert opening_line(handoff) == ""


def test_what_a_person_wrote_comes_first(house):
    lead = new_lead()
    react(lead, "demo_request")
    desk.move(lead, to="mql", by=house.miura, now=NOW, opening_line="来週の訪問の件で")
    assert opening_line(handoff_of(lead)) == "来週の訪問の件で"


def test_frozen(house):
    handoff = offered(new_lead())
    before = handoff.evidence
    react(handoff.lead, "pricing_view", at=NOW + MINUTE)
    rescore(handoff.lead, now=NOW + timedelta(days=3))
    handoff.refresh_from_db()
    assert handoff.evidence == before


def test_without_a_model_there_is_none(db):
    lead = new_lead()
    assert evidence.freeze([lead], {}, now=NOW) == {lead.pk: {}}
