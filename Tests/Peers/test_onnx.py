"""Takes the published networks at full size from ONNX and back, beside PyTorch, ONNX Runtime and
OpenVINO, and runs the operator tests.

The tools are looked up on PATH.
"""

from __future__ import annotations

import json
import sys
import tempfile
import unittest
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import onnx
import torch
from onnx import TensorProto, numpy_helper

import onnx_operator_cases
import peer_networks
from golden_report import SINGLE_OUTPUT_BAR, GoldenReport
from onnx_exports import ExportedNetwork, openvino_answers, relative_difference
from peer_networks import NETWORKS, PeerNetwork

sys.path.insert(0, str(peer_networks.ROOT / "Benchmarks"))

import gpunet_torch  # noqa: E402
import measuring  # noqa: E402
import onnx_variants  # noqa: E402
from measuring import Run  # noqa: E402
from onnx_variants import HALF, SINGLE, VARIANTS  # noqa: E402

EXPORTERS = {"tracing-opset10": "tracing, opset 10", "dynamo": "newer"}
"""The exports that every network is taken through, and what the table calls them."""

WITH_EVERY_VARIANT = ("GPUNet-0", "GPUNet-2", "GPUNet-D1")
WITH_EVERY_OPTION = "GPUNet-0"

OPSETS = (10, 13, 17, 18, 21)

HALF_BAR = 16 * HALF
"""For what is computed in 16 bits."""


@dataclass(frozen=True)
class Lifted:
    """An export converted with default options, and how far the file is from PyTorch."""

    name: str
    exporter: str
    difference: float
    conversion: Run


@dataclass(frozen=True)
class Written:
    """A graph that the converter wrote, and how far what engines answer is from PyTorch."""

    name: str
    onnx_runtime: float
    openvino: float


lifted: list[Lifted] = []
written: list[Written] = []


class ONNXTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(dir=peer_networks.data_folder())
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def succeed(self, *command: str | Path) -> Run:
        run = measuring.run(*command)
        self.assertEqual(run.exit_code, 0, run.stderr)
        return run

    def report(self, *command: str | Path) -> dict[str, Any]:
        return json.loads(self.succeed(*command, "--json").stdout)


class NetworkTest(ONNXTest):
    network: ClassVar[PeerNetwork]
    exported: ClassVar[ExportedNetwork]
    recorded: ClassVar[dict[str, np.ndarray]]
    state_dict: ClassVar[Path]
    printed_form: ClassVar[list[str]]

    @classmethod
    def setUpClass(cls) -> None:
        cls.exported = ExportedNetwork(cls.network)
        cls.recorded = dict(np.load(cls.exported.recording))
        with torch.device("meta"):
            model = gpunet_torch.build(cls.network.configuration)
        cls.printed_form = str(model).splitlines()
        folder = tempfile.TemporaryDirectory(dir=peer_networks.data_folder())
        cls.addClassCleanup(folder.cleanup)
        cls.state_dict = Path(folder.name, "network.pth")
        cls.exported.write_state_dict(cls.state_dict)

    def setUp(self) -> None:
        super().setUp()
        self.output = self.folder / "network.gpw"

    def described(self, path: Path) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        """The network without its count of parameters, which folding lessens, and its layers."""
        report = self.report("gpunet-inspect", path)
        network = {k: v for k, v in report["network"].items() if k != "parameters"}
        return network, [(layer["module"], layer["layer"]) for layer in report["layers"]]

    @cached_property
    def expected_description(self) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        return self.described(self.state_dict)

    def check_layers(self, path: Path) -> None:
        """The file prints as PyTorch does, and has the layers that its checkpoint has."""
        printed = self.succeed("gpunet-inspect", path).stdout.splitlines()
        self.assertEqual(printed[: len(self.printed_form)], self.printed_form)
        self.assertEqual(self.described(path), self.expected_description)

    def check_answers(
        self, path: Path, bar: float, *engines: Callable[[Path, np.ndarray], np.ndarray]
    ) -> list[float]:
        """Checks a written graph, and what engines answer, against PyTorch."""
        onnx.checker.check_model(path, full_check=True)
        found = [
            relative_difference(engine(path, self.recorded["input"]), self.recorded["output"])
            for engine in engines or (onnx_variants.answers, openvino_answers)
        ]
        self.assertLessEqual(max(found), bar)
        return found


class Exports(NetworkTest):
    def test_exports_give_the_network(self) -> None:
        for variant, exporter in EXPORTERS.items():
            with self.subTest(exporter=exporter):
                source = self.folder / f"{variant}.onnx"
                golden = self.exported.write(variant, source)
                convert = ("gpunet-convert", source, self.output, "--force")
                report = self.report(*convert, "--golden", golden, "--no-verify")
                difference = GoldenReport.parse(report, []).written.output
                self.assertLessEqual(difference, SINGLE_OUTPUT_BAR)
                conversion = self.succeed(*convert)
                lifted.append(Lifted(self.network.name, exporter, difference, conversion))
                self.check_layers(self.output)

    def test_parameters_are_the_checkpoints(self) -> None:
        damaged = self.folder / "damaged.pth"
        self.exported.write_state_dict(damaged, damage=1e-3)
        for variant, exporter in EXPORTERS.items():
            with self.subTest(exporter=exporter):
                source = self.folder / f"{variant}.onnx"
                self.exported.write(variant, source)
                convert = ("gpunet-convert", source, self.output, "--force", "--no-verify")
                self.succeed(*convert, "--against", self.state_dict)
                run = measuring.run(*convert, "--against", damaged)
                self.assertEqual(run.exit_code, 1, run.stderr)

    def test_written_graphs_give_the_answers(self) -> None:
        source = self.folder / "export.onnx"
        self.exported.write("dynamo", source)
        self.succeed("gpunet-convert", source, self.output, "--no-verify")
        back = self.folder / "back.onnx"
        self.succeed("gpunet-convert", self.output, back)
        found = self.check_answers(back, SINGLE_OUTPUT_BAR)
        written.append(Written(self.network.name, *found))


class Variants(NetworkTest):
    def test_every_variant_gives_the_network(self) -> None:
        for name in onnx_variants.variants(self.exported.subject):
            with self.subTest(variant=name):
                source = self.folder / f"{name}.onnx"
                golden = self.exported.write(name, source)
                convert = ("gpunet-convert", source, self.output, "--force")
                if VARIANTS[name].unit == SINGLE:
                    self.succeed(*convert, "--against", self.state_dict)
                else:
                    # The tool allows for the rounding of weights, of which nothing is done here.
                    report = self.report(*convert, "--golden", golden)
                    difference = GoldenReport.parse(report, []).written.output
                    self.assertLessEqual(difference, SINGLE_OUTPUT_BAR)
                self.check_layers(self.output)
                for path in self.folder.glob(f"{name}.*"):
                    path.unlink()


class Options(NetworkTest):
    def write(self, *options: str) -> tuple[Path, onnx.ModelProto]:
        path = self.folder / "written.onnx"
        self.succeed("gpunet-convert", self.state_dict, path, "--force", *options)
        return path, onnx.load(path)

    def test_opsets(self) -> None:
        for opset in OPSETS:
            with self.subTest(opset=opset):
                path, model = self.write("--opset", str(opset))
                self.assertEqual([item.version for item in model.opset_import], [opset])
                self.check_answers(path, SINGLE_OUTPUT_BAR)

    def test_kept_batch_norms(self) -> None:
        path, model = self.write("--keep-batch-norm")
        norms = [
            module
            for module in self.exported.subject.model.modules()
            if isinstance(module, torch.nn.BatchNorm2d)
        ]
        kinds = Counter(node.op_type for node in model.graph.node)
        self.assertEqual(kinds["BatchNormalization"], len(norms))
        self.check_answers(path, SINGLE_OUTPUT_BAR)
        # Nothing was computed with the parameters, so that they come back bit for bit.
        state = self.exported.subject.model.state_dict().values()
        kept = {tensor.numpy().tobytes() for tensor in state if tensor.is_floating_point()}
        stored = {numpy_helper.to_array(tensor).tobytes() for tensor in model.graph.initializer}
        self.assertLessEqual(kept, stored)

    def test_half_precision(self) -> None:
        path, model = self.write("--dtype", "f16")
        types = {tensor.data_type for tensor in model.graph.initializer if len(tensor.dims) > 1}
        self.assertEqual(types, {TensorProto.FLOAT16})
        self.check_answers(path, HALF_BAR, onnx_variants.answers)

    def test_external_data(self) -> None:
        path, model = self.write("--external-data")
        byte_count = sum(tensor.ByteSize() for tensor in model.graph.initializer)
        self.assertLess(path.stat().st_size, byte_count / 20)
        self.check_answers(path, SINGLE_OUTPUT_BAR)

    def test_a_written_graph_is_lifted_again(self) -> None:
        path, _ = self.write("--keep-batch-norm")
        self.succeed("gpunet-convert", path, self.output, "--against", self.state_dict)
        self.check_layers(self.output)


class Operators(ONNXTest):
    def test_every_operator_test_passes(self) -> None:
        missing = onnx_operator_cases.write(self.folder)
        self.assertEqual(missing, [])
        count = len(list(self.folder.iterdir()))
        self.assertGreater(count, 3000)
        run = self.succeed("gpunet-verify", "--onnx-tests", self.folder)
        closing = run.stdout.splitlines()[-1]
        self.assertEqual(closing, f"{count} passed, 0 failed, 0 unsupported")

    def test_later_versions_mean_the_same(self) -> None:
        kinds = {
            node.op_type
            for group in onnx_operator_cases.ALL
            for case in group()
            for node in case.nodes
        }
        self.assertGreater(len(kinds), 50)

        def meaning(kind: str, opset: int) -> tuple[object, ...]:
            schema = onnx.defs.get_schema(kind, opset)
            attributes = {
                name: (item.type, item.required, str(item.default_value))
                for name, item in schema.attributes.items()
            }
            values = [[item.name for item in part] for part in (schema.inputs, schema.outputs)]
            return attributes, values

        for kind in sorted(kinds):
            with self.subTest(operator=kind):
                self.assertEqual(meaning(kind, 28), meaning(kind, 24))

    def test_a_wrong_output_fails(self) -> None:
        case = next(case for case in onnx_operator_cases.convolutions())
        case.write(self.folder)
        output = self.folder / case.name / "test_data_set_0" / "output_0.pb"
        tensor = TensorProto.FromString(output.read_bytes())
        values = numpy_helper.to_array(tensor).copy()
        values.flat[np.abs(values).argmax()] *= 1.002
        output.write_bytes(numpy_helper.from_array(values, tensor.name).SerializeToString())
        run = measuring.run("gpunet-verify", "--onnx-tests", self.folder)
        self.assertEqual(run.exit_code, 1)
        lines = run.stdout.splitlines()
        self.assertEqual(len(lines), 2)
        self.assertIn(case.name, lines[0])
        self.assertEqual(lines[1], "0 passed, 1 failed, 0 unsupported")


def load_tests(
    loader: unittest.TestLoader, _tests: unittest.TestSuite, _pattern: str | None
) -> unittest.TestSuite:
    suite = unittest.TestSuite()
    for network in NETWORKS:
        kinds: list[type[NetworkTest]] = [Exports]
        if network.name in WITH_EVERY_VARIANT:
            kinds.append(Variants)
        if network.name == WITH_EVERY_OPTION:
            kinds.append(Options)
        for kind in kinds:
            case = type(f"{network.name} ONNX {kind.__name__}", (kind,), {"network": network})
            suite.addTests(loader.loadTestsFromTestCase(case))
    suite.addTests(loader.loadTestsFromTestCase(Operators))
    return suite


if __name__ == "__main__":
    unittest.main()
