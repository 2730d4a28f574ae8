"""Memory of this process, everything it started, and a database server that left its parent.

Read from /proc (Linux). It must not know what the processes do.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")


def family(server_pid_file: Path | None = None) -> Iterator[int]:
    """This process, its descendants, and those of the server whose first line of a file is its pid."""
    roots = [os.getpid()]
    if server_pid_file is not None:
        with suppress(OSError, ValueError, IndexError):
            roots.append(int(server_pid_file.read_text("ascii").split()[0]))
    children = _children()
    waiting, seen = roots, set[int]()
    while waiting:
        pid = waiting.pop()
        if pid in seen:
            continue
        seen.add(pid)
        yield pid
        waiting.extend(children[pid])


def share_of(pid: int) -> tuple[str, int] | None:
    """Kind of process and its proportional share in bytes; resident size where the share is not shown.

    None when it has ended.
    """
    folder = PROC / str(pid)
    try:
        try:
            lines = (folder / "smaps_rollup").read_text("ascii")
            kib = _field(lines, "Pss:")
        except PermissionError:
            kib = _field((folder / "status").read_text("utf-8"), "VmRSS:")
        return _kind(pid), 1024 * kib
    except (FileNotFoundError, ProcessLookupError):
        return None


def _children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            with suppress(FileNotFoundError, ProcessLookupError):
                stat = (folder / "stat").read_text("utf-8", "replace")
                # The name in parentheses may hold spaces.
                found[int(stat.rpartition(")")[2].split()[1])].append(int(folder.name))
    return found


def _field(text: str, name: str) -> int:
    return next((int(x.split()[1]) for x in text.splitlines() if x.startswith(name)), 0)


def _kind(pid: int) -> str:
    if pid == os.getpid():
        return "driver"
    words = (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    first = words.split(" ", 1)[0]
    if words.startswith("ray::"):
        return words[5:].split(".")[0].split(" ")[0].rsplit(":", 1)[-1]
    if "postgres" in words:
        return "postgres"
    return next((n for n in ("gcs_server", "raylet") if n in first), "ray, others")
