"""`manage.py playbook check|apply|export FILE`: the whole agreement as one file (PRODUCT 8)."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, IntegrityError
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext as _n

from config.clock import now
from config.management import spoken
from config.playbook import apply, export, leaving, words
from config.playbook.check import Playbook, read
from config.playbook.difference import Difference
from config.playbook.organisation import LANGUAGES
from config.playbook.problems import PlaybookRefused
from config.playbook.words import sentence
from config.playbook.yaml12 import MAX_BYTES

UNUSABLE: Mapping[type[Exception], Promise] = {
    FileNotFoundError: _("There is no file or folder %(file)s."),
    IsADirectoryError: _("%(file)s is a folder, not a file."),
    PermissionError: _("%(file)s may not be read or written by this user."),
}
TOGETHER = _(
    "The file is sound, but these do not go together with the rules or the agreement in force, which --draft"
    " leaves as they are. Nothing was applied; without --draft the whole file is published at once."
)
AGREEMENT = _(
    "The agreement section is left as it is: it cannot be approved in the browser yet."
    " Without --draft it is published at once."
)
LOCALE = re.compile(rb"^locale:\s*[\"']?(ja|en)\b", re.MULTILINE)


class Command(BaseCommand):
    help = "Check, apply or export the playbook: the whole agreement as one YAML file."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="check|apply|export")
        check = verbs.add_parser("check", help="say what is wrong with FILE; the database is not touched")
        apply = verbs.add_parser("apply", help="show what changes, and publish FILE at once")
        export = verbs.add_parser("export", help="write the playbook in force to FILE")
        for verb in (check, apply):
            verb.add_argument("file", metavar="FILE", help="a YAML file, or - for standard input")
        export.add_argument(
            "file", metavar="FILE", nargs="?", default="-", help="where to, or - for standard output"
        )
        apply.add_argument("--dry-run", action="store_true", help="only show what would change")
        apply.add_argument("--draft", action="store_true", help="leave the rules for approval in the browser")
        for verb in (check, apply, export):
            verb.add_argument("--language", choices=LANGUAGES, help="language of the messages")

    def handle(self, *, verb: str, file: str, language: str | None, **options: Any) -> None:
        with translation.override(spoken.language(language)):
            source = self._source(file) if verb != "export" else b""
        with translation.override(spoken.language(language, _locale(source))):
            if verb == "export":
                self._export(file)
            elif verb == "check":
                self._checked(source)
                spoken.tell(self.stderr, _t("No problems found: this playbook can be applied."))
            else:
                self._apply(source, **options)

    def _source(self, file: str) -> bytes:
        """The bytes of the file; one too many is enough to see that it is too large."""
        try:
            if file == "-":
                return sys.stdin.buffer.read(MAX_BYTES + 1)
            with Path(file).open("rb") as opened:
                return opened.read(MAX_BYTES + 1)
        except (OSError, ValueError) as wrong:
            self._refuse_file(file, wrong)

    def _refuse_file(self, file: str, wrong: Exception) -> NoReturn:
        found = next((said for kind, said in UNUSABLE.items() if isinstance(wrong, kind)), None)
        why = {"file": file, "why": type(wrong).__name__}
        spoken.refuse(self.stderr, (str(found) if found else _t("%(file)s cannot be used: %(why)s.")) % why)

    def _checked(self, source: bytes) -> Playbook:
        try:
            return read(source)
        except PlaybookRefused as refused:
            count = len(refused.problems)
            total = _n(
                "%(count)s problem; nothing was applied.", "%(count)s problems; nothing was applied.", count
            )
            spoken.refuse(self.stderr, *map(sentence, refused.problems), total % {"count": count})

    def _apply(self, source: bytes, *, dry_run: bool, draft: bool, **options: Any) -> None:
        playbook = self._checked(source)
        try:
            if draft:
                self._leave(playbook, dry_run=dry_run)
            else:
                self._publish(playbook, dry_run=dry_run)
        except PlaybookRefused as refused:  # fine by itself, and not beside the rules in force
            spoken.refuse(self.stderr, *map(words.alone, refused.problems), str(TOGETHER))
        except IntegrityError:
            at_once = _t(
                "Somebody else applied a playbook at this moment; nothing of yours was applied. Try again."
            )
            spoken.refuse(self.stderr, at_once)
        except DatabaseError as wrong:
            said = {"kind": type(wrong).__name__}
            spoken.refuse(
                self.stderr,
                _t("The database did not take it (%(kind)s); nothing was applied. Is it migrated? Try again.")
                % said,
            )

    def _publish(self, playbook: Playbook, *, dry_run: bool) -> None:
        differences = apply.changes(playbook)
        for one in differences:
            self.stdout.write(one.line())
        if not differences:
            spoken.tell(self.stderr, _t("No changes: this playbook is in force already."))
        elif dry_run:
            spoken.tell(self.stderr, _t("Nothing was applied: this was a dry run."))
        else:
            self._tell(apply.apply(playbook, by=None, now=now()))

    def _tell(self, differences: Sequence[Difference]) -> None:
        count = len(differences)
        told = _n("%(count)s change is in force now.", "%(count)s changes are in force now.", count)
        spoken.tell(self.stderr, told % {"count": count})
        if any(one.kind == "added" and one.path[0] == "people" for one in differences):
            spoken.tell(self.stderr, _t("New people come in by a one-time link: manage.py user EMAIL"))

    def _leave(self, playbook: Playbook, *, dry_run: bool) -> None:
        """`--draft`: the rules wait for both sides, the agreement stays, the rest is published."""
        for one in (*apply.changes(leaving.at_once(playbook)), *leaving.waiting(playbook, "scoring")):
            self.stdout.write(one.line())
        if dry_run:
            spoken.tell(self.stderr, _t("Nothing was applied: this was a dry run."))
            return
        left = leaving.leave(playbook, title=_t("Rules from a playbook file"), by=None, now=now())
        if left.differences:
            self._tell(left.differences)
        if left.draft:
            where = settings.SITE_URL + reverse("rules-draft", args=[left.draft.pk])
            spoken.tell(self.stderr, _t("The rules wait as a draft for both sides: %(url)s") % {"url": where})
        if left.agreement_waits:
            spoken.tell(self.stderr, str(AGREEMENT))
        if not (left.differences or left.draft or left.agreement_waits):
            spoken.tell(self.stderr, _t("No changes: this playbook is in force already."))

    def _export(self, file: str) -> None:
        text = export.text(
            heading=_t("The playbook in force. Check it after a change: ./run manage playbook check FILE")
        )
        if not text:
            spoken.refuse(self.stderr, _t("No playbook is in force yet, so there is nothing to export."))
        if file == "-":
            self.stdout.write(text, ending="")
            return
        try:
            Path(file).write_text(text, encoding="utf-8")
        except (OSError, ValueError) as wrong:
            self._refuse_file(file, wrong)
        spoken.tell(self.stderr, _t("The playbook in force is written to %(file)s.") % {"file": file})


def _locale(source: bytes) -> str | None:
    """The language the file itself is in, also where nothing else in it can be read."""
    found = LOCALE.search(source)
    return found[1].decode() if found else None
