"""What a command began is ended by its mark, also where no handle leads to it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from uuid import uuid4

from adapters.marked_processes import end_marked, marked

MARK = "VIGIA_TEST_MARK"
# Begins itself anew under init when asked to end, as Serve's proxy does, and once deaf to it.
STUBBORN = """
import os, signal, sys, time
def again(*_):
    if os.fork() == 0:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(60)
    os._exit(0)
signal.signal(signal.SIGTERM, again)
print("up", flush=True)
time.sleep(60)
"""


def begin(mark: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-c", STUBBORN], env=os.environ | {MARK: mark}, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    return process


def test_what_begins_itself_anew_is_ended_too_and_what_carries_another_mark_stays() -> None:
    ours, others = uuid4().hex, uuid4().hex
    mine, theirs = begin(ours), begin(others)
    try:
        assert marked(MARK, ours) == [mine.pid]
        began = time.monotonic()
        assert end_marked(MARK, ours, patience_s=0.5) == 2
        assert time.monotonic() - began < 5
        mine.wait(5)
        assert marked(MARK, ours) == []
        assert theirs.poll() is None
    finally:
        theirs.kill()
        theirs.wait()
        for process in (mine, theirs):
            assert process.stdout is not None
            process.stdout.close()
