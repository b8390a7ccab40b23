"""What the tests of other libraries' networks share: files, recordings, and the tools' reports."""

from __future__ import annotations

import copy
import json
import os
import sys
import tempfile
import time
import unittest
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import safetensors.torch
import torch
from torch import Tensor, nn

import peer_networks

sys.path.insert(0, str(peer_networks.ROOT / "Benchmarks"))

import classifier_layers  # noqa: E402
import measuring  # noqa: E402
from measuring import Run  # noqa: E402

FAMILIES = peer_networks.FIXTURES / "families"

Case = TypeVar("Case")


def todays(cases: Sequence[Case]) -> list[Case]:
    """A fourth of the cases, another one each day; all of them where GPUNET_LONG is set."""
    if "GPUNET_LONG" in os.environ:
        return list(cases)
    return list(cases)[int(time.time() / 86_400) % 4 :: 4]


class FamilyTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(dir=peer_networks.data_folder())
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.output = self.folder / "network.gpw"

    # Files

    def write(self, model: nn.Module, ending: str = "pth") -> Path:
        """The bare state dict, as it is usually kept."""
        path = self.folder / f"weights.{ending}"
        if ending == "pth":
            torch.save(model.state_dict(), path)
        else:
            safetensors.torch.save_file(model.state_dict(), path, {"format": "pt"})
        return path

    def record(
        self, model: nn.Module, images: Tensor, double: bool = True, layers: bool = False
    ) -> Path:
        """A golden file of what the library answers, with every layer's answer or without."""
        if double:
            model, images = copy.deepcopy(model).double(), images.double()
        arrays: dict[str, Any] = classifier_layers.golden_arrays(model, images)
        if not layers:
            arrays = {name: arrays[name] for name in ("input", "output")}
        path = self.folder / f"golden-{len(list(self.folder.iterdir()))}.npz"
        np.savez(path, **arrays)
        return path

    # Tools

    def succeed(self, *command: str | Path) -> str:
        run = measuring.run(*command)
        self.assertEqual(run.exit_code, 0, run.stderr)
        return run.stdout

    def report(self, *command: str | Path) -> dict[str, Any]:
        return json.loads(self.succeed(*command, "--json"))

    def refuse(self, *command: str | Path) -> str:
        """What is said by a tool that ends with the exit code for a no."""
        run: Run = measuring.run(*command)
        self.assertEqual(run.exit_code, 1, run.stderr or run.stdout)
        return run.stderr

    def convert(self, source: Path, *options: str | Path) -> dict[str, Any]:
        return self.report("gpunet-convert", source, self.output, "--force", *options)

    def difference(self, model: Path, golden: Path, *options: str | Path) -> float:
        """How far the answer to a recording is, as `gpunet-verify` reports it."""
        found = self.report("gpunet-verify", model, "--golden", golden, *options)["golden"]
        return float(found["relativeDifference"])
