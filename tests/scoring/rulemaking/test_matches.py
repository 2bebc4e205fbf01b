"""Whom a rule matched in 90 days, and what became of them."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import translation

from leads import stages
from leads.models import Lead
from scoring.models import ScoringModel
from scoring.rulemaking import matches, rule_sentences
from scoring.rulemaking.matches import Became
from tests.people import NOW, accepted, new_lead, offered, react, rescore, send_back

DAY = timedelta(days=1)
LATER = NOW + DAY


def body(**interest):
    found = ScoringModel.objects.newest().body
    return found | {"interest": found["interest"] | interest} if interest else found


def counted(now=LATER, rules=None):
    cache.clear()
    return matches.count(rules or body(), now=now)


def behind(rule, rules=None):
    return [
        *Lead.objects.filter(pk__in=matches.leads_of(rules or body(), rule, now=LATER)).values_list(
            "pk", flat=True
        )
    ]


def test_a_rule_of_interest_counts_leads_not_events(house):
    lead = new_lead()
    react(lead, "pricing_view")
    react(lead, "pricing_view", at=NOW - DAY)
    react(new_lead(), "pricing_view", at=NOW - 91 * DAY, now=NOW)
    assert counted()["pricing"] == Became(1)


@pytest.mark.parametrize("age, expected", [(timedelta(days=90), 0), (timedelta(days=90, microseconds=-1), 1)])
def test_ninety_days_to_the_moment(house, age, expected):
    react(new_lead(), "pricing_view", at=NOW - age, now=NOW)
    assert counted(now=NOW)["pricing"].matched == expected


def test_machines_and_what_was_taken_back_match_nothing(house):
    lead = new_lead()
    event = react(lead, "pricing_view")
    event.genuine = "machine"
    event.save()
    assert counted()["pricing"].matched == 0
    again = react(lead, "document_download")
    correction = react(lead, "document_download")
    correction.voids = again
    correction.save()
    assert counted()["download"].matched == 0


def test_what_else_must_be_true_of_the_event(house):
    react(new_lead(), "inquiry", kind="quote")
    react(new_lead(), "inquiry", kind="recruit")
    assert counted()["inquiry"].matched == 1


def test_fit_counts_who_was_heard_of(house):
    heard, silent = new_lead(title="社長"), new_lead(title="社長")
    react(heard, "page_view")
    found = counted()
    assert found["title-exec"].matched == 1
    assert behind("title-exec") == [heard.pk]
    assert silent.pk not in behind("size-300")


def test_what_became_of_them(house):
    taken, back, waiting = new_lead(), new_lead(), new_lead()
    accepted(taken)
    accepted(back)
    send_back(back, house, now=NOW + timedelta(hours=1))
    offered(waiting)
    found = counted()
    assert found["demo"] == Became(3, accepted=1, sent_back=1)
    assert found["title-head"] == Became(3, accepted=1, sent_back=1)
    assert found["pricing"] == Became(0)


def test_a_reaction_after_the_decision_had_no_part_in_it(house):
    lead = new_lead()
    accepted(lead)
    react(lead, "pricing_view", at=NOW + timedelta(hours=2))
    assert counted()["pricing"] == Became(1)


def test_a_lead_that_left_by_itself_was_not_sent_back(house):
    lead = new_lead()
    offered(lead)
    lead.company.relation = "competitor"
    lead.company.save()
    assert rescore(lead).stage == stages.MAL
    assert counted()["demo"] == Became(1)


def test_a_rule_that_is_off_is_counted_too(house):
    react(new_lead(), "pricing_view")
    rules = [one | {"off": True} if one["id"] == "pricing" else one for one in body()["interest"]["rules"]]
    assert counted(rules=body(rules=rules))["pricing"].matched == 1


def test_two_rules_that_ask_the_same_are_both_answered(house):
    react(new_lead(), "pricing_view")
    twice = [*body()["interest"]["rules"], {"id": "again", "type": "pricing_view", "points": 1}]
    found = counted(rules=body(rules=twice))
    assert found["again"] == found["pricing"] == Became(1)


@pytest.mark.parametrize("leads", [1, 3])
def test_as_many_queries_however_many_leads(house, django_assert_num_queries, leads):
    for _number in range(leads):
        accepted(new_lead())
    rules = body()
    cache.clear()
    with django_assert_num_queries(10):
        matches.count(rules, now=LATER)
    with django_assert_num_queries(0):
        assert matches.known(rules) == matches.count(rules, now=LATER)


def test_another_number_of_points_is_not_counted_again(house, django_assert_num_queries):
    rules = body()
    matches.count(rules, now=LATER)
    rules["interest"]["rules"][0]["points"] = 8
    with django_assert_num_queries(0):
        matches.count(rules, now=LATER)


def test_the_list_is_as_long_as_the_number(house):
    for kind in ("quote", "recruit", "quote"):
        lead = new_lead()
        react(lead, "inquiry", kind=kind)
        react(lead, "pricing_view")
    found = counted()
    for rule in ("inquiry", "pricing", "title-head", "size-300"):
        assert len(behind(rule)) == found[rule].matched > 0
    assert matches.leads_of(body(), "nobody", now=LATER) is None


@pytest.mark.parametrize("when, expected", [
    ({"title": {"present": False}}, 1),
    ({"title": {"present": False}, "company.employees": {"gte": 300}}, 1),
    ({"any_of": [{"title": {"present": False}}, {"title": {"is": "情報システム部長"}}]}, 2),
    ({"attributes.seats": {"gte": 10}}, 1),
    ({"title": {"is": "nobody"}}, 0),
    ({"email": {"free_mail": True}}, 1),
    ({"not": {"email": {"free_mail": True}}}, 1),
    ({"email": {"free_mail": True, "contains_any": "taro"}}, 1),
    ({"nowhere": {"present": False}}, 2),
])  # fmt: skip
def test_number_and_list_agree_whatever_a_rule_of_fit_asks(house, when, expected):
    react(new_lead(title="", email="taro@gmail.com"), "page_view")
    react(new_lead(attributes={"seats": 12}), "page_view")
    rules = body()
    rules["fit"]["rules"] = [{"id": "x", "when": when, "points": 1}]
    assert counted(rules=rules)["x"].matched == len(behind("x", rules)) == expected


@pytest.mark.parametrize("found, said", [
    (Became(1), "1 lead in 90 days"),
    (Became(214), "214 leads in 90 days"),
    (Became(1214, 6, 2), "1,214 leads in 90 days, 6 of 8 accepted, 2 sent back"),
    (Became(214, 5, 4), "214 leads in 90 days, 5 of 9 accepted, 4 sent back"),
    (Became(214, 5, 5), "214 leads in 90 days, 50% of 10 accepted, 5 sent back"),
    (Became(214, 71, 29), "214 leads in 90 days, 71% of 100 accepted, 29 sent back"),
])  # fmt: skip
def test_a_few_decisions_are_a_fraction(found, said):
    with translation.override("en"):
        assert rule_sentences.became(found) == said
