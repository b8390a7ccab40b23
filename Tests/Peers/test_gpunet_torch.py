"""Shows that `Fixtures/gpunet_torch.py` states the networks as the original code built them."""

from __future__ import annotations

import sys
import unittest
from pathlib import Path

import numpy as np
import torch

FIXTURES = Path(__file__).resolve().parents[2] / "Fixtures"
sys.path.insert(0, str(FIXTURES))

import gpunet_torch  # noqa: E402

PUBLISHED = {
    # name: (parameters, multiply-adds of one image, state-dict entries)
    "GPUNet-0": (11_885_432, 3_254_209_280, 184),
    "GPUNet-1": (12_704_192, 3_308_369_280, 250),
    "GPUNet-2": (25_798_704, 8_386_275_920, 566),
    "GPUNet-P0": (22_815_080, 1_870_345_792, 230),
    "GPUNet-P1": (39_905_672, 3_241_678_272, 248),
    "GPUNet-D1": (10_589_859, 4_289_640_427, 411),
    "GPUNet-D2": (19_036_728, 15_739_476_160, 477),
}

ORIGINALS = ("plain", "plain-stride2-er", "distilled", "distilled-large-head")


class OriginalNetworks(unittest.TestCase):
    def test_every_layer_equals_the_recording(self) -> None:
        for name in ORIGINALS:
            with self.subTest(network=name):
                folder = FIXTURES / "original"
                model = gpunet_torch.build(
                    gpunet_torch.read_configuration(folder / f"{name}.json")
                )
                state = torch.load(folder / f"{name}.pth", weights_only=True)
                self.assertEqual(list(model.state_dict()), list(state))
                model.load_state_dict(state, strict=True)
                golden = np.load(folder / f"{name}.npz")
                arrays = gpunet_torch.golden_arrays(
                    model.double(), torch.from_numpy(golden["input"]).double()
                )
                self.assertEqual(sorted(arrays), sorted(golden.files))
                for key in golden.files:
                    scale = np.abs(golden[key]).max()
                    difference = np.abs(arrays[key] - golden[key]).max()
                    self.assertEqual(arrays[key].shape, golden[key].shape)
                    self.assertLessEqual(difference / scale, 1e-12, f"{name}: {key}")


class PublishedNetworks(unittest.TestCase):
    def test_counts_equal_the_published_networks(self) -> None:
        for name, expected in PUBLISHED.items():
            with self.subTest(network=name), torch.device("meta"):
                configuration = gpunet_torch.read_configuration(
                    FIXTURES / "configurations" / f"{name}.json"
                )
                model = gpunet_torch.build(configuration)
                counts = (
                    sum(p.numel() for p in model.parameters()),
                    gpunet_torch.multiply_adds(model, configuration[0]["img_resolution"]),
                    len(model.state_dict()),
                )
                self.assertEqual(counts, expected)

    def test_the_printed_form(self) -> None:
        path = FIXTURES / "configurations" / "GPUNet-0.json"
        with torch.device("meta"):
            lines = str(gpunet_torch.build(gpunet_torch.read_configuration(path))).splitlines()
        self.assertEqual(lines[:3], [
            "GPUNet(",
            "  (network): Sequential(",
            "    (head: 2): prologue_i3_o32_s2_swish",
        ])
        self.assertEqual(lines[-3:], ["    ( layer15): epilogue_i704_o1280_s1_relu", "  )", ")"])


if __name__ == "__main__":
    unittest.main()
