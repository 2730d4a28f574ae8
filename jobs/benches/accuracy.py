"""Speeds, verdicts and plates against the exact truth of simulated roads.

--level pixels renders, encodes, decodes and detects; --level detections feeds the observer boxes drawn
from truth with the error model measured on the shipped detector, for numbers that pixels cannot reach.
A false accusation is a violation of a vehicle that did not commit it, whatever the confidence. Missed
are infractions of the truth, also those too close to the threshold to be proven.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from actors.outcomes import PassOutcome
from adapters.settings import DEFAULT_WEIGHTS
from adapters.site_file import load_site
from enforcement.errors import BadInput
from enforcement.observer import Judged
from enforcement.verdicts import InfractionType, Violation
from jobs import cli
from jobs.benches.accuracy_scenes import scenes_for
from jobs.benches.accuracy_tally import Tally, speed_figures
from jobs.benches.boxes_from_truth import observe_boxes
from jobs.benches.camera_run import run_file
from jobs.benches.truth_match import SceneTruth
from jobs.watch_ports import local_ports
from simulation.encode import Coding
from simulation.faults import Faults
from simulation.recording import record
from simulation.scene import SimScene

TYPES = {
    "speed": InfractionType.SPEED_VIOLATION,
    "red_light": InfractionType.RED_LIGHT,
    "lane_invasion": InfractionType.LANE_INVASION,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of this bench."""
    parser.add_argument("--type", choices=sorted(TYPES), default="speed")
    parser.add_argument("--passes", type=int, default=120, help="vehicles that pass (120)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--seeds", type=int, default=1, help="so many, from --seed on, with --passes each (1)"
    )
    parser.add_argument("--level", choices=("pixels", "detections"), default="pixels")
    parser.add_argument("--weights", type=Path, default=DEFAULT_WEIGHTS, help="detector")
    parser.add_argument("--jitter-ms", type=float, default=0.0, help="time stamp jitter, sigma")
    parser.add_argument("--loss", type=float, default=0.0, help="share of coded slices lost")
    parser.add_argument("--clock-error", type=float, default=0.0, help="0.001: 0.1 %% fast")
    parser.add_argument("--notes", action="store_true", help="name each false, missed and bad one")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Measure; see DESIGN §6 for the keys. Of several seeds: the figures over all, and each in by_seed."""
    if args.seeds < 1:
        raise BadInput("--seeds: must be at least 1")
    every, by_seed = Tally(), []
    for seed in range(args.seed, args.seed + args.seeds):
        tally = _measured(args, seed)
        every.add(tally)
        by_seed.append(_figures(args, tally, seed))
    if args.seeds == 1:
        return by_seed[0]
    return _figures(args, every, args.seed) | {"by_seed": by_seed}


def _measured(args: argparse.Namespace, seed: int) -> Tally:
    faults = Faults(jitter_s=args.jitter_ms / 1000.0, loss=args.loss, clock_error=args.clock_error)
    tally = Tally()
    wanted = TYPES[args.type]
    scenes = scenes_for(args.type, passes=args.passes, seed=seed, level=args.level)
    source = _from_pixels if args.level == "pixels" else _from_boxes
    for scene, judged, plates in source(args, scenes, faults):
        _count(tally, SceneTruth.of(scene, faults), judged, plates, wanted)
    return tally


def _from_pixels(
    args: argparse.Namespace, scenes: list[SimScene], faults: Faults
) -> Iterator[tuple[SimScene, list[Judged], dict[int, str | None]]]:
    with (
        local_ports(args.weights) as ports,
        tempfile.TemporaryDirectory(prefix="vigia-accuracy-") as folder,
        cli.progress() as bar,
    ):
        task = bar.add_task(
            f"{args.type}: frames", total=2 * sum(scene.frame_count for scene in scenes)
        )
        for number, scene in enumerate(scenes):
            place = Path(folder) / str(number)
            made = record(
                scene,
                place,
                faults=faults,
                coding=Coding(seed=scene.seed, loss=faults.loss),
                on_frame=lambda _: bar.update(task, advance=1),
            )
            done = run_file(
                made.video,
                load_site(made.site),
                ports,
                start=scene.epoch,
                on_frame=lambda: bar.update(task, advance=1),
            )
            made.video.unlink()
            yield scene, [o.judged for o in done.outcomes], _plates(done.outcomes)


def _plates(outcomes: list[PassOutcome]) -> dict[int, str | None]:
    return {o.judged.pass_.track.track_id: o.plate.plate for o in outcomes}


def _from_boxes(
    args: argparse.Namespace, scenes: list[SimScene], faults: Faults
) -> Iterator[tuple[SimScene, list[Judged], dict[int, str | None]]]:
    with cli.progress() as bar:
        task = bar.add_task(f"{args.type}: scenes of boxes", total=len(scenes))
        for scene in scenes:
            yield scene, observe_boxes(scene, faults, args.weights), {}
            bar.update(task, advance=1)


def _count(
    tally: Tally,
    truth: SceneTruth,
    judged: list[Judged],
    plates: dict[int, str | None],
    wanted: InfractionType,
) -> None:
    tally.passes += len(truth.vehicles)
    true_ids = {one.vehicle_id for one in truth.infractions if one.type is wanted}
    tally.true += len(true_ids)
    accused: set[int] = set()
    best: dict[int, Judged] = {}
    for one in judged:
        owner = truth.owner(one.pass_.track)
        _count_plate(tally, truth, owner, plates.get(one.pass_.track.track_id))
        if owner is not None and (owner not in best or _longer(one, best[owner])):
            best[owner] = one
        for verdict in one.verdicts:
            if verdict.type is not wanted:
                continue
            if isinstance(verdict, Violation):
                _count_accusation(tally, truth, one, owner, accused, true_ids, wanted)
            else:
                key = verdict.reason.value
                tally.reasons[key] = tally.reasons.get(key, 0) + 1
    tally.found += len(accused & true_ids)
    for missed in sorted(true_ids - accused):
        vehicle = truth.vehicles[missed]
        tally.notes.append(
            f"missed: seed {truth.scene.seed} vehicle {missed} {vehicle.intent} {vehicle.body.kind}"
            f" {_reasons(best.get(missed))}"
        )
    if wanted is InfractionType.SPEED_VIOLATION:
        for vehicle_id, one in best.items():
            _count_speed(tally, truth, vehicle_id, one)


def _reasons(one: Judged | None) -> str:
    if one is None:
        return "unseen"
    return ", ".join(str(getattr(verdict, "reason", "")) for verdict in one.verdicts)


def _longer(a: Judged, b: Judged) -> bool:
    """The pass that measured, else the one seen longer, stands for a vehicle with several."""
    measured = a.pass_.speed.speed_kmh is not None, b.pass_.speed.speed_kmh is not None
    return measured[0] > measured[1] or (
        measured[0] == measured[1] and len(a.pass_.track) > len(b.pass_.track)
    )


def _count_accusation(
    tally: Tally,
    truth: SceneTruth,
    one: Judged,
    owner: int | None,
    accused: set[int],
    true_ids: set[int],
    wanted: InfractionType,
) -> None:
    guilty = owner is not None and owner in true_ids
    if wanted is InfractionType.SPEED_VIOLATION and owner is not None:
        # The measured stretch is what the accusation speaks of.
        speed, rules = one.pass_.speed, truth.scene.rules
        real = truth.mean_speed_kmh(owner, speed.from_s, speed.to_s)
        guilty = real > rules.limit_kmh + rules.tolerance_kmh
    if owner is not None:
        accused.add(owner)
    if not guilty:
        tally.false += 1
        tally.notes.append(
            f"false: seed {truth.scene.seed} vehicle {owner} track {one.pass_.track.track_id}"
        )


def _count_plate(tally: Tally, truth: SceneTruth, owner: int | None, plate: str | None) -> None:
    if plate is None:
        return
    tally.plates += 1
    real = truth.vehicles[owner].plate if owner is not None else None
    if real is None or _letters(real) != _letters(plate):
        tally.wrong_plates += 1
        tally.notes.append(f"plate: seed {truth.scene.seed} read {plate}, was {real}")


def _letters(plate: str) -> str:
    return "".join(c for c in plate.upper() if c.isalnum())


def _count_speed(tally: Tally, truth: SceneTruth, vehicle_id: int, one: Judged) -> None:
    speed = one.pass_.speed
    if speed.speed_kmh is None or speed.sigma_kmh is None:
        tally.refused += 1
        key = "none" if speed.refusal is None else speed.refusal.value
        tally.refusals[key] = tally.refusals.get(key, 0) + 1
        if key not in ("uncertain_speed",):
            tally.notes.append(
                f"refused: seed {truth.scene.seed} vehicle {vehicle_id} {key} "
                f"{truth.vehicles[vehicle_id].body.kind} obs {len(one.pass_.track)}"
            )
        return
    real = truth.mean_speed_kmh(vehicle_id, speed.from_s, speed.to_s)
    error = speed.speed_kmh - real
    tally.measured += 1
    tally.errors_kmh.append(error)
    tally.relative.append(abs(error) / max(real, 1.0))
    tally.covered.append(abs(error) <= 1.96 * speed.sigma_kmh)
    if abs(error) > 1.5:
        tally.notes.append(
            f"speed: seed {truth.scene.seed} vehicle {vehicle_id} "
            f"{truth.vehicles[vehicle_id].body.kind} as {one.pass_.vehicle_class.label} "
            f"true {real:.1f} error {error:+.2f} sigma {speed.sigma_kmh:.2f} {dict(speed.budget_kmh)}"
        )


def _figures(args: argparse.Namespace, tally: Tally, seed: int) -> dict[str, Any]:
    accusations = tally.found + tally.false
    figures: dict[str, Any] = {
        "bench": "accuracy",
        "type": args.type,
        "level": args.level,
        "seed": seed,
        "passes": tally.passes,
        "infractions": tally.true,
        "false_accusations": tally.false,
        "missed": tally.true - tally.found,
        "wrong_vehicle_plates": tally.wrong_plates,
        "plates_read": tally.plates,
        "precision": round(tally.found / accusations, 4) if accusations else None,
        "recall": round(tally.found / tally.true, 4) if tally.true else None,
        "abstentions": tally.reasons,
    }
    if args.type == "speed":
        figures["speed"] = speed_figures(tally)
    if args.notes:
        figures["notes"] = tally.notes
    return figures
