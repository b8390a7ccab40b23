"""What `gpunet-convert --golden --json` reports, held against bars of its own.

The tool has tolerances too; these do not depend on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

DOUBLE_BAR = 1e-10
"""For 64-bit arithmetic against PyTorch's, at the output and at every layer."""

SINGLE_OUTPUT_BAR = 1e-5
"""For the folded file against PyTorch's 32-bit arithmetic, at the output."""

SINGLE_LAYER_BAR = 3e-5
"""The same at every layer; PyTorch's own rounding takes up to half of it."""


@dataclass(frozen=True)
class Differences:
    """Largest absolute difference over largest absolute recorded value, by layer and at the end."""

    output: float
    layers: dict[str, float]

    @property
    def worst_layer(self) -> str:
        return max(self.layers, key=self.layers.__getitem__)

    @property
    def worst(self) -> float:
        return self.layers[self.worst_layer]

    def check(self, output_bar: float, layer_bar: float) -> None:
        """Raises with every difference that is not within its bar; NaN never is."""
        found = {"output": (self.output, output_bar)}
        found |= {name: (difference, layer_bar) for name, difference in self.layers.items()}
        excess = [
            f"{name!r}: {difference:.3g} > {bar:g}"
            for name, (difference, bar) in found.items()
            if not 0 <= difference <= bar
        ]
        if excess:
            raise AssertionError("; ".join(excess))


@dataclass(frozen=True)
class GoldenReport:
    """The source and the written file, each against the recording."""

    source: Differences
    written: Differences

    @classmethod
    def parse(cls, report: dict[str, Any], recorded_layers: Sequence[str]) -> GoldenReport:
        """Reads a report; raises where a recorded layer was not compared."""
        golden = report["golden"]
        if golden is None:
            raise AssertionError("nothing was compared with the recording")
        compared = [layer["name"] for layer in golden["layers"]]
        if compared != list(recorded_layers):
            raise AssertionError(f"compared {compared}, recorded {list(recorded_layers)}")
        source, written = (
            Differences(
                output=float(golden["outputs"][side]["relativeDifference"]),
                layers={layer["name"]: float(layer[side]) for layer in golden["layers"]},
            )
            for side in ("source", "written")
        )
        return cls(source, written)

    def check_double(self) -> None:
        """Against a recording in 64-bit arithmetic."""
        self.source.check(DOUBLE_BAR, DOUBLE_BAR)

    def check_single(self) -> None:
        """Against a recording in 32-bit arithmetic."""
        self.written.check(SINGLE_OUTPUT_BAR, SINGLE_LAYER_BAR)
