"""A draft tried on the past, in the browser: chosen, watched, read, and every number opened."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from config.clock import now
from config.studio import trial_chart, trial_words, trying
from leads.models import Team, User
from scoring.models import Simulation
from scoring.replay import trials
from scoring.rulemaking import drafting
from tests.config.studio.drafts import begun, changed
from tests.people import new_lead, offered

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def english(house):
    User.objects.update(language="en")
    for name in house.NAMES:
        getattr(house, name).language = "en"


@pytest.fixture
def miura(house, browser_of):
    return browser_of(house.miura)


def said(answer):
    return answer.content.decode()


def asked(house, draft=None, *, days=30) -> Simulation:
    draft, moment = draft or begun(house), now()
    return trials.ask(
        body=draft.body, since=moment - days * DAY, until=moment, draft=draft, by=house.miura, now=moment
    )


def done(house, draft=None, **fields) -> Simulation:
    simulation = asked(house, draft, **fields)
    trying.run([simulation.pk], now=now())
    return Simulation.objects.get(pk=simulation.pk)


def result(**kinds):
    """A finished one with these counts, for its words."""
    days = kinds.pop("days", 90)
    counts = dict.fromkeys(trial_words.KINDS, 0) | kinds
    numbers = {"days": days, "kinds": counts, "leads": counts, "queues": [], "weeks": []}
    return Simulation(state=Simulation.DONE, result=numbers)


# ── asking and waiting ───────────────────────────────────────────────────────


def test_a_marketer_asks_and_is_shown_how_far_it_is(house, miura):
    draft = begun(house)
    answer = miura.post(f"/rules/drafts/{draft.pk}/simulate", {"days": "30"})
    simulation = Simulation.objects.get()
    assert answer["Location"] == f"/rules/simulations/{simulation.pk}"
    assert (simulation.draft, simulation.revision, simulation.asked_by) == (draft, 1, house.miura)
    assert simulation.until - simulation.since <= 30 * DAY
    page = said(miura.get(answer["Location"]))
    assert "Waiting for its turn" in page and 'hx-trigger="every 2s"' in page
    assert '<noscript><meta http-equiv="refresh"' in page and "<progress" in page


def test_pressed_twice_it_is_one(house, miura):
    draft = begun(house)
    for _ in range(2):
        miura.post(f"/rules/drafts/{draft.pk}/simulate", {"days": "90"})
    assert Simulation.objects.count() <= 2 and Simulation.objects.filter(draft=draft).exists()


def test_another_stretch_is_refused(house, miura):
    answer = miura.post(f"/rules/drafts/{begun(house).pk}/simulate", {"days": "7"})
    assert answer.status_code == 422 and not Simulation.objects.exists()


def test_a_rep_reads_and_does_not_start(house, browser_of):
    sato, draft = browser_of(house.sato), begun(house)
    assert "Marketing and managers start simulations" in said(sato.get(f"/rules/drafts/{draft.pk}/simulate"))
    assert sato.post(f"/rules/drafts/{draft.pk}/simulate", {"days": "30"}).status_code == 403
    simulation = asked(house, draft)
    assert sato.post(f"/rules/simulations/{simulation.pk}/cancel").status_code == 403


def test_cancelled(house, miura):
    simulation = asked(house)
    miura.post(f"/rules/simulations/{simulation.pk}/cancel")
    page = said(miura.get(f"/rules/simulations/{simulation.pk}"))
    assert "It was cancelled." in page and "every 2s" not in page


# ── reading ──────────────────────────────────────────────────────────────────


def test_words_first_then_numbers_with_their_lists(house, miura):
    lead = new_lead(now=now() - 3 * DAY)
    offered(lead, now=now() - 3 * DAY)
    simulation = done(house)
    page = said(miura.get(f"/rules/simulations/{simulation.pk}"))
    assert "there would have been 1 handoff, as many as by the rules in force" in page
    assert "few cases" in page and "no simulation knows" in page
    assert page.index('class="finding"') < page.index('class="stats"') < page.index('class="weekly"')
    links = set(re.findall(rf'href="(/rules/simulations/{simulation.pk}/[a-z_]+)"', page))
    assert len(links) == 15
    for link in links:
        listed = said(miura.get(link))
        kind = link.rsplit("/", 1)[1]
        assert listed.count('class="rowlink"') == simulation.result["kinds"][kind]
    entered = said(miura.get(f"/rules/simulations/{simulation.pk}/entered"))
    assert f'href="/leads/{lead.pk}"' in entered and "Inside sales" in entered


def test_it_says_that_the_draft_was_changed_since(house, miura):
    draft = begun(house)
    simulation = done(house, draft)
    drafting.edit(draft, body=changed(9), revision=1, by=house.miura, now=now())
    assert "of an older revision" in said(miura.get(f"/rules/simulations/{simulation.pk}"))
    assert "of an older revision" in said(miura.get(f"/rules/drafts/{draft.pk}/simulate"))


def test_kato_sees_the_number_and_not_the_lead(house, kato, browser_of):
    User.objects.filter(pk=kato.pk).update(language="en")
    kato.refresh_from_db()
    offered(new_lead(now=now() - 3 * DAY, family_name="秘密"), now=now() - 3 * DAY)
    simulation = done(house)
    page = said(browser_of(kato).get(f"/rules/simulations/{simulation.pk}/entered"))
    assert "You may see 0 of these 1." in page and "秘密" not in page


def test_queues_go_by_the_name_of_their_team(house, miura):
    Team.objects.filter(queues__slug="inside").update(label={"ja": "内勤 東", "en": "Inside East"})
    offered(new_lead(now=now() - 3 * DAY), now=now() - 3 * DAY)
    simulation = done(house)
    page = said(miura.get(f"/rules/simulations/{simulation.pk}"))
    assert '<th scope="row">Inside East</th>' in page
    entered = said(miura.get(f"/rules/simulations/{simulation.pk}/entered"))
    assert "· Inside East" in entered


def test_a_list_goes_on_by_key(house, miura, monkeypatch):
    from config.studio.views import simulate

    monkeypatch.setattr(simulate, "PAGE", 2)
    for _ in range(5):
        offered(new_lead(now=now() - 3 * DAY), now=now() - 3 * DAY)
    simulation = done(house)
    here, seen = f"/rules/simulations/{simulation.pk}/entered", []
    link = ""
    for expected in (2, 2, 1):
        page = said(miura.get(here + link))
        leads = re.findall(r'href="/leads/(\d+)"', page)
        assert len(leads) == expected
        seen += leads
        following = re.search(r'rel="next" href="(\?after=\d+)"', page)
        link = following[1] if following else ""
    assert (len(set(seen)), link) == (5, "")
    back = re.search(r'rel="prev" href="(\?before=\d+)"', page)
    assert re.findall(r'href="/leads/(\d+)"', said(miura.get(here + back[1]))) == seen[2:4]


@pytest.mark.parametrize("kind", ["nothing", "entered'"])
def test_no_such_list(house, miura, kind):
    assert miura.get(f"/rules/simulations/{done(house).pk}/{kind}").status_code == 404


@pytest.mark.parametrize("many", [1, 3])
def test_constant_queries(house, miura, count_queries, many):
    for _ in range(many):
        offered(new_lead(now=now() - 3 * DAY), now=now() - 3 * DAY)
    simulation = done(house)
    with count_queries(5):
        miura.get(f"/rules/simulations/{simulation.pk}")
    with count_queries(7):
        miura.get(f"/rules/simulations/{simulation.pk}/entered")


# ── words ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("kinds", "first"),
    [
        ({"entered_before": 154, "entered": 116}, "Handoffs fall from 12 to 9 a week."),
        ({"entered_before": 116, "entered": 154}, "Handoffs rise from 9 to 12 a week."),
        ({"entered_before": 116, "entered": 116}, "Handoffs stay at about 9 a week."),
        ({"entered_before": 9, "entered": 4}, "In 90 days there would have been 4 handoffs instead of 9."),
        ({"entered_before": 40, "entered": 20, "days": 7},
         "In 7 days there would have been 20 handoffs instead of 40."),
    ],
)  # fmt: skip
def test_rates_only_where_there_is_enough(kinds, first):
    assert trial_words.findings(result(**kinds))[0] == first


def test_what_was_sent_back_and_accepted():
    said = trial_words.findings(result(prevented=33, sent_back_real=60, missed=2, accepted_real=40, gained=1))
    assert said[1:] == [
        "11 send-backs a month would have been prevented (33 of 60).",
        "2 of 40 that sales accepted would have been missed.",
        "1 lead would have been handed over that was not.",
    ]
    few = trial_words.findings(result(prevented=3, sent_back_real=6, accepted_real=4))
    assert few[1:] == [
        "3 of 6 send-backs would have been prevented.",
        "Nobody of the 4 that sales accepted would have been missed.",
    ]


def test_a_chart_of_nothing_has_no_height():
    week = {"from": "2026-11-02", "before": [0, 0], "draft": [0, 0], "real": [0, 0]}
    [drawn] = trial_chart.weekly([week]).weeks
    assert [bar.height for bar in drawn.bars] == [0, 0]


def test_the_tallest_bar_fills_the_chart_and_the_rest_are_its_shares():
    week = {"from": "2026-11-02", "before": [8, 0], "draft": [4, 0], "real": [0, 0]}
    [drawn] = trial_chart.weekly([week]).weeks
    tall, half = (bar.height for bar in drawn.bars)
    assert tall == 2 * half == trial_chart.BASE - trial_chart.TOP


# ── from outside ─────────────────────────────────────────────────────────────


def test_from_outside_asked_for_and_looked_at(house, api_of):
    draft, api = begun(house), api_of(house.miura)
    offered(new_lead(now=now() - 3 * DAY), now=now() - 3 * DAY)
    since = (now() - 30 * DAY).isoformat()
    answer = api.post(f"/api/v1/scoring/models/d{draft.pk}/simulate/", {"since": since}, format="json")
    waiting = answer.json()
    assert (answer.status_code, waiting["state"], waiting["result"]) == (202, "waiting", None)
    assert (
        answer["Location"]
        == waiting["url"]
        == f"/api/v1/scoring/models/d{draft.pk}/simulate/{waiting['id']}/"
    )
    trying.run([waiting["id"]], now=now())
    over = api.get(waiting["url"]).json()
    assert (over["state"], over["done"], over["total"]) == ("done", 1, 1)
    assert over["result"]["kinds"]["entered"] == 1
    assert over["findings"][0].startswith("In 30 days there would have been 1 handoff,")


@pytest.mark.parametrize(
    ("ahead", "back", "code", "field"),
    [(1, 3, "not_past", "until"), (-5, 3, "no_stretch", "until"), (0, 500, "too_long", "since")],
)
def test_from_outside_refused(house, api_of, ahead, back, code, field):
    body = {"since": now() - back * DAY, "until": now() + ahead * DAY}
    said = {name: at.isoformat() for name, at in body.items()}
    answer = api_of(house.miura).post(
        f"/api/v1/scoring/models/d{begun(house).pk}/simulate/", said, format="json"
    )
    [error] = answer.json()["errors"]
    assert (answer.status_code, error["code"], error["field"]) == (400, code, field)


def test_another_drafts_simulation_is_not_there(house, api_of):
    simulation, other = asked(house), begun(house, title="別")
    url = f"/api/v1/scoring/models/d{other.pk}/simulate/{simulation.pk}/"
    assert api_of(house.miura).get(url).status_code == 404
