"""The written half of the model card: what the detector learnt from, what it reaches, where it is weak.

Filled from the JSON card, so that no figure is typed by hand; the closing section is kept by people.
"""

from __future__ import annotations

from typing import Any

from adapters.letterbox import input_size_for
from enforcement.detections import VehicleClass
from jobs.training.near_copies import NEAR

LICENCES = {
    "traffic-cameras": ("ATL-version-2 v12 (finalproject-bqip3, Roboflow Universe)", "CC BY 4.0"),
    "toll-road": (
        "RF100 vehicles (Yudha Bhakti Nugraha and Kris): train and test pictures of its release "
        "as in Gautam001601/TrafficVision @f35d5f8",
        "CC BY 4.0",
    ),
    "vehicle-photos": ("Vehicle Detection 2023-11-16 (herdian-adi-winarno)", "MIT"),
    "fortaleza-junctions": (
        "Road Traffic 4 2024-07-05 (highway-traffic)",
        "CC BY 4.0, as stated by its uploader",
    ),
    "hanoi-junction": ("vehicle_dataset 2025-03-10 (thang-azynm)", "CC BY 4.0"),
    "air-putih-port": ("My First Project 2026-02-02 (hansora)", "CC BY 4.0"),
    "close-indonesia": (
        "Highway Object Detection v40 (universitas-tidar, as in adeirman46/Level2-FSD @2c9d3ac)",
        "CC BY 4.0, as stated by its uploader",
    ),
    "close-nepal": (
        "Nepali vehicle annotation v2 (ai-protocol, Roboflow Universe, as in Anuptechh/BCA-8th-sem-project "
        "@1f7347a): of its buses the minibuses alone",
        "CC BY 4.0, as stated by its uploader",
    ),
    "close-openimages": (
        "Vehicles-OpenImages (as in yuskun/object_detected @aa09962, datasets/Vehicles)",
        "pictures CC BY 2.0, labels CC BY 4.0 (Open Images)",
    ),
    "simulated": ("this project's own simulation", "AGPL-3.0-or-later"),
}

WEAK_AT = """## What it is bad at

- Minibuses and vans: sets disagree on whether they are cars or buses, and so does it. In `traffic-cameras`
  most boxes labelled bus are minibuses of 10 to 40 pixels, and it still calls three in ten of them car. Do
  not judge a bus lane on its class alone.
- Box vans with the cab over the engine, seen from the front: on the avenue clip a near one is called car.
- Vehicles lower than some 12 pixels in the inference picture, and the rear rows of dense queues at night.
- Motorcycles in crowds; bicycles and three-wheelers were never labelled and come out as anything.
- Views from straight above, fisheye lenses and thermal pictures: none were in the training pictures.
- The `val` pictures of toll-road, fortaleza-junctions, hanoi-junction and air-putih-port are from the
  cameras that were trained on, and some pictures are labelled in part or not at all: read their figures as
  comparisons. Those of traffic-cameras are mostly of other places than its training pictures.
- The parked rows of air-putih-port: that camera leaves passing motorcycles unboxed, so it was not trained
  on after the start checkpoint, and what that had learnt of it is gone. A camera that looks along a queue
  from a low pole is best measured on its own pictures before it is trusted.
- Simulated vehicles are drawn, not photographed: expect larger box errors on real cameras."""


def card_text(card: dict[str, Any]) -> str:
    """Markdown of a JSON card."""
    parts = [
        _head(card),
        _data(card["training"]),
        _recipe(card["training"]),
        _second_look(card.get("second_look")),
        _figures(card.get("figures", {}), card.get("figures_before", {})),
        _classes(card.get("figures", {})),
        _heavy(card.get("figures", {})),
        _box_error(card.get("box_error", {})),
        WEAK_AT,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(card: dict[str, Any]) -> str:
    width, height = input_size_for((16, 9), pixels=card["input"]["pixels"])
    return (
        f"# {card['name']}\n\n"
        f"Finds vehicles in road cameras' pictures: {', '.join(card['classes'])}. "
        "YOLO11n (Ultralytics layout, 2.6 M parameters), trained by `python -m jobs.train_detector` "
        "from random weights through our own start checkpoint; no weights of others were used. "
        "AGPL-3.0-or-later, as Ultralytics is.\n\n"
        f"SHA-256 `{card['sha256']}`. Any picture size whose sides are multiples of "
        f"{card['input']['stride']}; figures below are at {card['input']['pixels']} pixels "
        f"({width} x {height} for a 16:9 camera), score threshold {card['threshold']['confidence']}, "
        f"overlap {card['threshold']['overlap']}."
    )


def _data(training: dict[str, Any]) -> str:
    labels = [c.label for c in VehicleClass]
    rows = [
        "## Data",
        "",
        f"| set | source | licence | pictures | {' | '.join(labels)} |",
        "|" + "---|" * (4 + len(labels)),
    ]
    for name, counts in training.get("sets", {}).items():
        source, licence = LICENCES.get(name, ("", "not stated"))
        boxes = " | ".join(str(counts[label]) for label in labels)
        rows.append(f"| {name} | {source} | {licence} | {counts['pictures']} | {boxes} |")
    near = sum(counts.get("near_val", 0) for counts in training.get("sets", {}).values())
    note = (
        "Training pictures only; the `val` pictures below were never trained on, nor was any picture that "
        f"is all but one of them (grey thumbnails within {NEAR:g} levels: {near} left out). Sets that show a "
        "class without boxing it are measured on but not trained on. No video clip was trained on."
    )
    for name, boxes in training.get("reread", {}).items():
        note += f" Of {name}'s boxes {boxes} have a class that was read again by eye."
    rows += ["", note]
    return "\n".join(rows)


def _recipe(training: dict[str, Any]) -> str:
    recipe = ", ".join(f"{k} {v}" for k, v in training.get("recipe", {}).items())
    return (
        "## Recipe\n\n"
        f"Start {training.get('start')}, {training.get('epochs')} epochs at "
        f"{training.get('imgsz')} pixels. {recipe}. "
        "Pictures with rare classes are listed up to three times, wide pictures also as two square cuts; "
        "forward and backward passes in bfloat16 on CPUs.\n\n" + str(training.get("history", ""))
    ).rstrip()


def _second_look(second: dict[str, Any] | None) -> str:
    """The network that names what the detector finds: what it learnt from and how."""
    if second is None:
        return ""
    how = second["training"]
    labels = [c.label for c in VehicleClass]
    rows = [
        "## Second look",
        "",
        f"`{second['file']}`, SHA-256 `{second['sha256']}`: names each box anew from its crop, "
        f"{second['side']} pixels, {second['context']} times the box; its probability is multiplied with the "
        f"detector's score to the power {second['detector_say']}, unless the detector's best score is "
        f"{second['sure']:g} times its second best. A residual network of "
        f"{' / '.join(map(str, how['channels']))} channels from random weights, "
        f"`python -m jobs.train_second_look`: {how['epochs']} epochs of {how['crops_per_epoch']} crops, "
        f"AdamW {how['rate']}, decay {how['decay']}, label smoothing {how['smoothing']}, weights "
        f"averaged. Classes are drawn {_numbers(how['shares'])}; sets that count other "
        f"than once: {_numbers(how['weights']) or 'none'}.{_taught(how)}",
        "",
        f"| set | source | licence | {' | '.join(labels)} |",
        "|" + "---|" * (3 + len(labels)),
    ]
    for name, counts in how["crops"].items():
        source, licence = LICENCES.get(name, ("", "not stated"))
        rows.append(
            f"| {name} | {source} | {licence} | {' | '.join(str(counts[c]) for c in labels)} |"
        )
    return "\n".join(rows)


def _taught(how: dict[str, Any]) -> str:
    """What it learnt from earlier networks of ours."""
    teachers = how.get("teachers", [])
    if not teachers:
        return ""
    return (
        f" {how['taught']:g} of what it learnt is the joint opinion of {len(teachers)} earlier ones, "
        "trained by the same job from random weights on these sets or some of them (SHA-256 "
        f"{', '.join(f'`{each[:12]}…`' for each in teachers)})."
    )


def _numbers(named: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in named.items())


def _figures(figures: dict[str, Any], before: dict[str, Any]) -> str:
    if not figures:
        return ""
    rows = [
        "## Figures on `val` pictures",
        "",
        "Class-agnostic AP50, then at the threshold: recall, precision, class accuracy of matched "
        "boxes; in brackets the start checkpoint measured alike. "
        "`python -m jobs.bench detector --images SET`.",
        "",
        "| set | truths | AP50 | mAP50 | recall | precision | class accuracy |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, now in figures.items():
        cells = [
            _pair(now, before.get(name), key)
            for key in ("vehicle_ap50", "map50", "recall", "precision", "class_accuracy")
        ]
        rows.append(f"| {name} | {now['truths']} | {' | '.join(cells)} |")
    return "\n".join(rows)


def _classes(figures: dict[str, Any]) -> str:
    if not figures:
        return ""
    rows = [
        "## Per class",
        "",
        "| set | class | truths | AP50 | found | named rightly when found |",
        "|---|---|---|---|---|---|",
    ]
    for name, now in figures.items():
        rows += [
            f"| {name} | {label} | {c['truths']} | "
            + " | ".join(_two(c[key]) for key in ("ap50", "found", "class_accuracy"))
            + " |"
            for label, c in now["classes"].items()
        ]
    return "\n".join(rows)


def _heavy(figures: dict[str, Any]) -> str:
    """Buses and trucks against cars, by the sets' labels and by those read again."""
    labelled = [(name, "as the set has them", now) for name, now in figures.items()]
    labelled += [
        (name, "read again", now["reread"]) for name, now in figures.items() if "reread" in now
    ]
    rows = [
        f"| {name} | {labels} | {_two(now['heavy_as_car'])} | {_two(now['car_as_heavy'])} | "
        f"{_two(now['class_accuracy'])} |"
        for name, labels, now in labelled
        if now.get("heavy_as_car") is not None
    ]
    if not rows:
        return ""
    head = [
        "## Buses and trucks against cars",
        "",
        "Of those found. Classes read again by eye are in `jobs/training/reread/`, box by box; "
        "`python -m jobs.bench detector --images SET --reread FILE`.",
        "",
        "| set | labels | buses and trucks called car | cars called bus or truck | class accuracy |",
        "|---|---|---|---|---|",
    ]
    return "\n".join(head + rows)


def _box_error(errors: dict[str, Any]) -> str:
    if not errors:
        return ""
    rows = [
        "## Error of box edges",
        "",
        "The bias is also kept by box height (`bias_px` in the card's JSON), and the measurement uses that: "
        "a far car's box ends above its tyres, a near one's takes in some of its shadow. How a scene's sun "
        "falls moves all its boxes together, which no knot takes out: `scene_px`, the largest "
        "`scene_spread_px` of cars in `python -m jobs.bench box_bias --scenes 14 --passes 10`, which also "
        "gave the knots of a car's bottom edge. The table gives the one-number summary.",
        "",
        "Detected minus true on simulated frames that were never trained on (`python -m jobs.bench "
        "detector --box-error`): bias as a share of box height, spread = sqrt(floor² + (share · "
        "height)²) in inference pixels, and the share of variance that stays with one vehicle. What "
        "simulation leaves out is not in it.",
        "",
        "| class | edge | bias | floor, px | share | stays |",
        "|---|---|---|---|---|---|",
    ]
    for label, edges in errors.items():
        rows += [
            f"| {label} | {edge} | {e['bias_frac']:+.4f} | {e['sigma_px']:.2f} | "
            f"{e['sigma_frac']:.4f} | {e['corr']:.2f} |"
            for edge, e in edges.items()
            if isinstance(e, dict)
        ]
    return "\n".join(rows)


def _pair(now: dict[str, Any], before: dict[str, Any] | None, key: str) -> str:
    return _two(now[key]) + (f" ({_two(before[key])})" if before else "")


def _two(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
