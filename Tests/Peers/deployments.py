"""The ways in which people put the preparation of images, and what they want of the answers, into the
module that they export."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
HALF = (0.5, 0.5, 0.5)
SIDE = 64


def normalized(x: Tensor) -> Tensor:
    return (x - torch.tensor(MEAN).view(1, 3, 1, 1)) / torch.tensor(STD).view(1, 3, 1, 1)


def by_channel(x: Tensor) -> Tensor:
    parts = [(part - m) / s for part, m, s in zip(x.unbind(1), MEAN, STD, strict=True)]
    return torch.stack(parts, 1)


def transformed(x: Tensor) -> Tensor:
    """As torchvision's Inception changes one normalization into another: what it takes are no pixels."""
    parts = [
        x[:, index].unsqueeze(1) * (s / 0.5) + (m - 0.5) / 0.5
        for index, (m, s) in enumerate(zip(MEAN, STD, strict=True))
    ]
    return torch.cat(parts, 1)


@dataclass(frozen=True)
class Deployment:
    """A front and a tail, and what is to be found of them."""

    name: str
    front: Callable[[Tensor], Tensor]
    shape: tuple[int, ...] = (2, 3, SIDE, SIDE)
    dtype: torch.dtype = torch.float32
    tail: Callable[[Tensor], Tensor] = lambda y: y
    axes: str = "N×C×H×W"
    mean: tuple[float, ...] | None = MEAN
    std: tuple[float, ...] | None = STD
    remark: str = ""

    @property
    def image(self) -> Tensor:
        generator = torch.Generator().manual_seed(7)
        if self.dtype == torch.uint8:
            return torch.randint(0, 256, self.shape, dtype=self.dtype, generator=generator)
        return torch.rand(self.shape, generator=generator).to(self.dtype)

    def around(self, network: nn.Module) -> nn.Module:
        return Around(network, self).eval()


class Around(nn.Module):
    def __init__(self, network: nn.Module, deployment: Deployment) -> None:
        super().__init__()
        self.network = network
        self.deployment = deployment

    def forward(self, x: Tensor) -> Tensor:
        return self.deployment.tail(self.network(self.deployment.front(x)))


LAST = (2, SIDE, SIDE, 3)
BYTES = torch.uint8

DEPLOYMENTS = [
    Deployment("none", lambda x: x, mean=None, std=None),
    Deployment("normalized", normalized),
    Deployment("by channel", by_channel),
    Deployment("inception", transformed, mean=None, std=None, remark="no mean and std of pixels"),
    Deployment("between -1 and 1", lambda x: x * 2 - 1, mean=HALF, std=HALF),
    Deployment("clamped", lambda x: normalized(x.clamp(0, 1)), remark="0 to 1,"),
    Deployment("bytes", lambda x: normalized(x.float() / 255), dtype=BYTES, remark="0 to 255,"),
    Deployment("bytes, blue first", lambda x: normalized(x[:, [2, 1, 0]] / 255), dtype=BYTES,
               remark="channels reversed"),
    Deployment("bytes, channels last", lambda x: normalized(x.permute(0, 3, 1, 2) / 255), LAST,
               BYTES, axes="N×H×W×C"),
    Deployment("bytes, channels last, blue first",
               lambda x: normalized(x.flip(-1).permute(0, 3, 1, 2) / 255), LAST, BYTES,
               axes="N×H×W×C", remark="channels reversed"),
    Deployment("bytes, transparency", lambda x: normalized(x[..., :3].permute(0, 3, 1, 2) / 255),
               (2, SIDE, SIDE, 4), BYTES, axes="N×H×W×C", remark="channels not used: 3"),
    Deployment("channels_last", lambda x: normalized(x).contiguous(
        memory_format=torch.channels_last)),
    Deployment("softmax and best", normalized, tail=lambda y: torch.topk(y.softmax(-1), 3),
               remark=r"Softmax, TopK \(3 largest\)"),
    Deployment("class", normalized, tail=lambda y: y.argmax(1), remark="ArgMax"),
]  # fmt: skip
