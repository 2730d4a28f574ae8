"""Versions in ETag and If-Match, so that nobody overwrites what they have not seen.

It must not know what is versioned.
"""

from __future__ import annotations

import hashlib
import json
import re

from serve.problems import Problem

_FORM = re.compile(r'^(?:W/)?"v(\d{1,9})"$')


def etag(version: int) -> str:
    """The header's value for a version."""
    return f'"v{version}"'


def expected_version(if_match: str | None) -> int:
    """The version a caller saw. Raises Problem 428 when none is given, 412 when it cannot be ours."""
    if if_match is None:
        raise Problem(428, "if_match_required", 'send If-Match with the ETag you saw, such as "v3"')
    found = _FORM.match(if_match.strip())
    if found is None:
        raise Problem(412, "stale", f"If-Match: {if_match[:40]!r} is no version of this")
    return int(found[1])


def content_etag(content: object) -> str:
    """The header's value for something without a version of its own: a digest of what it says."""
    text = json.dumps(content, sort_keys=True, default=str)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def require_seen(if_match: str | None, content: object) -> None:
    """Raises Problem 428 when no ETag is given, 412 when it is not this content's."""
    if if_match is None:
        raise Problem(428, "if_match_required", "send If-Match with the ETag you saw")
    if if_match.strip().removeprefix("W/") != content_etag(content):
        raise stale(content)


def stale(current: object) -> Problem:
    """412 that shows what is there now."""
    return Problem(412, "stale", "someone changed this since you saw it", current=current)
