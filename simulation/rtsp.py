"""Starts and stops the RTSP server as a process of its own and waits until it listens."""

from __future__ import annotations

import select
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

import av

from enforcement.errors import BadInput, Unavailable

SYSTEM_PYTHON = "/usr/bin/python3"
SCRIPT = Path(__file__).with_name("rtsp_server.py")
READY_TIMEOUT_S = 15.0
STOP_TIMEOUT_S = 5.0


class RtspServer:
    """Context manager that serves files at rtsp://127.0.0.1:PORT/NAME.

    loop repeats each file for ever: the file is rewrapped as MPEG-TS beside it, packets unchanged.
    Raises Unavailable where GStreamer's RTSP bindings are not installed.
    """

    def __init__(self, files: Mapping[str, Path], *, port: int = 0, loop: bool = False) -> None:
        for name, path in files.items():
            if not path.is_file():
                raise BadInput(f"RTSP source {name}: {path} is not a file")
        self._files = dict(files)
        self._wanted_port = port
        self._loop = loop
        self._process: subprocess.Popen[str] | None = None
        self.port = 0

    def __enter__(self) -> RtspServer:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return None if self._process is None else self._process.pid

    def url(self, name: str) -> str:
        """Address of one file."""
        return f"rtsp://127.0.0.1:{self.port}/{name}"

    def start(self) -> None:
        """Start (again) and wait until it listens; the port stays the same over restarts."""
        if self._process is not None:
            return
        mounts = [f"{name}={self._source(path)}" for name, path in self._files.items()]
        # -E: our virtual environment's variables are not for Debian's own Python.
        command = [SYSTEM_PYTHON, "-E", str(SCRIPT), "--port", str(self._wanted_port or self.port)]
        if self._loop:
            command.append("--loop")
        self._process = subprocess.Popen(
            [*command, *mounts],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.port = self._wait_ready(self._process)

    def stop(self) -> None:
        """Stop it; harmless when it does not run."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()

    def _source(self, path: Path) -> Path:
        return rewrapped(path) if self._loop else path.resolve()

    def _wait_ready(self, process: subprocess.Popen[str]) -> int:
        if process.stdout is None or process.stderr is None:
            raise Unavailable("RTSP server: no pipe to it")
        ready, _, _ = select.select([process.stdout], [], [], READY_TIMEOUT_S)
        line = process.stdout.readline() if ready else ""
        if not line.startswith("ready "):
            process.kill()
            said = (process.stderr.read().strip().splitlines() or ["no answer"])[-1]
            self.stop()
            raise Unavailable(f"RTSP server did not start: {said}")
        return int(line.split()[1])


def rewrapped(path: Path) -> Path:
    """The file's packets in MPEG-TS beside it, which can be looped without a seam."""
    target = path.with_suffix(".ts").resolve()
    with av.open(str(path)) as source, av.open(str(target), "w", format="mpegts") as out:
        video = source.streams.video[0]
        stream = out.add_stream_from_template(video)
        for packet in source.demux(video):
            if packet.dts is not None:
                packet.stream = stream
                out.mux(packet)
    return target
