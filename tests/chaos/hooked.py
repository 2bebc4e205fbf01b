"""`manage.py` with a fault built in: it dies by SIGKILL at a moment no outside kill would hit.

`python -m tests.chaos.hooked wake before|after COMMAND …`, `… poison LEAD COMMAND …`.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any


def die(*told: Any, **named: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main(kind: str, what: str, command: list[str]) -> None:
    import django

    django.setup()
    {"wake": _at_the_wake, "poison": _at_the_lead}[kind](what)
    from django.core.management import execute_from_command_line

    execute_from_command_line(["manage.py", *command])


def _at_the_wake(moment: str) -> None:
    """As the wake is written but not committed; or as it is committed and nothing else is done yet."""
    from django.db import transaction

    from leads import lifecycle

    move_many = lifecycle.move_many

    def moved(*told: Any, **named: Any) -> Any:
        done = move_many(*told, **named)
        transaction.on_commit(die) if moment == "after" else die()
        return done

    lifecycle.move_many = moved


def _at_the_lead(lead: str) -> None:
    """As this lead's facts are read, in a batch or alone."""
    from scoring import readiness
    from scoring.upkeep import bulk

    read, load = bulk.bulk_facts.read, readiness.facts.load

    def reading(ids: Any, *told: Any, **named: Any) -> Any:
        if int(lead) in ids:
            die()
        return read(ids, *told, **named)

    def loading(leads: Any, *told: Any) -> Any:
        leads = list(leads)
        if int(lead) in [one.pk for one in leads]:
            die()
        return load(leads, *told)

    bulk.bulk_facts.read, readiness.facts.load = reading, loading


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
