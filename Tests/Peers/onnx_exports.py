"""ONNX files of the published networks at full size, and what other engines make of them.

python onnx_exports.py FOLDER NAME [VARIANT…]   writes variants of a network, its bare state
                                                dict and what PyTorch answers to one image
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import onnx
import torch

import peer_networks
from peer_networks import PeerNetwork

import onnx_variants  # noqa: E402
from onnx_variants import VARIANTS, Subject  # noqa: E402


@dataclass(frozen=True)
class ExportedNetwork:
    """A published network as exporters and other programs write it."""

    network: PeerNetwork

    @cached_property
    def subject(self) -> Subject:
        return Subject(self.network.model(), self.network.resolution)

    @property
    def recording(self) -> Path:
        """One image, and what PyTorch answers in 32 bits."""
        return self.network.recording(self.network.resolution, double=False, layers=False)

    def write(self, variant: str, path: Path) -> Path:
        """Writes a variant; the golden file beside it says what is to be answered."""
        VARIANTS[variant].write(self.subject, path)
        onnx.checker.check_model(path, full_check=True)
        recorded = np.load(self.recording)
        expected = onnx_variants.expected_answers(
            path, VARIANTS[variant], recorded["input"], recorded["output"]
        )
        golden = path.with_suffix(".npz")
        np.savez(golden, input=recorded["input"], output=expected)
        return golden

    def write_state_dict(self, path: Path, damage: float = 0.0) -> None:
        """Writes the bare state dict; one weight in the middle is off by that part of itself."""
        state = self.subject.model.state_dict()
        if damage:
            kernels = [name for name, tensor in state.items() if tensor.dim() == 4]
            name = kernels[len(kernels) // 2]
            state = {**state, name: state[name].clone()}
            state[name].view(-1)[state[name].abs().argmax()] *= 1 + damage
        torch.save(state, path)


def relative_difference(found: np.ndarray, right: np.ndarray) -> float:
    """Largest absolute difference over the largest absolute right value."""
    if found.shape != right.shape:
        raise AssertionError(f"shape {found.shape} in place of {right.shape}")
    return float(np.abs(found - right).max() / np.abs(right).max())


def openvino_answers(path: Path, images: np.ndarray) -> np.ndarray:
    """What OpenVINO answers, computing in 32 bits."""
    # Every import reports to its makers, except where this says that a machine runs it.
    os.environ["CI"] = "true"
    import openvino

    compiled = openvino.Core().compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return next(iter(compiled(images).values()))


def main(folder: str, name: str, *names: str) -> None:
    network = {network.name: network for network in peer_networks.NETWORKS}[name]
    exported = ExportedNetwork(network)
    shutil.copy(exported.recording, Path(folder, f"{name}.npz"))
    exported.write_state_dict(Path(folder, f"{name}.pth"))
    for variant in names or onnx_variants.variants(exported.subject):
        exported.write(variant, Path(folder, f"{name}.{variant}.onnx"))


if __name__ == "__main__":
    main(*sys.argv[1:])
