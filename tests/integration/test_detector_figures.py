"""The figures promised for the shipped detector, on labelled pictures that lie beside the repository."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from enforcement.errors import BadInput
from jobs.benches import detector as bench

DATASETS = Path(__file__).parents[3] / "shared" / "assets" / "datasets"


def _arguments(*given: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    bench.add_arguments(parser)
    return parser.parse_args(given)


@pytest.mark.parametrize(
    ("name", "ap50"),
    [("traffic-cameras", 0.62), ("toll-road", 0.85), ("fortaleza-junctions", 0.88)],
)
def test_the_shipped_detector_reaches_its_figures(name: str, ap50: float) -> None:
    if not (DATASETS / name).is_dir():
        pytest.skip(f"no asset datasets/{name}")
    figures = bench.run(_arguments("--images", str(DATASETS / name), "--no-speed"))
    assert figures["vehicle_ap50"] >= ap50
    assert figures["class_accuracy"] >= 0.85


@pytest.mark.parametrize(
    ("name", "heavy_as_car", "car_as_heavy"),
    [
        # Half of them were called car before there was a second look.
        ("traffic-cameras", 0.30, 0.03),
        ("toll-road", 0.07, 0.03),
    ],
)
def test_buses_and_trucks_are_told_from_cars_by_labels_that_were_read_again(
    name: str, heavy_as_car: float, car_as_heavy: float
) -> None:
    if not (DATASETS / name).is_dir():
        pytest.skip(f"no asset datasets/{name}")
    reread = Path(__file__).parents[2] / "jobs" / "training" / "reread" / f"{name}.yaml"
    figures = bench.run(
        _arguments("--images", str(DATASETS / name), "--no-speed", "--reread", str(reread))
    )
    assert figures["labels"] == "read again"
    assert figures["heavy_as_car"] <= heavy_as_car
    assert figures["car_as_heavy"] <= car_as_heavy


def test_a_set_without_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"data\.yaml"):
        bench.run(_arguments("--images", str(tmp_path)))


def test_the_bench_says_what_it_needs() -> None:
    with pytest.raises(BadInput, match="--images"):
        bench.run(_arguments())
