"""The definition of MQL at its edges on the example playbook, and against the oracle at random."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.definition import gate, judge, leaves, missing, plain_class, still_holds
from scoring.engine import Event, Facts, Model, next_edge, points_only, score
from tests.scoring import oracle
from tests.scoring.worlds import AT, DAY, facts, leads, sections

SECOND = timedelta(seconds=1)
EXAMPLE = Path(__file__).parents[1] / "data" / "playbook.example.yaml"
MODEL = Model.compile(yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))["scoring"])

# 15 title + 15 size + 12 industry = 42 of fit; 18 of interest are missing for 60, 20 for the minimum.
GOOD = {
    "title": "製造部長",
    "phone": "03-1234-5678",
    "email": "aoi@aozora.example",
    "company": {"name": "Aozora", "employees": 320, "industry": "manufacturing", "relation": "prospect"},
}


def happened(*kinds, age=0 * DAY, **fields):
    """One reaction of each type, all of the same age."""
    return [Event(n, kind, "reaction", AT - age, **fields) for n, kind in enumerate(kinds, 1)]


def asked(values, events, at=AT, **more):
    known = Facts(values, events)
    return judge(MODEL, known, score(MODEL, known, at), at, **more)


def failing(verdict):
    return [one.code for one in verdict.conditions if not one.passed]


WARM = happened("webinar_attended", "document_download")  # 20 points today


@pytest.mark.parametrize(
    ("values", "events", "holds", "failed"),
    [
        (GOOD, WARM, True, []),
        (GOOD, happened("webinar_attended"), False, ["min_readiness", "min_interest"]),
        (GOOD | {"phone": ""}, WARM, False, ["require"]),
        (GOOD | {"do_not_contact": True}, WARM, False, ["exclude"]),
        ({"phone": "1"}, happened("webinar_attended") * 5, False, ["min_readiness", "min_fit"]),
        (GOOD, [], False, ["min_readiness", "min_interest"]),
    ],
)
def test_by_score(values, events, holds, failed):
    verdict = asked(values, events)
    assert (verdict.holds, verdict.trigger, failing(verdict)) == (holds, "score" if holds else None, failed)


def test_a_minimum_is_reached_on_the_dot_and_lost_a_second_later():
    assert asked(GOOD, WARM, AT).holds
    assert not asked(GOOD, WARM, AT + SECOND).holds


@pytest.mark.parametrize(
    ("age", "holds"),
    [
        (-SECOND, False),
        (0 * DAY, True),
        (14 * DAY - SECOND, True),
        (14 * DAY, False),
        (14 * DAY + SECOND, False),
    ],
)
def test_a_hand_raiser_passes_over_the_minimums(age, holds):
    verdict = asked({"phone": "1"}, happened("demo_request", age=age))
    assert (verdict.holds, verdict.trigger) == (holds, "fast_track" if holds else None)
    assert verdict.group == (1 if holds else None)


def test_a_hand_raiser_who_also_has_the_points_is_a_hand_raiser():
    assert asked(GOOD, [*WARM, *happened("demo_request")]).trigger == "fast_track"


@pytest.mark.parametrize("kind", ["consult", "Quote", "demo"])
def test_an_inquiry_of_the_right_kind_is_a_group(kind):
    assert asked({"phone": "1"}, happened("inquiry", data={"kind": kind})).group == 0


@pytest.mark.parametrize("kind", ["support", "recruit", "sales_pitch", None])
def test_an_inquiry_of_another_kind_is_none(kind):
    assert asked({"phone": "1"}, happened("inquiry", data={"kind": kind})).group is None


def test_a_group_needs_each_of_its_types():
    answer = happened("survey_answer", data={"wants_contact": True})
    assert asked({"phone": "1"}, answer).group is None
    assert asked({"phone": "1"}, [*answer, *happened("document_download")]).group == 2


@pytest.mark.parametrize("fields", [{"genuine": "suspect"}, {"genuine": "machine"}, {"voided": True}])
def test_a_group_needs_genuine_events(fields):
    assert asked({"phone": "1"}, happened("demo_request", **fields)).group is None


def test_fast_track_never_passes_over_a_require():
    verdict = asked({"phone": " "}, happened("demo_request"))
    assert (verdict.holds, verdict.incomplete_group) == (False, 1)


def test_fast_track_never_passes_over_an_exclude():
    rival = GOOD | {"company": {"relation": "competitor"}}
    verdict = asked(rival, happened("demo_request"))
    assert (verdict.holds, verdict.excluded_by, verdict.instead) == (False, 0, None)


def test_nobody_completes_the_data_of_an_excluded_lead():
    assert asked({"do_not_contact": True}, happened("demo_request")).incomplete_group is None


def test_a_customer_becomes_a_task_of_the_account_owner():
    verdict = asked(GOOD | {"company": {"relation": "customer"}}, WARM)
    assert (verdict.holds, verdict.excluded_by, verdict.instead) == (False, 1, "tell_owner")


@pytest.mark.parametrize(("override", "holds"), [(None, False), (59, False), (60, True)])
def test_an_override_stands_for_readiness(override, holds):
    """Fit 20 and interest 20 are enough, 40 of readiness is not."""
    values = {"phone": "1", "title": "課長", "company": {"employees": 100}}
    assert asked(values, WARM, override=override).holds is holds


@pytest.mark.parametrize(
    ("values", "events"),
    [
        ({"phone": "1"}, WARM),
        (GOOD | {"phone": ""}, WARM),
        (GOOD | {"do_not_contact": True}, WARM),
        (GOOD, happened("webinar_attended")),
    ],
)
def test_an_override_stands_for_nothing_else(values, events):
    assert not asked(values, events, override=100).holds


def test_a_low_override_holds_a_lead_back():
    assert not asked(GOOD, WARM, override=10).holds


# After a send-back


@pytest.mark.parametrize(("ago", "holds"), [(SECOND, True), (0 * DAY, False), (-SECOND, False)])
def test_only_what_happened_after_the_send_back_counts(ago, holds):
    """The reactions are of `AT`; the send-back is a second before, at, and a second after them."""
    at = AT + 2 * SECOND
    verdict = asked(GOOD, happened("webinar_attended", "webinar_attended"), at, sent_back_at=AT - ago)
    assert verdict.holds is holds


def test_the_shown_readiness_stays_and_the_new_one_stands_beside_it():
    old, new = happened("factory_tour", age=DAY), happened("webinar_attended")
    known = Facts(GOOD, [*old, *new])
    shown = score(MODEL, known, AT)
    verdict = judge(MODEL, known, shown, AT, sent_back_at=AT - SECOND)
    assert (shown.readiness, verdict.since_score.readiness, verdict.holds) == (79, 54, False)


def test_fit_and_our_own_actions_never_bring_a_lead_back():
    """With no minimum of interest fit alone would do, but a reaction is asked for."""
    section = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))["scoring"]
    section["mql"] |= {"min_readiness": 40, "min_interest": 0}
    model = Model.compile(section)
    ours = [Event(1, "email_sent", "action", AT)]
    for events, holds in ((ours, False), ([*ours, Event(2, "email_open", "reaction", AT)], True)):
        known = Facts(GOOD, events)
        verdict = judge(model, known, score(model, known, AT), AT, sent_back_at=AT - DAY)
        assert verdict.holds is holds


@pytest.mark.parametrize("fields", [{"genuine": "machine"}, {"voided": True}])
def test_the_new_reaction_is_genuine(fields):
    verdict = asked(GOOD, happened("demo_request", **fields), sent_back_at=AT - DAY)
    assert "new_reaction" in failing(verdict)


def test_an_old_hand_is_not_raised_again():
    events = happened("demo_request", age=2 * DAY)
    assert asked(GOOD, events).group == 1
    assert asked(GOOD, events, sent_back_at=AT - DAY).group is None


# Leaving by itself


def left(values, events, at=AT, entered_by="score", **more):
    known = Facts(values, events)
    return leaves(MODEL, known, score(MODEL, known, at), at, entered_by=entered_by, **more)


ALIKE = {"phone": "1", "title": "部長", "company": {"employees": 300, "relation": "prospect"}}  # fit 30


@pytest.mark.parametrize(
    ("values", "kinds", "age", "why"),
    [
        (ALIKE, ["factory_tour"], 0 * DAY, None),  # 30 + 25
        (ALIKE, ["factory_tour"], 60 * DAY, "hysteresis"),  # 30 + 12.5 = 43 is below 45
        (GOOD, ["factory_tour"], 60 * DAY, None),  # 42 + 12.5
        (GOOD, ["document_download"], 0 * DAY, "hysteresis"),  # 8 of interest is below 10
        (GOOD, [], 0 * DAY, "hysteresis"),
        (GOOD | {"do_not_contact": True}, ["factory_tour"], 0 * DAY, "exclude"),
    ],
)
def test_who_leaves_by_itself(values, kinds, age, why):
    assert left(values, happened(*kinds, age=age)) == why


def test_interest_on_the_dot_stays_and_leaves_a_second_later():
    card = happened("card_exchanged", age=45 * DAY, data={"rank": "A"})
    assert left(GOOD, card) is None
    assert left(GOOD, card, AT + SECOND) == "hysteresis"


@pytest.mark.parametrize("entered_by", ["person", "import", "wake"])
def test_who_was_put_there_never_leaves(entered_by):
    assert left(GOOD | {"do_not_contact": True}, [], entered_by=entered_by) is None


def test_a_hand_raiser_leaves_only_by_an_exclude():
    assert left(GOOD, [], entered_by="fast_track") is None
    assert left(GOOD | {"do_not_contact": True}, [], entered_by="fast_track") == "exclude"


def test_a_complete_group_keeps_a_lead():
    weak = {"phone": "1"}
    assert left(weak, happened("demo_request", age=14 * DAY - SECOND)) is None
    assert left(weak, happened("demo_request", age=14 * DAY)) == "hysteresis"


def test_an_override_keeps_a_lead_while_interest_lasts():
    assert left(ALIKE, happened("factory_tour", age=60 * DAY), override=60) is None
    assert left(ALIKE, happened("document_download"), override=60) == "hysteresis"


# By hand


def stands_against(values, events, **more):
    known = Facts(values, events)
    found = gate(MODEL, known, score(MODEL, known, AT), AT, **more)
    return [(one.code, one.detail, one.level) for one in found]


def test_nothing_stands_against_a_ready_lead():
    assert stands_against(GOOD, WARM) == []


def test_the_gate_names_each_block_and_each_warning():
    assert stands_against({"phone": "", "do_not_contact": True}, []) == [
        ("require", "phone", "block"),
        ("exclude", 2, "block"),
        ("min_readiness", None, "warn"),
        ("min_fit", None, "warn"),
        ("min_interest", None, "warn"),
    ]


def test_a_hand_raiser_needs_no_minimum():
    assert stands_against({"phone": "1"}, happened("demo_request")) == []


def test_a_returned_lead_is_warned_of_by_what_is_new():
    assert stands_against(GOOD, WARM, sent_back_at=AT) == [
        ("min_readiness", None, "warn"),
        ("min_interest", None, "warn"),
    ]


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        (GOOD, ()),
        (GOOD | {"title": "", "phone": None}, ("phone", "title")),
        (GOOD | {"company": {"name": "", "employees": None, "attributes": {}}}, ("company",)),
        (GOOD | {"company": None}, ("company",)),
    ],
)
def test_what_is_missing_from_a_complete_handoff(values, fields):
    assert missing(MODEL, Facts(values, [])) == fields


@pytest.mark.parametrize(
    ("values", "kinds", "four"),
    [
        (GOOD, ["factory_tour"], (True, True)),
        (GOOD, ["webinar_attended"], (True, False)),
        ({}, ["factory_tour"], (False, True)),
        ({}, [], (False, False)),
    ],
)
def test_four_plain_classes(values, kinds, four):
    assert plain_class(MODEL, score(MODEL, Facts(values, happened(*kinds)), AT)) == four


def test_without_a_definition_nobody_is_ready():
    bare = Model.compile({"timezone": "UTC", "fit": {"max": 50}, "interest": {"max": 50}})
    known = Facts(GOOD, WARM)
    found = score(bare, known, AT)
    assert not judge(bare, known, found, AT).holds
    assert leaves(bare, known, found, AT, entered_by="score") is None
    assert gate(bare, known, found, AT) == []


# Properties

THOROUGH = settings(max_examples=250, deadline=None, database=None)
send_backs = st.sampled_from([None, AT - 7 * DAY, AT - 2 * DAY - SECOND, AT - DAY, AT])
overrides = st.sampled_from([None, None, 15, 40, 80])


def seen_now(model, known, at, sent_back_at, override):
    """All that anybody reads of a lead: verdict, leaving, class."""
    found = points_only(model, known, at)
    verdict = judge(model, known, found, at, sent_back_at=sent_back_at, override=override)
    return (
        (verdict.holds, verdict.trigger, verdict.group, verdict.excluded_by, verdict.instead),
        verdict.incomplete_group,
        leaves(model, known, found, at, entered_by="score", override=override),
        plain_class(model, found),
    )


@THOROUGH
@given(sections(), leads(), send_backs, overrides)
def test_the_definition_agrees_with_the_oracle(section, lead, sent_back_at, override):
    model, known = Model.compile(section), facts(lead)
    verdict, incomplete, *_ = seen_now(model, known, AT, sent_back_at, override)
    expected = oracle.judge(section, lead, AT, sent_back_at=sent_back_at, override=override)
    assert (*verdict, incomplete) == expected


@THOROUGH
@given(sections(), leads(), send_backs, overrides, st.randoms(use_true_random=False))
def test_what_would_still_hold_is_what_a_judge_without_it_says(section, lead, sent_back_at, override, chance):
    """Once it held, taking events back leaves fit, `require` and `exclude` as they were."""
    model, known = Model.compile(section), facts(lead)
    found = points_only(model, known, AT)
    if not judge(model, known, found, AT, sent_back_at=sent_back_at, override=override).holds:
        return
    left = [event for event in known.events if chance.random() < 0.5]
    for events in (known.events, left):
        fewer = Facts(known.values, events)
        again = points_only(model, fewer, AT)
        expected = judge(model, fewer, again, AT, sent_back_at=sent_back_at, override=override).holds
        asked = {"fit": found.fit, "sent_back_at": sent_back_at, "override": override}
        assert still_holds(model, events, AT, **asked) == expected


@THOROUGH
@given(sections(), leads(), st.sampled_from(["score", "fast_track", "wake"]), overrides)
def test_leaving_agrees_with_the_oracle(section, lead, entered_by, override):
    model, known = Model.compile(section), facts(lead)
    found = points_only(model, known, AT)
    why = leaves(model, known, found, AT, entered_by=entered_by, override=override)
    assert why == oracle.leaves(section, lead, AT, entered_by=entered_by, override=override)


@THOROUGH
@given(sections(), leads(), send_backs, overrides, st.floats(0, 1, exclude_max=True))
def test_a_verdict_is_true_until_its_end(section, lead, sent_back_at, override, share):
    model, known = Model.compile(section), facts(lead)
    now = seen_now(model, known, AT, sent_back_at, override)
    until = next_edge(model, known, points_only(model, known, AT), AT, sent_back_at=sent_back_at)
    if until - AT == timedelta(minutes=1):
        return
    last = until - timedelta(microseconds=1)
    for moment in (min(AT + share * (until - AT), last), last):  # a share of a microsecond rounds up
        assert seen_now(model, known, moment, sent_back_at, override) == now
