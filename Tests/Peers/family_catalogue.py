"""The networks of GPUNet's family that other libraries publish, as those libraries build them.

python family_catalogue.py             prints their names
python family_catalogue.py NAME FILE   writes the state dict of one, with calibrated random weights
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Fixtures"))

import calibrated_weights  # noqa: E402
from classifier_libraries import (  # noqa: E402
    efficientnet_lite_pytorch,
    efficientnet_pytorch,
    timm,
    torchvision,
)
from generated_weights import image_batch  # noqa: E402

PRETRAINED = {"timm/fbnetc_100": {"bn_eps": 1e-3}}
"""What a library does only where it loads its own weights, said as an option."""

LARGEST = 60_000_000
"""Parameters, of the networks that are compared at full size."""

IMAGE_SEED = 11


@dataclass(frozen=True)
class Variant:
    """A network by its library's name for it."""

    library: str
    model: str

    @property
    def name(self) -> str:
        return f"{self.library}/{self.model}"

    def build(self, **options: Any) -> nn.Module:
        """The network as its library initialises it, at its own resolution, with 1000 classes.

        `options` are the library's; with none, its constants are those that its published weights
        are for.
        """
        options = PRETRAINED.get(self.name, {}) | options
        if self.library == "timm":
            return timm.create_model(self.model, pretrained=False, **options).eval()
        if self.library == "torchvision":
            return torchvision.models.get_model(self.model, weights=None, **options).eval()
        library = {
            "efficientnet_pytorch": efficientnet_pytorch,
            "efficientnet_lite_pytorch": efficientnet_lite_pytorch,
        }[self.library]
        return library.EfficientNet.from_name(self.model, **options).eval()

    @cached_property
    def resolution(self) -> int:
        if self.library == "timm":
            return timm.get_pretrained_cfg(self.model).input_size[1]
        if self.library == "torchvision":
            weights = torchvision.models.get_model_weights(self.model)
            return int(weights["IMAGENET1K_V1"].transforms.keywords["crop_size"])
        if self.library == "efficientnet_pytorch":
            return efficientnet_pytorch.EfficientNet.get_image_size(self.model)
        return efficientnet_lite_pytorch.EfficientNet.get_image_size(self.model)

    @property
    def odd_resolution(self) -> int:
        """A size that is not its own: odd where that is even, so that other maps are odd."""
        return max(self.resolution - 7, 65)

    def calibrated(self, **options: Any) -> nn.Module:
        """The network with random weights that keep every layer alive, the same ones every time."""
        model = self.build(**options)
        calibrated_weights.fill(model, calibrated_weights.seed_of(self.name), self.resolution)
        return model

    def images(self, side: int, count: int = 1) -> Tensor:
        return image_batch(count, side, side, IMAGE_SEED)


def _timm() -> Iterator[str]:
    yield from (f"efficientnet_b{n}" for n in range(8))
    yield from (f"tf_efficientnet_b{n}" for n in range(9))
    for start in ("", "tf_"):
        yield from (f"{start}efficientnet_lite{n}" for n in range(5))
        yield from (f"{start}efficientnet_e{size}" for size in "sml")
    yield from ("efficientnet_es_pruned", "efficientnet_el_pruned", "mobilenet_edgetpu_100")
    yield from (f"mobilenetv2_{w}" for w in "035 050 075 100 110d 120d 140".split())
    yield from (f"mnasnet_{w}" for w in "050 075 100 140 small".split())
    yield from (f"semnasnet_{w}" for w in "050 075 100 140".split())
    yield from ("fbnetc_100", "spnasnet_100")
    yield from (f"tinynet_{size}" for size in "abcde")


def _torchvision() -> Iterator[str]:
    yield from (f"efficientnet_b{n}" for n in range(8))
    yield "mobilenet_v2"
    yield from (f"mnasnet{w}" for w in "0_5 0_75 1_0 1_3".split())


VARIANTS = (
    *(Variant("timm", name) for name in _timm()),
    *(Variant("torchvision", name) for name in _torchvision()),
    *(Variant("efficientnet_pytorch", f"efficientnet-b{n}") for n in range(8)),
    *(Variant("efficientnet_lite_pytorch", f"efficientnet-lite{n}") for n in range(5)),
)

BY_NAME = {variant.name: variant for variant in VARIANTS}


def parameter_count(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def shapes(model: nn.Module) -> list[str]:
    """A line a tensor of the state dict: its name, and its shape without blanks."""
    state = model.state_dict()
    return [f"{name} {str(list(t.shape)).replace(' ', '')}" for name, t in state.items()]


def epsilons(model: nn.Module) -> list[float]:
    norms = (m for m in model.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm))
    return sorted({norm.eps for norm in norms})


def padding(model: nn.Module) -> str:
    """How the convolutions are padded: one rule for all of a network."""
    kinds = {type(m).__name__ for m in model.modules() if isinstance(m, nn.Conv2d)}
    if "Conv2dStaticSamePadding" in kinds:
        size = model._global_params.image_size
        height, width = (size, size) if isinstance(size, int) else size
        return f"same-at {height}x{width}"
    if kinds & {"Conv2dSame", "Conv2dDynamicSamePadding"}:
        return "same"
    for name, module in model.named_modules():
        if isinstance(module, nn.Conv2d):
            if module.padding != tuple((side - 1) // 2 for side in module.kernel_size):
                raise AssertionError(f"{name}: {module.padding} around {module.kernel_size}")
    return "symmetric"


@torch.no_grad()
def multiply_adds(model: nn.Module, side: int) -> int:
    """Of all convolutions and linear layers, squeeze-excites with them, for one image."""
    # Only shapes are computed there.
    model = copy.deepcopy(model).to("meta")
    found = 0

    def count(module: nn.Module, _: object, output: Tensor) -> None:
        nonlocal found
        found += output[0].numel() * module.weight[0].numel()

    kinds = (nn.Conv2d, nn.Linear)
    for module in model.modules():
        if isinstance(module, kinds):
            module.register_forward_hook(count)
    model(torch.zeros(1, 3, side, side, device="meta"))
    return found


def main(*arguments: str) -> None:
    if not arguments:
        print("\n".join(BY_NAME))
        return
    name, file = arguments
    torch.save(BY_NAME[name].calibrated().state_dict(), file)


if __name__ == "__main__":
    main(*sys.argv[1:])
