"""Exports a small network with what people put around it, by both of PyTorch's exporters, and converts
each graph: the network's own answers must come out, and what stands around it must be told.

The tools are looked up on PATH.
"""

from __future__ import annotations

import collections
import json
import shutil
import sys
import tempfile
import unittest
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import torch

import peer_networks
from deployments import DEPLOYMENTS, Deployment

sys.path.insert(0, str(peer_networks.ROOT / "Benchmarks"))

import gpunet_torch  # noqa: E402
import make_training_fixtures as fixtures  # noqa: E402
import measuring  # noqa: E402
import onnx_variants  # noqa: E402


@dataclass
class Found:
    """The exports of one deployment that gave the network and what stands around it."""

    name: str
    right: collections.Counter[str] = field(default_factory=collections.Counter)

    def of(self, way: str) -> str:
        return "yes" if self.right[way] else "no"


WAYS = ("traced", "traced, open batch", "captured", "captured, open batch")

found: list[Found] = []


def network() -> gpunet_torch.GPUNet:
    model = fixtures.network("trained")
    return model.eval()


class Deployed(unittest.TestCase):
    deployment: ClassVar[Deployment]
    folder: ClassVar[Path]
    found: ClassVar[Found]

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        fixtures.save_golden(cls.folder / "network.npz", network())
        cls.found = Found(cls.deployment.name)
        found.append(cls.found)

    def test_every_way_of_export(self) -> None:
        for way in WAYS:
            with self.subTest(way=way):
                path = self.folder / "model.onnx"
                self.export(path, way)
                self.check(path)
                self.found.right[way] += 1

    def export(self, path: Path, way: str) -> None:
        model, image = self.deployment.around(network()), self.deployment.image
        is_open = "open" in way
        options = {}
        if way.startswith("captured"):
            options = {"dynamo": True, "external_data": False, "verbose": False}
            if is_open:
                options["dynamic_shapes"] = ({0: torch.export.Dim.DYNAMIC},)
        else:
            options = {"dynamo": False, "opset_version": 17}
            if is_open:
                options["dynamic_axes"] = {"input": {0: "batch"}}
        with onnx_variants.quiet():
            torch.onnx.export(model, (image,), path, input_names=["input"], **options)

    def check(self, path: Path) -> None:
        run = measuring.run(
            "gpunet-convert", path, self.folder / "network.gpw", "--force", "--json",
            "--golden", self.folder / "network.npz",
        )  # fmt: skip
        self.assertEqual(run.exit_code, 0, run.stderr)
        report = json.loads(run.stdout)
        said = "; ".join(report["graphRemarks"] + report["warnings"])
        self.assertRegex(said, self.deployment.remark or "^")
        if said.startswith("input"):
            self.assertIn(self.deployment.axes, said)
        run = measuring.run("gpunet-inspect", path, "--json")
        self.assertEqual(run.exit_code, 0, run.stderr)
        recorded = json.loads(run.stdout)["preprocessing"]
        self.assertEqual(recorded is None, self.deployment.mean is None)
        for key in ("mean", "std") if recorded else ():
            for number, expected in zip(recorded[key], getattr(self.deployment, key), strict=True):
                self.assertAlmostEqual(number, expected, delta=1e-6)


def load_tests(
    loader: unittest.TestLoader, _tests: unittest.TestSuite, _pattern: str | None
) -> unittest.TestSuite:
    suite = unittest.TestSuite()
    for deployment in DEPLOYMENTS:
        case = type(f"Deployed: {deployment.name}", (Deployed,), {"deployment": deployment})
        suite.addTests(loader.loadTestsFromTestCase(case))
    return suite


if __name__ == "__main__":
    unittest.main()
