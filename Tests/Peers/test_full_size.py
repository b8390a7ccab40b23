"""Converts the seven published networks at full size and compares with PyTorch's answers.

The tools are looked up on PATH.
"""

from __future__ import annotations

import json
import sys
import tempfile
import unittest
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch

import peer_networks
from golden_report import Differences, GoldenReport
from peer_networks import NETWORKS, PeerNetwork
from test_gpunet_torch import PUBLISHED

sys.path.insert(0, str(peer_networks.ROOT / "Benchmarks"))

import gpunet_torch  # noqa: E402
import measuring  # noqa: E402
from measuring import Run  # noqa: E402

CROP = 224
"""Side of the crops that the model hub's users feed to any of the networks."""

SMALL = 96
"""A side at which every tap of every convolution still meets a pixel, for quick conversions."""


@dataclass(frozen=True)
class Answers:
    """A network at one size: both precisions compared, the dearer conversion's costs."""

    name: str
    resolution: int
    double: Differences
    single: Differences
    seconds: float
    peak_mebibytes: float


@dataclass(frozen=True)
class Conversions:
    """A checkpoint converted with default options, and without any comparison."""

    name: str
    checkpoint_bytes: int
    file_bytes: int
    verified: Run
    unverified: Run


@dataclass(frozen=True)
class RuntimeAnswers:
    """How far the runtime is from PyTorch in double precision, at the output."""

    name: str
    resolution: int
    winograd: float
    direct: float
    second: float


answers: list[Answers] = []
runtime_answers: list[RuntimeAnswers] = []
conversions: list[Conversions] = []


class FullSizeNetwork(unittest.TestCase):
    network: ClassVar[PeerNetwork]
    checkpoint: ClassVar[Path]
    printed_form: ClassVar[str]
    recordings: ClassVar[list[Path]]

    @classmethod
    def setUpClass(cls) -> None:
        cls.recordings = []
        # Everything is made before anything is measured.
        cls.checkpoint = cls.network.checkpoint
        with torch.device("meta"):
            cls.printed_form = str(gpunet_torch.build(cls.network.configuration))

    @classmethod
    def tearDownClass(cls) -> None:
        # Together they take as much space as the checkpoints and are made in a second each.
        for path in cls.recordings:
            path.unlink(missing_ok=True)

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(dir=peer_networks.data_folder())
        self.addCleanup(folder.cleanup)
        self.output = Path(folder.name, "network.gpw")

    def recording(self, resolution: int, **options: Any) -> Path:
        path = self.network.recording(resolution, **options)
        self.recordings.append(path)
        return path

    def convert(self, *options: str | Path) -> Run:
        return measuring.run("gpunet-convert", self.checkpoint, self.output, *options)

    def succeed(self, run: Run) -> str:
        self.assertEqual(run.exit_code, 0, f"{self.network.name}: {run.stderr}")
        return run.stdout

    def compare(self, recording: Path) -> tuple[GoldenReport, Run]:
        run = self.convert("--golden", recording, "--no-verify", "--dry-run", "--json")
        names = [name.removeprefix("layers/") for name in np.load(recording).files]
        layers = [name for name in names if name not in ("input", "output")]
        self.assertEqual(len(layers), len(self.network.configuration) - 1)
        return GoldenReport.parse(json.loads(self.succeed(run)), layers), run

    def compare_with_both_precisions(self, resolution: int) -> None:
        double, double_run = self.compare(self.recording(resolution, double=True))
        single, single_run = self.compare(self.recording(resolution, double=False))
        answers.append(
            Answers(
                self.network.name,
                resolution,
                double.source,
                single.written,
                max(double_run.seconds, single_run.seconds),
                max(double_run.peak_mebibytes, single_run.peak_mebibytes),
            )
        )
        double.check_double()
        single.check_single()

    def test_answers_at_its_own_resolution(self) -> None:
        self.compare_with_both_precisions(self.network.resolution)

    def test_answers_for_crops(self) -> None:
        if self.network.resolution == CROP:
            self.skipTest("its own resolution is the crops'")
        self.compare_with_both_precisions(CROP)

    def test_the_runtime_gives_the_answers(self) -> None:
        recorded = np.load(
            self.recording(self.network.resolution, double=True, count=2, layers=False)
        )
        self.succeed(self.convert("--no-verify"))
        table = self.succeed(measuring.run("gpunet-inspect", "--cpu"))
        # Other processors have the portable kernels, which take ten times as long.
        second = "avx2" if "avx2 yes" in table else "scalar"
        images, answer = (self.output.with_name(name) for name in ("images.npy", "answer.npy"))
        np.save(images, recorded["input"])

        def difference(kernels: str, *options: str) -> float:
            self.succeed(
                measuring.run(
                    "env", f"GPUNET_CPU={kernels}" if kernels else "A=", "gpunet-bench", self.output,
                    "--input", images, "--output", answer, "--threads", "2", "--runs", "1", *options,
                )
            )  # fmt: skip
            right = recorded["output"]
            return float(np.abs(np.load(answer) - right).max() / np.abs(right).max())

        found = RuntimeAnswers(
            self.network.name,
            self.network.resolution,
            difference(""),
            difference("", "--no-winograd"),
            difference(second),
        )
        runtime_answers.append(found)
        self.assertLessEqual(found.direct, 1e-5)
        self.assertLessEqual(max(found.winograd, found.second), 3e-5)

    def test_conversion_with_default_options(self) -> None:
        verified = self.convert("--json")
        report = json.loads(self.succeed(verified))
        parameters, multiply_adds, _ = PUBLISHED[self.network.name]
        network = report["network"]
        self.assertRegex(network.pop("convention"), "^gpunet(-distilled)?$")
        self.assertIn(network.pop("epsilon"), (1e-3, 1e-5))
        self.assertEqual(network.pop("padding"), "symmetric")
        self.assertEqual(
            network,
            {
                "name": self.network.name,
                "resolution": [self.network.resolution] * 2,
                "classes": 1000,
                "parameters": parameters,
                "multiplyAdds": multiply_adds,
            },
        )
        self.assertEqual(report["stateDict"]["key"], self.network.key)
        state = self.network.model().state_dict()
        counted = sum(name.endswith(".num_batches_tracked") for name in state)
        tensors = report["tensors"]
        self.assertEqual(tensors["used"] + tensors["folded"], len(state) - counted)
        self.assertEqual(tensors["unused"], 0)
        self.assertIsNotNone(report["verification"])
        written = self.output.read_bytes()
        self.assertEqual(report["outputByteCount"], len(written))

        again = self.convert("--force", "--quiet")
        self.assertEqual(self.succeed(again), "")
        self.assertTrue(self.output.read_bytes() == written, "the same input, other bytes")

        unverified = self.convert("--no-verify", "--force")
        self.succeed(unverified)
        conversions.append(
            Conversions(
                self.network.name,
                self.checkpoint.stat().st_size,
                len(written),
                verified,
                unverified,
            )
        )

    def test_the_printed_form_is_pytorchs(self) -> None:
        self.succeed(self.convert("--no-verify", "--force"))
        for path in (self.checkpoint, self.output):
            printed = self.succeed(measuring.run("gpunet-inspect", path)).splitlines()
            expected = self.printed_form.splitlines()
            self.assertEqual(printed[: len(expected)], expected)

    def test_a_wrong_answer_leaves_no_file(self) -> None:
        right = self.recording(SMALL, double=True, count=2)
        wrong = right.with_name("wrong.npz")
        self.recordings.append(wrong)
        arrays = dict(np.load(right))
        for place, before in (("output", None), (self.middle_layer(arrays), b"before")):
            with self.subTest(place=place):
                if before:
                    self.output.write_bytes(before)
                self.damage(arrays, place, 0.01, wrong)
                run = self.convert("--golden", wrong, "--no-verify", "--force")
                self.assertEqual(run.exit_code, 1, run.stderr)
                name = place.removeprefix("layers/")
                self.assertIn(f"{name}: relative difference", run.stderr)
                left = [path.read_bytes() for path in self.output.parent.iterdir()]
                self.assertEqual(left, [before] if before else [])

    def test_reported_differences_are_the_true_ones(self) -> None:
        right = self.recording(SMALL, double=True, count=2)
        exact, _ = self.compare(right)
        exact.check_double()
        arrays = dict(np.load(right))
        place = self.middle_layer(arrays)
        nudged = self.output.with_name("nudged.npz")
        self.damage(arrays, place, 5e-11, nudged)
        found, _ = self.compare(nudged)
        self.assertEqual(found.source.worst_layer, place.removeprefix("layers/"))
        self.assertAlmostEqual(found.source.worst, 5e-11, delta=2e-12)

    @staticmethod
    def middle_layer(arrays: dict[str, np.ndarray]) -> str:
        layers = [name for name in arrays if name.startswith("layers/")]
        return layers[len(layers) // 2]

    @staticmethod
    def damage(arrays: dict[str, np.ndarray], place: str, part: float, path: Path) -> None:
        """Writes a recording whose largest value at `place` is off by that part of itself."""
        damaged: dict[str, Any] = {**arrays, place: arrays[place].copy()}
        damaged[place].flat[np.abs(arrays[place]).argmax()] *= 1 + part
        np.savez(path, **damaged)


def load_tests(
    loader: unittest.TestLoader, _tests: unittest.TestSuite, _pattern: str | None
) -> unittest.TestSuite:
    suite = unittest.TestSuite()
    for network in NETWORKS:
        case = type(network.name, (FullSizeNetwork,), {"network": network})
        suite.addTests(loader.loadTestsFromTestCase(case))
    return suite


if __name__ == "__main__":
    unittest.main()
