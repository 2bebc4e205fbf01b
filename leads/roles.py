"""Roles as code: who somebody is at work, and what that lets them do."""

from __future__ import annotations

MARKETER = "marketer"
INSIDE_SALES = "inside_sales"
FIELD_SALES = "field_sales"
MANAGER = "manager"
ADMIN = "admin"
PARTNER_CALLER = "partner_caller"
ALL = (MARKETER, INSIDE_SALES, FIELD_SALES, MANAGER, ADMIN, PARTNER_CALLER)

MARKETING = "marketing"
SALES = "sales"
SIDES = (MARKETING, SALES)

REPS = frozenset({INSIDE_SALES, FIELD_SALES, PARTNER_CALLER})


def side_of(roles: list[str]) -> str:
    """The side somebody stands on when nobody said so: marketing only for marketers."""
    return MARKETING if MARKETER in roles else SALES


def sees_all_leads(roles: list[str], side: str) -> bool:
    """Marketers, marketing managers and admins see every lead (PRODUCT 11)."""
    return ADMIN in roles or (side == MARKETING and bool({MARKETER, MANAGER} & set(roles)))
