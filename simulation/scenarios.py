"""Named, seeded scenes: the one way from a name and a seed to everything that happens on a road."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from enforcement.errors import BadInput
from simulation.lens import Camera, Lens, pole_camera
from simulation.road import Road, parallel_lanes
from simulation.scene import Rules, SimScene
from simulation.speed_scene import Flow, speed_traffic
from simulation.weather import Daylight, weather

DEFAULT_SIZE = (1280, 720)
EPOCH = datetime(2026, 3, 2, 15, 0, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What every scenario understands. density is vehicles per second; distortion scales a wide lens.
    None leaves the scenario's own value."""

    seed: int = 1
    passes: int = 12
    size: tuple[int, int] | None = None
    fps: float = 25.0
    daylight: Daylight = Daylight.DAY
    rain: bool = False
    density: float | None = None
    limit_kmh: float = 60.0
    lanes: int = 3
    receding: bool = False
    distortion: float = 0.0
    camera_id: str = "sim-1"
    close: bool = False


def make_lens(size: tuple[int, int], focal_rel: float, distortion: float) -> Lens:
    """A lens whose focal length is focal_rel picture widths."""
    f = size[0] * focal_rel
    return Lens(
        fx=f,
        fy=f,
        cx=size[0] / 2 + 2.0 * (distortion > 0),
        cy=size[1] / 2 - 3.0 * (distortion > 0),
        k1=-0.28 * distortion,
        k2=0.09 * distortion,
        p1=0.0006 * distortion,
        p2=-0.0004 * distortion,
    )


def road_camera(o: Options, rng: np.random.Generator) -> Camera:
    """A bridge camera over the lanes: zone about 15 to 45 m ahead; close looks at fewer lanes, larger."""
    focal = 1.75 if o.close else 1.17
    height, pitch = (5.8, 12.6) if o.close else (7.0, 13.6)
    size = o.size or DEFAULT_SIZE
    return pole_camera(
        lens=make_lens(size, focal, o.distortion),
        size=size,
        height_m=height + float(rng.uniform(-0.3, 0.3)),
        pitch_deg=pitch + float(rng.uniform(-0.4, 0.4)),
        yaw_deg=float(rng.uniform(-2.0, 2.0)),
        roll_deg=float(rng.uniform(-0.8, 0.8)),
        x_m=float(rng.uniform(-0.8, 0.8)),
    )


def speed_scene(o: Options) -> SimScene:
    """Free traffic past a bridge camera."""
    rng = np.random.default_rng((o.seed, 1))
    camera = road_camera(o, rng)
    lanes = parallel_lanes(2 if o.close else o.lanes, 1 if o.receding else -1)
    road = Road(lanes=lanes, zone_y=(22.0, 48.0) if o.close else (16.0, 45.0))
    flow = Flow(passes=o.passes, density=o.density or 0.6, limit_kmh=o.limit_kmh, on=EPOCH.date())
    vehicles = speed_traffic(rng, road, flow)
    return SimScene(
        name="speed",
        camera_id=o.camera_id,
        seed=o.seed,
        camera=camera,
        road=road,
        vehicles=vehicles,
        weather=weather(o.daylight, rain=o.rain),
        epoch=EPOCH,
        fps=o.fps,
        duration_s=max(v.motion.leaves_s for v in vehicles) + 0.5,
        rules=Rules(limit_kmh=o.limit_kmh),
    )


BUILDERS: dict[str, Callable[[Options], SimScene]] = {"speed": speed_scene}


def scenario_names() -> list[str]:
    """Names that `build` knows."""
    return [*BUILDERS]


def build(name: str, options: Options, cameras: int | None = None) -> list[SimScene]:
    """The scenes of a scenario, one per camera, each with its own seed and camera id."""
    if name not in BUILDERS:
        raise BadInput(f"scenario {name}: unknown; one of {', '.join(scenario_names())}")
    return [
        BUILDERS[name](replace(options, seed=options.seed + i, camera_id=f"sim-{i + 1}"))
        for i in range(cameras or 1)
    ]
