"""What OpenVINO's bindings do once in a process must not be met by two threads at the same time."""

from __future__ import annotations

import subprocess
import sys

AT_ONCE = """
import sys
from threading import Barrier, Thread

import numpy as np

from adapters.openvino_runtime import OpenVinoEngine
from adapters.settings import DEFAULT_WEIGHTS

engine = OpenVinoEngine(DEFAULT_WEIGHTS, threads=2)
engine._network((64, 64, True, 255.0))  # compiled, so that neither thread comes late
together = Barrier(2)
sys.setswitchinterval(1e-6)


def first() -> None:
    together.wait()
    engine.infer(np.zeros((2, 64, 64, 3), np.uint8), rgb=True, scale=255.0, read=lambda _, raw: len(raw))


threads = [Thread(target=first) for _ in range(2)]
for one in threads:
    one.start()
for one in threads:
    one.join()
"""
TRIES = 4  # the bindings hung in about one process of two


def test_two_threads_that_first_use_a_network_at_the_same_time_both_end() -> None:
    tries = [subprocess.Popen([sys.executable, "-c", AT_ONCE]) for _ in range(TRIES)]
    try:
        assert [one.wait(timeout=60) for one in tries] == [0] * TRIES
    finally:
        for one in tries:
            one.kill()
            one.wait()
