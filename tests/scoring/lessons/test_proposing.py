"""Reasons write drafts: the bad rule is named first, and what its change would do is what it does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from handoff.models import Handoff
from leads import stages
from leads.models import Transition
from scoring.lessons import feedback, proposing
from scoring.lessons.proposals import applied, rule_of
from scoring.models import Draft, FeedbackCount, ScoringModel, Simulation
from scoring.replay import trials
from scoring.replay.trial_rows import ENTERED, MISSED, PREVENTED
from scoring.rulemaking import drafting, publishing
from scoring.rulemaking.drafting import NotYours
from tests.people import NOW
from tests.scoring.stories import BEGAN, alike, bad_cards, live, people

DAY = timedelta(days=1)
MANY, SEED = 120, 11


def counted(*, now=NOW) -> FeedbackCount:
    while feedback.refresh(now=now):
        pass
    return feedback.latest()


def offers(now=NOW):
    return proposing.offers(counted(now=now))


@pytest.fixture
def told(house):
    """The story with the bad rule, counted."""
    live(people(90, seed=SEED, answer=bad_cards))
    return offers()


def begin(offer, house, *, by=None, now=NOW, title="名刺の点を減らす") -> Draft:
    return proposing.begin(key=offer.proposal.trait.key, title=title, by=by or house.miura, now=now)


def answered() -> dict[str, int]:
    """Handoffs and their answers as they really are."""
    back = Transition.objects.filter(start=stages.MQL, end=stages.MAL, cause=stages.PERSON).count()
    yes = Transition.objects.filter(start=stages.MQL, end=stages.SAL, cause=stages.PERSON).count()
    return {"handoffs": Handoff.objects.count(), "sent_back": back, "accepted": yes}


def test_the_first_proposal_names_the_bad_rule_and_foretells_its_replay(house):
    with transaction.atomic():
        live(people(MANY, seed=SEED, answer=bad_cards))
        before, [first, *_] = answered(), offers()
        assert (first.proposal.trait.kind, first.proposal.trait.value) == ("rule", "card-a")
        assert first.proposal.change.before == 20 and first.proposal.change.after < 10
        body = applied(first.proposal.change, ScoringModel.objects.get().body)
        kinds = trials.run(first.simulation, now=NOW).result["kinds"]
        transaction.set_rollback(True)
    publishing.publish(body, by=None, now=BEGAN, in_force_from=BEGAN, from_file=True)
    live(people(MANY, seed=SEED, answer=bad_cards))
    after = answered()
    assert kinds[f"{ENTERED}_before"] == before["handoffs"]
    assert kinds[ENTERED] == after["handoffs"] < before["handoffs"] - 20
    assert kinds[PREVENTED] == before["sent_back"] - after["sent_back"] > 20
    assert kinds[MISSED] == before["accepted"] - after["accepted"]


def test_of_noise_nothing_is_proposed(house):
    live(people(90, seed=SEED, answer=alike))
    assert offers() == []


def test_below_thirty_decisions_nothing_is_proposed(house):
    live(people(29, seed=SEED, answer=bad_cards))
    assert offers() == []


def test_a_draft_begins_with_it_once(told, house):
    offer = told[0]
    trials.run(offer.simulation, now=NOW)
    draft = begin(offer, house)
    assert draft.origin == Draft.PROPOSAL and draft.base == ScoringModel.objects.get()
    assert rule_of("card-a", draft.body)["points"] == offer.proposal.change.after
    assert draft.evidence["own"] == list(offer.proposal.found.own)
    assert [one.pk for one in draft.simulations.all()] == [offer.simulation.pk]
    assert begin(offer, house, by=house.suzuki) == draft
    assert proposing.offers(feedback.latest())[0].draft == draft
    assert Draft.objects.count() == 1
    assert ScoringModel.objects.count() == 1  # nothing is applied by itself
    with pytest.raises(NotYours):
        begin(told[1], house, by=house.sato)
    with pytest.raises(proposing.Gone):
        proposing.begin(key="unknown", title="x", by=house.miura, now=NOW)


def test_given_up_it_is_not_said_again_until_it_is_another(told, house):
    key = told[0].proposal.trait.key
    drafting.withdraw(begin(told[0], house), by=house.miura, now=NOW)
    count = feedback.latest()
    assert key not in {one.proposal.trait.key for one in proposing.offers(count)}
    evidence = next(one for one in count.result["proposals"] if one["trait"] == ["rule", "card-a"])
    evidence["own"] = [2 * number for number in evidence["own"]]
    assert key in {one.proposal.trait.key for one in proposing.offers(count)}


def test_published_it_is_counted_anew_from_then_on(told, house):
    draft = begin(told[0], house)
    drafting.request(draft, by=house.miura, now=NOW)
    drafting.approve(draft, revision=1, by=house.suzuki, now=NOW)
    assert "card-a" not in {one.proposal.trait.value for one in proposing.offers(feedback.latest())}
    assert "card-a" not in {one.proposal.trait.value for one in offers(now=NOW + DAY)}
    assert feedback.latest().version.version == 2
    [row] = [one for one in feedback.table(feedback.latest())["rule"] if one.trait.value == "card-a"]
    assert row.n == told[0].proposal.found.own.n  # the table tells of all of them


def test_what_was_tried_once_is_not_tried_every_day(told):
    tried = {one.simulation.pk for one in told if one.simulation}
    assert tried and {one.simulation.pk for one in offers(now=NOW + 2 * DAY) if one.simulation} == tried
    assert set(Simulation.objects.values_list("pk", flat=True)) == tried
    # A proposal that is gone takes its trial with it.
    Transition.objects.filter(end__in=(stages.SAL, stages.MAL), cause=stages.PERSON).delete()
    feedback.ask_again()
    assert offers(now=NOW + 2 * DAY) == []
    assert not Simulation.objects.exists()
