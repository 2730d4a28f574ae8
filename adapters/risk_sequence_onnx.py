"""ONNX Runtime: the accident model's network from its file to raw probabilities.

Serving needs no torch. What the inputs mean is not known here.
"""

from __future__ import annotations

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from enforcement.errors import BadModel
from enforcement.risk_sequence import Sequences

Floats = NDArray[np.float64]
_BATCH = 8192


class SequenceModel:
    """One loaded network with the inputs `steps` and `static`, and log-odds as output."""

    def __init__(self, content: bytes, *, threads: int = 0) -> None:
        """threads: 0 takes all cores. Raises BadModel for bytes that are no such network."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                content, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # noqa: BLE001 - the runtime raises classes of its own, without a base
            raise BadModel(f"not an ONNX network: {str(error).splitlines()[0]}") from None
        if [one.name for one in self._session.get_inputs()] != ["steps", "static"]:
            raise BadModel("an ONNX network of other inputs than steps and static")

    def log_odds(self, sequences: Sequences) -> Floats:
        """(n,) raw log-odds."""
        parts = [
            self._session.run(
                None,
                {
                    "steps": sequences.steps[begin : begin + _BATCH],
                    "static": sequences.static[begin : begin + _BATCH],
                },
            )[0].reshape(-1)
            for begin in range(0, len(sequences), _BATCH)
        ]
        return np.concatenate(parts).astype(np.float64) if parts else np.zeros(0)
