"""Runs networks on pictures and compares what is printed with what PyTorch's users print.

Trained networks see photographs, where the packages that hold them can be had; a GPUNet with generated
weights sees the drawn pictures. The tools are looked up on PATH.
"""

from __future__ import annotations

import json
import re
import unittest
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from PIL import Image

import peer_networks
from family_catalogue import BY_NAME
from family_test import FamilyTest
from test_published_weights import (
    CROP,
    IMAGENET,
    PHOTOGRAPHS,
    PUBLISHED,
    RESIZED,
    Published,
    content,
)

from classifier_libraries import torchvision  # noqa: E402

PICTURES = peer_networks.FIXTURES / "pictures"

SOFTMAX_BAR = 1e-5


def percentages(text: str) -> dict[str, list[tuple[str, str]]]:
    """What `gpunet-run` printed: the percentages and classes under each picture's name."""
    found: dict[str, list[tuple[str, str]]] = {}
    name = ""
    for line in text.splitlines():
        if line.startswith("  "):
            percentage, _, label = line.strip().partition("  ")
            found[name].append((percentage, label))
        else:
            name = Path(line).name
            found[name] = []
    return found


def picked(probabilities: np.ndarray, labels: list[str]) -> list[tuple[str, str]]:
    """As the published helper picks and formats the five best."""
    best = np.argsort(-1 * probabilities)[:5]
    return [(f"{100 * probabilities[index]:.1f}%", labels[index]) for index in best]


def names() -> list[str]:
    """The thousand names, as torchvision has them in its weights' description or the tools print."""
    weights = torchvision.models.MobileNet_V2_Weights.IMAGENET1K_V1
    return list(weights.meta["categories"])


class Photographs(FamilyTest):
    published: ClassVar[Published]

    def test_the_five_best_of_every_photograph(self) -> None:
        published = self.published
        source = self.folder / published.file
        source.write_bytes(content(published.package, published.file))
        model = BY_NAME[published.network].build().eval()
        model.load_state_dict(torch.load(source, weights_only=True))
        transforms = torchvision.transforms
        prepare = transforms.Compose(
            [
                transforms.Resize(
                    RESIZED, transforms.InterpolationMode(published.interpolation)
                ),
                transforms.CenterCrop(CROP),
                transforms.ToTensor(),
                transforms.Normalize(published.mean, published.std),
            ]
        )
        right, files = {}, []
        for package, listed in PHOTOGRAPHS.items():
            for name in listed:
                file = self.folder / name
                file.write_bytes(content(package, name))
                files.append(file)
                image = prepare(Image.open(file).convert("RGB"))[None]
                with torch.no_grad():
                    right[name] = model(image).softmax(1)[0].numpy()
        self.succeed("gpunet-convert", source, self.output, "--quiet")
        for network in (source, self.output):
            report = self.report("gpunet-run", network, *files)
            self.assertIs(report["assumesPreparation"], False)
            printed = percentages(self.succeed("gpunet-run", network, *files, "--quiet"))
            self.assertEqual(len(report["pictures"]), len(files))
            for picture in report["pictures"]:
                name = Path(picture["file"]).name
                best = np.argsort(-1 * right[name])[:5]
                self.assertEqual([seen["index"] for seen in picture["classes"]], best.tolist())
                for seen in picture["classes"]:
                    difference = abs(seen["probability"] - right[name][seen["index"]])
                    self.assertLessEqual(difference, SOFTMAX_BAR)
                labels = {seen["index"]: seen["name"] for seen in picture["classes"]}
                self.assertEqual(
                    printed[name],
                    [(f"{100 * right[name][i]:.1f}%", labels[i]) for i in best.tolist()],
                )
                # The libraries' names are the first of each of ours.
                for index, label in labels.items():
                    self.assertIn(names()[index].lower(), label.lower())

    def test_the_readme_shows_what_is_printed(self) -> None:
        published = PUBLISHED[0]
        source = self.folder / published.file
        source.write_bytes(content(published.package, published.file))
        readme = (peer_networks.ROOT / "README.md").read_text()
        block = re.search(r"```text\n(\$ gpunet-convert .*?)\n```", readme, re.DOTALL)
        self.assertIsNotNone(block)
        assert block is not None
        convert, run, *lines = block[1].splitlines()
        for name in ("chelsea.png", "coffee.png"):
            (self.folder / name).write_bytes(content("scikit_image", name))
        printed = [
            self.succeed(
                *(self.folder / word if "." in word else word for word in command.split()[1:])
            )
            for command in (convert, run)
        ]
        shown = "".join(printed).replace(f"{self.folder}/", "")
        self.assertEqual(shown, "".join(f"{line}\n" for line in lines))


class Drawn(FamilyTest):
    """GPUNet-0 with generated weights on the drawn pictures, as the helper for PyTorch Hub does it."""

    def test_the_five_best_of_every_picture(self) -> None:
        network = next(n for n in peer_networks.NETWORKS if n.name == "GPUNet-0")
        model = network.model().eval()
        source = self.folder / "gpunet0.pth"
        torch.save(model.state_dict(), source)
        listed = json.loads((PICTURES / "pictures.json").read_text())["pictures"]
        # Pillow refuses one of them without need.
        files = [PICTURES / entry["file"] for entry in listed if entry["file"] != "bombs.png"]
        self.succeed("gpunet-convert", source, self.output, "--quiet")
        labels = [f"class number {index}" for index in range(1000)]
        text = self.folder / "labels.txt"
        text.write_text("".join(f"{label}\n" for label in labels))
        printed = percentages(
            self.succeed(
                "gpunet-run", self.output, *files, "--preset", "hub", "--labels", text, "--quiet"
            )
        )
        transforms = torchvision.transforms
        prepare = transforms.Compose(
            [
                transforms.Resize(RESIZED),
                transforms.CenterCrop(CROP),
                transforms.ToTensor(),
                transforms.Normalize(*IMAGENET),
            ]
        )
        for file in files:
            with self.subTest(picture=file.name), torch.no_grad():
                image = prepare(Image.open(file).convert("RGB"))[None]
                right = model(image).softmax(1)[0].numpy()
                self.assertEqual(printed[file.name], picked(right, labels))


def load_tests(
    loader: unittest.TestLoader, _tests: unittest.TestSuite, _pattern: str | None
) -> unittest.TestSuite:
    suite = unittest.TestSuite()
    for published in PUBLISHED:
        case = type(f"{published.network} Photographs", (Photographs,), {"published": published})
        suite.addTests(loader.loadTestsFromTestCase(case))
    suite.addTests(loader.loadTestsFromTestCase(Drawn))
    return suite


if __name__ == "__main__":
    unittest.main()
