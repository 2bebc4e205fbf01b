"""Which stored lead a row speaks of: the table of PRODUCT 9."""

from __future__ import annotations

import pytest

from leads.matching import Match, choose

A, B = 1, 2


@pytest.mark.parametrize(
    ("by_id", "by_mail", "external_id", "email", "found"),
    [
        # external id first
        (A, [], "x", None, Match(A)),
        (A, [(A, "x")], "x", "a@x.example", Match(A)),
        (None, [], "x", None, Match()),
        # else by e-mail, when exactly one lead has it …
        (None, [(A, None)], None, "a@x.example", Match(A)),
        (None, [(A, None)], "x", "a@x.example", Match(A)),
        (None, [(A, None), (B, None)], None, "a@x.example", Match()),
        # … and that lead has no other external id
        (None, [(A, "y")], "x", "a@x.example", Match()),
        (None, [(A, "y")], None, "a@x.example", Match(A)),
        # both, on different leads
        (A, [(B, None)], "x", "a@x.example", Match(A, ambiguous=True)),
        # the address belongs to somebody who is known by another id: they share it
        (A, [(B, "y")], "x", "a@x.example", Match(A)),
        # an office's address never matches by itself, and contradicts nobody
        (None, [(A, None)], None, "info@x.example", Match()),
        (None, [(A, None)], "x", "sales@x.example", Match()),
        (A, [(B, None)], "x", "info@x.example", Match(A)),
    ],
)
def test_who_is_meant(by_id, by_mail, external_id, email, found):
    said = choose(by_external_id=by_id, by_email=by_mail, external_id=external_id, email_key=email)
    assert said == found
