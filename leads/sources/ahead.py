"""Read ahead: while the database is busy with one batch, a thread reads the next from the file."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import TypeVar

Item = TypeVar("Item")

MOST = 2
PATIENCE_SECONDS = 0.2


class _Failed:
    def __init__(self, wrong: BaseException) -> None:
        self.wrong = wrong


_END = object()


def ahead(items: Iterator[Item]) -> Generator[Item, None, None]:
    """The same items in the same order, at most two of them waiting; an error arrives in its turn.

    The thread must not touch the database. It ends when the reader of this iterator does.
    """
    waiting: Queue[object] = Queue(MOST)
    given_up = Event()
    thread = Thread(target=_read, args=(items, waiting, given_up), name="read ahead", daemon=True)
    thread.start()
    try:
        while (item := waiting.get()) is not _END:
            if isinstance(item, _Failed):
                raise item.wrong
            yield item  # type: ignore[misc]
    finally:
        given_up.set()
        while thread.is_alive():
            _empty(waiting)
            thread.join(PATIENCE_SECONDS)


def _read(items: Iterator[Item], waiting: Queue[object], given_up: Event) -> None:
    try:
        for item in items:
            if not _put(item, waiting, given_up):
                return
        _put(_END, waiting, given_up)
    except BaseException as wrong:  # carried over to the reader, who raises it
        _put(_Failed(wrong), waiting, given_up)


def _put(item: object, waiting: Queue[object], given_up: Event) -> bool:
    while not given_up.is_set():
        try:
            waiting.put(item, timeout=PATIENCE_SECONDS)
            return True
        except Full:
            continue
    return False


def _empty(waiting: Queue[object]) -> None:
    try:
        while True:
            waiting.get_nowait()
    except Empty:
        return
