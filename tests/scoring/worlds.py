"""Random scoring sections, leads and moments for the property tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from scoring.engine import Event, Facts

AT = datetime(2026, 9, 3, 2, 30, tzinfo=UTC)
ACTIONS = ["email_sent", "call_attempt"]
REACTIONS = ["page_view", "pricing_view", "email_click", "inquiry", "unsubscribe"]
DAY = timedelta(days=1)

maybe = st.booleans()


def some(**fields):
    """A dict that has any of these keys, each with a value of its strategy."""
    return st.fixed_dictionaries({}, optional=fields)


points = st.sampled_from([-20, -7.5, -1, 0, 1, 2.5, 4, 8, 12, 20, 40])

facts_predicates = st.sampled_from(
    [
        {"title": {"contains_any": ["部長", "社長"]}},
        {"title": {"has_word": ["Director"]}},
        {"any_of": [{"title": {"starts_with": "営業"}}, {"company.employees": {"gte": 300}}]},
        {"company.employees": {"gte": 100, "lt": 300}},
        {"attributes.seats": {"gt": 10}},
        {"email": {"free_mail": True}},
        {"not": {"company.industry": {"in": ["manufacturing", "logistics"]}}},
        {"company.industry": {"not_in": ["logistics"]}, "phone": {"present": True}},
        {"all_of": [{"phone": {"present": False}}, {"do_not_contact": {"is_not": True}}]},
    ]
)

lead_values = st.fixed_dictionaries(
    {
        "title": st.sampled_from([None, "", "営業部長", "代表取締役社長", "Sales DIRECTOR", "directors"]),
        "phone": st.sampled_from([None, "", "03-1234-5678"]),
        "email": st.sampled_from(["", "a@gmail.com", "b@rose.ocn.ne.jp", "c@aozora.example"]),
        "do_not_contact": maybe,
        "company": st.fixed_dictionaries(
            {
                "employees": st.sampled_from([None, 0, 99, 100, 299, 300, "300"]),
                "industry": st.sampled_from([None, "Manufacturing", "logistics", "retail"]),
                "relation": st.sampled_from(["prospect", "customer", "competitor"]),
            }
        ),
        "attributes": some(seats=st.sampled_from([10, 10.5, "11", "many", "", None])),
    }
)

data_predicates = st.sampled_from([{"data.kind": {"in": ["quote", "demo"]}}, {"data.rank": {"is": "A"}}])
patterns = dict(
    where=data_predicates,
    campaign=st.just("Expo 2026"),
    content=st.just("mail-1"),
    url_prefix=st.just("/pricing"),
)
rule_bodies = st.fixed_dictionaries(
    {"type": st.sampled_from(REACTIONS + ACTIONS[:1]), "points": points},
    optional=dict(
        per_day=st.integers(1, 2),
        window_days=st.sampled_from([1, 2.5, 30]),
        half_life_days=st.sampled_from([0.5, 7, 30, 45]),
        max=st.sampled_from([4, 10, 24]),
    ),
)


@st.composite
def interest_rules(draw):
    rule = draw(rule_bodies)
    if draw(st.integers(0, 3)) == 0:
        rule |= draw(some(**patterns))
    if draw(st.integers(0, 5)) == 0:
        rule["off"] = True
    return rule


responses = st.fixed_dictionaries(
    {"actions": st.just(ACTIONS), "reactions": st.just(REACTIONS[:4])},
    optional=dict(
        window_days=st.sampled_from([2, 30]),
    ),
).flatmap(
    lambda body: st.sampled_from(
        [
            body | {"min_actions": 2, "points": 10},
            body | {"silent_after": 2, "silent_points": -10},
            body | {"min_actions": 1, "points": 7.5, "silent_after": 3, "silent_points": -4},
        ]
    )
)

entries = st.fixed_dictionaries({"type": st.sampled_from(REACTIONS)}, optional=dict(where=data_predicates))
tracks = st.fixed_dictionaries(
    {"all_of": st.lists(entries, min_size=1, max_size=2), "within_days": st.sampled_from([1, 14])}
)
excludes = st.fixed_dictionaries(
    {"when": st.sampled_from([{"company.relation": {"is": "competitor"}}, {"do_not_contact": {"is": True}}])},
    optional={"instead": st.just("tell_owner")},
)
definitions = st.fixed_dictionaries(
    {
        "min_readiness": st.sampled_from([0, 20, 40, 60]),
        "min_fit": st.sampled_from([0, 12, 20]),
        "min_interest": st.sampled_from([0, 8, 20]),
        "leave_below": st.sampled_from([10, 30, 45]),
        "leave_below_interest": st.sampled_from([0, 4, 10]),
        "require": st.sampled_from([{}, {"phone": {"present": True}}]),
        "fast_track": st.lists(tracks, max_size=2),
        "exclude": st.lists(excludes, max_size=2),
    }
)


def numbered(bodies):
    return [{"id": f"r{place}", **body} for place, body in enumerate(bodies)]


fit_bodies = st.fixed_dictionaries(
    {"when": facts_predicates, "points": points},
    optional={"group": st.sampled_from("gh"), "off": st.just(True)},
)


@st.composite
def sections(draw):
    """A `scoring` section of a playbook."""
    interest = {
        "max": draw(st.sampled_from([50, 30])),
        "rules": numbered(draw(st.lists(interest_rules(), max_size=6))),
    }
    if draw(maybe):
        interest["response"] = draw(responses)
    return {
        "timezone": draw(st.sampled_from(["Asia/Tokyo", "UTC", "America/New_York"])),
        "fit": {"max": 50, "rules": numbered(draw(st.lists(fit_bodies, max_size=4)))},
        "interest": interest,
        "classes": {"fit": 25, "interest": 25},
        "mql": draw(definitions),
    }


# Ages at which something tends to end, with a hair on either side, and anything in between.
edges = st.sampled_from([0, 1, 2, 2.5, 7, 14, 30]).map(lambda days: days * DAY)
hairs = st.sampled_from([-1_000_000, -1, 0, 1, 1_000_000]).map(lambda us: timedelta(microseconds=us))
ages = st.one_of(
    st.builds(lambda edge, hair: edge + hair, edges, hairs),
    st.integers(-86_400, 50 * 86_400).map(lambda seconds: timedelta(seconds=seconds)),
)


@st.composite
def events(draw):
    kind = draw(st.sampled_from(REACTIONS + ACTIONS + ["email_open"]))
    event = {
        "type": kind,
        "direction": "action" if kind in ACTIONS else "reaction",
        "occurred_at": AT - draw(ages),
        "genuine": "human",
        "voided": False,
        "campaign": None,
        "content": "",
        "url": "",
        "data": {},
    }
    if draw(st.integers(0, 2)) == 0:
        event |= draw(odd_parts)
    return event


odd_parts = some(
    genuine=st.sampled_from(["suspect", "machine"]),
    voided=st.just(True),
    campaign=st.sampled_from(["expo 2026", "other"]),
    content=st.sampled_from(["mail-1", "MAIL-1 ", "mail-2"]),
    url=st.sampled_from(["/pricing/a", "/Pricing", "/about"]),
    data=some(kind=st.sampled_from(["quote", "Demo", "support"]), rank=st.sampled_from(["A", "B"])),
)


@st.composite
def leads(draw):
    """`{"values": …, "events": […]}` with events numbered in an order of their own."""
    found = draw(st.lists(events(), max_size=8))
    ids = draw(st.permutations(range(1, len(found) + 1)))
    return {"values": draw(lead_values), "events": [{"id": n, **e} for n, e in zip(ids, found, strict=True)]}


def facts(lead) -> Facts:
    """The lead as the engine takes it."""
    return Facts(lead["values"], [Event(**event) for event in lead["events"]])
