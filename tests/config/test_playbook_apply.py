"""Applying a playbook: whole, once, and new only where something is new."""

import copy
from datetime import date, timedelta

import pytest

from config.playbook.apply import apply, changes
from config.playbook.check import Playbook
from handoff import desk
from handoff.models import Handoff, Policy, Queue, QueueMember
from leads import news, roles, stages
from leads.models import Calendar, CalendarVersion, PlaybookSection, Standing, Team, User
from scoring.models import ScoringModel
from tests.people import NOW, example, fresh, handoff_of, lead_at, new_lead, rescore

LATER = NOW + timedelta(hours=1)
VERSIONED = (PlaybookSection, Policy, ScoringModel, CalendarVersion)


def edited(change):
    """The example with something changed in it."""
    sections = copy.deepcopy(example().sections)
    change(sections)
    return Playbook(sections)


def apply_with(change, *, now=LATER):
    return [one.line() for one in apply(edited(change), by=None, now=now)]


def versions():
    """How many versions of anything there are."""
    return {model.__name__: model.objects.count() for model in VERSIONED}


def new_versions(before):
    return {name: count - before[name] for name, count in versions().items() if count != before[name]}


@pytest.fixture
def heard():
    """Calendars that were said to have changed."""
    said = []

    def listen(*, calendar, now):
        said.append(calendar.slug)

    news.calendar_changed.within(listen)
    yield said
    news.calendar_changed._within.remove(listen)


# ── the first time ───────────────────────────────────────────────────────────


def test_people_are_invited_without_a_password(house):
    assert User.objects.count() == 7
    assert not any(user.has_usable_password() for user in User.objects.all())
    assert house.sato.name == "佐藤 恵"
    assert (house.sato.family_kana, house.sato.given_kana) == ("サトウ", "メグミ")
    assert house.sato.deputy == house.kobayashi
    assert (house.kobayashi.language, house.kobayashi.timezone) == ("en", "Asia/Tokyo")
    assert (house.miura.roles, house.miura.side) == (["marketer", "manager"], roles.MARKETING)


def test_queues_have_their_members_in_order(house):
    inside = house.queue("inside")
    assert [(one.user.email, one.weight, one.max_open, one.max_per_day) for one in inside.members.all()] == [
        ("sato@example.com", 2, 60, None),
        ("kobayashi@example.com", 1, 60, 40),
    ]
    assert (inside.lane, inside.strategy, inside.release_per_day) == (1, "weighted", 60)
    assert inside.policy.body["max_recalls"] == 2
    assert [queue.slug for queue in Queue.objects.all()] == ["inside", "field-tokyo", "field-other"]


def test_the_members_of_a_team_are_those_of_its_queues(house):
    field = house.team("field-east")
    assert field.lead == house.takahashi
    assert set(field.members.all()) == {house.tanaka, house.yamada, house.takahashi}
    assert set(house.team("inside-east").members.all()) == {house.sato, house.kobayashi}
    assert field.calendar.slug == "tokyo"


def test_everything_begins_with_version_1(house):
    assert set(PlaybookSection.objects.values_list("version", flat=True)) == {1}
    assert PlaybookSection.objects.current("head")["name"]["en"] == "Aozora Systems H2 2026"
    assert PlaybookSection.objects.current("routing")["sticky_days"] == 180
    model = ScoringModel.objects.get()
    assert (model.version, model.from_file, model.published_by) == (1, True, None)
    assert model.in_force_from == model.published_at == NOW - timedelta(days=30)
    assert set(Policy.objects.values_list("slug", "version")) == {("standard", 1), ("field", 1)}


def test_reasons_keep_the_order_of_the_file(house):
    """On PostgreSQL too, whose own JSON would sort them."""
    kept = PlaybookSection.objects.current("reasons")
    assert list(kept["send_back"]) == list(example().sections["reasons"]["send_back"])
    assert list(kept) == ["send_back", "disqualify", "lost", "meeting", "pause", "went_well"]


def test_the_first_time_everything_is_told_entry_by_entry(db):
    told = [one.line() for one in changes(example())]
    assert "+ playbook: 1" in told
    assert "+ lanes.1: {offer_at: mql, on_accept: sal}" in told
    assert sum(line.startswith("+ people.") for line in told) == 7
    assert all(line.startswith("+ ") for line in told)


def test_migrate_publishes_nothing(db):
    assert not PlaybookSection.objects.exists()
    assert not User.objects.exists()
    assert not Calendar.objects.exists()


# ── the second time ──────────────────────────────────────────────────────────


def test_the_same_again_changes_nothing(house, django_assert_max_num_queries):
    before = versions()
    with django_assert_max_num_queries(16):
        assert apply(example(), by=None, now=LATER) == []
    assert new_versions(before) == {}


def test_the_order_of_people_changes_nothing(house):
    before = versions()
    assert apply_with(lambda new: new.update(people=dict(reversed(new["people"].items())))) == []
    assert new_versions(before) == {}


@pytest.mark.parametrize(
    ("change", "line", "made"),
    [
        (
            lambda new: new["scoring"]["mql"].update(min_readiness=55),
            "~ scoring.mql.min_readiness: 60 → 55",
            {"ScoringModel": 1},
        ),
        (
            lambda new: new["policies"]["field"].update(max_recalls=3),
            "~ policies.field.max_recalls: 1 → 3",
            {"Policy": 1},
        ),
        (
            lambda new: new["routing"].update(sticky_days=90),
            "~ routing.sticky_days: 180 → 90",
            {"PlaybookSection": 1},
        ),
        (
            lambda new: new["queues"]["inside"]["members"][0].update(weight=3),
            "~ queues.inside.members.sato@example.com.weight: 2 → 3",
            {},
        ),
        (
            lambda new: new["people"]["sato@example.com"]["name"].update(given="恵美"),
            "~ people.sato@example.com.name.given: 恵 → 恵美",
            {},
        ),
        (lambda new: new.update(locale="en"), "~ locale: ja → en", {"PlaybookSection": 1}),
        (lambda new: new.pop("personas"), None, {"PlaybookSection": 1}),
    ],
)
def test_versions_only_of_what_changed(house, change, line, made):
    before = versions()
    told = apply_with(change)
    assert len(told) == 1
    assert line is None or told == [line]
    assert new_versions(before) == made
    assert apply_with(change, now=LATER + timedelta(hours=1)) == []


def test_true_in_a_condition_is_not_one(house):
    def asks_for(value):
        return lambda new: new["policies"]["standard"]["targets"][0].update(
            when={"attributes.vip": {"is": value}}
        )

    apply_with(asks_for(1))
    assert apply_with(asks_for(True)) == ["~ policies.standard.targets[0].when.attributes.vip.is: 1 → true"]
    assert Policy.objects.filter(slug="standard").order_by("version").last().body["targets"][0]["when"] == {
        "attributes.vip": {"is": True}
    }


def test_who_published_is_kept(house):
    change = edited(lambda new: new["scoring"]["mql"].update(min_readiness=55))
    apply(change, by=house.suzuki, now=LATER)
    newest = ScoringModel.objects.in_force(LATER)
    assert (newest.version, newest.published_by, newest.from_file) == (2, house.suzuki, True)
    assert ScoringModel.objects.in_force(LATER - timedelta(seconds=1)).version == 1


def test_an_error_on_the_way_undoes_everything(house, monkeypatch):
    before = versions()

    def breaks(*args, **kwargs):
        raise RuntimeError("power cut")

    monkeypatch.setattr("config.playbook.into_ground.publish_sections", breaks)

    def change(new):
        new["scoring"]["mql"]["min_readiness"] = 55
        new["people"]["sato@example.com"]["language"] = "en"
        new["routing"]["sticky_days"] = 1

    with pytest.raises(RuntimeError):
        apply_with(change)
    assert new_versions(before) == {}
    house.sato.refresh_from_db()
    assert house.sato.language == "ja"


# ── people ───────────────────────────────────────────────────────────────────


def test_passwords_are_never_touched(house):
    house.sato.set_password("いろはにほへと")
    house.sato.save()

    def change(new):
        new["people"]["sato@example.com"] |= {"language": "en", "roles": ["inside_sales", "manager"]}

    apply_with(change)
    house.sato.refresh_from_db()
    assert house.sato.check_password("いろはにほへと")
    assert (house.sato.language, house.sato.roles) == ("en", ["inside_sales", "manager"])


def test_a_person_known_in_other_letters_is_the_same(db):
    User.objects.create(email="Sato@Example.com", roles=[], side=roles.SALES, password="kept")
    apply(example(), by=None, now=NOW)
    sato = User.objects.get(email__iexact="sato@example.com")
    assert (sato.family_name, sato.password) == ("佐藤", "kept")
    assert User.objects.count() == 7
    assert apply(example(), by=None, now=LATER) == []


def test_who_is_no_longer_named_keeps_the_account_and_loses_the_seat(house):
    def without_kobayashi(new):
        del new["people"]["kobayashi@example.com"]
        del new["people"]["sato@example.com"]["deputy"]
        del new["queues"]["inside"]["members"][1]

    told = apply_with(without_kobayashi)
    assert [line.split(":")[0] for line in told] == [
        "- people.sato@example.com.deputy",
        "- people.kobayashi@example.com",
        "- queues.inside.members.kobayashi@example.com",
    ]
    house.kobayashi.refresh_from_db()
    assert house.kobayashi.is_active
    assert not house.kobayashi.memberships.get().is_active
    assert set(house.team("inside-east").members.all()) == {house.sato}
    assert apply_with(without_kobayashi) == []


def test_an_own_time_zone_stays_unless_the_file_states_one(house):
    User.objects.filter(pk=house.sato.pk).update(timezone="Europe/London")
    assert apply(example(), by=None, now=LATER) == []
    apply_with(lambda new: new["people"]["sato@example.com"].update(timezone="Asia/Seoul"))
    house.sato.refresh_from_db()
    assert house.sato.timezone == "Asia/Seoul"


def test_an_end_date_comes_and_goes(house):
    apply_with(lambda new: new["people"]["sato@example.com"].update(ends_on="2027-03-31"))
    house.sato.refresh_from_db()
    assert house.sato.ends_on == date(2027, 3, 31)
    assert apply_with(lambda new: None) == ['- people.sato@example.com.ends_on: "2027-03-31"']
    house.sato.refresh_from_db()
    assert house.sato.ends_on is None


# ── calendars and teams ──────────────────────────────────────────────────────


def test_a_changed_calendar_is_told_and_only_that_one(house, heard):
    told = apply_with(lambda new: new["calendars"]["tokyo"]["weekly"].update(fri=["09:00-12:00"]))
    assert told == ['~ calendars.tokyo.weekly.fri: ["09:00-12:00", "13:00-18:00"] → ["09:00-12:00"]']
    assert heard == ["tokyo"]
    assert {one.slug: one.version for one in Calendar.objects.all()} == {"tokyo": 2, "always": 1}


def test_a_team_with_other_hours_has_its_clocks_reckoned_anew(house, heard):
    apply_with(lambda new: new["teams"]["inside-east"].update(calendar="always"))
    assert heard == ["always"]
    assert house.team("inside-east").calendar.slug == "always"


def test_a_calendar_that_is_gone_stays_for_the_clocks(house):
    assert apply_with(lambda new: new["calendars"].pop("always"))[0].startswith("- calendars.always: ")
    assert Calendar.objects.filter(slug="always").exists()
    assert CalendarVersion.objects.count() == 2
    apply(example(), by=None, now=LATER)
    assert CalendarVersion.objects.count() == 2


def test_a_team_may_have_a_name(house):
    name = {"ja": "東日本インサイド", "en": "Inside East"}
    apply_with(lambda new: new["teams"]["inside-east"].update(label=name))
    assert house.team("inside-east").label == name


def test_another_team_lead_is_the_next_actor_of_what_waits(house):
    QueueMember.objects.update(is_active=False)  # nobody can take it
    lead = lead_at(stages.MQL, house)
    assert fresh(lead).next_actor == house.suzuki
    apply_with(lambda new: new["teams"]["inside-east"].update(lead="takahashi@example.com"))
    assert fresh(lead).next_actor == house.takahashi
    assert Standing.objects.get(lead=lead).next_actor == house.takahashi


# ── queues ───────────────────────────────────────────────────────────────────


def without_inside(new):
    """Lane 1 goes to a queue of its own name now."""
    new["queues"] = {"nagoya": new["queues"].pop("inside"), **new["queues"]}
    new["routing"]["lanes"]["1"] = [{"queue": "nagoya"}]


def test_credits_are_kept_when_weights_change(house):
    QueueMember.objects.filter(user=house.sato).update(credit=-0.25)
    apply_with(lambda new: new["queues"]["inside"]["members"][0].update(weight=5, max_open=10))
    sato = house.queue("inside").members.get(user=house.sato)
    assert (sato.weight, sato.max_open, sato.credit) == (5, 10, -0.25)


def test_who_leaves_a_queue_and_comes_back_goes_on_with_their_credit(house):
    QueueMember.objects.filter(user=house.kobayashi).update(credit=0.75)
    apply_with(lambda new: new["queues"]["inside"]["members"].pop())
    assert not house.queue("inside").members.get(user=house.kobayashi).is_active
    assert apply(example(), by=None, now=LATER)
    back = house.queue("inside").members.get(user=house.kobayashi)
    assert (back.is_active, back.credit) == (True, 0.75)


def test_the_order_of_members_and_of_queues_is_theirs(house):
    def reverse(new):
        new["queues"]["inside"]["members"].reverse()
        new["queues"] = dict(reversed(new["queues"].items()))

    assert len(apply_with(reverse)) == 2
    assert [one.user for one in house.queue("inside").members.all()] == [house.kobayashi, house.sato]
    assert [queue.slug for queue in Queue.objects.all()] == ["field-other", "field-tokyo", "inside"]
    assert apply_with(reverse) == []


def test_a_queue_that_is_gone_is_closed_and_its_holders_keep_their_leads(house):
    held = handoff_of(lead_at(stages.SAL, house))
    apply_with(without_inside)
    inside = house.queue("inside")
    assert not inside.is_active
    assert not inside.members.filter(is_active=True).exists()
    held.refresh_from_db()
    assert (held.state, held.queue) == (Handoff.ACCEPTED, inside)
    assert set(house.team("inside-east").members.all()) == {house.sato, house.kobayashi}


def test_what_waits_in_a_closed_queue_is_routed_anew(house):
    lead = lead_at(stages.MQL, house)
    handoff = desk.reassign(
        handoff_of(lead), by=house.suzuki, now=NOW, reason="休暇", queue=house.queue("inside")
    )
    assert (handoff.state, handoff.queue.slug) == (Handoff.WAITING, "inside")
    apply_with(without_inside)
    assert desk.waiting_due(now=LATER) == [handoff.pk]
    desk.route([handoff.pk], now=LATER)
    handoff.refresh_from_db()
    assert (handoff.state, handoff.queue.slug) == (Handoff.OFFERED, "nagoya")


def test_a_queue_that_comes_back_is_open_again(house):
    apply_with(without_inside)
    apply(example(), by=None, now=LATER)
    assert house.queue("inside").is_active
    assert [one.user for one in house.queue("inside").members.filter(is_active=True)] == [
        house.sato, house.kobayashi,
    ]  # fmt: skip
    assert not house.queue("nagoya").is_active


def test_a_queue_of_another_team_takes_its_leads_along(house):
    """The list reads the team from the standing: it must follow."""
    lead = lead_at(stages.MQL, house)
    assert Standing.objects.get(lead=lead).team == house.team("inside-east")

    def moved(new):
        new["teams"]["north"] = new["teams"]["inside-east"]
        new["queues"]["inside"]["team"] = "north"

    apply_with(moved)
    assert Standing.objects.get(lead=lead).team == Team.objects.get(slug="north")
    assert set(house.team("north").members.all()) == {house.sato, house.kobayashi}
    assert not house.team("inside-east").members.exists()


# ── scoring ──────────────────────────────────────────────────────────────────


def test_every_score_is_due_under_a_new_model(house):
    lead = new_lead()
    rescore(lead)
    assert Standing.objects.get(lead=lead).rescore_at > LATER
    apply_with(lambda new: new["routing"].update(sticky_days=1))
    assert Standing.objects.get(lead=lead).rescore_at > LATER
    apply_with(lambda new: new["scoring"]["mql"].update(min_readiness=55))
    assert Standing.objects.get(lead=lead).rescore_at == LATER


def test_an_open_handoff_keeps_its_policy(house):
    handoff = handoff_of(lead_at(stages.MQL, house))
    apply_with(lambda new: new["policies"]["standard"].update(max_recalls=5))
    handoff.refresh_from_db()
    assert (handoff.policy.version, handoff.policy.body["max_recalls"]) == (1, 2)
