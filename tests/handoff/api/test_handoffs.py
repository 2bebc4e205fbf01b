"""`/handoffs/`: found, accepted, sent back, contacted, given to somebody else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handoff import desk
from handoff.models import Clock, Handoff, QueueMember
from leads import stages
from leads.models import Activity
from tests import people

HANDOFFS = "/api/v1/handoffs/"


@pytest.fixture
def offered(house, clock) -> Handoff:
    return people.offered(people.new_lead())


def errors(answer) -> set[tuple[str, str]]:
    return {(error["field"], error["code"]) for error in answer.json()["errors"]}


def other_than(handoff: Handoff, house):
    return next(one for one in (house.sato, house.kobayashi) if one.pk != handoff.rep_id)


def test_a_handoff_says_whose_it_is_and_until_when(house, api_of, offered):
    body = api_of(offered.rep).get(f"{HANDOFFS}{offered.pk}/").json()
    assert body["lead"] == {"id": offered.lead_id, "name": "山本 花子", "company": offered.lead.company.name}
    assert (body["state"], body["lane"], body["trigger"]) == ("offered", 1, "fast_track")
    assert body["rep"]["id"] == offered.rep_id and body["queue"]["slug"] == offered.queue.slug
    accept = next(one for one in body["clocks"] if one["kind"] == "accept")
    assert accept["state"] == "running" and accept["due_at"] == body["next_due_at"]
    assert sum(one["minutes"] for one in accept["segments"]) == accept["target_minutes"]
    assert body["routing"]["winner"] == offered.rep_id


def test_accepting_moves_the_lead_and_meets_the_clock(house, api_of, offered):
    rep = api_of(offered.rep)
    answer = rep.post(f"{HANDOFFS}{offered.pk}/accept/", {"version": offered.version}, format="json")
    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["version"]) == ("accepted", offered.version + 1)
    assert {one["kind"]: one["state"] for one in answer.json()["clocks"]}["accept"] == "met"
    assert people.fresh(offered.lead).stage == stages.SAL


def test_the_second_press_reads_who_was_quicker(house, api_of, offered):
    rep, address = api_of(offered.rep), f"{HANDOFFS}{offered.pk}/accept/"
    rep.post(address, {"version": offered.version}, format="json")
    for client in (rep, api_of(house.suzuki)):
        again = client.post(address, {"version": offered.version}, format="json")
        assert again.status_code == 409
        body = again.json()
        assert body["by"]["name"] == offered.rep.name and body["at"].startswith("2026-11-24T01:53")
        assert (body["state"], body["version"]) == ("accepted", offered.version + 1)
        assert errors(again) == {("", "already_accepted")}


def test_the_same_press_with_its_key_is_answered_the_same(api_of, offered):
    rep, address = api_of(offered.rep), f"{HANDOFFS}{offered.pk}/accept/"
    first, again = (
        rep.post(address, {"version": offered.version}, format="json", headers={"Idempotency-Key": "k-1"})
        for _ in range(2)
    )
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()


def test_who_may_not_accept(house, api_of, offered, kato):
    address = f"{HANDOFFS}{offered.pk}/accept/"
    colleague = api_of(other_than(offered, house))
    for client, status in ((colleague, 403), (api_of(house.miura), 403), (api_of(kato), 404)):
        assert client.post(address, {"version": offered.version}, format="json").status_code == status
    assert people.handoff_of(offered.lead).state == Handoff.OFFERED


def test_once_open_to_the_team_a_colleague_may_accept(house, api_of, offered):
    Handoff.objects.filter(pk=offered.pk).update(open_to_team=True)
    answer = api_of(other_than(offered, house)).post(
        f"{HANDOFFS}{offered.pk}/accept/", {"version": offered.version}, format="json"
    )
    assert answer.status_code == 200


def test_a_waiting_handoff_is_listed_and_cannot_be_accepted(house, api_of, clock):
    lead = people.new_lead()
    people.react(lead, "demo_request")
    people.rescore(lead)
    QueueMember.objects.update(max_open=0)  # nobody can take one more
    desk.route([people.handoff_of(lead).pk], now=people.NOW)
    waiting = people.handoff_of(lead)
    sato = api_of(house.sato)
    assert [one["id"] for one in sato.get(HANDOFFS, {"state": "waiting"}).json()["results"]] == [waiting.pk]
    answer = sato.post(f"{HANDOFFS}{waiting.pk}/accept/", {"version": waiting.version}, format="json")
    assert (answer.status_code, answer.json()["state"]) == (409, "waiting")


def test_the_version_is_needed(api_of, offered):
    answer = api_of(offered.rep).post(f"{HANDOFFS}{offered.pk}/accept/", {}, format="json")
    assert (answer.status_code, errors(answer)) == (400, {("version", "required")})


def test_sending_back_until_they_react(api_of, offered):
    said = {"version": offered.version, "reason": "too_early", "wake_trigger": {"on": "reaction"}}
    answer = api_of(offered.rep).post(f"{HANDOFFS}{offered.pk}/send-back/", said, format="json")
    assert (answer.status_code, answer.json()["next_step"]) == (200, "trigger")
    lead = people.fresh(offered.lead)
    assert (lead.stage, lead.wake_trigger) == (stages.MAL, {"on": "reaction"})


def test_sending_back_needs_a_reason_and_a_next_step(api_of, offered):
    rep, address = api_of(offered.rep), f"{HANDOFFS}{offered.pk}/send-back/"
    version = {"version": offered.version}
    blank = rep.post(address, version | {"reason": "  　 "}, format="json")
    assert errors(blank) == {("reason", "required")}
    assert errors(rep.post(address, version | {"reason": "mood"}, format="json")) == {
        ("reason", "unknown_reason")
    }
    past = version | {"reason": "too_early", "wake_on": "2026-11-24"}
    assert errors(rep.post(address, past, format="json")) == {("wake_on", "in_the_past")}
    odd = version | {"reason": "too_early", "wake_on": "明日"}
    assert errors(rep.post(address, odd, format="json")) == {("wake_on", "not_a_date")}
    moon = version | {"reason": "too_early", "wake_trigger": {"on": "full_moon"}}
    assert errors(rep.post(address, moon, format="json")) == {("wake_trigger", "unknown_choice")}
    listed = version | {"reason": "too_early", "wake_trigger": ["reaction"]}
    assert errors(rep.post(address, listed, format="json")) == {("wake_trigger", "not_an_object")}
    good = version | {"reason": "too_early", "wake_on": "2027-03-01", "note": "予算は来期"}
    answer = rep.post(address, good, format="json")
    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["wake_at"]) == ("sent_back", "2027-02-28T15:00:00Z")
    assert people.fresh(offered.lead).stage == stages.MAL


def test_a_contact_meets_the_first_contact_clock(api_of, offered):
    rep = api_of(offered.rep)
    rep.post(f"{HANDOFFS}{offered.pk}/accept/", {"version": offered.version}, format="json")
    told = {
        "version": offered.version + 1,
        "result": "reached",
        "channel": "phone",
        "next_step_on": "2026-11-30",
    }
    answer = rep.post(f"{HANDOFFS}{offered.pk}/contact/", told, format="json")
    assert answer.status_code == 200
    assert {one["kind"]: one["state"] for one in answer.json()["clocks"]}["first_contact"] == "met"
    assert answer.json()["next_step_on"] == "2026-11-30"
    assert Activity.objects.get(type="call_connected").actor == offered.rep
    wrong = rep.post(f"{HANDOFFS}{offered.pk}/contact/", told | {"result": "telepathy"}, format="json")
    assert errors(wrong) == {("result", "unknown_result")}


def test_a_manager_gives_it_to_somebody_else(house, api_of, offered):
    to, address = other_than(offered, house), f"{HANDOFFS}{offered.pk}/reassign/"
    told = {"to": to.email, "reason": "休暇"}
    assert api_of(offered.rep).post(address, told, format="json").status_code == 403
    nobody = api_of(house.suzuki).post(address, told | {"to": "x@example.com"}, format="json")
    assert errors(nobody) == {("to", "does_not_exist")}
    field = api_of(house.suzuki).post(address, told | {"to": house.tanaka.pk}, format="json")
    assert errors(field) == {("to", "not_a_member")}
    answer = api_of(house.suzuki).post(address, told, format="json")
    assert answer.status_code == 200
    assert (answer.json()["rep"]["id"], answer.json()["previous"]) == (to.pk, offered.pk)
    late = api_of(offered.rep).post(
        f"{HANDOFFS}{offered.pk}/accept/", {"version": offered.version}, format="json"
    )
    assert (late.status_code, late.json()["state"]) == (409, "recalled")
    assert late.json()["by"]["id"] == house.suzuki.pk


def test_the_list_is_narrowed(house, api_of, offered):
    accepted = people.accepted(people.new_lead())
    suzuki = api_of(house.suzuki)

    def ids(client=suzuki, **query) -> set[int]:
        answer = client.get(HANDOFFS, query)
        assert answer.status_code == 200, answer.content
        return {one["id"] for one in answer.json()["results"]}

    both = {offered.pk, accepted.pk}
    assert ids() == ids(queue=offered.queue.slug) == ids(queue=offered.queue_id) == ids(lane=1) == both
    assert ids(state="accepted") == ids(rep=accepted.rep_id, state="accepted,sent_back") == {accepted.pk}
    assert ids(lead=offered.lead_id) == {offered.pk}
    assert ids(queue="nowhere") == ids(lane=2) == ids(rep="none") == ids(mine=1) == set()
    mine = {one.pk for one in (offered, accepted) if one.rep_id == offered.rep_id}
    assert ids(api_of(offered.rep), mine=1) == ids(rep=offered.rep_id) == mine
    assert ids(sla="ok") | ids(sla="risk") == both and ids(sla="overdue") == ids(sla="none") == set()
    Clock.objects.filter(handoff=offered, kind="accept").update(due_at=people.NOW + timedelta(minutes=10))
    assert ids(sla="overdue") == {offered.pk} and ids(sla="ok,risk") == {accepted.pk}


@pytest.mark.parametrize(
    "query, field, code",
    [
        ("state=hot", "state", "unknown_choice"),
        ("sla=late", "sla", "unknown_choice"),
        ("mine=yes", "mine", "unknown_choice"),
        ("lead=１", "lead", "not_a_whole_number"),
        ("rep=" + "9" * 30, "rep", "not_a_whole_number"),
        ("lead__email=a", "lead__email", "unknown_filter"),
        ("cursor=WyJh:x:y", "cursor", "invalid_cursor"),
    ],
)
def test_a_question_that_cannot_be_read_is_refused(house, api_of, query, field, code):
    answer = api_of(house.suzuki).get(f"{HANDOFFS}?{query}")
    assert (answer.status_code, errors(answer)) == (400, {(field, code)})


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_costs_the_same_for_one_and_for_three(house, api_of, count_queries, count):
    for _ in range(count):
        people.offered(people.new_lead())
    suzuki = api_of(house.suzuki)
    with count_queries(3):  # the token, the handoffs, their clocks
        assert len(suzuki.get(HANDOFFS).json()["results"]) == count


def test_pages_by_cursor(house, api_of, clock):
    for _ in range(5):
        people.offered(people.new_lead())
    suzuki = api_of(house.suzuki)
    first = suzuki.get(HANDOFFS, {"page_size": 2}).json()
    second = suzuki.get(first["next"]).json()
    third = suzuki.get(second["next"]).json()
    ids = [one["id"] for page in (first, second, third) for one in page["results"]]
    assert ids == sorted(ids, reverse=True) and len(ids) == 5 and third["next"] is None
    assert suzuki.get(third["previous"]).json()["results"] == second["results"]
    assert suzuki.get(second["previous"]).json()["results"] == first["results"]
    assert suzuki.get(suzuki.get(third["previous"]).json()["previous"]).json()["previous"] is None


def test_queues_are_those_one_works_with(house, api_of, kato):
    slugs = {one["slug"] for one in api_of(house.sato).get("/api/v1/queues/").json()["results"]}
    assert slugs == {slug for slug in slugs if "west" not in slug} and slugs
    assert [one["slug"] for one in api_of(kato).get("/api/v1/queues/").json()["results"]] == ["west"]
