"""Finds the stream of a camera whose URL names only the host, and keeps credentials unseen.

EZVIZ-like cameras differ in the path they serve and hardly document it, so the known ones are
asked in turn. It must not know pictures or time.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from adapters.libav import Input, SourceFailure
from enforcement.errors import BadInput, Unavailable

# EZVIZ, Hikvision and their relabelled kin; main stream before sub stream.
KNOWN_PATHS = (
    "/h264/ch1/main/av_stream",
    "/Streaming/Channels/101",
    "/Streaming/Channels/102",
    "/H.264",
    "/h264_stream",
)

_LIVE_SCHEMES = {"rtsp", "rtsps", "rtmp", "http", "https", "tcp", "udp", "rtp", "srt"}


def is_live(source: str) -> bool:
    """Whether source is the URL of a stream rather than a file."""
    scheme, found, _ = source.partition("://")
    return bool(found) and scheme.lower() in _LIVE_SCHEMES


def mask_url(url: str) -> str:
    """The URL without user, password or query values; for every log line and message.

    A password may itself hold an @ that nobody escaped, so all before the last @ is hidden.
    """
    scheme, found, rest = url.partition("://")
    if not found:
        return url
    rest, _, query = rest.partition("?") if "@" not in rest.partition("?")[2] else (rest, "", "")
    hidden, at, host = rest.rpartition("@")
    shown = f"***@{host}" if at and hidden else host
    tail = "?" + re.sub(r"=[^&#]*", "=***", query) if query else ""
    return f"{scheme}://{shown}{tail}"


def candidate_urls(url: str) -> tuple[str, ...]:
    """The URLs to try: url itself where it has a path, else url with each known path."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return (url,)
    if not parts.scheme.lower().startswith("rtsp") or parts.path not in {"", "/"} or parts.query:
        return (url,)
    base = url.rstrip("/")
    return tuple(base + path for path in KNOWN_PATHS)


def open_live(
    url: str,
    *,
    open_timeout_s: float,
    read_timeout_s: float,
    decoder_threads: int,
    admit: Callable[[str], str] | None = None,
) -> tuple[Input, str]:
    """(open input, the URL that answered). SourceFailure of the last path where none does.

    admit: see LiveOptions; the URL that answered is the one before it, names and all.

    Refused credentials end the search at once: such cameras lock the account after a few.
    """
    failure = SourceFailure("missing", "no known path answers")
    for candidate in candidate_urls(url):
        try:
            return (
                Input(
                    candidate if admit is None else _admitted(candidate, admit),
                    live=True,
                    open_timeout_s=open_timeout_s,
                    read_timeout_s=read_timeout_s,
                    decoder_threads=decoder_threads,
                ),
                candidate,
            )
        except SourceFailure as error:
            failure = error
            if error.kind not in {"missing", "invalid"}:
                break
    raise failure


def _admitted(url: str, admit: Callable[[str], str]) -> str:
    try:
        return admit(url)
    except BadInput as error:
        raise SourceFailure("refused", str(error)) from None
    except Unavailable as error:
        raise SourceFailure("network", str(error)) from None
