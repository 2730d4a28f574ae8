"""An answer leaves in one write, and nothing is held back that has no second."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest
import uvicorn
import uvicorn.config
from starlette.types import Receive, Scope, Send

from serve import one_write
from serve.one_write import OneWriteProtocol, Together

PATIENCE_S = 10.0


class _Pipe:
    """Notes writes as a transport gets them."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        assert not self.closed
        self.written.append(data)

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def get_extra_info(self, name: str) -> str:
        return f"info of {name}"


async def _written() -> None:
    pipe = _Pipe()
    together = Together(pipe)
    together.write(b"head ")
    assert pipe.written == []
    together.write(b"body")
    assert pipe.written == [b"head body"]
    together.write(b"alone")
    await asyncio.sleep(0)
    assert pipe.written == [b"head body", b"alone"]
    together.write(b"last")
    together.close()
    assert pipe.written == [b"head body", b"alone", b"last"]
    assert pipe.closed
    await asyncio.sleep(0)
    assert together.get_extra_info("peername") == "info of peername"


def test_two_writes_are_one_a_lone_one_goes_in_the_same_turn_and_closing_loses_none() -> None:
    asyncio.run(_written())


async def _lost() -> None:
    pipe = _Pipe()
    together = Together(pipe)
    together.write(b"head")
    pipe.closed = True
    await asyncio.sleep(0)
    assert pipe.written == []


def test_what_is_kept_for_a_connection_that_went_is_dropped_in_silence() -> None:
    asyncio.run(_lost())


async def _app(scope: Scope, receive: Receive, send: Send) -> None:
    headers = [(b"content-length", b"20000")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"x" * 20000})


async def _first_piece(http: Any) -> bytes:
    config = uvicorn.Config(_app, port=0, http=http, lifespan="off", log_level="error")
    server = uvicorn.Server(config)
    listening = socket.create_server(("127.0.0.1", 0))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    reader, writer = await asyncio.open_connection(*listening.getsockname())
    writer.write(b"GET / HTTP/1.1\r\nhost: here\r\n\r\n")
    piece = await reader.read(1 << 20)
    writer.close()
    server.should_exit = True
    await serving
    return piece


@pytest.mark.parametrize("http", [OneWriteProtocol, one_write.NAME])
def test_the_first_that_a_reader_gets_is_the_whole_answer(http: Any) -> None:
    piece = asyncio.run(asyncio.wait_for(_first_piece(http), PATIENCE_S))
    assert piece.startswith(b"HTTP/1.1 200")
    assert len(piece) > 20000


def test_servers_made_by_others_answer_so_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uvicorn.config, "HTTP_PROTOCOLS", dict(uvicorn.config.HTTP_PROTOCOLS))
    one_write.use_everywhere()
    config = uvicorn.Config(_app, lifespan="off")
    config.load()
    assert config.http_protocol_class is OneWriteProtocol
