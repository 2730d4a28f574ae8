"""Processes that carry a mark of ours in their environment, wherever they hang in the tree. Linux alone.

Ray's proxy starts itself anew under init while everything goes down, so no handle of ours leads to it. It
must not know what is marked.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")
_POLL_S = 0.05


def marked(name: str, value: str) -> list[int]:
    """Ids of processes begun with NAME=value in their environment, this one not among them."""
    wanted = f"{name}={value}".encode()
    return [pid for pid in _ids() if pid != os.getpid() and wanted in _environment(pid)]


def end_marked(name: str, value: str, *, patience_s: float = 5.0) -> int:
    """Ask them to end, then end them; returns how many there were. Whoever is begun meanwhile goes too."""
    ended: set[int] = set()
    give_up = time.monotonic() + patience_s
    while found := marked(name, value):
        late = time.monotonic() > give_up
        for pid in found:
            if late or pid not in ended:
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL if late else signal.SIGTERM)
            ended.add(pid)
        if time.monotonic() > give_up + patience_s:
            break
        time.sleep(_POLL_S)
    return len(ended)


def _ids() -> list[int]:
    return [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()]


def _environment(pid: int) -> list[bytes]:
    # Of another user's process, and of one that has just ended, nothing can be read.
    with suppress(OSError):
        return (_PROC / str(pid) / "environ").read_bytes().split(b"\0")
    return []
