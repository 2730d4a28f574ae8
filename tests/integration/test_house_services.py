"""The private services that other tests rely on answer as the real ones they are."""

from __future__ import annotations

import socket
from pathlib import Path
from urllib.parse import urlsplit

import av
import numpy as np
import pika
import pytest

from tests.fixtures.services import ServeRtsp


@pytest.fixture(scope="module")
def short_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One second of H.264 in MP4."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for number in range(25):
            picture = np.full((240, 320, 3), number * 10, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode(None))
    return path


def test_the_private_redis_answers_a_ping(redis_url: str) -> None:
    with socket.create_connection(("127.0.0.1", urlsplit(redis_url).port or 0), 5) as connection:
        connection.sendall(b"PING\r\n")
        assert connection.recv(16) == b"+PONG\r\n"


def test_the_private_rabbitmq_confirms_a_message_on_a_quorum_queue(amqp_url: str) -> None:
    with pika.BlockingConnection(pika.URLParameters(amqp_url)) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        channel.queue_declare("house", durable=True, arguments={"x-queue-type": "quorum"})
        channel.basic_publish("", "house", b"hello", mandatory=True)
        _, _, body = next(channel.consume("house", auto_ack=True, inactivity_timeout=10))
        assert body == b"hello"


def frames(url: str, count: int) -> int:
    options = {"rtsp_transport": "tcp", "timeout": "5000000"}
    with av.open(url, options=options, timeout=10) as container:
        return sum(1 for _, _ in zip(range(count), container.decode(video=0), strict=False))


def test_the_private_rtsp_server_sends_frames(short_film: Path, serve_rtsp: ServeRtsp) -> None:
    assert frames(serve_rtsp(short_film).url, 5) == 5


def test_the_private_rtsp_server_asks_for_a_password(
    short_film: Path, serve_rtsp: ServeRtsp
) -> None:
    server = serve_rtsp(short_film, user="admin", password="right")
    assert frames(server.url, 2) == 2
    with pytest.raises(av.error.HTTPUnauthorizedError):
        frames(server.url.replace("right", "wrong"), 1)


def test_a_cut_rtsp_server_comes_back_on_its_port(short_film: Path, serve_rtsp: ServeRtsp) -> None:
    first = serve_rtsp(short_film)
    first.stop()
    with pytest.raises(OSError, match=r"(?i)refused"):
        frames(first.url, 1)
    again = serve_rtsp(short_film, port=urlsplit(first.url).port)
    assert frames(again.url, 2) == 2
