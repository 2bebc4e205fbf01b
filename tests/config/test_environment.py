"""What the environment says, and what production refuses."""

from __future__ import annotations

import os
import stat
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from config import environment as env

SAFE = {
    "TASUKI_ENV": "production",
    "SECRET_KEY": "".join(chr(33 + n) for n in range(60)),
    "ALLOWED_HOSTS": "tasuki.example.jp",
    "DATABASE_URL": "postgres://tasuki:secret@db/tasuki",
    "SITE_URL": "https://tasuki.example.jp",
}


@pytest.fixture
def say(monkeypatch, tmp_path):
    """An environment that holds only these values."""
    monkeypatch.setattr(env, "VAR", tmp_path)

    def only(**values: str) -> None:
        for name in (*SAFE, "REDIS_URL", "PORT"):
            monkeypatch.delenv(name, raising=False)
        for name, value in values.items():
            monkeypatch.setenv(name, value)

    return only


def start(**values: str) -> subprocess.CompletedProcess[str]:
    silent = dict.fromkeys(("DATABASE_URL", "REDIS_URL", "PORT", *SAFE), "")
    return subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=settings.BASE_DIR, capture_output=True, text=True,
        env=os.environ | silent | {"DJANGO_SETTINGS_MODULE": "config.settings"} | values,
    )  # fmt: skip


def test_production_starts_when_all_is_said(say):
    say(**SAFE)
    assert env.unsafe() == []


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("SECRET_KEY", "", "SECRET_KEY must be 50 or more random characters"),
        ("SECRET_KEY", "a" * 60, "SECRET_KEY must be 50 or more random characters"),
        ("ALLOWED_HOSTS", "", "ALLOWED_HOSTS must name your hosts, without *"),
        ("ALLOWED_HOSTS", "example.jp,*", "ALLOWED_HOSTS must name your hosts, without *"),
        ("DATABASE_URL", "", "DATABASE_URL must name the database"),
        ("SITE_URL", "", "SITE_URL must begin with https://"),
        ("SITE_URL", "http://tasuki.example.jp", "SITE_URL must begin with https://"),
    ],
)
def test_production_names_what_is_missing_or_unsafe(say, name, value, sentence):
    say(**SAFE | {name: value})
    assert env.unsafe() == [sentence]


def test_production_refuses_in_one_sentence():
    done = start(TASUKI_ENV="production")
    assert done.returncode == 1
    assert done.stderr.startswith("Tasuki does not start with TASUKI_ENV=production: SECRET_KEY must")
    assert done.stderr.count("\n") == 1


def test_only_production_refuses():
    assert start().returncode == 0


def test_production_starts_with_everything_said():
    assert start(**SAFE).returncode == 0


def test_the_secret_is_made_once_and_for_us_alone(say, tmp_path):
    say()
    assert env.secret_key() == env.secret_key()
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_hosts_are_this_machine_and_the_site(say):
    say()
    assert env.allowed_hosts("https://tasuki.example.jp") == [
        "localhost", "127.0.0.1", "[::1]", "tasuki.example.jp",
    ]  # fmt: skip
    say(ALLOWED_HOSTS="a.example.jp, b.example.jp")
    assert env.allowed_hosts("") == ["a.example.jp", "b.example.jp"]


def test_database_urls(say):
    say(DATABASE_URL="postgres://me:p%40ss@db.example.jp:5433/leads?sslmode=require")
    found = env.database()
    assert (found["USER"], found["PASSWORD"], found["HOST"], found["PORT"]) == (
        "me",
        "p@ss",
        "db.example.jp",
        "5433",
    )
    assert (found["NAME"], found["OPTIONS"]) == ("leads", {"sslmode": "require"})
    say(DATABASE_URL="sqlite:////var/tasuki.sqlite3")
    assert env.database()["NAME"] == "/var/tasuki.sqlite3"
    say(DATABASE_URL="mysql://db/tasuki")
    with pytest.raises(ImproperlyConfigured):
        env.database()


def test_a_file_speaks_where_the_environment_is_silent(say, tmp_path):
    say(PORT="9000")
    (tmp_path / ".env").write_text("# a comment\nPORT=8000\nSITE_URL='https://tasuki.example.jp'\n\n")
    env.read_env_file(tmp_path / ".env")
    assert (env.text("PORT"), env.text("SITE_URL")) == ("9000", "https://tasuki.example.jp")
    del os.environ["SITE_URL"]
