"""Converting ONNX files: `gpunet-convert` against itself with a checkpoint and against onnxsim.

    python convert_onnx.py [--record]

The tools are looked up on PATH; the Python that runs this must have torch, onnx and onnxsim.
`--record` writes the tables to `onnx.md` beside this script. Exits 1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from convert import CHECKPOINT, Contestant, run_in_turn
from measuring import machine, markdown_table

ROOT = Path(__file__).resolve().parents[1]
GRAPH = "in.onnx"
VARIANT = "tracing-opset10"

LOAD_AND_SIMPLIFY = """\
import sys, onnx, onnxsim
onnxsim.simplify(onnx.load(sys.argv[1]), check_n=1)"""

TO_CHECKPOINT, TO_FILE, TO_ONNXSIM = 2.0, 3.0, 1.0
"""The bars: time to that for the checkpoint, memory to the file, time to onnxsim's."""


@dataclass(frozen=True)
class Bar:
    """What is measured, how large it may be and how large it is."""

    name: str
    limit: float
    found: float

    @property
    def is_kept(self) -> bool:
        return self.found <= self.limit


@dataclass(frozen=True)
class Result:
    text: str
    bars: list[Bar]


def contestants() -> list[Contestant]:
    convert = ["gpunet-convert", GRAPH, "out.gpw"]
    plain = ["gpunet-convert", CHECKPOINT, "out.gpw", "--no-verify"]
    simplify = [sys.executable, "-c", LOAD_AND_SIMPLIFY, GRAPH]
    files = (CHECKPOINT, GRAPH)
    return [
        Contestant("checkpoint, --no-verify", plain, "out.gpw", files),
        Contestant("ONNX, --no-verify", [*convert, "--no-verify"], "out.gpw", files),
        Contestant("ONNX", convert, "out.gpw", files),
        Contestant("onnx.load + onnxsim", simplify, None, files),
    ]


def measure(name: str, rounds: int) -> Result:
    measured = contestants()
    # On the file system of the build: a temporary folder may be in memory.
    with tempfile.TemporaryDirectory(dir=ROOT / ".build" / "peers") as temporary:
        folder = Path(temporary)
        script = ROOT / "Tests" / "Peers" / "onnx_exports.py"
        subprocess.run([sys.executable, script, folder, name, VARIANT], check=True)
        (folder / f"{name}.pth").rename(folder / CHECKPOINT)
        (folder / f"{name}.{VARIANT}.onnx").rename(folder / GRAPH)
        byte_count = (folder / GRAPH).stat().st_size
        run_in_turn(measured, rounds, folder)
    columns = ["process", "seconds", "fastest", "slowest", "peak MiB", "memory to file"]
    mebibytes = byte_count / 2**20
    rows = [
        [
            contestant.name,
            f"{contestant.seconds:.3f}",
            f"{min(run.seconds for run in contestant.runs):.3f}",
            f"{max(run.seconds for run in contestant.runs):.3f}",
            f"{contestant.peak_mebibytes:.0f}",
            f"{contestant.peak_mebibytes / mebibytes:.2f}",
        ]
        for contestant in measured
    ]
    checkpoint, unverified, verified, onnxsim = measured
    bars = [
        Bar("ONNX to checkpoint, time", TO_CHECKPOINT, unverified.seconds / checkpoint.seconds),
        Bar("ONNX to file, memory", TO_FILE, unverified.peak_mebibytes / mebibytes),
        Bar("verified ONNX to onnxsim, time", TO_ONNXSIM, verified.seconds / onnxsim.seconds),
    ]
    limits = [[bar.name, f"{bar.found:.2f}", f"{bar.limit:.0f}"] for bar in bars]
    text = f"""\
## {name}: {mebibytes:.0f} MiB, {rounds} rounds

{markdown_table(columns, rows)}
{markdown_table(["ratio", "measured", "at most"], limits)}
"""
    return Result(text, bars)


def report(results: list[Result]) -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in ("torch", "onnx", "onnxsim"))
    commands = "\n".join(contestant.shown() for contestant in contestants())
    sections = "".join(result.text for result in results)
    return f"""\
# Converting an ONNX file

Whole processes, the contestants in turn after a round that does not count; medians. The files are
those of PyTorch's tracing exporter, opset 10, batch norms folded, and the bare state dicts of the
same networks, all in the page cache.

{sections}`gpunet-convert` without `--no-verify` executes the graph node by node, and the
network that it made of it, on four images; onnxsim compares what ONNX Runtime answers to one.

Machine: {machine()}. {versions}.

```
{commands}
```

Recorded by `Scripts/benchmark.sh --record`.
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    results = [measure("GPUNet-0", rounds=11), measure("GPUNet-P1", rounds=7)]
    text = report(results)
    print(text, end="")
    if options.record:
        (ROOT / "Benchmarks" / "onnx.md").write_text(text)
    sys.exit(not all(bar.is_kept for result in results for bar in result.bars))


if __name__ == "__main__":
    main()
