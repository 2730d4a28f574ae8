"""The private services that other tests rely on answer as the real ones they are."""

from __future__ import annotations

import socket
from pathlib import Path
from urllib.parse import urlsplit

import av
import numpy as np
import pika
import pytest

from simulation.rtsp import RtspServer


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


def test_the_simulated_rtsp_camera_sends_frames(short_film: Path) -> None:
    with RtspServer({"film": short_film}) as server:
        assert frames(server.url("film"), 5) == 5


def test_a_cut_rtsp_camera_comes_back_at_its_address(short_film: Path) -> None:
    with RtspServer({"film": short_film}) as server:
        address = server.url("film")
        server.stop()
        with pytest.raises(OSError, match=r"(?i)refused"):
            frames(address, 1)
        server.start()
        assert frames(address, 2) == 2
