"""The picture of a training: its mean loss, epoch by epoch."""

from __future__ import annotations

from pathlib import Path


def plot(curve: list[tuple[int, float]], path: Path) -> None:
    """Draw (epoch, loss) as a PNG; none for a training that had no epoch left to do."""
    if not curve:
        return
    from matplotlib.figure import Figure  # noqa: PLC0415 - the `train` group is optional

    figure = Figure(figsize=(6, 3.5), layout="constrained")
    axes = figure.add_subplot()
    axes.plot(*zip(*curve, strict=True), marker="o", markersize=3)
    axes.set(xlabel="epoch", ylabel="mean loss on training crops", title="Second look")
    axes.grid(alpha=0.3)
    figure.savefig(path, dpi=120)
