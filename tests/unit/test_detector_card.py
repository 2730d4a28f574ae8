"""The written model card says what the machine-readable one says."""

from __future__ import annotations

from jobs.training.model_card import card_text

FIGURES = {
    "truths": 10,
    "vehicle_ap50": 0.91,
    "map50": 0.5,
    "recall": 0.8,
    "precision": 0.7,
    "class_accuracy": None,
    "heavy_as_car": 0.12,
    "car_as_heavy": 0.03,
    "classes": {"bus": {"truths": 3, "ap50": 0.4, "found": 0.5, "class_accuracy": 0.25}},
}
CARD = {
    "name": "m",
    "sha256": "ab" * 32,
    "classes": ["car", "bus"],
    "input": {"pixels": 1000, "stride": 32},
    "threshold": {"confidence": 0.25, "overlap": 0.5},
    "training": {
        "start": "random",
        "epochs": 2,
        "imgsz": 64,
        "recipe": {"lr0": 0.001},
        "reread": {"toll-road": 7},
        "sets": {"toll-road": {"pictures": 5, "car": 1, "bus": 2, "truck": 3, "motorcycle": 4}},
    },
    "second_look": {
        "file": "second.onnx",
        "sha256": "cd" * 32,
        "side": 48,
        "context": 1.25,
        "detector_say": 0.3,
        "sure": 80.0,
        "training": {
            "epochs": 9,
            "crops_per_epoch": 100,
            "channels": [1, 2],
            "rate": 0.002,
            "decay": 0.02,
            "smoothing": 0.05,
            "shares": {"car": 0.5},
            "weights": {"toll-road": 2.0},
            "crops": {"toll-road": {"car": 11, "bus": 12, "truck": 13, "motorcycle": 14}},
        },
    },
    "figures": {"toll-road": FIGURES | {"reread": FIGURES | {"heavy_as_car": 0.08}}},
    "figures_before": {"toll-road": FIGURES | {"vehicle_ap50": 0.5}},
    "box_error": {
        "car": {
            "bottom": {"bias_frac": 0.01, "sigma_px": 0.5, "sigma_frac": 0.02, "corr": 0.3},
            "boxes": 9,
        }
    },
}


def test_every_figure_of_the_card_stands_in_its_text() -> None:
    text = card_text(CARD)
    assert "| toll-road | RF100 vehicles" in text
    assert "CC BY 4.0 | 5 | 1 | 2 | 3 | 4 |" in text
    assert "| toll-road | 10 | 0.910 (0.500) |" in text
    assert "| toll-road | bus | 3 | 0.400 | 0.500 | 0.250 |" in text
    assert "| car | bottom | +0.0100 | 0.50 | 0.0200 | 0.30 |" in text
    assert "| toll-road | as the set has them | 0.120 | 0.030 | – |" in text
    assert "| toll-road | read again | 0.080 | 0.030 | – |" in text
    assert "Of toll-road's boxes 7 have a class that was read again by eye" in text
    assert "`second.onnx`, SHA-256 `cdcd" in text
    assert "to the power 0.3" in text
    assert "other than once: toll-road 2" in text
    assert "CC BY 4.0 | 11 | 12 | 13 | 14 |" in text
    assert "What it is bad at" in text


def test_what_was_not_measured_is_left_out() -> None:
    text = card_text({k: v for k, v in CARD.items() if k not in ("figures", "box_error")})
    assert "## Figures" not in text
    assert "## Buses" not in text
    assert "## Error of box edges" not in text
