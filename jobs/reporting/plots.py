"""Plots as SVG in the console's manner, drawn for paper as well: every value is also written.

It must not know what is plotted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_WIDE, _HIGH, _FOOT, _SIDE = 720, 210, 26, 48


def number(value: float | None, places: int = 0) -> str:
    """As written in Peru: 1,284.50; an en dash for nothing."""
    return "–" if value is None else f"{value:,.{places}f}"


def percent(value: float | None, places: int = 1) -> str:
    """A share in percent."""
    return "–" if value is None else f"{100 * value:.{places}f} %"


def bars(
    title: str,
    labels: Sequence[str],
    series: Sequence[tuple[str, str, Sequence[float]]],
    *,
    every: int = 1,
) -> str:
    """Stacked vertical bars. series: (name, class of its colour, values), from the bottom up."""
    sums = [sum(values) for values in zip(*(one[2] for one in series), strict=True)]
    top = _nice(max([*sums, 1]))
    step = (_WIDE - _SIDE) / max(1, len(labels))
    parts = [_grid(top)]
    for i, label in enumerate(labels):
        base = 0.0
        x = _SIDE + i * step + step * 0.14
        for name, kind, values in series:
            low, high = _y(base, top), _y(base + values[i], top)
            parts.append(
                f'<rect class="{kind}" x="{x:.1f}" y="{high:.1f}" width="{step * 0.72:.1f}"'
                f' height="{low - high:.1f}"><title>{escape(label)}, {escape(name)}:'
                f" {number(values[i])}</title></rect>"
            )
            base += values[i]
        if i % every == 0:
            at = _SIDE + (i + 0.5) * step
            parts.append(
                f'<text class="tick mid" x="{at:.1f}" y="{_HIGH - 8}">{escape(label)}</text>'
            )
    return _figure(title, _WIDE, _HIGH, parts, [(name, kind) for name, kind, _ in series])


def rows_of_bars(title: str, rows: Sequence[tuple[str, float]]) -> str:
    """Horizontal bars with their values, for names."""
    top = max([value for _, value in rows] + [1])
    parts = []
    for i, (label, value) in enumerate(rows):
        wide = max(2.0, value / top * (_WIDE - 330))
        y = i * 26
        parts.append(
            f'<text class="name end" x="232" y="{y + 19}">{escape(_short(label, 34))}</text>'
            f'<rect class="c0" x="240" y="{y + 5}" width="{wide:.1f}" height="18" rx="2"/>'
            f'<text class="tick" x="{246 + wide:.1f}" y="{y + 19}">{number(value)}</text>'
        )
    return _figure(title, _WIDE, len(rows) * 26 + 8, parts)


def heat(title: str, rows: Sequence[str], values: Sequence[Sequence[float]]) -> str:
    """Hours of the day by rows; the darker the more, each with its number on paper too."""
    top = max([v for row in values for v in row] + [1])
    side, cell, high = 92, (_WIDE - 92) / 24, 27
    parts = [
        f'<text class="tick mid" x="{side + (hour + 0.5) * cell:.1f}" y="12">{hour:02d}</text>'
        for hour in range(24)
    ]
    for y, (label, row) in enumerate(zip(rows, values, strict=True)):
        at = 18 + y * high
        parts.append(f'<text class="name end" x="{side - 8}" y="{at + 18}">{escape(label)}</text>')
        for hour, value in enumerate(row):
            shade = value / top
            ink = "heat-light" if shade > 0.55 else "heat-dark"
            x = side + hour * cell
            parts.append(
                f'<rect class="heat" style="fill-opacity:{0.06 + 0.94 * shade:.2f}" x="{x:.1f}" y="{at}"'
                f' width="{cell - 1.5:.1f}" height="{high - 2}"><title>{escape(label)} {hour:02d}:00:'
                f" {number(value)}</title></rect>"
                f'<text class="{ink} mid" x="{x + cell / 2:.1f}" y="{at + 17}">{_brief(value)}</text>'
            )
    return _figure(title, _WIDE, 18 + high * len(rows) + 4, parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A value with its bounds; None where there is none."""

    label: str
    value: float | None
    low: float | None
    high: float | None


def intervals(title: str, rows: Sequence[Interval], *, neutral: float = 1.0) -> str:
    """Ratios with their intervals on a logarithmic scale; the line is where nothing changed."""
    known = [v for row in rows for v in (row.low, row.high, row.value) if v]
    reach = max([abs(math.log(v / neutral)) for v in known] + [math.log(1.5)])
    reach = min(reach * 1.05, math.log(16))
    side = 240

    def x(value: float | None, default: float) -> float:
        log = default if not value else max(-reach, min(reach, math.log(value / neutral)))
        return side + (log / reach + 1) / 2 * (_WIDE - side - 70)

    foot = len(rows) * 26 + 6
    parts = []
    for tick in (0.25, 0.5, 0.8, 1, 1.25, 2, 4, 8):
        if abs(math.log(tick)) <= reach:
            kind = "zero" if tick == neutral else "grid"
            parts.append(
                f'<line class="{kind}" x1="{x(tick, 0):.1f}" x2="{x(tick, 0):.1f}" y1="0" y2="{foot}"/>'
                f'<text class="tick mid" x="{x(tick, 0):.1f}" y="{foot + 14}">×{tick:g}</text>'
            )
    for i, row in enumerate(rows):
        y = i * 26 + 15
        sure = (row.low or 0) > neutral or (row.high is not None and row.high < neutral)
        kind = "" if not sure else " more" if (row.low or 0) > neutral else " less"
        parts.append(
            f'<text class="name end" x="{side - 8}" y="{y + 4}">{escape(_short(row.label, 34))}</text>'
            f'<line class="span{kind}" x1="{x(row.low, -reach):.1f}" x2="{x(row.high, reach):.1f}"'
            f' y1="{y}" y2="{y}"/>'
        )
        if row.value:
            parts.append(f'<circle class="dot{kind}" cx="{x(row.value, 0):.1f}" cy="{y}" r="4.5"/>')
        shown = "–" if row.value is None else f"×{row.value:.2f}"
        parts.append(f'<text class="tick end" x="{_WIDE - 4}" y="{y + 4}">{shown}</text>')
    return _figure(title, _WIDE, foot + 20, parts)


def _figure(
    title: str, wide: int, high: int, parts: list[str], legend: Sequence[tuple[str, str]] = ()
) -> str:
    keys = "".join(
        f'<span class="key"><svg width="11" height="11"><rect class="{kind}" width="11" height="11" rx="2"/>'
        f"</svg> {escape(name)}</span>"
        for name, kind in legend
    )
    return (
        f"<figure><figcaption>{escape(title)}</figcaption>{f'<p class=legend>{keys}</p>' if keys else ''}"
        f'<svg viewBox="0 0 {wide} {high}" role="img" aria-label="{escape(title)}">{"".join(parts)}</svg>'
        "</figure>"
    )


def _grid(top: float) -> str:
    return "".join(
        f'<line class="grid" x1="{_SIDE}" x2="{_WIDE}" y1="{_y(top * share, top):.1f}"'
        f' y2="{_y(top * share, top):.1f}"/><text class="tick end" x="{_SIDE - 6}"'
        f' y="{_y(top * share, top) + 4:.1f}">{_brief(top * share)}</text>'
        for share in (0, 0.5, 1)
    )


def _y(value: float, top: float) -> float:
    return 8 + (_HIGH - _FOOT - 8) * (1 - value / top)


def _brief(value: float) -> str:
    if value >= 1_000_000:
        return f"{value / 1_000_000:.3g} M"
    return f"{value / 1000:.3g} k" if value >= 10_000 else number(value)


def _nice(value: float) -> float:
    """The axis' end: a round number that holds the value and whose half, the middle line, is whole."""
    size = 10.0 ** math.floor(math.log10(value))
    ends = (round(step * size, 6) for step in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10))
    return next(end for end in ends if end >= value and end % 2 == 0)


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
