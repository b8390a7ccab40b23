"""Weights of realistic scale for any module tree, as `generated_weights.py` has them for GPUNets.

Nothing is asked of a network's classes: what a module does is seen while it runs. Every tensor gets
values that matter and differ from each other, and the running statistics are those of image-like
inputs at each norm, so that no layer is dead and a wrong epsilon, pad or activation shows.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from generated_weights import image_batch

BRANCH_SCALE = 0.25
"""How large a residual block's branch is beside what it is added to, as training leaves it."""

CLIPPED_SCALE = 3.0
"""Of a norm in front of relu6: as large as this, a share of the values is beyond 6 as after
training, so that relu in its place gives another answer."""

LEAST_GAIN = 0.2
"""Of a channel's weights, beside 1 for the most. Variances then spread over a factor of 25, and the
small ones are where epsilon matters."""

BATCH = 4
LARGEST_SIDE = 160
"""Of the images for the statistics: maps must only be more than points."""

Handle = torch.utils.hooks.RemovableHandle


def seed_of(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:6], "big")


@torch.no_grad()
def fill(
    model: nn.Module,
    seed: int,
    resolution: int,
    batch: int = BATCH,
    branch_scale: float = BRANCH_SCALE,
) -> None:
    """Gives `model` weights from `seed` and running statistics measured on images.

    The images are of `resolution`, or smaller where that is large.
    """
    model.eval()
    side = min(resolution, LARGEST_SIDE)
    probe = image_batch(1, side, side, seed)
    branches = residual_norms(model, probe)
    clipped = clipped_norms(model, probe)
    generator = torch.Generator().manual_seed(seed)
    for position, module in enumerate(model.modules()):
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            _fill_weights(module, generator)
        elif isinstance(module, _BatchNorm):
            scale = branch_scale if module in branches else 1.0
            _fill_norm(module, generator, scale * (CLIPPED_SCALE if module in clipped else 1.0))
            module.num_batches_tracked.fill_(1000 + position)
    measure_statistics(model, image_batch(batch, side, side, seed + 1))


def _normal(tensor: Tensor, mean: float, deviation: float, generator: torch.Generator) -> None:
    tensor.copy_(mean + deviation * torch.randn(tensor.shape, generator=generator))


def _fill_weights(module: nn.Conv2d | nn.Linear, generator: torch.Generator) -> None:
    gain = 2.0 if isinstance(module, nn.Conv2d) else 1.0
    _normal(module.weight, 0.0, math.sqrt(gain / module.weight[0].numel()), generator)
    if module.bias is None:
        spread = torch.rand(len(module.weight), generator=generator)
        gains = torch.exp(math.log(LEAST_GAIN) * spread)
        module.weight.mul_(gains.view(-1, *[1] * (module.weight.dim() - 1)))
    else:
        _normal(module.bias, 0.0, 0.3, generator)


def _fill_norm(norm: _BatchNorm, generator: torch.Generator, scale: float) -> None:
    _normal(norm.weight, 1.0, 0.15, generator)
    norm.weight.clamp_(min=0.4).mul_(scale)
    _normal(norm.bias, 0.0, 0.1, generator)
    norm.bias.mul_(scale)


@torch.no_grad()
def measure_statistics(model: nn.Module, images: Tensor) -> None:
    """Sets every norm's statistics to those of its inputs, which earlier norms have normalised."""
    norms = [module for module in model.modules() if isinstance(module, _BatchNorm)]
    before = [(norm.momentum, norm.num_batches_tracked.clone()) for norm in norms]
    for norm in norms:
        norm.momentum = 1.0
        norm.train()
    model(images)
    for norm, (momentum, count) in zip(norms, before, strict=True):
        norm.momentum = momentum
        norm.num_batches_tracked.copy_(count)
        norm.eval()


@contextlib.contextmanager
def _hooks(handles: list[Handle]) -> Iterator[None]:
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@torch.no_grad()
def residual_norms(model: nn.Module, images: Tensor) -> set[_BatchNorm]:
    """The norms at the ends of branches to which a module adds its own input, to the bit."""
    found: set[_BatchNorm] = set()
    last: list[tuple[_BatchNorm, Tensor]] = []
    inputs: dict[nn.Module, Tensor] = {}

    def enter(module: nn.Module, arguments: tuple[Tensor, ...]) -> None:
        inputs[module] = arguments[0].clone()

    def leave(module: nn.Module, _: object, output: Tensor) -> None:
        if isinstance(module, _BatchNorm):
            last[:] = [(module, output.clone())]
        elif last and _is_sum(output, last[0][1], inputs[module]):
            found.add(last[0][0])

    handles = [
        handle
        for module in model.modules()
        for handle in (
            module.register_forward_pre_hook(enter),
            module.register_forward_hook(leave),
        )
    ]
    with _hooks(handles):
        model(images)
    return found


def _is_sum(output: Tensor, first: Tensor, second: Tensor) -> bool:
    same = output.shape == first.shape == second.shape
    return same and torch.equal(output, first + second) and bool(second.ne(0).any())


@torch.no_grad()
def clipped_norms(model: nn.Module, images: Tensor) -> set[_BatchNorm]:
    """The norms whose outputs a relu6 takes."""
    found: set[_BatchNorm] = set()
    entered: list[_BatchNorm] = []

    def enter(module: nn.Module, _: object) -> None:
        if isinstance(module, _BatchNorm):
            entered[:] = [module]
        elif entered:
            found.add(entered[0])

    kinds = (_BatchNorm, nn.ReLU6)
    handles = [
        module.register_forward_pre_hook(enter)
        for module in model.modules()
        if isinstance(module, kinds)
    ]
    with _hooks(handles):
        model(images)
    return found


@torch.no_grad()
def assert_alive(model: nn.Module, images: Tensor, run: Callable[[Tensor], Tensor]) -> None:
    """Raises if a norm's input or output is dead or outgrown anywhere, or if two images that differ
    get nearly one answer."""
    problems: list[str] = []
    names = {module: name for name, module in model.named_modules()}

    def leave(module: nn.Module, arguments: tuple[Tensor, ...], output: Tensor) -> None:
        variances = module.running_var
        if not (variances.min() > 1e-5 and variances.max() < 1e5):
            problems.append(
                f"{names[module]}: variances {variances.min():g} to {variances.max():g}"
            )
        deviation = output.transpose(0, 1).flatten(1).std(1)
        if not (deviation.gt(1e-3).float().mean() > 0.9 and output.abs().max() < 1e3):
            problems.append(
                f"{names[module]}: deviations {deviation.min():g} to {deviation.max():g}"
            )

    norms = [module for module in model.modules() if isinstance(module, _BatchNorm)]
    with _hooks([norm.register_forward_hook(leave) for norm in norms]):
        first, second = run(images)
    difference = ((first - second).abs().max() / first.abs().max()).item()
    if not difference > 0.02:
        problems.append(f"two different images differ by only {difference:.3g} in the output")
    if problems:
        raise AssertionError("; ".join(problems))
