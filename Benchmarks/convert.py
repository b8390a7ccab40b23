"""Converting GPUNet-0: `gpunet-convert` against PyTorch with safetensors, as whole processes.

    python convert.py [--record] [--runs N]

The tools are looked up on PATH; the Python that runs this must have torch and safetensors.
`--record` writes the table to `convert.md` beside this script.
"""

from __future__ import annotations

import argparse
import shlex
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from measuring import Run, machine, markdown_table, run

ROOT = Path(__file__).resolve().parents[1]
CHECKPOINT = "gpunet0.pth"

LOAD_AND_SAVE = """\
import sys, torch
from safetensors.torch import save_file
save_file(torch.load(sys.argv[1], weights_only=True), sys.argv[2])"""


@dataclass
class Contestant:
    """A command, the name of the file that it writes, and its runs so far."""

    name: str
    command: list[str]
    output: str | None
    runs: list[Run] = field(default_factory=list)

    def run(self, folder: Path) -> None:
        if self.output:
            (folder / self.output).unlink(missing_ok=True)
        in_folder = {name: str(folder / name) for name in (CHECKPOINT, self.output) if name}
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


def contestants() -> list[Contestant]:
    convert = ["gpunet-convert", CHECKPOINT, "out.gpw"]
    load_and_save = [sys.executable, "-c", LOAD_AND_SAVE, CHECKPOINT, "out.safetensors"]
    importing = [sys.executable, "-c", "import torch, safetensors.torch"]
    return [
        Contestant("torch.load + save_file", load_and_save, "out.safetensors"),
        Contestant("gpunet-convert --no-verify", [*convert, "--no-verify"], "out.gpw"),
        Contestant("gpunet-convert", convert, "out.gpw"),
        Contestant("import torch, safetensors", importing, None),
    ]


def report(measured: list[Contestant], runs: int, checkpoint_bytes: int) -> str:
    python = measured[0]
    columns = ["process", "seconds", "fastest", "slowest", "peak MiB", "times", "memory"]
    rows = [
        [
            contestant.name,
            f"{contestant.seconds:.3f}",
            f"{min(run.seconds for run in contestant.runs):.3f}",
            f"{max(run.seconds for run in contestant.runs):.3f}",
            f"{contestant.peak_mebibytes:.0f}",
            f"{contestant.seconds / python.seconds:.3f}",
            f"{contestant.peak_mebibytes / python.peak_mebibytes:.3f}",
        ]
        for contestant in measured
    ]
    versions = subprocess.check_output(
        [sys.executable, "-c", "import torch, safetensors as s;"
         "print(f'PyTorch {torch.__version__}, safetensors {s.__version__}')"],
        text=True,
    ).strip()  # fmt: skip
    commands = "\n".join(contestant.shown() for contestant in measured)
    return f"""\
# Converting GPUNet-0

Whole processes, the contestants in turn, {runs} rounds after one that does not count; medians.
*times* and *memory* are parts of the first row. The checkpoint is a bare state dict of
{checkpoint_bytes / 2**20:.0f} MiB, in the page cache.

{markdown_table(columns, rows)}
`gpunet-convert` also folds the batch norms, takes the source's SHA-256, waits until the disk has the
file and reads it back; without `--no-verify` it runs both sides on four images. The last row is
what Python needs before it has read anything.

Machine: {machine()}. {versions}.

```
{commands}
```

Recorded by `Scripts/benchmark.sh --record`.
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--runs", type=int, default=11)
    options = parser.parse_args()
    measured = contestants()
    # On the file system of the build: a temporary folder may be in memory.
    with tempfile.TemporaryDirectory(dir=ROOT / ".build" / "peers") as temporary:
        folder = Path(temporary)
        checkpoint = folder / CHECKPOINT
        script = ROOT / "Tests" / "Peers" / "peer_networks.py"
        subprocess.run([sys.executable, script, "GPUNet-0", checkpoint], check=True)
        for _ in range(1 + options.runs):
            for contestant in measured:
                contestant.run(folder)
        for contestant in measured:
            del contestant.runs[0]
        text = report(measured, options.runs, checkpoint.stat().st_size)
    print(text, end="")
    if options.record:
        (ROOT / "Benchmarks" / "convert.md").write_text(text)


if __name__ == "__main__":
    main()
