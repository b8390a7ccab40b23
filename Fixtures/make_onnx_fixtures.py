"""Writes `onnx/`: small networks as exporters and other programs write ONNX.

    python make_onnx_fixtures.py     # the packages of Scripts/peer-python-packages.txt

Every file is checked, run by ONNX Runtime as it is, and held against what was recorded.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gpunet_torch
import numpy as np
import onnx
import onnx_variants
import torch
from make_fixtures import lines
from onnx_variants import SINGLE, VARIANTS, Subject

ROOT = Path(__file__).resolve().parent
FOLDER = ROOT / "onnx"


@dataclass(frozen=True)
class Source:
    """A network, the checkpoint that its weights are taken from, and what it answers."""

    name: str
    configuration: str
    checkpoint: str
    golden: str
    key: str = ""
    prefix: str = ""

    def subject(self) -> Subject:
        facts = gpunet_torch.read_configuration(ROOT / self.configuration)
        content = torch.load(ROOT / self.checkpoint, weights_only=False)
        state = content[self.key] if self.key else content
        model = gpunet_torch.build(facts)
        model.load_state_dict({k.removeprefix(self.prefix): v for k, v in state.items()})
        return Subject(model.eval(), facts[0]["img_resolution"])


def original(name: str) -> Source:
    return Source(name, *(f"original/{name}.{suffix}" for suffix in ("json", "pth", "npz")))


TINY = Source("tiny", "networks/plain.json", "checkpoints/bare.pth", "goldens/plain.npz")
TINY_DISTILLED = Source(
    "tiny-distilled",
    "networks/distilled.json",
    "checkpoints/training-distilled-module.pth.tar",
    "goldens/distilled.npz",
    key="state_dict",
    prefix="module.",
)

FILES: dict[Source, dict[str, str]] = {
    original("plain"): {
        "opset10": "tracing-opset10",
        "opset17-unfolded": "tracing-opset17-unfolded",
    },
    original("plain-stride2-er"): {
        "opset10": "tracing-opset10",
        "opset13-dynamic": "tracing-opset13-dynamic",
    },
    original("distilled"): {"opset10": "tracing-opset10"},
    original("distilled-large-head"): {"opset10": "tracing-opset10"},
    # A file for every tensor would be two dozen files more.
    TINY: {name: name for name in VARIANTS if name != "external13"},
    TINY_DISTILLED: {name: name for name in ("dynamo", "dynamo-unoptimized")},
}
"""Name of a file → variant: the originals as they are traced, the smallest network in every way."""


def write(source: Source, name: str, variant: str, subject: Subject) -> dict[str, Any]:
    """Writes a file, and a golden file where rounded weights give other answers."""
    path = FOLDER / f"{source.name}-{name}.onnx"
    VARIANTS[variant].write(subject, path)
    if str(ROOT.parent).encode() in path.read_bytes():
        raise AssertionError(f"{path.name} names a folder of this machine")
    onnx.checker.check_model(path, full_check=True)
    recorded = np.load(ROOT / source.golden)
    # Most files are for one image.
    images = recorded["input"][:1].astype(np.float32)
    expected = onnx_variants.expected_answers(
        path, VARIANTS[variant], images, recorded["output"][:1]
    )
    golden = source.golden
    if VARIANTS[variant].unit > SINGLE:
        golden = f"onnx/{path.stem}.npz"
        np.savez(ROOT / golden, input=images, output=expected)
    return {
        "file": f"onnx/{path.name}",
        "configuration": source.configuration,
        "checkpoint": source.checkpoint,
        "golden": golden,
        "made": VARIANTS[variant].made,
    }


def main() -> None:
    torch.set_num_threads(1)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    entries = []
    for source, names in FILES.items():
        subject = source.subject()
        entries += [write(source, name, variant, subject) for name, variant in names.items()]
    (FOLDER / "onnx.json").write_text(lines(entries))
    written = sorted(FOLDER.iterdir())
    for path in written:
        print(f"{path.stat().st_size:8}  {path.relative_to(ROOT)}")
    print(f"{sum(path.stat().st_size for path in written):8}  in {len(written)} files")


if __name__ == "__main__":
    main()
