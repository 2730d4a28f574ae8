"""`python -m jobs.train_second_look`: trains the network that names what the detector finds.

Learns from crops of labelled vehicles, every class about as often, and writes the detector with its new
second look: both networks, the card, the figures of both together on the sets' `val` pictures. Stopped at any
moment, the same command with --resume goes on after the last whole epoch.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from adapters.model_card import sha256
from adapters.settings import DEFAULT_WEIGHTS
from enforcement.detections import VehicleClass
from enforcement.errors import BadInput
from jobs import cli
from jobs.training import ultralytics_run
from jobs.training.class_crops import SHARES, ClassCrops, gather
from jobs.training.loss_curve import plot
from jobs.training.model_card import card_text
from jobs.training.near_copies import Measured
from jobs.training.reread_labels import add_reread
from jobs.training.set_figures import figures_of_sets
from jobs.training.shipped import read_raw_card, write_card
from jobs.training.yolo_sets import YoloSet, read_sets

FILE = "vigia-classes.onnx"
HELP = "Train, export and measure the second look of the vehicle detector."


def main(arguments: Sequence[str]) -> int:
    """Run the command. Exit codes: 0 trained, 2 unusable input."""
    args = _parser().parse_args(arguments)
    ultralytics_run.require()
    # The `train` group is optional.
    from jobs.training import class_net  # noqa: PLC0415
    from jobs.training.class_teachers import Teachers  # noqa: PLC0415

    teachers = Teachers(args.teacher, threads=args.threads) if args.teacher else None

    out: Path = args.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    checkpoint = out / "second-look.pt"
    if checkpoint.is_file() != args.resume:
        why = (
            "holds no training to resume" if args.resume else "holds a training already (--resume)"
        )
        raise BadInput(f"{out}: {why}")
    weight = _weights(args.weight)
    sets = read_sets(args.data, args.reread)
    learnt = gather(sets, weight, measured=Measured([p for s in sets for p in s.pictures("val")]))
    curve: list[tuple[int, float]] = []
    with cli.progress() as bar:
        task = bar.add_task("epochs", total=args.epochs)

        def told(epoch: int, loss: float, _: object) -> None:
            curve.append((epoch, loss))
            bar.update(task, completed=epoch)

        net = class_net.train(
            learnt,
            epochs=args.epochs,
            checkpoint=checkpoint,
            seed=args.seed,
            threads=args.threads,
            teachers=teachers,
            on_epoch=told,
        )
    weights = out / "weights"
    weights.mkdir(exist_ok=True)
    class_net.export(net, weights / FILE)
    plot(curve, out / "loss.png")
    said = {
        "epochs": args.epochs,
        "crops_per_epoch": class_net.DRAWN,
        "channels": list(class_net.CHANNELS),
        "rate": class_net.RATE,
        "decay": class_net.DECAY,
        "smoothing": class_net.SMOOTHING,
        "seed": args.seed,
        "shares": {c.label: share for c, share in SHARES.items()},
        "weights": weight,
        "teachers": teachers.digests if teachers else [],
        "taught": class_net.TAUGHT if teachers else 0.0,
        "crops": _counted(learnt, sets),
    }
    card = {
        "file": FILE,
        "sha256": sha256(weights / FILE),
        "side": class_net.SIDE,
        "context": class_net.CONTEXT,
        "detector_say": args.detector_say,
        "sure": args.sure,
        "training": said,
    }
    print(_deliver(args.detector, weights, card, read_sets(args.measure or args.data, args.reread)))
    return cli.DONE


def _deliver(detector: Path, weights: Path, second: dict[str, Any], sets: list[YoloSet]) -> Path:
    """The detector beside its second look, and the card of both, measured."""
    onnx = weights / detector.name
    shutil.copyfile(detector, onnx)
    card = read_raw_card(detector) | {"second_look": second}
    write_card(onnx, card)
    card["figures"] = figures_of_sets(onnx, sets)
    write_card(onnx, card)
    (weights / "MODEL_CARD.md").write_text(card_text(card))
    return onnx


def _weights(pairs: list[str]) -> dict[str, float]:
    made: dict[str, float] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        try:
            made[name] = float(value)
        except ValueError:
            equals = ""
        if not equals or made[name] <= 0:
            raise BadInput(f"--weight {pair}: expected SET=NUMBER above 0")
    return made


def _counted(learnt: ClassCrops, sets: list[YoloSet]) -> dict[str, dict[str, int]]:
    return {
        each.name: {
            c.label: int(np.sum((learnt.classes == c) & (learnt.of_set == number)))
            for c in VehicleClass
        }
        for number, each in enumerate(sets)
    }


def _parser() -> cli.OneLineParser:
    made = cli.parser("train_second_look", HELP)
    made.add_argument(
        "--data",
        type=Path,
        nargs="+",
        required=True,
        help="sets, or folders of sets, to learn from",
    )
    made.add_argument(
        "--measure", type=Path, nargs="+", default=[], help="sets to measure on (default: --data)"
    )
    made.add_argument("--out", type=Path, required=True, help="folder for checkpoints and results")
    made.add_argument(
        "--detector", type=Path, default=DEFAULT_WEIGHTS, help="whose finds are named"
    )
    made.add_argument("--epochs", type=int, default=24)
    made.add_argument(
        "--weight",
        action="append",
        default=[],
        metavar="SET=NUMBER",
        help="how often a set's vehicles are drawn beside the others' (1)",
    )
    made.add_argument(
        "--detector-say",
        type=float,
        default=0.3,
        metavar="POWER",
        help="weight of the detector's own scores beside the second look's (0.3)",
    )
    made.add_argument(
        "--sure",
        type=float,
        default=80.0,
        metavar="N",
        help="no second look where the detector's best score is N times its second best (80)",
    )
    made.add_argument(
        "--teacher",
        type=Path,
        nargs="+",
        default=[],
        metavar="FILE",
        help="earlier second looks (.onnx) whose joint opinion is learnt beside the labels",
    )
    add_reread(made)
    made.add_argument("--seed", type=int, default=0)
    made.add_argument("--threads", type=int, default=2, help="cores to use")
    made.add_argument("--resume", action="store_true", help="go on after the last whole epoch")
    return made


if __name__ == "__main__":
    raise SystemExit(cli.run(main, "train_second_look"))
