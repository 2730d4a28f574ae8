"""Lamps read from pixels: drawn heads by day, dusk and night, and a real crossing in Hanoi."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

import cv2
import numpy as np
import pytest

from adapters.picture import Image
from adapters.signal_head import layout_of, read_head, read_lamps
from adapters.snapshot import encode_jpeg
from adapters.video_stream import VideoStream
from enforcement.scene import SignalHead
from enforcement.signals import SignalState
from tests.fixtures.video import make_video

LIT = {"red": (30, 30, 255), "amber": (0, 150, 255), "green": (150, 230, 40)}
UNLIT = {"red": (18, 18, 60), "amber": (15, 40, 60), "green": (30, 45, 20)}
BEHIND = {"day": 165, "sky": 225, "dusk": 72, "night": 12, "rain": 120}
LENS = {"day": 1.0, "sky": 1.2, "dusk": 0.6, "night": 0.15, "rain": 0.8}
FINE = 4
Lamps = dict[str, tuple[float, float, float, float]]


def draw(
    lit: set[str],
    scene: str,
    size: int,
    *,
    seed: int = 1,
    backplate: bool = True,
    quality: int = 60,
) -> tuple[Image, Lamps]:
    """A head drawn four times too large, glowing at night, noisy, and through JPEG."""
    chance = np.random.default_rng(seed)
    big = np.full((100 * FINE, 100 * FINE, 3), float(BEHIND[scene]), np.float32)
    left, top = 44.0, 50 - 1.65 * size
    if backplate:
        edge = 0.25 * size
        corners = [left - edge, top - edge, left + size + edge, top + 3.3 * size + edge]
        x0, y0, x1, y1 = (round(c * FINE) for c in corners)
        big[y0:y1, x0:x1] = 8 if scene == "night" else 28
    lamps: Lamps = {}
    for row, name in enumerate(LIT):
        y = top + 1.15 * size * row
        # An installer's box is a pixel off.
        dx, dy = chance.uniform(-1, 1, 2)
        lamps[name] = (left + dx, y + dy, float(size), float(size))
        centre = (round((left + size / 2) * FINE), round((y + size / 2) * FINE))
        colour = LIT[name] if name in lit else tuple(v * LENS[scene] for v in UNLIT[name])
        cv2.circle(big, centre, round(size / 2 * FINE), colour, -1)
        if name in lit and scene in {"night", "dusk"}:
            core = (255, 255, 255) if scene == "night" else tuple(min(255, v + 90) for v in colour)
            cv2.circle(big, centre, round(size * 0.35 * FINE), core, -1)
    if scene == "night":
        big = np.minimum(255, big + 0.5 * cv2.GaussianBlur(big, (0, 0), size * 0.35 * FINE))
    small = cv2.resize(
        cv2.GaussianBlur(big, (0, 0), 0.6 * FINE), (100, 100), interpolation=cv2.INTER_AREA
    )
    noisy = np.clip(small + chance.normal(0, 7 if scene == "night" else 4, small.shape), 0, 255)
    coded = encode_jpeg(noisy.astype(np.uint8), quality=quality)
    decoded = cv2.imdecode(np.frombuffer(coded, np.uint8), cv2.IMREAD_COLOR)
    return np.asarray(decoded, np.uint8), lamps


def read(picture: Image, lamps: Lamps) -> tuple[SignalState, float]:
    layout = layout_of(tuple(sorted(lamps.items())))
    x, y, width, height = layout.window
    return read_lamps(picture[y : y + height, x : x + width], layout)


@pytest.mark.parametrize("scene", list(BEHIND))
@pytest.mark.parametrize(
    ("lit", "state", "least"),
    [
        ({"red"}, SignalState.RED, 0.7),
        ({"amber"}, SignalState.AMBER, 0.9),
        ({"green"}, SignalState.GREEN, 0.9),
        ({"red", "amber"}, SignalState.RED_AMBER, 0.6),
    ],
)
def test_a_lit_lamp_is_read_or_unknown_but_never_another(
    scene: str, lit: set[str], state: SignalState, least: float
) -> None:
    seen: Counter[SignalState] = Counter()
    for seed, size in enumerate((8, 10, 14, 20) * 2):
        picture, lamps = draw(
            lit, scene, size, seed=seed, backplate=bool(seed % 2), quality=40 + 5 * seed
        )
        found, confidence = read(picture, lamps)
        seen[found] += 1
        assert (confidence > 0.5) == (found is not SignalState.UNKNOWN)
    assert seen[state] >= least * seen.total()
    # Amber beside a blown-out red may swallow it: that accuses nobody. Nothing may turn to red.
    assert set(seen) <= {state, SignalState.UNKNOWN} | (
        {SignalState.AMBER} if len(lit) > 1 else set()
    )


@pytest.mark.parametrize("scene", list(BEHIND))
@pytest.mark.parametrize(
    "lit", [set(), {"red", "green"}, {"amber", "green"}, {"red", "amber", "green"}]
)
def test_what_no_signal_shows_is_never_read_as_red(scene: str, lit: set[str]) -> None:
    for seed, size in enumerate((8, 10, 14, 20) * 2):
        picture, lamps = draw(lit, scene, size, seed=seed, backplate=bool(seed % 2))
        assert read(picture, lamps)[0] is not SignalState.RED


@pytest.mark.parametrize("scene", ["day", "dusk", "night", "rain"])
def test_a_head_with_no_lamp_lit_is_dark(scene: str) -> None:
    states = [read(*draw(set(), scene, size, seed=size))[0] for size in (8, 10, 14, 20)]
    assert states.count(SignalState.DARK) >= 3
    assert set(states) <= {SignalState.DARK, SignalState.UNKNOWN}


@pytest.mark.parametrize(
    "colour", [(30, 30, 200), (40, 170, 230), (90, 200, 60), (250, 250, 250), (5, 5, 5)]
)
def test_a_lorry_in_front_of_the_head_lights_nothing(colour: tuple[int, int, int]) -> None:
    picture, lamps = draw({"green"}, "day", 12)
    noise = np.random.default_rng(3).normal(0, 4, picture.shape)
    covered = np.clip(np.asarray(colour) + noise, 0, 255).astype(np.uint8)
    assert read(covered, lamps)[0] in {SignalState.UNKNOWN, SignalState.DARK}


def test_a_red_lorrys_edge_across_the_head_is_not_red() -> None:
    picture, lamps = draw(set(), "day", 12)
    for reach in range(30, 75, 5):
        half = picture.copy()
        half[:, :reach] = (30, 30, 200)
        half[reach:, :] = picture[reach:, :]
        assert read(half, lamps)[0] is not SignalState.RED


def test_a_head_of_which_only_red_is_known_is_red_or_unknown() -> None:
    for lit, state in (({"red"}, SignalState.RED), ({"green"}, SignalState.UNKNOWN)):
        picture, lamps = draw(lit, "day", 12)
        assert read(picture, {"red": lamps["red"]})[0] is state


def test_a_head_outside_the_picture_is_unknown(tmp_path: Path) -> None:
    head = SignalHead(id="S1", lamps={"red": (500.0, 20.0, 12.0, 12.0)})
    with VideoStream(make_video(tmp_path / "a.mp4", count=2)) as stream:
        reading = read_head(head, next(stream.frames()))
    assert (reading.state, reading.confidence) == (SignalState.UNKNOWN, 0.0)


def test_the_real_head_at_the_crossing_shows_amber_red_green_as_a_person_sees_it(
    assets: Path,
) -> None:
    # Seen in the pictures: amber in frames 0 to 2, red from 3, green from 255 to the end.
    head = SignalHead(
        id="near",
        lamps={
            "red": (554.0, 184.0, 12.0, 13.0),
            "amber": (554.0, 200.0, 12.0, 13.0),
            "green": (554.0, 216.0, 12.0, 13.0),
        },
    )
    clip = assets / "video" / "signalised-intersection-480p6.mp4"
    with VideoStream(clip, start_at=datetime(2022, 9, 25, tzinfo=UTC)) as stream:
        states = [read_head(head, frame).state for frame in stream.frames()]
    phases = [(state, len(list(run))) for state, run in groupby(states)]
    assert phases == [(SignalState.AMBER, 3), (SignalState.RED, 252), (SignalState.GREEN, 129)]
