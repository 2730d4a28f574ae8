"""Thousands of reconnects, then cuts and stalls: what memory costs and how soon frames are back.

The source is simulated on this machine: it accepts, shows a few pictures and drops, as often as
asked; then it falls silent, and vanishes and returns. Growth is measured from a tenth of the
reconnects on, when caches are warm.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from adapters.live_reader import LiveOptions
from adapters.video_stream import StreamOptions, VideoStream
from enforcement.errors import BadInput
from jobs import cli
from jobs.benches.rtsp_responder import Misbehaviour, Recording, RtspResponder, recording_of
from simulation.encode import Coding, encode

_FPS = 25.0
_PICTURES = 50
_ABSENT_S = 4.0
_PATIENCE_S = 30.0
# Full long before growth is measured: what the ring is meant to hold is not a leak.
_RING = 256 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class _Use:
    """What this process holds: resident bytes, threads, open files."""

    resident: int
    threads: int
    files: int


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `bench reconnect`."""
    parser.add_argument("--reconnects", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3, help="stalls and cuts, each")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Keys: reconnects, seconds, memory_growth_percent, stall_seen_s, back_s (largest of rounds)."""
    if args.reconnects < 1 or args.rounds < 1:
        raise BadInput("--reconnects and --rounds: at least 1")
    with tempfile.TemporaryDirectory() as folder:
        recording = _recording(Path(folder))
    with cli.progress() as bar:
        task = bar.add_task("reconnects", total=args.reconnects)
        figures = _reconnects(recording, args.reconnects, lambda n: bar.update(task, completed=n))
        task = bar.add_task("stalls and cuts", total=args.rounds)
        rounds = []
        for _ in range(args.rounds):
            rounds.append(_round(recording))
            bar.advance(task)
    for key in rounds[0]:
        figures[key] = round(max(r[key] for r in rounds), 2)
    return figures


def _recording(folder: Path) -> Recording:
    noise = np.random.default_rng(1)
    ground = noise.integers(40, 120, (180, 320, 3))
    pictures = (
        np.clip(ground + noise.normal(0, 3, ground.shape), 0, 255).astype(np.uint8)
        for _ in range(_PICTURES)
    )
    path = folder / "source.mp4"
    encode(
        path,
        pictures,
        np.arange(_PICTURES) / _FPS,
        size=(320, 180),
        fps=_FPS,
        coding=Coding(crf=32, gop_s=0.4, preset="ultrafast"),
    )
    return recording_of(path)


def _reconnects(recording: Recording, wanted: int, tell: Callable[[int], None]) -> dict[str, Any]:
    manners = Misbehaviour(pictures_per_connection=3, speed=0)
    live = LiveOptions(first_wait_s=0.002, longest_wait_s=0.05, give_up_after_s=None)
    began, warm = time.monotonic(), None
    with (
        RtspResponder(recording, misbehaviour=manners) as camera,
        VideoStream(camera.url, options=StreamOptions(live=live, ring_bytes=_RING)) as stream,
    ):
        while stream.counts.reconnects < wanted:
            stream.next_live_frame(0.5)
            if warm is None and stream.counts.reconnects >= wanted // 10:
                warm = _use()
            tell(stream.counts.reconnects)
        after, decoded = _use(), stream.counts.decoded
    before = warm or after
    return {
        "reconnects": wanted,
        "seconds": round(time.monotonic() - began, 1),
        "frames": decoded,
        "memory_growth_percent": round(100 * (after.resident / before.resident - 1), 2),
        "resident_mib": round(after.resident / 2**20, 1),
        "threads_growth": after.threads - before.threads,
        "files_growth": after.files - before.files,
    }


def _round(recording: Recording) -> dict[str, float]:
    live = LiveOptions(give_up_after_s=None)
    with (
        RtspResponder(recording) as camera,
        VideoStream(camera.url, options=StreamOptions(live=live)) as stream,
    ):
        _frame(stream)
        began = time.monotonic()
        camera.silent.set()
        _until(lambda: not stream.connected)
        stalled_s = time.monotonic() - began
        time.sleep(_ABSENT_S)
        camera.silent.clear()
        after_stall_s = _frame(stream)
        began = time.monotonic()
        camera.cut()
        _until(lambda: not stream.connected)
        cut_s = time.monotonic() - began
        time.sleep(_ABSENT_S)
        camera.restore()
        after_cut_s = _frame(stream)
    return {
        "stall_seen_s": stalled_s,
        "cut_seen_s": cut_s,
        "back_s": max(after_cut_s, after_stall_s),
    }


def _frame(stream: VideoStream) -> float:
    """Seconds until a frame comes that was not already waiting."""
    began = time.monotonic()
    while stream.next_live_frame(0.0) is not None:
        pass
    if stream.next_live_frame(_PATIENCE_S) is None:
        raise BadInput(f"no frame within {_PATIENCE_S:.0f} s of the source's return")
    return time.monotonic() - began


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not true():
        if time.monotonic() > deadline:
            raise BadInput(f"the stream did not notice within {_PATIENCE_S:.0f} s")
        time.sleep(0.005)


def _use() -> _Use:
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    resident = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
    return _Use(
        resident=resident * 1024,
        threads=threading.active_count(),
        files=len(list(Path("/proc/self/fd").iterdir())),
    )
