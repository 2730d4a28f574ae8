"""Lost and broken packets: no picture that differs visibly from the clean one goes unmarked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

import av
import numpy as np
import pytest

from adapters.video_stream import StreamOptions, VideoStream
from enforcement.frames import FrameStamp
from tests.fixtures.video import QUICK, Image, even_stamps, make_video, remade, replaced

VISIBLE = 8
Change = Callable[[int, av.Packet], av.Packet | None]


def decoded(path: Path, threads: int = 1) -> dict[int, tuple[FrameStamp, Image]]:
    with VideoStream(path, options=StreamOptions(file_threads=threads)) as stream:
        return {f.stamp.pts: (f.stamp, f.image) for f in stream.frames() if f.stamp.pts is not None}


def dropping(share: float, seed: int) -> Change:
    chance = Random(seed)
    return lambda index, packet: None if index and chance.random() < share else packet


def without_slices(share: float, seed: int) -> Change:
    """Single slices lost, the rest of the picture arrives (AVCC: four bytes of length each)."""
    chance = Random(seed)

    def change(index: int, packet: av.Packet) -> av.Packet | None:
        data, at, kept = bytes(packet), 0, b""
        while at < len(data):
            end = at + 4 + int.from_bytes(data[at : at + 4], "big")
            is_slice = data[at + 4] & 31 in {1, 5}
            if not (is_slice and index and chance.random() < share):
                kept += data[at:end]
            at = end
        return replaced(packet, kept) if kept else None

    return change


def cut_in_half(share: float, seed: int) -> Change:
    chance = Random(seed)

    def change(index: int, packet: av.Packet) -> av.Packet:
        if not index or chance.random() >= share:
            return packet
        data = bytes(packet)
        return replaced(packet, data[: len(data) // 2])

    return change


def tally(
    clean: dict[int, tuple[FrameStamp, Image]], path: Path, threads: int
) -> tuple[int, int, int, int]:
    """(pictures, visibly different, of these unmarked, marked needlessly)."""
    pictures = different = unmarked = needless = 0
    for pts, (stamp, image) in decoded(path, threads).items():
        differs = int(np.abs(image.astype(np.int16) - clean[pts][1]).max()) > VISIBLE
        pictures += 1
        different += differs
        unmarked += differs and not stamp.concealed
        needless += stamp.concealed and not differs
    return pictures, different, unmarked, needless


JITTERED = [s + Random(s).randrange(0, 3000) for s in even_stamps(72)]
H265 = {"preset": "ultrafast", "x265-params": "keyint=12:bframes=0:log-level=none"}


@pytest.mark.parametrize(
    ("codec", "options", "stamps", "change", "threads", "most_needless"),
    [
        ("libx264", QUICK, None, dropping, 1, 0.02),
        ("libx264", QUICK, None, dropping, 2, 0.02),  # frame threads report late
        ("libx264", QUICK, JITTERED, dropping, 1, 0.02),  # holes in time prove nothing here
        ("libx264", {**QUICK, "preset": "veryfast", "bf": "3"}, None, dropping, 1, 0.15),
        ("libx264", {**QUICK, "slices": "4"}, None, without_slices, 1, 0.1),
        ("libx264", {**QUICK, "preset": "veryfast"}, None, cut_in_half, 1, 0.05),
        ("libx265", H265, None, dropping, 1, 0.05),
    ],
    ids=["h264", "h264-threads", "h264-jitter", "h264-b", "slices", "halves", "h265"],
)
def test_no_visibly_wrong_picture_goes_unmarked(
    tmp_path: Path,
    codec: str,
    options: dict[str, str],
    stamps: list[int] | None,
    change: Callable[[float, int], Change],
    threads: int,
    most_needless: float,
) -> None:
    whole = make_video(
        tmp_path / "whole.mp4", count=72, stamps=stamps, codec=codec, options=options
    )
    clean = decoded(whole)
    assert len(clean) == 72
    assert not any(stamp.concealed for stamp, _ in clean.values())
    totals = np.zeros(4, int)
    for seed in range(4):
        spoilt = remade(whole, tmp_path / f"{seed}.mp4", change(0.05, seed))
        totals += tally(clean, spoilt, threads)
    pictures, different, unmarked, needless = totals
    assert unmarked == 0
    assert needless <= most_needless * pictures
    # H.265's decoder withholds what it cannot rebuild; elsewhere the test must have bitten.
    assert different > 10 or codec == "libx265"


def test_marks_end_at_the_next_key_picture(tmp_path: Path) -> None:
    whole = make_video(tmp_path / "whole.mp4", count=36)
    spoilt = remade(whole, tmp_path / "spoilt.mp4", lambda i, p: None if i == 5 else p)
    concealed = [stamp.concealed for stamp, _ in decoded(spoilt).values()]
    assert concealed == [False] * 5 + [True] * 6 + [False] * 24
