"""Speed as a measurement: exact without noise, honest with it, and refused where it cannot be known."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from enforcement.contact import SHAPES, varied
from enforcement.detections import VehicleClass
from enforcement.passes import measure_pass
from enforcement.speed import COVERAGE_95, Speed, SpeedRules, refused
from enforcement.tracks import Track
from enforcement.verdicts import Reason
from tests.fixtures import roads
from tests.fixtures.roads import Pose

CAR, BUS, TRUCK, MOTORCYCLE = VehicleClass
# Enough that a budget a third too small shows.
DRAWS = 150


def speed_of(track: Track, **changes: object) -> Speed:
    return roads.measured(track, roads.scene(**changes)).speed  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("speed_kmh", "heading", "x_m", "vehicle_class", "pose"),
    [
        (30.0, 0.0, -1.75, CAR, Pose()),
        (60.0, 0.0, -1.75, CAR, Pose()),
        (60.0, 180.0, -1.75, CAR, Pose()),  # front seen instead of the rear
        (130.0, 180.0, 1.75, CAR, Pose()),  # few frames
        (60.0, 0.0, 5.0, CAR, Pose(pan_deg=-10.0)),  # on a skewed view
        (60.0, 180.0, 0.0, CAR, Pose(height_m=10.0, tilt_deg=20.0)),
        (60.0, 180.0, -1.75, BUS, Pose()),
        (60.0, 180.0, -1.75, TRUCK, Pose()),
        (90.0, 0.0, 1.75, MOTORCYCLE, Pose()),
    ],
)
def test_without_noise_the_speed_is_the_true_one(
    speed_kmh: float, heading: float, x_m: float, vehicle_class: VehicleClass, pose: Pose
) -> None:
    track = roads.straight(
        speed_kmh, heading_deg=heading, x_m=x_m, vehicle_class=vehicle_class, pose=pose
    )
    speed = roads.measured(track, roads.scene(pose)).speed
    assert speed.refusal is None
    assert speed.speed_kmh == pytest.approx(speed_kmh, abs=0.02)


@pytest.mark.parametrize("acceleration", [-1.5, 1.5])
def test_a_braking_or_accelerating_vehicle_is_said_its_mean_speed(acceleration: float) -> None:
    track = roads.straight(60.0, acceleration_ms2=acceleration)
    speed = speed_of(track)
    assert speed.speed_kmh is not None
    chord = speed.base_m / (speed.to_s - speed.from_s) * 3.6
    assert speed.speed_kmh == pytest.approx(chord, abs=0.1)
    assert speed.acceleration_ms2 == pytest.approx(acceleration, abs=0.05)


def test_time_is_capture_time_and_not_a_count_of_frames() -> None:
    # Every third frame is missing and the rest come unevenly: only their times count.
    rng = np.random.default_rng(2)
    t = np.sort(rng.uniform(0.0, 2.7, 45))
    centre = np.stack([np.full_like(t, -1.75), 15.0 + 60.0 / 3.6 * t], axis=1)
    speed = speed_of(roads.drive(centre, roads.along(0.0, len(t)), t))
    assert speed.speed_kmh == pytest.approx(60.0, abs=0.02)


def test_a_single_bad_box_does_not_turn_the_line() -> None:
    track = roads.straight(60.0)
    boxes = track.xyxy.copy()
    boxes[len(track) - 8, 3] += 15.0
    speed = speed_of(replace(track, xyxy=boxes))
    assert speed.speed_kmh == pytest.approx(60.0, abs=0.05)


@cache
def z_scores() -> tuple[float, ...]:
    """(measured - true) / sigma over passes whose every source of doubt was drawn anew."""
    rng = np.random.default_rng(20260304)
    error = roads.box_error(sigma_px=0.4, sigma_frac=0.003, corr=0.2)
    model = roads.model(error, clock_rate_sigma=1e-3)
    sites = [roads.scene(clicks=rng) for _ in range(15)]
    found = []
    for number in range(DRAWS):
        vehicle_class = (CAR, MOTORCYCLE)[number % 2]
        shape = SHAPES[vehicle_class]
        body = varied(shape, clearance=rng.normal(), overhang=rng.normal())
        true = float(rng.uniform(40.0, 110.0))
        heading = float(rng.choice([0.0, 180.0]))
        track = roads.straight(
            true, heading_deg=heading, vehicle_class=vehicle_class, shape=body, fps=12.5
        )
        track = roads.noisy(track, error, rng)
        track = replace(track, t_s=track.t_s * (1.0 + 1e-3 * rng.normal()))
        speed = measure_pass(track, sites[number % len(sites)], model).speed
        if speed.speed_kmh is not None and speed.sigma_kmh is not None:
            found.append((speed.speed_kmh - true) / speed.sigma_kmh)
    return tuple(found)


def test_ninety_five_of_a_hundred_intervals_hold_the_truth() -> None:
    z = np.array(z_scores())
    assert len(z) > 0.8 * DRAWS
    covered = float((np.abs(z) <= COVERAGE_95).mean())
    assert 0.90 <= covered <= 0.99, covered


def test_the_doubt_is_neither_too_small_nor_a_hiding_place() -> None:
    z = np.array(z_scores())
    assert abs(float(z.mean())) < 0.3
    assert 0.75 < float(z.std()) < 1.25, z.std()


def test_every_source_of_doubt_is_counted() -> None:
    speed = speed_of(roads.straight(60.0))
    assert set(speed.budget_kmh) == {
        "noise",
        "edge_bias",
        "edge_lean",
        "clearance",
        "overhang",
        "calibration",
        "clock",
    }
    assert all(value > 0 for value in speed.budget_kmh.values())
    total = np.sqrt(sum(value**2 for value in speed.budget_kmh.values()))
    assert speed.sigma_kmh == pytest.approx(total)
    assert speed.interval_kmh is not None
    low, high = speed.interval_kmh
    assert (high - low) / 2 == pytest.approx(1.96 * total)


@pytest.mark.parametrize(
    ("source", "better", "worse"),
    [
        # A detector whose edge error stays through the track does not average out.
        (
            "edge_bias",
            roads.model(roads.box_error(corr=0.1)),
            roads.model(roads.box_error(corr=0.9)),
        ),
        ("clock", roads.model(clock_rate_sigma=1e-4), roads.model(clock_rate_sigma=1e-3)),
    ],
)
def test_more_doubt_at_the_source_is_more_doubt_in_the_answer(
    source: str, better: object, worse: object
) -> None:
    track = roads.straight(60.0)
    less = roads.measured(track, None, better).speed  # type: ignore[arg-type]
    more = roads.measured(track, None, worse).speed  # type: ignore[arg-type]
    assert more.budget_kmh[source] > 2 * less.budget_kmh[source]


def test_noise_that_is_larger_than_the_detectors_own_widens_the_interval() -> None:
    track = roads.straight(60.0)
    rough = roads.noisy(track, roads.box_error(sigma_px=0.9, corr=0.0), np.random.default_rng(4))
    assert speed_of(rough).budget_kmh["noise"] > 2 * speed_of(track).budget_kmh["noise"]


def test_too_wide_an_interval_is_refused_and_says_what_widened_it() -> None:
    # All that the detector is off by stays the same through the whole pass, for all of the scene.
    edge = replace(roads.box_error(corr=0.5).bottom, scene_px=5.0)
    coarse = roads.model(replace(roads.box_error(), bottom=edge))
    speed = roads.measured(roads.straight(60.0), None, coarse).speed
    assert speed.refusal is Reason.UNCERTAIN_SPEED
    assert speed.speed_kmh is None
    assert speed.interval_kmh is None
    assert max(speed.budget_kmh, key=lambda name: speed.budget_kmh[name]) == "edge_bias"
    assert speed.budget_kmh["edge_bias"] > SpeedRules().max_sigma_kmh


def test_a_short_base_is_refused() -> None:
    track = roads.straight(60.0)
    short = roads.marked(track, slice(28, None), truncated=True)
    assert speed_of(short).refusal is Reason.SHORT_BASE


def test_too_few_observations_are_refused() -> None:
    assert speed_of(roads.straight(60.0, fps=2.0)).refusal is Reason.FEW_OBSERVATIONS


def test_a_fit_that_rests_on_two_ends_is_refused() -> None:
    track = roads.marked(roads.straight(60.0), slice(12, -12), truncated=True)
    assert speed_of(track).refusal is Reason.FEW_OBSERVATIONS


def test_irregular_time_is_refused() -> None:
    track = roads.marked(roads.straight(60.0), [30], regular=False)
    assert speed_of(track).refusal is Reason.IRREGULAR_TIME


def test_poor_timing_is_refused() -> None:
    track = roads.marked(roads.straight(60.0), slice(None), sigma_t_s=0.006)
    assert speed_of(track).refusal is Reason.POOR_TIMING


def test_two_vehicles_that_could_own_the_value_are_refused() -> None:
    track = roads.marked(roads.straight(60.0), slice(10, 40), contested=True)
    assert speed_of(track).refusal is Reason.AMBIGUOUS_VEHICLE


def test_a_hidden_vehicle_is_refused() -> None:
    track = roads.marked(roads.straight(60.0), slice(10, 60), occlusion=0.3)
    assert speed_of(track).refusal is Reason.OCCLUDED


def test_a_moment_hidden_is_left_out_and_the_rest_measured() -> None:
    track = roads.straight(60.0)
    boxes = track.xyxy.copy()
    boxes[20:26, 3] -= 30.0
    hidden = roads.marked(replace(track, xyxy=boxes), slice(20, 26), occlusion=0.3)
    speed = speed_of(hidden)
    assert speed.speed_kmh == pytest.approx(60.0, abs=0.05)
    assert speed.observations <= len(track) - 6


def test_a_turning_vehicle_is_refused() -> None:
    t = np.arange(0.0, 2.6, 1 / roads.FPS)
    angle = t / t[-1] * np.deg2rad(50.0)
    centre = np.stack([-5.0 + 30.0 * (1 - np.cos(angle)), 20.0 + 30.0 * np.sin(angle)], axis=1)
    heading = np.stack([np.sin(angle), np.cos(angle)], axis=1)
    speed = speed_of(roads.drive(centre, heading, t), measurement_zone=None)
    assert speed.refusal is Reason.NOT_STRAIGHT


def test_a_path_no_single_motion_explains_is_refused() -> None:
    track = roads.straight(60.0)
    boxes = track.xyxy.copy()
    boxes[:, [1, 3]] += 5.0 * np.sign(np.sin(np.arange(len(track)) / 3.0))[:, None]
    assert speed_of(replace(track, xyxy=boxes)).refusal is Reason.POOR_FIT


def test_outside_the_measured_area_is_refused() -> None:
    elsewhere = roads.POSE.ground((3.5, 14.5), (7, 14.5), (7, 62), (3.5, 62))
    speed = speed_of(roads.straight(60.0), measurement_zone=elsewhere)
    assert speed.refusal is Reason.OUTSIDE_MEASURED_AREA


def test_a_poor_held_out_error_refuses_speed() -> None:
    row = roads.site()["calibration"]
    proof = [{**p, "world_m": [p["world_m"][0] + 0.12, p["world_m"][1]]} for p in row["held_out"]]
    speed = speed_of(roads.straight(60.0), calibration={**row, "held_out": proof})
    assert speed.refusal is Reason.POOR_CALIBRATION


def test_a_calibration_nobody_proved_refuses_speed() -> None:
    row = roads.site()["calibration"]
    four = [row["points"][i] for i in (0, 3, 8, 11)]
    speed = speed_of(roads.straight(60.0), calibration={"points": four, "lens": roads.LENS})
    assert speed.refusal is Reason.POOR_CALIBRATION


def test_without_a_calibration_there_is_no_speed() -> None:
    assert speed_of(roads.straight(60.0), calibration=None).refusal is Reason.NO_CALIBRATION


def test_a_vehicle_nobody_could_place_has_no_speed() -> None:
    track = roads.marked(roads.straight(60.0), slice(None), truncated=True)
    assert speed_of(track).refusal is Reason.FEW_OBSERVATIONS


def test_a_refusal_carries_no_number() -> None:
    speed = refused(Reason.OCCLUDED)
    assert speed.speed_kmh is None
    assert speed.sigma_kmh is None
    assert speed.interval_kmh is None


def test_measuring_twice_gives_the_same_bits() -> None:
    track = roads.noisy(roads.straight(72.0), roads.box_error(), np.random.default_rng(8))
    before = track.xyxy.copy()
    assert speed_of(track) == speed_of(track)
    assert np.array_equal(track.xyxy, before)


def test_a_rider_without_the_motorcycle_and_then_both_give_no_speed() -> None:
    """Seen in rain: far boxes end at the saddle, near ones at the tyres; all residuals were small."""
    track = roads.straight(52.0, heading_deg=180.0, vehicle_class=MOTORCYCLE)
    boxes = track.xyxy.copy()
    height = boxes[:, 3] - boxes[:, 1]
    near = np.linspace(0.0, 1.0, len(track))
    boxes[:, 3] -= (0.55 * (1.0 - near) * height).astype(np.float32)
    assert speed_of(track).refusal is None
    assert speed_of(replace(track, xyxy=boxes)).refusal is Reason.INCONSISTENT_BOX


def test_hard_braking_gives_no_speed_for_a_drifting_edge_looks_the_same() -> None:
    """Seen at night: a far box ended 12 % of its height above the tyres, and 5 km/h came of it."""
    assert speed_of(roads.straight(60.0, acceleration_ms2=-1.5)).refusal is None
    braking = speed_of(roads.straight(60.0, acceleration_ms2=-3.0))
    assert braking.refusal is Reason.UNSTEADY_SPEED
