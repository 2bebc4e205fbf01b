"""Machine clicks are stored as such, taken back when later clicks say otherwise, and scores follow."""

from __future__ import annotations

from datetime import timedelta

import pytest

from leads import intake
from leads.models import Activity, Lead, Standing
from scoring import readiness
from scoring.models import MachineClick
from scoring.past.hindsight import as_known
from tests.people import NOW, fresh, new_lead, react, rescore

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


@pytest.fixture
def lead(house) -> Lead:
    return new_lead(now=NOW - 10 * HOUR)


def click(lead, link, *, after=0, mail="mail-1", genuine="human", now=None, **data) -> int:
    at = NOW + timedelta(seconds=after)
    told = intake.NewActivity(
        lead.pk, "email_click", at, "mailer", content=mail, url=link, genuine=genuine, data=data
    )
    [answer] = intake.record([told], now=now or at)
    return answer.id


def words(lead) -> list[str]:
    return list(lead.activities.order_by("pk").values_list("genuine", flat=True))


def interest(lead) -> int:
    return Standing.objects.get(lead=lead).interest


@pytest.mark.parametrize(("seconds", "genuine", "points"), [(10, "machine", 0), (11, "human", 2)])
def test_all_links_at_once_are_a_machine(lead, seconds, genuine, points):
    click(lead, "/a")
    click(lead, "/b", after=seconds)
    rescore(lead, now=NOW + HOUR)
    assert words(lead) == [genuine, genuine]
    assert interest(lead) == points  # one a day


def test_a_click_that_was_a_readers_turns_out_to_be_a_machines(lead):
    click(lead, "/a")
    rescore(lead)
    assert interest(lead) == 2
    click(lead, "/b", after=3, now=NOW + HOUR)  # told late
    rescore(lead, now=NOW + HOUR)
    assert (words(lead), interest(lead)) == (["machine", "machine"], 0)


def test_a_late_click_takes_the_mark_back(lead):
    click(lead, "/a")
    click(lead, "/b", after=3)
    rescore(lead, now=NOW + HOUR)
    assert MachineClick.objects.count() == 2
    click(lead, "/c", after=3600)  # a link that was not part of the burst: somebody reads
    rescore(lead, now=NOW + HOUR)
    assert (words(lead), interest(lead)) == (["human"] * 3, 2)
    assert not MachineClick.objects.exists()


def test_a_correction_takes_the_mark_back(lead):
    click(lead, "/a")
    wrong = click(lead, "/b", after=3)
    rescore(lead, now=NOW + HOUR)
    intake.record([intake.NewActivity(lead.pk, "note", NOW + HOUR, "test", voids_id=wrong)], now=NOW + HOUR)
    rescore(lead, now=NOW + HOUR)
    assert words(lead)[0] == "human"
    assert interest(lead) == 2


def test_a_scanner_by_its_name(lead):
    click(lead, "/a", user_agent="Mozilla/5.0 (compatible; Barracuda Sentinel)")
    rescore(lead)
    assert (words(lead), interest(lead)) == (["machine"], 0)


@pytest.mark.parametrize("said", ["suspect", "machine"])
def test_what_the_source_says_stays(lead, said):
    click(lead, "/a", genuine=said)
    rescore(lead)
    click(lead, "/b", after=3600)
    rescore(lead, now=NOW + HOUR)
    assert words(lead) == [said, "human"]


def test_judging_again_changes_nothing_more(lead):
    click(lead, "/a")
    click(lead, "/b")
    rescore(lead)
    before = list(MachineClick.objects.order_by("pk").values_list("activity", "judged_at"))
    rescore(lead, now=NOW + HOUR)
    assert list(MachineClick.objects.order_by("pk").values_list("activity", "judged_at")) == before
    assert words(lead) == ["machine", "machine"]


def test_clicks_of_two_leads_are_not_one_burst(lead, house):
    other = new_lead()
    click(lead, "/a")
    click(other, "/b")
    readiness.rescore([lead.pk, other.pk], now=NOW)
    assert words(lead) == words(other) == ["human"]


def test_a_machine_is_no_latest_reaction(lead):
    react(lead, "page_view", at=NOW - HOUR)
    click(lead, "/a")
    assert Standing.objects.get(lead=lead).last_reaction == "email_click"
    click(lead, "/b")
    rescore(lead)
    row = Standing.objects.get(lead=lead)
    assert (row.last_reaction, row.last_reaction_at) == ("page_view", NOW - HOUR)


def test_a_machine_that_is_not_written_down_yet_scores_nothing(lead):
    """A page between the click and the worker shows what the worker will store."""
    click(lead, "/a")
    click(lead, "/b")
    assert readiness.look(fresh(lead), now=NOW).score.interest == 0
    assert words(lead) == ["human", "human"]


def test_a_score_for_the_past_judges_what_was_known(lead):
    click(lead, "/a")
    click(lead, "/b", after=3, now=NOW + HOUR)
    rescore(lead, now=NOW + HOUR)
    assert [one.counts for one in as_known(lead, known_at=NOW).events] == [True]
    assert [one.counts for one in as_known(lead, known_at=NOW + HOUR).events] == [False, False]
    assert Activity.objects.filter(genuine="machine").count() == 2
