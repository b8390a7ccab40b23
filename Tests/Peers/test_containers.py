"""Takes networks at full size from every container to every other, whose own software reads it.

The tools are looked up on PATH.
"""

from __future__ import annotations

import sys
import tempfile
import unittest
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import onnx
import torch
from onnx import numpy_helper

import container_files as containers
import peer_networks
from container_files import READERS, SOURCES, Arrays
from golden_report import SINGLE_OUTPUT_BAR
from onnx_exports import ExportedNetwork, relative_difference
from peer_networks import NETWORKS, PeerNetwork

sys.path.insert(0, str(peer_networks.ROOT / "Benchmarks"))
sys.path.insert(0, str(peer_networks.ROOT / "Schemas"))

import gpunet_torch  # noqa: E402
import measuring  # noqa: E402
import onnx_variants  # noqa: E402
import read_gpw  # noqa: E402

NAMES = ("GPUNet-0", "GPUNet-D1")

EXPORT = "tracing-opset10"

TARGETS = (*READERS, "gpw", "onnx")


@dataclass(frozen=True)
class Pair:
    """A conversion from one container to another whose content was right."""

    network: str
    source: str
    target: str


pairs: list[Pair] = []


def state_dict(network: PeerNetwork) -> containers.StateDict:
    """The weights, with counts of batches that are not all the same."""
    state = dict(network.model().state_dict())
    for index, name in enumerate(sorted(state)):
        if name.endswith("num_batches_tracked"):
            state[name] = torch.tensor(1_000 + index)
    return state


def gpw_arrays(path: Path) -> Arrays:
    return read_gpw.read(path)[1]


class Containers(unittest.TestCase):
    network: ClassVar[PeerNetwork]
    folder: ClassVar[Path]
    state: ClassVar[containers.StateDict]
    exported: ClassVar[ExportedNetwork]

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory(dir=peer_networks.data_folder())
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.state = state_dict(cls.network)
        cls.exported = ExportedNetwork(cls.network)

    def convert(self, source: Path, target: Path, *options: str) -> None:
        target.unlink(missing_ok=True)
        run = measuring.run("gpunet-convert", source, target, "--quiet", *options)
        self.assertEqual(run.exit_code, 0, run.stderr)

    def source(self, name: str) -> Path:
        file, write = SOURCES[name]
        path = self.folder / file
        if not path.exists():
            write(self.state, path)
        return path

    def check_graph(self, path: Path) -> None:
        recorded = np.load(self.exported.recording)
        found = onnx_variants.answers(path, recorded["input"])
        self.assertLessEqual(relative_difference(found, recorded["output"]), SINGLE_OUTPUT_BAR)

    def check_target(self, source: Path, name: str, right: Arrays, *, folded: bool) -> None:
        """Converts to every container; those of tensors have the right ones, bit for bit."""
        for ending in TARGETS:
            with self.subTest(target=ending):
                target = self.folder / f"target.{ending}"
                if ending == "onnx":
                    self.convert(source, target, "--no-verify")
                    self.check_graph(target)
                elif ending == "gpw":
                    options = ("--layout", "row-major") if folded else ("--keep-batch-norm",)
                    self.convert(source, target, "--no-verify", *options)
                    self.assertIsNone(containers.difference(gpw_arrays(target), right))
                else:
                    self.convert(source, target)
                    found = READERS[ending](target)
                    self.assertIsNone(containers.difference(found, right))
                    if ending == "pth" and not folded:
                        self.check_module(target)
                pairs.append(Pair(self.network.name, name, f".{ending}"))

    def check_module(self, path: Path) -> None:
        """PyTorch takes the file for the module's own, and nothing is missing or left over."""
        model = gpunet_torch.build(self.network.configuration)
        content = torch.load(path, weights_only=True)
        model.load_state_dict(content, strict=True)
        self.assertEqual(list(content), list(model.state_dict()))
        # Of modules without tensors, such as activations, a file of tensors knows nothing.
        right = model.state_dict()._metadata
        self.assertEqual(content._metadata, {name: right[name] for name in content._metadata})
        self.assertEqual({name.rpartition(".")[0] for name in content} - set(content._metadata), set())

    def check_tensors(self, name: str) -> None:
        self.check_target(self.source(name), name, containers.arrays(self.state), folded=False)

    def test_pth(self) -> None:
        self.check_tensors(".pth")

    def test_legacy_pth(self) -> None:
        self.check_tensors("legacy .pth")

    def test_safetensors(self) -> None:
        self.check_tensors(".safetensors")

    def test_sharded(self) -> None:
        self.check_tensors("sharded")

    def test_h5(self) -> None:
        self.check_tensors(".h5")

    def test_npz(self) -> None:
        self.check_tensors(".npz")

    def test_gpw(self) -> None:
        path = self.folder / "source.gpw"
        self.convert(self.source(".pth"), path, "--keep-batch-norm", "--no-verify")
        self.check_target(path, ".gpw", containers.arrays(self.state), folded=False)

    def test_folded_gpw(self) -> None:
        path = self.folder / "folded.gpw"
        self.convert(self.source(".pth"), path, "--no-verify")
        self.check_target(path, ".gpw, folded", gpw_arrays(path), folded=True)

    def test_onnx(self) -> None:
        """The tensors of the graph are there under the names of their convolutions."""
        path = self.folder / "source.onnx"
        self.exported.write(EXPORT, path)
        initializers = Counter(
            (array.shape, array.tobytes())
            for array in map(numpy_helper.to_array, onnx.load(path).graph.initializer)
            if array.dtype == np.float32
        )
        reference = self.folder / "reference.npz"
        self.convert(path, reference)
        right = containers.read_numpy(reference)
        self.assertEqual(
            Counter((array.shape, array.tobytes()) for array in right.values()), initializers
        )
        names = {name for name in self.state if name.endswith(".weight")}
        kernels = {name for name in names if self.state[name].dim() in (2, 4)}
        self.assertEqual({name for name in right if name.endswith(".weight")}, kernels)
        self.check_target(path, ".onnx", right, folded=True)


def load_tests(
    loader: unittest.TestLoader, tests: unittest.TestSuite, pattern: str | None
) -> unittest.TestSuite:
    suite = unittest.TestSuite()
    for network in NETWORKS:
        if network.name in NAMES:
            case = type(f"Containers {network.name}", (Containers,), {"network": network})
            suite.addTests(loader.loadTestsFromTestCase(case))
    return suite
