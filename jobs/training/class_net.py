"""The network of the second look, its training and its export. Needs the `train` group (torch).

A small residual network on crops; crops are blurred down to the few pixels that a road camera has, moved,
mirrored and relit while it learns.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from adapters.vehicle_crops import BEYOND
from enforcement.detections import ByteArray, Float32Array, VehicleClass
from jobs.training.class_crops import ClassCrops
from jobs.training.class_teachers import Teachers

SIDE, CONTEXT = 48, 1.25
CHANNELS = (20, 40, 80)
BLOCKS = (0, 1, 2)  # residual blocks at each of them: on large maps they cost most and tell least
BATCH, DRAWN = 256, 24_000  # crops per step and per epoch
RATE, DECAY, SMOOTHING = 2e-3, 0.02, 0.05
AVERAGING = 0.99
TAUGHT = 0.6  # of what is learnt, where there are teachers
CUT_OFF, NIGHT = 0.2, 0.15  # shares of the crops
MEAN, SPREAD = 0.45, 0.25


class ClassNet(nn.Module):  # type: ignore[misc]
    """(B, 3, SIDE, SIDE) RGB, normalised -> (B, 4) logits."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for (given, made), blocks in zip(pairwise((3, *CHANNELS)), BLOCKS, strict=True):
            layers += [_conv(given, made, 2), nn.ReLU(), *(_Block(made) for _ in range(blocks))]
        self.features = nn.Sequential(*layers)
        self.head = nn.Sequential(nn.Dropout(0.2), nn.Linear(CHANNELS[-1], len(VehicleClass)))

    def forward(self, crops: Tensor) -> Tensor:
        """Logits of normalised crops."""
        made: Tensor = self.head(self.features(crops).mean((2, 3)))
        return made


class _Block(nn.Module):  # type: ignore[misc]
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.inner = nn.Sequential(_conv(channels, channels), nn.ReLU(), _conv(channels, channels))

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(x + self.inner(x))


def _conv(given: int, made: int, stride: int = 1) -> nn.Sequential:
    layer = nn.Conv2d(given, made, 3, stride, 1, bias=False)
    return nn.Sequential(layer, nn.BatchNorm2d(made))


class Shipped(nn.Module):  # type: ignore[misc]
    """What is exported: crops (B, SIDE, SIDE, 3) uint8 BGR -> log probabilities (B, 4)."""

    def __init__(self, net: ClassNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, crops: Tensor) -> Tensor:
        """Log probabilities of crops as they are cut."""
        rgb = crops.flip(3).permute(0, 3, 1, 2).float() / 255
        return functional.log_softmax(self.net((rgb - MEAN) / SPREAD), dim=1)


def train(
    learnt: ClassCrops,
    *,
    epochs: int,
    checkpoint: Path,
    seed: int,
    threads: int,
    teachers: Teachers | None,
    on_epoch: Callable[[int, float, ClassNet], None],
) -> ClassNet:
    """Train and return the running average of the weights. Goes on from `checkpoint` where it is there.

    teachers: whose opinion is learnt beside the labels. on_epoch: told the number of the epoch, its mean loss
    and the average so far.
    """
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    net, average = ClassNet(), ClassNet()
    average.load_state_dict(net.state_dict())
    optimiser = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=DECAY)
    steps = epochs * (DRAWN // BATCH)
    rate = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, RATE, total_steps=steps + 1, pct_start=0.1
    )
    state: dict[str, Any] = {"net": net, "average": average, "optimiser": optimiser, "rate": rate}
    begun = _load(checkpoint, state)
    for epoch in range(begun, epochs):
        rng = np.random.default_rng([seed, epoch])
        loss = _epoch(learnt, rng, state, teachers, first=epoch * (DRAWN // BATCH))
        _save(checkpoint, state, epoch + 1)
        average.eval()
        on_epoch(epoch + 1, loss, average)
    average.eval()
    return average


def _epoch(
    learnt: ClassCrops,
    rng: np.random.Generator,
    state: dict[str, Any],
    teachers: Teachers | None,
    *,
    first: int,
) -> float:
    net: ClassNet = state["net"]
    net.train()
    drawn = rng.choice(len(learnt.classes), DRAWN, p=learnt.chance)
    total = 0.0
    for step in range(DRAWN // BATCH):
        chosen = drawn[step * BATCH : (step + 1) * BATCH]
        crops = varied(learnt.crops[chosen], learnt.shape[chosen])
        with torch.autocast("cpu", torch.bfloat16):
            logits = net((crops - MEAN) / SPREAD)
        labels = functional.one_hot(torch.from_numpy(learnt.classes[chosen]), len(VehicleClass))
        wanted = (1 - SMOOTHING) * labels + SMOOTHING / len(VehicleClass)
        if teachers:
            wanted = (1 - TAUGHT) * wanted + TAUGHT * teachers.say(crops)
        loss = functional.cross_entropy(logits.float(), wanted)
        state["optimiser"].zero_grad()
        loss.backward()
        state["optimiser"].step()
        state["rate"].step()
        _follow(state["average"], net, min(AVERAGING, (1 + first + step) / (10 + first + step)))
        total += float(loss.detach())
    return total / (DRAWN // BATCH)


def varied(crops: ByteArray, shape: Float32Array) -> Tensor:
    """Training's view of crops (B, S, S, 3) uint8 BGR: (B, 3, SIDE, SIDE) RGB, about 0 to 1, each a little
    different.

    shape: (B, 2) width and height of the boxes, in crops.
    """
    count = len(crops)
    given = torch.from_numpy(np.ascontiguousarray(crops[..., ::-1])).permute(0, 3, 1, 2).float()
    low, high, first, last = _cut_off(torch.from_numpy(shape))
    zoom = CONTEXT / 2 * (high - low).amax(dim=1) * torch.exp(torch.randn(count) * 0.08)
    where = torch.zeros(count, 2, 3)
    mirrored = (torch.rand(count) < 0.5).float() * 2 - 1
    where[:, 0, 0] = zoom * torch.exp(torch.randn(count) * 0.04) * mirrored
    where[:, 1, 1] = zoom
    where[:, :, 2] = (low + high) / 2 + torch.randn(count, 2) * 0.05
    grid = functional.affine_grid(where, [count, 3, SIDE, SIDE], align_corners=False)
    made = functional.grid_sample(given / 255, grid, padding_mode="border", align_corners=False)
    beyond = ((grid < first[:, None, None]) | (grid > last[:, None, None])).any(dim=3)
    return torch.where(beyond[:, None], torch.tensor(BEYOND / 255), _relit(_coarse(made)))


def _cut_off(shape: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Some vehicles as the picture's edge cuts them: what is left of their boxes, and where the picture ends.

    shape: (B, 2) width and height of boxes in the middle of crops from -1 to 1; all that is returned, too.
    """
    count = len(shape)
    side = functional.one_hot(torch.randint(0, 4, (count,)), 4).reshape(count, 2, 2)
    cut = side * (torch.rand(count, 1, 1) < CUT_OFF)
    lost = 2 * shape * (0.1 + 0.4 * torch.rand(count, 1))
    low, high = lost * cut[:, :, 0] - shape, shape - lost * cut[:, :, 1]
    far = torch.tensor(torch.inf)
    return (
        low,
        high,
        torch.where(cut[:, :, 0] > 0, low, -far),
        torch.where(cut[:, :, 1] > 0, high, far),
    )


def _coarse(crops: Tensor) -> Tensor:
    """Two thirds of the crops as few pixels show them."""
    for group in torch.randperm(len(crops)).chunk(6):
        if float(torch.rand(1)) < 0.65:
            pixels = int(torch.randint(9, SIDE, (1,)))
            few = functional.interpolate(crops[group], size=(pixels, pixels), mode="area")
            crops[group] = functional.interpolate(
                few, size=(SIDE, SIDE), mode="bilinear", align_corners=False
            )
    return crops


def _relit(crops: Tensor) -> Tensor:
    count = len(crops)

    def drawn(channels: int, spread: float) -> Tensor:
        return torch.exp(torch.randn(count, channels, 1, 1) * spread)

    # At night lights stay as they are and all else goes dark.
    night = (torch.rand(count, 1, 1, 1) < NIGHT).float() * (0.5 + 2 * torch.rand(count, 1, 1, 1))
    crops = crops.clamp(0, 1) ** (1 + night)
    middle = crops.mean((1, 2, 3), keepdim=True)
    made = ((crops - middle) * drawn(1, 0.25) + middle * drawn(1, 0.3)) * drawn(3, 0.06)
    made = made + torch.randn_like(made) * torch.rand(count, 1, 1, 1) * 0.04
    grey = (torch.rand(count, 1, 1, 1) < 0.15).float()
    return made * (1 - grey) + made.mean(1, keepdim=True) * grey


def export(net: ClassNet, path: Path) -> None:
    """Write the network as ONNX: any number of crops."""
    crops = torch.zeros(2, SIDE, SIDE, 3, dtype=torch.uint8)
    torch.onnx.export(
        Shipped(net).eval(),
        (crops,),
        str(path),
        input_names=["crops"],
        output_names=["log_probability"],
        dynamic_axes={"crops": {0: "n"}, "log_probability": {0: "n"}},
        opset_version=17,
        dynamo=False,
    )


def _follow(average: ClassNet, net: ClassNet, keep: float) -> None:
    with torch.no_grad():
        for slow, fast in zip(
            average.state_dict().values(), net.state_dict().values(), strict=True
        ):
            if slow.dtype.is_floating_point:
                slow.mul_(keep).add_(fast, alpha=1 - keep)
            else:
                slow.copy_(fast)


def _save(path: Path, state: dict[str, Any], epoch: int) -> None:
    part = path.with_suffix(".part")
    torch.save({"epoch": epoch} | {k: v.state_dict() for k, v in state.items()}, part)
    part.replace(path)


def _load(path: Path, state: dict[str, Any]) -> int:
    if not path.is_file():
        return 0
    kept = torch.load(path, weights_only=True)
    for name, each in state.items():
        each.load_state_dict(kept[name])
    return int(kept["epoch"])
