"""`./run chaos [--short] [--within S] [--size N] [F-01 …]`: break the house as RELIABILITY 4 says, one line per fault.

Without PostgreSQL or redis-server it says so and is left out (exit 0). A figure that is missed is exit 1.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import traceback
from typing import Any

from tests.chaos import servers
from tests.chaos.house import House

SEED = 20261126
LEFT_OUT = "left out chaos: "


def main(arguments: list[str]) -> int:
    asked = _asked(arguments)
    if why := servers.missing():
        print(LEFT_OUT + "; ".join(why))
        return 0
    name = f"tasuki_chaos_{os.environ.get('TASUKI_TEST_SUFFIX') or 'run'}_{os.getpid()}"
    house = House(servers.database_url(), name, asked.seed)
    try:
        house.open()
        return _run(house, asked)
    finally:
        house.close()


def _asked(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run chaos", description=__doc__)
    parser.add_argument("--short", action="store_true", help="small sizes, as in CI")
    parser.add_argument("--size", type=int, help="this size for every fault named")
    parser.add_argument(
        "--within", type=float, default=0, metavar="S", help="after so many seconds begin no more"
    )
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("faults", nargs="*", metavar="F-01")
    return parser.parse_args(arguments)


def _run(house: House, asked: argparse.Namespace) -> int:
    from tests.chaos import everything
    from tests.chaos.faults import FAULTS

    everything.load()
    form = "short" if asked.short else "full"
    print(
        f"chaos, {form} form, seed {asked.seed}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    names = asked.faults or (everything.SHORT if asked.short else list(FAULTS))
    chosen = [FAULTS[one] for one in names]
    failed, left_out, began = [], [], time.monotonic()
    for one in chosen:
        if asked.within and time.monotonic() - began > asked.within:
            left_out.append(one.number)
            continue
        size = asked.size or (one.short if asked.short else one.full)
        if not _one(house, one, size, judges_time=not asked.short):
            failed.append(one.number)
    if left_out:
        print(f"left out for want of time: {', '.join(left_out)}")
    print(
        f"chaos: {'MISSED: ' + ', '.join(failed) if failed else f'{len(chosen) - len(left_out)} faults survived'}"
    )
    return int(bool(failed))


def _one(house: House, fault: Any, size: int, *, judges_time: bool) -> bool:
    from tests.chaos import company
    from tests.chaos.faults import Report

    report, began = Report(judges_time=judges_time), time.monotonic()
    try:
        house.renew()
        report.exactly("audit before", len(company.violations()), 0)
        fault.act(house, report, size)
        house.stop()
        company.settle()
        found = company.violations()
        report.exactly("audit after", len(found), 0)
        for one in found[:5]:
            print(f"  {one}")
    except Exception:
        report.missed.append("crashed")
        report.note("CRASHED")
        traceback.print_exc()
    taken = time.monotonic() - began
    report.note(f"load {os.getloadavg()[0]:.1f}")
    outcome = "MISSED" if report.missed else "ok"
    print(
        f"{fault.number:5} {outcome:6} size {size:,}, {taken:.0f} s · {fault.what}: {'; '.join(report.said)}",
        flush=True,
    )
    if report.missed and house.log.exists() and (tail := house.log.read_text(errors="replace")[-1500:]):
        print(tail, file=sys.stderr)
    house.log.unlink(missing_ok=True)
    return not report.missed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
