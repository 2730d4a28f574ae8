"""Which addresses a camera may have: its URL is what somebody typed, and this host would follow it.

Checked when a URL is set and again, with the name resolved, each time a stream is opened; what is opened is
the address that was checked. It must not know cameras, rows or requests.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import TypeAlias
from urllib.parse import urlsplit, urlunsplit

from enforcement.errors import BadInput, Unavailable

Network: TypeAlias = IPv4Network | IPv6Network
Address: TypeAlias = IPv4Address | IPv6Address
Resolve: TypeAlias = Callable[[str], Sequence[str]]

SCHEMES = ("rtsp", "rtsps")
_PORTS = {"rtsp": 554, "rtsps": 322}
_LONGEST = 500
# Where clouds answer with credentials of the machine; no setting opens them.
_NEVER = (
    ip_network("169.254.169.254/32"),
    ip_network("169.254.170.2/32"),
    ip_network("100.100.100.200/32"),
    ip_network("168.63.129.16/32"),
    ip_network("fd00:ec2::254/128"),
)
_NAT64 = ip_network("64:ff9b::/96")


def parse_networks(name: str, text: str | None) -> tuple[Network, ...]:
    """Networks of a comma-separated list. Raises BadInput naming the setting and the wrong one."""
    found = []
    for part in (text or "").split(","):
        if not part.strip():
            continue
        try:
            found.append(ip_network(part.strip(), strict=False))
        except ValueError:
            raise BadInput(f"{name}: {part.strip()!r} is no network such as 10.20.0.0/16") from None
    return tuple(found)


def checked_url(url: str) -> str:
    """The URL, by its form alone. Raises BadInput; the message never holds user or password."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadInput("stream url: not a URL") from None
    if parts.scheme not in SCHEMES:
        raise BadInput("stream url: expected rtsp://… or rtsps://…")
    if len(url) > _LONGEST or not url.isprintable() or " " in url or "\\" in url:
        raise BadInput("stream url: too long, or holds what no URL holds")
    if not parts.hostname or "%" in parts.netloc.rpartition("@")[2] or port == 0:
        raise BadInput("stream url: names no host, or no port that can be")
    if parts.fragment:
        raise BadInput("stream url: holds a #")
    return url


def endpoint(url: str) -> tuple[str, int]:
    """(host, port) that a URL names: what a password was given for."""
    parts = urlsplit(url)
    return (parts.hostname or "").lower(), parts.port or _PORTS.get(parts.scheme, 0)


def admitted(url: str, networks: Sequence[Network], resolve: Resolve | None = None) -> str:
    """The URL with its host resolved and checked: open this one, for a name may answer otherwise next time.

    networks: where cameras may be; none: anywhere but in this machine, its link and what answers clouds.
    Raises BadInput where the address is not allowed, Unavailable where the name is not known now.
    """
    checked_url(url)
    parts = urlsplit(url)
    host = parts.hostname or ""
    addresses = [ip_address(found) for found in (resolve or _resolve)(host)]
    for address in addresses:
        _admit(address, networks)
    # All are allowed: the first is as good as another.
    chosen = addresses[0]
    shown = f"[{chosen}]" if chosen.version == 6 else str(chosen)
    login, at, _ = parts.netloc.rpartition("@")
    port = "" if parts.port is None else f":{parts.port}"
    return urlunsplit(parts._replace(netloc=f"{login}{at}{shown}{port}"))


def _admit(address: Address, networks: Sequence[Network]) -> None:
    inner = _inner(address)
    if inner.is_multicast or inner.is_unspecified or _any(inner, _NEVER):
        raise BadInput("stream url: its address is none that a camera may have")
    listed = [network for network in networks if _any(inner, (network,))]
    if inner.is_loopback or inner.is_link_local:
        # Only by name: 0.0.0.0/0 was not written with this machine in mind.
        if not any(network.is_loopback or network.is_link_local for network in listed):
            raise BadInput("stream url: leads to this machine or its own link, not to a camera")
        return
    if inner.is_reserved and not listed:
        raise BadInput("stream url: its address is none that a camera may have")
    if networks and not listed:
        raise BadInput("stream url: lies outside VIGIA_CAMERA_NETWORKS")


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, where it does."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _any(address: Address, networks: Sequence[Network]) -> bool:
    return any(address.version == n.version and address in n for n in networks)


def _resolve(host: str) -> list[str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unavailable("stream url: no such host now") from None
    # A scope such as %eth0 is the link's own.
    return [str(row[4][0]).partition("%")[0] for row in found]
