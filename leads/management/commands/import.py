"""`manage.py import leads|activities|campaigns|opportunities FILE`: real rows of real tables (PRODUCT 9)."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, transaction
from django.utils import translation
from django.utils.translation import gettext as _t
from django.utils.translation import ngettext as _n
from tqdm import tqdm

from config.clock import now
from config.environment import terminal_language
from leads.models import PlaybookSection
from leads.sources import headings, mapping, tables, words
from leads.sources.activity_rows import ActivityRows
from leads.sources.campaigns import CampaignRows
from leads.sources.errors_file import ErrorsFile
from leads.sources.importing import REJECTED, Import, Kind, Result
from leads.sources.lead_rows import LeadRows, People
from leads.sources.opportunity_rows import OpportunityRows
from leads.sources.problems import FileRefused

KINDS = {
    "leads": headings.LEADS, "activities": headings.ACTIVITIES, "campaigns": headings.CAMPAIGNS,
    "opportunities": headings.OPPORTUNITIES,
}  # fmt: skip
LATER = ("handoffs",)
SHOWN_REASONS = 10
BAD_ROWS, BAD_FILE = 1, 2


class Command(BaseCommand):
    help = "Import leads, activities, campaigns or opportunities from a CSV, TSV or XLSX file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=(*KINDS, *LATER), help="what the rows are")
        parser.add_argument(
            "file", metavar="FILE", help="a CSV, TSV or XLSX file with headings in its first row"
        )
        parser.add_argument("--dry-run", action="store_true", help="count what would happen; write nothing")
        parser.add_argument("--mapping", metavar="F", help="a YAML file that says what the columns mean")
        parser.add_argument("--encoding", metavar="E", default="", help="utf-8, cp932, euc-jp … (else found)")
        parser.add_argument("--errors", metavar="OUT.csv", help="where to write the rows that were rejected")
        parser.add_argument(
            "--sheet", metavar="NAME", default="", help="the sheet of an XLSX file (else the first)"
        )
        parser.add_argument("--language", choices=("ja", "en"), help="language of the messages")

    def handle(self, *, language: str | None, **options: Any) -> None:
        with translation.override(language or terminal_language() or "ja"):
            try:
                result = self._import(**options)
            except FileRefused as refused:
                self._end(words.of_file(refused))
            except KeyboardInterrupt:
                self._end(_t("Stopped. What was taken in stays; the same command again goes on from there."))
            except DatabaseError as wrong:
                self._end(
                    _t(
                        "The database did not take it (%(kind)s). Is it migrated?"
                        " What was taken in stays; try again."
                    )
                    % {"kind": type(wrong).__name__}
                )
            self._report(result, **options)
            self.stdout.write(str(result))
        if result.counts[REJECTED]:
            sys.exit(BAD_ROWS)

    def _import(
        self, *, kind: str, file: str, mapping: str | None, errors: str | None, dry_run: bool, **how: Any
    ) -> Result:
        if kind in LATER:
            raise FileRefused("later_kind", kind=kind)
        said = _mapping(mapping, kind)
        table = tables.open_table(
            Path(file),
            encoding=how["encoding"] or said.encoding,
            sheet=how["sheet"] or said.sheet,
            delimiter=said.delimiter,
        )
        run = Import(_kind(kind, said), table, said, KINDS[kind])
        self._tell_ignored(run.reader.ignored)
        path = Path(errors) if errors else None
        if path is not None and path.exists() and path.samefile(file):
            raise FileRefused("errors_not_writable", file=errors)
        out = ErrorsFile(path, run.headings[4:] if run.is_retry else run.headings, words.of_row)
        bar = tqdm(total=table.count, file=sys.stderr, disable=None, unit=" rows", leave=False)
        with closing(out), closing(bar):
            if not dry_run:
                return run.run(out, clock=now, told=bar.update)
            with transaction.atomic():
                result = run.run(out, clock=now, told=bar.update)
                transaction.set_rollback(True)
            return result

    def _tell_ignored(self, ignored: list[str]) -> None:
        if ignored:
            names = ", ".join(ignored[:30])
            self._tell(
                _t("Columns that are not imported (a mapping can name them): %(names)s.") % {"names": names}
            )

    def _report(self, result: Result, *, errors: str | None, dry_run: bool, **_: Any) -> None:
        for (column, code), count in result.reasons.most_common(SHOWN_REASONS):
            line, problem = result.examples[column, code]
            said = _n(
                "%(count)s row rejected, line %(line)s: %(why)s",
                "%(count)s rows rejected, the first in line %(line)s: %(why)s",
                count,
            )
            why = words.of_row(problem)
            why = f"{column}: {why}" if column else why
            self._tell(said % {"count": count, "line": line, "why": why})
        if result.counts[REJECTED]:
            self._tell(
                _t("The rejected rows are in %(file)s: put them right and import that file.")
                % {"file": errors}
                if errors
                else _t("With --errors OUT.csv the rejected rows are written to a file.")
            )
        if dry_run:
            self._tell(_t("Nothing was written: this was a dry run."))

    def _tell(self, sentence: str) -> None:
        """Chatter: on stderr, but not in the red of an error."""
        self.stderr.write(sentence, style_func=str)

    def _end(self, sentence: str) -> None:
        self.stderr.write(sentence)
        sys.exit(BAD_FILE)


def _mapping(file: str | None, kind: str) -> mapping.FileMapping:
    if file is None:
        return mapping.FileMapping()
    return mapping.read(Path(file), _ROWS[kind].fields)


_ROWS: dict[str, Any] = {
    "leads": LeadRows, "activities": ActivityRows, "campaigns": CampaignRows,
    "opportunities": OpportunityRows,
}  # fmt: skip


def _kind(name: str, said: mapping.FileMapping) -> Kind:
    if name == "campaigns":
        return CampaignRows()
    zone = said.zone or ZoneInfo(PlaybookSection.objects.current("head").get("timezone") or "Asia/Tokyo")
    how: dict[str, Any] = {"zone": zone, "dates": tuple(said.dates), "now": now(), "people": People.read()}
    rows: Kind = _ROWS[name](**how)
    return rows
