"""The accident network says the same as ONNX as it did in torch; a foreign file is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from adapters.risk_card import CARD, ModelKind, RiskCard, read_card
from adapters.risk_model import digests, load_model, sequence_inputs
from adapters.risk_sequence_onnx import SequenceModel
from enforcement.errors import BadModel
from enforcement.risk_answers import Calibration
from enforcement.risk_features import NAMES
from enforcement.risk_sequence import LENGTH, STATIC_NAMES, STEP_NAMES, Sequences

RNG = np.random.default_rng(2)
HIDDEN = 6


def card(kind: ModelKind, inputs: list[str]) -> RiskCard:
    return RiskCard(
        name="accident_lstm", version="1", prediction_type="accident_risk", kind=kind, inputs=inputs,
        calibration=Calibration(raw=[0.0, 1.0], calibrated=[0.0, 1.0]), base_rate=0.1,
        trained_until="2026-01-01T00:00:00+00:00", simulated=True,
    )  # fmt: skip


def some_input(count: int) -> Sequences:
    steps = RNG.random((count, LENGTH, len(STEP_NAMES)), dtype=np.float32)
    return Sequences(steps=steps, static=RNG.random((count, len(STATIC_NAMES)), dtype=np.float32))


def test_torch_and_onnx_say_the_same() -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed (make train-env)")
    pytest.importorskip("onnx", reason="onnx is not installed (make train-env)")
    as_onnx = pytest.importorskip("jobs.training.lstm_onnx").as_onnx
    torch.manual_seed(1)
    lstm = torch.nn.LSTM(len(STEP_NAMES), HIDDEN, batch_first=True)
    inner = torch.nn.Linear(HIDDEN + len(STATIC_NAMES), HIDDEN)
    outer = torch.nn.Linear(HIDDEN, 1)
    layers = {"lstm": lstm, "inner": inner, "outer": outer}
    state = {
        f"{name}.{key}": value.numpy()
        for name, layer in layers.items()
        for key, value in layer.state_dict().items()
    }
    content = as_onnx(state)
    given = some_input(50)
    with torch.no_grad():
        _, (last, _) = lstm(torch.from_numpy(given.steps))
        joined = torch.cat([last[0], torch.from_numpy(given.static)], dim=1)
        said = outer(torch.relu(inner(joined))).squeeze(1).numpy()
    np.testing.assert_allclose(SequenceModel(content).log_odds(given), said, atol=1e-5)
    files = {CARD: card(ModelKind.SEQUENCE, sequence_inputs()).as_bytes(), "model.onnx": content}
    model = load_model(files)
    answers = model.answers(given)
    assert answers.probability == pytest.approx(1 / (1 + np.exp(-said)), abs=1e-5)
    assert answers.contributions.shape == (50, len(sequence_inputs()))


@pytest.mark.parametrize(
    ("kind", "file", "content", "words"),
    [
        (ModelKind.SEQUENCE, "model.onnx", b"not a network", "not an ONNX network"),
        (ModelKind.TREES, "model.ubj", b"not trees", "not an XGBoost model"),
        (ModelKind.LINEAR, "model.json", b"{", "model.json: not JSON"),
        (ModelKind.LINEAR, "other.json", b"{}", "model.json: missing"),
    ],
)
def test_a_foreign_file_is_refused(kind: ModelKind, file: str, content: bytes, words: str) -> None:
    inputs = sequence_inputs() if kind is ModelKind.SEQUENCE else list(NAMES)
    with pytest.raises(BadModel, match=words):
        load_model({CARD: card(kind, inputs).as_bytes(), file: content})


def test_inputs_of_another_release_are_refused() -> None:
    files = {CARD: card(ModelKind.TREES, ["age"]).as_bytes(), "model.ubj": b""}
    with pytest.raises(BadModel, match="not those of this release"):
        load_model(files)


def test_a_card_comes_back_as_it_was_written_and_an_altered_one_has_another_digest() -> None:
    written = card(ModelKind.TREES, list(NAMES))
    content = written.as_bytes()
    assert read_card(content).as_bytes() == content
    assert digests({CARD: content}) != digests({CARD: content.replace(b"0.1", b"0.2")})
    broken = {**json.loads(content), "kind": "oracle"}
    with pytest.raises(BadModel, match="not a risk model's card"):
        read_card(json.dumps(broken).encode())
