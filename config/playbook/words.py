"""The words of a refused playbook, in the reader's language: one sentence for each code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from config.playbook.problems import Path, Problem
from config.playbook.shapes import kind, shown
from leads import calendar_words

KINDS: Mapping[str, Promise] = {
    "nothing": _("nothing"),
    "yes_no": _("true or false"),
    "number": _("a number"),
    "text": _("text"),
    "list": _("a list"),
    "mapping": _("a mapping"),
}

YAML: Mapping[str, Promise] = {
    "too_many_bytes": _("the file is larger than %(most)s bytes"),
    "not_utf8": _("the file is not UTF-8 text; save it as UTF-8"),
    "character": _("the character %(character)s cannot stand here; delete it"),
    "empty_file": _("the file is empty"),
    "yaml_version": _("the file asks for another YAML version; write YAML 1.2"),
    "second_document": _("a second document begins here; a playbook is one document"),
    "too_deep": _("this is nested more than %(most)s levels deep"),
    "alias": _("“*%(name)s” is an alias; write the value out"),
    "anchor": _("“&%(name)s” is an anchor; a playbook has none, so leave it out"),
    "tag": _("“%(name)s” is a tag; a playbook has none, so leave it out"),
    "merge_key": _("“<<” merges another mapping; write the keys out"),
    "duplicate_key": _("“%(key)s” is given twice; the first is on line %(line)s"),
    "key_not_text": _("a list or a mapping cannot be a key; quote the text if it begins with a bracket"),
    "empty_key": _("a key is empty; write a name before the colon"),
    "bad_key": _("this key has a line break, a hidden character or more than 200 letters"),
    "number_too_large": _("%(value)s is too large a number; quote it if it is a code"),
    "number_not_finite": _("%(value)s is not a number to count with"),
    "too_long": _("this text is longer than %(most)s characters"),
    "syntax": _(
        "this is not YAML; check the colons, brackets and indentation on this line and the one before"
    ),
    "syntax_second_colon": _("a second “: ” stands on this line; quote the text, or begin a new line"),
    "syntax_tab": _("a tab stands here; indent with spaces"),
    "syntax_open_bracket": _("a bracket opened before is not closed, or a comma is missing"),
    "syntax_open_quote": _("the quotation mark that opens here is not closed"),
    "syntax_no_colon": _("a “:” is missing after this name"),
    "syntax_indent": _("the indentation does not fit the lines above"),
    "syntax_escape": _("“\\” begins an escape that does not exist; write “\\\\” for a backslash"),
    "syntax_needs_quotes": _("a value cannot begin with this character; put it in quotation marks"),
}

FORM: Mapping[str, Promise] = {
    "other_format": _("playbook: %(value)s is another format; this version reads %(format)s"),
    "missing_key": _("“%(key)s” is missing"),
    "unknown_key": _("“%(value)s” is not a key here"),
    "not_text": _("text is needed here, not %(found)s; put it in quotation marks if it is meant as text"),
    "empty_text": _("this text is empty"),
    "not_a_number": _("a number is needed here, not %(found)s"),
    "not_a_list": _("a list is needed here, not %(found)s"),
    "not_a_mapping": _("“key: value” pairs are needed here, not %(found)s"),
    "not_yes_no": _("true or false is needed here, not “%(value)s”"),
    "not_whole": _("%(value)s is not a whole number"),
    "below_least": _("%(value)s is too small; at least %(least)s"),
    "not_above": _("%(value)s is too small; it must be more than %(above)s"),
    "above_most": _("%(value)s is too large; at most %(most)s"),
    "not_one_of": _("“%(value)s” is not known here; known are %(words)s"),
    "empty_list": _("this list is empty; it needs at least one entry"),
    "empty_mapping": _("nothing stands here; at least one entry is needed"),
    "given_twice": _("“%(value)s” is given twice"),
    "no_label": _("a label is needed in Japanese (ja) or English (en)"),
    "bad_identifier": _("“%(value)s” cannot be a name here; use up to 50 letters a–z, digits, “-” and “_”"),
    "bad_email": _("“%(value)s” is not an e-mail address"),
    "bad_duration": _("“%(value)s” is not a duration; write 30m, 4h or 2d"),
    "bad_days": _("“%(value)s” is not a number of days; write 30d"),
    "bad_percent": _("“%(value)s” is not a percentage; write 75%%"),
    "bad_target": _("“%(value)s” is not a target; write “>= 70%%” or “>= 90”"),
    "bad_date": _("“%(value)s” is not a date; write 2027-03-31"),
    "unknown_zone": _("“%(value)s” is not a time zone; write one like Asia/Tokyo"),
    "unknown_person": _("nobody in “people” has the address %(value)s"),
    "unknown_name": _("“%(value)s” does not exist in “%(section)s”"),
}

PREDICATE: Mapping[str, Promise] = {
    "asks_nothing": _("this condition asks nothing; leave it out or write one"),
    "unknown_path": _("“%(value)s” is not a field that can be asked here"),
    "predicate_unknown_path": _("“%(value)s” is not a field that can be asked here"),
    "predicate_unknown_test": _("“%(value)s” is not a test; known are %(words)s"),
    "predicate_tests_needed": _("a test such as “is: …” is needed here"),
    "predicate_mapping_needed": _("a condition is written as “field: {test: value}”"),
    "predicate_too_deep": _("this condition is nested too deep to be read"),
    "predicate_list_needed": _("a list with at least one entry is needed here"),
    "predicate_value_needed": _("a text, a number, true or false is needed here"),
    "predicate_empty_text": _("the text to compare with is empty"),
    "predicate_number_needed": _("a number is needed here, without quotation marks"),
    "predicate_text_needed": _("text is needed here; put it in quotation marks"),
    "predicate_true_or_false_needed": _("true or false is needed here"),
}

AGREEING: Mapping[str, Promise] = {
    "own_deputy": _("nobody can be their own deputy"),
    "reserved_name": _("“%(value)s” has a meaning of its own here; choose another name"),
    "lane_backwards": _("a lead offered at %(stage)s cannot be accepted into %(value)s"),
    "built_in_type": _("“%(value)s” is built in; choose another name"),
    "wake_days_without_wake": _("wake_days belongs to the next steps wake and trigger, not to %(value)s"),
    "needs_also": _("“%(key)s” is needed with it"),
    "blocks_already": _("“%(value)s” stands under “block” already"),
    "leaves_above_entry": _("%(value)s is above %(key)s (%(most)s): a lead would leave as soon as it came"),
    "unknown_rule": _("no rule has the id “%(value)s”"),
    "halves_above_100": _("fit and interest together reach %(value)s; readiness ends at 100"),
    "never_reached": _("no lead can reach %(value)s; the most is %(most)s"),
    "not_a_lane": _("“%(value)s” is not a lane; lanes are %(words)s"),
    "hides_the_rest": _("without “when” this is always taken, and the next one never is"),
    "last_not_open": _("the last one must be without “when”, so that there is always an answer"),
    "lane_without_routes": _("lane %(value)s has no routes"),
    "queue_of_other_lane": _("the queue “%(value)s” belongs to lane %(lane)s"),
    "more_channels_than_attempts": _("more channels than attempts (%(most)s) cannot be reached"),
    "recall_with_reassign": _("“recall” and “reassign” go together"),
    "opens_only_accept": _("“open_to_team” belongs to the clock accept, not to %(value)s"),
    "clock_never_runs": _("no target of this policy starts the clock “%(value)s”"),
    "target_not_percent": _("%(metric)s is counted; write the target without %%"),
    "target_needs_percent": _("%(metric)s is a rate; write the target with %%"),
    "target_above_100": _("a rate cannot be above 100 %%"),
    "signed_by_other_side": _("%(value)s stands on the side “%(side)s” and cannot sign for this one"),
}

CALENDAR = {f"calendar_{code}": said for code, said in calendar_words.SENTENCES.items()}

SENTENCES: Mapping[str, Promise] = {**YAML, **FORM, **PREDICATE, **CALENDAR, **AGREEING}


def sentence(problem: Problem) -> str:
    """A problem as one sentence: line, path, what is wrong, and what was probably meant."""
    said = alone(problem)
    if not problem.path:
        return _t("line %(line)s: %(said)s") % {"line": problem.line, "said": said}
    where = spoken_path(problem.path)
    return _t("line %(line)s, %(where)s: %(said)s") % {"line": problem.line, "where": where, "said": said}


def alone(problem: Problem) -> str:
    """A problem without its place, for whoever sees where it is: a field of a form."""
    said = str(SENTENCES[problem.code]) % _spoken(problem.params)
    if meant := problem.params.get("meant"):
        return _t("%(said)s; did you mean “%(meant)s”?") % {"said": said, "meant": meant}
    return said


def what_is_needed(code: str, found: Any) -> str:
    """The sentence of `not_a_mapping`, `not_a_list` … for a value that came by another way than a file."""
    return str(SENTENCES[code]) % _spoken({"found": kind(found), "value": shown(found)})


def spoken_path(path: Path) -> str:
    """A path as people read it: `queues.inside.members[0].user`."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in path]
    return "".join(parts).lstrip(".")


def _spoken(params: Mapping[str, Any]) -> dict[str, Any]:
    spoken = dict(params)
    if "found" in spoken:
        found = str(KINDS[spoken["found"]])
        spoken["found"] = f"{found} ({spoken['value']})" if spoken.get("value") else found
    if "words" in spoken:
        spoken["words"] = ", ".join(map(str, spoken["words"]))
    return spoken
