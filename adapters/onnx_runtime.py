"""ONNX Runtime on its CPU provider: one network, arrays in and out.

Its objects stay here; what the numbers mean is not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from enforcement.errors import BadModel

Shape = tuple[int | None, ...]


class Network:
    """A loaded network. inputs: declared shapes by name, None where free. output_shape: of the first."""

    def __init__(self, source: Path | bytes, *, threads: int = 0) -> None:
        """threads: 0 takes all cores. Raises BadModel with the runtime's reason for what is no network."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        given = source if isinstance(source, bytes) else str(source)
        try:
            self._session = onnxruntime.InferenceSession(
                given, options, providers=["CPUExecutionProvider"]
            )
        except _errors() as error:
            raise BadModel(str(error).splitlines()[0]) from None
        self.inputs = {one.name: _free(one.shape) for one in self._session.get_inputs()}
        self.output_shape = _free(self._session.get_outputs()[0].shape)

    def run(self, feeds: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        """The first output for these inputs."""
        return np.asarray(self._session.run(None, dict(feeds))[0], np.float32)

    def written(self, key: str) -> str:
        """What the exporter wrote into the file under a key, "" where it wrote nothing."""
        text: str = self._session.get_modelmeta().custom_metadata_map.get(key, "")
        return text


def _errors() -> tuple[type[BaseException], ...]:
    from onnxruntime.capi import onnxruntime_pybind11_state as state  # noqa: PLC0415

    names = ("Fail", "InvalidProtobuf", "InvalidArgument", "InvalidGraph", "NoSuchFile")
    return (RuntimeError, ValueError, *(getattr(state, name) for name in names))


def _free(shape: list[int | str | None]) -> Shape:
    return tuple(size if isinstance(size, int) else None for size in shape)
