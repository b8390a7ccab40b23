"""Converts the networks of timm, torchvision, efficientnet_pytorch and efficientnet_lite_pytorch at
full size and compares with what the libraries answer.

A fourth of them, another one each day, and all of them where GPUNET_LONG is set. The tools are
looked up on PATH.
"""

from __future__ import annotations

import copy
import json
import unittest
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import onnx
import torch
from torch import nn

import family_catalogue
from family_catalogue import BY_NAME, IMAGE_SEED, LARGEST, VARIANTS, Variant
from family_test import FAMILIES, FamilyTest, todays
from golden_report import DOUBLE_BAR, SINGLE_OUTPUT_BAR, GoldenReport
from onnx_exports import openvino_answers, relative_difference

import calibrated_weights  # noqa: E402
import classifier_layers  # noqa: E402
import make_family_fixtures  # noqa: E402
import onnx_variants  # noqa: E402
import whole_modules  # noqa: E402
import wrong_facts  # noqa: E402
from generated_weights import image_batch  # noqa: E402
from onnx_variants import Subject  # noqa: E402

REPRESENTATIVES = (
    "timm/efficientnet_b0",
    "timm/tf_efficientnet_b1",
    "torchvision/efficientnet_b0",
    "efficientnet_pytorch/efficientnet-b1",
    "torchvision/mobilenet_v2",
    "timm/tf_efficientnet_lite0",
)
"""One of every naming, padding rule and activation, compared layer by layer and as graphs."""

EXPORTERS = {
    # Earlier ones do not have the operators for padding that depends on the size.
    "tracing, opset 17": lambda subject, path: onnx_variants.trace(subject, path, 17),
    "newer": onnx_variants.capture,
}

RUNTIME_BAR, DIRECT_BAR = 3e-5, 1e-5
"""For what the runtime answers, and for what it answers without Winograd's algorithm."""

ALIVE_SIDE = 224
"""The most that is asked of every channel at once."""


@dataclass(frozen=True)
class FamilyAnswers:
    """A network's answers, against its library in double precision: at its own size and another."""

    name: str
    sides: tuple[int, int]
    source: tuple[float, float]
    written: tuple[float, float]


@dataclass(frozen=True)
class FamilyGraphs:
    """Graphs of both exporters converted, and the network written as a graph and run elsewhere."""

    name: str
    exported: dict[str, float]
    onnx_runtime: float
    openvino: float


answers: list[FamilyAnswers] = []
graphs: list[FamilyGraphs] = []


class FamilyVariant(FamilyTest):
    variant: ClassVar[Variant]

    def test_answers(self) -> None:
        variant = self.variant
        model = variant.calibrated()
        pair = variant.images(min(variant.resolution, ALIVE_SIDE), 2)
        calibrated_weights.assert_alive(model, pair, model)
        place = VARIANTS.index(variant)
        checkpoint = self.write(model, ("pth", "safetensors")[place % 2])
        arch = ("--arch", variant.name)
        sides = (variant.resolution, variant.odd_resolution)
        own, other = (self.record(model, variant.images(side)) for side in sides)

        report = self.convert(checkpoint, *arch, "--golden", own, "--no-verify")
        golden = GoldenReport.parse(report, [])
        facts = report["network"]
        self.assertEqual(facts["resolution"], [variant.resolution] * 2)
        self.assertEqual(facts["classes"], 1000)
        self.assertEqual(facts["parameters"], family_catalogue.parameter_count(model))
        self.assertEqual(
            facts["multiplyAdds"], family_catalogue.multiply_adds(model, variant.resolution)
        )
        self.assertEqual(report["tensors"]["unused"], 0)

        source = (golden.source.output, self.difference(checkpoint, other, *arch))
        written = (golden.written.output, self.difference(self.output, other))
        answers.append(FamilyAnswers(variant.name, sides, source, written))
        self.assertLessEqual(max(source), DOUBLE_BAR)
        self.assertLessEqual(max(written), SINGLE_OUTPUT_BAR)


class RepresentativeTest(FamilyTest):
    variant: ClassVar[Variant]
    model: ClassVar[nn.Module]

    @classmethod
    def setUpClass(cls) -> None:
        cls.model = cls.variant.calibrated()

    def setUp(self) -> None:
        super().setUp()
        self.checkpoint = self.write(self.model)
        self.arch = ("--arch", self.variant.name)


class Layers(RepresentativeTest):
    def test_every_layer(self) -> None:
        names = classifier_layers.layer_names(self.model)
        for side in (self.variant.resolution, self.variant.odd_resolution):
            with self.subTest(side=side):
                golden = self.record(self.model, self.variant.images(side), layers=True)
                report = self.convert(
                    self.checkpoint, *self.arch, "--golden", golden, "--no-verify"
                )
                found = GoldenReport.parse(report, names)
                found.check_double()
                found.check_single()

    def test_the_runtime_gives_the_answers(self) -> None:
        self.convert(self.checkpoint, *self.arch, "--no-verify")
        recorded = np.load(self.record(self.model, self.variant.images(self.variant.resolution, 2)))
        images, answer = self.folder / "images.npy", self.folder / "answer.npy"
        np.save(images, recorded["input"])
        for bar, options in ((RUNTIME_BAR, ()), (DIRECT_BAR, ("--no-winograd",))):
            self.succeed(
                "gpunet-bench", self.output, "--input", images, "--output", answer,
                "--threads", "2", "--runs", "1", *options,
            )  # fmt: skip
            self.assertLessEqual(relative_difference(np.load(answer), recorded["output"]), bar)


class Graphs(RepresentativeTest):
    def test_graphs(self) -> None:
        subject = Subject(self.model, self.variant.resolution)
        single = self.record(self.model, self.variant.images(self.variant.resolution), double=False)
        recorded = np.load(single)
        differences = {}
        for exporter, write in EXPORTERS.items():
            with self.subTest(exporter=exporter):
                source = self.folder / "export.onnx"
                write(subject, source)
                engine = onnx_variants.answers(source, recorded["input"])
                self.assertLessEqual(
                    relative_difference(engine, recorded["output"]), SINGLE_OUTPUT_BAR
                )
                report = self.convert(source, "--golden", single)
                difference = GoldenReport.parse(report, []).written.output
                self.assertLessEqual(difference, SINGLE_OUTPUT_BAR)
                self.convert(source, "--against", self.checkpoint, "--no-verify")
                differences[exporter] = difference
        self.convert(self.checkpoint, *self.arch, "--no-verify")
        back = self.folder / "back.onnx"
        self.succeed("gpunet-convert", self.output, back)
        onnx.checker.check_model(back, full_check=True)
        runtime, openvino = (
            relative_difference(engine(back, recorded["input"]), recorded["output"])
            for engine in (onnx_variants.answers, openvino_answers)
        )
        graphs.append(FamilyGraphs(self.variant.name, differences, runtime, openvino))
        self.assertLessEqual(max(runtime, openvino), SINGLE_OUTPUT_BAR)

    def test_damaged_weights_are_told(self) -> None:
        source = self.folder / "export.onnx"
        onnx_variants.trace(Subject(self.model, self.variant.resolution), source, 17)
        state = self.model.state_dict()
        kernels = [name for name, tensor in state.items() if tensor.dim() == 4]
        middle = kernels[len(kernels) // 2]
        state[middle] = state[middle].clone()
        state[middle].view(-1)[state[middle].abs().argmax()] *= 1.001
        damaged = self.folder / "damaged.pth"
        torch.save(state, damaged)
        convert = ("gpunet-convert", source, self.output, "--force", "--no-verify")
        self.succeed(*convert, "--against", self.checkpoint)
        self.refuse(*convert, "--against", damaged)


class SmallNetworks(FamilyTest):
    """The committed networks, by the texts that describe them, which no catalogue has."""

    def test_descriptions_give_the_answers(self) -> None:
        networks = json.loads((FAMILIES / "networks.json").read_text())["networks"]
        self.assertGreaterEqual(len(networks), 12)
        for network in networks:
            source, text = (FAMILIES / network[part] for part in ("file", "description"))
            for golden in network["goldens"]:
                with self.subTest(network=network["name"], side=golden["side"]):
                    report = self.convert(
                        source, "--arch", text, "--golden", FAMILIES / golden["file"], "--no-verify"
                    )
                    found = GoldenReport.parse(
                        report, network["layers"] if golden["layers"] else []
                    )
                    bars: dict[str, Any] = {"output_bar": DOUBLE_BAR, "layer_bar": DOUBLE_BAR}
                    found.source.check(**bars)
                    self.assertLessEqual(found.written.output, SINGLE_OUTPUT_BAR)
                    self.assertEqual(report["network"]["parameters"], network["parameters"])

    def test_facts_that_are_set_wrong_are_told(self) -> None:
        """What a library would answer with one fact of the description changed is not accepted."""
        for network in make_family_fixtures.small_networks():
            model = network.build().eval()
            source = FAMILIES / f"{network.name}.{network.ending}"
            model.load_state_dict(make_family_fixtures.load(source))
            convert = ("gpunet-convert", source, self.output, "--force", "--no-verify")
            arch = ("--arch", FAMILIES / f"{network.name}.txt")
            for fact in wrong_facts.FACTS:
                wrong = wrong_facts.with_wrong_fact(model, fact)
                if wrong is None:
                    continue
                with self.subTest(network=network.name, fact=fact):
                    sides = (network.side, network.other)
                    images = [image_batch(1, side, side, IMAGE_SEED) for side in sides]
                    # The size at which the fact shows most.
                    image = max(images, key=lambda image: wrong_facts.change(model, wrong, image))
                    self.succeed(*convert, *arch, "--golden", self.record(model, image))
                    said = self.refuse(*convert, *arch, "--golden", self.record(wrong, image))
                    self.assertIn("relative difference", said)

    def test_settings_of_whole_modules(self) -> None:
        """A file of a whole module says what its layers are set to, and another setting is told."""
        for network in make_family_fixtures.small_networks():
            model = network.build().eval()
            source = FAMILIES / f"{network.name}.{network.ending}"
            model.load_state_dict(make_family_fixtures.load(source))
            arch = ("--arch", FAMILIES / f"{network.name}.txt")
            whole = self.folder / "whole.pth"
            torch.save(model, whole)
            with self.subTest(network=network.name, setting="its own"):
                self.assertEqual(self.convert(whole, *arch)["warnings"], [])
            for setting, change in whole_modules.SETTINGS.items():
                changed = copy.deepcopy(model)
                if not change(changed):
                    continue
                torch.save(changed, whole)
                with self.subTest(network=network.name, setting=setting):
                    convert = ("gpunet-convert", whole, self.output, "--force", *arch)
                    self.assertIn("the modules in the file", self.refuse(*convert))

    def test_descriptions_are_written_as_they_are_read(self) -> None:
        networks = json.loads((FAMILIES / "networks.json").read_text())["networks"]
        for network in networks:
            with self.subTest(network=network["name"]):
                source, text = (FAMILIES / network[part] for part in ("file", "description"))
                written = self.succeed(
                    "gpunet-inspect", source, "--arch", text, "--format", "layers"
                )
                self.assertEqual(written, text.read_text())


def load_tests(
    loader: unittest.TestLoader, _tests: unittest.TestSuite, _pattern: str | None
) -> unittest.TestSuite:
    suite = unittest.TestSuite()
    for variant in todays(VARIANTS):
        # Their sizes are known before they are built.
        if parameters(variant) <= LARGEST:
            case = type(variant.name, (FamilyVariant,), {"variant": variant})
            suite.addTests(loader.loadTestsFromTestCase(case))
    for name in REPRESENTATIVES:
        kinds = [Layers, *([Graphs] if name in todays(REPRESENTATIVES) else [])]
        for kind in kinds:
            case = type(f"{name} {kind.__name__}", (kind,), {"variant": BY_NAME[name]})
            suite.addTests(loader.loadTestsFromTestCase(case))
    suite.addTests(loader.loadTestsFromTestCase(SmallNetworks))
    return suite


def parameters(variant: Variant) -> int:
    entries = json.loads((FAMILIES / "catalogue.json").read_text())["variants"]
    return next(
        int(entry["parameters"])
        for entry in entries
        if (entry["library"], entry["name"]) == (variant.library, variant.model)
    )


if __name__ == "__main__":
    unittest.main()
