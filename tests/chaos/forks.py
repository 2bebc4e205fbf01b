"""Processes that begin where this one stands: dozens of routers or clients without dozens of starts."""

from __future__ import annotations

import multiprocessing
import os
import traceback
from collections.abc import Callable


def forked(many: int, act: Callable[[int], None]) -> list[int]:
    """`act(number)` in that many processes at once; their exit codes. No connection may cross the fork."""
    forks = multiprocessing.get_context("fork")
    gate = forks.Barrier(many)

    def run(number: int) -> None:
        code = 0
        try:
            gate.wait()
            act(number)
        except BaseException:
            traceback.print_exc()
            code = 1
        finally:
            os._exit(code)  # nothing of the parent's is tidied up here

    processes = [forks.Process(target=run, args=(number,)) for number in range(many)]
    for one in processes:
        one.start()
    for one in processes:
        one.join()
    return [int(one.exitcode or 0) for one in processes]
