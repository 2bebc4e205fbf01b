"""A draft's life: begun, changed, talked about, agreed by both sides, in force; and going back."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta

import pytest

from handoff.models import Handoff
from leads import roles
from leads.models import Standing, User
from scoring import readiness
from scoring.models import Approval, Comment, Draft, ScoringModel
from scoring.rulemaking import drafting, publishing
from scoring.rulemaking.drafting import DraftChanged, DraftRefused, NotYours
from tests import people
from tests.people import NOW, fresh, handoff_of, new_lead, offered, react, rescore
from tests.threads import at_once

LATER = NOW + timedelta(hours=1)
TOMORROW = NOW + timedelta(days=1)


def changed(points=8, rule="pricing"):
    """The rules in force with another number of points for one rule of interest."""
    body = deepcopy(ScoringModel.objects.newest().body)
    next(one for one in body["interest"]["rules"] if one["id"] == rule)["points"] = points
    return body


def begun(house, **fields):
    base = ScoringModel.objects.newest()
    asked = {"title": "料金ページ", "body": changed(), "base": base, "by": house.miura}
    return drafting.begin(**(asked | fields), now=NOW)


def requested(house, **fields):
    return drafting.request(begun(house), by=house.miura, now=NOW, **fields)


def stored(draft):
    return Draft.objects.get(pk=draft.pk)


# ── the way to a version ─────────────────────────────────────────────────────


def test_marketing_asks_and_sales_agrees(house):
    draft = requested(house)
    assert (draft.state, set(drafting.approved_by(draft))) == (Draft.REQUESTED, {"marketing"})
    draft = drafting.approve(draft, revision=1, by=house.suzuki, now=LATER)
    version = ScoringModel.objects.newest()
    assert (draft.state, draft.version) == (Draft.PUBLISHED, version)
    assert (version.version, version.in_force_from, version.from_file) == (2, LATER, False)
    assert version.published_by == house.suzuki and version.body == draft.body
    assert ScoringModel.objects.in_force(LATER) == version


def test_a_marketers_request_counts_for_nobody(house):
    hana = User.objects.create_user("hana@example.com", roles=[roles.MARKETER], side="marketing")
    draft = drafting.request(begun(house, by=hana), by=hana, now=NOW)
    assert drafting.approved_by(draft) == {}
    drafting.approve(draft, revision=1, by=house.suzuki, now=NOW)
    assert stored(draft).state == Draft.REQUESTED
    drafting.approve(draft, revision=1, by=house.miura, now=LATER)
    assert stored(draft).version.published_by == house.miura


def test_nobody_agrees_for_both_sides(house):
    """Suzuki is manager and admin: his request is sales' yes, and pressing again is the same yes."""
    draft = drafting.request(begun(house, by=house.suzuki), by=house.suzuki, now=NOW)
    drafting.approve(draft, revision=1, by=house.suzuki, now=NOW)
    drafting.approve(draft, revision=1, by=house.takahashi, now=NOW)  # another manager of the same side
    assert stored(draft).state == Draft.REQUESTED
    assert Approval.objects.get().by == house.suzuki


def test_a_change_asks_anew(house):
    draft = requested(house)
    draft = drafting.edit(draft, body=changed(6), revision=1, by=house.suzuki, now=LATER)
    assert (draft.state, draft.revision, draft.changed_by) == (Draft.EDITED, 2, house.suzuki)
    assert drafting.approved_by(draft) == {}
    with pytest.raises(DraftRefused, match="not_requested"):
        drafting.approve(draft, revision=2, by=house.suzuki, now=LATER)
    drafting.request(draft, by=house.miura, now=LATER)
    drafting.approve(draft, revision=2, by=house.suzuki, now=LATER)
    assert ScoringModel.objects.newest().body == changed(6)


def test_saving_without_a_change_is_no_change(house):
    draft = requested(house)
    assert drafting.edit(draft, body=changed(), revision=1, by=house.suzuki, now=LATER).revision == 1
    assert stored(draft).state == Draft.REQUESTED


def test_a_new_order_is_a_change(house):
    draft, body = begun(house), changed()
    body["fit"]["rules"].reverse()
    assert drafting.edit(draft, body=body, revision=1, by=house.miura, now=LATER).revision == 2


def test_who_saw_an_older_revision_is_told_by_whom_and_when(house):
    draft = begun(house)
    drafting.edit(draft, body=changed(6), revision=1, by=house.suzuki, now=LATER)
    for late in (
        lambda: drafting.edit(draft, body=changed(7), revision=1, by=house.miura, now=TOMORROW),
        lambda: drafting.request(draft, revision=1, by=house.miura, now=TOMORROW),
        lambda: drafting.catch_up(draft, revision=1, by=house.miura, now=TOMORROW),
        lambda: drafting.approve(draft, revision=1, by=house.miura, now=TOMORROW),
    ):
        with pytest.raises(DraftChanged) as no:
            late()
        assert (no.value.by, no.value.at, no.value.revision) == (house.suzuki, LATER, 2)
    assert stored(draft).body == changed(6)


def test_what_is_published_or_withdrawn_stays_as_it_is(house):
    done = drafting.approve(requested(house), revision=1, by=house.suzuki, now=LATER)
    gone = drafting.withdraw(begun(house), by=house.miura, now=LATER)
    for draft, who in ((done, house.suzuki), (gone, house.miura)):
        for act in (
            lambda: drafting.edit(draft, body=changed(5), revision=1, by=house.miura, now=TOMORROW),  # noqa: B023
            lambda: drafting.request(draft, by=house.miura, now=TOMORROW),  # noqa: B023
            lambda: drafting.approve(draft, revision=1, by=house.miura, now=TOMORROW),  # noqa: B023
            lambda: drafting.withdraw(draft, by=house.miura, now=TOMORROW),  # noqa: B023
        ):
            with pytest.raises(DraftChanged) as no:
                act()
            assert (no.value.by, no.value.at) == (who, LATER)
    assert ScoringModel.objects.count() == 2


def test_a_draft_of_yesterdays_rules_does_not_take_back_todays(house):
    draft, other = requested(house), requested(house)
    drafting.approve(other, revision=1, by=house.suzuki, now=NOW)
    for act in (
        lambda: drafting.approve(draft, revision=1, by=house.suzuki, now=LATER),
        lambda: drafting.request(begun(house, base=None), by=house.miura, now=LATER),
    ):
        with pytest.raises(DraftRefused, match="base_is_old"):
            act()
    draft = drafting.edit(draft, body=changed(6), revision=1, by=house.miura, now=LATER)
    draft = drafting.catch_up(draft, revision=2, by=house.miura, now=LATER)
    assert (draft.base.version, draft.revision) == (2, 3)
    draft = drafting.request(draft, by=house.miura, now=LATER)
    assert drafting.approve(draft, revision=3, by=house.suzuki, now=LATER).version.version == 3


def test_nothing_new_is_not_published(house):
    with pytest.raises(DraftRefused, match="no_change"):
        drafting.request(begun(house, body=ScoringModel.objects.newest().body), by=house.miura, now=NOW)


@pytest.mark.parametrize("body", [{}, {"fit": []}, [], {"timezone": "Mars/Base"}])
def test_what_makes_no_model_is_refused(house, body):
    with pytest.raises(DraftRefused, match="does_not_compile"):
        begun(house, body=body)
    draft = begun(house)
    with pytest.raises(DraftRefused, match="does_not_compile"):
        drafting.edit(draft, body=body, revision=1, by=house.miura, now=LATER)
    assert stored(draft).body == changed()


def test_a_predicate_that_asks_nonsense_is_refused(house):
    body = changed()
    body["fit"]["rules"][0]["when"] = {"title": {"sounds_like": "x"}}
    with pytest.raises(DraftRefused, match="does_not_compile"):
        begun(house, body=body)


def test_a_title_is_needed(house):
    with pytest.raises(DraftRefused, match="title: title_missing"):
        begun(house, title="  ")


# ── who ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("roles_", "side", "writes", "approves"),
    [
        ([roles.MARKETER], "marketing", True, ""),
        ([roles.INSIDE_SALES], "sales", False, ""),
        ([roles.FIELD_SALES], "sales", False, ""),
        ([roles.PARTNER_CALLER], "sales", False, ""),
        ([roles.MANAGER], "marketing", True, "marketing"),
        ([roles.MANAGER], "sales", True, "sales"),
        ([roles.ADMIN], "sales", True, ""),
    ],
)
def test_who_may_what(house, roles_, side, writes, approves):
    who = User.objects.create_user("who@example.com", roles=roles_, side=side)
    draft = requested(house)
    acts = {
        "begin": (writes, lambda: begun(house, by=who)),
        "approve": (bool(approves), lambda: drafting.approve(draft, revision=1, by=who, now=NOW)),
        "edit": (writes, lambda: drafting.edit(begun(house), body=changed(2), revision=1, by=who, now=NOW)),
        "request": (writes, lambda: drafting.request(begun_later(house), by=who, now=NOW)),
        "catch_up": (writes, lambda: drafting.catch_up(begun(house), revision=1, by=who, now=NOW)),
        "withdraw": (writes, lambda: drafting.withdraw(begun(house), by=who, now=NOW)),
        "back": (writes, lambda: drafting.from_version(ScoringModel.objects.get(version=1), by=who, now=NOW)),
    }
    for name, (allowed, act) in acts.items():
        if allowed:
            act()
        else:
            with pytest.raises(NotYours):
                act()
                pytest.fail(name)


def begun_later(house):
    """A draft of whatever is in force by then."""
    return begun(house, body=changed(9))


def test_sales_may_say_something_and_a_partner_may_not(house):
    draft = begun(house)
    drafting.comment(draft, text=" 4点で十分です ", rule="pricing", by=house.sato, now=LATER)
    said = Comment.objects.get()
    assert (said.text, said.rule, said.by, said.at) == ("4点で十分です", "pricing", house.sato, LATER)
    with pytest.raises(DraftRefused, match="text_missing"):
        drafting.comment(draft, text=" \n", by=house.sato, now=LATER)
    partner = User.objects.create_user("p@example.com", roles=[roles.PARTNER_CALLER], side="sales")
    with pytest.raises(NotYours):
        drafting.comment(draft, text="x", by=partner, now=LATER)


# ── in force ─────────────────────────────────────────────────────────────────


def test_every_stored_score_is_due_at_once(house):
    lead = rescore(new_lead())
    assert readiness.due(now=LATER) == []
    drafting.approve(requested(house), revision=1, by=house.suzuki, now=LATER)
    assert readiness.due(now=LATER) == [lead.pk]


def test_a_wished_moment_is_when_it_comes_into_force(house):
    """Until then the old version counts; at that moment the sweep scores everybody anew."""
    lead = new_lead()
    react(lead, "pricing_view", at=NOW)
    rescore(lead)
    before = Standing.objects.get(lead=lead).interest
    draft = requested(house, wished_from=TOMORROW)
    version = drafting.approve(draft, revision=1, by=house.suzuki, now=LATER).version
    assert (version.published_at, version.in_force_from) == (LATER, TOMORROW)
    a_second_before = TOMORROW - timedelta(seconds=1)
    readiness.rescore([lead.pk], now=LATER)
    assert ScoringModel.objects.in_force(a_second_before).version == 1
    assert readiness.due(now=a_second_before) == []
    assert Standing.objects.get(lead=lead).interest == before == 4
    assert readiness.due(now=TOMORROW) == [lead.pk]
    assert readiness.sweep(now=TOMORROW) == 1
    assert Standing.objects.get(lead=lead).interest == 8


def test_a_moment_that_passed_before_both_agreed_is_now(house):
    draft = requested(house, wished_from=LATER)
    version = drafting.approve(draft, revision=1, by=house.suzuki, now=TOMORROW).version
    assert version.in_force_from == TOMORROW


def test_nobody_may_wish_for_the_past(house):
    with pytest.raises(DraftRefused, match="wished_from: moment_is_past"):
        requested(house, wished_from=NOW - timedelta(seconds=1))
    assert requested(house, wished_from=NOW).wished_from == NOW


def test_who_is_handed_over_already_stays_so(house):
    """The new rules would not have let this lead through; its open handoff is not theirs to judge."""
    lead = new_lead()
    handoff = offered(lead)
    before = Handoff.objects.filter(pk=handoff.pk).values().get()
    body = changed()
    body["mql"]["fast_track"] = []
    draft = drafting.request(begun(house, body=body), by=house.miura, now=LATER)
    drafting.approve(draft, revision=1, by=house.suzuki, now=LATER)
    rescore(lead, now=LATER)
    assert Handoff.objects.filter(pk=handoff.pk).values().get() == before
    assert (fresh(lead).stage, handoff_of(lead).pk) == ("mql", handoff.pk)
    with pytest.raises(DraftChanged):
        drafting.approve(draft, revision=1, by=house.suzuki, now=LATER)


@pytest.mark.parametrize(
    "stricter",
    [
        {"leave_below": 60, "leave_below_interest": 45, "min_interest": 45},
        {"exclude": [{"when": {"source": {"is": "web"}}}]},
    ],
)
def test_new_rules_do_not_judge_who_waits_for_an_answer(house, stricter):
    """They came by their points; the old line judges them until somebody answers."""
    lead = scored_in(house)
    body = changed()
    body["mql"] |= stricter
    draft = drafting.request(begun(house, body=body), by=house.miura, now=NOW)
    drafting.approve(draft, revision=1, by=house.suzuki, now=NOW)
    rescore(lead, now=LATER)
    assert (fresh(lead).stage, handoff_of(lead).is_open) == ("mql", True)
    twin = scored_in(house, now=LATER)  # who comes now is judged by the new ones
    assert fresh(twin).stage != "mql"


def test_who_waits_still_leaves_by_the_rules_it_came_by(house):
    lead = scored_in(house)
    body = changed()
    body["mql"] |= {"leave_below": 0, "leave_below_interest": 0}
    draft = drafting.request(begun(house, body=body), by=house.miura, now=NOW)
    drafting.approve(draft, revision=1, by=house.suzuki, now=NOW)
    half_a_year = NOW + timedelta(days=180)
    rescore(lead, now=LATER)
    for _ in range(200):
        due = Standing.objects.get(lead=lead).rescore_at
        if due > half_a_year or fresh(lead).stage != "mql":
            break
        rescore(lead, now=due)
    assert fresh(lead).stage == "mal"


def scored_in(house, *, now=NOW):
    """Ready for sales by points alone, 42 and about 37; no hand raised."""
    lead = new_lead(title="代表取締役社長", department="品質管理", now=now)
    for type in ("factory_tour", "webinar_attended"):
        react(lead, type, at=now - timedelta(days=1))
    return rescore(lead, now=now)


# ── going back ───────────────────────────────────────────────────────────────


def test_going_back_publishes_the_old_rules_as_a_new_version(house):
    first = ScoringModel.objects.get()
    drafting.approve(requested(house), revision=1, by=house.suzuki, now=LATER)
    draft = drafting.from_version(first, by=house.miura, now=TOMORROW, title="v1に戻す")
    assert (draft.origin, draft.base.version, draft.evidence) == (Draft.EARLIER, 2, {"version": 1})
    drafting.request(draft, by=house.miura, now=TOMORROW)
    third = drafting.approve(draft, revision=1, by=house.suzuki, now=TOMORROW).version
    assert (third.version, third.body) == (3, first.body)
    assert ScoringModel.objects.get(version=1).in_force_from == first.in_force_from


# ── at once ──────────────────────────────────────────────────────────────────


@pytest.fixture
def open_house(transactional_db):
    """As `house`, committed, so that other threads see it."""
    return people.open_house()


@pytest.mark.parametrize("round", range(2))
def test_two_agree_at_once_and_one_version_is_born(open_house, round):
    draft = requested(open_house)
    answers = at_once(
        lambda: drafting.approve(draft, revision=1, by=open_house.suzuki, now=LATER),
        lambda: drafting.approve(draft, revision=1, by=open_house.takahashi, now=LATER),
    )
    assert sorted(type(one).__name__ for one in answers) == ["Draft", "DraftChanged"]
    assert [one.version for one in ScoringModel.objects.order_by("version")] == [1, 2]
    assert Approval.objects.filter(side="sales").count() == 1


@pytest.mark.parametrize("round", range(2))
def test_two_drafts_agreed_at_once_and_one_is_asked_to_look_again(open_house, round):
    one, other = requested(open_house), requested(open_house)
    answers = at_once(
        lambda: drafting.approve(one, revision=1, by=open_house.suzuki, now=LATER),
        lambda: drafting.approve(other, revision=1, by=open_house.takahashi, now=LATER),
    )
    assert sorted(type(one).__name__ for one in answers) == ["Draft", "DraftRefused"]
    assert ScoringModel.objects.count() == 2


def test_a_file_and_a_draft_at_once(open_house):
    draft, body = requested(open_house), changed(5)
    answers = at_once(
        lambda: drafting.approve(draft, revision=1, by=open_house.suzuki, now=LATER),
        lambda: publishing.publish(body, by=None, now=LATER, in_force_from=LATER, from_file=True),
    )
    assert [one for one in answers if not isinstance(one, Draft | ScoringModel | DraftRefused)] == []
    versions = list(ScoringModel.objects.order_by("version").values_list("version", flat=True))
    assert versions == list(range(1, len(versions) + 1)) and len(versions) in (2, 3)
