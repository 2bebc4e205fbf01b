"""Whom a rule matched in 90 days, and what became of them."""

from datetime import timedelta

import pytest
from django.utils import translation

from handoff import desk
from leads import stages
from leads.models import Lead
from scoring.lessons import feedback
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
    return matches.count(list(matches.rules_of(rules or body())), now=now)


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


def test_what_became_of_them_is_the_first_answer(house):
    """As on the page of results: who was accepted and sent back later was accepted (decision 0066)."""
    taken, back, waiting = new_lead(), new_lead(), new_lead()
    accepted(taken)
    accepted(back)
    send_back(back, house, now=NOW + timedelta(hours=1))
    offered(waiting)
    found = counted()
    assert found["demo"] == Became(3, accepted=2)
    assert found["title-head"] == Became(3, accepted=2)
    assert found["pricing"] == Became(0)


def test_sent_back_and_not_a_fit_are_not_accepted(house):
    back, unfit, taken_back = new_lead(), new_lead(), new_lead()
    for lead in (back, unfit, taken_back):
        offered(lead)
    send_back(back, house)
    desk.disqualify(unfit, by=house.suzuki, reason="competitor", now=NOW + timedelta(hours=1))
    desk.recycle(taken_back, by=house.miura, reason="too_early", now=NOW + timedelta(hours=1))
    assert counted()["demo"] == counted()["title-head"] == Became(3, refused=2)


def test_every_decision_counts_also_two_on_one_lead(house):
    lead = new_lead()
    offered(lead)
    send_back(lead, house)
    again = offered(lead, now=NOW + timedelta(hours=1))
    desk.accept(again, by=again.rep, now=NOW + timedelta(hours=2))
    assert counted()["demo"] == Became(1, accepted=1, refused=1)


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
    rules = list(matches.rules_of(body()))
    with django_assert_num_queries(10):
        matches.count(rules, now=LATER)


def test_the_same_numbers_as_the_page_of_results(house):
    """On what both speak of: decisions of 90 days on leads that did what the rule asks."""
    accepted(new_lead())
    for _ in range(2):
        lead = new_lead()
        offered(lead)
        send_back(lead, house)
    feedback.refresh(now=LATER)
    [row] = [one for one in feedback.table(feedback.latest())["rule"] if one.trait.value == "demo"]
    found = counted()["demo"]
    assert (row.accepted, row.refused) == (found.accepted, found.refused) == (1, 2)


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
    (Became(1214, 6, 2), "1,214 leads in 90 days, 6 of 8 decisions accepted, 2 not"),
    (Became(214, 5, 4), "214 leads in 90 days, 5 of 9 decisions accepted, 4 not"),
    (Became(214, 5, 5), "214 leads in 90 days, 50% of 10 decisions accepted, 5 not"),
    (Became(214, 71, 29), "214 leads in 90 days, 71% of 100 decisions accepted, 29 not"),
])  # fmt: skip
def test_a_few_decisions_are_a_fraction(found, said):
    with translation.override("en"):
        assert rule_sentences.became(found) == said
