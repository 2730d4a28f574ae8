"""ONNX Runtime: the accident model's network from its file to raw probabilities.

Serving needs no torch. What the inputs mean is not known here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from adapters.onnx_runtime import Network
from enforcement.errors import BadModel
from enforcement.risk_sequence import Sequences

Floats = NDArray[np.float64]
_BATCH = 8192


class SequenceModel:
    """One loaded network with the inputs `steps` and `static`, and log-odds as output."""

    def __init__(self, content: bytes, *, threads: int = 0) -> None:
        """threads: 0 takes all cores. Raises BadModel for bytes that are no such network."""
        try:
            self._network = Network(content, threads=threads)
        except BadModel as error:
            raise BadModel(f"not an ONNX network: {error}") from None
        if list(self._network.inputs) != ["steps", "static"]:
            raise BadModel("an ONNX network of other inputs than steps and static")

    def log_odds(self, sequences: Sequences) -> Floats:
        """(n,) raw log-odds."""
        parts = [
            self._network.run(
                {
                    "steps": sequences.steps[begin : begin + _BATCH],
                    "static": sequences.static[begin : begin + _BATCH],
                }
            ).reshape(-1)
            for begin in range(0, len(sequences), _BATCH)
        ]
        return np.concatenate(parts).astype(np.float64) if parts else np.zeros(0)
