"""Runs commands as whole processes and measures them.

    python measuring.py RESULT COMMAND…

runs COMMAND and writes its measurements to the file RESULT, as JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Run:
    """How a process ended, what it printed and what it took."""

    exit_code: int
    stdout: str
    stderr: str
    seconds: float
    peak_bytes: int

    @property
    def peak_mebibytes(self) -> float:
        return self.peak_bytes / 2**20


def run(*command: str | Path) -> Run:
    """Runs `command` to its end.

    The kernel counts the memory of the process that forks as the child's own until the child
    starts its program, so a small process in between does the measuring.
    """
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder, "result.json")
        process = subprocess.run(
            [sys.executable, "-I", "-S", __file__, result, *command],
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
        )  # fmt: skip
        if not result.exists():
            raise RuntimeError(f"{command[0]} could not be started: {process.stderr}")
        return Run(stdout=process.stdout, stderr=process.stderr, **json.loads(result.read_text()))


def measure(result: Path, command: list[str]) -> None:
    start = time.perf_counter()
    child = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(child, 0)
    facts = {
        "exit_code": os.waitstatus_to_exitcode(status),
        "seconds": time.perf_counter() - start,
        "peak_bytes": usage.ru_maxrss * 1024,
    }
    result.write_text(json.dumps(facts))


def machine() -> str:
    """The processor and how many of its cores this process may use."""
    facts = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in facts if line.startswith("model name")]
    return f"{names[0] if names else 'unknown processor'}, {len(os.sched_getaffinity(0))} cores"


def markdown_table(columns: list[str], rows: list[list[str]]) -> str:
    """A table whose first column is text and whose others are numbers, aligned to be read as is."""
    widths = [max(map(len, cells)) for cells in zip(columns, *rows)]

    def line(cells: list[str]) -> str:
        padded = [cells[0].ljust(widths[0])]
        padded += [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:])]
        return f"| {' | '.join(padded)} |\n"

    rule = ["-" * widths[0]] + ["-" * (width - 1) + ":" for width in widths[1:]]
    return "".join(map(line, [columns, rule, *rows]))


if __name__ == "__main__":
    measure(Path(sys.argv[1]), sys.argv[2:])
