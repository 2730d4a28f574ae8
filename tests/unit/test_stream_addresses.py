"""Camera addresses: paths tried, credentials never shown."""

from __future__ import annotations

import pytest

from adapters.rtsp_probe import KNOWN_PATHS, candidate_urls, is_live, mask_url


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rtsp://admin:HUNTER2@10.0.0.7:554/a/b", "rtsp://***@10.0.0.7:554/a/b"),
        ("rtsp://admin:p@ss/w@10.0.0.7/a", "rtsp://***@10.0.0.7/a"),  # nobody escaped it
        ("rtsp://10.0.0.7/a", "rtsp://10.0.0.7/a"),
        (
            "rtsp://10.0.0.7/a?user=admin&password=HUNTER2",
            "rtsp://10.0.0.7/a?user=***&password=***",
        ),
        ("rtsp://admin:why?HUNTER2@10.0.0.7/a", "rtsp://***@10.0.0.7/a"),
        ("clip.mp4", "clip.mp4"),
    ],
)
def test_no_credential_survives_masking(url: str, shown: str) -> None:
    assert mask_url(url) == shown


def test_a_bare_host_is_asked_for_every_known_path() -> None:
    for url in ("rtsp://u:p@10.0.0.7", "rtsp://u:p@10.0.0.7:554/"):
        assert candidate_urls(url) == tuple(url.rstrip("/") + path for path in KNOWN_PATHS)


def test_a_given_path_is_the_only_one_asked() -> None:
    assert candidate_urls("rtsp://10.0.0.7/own") == ("rtsp://10.0.0.7/own",)


@pytest.mark.parametrize(
    ("source", "live"),
    [("rtsp://h/x", True), ("RTSP://h", True), ("/a/b.mp4", False), ("a:b.mp4", False)],
)
def test_a_url_is_told_from_a_file(source: str, live: bool) -> None:
    assert is_live(source) is live
