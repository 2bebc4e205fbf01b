"""Both languages are complete, and what is compiled is what is written."""

from __future__ import annotations

import gettext
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

LOCALE = Path(settings.BASE_DIR) / "config" / "locale"
ENTRY = re.compile(r'^(msgctxt|msgid_plural|msgid|msgstr(?:\[\d\])?) (".*")$')


def entries(path: Path) -> list[dict[str, str]]:
    found = []
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        entry: dict[str, str] = {"flags": ""}
        last = ""
        for line in block.splitlines():
            if line.startswith("#,"):
                entry["flags"] += line
            elif match := ENTRY.match(line):
                last = match[1]
                entry[last] = match[2][1:-1]
            elif line.startswith('"'):
                entry[last] += line[1:-1]
        found.append(entry)
    return [entry for entry in found if entry.get("msgid")]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_no_entry_is_empty_or_fuzzy(language):
    for entry in entries(LOCALE / language / "LC_MESSAGES" / "django.po"):
        said = [text for key, text in entry.items() if key.startswith("msgstr")]
        assert all(said), entry
        assert "fuzzy" not in entry["flags"], entry


def test_japanese_is_japanese():
    """Nearly every Japanese text holds a Japanese letter; the few that do not are signs and names."""
    plain = [
        entry["msgid"]
        for entry in entries(LOCALE / "ja" / "LC_MESSAGES" / "django.po")
        if not re.search(
            r"[ぁ-んァ-ヶ一-龠々]", "".join(v for k, v in entry.items() if k.startswith("msgstr"))
        )
    ]
    assert all(len(re.sub(r"%\(\w+\)s|[^A-Za-z]", "", msgid)) <= 14 for msgid in plain), plain


@pytest.mark.parametrize("language", ["ja", "en"])
def test_what_is_compiled_is_what_is_written(language):
    folder = LOCALE / language / "LC_MESSAGES"
    with open(folder / "django.mo", "rb") as compiled:
        catalog = gettext.GNUTranslations(compiled)._catalog  # type: ignore[attr-defined]
    for entry in entries(folder / "django.po"):
        msgid = bytes(entry["msgid"], "utf-8").decode("unicode_escape").encode("latin-1").decode("utf-8")
        key = f"{entry['msgctxt']}\x04{msgid}" if "msgctxt" in entry else msgid
        assert key in catalog or (key, 0) in catalog, entry


@pytest.mark.gettext
def test_every_text_of_the_sources_is_in_the_catalogue(tmp_path, monkeypatch):
    """The sources are read anew; whatever is not in the committed catalogue is missing from it."""
    house = Path(settings.BASE_DIR)
    for name in ("leads", "scoring", "handoff", "config", "templates"):
        shutil.copytree(
            house / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "locale", "vendor")
        )
    for language in ("ja", "en"):
        (tmp_path / "config/locale" / language / "LC_MESSAGES").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    with_paths = [str(tmp_path / "config" / "locale")]
    monkeypatch.setattr(settings, "LOCALE_PATHS", with_paths)
    call_command("makemessages", locale=["ja"], verbosity=0, no_location=True, domain="django")
    fresh = {
        (e.get("msgctxt"), e["msgid"]) for e in entries(tmp_path / "config/locale/ja/LC_MESSAGES/django.po")
    }
    kept = {(e.get("msgctxt"), e["msgid"]) for e in entries(LOCALE / "ja" / "LC_MESSAGES" / "django.po")}
    assert fresh - kept == set()
    assert kept - fresh == set()


@pytest.mark.gettext
def test_gettexts_own_check_finds_nothing():
    for language in ("ja", "en"):
        path = LOCALE / language / "LC_MESSAGES" / "django.po"
        done = subprocess.run(
            ["msgfmt", "--check-format", "-o", "/dev/null", str(path)], capture_output=True, text=True
        )
        assert done.returncode == 0 and not done.stderr, done.stderr
