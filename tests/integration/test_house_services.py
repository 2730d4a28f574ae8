"""The private services that other tests rely on answer as the real ones they are."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import pika


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
