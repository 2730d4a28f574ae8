"""OpenVINO on the CPU: the default engine of detectors, and small networks in batches of one size.

Its objects stay here; what the numbers mean is not known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock
from typing import Any, Generic, TypeVar

import numpy as np
import openvino
from numpy.typing import NDArray
from openvino import frontend
from openvino.preprocess import PrePostProcessor

from adapters.detector_decode import Outputs
from enforcement.detections import ByteArray
from enforcement.errors import BadModel

SEARCH_DEPTH = 12
WAITING = 2  # pictures ready beside those that run: no stream idles while Python reads a result

R = TypeVar("R")
T = TypeVar("T")
_Key = tuple[int, int, bool, float]
_FIRST = Lock()  # of the process: what it guards is the bindings', not an engine's


class _Idle(Generic[T]):
    """What callers run a network with, one for each that runs at the moment; made when none is idle."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._idle: SimpleQueue[T] = SimpleQueue()

    @contextmanager
    def taken(self) -> Iterator[T]:
        """One that nobody else uses meanwhile."""
        try:
            one = self._idle.get_nowait()
        except Empty:
            one = self._make()
        try:
            yield one
        finally:
            self._idle.put(one)


class _Network:
    """A compiled size. queues: of its requests."""

    def __init__(self, compiled: openvino.CompiledModel, requests: int) -> None:
        self._compiled = compiled
        self.queues = _Idle(lambda: openvino.AsyncInferQueue(compiled, requests))

    def run_once(self, batch: ByteArray) -> None:
        """Run a picture and read what comes of it, in this thread alone.

        OpenVINO's bindings make their tables of types when a tensor's data is first asked for, letting go
        of the interpreter meanwhile: two threads that ask first at the same time wait for one another
        for ever.
        """
        request = self._compiled.create_infer_request()
        request.infer({0: batch})
        for tensor in request.output_tensors:
            tensor.data.sum()


class OpenVinoEngine:
    """OpenVINO with one thread per stream, so that results do not depend on how many cores there are.

    A size is compiled when it is first seen. Pictures of a batch run one per stream, which on CPUs
    gives more frames a second than one batched request; a second batch fills the streams while the
    last pictures of the first are still running.
    """

    at_once = 2

    def __init__(self, path: Path, *, threads: int) -> None:
        self._core = openvino.Core()
        self._model = _read(path)
        self._threads = threads
        self._networks: dict[_Key, _Network] = {}
        self.input_shape = _free(self._model.inputs[0].partial_shape)
        self.output_shape = _free(self._model.outputs[0].partial_shape)
        self.split = self._cut_before_decoding()

    def infer(
        self, batch: ByteArray, *, rgb: bool, scale: float, read: Callable[[int, Outputs], R]
    ) -> list[R]:
        """See Engine."""
        results: dict[int, R] = {}

        def keep(request: openvino.InferRequest, index: int) -> None:
            results[index] = read(index, tuple(t.data[0] for t in request.output_tensors))

        network = self._network((batch.shape[1], batch.shape[2], rgb, scale))
        with network.queues.taken() as queue:
            queue.set_callback(keep)
            for index in range(len(batch)):
                queue.start_async({0: batch[index : index + 1]}, index)
            queue.wait_all()
        return [results[index] for index in range(len(batch))]

    def _network(self, key: _Key) -> _Network:
        with _FIRST:
            if key not in self._networks:
                network = _Network(self._compiled(*key), self._threads + WAITING)
                network.run_once(np.zeros((1, *key[:2], 3), np.uint8))
                self._networks[key] = network
            return self._networks[key]

    def _compiled(self, height: int, width: int, rgb: bool, scale: float) -> openvino.CompiledModel:
        model = self._model.clone()
        model.reshape([1, 3, height, width])
        pictures = PrePostProcessor(model)
        given = pictures.input()
        given.tensor().set_element_type(openvino.Type.u8).set_layout(openvino.Layout("NHWC"))
        given.tensor().set_color_format(openvino.preprocess.ColorFormat.BGR)
        given.model().set_layout(openvino.Layout("NCHW"))
        steps = given.preprocess().convert_element_type(openvino.Type.f32)
        if rgb:
            steps = steps.convert_color(openvino.preprocess.ColorFormat.RGB)
        steps.scale(scale)
        # Boxes that are decoded inside the network would be moved by its 8 bits.
        return _compiled(self._core, pictures.build(), threads=self._threads, short=self.split)

    def _cut_before_decoding(self) -> bool:
        """Let an Ultralytics network end in its edge logits and scores; False where it is another kind."""
        joined = self._model.outputs[0].node.input_value(0).get_node()
        if joined.get_type_name() != "Concat" or joined.get_input_size() != 2:
            return False
        logits = _softmax_above(joined.input_value(0).get_node())
        scores = joined.input_value(1)
        if logits is None or scores.get_node().get_type_name() != "Sigmoid":
            return False
        self._model = openvino.Model([logits, scores], self._model.get_parameters())
        return True


class OpenVinoRows:
    """A small network of any number of rows, run in batches of one size; what is missing is padded.

    A free size costs OpenVINO more at each call than a few rows too many. May be asked from several threads.
    inputs: declared shapes by name, None where free. output_shape: of its output.
    """

    def __init__(self, path: Path, *, rows: int, threads: int) -> None:
        """rows: of a batch. threads: batches at the same time. Raises BadModel naming the file."""
        model = _read(path)
        [given] = model.inputs
        self.inputs = {given.any_name: _free(given.partial_shape)}
        self.output_shape = _free(model.outputs[0].partial_shape)
        [shape] = self.inputs.values()
        if len(shape) < 2 or shape[0] is not None or None in shape[1:]:
            raise BadModel(f"{path}: takes {shape}, not any number of rows of one size")
        self._batch = (rows, *(size for size in shape[1:] if size))
        self._type = given.element_type.to_dtype()
        model.reshape(list(self._batch))
        self._made = tuple(model.outputs[0].shape)[1:]
        network = _compiled(openvino.Core(), model, threads=threads, short=True)
        self._requests = _Idle(network.create_infer_request)
        with _FIRST:  # see _Network.run_once
            self.run({given.any_name: np.zeros(self._batch, self._type)})

    def run(self, feeds: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        """The output for the rows of its one input."""
        [rows] = feeds.values()
        size = self._batch[0]
        made = np.empty((len(rows), *self._made), np.float32)
        with self._requests.taken() as request:
            for begin in range(0, len(rows), size):
                batch = rows[begin : begin + size]
                if len(batch) < size:
                    batch = np.concatenate(
                        [batch, np.zeros((size - len(batch), *self._batch[1:]), self._type)]
                    )
                request.infer({0: batch})
                made[begin : begin + size] = request.get_output_tensor(0).data[: len(rows) - begin]
        return made


def _compiled(
    core: openvino.Core, model: openvino.Model, *, threads: int, short: bool
) -> openvino.CompiledModel:
    """One stream for each thread. short: in bfloat16 where the CPU has it."""
    able = "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    settings = {
        "PERFORMANCE_HINT": "THROUGHPUT",
        "NUM_STREAMS": threads,
        "INFERENCE_NUM_THREADS": threads,
        "INFERENCE_PRECISION_HINT": "bf16" if short and able else "f32",
    }
    return core.compile_model(model, "CPU", settings)


def _softmax_above(node: openvino.Node) -> openvino.Output | None:
    """What goes into the nearest softmax over 16 bins by 4 edges above a node, None where there is none."""
    layer = [node]
    for _ in range(SEARCH_DEPTH):
        layer = [n.input_value(i).get_node() for n in layer for i in range(n.get_input_size())]
        for each in layer:
            if each.get_type_name() == "Softmax" and each.get_attributes().get("axis") == 1:
                given = each.input_value(0)
                if given.partial_shape.rank.get_length() == 4 and given.partial_shape[2] == 4:
                    return given
    return None


def _read(path: Path) -> openvino.Model:
    """The network, by the ONNX front end alone: left to guess, OpenVINO tries TensorFlow's too, loudly."""
    front_end = frontend.FrontEndManager().load_by_framework("onnx")
    try:
        model = front_end.convert(front_end.load(str(path)))
    except _frontend_errors():
        raise BadModel(f"{path}: not an ONNX network that OpenVINO can read") from None
    if len(model.inputs) != 1 or not model.outputs:
        raise BadModel(f"{path}: has {len(model.inputs)} inputs, not one and an output")
    return model


def _frontend_errors() -> tuple[type[BaseException], ...]:
    kinds = ("General", "Initialization", "NotImplemented", "OpConversion", "OpValidation")
    return (RuntimeError, IndexError, *(getattr(frontend, f"{kind}Failure") for kind in kinds))


def _free(shape: openvino.PartialShape) -> tuple[int | None, ...]:
    return tuple(d.get_length() if d.is_static else None for d in shape)
