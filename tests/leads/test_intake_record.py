"""The door of activities: once each, in any order, and nothing impossible."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from leads import intake, news
from leads.models import Activity, AttributeChange, Lead, Standing
from tests.people import NOW, fresh, new_lead

HOUR, DAY, MOMENT = timedelta(hours=1), timedelta(days=1), timedelta.resolution


@pytest.fixture
def lead(house) -> Lead:
    return new_lead(now=NOW - DAY)


def told(lead: Lead | int, type: str = "page_view", at: datetime = NOW, **fields) -> intake.NewActivity:
    pk = lead if isinstance(lead, int) else lead.pk
    return intake.NewActivity(pk, type, at, fields.pop("source", "web"), **fields)


def record(*new: intake.NewActivity, now=NOW):
    return intake.record(new, now=now)


def statuses(answers) -> list[str]:
    return [one.status for one in answers]


# Once


def test_the_same_event_again_is_a_duplicate(lead):
    [first] = record(told(lead, external_id="e1"))
    [again] = record(told(lead, "pricing_view", external_id="e1"))
    assert (first.status, again.status, again.id) == ("created", "duplicate", first.id)
    assert Activity.objects.get().type == "page_view"


def test_the_same_event_twice_in_one_call(lead):
    first, second, other = record(
        told(lead, external_id="e1"), told(lead, external_id="e1"), told(lead, external_id="e2")
    )
    assert statuses([first, second, other]) == ["created", "duplicate", "created"]
    assert second.id == first.id != other.id


def test_what_makes_an_event_is_source_and_number(lead):
    answers = record(told(lead, external_id="e1"), told(lead, external_id="e1", source="mail"))
    assert statuses(answers) == ["created", "created"]


@pytest.mark.parametrize("external_id", [None, ""])
def test_without_a_number_every_one_is_new(lead, external_id):
    answers = record(told(lead, external_id=external_id), told(lead, external_id=external_id))
    assert statuses(answers) == ["created", "created"]
    assert set(Activity.objects.values_list("external_id", flat=True)) == {None}


def test_a_refused_event_does_not_use_up_its_number(lead):
    answers = record(told(lead, "nonsense", external_id="e1"), told(lead, external_id="e1"))
    assert statuses(answers) == ["rejected", "created"]


def test_nothing_is_nothing(house):
    assert record() == []


# Impossible


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (NOW + 24 * HOUR, None),
        (NOW + 24 * HOUR + MOMENT, "in_future"),
        (datetime(9999, 12, 31, tzinfo=UTC), "in_future"),
        (datetime(2026, 11, 24, 1, 42), "naive_time"),
        (datetime(1900, 1, 1, tzinfo=UTC), None),
        (datetime(1899, 12, 31, 23, 59, tzinfo=UTC), "too_old"),
        (datetime(1, 1, 1, tzinfo=UTC), "too_old"),
    ],
)
def test_when_it_can_have_happened(lead, at, code):
    [answer] = record(told(lead, at=at))
    assert (answer.code, answer.field) == ((code, "occurred_at") if code else ("", ""))
    assert Activity.objects.exists() is (code is None)


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"type": "teleported"}, "unknown_type", "type"),
        ({"type": ""}, "unknown_type", "type"),
        ({"type": "page_view", "direction": "action"}, "wrong_direction", "direction"),
        ({"genuine": "maybe"}, "unknown_genuineness", "genuine"),
        ({"voids_id": 987_654}, "unknown_activity", "voids"),
        ({"source": "x" * 121}, "too_long", "source"),
        ({"content": "x" * 301}, "too_long", "content"),
        ({"content": "a\x00b"}, "bad_text", "content"),
        ({"url": "\ud800"}, "bad_text", "url"),
        ({"data": {"a": "b\x00"}}, "bad_text", "data"),
        ({"data": {"a": ["\udfff"]}}, "bad_text", "data"),
        ({"data": {"a": float("nan")}}, "bad_data", "data"),
        ({"data": {"a": object()}}, "bad_data", "data"),
    ],
)
def test_what_is_refused(lead, fields, code, field):
    bad, good = record(told(lead, **fields), told(lead))
    assert (bad.status, bad.code, bad.field, bad.id) == ("rejected", code, field, None)
    assert good.status == "created"  # neither stops the others


def test_a_lead_that_is_not_there(lead):
    bad, good = record(told(987_654), told(lead))
    assert (bad.code, bad.field, good.status) == ("unknown_lead", "lead", "created")


def test_one_of_two_characters_is_no_half_character(lead):
    [answer] = record(told(lead, content="𠮷野家 👍", data={"a": "𠮷"}))
    assert answer.status == "created"


# Meaning


@pytest.mark.parametrize(
    ("type", "direction"),
    [
        ("page_view", "reaction"),
        ("call_attempt", "action"),
        ("meeting_held", "action"),
        ("factory_tour", "reaction"),
    ],
)
def test_the_type_says_the_direction(lead, type, direction):
    [answer] = record(told(lead, type))
    assert Activity.objects.get(pk=answer.id).direction == direction


def test_late_and_out_of_order_is_normal(lead):
    record(told(lead, "demo_request", at=NOW))
    record(told(lead, "page_view", at=NOW - 90 * DAY), now=NOW + HOUR)
    row = Standing.objects.get(lead=lead)
    assert (row.last_reaction, row.last_reaction_at) == ("demo_request", NOW)
    assert list(Activity.objects.order_by("occurred_at").values_list("recorded_at", flat=True)) == [
        NOW + HOUR,
        NOW,
    ]


def test_a_score_is_due_at_once(lead):
    Standing.objects.update(rescore_at=NOW + 30 * DAY)
    other = new_lead(now=NOW - DAY)
    Standing.objects.filter(lead=other).update(rescore_at=NOW + 30 * DAY)
    record(told(lead, "call_attempt"))
    assert Standing.objects.get(lead=lead).rescore_at == NOW
    assert Standing.objects.get(lead=other).rescore_at == NOW + 30 * DAY


def test_the_latest_reaction_is_a_genuine_one_of_theirs(lead):
    record(
        told(lead, "page_view", at=NOW - HOUR),
        told(lead, "call_attempt"),
        told(lead, "email_click", genuine="machine"),
        told(lead, "reply", genuine="suspect"),
    )
    row = Standing.objects.get(lead=lead)
    assert (row.last_reaction, row.last_reaction_at) == ("page_view", NOW - HOUR)


def test_a_correction_takes_back_the_latest_reaction(lead):
    wrong, _ = record(told(lead, "demo_request"), told(lead, "page_view", at=NOW - HOUR))
    record(told(lead, "note", voids_id=wrong.id))
    assert Standing.objects.get(lead=lead).last_reaction == "page_view"
    record(told(lead, "page_view", voids_id=wrong.id + 1))
    row = Standing.objects.get(lead=lead)
    assert (row.last_reaction, row.last_reaction_at) == ("", None)


def test_only_what_happened_to_the_same_lead_can_be_voided(lead):
    [other] = record(told(new_lead(), "demo_request"))
    [answer] = record(told(lead, "note", voids_id=other.id))
    assert (answer.code, answer.field) == ("unknown_activity", "voids")


def test_a_correction_cannot_be_voided(lead):
    [wrong] = record(told(lead))
    [correction] = record(told(lead, "note", voids_id=wrong.id))
    [answer] = record(told(lead, "note", voids_id=correction.id))
    assert answer.code == "unknown_activity"


@pytest.mark.parametrize(
    ("fields", "stopped"),
    [({}, True), ({"genuine": "machine"}, False), ({"genuine": "suspect"}, False)],
)
def test_a_genuine_unsubscribe_stops_mail(lead, fields, stopped):
    record(told(lead, "unsubscribe", **fields))
    assert fresh(lead).mail_opt_out is stopped
    changes = AttributeChange.objects.filter(lead=lead, field="mail_opt_out")
    assert list(changes.values_list("old", "new", "changed_at")) == ([(False, True, NOW)] if stopped else [])


def test_a_correction_of_that_type_stops_nothing(lead):
    [wrong] = record(told(lead))
    record(told(lead, "unsubscribe", voids_id=wrong.id))
    assert fresh(lead).mail_opt_out is False


def test_who_has_stopped_it_already_is_not_written_down_twice(lead):
    record(told(lead, "unsubscribe"))
    record(told(lead, "unsubscribe", at=NOW - DAY), told(lead, "unsubscribe"), now=NOW + HOUR)
    assert AttributeChange.objects.filter(field="mail_opt_out").count() == 1


def test_a_duplicate_unsubscribe_does_not_stop_mail_again(lead, house):
    record(told(lead, "unsubscribe", external_id="u1"))
    intake.edit(lead, {"mail_opt_out": False}, by=house.miura, now=NOW + HOUR)
    record(told(lead, "unsubscribe", external_id="u1"), now=NOW + 2 * HOUR)
    assert fresh(lead).mail_opt_out is False


def test_only_what_is_new_is_announced(lead, django_capture_on_commit_callbacks):
    heard = []

    def listen(*, activities, now):
        heard.append([one.type for one in activities])

    news.activities_recorded.after(listen)
    try:
        record(told(lead, external_id="e1"))
        with django_capture_on_commit_callbacks(execute=True):
            record(told(lead, external_id="e1"), told(lead, "reply"), told(lead, "nonsense"))
        with django_capture_on_commit_callbacks(execute=True):
            record(told(lead, external_id="e1"))
    finally:
        news.activities_recorded._after.remove(listen)
    assert heard == [["reply"]]


# Many


def statements(new) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert set(statuses(intake.record(new, now=NOW))) == {"created"}
    return sum(1 for one in seen if "INSERT INTO" not in one["sql"] or "leads_activity" not in one["sql"])


def batch(leads: list[int], n: int, name: str) -> list[intake.NewActivity]:
    kinds = ("page_view", "unsubscribe", "call_attempt")
    return [told(leads[i % len(leads)], kinds[i % 3], external_id=f"{name}{i}") for i in range(n)]


def test_five_thousand_in_as_many_statements_as_thirty(house):
    """Beside the rows themselves, which SQLite takes in parcels."""
    leads = [new_lead().pk for _ in range(50)]
    assert statements(batch(leads, 30, "few")) == statements(batch(leads, 5_000, "many"))
    assert Activity.objects.count() == 5_030


@pytest.mark.django_db(transaction=True)
def test_two_tell_the_same_event_at_the_same_moment(transactional_db):
    """Different leads, so that they do not wait for each other's lead: one is created, one a duplicate."""
    leads = [new_lead().pk, new_lead().pk]
    gate, answers = threading.Barrier(2), {}

    def tell(place: int) -> None:
        try:
            gate.wait(timeout=60)
            answers[place] = statuses(record(told(leads[place], external_id="e1")))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=tell, args=(place,)) for place in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert sorted(answers.values()) == [["created"], ["duplicate"]]
    assert Activity.objects.count() == 1
