"""Redis as the broker of Celery, with one mend: what a worker does to a channel whose connection is gone.

Celery 5.7 closes a lost connection at once. A task in hand then acknowledges, or is put back, over a closed
channel, and Kombu 5.7 answers with an AttributeError, of which the worker dies (decision 0104).
"""

from __future__ import annotations

from typing import Any

from kombu.transport import redis
from redis.exceptions import ConnectionError


class Channel(redis.Channel):
    def _connparams(self, asynchronous: bool = False) -> Any:
        """Raises ConnectionError, which everybody who uses a channel expects, where it is closed."""
        if getattr(self.connection, "client", None) is None:
            raise ConnectionError("the channel is closed")
        return super()._connparams(asynchronous)


class Transport(redis.Transport):
    Channel = Channel
