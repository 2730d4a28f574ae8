"""A camera's URL leads to a camera: not into this machine, not to what answers clouds, not elsewhere."""

from __future__ import annotations

import pytest

from adapters.camera_address import admitted, checked_url, endpoint, parse_networks
from adapters.settings import read_settings
from enforcement.errors import BadInput

NOWHERE = parse_networks("X", None)
SITE = parse_networks("X", "10.20.0.0/16, fd12::/16")
HERE = parse_networks("X", "127.0.0.0/8")
ALL = parse_networks("X", "0.0.0.0/0,::/0")


def to(*addresses: str) -> object:
    return lambda host: list(addresses)


@pytest.mark.parametrize("address", ["10.20.0.7", "192.168.1.64", "203.0.113.9", "fd12::5"])
def test_a_camera_may_be_anywhere_else_when_nothing_is_set(address: str) -> None:
    assert admitted("rtsp://cam/x", NOWHERE, to(address))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "::1",
        "169.254.169.254",
        "169.254.9.9",
        "fe80::1",
        "fd00:ec2::254",
        "100.100.100.200",
        "0.0.0.0",  # noqa: S104 - what must be refused
        "::",
        "224.0.0.5",
        "255.255.255.255",
        # The same by other spellings.
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
    ],
)
def test_no_camera_is_there(address: str) -> None:
    for networks in (NOWHERE, SITE):
        with pytest.raises(BadInput, match="stream url"):
            admitted("rtsp://cam/x", networks, to(address))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("networks", "address", "may"),
    [
        (SITE, "10.20.255.1", True),
        (SITE, "10.21.0.1", False),
        (SITE, "fd12::9", True),
        # This machine only where it is named, not because everything is.
        (HERE, "127.0.0.1", True),
        (ALL, "127.0.0.1", False),
        (ALL, "203.0.113.1", True),
        # What answers clouds, never.
        (parse_networks("X", "169.254.169.254/32"), "169.254.169.254", False),
    ],
)
def test_the_setting_says_where_cameras_may_be(networks: object, address: str, may: bool) -> None:
    if may:
        admitted("rtsp://cam/x", networks, to(address))  # type: ignore[arg-type]
    else:
        with pytest.raises(BadInput):
            admitted("rtsp://cam/x", networks, to(address))  # type: ignore[arg-type]


def test_a_name_that_answers_with_one_bad_address_is_refused_whole() -> None:
    with pytest.raises(BadInput):
        admitted("rtsp://cam/x", NOWHERE, to("10.20.0.7", "127.0.0.1"))  # type: ignore[arg-type]


def test_what_is_opened_is_the_address_that_was_checked() -> None:
    found = admitted("rtsp://admin:p%40ss@cam.muni.pe:8554/h264?x=1", NOWHERE, to("10.20.0.7"))  # type: ignore[arg-type]
    assert found == "rtsp://admin:p%40ss@10.20.0.7:8554/h264?x=1"
    assert admitted("rtsp://cam/x", NOWHERE, to("fd12::5")) == "rtsp://[fd12::5]/x"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "url",
    [
        "http://10.20.0.7/",
        "file:///etc/passwd",
        "rtsp:///x",
        "rtsp://10.20.0.7:99999/x",
        "rtsp://10.20.0.7:0/x",
        "rtsp://10.20.0.7/a b",
        "rtsp://10.20.0.7/\nSETUP",
        "rtsp://10.20.0.7\\@127.0.0.1/",
        "rtsp://[fe80::1%25eth0]/x",
        "rtsp://10.20.0.7/x#y",
        "rtsp://" + "a" * 600,
        "rtsp://[/x",
    ],
)
def test_what_is_no_stream_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(BadInput) as refused:
        checked_url(url)
    assert url not in str(refused.value)


def test_a_password_belongs_to_host_and_port() -> None:
    assert endpoint("rtsp://CAM/x") == endpoint("rtsp://u:p@cam:554/y") == ("cam", 554)
    assert endpoint("rtsps://cam/x") != endpoint("rtsp://cam/x")


def test_a_wrong_network_is_named_with_its_setting() -> None:
    with pytest.raises(BadInput, match=r"VIGIA_CAMERA_NETWORKS: '10\.20'"):
        read_settings({"VIGIA_CAMERA_NETWORKS": "10.0.0.0/8, 10.20"})
    assert len(read_settings({"VIGIA_CAMERA_NETWORKS": "10.0.0.0/8"}).camera_networks) == 1
