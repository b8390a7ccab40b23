"""Writes every wrapper anew with this PyTorch, converts it, and compares with PyTorch's answers.

The Swift tests read the same wrappers as they are in `Fixtures/checkpoints`; this shows that the
PyTorch that is installed still writes what they were made of.
"""

from __future__ import annotations

import json
import math
import shutil
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

import peer_networks

sys.path.insert(0, str(peer_networks.ROOT / "Benchmarks"))

import make_fixtures  # noqa: E402
import measuring  # noqa: E402

DOUBLE_BAR = 1e-10
"""For the 64-bit executor against PyTorch in double precision, at every layer."""

SINGLE_BAR = 1e-5
"""For the folded file in 32 bits against PyTorch in double precision, at the output."""

CONVOLUTIONS = 10
"""How many roundings follow each other in the small plain network."""

ROUNDED_BARS = {
    "f16": 16 * math.sqrt(CONVOLUTIONS) * 2**-11,
    "bf16": 16 * math.sqrt(CONVOLUTIONS) * 2**-8,
    "f64": DOUBLE_BAR,
}
"""The same by the name of a checkpoint of another type: 16·√n·u for a unit roundoff u."""


class Wrappers(unittest.TestCase):
    folder: ClassVar[Path]
    entries: ClassVar[list[dict[str, Any]]]

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        shutil.copytree(make_fixtures.ROOT / "networks", cls.folder / "networks")
        original, make_fixtures.ROOT = make_fixtures.ROOT, cls.folder
        try:
            for name in make_fixtures.FOLDERS:
                (cls.folder / name).mkdir()
            catalogue = make_fixtures.Catalogue()
            networks, optimizer = make_fixtures.make_networks()
            make_fixtures.write_checkpoints(catalogue, networks, optimizer)
        finally:
            make_fixtures.ROOT = original
        cls.entries = catalogue.entries

    def convert(self, entry: dict[str, Any], *options: str | Path) -> dict[str, Any]:
        result = measuring.run(
            "gpunet-convert", self.folder / entry["file"], self.folder / "out.gpw", "--force",
            "--json", "--arch", self.folder / entry["configuration"], *options,
        )  # fmt: skip
        self.assertEqual(result.exit_code, 0, result.stderr)
        return json.loads(result.stdout)

    def test_every_state_dict_gives_pytorchs_answers(self) -> None:
        self.assertGreaterEqual(len(self.entries), 28)
        for entry in self.entries:
            for position, part in enumerate(entry["stateDicts"]):
                with self.subTest(file=entry["file"], key=part["key"]):
                    golden = self.folder / part["golden"]
                    # The first is the one that is to be found without being named.
                    key = ["--key", part["key"]] if position > 0 else []
                    report = self.convert(entry, "--golden", golden, *key)
                    self.assertEqual(report["stateDict"]["key"], part["key"])
                    self.assertEqual(report["stateDict"]["prefix"], entry["prefix"])
                    recorded = [n for n in np.load(golden).files if n.startswith("layers/")]
                    layers = report["golden"]["layers"]
                    self.assertEqual(len(layers), len(recorded))
                    outputs = report["golden"]["outputs"]
                    differences = [layer["source"] for layer in layers]
                    differences.append(outputs["source"]["relativeDifference"])
                    self.assertLessEqual(max(differences), DOUBLE_BAR)
                    bar = ROUNDED_BARS.get(Path(entry["file"]).stem, SINGLE_BAR)
                    self.assertLessEqual(outputs["written"]["relativeDifference"], bar)


if __name__ == "__main__":
    unittest.main()
