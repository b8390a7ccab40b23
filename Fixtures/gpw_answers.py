"""What the program of a `.gpw` file answers, in plain Python and 64 bits.

Written from `Schemas/gpw-format.md`, one loop a definition, for networks of a few channels.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from gpw_bytes import Tensor

Map = list[list[list[float]]]
"""Channels of rows of elements."""
Layers = list[list[list[int]]]
"""Layers of steps of numbers, as `program.operations` has them one after another."""


def fingerprint_input(channels: int, height: int, width: int) -> Map:
    """The image whose answer a fingerprint records."""
    state = 0

    def value() -> float:
        nonlocal state
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (state >> 40) * 2.0**-22 - 2

    return [[[value() for _ in range(width)] for _ in range(height)] for _ in range(channels)]


def answer(layers: Layers, epsilons: list[float], tensors: list[Tensor], image: Map) -> list[float]:
    """The logits, one a class."""
    parameters, rest = iter(tensors), iter(epsilons)
    value = image
    for layer in layers:
        entering = value
        for step in layer:
            value = applied(step, value, entering, parameters, rest)
    assert next(parameters, None) is None and next(rest, None) is None
    return [channel[0][0] for channel in value]


def applied(
    step: list[int], value: Map, entering: Map, parameters: Iterator[Tensor], rest: Iterator[float]
) -> Map:
    code, *numbers = step
    if code == 1:
        return convolved(numbers, value, parameters, rest)
    if code == 2:
        return mapped(value, numbers[0])
    if code == 3:
        channels, width, activation, _ = numbers
        reduced = convolved(pointwise(channels, width), mean(value), parameters, rest)
        expanded = convolved(
            pointwise(width, channels), mapped(reduced, activation), parameters, rest
        )
        gates = [sigmoid(channel[0][0]) for channel in expanded]
        return [
            [[element * gate for element in row] for row in channel]
            for channel, gate in zip(value, gates)
        ]
    if code == 4:
        return [
            [[a + b for a, b in zip(*rows)] for rows in zip(*channels)]
            for channels in zip(value, entering)
        ]
    if code == 5:
        return mean(value)
    return convolved(pointwise(*numbers), value, parameters, rest)


def pointwise(inputs: int, outputs: int) -> list[int]:
    """The numbers of a 1×1 convolution with a bias."""
    return [inputs, outputs, 1, 1, 0, 0, 0, 0, 0, 1, 1, 0]


def convolved(
    numbers: list[int], value: Map, parameters: Iterator[Tensor], rest: Iterator[float]
) -> Map:
    _, outputs, kernel, stride, rule, *pads, groups, has_bias, has_norm = numbers
    height, width = len(value[0]), len(value[0][0])
    if rule == 1:
        rows, columns = (same(extent, kernel, stride) for extent in (height, width))
        pads = [rows // 2, columns // 2, rows - rows // 2, columns - columns // 2]
    top, left, bottom, right = pads
    weight = next(parameters)
    per_group, out_per_group = weight.shape[1], outputs // groups
    result = []
    for o in range(outputs):
        rows = []
        for y in range((height + top + bottom - kernel) // stride + 1):
            row = []
            for x in range((width + left + right - kernel) // stride + 1):
                total = 0.0
                for i in range(per_group):
                    channel = value[o // out_per_group * per_group + i]
                    for a in range(kernel):
                        for b in range(kernel):
                            v, u = y * stride + a - top, x * stride + b - left
                            if 0 <= v < height and 0 <= u < width:
                                place = ((o * per_group + i) * kernel + a) * kernel + b
                                total += weight.values[place] * channel[v][u]
                row.append(total)
            rows.append(row)
        result.append(rows)
    if has_bias:
        bias = next(parameters).values
        result = [[[e + bias[o] for e in row] for row in rows] for o, rows in enumerate(result)]
    if has_norm:
        epsilon = next(rest)
        factor, addend, middle, variance, _ = (next(parameters).values for _ in range(5))
        for o, rows in enumerate(result):
            deviation = math.sqrt(variance[o] + epsilon)
            for row in rows:
                row[:] = [(e - middle[o]) / deviation * factor[o] + addend[o] for e in row]
    return result


def same(extent: int, kernel: int, stride: int) -> int:
    """All zeros along an axis."""
    return max((-(-extent // stride) - 1) * stride + kernel - extent, 0)


def mapped(value: Map, activation: int) -> Map:
    function = {1: lambda x: max(x, 0.0), 2: lambda x: x * sigmoid(x)}[activation]
    return [[[function(element) for element in row] for row in channel] for channel in value]


def mean(value: Map) -> Map:
    return [[[math.fsum(map(sum, channel)) / len(channel) / len(channel[0])]] for channel in value]


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))
