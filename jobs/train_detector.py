"""`python -m jobs.train_detector`: trains the vehicle detector that ships in `weights/`.

Merges labelled sets (and pictures of our own simulation), trains, exports, measures the result on the
sets' `val` pictures, which are never trained on, and writes the model card. Stopped at any moment, the
same command with --resume goes on after the last whole epoch.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from enforcement.detections import VehicleClass
from enforcement.errors import BadInput
from jobs import cli
from jobs.training import from_onnx, ultralytics_run
from jobs.training.box_error import SCENES, measure
from jobs.training.merged_set import build
from jobs.training.model_card import card_text
from jobs.training.reread_labels import add_reread
from jobs.training.set_figures import figures_of_sets
from jobs.training.shipped import export, read_raw_card, write_card
from jobs.training.simulated_set import write_simulated
from jobs.training.yolo_sets import YoloSet, read_sets

SIMULATED = "simulated"


def main(arguments: Sequence[str]) -> int:
    """Run the command. Exit codes: 0 trained, 2 unusable input."""
    args = _parser().parse_args(arguments)
    ultralytics_run.require()
    out: Path = args.out.resolve()
    _check_fresh(out, resume=args.resume)
    roots = list(args.data)
    if args.simulated:
        roots.append(write_simulated(out / SIMULATED, args.simulated))
    sets = read_sets(roots, args.reread)
    data, counts = build(sets, out)
    checkpoint = ultralytics_run.train(
        data=data,
        start=_start(args, data),
        out=out,
        epochs=args.epochs,
        imgsz=args.imgsz,
        threads=args.threads,
        overrides=_overrides(args.set),
    )
    _deliver(checkpoint, out, args.start, args.error_scenes, sets, _training(args, counts, sets))
    return cli.DONE


def _start(args: Any, data: Path) -> str:
    """What the trainer begins from; an ONNX file is made a checkpoint first."""
    start = Path(args.start)
    if start.suffix != ".onnx":
        return str(args.start)
    pictures = [Path(line) for line in (data.parent / "train.txt").read_text().splitlines()]
    made = args.out.resolve() / "start" / f"{start.stem}.pt"
    return str(
        from_onnx.checkpoint(start, pictures, made, classes=len(VehicleClass), side=args.imgsz)
    )


def _deliver(
    checkpoint: Path,
    out: Path,
    start: str,
    scenes: int,
    sets: list[YoloSet],
    training: dict[str, Any],
) -> None:
    """Export, measure, write the cards, gather the trainer's plots."""
    onnx = export(checkpoint, out / "weights", training=training)
    card = read_raw_card(onnx)
    card["figures"] = figures_of_sets(onnx, sets)
    if start != ultralytics_run.START_RANDOM:
        given = Path(start)
        before = given if given.suffix == ".onnx" else export(given, out / "start", training={})
        card["figures_before"] = figures_of_sets(before, sets)
    if scenes:
        card["box_error"] = measure(onnx, scenes=scenes)
    write_card(onnx, card)
    (onnx.parent / "MODEL_CARD.md").write_text(card_text(card))
    plots = out / "plots"
    plots.mkdir(exist_ok=True)
    for picture in sorted((out / "train").glob("*.png")) + sorted((out / "train").glob("*.csv")):
        shutil.copy(picture, plots / picture.name)
    print(onnx)


def _training(args: Any, counts: dict[str, dict[str, int]], sets: list[YoloSet]) -> dict[str, Any]:
    return {
        "start": args.start
        if args.start == ultralytics_run.START_RANDOM
        else Path(args.start).name,
        "epochs": args.epochs,
        "imgsz": args.imgsz,
        "recipe": ultralytics_run.RECIPE | _overrides(args.set),
        "sets": counts,
        "reread": {s.name: sum(map(len, s.reread.values())) for s in sets if s.reread},
    }


def _check_fresh(out: Path, *, resume: bool) -> None:
    begun = (out / "train" / "weights" / "last.pt").is_file()
    if resume and not begun:
        raise BadInput(f"{out}: holds no training to resume")
    if begun and not resume:
        raise BadInput(f"{out}: holds a training already (--resume goes on with it)")


def _overrides(pairs: list[str]) -> dict[str, Any]:
    """`key=value` options of the trainer, values as in YAML."""
    made: dict[str, Any] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise BadInput(f"--set {pair}: expected KEY=VALUE")
        made[key] = yaml.safe_load(value)
    return made


def _parser() -> cli.OneLineParser:
    made = cli.parser("train_detector", "Train, export and measure the vehicle detector.")
    made.add_argument(
        "--data", type=Path, nargs="+", required=True, help="sets, or folders of sets"
    )
    made.add_argument(
        "--start",
        default=ultralytics_run.START_RANDOM,
        help="checkpoint, weights that ship (.onnx), or `random`",
    )
    made.add_argument(
        "--out", type=Path, required=True, help="folder for data, checkpoints, results"
    )
    made.add_argument("--epochs", type=int, default=30)
    made.add_argument("--imgsz", type=int, default=544, help="side of training pictures, pixels")
    made.add_argument(
        "--simulated", type=int, default=0, metavar="N", help="add N simulated pictures"
    )
    add_reread(made)
    made.add_argument(
        "--error-scenes",
        type=int,
        default=SCENES,
        metavar="N",
        help="simulated scenes to measure the error of box edges on, 0 to leave it out",
    )
    made.add_argument("--threads", type=int, default=2, help="cores to use")
    made.add_argument("--resume", action="store_true", help="go on after the last whole epoch")
    made.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="option of the trainer"
    )
    return made


if __name__ == "__main__":
    raise SystemExit(cli.run(main, "train_detector"))
