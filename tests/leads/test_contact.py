"""Whom we may contact (PRODUCT 3)."""

from __future__ import annotations

import pytest

from leads.contact import is_contactable


@pytest.mark.parametrize(
    ("email_key", "mail_opt_out", "phone", "do_not_contact", "may"),
    [
        ("a@example.jp", False, "", False, True),
        ("a@example.jp", True, "", False, False),
        ("a@example.jp", True, "03-0000-0000", False, True),
        (None, False, "03-0000-0000", False, True),
        (None, False, "", False, False),
        ("a@example.jp", False, "03-0000-0000", True, False),
    ],
)
def test_by_mail_or_phone_unless_they_asked_us_not_to(email_key, mail_opt_out, phone, do_not_contact, may):
    said = {"mail_opt_out": mail_opt_out, "phone": phone, "do_not_contact": do_not_contact}
    assert is_contactable(email_key=email_key, **said) is may
