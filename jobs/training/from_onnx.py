"""The shipped ONNX file as a checkpoint that training can go on from.

The exporter folded each batch normalisation into its convolution. A folded layer cannot be trained on as it
is: the normalisation is made again from the statistics of the convolution's own output over real pictures, so
that the network says the same as before, in training as in use. Needs the `train` group.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from enforcement.errors import BadInput
from jobs.training.evaluation import read_picture

PICTURES = 64
LAYOUT = "yolo11n.yaml"


def checkpoint(onnx: Path, pictures: Sequence[Path], out: Path, *, classes: int, side: int) -> Path:
    """Write OUT, a checkpoint with the weights of `onnx`.

    pictures: of the training to come; statistics are of PICTURES of them, squeezed to side x side pixels.
    Raises BadInput for a file that holds another network.
    """
    import torch  # noqa: PLC0415 - the `train` group is optional
    from ultralytics.nn.tasks import DetectionModel  # noqa: PLC0415 - the `train` group is optional

    model = DetectionModel(LAYOUT, nc=classes, verbose=False).float().eval()
    folded = list(_filled(model, _weights(onnx), onnx))
    step = max(1, len(pictures) // PICTURES)
    with torch.no_grad():
        outputs = _statistics(model, folded, [_batch(p, side) for p in pictures[::step]])
        for layer, bias in folded:
            mean, variance = outputs[layer]
            layer.bn.running_mean.copy_(mean)
            layer.bn.running_var.copy_(variance)
            layer.bn.weight.copy_((variance + layer.bn.eps).sqrt())
            layer.bn.bias.copy_(bias + mean)
    model.args = {"task": "detect", "model": LAYOUT}
    out.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"model": model, "ema": None, "epoch": -1, "optimizer": None, "train_args": {}}, out)
    return out


def _weights(onnx: Path) -> dict[str, Any]:
    import onnx as reader  # noqa: PLC0415 - the `train` group is optional
    from google.protobuf.message import DecodeError  # noqa: PLC0415 - comes with onnx
    from onnx import numpy_helper  # noqa: PLC0415 - the `train` group is optional

    try:
        graph = reader.load(str(onnx)).graph
    except (OSError, DecodeError) as error:
        raise BadInput(f"{onnx}: not a readable ONNX file ({type(error).__name__})") from None
    return {each.name: numpy_helper.to_array(each) for each in graph.initializer}


def _filled(model: Any, weights: dict[str, Any], onnx: Path) -> Iterator[tuple[Any, Any]]:
    """Each convolution with a normalisation behind it, and its folded bias; all layers filled on the way."""
    import torch  # noqa: PLC0415 - the `train` group is optional
    from ultralytics.nn.modules.conv import Conv  # noqa: PLC0415 - the `train` group is optional

    def of(name: str, like: Any) -> Any:
        found = weights.get(name)
        if found is None or tuple(found.shape) != tuple(like.shape):
            raise BadInput(f"{onnx}: not a {LAYOUT.removesuffix('.yaml')} of ours ({name})")
        return torch.tensor(found.copy())

    for name, layer in model.named_modules():
        if isinstance(layer, Conv):
            layer.conv.weight.data = of(f"{name}.conv.weight", layer.conv.weight)
            bias = of(f"{name}.conv.bias", layer.bn.bias)
            # Nothing is normalised while statistics are taken.
            layer.bn.running_mean.zero_()
            layer.bn.running_var.fill_(1 - layer.bn.eps)
            layer.bn.bias.data = bias.clone()
            yield layer, bias
        elif isinstance(layer, torch.nn.Conv2d) and layer.bias is not None:
            layer.weight.data = of(f"{name}.weight", layer.weight)
            layer.bias.data = of(f"{name}.bias", layer.bias)


def _statistics(
    model: Any, folded: list[tuple[Any, Any]], batches: list[Any]
) -> dict[Any, tuple[Any, Any]]:
    """Mean and variance by channel of each convolution's output."""
    sums: dict[Any, Any] = {}

    def watching(layer: Any) -> Callable[[Any, Any, Any], None]:
        def watch(_module: Any, _inputs: Any, output: Any) -> None:
            values = output.double()
            before = sums.get(layer, (0.0, 0.0, 0))
            sums[layer] = (
                before[0] + values.sum((0, 2, 3)),
                before[1] + values.square().sum((0, 2, 3)),
                before[2] + values.numel() // values.shape[1],
            )

        return watch

    hooks = [layer.conv.register_forward_hook(watching(layer)) for layer, _ in folded]
    for batch in batches:
        model(batch)
    for hook in hooks:
        hook.remove()
    return {
        layer: (
            (total / count).float(),
            (squares / count - (total / count).square()).clamp_min(1e-6).float(),
        )
        for layer, (total, squares, count) in sums.items()
    }


def _batch(picture: Path, side: int) -> Any:
    import torch  # noqa: PLC0415 - the `train` group is optional

    small = cv2.resize(read_picture(picture), (side, side))[:, :, ::-1].transpose(2, 0, 1)
    return torch.tensor(np.ascontiguousarray(small)[None]).float() / 255
