"""May we contact somebody at all, and how (PRODUCT 3, lead → mal)."""

from __future__ import annotations


def is_contactable(*, email_key: str | None, mail_opt_out: bool, phone: str, do_not_contact: bool) -> bool:
    """A valid e-mail with mail allowed, or a phone; `do_not_contact` stops both."""
    by_mail = bool(email_key) and not mail_opt_out
    return not do_not_contact and (by_mail or bool(phone))
