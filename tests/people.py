"""The people of the example playbook, a lead of theirs, and the ways things happen in tests.

Nobody is put anywhere by hand: a lead comes to a stage by the doors that bring it there.
"""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from config.playbook.apply import apply
from config.playbook.check import Playbook, read
from handoff import desk, timers
from handoff.models import Handoff, Queue, QueueMember
from leads import intake, roles, stages
from leads.models import Activity, Calendar, Lead, Meeting, Opportunity, Team, User
from scoring import readiness

NOW = datetime(2026, 11, 24, 1, 42, tzinfo=UTC)  # Tuesday, 10:42 in Tokyo, the day after a holiday
EXAMPLE = Path(__file__).parent / "data" / "playbook.example.yaml"
_numbers = count(1)


@cache
def example() -> Playbook:
    """The example playbook, read once for all tests; take a deep copy to change it."""
    return read(EXAMPLE.read_bytes())


class House:
    """A company at work by the example playbook: its people by name, its queues by theirs."""

    NAMES = ("miura", "suzuki", "sato", "kobayashi", "tanaka", "yamada", "takahashi")

    miura: User  # marketing, manager
    suzuki: User  # sales manager, admin
    sato: User  # inside sales, weight 2
    kobayashi: User  # inside sales, weight 1, English
    tanaka: User  # field sales
    yamada: User  # field sales
    takahashi: User  # field sales, manager

    def __init__(self) -> None:
        by_address = {user.email: user for user in User.objects.all()}
        for name in self.NAMES:
            setattr(self, name, by_address[f"{name}@example.com"])

    def queue(self, slug: str) -> Queue:
        return Queue.objects.get(slug=slug)

    def team(self, slug: str) -> Team:
        return Team.objects.get(slug=slug)


def open_house(*, now: datetime = NOW - timedelta(days=30)) -> House:
    """The example playbook in force since a month."""
    apply(example(), by=None, now=now)
    return House()


def promising(*kinds: str, now: datetime = NOW - timedelta(days=30), **more: Any) -> None:
    """From now on the policies ask for these clocks only; `more` stands in every target."""
    sections = deepcopy(example().sections)
    for policy in sections["policies"].values():
        kept = [{name: one[name] for name in ("when", *kinds) if name in one} for one in policy["targets"]]
        policy["targets"] = [one | more for one in kept]
        policy["ladder"] = []
    apply(Playbook(sections), by=None, now=now)


def stranger(house: House) -> User:
    """Kato: inside sales of another team, with a queue of his own; nothing of ours is his to see."""
    kato = User.objects.create_user(
        "kato@example.com", family_name="加藤", given_name="学", family_kana="カトウ", given_kana="マナブ",
        roles=[roles.INSIDE_SALES], side=roles.SALES, language="ja",
    )  # fmt: skip
    calendar = Calendar.objects.get(slug="tokyo")
    team = Team.objects.create(slug="inside-west", kind=roles.INSIDE_SALES, calendar=calendar, lead=None)
    team.members.add(kato)
    queue = Queue.objects.create(
        slug="west", lane=1, team=team, policy_slug="standard", strategy="round_robin", position=99
    )
    QueueMember.objects.create(queue=queue, user=kato)
    return kato


def new_lead(*, now: datetime = NOW, by: User | None = None, **fields: Any) -> Lead:
    """A lead as the form or the API brings it; every field may be said otherwise."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "email": f"lead{number}@customer{number}.example.com",
        "family_name": "山本",
        "given_name": "花子",
        "phone": "03-1234-5678",
        "title": "情報システム部長",
        "source": "web",
        "company": {"name": f"青空商事{number}", "industry": "manufacturing", "employees": 300},
    }
    return intake.receive(values | fields, by=by, now=now).lead


def react(lead: Lead, type: str, *, at: datetime = NOW, now: datetime | None = None, **data: Any) -> Activity:
    """Something the lead did (or we did), recorded as it happened unless `now` says later."""
    told = intake.NewActivity(lead_id=lead.pk, type=type, occurred_at=at, source="test", data=data)
    [answer] = intake.record([told], now=now or at)
    return Activity.objects.get(pk=answer.id)


def rescore(lead: Lead, *, now: datetime = NOW) -> Lead:
    """What the worker does after a fact: score, and move where the definition says."""
    readiness.rescore([lead.pk], now=now)
    return fresh(lead)


def fresh(lead: Lead) -> Lead:
    return Lead.objects.get(pk=lead.pk)


def handoff_of(lead: Lead) -> Handoff:
    """The lead's open handoff, else its last."""
    found = Handoff.objects.filter(lead=lead)
    return found.open().first() or found.order_by("pk").last()


def offered(lead: Lead, *, now: datetime = NOW) -> Handoff:
    """A hand-raiser: asks for a demo, is handed over by the definition and offered to somebody."""
    react(lead, "demo_request", at=now)
    rescore(lead, now=now)
    desk.route([handoff_of(lead).pk], now=now)
    return handoff_of(lead)


def see_contacts(*, now: datetime) -> int:
    """What the sweep does for who was contacted; how many were looked at."""
    return timers.see_contacts(timers.contacted(), now=now)


def accepted(lead: Lead, *, now: datetime = NOW) -> Handoff:
    """Offered, and accepted by whoever it was offered to."""
    handoff = offered(lead, now=now)
    return desk.accept(handoff, by=handoff.rep, now=now)


def lead_at(stage: str, house: House, *, now: datetime = NOW, **fields: Any) -> Lead:
    """A lead that walked to `stage` by the doors; at `mql` it is offered to a rep."""
    lead = new_lead(now=now, **fields)
    if stage == stages.MAL:
        rescore(lead, now=now)
    elif stage == stages.MQL:
        offered(lead, now=now)
    elif stage in (stages.SAL, stages.SQL):
        handoff = accepted(lead, now=now)
        if stage == stages.SQL:
            desk.move(fresh(lead), to=stages.SQL, by=handoff.rep, now=now)
    elif stage == stages.DISQUALIFIED:
        desk.disqualify(lead, by=house.miura, now=now, reason="selling")
    return fresh(lead)


def met(lead: Lead, by: User, *, at: datetime = NOW + timedelta(days=2), now: datetime = NOW) -> Meeting:
    """A meeting of an hour that its owner booked."""
    return desk.book_meeting(
        fresh(lead), by=by, now=now, starts_at=at, ends_at=at + timedelta(hours=1), mode="visit"
    )


def promoted(lead: Lead, house: House, *, now: datetime = NOW) -> Handoff:
    """Accepted by inside sales, met, passed on and offered to Tanaka of field sales."""
    handoff = accepted(lead, now=now)
    assert handoff.rep is not None
    met(lead, handoff.rep, at=now + timedelta(days=2), now=now)
    return desk.promote(handoff, by=handoff.rep, now=now, to=house.tanaka)


def proposed(lead: Lead, house: House, *, now: datetime = NOW, **figures: Any) -> Opportunity:
    """Walked through both lanes; Tanaka has an opportunity open."""
    desk.accept(promoted(lead, house, now=now), by=house.tanaka, now=now)
    desk.move(fresh(lead), to=stages.SQL, by=house.tanaka, now=now)
    wish = {"amount": Decimal("12000000"), "expected_close": date(2027, 1, 29)} | figures
    return desk.open_opportunity(fresh(lead), by=house.tanaka, now=now, **wish)


def send_back(lead: Lead, house: House, *, now: datetime = NOW, wake_on: date | None = None) -> Handoff:
    """Its rep says it is too early."""
    handoff = handoff_of(lead)
    return desk.send_back(handoff, by=handoff.rep, now=now, reason="too_early", wake_on=wake_on)


def log_in(client: Any, user: User) -> Any:
    """The browser of this person."""
    client.force_login(user)
    return client
