"""What executes an ONNX network on pictures; ONNX Runtime as one, `openvino_runtime` as the other.

Engines take (B, H, W, 3) uint8 BGR pictures and give the raw outputs of each. What the numbers mean is not
known.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np

from adapters.detector_decode import Outputs
from adapters.onnx_runtime import Network
from enforcement.detections import ByteArray
from enforcement.errors import BadModel

PROBE = 64

R = TypeVar("R")


class Engine(Protocol):
    """A loaded network.

    input_shape, output_shape: as the file declares them, None where free. split: an Ultralytics
    network whose decoding is left to `detector_decode` (its `dfl` layout). at_once: batches that may
    be asked for from different threads at the same time.
    """

    input_shape: tuple[int | None, ...]
    output_shape: tuple[int | None, ...]
    split: bool
    at_once: int

    def infer(
        self, batch: ByteArray, *, rgb: bool, scale: float, read: Callable[[int, Outputs], R]
    ) -> list[R]:
        """What `read` makes of the raw outputs of each picture, in the batch's order.

        Channels are swapped when rgb, values divided by scale. `read` is called with a picture's number as
        it is done, while the next ones run, from the runtime's threads; the arrays it is given are the
        runtime's own and end with the call.
        """


class OnnxRuntimeEngine:
    """ONNX Runtime on its CPU provider, every core on one picture."""

    at_once = 1

    def __init__(self, path: Path, *, threads: int) -> None:
        try:
            self._network = Network(path, threads=threads)
        except BadModel:
            raise BadModel(f"{path}: not an ONNX network that ONNX Runtime can read") from None
        inputs = self._network.inputs
        if len(inputs) != 1:
            raise BadModel(f"{path}: has {len(inputs)} inputs, a detector has one picture")
        [(self._input, self.input_shape)] = inputs.items()
        self.split = False
        self.output_shape = self._probed_output()

    def infer(
        self, batch: ByteArray, *, rgb: bool, scale: float, read: Callable[[int, Outputs], R]
    ) -> list[R]:
        """See Engine."""
        colours = batch[..., ::-1] if rgb else batch
        tensor = np.ascontiguousarray(colours.transpose(0, 3, 1, 2), np.float32) / np.float32(scale)
        return [
            read(index, (self._network.run({self._input: one[None]})[0],))
            for index, one in enumerate(tensor)
        ]

    def _probed_output(self) -> tuple[int | None, ...]:
        """Output shape as declared, or of one small grey picture where the file leaves it open."""
        declared = self._network.output_shape
        if len(declared) != 3 or any(d is not None for d in declared[1:]):
            return declared
        height, width = self.input_shape[2] or PROBE, self.input_shape[3] or PROBE
        grey = np.zeros((1, height, width, 3), np.uint8)
        shapes = self.infer(grey, rgb=False, scale=255.0, read=lambda _, raw: raw[0].shape)
        return (None, *shapes[0])


def own_names(path: Path) -> dict[int, str]:
    """Class names that the exporter wrote into the file, {} where it wrote none (Ultralytics does)."""
    try:
        written = Network(path).written("names")
    except BadModel:
        raise BadModel(f"{path}: not an ONNX network") from None
    pairs = (item.split(":", 1) for item in written.strip("{} ").split(",") if ":" in item)
    return {int(key): name.strip(" '\"") for key, name in pairs if key.strip().isdigit()}
