"""EasyOCR over a network on disk: what it loads is what it says; what it cannot load it names.

The network made here is simulated: it always says the text that its weights hold. It proves the
loading, decoding and joining of the adapter, nothing about reading.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from adapters.ocr_easyocr import EasyPlateOcr
from adapters.plate_image import whole
from enforcement.detections import ByteArray, Float32Array
from enforcement.errors import BadModel
from enforcement.plate_grammar import ALPHABET

torch = pytest.importorskip("torch", reason="the dependency group train is absent")
pytest.importorskip("easyocr", reason="the dependency group train is absent")
pytestmark = pytest.mark.filterwarnings("ignore")

NETWORK = "simulated_plates"
DESCRIPTION = f"""
imgH: 64
lang_list: [en]
character_list: "{ALPHABET}"
network_params: {{steps: 16}}
"""
MODEL = """
import torch

class Model(torch.nn.Module):
    def __init__(self, steps, num_class):
        super().__init__()
        self.says = torch.nn.Parameter(torch.zeros(steps, num_class))

    def forward(self, picture, text):
        return self.says.unsqueeze(0).expand(picture.shape[0], -1, -1)
"""
PICTURE = np.full((60, 160, 3), 128, np.uint8)


def all_of_it(crop: ByteArray) -> list[Float32Array]:
    return [whole(crop)]


def write_network(folder: Path, says: str) -> None:
    weights = torch.zeros(16, len(ALPHABET) + 1)
    for step in range(16):
        sign = says[step // 2] if step % 2 == 0 and step // 2 < len(says) else None
        weights[step, 0 if sign is None else 1 + ALPHABET.index(sign)] = 9.0
    torch.save({"module.says": weights}, folder / f"{NETWORK}.pth")
    (folder / f"{NETWORK}.yaml").write_text(DESCRIPTION, encoding="utf-8")
    (folder / f"{NETWORK}.py").write_text(MODEL, encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    paths = list(sys.path)
    yield tmp_path
    sys.path[:] = paths
    sys.modules.pop(NETWORK, None)


@pytest.mark.parametrize("says", ["ABC123", "F7K482"])
def test_the_network_on_disk_is_the_one_that_reads(folder: Path, says: str) -> None:
    write_network(folder, says)
    ocr = EasyPlateOcr(folder=folder, find_rows=all_of_it, network=NETWORK)
    (cut,) = ocr.read_plate([PICTURE])
    assert cut is not None
    assert (cut.text, cut.lines) == (says, 1)
    assert cut.confidence > 0.9
    first, second = ocr.read([PICTURE, PICTURE[:40]])
    assert (first[0].text, second[0].text) == (says, says)
    assert first[0].xyxy == (0.0, 0.0, 160.0, 60.0)
    assert ocr.read([]) == []
    assert (ocr.name, len(ocr.digest)) == (f"easyocr/{NETWORK}", 64)


@pytest.mark.parametrize("suffix", [".pth", ".yaml", ".py"])
def test_a_missing_file_is_named(folder: Path, suffix: str) -> None:
    write_network(folder, "ABC123")
    (folder / f"{NETWORK}{suffix}").unlink()
    with pytest.raises(BadModel, match=f"{NETWORK}{suffix} is missing"):
        EasyPlateOcr(folder=folder, find_rows=all_of_it, network=NETWORK)


@pytest.mark.parametrize(
    ("suffix", "content"),
    [
        (".pth", b"not weights"),
        (".yaml", b"imgH: 64"),
        (".yaml", b"- 1\n- 2"),
        (".yaml", b"\xff\xfe{{"),
        (".yaml", b"imgH: [64"),
        (".py", b"class Model: ..."),
        (".py", b"def"),
    ],
)
def test_a_damaged_network_is_one_clear_line(folder: Path, suffix: str, content: bytes) -> None:
    write_network(folder, "ABC123")
    (folder / f"{NETWORK}{suffix}").write_bytes(content)
    with pytest.raises(BadModel, match="cannot be loaded") as caught:
        EasyPlateOcr(folder=folder, find_rows=all_of_it, network=NETWORK)
    assert "\n" not in str(caught.value)


def test_without_the_library_the_group_to_install_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_network(folder, "ABC123")
    monkeypatch.setitem(sys.modules, "easyocr", None)
    with pytest.raises(BadModel, match="dependency group train"):
        EasyPlateOcr(folder=folder, find_rows=all_of_it, network=NETWORK)
