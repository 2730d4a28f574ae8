"""A pass against a line across its lane: where its leading edge was, and when it crossed.

Positions come from the path; what a lamp showed meanwhile, and whether crossing was allowed, is not known
here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from enforcement.detections import BoolArray, FloatArray
from enforcement.passes import VehiclePass
from enforcement.path import GroundPath

FRONT_SIGMA_M = 0.15
"""Doubt of where the end that the camera sees is, besides the box's noise, metres."""
STRAY_ROWS = 4
"""Observations to either side that say where a vehicle must have been."""
STRAY_DOUBTS, STRAY_M = 5.0, 1.5
"""An observation so many standard errors plus so many metres off from there is another vehicle's box."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approach:
    """Leading edge against the line, signed metres (negative behind); (N,) each.

    lead_m: with the class's typical length. least_m, most_m: with its shortest and longest where the
    length decides. sigma_m: doubt from the box. usable: rows used.
    """

    t_s: FloatArray
    lead_m: FloatArray
    least_m: FloatArray
    most_m: FloatArray
    sigma_m: FloatArray
    usable: BoolArray


def approach_to(pass_: VehiclePass, path: GroundPath, line: FloatArray) -> Approach | None:
    """Signed distances along the heading, only while the path runs between the line's ends.

    line: (2, 2) metres. None where fewer than three observations can be placed, or it passes beside.
    """
    rows = path.measurable & ~pass_.track.concealed
    if int(rows.sum()) < 3:
        return None
    along = line[1] - line[0]
    length = float(np.linalg.norm(along))
    normal = np.array([-along[1], along[0]]) / length
    travel = path.centre[rows][-1] - path.centre[rows][0]
    if float(travel @ normal) < 0:
        normal = -normal
    lead = (path.front() - line[0]) @ normal
    lateral = (path.front() - line[0]) @ along / length
    if not _between_ends(lead, lateral, rows, length):
        return None
    variance = np.einsum("i,nij,j->n", normal, path.cov, normal)
    sigma = np.sqrt(np.nan_to_num(variance, nan=1e6) + FRONT_SIGMA_M**2)
    # Where the rear is what the box shows, the leading edge is a vehicle's length away from it.
    shape = path.shape
    shortest, longest = shape.length_range_m if _recedes(pass_) else (shape.length_m,) * 2
    lead = np.nan_to_num(lead, nan=0.0)
    usable = rows & (pass_.track.occlusion < 0.5)
    usable[usable] = ~strays(pass_.track.t_s[usable], lead[usable], sigma[usable])
    return Approach(
        t_s=pass_.track.t_s,
        lead_m=lead,
        least_m=lead - (shape.length_m - shortest),
        most_m=lead + (longest - shape.length_m),
        sigma_m=sigma,
        usable=usable,
    )


def strays(t_s: FloatArray, along_m: FloatArray, sigma_m: FloatArray) -> BoolArray:
    """(N,) bool: observations from which the vehicle would have had to jump.

    For a frame or two a tracker may go on with another vehicle's box. Where a vehicle was is what the
    median of its neighbours says, each carried over with the median of the speeds between them. t_s: (N,)
    seconds; along_m, sigma_m: (N,) metres. With fewer than five observations nothing can be said.
    """
    count = len(t_s)
    if count < 5:
        return np.zeros(count, bool)
    offsets = np.r_[-STRAY_ROWS:0, 1 : STRAY_ROWS + 1]
    index = np.arange(count)[:, None] + offsets
    absent = (index < 0) | (index >= count)
    index = np.clip(index, 0, count - 1)
    t, at = t_s[index], along_m[index]
    pairs = np.triu_indices(len(offsets), 1)
    seconds = t[:, pairs[1]] - t[:, pairs[0]]
    unknown = absent[:, pairs[0]] | absent[:, pairs[1]] | (seconds <= 0)
    speeds = np.where(
        unknown, np.nan, (at[:, pairs[1]] - at[:, pairs[0]]) / np.where(unknown, 1.0, seconds)
    )
    speed = np.nanmedian(speeds, axis=1)
    carried = np.where(absent, np.nan, at + speed[:, None] * (t_s[:, None] - t))
    expected = np.nanmedian(carried, axis=1)
    return np.asarray(np.abs(along_m - expected) > STRAY_M + STRAY_DOUBTS * sigma_m)


def _recedes(pass_: VehiclePass) -> bool:
    """The box shrinks or climbs over the pass: the camera sees the rear."""
    bottom = pass_.track.xyxy[:, 3]
    return bool(bottom[-1] < bottom[0])


def _between_ends(
    lead: FloatArray, lateral: FloatArray, rows: BoolArray, length: float, slack_m: float = 0.5
) -> bool:
    seen = np.flatnonzero(rows)
    nearest = seen[int(np.argmin(np.abs(lead[seen])))]
    return bool(-slack_m <= lateral[nearest] <= length + slack_m)


def crossing(approach: Approach, lead_m: FloatArray) -> float | None:
    """Instant at which a leading edge passes the line for the last time from behind, seconds."""
    rows = np.flatnonzero(approach.usable)
    lead, t = lead_m[rows], approach.t_s[rows]
    crossings = np.flatnonzero((lead[:-1] <= 0) & (lead[1:] > 0))
    if len(crossings) == 0:
        return None
    i = int(crossings[-1])
    share = -lead[i] / (lead[i + 1] - lead[i])
    return float(t[i] + share * (t[i + 1] - t[i]))
