"""`user` and `token`: how somebody is let in from the command line."""

from datetime import timedelta

import pytest

from config import sweep
from config.clock import now
from handoff.models import QueueMember
from leads.backends import works_here
from leads.models import ApiToken, LoginLink, User
from tests.config.commands import run, speak
from tests.people import accepted, fresh, new_lead


@pytest.fixture(autouse=True)
def english(monkeypatch):
    speak(monkeypatch, "en_GB.UTF-8")


def link(*args):
    """The link a successful `user` command prints last."""
    code, out, err = run("user", *args)
    assert code == 0, err
    assert "within 24 hours" in err
    return out.splitlines()[-1]


def test_a_new_person_with_a_link_that_works_once(db, settings):
    settings.SITE_URL = "https://tasuki.example.com/"
    url = link("Hana@Example.com", "--role", "marketer", "--role", "manager", "--name", "山本 花子")
    hana = User.objects.get()
    assert (hana.email, hana.family_name, hana.given_name) == ("hana@example.com", "山本", "花子")
    assert (hana.roles, hana.side, hana.language) == (["marketer", "manager"], "marketing", "ja")
    assert not hana.has_usable_password()
    assert url.startswith("https://tasuki.example.com/")
    assert "//" not in url.removeprefix("https://")
    secret = url.rstrip("/").rsplit("/", 1)[1]
    assert LoginLink.objects.redeem(secret, now=now()) == hana
    assert LoginLink.objects.redeem(secret, now=now()) is None


def test_a_link_is_good_for_24_hours(db):
    begun = now()
    link("hana@example.com", "--role", "marketer")
    expires = LoginLink.objects.get().expires_at
    assert begun + timedelta(hours=24) <= expires <= now() + timedelta(hours=24)


def test_what_is_not_said_stays(house):
    house.sato.set_password("いろはにほへと")
    house.sato.save()
    link("SATO@example.com")
    house.sato.refresh_from_db()
    assert (house.sato.name, house.sato.roles, house.sato.language) == ("佐藤 恵", ["inside_sales"], "ja")
    link("sato@example.com", "--language", "en", "--role", "inside_sales,manager")
    house.sato.refresh_from_db()
    assert (house.sato.name, house.sato.roles) == ("佐藤 恵", ["inside_sales", "manager"])
    assert house.sato.language == "en"
    assert house.sato.check_password("いろはにほへと")
    assert User.objects.count() == 7


@pytest.mark.parametrize(
    ("before", "said", "after"),
    [
        (("marketer",), ("--role", "field_sales"), "sales"),
        (("marketer",), ("--role", "manager"), "marketing"),
        (("inside_sales",), ("--role", "marketer"), "marketing"),
        (("inside_sales",), ("--role", "marketer", "--side", "sales"), "sales"),
        (("inside_sales",), ("--side", "marketing"), "marketing"),
        (("inside_sales",), ("--name", "花子"), "sales"),
    ],
)
def test_the_side_follows_the_roles_where_they_say_one(db, before, said, after):
    link("hana@example.com", *[part for role in before for part in ("--role", role)])
    link("hana@example.com", *said)
    assert User.objects.get().side == after


def test_without_a_role_they_are_told(db):
    code, _, err = run("user", "hana@example.com")
    assert code == 0
    assert "They have no role yet and see nothing" in err


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (("hana",), "“hana” is not an e-mail address."),
        (("hana@",), "“hana@” is not an e-mail address."),
        ((f"{'a' * 60}@{'b.' * 80}jp",), "is not an e-mail address."),
        (
            ("hana@example.com", "--role", "marketeer"),
            "“marketeer” is not a role. Roles are marketer, inside",
        ),
        (("hana@example.com", "--role", ""), "“” is not a role."),
        (("hana@example.com", "--side", "left"), "“left” is not a side."),
        (("hana@example.com", "--language", "fr"), "“fr” is not a language here."),
        (("hana@example.com", "--name", " \u3000"), "cannot be a name."),
        (("hana@example.com", "--name", "x" * 81), "cannot be a name."),
        (("hana@example.com", "--last-day", "31.12.2026"), "“31.12.2026” is not a date."),
        (("hana@example.com", "--last-day", "2026-02-30"), "“2026-02-30” is not a date."),
        (("hana@example.com", "--last-day", ""), "“” is not a date."),
        (("hana@example.com", "--deputy", "hana@example.com"), "cannot be their deputy"),
        (("hana@example.com", "--deputy", "x" * 1000), "cannot be their deputy"),
    ],
)
def test_what_cannot_be_is_refused_in_words(db, args, sentence):
    code, out, err = run("user", *args)
    assert (code, out) == (1, "")
    assert sentence in err
    assert not User.objects.exists()


def test_a_wide_space_parts_the_name(db):
    link("hana@example.com", "--name", "山本\u3000花子")
    assert User.objects.get().name == "山本 花子"


def test_in_japanese(db, monkeypatch):
    speak(monkeypatch, "ja_JP.UTF-8")
    assert "「x」という役割はありません" in run("user", "hana@example.com", "--role", "x")[2]


def test_who_is_no_longer_active_gets_no_link(house):
    User.objects.filter(pk=house.sato.pk).update(is_active=False)
    code, out, err = run("user", "sato@example.com", "--language", "en")
    assert (code, out) == (1, "")
    assert "no longer active" in err
    house.sato.refresh_from_db()
    assert house.sato.language == "ja"
    assert not LoginLink.objects.exists()


def test_somebody_is_let_go_and_their_deputy_goes_on(house):
    """Their lead is the deputy's within a sweep; they get no link and no way in; back again, they do."""
    QueueMember.objects.exclude(user=house.sato).update(is_active=False)
    lead = accepted(new_lead()).lead
    assert fresh(lead).next_actor == house.sato
    code, out, err = run(
        "user", "sato@example.com", "--deputy", "Kobayashi@example.com", "--last-day", "2026-01-31"
    )
    assert (code, out) == (0, "")
    assert "Their last day is over" in err
    sweep.until_done(now=now())
    assert fresh(lead).next_actor == house.kobayashi
    house.sato.refresh_from_db()
    assert not works_here(house.sato)
    link("sato@example.com", "--last-day", "never", "--deputy", "nobody")
    house.sato.refresh_from_db()
    assert works_here(house.sato) and house.sato.deputy is None


def test_until_their_last_day_nothing_changes(house):
    day = house.sato.today(now()) + timedelta(days=20)
    code, out, err = run("user", "sato@example.com", "--last-day", day.isoformat())
    assert code == 0 and "/login/" in out
    assert f"Their last day is {day.isoformat()}." in err
    house.sato.refresh_from_db()
    assert works_here(house.sato) and house.sato.ends_on == day
    assert run("user", "sato@example.com", "--deputy", "sato@example.com")[0] == 1


def test_a_token_and_nothing_else(house):
    code, out, err = run("token", "Sato@example.com")
    assert (code, err) == (0, "")
    assert out.count("\n") == 1
    assert ApiToken.objects.user_of(out.strip()) == house.sato
    assert ApiToken.objects.user_of(run("token", "sato@example.com")[1].strip()) == house.sato


@pytest.mark.parametrize("email", ["nobody@example.com", "", "x" * 1000])
def test_a_token_of_nobody(db, email):
    code, out, err = run("token", email)
    assert (code, out) == (1, "")
    assert "Nobody active has the address" in err
