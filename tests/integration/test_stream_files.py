"""Files to stamped frames: what is read, at what time, and what is refused by name."""

from __future__ import annotations

import os
import wave
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from adapters.video_stream import Frame, StreamOptions, VideoStream
from enforcement.errors import BadVideo
from tests.fixtures.video import QUICK, TICKS, Image, even_stamps, make_video, remade, scene

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def frames_of(path: Path, **options: Any) -> list[Frame]:
    with VideoStream(path, start_at=START, options=StreamOptions(**options)) as stream:
        return list(stream.frames())


def refusal(path: Path) -> str:
    with pytest.raises(BadVideo) as caught:
        VideoStream(path)
    text = str(caught.value)
    assert path.name in text
    assert "\n" not in text
    return text


def test_every_frame_has_its_capture_time_from_pts(tmp_path: Path) -> None:
    frames = frames_of(make_video(tmp_path / "a.mp4", stamps=even_stamps(24, 12.5)))
    assert [f.stamp.index for f in frames] == list(range(24))
    assert [f.stamp.t_s for f in frames] == pytest.approx([i * 0.08 for i in range(24)])
    assert all(f.stamp.regular and not f.stamp.concealed for f in frames)
    assert max(f.stamp.sigma_t_s for f in frames) < 0.001
    assert (frames[-1].stamp.captured_at - START).total_seconds() == pytest.approx(23 * 0.08)


def test_pixels_are_the_pictures_that_were_encoded(tmp_path: Path) -> None:
    frame = frames_of(make_video(tmp_path / "a.mp4", count=3))[2]
    assert frame.image.shape == (96, 160, 3)
    assert frame.image.dtype == np.uint8
    assert np.abs(frame.image.astype(int) - scene(2)).mean() < 6


def test_a_crop_equals_that_part_of_the_whole_picture(tmp_path: Path) -> None:
    frame = frames_of(make_video(tmp_path / "a.mp4", count=2))[1]
    whole = frame.image
    for x, y, width, height in (
        (0, 0, 16, 16),
        (33, 21, 41, 17),
        (-5, -5, 20, 20),
        (150, 90, 50, 50),
    ):
        part = frame.crop(x, y, width, height)
        expected = whole[max(0, y) : y + height, max(0, x) : x + width]
        assert part.shape == expected.shape
        # Chroma at an inner edge may be interpolated from one sample less.
        assert np.abs(part.astype(int) - expected).mean() < 2
    with pytest.raises(ValueError, match="outside"):
        frame.crop(500, 500, 10, 10)


def test_resizing_straight_from_yuv_looks_like_resizing_the_picture(tmp_path: Path) -> None:
    frame = frames_of(make_video(tmp_path / "a.mp4", count=2))[0]
    small = frame.resized(80, 48)
    assert small.shape == (48, 80, 3)
    by_mean = frame.image.reshape(48, 2, 80, 2, 3).mean(axis=(1, 3))
    assert np.abs(small - by_mean).mean() < 4


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_rotated_video_is_shown_upright(tmp_path: Path, rotation: int) -> None:
    # The container says: turn by this many degrees counterclockwise to show.
    turned = frames_of(make_video(tmp_path / "a.mp4", count=2, rotation=rotation))[0]
    plain = frames_of(make_video(tmp_path / "b.mp4", count=2))[0]
    expected = np.rot90(plain.image, rotation // 90)
    assert (turned.height, turned.width) == expected.shape[:2]
    assert np.array_equal(turned.image, expected)
    assert np.array_equal(turned.crop(10, 12, 20, 30), expected[12:42, 10:30])
    assert turned.resized(48, 80).shape == (80, 48, 3)


@pytest.mark.parametrize(
    ("codec", "size", "options"),
    [
        ("libx264", (161, 97), QUICK),  # odd in both directions
        ("libx265", (160, 96), {"preset": "ultrafast", "x265-params": "keyint=12:log-level=none"}),
        ("libx264", (160, 96), {**QUICK, "bf": "2"}),  # pictures out of order
    ],
)
def test_odd_sizes_h265_and_reordered_pictures_are_read(
    tmp_path: Path, codec: str, size: tuple[int, int], options: dict[str, str]
) -> None:
    frames = frames_of(
        make_video(tmp_path / "a.mp4", codec=codec, size=size, options=options), file_threads=2
    )
    assert len(frames) == 24
    assert frames[0].image.shape == (size[1], size[0], 3)
    assert [f.stamp.t_s for f in frames] == pytest.approx([i * 0.04 for i in range(24)])
    assert not any(f.stamp.concealed for f in frames)


def test_frames_never_captured_leave_the_rest_at_their_true_times(tmp_path: Path) -> None:
    kept = [s for i, s in enumerate(even_stamps(60)) if i % 7 != 3]
    frames = frames_of(make_video(tmp_path / "a.mp4", stamps=kept))
    assert [f.stamp.t_s for f in frames] == pytest.approx([s / TICKS for s in kept])
    assert max(f.stamp.sigma_t_s for f in frames) < 0.002
    assert not any(f.stamp.concealed for f in frames)


def test_an_uneven_stream_does_not_claim_a_millisecond(tmp_path: Path) -> None:
    noise = np.random.default_rng(4).normal(0, 0.040, 120)
    stamps = [round(t * TICKS) for t in np.sort(np.arange(120) * 0.04 + noise + 1.0)]
    stamps = [s + i for i, s in enumerate(stamps)]
    with VideoStream(make_video(tmp_path / "a.mp4", stamps=stamps), start_at=START) as stream:
        sigmas = [f.stamp.sigma_t_s for f in stream.frames()]
        assert min(sigmas) > 0.015
        assert stream.health().jitter_s > 0.015


def test_a_jump_of_hours_is_a_step_not_a_journey(tmp_path: Path) -> None:
    stamps = [s + (3 * 3600 * TICKS if i >= 30 else 0) for i, s in enumerate(even_stamps(60))]
    with VideoStream(make_video(tmp_path / "a.mp4", stamps=stamps), start_at=START) as stream:
        rows = [f.stamp for f in stream.frames()]
        assert stream.health().steps == 1
    assert rows[-1].t_s < 5
    assert not rows[30].regular
    assert rows[29].regular
    assert rows[40].regular


def test_time_never_runs_backwards_whatever_the_stamps_do(tmp_path: Path) -> None:
    even = even_stamps(40)
    path = make_video(tmp_path / "even.mkv", stamps=even)

    def shuffle(index: int, packet: av.Packet) -> av.Packet:
        # A muxer wants decode stamps that rise and never pass the picture's own.
        packet.dts = packet.pts - 400
        if index == 20:
            packet.pts = packet.pts - 100
        return packet

    spoilt = remade(path, tmp_path / "spoilt.mkv", shuffle)
    with VideoStream(spoilt, start_at=START) as stream:
        rows = [f.stamp for f in stream.frames()]
        assert stream.health().backwards >= 1
    assert all(a.t_s <= b.t_s for a, b in pairwise(rows))
    assert any(not r.regular for r in rows)


def test_the_same_file_gives_the_same_stamps_twice_and_with_more_threads(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", options={**QUICK, "bf": "2"})
    once, again = frames_of(path), frames_of(path, file_threads=2)
    assert [f.stamp for f in once] == [f.stamp for f in again]
    assert all(np.array_equal(a.image, b.image) for a, b in zip(once, again, strict=True))


def test_a_frozen_source_is_noticed_and_a_quiet_road_is_not(tmp_path: Path) -> None:
    def stuck(index: int, width: int, height: int) -> Image:
        return scene(min(index, 30), width, height)

    def quiet(index: int, width: int, height: int) -> Image:
        noise = np.random.default_rng(index).normal(0, 2, (height, width, 3))
        return np.clip(scene(0, width, height) + noise, 0, 255).astype(np.uint8)

    frames = frames_of(make_video(tmp_path / "stuck.mp4", count=150, picture=stuck))
    assert not any(f.frozen for f in frames[:90])
    assert frames[-1].frozen
    assert not any(
        f.frozen for f in frames_of(make_video(tmp_path / "q.mp4", count=150, picture=quiet))
    )


def test_bad_files_are_refused_by_name_in_one_line(tmp_path: Path) -> None:
    assert "no such file" in refusal(tmp_path / "absent.mp4")
    assert "folder" in refusal(tmp_path)
    (tmp_path / "empty.mp4").touch()
    assert "empty" in refusal(tmp_path / "empty.mp4")
    (tmp_path / "words.mp4").write_text("these are words, not pictures\n" * 100)
    assert "not video" in refusal(tmp_path / "words.mp4")
    (tmp_path / "noise.mp4").write_bytes(np.random.default_rng(1).bytes(20_000))
    assert refusal(tmp_path / "noise.mp4")
    os.mkfifo(tmp_path / "pipe.mp4")
    assert "regular file" in refusal(tmp_path / "pipe.mp4")


def test_sound_alone_is_not_video(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "sound.wav"), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(16000))
    assert "only audio" in refusal(tmp_path / "sound.wav")


@pytest.mark.parametrize("front", [True, False])
def test_a_file_cut_short_is_refused_whole(tmp_path: Path, front: bool) -> None:
    whole = make_video(tmp_path / "whole.mp4")
    if front:
        plain, whole = whole, tmp_path / "front.mp4"
        with (
            av.open(str(plain)) as inp,
            av.open(str(whole), "w", options={"movflags": "+faststart"}) as out,
        ):
            copy = out.add_stream_from_template(inp.streams.video[0], opaque=True)
            for packet in inp.demux(video=0):
                if packet.size:
                    packet.stream = copy
                    out.mux(packet)
    data = whole.read_bytes()
    (tmp_path / "cut.mp4").write_bytes(data[: len(data) * 2 // 3])
    text = refusal(tmp_path / "cut.mp4")
    assert "cut short" in text or "damaged" in text


def test_a_bare_elementary_stream_has_no_time_and_is_refused(tmp_path: Path) -> None:
    assert "no time stamps" in refusal(make_video(tmp_path / "bare.h264"))


def test_a_stream_whose_time_stands_still_is_refused(tmp_path: Path) -> None:
    path = make_video(tmp_path / "even.mkv")

    def stand_still(index: int, packet: av.Packet) -> av.Packet:
        packet.pts, packet.dts = 1000, index
        return packet

    assert "stands still" in refusal(remade(path, tmp_path / "still.mkv", stand_still))


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    path = make_video(tmp_path / "secret.mp4")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    assert "cannot be read" in refusal(path)
