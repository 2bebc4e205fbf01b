"""F-02 from the inside: 20 processes accept one lead on one SQLite file; prints what became of each."""

from __future__ import annotations

import sys

PROCESSES = 20


def main(rounds: int) -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import OperationalError, connections

    from config.clock import now
    from handoff import desk
    from handoff.models import Handoff
    from handoff.refusals import Conflict
    from leads.models import User
    from tests.chaos import company
    from tests.chaos.forks import forked

    call_command("migrate", verbosity=0)
    reps = company.open_for_work(reps=PROCESSES)
    offers = company.offered(rounds)
    Handoff.objects.update(open_to_team=True)
    connections.close_all()
    for offer in offers:

        def accept(number: int, pk: int = offer.pk) -> None:
            try:
                handoff = Handoff.objects.get(pk=pk)
                desk.accept(handoff, by=User.objects.get(pk=reps[number].pk), now=now())
                said = "won"
            except Conflict:
                said = "conflict"
            except OperationalError as wrong:
                said = "locked" if "locked" in str(wrong) else "broken"
            sys.stdout.write(f"{said}\n")
            sys.stdout.flush()

        forked(PROCESSES, accept)
    company.settle()
    for _ in company.violations():
        print("violation")


if __name__ == "__main__":
    main(int(sys.argv[1]))
