"""Which mail domains belong to private mailboxes: webmail, mobile carriers, home Internet providers."""

from __future__ import annotations

from functools import cache
from pathlib import Path

LIST = Path(__file__).parent / "data" / "free_mail_domains.txt"


def is_free_mail(address: str) -> bool:
    """Is this address, or bare domain, a private mailbox? Subdomains count (`rose.ocn.ne.jp`)."""
    domain = address.rpartition("@")[2].strip().strip(".").casefold()
    known = free_mail_domains()
    while domain:
        if domain in known:
            return True
        domain = domain.partition(".")[2]
    return False


@cache
def free_mail_domains() -> frozenset[str]:
    """The list itself, in lower case; read once per process."""
    lines = LIST.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))
