"""Classes of a set's boxes read again by eye where its own labels are wrong, kept apart from the set.

A file names its `set` and, per split, picture stem -> label line (from one) -> our class.
"""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import yaml

from enforcement.detections import VehicleClass
from enforcement.errors import BadInput

Reread = dict[tuple[str, str], dict[int, VehicleClass]]  # (split, stem) -> line -> class


def add_reread(parser: ArgumentParser) -> None:
    """The option of every command that reads sets and takes such files."""
    parser.add_argument(
        "--reread",
        type=Path,
        nargs="+",
        default=[],
        metavar="FILE",
        help="classes read again by eye, such as jobs/training/reread/traffic-cameras.yaml",
    )


def read_reread(path: Path) -> tuple[str, Reread]:
    """The set's name and its corrections. Raises BadInput naming the file and what is wrong in it."""
    try:
        described: Any = yaml.safe_load(path.read_text())
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadInput(f"{path}: not a readable list of labels ({type(error).__name__})") from None
    if not isinstance(described, dict) or not isinstance(described.get("set"), str):
        raise BadInput(f"{path}: no `set`")
    name = described.pop("set")
    made: Reread = {}
    for split, pictures in described.items():
        if not isinstance(pictures, dict):
            raise BadInput(f"{path}: `{split}` is no list of pictures")
        for stem, lines in pictures.items():
            where = f"{path}: {split} {stem}"
            if not isinstance(lines, dict) or not lines:
                raise BadInput(f"{where}: expected LINE: CLASS")
            made[str(split), str(stem)] = {
                _line(line, where): _class(label, where) for line, label in lines.items()
            }
    return name, made


def _line(line: object, where: str) -> int:
    if not isinstance(line, int) or line < 1:
        raise BadInput(f"{where}: {line!r} is no line")
    return line


def _class(label: object, where: str) -> VehicleClass:
    ours = {c.label: c for c in VehicleClass}
    if label not in ours:
        raise BadInput(f"{where}: {label!r} is none of {', '.join(ours)}")
    return ours[str(label)]
