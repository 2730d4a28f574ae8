"""Earlier second looks, whose joint opinion a new one learns beside the labels.

Several small networks err in different places, and sets disagree on what a van is: their mean is steadier
than any label, and one network can learn most of it (Hinton et al., Distilling the Knowledge in a Neural
Network, 2015).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from adapters.model_card import sha256
from adapters.onnx_runtime import Network
from enforcement.detections import VehicleClass
from enforcement.errors import BadInput


class Teachers:
    """Exported networks (`class_net.export`), each with crops of its own side. digests: SHA-256 of each."""

    def __init__(self, paths: Sequence[Path], *, threads: int) -> None:
        """Raises BadInput naming a file that is no such network."""
        self._networks: list[tuple[Network, str, int]] = []
        for path in paths:
            if not path.is_file():
                raise BadInput(f"--teacher {path}: no such file")
            network = Network(path, threads=threads)
            [(name, shape), *more] = network.inputs.items()
            if more or len(shape) != 4 or network.output_shape[1:] != (len(VehicleClass),):
                raise BadInput(f"--teacher {path}: no second look")
            self._networks.append((network, name, shape[1] or 0))
        self.digests = [sha256(path) for path in paths]

    def say(self, crops: Tensor) -> Tensor:
        """(B, 4) probabilities of crops (B, 3, S, S) RGB from 0 to 1: the geometric mean of all teachers'."""
        said = [network.run({name: _as_cut(crops, side)}) for network, name, side in self._networks]
        return torch.from_numpy(np.mean(said, axis=0)).softmax(dim=1)


def _as_cut(crops: Tensor, side: int) -> np.ndarray:
    """Crops as `vehicle_crops` gives them: (B, side, side, 3) uint8 BGR."""
    if crops.shape[-1] != side:
        crops = functional.interpolate(
            crops, size=(side, side), mode="bilinear", antialias=True, align_corners=False
        )
    pixels = (crops.clamp(0, 1) * 255).round().to(torch.uint8).flip(1).permute(0, 2, 3, 1)
    return np.ascontiguousarray(pixels.numpy())
