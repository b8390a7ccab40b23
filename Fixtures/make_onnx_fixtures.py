"""Writes `onnx/`: the original networks as PyTorch's tracing exporter writes them.

    python make_onnx_fixtures.py     # PyTorch and onnx
"""

from __future__ import annotations

import warnings
from pathlib import Path

import torch

import gpunet_torch

ROOT = Path(__file__).resolve().parent
FOLDER = ROOT / "onnx"

SIZES = {"input": {0: "batch", 2: "height", 3: "width"}, "output": {0: "batch"}}


def write(network: str, suffix: str, opset: int, folded: bool = True, **options: object) -> None:
    """One file; batch norms are folded into the convolutions or kept."""
    facts = gpunet_torch.read_configuration(ROOT / f"original/{network}.json")
    model = gpunet_torch.build(facts)
    model.load_state_dict(torch.load(ROOT / f"original/{network}.pth"))
    side = facts[0]["img_resolution"]
    image = torch.randn(1, 3, side, side, generator=torch.Generator().manual_seed(3))
    mode = torch.onnx.TrainingMode
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model.eval(), (image,), FOLDER / f"{network}-{suffix}.onnx", dynamo=False,
            opset_version=opset, training=mode.EVAL if folded else mode.PRESERVE,
            do_constant_folding=folded, input_names=["input"], output_names=["output"], **options,
        )  # fmt: skip


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for network in ("plain", "plain-stride2-er", "distilled", "distilled-large-head"):
        write(network, "opset10", 10)
    write("plain", "opset17-unfolded", 17, folded=False)
    write("plain-stride2-er", "opset13-dynamic", 13, dynamic_axes=SIZES)


if __name__ == "__main__":
    main()
