"""The broker's transport: a channel whose connection is gone says so in a way that a worker survives."""

from __future__ import annotations

import pytest
from kombu import Connection
from redis.exceptions import ConnectionError

from config.broker import Channel, Transport


@pytest.mark.parametrize("connection", [None, type("Closed", (), {"client": None})()])
def test_a_closed_channel_is_a_lost_connection(connection):
    channel = Channel.__new__(Channel)
    channel.connection, channel._pool = connection, None
    with pytest.raises(ConnectionError), channel.conn_or_acquire():
        pass


def test_workers_use_it_and_expect_that():
    """By name, as `CELERY_BROKER_TRANSPORT` gives it."""
    transport = Connection("redis://127.0.0.1:1/0", transport="config.broker:Transport").transport
    assert isinstance(transport, Transport) and transport.Channel is Channel
    assert issubclass(ConnectionError, transport.connection_errors)
