"""The accident network's weights as an ONNX graph, built node by node.

torch's own exporters change with its releases; the graph is nine nodes. It must not know the training.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from enforcement.risk_sequence import LENGTH, STATIC_NAMES, STEP_NAMES

_OPSET = 17
_GATES = (0, 3, 1, 2)
"""torch keeps input, forget, cell, output; ONNX wants input, output, forget, cell."""


def as_onnx(state: Mapping[str, NDArray[np.float32]]) -> bytes:
    """The file's content; inputs `steps` and `static`, output (n, 1) log-odds.

    state: lstm.weight_ih_l0 (4h, c), lstm.weight_hh_l0 (4h, h), lstm.bias_ih_l0 and bias_hh_l0 (4h,),
    inner.weight, inner.bias, outer.weight, outer.bias.
    """
    hidden = state["lstm.weight_hh_l0"].shape[1]
    weights = {
        "w": _gates(state["lstm.weight_ih_l0"])[None],
        "r": _gates(state["lstm.weight_hh_l0"])[None],
        "b": np.concatenate([_gates(state[f"lstm.bias_{one}_l0"]) for one in ("ih", "hh")])[None],
        "first": np.array([0], dtype=np.int64),
        **{name: state[name] for name in _DENSE},
    }
    nodes = [
        helper.make_node("Transpose", ["steps"], ["ordered"], perm=[1, 0, 2]),
        helper.make_node("LSTM", ["ordered", "w", "r", "b"], ["", "last"], hidden_size=hidden),
        helper.make_node("Squeeze", ["last", "first"], ["state"]),
        helper.make_node("Concat", ["state", "static"], ["together"], axis=1),
        helper.make_node("Gemm", ["together", "inner.weight", "inner.bias"], ["inner"], transB=1),
        helper.make_node("Relu", ["inner"], ["active"]),
        helper.make_node("Gemm", ["active", "outer.weight", "outer.bias"], ["log_odds"], transB=1),
    ]
    graph = helper.make_graph(
        nodes,
        "accident_risk",
        [
            _tensor("steps", ["n", LENGTH, len(STEP_NAMES)]),
            _tensor("static", ["n", len(STATIC_NAMES)]),
        ],
        [_tensor("log_odds", ["n", 1])],
        [numpy_helper.from_array(np.ascontiguousarray(w), name) for name, w in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)])
    # The oldest that knows the operators: a newer one is refused by older runtimes.
    model.ir_version = 8
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString()
    return content


_DENSE = ("inner.weight", "inner.bias", "outer.weight", "outer.bias")


def _gates(stacked: NDArray[np.float32]) -> NDArray[np.float32]:
    parts = np.split(stacked, 4, axis=0)
    return np.concatenate([parts[index] for index in _GATES], axis=0)


def _tensor(name: str, shape: list[str | int]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
