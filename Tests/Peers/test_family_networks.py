"""What is known of other libraries' networks without the tools: their catalogue, the weights that
they are given, and that each fact which names and shapes do not show changes the answers.
"""

from __future__ import annotations

import json
import unittest
from typing import Any

import numpy as np
import torch

from family_catalogue import BY_NAME, VARIANTS
from family_test import FAMILIES, todays
from golden_report import SINGLE_OUTPUT_BAR

import calibrated_weights  # noqa: E402
import classifier_layers  # noqa: E402
import make_family_fixtures  # noqa: E402
import wrong_facts  # noqa: E402
from generated_weights import image_batch  # noqa: E402

FAR = 100 * SINGLE_OUTPUT_BAR
"""What a wrong fact must change an answer by, to be told by every comparison."""

SIDES = (128, 121)
"""An even one and an odd one, smaller than the networks' own: facts matter at any."""

CONCERNED = {
    "timm/efficientnet_b0": ("epsilon", "padding by size", "activation behind separable"),
    "timm/tf_efficientnet_b0": ("epsilon", "symmetric padding", "activation behind separable"),
    "timm/tf_efficientnet_b2": ("symmetric padding",),
    "timm/fbnetc_100": ("epsilon",),
    "timm/efficientnet_es": ("unpadded edge residual",),
    "timm/efficientnet_em": ("unpadded edge residual", "residual wherever it fits"),
    "timm/mobilenetv2_100": ("relu", "activation behind separable"),
    "timm/tf_efficientnet_lite0": ("symmetric padding", "relu"),
    "torchvision/mobilenet_v2": ("epsilon", "relu"),
    "efficientnet_pytorch/efficientnet-b1": ("epsilon", "symmetric padding", "padding by size"),
    "efficientnet_lite_pytorch/efficientnet-lite0": ("relu", "padding by size"),
}
"""Networks, and the facts whose opposite must show in what they answer."""


class FamilyNetworks(unittest.TestCase):
    def test_the_catalogue_is_the_libraries(self) -> None:
        entries = json.loads((FAMILIES / "catalogue.json").read_text())["variants"]
        names = [f"{entry['library']}/{entry['name']}" for entry in entries]
        self.assertEqual(names, list(BY_NAME))
        for variant in todays(VARIANTS):
            with self.subTest(network=variant.name):
                found = make_family_fixtures.entry(variant, variant.build())
                self.assertEqual(found, entries[names.index(variant.name)])

    def test_committed_networks_are_the_libraries(self) -> None:
        """Their files still load into what the libraries build, and are answered the same."""
        for network in make_family_fixtures.small_networks():
            with self.subTest(network=network.name):
                model = network.build().eval()
                path = FAMILIES / f"{network.name}.{network.ending}"
                model.load_state_dict(make_family_fixtures.load(path))
                text = (FAMILIES / f"{network.name}.txt").read_text()
                self.assertEqual(make_family_fixtures.description(network, model), text)
                for side in (network.side, network.other):
                    golden = dict(np.load(FAMILIES / f"{network.name}-{side}.npz"))
                    images = torch.from_numpy(golden["input"]).double()
                    found: dict[str, Any] = classifier_layers.golden_arrays(model.double(), images)
                    for name, right in golden.items():
                        np.testing.assert_allclose(
                            found[name], right, rtol=0, atol=1e-12 * np.abs(right).max()
                        )

    def test_weights_are_the_same_every_time(self) -> None:
        variant = BY_NAME["timm/tinynet_e"]
        first, second = (variant.calibrated().state_dict() for _ in range(2))
        for name, tensor in first.items():
            self.assertTrue(torch.equal(tensor, second[name]), name)
            if tensor.dim() == 1:
                # Of so many numbers of 32 bits two may be the same by chance.
                self.assertGreaterEqual(len(tensor.unique()), 0.98 * len(tensor), name)

    def test_a_dead_channel_is_noticed(self) -> None:
        variant = BY_NAME["timm/tinynet_e"]
        model = variant.calibrated()
        pair = variant.images(variant.resolution, 2)
        calibrated_weights.assert_alive(model, pair, model)
        with torch.no_grad():
            model.blocks[3][0].bn1.weight[:].zero_()
        with self.assertRaisesRegex(AssertionError, "blocks.3.0.bn1: deviations"):
            calibrated_weights.assert_alive(model, pair, model)

    def test_every_fact_changes_the_answers(self) -> None:
        for name, facts in CONCERNED.items():
            variant = BY_NAME[name]
            model = variant.calibrated()
            for fact in facts:
                with self.subTest(network=name, fact=fact):
                    wrong = wrong_facts.with_wrong_fact(model, fact)
                    assert wrong is not None
                    changes = [
                        wrong_facts.change(model, wrong, variant.images(side)) for side in SIDES
                    ]
                    # A pad that is fixed can be what one of the sizes asks for.
                    self.assertGreater(max(changes), FAR)
        self.assertEqual(
            {fact for facts in CONCERNED.values() for fact in facts}
            | {"no residual of convolutions"},
            set(wrong_facts.FACTS),
        )

    def test_padding_by_size_is_the_libraries(self) -> None:
        """What is put in place of the libraries' padding is that where it is right."""
        model = BY_NAME["timm/tf_efficientnet_b0"].calibrated()
        for convolution in wrong_facts.convolutions(model):
            before = convolution.forward
            for side in (57, 64):
                images = image_batch(1, side, side, 1)[:, :1]
                images = images.expand(1, convolution.in_channels, side, side)
                right = before(images)
                wrong_facts.pad(convolution, wrong_facts.by_size)
                self.assertTrue(torch.equal(convolution(images), right))

    def test_wrong_epsilon_and_padding_are_another_librarys_network(self) -> None:
        """The twin of a network, with its weights, is that network with both facts set wrong."""
        ours, twin = (BY_NAME[f"timm/{start}efficientnet_b0"] for start in ("tf_", ""))
        model = ours.calibrated()
        other = twin.build()
        other.load_state_dict(model.state_dict())
        both = wrong_facts.with_wrong_fact(model, "epsilon")
        both = wrong_facts.with_wrong_fact(both, "symmetric padding")
        images = ours.images(128)
        self.assertLess(wrong_facts.change(other, both, images), 1e-6)
        self.assertGreater(wrong_facts.change(model, other, images), FAR)


if __name__ == "__main__":
    unittest.main()
