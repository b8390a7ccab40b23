"""Weights of realistic scale for networks nobody has trained.

An untrained network is a poor test subject: with PyTorch's initial weights and unit running
statistics signals fade or explode with depth, dead layers agree with anything, and unit affine
terms hide mistakes in folding. Here every tensor gets values that matter, and the running
statistics are those of image-like inputs at each layer.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from gpunet_torch import GPUNet, trace

MEAN = (0.485, 0.456, 0.406)
STANDARD_DEVIATION = (0.229, 0.224, 0.225)


def image_batch(count: int, height: int, width: int, seed: int) -> Tensor:
    """Normalised image-like inputs, N×3×H×W: waves, an edge and a disc at random, and noise.

    Every second image is mostly noise, so that neither smooth nor rough inputs are left out.
    """
    generator = torch.Generator().manual_seed(seed)

    def uniform(*shape: int) -> Tensor:
        return torch.rand(*shape, 1, 1, generator=generator, dtype=torch.float64)

    y = torch.linspace(0, 1, height, dtype=torch.float64).view(1, 1, height, 1)
    x = torch.linspace(0, 1, width, dtype=torch.float64).view(1, 1, 1, width)
    turns = 6 * uniform(count, 3) * x + 6 * uniform(count, 3) * y + uniform(count, 3)
    waves = torch.sin(2 * math.pi * turns)
    edge = (uniform(count, 1) * x + (1 - uniform(count, 1)) * y > uniform(count, 1)).double()
    distance = (x - uniform(count, 1)) ** 2 + (y - uniform(count, 1)) ** 2
    disc = (distance < 0.2 * uniform(count, 1)).double()
    shapes = 0.4 * (uniform(count, 3) - 0.5) * edge + (uniform(count, 3) - 0.5) * disc
    noise = torch.randn(count, 3, height, width, generator=generator, dtype=torch.float64)
    roughness = torch.where(torch.arange(count).view(-1, 1, 1, 1) % 2 == 0, 0.03, 0.25)
    base = 0.25 + 0.5 * uniform(count, 3)
    pixels = (base + 0.25 * waves + shapes + roughness * noise).clamp(0, 1)
    mean = torch.tensor(MEAN, dtype=torch.float64).view(1, 3, 1, 1)
    deviation = torch.tensor(STANDARD_DEVIATION, dtype=torch.float64).view(1, 3, 1, 1)
    return ((pixels - mean) / deviation).float()


@torch.no_grad()
def fill(
    model: GPUNet, seed: int, resolution: int, batch: int = 8, branch_scale: float = 1.0
) -> None:
    """Gives `model` weights from `seed` and running statistics measured at `resolution`.

    `branch_scale` is how large the branch of a residual block is beside what it is added to.
    Training leaves it small; at 1 every block of a deep network enlarges rounding errors.
    """
    generator = torch.Generator().manual_seed(seed)

    def normal(tensor: Tensor, mean: float, deviation: float) -> None:
        tensor.copy_(mean + deviation * torch.randn(tensor.shape, generator=generator))

    for position, module in enumerate(model.modules()):
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            gain = 2.0 if isinstance(module, nn.Conv2d) else 1.0
            normal(module.weight, 0.0, math.sqrt(gain / module.weight[0].numel()))
            if module.bias is not None:
                normal(module.bias, 0.0, 0.3)
        elif isinstance(module, nn.BatchNorm2d):
            normal(module.weight, 1.0, 0.15)
            module.weight.clamp_(min=0.4)
            normal(module.bias, 0.0, 0.1)
            module.momentum = 1.0
            module.num_batches_tracked.fill_(1000 + position)
    for layer in model.network.children():
        if getattr(layer, "residual", False):
            last = [module for module in layer.modules() if isinstance(module, nn.BatchNorm2d)][-1]
            last.weight.mul_(branch_scale)
            last.bias.mul_(branch_scale)
    images = image_batch(batch, resolution, resolution, seed + 1)
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    model.eval()
    for norm in norms:
        norm.train()
    # With momentum 1 each norm stores this batch's statistics and passes on what they give.
    model.network(images)
    for norm in norms:
        norm.momentum = 0.1
    model.eval()
    assert_alive(model, image_batch(2, resolution, resolution, seed + 2))


def assert_alive(model: GPUNet, two_images: Tensor) -> None:
    """Raises if a layer is dead or outgrown, or if two different images get nearly one answer."""
    outputs = trace(model, two_images)
    for name, value in outputs.items():
        scale, deviation = value.abs().max().item(), value.std().item()
        alive = value.flatten(2).std(2).gt(1e-4).float().mean().item() if value.dim() == 4 else 1.0
        if not (math.isfinite(scale) and scale < 1e3 and deviation > 1e-2 and alive > 0.9):
            raise AssertionError(
                f"layer {name!r}: largest {scale:g}, deviation {deviation:g}, "
                f"{alive:.0%} of the channels alive"
            )
    first, second = next(reversed(outputs.values()))
    difference = ((first - second).abs().max() / first.abs().max()).item()
    if difference < 0.05:
        raise AssertionError(f"two different images differ by only {difference:.3g} in the output")
