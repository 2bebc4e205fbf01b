"""The frame of every page: policy, language, zone, errors, and what nobody may write into a template."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

HOUSE = Path(settings.BASE_DIR)
TEMPLATES = sorted((HOUSE / "templates").rglob("*.html"))
STATIC = HOUSE / "config" / "static"


def test_the_policy_lets_nothing_inline_and_nothing_foreign_in(client):
    policy = client.get(reverse("login"))["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy and "http" not in policy


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(HOUSE)))
def test_no_template_writes_script_or_style_inline(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    text = re.sub(r"{%.*?%}", "", text)  # `{% with one=… %}` is no attribute
    assert not re.search(r"<style|\bstyle\s*=|\son[a-z]+\s*=|hx-on|javascript:", text)
    assert "|safe" not in text and "autoescape off" not in text


def test_no_code_marks_a_text_as_safe_unseen():
    for path in HOUSE.glob("*/**/*.py"):
        if path.relative_to(HOUSE).parts[0] in ("leads", "scoring", "handoff", "config"):
            assert "mark_safe" not in path.read_text(encoding="utf-8"), path


def test_vendored_files_are_the_ones_we_took():
    for line in (STATIC / "vendor" / "SHA256SUMS").read_text().splitlines():
        wanted, name = line.split()
        assert hashlib.sha256((STATIC / "vendor" / name).read_bytes()).hexdigest() == wanted


def test_nothing_static_comes_from_elsewhere():
    for path in (STATIC / "tasuki.css", STATIC / "tasuki.js"):
        assert not re.search(r"https?:|//cdn|@import|url\((?!#)", path.read_text(encoding="utf-8")), path


@pytest.mark.django_db
def test_a_stranger_is_asked_to_log_in_and_brought_back(client):
    answer = client.get(reverse("settings"))
    assert answer.status_code == 302
    assert answer["Location"] == f"{reverse('login')}?next={reverse('settings')}"


def test_the_page_speaks_the_readers_language(house, browser_of):
    house.sato.language = "en"
    house.sato.save()
    answer = browser_of(house.sato).get(reverse("glossary"))
    assert '<html lang="en"' in answer.content.decode()
    assert answer["Content-Language"] == "en"


def test_the_address_may_ask_for_another_language_once(house, browser_of):
    browser = browser_of(house.sato)
    assert '<html lang="en"' in browser.get(reverse("glossary") + "?lang=en").content.decode()
    assert '<html lang="ja"' in browser.get(reverse("glossary")).content.decode()
    assert '<html lang="ja"' in browser.get(reverse("glossary") + "?lang=xx").content.decode()


def test_the_switch_keeps_the_page_and_lasts(house, browser_of):
    browser = browser_of(house.sato)
    answer = browser.post(reverse("language"), {"language": "en", "next": "/glossary?x=1"})
    assert answer["Location"] == "/glossary?x=1"
    house.sato.refresh_from_db()
    assert house.sato.language == "en"


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil"]
)
def test_the_switch_never_leads_away(house, browser_of, target):
    answer = browser_of(house.sato).post(reverse("language"), {"language": "en", "next": target})
    assert answer["Location"] == "/"


@pytest.mark.parametrize("language, words", [("ja", "このページはないか"), ("en", "does not exist")])
def test_an_unknown_address_is_answered_in_words(house, browser_of, language, words):
    house.sato.language = language
    house.sato.save()
    answer = browser_of(house.sato).get("/no/such/page")
    assert answer.status_code == 404
    assert words in answer.content.decode()


def test_pages_are_not_kept_by_anything_between(house, browser_of):
    assert "no-store" in browser_of(house.sato).get(reverse("settings"))["Cache-Control"]


@pytest.mark.parametrize(
    "name, first", [("miura", "lead-list"), ("sato", "queue"), ("tanaka", "queue"), ("suzuki", "sla")]
)
def test_everybody_begins_with_their_own_page(house, browser_of, name, first):
    assert browser_of(getattr(house, name)).get("/")["Location"] == reverse(first)
