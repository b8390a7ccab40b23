"""Writes `gpw/`: the smallest `.gpw` file of a GPUNet, others, and one for every broken rule.

    python make_gpw_fixtures.py            # the standard library alone
    python make_gpw_fixtures.py --dump     # prints the smallest file, annotated

Written from `Schemas/gpw-format.md` alone, so that nothing here shares a mistake with the package's
own writer. The bad files are a good one with one thing changed; the header's checksum is right
again wherever it is not the thing.
"""

from __future__ import annotations

import argparse
import math
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

from gpw_answers import Layers, answer, fingerprint_input
from gpw_bytes import (
    BINARY16, BLOCKED, INTEGERS, NUMBERS, SIGNED_16, TEXT, TEXTS,
    Changing, Content, Tensor, Value, dump, encoded, file, write_folder,
)  # fmt: skip

FOLDER = Path(__file__).resolve().parent / "gpw"

HEAD, TAIL = "prologue_i1_o1_s2_relu", "epilogue_i1_o1_s1_relu"
WEIGHT, BIAS = "network.head: 2.net.0.weight", "network. layer3.net.6.bias"
LAST_KEY = "provenance.tool-version"


# Steps


def convolution(
    inputs: int, outputs: int, kernel: int = 1, stride: int = 1, *, pads: list[int] | None = None,
    rule: int = 0, groups: int = 1, bias: int = 1, norm: int = 0,
) -> list[int]:  # fmt: skip
    """A convolution with a bias, which keeps the size of its map unless something else is said."""
    pads = [0 if rule else (kernel - 1) // 2] * 4 if pads is None else pads
    return [1, inputs, outputs, kernel, stride, rule, *pads, groups, bias, norm]


def excite(channels: int, width: int, activation: int = 1) -> list[int]:
    return [3, channels, width, activation, 1]


def classifier(features: int, classes: int) -> list[int]:
    return [6, features, classes]


RELU, SWISH = [2, 1], [2, 2]
RESIDUAL, MEAN = [4], [5]
FIRST = [convolution(1, 1, 3, 2), RELU]
LAST = [convolution(1, 1), RELU, MEAN, classifier(1, 1)]


# Good files


def program(layers: Layers, image: list[int]) -> dict[str, tuple[int, Value]]:
    return {
        "program.input": (INTEGERS, image),
        "program.layers": (INTEGERS, [len(layer) for layer in layers]),
        "program.operations": (INTEGERS, [n for layer in layers for step in layer for n in step]),
    }


def smallest() -> Content:
    """Two layers, one channel, one class, no text that may be empty: a GPUNet can lack nothing."""
    return Content(
        {
            "architecture.convention": (TEXT, "gpunet"),
            "architecture.layers": (TEXTS, [HEAD, TAIL]),
            "architecture.modules": (TEXTS, ["head: 2", " layer3"]),
            "architecture.stages": (INTEGERS, [-1, -1]),
            "preprocessing.crop": (NUMBERS, [1.0]),
            "preprocessing.interpolation": (TEXT, "bicubic"),
            "preprocessing.mean": (NUMBERS, [0.5, 0.5, 0.5]),
            "preprocessing.std": (NUMBERS, [0.25, 0.25, 0.25]),
            "program.epsilon": (NUMBERS, []),
            **program([FIRST, LAST], [1, 8, 8]),
            "provenance.format": (TEXT, ""),
            "provenance.key": (TEXT, ""),
            "provenance.options": (TEXTS, []),
            "provenance.sha256": (TEXT, ""),
            "provenance.source": (TEXT, ""),
            "provenance.tool-version": (TEXT, ""),
        },
        [
            Tensor(WEIGHT, [1, 1, 3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9]),
            Tensor("network.head: 2.net.0.bias", [1], [0.5]),
            Tensor("network. layer3.net.0.weight", [1, 1, 1, 1], [1.5]),
            Tensor("network. layer3.net.0.bias", [1], [-0.25]),
            Tensor("network. layer3.net.6.weight", [1, 1], [2.0]),
            Tensor(BIAS, [1], [-1.0]),
        ],
    )


def blocked() -> Content:
    """Blocked tensors of which neither outputs nor inputs fill their last block."""
    layers = [
        [convolution(3, 18, 3, 2), RELU],
        [convolution(18, 17, 3), RELU],
        [convolution(17, 20), RELU, MEAN, classifier(20, 17)],
    ]
    content = with_metadata(
        {
            "architecture.layers": (
                TEXTS,
                ["prologue_i3_o18_s2_relu", "conv_k3_i18_o17_s1_relu", "epilogue_i17_o20_s1_relu"],
            ),
            "architecture.modules": (TEXTS, ["head: 2", "stage: 1 layer3", " layer4"]),
            "architecture.stages": (INTEGERS, [-1, 1, -1]),
            **program(layers, [3, 8, 8]),
        }
    )
    content.tensors = [
        *parameters("network.head: 2.net.0", [18, 3, 3, 3]),
        *parameters("network.stage: 1 layer3.conv", [17, 18, 3, 3]),
        *parameters("network. layer4.net.0", [20, 17, 1, 1]),
        *parameters("network. layer4.net.6", [17, 20]),
    ]
    for number, tensor in enumerate(content.tensors):
        # Whole numbers that binary16 has, different from each other for a long way.
        tensor.values = [(7 * n + number) % 2039 - 1000 for n in range(len(tensor.values))]
        tensor.layout = BLOCKED
    return content


def stranger() -> Content:
    """A program that no GPUNet has, with labels that mean nothing to anybody.

    Every step, norms with epsilons of their own, "same" and uneven zeros, a residual in a layer
    that widens nothing, groups, and what it all answers.
    """
    layers = [
        [convolution(3, 6, 3, 2, rule=1, bias=0, norm=1), SWISH],
        [convolution(6, 6, 3, bias=1, norm=1), RESIDUAL],
        [
            convolution(6, 6, 5, 2, pads=[0, 1, 2, 3], groups=6, bias=0, norm=1), RELU,
            excite(6, 2, 2), convolution(6, 9, groups=3, bias=0), RELU,
        ],
        [MEAN, convolution(9, 4), RELU, classifier(4, 3)],
    ]  # fmt: skip
    epsilons = [0.01, 0.0, 0.25]
    image = [3, 12, 9]
    content = with_metadata(
        {
            "architecture.convention": (TEXT, "nobody's epsilon=different"),
            "architecture.layers": (TEXTS, ["?", "", "irb_k3", "tail"]),
            "architecture.modules": (TEXTS, ["0", "1", "", "3"]),
            "architecture.stages": (INTEGERS, [7, -1, 0, 2**62]),
            "program.epsilon": (NUMBERS, epsilons),
            **program(layers, image),
        }
    )
    content.tensors = [
        *parameters("0.w", [6, 3, 3, 3])[:1], *norm("0.n", 6),
        *parameters("1", [6, 6, 3, 3]), *norm("a norm", 6),
        *parameters("2.0", [6, 1, 5, 5])[:1], *norm("2.1", 6),
        *parameters("2.2", [2, 6, 1, 1]), *parameters("2.3", [6, 2, 1, 1]),
        *parameters("2.4", [9, 2, 1, 1])[:1],
        *parameters("3", [4, 9, 1, 1]), *parameters("", [3, 4]),
    ]  # fmt: skip
    for number, tensor in enumerate(content.tensors):
        # Numbers that binary16 has; variances are positive.
        lowest = 4 if tensor.name.endswith("running_var") else -9
        tensor.values = [
            ((5 * n * n + 3 * number) % 19 + lowest) / 16 for n in range(len(tensor.values))
        ]
    logits = answer(layers, epsilons, content.tensors, fingerprint_input(*image))
    content.metadata |= {
        "fingerprint.size": (INTEGERS, image[1:]),
        "fingerprint.logits": (NUMBERS, logits),
        "fingerprint.tolerance": (NUMBERS, [1e-4]),
    }
    return content


def parameters(path: str, shape: list[int]) -> list[Tensor]:
    """Weight and bias of a convolution or classifier."""
    return [
        Tensor(f"{path}.{part}", axes, [0.5] * math.prod(axes))
        for part, axes in (("weight", shape), ("bias", shape[:1]))
    ]


def norm(path: str, channels: int) -> list[Tensor]:
    parts = ("weight", "bias", "running_mean", "running_var")
    tensors = [Tensor(f"{path}.{part}", [channels], [0.5] * channels) for part in parts]
    return [*tensors, Tensor(f"{path}.num_batches_tracked", [], [0], SIGNED_16)]


# Ways to break a rule


def changed(line: str, offset: int, form: str, value: int | bytes) -> bytes:
    return Changing(smallest()).put(line, offset, form, value).repaired


def with_metadata(changes: dict[str, tuple[int, Value]], without: str = "") -> Content:
    content = smallest()
    content.metadata.pop(without, None)
    content.metadata.update(changes)
    return content


def with_value(key: str, kind: int, value: Value) -> bytes:
    return file(with_metadata({key: (kind, value)}))


def with_tensors(tensors: list[Tensor]) -> bytes:
    return file(Content(smallest().metadata, tensors))


def with_tensor(index: int, **changes: Any) -> bytes:
    tensors = smallest().tensors
    tensors[index] = replace(tensors[index], **changes)
    return with_tensors(tensors)


def with_blocked(**changes: Any) -> Content:
    """The smallest file with its last tensor blocked."""
    content = smallest()
    content.tensors[5] = replace(content.tensors[5], layout=BLOCKED, **changes)
    return content


def with_fingerprint(**changes: Value | None) -> bytes:
    """The smallest file with a fingerprint in which something is wrong; None leaves a key out."""
    right: dict[str, tuple[int, Value]] = {
        "size": (INTEGERS, [8, 8]), "logits": (NUMBERS, [0.75]), "tolerance": (NUMBERS, [0.001])
    }  # fmt: skip
    entries: dict[str, tuple[int, Value]] = {}
    for name, (kind, value) in right.items():
        found = changes.get(name, value)
        if found is not None:
            entries[f"fingerprint.{name}"] = (kind, found)
    return file(with_metadata(entries))


def with_layers(
    layers: Layers,
    tensors: list[Tensor] | None = None,
    epsilons: list[float] | None = None,
    image: list[int] | None = None,
) -> bytes:
    """The smallest file with another program, and the tensors of the smallest unless others are."""
    count = len(layers)
    content = with_metadata(
        {
            "architecture.layers": (TEXTS, [HEAD, TAIL] if count == 2 else [""] * count),
            "architecture.modules": (TEXTS, ["head: 2", " layer3"] if count == 2 else [""] * count),
            "architecture.stages": (INTEGERS, [-1] * count),
            "program.epsilon": (NUMBERS, epsilons or []),
            **program(layers, image or [1, 8, 8]),
        }
    )
    content.tensors = content.tensors if tensors is None else tensors
    return file(content)


def with_steps(first: list[list[int]], last: list[list[int]] = LAST) -> bytes:
    """The smallest file with other steps that need the same tensors, as far as they are any."""
    return with_layers([first, last])


def with_middle(steps: list[list[int]], *shapes: list[int]) -> bytes:
    """The smallest file with a layer between its two, whose weights have these shapes."""
    tensors = smallest().tensors
    middle = [
        tensor for n, shape in enumerate(shapes) for tensor in parameters(f"middle.{n}", shape)
    ]
    return with_layers([FIRST, steps, LAST], tensors[:2] + middle + tensors[2:])


def normed(epsilons: list[float]) -> bytes:
    """The smallest file with a norm behind its first convolution."""
    first = [convolution(1, 1, 3, 2, norm=1), RELU]
    tensors = smallest().tensors
    return with_layers([first, LAST], tensors[:2] + norm("norm", 1) + tensors[2:], epsilons)


def bad_preambles(good: bytes) -> dict[str, bytes]:
    metadata_length, table_length, _, _, data_offset = struct.unpack_from("<QQIIQ", good, 24)
    return {
        "magic-other": changed("versions", 0, "B", 0x88),
        "magic-text-mode": good.replace(b"\r\n", b"\n"),
        "length-empty": b"",
        "length-preamble-cut": good[:63],
        "version-zero": changed("versions", 8, "Q", 0),
        "version-minimum-zero": changed("versions", 12, "I", 0),
        "version-minimum-above": changed("versions", 12, "I", 4),
        "version-future": Changing(smallest()).put("versions", 8, "Q", 5 | 4 << 32).repaired,
        "version-older": changed("versions", 12, "I", 2),
        "length-cut": good[:-1],
        "length-longer": good + b"\0",
        "header-metadata-length": changed("lengths", 8, "Q", (16 << 20) + 1),
        "header-table-length": changed("counts", 0, "Q", (64 << 20) + 1),
        "header-entry-count": changed("counts", 8, "I", metadata_length // 16 + 1),
        "header-tensor-count": changed("counts", 12, "I", table_length // 32 + 1),
        "header-tensor-limit": Changing(smallest())
        .put("counts", 0, "Q", 32 * 100_001)
        .put("counts", 12, "I", 100_001)
        .repaired,
        "header-tensor-offset": changed("data", 0, "Q", data_offset + 64),
        "header-beyond-file": Changing(smallest())
        .put("lengths", 8, "Q", metadata_length + 6400)
        .put("data", 0, "Q", data_offset + 6400)
        .repaired,
        "header-reserved": changed("data", 8, "I", 1),
        "header-checksum": Changing(smallest())
        .put("provenance.key key", 13, "B", ord("z"))
        .damaged,
    }


def bad_metadata(entries: int) -> dict[str, bytes]:
    twin = with_metadata({"provenance.sourcf": (TEXT, "")})
    return {
        "metadata-entry-cut": changed("counts", 8, "I", entries + 1),
        "metadata-key-empty": changed(f"{LAST_KEY} head", 0, "I", 0),
        "metadata-key-long": with_value("v" * 4097, TEXT, ""),
        "metadata-key-control": changed(f"{LAST_KEY} key", 22, "B", 0x1B),
        "metadata-key-not-ascii": changed(f"{LAST_KEY} key", 21, "2s", "é".encode()),
        "metadata-keys-order": changed("provenance.key key", 0, "B", ord("q")),
        "metadata-keys-equal": Changing(twin).put("provenance.sourcf key", 16, "B", 0x65).repaired,
        "metadata-type": changed(f"{LAST_KEY} head", 4, "I", 5),
        "metadata-count": changed(f"{LAST_KEY} head", 8, "Q", 1),
        "metadata-count-huge": changed("architecture.layers head", 8, "Q", 2**64 - 1),
        "metadata-text": changed("preprocessing.interpolation value", 0, "B", 0xFF),
        "metadata-left-over": changed("counts", 8, "I", entries - 1),
    }


def bad_tables(count: int) -> dict[str, bytes]:
    scalar = smallest()
    scalar.tensors[5].shape = []
    # Its own dimension is below 2^63, what it is padded to is not.
    wide = with_blocked(shape=[2**63 - 8, 0], values=[], byte_count=0)
    return {
        "table-entry-cut": changed("counts", 12, "I", count + 1),
        "table-type-zero": changed(f"{WEIGHT} first", 4, "B", 0),
        "table-type": changed(f"{WEIGHT} first", 4, "B", 11),
        "table-layout": Changing(with_blocked()).put(f"{BIAS} first", 5, "B", 2).repaired,
        "table-blocked-scalar": Changing(scalar).put(f"{BIAS} first", 5, "B", BLOCKED).repaired,
        "table-blocked-product": file(wide),
        "table-blocked-byte-count": file(with_blocked(byte_count=2)),
        "table-axes": with_tensor(0, shape=[1] * 7 + [3, 3]),
        "table-reserved-byte": changed(f"{WEIGHT} first", 7, "B", 1),
        "table-reserved-word": changed(f"{WEIGHT} second", 12, "I", 1),
        "table-dimension": with_tensor(5, shape=[2**63], byte_count=0),
        "table-product": with_tensor(5, shape=[2**32, 2**32, 0], byte_count=0),
        "table-offset": with_tensor(5, offset=2**63),
        "table-name-empty": with_tensor(5, name=""),
        "table-name-long": with_tensor(5, name="n" * 4097),
        "table-name-control": changed(f"{WEIGHT} name", 8, "B", 0x0A),
        "table-name-not-ascii": changed(f"{WEIGHT} name", 8, "2s", "é".encode()),
        "table-byte-count": with_tensor(5, byte_count=4),
        "table-names-equal": with_tensor(5, name="network. layer3.net.6.weight"),
        "table-left-over": changed("counts", 12, "I", count - 1),
    }


def bad_placements(good: bytes, data_offset: int) -> dict[str, bytes]:
    longer = Changing(smallest()).put("lengths", 0, "Q", len(good) + 64).repaired
    exchanged = smallest().tensors
    exchanged[1].offset, exchanged[2].offset = data_offset + 128, data_offset + 64
    moved = with_metadata({})
    moved.tensors[5].offset = data_offset + 6 * 64
    # So that the metadata do not end at a multiple of 8, whatever else they hold.
    length, metadata_length = struct.unpack_from("<QQ", good, 16)
    assert length == len(good)
    text = "a" * (1 if metadata_length % 8 != 7 else 2)
    uneven = with_metadata({"provenance.source": (TEXT, text)})
    gap = Changing(moved).put("lengths", 0, "Q", len(good) + 64).repaired
    return {
        "placement-after-metadata": Changing(uneven).put("after metadata", 0, "B", 1).repaired,
        "placement-after-table": changed("after table", 0, "B", 1),
        "placement-gap": gap[:-2] + bytes(64) + gap[-2:],
        "placement-overlap": with_tensor(1, offset=data_offset),
        "placement-order": with_tensors(exchanged),
        "placement-unaligned": with_tensor(1, offset=data_offset + 32),
        "placement-beyond-file": with_tensor(5, shape=[1000], byte_count=2000),
        "placement-between": changed("before network.head: 2.net.0.bias", 0, "B", 1),
        "placement-left-over": longer + bytes(64),
    }


def bad_programs() -> dict[str, bytes]:
    tensors = smallest().tensors
    wide = [
        Tensor(WEIGHT, [2, 1, 3, 3], [0.5] * 18),
        Tensor("network.head: 2.net.0.bias", [2], [0.5] * 2),
        *tensors[2:],
    ]
    spread = [[convolution(1, 1, pads=[255] * 4, bias=0) for _ in range(17)], LAST]
    spreading = [parameters(f"{number}", [1, 1, 1, 1])[0] for number in range(17)]
    one, three = [1, 1, 1, 1], [1, 1, 3, 3]

    def first(**changes: Any) -> bytes:
        return with_steps([convolution(1, 1, 3, 2, **changes), RELU])

    def reshaped(shape: list[int], step: list[int]) -> bytes:
        return with_layers(
            [[step, RELU], LAST], parameters("network.head: 2.net.0", shape) + tensors[2:]
        )

    return {
        # Layers and their steps.
        "layers-none": with_layers([], []),
        "steps-none": with_layers([FIRST, [], LAST]),
        "steps-beyond": with_value("program.layers", INTEGERS, [2, 5]),
        "steps-left-over": with_value("program.layers", INTEGERS, [2, 3]),
        "step-cut": with_value(
            "program.operations", INTEGERS, [n for step in FIRST + LAST for n in step][:-1]
        ),
        "step-code": with_steps([convolution(1, 1, 3, 2), [99]]),
        # Their numbers.
        "step-inputs": with_steps([convolution(0, 1, 3, 2), RELU]),
        "step-outputs": with_steps([convolution(1, 131_073, 3, 2), RELU]),
        "step-kernel": reshaped([1, 1, 32, 32], convolution(1, 1, 32, 2)),
        "step-stride": with_steps([convolution(1, 1, 3, 9), RELU]),
        "step-rule": first(rule=2, pads=[0] * 4),
        "step-pad": first(pads=[1, 1, 256, 1]),
        "step-pad-negative": first(pads=[1, -1, 1, 1]),
        "step-pad-same": first(rule=1, pads=[0, 0, 1, 1]),
        "step-groups": with_middle(
            [convolution(1, 3), convolution(3, 3, groups=2), convolution(3, 1)],
            [3, 1, 1, 1], [3, 1, 1, 1], [1, 3, 1, 1],
        ),
        "step-bias": first(bias=2),
        "step-norm": first(norm=2),
        "step-activation": with_steps([convolution(1, 1, 3, 2), [2, 99]]),
        "step-excite-width": with_middle(
            [convolution(1, 1), excite(1, 0)], one, [0, 1, 1, 1], [1, 0, 1, 1]
        ),
        "step-gate": with_middle([convolution(1, 1), [3, 1, 1, 1, 2]], one, one, one),
        "step-classes-none": with_layers(
            [FIRST, [*LAST[:-1], classifier(1, 0)]],
            tensors[:4] + parameters("network. layer3.net.6", [0, 1]),
        ),
        "step-classes": with_steps(FIRST, [*LAST[:-1], classifier(1, 1_000_001)]),
        # Norms.
        "epsilon-missing": normed([]),
        "epsilon-left-over": with_value("program.epsilon", NUMBERS, [0.001]),
        "epsilon-negative": normed([-0.001]),
        "epsilon-infinite": normed([math.inf]),
        # Steps that cannot follow each other.
        "chain": with_layers([[convolution(1, 2, 3, 2), RELU], LAST], wide),
        "first-step": with_layers([[MEAN, *LAST]], tensors[2:]),
        "first-groups": with_layers(
            [[convolution(2, 2, 3, 2, groups=2), RELU, convolution(2, 1)], LAST],
            parameters("a", [2, 1, 3, 3]) + parameters("b", [1, 2, 1, 1]) + tensors[2:],
            image=[2, 8, 8],
        ),
        "activation-first": with_middle([RELU, convolution(1, 1)], one),
        "activation-twice": with_steps([convolution(1, 1, 3, 2), RELU, RELU]),
        "residual-first-layer": with_layers(
            [[convolution(1, 1, 3), RESIDUAL], LAST]
        ),
        "residual-start": with_middle([RESIDUAL, convolution(1, 1, 3)], three),
        "residual-excite": with_middle(
            [convolution(1, 1), excite(1, 1), RESIDUAL], one, one, one
        ),
        "residual-size": with_middle([convolution(1, 1, 3, pads=[1, 1, 1, 0]), RESIDUAL], three),
        "excite-first": with_middle([excite(1, 1), convolution(1, 1)], one, one, one),
        "classifier-missing": with_layers([FIRST, LAST[:-1]], tensors[:4]),
        "classifier-inner": with_middle([MEAN, classifier(1, 1)], [1, 1]),
        "classifier-mean": with_layers(
            [FIRST, [*LAST[:2], classifier(1, 1)]], image=[1, 1, 1]
        ),
        "classifier-map": with_layers(
            [[*FIRST, MEAN, convolution(1, 1, pads=[1, 0, 0, 0]), classifier(1, 1)]]
        ),
        "map-small": with_middle([convolution(1, 1, 5, pads=[0] * 4)], [1, 1, 5, 5]),
        "map-large": with_layers(spread, spreading + tensors[2:], image=[1, 8192, 8]),
    }


def bad_networks() -> dict[str, bytes]:
    tensors = smallest().tensors
    stranger = Tensor("network. layer3.net.7.bias", [1], [0.0])
    counting = smallest().tensors
    counting[2:2] = norm("norm", 1)
    counting[6] = replace(counting[6], type_code=BINARY16)
    first = [convolution(1, 1, 3, 2, norm=1), RELU]
    return {
        "key-missing": file(with_metadata({}, without="preprocessing.crop")),
        "key-type": with_value("program.input", NUMBERS, [1.0, 8.0, 8.0]),
        "key-count": with_value("program.input", INTEGERS, [1, 8, 8, 8]),
        "key-layers-count": with_value("architecture.layers", TEXTS, [HEAD]),
        "key-modules-count": with_value("architecture.modules", TEXTS, ["head: 2"]),
        "key-stages-count": with_value("architecture.stages", INTEGERS, [-1] * 3),
        "key-name-type": with_value("architecture.name", TEXTS, ["GPUNet-0"]),
        "key-labels-count": with_value("labels", TEXTS, ["cat", "dog"]),
        "input-zero": with_value("program.input", INTEGERS, [1, 8, 0]),
        "input-limit": with_value("program.input", INTEGERS, [1, 8193, 8]),
        "input-channels": with_value("program.input", INTEGERS, [131_073, 8, 8]),
        "stage": with_value("architecture.stages", INTEGERS, [-2, -1]),
        "tensor-missing": with_tensors(tensors[:-1]),
        "tensor-extra": with_tensors([*tensors, stranger]),
        "tensor-name": with_tensor(5, name="network. layer3.net.6.bits"),
        "tensor-weight-name": with_tensor(4, name="network. layer3.net.6.heavy"),
        "tensor-path": with_tensor(5, name="network. layer3.net.7.bias"),
        "tensor-order": with_tensors([*tensors[:4], tensors[5], tensors[4]]),
        "tensor-count-kind": with_layers([first, LAST], counting, [0.001]),
        "tensor-shape": with_tensor(0, shape=[1, 1, 9, 1]),
        "tensor-axes": with_tensor(5, shape=[1, 1]),
        "tensor-kind": with_tensor(5, type_code=SIGNED_16),
        "mean": with_value("preprocessing.mean", NUMBERS, [0.5, math.nan, 0.5]),
        "std": with_value("preprocessing.std", NUMBERS, [0.25, 0.0, 0.25]),
        "interpolation": with_value("preprocessing.interpolation", TEXT, "nearest"),
        "crop-zero": with_value("preprocessing.crop", NUMBERS, [0.0]),
        "crop-above": with_value("preprocessing.crop", NUMBERS, [1.5]),
        "preprocessing-origin": with_value("preprocessing.origin", TEXT, "guessed"),
        "sha256": with_value("provenance.sha256", TEXT, "0" * 63 + "A"),
        "fingerprint-alone": with_fingerprint(logits=None, tolerance=None),
        "fingerprint-pair": with_fingerprint(tolerance=None),
        "fingerprint-size": with_fingerprint(size=[8]),
        "fingerprint-size-zero": with_fingerprint(size=[8, 0]),
        "fingerprint-size-large": with_fingerprint(size=[1025, 8]),
        "fingerprint-logits": with_fingerprint(logits=[0.75, 0.25]),
        "fingerprint-logit": with_fingerprint(logits=[math.nan]),
        "fingerprint-tolerances": with_fingerprint(tolerance=[0.001, 0.001]),
        "fingerprint-tolerance-zero": with_fingerprint(tolerance=[0.0]),
        "fingerprint-tolerance-infinite": with_fingerprint(tolerance=[math.inf]),
    }


def bad_files(good: bytes) -> dict[str, bytes]:
    entries, tensors, data_offset = struct.unpack_from("<IIQ", good, 40)
    networks = {f"network-{name}": data for name, data in (bad_programs() | bad_networks()).items()}
    return {
        **bad_preambles(good),
        **bad_metadata(entries),
        **bad_tables(tensors),
        **bad_placements(good, data_offset),
        **networks,
        "tensor-checksum": changed(f"{WEIGHT} data", 1, "B", 0x31),
        "tensor-padding": file(with_blocked(padding=1.0)),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--dump", action="store_true")
    if parser.parse_args().dump:
        print(dump(encoded(smallest())))
        return
    good = {
        "smallest": smallest(),
        "blocked": blocked(),
        "mixed": with_blocked(),
        "stranger": stranger(),
    }
    files = {name: file(content) for name, content in good.items()}
    write_folder(FOLDER, files | bad_files(files["smallest"]))


if __name__ == "__main__":
    main()
