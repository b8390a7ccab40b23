"""The runtime against ONNX Runtime and OpenVINO on networks that other libraries publish.

    python families.py [--record] [--rounds N] [--quick]

The tools are looked up on PATH; the Python that runs this must have the packages of
`Scripts/peer-python-packages.txt` and `Scripts/peer-network-packages.txt`. `--quick` makes few and
short turns, to try things out. `--record` writes the tables to `families.md` beside this script.
Exits 1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from torch import nn

import engines
import peers
from measuring import machine
from peers import Effort, Measurement

from family_catalogue import BY_NAME, Variant  # noqa: E402

NETWORKS = ("torchvision/mobilenet_v2", "timm/efficientnet_b0", "timm/tf_efficientnet_lite0")
PEERS = ("onnxruntime", "openvino")
THREADS, BATCH = 2, 1

EACH, MEAN = 1.0, 0.85
"""The bars for the time to the fastest peer's, of every network and of all together. They are for
processors with AVX-512; others are recorded only."""


@dataclass(frozen=True)
class FamilyNetwork:
    """A library's network with calibrated random weights, as `peers.py` asks for one."""

    variant: Variant

    @property
    def name(self) -> str:
        return self.variant.model

    @property
    def resolution(self) -> int:
        return self.variant.resolution

    @property
    def options(self) -> tuple[str, ...]:
        """What the tools are told: names and shapes leave several networks possible."""
        return ("--arch", self.variant.name)

    @property
    def checkpoint(self) -> Path:
        path = peers.network_folder(self) / "weights.pth"
        if not path.exists():
            torch.save(self.model().state_dict(), path)
        return path

    def model(self) -> nn.Module:
        return self.variant.calibrated()

    def recording(self, resolution: int, double: bool, layers: bool) -> Path:
        """One image, and the library's output."""
        path = peers.network_folder(self) / "golden.npz"
        if not path.exists():
            image = self.variant.images(resolution)
            with torch.no_grad():
                output = self.model().double()(image.double())
            np.savez(path, input=image.numpy(), output=output.numpy())
        return path


def report(measurements: Sequence[Measurement], effort: Effort) -> str:
    table = peers.comparison(f"Batch {BATCH}, {THREADS} threads: milliseconds", measurements)
    kinds = {engines.ENGINES[key].package: engines.ENGINES[key].name for key in PEERS}
    versions = ", ".join(f"{name} {version(package)}" for package, name in kinds.items())
    libraries = ", ".join(f"{name} {version(name)}" for name in ("timm", "torchvision"))
    return f"""\
# The runtime beside other engines, on other libraries' networks

Networks of {libraries} with generated weights, in 32-bit floating point, at their
own resolutions. All contestants run in one go, in turn, each in a process of its own that sleeps
while others are measured: a round that does not count and {effort.rounds} that do, with turns of
about {effort.seconds:g} seconds. A time is the median of the rounds' medians, and *round by round*
are the smallest and the largest ratio of a round. The answers are compared with PyTorch's. *Of
peak* is how much of the machine's arithmetic {peers.OURS} uses.

Machine: {machine()}. PyTorch {torch.__version__}, {versions}.

{table}Bars, with AVX-512: each at most {EACH:g}, the mean at most {MEAN:g}. The peers are set as
`Benchmarks/runtime.md` says. Recorded by `Scripts/benchmark-families.sh --record`.
"""


def missed_bars(measurements: Sequence[Measurement]) -> list[str]:
    ratios = {measured.network.name: measured.ratio for measured in measurements}
    missed = [f"{name}: {ratio:.3f} > {EACH}" for name, ratio in ratios.items() if ratio > EACH]
    mean = statistics.geometric_mean(ratios.values())
    return missed + ([f"mean: {mean:.3f} > {MEAN}"] if mean > MEAN else [])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    effort = Effort(options.rounds or (2 if options.quick else 9), 0.1 if options.quick else 0.5)
    networks = [FamilyNetwork(BY_NAME[name]) for name in NETWORKS]
    # Everything is made before anything is measured.
    for network in networks:
        for key in PEERS:
            peers.made(key, network, BATCH)
        peers.model(network)
    measurements = [peers.compare(network, PEERS, THREADS, BATCH, effort) for network in networks]
    text = report(measurements, effort)
    print(text, end="")
    if options.record:
        (peers.ROOT / "Benchmarks" / "families.md").write_text(text)
    missed = missed_bars(measurements)
    if missed and "avx512" in Path("/proc/cpuinfo").read_text():
        sys.exit(f"bars missed: {'; '.join(missed)}")


if __name__ == "__main__":
    main()
