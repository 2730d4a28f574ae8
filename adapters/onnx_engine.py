"""The two runtimes that execute an ONNX network on pictures: OpenVINO (default) and ONNX Runtime.

Both take (B, H, W, 3) uint8 BGR pictures and give one raw output per picture. Runtime objects stay
here; what the numbers mean is not known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock
from typing import Protocol, TypeVar

import numpy as np
import openvino
from openvino import frontend
from openvino.preprocess import PrePostProcessor

from adapters.detector_decode import Outputs
from adapters.onnx_runtime import Network
from enforcement.detections import ByteArray
from enforcement.errors import BadModel

PROBE = 64
SEARCH_DEPTH = 12
WAITING = 2  # pictures ready beside those that run: no stream idles while Python reads a result

R = TypeVar("R")
_Key = tuple[int, int, bool, float]
_FIRST = Lock()  # of the process: what it guards is the bindings', not an engine's


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


class _Network:
    """A compiled size and its request queues: one for each batch that runs at the moment."""

    def __init__(self, compiled: openvino.CompiledModel, requests: int) -> None:
        self._compiled = compiled
        self._requests = requests
        self._idle: SimpleQueue[openvino.AsyncInferQueue] = SimpleQueue()

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

    @contextmanager
    def queue(self) -> Iterator[openvino.AsyncInferQueue]:
        """A queue nobody else uses meanwhile."""
        try:
            queue = self._idle.get_nowait()
        except Empty:
            queue = openvino.AsyncInferQueue(self._compiled, self._requests)
        try:
            yield queue
        finally:
            self._idle.put(queue)


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

        with self._network((batch.shape[1], batch.shape[2], rgb, scale)).queue() as queue:
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
        settings = {
            "PERFORMANCE_HINT": "THROUGHPUT",
            "NUM_STREAMS": self._threads,
            "INFERENCE_NUM_THREADS": self._threads,
            "INFERENCE_PRECISION_HINT": self._precision(),
        }
        return self._core.compile_model(pictures.build(), "CPU", settings)

    def _precision(self) -> str:
        """bfloat16 where the CPU has it and boxes are decoded outside it, where 8 bits would move them."""
        able = "BF16" in self._core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        return "bf16" if self.split and able else "f32"

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
        raise BadModel(f"{path}: has {len(model.inputs)} inputs, a detector takes one picture")
    return model


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


def _frontend_errors() -> tuple[type[BaseException], ...]:
    kinds = ("General", "Initialization", "NotImplemented", "OpConversion", "OpValidation")
    return (RuntimeError, IndexError, *(getattr(frontend, f"{kind}Failure") for kind in kinds))


def _free(shape: openvino.PartialShape) -> tuple[int | None, ...]:
    return tuple(d.get_length() if d.is_static else None for d in shape)
