"""Which clicks in our mails were made by a machine (PRODUCT 4, machine noise).

Mail scanners open every link of a mail at once, before or after its reader does. Their clicks are kept
and score nothing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import NamedTuple

from scoring.rules import Event

CLICK = "email_click"
HUMAN, MACHINE = "human", "machine"
TOGETHER = timedelta(seconds=10)
FEWEST_LINKS = 2

# Security gateways and programs that name themselves. Cubot is a telephone.
_SCANNERS = re.compile(
    r"barracuda|proofpoint|mimecast|messagelabs|symantec|trend ?micro|fireeye|trellix|sophos|forcepoint"
    r"|ironport|zscaler|bitdefender|cloudmark|avanan|safelinks|fortimail|fortiguard|hornetsecurity"
    r"|vade ?secure|cyren|headlesschrome|phantomjs|python-requests|python-urllib|aiohttp|httpx"
    r"|go-http-client|apache-httpclient|\bcurl/|\bwget/|\bjava/|okhttp|libwww-perl|(?<!cu)bot\b"
    r"|crawler|spider|scanner|link ?check",
    re.IGNORECASE,
)


class Click(NamedTuple):
    """One `email_click` of one lead; `content` names the mail, `url` the link."""

    id: int
    content: str
    url: str
    occurred_at: datetime
    user_agent: str = ""


def machine_clicks(
    clicks: Iterable[Click], *, links: Mapping[str, Collection[str]] | None = None
) -> frozenset[int]:
    """The ids of the clicks of one lead that a machine made; all others are not judged here.

    All different links of one mail, at least two, clicked within 10 s of each other, are one burst: its
    clicks are a machine's, and a later single click is the reader's own. `links` may name links of a
    mail that this lead did not click; without it a mail has the links the lead clicked.
    """
    mails: dict[str, list[Click]] = defaultdict(list)
    machine: set[int] = set()
    for click in clicks:
        mails[click.content].append(click)
        if is_scanner(click.user_agent):
            machine.add(click.id)
    for content, own in mails.items():
        if content:
            known = {one.url for one in own if one.url}
            machine |= _bursts(own, known.union((links or {}).get(content, ())))
    return frozenset(machine)


def judged(events: Sequence[Event]) -> Sequence[Event]:
    """The events of one lead, as their sources told them, with the machine's clicks among them marked.

    A later click may take a mark back: then not all links of the mail were clicked at once.
    """
    clicks = [
        Click(one.id, one.content, one.url, one.occurred_at, str(one.data.get("user_agent") or ""))
        for one in events
        if one.type == CLICK and not one.voided
    ]
    machine = machine_clicks(clicks) if clicks else ()
    if not machine:
        return events
    return [
        one._replace(genuine=MACHINE) if one.id in machine and one.genuine == HUMAN else one for one in events
    ]


def is_scanner(user_agent: str) -> bool:
    """Does this user agent name a known scanner, robot or program?"""
    return _SCANNERS.search(user_agent) is not None


def _bursts(clicks: Sequence[Click], links: set[str]) -> set[int]:
    if len(links) < FEWEST_LINKS:
        return set()
    ordered = sorted(clicks, key=lambda click: (click.occurred_at, click.id))
    machine: set[int] = set()
    for place in range(len(ordered)):
        burst = list(_together(ordered, place))
        if {click.url for click in burst} >= links:
            machine |= {click.id for click in burst}
    return machine


def _together(ordered: Sequence[Click], place: int) -> Iterator[Click]:
    """The click at this place and those up to 10 s after it."""
    last = ordered[place].occurred_at + TOGETHER
    return takewhile(lambda click: click.occurred_at <= last, islice(ordered, place, None))
