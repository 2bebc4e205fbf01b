"""`playbook check|apply|export`: what a person at a terminal reads, and how it ends."""

import random
from copy import deepcopy

import pytest

from config.clock import now
from config.playbook import export, yaml12
from config.playbook.check import read
from config.playbook.write import write
from leads.models import PlaybookSection, User
from scoring.models import Draft, ScoringModel
from scoring.rulemaking import drafting
from tests.config.commands import run, speak
from tests.config.test_playbook_fuzz import mutate
from tests.people import EXAMPLE, example

TEXT = EXAMPLE.read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def english(monkeypatch):
    speak(monkeypatch, "en_GB.UTF-8")


@pytest.fixture
def file(tmp_path):
    """Writes the example, with something in it replaced, to a file."""

    def written(old="", new="", text=TEXT):
        path = tmp_path / "ours.yaml"
        path.write_bytes(text.replace(old, new).encode() if old else text.encode())
        return path

    return written


# ── check ────────────────────────────────────────────────────────────────────


def test_check_needs_no_database(file):
    """No `db` here: touching it would fail."""
    assert run("playbook", "check", file()) == (0, "", "No problems found: this playbook can be applied.\n")


def test_every_problem_with_line_path_and_sentence(file):
    code, out, err = run("playbook", "check", file("lead: suzuki@example.com", "lead: suzuki@example.co"))
    line = TEXT[: TEXT.index("lead: suzuki@example.com")].count("\n") + 1
    assert (code, out) == (1, "")
    assert err == (
        f"line {line}, teams.inside-east.lead: nobody in “people” has the address suzuki@example.co;"
        " did you mean “suzuki@example.com”?\n"
        "1 problem; nothing was applied.\n"
    )


def test_problems_come_in_the_order_of_the_file(file):
    text = TEXT.replace("locale: ja", "locale: fr").replace("strategy: weighted", "strategy: wighted")
    _, _, err = run("playbook", "check", file(text=text))
    assert [line.split(":")[0] for line in err.splitlines()] == [
        "line 6, locale",
        f"line {text[: text.index('wighted')].count(chr(10)) + 1}, queues.inside.strategy",
        "2 problems; nothing was applied.",
    ]


@pytest.mark.parametrize(
    ("lang", "asked", "locale", "spoken"),
    [
        ("en_US.UTF-8", (), "ja", "en"),
        ("ja_JP.UTF-8", (), "en", "ja"),
        ("ja_JP.UTF-8", ("--language", "en"), "ja", "en"),
        ("C.UTF-8", (), "en", "en"),
        ("fr_FR.UTF-8", (), "ja", "ja"),
        (None, (), "'en'", "en"),
        (None, (), "fr", "ja"),
    ],
)
def test_the_language_of_the_reader(monkeypatch, file, lang, asked, locale, spoken):
    """Asked for, else the terminal's, else the file's own, else Japanese."""
    speak(monkeypatch, lang)
    text = TEXT.replace("locale: ja", f"locale: {locale}").replace("playbook: 1", "playbook: 2")
    _, _, err = run("playbook", "check", file(text=text), *asked)
    assert ("line " in err) == (spoken == "en")
    assert ("行目" in err) == (spoken == "ja")


def test_lc_all_beats_lang(monkeypatch, file):
    monkeypatch.setenv("LC_ALL", "ja_JP.UTF-8")
    assert "問題はありません" in run("playbook", "check", file())[2]


@pytest.mark.parametrize("verb", ["check", "apply"])
def test_a_file_that_cannot_be_read(verb, tmp_path):
    assert run("playbook", verb, tmp_path / "no.yaml") == (
        1, "", f"There is no file or folder {tmp_path}/no.yaml.\n",
    )  # fmt: skip
    assert run("playbook", verb, tmp_path) == (1, "", f"{tmp_path} is a folder, not a file.\n")


def test_a_file_that_never_ends():
    code, _, err = run("playbook", "check", "/dev/zero")
    assert code == 1
    assert "larger than 1000000 bytes" in err


def test_from_standard_input(monkeypatch):
    code, _, err = run(
        "playbook", "check", "-", stdin=TEXT.encode("cp932", "replace"), monkeypatch=monkeypatch
    )
    assert code == 1
    assert "the file is not UTF-8 text" in err


# ── apply ────────────────────────────────────────────────────────────────────


def test_apply_shows_the_diff_and_publishes(house, file):
    code, out, err = run("playbook", "apply", file("min_readiness: 60", "min_readiness: 55"))
    assert (code, out) == (0, "~ scoring.mql.min_readiness: 60 → 55\n")
    assert err == "1 change is in force now.\n"
    assert ScoringModel.objects.order_by("version").last().body["mql"]["min_readiness"] == 55
    assert run("playbook", "apply", file("min_readiness: 60", "min_readiness: 55")) == (
        0, "", "No changes: this playbook is in force already.\n",
    )  # fmt: skip


def test_the_first_apply_says_how_people_come_in(db, file):
    code, out, err = run("playbook", "apply", file())
    assert code == 0
    assert out.count("\n+ people.") == 7
    assert err.endswith("New people come in by a one-time link: manage.py user EMAIL\n")


def test_a_dry_run_writes_nothing(db, file):
    code, out, err = run("playbook", "apply", file(), "--dry-run")
    assert code == 0
    assert out.startswith("+ playbook: 1\n")
    assert err == "Nothing was applied: this was a dry run.\n"
    assert not PlaybookSection.objects.exists()
    assert not User.objects.exists()


def test_rules_are_left_as_a_draft_and_the_rest_is_in_force(house, file):
    text = TEXT.replace("min_readiness: 60", "min_readiness: 55").replace(
        "sticky_days: 180", "sticky_days: 90"
    )
    code, out, err = run("playbook", "apply", file(text=text), "--draft")
    assert (code, out) == (0, "~ routing.sticky_days: 180 → 90\n~ scoring.mql.min_readiness: 60 → 55\n")
    draft = Draft.objects.get()
    assert err == (
        "1 change is in force now.\n"
        f"The rules wait as a draft for both sides: http://localhost:8000/rules/drafts/{draft.pk}\n"
    )
    assert (draft.origin, draft.state, draft.base.version, draft.created_by) == ("file", "edited", 1, None)
    assert (draft.title, draft.body["mql"]["min_readiness"]) == ("Rules from a playbook file", 55)
    assert ScoringModel.objects.count() == 1
    assert export.current()["routing"]["sticky_days"] == 90


def test_the_same_file_again_leaves_no_second_draft(house, file):
    text = TEXT.replace("min_readiness: 60", "min_readiness: 55")
    for _ in range(2):
        code, out, err = run("playbook", "apply", file(text=text), "--draft")
        assert (code, out) == (0, "~ scoring.mql.min_readiness: 60 → 55\n")
        assert err.startswith("The rules wait as a draft")
    assert Draft.objects.count() == 1
    run("playbook", "apply", file(text=text.replace("min_fit: 20", "min_fit: 25")), "--draft")
    assert Draft.objects.count() == 2


def test_nothing_new_is_no_draft(house, file):
    code, out, err = run("playbook", "apply", file(), "--draft")
    assert (code, out, err) == (0, "", "No changes: this playbook is in force already.\n")
    assert not Draft.objects.exists()


def test_the_agreement_stays_and_it_is_said(house, file):
    text = TEXT.replace('target: ">= 70%"', 'target: ">= 75%"')
    assert text != TEXT
    before = export.current()
    code, out, err = run("playbook", "apply", file(text=text), "--draft")
    assert (code, out) == (0, "")
    assert err == (
        "The agreement section is left as it is: it cannot be approved in the browser yet."
        " Without --draft it is published at once.\n"
    )
    assert export.current() == before


def test_a_dry_run_leaves_no_draft(house, file):
    text = TEXT.replace("min_readiness: 60", "min_readiness: 55")
    code, out, err = run("playbook", "apply", file(text=text), "--draft", "--dry-run")
    assert (code, out) == (0, "~ scoring.mql.min_readiness: 60 → 55\n")
    assert err == "Nothing was applied: this was a dry run.\n"
    assert not Draft.objects.exists()


def test_the_first_playbook_may_begin_with_a_draft(db, file):
    code, _, err = run("playbook", "apply", file(), "--draft")
    assert code == 0 and "The rules wait as a draft" in err
    draft = Draft.objects.get()
    assert draft.base is None and not ScoringModel.objects.exists()
    miura = User.objects.get(email="miura@example.com")
    suzuki = User.objects.get(email="suzuki@example.com")
    drafting.request(draft, by=miura, now=now())
    drafting.approve(draft, revision=1, by=suzuki, now=now())
    sections = dict(example().sections)
    assert export.current() == {name: sections[name] for name in export.current()}
    assert set(sections) - set(export.current()) == {"agreement"}


def test_what_does_not_go_with_the_rules_in_force(house, file):
    """The file drops a kind of activity and every rule about it; the rules in force still ask for it."""
    data = deepcopy(example().sections)
    data["activity_types"].pop("factory_tour")
    rules = data["scoring"]["interest"]["rules"]
    data["scoring"]["interest"]["rules"] = [one for one in rules if one["type"] != "factory_tour"]
    before = export.current()
    code, _, err = run("playbook", "apply", file(text=write(data)), "--draft")
    assert code == 1 and "factory_tour" in err and "do not go together with the rules" in err
    assert export.current() == before and not Draft.objects.exists()


def test_one_error_refuses_the_whole_file(house, file):
    before = export.current()
    text = TEXT.replace("min_readiness: 60", "min_readiness: 55").replace(
        "sticky_days: 180", "sticky_days: x"
    )
    code, out, _ = run("playbook", "apply", file(text=text))
    assert (code, out) == (1, "")
    assert export.current() == before


# ── export ───────────────────────────────────────────────────────────────────


def test_export_to_standard_output(house):
    code, out, err = run("playbook", "export", "-")
    assert (code, err) == (0, "")
    assert yaml12.load(out.encode()).data == export.current()
    assert run("playbook", "export")[1] == out


def test_export_to_a_file_that_applies_without_a_change(house, tmp_path):
    path = tmp_path / "now.yaml"
    assert run("playbook", "export", path) == (0, "", f"The playbook in force is written to {path}.\n")
    assert run("playbook", "apply", path)[1] == ""
    assert read(path.read_bytes()).sections == export.current()


def test_export_where_nothing_can_be_written(house, tmp_path):
    code, out, err = run("playbook", "export", tmp_path / "no" / "where.yaml")
    assert (code, out) == (1, "")
    assert err == f"There is no file or folder {tmp_path}/no/where.yaml.\n"


def test_nothing_in_force_nothing_exported(db, tmp_path):
    code, out, err = run("playbook", "export", tmp_path / "now.yaml")
    assert (code, out) == (1, "")
    assert err == "No playbook is in force yet, so there is nothing to export.\n"
    assert not (tmp_path / "now.yaml").exists()


# ── whatever stands in the file ──────────────────────────────────────────────


@pytest.mark.parametrize("seed", range(30))
def test_a_mutated_playbook_is_applied_or_refused_in_words(house, file, seed):
    """Never a traceback; and what is taken is exported equal."""
    dice, sections = random.Random(seed), deepcopy(example().sections)
    for _ in range(dice.randint(1, 2)):
        mutate(sections, dice)
    path = file(text=write(sections))
    before = export.current()
    code, _, err = run("playbook", "apply", path)
    if code:
        assert err.splitlines()[-1].endswith("nothing was applied.")
        assert export.current() == before
    else:
        assert run("playbook", "apply", path)[1] == ""
