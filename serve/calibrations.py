"""A calibration as callers send it, proved, and as they see it.

Between the bodies of HTTP and enforcement's fit; it must not know the database.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anyio import to_thread

from enforcement.calibration import PointPair, RoadPlane
from enforcement.calibration_check import MAX_HELD_OUT_RMSE_M, PointError, Proof, prove
from enforcement.lens import Lens
from serve.site_types import CalibrationGiven

# Points of a road nobody gave the picture's size for reach so far beyond the outermost of them.
_ASSUMED_MARGIN = 1.05


async def proved(given: CalibrationGiven) -> tuple[Proof, dict[str, Any]]:
    """(proof, the site file's section). Fitting many points takes a tenth of a second, so in a thread.

    Raises BadInput for places far from each other.
    """
    points, held_out = given.pairs(given.points), given.pairs(given.held_out)
    section: dict[str, Any] = {"points": _rows(points)}
    if held_out:
        section["held_out"] = _rows(held_out)
    if given.lens is not None:
        section["lens"] = given.lens.model_dump()

    def fit() -> Proof:
        return prove(points, held_out=held_out, lens=given.lens_used(), image_size=given.image_size)

    return await to_thread.run_sync(fit), section


async def proof_of(section: Mapping[str, Any], image_size: list[int] | None) -> Proof:
    """The proof of what is kept. image_size None: kept before sizes were, so a picture is assumed."""
    points, held_out = _pairs(section.get("points")), _pairs(section.get("held_out"))
    size = image_size or _assumed(points + held_out)
    lens = Lens(**section["lens"]) if section.get("lens") else None

    def fit() -> Proof:
        return prove(points, held_out=held_out, lens=lens, image_size=(size[0], size[1]))

    return await to_thread.run_sync(fit)


def shown(proof: Proof) -> dict[str, Any]:
    """For an answer; see site_answers.ProofShown."""
    road = proof.road
    return {
        "accepted": proof.accepted,
        "refusal": proof.refusal,
        "detail": proof.detail,
        "fit_rmse_m": None if road is None else road.fit_rmse_m,
        "held_out_rmse_m": None if road is None else road.held_out_rmse_m,
        "held_out_by": _by(road, proof),
        "limit_m": MAX_HELD_OUT_RMSE_M,
        "camera_height_m": None if road is None else road.camera_height_m,
        "points": [_error(one) for one in proof.points],
        "held_out": [_error(one) for one in proof.held_out],
        "grid_step_m": proof.grid_step_m,
        "grid": [line.tolist() for line in proof.grid],
    }


def _by(road: RoadPlane | None, proof: Proof) -> str | None:
    if road is None or road.held_out_rmse_m is None:
        return None
    return "held_out" if proof.held_out else "left_out"


def _error(one: PointError) -> dict[str, float]:
    return {"error_m": one.metres, "error_px": one.pixels}


def _rows(pairs: list[PointPair]) -> list[dict[str, list[float]]]:
    # + 0.0: JSON in the database knows no negative zero.
    return [
        {"image": [v + 0.0 for v in pair.image], "world_m": [v + 0.0 for v in pair.world_m]}
        for pair in pairs
    ]


def _pairs(rows: Any) -> list[PointPair]:
    return [
        PointPair(image=tuple(row["image"]), world_m=tuple(row["world_m"])) for row in rows or ()
    ]


def _assumed(pairs: list[PointPair]) -> list[int]:
    return [max(16, round(_ASSUMED_MARGIN * max(p.image[axis] for p in pairs))) for axis in (0, 1)]
