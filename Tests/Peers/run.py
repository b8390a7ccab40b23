"""Runs the comparisons with PyTorch and prints what they measured.

    python run.py [--record] [--results FILE] [-k PART] [--without PART]

The tools are looked up on PATH. `--record` writes the tables to `Benchmarks/peers.md`; the closing
line goes to FILE too. `-k` runs the tests with PART in their name, `-k GPUNet-0` say, and
`--without` leaves some out.
"""

from __future__ import annotations

import argparse
import sys
import unittest
from collections.abc import Iterator
from pathlib import Path

import torch

import test_containers
import test_deployed
import test_families
import test_full_size
import test_onnx
import test_trainers
from measuring import machine, markdown_table
from peer_networks import BRANCH_SCALE, ROOT
from test_containers import TARGETS, Pair
from test_deployed import WAYS, Found
from test_families import EXPORTERS, FamilyAnswers, FamilyGraphs
from test_full_size import Answers, Conversions, RuntimeAnswers
from test_onnx import Lifted, Written
from test_trainers import Choices


def answers_table(rows: list[Answers]) -> str:
    columns = ["network", "size", "64-bit executor", "f32 file, output", "f32 file, worst layer"]
    return markdown_table(
        [*columns, "seconds", "peak MiB"],
        [
            [
                row.name,
                str(row.resolution),
                f"{max(row.double.output, row.double.worst):.1e}",
                f"{row.single.output:.1e}",
                f"{row.single.worst:.1e}",
                f"{row.seconds:.1f}",
                f"{row.peak_mebibytes:.0f}",
            ]
            for row in rows
        ],
    )


def conversions_table(rows: list[Conversions]) -> str:
    columns = ["network", "checkpoint MiB", "file MiB", "verified, seconds", "peak MiB"]
    return markdown_table(
        [*columns, "not verified, seconds", "peak MiB"],
        [
            [
                row.name,
                f"{row.checkpoint_bytes / 2**20:.0f}",
                f"{row.file_bytes / 2**20:.0f}",
                f"{row.verified.seconds:.2f}",
                f"{row.verified.peak_mebibytes:.0f}",
                f"{row.unverified.seconds:.2f}",
                f"{row.unverified.peak_mebibytes:.0f}",
            ]
            for row in rows
        ],
    )


def runtime_table(rows: list[RuntimeAnswers]) -> str:
    columns = ["network", "size", "chosen kernels", "without Winograd", "AVX2 or portable"]
    return markdown_table(
        columns,
        [
            [
                row.name,
                str(row.resolution),
                *(f"{value:.1e}" for value in (row.winograd, row.direct, row.second)),
            ]
            for row in rows
        ],
    )


def lifted_table(rows: list[Lifted]) -> str:
    columns = ["network", "exporter", "difference", "seconds", "peak MiB"]
    return markdown_table(
        columns,
        [
            [
                row.name,
                row.exporter,
                f"{row.difference:.1e}",
                f"{row.conversion.seconds:.2f}",
                f"{row.conversion.peak_mebibytes:.0f}",
            ]
            for row in rows
        ],
    )


def written_table(rows: list[Written]) -> str:
    columns = ["network", "ONNX Runtime", "OpenVINO"]
    return markdown_table(
        columns, [[row.name, f"{row.onnx_runtime:.1e}", f"{row.openvino:.1e}"] for row in rows]
    )


def choices_table(rows: list[Choices]) -> str:
    columns = ["trainer", "average", "average taken", "trained taken", "no average"]
    return markdown_table(
        columns,
        [[row.name, row.average, *map(row.of, ("average", "trained", "alone"))] for row in rows],
    )


def deployed_table(rows: list[Found]) -> str:
    return markdown_table(
        ["around the network", *WAYS], [[row.name, *map(row.of, WAYS)] for row in rows]
    )


def families_table(rows: list[FamilyAnswers]) -> str:
    columns = ["network", "own size", "64-bit executor", "f32 file"]
    return markdown_table(
        [*columns, "another size", "64-bit executor", "f32 file"],
        [
            [
                row.name,
                *(
                    cell
                    for side, source, written in zip(
                        row.sides, row.source, row.written, strict=True
                    )
                    for cell in (str(side), f"{source:.1e}", f"{written:.1e}")
                ),
            ]
            for row in rows
        ],
    )


def family_graphs_table(rows: list[FamilyGraphs]) -> str:
    return markdown_table(
        ["network", *EXPORTERS, "ONNX Runtime", "OpenVINO"],
        [
            [
                row.name,
                *(f"{row.exported.get(name, float('nan')):.1e}" for name in EXPORTERS),
                f"{row.onnx_runtime:.1e}",
                f"{row.openvino:.1e}",
            ]
            for row in rows
        ],
    )


def pairs_table(rows: list[Pair]) -> str:
    sources = list(dict.fromkeys(row.source for row in rows))
    targets = [f".{ending}" for ending in TARGETS]

    def networks(source: str, target: str) -> str:
        found = [r.network for r in rows if (r.source, r.target) == (source, target)]
        return ", ".join(name.removeprefix("GPUNet-") for name in found)

    return markdown_table(
        ["from", *targets],
        [[source, *(networks(source, target) for target in targets)] for source in sources],
    )


def tables() -> str:
    return f"""\
# The seven networks against PyTorch

`make test-peers` converts every published network at full size, with generated weights, and
compares with what PyTorch {torch.__version__} answers to one image. Differences are the largest
absolute difference over the largest absolute value that PyTorch gave.

- *64-bit executor*: the checkpoint, batch norms not folded, against PyTorch in double precision;
  the worst of all layers and the output. Bar: 1e-10.
- *f32 file*: the written file, batch norms folded, against PyTorch in 32 bits, whose own rounding
  is most of it. Bars: 1e-5 at the output, 3e-5 at every layer.
- *seconds*, *peak MiB*: one process that converts and compares both sides with the recording.

The last batch norm of every residual branch is scaled by {BRANCH_SCALE}, as training leaves it.
Without that, PyTorch's own 32-bit arithmetic strays from its double precision by up to 1.2e-4 inside
D2 and 1.1e-5 at D2's output, so that no converter could keep the 32-bit bars; the 64-bit bar does
not depend on it.

Machine: {machine()}.

{answers_table(test_full_size.answers)}
What the runtime (`gpunet-bench`, two images) answers, against PyTorch in double precision, at the
output. Bars: 3e-5, without Winograd's algorithm 1e-5.

{runtime_table(test_full_size.runtime_answers)}
A conversion with default options, which verifies the written file against its source on four
images, and one with `--no-verify`:

{conversions_table(test_full_size.conversions)}
ONNX files of both of PyTorch's exporters, converted with default options, which executes the graph
node by node beside the layers found in it. *difference*: the written file against what PyTorch
answers to one image in 32 bits. Bar: 1e-5.

{lifted_table(test_onnx.lifted)}
The same networks written as ONNX, as other engines run them, against PyTorch in 32 bits. Bar: 1e-5.

{written_table(test_onnx.written)}
Checkpoints of a small network as twelve trainers lay them out, with names as they are, with a
wrapper's word in front and with one inside, three files each: how many gave the right weights,
told by PyTorch's answers, and said why. *average*: where it is; it is taken unless the trained
weights are asked for. A list of parameters is none that can be taken: the trained weights are.

{choices_table(test_trainers.choices)}
From every container to every other at full size: the networks whose tensors arrived bit for bit
under their names, as the target's own software reads them. Of a graph, ONNX Runtime's answers are
compared with PyTorch's; from a graph and from a folded file come the weights and biases of its
convolutions.

{pairs_table(test_containers.pairs)}
Networks that other libraries publish, with generated weights, against these libraries in double
precision, at the output. Bars: 1e-10 and 1e-5.

{families_table(test_families.answers)}
Some of them as graphs: exported by both exporters and converted, and written as ONNX and run by
other engines, against the library in 32 bits. Bar: 1e-5.

{family_graphs_table(test_families.graphs)}
A small network with what people put around it, exported by both of PyTorch's exporters for stated
batches and open ones: whether the graph gave the network's own answers, and mean, std, order and cuts
were told right.

{deployed_table(test_deployed.found)}"""


def tests(suite: unittest.TestSuite) -> Iterator[unittest.TestCase]:
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from tests(test)
        else:
            yield test


def run(part: str, without: str | None) -> unittest.TestResult:
    loader = unittest.TestLoader()
    loader.testNamePatterns = [f"*{part}*"]
    suite = loader.discover(str(Path(__file__).parent))
    if without:
        suite = unittest.TestSuite(test for test in tests(suite) if without not in test.id())
    return unittest.TextTestRunner(sys.stdout, verbosity=2).run(suite)


def closing_line(result: unittest.TestResult) -> str:
    """How many tests passed and failed.

    A test fails once, however many of its parts do; a network that cannot be set up is a failure
    too, but none of the tests that were run.
    """
    failed = {getattr(test, "test_case", test) for test, _ in result.failures + result.errors}
    failed_tests = [test for test in failed if isinstance(test, unittest.TestCase)]
    passed = result.testsRun - len(failed_tests) - len(result.skipped)
    return f"{passed} passed, {len(failed)} failed, {len(result.skipped)} skipped"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--results", type=Path)
    parser.add_argument("-k", dest="part", default="")
    parser.add_argument("--without", metavar="PART")
    options = parser.parse_args()
    result = run(options.part, options.without)
    measured = tables()
    print(f"\n{measured}")
    if options.record:
        (ROOT / "Benchmarks" / "peers.md").write_text(measured)
    line = closing_line(result)
    print(line)
    if options.results:
        options.results.write_text(f"{line}\n")
    sys.exit(not result.wasSuccessful())


if __name__ == "__main__":
    main()
