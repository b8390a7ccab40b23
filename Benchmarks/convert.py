"""Converting checkpoints: `gpunet-convert` against PyTorch with safetensors, as whole processes.

Three state dicts show how the cost grows: GPUNet-0, GPUNet-P1, and one of about a gigabyte in
GPUNet-P1's manner with wider layers.

    python convert.py [--record]

The tools are looked up on PATH; the Python that runs this must have torch and safetensors.
`--record` writes the table to `convert.md` beside this script.
"""

from __future__ import annotations

import argparse
import json
import shlex
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from measuring import Run, machine, markdown_table, run

ROOT = Path(__file__).resolve().parents[1]
CHECKPOINT = "in.pth"
CONFIGURATION = "in.json"

LOAD_AND_SAVE = """\
import sys, torch
from safetensors.torch import save_file
save_file(torch.load(sys.argv[1], weights_only=True), sys.argv[2])"""


@dataclass
class Contestant:
    """A command, the names of the files that it writes and reads, and its runs so far."""

    name: str
    command: list[str]
    output: str | None
    inputs: tuple[str, ...] = (CHECKPOINT, CONFIGURATION)
    runs: list[Run] = field(default_factory=list)

    def run(self, folder: Path) -> None:
        if self.output:
            (folder / self.output).unlink(missing_ok=True)
        names = (*self.inputs, self.output)
        in_folder = {name: str(folder / name) for name in names if name}
        result = run(*(in_folder.get(word, word) for word in self.command))
        if result.exit_code != 0:
            sys.exit(f"{self.name}: {result.stderr}")
        self.runs.append(result)

    @property
    def seconds(self) -> float:
        return statistics.median(run.seconds for run in self.runs)

    @property
    def peak_mebibytes(self) -> float:
        return statistics.median(run.peak_mebibytes for run in self.runs)

    def shown(self) -> str:
        words = ["python" if word == sys.executable else word for word in self.command]
        return shlex.join(words)


@dataclass(frozen=True)
class Subject:
    """A state dict to convert."""

    name: str
    runs: int
    configuration: list[dict[str, object]] | None = None

    def write(self, folder: Path) -> None:
        """Writes the checkpoint and, for a network that is not published, its configuration."""
        if self.configuration is None:
            (folder / CONFIGURATION).write_text("[]")
            arguments: list[str | Path] = [self.name]
        else:
            (folder / CONFIGURATION).write_text(json.dumps(self.configuration))
            arguments = [folder / CONFIGURATION]
        script = ROOT / "Tests" / "Peers" / "peer_networks.py"
        subprocess.run([sys.executable, script, *arguments, folder / CHECKPOINT], check=True)


def wide_configuration() -> list[dict[str, object]]:
    """GPUNet-P1's shape with deep layers of twice the width: 260 million parameters."""

    def block(i: int, o: int, kernel: int, stride: int, stage: int) -> dict[str, object]:
        return {
            "layer_type": "irb", "num_in_channels": i, "num_out_channels": o, "stride": stride,
            "expansion": 8, "kernel_size": kernel, "act": "relu", "use_se": False, "stage": stage,
        }  # fmt: skip

    wide = 1408
    return [
        {"layer_type": "data", "img_resolution": 224, "distill": False},
        {"layer_type": "head", "num_in_channels": 3, "num_out_channels": 32, "act": "relu"},
        block(32, 64, 3, 2, 1), block(64, 96, 5, 2, 2), block(96, 256, 5, 2, 3),
        block(256, wide, 5, 2, 4), *[block(wide, wide, 5, 1, 4) for _ in range(7)],
        {"layer_type": "tail", "num_in_channels": wide, "num_out_channels": 1984,
         "num_classes": 1000},
    ]  # fmt: skip


SUBJECTS = [
    Subject("GPUNet-0", runs=11),
    Subject("GPUNet-P1", runs=7),
    Subject("a gigabyte", runs=3, configuration=wide_configuration()),
]


def run_in_turn(contestants: list[Contestant], rounds: int, folder: Path) -> None:
    """Runs all of them in every round; a first round does not count."""
    for _ in range(1 + rounds):
        for contestant in contestants:
            contestant.run(folder)
    for contestant in contestants:
        del contestant.runs[0]


def contestants(subject: Subject) -> list[Contestant]:
    convert = ["gpunet-convert", CHECKPOINT, "out.gpw"]
    if subject.configuration is not None:
        convert += ["--arch", CONFIGURATION]
    load_and_save = [sys.executable, "-c", LOAD_AND_SAVE, CHECKPOINT, "out.safetensors"]
    importing = [sys.executable, "-c", "import torch, safetensors.torch"]
    return [
        Contestant("torch.load + save_file", load_and_save, "out.safetensors"),
        Contestant("gpunet-convert --no-verify", [*convert, "--no-verify"], "out.gpw"),
        Contestant("gpunet-convert", convert, "out.gpw"),
        Contestant("import torch, safetensors", importing, None),
    ]


def measure(subject: Subject) -> str:
    """Runs the contestants in turn and returns a section about them."""
    measured = contestants(subject)
    # On the file system of the build: a temporary folder may be in memory.
    with tempfile.TemporaryDirectory(dir=ROOT / ".build" / "peers") as temporary:
        folder = Path(temporary)
        subject.write(folder)
        checkpoint_bytes = (folder / CHECKPOINT).stat().st_size
        run_in_turn(measured, subject.runs, folder)
    python = measured[0]
    columns = [
        "process", "seconds", "fastest", "slowest", "peak MiB", "times", "memory", "ns per byte",
    ]  # fmt: skip
    rows = [
        [
            contestant.name,
            f"{contestant.seconds:.3f}",
            f"{min(run.seconds for run in contestant.runs):.3f}",
            f"{max(run.seconds for run in contestant.runs):.3f}",
            f"{contestant.peak_mebibytes:.0f}",
            f"{contestant.seconds / python.seconds:.3f}",
            f"{contestant.peak_mebibytes / python.peak_mebibytes:.3f}",
            f"{contestant.seconds / checkpoint_bytes * 1e9:.2f}",
        ]
        for contestant in measured
    ]
    return f"""\
## {subject.name}: {checkpoint_bytes / 2**20:.0f} MiB, {subject.runs} rounds

{markdown_table(columns, rows)}
"""


def report(sections: list[str]) -> str:
    versions = subprocess.check_output(
        [sys.executable, "-c", "import torch, safetensors as s;"
         "print(f'PyTorch {torch.__version__}, safetensors {s.__version__}')"],
        text=True,
    ).strip()  # fmt: skip
    commands = "\n".join(contestant.shown() for contestant in contestants(SUBJECTS[-1]))
    return f"""\
# Converting a checkpoint

Whole processes, the contestants in turn after a round that does not count; medians. *times* and
*memory* are parts of the first row. The checkpoints are bare state dicts in the page cache.

{"".join(sections)}`gpunet-convert` also folds the batch norms, takes the source's SHA-256 and waits until the disk has
the file; without `--no-verify` it also runs the source on four images, records its fingerprint, and
runs the written file on the same images. The last row is what Python needs before it has read
anything.

Machine: {machine()}. {versions}.

```
{commands}
```

A published network needs no `--arch`. Recorded by `Scripts/benchmark.sh --record`.
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    text = report([measure(subject) for subject in SUBJECTS])
    print(text, end="")
    if options.record:
        (ROOT / "Benchmarks" / "convert.md").write_text(text)


if __name__ == "__main__":
    main()
