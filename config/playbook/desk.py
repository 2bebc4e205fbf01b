"""Sections the desk works by: queues, routing, policies."""

from __future__ import annotations

from typing import Any

from config.playbook.ground import When, about_a_handoff, about_a_lead
from config.playbook.problems import Path
from config.playbook.reading import Reading
from config.playbook.shapes import Fields, Label, ListOf, MapOf, Maybe, Named, Number, OneOf, whole
from config.playbook.units import duration, percent

STRATEGIES = ("weighted", "round_robin", "least_loaded", "pull")
CLOCKS = ("accept", "first_contact", "persistence", "report", "answer")
ACTS = ("remind_rep", "tell_team_lead", "open_to_team", "recall", "reassign", "tell_manager")
REPORT_FROM = ("accept", "last_contact", "meeting_end")

MEMBER = Fields(
    {
        "user": Named("people"),
        "weight": Maybe(Number(above=0, most=1000)),
        "max_open": Maybe(whole(1, 100_000)),
        "max_per_day": Maybe(whole(1, 100_000)),
    }
)


class LaneNumber:
    """The number of a lane of this file."""

    def read(self, value: Any, path: Path, reading: Reading) -> Any:
        lanes = [lane for lane in reading.names["lanes"] if lane in ("1", "2")]
        if isinstance(value, bool) or str(value) not in lanes:
            return reading.refuse(path, "not_a_lane", value=str(value)[:20], words=lanes)
        return int(value)


QUEUE = Fields(
    {
        "lane": LaneNumber(),
        "team": Named("teams"),
        "policy": Named("policies"),
        "strategy": OneOf(STRATEGIES),
        "release_per_day": Maybe(whole(1, 100_000)),
        "members": ListOf(MEMBER, by="user"),
    }
)

QUEUES = MapOf(QUEUE, least=1)


def _last_takes_all(routes: list[dict[str, Any]], path: Path, reading: Reading) -> None:
    """Routes and targets are asked in turn: only the last may be without `when`, and it must be."""
    for index, route in enumerate(routes[:-1]):
        if not route.get("when"):
            reading.refuse((*path, index), "hides_the_rest", next=index + 1)
    if routes[-1].get("when"):
        reading.refuse((*path, len(routes) - 1), "last_not_open")


ROUTES = ListOf(
    Fields({"when": Maybe(When(about_a_lead)), "queue": Named("queues")}), least=1, then=_last_takes_all
)

ROUTING = Fields(
    {
        "sticky_days": Maybe(whole(0, 3650)),
        "lanes": Fields({"1": ROUTES, "2": Maybe(ROUTES)}),
    }
)


def lanes_agree(sections: dict[str, Any], reading: Reading) -> None:
    """Every lane has its routes, and a route leads to a queue of its own lane."""
    routes = sections["routing"]["lanes"]
    for lane in sections["lanes"]:
        if lane not in routes:
            reading.refuse(("routing", "lanes"), "lane_without_routes", at_key=True, value=lane)
    for lane, list_of_routes in routes.items():
        if lane not in sections["lanes"]:
            reading.refuse(
                ("routing", "lanes", lane), "not_a_lane", value=lane, words=list(sections["lanes"])
            )
        for index, route in enumerate(list_of_routes):
            if (theirs := sections["queues"][route["queue"]]["lane"]) != int(lane):
                where = ("routing", "lanes", lane, index, "queue")
                reading.refuse(where, "queue_of_other_lane", value=route["queue"], lane=theirs)


def _attempts_cover_channels(persistence: dict[str, Any], path: Path, reading: Reading) -> None:
    if persistence["channels"] > persistence["attempts"]:
        reading.refuse((*path, "channels"), "more_channels_than_attempts", most=persistence["attempts"])


PERSISTENCE = Fields(
    {"attempts": whole(1, 100), "channels": whole(1, 10), "within": duration()}, then=_attempts_cover_channels
)

TARGET = Fields(
    {
        "when": Maybe(When(about_a_handoff)),
        "accept": duration(),
        "first_contact": Maybe(duration()),
        "persistence": Maybe(PERSISTENCE),
        "report": Maybe(Fields({"within": duration(), "from": OneOf(REPORT_FROM)})),
    }
)


def _acts_fit(step: dict[str, Any], path: Path, reading: Reading) -> None:
    if ("recall" in step["do"]) != ("reassign" in step["do"]):
        reading.refuse((*path, "do"), "recall_with_reassign")
    if "open_to_team" in step["do"] and step["clock"] != "accept":
        reading.refuse((*path, "do"), "opens_only_accept", value=step["clock"])


STEP = Fields(
    {"clock": OneOf(CLOCKS), "at": percent(), "do": ListOf(OneOf(ACTS), least=1, unique=True)}, then=_acts_fit
)


def _steps_once(steps: list[dict[str, Any]], path: Path, reading: Reading) -> None:
    seen: set[tuple[str, int]] = set()
    for index, step in enumerate(steps):
        name = (step["clock"], int(step["at"].rstrip("%")))
        if name in seen:
            reading.refuse((*path, index), "given_twice", value=f"{step['clock']} {step['at']}")
        seen.add(name)


def _clocks_exist(policy: dict[str, Any], path: Path, reading: Reading) -> None:
    running = {clock for target in policy["targets"] for clock in target} | ({"answer"} & policy.keys())
    for index, step in enumerate(policy.get("ladder", [])):
        if step["clock"] not in running:
            reading.refuse((*path, "ladder", index, "clock"), "clock_never_runs", value=step["clock"])


POLICY = Fields(
    {
        "label": Maybe(Label()),
        "calendar": Named("calendars", also=("team", "rep")),
        "at_risk": Maybe(
            Fields({"percent_left": Number(least=0, most=100), "minutes_left": Number(least=0, most=100_000)})
        ),
        "targets": ListOf(TARGET, least=1, then=_last_takes_all),
        "ladder": Maybe(ListOf(STEP, then=_steps_once)),
        "pause": Maybe(
            Fields({"reasons": ListOf(Named("reasons.pause"), unique=True), "max_days": whole(1, 3650)})
        ),
        "excuses": Maybe(Fields({"per_month": whole(0, 1000)})),  # breaches a manager may excuse, per person
        "max_recalls": Maybe(whole(0, 100)),
        "answer": Maybe(duration()),
    },
    then=_clocks_exist,
)

POLICIES = MapOf(POLICY, least=1)
