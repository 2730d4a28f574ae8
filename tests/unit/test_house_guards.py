"""The guards of unit tests are themselves tested: each goes off when touched."""

from __future__ import annotations

import importlib
import socket
import time
from datetime import UTC, datetime

import pytest
from pytest_socket import SocketBlockedError

from tests.fixtures.guards import TouchedTheWorld


def test_a_unit_test_that_reads_the_clock_fails() -> None:
    for read in (time.time, time.monotonic, time.time_ns):
        with pytest.raises(TouchedTheWorld):
            read()


def test_a_unit_test_that_sleeps_fails() -> None:
    with pytest.raises(TouchedTheWorld):
        time.sleep(0)


def test_a_unit_test_that_asks_for_now_fails() -> None:
    with pytest.raises(TouchedTheWorld):
        datetime.now(UTC)


def test_a_unit_test_that_opens_a_socket_fails() -> None:
    with pytest.raises((SocketBlockedError, UserWarning), match="socket"):
        socket.socket(socket.AF_INET)


def test_a_unit_test_that_starts_ray_fails() -> None:
    with pytest.raises((TouchedTheWorld, SocketBlockedError, UserWarning)):
        importlib.import_module("ray").init(address="local")


def test_datetimes_made_under_the_guard_are_real_ones() -> None:
    made = datetime(2026, 1, 2, tzinfo=UTC)
    parsed = datetime.fromisoformat("2026-01-02T00:00:00+00:00")
    assert made == parsed
    assert isinstance(made, datetime)
    assert type(made).__name__ == "datetime"
    assert repr(made).startswith("datetime.datetime(")
