"""What `bench box_bias --keep` leaves in a card: cars' knots, and their largest spread for every class."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from adapters.settings import DEFAULT_WEIGHTS
from enforcement.errors import BadInput
from jobs.benches.box_bias import _keep
from jobs.training.shipped import read_raw_card, write_card

CARS = {"bias_px": [(10.0, 0.1), (80.0, 0.9)], "scene_spread_px": [0.2, 0.7]}


def test_what_was_found_stands_in_the_card_and_without_measured_errors_it_is_refused(
    tmp_path: Path,
) -> None:
    weights = tmp_path / "w.onnx"
    shutil.copy(DEFAULT_WEIGHTS.with_suffix(".json"), weights.with_suffix(".json"))
    before = read_raw_card(weights)["box_error"]
    _keep(weights, CARS)
    after = read_raw_card(weights)["box_error"]
    assert after["car"]["bottom"]["bias_px"] == [[10.0, 0.1], [80.0, 0.9]]
    assert {each["bottom"]["scene_px"] for each in after.values()} == {0.7}
    assert after["bus"]["bottom"]["bias_px"] == before["bus"]["bottom"]["bias_px"]
    assert (tmp_path / "MODEL_CARD.md").is_file()

    write_card(weights, {k: v for k, v in read_raw_card(weights).items() if k != "box_error"})
    with pytest.raises(BadInput, match="no error of box edges"):
        _keep(weights, CARS)
