"""The format of a playbook: the example is taken as it stands, and every slip is found at its line."""

import re
from pathlib import Path

import pytest
from django.utils import translation

from config.playbook.check import read
from config.playbook.problems import PlaybookRefused
from config.playbook.words import sentence

EXAMPLE = (Path(__file__).parents[1] / "data" / "playbook.example.yaml").read_text(encoding="utf-8")


def line_of(text):
    return EXAMPLE[: EXAMPLE.index(text)].count("\n") + 1


def problems(source):
    try:
        read(source.encode())
    except PlaybookRefused as wrong:
        for language in ("ja", "en"):
            with translation.override(language):
                assert all(map(sentence, wrong.problems)), "every problem can be said"
        return wrong.problems
    return []


def edited(old, new):
    assert EXAMPLE.count(old) == 1, f"{old!r} stands {EXAMPLE.count(old)} times in the example"
    return EXAMPLE.replace(old, new)


def found(old, new):
    return [(one.code, one.line, ".".join(map(str, one.path))) for one in problems(edited(old, new))]


def test_the_example_is_taken_as_it_stands():
    sections = read(EXAMPLE.encode()).sections
    assert list(sections) == [
        *(
            "playbook",
            "name",
            "timezone",
            "locale",
            "people",
            "calendars",
            "stages",
            "lanes",
            "activity_types",
        ),
        *("reasons", "scoring", "teams", "queues", "routing", "policies", "personas", "agreement"),
    ]
    assert sections["lanes"]["1"] == {"offer_at": "mql", "on_accept": "sal"}
    assert sections["queues"]["inside"]["lane"] == 1
    assert sections["queues"]["inside"]["members"][0] == {
        "user": "sato@example.com",
        "weight": 2,
        "max_open": 60,
    }
    assert sections["calendars"]["tokyo"]["exceptions"][0]["every"] == "12-29..01-03"
    assert sections["policies"]["standard"]["ladder"][0]["at"] == "75%"
    assert sections["scoring"]["mql"]["fast_track"][2]["all_of"][1]["where"] == {
        "data.wants_contact": {"is": True}
    }


SLIPS = [
    # the whole
    ("playbook: 1  ", "playbook: 2  ", "other_format", "playbook"),
    ("playbook: 1  ", "plybook: 1  ", "unknown_key", "plybook"),
    ("timezone: Asia/Tokyo\nlocale", "timezone: Asia/Tokio\nlocale", "unknown_zone", "timezone"),
    ("locale: ja", "locale: fr", "not_one_of", "locale"),
    ("name: {ja: 青空システムズ 2026年下期, en: Aozora Systems H2 2026}", "name: {}", "no_label", "name"),
    ("routing:   ", "routng:   ", "unknown_key", "routng"),
    # people
    ("  tanaka@example.com: ", "  tanaka.example.com: ", "bad_email", "people.tanaka.example.com"),
    ("  yamada@example.com: ", "  TANAKA@example.com: ", "given_twice", "people.TANAKA@example.com"),
    ("[marketer, manager]", "[marketer, boss]", "not_one_of", "people.miura@example.com.roles.1"),
    ("[marketer, manager]", "[manager, manager]", "given_twice", "people.miura@example.com.roles.1"),
    ("[marketer, manager]", "[]", "empty_list", "people.miura@example.com.roles"),
    ("[marketer, manager]", "marketer", "not_a_list", "people.miura@example.com.roles"),
    ("side: marketing}", "side: middle}", "not_one_of", "people.miura@example.com.side"),
    ("side: marketing}", "}", "missing_key", "people.miura@example.com"),
    ("deputy: koba", "deputy: kobba", "unknown_person", "people.sato@example.com.deputy"),
    ("deputy: kobayashi", "deputy: sato", "own_deputy", "people.sato@example.com.deputy"),
    (
        "side: marketing}",
        "side: marketing, ends_on: 2027-02-30}",
        "bad_date",
        "people.miura@example.com.ends_on",
    ),
    ("side: marketing}", "side: marketing, age: 40}", "unknown_key", "people.miura@example.com.age"),
    # stages, lanes, types, reasons
    ("review_after: 180d, ", "", "missing_key", "stages.mal"),
    ("review_after: 180d", "review_after: 4h", "bad_days", "stages.mal.review_after"),
    (
        "sal:         {owner: inside_sales,",
        "sal:         {owner: insidesales,",
        "not_one_of",
        "stages.sal.owner",
    ),
    ("  sal:         {owner", "  sall:         {owner", "unknown_key", "stages.sall"),
    ("1: {offer_at: mql,", "1: {offer_at: mal,", "not_one_of", "lanes.1.offer_at"),
    ("2: {offer_at: sal,", "2: {offer_at: sql,", "lane_backwards", "lanes.2.on_accept"),
    ("  2: {offer_at", "  3: {offer_at", "unknown_key", "lanes.3"),
    ("  factory_tour: {", "  webinar_attended: {", "built_in_type", "activity_types.webinar_attended"),
    ("{direction: reaction,", "{direction: sideways,", "not_one_of", "activity_types.factory_tour.direction"),
    (
        "next_step: right_person",
        "next_step: right_man",
        "not_one_of",
        "reasons.send_back.wrong_person.next_step",
    ),
    (
        "next_step: right_person",
        "next_step: right_person, wake_days: 3",
        "wake_days_without_wake",
        "reasons.send_back.wrong_person.wake_days",
    ),
    ("wake_days: 90", "wake_days: 0", "below_least", "reasons.send_back.no_contact.wake_days"),
    ("wake_days: 90", "wake_days: 90.5", "not_whole", "reasons.send_back.no_contact.wake_days"),
    ("wake_days: 90", "wake_days: '90'", "not_a_number", "reasons.send_back.no_contact.wake_days"),
    ("after: persistence", "after: accept", "not_one_of", "reasons.send_back.no_contact.after"),
    ("note_required: true", "note_required: yes", "not_yes_no", "reasons.send_back.other.note_required"),
    (
        "label: {ja: 予算, en: Budget}",
        "label: {ja: 予算, fr: Budget}",
        "unknown_key",
        "reasons.lost.budget.label.fr",
    ),
    ("label: {ja: 予算, en: Budget}", "label: 500", "not_a_mapping", "reasons.lost.budget.label"),
    ("label: {ja: 予算, en: Budget}", "label: {ja: ''}", "empty_text", "reasons.lost.budget.label.ja"),
    ("    left:        {", "    左:        {", "bad_identifier", "reasons.disqualify.左"),
    # scoring
    ("{gte: 300}", "{gt: many}", "predicate_number_needed", "scoring.fit.rules.4.when.company.employees.gt"),
    (
        "{gte: 300}",
        "{atleast: 300}",
        "predicate_unknown_test",
        "scoring.fit.rules.4.when.company.employees.atleast",
    ),
    ("{gte: 300}", "{}", "predicate_tests_needed", "scoring.fit.rules.4.when.company.employees"),
    (
        "when: {company.industry",
        "when: {company.industri",
        "predicate_unknown_path",
        "scoring.fit.rules.7.when.company.industri",
    ),
    ("when: {email: {free_mail: true}}", "when: {}", "asks_nothing", "scoring.fit.rules.9.when"),
    ("{id: free-mail,   when:", "{id: industry,   when:", "given_twice", "scoring.fit.rules.9.id"),
    ("{id: webinar, ", "{id: industry, ", "given_twice", "scoring.interest.rules.2.id"),
    ("{id: webinar, ", "{id: clip, ", "reserved_name", "scoring.interest.rules.2.id"),
    ("type: pricing_view", "type: pricing_vew", "unknown_name", "scoring.interest.rules.0.type"),
    ("points: 4, ", "points: four, ", "not_a_number", "scoring.interest.rules.0.points"),
    ("per_day: 2", "per_day: 0", "below_least", "scoring.interest.rules.0.per_day"),
    ("half_life_days: 60", "half_life_days: 0", "not_above", "scoring.interest.rules.5.half_life_days"),
    (
        "where: {data.rank: {is: A}}",
        "where: {title: {is: A}}",
        "predicate_unknown_path",
        "scoring.interest.rules.4.where.title",
    ),
    ("actions: [email_sent,", "actions: [reply,", "unknown_name", "scoring.interest.response.actions.0"),
    ("      silent_points: -10\n", "", "needs_also", "scoring.interest.response.silent_after"),
    ("leave_below: 45", "leave_below: 61", "leaves_above_entry", "scoring.mql.leave_below"),
    ("min_fit: 20", "min_fit: 51", "never_reached", "scoring.mql.min_fit"),
    ("  interest:\n    max: 50", "  interest:\n    max: 60", "halves_above_100", "scoring.interest.max"),
    ("complete: [phone,", "complete: [fone,", "unknown_path", "scoring.mql.complete.0"),
    ("instead: tell_owner", "instead: tell_boss", "not_one_of", "scoring.mql.exclude.1.instead"),
    (
        "block: [exclude, require]",
        "block: [exclude, min_fit]",
        "blocks_already",
        "scoring.mql.by_hand.warn.1",
    ),
    ("    pricing:  {ja: 料金", "    prices:  {ja: 料金", "unknown_rule", "scoring.opening.prices"),
    # teams, queues, routing
    (
        "inside-east: {kind: inside_sales, calendar: tokyo",
        "inside-east: {kind: inside_sales, calendar: osaka",
        "unknown_name",
        "teams.inside-east.calendar",
    ),
    ("lead: takahashi@example.com", "lead: takahasi@example.com", "unknown_person", "teams.field-east.lead"),
    ("    team: inside-east", "    team: inside-west", "unknown_name", "queues.inside.team"),
    ("    policy: standard", "    policy: standart", "unknown_name", "queues.inside.policy"),
    ("    lane: 1\n", "    lane: 3\n", "not_a_lane", "queues.inside.lane"),
    ("strategy: weighted", "strategy: fair", "not_one_of", "queues.inside.strategy"),
    ("release_per_day: 60", "release_per_day: 0", "below_least", "queues.inside.release_per_day"),
    (
        "user: sato@example.com, weight: 2",
        "user: sato@example.co, weight: 2",
        "unknown_person",
        "queues.inside.members.0.user",
    ),
    (
        "user: sato@example.com, weight: 2",
        "user: sato@example.com, weight: 0",
        "not_above",
        "queues.inside.members.0.weight",
    ),
    (
        "user: kobayashi@example.com, weight: 1",
        "user: sato@example.com, weight: 1",
        "given_twice",
        "queues.inside.members.1.user",
    ),
    ("1: [{queue: inside}]", "1: [{queue: outside}]", "unknown_name", "routing.lanes.1.0.queue"),
    ("1: [{queue: inside}]", "1: [{queue: field-tokyo}]", "queue_of_other_lane", "routing.lanes.1.0.queue"),
    ("1: [{queue: inside}]", "1: []", "empty_list", "routing.lanes.1"),
    ("1: [{queue: inside}]", "1: [{queue: inside}, {queue: inside}]", "hides_the_rest", "routing.lanes.1.0"),
    (", {queue: field-other}]", "]", "last_not_open", "routing.lanes.2.0"),
    # policies
    ("accept: 30m", "accept: 30min", "bad_duration", "policies.standard.targets.0.accept"),
    ("accept: 30m, ", "", "missing_key", "policies.standard.targets.0"),
    (
        "{readiness: {gte: 75}}",
        "{readyness: {gte: 75}}",
        "predicate_unknown_path",
        "policies.standard.targets.1.when.readyness",
    ),
    (
        "attempts: 6, channels: 2",
        "attempts: 6, channels: 7",
        "more_channels_than_attempts",
        "policies.standard.targets.0.persistence.channels",
    ),
    ("from: meeting_end", "from: lunch", "not_one_of", "policies.field.targets.0.report.from"),
    ("at: 75%", "at: 75", "not_text", "policies.standard.ladder.0.at"),
    ("at: 75%", "at: 0%", "bad_percent", "policies.standard.ladder.0.at"),
    ("at: 75%", "at: 100%", "given_twice", "policies.standard.ladder.1"),
    ("{clock: first_contact,", "{clock: answers,", "not_one_of", "policies.standard.ladder.3.clock"),
    (
        "at: 75%, do: [remind_rep]",
        "at: 75%, do: [recall]",
        "recall_with_reassign",
        "policies.standard.ladder.0.do",
    ),
    (
        "{clock: first_contact, at: 100%, do: [remind_rep, ",
        "{clock: first_contact, at: 100%, do: [open_to_team, ",
        "opens_only_accept",
        "policies.standard.ladder.3.do",
    ),
    ("    answer: 2d ", "    # answer: 2d ", None, ""),
    # personas, agreement
    ("share: 60", "share: 160", "above_most", "personas.it-head.share"),
    ("period: month", "period: week", "not_one_of", "agreement.period"),
    (
        "{marketing: miura@example.com, sales",
        "{marketing: suzuki@example.com, sales",
        "signed_by_other_side",
        "agreement.signed_by.marketing",
    ),
    ("metric: handoffs_offered", "metric: handoffs_ofered", "not_one_of", "agreement.marketing.0.metric"),
    ('target: ">= 90"', 'target: "about 90"', "bad_target", "agreement.marketing.0.target"),
    ('target: ">= 90"', 'target: ">= 90%"', "target_not_percent", "agreement.marketing.0.target"),
    ('target: ">= 70%"', 'target: ">= 70"', "target_needs_percent", "agreement.marketing.1.target"),
    ('target: ">= 70%"', 'target: ">= 170%"', "target_above_100", "agreement.marketing.1.target"),
    ("{id: won, ", "{id: volume, ", "given_twice", "agreement.shared.0.id"),
]


# Slips that make something else wrong as well: the slip itself must be among what is said.
ALSO_ELSEWHERE = ("  tanaka@", "  yamada@", "  2: {offer_at", "  factory_tour")
# Problems that show at the line after or before the one that was touched.
BESIDE = {"      silent_points: -10\n": -1, "at: 100%": 1}


@pytest.mark.parametrize(("old", "new", "code", "path"), SLIPS)
def test_a_slip_is_refused_at_its_line(old, new, code, path):
    line = line_of(old) + old[: _changed(old, new)].count("\n") + BESIDE.get(old, BESIDE.get(new, 0))
    seen = found(old, new)
    if old.startswith(ALSO_ELSEWHERE):
        assert (code, line, path) in seen
    else:
        assert seen == ([] if code is None else [(code, line, path)])


def _changed(old, new):
    """Where the two first differ."""
    return next((index for index, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), 0)


def test_all_slips_are_found_at_once():
    source = EXAMPLE
    for old, new in [
        ("locale: ja", "locale: fr"),
        ("points: 4, ", "points: four, "),
        ("user: sato@example.com, weight: 2", "user: sato@example.co, weight: 2"),
        ("accept: 30m", "accept: 30min"),
        ("period: month", "period: week"),
        ("- {id: webinar, ", "- {id: &w webinar, "),
    ]:
        source = source.replace(old, new)
    codes = [one.code for one in problems(source)]
    assert codes == ["not_one_of", "not_a_number", "anchor", "unknown_person", "bad_duration", "not_one_of"]
    lines = [one.line for one in problems(source)]
    assert lines == sorted(lines)


@pytest.mark.parametrize("section", ["activity_types", "personas", "agreement"])
def test_sections_that_only_add_may_be_left_out(section):
    source = without(section).replace("type: factory_tour", "type: webinar_attended")
    assert section not in read(source.encode()).sections


@pytest.mark.parametrize(
    "section",
    [
        "people",
        "calendars",
        "stages",
        "lanes",
        "reasons",
        "scoring",
        "teams",
        "queues",
        "routing",
        "policies",
    ],
)
def test_a_missing_section_is_named(section):
    seen = [(one.code, one.params.get("key")) for one in problems(without(section))]
    assert ("missing_key", section) in seen


def without(section):
    """The example without one of its sections."""
    return re.sub(rf"(?ms)^{section}:.*?(?=^\S|\Z)", "", EXAMPLE)


def test_a_label_in_one_language_stands_for_both():
    sections = read(edited("label: {ja: 工場見学, en: Factory tour}", "label: 工場見学").encode()).sections
    assert sections["activity_types"]["factory_tour"]["label"] == {"ja": "工場見学", "en": "工場見学"}


def test_addresses_are_compared_in_lower_case():
    sections = read(
        edited("user: sato@example.com, weight: 2", "user: Sato@Example.com, weight: 2").encode()
    ).sections
    assert sections["queues"]["inside"]["members"][0]["user"] == "sato@example.com"


def test_known_keys_stand_in_the_order_of_the_format():
    sections = read(
        edited(
            "{user: sato@example.com, weight: 2, max_open: 60}",
            "{max_open: 60, user: sato@example.com, weight: 2}",
        ).encode()
    )
    assert list(sections.sections["queues"]["inside"]["members"][0]) == ["user", "weight", "max_open"]


def test_a_hundred_problems_are_enough():
    source = EXAMPLE + "".join(f"nonsense-{number}: 1\n" for number in range(500))
    assert len(problems(source)) == 100
