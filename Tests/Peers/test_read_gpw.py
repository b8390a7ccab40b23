"""Holds `Schemas/read_gpw.py` against PyTorch's tensors and against every bad file.

The tools are looked up on PATH.
"""

from __future__ import annotations

import hashlib
import re
import sys
import tempfile
import unittest
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch import nn
from torch.nn import functional

import peer_networks
from peer_networks import FIXTURES, NETWORKS, ROOT, PeerNetwork

sys.path[:0] = [str(ROOT / "Benchmarks"), str(ROOT / "Schemas")]

import gpunet_torch  # noqa: E402
import measuring  # noqa: E402
import read_gpw  # noqa: E402

Arrays = dict[str, np.ndarray]


def documented_codes() -> dict[str, str]:
    """The bad files of the format's document, with the error code of the rule that each breaks."""
    text = (ROOT / "Schemas" / "gpw-format.md").read_text()
    rows = re.findall(r"^\| R\d+ \| .+ \| `([\w.]+)` \| (.+) \|$", text, re.MULTILINE)
    return {name: code for code, files in rows for name in re.findall(r"`([\w-]+)`", files)}


class BadFiles(unittest.TestCase):
    def test_each_is_refused_with_its_code(self) -> None:
        codes = documented_codes()
        files = {path.stem for path in (FIXTURES / "gpw").iterdir()}
        self.assertEqual(files, codes.keys() | {"smallest", "blocked", "mixed", "stranger"})
        for name, code in codes.items():
            with self.subTest(file=name):
                path = FIXTURES / "gpw" / f"{name}.gpw"
                with self.assertRaises(read_gpw.Refused) as refusal:
                    read_gpw.read(path)
                self.assertEqual(refusal.exception.code, code)
                run = measuring.run(sys.executable, read_gpw.__file__, path)
                self.assertEqual((run.exit_code, run.stdout), (1, ""))
                self.assertRegex(run.stderr, rf"\Aerror: .+ \[{re.escape(code)}\]\n\Z")

    def test_any_changed_byte_of_the_smallest_is_noticed(self) -> None:
        right = (FIXTURES / "gpw" / "smallest.gpw").read_bytes()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "damaged.gpw")
            for offset in range(len(right)):
                damaged = bytearray(right)
                damaged[offset] ^= 1 << offset % 8
                for content in (damaged, right[:offset]):
                    path.write_bytes(content)
                    with self.assertRaises(read_gpw.Refused):
                        read_gpw.read(path)


class SmallestFile(unittest.TestCase):
    path = FIXTURES / "gpw" / "smallest.gpw"

    def test_is_read(self) -> None:
        metadata, tensors = read_gpw.read(self.path)
        layers = ["prologue_i1_o1_s2_relu", "epilogue_i1_o1_s1_relu"]
        self.assertEqual(metadata["architecture.layers"], layers)
        weight = tensors["network.head: 2.net.0.weight"]
        np.testing.assert_array_equal(weight, np.arange(1, 10, dtype="<f2").reshape(1, 1, 3, 3))
        self.assertEqual(len(tensors), 6)

    def test_is_printed(self) -> None:
        run = measuring.run(sys.executable, read_gpw.__file__, self.path)
        self.assertEqual((run.exit_code, run.stderr), (0, ""))
        self.assertIn("\n  network. layer3.net.6.weight: float16 1x1\n", run.stdout)


class BlockedFiles(unittest.TestCase):
    def test_elements_are_row_major(self) -> None:
        path = FIXTURES / "gpw" / "blocked.gpw"
        _, tensors = read_gpw.read(path)
        self.assertEqual(len(tensors), 8)
        for number, (name, tensor) in enumerate(tensors.items()):
            # As make_gpw_fixtures.py numbers them.
            values = (7 * np.arange(tensor.size) + number) % 2039 - 1000
            np.testing.assert_array_equal(tensor.reshape(-1), values.astype("<f2"), name)

    def test_a_file_may_have_both_layouts(self) -> None:
        _, mixed = read_gpw.read(FIXTURES / "gpw" / "mixed.gpw")
        _, expected = read_gpw.read(FIXTURES / "gpw" / "smallest.gpw")
        self.assertEqual(different(mixed, expected), [])

    def test_the_tools_read_and_write_both(self) -> None:
        blocked = FIXTURES / "gpw" / "blocked.gpw"
        _, expected = read_gpw.read(blocked)
        with tempfile.TemporaryDirectory() as folder:
            plain, again = Path(folder, "plain.gpw"), Path(folder, "again.gpw")
            for source, target, layout in (
                (blocked, plain, "row-major"), (plain, again, "blocked"),
            ):  # fmt: skip
                run = measuring.run("gpunet-convert", source, target, "--layout", layout)
                self.assertEqual(run.exit_code, 0, run.stderr)
                self.assertEqual(different(read_gpw.read(target)[1], expected), [])


def different(found: Arrays, expected: Arrays) -> list[str]:
    """The names of tensors that are missing or differ in type, shape or any bit."""

    def content(tensor: np.ndarray | None) -> tuple[object, ...] | None:
        return None if tensor is None else (tensor.dtype, tensor.shape, tensor.tobytes())

    names = [*found, *(name for name in expected if name not in found)]
    return [name for name in names if content(found.get(name)) != content(expected.get(name))]


class Program(nn.Module):
    """A file as PyTorch computes it, from its program and tensors alone."""

    functions: ClassVar = {1: functional.relu, 2: functional.silu, 3: functional.relu6}

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.metadata, tensors = read_gpw.read(path)
        arrays = map(read_gpw.widened, tensors.values())
        self.tensors = [torch.tensor(array).double() for array in arrays]
        self.layers = read_gpw.parsed_program(
            self.metadata["program.layers"],
            self.metadata["program.operations"],
            self.metadata["program.epsilon"],
        )

    def forward(self, value: torch.Tensor) -> torch.Tensor:
        rest, epsilons = iter(self.tensors), iter(self.metadata["program.epsilon"])
        for layer in self.layers:
            entering = value
            for step in layer:
                value = self.applied(step, value, entering, rest, epsilons)
        return value

    def applied(
        self, step: list[int], value: torch.Tensor, entering: torch.Tensor,
        rest: Iterator[torch.Tensor], epsilons: Iterator[float],
    ) -> torch.Tensor:  # fmt: skip
        code, *numbers = step
        if code == read_gpw.CONVOLUTION:
            _, _, kernel, stride, rule, top, left, bottom, right, groups, has_bias, norm = numbers
            if rule == 1:
                counts = [-(-n // stride) for n in value.shape[2:]]
                ends = [(count - 1) * stride + kernel for count in counts]
                sides = [max(end - n, 0) for end, n in zip(ends, value.shape[2:])]
                top, left, bottom, right = *(n // 2 for n in sides), *(n - n // 2 for n in sides)
            value = functional.pad(value, (left, right, top, bottom))
            weight, bias = next(rest), next(rest) if has_bias else None
            value = functional.conv2d(value, weight, bias, stride=stride, groups=groups)
            if norm:
                weight, bias, mean, variance, _ = (next(rest) for _ in range(5))
                value = functional.batch_norm(
                    value, mean, variance, weight, bias, eps=next(epsilons)
                )
            return value
        if code == read_gpw.ACTIVATION:
            return self.functions[numbers[0]](value)
        if code == read_gpw.EXCITE:
            gate = functional.conv2d(value.mean((2, 3), keepdim=True), next(rest), next(rest))
            gate = functional.conv2d(self.functions[numbers[2]](gate), next(rest), next(rest))
            return value * gate.sigmoid()
        if code == read_gpw.RESIDUAL:
            return value + entering
        if code == read_gpw.MEAN:
            return value.mean((2, 3), keepdim=True)
        return functional.linear(value.flatten(1), next(rest), next(rest))


class Programs(unittest.TestCase):
    def check(self, path: Path, tolerance: float) -> None:
        model = Program(path)
        size = model.metadata["fingerprint.size"]
        image = read_gpw.fingerprint_input(model.metadata["program.input"][0], *size)
        logits = np.array(model.metadata["fingerprint.logits"])
        self.assertLessEqual(difference(answer(model, image), logits), tolerance)

    def test_a_recorded_answer_is_pytorchs(self) -> None:
        self.check(FIXTURES / "gpw" / "stranger.gpw", 1e-12)

    def test_files_of_older_versions_keep_their_answer(self) -> None:
        old = FIXTURES / "gpw-older" / "separate.gpw"
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "new.gpw")
            run = measuring.run("gpunet-convert", old, path, "--keep-batch-norm")
            self.assertEqual(run.exit_code, 0, run.stderr)
            self.check(path, 1e-12)
            self.assertEqual(read_gpw.read(path)[0]["architecture.convention"], "gpunet")

    def test_files_of_older_versions_are_refused_here(self) -> None:
        for path in (FIXTURES / "gpw-older").iterdir():
            with self.subTest(file=path.name), self.assertRaises(read_gpw.Refused) as refusal:
                read_gpw.read(path)
            self.assertEqual(refusal.exception.code, "gpw.version")


class Numbers(unittest.TestCase):
    def test_bfloat16_is_widened_as_pytorch_does(self) -> None:
        numbers = torch.randn(1000, generator=torch.Generator().manual_seed(1)).bfloat16()
        widened = read_gpw.widened(numbers.view(torch.uint16).numpy())
        np.testing.assert_array_equal(widened, numbers.float().numpy())

    def test_the_fingerprints_input_is_exact_and_in_range(self) -> None:
        image = read_gpw.fingerprint_input(3, 20, 30)
        self.assertEqual((image.shape, image.dtype), ((3, 20, 30), np.float32))
        # The same numbers from the closed form of the recurrence, in whole numbers.
        a, c, modulus = 6364136223846793005, 1442695040888963407, 2**64
        for index in (0, 1, 29, 30, 599, 600, 1799):
            power = pow(a, index + 1, modulus * (a - 1))
            state = (power - 1) // (a - 1) * c % modulus
            self.assertEqual(int(image.flat[index] * 2**22), (state >> 40) - 2**23)


class ConvertedNetwork(unittest.TestCase):
    network: ClassVar[PeerNetwork]
    model: ClassVar[gpunet_torch.GPUNet]
    folder: ClassVar[Path]

    @classmethod
    def setUpClass(cls) -> None:
        cls.model = cls.network.model()
        folder = tempfile.TemporaryDirectory(dir=peer_networks.data_folder())
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)

    def converted(self, *options: str) -> tuple[dict[str, Any], Arrays]:
        path = self.folder / "network.gpw"
        run = measuring.run(
            "gpunet-convert", self.network.checkpoint, path, "--quiet", "--force", *options
        )
        self.assertEqual(run.exit_code, 0, run.stderr)
        return read_gpw.read(path)

    def test_kept_tensors_are_pytorchs_bit_for_bit(self) -> None:
        metadata, tensors = self.converted("--keep-batch-norm", "--no-verify")
        state = self.model.state_dict()
        norms = [module for module in self.model.modules() if isinstance(module, nn.BatchNorm2d)]
        self.assertEqual(metadata["program.epsilon"], [norm.eps for norm in norms])
        self.assertEqual(list(tensors), list(state))
        for name, tensor in state.items():
            expected = tensor.numpy()
            found = tensors[name]
            self.assertEqual((found.dtype, found.shape), (expected.dtype, expected.shape), name)
            self.assertTrue(found.tobytes() == expected.tobytes(), name)

    def test_folded_tensors_are_rounded_once(self) -> None:
        metadata, tensors = self.converted("--no-verify")
        self.check_facts(metadata)
        expected = folded(self.model)
        self.assertEqual(list(tensors), list(expected))
        for name, exact in expected.items():
            found = tensors[name]
            self.assertEqual((found.dtype, found.shape), (np.float32, exact.shape), name)
            # Half a unit in the last place of the exact value; what folding in 64 bits may lose
            # decides only where the value lies that near to the middle between two numbers.
            unit = np.spacing(np.abs(exact).astype(np.float32)).astype(np.float64)
            error = np.abs(found.astype(np.float64) - exact)
            self.assertTrue(np.all(error <= unit / 2 + 1e-12 * np.abs(exact)), name)

    def test_both_layouts_have_the_same_tensors(self) -> None:
        _, blocked = self.converted("--no-verify")
        _, row_major = self.converted("--no-verify", "--layout", "row-major")
        self.assertEqual(list(blocked), list(row_major))
        self.assertEqual(different(blocked, row_major), [])

    def test_the_fingerprint_is_pytorchs_answer(self) -> None:
        metadata, tensors = self.converted()
        if "fingerprint.size" not in metadata:
            self.skipTest("the file carries no fingerprint")
        channels = next(iter(tensors.values())).shape[1]
        image = read_gpw.fingerprint_input(channels, *metadata["fingerprint.size"])
        recorded = np.array(metadata["fingerprint.logits"])
        source = self.network.model().double()
        self.assertLessEqual(difference(answer(source, image), recorded), 1e-10)
        load_folded(source, tensors)
        (tolerance,) = metadata["fingerprint.tolerance"]
        self.assertLessEqual(difference(answer(source, image), recorded), tolerance)

    def check_facts(self, metadata: dict[str, Any]) -> None:
        content = self.network.checkpoint.read_bytes()
        for key, expected in (
            ("architecture.name", self.network.name),
            ("program.input", [3, *[self.network.resolution] * 2]),
            ("program.epsilon", []),
            ("provenance.sha256", hashlib.sha256(content).hexdigest()),
            ("provenance.source", self.network.checkpoint.name),
            ("provenance.key", self.network.key),
        ):
            self.assertEqual(metadata[key], expected, key)
        modules = [module for module in self.model.modules() if isinstance(module, nn.Conv2d)]
        # Squeeze-excite's own 1×1 convolutions stand in its record.
        stated = [step for step in steps(metadata) if step[0] == read_gpw.CONVOLUTION]
        paddings = [tuple(step[6:10]) for step in stated]
        gates = {id(module) for gate in excites(self.model) for module in gate}
        expected = [module for module in modules if id(module) not in gates]
        self.assertEqual(paddings, [(*module.padding, *module.padding) for module in expected])
        kernels = [step[3] for step in stated]
        self.assertEqual(kernels, [module.kernel_size[0] for module in expected])


def steps(metadata: dict[str, Any]) -> list[list[int]]:
    """The steps of all layers."""
    layers = read_gpw.parsed_program(
        metadata["program.layers"], metadata["program.operations"], metadata["program.epsilon"]
    )
    return [step for layer in layers for step in layer]


def excites(model: nn.Module) -> list[tuple[nn.Module, nn.Module]]:
    return [
        (module.conv_reduce, module.conv_expand)
        for module in model.modules()
        if isinstance(module, gpunet_torch.SqueezeExcite)
    ]


def pairs(model: nn.Module) -> list[tuple[str, nn.Module, nn.BatchNorm2d | None]]:
    """Every convolution and the classifier, with the batch norm that follows, in their order."""
    found: list[tuple[str, nn.Module, nn.BatchNorm2d | None]] = []
    for name, module in model.named_modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            found.append((name, module, None))
        elif isinstance(module, nn.BatchNorm2d):
            found[-1] = (*found[-1][:2], module)
    return found


def folded(model: nn.Module) -> Arrays:
    """The parameters with every norm folded in 64 bits by NumPy, not rounded."""

    def array(tensor: torch.Tensor) -> np.ndarray:
        return tensor.detach().numpy().astype(np.float64)

    result = {}
    for name, module, norm in pairs(model):
        weight = array(module.weight)
        if norm is not None:
            scale = array(norm.weight) / np.sqrt(array(norm.running_var) + norm.eps)
            result[f"{name}.weight"] = weight * scale[:, None, None, None]
            result[f"{name}.bias"] = array(norm.bias) - array(norm.running_mean) * scale
        else:
            result[f"{name}.weight"] = weight
            if module.bias is not None:
                result[f"{name}.bias"] = array(module.bias)
    return result


def load_folded(model: nn.Module, tensors: Arrays) -> None:
    """Puts folded parameters into a network with norms, which are left nothing but the bias."""
    with torch.no_grad():
        for name, module, norm in pairs(model):
            module.weight.copy_(torch.tensor(tensors[f"{name}.weight"]))
            if norm is not None:
                norm.weight.fill_(1)
                norm.running_mean.fill_(0)
                norm.running_var.fill_(1 - norm.eps)
                norm.bias.copy_(torch.tensor(tensors[f"{name}.bias"]))
            elif module.bias is not None:
                module.bias.copy_(torch.tensor(tensors[f"{name}.bias"]))


def answer(model: nn.Module, image: np.ndarray) -> np.ndarray:
    with torch.inference_mode():
        return model(torch.from_numpy(image.astype(np.float64))[None])[0].numpy()


def difference(found: np.ndarray, expected: np.ndarray) -> float:
    return float(np.abs(found - expected).max() / np.abs(expected).max())


def load_tests(
    loader: unittest.TestLoader, _tests: unittest.TestSuite, _pattern: str | None
) -> unittest.TestSuite:
    suite = unittest.TestSuite()
    for case in (BadFiles, SmallestFile, BlockedFiles, Programs, Numbers):
        suite.addTests(loader.loadTestsFromTestCase(case))
    for network in NETWORKS:
        case = type(network.name, (ConvertedNetwork,), {"network": network})
        suite.addTests(loader.loadTestsFromTestCase(case))
    return suite


if __name__ == "__main__":
    unittest.main()
