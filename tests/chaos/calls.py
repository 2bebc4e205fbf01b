"""Many clients at once: threads that keep their connection to the web, and what each call took."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    """`status` 0: the connection broke."""

    status: int
    body: Any
    seconds: float


class Client:
    """One connection to the web."""

    def __init__(self, port: int, token: str) -> None:
        self._port, self._token = port, token
        self._connection: http.client.HTTPConnection | None = None

    def post(self, path: str, body: Any, **headers: str) -> Answer:
        return self._call("POST", path, body, headers)

    def get(self, path: str) -> Answer:
        return self._call("GET", path, None, {})

    def open(self) -> None:
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
            self._connection.connect()

    def _call(self, method: str, path: str, body: Any, more: dict[str, str]) -> Answer:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json", **more}
        data = None if body is None else json.dumps(body).encode()
        began = time.perf_counter()
        try:
            self.open()
            assert self._connection is not None
            self._connection.request(method, f"/api/v1/{path}", data, headers)
            answer = self._connection.getresponse()
            said = answer.read()
            if answer.will_close:
                self.close()
        except (OSError, http.client.HTTPException) as lost:
            self.close()
            return Answer(0, repr(lost), time.perf_counter() - began)
        is_json = "json" in (answer.headers.get("Content-Type") or "")
        found = json.loads(said) if is_json else said[:200]
        return Answer(answer.status, found, time.perf_counter() - began)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def at_once(calls: Sequence[Callable[[], Answer]]) -> list[Answer]:
    """All of them at the same moment, each in a thread of its own."""
    gate = threading.Barrier(len(calls))

    def run(call: Callable[[], Answer]) -> Answer:
        gate.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def by_clients(clients: Sequence[Client], jobs: Sequence[Callable[[Client], Answer]]) -> list[Answer]:
    """The jobs in order, taken by whichever client is free."""
    left = iter(enumerate(jobs))
    turn, answers = threading.Lock(), [Answer(0, None, 0.0)] * len(jobs)

    def work(client: Client) -> None:
        while True:
            with turn:
                place, job = next(left, (-1, None))
            if job is None:
                return
            answers[place] = job(client)

    with ThreadPoolExecutor(len(clients)) as pool:
        list(pool.map(work, clients))
    return answers


def p95(seconds: Sequence[float]) -> float:
    return sorted(seconds)[max(0, -(-len(seconds) * 95 // 100) - 1)] if seconds else 0.0
