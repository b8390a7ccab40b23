"""The published networks at full size with generated weights, and what PyTorch answers.

Checkpoints and recordings are made when they are first asked for and kept in `.build/peers/data`,
until a source that shapes them changes.

    python peer_networks.py NAME FILE     writes the bare state dict of a network; NAME may be the
                                          path of a configuration, whose weights are then PyTorch's
                                          initial ones
"""

from __future__ import annotations

import copy
import hashlib
import shutil
import sys
from collections import OrderedDict
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "Fixtures"
sys.path.insert(0, str(FIXTURES))

import generated_weights  # noqa: E402
import gpunet_torch  # noqa: E402
import make_fixtures  # noqa: E402

torch.set_num_threads(2)

IMAGE_SEED = 5

BRANCH_SCALE = 0.25
"""Keeps what 32-bit rounding does to the deepest network (27 layers) near 1e-5, as training does."""


class Form(Enum):
    """What a checkpoint holds beside the weights."""

    BARE = "bare state dict"
    TRAINING = "training checkpoint"
    AVERAGED = "training checkpoint with a moving average"


@dataclass(frozen=True)
class PeerNetwork:
    """A published network, and how its checkpoint is made."""

    name: str
    seed: int
    form: Form

    @property
    def configuration(self) -> list[gpunet_torch.LayerFacts]:
        return gpunet_torch.read_configuration(FIXTURES / "configurations" / f"{self.name}.json")

    @property
    def resolution(self) -> int:
        return int(self.configuration[0]["img_resolution"])

    @property
    def key(self) -> str:
        """Where the weights are that the recordings are made with."""
        keys = {Form.BARE: "", Form.TRAINING: "state_dict", Form.AVERAGED: "state_dict_ema"}
        return keys[self.form]

    @property
    def options(self) -> tuple[str, ...]:
        """What the tools are told beside the checkpoint: it fits one published network only."""
        return ()

    @property
    def checkpoint(self) -> Path:
        """The file that `torch.save` wrote."""
        path = self._folder / ("model.pth" if self.form is Form.BARE else "model.pth.tar")
        if not path.exists():
            model = gpunet_torch.build(self.configuration)
            generated_weights.fill(model, self.seed, self.resolution, branch_scale=BRANCH_SCALE)
            bare = self.form is Form.BARE
            content = model.state_dict() if bare else self._training_checkpoint(model)
            torch.save(content, _unfinished(path))
            _unfinished(path).rename(path)
        return path

    def model(self) -> gpunet_torch.GPUNet:
        """The network with the weights of the checkpoint."""
        content = torch.load(self.checkpoint, weights_only=False)
        model = gpunet_torch.build(self.configuration)
        model.load_state_dict(content[self.key] if self.key else content)
        return model.eval()

    def recording(self, resolution: int, double: bool, count: int = 1, layers: bool = True) -> Path:
        """A golden file: `count` images and PyTorch's outputs in 64 or in 32 bits."""
        precision = "f64" if double else "f32"
        extent = f"{count}x{resolution}{'' if layers else '-output'}"
        path = self._folder / f"golden-{extent}-{precision}.npz"
        if not path.exists():
            images = generated_weights.image_batch(count, resolution, resolution, IMAGE_SEED)
            model = self.model()
            arrays = (
                gpunet_torch.golden_arrays(model.double(), images.double())
                if double
                else gpunet_torch.golden_arrays(model, images)
            )
            arrays["input"] = images.numpy()
            if not layers:
                arrays = {name: arrays[name] for name in ("input", "output")}
            with _unfinished(path).open("wb") as file:
                np.savez(file, **arrays)
            _unfinished(path).rename(path)
        return path

    @property
    def _folder(self) -> Path:
        folder = data_folder() / self.name
        folder.mkdir(exist_ok=True)
        return folder

    def _training_checkpoint(self, model: gpunet_torch.GPUNet) -> dict[str, Any]:
        """What a training run saves: weights after a last step, and the optimizer's state."""
        average: make_fixtures.StateDict | None = None
        trained = model
        if self.form is Form.AVERAGED:
            average = OrderedDict(model.state_dict())
            trained = copy.deepcopy(model)
        optimizer = torch.optim.RMSprop(trained.parameters(), lr=1e-3, momentum=0.9)
        generator = torch.Generator().manual_seed(self.seed)
        before = copy.deepcopy(trained.state_dict())
        for parameter in trained.parameters():
            parameter.grad = 0.01 * torch.randn(parameter.shape, generator=generator)
        optimizer.step()
        optimizer.zero_grad()
        if average is None:
            trained.load_state_dict(before)
        checkpoint = make_fixtures.training_checkpoint(
            OrderedDict(trained.state_dict()), average, optimizer, metric=78.9
        )
        checkpoint["arch"] = self.name
        vars(checkpoint["args"]).update(model=self.name, img_size=self.resolution)
        return checkpoint


NETWORKS = (
    PeerNetwork("GPUNet-0", 100, Form.AVERAGED),
    PeerNetwork("GPUNet-1", 101, Form.TRAINING),
    PeerNetwork("GPUNet-2", 102, Form.AVERAGED),
    PeerNetwork("GPUNet-P0", 103, Form.BARE),
    PeerNetwork("GPUNet-P1", 104, Form.BARE),
    PeerNetwork("GPUNet-D1", 105, Form.AVERAGED),
    PeerNetwork("GPUNet-D2", 106, Form.AVERAGED),
)


@cache
def data_folder() -> Path:
    """The folder for what is made from the sources as they are now; removes all others."""
    modules = (generated_weights, gpunet_torch, make_fixtures)
    sources = [Path(__file__), *(Path(str(module.__file__)) for module in modules)]
    sources += sorted((FIXTURES / "configurations").iterdir())
    sources += [FIXTURES / f"{name}.py" for name in ("calibrated_weights", "classifier_layers")]
    sources.append(Path(__file__).with_name("family_catalogue.py"))
    digest = hashlib.sha256(torch.__version__.encode())
    for source in sources:
        digest.update(source.read_bytes())
    folder = ROOT / ".build" / "peers" / "data" / digest.hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    for other in folder.parent.iterdir():
        if other != folder:
            shutil.rmtree(other)
    return folder


def _unfinished(path: Path) -> Path:
    """The name that a file has until it is whole."""
    return path.with_name(f"unfinished-{path.name}")


def main(name: str, file: str) -> None:
    if name.endswith(".json"):
        model = gpunet_torch.build(gpunet_torch.read_configuration(Path(name)))
    else:
        model = {network.name: network for network in NETWORKS}[name].model()
    torch.save(model.state_dict(), file)


if __name__ == "__main__":
    main(*sys.argv[1:])
