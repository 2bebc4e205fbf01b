"""An accepted lead goes on to the second lane (PRODUCT 6): with a meeting or a reason."""

from __future__ import annotations

from datetime import timedelta

import pytest

from config import audit, sweep
from handoff import desk
from handoff.models import Clock, Handoff
from handoff.refusals import Conflict, DeskRefused, NotYours
from leads import stages
from leads.models import Involvement
from tests.people import NOW, accepted, fresh, handoff_of, lead_at, met, new_lead, offered, promoted

LATER = NOW + timedelta(minutes=5)


def code_of(act, *args, **wish):
    with pytest.raises(DeskRefused) as no:
        act(*args, **wish)
    return no.value.code, no.value.field


def violations():
    sweep.until_done(now=LATER)
    return list(audit.run(now=LATER))


@pytest.fixture
def held(house):
    return accepted(new_lead(company={"name": "東京の会社", "prefecture": "東京都"}))


def test_it_waits_in_the_second_lane_and_the_first_is_done(house, held):
    met(held.lead, held.rep)
    new = desk.promote(held, by=held.rep, now=LATER, note="決裁者に会えます")
    held.refresh_from_db()
    lead = fresh(held.lead)
    assert (held.state, held.ended_by, held.ended_at) == (Handoff.PROMOTED, held.rep, LATER)
    assert (new.lane, new.state, new.handed_by, new.note) == (
        2,
        Handoff.WAITING,
        held.rep,
        "決裁者に会えます",
    )
    assert new.previous is None and new.trigger == "person"
    assert new.evidence["readiness"] > 0 and new.evidence["reactions"]
    assert (lead.stage, lead.owner) == (stages.SAL, held.rep)
    assert lead.next_side == "sales" and lead.next_due_at is not None
    assert not held.clocks.filter(ended_at=None).exists()
    assert violations() == []


def test_routed_by_the_routes_of_the_second_lane(house, held):
    met(held.lead, held.rep)
    new = desk.promote(held, by=held.rep, now=LATER)
    desk.route([new.pk], now=LATER)
    new.refresh_from_db()
    assert (new.state, new.queue.slug) == (Handoff.OFFERED, "field-tokyo")
    assert new.rep in (house.tanaka, house.yamada)
    assert new.clocks.filter(kind=Clock.ACCEPT, ended_at=None).exists()


def test_or_to_a_queue_or_a_person_by_name(house):
    first, second = accepted(new_lead()), accepted(new_lead())
    met(first.lead, first.rep)
    met(second.lead, second.rep)
    to_queue = desk.promote(first, by=first.rep, now=LATER, queue=house.queue("field-other"))
    assert (to_queue.state, to_queue.queue.slug) == (Handoff.WAITING, "field-other")
    to_yamada = desk.promote(second, by=second.rep, now=LATER, to=house.yamada)
    assert (to_yamada.state, to_yamada.rep, to_yamada.routing["why"]) == ("offered", house.yamada, "named")
    assert fresh(second.lead).next_actor == house.yamada


def test_without_a_meeting_it_needs_a_reason(house, held):
    assert code_of(desk.promote, held, by=held.rep, now=LATER, reason=" ") == ("meeting_or_reason", "reason")
    desk.promote(held, by=held.rep, now=LATER, reason="見積依頼のため")
    held.refresh_from_db()
    assert held.reason == "見積依頼のため"


def test_a_meeting_called_off_is_none(house, held):
    meeting = met(held.lead, held.rep)
    desk.change_meeting(meeting, by=held.rep, now=LATER, state="cancelled")
    assert code_of(desk.promote, held, by=held.rep, now=LATER)[0] == "meeting_or_reason"


def test_who_may_and_what_cannot_be_passed_on(house, kato, held):
    met(held.lead, held.rep)
    other = house.sato if held.rep == house.kobayashi else house.kobayashi
    for stranger in (other, kato, house.tanaka):
        with pytest.raises(NotYours):
            desk.promote(held, by=stranger, now=LATER)
    assert code_of(desk.promote, held, by=held.rep, now=LATER, to=house.sato) == ("not_a_member", "to")
    wrong = {"queue": house.queue("inside")}
    assert code_of(desk.promote, held, by=held.rep, now=LATER, **wrong) == ("other_lane", "queue")
    new = desk.promote(held, by=house.suzuki, now=LATER, to=house.tanaka)
    with pytest.raises(Conflict):
        desk.promote(held, by=held.rep, now=LATER)
    desk.accept(new, by=house.tanaka, now=LATER)
    assert code_of(desk.promote, handoff_of(held.lead), by=house.tanaka, now=LATER)[0] == "last_lane"


def test_what_waits_for_an_answer_is_not_passed_on(house):
    with pytest.raises(Conflict):
        desk.promote(offered(new_lead()), by=house.suzuki, now=LATER, reason="急ぎ")


def test_accepting_in_the_second_lane_leaves_the_inside_rep_as_supporter(house):
    handoff = promoted(new_lead(), house)
    inside = fresh(handoff.lead).owner
    desk.accept(handoff, by=house.tanaka, now=LATER)
    lead = fresh(handoff.lead)
    assert (lead.stage, lead.owner, lead.next_actor) == (stages.SAL, house.tanaka, house.tanaka)
    assert desk.supporters_of(lead) == [inside]
    assert desk.audience(lead, but=house.tanaka) == [inside]
    assert lead.meetings.get().ours.filter(pk=house.tanaka.pk).exists()
    desk.contact(handoff_of(lead), by=inside, now=LATER, result="reached")  # a supporter logs
    assert violations() == []


def test_even_when_it_was_given_on_before_anybody_accepted(house):
    handoff = promoted(new_lead(), house)
    inside = fresh(handoff.lead).owner
    given = desk.reassign(handoff, by=house.takahashi, now=LATER, reason="休暇", to=house.yamada)
    desk.accept(given, by=house.yamada, now=LATER)
    assert desk.supporters_of(handoff.lead) == [inside]


def test_in_the_first_lane_nobody_stays(house):
    lead = lead_at(stages.SAL, house)
    assert not Involvement.objects.filter(lead=lead, kind=Involvement.SUPPORTER).exists()


# ── supporters ───────────────────────────────────────────────────────────────


def test_a_supporter_is_asked_and_let_go_by_the_owner_or_a_manager(house, kato, held):
    lead = held.lead
    desk.add_supporter(lead, user=kato, by=held.rep, now=LATER)
    desk.add_supporter(lead, user=kato, by=house.suzuki, now=LATER)
    assert desk.supporters_of(lead) == [kato]
    assert lead in type(lead).objects.visible_to(kato)
    with pytest.raises(NotYours):
        desk.remove_supporter(lead, user=kato, by=kato, now=LATER)
    desk.remove_supporter(lead, user=kato, by=held.rep, now=LATER)
    assert lead not in type(lead).objects.visible_to(kato)


def test_nobody_supports_their_own_lead(house, held):
    assert code_of(desk.add_supporter, held.lead, user=held.rep, by=held.rep, now=LATER) == (
        "owns_it",
        "user",
    )
