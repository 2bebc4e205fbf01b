"""What the API says besides data: one sentence for each code, in the caller's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as _p

TITLES: Mapping[int, Promise] = {
    400: _p("api", "The request is not right"),
    401: _p("api", "Who are you?"),
    403: _p("api", "Not allowed"),
    404: _p("api", "Not found"),
    405: _p("api", "This address does not do that"),
    406: _p("api", "We only answer in JSON"),
    409: _p("api", "Somebody was quicker"),
    413: _p("api", "Too large"),
    415: _p("api", "We only read JSON"),
    422: _p("api", "This key was used for another request"),
    429: _p("api", "Too many requests"),
    500: _p("api", "Something went wrong on our side"),
    503: _p("api", "Not available for a moment"),
}

SENTENCES: Mapping[str, Promise] = {
    # the request as a whole
    "not_authenticated": _("Send your token as “Authorization: Bearer …”, or log in."),
    "authentication_failed": _("This token is not known, or it was revoked."),
    "csrf_failed": _("The page was open for too long. Reload it and try again."),
    "permission_denied": _("Your role does not allow this."),
    "not_found": _("There is nothing here, or it is not yours to see."),
    "method_not_allowed": _("“%(value)s” is not possible here."),
    "not_acceptable": _("Ask for application/json."),
    "unsupported_media_type": _("Send the body as application/json in UTF-8."),
    "too_large": _("The body is larger than %(most)s KB."),
    "throttled": _("Wait %(seconds)s seconds, then go on."),
    "error": _("Nothing was changed. Try again in a minute."),
    "unavailable": _("The database does not answer at the moment. Nothing was changed. Try again."),
    "parse_error": _("The body is no JSON."),
    "bad_request": _("This request could not be read."),
    "not_json": _("“%(value)s” is no number in JSON."),
    "invalid_utf8": _("The body is not UTF-8."),
    "too_deep": _("The body is nested more than %(most)s levels deep."),
    "duplicate_key": _("This key is there twice."),
    "number_too_large": _("This number is too large."),
    "null_characters_not_allowed": _("Text must not hold NUL characters."),
    "lone_surrogate": _("Text must not hold half a character (a lone surrogate)."),
    "not_an_object": _("An object is needed here."),
    "not_a_list": _("A list is needed here."),
    "unknown_key": _("There is no such key."),
    "read_only": _("This cannot be set here."),
    "unknown_filter": _("There is no such parameter."),
    "invalid_cursor": _("This cursor does not belong to this list. Begin again without it."),
    "invalid_ordering": _("The list cannot be ordered by that."),
    "invalid_idempotency_key": _("An Idempotency-Key is 1 to 255 visible ASCII characters."),
    "idempotency_key_reused": _("This Idempotency-Key was sent before with another request. Use a new key."),
    # values
    "required": _("This is required."),
    "null": _("This must not be null."),
    "blank": _("This must not be empty."),
    "not_text": _("Text is needed here."),
    "not_a_whole_number": _("A whole number is needed here, as a JSON number."),
    "not_a_number": _("A number is needed here."),
    "not_yes_or_no": _("true or false is needed here."),
    "min_value": _("This must be at least %(least)s."),
    "max_value": _("This must be at most %(most)s."),
    "max_length": _("This text is too long; at most %(most)s characters."),
    "too_many_combining_marks": _("Too many marks stand on one letter."),
    "not_a_moment": _("Write a moment like 2026-11-24T10:42:00+09:00."),
    "naive_datetime": _("Write the moment with its offset, like 2026-11-24T10:42:00+09:00."),
    "not_a_date": _("Write a date like 2026-11-24."),
    "out_of_range": _("This lies outside what can be kept."),
    "in_future": _("This moment is more than 24 hours ahead."),
    "invalid_choice": _("“%(value)s” cannot be chosen. Possible: %(known)s."),
    "unknown_choice": _("“%(value)s” cannot be chosen here."),
    "unreadable": _("This cannot be read."),
    "does_not_exist": _("There is nothing like that, or it is not yours to see."),
    "email_invalid": _("This is no e-mail address."),
    "email_non_ascii_local": _("Before the @ only Latin letters, digits and signs can be used."),
    "email_invisible_character": _("This address holds a character that cannot be seen."),
    "invalid_phone": _("This is no phone number."),
    "not_a_domain": _("This is no domain name."),
    "invalid_url": _("Only addresses that begin with http:// or https:// are kept."),
    "not_a_pause": _("A pause is [from, to]; “to” is null while it goes on."),
    "never_open": _("So much working time does not come: the calendar stays closed too long."),
    "one_of_id_external_id_email": _("Name the lead by one of id, external_id and email."),
    "unknown_model": _("There is no such version of the scoring model."),
    "from_after_to": _("“from” must not be later than “to”."),
    "too_many_items": _("At most %(most)s can be sent at once."),
}


def title(status: int) -> str:
    return str(TITLES.get(status, TITLES[400 if status < 500 else 500]))


def sentence(code: str, params: Mapping[str, Any] | None = None) -> str:
    """The sentence of a code; one without a sentence here is shown as it is."""
    said = SENTENCES.get(code)
    if said is None:
        return code
    try:
        return str(said) % dict(params or {})
    except KeyError:
        return str(said)
