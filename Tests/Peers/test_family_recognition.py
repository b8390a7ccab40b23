"""Files whose names and shapes fit several networks that answer differently: the tools ask, and
evidence decides. The tools are looked up on PATH.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import unittest
from collections import defaultdict
from pathlib import Path
from typing import Any, ClassVar

import safetensors.torch
import torch
from torch import nn

import family_catalogue
import measuring
from family_catalogue import BY_NAME, Variant
from family_test import FAMILIES, FamilyTest, todays
from golden_report import DOUBLE_BAR, SINGLE_OUTPUT_BAR

import classifier_libraries  # noqa: E402
import wrong_facts  # noqa: E402

SIDE = 96
"""At which all convolutions of stride 2 meet even maps, so that padding shows."""

LARGEST_ASKED = 20_000_000
"""Parameters, of the networks that are asked about every day."""

UNTOLD = 2
"""The least number of networks that a file can be meant for, to be asked about."""


def groups() -> list[list[Variant]]:
    """Networks of the same names and shapes that do not all compute the same, by the fixtures."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for entry in json.loads((FAMILIES / "catalogue.json").read_text())["variants"]:
        found[entry["library"], entry["shapesSHA256"]].append(entry)
    return [
        [BY_NAME[f"{entry['library']}/{entry['name']}"] for entry in entries]
        for entries in found.values()
        if len({(entry["epsilon"], entry["padding"]) for entry in entries}) >= UNTOLD
    ]


class Collision(FamilyTest):
    """One checkpoint that several networks can be meant by."""

    group: ClassVar[list[Variant]]
    model: ClassVar[nn.Module]
    others: ClassVar[dict[str, nn.Module]]

    @classmethod
    def setUpClass(cls) -> None:
        first = cls.group[0]
        cls.model = first.calibrated()
        cls.others = {}
        for variant in cls.group:
            cls.others[variant.name] = variant.build()
            cls.others[variant.name].load_state_dict(cls.model.state_dict())

    def goldens(self) -> dict[str, Path]:
        images = self.group[0].images(SIDE)
        return {name: self.record(model, images) for name, model in self.others.items()}

    def twin(self, variant: Variant) -> Variant:
        """A network of the group that computes something else."""
        model = self.others[variant.name]
        return next(
            other
            for other in self.group
            if family_catalogue.padding(self.others[other.name]) != family_catalogue.padding(model)
        )

    def check_asked(self, said: str) -> None:
        for variant in self.group:
            self.assertIn(variant.name, said)
        self.assertIn("--arch", said)
        self.assertFalse(self.output.exists())

    def check_decided(self, source: Path, variant: Variant, *options: str) -> None:
        """That network's answers are given, and not those of another one of the group."""
        goldens = self.goldens()
        report = self.convert(source, *options, "--golden", goldens[variant.name], "--no-verify")
        sides = report["golden"]["outputs"]
        self.assertLessEqual(sides["source"]["relativeDifference"], DOUBLE_BAR)
        self.assertLessEqual(sides["written"]["relativeDifference"], SINGLE_OUTPUT_BAR)
        said = self.refuse(
            "gpunet-convert", source, self.output, "--force", "--no-verify", *options,
            "--golden", goldens[self.twin(variant).name],
        )  # fmt: skip
        self.assertIn("relative difference", said)

    def hub_folder(self, variant: Variant) -> Path:
        """The files as the library itself writes them for a model hub."""
        folder = self.folder / "hub"
        folder.mkdir(exist_ok=True)
        model = self.others[variant.name]
        safetensors.torch.save_file(
            model.state_dict(), folder / "model.safetensors", {"format": "pt"}
        )
        hub = classifier_libraries.timm.models._hub
        hub.save_config_for_hf(model, str(folder / "config.json"))
        return folder

    def training_checkpoint(self, named: str, option: str | None = None) -> Path:
        """As the library's own training script saves it."""
        path = self.folder / "checkpoint.pth.tar"
        content: dict[str, Any] = {"epoch": 3, "arch": named, "version": 2, "metric": 77.1}
        content["state_dict"] = self.model.state_dict()
        content["args"] = argparse.Namespace(model=option or named, img_size=None, num_classes=1000)
        torch.save(content, path)
        return path

    def test_it_is_asked_about(self) -> None:
        source = self.write(self.model)
        self.check_asked(self.refuse("gpunet-convert", source, self.output))

    def test_the_group_differs(self) -> None:
        images = self.group[0].images(SIDE)
        for variant in self.group:
            ours, other = (self.others[v.name] for v in (variant, self.twin(variant)))
            change = wrong_facts.change(ours, other, images)
            self.assertGreater(change, 100 * SINGLE_OUTPUT_BAR, variant.name)

    def test_the_option_decides(self) -> None:
        source = self.write(self.model)
        for variant in self.group:
            with self.subTest(network=variant.name):
                self.check_decided(source, variant, "--arch", variant.name)

    def test_the_configuration_beside_the_file_decides(self) -> None:
        for variant in self.group:
            with self.subTest(network=variant.name):
                self.check_decided(self.hub_folder(variant) / "model.safetensors", variant)

    def test_the_checkpoint_decides(self) -> None:
        for variant in self.group:
            with self.subTest(network=variant.name):
                self.check_decided(self.training_checkpoint(variant.model), variant)

    def test_contradicting_evidence_is_refused(self) -> None:
        one, other = self.group[0], self.twin(self.group[0])
        checkpoint = self.training_checkpoint(one.model, option=other.model)
        said = self.refuse("gpunet-convert", checkpoint, self.output)
        for variant in (one, other):
            self.assertIn(variant.model, said)
        folder = self.hub_folder(other)
        (folder / "model.safetensors").unlink()
        beside = folder / "pytorch_model.bin"
        self.training_checkpoint(one.model).rename(beside)
        said = self.refuse("gpunet-convert", beside, self.output)
        for variant in (one, other):
            self.assertIn(variant.model, said)
        self.assertIn("config.json", said)
        self.assertFalse(self.output.exists())


class Names(FamilyTest):
    """What people write for a network."""

    model: ClassVar[nn.Module]

    SPELLINGS = (
        "timm/tf_efficientnet_lite0",
        "tf_efficientnet_lite0",
        "tf_efficientnet_lite0.in1k",
        "TF_EfficientNet_Lite0",
        "tf-efficientnet-lite0",
    )

    @classmethod
    def setUpClass(cls) -> None:
        cls.variant = BY_NAME["timm/tf_efficientnet_lite0"]
        cls.model = cls.variant.calibrated()

    def test_spellings(self) -> None:
        source = self.write(self.model)
        golden = self.record(self.model, self.variant.images(SIDE))
        for spelling in self.SPELLINGS:
            with self.subTest(spelling=spelling):
                difference = self.difference(source, golden, "--arch", spelling)
                self.assertLessEqual(difference, DOUBLE_BAR)

    def test_a_mistyped_name(self) -> None:
        source = self.write(self.model)
        run = measuring.run(
            "gpunet-convert", source, self.output, "--arch", "tf_eficientnet_lite0"
        )
        self.assertEqual(run.exit_code, 66, run.stderr)
        self.assertRegex(run.stderr, "[Dd]id you mean .*tf_efficientnet_lite0")

    def test_all_networks_are_listed_with_their_libraries_facts(self) -> None:
        lines = self.succeed("gpunet-inspect", "--list-networks").splitlines()
        # Columns are two blanks apart, as `same-at 224x224` has one inside.
        rows = [re.split(" {2,}", line) for line in lines[1:] if "/" in line.split()[0]]
        self.assertLessEqual(set(BY_NAME), {row[0] for row in rows})
        for name, pixels, parameters, epsilon, padding, *_ in rows:
            with self.subTest(network=name):
                variant = Variant(*name.split("/"))
                with torch.device("meta"):
                    model = variant.build()
                self.assertEqual(int(pixels), variant.resolution)
                self.assertEqual(
                    int(parameters.replace(",", "")), family_catalogue.parameter_count(model)
                )
                self.assertEqual([float(epsilon)], family_catalogue.epsilons(model))
                self.assertEqual(padding, family_catalogue.padding(model))

    def test_any_number_of_classes(self) -> None:
        """The classifier is the owner's; nothing else has to be said."""
        variant = BY_NAME["torchvision/mobilenet_v2"]
        model = variant.calibrated(num_classes=37)
        source = self.write(model)
        golden = self.record(model, variant.images(SIDE))
        report = self.convert(source, "--golden", golden, "--no-verify")
        self.assertEqual(report["network"]["classes"], 37)


def load_tests(
    loader: unittest.TestLoader, _tests: unittest.TestSuite, _pattern: str | None
) -> unittest.TestSuite:
    suite = unittest.TestSuite()
    sizes = {
        f"{entry['library']}/{entry['name']}": entry["parameters"]
        for entry in json.loads((FAMILIES / "catalogue.json").read_text())["variants"]
    }
    every = groups()
    usual = [group for group in every if sizes[group[0].name] <= LARGEST_ASKED]
    decided = {id(group) for group in todays(every)}
    for group in every if "GPUNET_LONG" in os.environ else usual:
        case = type(f"{group[0].name} or others", (Collision,), {"group": group})
        names = loader.getTestCaseNames(case)
        if id(group) not in decided:
            # All are asked about; the evidence of a fourth of them is tried.
            names = [name for name in names if name == "test_it_is_asked_about"]
        suite.addTests(case(name) for name in names)
    suite.addTests(loader.loadTestsFromTestCase(Names))
    return suite


if __name__ == "__main__":
    unittest.main()
