"""Converts checkpoints in the layouts of twelve trainers; the right weights must be taken.

Each layout holds two networks with different weights, the trained ones and their average, or the
trained ones alone, under names with and without wrappers' words. Which were taken is told by the
answers that PyTorch recorded with them. The tools are looked up on PATH.
"""

from __future__ import annotations

import collections
import shutil
import sys
import tempfile
import unittest
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import torch

import peer_networks
from trainers import TRAINERS, Trainer, Words, fixtures

sys.path.insert(0, str(peer_networks.ROOT / "Benchmarks"))

import measuring  # noqa: E402


@dataclass
class Choices:
    """How often the right weights were taken, and the reason given, of the files of one trainer."""

    name: str
    average: str
    right: collections.Counter[str] = field(default_factory=collections.Counter)
    asked: collections.Counter[str] = field(default_factory=collections.Counter)

    def of(self, test: str) -> str:
        return f"{self.right[test]} of {self.asked[test]}" if self.asked[test] else ""


choices: list[Choices] = []


class TrainersLayout(unittest.TestCase):
    trainer: ClassVar[Trainer]
    folder: ClassVar[Path]
    found: ClassVar[Choices]

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        for name in ("trained", "averaged"):
            fixtures.save_golden(cls.folder / f"{name}.npz", fixtures.network(name))
        taken = cls.trainer.average_can_be_taken
        cls.found = Choices(cls.trainer.name, cls.trainer.average.replace("\\.", "."))
        cls.found.average = cls.found.average.replace("\\b", "") + ("" if taken else ", a list")
        choices.append(cls.found)

    def test_the_average_is_taken(self) -> None:
        trainer = self.trainer
        if trainer.average_can_be_taken:
            self.convert("average", True, "averaged", [trainer.average, "(?i)average"])
        else:
            # The trained weights are, with a remark that names the average.
            self.convert("average", True, "trained", [trainer.trained, trainer.average])

    def test_the_trained_weights_are_taken(self) -> None:
        patterns = [self.trainer.trained, "(?i)trained"]
        self.convert("trained", True, "trained", patterns, "--ema", "never")

    def test_the_only_weights_are_taken(self) -> None:
        self.convert("alone", False, "trained", [self.trainer.alone])

    def convert(
        self, test: str, averages: bool, golden: str, patterns: list[str], *options: str
    ) -> None:
        """Converts the layout under all three kinds of names."""
        average = fixtures.state_of("averaged") if averages else None
        for words in Words:
            with self.subTest(words=words.value):
                self.found.asked[test] += 1
                path = self.folder / "checkpoint.pth"
                trained = fixtures.state_of("trained")
                torch.save(self.trainer.checkpoint(trained, average, words), path)
                run = measuring.run(
                    "gpunet-convert", path, self.folder / "network.gpw", "--force",
                    "--arch", fixtures.ROOT / "small.json",
                    "--golden", self.folder / f"{golden}.npz", *options,
                )  # fmt: skip
                self.assertEqual(run.exit_code, 0, run.stderr)
                for pattern in filter(None, patterns):
                    self.assertRegex(run.stdout, pattern)
                self.found.right[test] += 1


def load_tests(
    loader: unittest.TestLoader, _tests: unittest.TestSuite, _pattern: str | None
) -> unittest.TestSuite:
    suite = unittest.TestSuite()
    for trainer in TRAINERS:
        case = type(trainer.name, (TrainersLayout,), {"trainer": trainer})
        suite.addTests(loader.loadTestsFromTestCase(case))
    return suite


if __name__ == "__main__":
    unittest.main()
