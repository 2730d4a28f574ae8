"""Byte ranges of stored files."""

from __future__ import annotations

import pytest

from serve.problems import Problem
from serve.ranges import span_of


@pytest.mark.parametrize(
    ("asked", "status", "content"),
    [
        (None, 200, slice(0, 1024)),
        ("bytes=0-9", 206, slice(0, 10)),
        ("bytes=1000-", 206, slice(1000, 1024)),
        ("bytes=-4", 206, slice(1020, 1024)),
        ("bytes=1000-99999", 206, slice(1000, 1024)),
        ("bytes=1024-", 416, None),
        ("bytes=-0", 416, None),
        ("bytes=9-1", 200, slice(0, 1024)),
        ("lines=1-2", 200, slice(0, 1024)),
        ("bytes=0-1,4-5", 200, slice(0, 1024)),
    ],
)
def test_ranges_are_those_of_the_file(
    asked: str | None, status: int, content: slice | None
) -> None:
    if content is None:
        with pytest.raises(Problem) as refused:
            span_of(asked, 1024)
        assert refused.value.status == status
        assert refused.value.headers["Content-Range"] == "bytes */1024"
        return
    span = span_of(asked, 1024)
    assert (span.start, span.end) == (content.start, content.stop)
    assert span.partial is (status == 206)
