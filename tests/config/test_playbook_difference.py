"""What changes from one playbook to the next, said line by line."""

import copy
from pathlib import Path

from config.playbook.check import read
from config.playbook.difference import difference

EXAMPLE = read((Path(__file__).parents[1] / "data" / "playbook.example.yaml").read_bytes()).sections


def lines(change):
    other = copy.deepcopy(EXAMPLE)
    change(other)
    return [one.line() for one in difference(EXAMPLE, other)]


def test_no_change_no_lines():
    assert difference(EXAMPLE, copy.deepcopy(EXAMPLE)) == []


def test_a_changed_value_shows_old_and_new():
    assert lines(lambda new: new["scoring"]["mql"].update(min_readiness=55)) == [
        "~ scoring.mql.min_readiness: 60 → 55"
    ]


def test_rules_are_compared_by_their_id_not_their_place():
    def change(new):
        del new["scoring"]["interest"]["rules"][1]
        new["scoring"]["interest"]["rules"][1]["points"] = 13

    assert lines(change) == [
        "~ scoring.interest.rules.webinar.points: 12 → 13",
        "- scoring.interest.rules.download: {id: download, type: document_download, points: 8,"
        " half_life_days: 30, max: 24}",
    ]


def test_a_new_person_and_a_gone_queue_stand_whole():
    def change(new):
        new["people"]["kato@example.com"] = {"roles": ["inside_sales"], "side": "sales"}
        del new["queues"]["field-other"]

    assert lines(change) == [
        "+ people.kato@example.com: {roles: [inside_sales], side: sales}",
        "- queues.field-other: {lane: 2, team: field-east, policy: field, strategy: least_loaded,"
        " members: [{user: yamada@example.com}, {user: takahashi@example.com}]}",
    ]


def test_lists_of_words_are_compared_whole():
    assert lines(lambda new: new["scoring"]["mql"]["complete"].append("email")) == [
        "~ scoring.mql.complete: [phone, company, title] → [phone, company, title, email]"
    ]


def test_unnamed_entries_are_compared_by_place():
    assert lines(lambda new: new["policies"]["field"]["targets"][0].update(accept="2h")) == [
        "~ policies.field.targets[0].accept: 4h → 2h"
    ]


def test_the_order_of_members_and_of_reasons_is_a_change():
    assert lines(lambda new: new["queues"]["inside"]["members"].reverse()) == [
        "~ queues.inside.members: [sato@example.com, kobayashi@example.com] →"
        " [kobayashi@example.com, sato@example.com]"
    ]

    def last_first(new):
        reasons = new["reasons"]["meeting"]
        new["reasons"]["meeting"] = dict(reversed(reasons.items()))

    assert lines(last_first) == [
        "~ reasons.meeting: [no_decider, no_problem, no_timing, info_only] →"
        " [info_only, no_timing, no_problem, no_decider]"
    ]


def test_the_order_of_people_is_none():
    assert lines(lambda new: new.update(people=dict(reversed(new["people"].items())))) == []


def test_true_is_not_one():
    assert lines(lambda new: new["scoring"].update(classes={"fit": True, "interest": 25})) == [
        "~ scoring.classes.fit: 25 → true"
    ]
