"""Signal heads: where their lamps hang and what they show at any instant, exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from enforcement.signals import SignalState


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A head facing the camera: centre of its amber lamp in the world; lamps above and below it."""

    signal_id: str
    x_m: float
    y_m: float
    z_m: float
    heading_deg: float
    lamp_m: float = 0.30

    def lamp_centres(self) -> dict[str, tuple[float, float, float]]:
        """World centres of red, amber, green."""
        step = self.lamp_m * 1.2
        return {
            "red": (self.x_m, self.y_m, self.z_m + step),
            "amber": (self.x_m, self.y_m, self.z_m),
            "green": (self.x_m, self.y_m, self.z_m - step),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """A fixed cycle green, amber, red; offset_s is when the first green begins."""

    green_s: float
    amber_s: float
    red_s: float
    offset_s: float = 0.0

    @property
    def cycle_s(self) -> float:
        """Length of one cycle."""
        return self.green_s + self.amber_s + self.red_s

    def state(self, t_s: float) -> SignalState:
        """What the head shows at a true time."""
        u = (t_s - self.offset_s) % self.cycle_s
        if u < self.green_s:
            return SignalState.GREEN
        return SignalState.AMBER if u < self.green_s + self.amber_s else SignalState.RED

    def red_onsets(self, until_s: float) -> list[float]:
        """True times at which red begins, up to until_s."""
        first = self.offset_s + self.green_s + self.amber_s
        k0 = int(np.floor(-first / self.cycle_s)) + 1
        onsets = []
        k = k0
        while (t := first + k * self.cycle_s) < until_s:
            onsets.append(t)
            k += 1
        return onsets

    def phases(self, until_s: float) -> list[tuple[float, SignalState]]:
        """(time, state) at 0 and at every change up to until_s."""
        rows = [(0.0, self.state(0.0))]
        k = int(np.floor(-self.offset_s / self.cycle_s)) - 1
        while (start := self.offset_s + k * self.cycle_s) < until_s:
            for at, state in (
                (start, SignalState.GREEN),
                (start + self.green_s, SignalState.AMBER),
                (start + self.green_s + self.amber_s, SignalState.RED),
            ):
                if 0 < at < until_s:
                    rows.append((at, state))
            k += 1
        return rows
