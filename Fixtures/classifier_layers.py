"""What the layers of a library's network are called, answer, and compute.

A layer is called after the path of its module, or of its first convolution where the library keeps
it in no module of its own. What it answers is what the next one is given; the last one's answer is
the network's.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

import calibrated_weights

BLOCKS = {
    "ConvBnAct", "DepthwiseSeparableConv", "EdgeResidual", "InvertedResidual", "MBConv",
    "MBConvBlock", "_InvertedResidual",
}  # fmt: skip
"""The names of the libraries' classes of blocks."""

ACTIVATIONS = {
    "MemoryEfficientSwish": "swish",
    "ReLU": "relu",
    "ReLU6": "relu6",
    "SiLU": "swish",
    "Swish": "swish",
}
"""By their classes; Sigmoid is a gate."""

WITHOUT_MODULE = {"MNASNet": "layers.3"}
"""The first convolution of the only kind of block that has no module of its own."""


def layer_names(model: nn.Module) -> list[str]:
    """The layers in order of execution."""
    names = [n for n, module in model.named_modules() if type(module).__name__ in BLOCKS]
    extra = WITHOUT_MODULE.get(type(model).__name__)
    names = ([extra] if extra else []) + names
    convolutions = [n for n, module in model.named_modules() if isinstance(module, nn.Conv2d)]
    ends = [convolutions[0], convolutions[-1]]
    if ends[0].startswith("features."):
        # The ends are modules, as the blocks are: convolution, norm and activation.
        ends = [".".join(name.split(".")[:2]) for name in ends]
    return [ends[0], *names, ends[1]]


@torch.no_grad()
def layer_outputs(model: nn.Module, images: Tensor) -> dict[str, Tensor]:
    """What every layer answers."""
    names = layer_names(model)
    found: dict[str, Tensor] = {}

    def taken(name: str) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
        def hook(_: nn.Module, arguments: tuple[Tensor, ...]) -> None:
            found[name] = arguments[0].clone()

        return hook

    handles = [
        model.get_submodule(after).register_forward_pre_hook(taken(name))
        for name, after in zip(names, names[1:], strict=False)
    ]
    try:
        found[names[-1]] = model(images)
    finally:
        for handle in handles:
            handle.remove()
    return {name: found[name] for name in names}


def golden_arrays(model: nn.Module, images: Tensor) -> dict[str, object]:
    """The content of a golden file: what goes in, what comes out, and every layer's answer."""
    outputs = layer_outputs(model, images)
    arrays: dict[str, object] = {"input": images.float().numpy()}
    arrays["output"] = outputs[layer_names(model)[-1]].numpy()
    arrays |= {f"layers/{name}": value.numpy() for name, value in outputs.items()}
    return arrays


# Layer strings


@dataclass
class _Executed:
    """What ran between the beginnings of two layers."""

    name: str
    convolutions: list[nn.Conv2d] = field(default_factory=list)
    squeezed: list[nn.Conv2d] = field(default_factory=list)
    norms: list[_BatchNorm] = field(default_factory=list)
    activations: list[str] = field(default_factory=list)


@torch.no_grad()
def _executed(model: nn.Module, images: Tensor) -> list[_Executed]:
    names = layer_names(model)
    beginnings = {model.get_submodule(name): name for name in names}
    layers: list[_Executed] = []

    def enter(module: nn.Module, _: object) -> None:
        if module in beginnings:
            layers.append(_Executed(beginnings[module]))
        layer = layers[-1] if layers else _Executed("")
        if isinstance(module, nn.Conv2d):
            # A squeeze-excite's have no norm behind them.
            (layer.convolutions if module.bias is None else layer.squeezed).append(module)
        elif isinstance(module, _BatchNorm):
            layer.norms.append(module)
        elif type(module).__name__ in ACTIVATIONS:
            layer.activations.append(ACTIVATIONS[type(module).__name__])

    handles = [module.register_forward_pre_hook(enter) for module in model.modules()]
    try:
        model(images)
    finally:
        for handle in handles:
            handle.remove()
    if [layer.name for layer in layers] != names:
        raise AssertionError(f"executed {[layer.name for layer in layers]}, not {names}")
    return layers


def layer_strings(model: nn.Module, images: Tensor) -> list[str]:
    """What every layer computes, seen while it runs."""
    layers = _executed(model, images)
    residual = calibrated_weights.residual_norms(model, images)
    first, *inner, last = layers
    stem, head = first.convolutions[0], last.convolutions[0]
    if stem.kernel_size != (3, 3) or head.kernel_size != (1, 1):
        raise AssertionError("a first or last convolution of another size")
    return [
        f"prologue_i{stem.in_channels}_o{stem.out_channels}_s{stem.stride[0]}"
        f"_{first.activations[0]}",
        *(_block_string(layer, layer.norms[-1] in residual) for layer in inner),
        f"epilogue_i{head.in_channels}_o{head.out_channels}_s{head.stride[0]}"
        f"_{last.activations[0]}",
    ]


def _block_string(layer: _Executed, adds_input: bool) -> str:
    convolutions = layer.convolutions
    widest = max(convolutions, key=lambda convolution: convolution.kernel_size[0])
    given, made = convolutions[0].in_channels, convolutions[-1].out_channels
    stride = max(convolution.stride[0] for convolution in convolutions)
    ends = f"i{given}_o{made}_s{stride}_{layer.activations[0]}"
    kernel = f"k{widest.kernel_size[0]}"
    squeezed = _squeezed(layer, given)
    skipped = "_noskip" if stride == 1 and given == made and not adds_input else ""
    if len(convolutions) == 1:
        return f"conv_{kernel}_{ends}" + ("_skip" if adds_input else "")
    if len(convolutions) == 2 and convolutions[0].groups > 1:
        return f"ds_{kernel}_{ends}" + (f"_se_{squeezed}" if squeezed else "") + skipped
    kind = "er" if len(convolutions) == 2 else "irb"
    middle = convolutions[0].out_channels
    # A ratio with one digit behind the point that layer strings take to this very width, or the width
    # itself.
    exact = middle * 10 % given == 0 and _rounded(middle) == middle
    wide = f"e{middle / given:g}" if exact else f"m{middle}"
    return f"{kind}_{kernel}_{wide}_{ends}_se_{squeezed or 'False'}{skipped}"


def _rounded(width: int) -> int:
    """The multiple of 8 to which layer strings take the width inside a block."""
    nearest = max(8, (width + 4) // 8 * 8)
    return nearest if nearest >= 0.9 * width else nearest + 8


def _squeezed(layer: _Executed, given: int) -> str:
    if not layer.squeezed:
        return ""
    width = layer.squeezed[0].out_channels
    return "True" if width == round(given / 4) else str(width)


def stage(name: str) -> str:
    """The number of a layer's stage where its name has two numbers, else a dash."""
    numbers = re.findall(r"\.(\d+)", name)
    return numbers[0] if len(numbers) == 2 else "-"
