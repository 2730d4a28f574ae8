"""Keeps a live source open: reads it in a thread of its own, and comes back when it goes away.

A stall is a read that brought nothing within the read timeout. Between attempts it waits,
doubling up to two seconds with jitter, so that frames are back soon after the source is and a
street of cameras does not knock in step. It must not know roads or verdicts.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from adapters.decode_session import DecodeSession, Frame, StreamCounts
from adapters.libav import Input, SourceFailure
from adapters.packet_ring import PacketRing
from adapters.rtsp_probe import mask_url, open_live
from adapters.stream_clock import StreamClock
from enforcement.errors import BadVideo, Unavailable

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveOptions:
    """Patience with a live source, seconds. give_up_after_s None: never (a running system).

    admit: given a URL before each opening, gives the one to open; raises BadInput for an address that may
    not be opened, Unavailable for one not known now. None: every address may.
    """

    open_timeout_s: float = 4.0
    read_timeout_s: float = 2.2
    first_wait_s: float = 0.25
    longest_wait_s: float = 2.0
    give_up_after_s: float | None = 30.0
    queue_frames: int = 16
    decoder_threads: int = 1
    admit: Callable[[str], str] | None = None


class LiveReader:
    """One live source; `next_frame` gives frames as they come, the oldest dropped if too many."""

    def __init__(
        self,
        url: str,
        *,
        options: LiveOptions,
        clock: StreamClock,
        ring: PacketRing,
        counts: StreamCounts,
    ) -> None:
        """Open the source; BadVideo where it never can be used, Unavailable where not now."""
        self._url = url
        self._shown = mask_url(url)
        self._options = options
        self._clock, self._ring, self._counts = clock, ring, counts
        self._queue: deque[Frame] = deque()
        self._ready = threading.Condition()
        self._stop = threading.Event()
        self._failure: BadVideo | Unavailable | None = None
        self.connected = False
        self.last_frame_monotonic_s: float | None = None
        self._input: Input | None = self._open_first()
        self._thread = threading.Thread(target=self._run, name="live-reader", daemon=True)
        self._thread.start()

    def next_frame(self, timeout_s: float) -> Frame | None:
        """The oldest waiting frame, None after timeout_s without one; Unavailable once given up."""
        with self._ready:
            if not self._queue and self._failure is None:
                self._ready.wait(timeout_s)
            if self._queue:
                return self._queue.popleft()
            if self._failure is not None:
                raise self._failure
            return None

    def close(self) -> None:
        """Stop reading; the thread ends within the read timeout."""
        self._stop.set()
        self._thread.join(self._options.open_timeout_s + self._options.read_timeout_s + 1.0)

    def _open_first(self) -> Input:
        deadline = time.monotonic() + (self._options.give_up_after_s or float("inf"))
        wait_s = self._options.first_wait_s
        while True:
            try:
                return self._open()
            except SourceFailure as error:
                if error.kind in {"refused", "missing", "invalid"}:
                    raise BadVideo(f"{self._shown}: {error}") from None
                if time.monotonic() + wait_s >= deadline:
                    raise Unavailable(f"{self._shown}: {error}") from None
            time.sleep(self._jittered(wait_s))
            wait_s = min(2 * wait_s, self._options.longest_wait_s)

    def _open(self) -> Input:
        source, answered = open_live(
            self._url,
            open_timeout_s=self._options.open_timeout_s,
            read_timeout_s=self._options.read_timeout_s,
            decoder_threads=self._options.decoder_threads,
            admit=self._options.admit,
        )
        self._url = answered
        return source

    def _run(self) -> None:
        wait_s = self._options.first_wait_s
        last_good = time.monotonic()
        while not self._stop.is_set():
            try:
                source = self._input or self._open()
                self._input = None
                if self._drain(source):
                    wait_s, last_good = self._options.first_wait_s, time.monotonic()
            except SourceFailure as error:
                _log.warning("stream lost", extra={"source": self._shown, "why": str(error)})
            if self._stop.is_set():
                return
            patience = self._options.give_up_after_s
            if patience is not None and time.monotonic() - last_good > patience:
                self._fail(Unavailable(f"{self._shown}: no frames for {patience:.0f} s"))
                return
            self._stop.wait(self._jittered(wait_s))
            wait_s = min(2 * wait_s, self._options.longest_wait_s)
            self._counts.reconnects += 1

    def _drain(self, source: Input) -> bool:
        """Read until the source ends or stalls; whether it gave any frame."""
        session = DecodeSession(source, clock=self._clock, ring=self._ring, counts=self._counts)
        before = self._counts.decoded
        try:
            for frame in session.frames(time.monotonic):
                self.connected = True
                self.last_frame_monotonic_s = time.monotonic()
                self._offer(frame)
                if self._stop.is_set():
                    break
        except SourceFailure as error:
            if error.kind == "timeout":
                self._counts.stalls += 1
            _log.warning("stream cut", extra={"source": self._shown, "why": str(error)})
        finally:
            self.connected = False
            source.close()
            self._clock.disconnected()
        return self._counts.decoded > before

    def _offer(self, frame: Frame) -> None:
        with self._ready:
            if len(self._queue) >= self._options.queue_frames:
                self._queue.popleft()
                self._counts.dropped += 1
            self._queue.append(frame)
            self._ready.notify()

    def _fail(self, failure: Unavailable) -> None:
        with self._ready:
            self._failure = failure
            self._ready.notify_all()

    @staticmethod
    def _jittered(wait_s: float) -> float:
        return wait_s * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing
