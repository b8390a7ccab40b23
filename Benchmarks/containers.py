"""From container to container: `gpunet-convert` against the containers' own software, whole processes.

    python containers.py [--record]

The tools are looked up on PATH; the Python that runs this must have torch, safetensors and h5py.
`--record` writes the tables to `containers.md` beside this script. Exits 1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from convert import CHECKPOINT, Contestant, run_in_turn
from measuring import machine, markdown_table

ROOT = Path(__file__).resolve().parents[1]
SAFETENSORS, HDF5 = "in.safetensors", "in.h5"

PREPARE = """\
import sys, h5py, torch
from safetensors.torch import save_file
state = torch.load(sys.argv[1], weights_only=True)
save_file(state, sys.argv[2])
with h5py.File(sys.argv[3], "w") as file:
    for name, tensor in state.items():
        options = {"compression": "gzip", "compression_opts": 4} if tensor.dim() else {}
        file.create_dataset(name.replace(".", "/"), data=tensor.numpy(), **options)"""

WITH_TORCH = """\
import sys
from safetensors.torch import load_file, save_file
save_file(load_file(sys.argv[1]), sys.argv[2])"""

WITH_NUMPY = """\
import sys
from safetensors.numpy import load_file, save_file
save_file(load_file(sys.argv[1]), sys.argv[2])"""

FROM_CHECKPOINT = """\
import sys, torch
from safetensors.torch import save_file
save_file(torch.load(sys.argv[1], weights_only=True), sys.argv[2])"""

FROM_HDF5 = """\
import sys, h5py, numpy
arrays = {}
def visit(name, item):
    if isinstance(item, h5py.Dataset):
        arrays[name.replace("/", ".")] = item[()]
h5py.File(sys.argv[1], "r").visititems(visit)
numpy.savez(sys.argv[2], **arrays)"""

MEMORY_BAR = 0.3


@dataclass(frozen=True)
class Peer:
    """What Python does in place of it, and how much of its time the tool may take."""

    name: str
    program: str
    output: str
    time_bar: float


@dataclass(frozen=True)
class Way:
    """A conversion, and the peers that it is measured beside."""

    title: str
    source: str
    output: str
    options: tuple[str, ...]
    peers: tuple[Peer, ...]


WAYS = (
    Way(
        ".safetensors to .gpw",
        SAFETENSORS,
        "out.gpw",
        ("--no-verify",),
        (
            Peer("safetensors.torch, load_file + save_file", WITH_TORCH, "out.safetensors", 0.1),
            Peer("safetensors.numpy, load_file + save_file", WITH_NUMPY, "out.safetensors", 1.0),
        ),
    ),
    Way(
        ".pth to .safetensors",
        CHECKPOINT,
        "out.safetensors",
        (),
        (Peer("torch.load + save_file", FROM_CHECKPOINT, "python.safetensors", 0.1),),
    ),
    Way(
        ".h5 (gzip 4) to .gpw",
        HDF5,
        "out.gpw",
        ("--no-verify",),
        (Peer("h5py + numpy.savez", FROM_HDF5, "out.npz", 0.6),),
    ),
)


def measure(way: Way, rounds: int, folder: Path) -> tuple[str, bool]:
    """The table of a way, and whether every bar is kept."""
    inputs = (way.source,)
    tool = ["gpunet-convert", way.source, way.output, *way.options]
    own = Contestant(" ".join(["gpunet-convert", *way.options]), tool, way.output, inputs)
    peers = [
        Contestant(
            peer.name, [sys.executable, "-c", peer.program, way.source, peer.output], peer.output,
            inputs,
        )
        for peer in way.peers
    ]
    run_in_turn([own, *peers], rounds, folder)
    rows = [[own.name, f"{own.seconds:.3f}", f"{own.peak_mebibytes:.0f}", "", "", "", ""]]
    kept = True
    for bar, peer in zip(way.peers, peers, strict=True):
        time, memory = own.seconds / peer.seconds, own.peak_mebibytes / peer.peak_mebibytes
        kept = kept and time <= bar.time_bar and memory <= MEMORY_BAR
        rows.append(
            [
                peer.name,
                f"{peer.seconds:.3f}",
                f"{peer.peak_mebibytes:.0f}",
                f"{time:.3f}",
                f"{bar.time_bar}",
                f"{memory:.3f}",
                f"{MEMORY_BAR}",
            ]
        )
    columns = ["process", "seconds", "peak MiB", "time to it", "bar", "memory to it", "bar"]
    return f"## {way.title}\n\n{markdown_table(columns, rows)}", kept


def programs() -> str:
    lines = []
    for way in WAYS:
        lines += [f"python -c {shlex.quote(peer.program)} {way.source} {peer.output}" for peer in way.peers]
        lines.append(f"gpunet-convert {way.source} {way.output} {' '.join(way.options)}".rstrip())
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--rounds", type=int, default=11)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        networks = ROOT / "Tests" / "Peers" / "peer_networks.py"
        subprocess.run([sys.executable, networks, "GPUNet-0", folder / CHECKPOINT], check=True)
        files = [folder / file for file in (CHECKPOINT, SAFETENSORS, HDF5)]
        subprocess.run([sys.executable, "-c", PREPARE, *files], check=True)
        results = [measure(way, options.rounds, folder) for way in WAYS]
    tables = "\n".join(table for table, _ in results)
    text = f"""\
# From container to container

GPUNet-0, whole processes, the contestants in turn after a round that does not count; medians of
{options.rounds} rounds. *time to it* and *memory to it* are the tool's parts of what the peer takes.
The files are in the page cache. The peak is that of the largest process; for `.h5` the tool has a
second one, which reads the file.

{tables}
`gpunet-convert` also recognises the network, folds its norms into the `.gpw` file, takes the source's
SHA-256, reads the file back and waits until the disk has it; from `.pth` to `.safetensors` it compares
every tensor that it wrote with its source, bit for bit.

Machine: {machine()}. PyTorch {version("torch")}, safetensors {version("safetensors")}, h5py
{version("h5py")}, NumPy {version("numpy")}.

```
{programs()}
```

Recorded by `Scripts/benchmark.sh --record`.
"""
    print(text)
    if options.record:
        (ROOT / "Benchmarks" / "containers.md").write_text(text)
    if not all(kept for _, kept in results):
        sys.exit(1)


if __name__ == "__main__":
    main()
