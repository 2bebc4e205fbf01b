"""Who may change the rules: marketing writes, managers of both sides say yes, everybody may say something."""

from __future__ import annotations

from dataclasses import dataclass

from leads import roles
from leads.models import User


@dataclass(frozen=True)
class Permissions:
    """`read`: see the rules. `write`: begin, change, request and withdraw drafts, and settle opinions.

    `side`: the side this person may say yes for, or empty. `comment`: say something about a draft.
    """

    read: bool
    write: bool
    comment: bool
    side: str

    @property
    def approve(self) -> bool:
        return bool(self.side)


def may(user: User) -> Permissions:
    """What `user` may do with rules; pages show these buttons and doors refuse the rest (decision 0055)."""
    partner = user.has_role(roles.PARTNER_CALLER)
    return Permissions(
        read=not partner,
        write=user.has_role(roles.MARKETER, roles.MANAGER, roles.ADMIN),
        comment=not partner,
        side=user.side if user.is_manager else "",
    )
