"""PyTorch statement of the two GPUNet grammars, built from NVIDIA's configuration JSON.

The fixtures and the peer tests need networks whose weights, names and answers come from PyTorch
itself. The networks here carry the published parameter names and module names, print in the
published form, and compute what the published networks compute at inference.
`Tests/Peers/test_gpunet_torch.py` shows it against networks recorded from the original code.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

LayerFacts = dict[str, Any]

PLAIN_EPSILON = 1e-3
"""Epsilon of every batch norm of the plain grammar."""

DISTILLED_EPSILON = 1e-5
"""Epsilon of the distilled grammar's batch norms, `fused_irb` apart."""

DISTILLED_TAIL_WIDTH = 1152
"""Channels between the two 1x1 convolutions of the distilled tail; no configuration states it."""


def activation(name: str) -> nn.Module:
    """The module for an activation as configurations name it."""
    return {"relu": nn.ReLU, "swish": nn.SiLU}[name]()


def expanded_width(channels: int, expansion: float) -> int:
    """Width inside a plain block: the nearest multiple of 8 that is not much narrower."""
    width = channels * expansion
    rounded = max(8, int(width + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * width else rounded


def convolution(
    in_channels: int,
    out_channels: int,
    kernel: int = 1,
    stride: int = 1,
    padding: int = 0,
    groups: int = 1,
) -> nn.Conv2d:
    """A convolution without bias, as all are that a batch norm follows."""
    return nn.Conv2d(in_channels, out_channels, kernel, stride, padding, groups=groups, bias=False)


class Layer(nn.Module):
    """One entry of `network`; it prints as its layer string, as the published modules do."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def __repr__(self) -> str:
        return self.text


class SequentialLayer(Layer):
    """A layer that is a chain under one attribute; both grammars have heads and tails so."""

    def __init__(self, text: str, *chain: nn.Module) -> None:
        super().__init__(text)
        self.net = nn.Sequential(*chain)

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)


# Plain grammar


class SqueezeExcite(nn.Module):
    """Scales every channel by a gate computed from all channels' means."""

    def __init__(self, channels: int, reduced: int, act: str) -> None:
        super().__init__()
        self.conv_reduce = nn.Conv2d(channels, reduced, 1)
        self.act = activation(act)
        self.conv_expand = nn.Conv2d(reduced, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        gate = self.conv_expand(self.act(self.conv_reduce(x.mean((2, 3), keepdim=True))))
        return x * gate.sigmoid()


def squeeze_excite(facts: LayerFacts, width: int) -> nn.Module:
    """The block's squeeze-excite, or an identity, which owns no parameter."""
    if not facts["use_se"]:
        return nn.Identity()
    return SqueezeExcite(width, round(width * (0.25 / facts["expansion"])), facts["act"])


def plain_norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=PLAIN_EPSILON)


def symmetric_padding(kernel: int, stride: int) -> int:
    """Padding of the plain grammar's `conv` and depthwise convolutions."""
    return ((stride - 1) + (kernel - 1)) // 2


def has_residual(facts: LayerFacts) -> bool:
    return facts["stride"] == 1 and facts["num_in_channels"] == facts["num_out_channels"]


def block_text(kind: str, facts: LayerFacts) -> str:
    """The layer string of `er` and `irb`; the expansion prints as Python prints the JSON number."""
    return (
        f"{kind}_k{facts['kernel_size']}_e{facts['expansion']}_i{facts['num_in_channels']}"
        f"_o{facts['num_out_channels']}_s{facts['stride']}_{facts['act']}_se_{facts['use_se']}"
    )


class PlainConvolution(Layer):
    def __init__(self, facts: LayerFacts) -> None:
        i, o = facts["num_in_channels"], facts["num_out_channels"]
        k, s, act = facts["kernel_size"], facts["stride"], facts["act"]
        super().__init__(f"conv_k{k}_i{i}_o{o}_s{s}_{act}")
        self.conv = convolution(i, o, k, s, symmetric_padding(k, s))
        self.bn1 = plain_norm(o)
        self.act = activation(act)

    def forward(self, x: Tensor) -> Tensor:
        return self.act(self.bn1(self.conv(x)))


class EdgeResidual(Layer):
    """`fused_irb`: a full convolution widens, a 1x1 convolution narrows."""

    def __init__(self, facts: LayerFacts) -> None:
        super().__init__(block_text("er", facts))
        i, o, k, s = (
            facts[key] for key in ("num_in_channels", "num_out_channels", "kernel_size", "stride")
        )
        width = expanded_width(i, facts["expansion"])
        # The published networks pad nothing at stride 2, and were trained so.
        self.conv_exp = convolution(i, width, k, s, (k - 1) // 2 if s == 1 else 0)
        self.bn1 = plain_norm(width)
        self.act = activation(facts["act"])
        self.se = squeeze_excite(facts, width)
        self.conv_pwl = convolution(width, o)
        self.bn2 = plain_norm(o)
        self.residual = has_residual(facts)

    def forward(self, x: Tensor) -> Tensor:
        y = self.se(self.act(self.bn1(self.conv_exp(x))))
        y = self.bn2(self.conv_pwl(y))
        return x + y if self.residual else y


class InvertedResidual(Layer):
    """`irb`: 1x1 widens, depthwise filters, 1x1 narrows."""

    def __init__(self, facts: LayerFacts) -> None:
        super().__init__(block_text("irb", facts))
        i, o, k, s = (
            facts[key] for key in ("num_in_channels", "num_out_channels", "kernel_size", "stride")
        )
        width = expanded_width(i, facts["expansion"])
        self.conv_pw = convolution(i, width)
        self.bn1 = plain_norm(width)
        self.conv_dw = convolution(width, width, k, s, symmetric_padding(k, s), groups=width)
        self.bn2 = plain_norm(width)
        self.act = activation(facts["act"])
        self.se = squeeze_excite(facts, width)
        self.conv_pwl = convolution(width, o)
        self.bn3 = plain_norm(o)
        self.residual = has_residual(facts)

    def forward(self, x: Tensor) -> Tensor:
        y = self.act(self.bn1(self.conv_pw(x)))
        y = self.se(self.act(self.bn2(self.conv_dw(y))))
        y = self.bn3(self.conv_pwl(y))
        return x + y if self.residual else y


def plain_head(facts: LayerFacts) -> Layer:
    i, o, act = facts["num_in_channels"], facts["num_out_channels"], facts.get("act", "swish")
    return SequentialLayer(
        f"prologue_i{i}_o{o}_s2_{act}", convolution(i, o, 3, 2, 1), plain_norm(o), activation(act)
    )


def plain_tail(facts: LayerFacts) -> Layer:
    i, o, act = facts["num_in_channels"], facts["num_out_channels"], facts.get("act", "relu")
    return SequentialLayer(
        f"epilogue_i{i}_o{o}_s1_{act}",
        convolution(i, o),
        plain_norm(o),
        activation(act),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Dropout(0.2),
        nn.Linear(o, facts["num_classes"]),
    )


# Distilled grammar


def distilled_norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=DISTILLED_EPSILON)


def distilled_head(facts: LayerFacts) -> Layer:
    i, o = facts["num_in_channels"], facts["num_out_channels"]
    return SequentialLayer("Prologue", convolution(i, o, 3, 2, 1), distilled_norm(o), nn.ReLU())


def distilled_large_head(facts: LayerFacts) -> Layer:
    o = facts["num_out_channels"]
    chain: list[nn.Module] = []
    for i, stride in ((facts["num_in_channels"], 2), (o, 1), (o, 1)):
        chain += [convolution(i, o, 3, stride, 1), distilled_norm(o), nn.ReLU()]
    return SequentialLayer("PrologueLarge", *chain)


class DistilledBlock(Layer):
    """`irb` and `fused_irb`, whose printed forms do not tell them apart."""

    def __init__(self, facts: LayerFacts) -> None:
        i, o, k, s, groups, expansion = (
            facts[key]
            for key in (
                "num_in_channels",
                "num_out_channels",
                "kernel_size",
                "stride",
                "groups",
                "expansion",
            )
        )
        super().__init__(f"k{k}_e{expansion}_g{groups}_i{i}_o{o}_s{s}")
        width = i * expansion
        if facts["layer_type"] == "fused_irb":
            self.body = nn.Sequential(
                convolution(i, width, k, s, k // 2),
                nn.BatchNorm2d(width, eps=1e-3),
                nn.ReLU(),
                convolution(width, o),
                nn.BatchNorm2d(o, eps=1e-3),
            )
        else:
            self.body = nn.Sequential(
                convolution(i, width, groups=groups),
                distilled_norm(width),
                nn.ReLU(),
                convolution(width, width, k, s, k // 2, groups=width),
                distilled_norm(width),
                nn.ReLU(),
                convolution(width, o, groups=groups),
                distilled_norm(o),
            )
        self.residual = has_residual(facts)

    def forward(self, x: Tensor) -> Tensor:
        y = self.body(x)
        return x + y if self.residual else y


def distilled_tail(facts: LayerFacts) -> Layer:
    o = facts["num_out_channels"]
    return SequentialLayer(
        "Epilogue",
        convolution(facts["num_in_channels"], DISTILLED_TAIL_WIDTH),
        distilled_norm(DISTILLED_TAIL_WIDTH),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        convolution(DISTILLED_TAIL_WIDTH, o),
        nn.ReLU(),
        nn.Flatten(),
        nn.Dropout(0.2),
        nn.Linear(o, facts["num_classes"]),
    )


# Networks

PLAIN_LAYERS: dict[str, tuple[str, Callable[[LayerFacts], Layer]]] = {
    "head": ("head: {position}", plain_head),
    "conv": ("stage: {stage} layer{position}", PlainConvolution),
    "fused_irb": ("stage: {stage} layer{position}", EdgeResidual),
    "irb": ("stage: {stage} layer{position}", InvertedResidual),
    "tail": (" layer{position}", plain_tail),
}
"""Layer type → module name and maker, plain grammar."""

DISTILLED_LAYERS: dict[str, tuple[str, Callable[[LayerFacts], Layer]]] = {
    "head": ("head:", distilled_head),
    "head_large": ("head:", distilled_large_head),
    "irb": ("stage: {stage} irb{position}", DistilledBlock),
    "fused_irb": ("stage: {stage} fused_irb{position}", DistilledBlock),
    "tail": ("tail:", distilled_tail),
}
"""Layer type → module name and maker, distilled grammar."""


class GPUNet(nn.Module):
    """The whole network; its class name opens the printed form."""

    def __init__(self, layers: OrderedDict[str, nn.Module]) -> None:
        super().__init__()
        self.network = nn.Sequential(layers)

    def forward(self, x: Tensor) -> Tensor:
        return self.network(x)


def read_configuration(path: Path) -> list[LayerFacts]:
    """NVIDIA's configuration JSON: a data object, then one object a layer."""
    return json.loads(path.read_text())


def build(configuration: list[LayerFacts]) -> GPUNet:
    """The network that a configuration describes, with PyTorch's initial weights."""
    data, *layers = configuration
    grammar = DISTILLED_LAYERS if data["distill"] else PLAIN_LAYERS
    modules: OrderedDict[str, nn.Module] = OrderedDict()
    for position, facts in enumerate(layers, start=2):
        name, make = grammar[facts["layer_type"]]
        modules[name.format(position=position, stage=facts.get("stage"))] = make(facts)
    return GPUNet(modules)


@torch.no_grad()
def trace(model: GPUNet, x: Tensor) -> OrderedDict[str, Tensor]:
    """Output of every entry of `network`, by module name, in evaluation mode."""
    outputs: OrderedDict[str, Tensor] = OrderedDict()
    model.eval()
    for name, layer in model.network.named_children():
        x = layer(x)
        outputs[name] = x
    return outputs


def golden_arrays(model: GPUNet, x: Tensor) -> dict[str, Any]:
    """The arrays of a golden file: the input, every layer's output, the network's output."""
    outputs = trace(model, x)
    arrays = {f"layers/{name}": value.numpy() for name, value in outputs.items()}
    return {"input": x.numpy(), **arrays, "output": next(reversed(outputs.values())).numpy()}


@torch.no_grad()
def multiply_adds(model: GPUNet, resolution: int) -> int:
    """Multiply-adds of all convolutions and the classifier for one square image."""
    total = 0

    def count(module: nn.Module, _: Any, output: Tensor) -> None:
        nonlocal total
        total += output.numel() * module.weight[0].numel()

    counted = [m for m in model.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    hooks = [module.register_forward_hook(count) for module in counted]
    model.eval()(torch.zeros(1, 3, resolution, resolution, device=counted[0].weight.device))
    for hook in hooks:
        hook.remove()
    return total
