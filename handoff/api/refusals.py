"""What the desk refuses, as problems: 400 not as asked, 403 not yours, 409 somebody was quicker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from config.api.problems import Error, Problem
from handoff import words
from handoff.models import Handoff
from handoff.refusals import Conflict, NotYours
from leads import lifecycle, stages
from leads.api.leads import overtaken
from leads.api.shapes import person, utc
from leads.refusals import Quicker, Refused
from scoring import words as scoring_words


@contextmanager
def told() -> Iterator[None]:
    """Inside, every refusal of a door becomes the problem that says it."""
    try:
        yield
    except Conflict as conflict:
        raise quicker(conflict) from None
    except lifecycle.LeadChanged as changed:
        raise overtaken(changed) from None
    except NotYours as refused:
        raise Problem(403, Error("not_yours", message=words.refusal(refused))) from None
    except stages.StageRefused as refused:
        raise Problem(400, Error(refused.code, "to", message=words.refusal(refused))) from None
    except Quicker as quick:
        raise decided(quick) from None
    except Refused as refused:
        raise Problem(400, *_errors(refused)) from None


def quicker(conflict: Conflict) -> Problem:
    """Who was quicker, when, and how it stands now."""
    also = {
        "by": person(conflict.by),
        "at": utc(conflict.at),
        "state": conflict.state,
        "version": conflict.version,
    }
    code = f"already_{conflict.state}" if conflict.state != Handoff.OFFERED else "changed"
    return Problem(409, Error(code, message=words.refusal(conflict)), also=also)


def decided(quick: Quicker) -> Problem:
    """A meeting or an opportunity that somebody else changed first: who, when, and how it stands now."""
    also = {
        "by": person(quick.by),
        "at": utc(quick.at),
        "state": quick.state,
        "version": quick.version,
    }
    return Problem(409, Error("changed", message=words.refusal(quick)), also=also)


def _errors(refused: Refused) -> Iterator[Error]:
    """The refusal, and each condition of the gate that stands against a hand-over."""
    yield Error(refused.code, refused.field, message=words.refusal(refused))
    for condition in refused.params.get("conditions", ()):
        yield Error(f"gate_{condition.level}", message=scoring_words.shortfall(condition))
