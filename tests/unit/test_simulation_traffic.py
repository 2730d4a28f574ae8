"""What the simulated road contains is what its names say: plates, gaps, intents, truth."""

from __future__ import annotations

import json
from datetime import date

import cv2
import numpy as np
import pytest

from enforcement.detections import VehicleClass
from enforcement.errors import BadInput
from enforcement.verdicts import InfractionType
from simulation.boxes import full_boxes, visible_shares
from simulation.plates import (
    CAR_PLATE,
    NEW_MOTORCYCLE_PLATE,
    OLD_MOTORCYCLE_PLATE,
    plate_face,
    random_plate,
)
from simulation.recording import boxes_by_vehicle, stream
from simulation.scenarios import Options, build
from simulation.scene import SimScene
from simulation.site_file import site_of
from simulation.traffic import collides
from simulation.truth import truth_of
from simulation.vehicles import random_body
from simulation.verdict_truth import infractions, zone_times


def scene(name: str, seed: int = 3, passes: int = 24) -> SimScene:
    return build(name, Options(seed=seed, passes=passes, size=(320, 180)))[0]


def test_plates_follow_the_grammar_of_their_class_and_date() -> None:
    rng = np.random.default_rng(1)
    before, after = date(2025, 12, 16), date(2025, 12, 17)
    for _ in range(200):
        assert CAR_PLATE.fullmatch(random_plate(rng, VehicleClass.TRUCK, after))
        assert OLD_MOTORCYCLE_PLATE.fullmatch(random_plate(rng, VehicleClass.MOTORCYCLE, before))
    new = {random_plate(rng, VehicleClass.MOTORCYCLE, after) for _ in range(60)}
    assert any(NEW_MOTORCYCLE_PLATE.fullmatch(p) for p in new)
    assert all(NEW_MOTORCYCLE_PLATE.fullmatch(p) or OLD_MOTORCYCLE_PLATE.fullmatch(p) for p in new)


def test_a_plate_face_carries_dark_letters_on_a_light_ground() -> None:
    face = plate_face("ABC-123", stacked=False)
    assert face.shape == (120, 240, 3)
    assert 0.08 < float((face.mean(axis=2) < 90).mean()) < 0.5
    assert plate_face("1234-5A", stacked=True).shape == (136, 160, 3)


@pytest.mark.parametrize("vehicle_class", list(VehicleClass))
def test_a_body_stands_on_its_tyres_and_fills_its_stated_size(vehicle_class: VehicleClass) -> None:
    rng = np.random.default_rng(4)
    for _ in range(6):
        body = random_body(rng, vehicle_class)
        low, high = body.mesh.vertices.min(axis=0), body.mesh.vertices.max(axis=0)
        assert low[2] == pytest.approx(0.0, abs=1e-6)
        assert high[1] - low[1] == pytest.approx(body.length_m, abs=0.12)
        assert body.height_m - 0.01 <= high[2] <= body.height_m + 0.16  # a taxi sign on top


@pytest.mark.parametrize("name", ["speed", "red_light", "red_light_front", "bus_lane"])
def test_no_two_vehicles_share_a_piece_of_ground(name: str) -> None:
    vehicles = list(scene(name).vehicles)
    for i, one in enumerate(vehicles):
        assert not collides(one, vehicles[i + 1 :], gap_m=0.5)


@pytest.mark.parametrize("seed", [1, 2])
def test_those_who_run_the_red_are_the_red_light_infractions(seed: int) -> None:
    one = scene("red_light", seed, passes=40)
    wanted = {v.vehicle_id for v in one.vehicles if v.intent == "runner"}
    found = {i.vehicle_id for i in infractions(one) if i.type is InfractionType.RED_LIGHT}
    assert found == wanted


@pytest.mark.parametrize("seed", [1, 2])
def test_those_who_stay_in_the_bus_lane_are_the_lane_invasions(seed: int) -> None:
    one = scene("bus_lane", seed, passes=40)
    wanted = {v.vehicle_id for v in one.vehicles if v.intent in ("invader", "merger")}
    found = {i.vehicle_id for i in infractions(one) if i.type is InfractionType.LANE_INVASION}
    assert wanted
    assert found == wanted


def test_a_speed_infraction_is_a_true_mean_speed_above_limit_and_tolerance() -> None:
    one = scene("speed", passes=30)
    accused = {i.vehicle_id for i in infractions(one)}
    for vehicle in one.vehicles:
        times = zone_times(one, vehicle)
        assert times is not None
        t = np.linspace(*times, 2001)
        x, y, _ = vehicle.motion.pose(t)
        length = float(np.hypot(np.diff(x), np.diff(y)).sum())
        mean = length / (times[1] - times[0]) * 3.6
        assert (mean > 65.0) == (vehicle.vehicle_id in accused)


def test_the_same_seed_gives_the_same_truth_and_another_seed_another() -> None:
    def text(seed: int) -> str:
        one = scene("speed", seed, passes=3)
        times = one.true_times()[:40]
        return json.dumps(truth_of(one, times, times), sort_keys=True)

    assert text(5) == text(5)
    assert text(5) != text(6)


def test_true_boxes_without_drawing_are_those_of_the_stream() -> None:
    one = scene("speed", passes=2)
    runs = boxes_by_vehicle(one, one.true_times())
    seen = 0
    for frame in stream(one, draw=False):
        for vehicle_id, box in frame.boxes.items():
            same = runs[vehicle_id].at(frame.stamp.index)
            assert same is not None
            assert np.array_equal(box, same)
            seen += 1
    assert seen == sum(int((~np.isnan(run.rows[:, 0])).sum()) for run in runs.values())


def test_the_lowest_pixel_of_a_box_lies_near_the_ground_contact_of_the_near_end() -> None:
    one = scene("speed", passes=8)
    for vehicle in one.vehicles:
        times = zone_times(one, vehicle)
        assert times is not None
        t = np.array([times[1] - 0.2])
        box = full_boxes(one.camera, vehicle, t)[0]
        front, _ = vehicle.ends(t)
        bottom = one.camera.pixel_to_road(np.array([[(box[0] + box[2]) / 2, box[3]]]))[0]
        assert -0.1 < bottom[1] - front[0, 1] < 1.2


def test_a_vehicle_behind_another_is_seen_only_in_part() -> None:
    one = scene("speed", passes=1)
    square = np.array([[100.0, 60], [160, 60], [160, 120], [100, 120]])
    nearer = square + np.array([0.0, 30.0])
    shares = visible_shares(one.camera, [square, nearer], [50.0, 30.0])
    assert shares[0] == pytest.approx(0.5, abs=0.08)
    assert shares[1] == pytest.approx(1.0, abs=0.08)


@pytest.mark.parametrize("name", ["speed", "red_light", "bus_lane"])
def test_a_site_file_gives_enough_points_and_every_part_its_rule_needs(name: str) -> None:
    site = site_of(scene(name, passes=4))
    assert len(site["calibration"]["points"]) >= 8
    assert len(site["calibration"]["held_out"]) >= 3
    assert ("stop_line" in site) == (name == "red_light")
    assert ("signals" in site) == (name == "red_light")
    exclusive = [lane for lane in site["lanes"] if lane["type"] == "exclusive_bus"]
    assert len(exclusive) == (1 if name == "bus_lane" else 0)
    assert all(lane["crossing_zones"] for lane in exclusive)


@pytest.mark.parametrize("bend", [0.0, 1.0])
def test_surveyed_points_fit_the_road_through_the_lens_of_the_site_file(bend: float) -> None:
    options = Options(seed=2, passes=2, size=(1280, 720), distortion=bend)
    site = site_of(build("speed", options)[0], click_noise_px=0.3)
    rows = site["calibration"]["points"]
    image = np.array([row["image"] for row in rows])
    world = np.array([row["world_m"] for row in rows])
    assert ("lens" in site["calibration"]) == (bend > 0)
    if bend > 0:
        given = site["calibration"]["lens"]
        matrix = np.array([[given["fx"], 0, given["cx"]], [0, given["fy"], given["cy"]], [0, 0, 1]])
        terms = np.array([given[k] for k in ("k1", "k2", "p1", "p2", "k3")])
        image = cv2.undistortPoints(image[:, None], matrix, terms, P=matrix)[:, 0]
    homography, _ = cv2.findHomography(world, image)
    back = cv2.perspectiveTransform(world[:, None], homography)[:, 0]
    assert float(np.sqrt(((back - image) ** 2).mean())) < 0.5


def test_an_unknown_scenario_is_named() -> None:
    with pytest.raises(BadInput, match="motorway"):
        build("motorway", Options())


@pytest.mark.parametrize("name", ["speed", "red_light", "red_light_front", "bus_lane"])
def test_every_scenario_heeds_the_mix_of_vehicles_it_is_given(name: str) -> None:
    only = {VehicleClass.MOTORCYCLE: 1.0}
    (scene,) = build(name, Options(seed=3, passes=12, mix=only))
    own = [v for v in scene.vehicles if v.lane_id != "cross" and v.intent != "bus"]
    classes = {v.body.vehicle_class for v in own} - {VehicleClass.BUS}  # a bus lane has its buses
    assert classes == {VehicleClass.MOTORCYCLE}
