"""Named, seeded scenes: the one way from a name and a seed to everything that happens on a road."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from enforcement.detections import VehicleClass
from enforcement.errors import BadInput
from enforcement.verdicts import InfractionType
from simulation.bus_lane_scene import bus_lane_traffic
from simulation.lens import Camera, Lens, pole_camera
from simulation.red_light_scene import junction_traffic
from simulation.road import Road, parallel_lanes
from simulation.scene import Rules, SimScene
from simulation.signals import Head, Programme
from simulation.speed_scene import Flow, speed_traffic
from simulation.vehicles import Vehicle
from simulation.verdict_truth import infractions
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
    margin_kmh: float = 0.0
    mix: dict[VehicleClass, float] | None = None


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
    flow = Flow(
        passes=o.passes,
        density=o.density or 0.6,
        limit_kmh=o.limit_kmh,
        on=EPOCH.date(),
        margin_kmh=o.margin_kmh,
        mix=o.mix,
    )
    vehicles = speed_traffic(rng, road, flow)
    return _scene("speed", o, camera, road, vehicles)


def red_light_scene(o: Options, *, front: bool = False) -> SimScene:
    """A junction: the camera behind the line sees rears and the far head, or fronts from across."""
    rng = np.random.default_rng((o.seed, 2))
    lanes = parallel_lanes(2 if o.close else 3, -1 if front else 1)
    # Rears hide where the front is: the longest truck must fit between the picture's foot and the line,
    # and a longer lens sees the road from farther on.
    line = 40.0 if front else 38.0 if o.close else 34.0
    road = Road(
        lanes=lanes,
        zone_y=(15.0, 62.0 if front else line + 26.0),
        stop_line_y=line,
        zebra_y=(35.5, 38.7) if front else (line + 1.3, line + 4.5),
        cross_road_y=(19.0, 33.5) if front else (line + 6.5, line + 17.5),
        side_road_y=None if front else (15.5, 21.5),
    )
    camera = _junction_camera(o, rng)
    head = Head(
        signal_id="signal-1",
        x_m=(road.x_left - 0.8) if front else (road.x_right + 0.7),
        y_m=33.0 if front else line + 21.5,
        z_m=3.9,
        heading_deg=180.0 if front else 0.0,
    )
    programme = Programme(green_s=10.0, amber_s=3.0, red_s=13.0, offset_s=float(rng.uniform(0, 2)))
    flow = Flow(passes=o.passes, density=1.0, limit_kmh=o.limit_kmh, on=EPOCH.date(), mix=o.mix)
    vehicles = junction_traffic(rng, road, programme, flow)
    name = "red_light_front" if front else "red_light"
    base = _scene(name, o, camera, road, vehicles)
    return replace(base, heads=(head,), programme=programme)


def _junction_camera(o: Options, rng: np.random.Generator) -> Camera:
    size = o.size or DEFAULT_SIZE
    focal, pitch = (1.5, 9.8) if o.close else (1.12, 12.6)
    return pole_camera(
        lens=make_lens(size, focal, o.distortion),
        size=size,
        height_m=6.4 + float(rng.uniform(-0.2, 0.3)),
        pitch_deg=pitch + float(rng.uniform(-0.2, 0.2)),
        yaw_deg=float(rng.uniform(-1.0, 2.0)),
        roll_deg=float(rng.uniform(-0.6, 0.6)),
        x_m=float(rng.uniform(-0.6, 0.6)),
    )


def bus_lane_scene(o: Options) -> SimScene:
    """An avenue whose kerb lane is for buses; vehicles come towards the camera unless receding."""
    rng = np.random.default_rng((o.seed, 3))
    count = 2 if o.close else o.lanes
    direction = 1 if o.receding else -1
    lanes = parallel_lanes(count, direction, bus_lane=count - 1 if o.receding else 0)
    crossing = (34.0, 48.0)
    mouth = (39.0, 46.0) if direction > 0 else (36.0, 43.0)
    road = Road(
        lanes=lanes,
        zone_y=(18.0, 68.0) if o.close else (15.0, 65.0),
        crossing_y=(crossing,),
        side_road_y=mouth,
        side_road_side=direction,
    )
    flow = Flow(
        passes=o.passes,
        density=o.density or 0.45,
        limit_kmh=o.limit_kmh,
        on=EPOCH.date(),
        mix=o.mix,
    )
    return _scene("bus_lane", o, road_camera(o, rng), road, bus_lane_traffic(rng, road, flow))


def _scene(
    name: str, o: Options, camera: Camera, road: Road, vehicles: tuple[Vehicle, ...]
) -> SimScene:
    return SimScene(
        name=name,
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


def red_light_front_scene(o: Options) -> SimScene:
    """The junction seen from across it."""
    return red_light_scene(o, front=True)


def training_scene(o: Options) -> SimScene:
    """A random mix from the seed: light, rain, lens, direction, lanes, density."""
    rng = np.random.default_rng((o.seed, 4))
    mixed = replace(
        o,
        daylight=list(Daylight)[int(rng.choice(3, p=[0.6, 0.2, 0.2]))],
        rain=bool(rng.random() < 0.2),
        distortion=float(rng.choice([0.0, rng.uniform(0.2, 1.0)])),
        receding=bool(rng.random() < 0.5),
        lanes=int(rng.integers(2, 5)),
        density=float(rng.uniform(0.4, 1.4)),
    )
    return replace(speed_scene(mixed), name="training")


BUILDERS: dict[str, Callable[[Options], SimScene]] = {
    "speed": speed_scene,
    "red_light": red_light_scene,
    "red_light_front": red_light_front_scene,
    "bus_lane": bus_lane_scene,
    "training": training_scene,
}
DEMO = ("speed", "red_light", "bus_lane")
DEMO_SIZE = (1920, 1080)
DEMO_MARGIN_KMH = 3.0
DEMO_INFRACTIONS, DEMO_ATTEMPTS = 2, 40
DEMO_TYPES = {
    "speed": InfractionType.SPEED_VIOLATION,
    "red_light": InfractionType.RED_LIGHT,
    "bus_lane": InfractionType.LANE_INVASION,
}


def scenario_names() -> list[str]:
    """Names that `build` knows."""
    return [*BUILDERS, "demo"]


def build(name: str, options: Options, cameras: int | None = None) -> list[SimScene]:
    """The scenes of a scenario, one per camera, each with its own seed and camera id.

    Raises BadInput for a name it does not know.
    """
    if name == "demo":
        kinds = [DEMO[i % len(DEMO)] for i in range(cameras or len(DEMO))]
        return [_demo_scene(kind, options, i) for i, kind in enumerate(kinds)]
    if name not in BUILDERS:
        raise BadInput(f"scenario {name}: unknown; one of {', '.join(scenario_names())}")
    return [
        BUILDERS[name](replace(options, seed=options.seed + i, camera_id=f"sim-{i + 1}"))
        for i in range(cameras or 1)
    ]


def _demo_scene(kind: str, options: Options, number: int) -> SimScene:
    """The first scene from the seed on that shows its own infraction: a demo has something to show.

    Nothing is bent for the pipeline but the speed margin: no truth sits within a hair of the limit.
    """
    o = replace(
        options,
        size=options.size or DEMO_SIZE,
        close=True,
        margin_kmh=DEMO_MARGIN_KMH,
        camera_id=f"sim-{number + 1}",
    )
    wanted = min(DEMO_INFRACTIONS, max(options.passes // 5, 1))
    for attempt in range(DEMO_ATTEMPTS):
        scene = BUILDERS[kind](replace(o, seed=options.seed * 1000 + number * 100 + attempt))
        own = [one for one in infractions(scene) if one.type is DEMO_TYPES[kind]]
        if len(own) >= wanted:
            return scene
    return scene
