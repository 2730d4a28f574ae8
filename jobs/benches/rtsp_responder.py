"""A camera of a few lines: answers RTSP over TCP from encoded pictures in memory, and misbehaves.

Simulated. It closes after so many pictures, falls silent, loses RTP packets or vanishes, so that
thousands of connections can be tried in minutes. RFC 2326 (RTSP), RFC 6184 (H.264 in RTP).
"""

from __future__ import annotations

import base64
import contextlib
import random
import socket
import struct
import threading
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from adapters.libav import Input

_RTP_PAYLOAD = 1400
_PAYLOAD_TYPE = 96
_TICKS = 90_000
_FU_A = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One encoded picture as NAL units, shown at t_s; key: a decoder can begin here."""

    nals: tuple[bytes, ...]
    t_s: float
    key: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What the responder serves: pictures, parameter sets for the SDP, and when to begin again."""

    pictures: tuple[Picture, ...]
    parameter_sets: tuple[bytes, ...]
    loop_s: float


def recording_of(path: Path) -> Recording:
    """The H.264 pictures of an MP4 file, unchanged."""
    source = Input(str(path), live=False)
    try:
        packets = [p for p in source.packets() if p.pts is not None]
        info = source.info
    finally:
        source.close()
    stamps = [float((p.pts or 0) * info.time_base) for p in packets]
    pictures = tuple(
        Picture(nals=_length_prefixed(p.data), t_s=t_s, key=p.keyframe)
        for p, t_s in zip(packets, stamps, strict=True)
    )
    return Recording(
        pictures=pictures,
        parameter_sets=_parameter_sets(info.extradata),
        loop_s=max(stamps) + (max(stamps) - min(stamps)) / max(1, len(stamps) - 1),
    )


def _length_prefixed(data: bytes) -> tuple[bytes, ...]:
    units, at = [], 0
    while at + 4 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        units.append(data[at + 4 : at + 4 + size])
        at += 4 + size
    return tuple(units)


def _parameter_sets(avcc: bytes) -> tuple[bytes, ...]:
    """One SPS and one PPS of an avcC record (ISO 14496-15)."""
    sps_end = 8 + int.from_bytes(avcc[6:8], "big")
    pps_at = sps_end + 3
    return avcc[8:sps_end], avcc[
        pps_at : pps_at + int.from_bytes(avcc[sps_end + 1 : pps_at], "big")
    ]


@dataclass(slots=True, kw_only=True)
class Misbehaviour:
    """pictures_per_connection: then the socket closes. speed: 1 is real time, 0 as fast as it goes.

    path: the only one served, None for any. loss: share of RTP packets that never leave.
    user_pass: Basic credentials asked for.
    """

    pictures_per_connection: int | None = None
    speed: float = 1.0
    path: str | None = None
    loss: float = 0.0
    user_pass: str | None = None


class RtspResponder:
    """Serves one H.264 stream, looped for ever, to any number of clients on 127.0.0.1."""

    def __init__(
        self,
        recording: Recording,
        *,
        misbehaviour: Misbehaviour | None = None,
        port: int = 0,
    ) -> None:
        self._pictures = recording.pictures
        self._sprop = ",".join(base64.b64encode(p).decode() for p in recording.parameter_sets)
        self._loop_s = recording.loop_s
        self._chance = random.Random(1)  # noqa: S311 - losses, not secrets
        self.manners = misbehaviour or Misbehaviour()
        self.silent = threading.Event()
        self.connections = 0
        self.asked: deque[str] = deque(maxlen=256)
        self._clients: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._server: socket.socket | None = None
        self.port = port
        self.restore()

    @property
    def url(self) -> str:
        """Where it answers, without credentials."""
        return f"rtsp://127.0.0.1:{self.port}{self.manners.path or '/stream'}"

    def restore(self) -> None:
        """Begin to listen (again), on the same port."""
        server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", self.port))
        server.listen(64)
        self.port = server.getsockname()[1]
        self._server = server
        threading.Thread(target=self._accept, args=(server,), daemon=True).start()

    def cut(self) -> None:
        """Vanish: stop listening and drop every client."""
        server, self._server = self._server, None
        if server is not None:
            # close() alone does not wake a thread that waits in accept().
            with contextlib.suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
            server.close()
        with self._lock:
            clients = list(self._clients)
        for client in clients:
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> RtspResponder:
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()

    def _accept(self, server: socket.socket) -> None:
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with self._lock:
            self._clients.add(client)
        try:
            if self._converse(client):
                self.connections += 1
                self._play(client)
        except OSError:
            pass
        finally:
            with self._lock:
                self._clients.discard(client)
            client.close()

    def _converse(self, client: socket.socket) -> bool:
        """Answer requests up to PLAY; whether the client wants pictures."""
        reader = client.makefile("rb")
        while True:
            lines = _request(reader)
            if not lines:
                return False
            method, url, _ = (lines[0] + "  ").split(" ", 2)
            headers = {
                k.strip().lower(): v.strip() for k, _, v in (x.partition(":") for x in lines[1:])
            }
            self.asked.append(f"{method} {url}")
            client.sendall(self._answer(method, url, headers))
            if method == "PLAY":
                return True
            if method == "TEARDOWN":
                return False

    def _answer(self, method: str, url: str, headers: dict[str, str]) -> bytes:
        sequence = headers.get("cseq", "0")
        if not self._allowed(headers):
            return _reply(401, sequence, 'WWW-Authenticate: Basic realm="camera"')
        path = "/" + url.partition("://")[2].partition("/")[2]
        if method == "OPTIONS":
            return _reply(200, sequence, "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN")
        if self.manners.path is not None and not path.startswith(self.manners.path):
            return _reply(404, sequence)
        if method == "DESCRIBE":
            return _reply(200, sequence, "Content-Type: application/sdp", body=self._sdp())
        if method == "SETUP":
            transport = headers.get("transport", "RTP/AVP/TCP;unicast;interleaved=0-1")
            return _reply(200, sequence, f"Transport: {transport}", "Session: 1;timeout=60")
        return _reply(200, sequence, "Session: 1")

    def _allowed(self, headers: dict[str, str]) -> bool:
        if self.manners.user_pass is None:
            return True
        wanted = base64.b64encode(self.manners.user_pass.encode()).decode()
        return headers.get("authorization", "") == f"Basic {wanted}"

    def _sdp(self) -> str:
        return (
            "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=simulated camera\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n"
            f"m=video 0 RTP/AVP {_PAYLOAD_TYPE}\r\na=rtpmap:{_PAYLOAD_TYPE} H264/{_TICKS}\r\n"
            f"a=fmtp:{_PAYLOAD_TYPE} packetization-mode=1;sprop-parameter-sets={self._sprop}\r\n"
            "a=control:track1\r\n"
        )

    def _play(self, client: socket.socket) -> None:
        base, sequence = self._chance.getrandbits(31), self._chance.getrandbits(16)
        began, sent, loop = time.monotonic(), 0, 0
        limit = self.manners.pictures_per_connection
        while True:
            for picture in self._pictures:
                if limit is not None and sent >= limit:
                    return
                t_s = loop * self._loop_s + picture.t_s
                self._wait(began, t_s)
                stamp = (base + round(t_s * _TICKS)) & 0xFFFFFFFF
                sequence = self._send(client, picture, stamp, sequence)
                sent += 1
            loop += 1

    def _wait(self, began: float, t_s: float) -> None:
        if self.manners.speed > 0:
            time.sleep(max(0.0, began + t_s / self.manners.speed - time.monotonic()))
        while self.silent.is_set():
            time.sleep(0.02)

    def _send(self, client: socket.socket, picture: Picture, stamp: int, sequence: int) -> int:
        out = bytearray()
        for at, nal in enumerate(picture.nals):
            payloads = _fragments(nal)
            for part, payload in enumerate(payloads):
                last = at == len(picture.nals) - 1 and part == len(payloads) - 1
                sequence = (sequence + 1) & 0xFFFF
                if self.manners.loss and self._chance.random() < self.manners.loss:
                    continue
                kind = _PAYLOAD_TYPE | (0x80 if last else 0)
                rtp = struct.pack("!BBHII", 0x80, kind, sequence, stamp, 0x5EED) + payload
                out += struct.pack("!cBH", b"$", 0, len(rtp)) + rtp
        client.sendall(out)
        return sequence


def _fragments(nal: bytes) -> list[bytes]:
    """The NAL unit whole, or as FU-A fragments (RFC 6184, 5.8)."""
    if len(nal) <= _RTP_PAYLOAD:
        return [nal]
    indicator, kind, body = (nal[0] & 0xE0) | _FU_A, nal[0] & 0x1F, nal[1:]
    parts = [body[i : i + _RTP_PAYLOAD] for i in range(0, len(body), _RTP_PAYLOAD)]
    flags = [0x80, *([0x00] * (len(parts) - 2)), 0x40]
    return [bytes((indicator, flag | kind)) + p for flag, p in zip(flags, parts, strict=True)]


def _request(reader: object) -> list[str]:
    lines: list[str] = []
    while True:
        line = reader.readline()  # type: ignore[attr-defined]
        if not line:
            return []
        text = line.decode("latin-1").strip()
        if text:
            lines.append(text)
        elif lines:
            return lines


def _reply(code: int, sequence: str, *headers: str, body: str = "") -> bytes:
    words = {200: "OK", 401: "Unauthorized", 404: "Not Found"}[code]
    lines = [f"RTSP/1.0 {code} {words}", f"CSeq: {sequence}", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()
