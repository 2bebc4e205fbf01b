"""Figures beside each rule: counted by whoever claims them, kept, and counted anew in time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from datetime import timedelta

import pytest
from django.db import connection

from config import sweep
from scoring.models import Draft, RuleFigures, ScoringModel
from scoring.rulemaking import drafting, figures, matches, publishing
from scoring.rulemaking.matches import Became
from tests.people import NOW, accepted, new_lead, react

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
LATER = NOW + MINUTE


def body():
    return deepcopy(ScoringModel.objects.newest().body)


def with_rule(**asked):
    found = body()
    found["interest"]["rules"].append({"id": "fresh", "type": "reply", "points": 3} | asked)
    return found


def all_of_it(now=LATER):
    """As many rounds as it takes; how many rules were counted."""
    done = 0
    while many := figures.refresh(now=now):
        done += many
    return done


def draft_of(house, said):
    base = ScoringModel.objects.newest()
    return drafting.begin(title="x", body=said, base=base, by=house.miura, now=LATER)


def test_what_is_published_is_counted_and_kept(house, django_assert_num_queries):
    react(new_lead(), "pricing_view")
    before = figures.of(body())
    assert (before.is_counting, before.counted_at, before.became) == (True, None, {})
    assert figures.due(now=LATER)
    assert all_of_it() == RuleFigures.objects.count() == len({matches.key(*one) for one in rules()})
    rest = body()
    with django_assert_num_queries(1):
        known = figures.of(rest)
    assert (known.is_counting, known.counted_at) == (False, LATER)
    assert known.became == matches.count(rules(), now=LATER)
    assert known.became["pricing"] == Became(1)


def rules():
    return list(matches.rules_of(body()))


def test_a_rule_of_a_draft_is_counted_once_it_is_saved(house):
    all_of_it()
    react(new_lead(), "reply")
    draft = draft_of(house, body())
    assert not figures.due(now=LATER)  # the same rules
    drafting.edit(draft, body=with_rule(), revision=1, by=house.miura, now=LATER)
    known = figures.of(with_rule())
    assert known.is_counting and "fresh" not in known.became and "pricing" in known.became
    assert figures.refresh(now=LATER) == 1
    assert figures.of(with_rule()).became["fresh"] == Became(1)


def test_a_new_rule_does_not_wait_for_those_that_are_only_old(house):
    """The day's count of everything is due just when a marketer saves: theirs is counted by itself."""
    all_of_it()
    draft_of(house, with_rule(url_prefix="https://new.example.com/"))
    later = LATER + DAY
    assert figures.refresh(now=later) == 1
    assert RuleFigures.objects.get(counted_at=later).asked["url_prefix"] == "https://new.example.com/"
    assert figures.due(now=later)


def test_the_new_rule_comes_before_those_that_are_only_old(house, monkeypatch):
    all_of_it()
    monkeypatch.setattr(figures, "BATCH", 1)
    figures.want(with_rule(), now=LATER + DAY)
    assert figures.refresh(now=LATER + DAY) == 1
    assert figures.of(with_rule()).became["fresh"] == Became(0)


@pytest.mark.parametrize("changed", [{"points": 9}, {"label": "返信"}, {"off": True}, {"max": 9}])
def test_what_a_rule_gives_is_not_counted_again(house, changed):
    figures.want(with_rule(), now=LATER)
    all_of_it()
    figures.want(with_rule(**changed), now=LATER)
    assert not figures.due(now=LATER) and not figures.of(with_rule(**changed)).is_counting


@pytest.mark.parametrize(
    "changed", [{"type": "inquiry"}, {"where": {"data.kind": {"is": "x"}}}, {"campaign": "c"}]
)
def test_what_it_asks_is(house, changed):
    figures.want(with_rule(), now=LATER)
    all_of_it()
    figures.want(with_rule(**changed), now=LATER)
    assert figures.of(with_rule(**changed)).is_counting == figures.due(now=LATER)


def test_a_day_later_to_the_moment(house):
    all_of_it()
    react(new_lead(), "pricing_view")
    assert not figures.due(now=LATER + DAY - timedelta.resolution)
    assert figures.due(now=LATER + DAY)
    all_of_it(LATER + DAY)
    known = figures.of(body())
    assert (known.became["pricing"], known.counted_at) == (Became(1), LATER + DAY)


def test_when_a_version_comes_into_force(house):
    all_of_it()
    at = LATER + timedelta(hours=2)
    publishing.publish(body(), by=None, now=LATER, in_force_from=at, from_file=True)
    assert not figures.due(now=at - timedelta.resolution)
    assert figures.due(now=at)
    all_of_it(at)
    assert figures.of(body()).counted_at == at


def test_one_at_a_time_until_its_claim_runs_out(house):
    figures._claim(LATER)
    assert not figures.due(now=LATER + figures.CLAIM - timedelta.resolution)
    assert figures.refresh(now=LATER) == 0
    assert figures.refresh(now=LATER + figures.CLAIM) == figures.BATCH


def test_a_rule_that_cannot_be_counted_keeps_no_other_from_it(house, caplog, monkeypatch):
    RuleFigures.objects.create(key="bad", half="fit", asked={"when": {"x": {"?": 1}}}, wanted_at=LATER)
    monkeypatch.setattr(figures, "BATCH", 99)
    figures.refresh(now=LATER)
    assert not figures.of(body()).is_counting
    assert RuleFigures.objects.get(key="bad").counted_at is None
    assert "rule cannot be counted: bad" in caplog.text
    assert not figures.due(now=LATER) and figures.due(now=LATER + figures.CLAIM)


def test_a_new_rule_that_cannot_be_counted_keeps_the_old_ones_from_nothing(house, monkeypatch):
    all_of_it()
    draft_of(house, with_rule())
    count = matches.count

    def spoilt(wanted, *, now):
        if any(rule.get("type") == "reply" for _half, rule in wanted):
            raise ValueError
        return count(wanted, now=now)

    monkeypatch.setattr(matches, "count", spoilt)
    for minutes in range(10):
        figures.refresh(now=LATER + DAY + 2 * minutes * MINUTE)
    assert list(RuleFigures.objects.exclude(counted_at__gte=LATER + DAY).values_list("half")) == [
        ("interest",)
    ]


def test_what_nobody_has_any_more_is_forgotten(house):
    draft = draft_of(house, with_rule())
    all_of_it()
    asked = RuleFigures.objects.get(asked__contains='"reply"', half="interest")
    all_of_it(LATER + 3 * DAY)  # an open draft still has it
    assert RuleFigures.objects.filter(pk=asked.pk).exists()
    drafting.withdraw(draft, by=house.miura, now=LATER + 3 * DAY)
    all_of_it(LATER + 4 * DAY)
    assert RuleFigures.objects.filter(pk=asked.pk).exists()
    all_of_it(LATER + 5 * DAY)
    assert not RuleFigures.objects.filter(pk=asked.pk).exists()
    assert not figures.of(body()).is_counting


def test_what_got_lost_is_found_again(house):
    draft = draft_of(house, body())
    Draft.objects.filter(pk=draft.pk).update(body=with_rule())
    all_of_it()
    assert not figures.of(with_rule()).is_counting


def test_the_sweep_counts(house):
    accepted(new_lead())
    done = sweep.until_done(now=LATER)
    assert done["figured"] == RuleFigures.objects.count()
    assert figures.of(body()).became["demo"] == Became(1, accepted=1)
    assert sweep.until_done(now=LATER)["figured"] == 0


def test_nothing_published_nothing_counted(db):
    assert not figures.due(now=NOW) and figures.refresh(now=NOW) == 0


@pytest.mark.parametrize("leads", [1, 3])
def test_a_batch_costs_the_same_however_many_leads(house, django_assert_num_queries, monkeypatch, leads):
    for _number in range(leads):
        accepted(new_lead())
    monkeypatch.setattr(figures, "BATCH", 99)
    with django_assert_num_queries(23):
        figures.refresh(now=LATER)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")
def test_two_at_once_count_each_rule_once():
    from tests import people

    people.open_house()
    with ThreadPoolExecutor(2) as both:
        done = [one.result() for one in [both.submit(_claimed) for _ in range(2)]]
    assert not done[0] & done[1] and len(done[0] | done[1]) == 2 * figures.BATCH


def _claimed():
    try:
        return {one.pk for one in figures._claim(LATER)}
    finally:
        connection.close()
