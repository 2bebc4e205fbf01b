"""An estimate made sure of: a fact with who and when, taken back, refuted, and who may say so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handoff import desk
from handoff.models import Handoff
from handoff.refusals import Conflict, DeskRefused, NotYours
from leads.models import AttributeChange
from tests.people import NOW, accepted, fresh, handoff_of, new_lead, offered, react, send_back

HOUR = timedelta(hours=1)


@pytest.fixture
def held(house) -> Handoff:
    lead = new_lead(attributes={"timing": "来期"})
    react(lead, "survey_answer", at=NOW - HOUR, budget="500万円台")
    return accepted(lead)


def again(handoff) -> Handoff:
    return Handoff.objects.get(pk=handoff.pk)


def test_yes_makes_it_a_fact_with_who_and_when(held):
    desk.confirm(held, by=held.rep, now=NOW, field="budget")
    said = again(held).confirmed["budget"]
    assert (said["says"], said["value"], said["by"], said["at"]) == (
        "yes", "500万円台", held.rep.pk, NOW.isoformat(),
    )  # fmt: skip
    assert fresh(held.lead).attributes["budget"] == "500万円台"
    [change] = AttributeChange.objects.filter(lead=held.lead, field="attributes.budget")
    assert (change.old, change.new, change.changed_by) == (None, "500万円台", held.rep)


def test_the_evidence_stays_as_it_was(held):
    before = held.evidence
    desk.confirm(held, by=held.rep, now=NOW, field="budget")
    assert again(held).evidence == before and again(held).version == held.version


def test_what_was_learned_instead(held):
    desk.confirm(held, by=held.rep, now=NOW, field="budget", value="  900万円 ")
    assert again(held).confirmed["budget"]["value"] == "900万円"
    assert fresh(held.lead).attributes["budget"] == "900万円"


def test_no_writes_nothing_of_the_lead(held):
    desk.confirm(held, by=held.rep, now=NOW, field="budget", says="no")
    said = again(held).confirmed["budget"]
    assert (said["says"], said["value"]) == ("no", "500万円台")
    assert "budget" not in fresh(held.lead).attributes


@pytest.mark.parametrize("says", ["open", "no"])
def test_taken_back_the_field_is_what_it_was(held, says):
    for _ in range(2):
        desk.confirm(held, by=held.rep, now=NOW, field="timing", value="半年後")
    assert fresh(held.lead).attributes == {"timing": "半年後"}
    desk.confirm(held, by=held.rep, now=NOW, field="timing", says=says)
    assert fresh(held.lead).attributes == {"timing": "来期"}
    assert ("timing" in again(held).confirmed) == (says == "no")


def test_what_somebody_wrote_since_is_not_taken_back(house, held):
    from leads import intake

    desk.confirm(held, by=held.rep, now=NOW, field="budget")
    intake.edit(held.lead, {"attributes": {"budget": "1億円"}}, by=house.miura, now=NOW)
    desk.confirm(held, by=held.rep, now=NOW, field="budget", says="open")
    assert fresh(held.lead).attributes["budget"] == "1億円"


def test_a_value_nobody_estimated_may_be_said(house):
    handoff = accepted(new_lead())
    desk.confirm(handoff, by=handoff.rep, now=NOW, field="budget", value="100万円")
    assert fresh(handoff.lead).attributes == {"budget": "100万円"}


@pytest.mark.parametrize(
    ("said", "code", "field"),
    [
        ({"field": "need"}, "unknown_choice", "field"),
        ({"field": "budget", "says": "maybe"}, "unknown_choice", "says"),
        ({"field": "budget", "value": "x" * 201}, "too_long", "value"),
    ],
)
def test_what_cannot_be_said(held, said, code, field):
    with pytest.raises(DeskRefused) as refused:
        desk.confirm(held, by=held.rep, now=NOW, **said)
    assert (refused.value.code, refused.value.field) == (code, field)
    assert again(held).confirmed == {}


@pytest.mark.parametrize("says", ["yes", "no"])
def test_where_nothing_is_estimated_there_is_nothing_to_say_yes_to(house, says):
    handoff = accepted(new_lead())
    with pytest.raises(DeskRefused) as refused:
        desk.confirm(handoff, by=handoff.rep, now=NOW, field="budget", says=says)
    assert (refused.value.code, refused.value.field) == ("required", "value")


def test_whoever_it_is_offered_to_may_say_it_and_nobody_else(house):
    lead = new_lead()
    react(lead, "survey_answer", at=NOW - HOUR, budget="500万円台")
    handoff = offered(lead)
    colleague = next(one for one in (house.sato, house.kobayashi) if one.pk != handoff.rep_id)
    for stranger in (colleague, house.miura, house.suzuki):
        with pytest.raises(NotYours):
            desk.confirm(handoff, by=stranger, now=NOW, field="budget")
    desk.confirm(handoff, by=handoff.rep, now=NOW, field="budget")
    assert again(handoff).confirmed


def test_after_the_end_it_is_too_late(house, held):
    send_back(held.lead, house)
    with pytest.raises(Conflict):
        desk.confirm(held, by=held.rep, now=NOW, field="budget")


def test_of_an_older_version(held):
    with pytest.raises(Conflict):
        desk.confirm(held, by=held.rep, now=NOW, field="budget", version=held.version - 1)


def test_given_to_somebody_else_it_stays_said(house, held):
    desk.confirm(held, by=held.rep, now=NOW, field="budget")
    desk.reassign(held, by=house.suzuki, now=NOW, reason="x", queue=held.queue)
    new = handoff_of(held.lead)
    assert new.pk != held.pk and new.confirmed == again(held).confirmed
