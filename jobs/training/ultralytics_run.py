"""The training itself, by Ultralytics (AGPL-3.0), resumable after any epoch.

On a CPU with AVX512-BF16 the forward and backward passes run in bfloat16 (2.2 times faster here, the
loss and the weights stay in float32); elsewhere Ultralytics decides. Needs the `train` group.
"""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Any

from enforcement.errors import BadInput

START_RANDOM = "random"
AVERAGING = 0.99  # of the weights that are saved, per step: short runs never get to 0.9999
RECIPE: dict[str, Any] = {
    "optimizer": "AdamW",
    "weight_decay": 5e-4,
    "warmup_epochs": 0.5,
    "warmup_bias_lr": 0.01,
    "cos_lr": True,
    "cls_pw": 0.1,
    "hsv_v": 0.5,
    "scale": 0.5,
    "mosaic": 1.0,
    "cache": "ram",
    "workers": 0,
    "patience": 0,
    "val": False,
    "plots": True,
    "save_period": 1,
    "deterministic": False,
    "seed": 0,
    "batch": 16,
    "amp": False,
}


def train(
    *,
    data: Path,
    start: str,
    out: Path,
    epochs: int,
    imgsz: int,
    threads: int,
    overrides: dict[str, Any],
) -> Path:
    """Train and return the last checkpoint (its averaged weights). Continues OUT/train if it was begun."""
    yolo = _ultralytics(out)
    import torch  # noqa: PLC0415 - the `train` group is optional

    last = out / "train" / "weights" / "last.pt"
    if last.is_file():
        model = yolo(str(last))
        arguments: dict[str, Any] = {"resume": True}
    else:
        model = yolo("yolo11n.yaml" if start == START_RANDOM else start)
        arguments = (
            RECIPE
            | {
                "data": str(data),
                "epochs": epochs,
                "imgsz": imgsz,
                "project": str(out),
                "name": "train",
                "exist_ok": True,
                "close_mosaic": max(1, epochs // 6),
            }
            | overrides
        )
    # Ultralytics sets all cores but one when it picks its device: ours must come after.
    model.add_callback("on_train_start", lambda _: torch.set_num_threads(threads))
    if not torch.cuda.is_available():
        model.add_callback("on_train_start", _bfloat16_passes)
        arguments = arguments | {"device": "cpu"}
    model.train(**arguments)
    return last


def require() -> None:
    """Raises BadInput, one line, where the `train` group is not installed."""
    if importlib.util.find_spec("ultralytics") is None or importlib.util.find_spec("torch") is None:
        raise BadInput("training needs the train group: uv sync --group train")


def _ultralytics(out: Path) -> Any:
    os.environ.setdefault("YOLO_CONFIG_DIR", str(out))
    os.environ.setdefault("YOLO_OFFLINE", "true")
    from ultralytics import YOLO  # noqa: PLC0415 - the `train` group is optional

    return YOLO


def _bfloat16_passes(trainer: Any) -> None:
    """Run the network, not its loss, under CPU autocast; the averaged copy that is saved stays untouched."""
    import torch  # noqa: PLC0415 - the `train` group is optional

    trainer.ema.decay = lambda updates: min(AVERAGING, (1 + updates) / (10 + updates))
    model = trainer.model

    def predict(x: Any, *args: Any, **kwargs: Any) -> Any:
        with torch.autocast("cpu", torch.bfloat16):
            return _as_float(type(model).predict(model, x, *args, **kwargs))

    model.predict = predict


def _as_float(out: Any) -> Any:
    """The network's output, whatever its nesting, in float32."""
    if isinstance(out, dict):
        return {k: _as_float(v) for k, v in out.items()}
    if isinstance(out, (list, tuple)):
        return type(out)(_as_float(v) for v in out)
    return out.float() if hasattr(out, "is_floating_point") and out.is_floating_point() else out
