"""`serve` from the inside: web, workers and beat under one roof.

Without `REDIS_URL` the broker lives in memory, so the workers are threads of the one web process. With Redis
the web processes and the workshop stand side by side, each in a process of its own.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import wait
from typing import Any

from django.conf import settings
from django.db import connection, connections
from gunicorn.app.base import BaseApplication
from gunicorn.workers.gthread import ThreadWorker

from config import environment as env
from config.workshop import Workshop
from leads import doorbell

log = logging.getLogger(__name__)

PORT_WAIT_SECONDS = 3.0  # a server killed a moment ago lets go of its port
ENDING_SECONDS = 15.0


class PortTaken(Exception):
    """Somebody else listens at the port we were given."""


class EvenWorker(ThreadWorker):
    """Takes a new connection a little later, the more it has: the kernel wakes all workers for it, always in
    the same order, and without this one of them ends up with every client that keeps its connection."""

    def accept(self, listener: socket.socket) -> None:
        if self.cfg.workers > 1:
            time.sleep(min(self.nr_conns, MANY) * A_MOMENT)
        super().accept(listener)


MANY, A_MOMENT = 200, 0.00002  # at most four milliseconds


class Web(BaseApplication):
    """gunicorn with our settings; no configuration file and no command line of its own."""

    def __init__(self, **options: Any) -> None:
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        from config.wsgi import application

        return application


def serve(*, say_ready: Callable[[], None], web_only: bool = False) -> None:
    """Serve until SIGTERM or Ctrl-C; raises `PortTaken`, or `SystemExit` with 1 when a part died."""
    gunicorn = options(addresses_to_bind(), say_ready)
    connections.close_all()  # no connection may cross a fork

    def web() -> None:
        Web(**gunicorn, workers=web_workers()).run()

    if web_only:
        web()
    elif settings.REDIS_URL:
        side_by_side(web=web, workshop=workshop_alone)
    else:
        all_in_one(gunicorn)


def all_in_one(options: dict[str, Any]) -> None:
    """One web process with the workshop inside. gunicorn starts it anew should it ever die."""
    rooms: list[Workshop] = []

    def open_workshop(worker: Any) -> None:
        leave_ctrl_c_to_the_parent(worker)
        doorbell.answer_here()
        rooms.append(Workshop(on_death=end_this_process))
        rooms[0].open()
        close_with_the_web(rooms[0])

    def close_workshop(arbiter: Any, worker: Any) -> None:
        for room in rooms:
            room.close()

    Web(**options | {"post_worker_init": open_workshop}, workers=1, worker_exit=close_workshop).run()


def workshop_alone() -> None:
    """The workshop in a process of its own, until it is told to end."""
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    died = threading.Event()

    def note_death() -> None:
        died.set()
        told.set()

    workshop = Workshop(on_death=note_death)
    workshop.open()
    told.wait()
    workshop.close()
    if died.is_set():
        raise SystemExit(1)


def side_by_side(**parts: Callable[[], None]) -> None:
    """Each part in a process of its own; when one ends, all end."""
    forks = multiprocessing.get_context("fork")
    processes = [
        forks.Process(target=_in_child, args=(os.getpid(), part), name=name) for name, part in parts.items()
    ]
    told = threading.Event()
    for process in processes:
        process.start()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: _tell_end(told, processes))
    wait([process.sentinel for process in processes])
    ended_first = [process.name for process in processes if not process.is_alive()]
    _end(processes)
    if not told.is_set():
        log.critical("serve: %s has died, so everything ends", ", ".join(ended_first))
        raise SystemExit(1)


def _tell_end(told: threading.Event, processes: list[Any]) -> None:
    told.set()
    for process in processes:
        process.terminate()


def _end(processes: list[Any]) -> None:
    until = time.monotonic() + ENDING_SECONDS
    for process in processes:
        process.terminate()
    for process in processes:
        process.join(max(0.0, until - time.monotonic()))
        if process.is_alive():
            process.kill()


def _in_child(parent: int, part: Callable[[], None]) -> None:
    threading.Thread(target=_watch, args=(parent,), name="parent watch", daemon=True).start()
    part()


def _watch(parent: int) -> None:
    """A child whose parent was killed ends too: nobody else would tell it."""
    while os.getppid() == parent:
        time.sleep(1)
    end_this_process()


def end_this_process() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def close_with_the_web(workshop: Workshop) -> None:
    """Told to end, the workshop closes while the last requests are answered, not after them."""
    end_web: Any = signal.getsignal(signal.SIGTERM)

    def end(number: int, frame: Any) -> None:
        workshop.begin_to_close()
        end_web(number, frame)

    signal.signal(signal.SIGTERM, end)


def leave_ctrl_c_to_the_parent(worker: Any) -> None:
    """A terminal sends Ctrl-C to all processes at once; told twice, gunicorn's worker hangs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def options(addresses: list[str], say_ready: Callable[[], None]) -> dict[str, Any]:
    """gunicorn's settings: slow readers cost a thread nothing, nothing is logged of who asked for what."""

    def ready(arbiter: Any) -> None:
        signal.signal(signal.SIGINT, lambda *_: end_this_process())  # requests may end
        say_ready()

    return {
        "bind": addresses,
        "worker_class": EvenWorker,
        "threads": int(env.text("WEB_THREADS", "8")),
        "timeout": 60,
        "graceful_timeout": 10,
        "keepalive": 15,
        "loglevel": "warning",
        "worker_tmp_dir": "/dev/shm" if os.access("/dev/shm", os.W_OK) else None,
        "control_socket_disable": True,
        "when_ready": ready,
        "post_worker_init": leave_ctrl_c_to_the_parent,
    }


def web_workers() -> int:
    """Processes for the web: as many as asked for; SQLite knows one writer, so one."""
    few = 1 if connection.vendor == "sqlite" else min(4, os.cpu_count() or 1)
    return int(env.text("WEB_WORKERS", str(few)))


def addresses_to_bind() -> list[str]:
    """`BIND` and `PORT`; where `localhost` has two addresses, both. Raises `PortTaken`."""
    host = env.text("BIND", "127.0.0.1")
    _wait_for_port(host, socket.AF_INET6 if ":" in host else socket.AF_INET)
    addresses = [f"[{host}]:{settings.PORT}" if ":" in host else f"{host}:{settings.PORT}"]
    if host == "127.0.0.1" and _can_listen("::1", socket.AF_INET6) is None:
        addresses.append(f"[::1]:{settings.PORT}")
    return addresses


def _wait_for_port(host: str, family: socket.AddressFamily) -> None:
    until = time.monotonic() + PORT_WAIT_SECONDS
    while (problem := _can_listen(host, family)) and problem.errno == errno.EADDRINUSE:
        if time.monotonic() > until:
            raise PortTaken(settings.PORT)
        time.sleep(0.1)
    if problem:
        raise problem


def _can_listen(host: str, family: socket.AddressFamily) -> OSError | None:
    with contextlib.closing(socket.socket(family)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(settings.PORT)))
        except OSError as problem:
            return problem
    return None
