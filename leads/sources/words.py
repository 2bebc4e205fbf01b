"""What is wrong with a file or a row, in the reader's language, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from leads.sources.problems import FileRefused, Problem

FILES: Mapping[str, Promise] = {
    "no_such_file": _("There is no file %(file)s."),
    "is_a_folder": _("%(file)s is a folder, not a file."),
    "not_readable": _("%(file)s cannot be read."),
    "empty_file": _("The file is empty."),
    "no_rows": _("The file has headings but no rows."),
    "no_headings": _("The first row is empty; it must hold the headings of the columns."),
    "binary": _("This is no table: save it as CSV, TSV or XLSX and try again."),
    "unknown_encoding": _("The encoding %(encoding)s is not known; use utf-8, cp932, euc-jp or utf-16."),
    "not_in_encoding": _("The file is not written in %(encoding)s; leave the encoding out and it is found."),
    "unreadable_encoding": _(
        "The letters of this file cannot be read; save it as CSV in UTF-8 and try "
        "again."
    ),
    "no_sheets": _("Only an XLSX file has sheets; there is no sheet “%(sheet)s” here."),
    "no_such_sheet": _("There is no sheet “%(sheet)s”; the sheets are: %(sheets)s."),
    "locked_workbook": _("The workbook is protected by a password; save it without one and try again."),
    "broken_workbook": _("The workbook is damaged and cannot be read; save it anew or as CSV."),
    "no_workbook": _("This is a ZIP file, not an XLSX workbook."),
    "workbook_too_large": _("The workbook is too large; save the sheet as CSV and import that."),
    "too_many_columns": _("The file has more than %(most)s columns."),
    "giant_cell": _(
        "Line %(line)s: a cell has more than %(most)s characters; is a quotation mark missing before it?"
    ),
    "open_quote": _("Line %(line)s: a quotation mark is opened and never closed."),
    "broken_row": _("Line %(line)s cannot be read as a row."),
    "no_known_heading": _(
        "No column is known. The first row must hold headings such as email, name, company;"
        " here it says: %(headings)s."
    ),
    "errors_not_writable": _("The errors file %(file)s cannot be written."),
    "mapping_missing": _("The mapping file %(file)s cannot be read."),
    "mapping_not_utf8": _("The mapping file %(file)s is not written in UTF-8."),
    "mapping_too_large": _("The mapping file %(file)s is too large."),
    "mapping_syntax": _("Mapping file, line %(line)s: this is no YAML that can be read."),
    "mapping_too_deep": _("Mapping file, line %(line)s: nested too deep."),
    "mapping_anchor": _(
        "Mapping file, line %(line)s: anchors, aliases and tags are not allowed; write "
        "the value out."
    ),
    "mapping_key_twice": _("Mapping file, line %(line)s: “%(name)s” is given twice."),
    "mapping_no_mapping": _("Mapping file: “%(where)s” must hold names with values."),
    "mapping_no_text": _("Mapping file: “%(where)s” must be text."),
    "mapping_unknown_key": _("Mapping file: “%(where)s” is not known; what may stand there: %(known)s."),
    "mapping_unknown_field": _(
        "Mapping file: “%(where)s” goes to “%(field)s”, which is no field; the fields are: %(known)s."
    ),
    "mapping_choice": _("Mapping file: “%(where)s” cannot be “%(value)s”; it is one of: %(known)s."),
    "mapping_dates": _(
        "Mapping file: “%(where)s”: “%(value)s” is no date format; use ymd, dmy, mdy or "
        "one like %%d.%%m.%%Y."
    ),
    "mapping_zone": _("Mapping file: “%(where)s”: “%(value)s” is no time zone; write one like Asia/Tokyo."),
    "mapping_filter": _(
        "Mapping file: “%(where)s” is no test of a column; write one like kind: {is: "
        "stage}."
    ),
    "mapping_no_column": _(
        "The mapping names the column “%(column)s”, which the file has not; it has: "
        "%(headings)s."
    ),
    "mapping_constant": _("Mapping file: the constant “%(field)s” cannot be “%(value)s” (%(why)s)."),
    "later_kind": _(
        "Importing %(kind)s is not built yet; leads, activities, campaigns and opportunities can be imported."
    ),
}  # fmt: skip
ROWS: Mapping[str, Promise] = {
    "required": _("This must not be empty."),
    "too_many_cells": _("The row has more cells than there are headings; is a quotation mark missing?"),
    "nobody_to_know": _(
        "Nobody can be recognised by this row: give an external id, an e-mail, a phone "
        "number or a name."
    ),
    "no_lead_said": _("The row does not say whose activity it is: give lead_external_id or lead_email."),
    "no_time": _("The row does not say when it happened."),
    "unknown_lead": _("There is no lead with this id or e-mail."),
    "several_leads": _("Several leads have this e-mail; give the external id."),
    "ambiguous_match": _("The external id says one lead and the e-mail another."),
    "null_characters_not_allowed": _("There is a NUL character in it; remove it."),
    "too_many_combining_marks": _("Too many accents on one letter."),
    "too_long": _("Too long; at most %(most)s characters."),
    "email_invalid": _("This is not an e-mail address."),
    "email_non_ascii_local": _("Letters before the @ that no mail system here accepts."),
    "email_invisible_character": _("There is an invisible character in the address; type it anew."),
    "invalid_phone": _("This is not a phone number that can be called."),
    "not_a_domain": _("This is not a company domain; write one like example.co.jp."),
    "not_a_whole_number": _(
        "This is not a whole number; digits only, unless the mapping names a mark for "
        "thousands."
    ),
    "not_a_number": _("This is not a number."),
    "number_too_large": _("The number is too large; at most %(most)s."),
    "not_yes_or_no": _("This is neither yes nor no."),
    "ambiguous_date": _("Day or month first? Say so in the mapping: dates: dmy or dates: mdy."),
    "not_a_date": _(
        "This is not a date that is known; write it as 2026-11-24 or 2026-11-24 10:30, "
        "or name the format in the mapping."
    ),
    "not_in_date_format": _("This is not written in the date format of the mapping: %(formats)s."),
    "in_future": _("This is in the future."),
    "out_of_range": _("This date is out of range."),
    "too_old": _("This date is out of range."),
    "not_a_json_object": _("This is not a JSON object."),
    "nested_attribute": _("An attribute holds text, a number, yes or no, or a list of these."),
    "not_in_values": _("The mapping knows no such value; it knows: %(known)s."),
    "not_clearable": _("This cannot be emptied."),
    "unknown_relation": _("There is no such relation; use one of: %(known)s."),
    "unknown_stage": _("A lead cannot begin at this stage; use one of: %(known)s."),
    "unknown_person": _("Nobody of that name or address works here, or several do; give the e-mail address."),
    "unknown_type": _(
        "There is no such kind of activity; name one in the mapping, or add it to the "
        "playbook."
    ),
    "unknown_direction": _("The direction is action or reaction."),
    "wrong_direction": _("This kind of activity has the other direction."),
    "unknown_outcome": _("This is neither won nor lost; leave it empty while it is open."),
    "unknown_reason": _("The playbook has no such reason for losing."),
    "competitor_required": _("The reason is a competitor: name which one."),
    "not_an_amount": _("This is not an amount; write it in figures, such as 12000000 or 12,000,000."),
    "unknown_currency": _("Write the currency as three letters, such as JPY or USD."),
    "lead_not_a_fit": _("This lead is marked as not a fit; open it again first."),
    "has_open_opportunity": _("This lead has another open opportunity already."),
    "bad_text": _("There are characters in it that cannot be stored."),
    "bad_data": _("The data cannot be stored."),
}  # fmt: skip


def of_file(refused: FileRefused) -> str:
    """Why nothing of the file was taken in."""
    said = FILES.get(refused.code)
    return (
        str(said) % refused.params
        if said
        else _t("The file cannot be imported (%(code)s).") % {"code": refused.code}
    )


def of_row(problem: Problem) -> str:
    """Why a row was rejected."""
    said = ROWS.get(problem.code)
    if said is None:
        return _t("This cannot be taken in (%(code)s).") % {"code": problem.code}
    return str(said) % {"most": "", "known": "", "formats": "", **problem.params}
