"""The runtime against other engines from the Python package index, on the seven networks.

    python peers.py [--record] [--networks NAME…] [--rounds N] [--quick]

The tools are looked up on PATH; the Python that runs this must have the engines of
`Scripts/runtime-python-packages.txt`. `--quick` makes few and short turns, to try things out.
`--record` writes the tables to `runtime.md` beside this script.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np

import engines
from engines import ENGINES, Unavailable
from measuring import Run, machine, markdown_table, run

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Tests" / "Peers"))

from peer_networks import NETWORKS, PeerNetwork, data_folder  # noqa: E402

OURS = "gpunet"
TIMED = ("onnxruntime", "openvino", "ncnn", "torch-compiled")
STARTED = ("onnxruntime", "onnxruntime-exported", "openvino", "ncnn", "torch")
BATCH = 8
RESOLUTIONS = (224, 320, 384, 456, 528)
BATCHES = (1, 8, 32)

Key = TypeVar("Key")

KEEP_MEMORY = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(2**40)}
"""Has glibc keep the memory of large tensors for the next run, which is faster for PyTorch."""

FRESH_PROCESS = 8
"""More runs that do not count where a process is new in every turn: the others' are warm."""

WRONG = 1e-3
"""A relative difference from the right answer that 32-bit arithmetic does not make."""


@dataclass(frozen=True)
class Effort:
    """How many rounds count, and about how long a turn is."""

    rounds: int
    seconds: float


class Contestant(Protocol):
    def turn(self, runs: int) -> float:
        """The median seconds of `runs` answers, after some that do not count."""


@dataclass
class Tool:
    """`gpunet-bench`, a process a turn; it ends with its turn, so nothing of it disturbs others."""

    model: Path
    threads: int
    batch: int
    resolution: int
    peak_fractions: list[float] = field(default_factory=list)

    def turn(self, runs: int) -> float:
        options = {
            "threads": self.threads, "batch": self.batch, "resolution": self.resolution,
            "runs": runs, "warmup": engines.WARM_UP + FRESH_PROCESS,
        }  # fmt: skip
        words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        facts = json.loads(succeed("gpunet-bench", self.model, *words, "--json").stdout)
        if facts.get("peakFraction") is not None:
            self.peak_fractions.append(facts["peakFraction"])
        return float(facts["medianMilliseconds"]) / 1e3


class Worker:
    """Another engine in a process of its own, which sleeps between its turns."""

    def __init__(self, key: str, network: PeerNetwork, threads: int, batch: int) -> None:
        self.name = ENGINES[key].name
        self._log = made(key, network, batch) / "worker.log"
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                worker_command(key, network, threads, batch),
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
                env={**os.environ, **KEEP_MEMORY},
            )  # fmt: skip
        self.answer = np.array(self._reply())
        relative_difference(self.name, self.answer, network)

    def turn(self, runs: int) -> float:
        assert self._process.stdin
        print(runs, file=self._process.stdin, flush=True)
        return statistics.median(self._reply())

    def close(self) -> None:
        self._process.communicate()

    def _reply(self) -> list[float]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            last = self._log.read_text().strip().rpartition("\n")[2]
            sys.exit(f"{self.name} ended early: {last}")
        return list(json.loads(line))


# What the contestants need


@cache
def engines_folder() -> Path:
    """The folder for what is made for the engines as they are now; removes all others."""
    sources = [Path(engines.__file__), ROOT / "Scripts" / "runtime-python-packages.txt"]
    digest = sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()
    folder = data_folder() / "engines" / digest[:16]
    folder.mkdir(parents=True, exist_ok=True)
    for other in folder.parent.iterdir():
        if other != folder:
            shutil.rmtree(other)
    return folder


def network_folder(network: PeerNetwork) -> Path:
    folder = engines_folder() / network.name
    folder.mkdir(exist_ok=True)
    return folder


def made(key: str, network: PeerNetwork, batch: int) -> Path:
    """What an engine made of a network."""
    engine = ENGINES[key]
    name = f"{key}-{batch}" if engine.fixed_batch else key
    folder = network_folder(network) / name
    if not folder.exists():
        progress(f"{network.name}: files for {engine.name}")
        unfinished = folder.with_name(f"unfinished-{name}")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        engine.make(network, batch, unfinished)
        unfinished.rename(folder)
    return folder


def recording(network: PeerNetwork, name: str) -> np.ndarray[Any, Any]:
    """`input`, the image that everyone answers, or PyTorch's `output` in double precision."""
    with np.load(network.recording(network.resolution, True, layers=False)) as arrays:
        return np.asarray(arrays[name])


@cache
def image(network: PeerNetwork) -> Path:
    """The file of the image that everyone answers: N×3×H×W with N = 1."""
    path = network_folder(network) / "image.npy"
    np.save(path, recording(network, "input"))
    return path


@cache
def model(network: PeerNetwork) -> Path:
    """The `.gpw` file, made anew in every run."""
    path = network_folder(network) / "model.gpw"
    path.unlink(missing_ok=True)
    succeed("gpunet-convert", network.checkpoint, path, "--no-verify", *network.options)
    return path


def missing_engines(networks: Sequence[PeerNetwork]) -> dict[str, str]:
    """Makes all files; the engines that cannot take part here, and sentences that say why."""
    missing = {}
    for key, engine in ENGINES.items():
        try:
            for network in networks if key in TIMED else networks[:1]:
                made(key, network, 1)
                made(key, network, BATCH)
        except Unavailable as reason:
            missing[key] = f"{engine.name} is left out: {reason}."
            progress(missing[key])
    return missing


def worker_command(key: str, network: PeerNetwork, threads: int, batch: int) -> list[str]:
    words = [key, made(key, network, batch), image(network), threads, batch]
    return [sys.executable, engines.__file__, *map(str, words)]


def succeed(*command: str | Path) -> Run:
    result = run(*command)
    if result.exit_code != 0:
        sys.exit(f"{command[0]} exited {result.exit_code}: {result.stderr.strip()}")
    return result


def plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


# Measuring


@dataclass(frozen=True)
class Measurement:
    """Milliseconds an image, by contestant: the median of each round."""

    network: PeerNetwork
    milliseconds: Mapping[str, list[float]]
    peak_fraction: float | None

    def median(self, name: str) -> float:
        return statistics.median(self.milliseconds[name])

    @property
    def ratio(self) -> float:
        """Ours to the fastest peer."""
        return self.median(OURS) / min(map(self.median, self.peers))

    @property
    def ratios(self) -> list[float]:
        """The same, round by round."""
        peers = zip(*(self.milliseconds[name] for name in self.peers))
        return [ours / min(others) for ours, others in zip(self.milliseconds[OURS], peers)]

    @property
    def peers(self) -> list[str]:
        return [name for name in self.milliseconds if name != OURS]


def take_turns(contestants: Mapping[Key, Contestant], effort: Effort) -> dict[Key, list[float]]:
    """Each round's seconds: the contestants in turn, after a round that sets the turns' lengths."""
    runs = {
        key: max(3, min(100, round(effort.seconds / contestant.turn(1))))
        for key, contestant in contestants.items()
    }
    seconds: dict[Key, list[float]] = {key: [] for key in contestants}
    for _ in range(effort.rounds):
        for key, contestant in contestants.items():
            seconds[key].append(contestant.turn(runs[key]))
    return seconds


def compare(
    network: PeerNetwork, keys: Sequence[str], threads: int, batch: int, effort: Effort
) -> Measurement:
    tool = Tool(model(network), threads, batch, network.resolution)
    with contextlib.ExitStack() as stack:
        contestants: dict[str, Contestant] = {OURS: tool}
        for key in keys:
            worker = Worker(key, network, threads, batch)
            stack.callback(worker.close)
            contestants[worker.name] = worker
        seconds = take_turns(contestants, effort)
    measured = Measurement(
        network,
        {name: [value / batch * 1e3 for value in values] for name, values in seconds.items()},
        statistics.median(tool.peak_fractions) if tool.peak_fractions else None,
    )
    setting = f"{network.name}, batch {batch}, {plural(threads, 'thread')}"
    times = ", ".join(f"{name} {measured.median(name):.2f}" for name in measured.milliseconds)
    progress(f"{setting}: {times} ms an image; to fastest peer {measured.ratio:.3f}")
    return measured


def relative_difference(name: str, answer: np.ndarray[Any, Any], network: PeerNetwork) -> float:
    """The largest absolute difference from PyTorch's double precision over its largest value."""
    right = recording(network, "output").reshape(answer.shape)
    difference = float(np.abs(answer - right).max() / np.abs(right).max())
    if not difference < WRONG:
        sys.exit(f"{name} answers {network.name} wrongly, by {difference:.1e}")
    return difference


def our_answer(network: PeerNetwork, *options: str) -> np.ndarray[Any, Any]:
    path = network_folder(network) / "answer.npy"
    path.unlink(missing_ok=True)
    files = ("--input", image(network), "--output", path)
    succeed("gpunet-bench", model(network), "--threads", "2", *files, *options)
    return np.asarray(np.load(path))


# Tables


def comparison(title: str, measurements: Sequence[Measurement]) -> str:
    names = list(measurements[0].milliseconds)
    rows = [
        [
            measured.network.name,
            str(measured.network.resolution),
            *(f"{measured.median(name):.2f}" for name in names),
            f"{measured.ratio:.3f}",
            f"{min(measured.ratios):.3f} to {max(measured.ratios):.3f}",
            f"{measured.peak_fraction:.0%}" if measured.peak_fraction else "",
        ]
        for measured in measurements
    ]
    mean = statistics.geometric_mean(measured.ratio for measured in measurements)
    columns = ["network", "px", *names, "to fastest peer", "round by round", "of peak"]
    return f"""\
## {title}

{markdown_table(columns, rows)}
Geometric mean of the ratios to the fastest peer: {mean:.3f}.

"""


def threads_section(single: Sequence[Measurement], double: Sequence[Measurement]) -> str:
    names = list(single[0].milliseconds)
    rows = [
        [one.network.name, *(f"{one.median(name) / two.median(name):.2f}" for name in names)]
        for one, two in zip(single, double)
    ]
    return f"""\
## Two threads against one, batch 1

Times as fast.

{markdown_table(["network", *names], rows)}
"""


def start_section(network: PeerNetwork, keys: Sequence[str], rounds: int) -> str:
    """Whole processes from their start to the end after one answer."""
    once = ["--threads", "2", "--runs", "1", "--warmup", "0"]
    commands = {OURS: ["gpunet-bench", str(model(network)), *once]}
    for key in keys:
        commands[ENGINES[key].name] = worker_command(key, network, 2, 1)
    peers = [ENGINES[key].name for key in keys]
    commands["Python and NumPy alone"] = [sys.executable, "-c", "import numpy"]
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    progress(f"{network.name}: whole processes")
    for _ in range(1 + rounds):
        for name, command in commands.items():
            runs[name].append(succeed(*command))
    seconds = {name: [result.seconds for result in runs[name][1:]] for name in runs}
    memory = {
        name: statistics.median(result.peak_mebibytes for result in runs[name][1:]) for name in runs
    }
    fastest = min(statistics.median(seconds[name]) for name in peers)
    leanest = min(memory[name] for name in peers)
    rows = [
        [
            name,
            f"{statistics.median(seconds[name]):.3f}",
            f"{min(seconds[name]):.3f}",
            f"{max(seconds[name]):.3f}",
            f"{memory[name]:.0f}",
            f"{statistics.median(seconds[name]) / fastest:.3f}",
            f"{memory[name] / leanest:.3f}",
        ]
        for name in commands
    ]
    columns = ["process", "seconds", "fastest", "slowest", "peak MiB"]
    columns += ["to fastest peer", "to leanest peer"]
    return f"""\
## From start to first answer: {network.name}, batch 1, 2 threads

Whole processes, files in the page cache. PyTorch does not compile here. The peers run in Python;
the last row is what that takes before an engine is imported.

{markdown_table(columns, rows)}
"""


def scaling_section(network: PeerNetwork, effort: Effort) -> str:
    """How the cost of ours grows with the image and with the batch."""
    progress(f"{network.name}: other sizes and batches")
    own = network.resolution
    by_size = {px: Tool(model(network), 2, 1, px) for px in RESOLUTIONS}
    by_batch = {batch: Tool(model(network), 2, batch, own) for batch in BATCHES}
    sizes = medians(take_turns(by_size, effort), lambda px: px**2)
    batches = medians(take_turns(by_batch, effort), lambda batch: batch)
    first_size, first_batch = sizes[RESOLUTIONS[0]], batches[BATCHES[0]]
    size_rows = [
        [str(px), f"{value * px**2 * 1e3:.2f}", f"{value * 1e9:.1f}", f"{value / first_size:.3f}"]
        for px, value in sizes.items()
    ]
    batch_rows = [
        [str(batch), f"{value * 1e3:.2f}", f"{value / first_batch:.3f}"]
        for batch, value in batches.items()
    ]
    size_columns = ["px", "milliseconds", "ns a pixel", f"to {RESOLUTIONS[0]} px"]
    return f"""\
## Image size and batch: {network.name}, {OURS}, 2 threads

{markdown_table(size_columns, size_rows)}
At {own} px:

{markdown_table(["batch", "milliseconds an image", f"to batch {BATCHES[0]}"], batch_rows)}
"""


def medians(seconds: dict[int, list[float]], share: Callable[[int], int]) -> dict[int, float]:
    return {key: statistics.median(values) / share(key) for key, values in seconds.items()}


def accuracy_section(networks: Sequence[PeerNetwork], keys: Sequence[str]) -> str:
    rows = []
    for network in networks:
        progress(f"{network.name}: accuracy")
        answers = [(OURS, our_answer(network)), (OURS, our_answer(network, "--no-winograd"))]
        for key in keys:
            with contextlib.closing(Worker(key, network, 2, 1)) as worker:
                answers.append((worker.name, worker.answer))
        differences = (relative_difference(*answer, network) for answer in answers)
        rows.append([network.name, *(f"{difference:.1e}" for difference in differences)])
    columns = ["network", OURS, "without Winograd", *(ENGINES[key].name for key in keys)]
    return f"""\
## Accuracy

The largest absolute difference from PyTorch in double precision over its largest absolute value, at
the output, for one image.

{markdown_table(columns, rows)}
"""


def sections(networks: Sequence[PeerNetwork], effort: Effort) -> Iterator[str]:
    first = networks[0]
    missing = missing_engines(networks)
    timed, started = ([key for key in keys if key not in missing] for keys in (TIMED, STARTED))
    if missing:
        yield "\n".join(missing.values()) + "\n\n"
    single, double, batch = zip(
        *(
            [compare(network, timed, *setting, effort) for setting in ((1, 1), (2, 1), (2, BATCH))]
            for network in networks
        )
    )
    yield comparison("Batch 1, 2 threads: milliseconds", double)
    yield comparison("Batch 1, 1 thread: milliseconds", single)
    yield comparison(f"Batch {BATCH}, 2 threads: milliseconds an image", batch)
    yield threads_section(single, double)
    yield start_section(first, started, effort.rounds)
    yield scaling_section(first, effort)
    yield accuracy_section(networks, timed)


def report(networks: Sequence[PeerNetwork], effort: Effort) -> str:
    peak = succeed("gpunet-bench", "--peak", "--threads", "2").stdout.strip()
    body = "".join(sections(networks, effort))
    packages = {ENGINES[key].package: ENGINES[key].name for key in reversed(STARTED)}
    versions = ", ".join(f"{name} {version(package)}" for package, name in packages.items())
    return f"""\
# The runtime beside other engines

The seven networks with generated weights, in 32-bit floating point, at their own resolutions. All
contestants run in one go, in turn, each in a process of its own that sleeps while others are
measured: a round that does not count and {effort.rounds} that do, with turns of about
{effort.seconds:g} seconds. A time is the median of the rounds' medians, and *round by round* are
the smallest and the largest ratio of a round. The answers are compared with PyTorch's. *Of peak* is
how much of the machine's arithmetic {OURS} uses, by the network's multiply-adds; Winograd's
algorithm does fewer, so that it may be more than all.

Machine: {machine()}. {versions}.

What the machine can do, as `gpunet-bench --peak --threads 2` measures it:

```
{peak}
```

{body}The peers are set as their documentation recommends for latency: ONNX Runtime reads a graph
that it has optimised before; OpenVINO has the latency hint, 32-bit precision and its cache; ncnn
stores nothing in 16 bits, and takes the images of a batch one by one, which is faster than its
batches; PyTorch is compiled with frozen weights and channels last. `Benchmarks/engines.py` has it
all. Recorded by `Scripts/benchmark-runtime.sh --record`.
"""


def main() -> None:
    known = {network.name: network for network in NETWORKS}
    parser = argparse.ArgumentParser()
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--networks", nargs="+", choices=known, default=list(known))
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    effort = Effort(options.rounds or (2 if options.quick else 9), 0.1 if options.quick else 0.5)
    text = report([known[name] for name in options.networks], effort)
    print(text, end="")
    if options.record:
        (ROOT / "Benchmarks" / "runtime.md").write_text(text)


if __name__ == "__main__":
    main()
