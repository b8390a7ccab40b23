"""Settings of modules that a file of a whole module states, each changed.

Names and shapes of the parameters stay what they are. Each function changes a network in place, and
says whether it has such a module.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

import wrong_facts


def stride(model: nn.Module) -> bool:
    """The last convolution that makes maps smaller does not."""
    strided = [m for m in wrong_facts.convolutions(model) if m.stride != (1, 1)]
    strided[-1].stride = (1, 1)
    return True


def dilation(model: nn.Module) -> bool:
    wrong_facts.convolutions(model)[-1].dilation = (2, 2)
    return True


def padding(model: nn.Module) -> bool:
    """Of a convolution that pads as PyTorch's do."""
    plain = [m for m in wrong_facts.convolutions(model) if type(m) is nn.Conv2d]
    if plain:
        plain[-1].padding = tuple(side + 1 for side in plain[-1].padding)
    return bool(plain)


def activation(model: nn.Module) -> bool:
    """Every nonlinearity but those of gates is another one."""
    kinds = ("MemoryEfficientSwish", "ReLU", "ReLU6", "SiLU", "Swish")
    places = [
        (parent, name)
        for path, parent in model.named_modules()
        for name, child in parent.named_children()
        if type(child).__name__ in kinds and not path.endswith(".se")
    ]
    for parent, name in places:
        setattr(parent, name, nn.Hardswish())
    return bool(places)


SETTINGS: dict[str, Callable[[nn.Module], bool]] = {
    "epsilon": wrong_facts.another_epsilon,
    "relu": wrong_facts.relu_without_end,
    "stride": stride,
    "dilation": dilation,
    "padding": padding,
    "activation": activation,
}
