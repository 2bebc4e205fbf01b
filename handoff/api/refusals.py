"""What the desk refuses, as problems: 400 not as asked, 403 not yours, 409 somebody was quicker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from config.api.problems import Error, Problem
from handoff import words
from handoff.models import Handoff
from handoff.refusals import Conflict, DeskRefused, NotYours
from leads import lifecycle, stages
from leads.api.leads import overtaken
from leads.api.shapes import person, utc
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
    except DeskRefused as refused:
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


def _errors(refused: DeskRefused) -> Iterator[Error]:
    """The refusal, and each condition of the gate that stands against a hand-over."""
    yield Error(refused.code, refused.field, message=words.refusal(refused))
    for condition in refused.params.get("conditions", ()):
        yield Error(f"gate_{condition.level}", message=scoring_words.shortfall(condition))
