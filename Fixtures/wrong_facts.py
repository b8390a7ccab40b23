"""Facts of a network that its names and shapes do not show, each set wrong.

A network that got one of them wrong would load every weight and answer something plausible. Each
function changes a network in place, and says whether the fact concerns it.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

Pads = Callable[[nn.Conv2d, Tensor], tuple[int, int, int, int]]


def symmetric(convolution: nn.Conv2d, _: Tensor) -> tuple[int, int, int, int]:
    height, width = ((side - 1) // 2 for side in convolution.kernel_size)
    return width, width, height, height


def by_size(convolution: nn.Conv2d, x: Tensor) -> tuple[int, int, int, int]:
    """TensorFlow's "same": as much as the size asks for, the odd pixel behind."""
    pads: list[int] = []
    for side, kernel, stride in zip(
        x.shape[:1:-1], convolution.kernel_size[::-1], convolution.stride[::-1], strict=True
    ):
        whole = max((math.ceil(side / stride) - 1) * stride + kernel - side, 0)
        pads += [whole // 2, whole - whole // 2]
    return pads[0], pads[1], pads[2], pads[3]


def none(_: nn.Conv2d, __: Tensor) -> tuple[int, int, int, int]:
    return 0, 0, 0, 0


def pad(convolution: nn.Conv2d, pads: Pads) -> None:
    def forward(x: Tensor) -> Tensor:
        padded = F.pad(x, pads(convolution, x))
        # A copy in another precision still asks this one.
        weight, bias = convolution.weight.to(x.dtype), convolution.bias
        return F.conv2d(padded, weight, bias, convolution.stride, groups=convolution.groups)

    convolution.forward = forward


def convolutions(model: nn.Module) -> list[nn.Conv2d]:
    """Those that see more than one pixel."""
    return [m for m in model.modules() if isinstance(m, nn.Conv2d) and m.kernel_size != (1, 1)]


def another_epsilon(model: nn.Module) -> bool:
    for norm in model.modules():
        if isinstance(norm, _BatchNorm):
            norm.eps = 1e-3 if norm.eps == 1e-5 else 1e-5
    return True


def symmetric_padding(model: nn.Module) -> bool:
    """In place of any "same"."""
    found = [m for m in convolutions(model) if "Same" in type(m).__name__]
    for convolution in convolutions(model):
        pad(convolution, symmetric)
    return bool(found)


def padding_by_size(model: nn.Module) -> bool:
    """In place of pads that are the same at every size."""
    found = [m for m in convolutions(model) if type(m).__name__ == "Conv2dSame"]
    for convolution in convolutions(model):
        pad(convolution, by_size)
    return not found


def relu_without_end(model: nn.Module) -> bool:
    """relu in place of relu6."""
    places = [
        (parent, name)
        for parent in model.modules()
        for name, child in parent.named_children()
        if isinstance(child, nn.ReLU6)
    ]
    for parent, name in places:
        setattr(parent, name, nn.ReLU())
    return bool(places)


def unpadded_edge_residual(model: nn.Module) -> bool:
    """As GPUNet's are at stride 2."""
    found = [
        m.conv_exp
        for m in model.modules()
        if type(m).__name__ == "EdgeResidual" and m.conv_exp.stride != (1, 1)
    ]
    for convolution in found:
        pad(convolution, none)
    return bool(found)


def no_residual_of_convolutions(model: nn.Module) -> bool:
    found = [m for m in model.modules() if type(m).__name__ == "ConvBnAct" and m.has_skip]
    for block in found:
        block.has_skip = False
    return bool(found)


def residual_wherever_it_fits(model: nn.Module) -> bool:
    """Blocks that could add their input and do not."""
    found = []
    for block in model.modules():
        if getattr(block, "has_skip", True) or type(block).__name__ == "ConvBnAct":
            continue
        convolutions = [m for m in block.modules() if isinstance(m, nn.Conv2d)]
        same_size = all(convolution.stride == (1, 1) for convolution in convolutions)
        if same_size and convolutions[0].in_channels == convolutions[-1].out_channels:
            block.has_skip = True
            found.append(block)
    return bool(found)


def activation_behind_separable(model: nn.Module) -> bool:
    """As other networks have it behind the pointwise convolution."""
    found = [m.bn2 for m in model.modules() if type(m).__name__ == "DepthwiseSeparableConv"]
    for norm in found:
        norm.register_forward_hook(lambda _, __, output: F.relu(output))
    return bool(found)


FACTS: dict[str, Callable[[nn.Module], bool]] = {
    "epsilon": another_epsilon,
    "symmetric padding": symmetric_padding,
    "padding by size": padding_by_size,
    "relu": relu_without_end,
    "unpadded edge residual": unpadded_edge_residual,
    "no residual of convolutions": no_residual_of_convolutions,
    "residual wherever it fits": residual_wherever_it_fits,
    "activation behind separable": activation_behind_separable,
}


def with_wrong_fact(model: nn.Module, name: str) -> nn.Module | None:
    """A copy of the network that has one fact wrong; none where the fact does not concern it."""
    changed = copy.deepcopy(model)
    return changed.eval() if FACTS[name](changed) else None


@torch.no_grad()
def change(model: nn.Module, wrong: nn.Module, images: Tensor) -> float:
    """How far the wrong network's answer is: largest difference over the largest right value."""
    right = model(images)
    return ((wrong(images) - right).abs().max() / right.abs().max()).item()
