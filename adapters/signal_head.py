"""What a signal head shows in one frame, from the pixels of its lamps alone.

A lamp is lit when it is more of its own colour, and brighter, than what surrounds it; a red lorry
in front of the head is red all over and lights nothing. Every doubt is UNKNOWN. No memory: what
was seen before, flashing and red's onset belong to `enforcement.signals`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from adapters.decode_session import Frame
from adapters.picture import Image
from enforcement.scene import SignalHead
from enforcement.signals import SignalReading, SignalState

Box = tuple[float, float, float, float]
Lamps = tuple[tuple[str, Box], ...]

_LIT = 0.5
_UNLIT = 0.25
# Shares of a lamp's size: the glowing disc, the quiet gap about it, the surroundings.
_DISC, _GAP, _AROUND = 0.9, 1.25, 2.2
_LEAST_AROUND_PX = 3.0
# Grey levels of 255. A lens lit by the sun alone stays below these; a lamp of 8 px, coded at
# CRF 32, stays above.
_COLOUR_FROM, _COLOUR_FULL = 18.0, 66.0
_BRIGHT_FROM, _BRIGHT_FULL = 20.0, 60.0
# White-hot in the dark: the place already says which lamp it is, a tinge confirms it.
_BLOWN_OVER = 120.0
_TINGE_FROM, _TINGE_FULL = 4.0, 24.0
# Glow that spills from a lit neighbour has less than this share of its colour.
_SPILL = 0.45
_WASHED_OUT = 235.0
_WHITE, _WHITE_SHARE = 200.0, 0.2
_WHOLE_HEAD = frozenset({"red", "amber", "green"})
_STATES = {
    frozenset({"red"}): SignalState.RED,
    frozenset({"amber"}): SignalState.AMBER,
    frozenset({"green"}): SignalState.GREEN,
    frozenset({"red", "amber"}): SignalState.RED_AMBER,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where to look: window (x, y, width, height) of the frame, flat pixel numbers in it per lamp."""

    window: tuple[int, int, int, int]
    discs: Mapping[str, npt.NDArray[np.intp]]
    glows: Mapping[str, npt.NDArray[np.intp]]
    around: Mapping[str, npt.NDArray[np.intp]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """One lamp: colour and brightness above its surroundings, and brightness itself, grey levels."""

    colour: float
    brightness_over: float
    brightness: float
    white: bool


def read_head(head: SignalHead, frame: Frame) -> SignalReading:
    """The head's state in this frame; UNKNOWN with confidence 0 where it is not clear."""
    lamps: Lamps = tuple((name, _box(box)) for name, box in sorted(head.lamps.items()))
    layout = layout_of(lamps)
    x, y, width, height = layout.window
    inside = x >= 0 and y >= 0 and x + width <= frame.width and y + height <= frame.height
    if frame.stamp.concealed or not inside:
        state, confidence = SignalState.UNKNOWN, 0.0
    else:
        state, confidence = read_lamps(frame.crop(x, y, width, height), layout)
    return SignalReading(signal_id=head.id, t_s=frame.stamp.t_s, state=state, confidence=confidence)


@lru_cache(maxsize=256)
def layout_of(lamps: Lamps) -> Layout:
    """Pixels of lamps given as (name, (x, y, width, height)) in frame pixels.

    The window reaches as far as the surroundings do, and no further than the picture's top left.
    """
    boxes = dict(lamps)
    reach = [_grown(box, _AROUND) for box in boxes.values()]
    left = max(0, int(min(r[0] for r in reach)))
    top = max(0, int(min(r[1] for r in reach)))
    right = int(np.ceil(max(r[2] for r in reach)))
    bottom = int(np.ceil(max(r[3] for r in reach)))
    rows, columns = np.mgrid[top:bottom, left:right] + 0.5
    near = {name: _ellipse(rows, columns, box, _GAP) for name, box in boxes.items()}
    any_lamp = np.logical_or.reduce(list(near.values()))
    return Layout(
        window=(left, top, right - left, bottom - top),
        discs={
            name: np.flatnonzero(_ellipse(rows, columns, box, _DISC)) for name, box in boxes.items()
        },
        glows={name: np.flatnonzero(mask) for name, mask in near.items()},
        around={
            name: np.flatnonzero(
                _ellipse(rows, columns, box, _AROUND, _LEAST_AROUND_PX) & ~any_lamp
            )
            for name, box in boxes.items()
        },
    )


def read_lamps(window: Image, layout: Layout) -> tuple[SignalState, float]:
    """(state, confidence) from the BGR window of a layout; confidence is 0 where unknown."""
    pixels = np.ascontiguousarray(window.reshape(-1, 3).T, dtype=np.float32)
    looks = {name: _look(pixels, layout, name) for name in layout.discs}
    brightest = max(look.colour for look in looks.values())
    lit = {name: _lit(look, looks, brightest) for name, look in looks.items()}
    shining = frozenset(name for name, share in lit.items() if share >= _LIT)
    doubtful = any(_UNLIT < share < _LIT for share in lit.values())
    if not shining:
        return _nothing_lit(looks, lit, doubtful=doubtful)
    state = _STATES.get(shining)
    if state is None or doubtful:
        return SignalState.UNKNOWN, 0.0
    return state, min(share if name in shining else 1.0 - share for name, share in lit.items())


def _nothing_lit(
    looks: Mapping[str, _Look], lit: Mapping[str, float], *, doubtful: bool
) -> tuple[SignalState, float]:
    """Dark is claimed only of a whole head whose every lens is seen to be dark."""
    washed = any(look.brightness >= _WASHED_OUT for look in looks.values())
    if doubtful or washed or set(looks) != _WHOLE_HEAD:
        return SignalState.UNKNOWN, 0.0
    return SignalState.DARK, 1.0 - max(lit.values())


def _lit(look: _Look, looks: Mapping[str, _Look], brightest: float) -> float:
    """How surely a lamp shines, 0 to 1: its colour and its brightness must both say so."""
    if look.colour < _SPILL * brightest:
        return 0.0
    others = [o.brightness for o in looks.values() if o is not look]
    over = max(look.brightness_over, look.brightness - min(others, default=look.brightness))
    blown = look.white and look.brightness_over >= _BLOWN_OVER
    bounds = (_TINGE_FROM, _TINGE_FULL) if blown else (_COLOUR_FROM, _COLOUR_FULL)
    colour = _ramp(look.colour, *bounds)
    return float(np.sqrt(colour * _ramp(over, _BRIGHT_FROM, _BRIGHT_FULL)))


def _look(pixels: npt.NDArray[np.float32], layout: Layout, name: str) -> _Look:
    disc, around = pixels[:, layout.discs[name]], pixels[:, layout.around[name]]
    bright = _quantile(disc.max(axis=0), 0.75)
    white = float(np.mean(disc.min(axis=0) > _WHITE)) > _WHITE_SHARE
    if white:
        # A lamp too bright for the sensor is white inside; its colour is left at the rim.
        own = _quantile(_of_colour(pixels[:, layout.glows[name]], name), 0.85)
    else:
        own = _quantile(_of_colour(disc, name), 0.75)
    return _Look(
        colour=own - max(0.0, _quantile(_of_colour(around, name), 0.6)),
        brightness_over=bright - _quantile(around.max(axis=0), 0.5),
        brightness=bright,
        white=white,
    )


def _quantile(values: npt.NDArray[np.float32], share: float) -> float:
    # numpy.percentile costs ten times this on so few values.
    at = int(share * (len(values) - 1))
    return float(np.partition(values, at)[at])


def _of_colour(bgr: npt.NDArray[np.float32], name: str) -> npt.NDArray[np.float32]:
    """(N,) from (3, N): how much of a lamp's colour each pixel has. LED green leans to cyan, amber to red."""
    blue, green, red = bgr
    if name == "red":
        # Half as much green again goes, so that amber is less red than red is.
        shade = red - np.maximum(1.5 * green, blue)
    elif name == "amber":
        shade = np.minimum(red, 1.6 * green) - np.maximum(blue, 0.5 * green)
    else:
        shade = np.minimum(green - red, 2.0 * green - blue - red)
    return np.asarray(shade, np.float32)


def _ramp(value: float, start: float, full: float) -> float:
    return min(1.0, max(0.0, (value - start) / (full - start)))


def _box(box: tuple[float, ...]) -> Box:
    x, y, width, height = box
    return float(x), float(y), float(width), float(height)


def _grown(box: Box, share: float) -> tuple[float, float, float, float]:
    x, y, width, height = box
    half_w = max(width / 2 * share, width / 2 + _LEAST_AROUND_PX)
    half_h = max(height / 2 * share, height / 2 + _LEAST_AROUND_PX)
    return (
        x + width / 2 - half_w,
        y + height / 2 - half_h,
        x + width / 2 + half_w,
        y + height / 2 + half_h,
    )


def _ellipse(
    rows: npt.NDArray[np.float64],
    columns: npt.NDArray[np.float64],
    box: Box,
    share: float,
    least_px: float = 0.0,
) -> npt.NDArray[np.bool_]:
    x, y, width, height = box
    half_w = max(width / 2 * share, width / 2 + least_px if least_px else 0.5)
    half_h = max(height / 2 * share, height / 2 + least_px if least_px else 0.5)
    across = (columns - x - width / 2) / half_w
    down = (rows - y - height / 2) / half_h
    inside: npt.NDArray[np.bool_] = across**2 + down**2 <= 1.0
    return inside
