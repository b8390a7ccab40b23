"""Writes `gpw-older/`: `.gpw` files of versions 1 and 2, which state no program.

    python make_older_gpw_fixtures.py      # the standard library alone

Written from what `Schemas/gpw-format.md` says of these versions and from
`Documentation/layer-strings.md`. The bad files are the smallest one with one thing changed that
only a reader of layer strings can see; what all versions have in common is broken in `gpw/`.
"""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

from gpw_answers import answer, fingerprint_input
from gpw_bytes import (
    BLOCKED, INTEGERS, NUMBERS, SIGNED_16, TEXT, TEXTS, Content, Tensor, Value, file, write_folder
)  # fmt: skip

FOLDER = Path(__file__).resolve().parent / "gpw-older"

HEAD, TAIL = "prologue_i1_o1_s2_relu", "epilogue_i1_o1_s1_relu"
WEIGHT = "network.head: 2.net.0.weight"


def smallest() -> Content:
    """Two layers, one channel, one class, no text that may be empty: nothing can be left out."""
    return Content(
        version=2,
        minimum_version=1,
        metadata={
            "architecture.classes": (INTEGERS, [1]),
            "architecture.layers": (
                TEXTS,
                ["prologue_i1_o1_s2_relu", "epilogue_i1_o1_s1_relu"],
            ),
            "architecture.normalization": (TEXT, "folded"),
            "architecture.resolution": (INTEGERS, [8, 8]),
            "architecture.stages": (INTEGERS, [-1, -1]),
            "facts.epsilon": (NUMBERS, [0.001, 0.001]),
            "facts.padding": (INTEGERS, [1, 1, 1, 1, 0, 0, 0, 0]),
            "preprocessing.crop": (NUMBERS, [1.0]),
            "preprocessing.interpolation": (TEXT, "bicubic"),
            "preprocessing.mean": (NUMBERS, [0.5, 0.5, 0.5]),
            "preprocessing.std": (NUMBERS, [0.25, 0.25, 0.25]),
            "provenance.format": (TEXT, ""),
            "provenance.key": (TEXT, ""),
            "provenance.options": (TEXTS, []),
            "provenance.sha256": (TEXT, ""),
            "provenance.source": (TEXT, ""),
            "provenance.tool-version": (TEXT, ""),
        },
        tensors=[
            Tensor("network.head: 2.net.0.weight", [1, 1, 3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9]),
            Tensor("network.head: 2.net.0.bias", [1], [0.5]),
            Tensor("network. layer3.net.0.weight", [1, 1, 1, 1], [1.5]),
            Tensor("network. layer3.net.0.bias", [1], [-0.25]),
            Tensor("network. layer3.net.6.weight", [1, 1], [2.0]),
            Tensor("network. layer3.net.6.bias", [1], [-1.0]),
        ],
    )


def version_1() -> Content:
    """As a writer of version 1 left it."""
    content = smallest()
    content.version = 1
    return content


def mixed() -> Content:
    """The smallest file with its last tensor blocked."""
    content = smallest()
    content.tensors[5] = replace(content.tensors[5], layout=BLOCKED)
    content.minimum_version = 2
    return content


SIZE = [9, 8]
SEPARATE_PROGRAM = [
    [[1, 1, 1, 3, 2, 0, 1, 1, 1, 1, 1, 0, 1], [2, 1]],
    [
        [1, 1, 8, 1, 1, 0, 0, 0, 0, 0, 1, 0, 1],
        [2, 2],
        [1, 8, 8, 3, 1, 0, 1, 1, 1, 1, 8, 0, 1],
        [2, 2],
        [3, 8, 2, 2, 1],
        [1, 8, 1, 1, 1, 0, 0, 0, 0, 0, 1, 0, 1],
        [4],
    ],
    [[1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 1, 0, 1], [2, 1], [5], [6, 1, 1]],
]
"""The steps of the network below, as version 3 states them."""


def separate() -> Content:
    """Norms of their own, and a block with a squeeze-excite and a residual."""
    block = "irb_k3_e1_i1_o1_s1_swish_se_True"
    content = with_metadata(
        {
            "architecture.layers": (TEXTS, [HEAD, block, TAIL]),
            "architecture.name": (TEXT, "a name"),
            "architecture.normalization": (TEXT, "separate"),
            "architecture.stages": (INTEGERS, [-1, 1, -1]),
            "facts.epsilon": (NUMBERS, [0.001] * 5),
            "facts.padding": (INTEGERS, [1] * 4 + [0] * 4 + [1] * 4 + [0] * 16),
            "labels": (TEXTS, ["a class"]),
        }
    )
    first, third, last = "head: 2", "stage: 1 layer3", " layer4"
    content.tensors = [
        *normed(first, "net.0", "net.1", [1, 1, 3, 3]),
        *normed(third, "conv_pw", "bn1", [8, 1, 1, 1]),
        *normed(third, "conv_dw", "bn2", [8, 1, 3, 3]),
        *parameters(third, {"se.conv_reduce": [2, 8, 1, 1], "se.conv_expand": [8, 2, 1, 1]}),
        *normed(third, "conv_pwl", "bn3", [1, 8, 1, 1]),
        *normed(last, "net.0", "net.1", [1, 1, 1, 1]),
        *parameters(last, {"net.6": [1, 1]}),
    ]
    for number, tensor in enumerate(content.tensors):
        # Different from each other, and positive, as variances are.
        tensor.values = [(7 * n + number) % 13 / 8 + 0.25 for n in range(len(tensor.values))]
    logits = answer(
        SEPARATE_PROGRAM, [0.001] * 5, content.tensors, fingerprint_input(1, *SIZE)
    )
    content.metadata |= {
        "fingerprint.size": (INTEGERS, SIZE),
        "fingerprint.logits": (NUMBERS, logits),
        # Whoever folds the norms rounds weights to 16 bits.
        "fingerprint.tolerance": (NUMBERS, [2.0**-10]),
    }
    return content


def normed(module: str, name: str, norm: str, shape: list[int]) -> list[Tensor]:
    """A convolution's weight and its norm."""
    tensors = parameters(module, {name: shape})[:1]
    for part in ("weight", "bias", "running_mean", "running_var"):
        tensors.append(Tensor(f"network.{module}.{norm}.{part}", shape[:1], [0.5] * shape[0]))
    count = f"network.{module}.{norm}.num_batches_tracked"
    return [*tensors, Tensor(count, [], [1], SIGNED_16)]


def blocked() -> Content:
    """Blocked tensors of which neither outputs nor inputs fill their last block."""
    content = with_metadata(
        {
            "architecture.classes": (INTEGERS, [17]),
            "architecture.layers": (
                TEXTS,
                ["prologue_i3_o18_s2_relu", "conv_k3_i18_o17_s1_relu", "epilogue_i17_o20_s1_relu"],
            ),
            "architecture.stages": (INTEGERS, [-1, 1, -1]),
            "facts.epsilon": (NUMBERS, [0.001] * 3),
            "facts.padding": (INTEGERS, [1] * 8 + [0] * 4),
        }
    )
    content.tensors = [
        *parameters("head: 2", {"net.0": [18, 3, 3, 3]}),
        *parameters("stage: 1 layer3", {"conv": [17, 18, 3, 3]}),
        *parameters(" layer4", {"net.0": [20, 17, 1, 1], "net.6": [17, 20]}),
    ]
    for number, tensor in enumerate(content.tensors):
        # Whole numbers that binary16 has, different from each other for a long way.
        tensor.values = [(7 * n + number) % 2039 - 1000 for n in range(len(tensor.values))]
        tensor.layout = BLOCKED
    content.minimum_version = 2
    return content


def with_metadata(changes: dict[str, tuple[int, Value]], without: str = "") -> Content:
    content = smallest()
    content.metadata.pop(without, None)
    content.metadata.update(changes)
    return content


def with_value(key: str, kind: int, value: Value) -> bytes:
    return file(with_metadata({key: (kind, value)}))


def parameters(module: str, convolutions: dict[str, list[int]]) -> list[Tensor]:
    """Weight and bias of convolutions or classifiers with these weights."""
    tensors = []
    for name, shape in convolutions.items():
        for part, axes in (("weight", shape), ("bias", shape[:1])):
            values = [0.5] * math.prod(axes)
            tensors.append(Tensor(f"network.{module}.{name}.{part}", axes, values))
    return tensors


def with_layers(
    layers: list[str],
    stages: list[int] | None = None,
    pads: list[int] | None = None,
    epsilons: list[float] | None = None,
    tensors: list[Tensor] | None = None,
) -> bytes:
    """The smallest file with other layer strings, the padding of each convolution, and tensors."""
    pads = [1, 0] if pads is None else pads
    content = with_metadata(
        {
            "architecture.layers": (TEXTS, layers),
            "architecture.stages": (INTEGERS, stages or [-1] * len(layers)),
            "facts.epsilon": (NUMBERS, epsilons or [0.001] * len(pads)),
            "facts.padding": (INTEGERS, [pad for pad in pads for _ in range(4)]),
        }
    )
    content.tensors = tensors or content.tensors
    return file(content)


def with_block(
    text: str, pads: list[int], convolutions: dict[str, list[int]], stage: int = 1
) -> bytes:
    """The smallest file with a third layer between the others."""
    block = parameters(f"stage: {stage} layer3", convolutions)
    first, last = smallest().tensors[:2], smallest().tensors[2:]
    for tensor in last:
        tensor.name = tensor.name.replace("layer3", "layer4")
    return with_layers(
        [HEAD, text, TAIL], [-1, stage, -1], [1, *pads, 0], tensors=first + block + last
    )


def distilled_tail(channels: int) -> list[Tensor]:
    first, *last = (
        parameters("tail:", {name: shape})
        for name, shape in (
            ("net.0", [1, channels, 1, 1]), ("net.4", [1, 1, 1, 1]), ("net.8", [1, 1])
        )
    )  # fmt: skip
    return first + last[0][:1] + last[1]  # The middle one has no bias.


def with_distilled(channels: int, text: str, middle: int, group: int) -> bytes:
    """Three layers of the distilled grammar, the block between having these widths."""
    tensors = parameters("head:", {"net.0": [channels, 1, 3, 3]})
    tensors += parameters(
        "stage: 0 irb3",
        {
            "body.0": [middle, channels // group, 1, 1],
            "body.3": [middle, 1, 3, 3],
            "body.6": [channels, middle // group, 1, 1],
        },
    )
    return with_layers(
        [f"prologued_i1_o{channels}_s2_relu", text, f"epilogued_i{channels}_m1_o1_s1_relu"],
        [-1, 0, -1],
        [1, 0, 1, 0, 0, 0],
        [0.00001] * 5,
        tensors + distilled_tail(channels),
    )


def bad_layers() -> dict[str, bytes]:
    first, last = smallest().tensors[:2], smallest().tensors[2:]
    distilled_last = "epilogued_i1_m1_o1_s1_relu"
    one = {"conv": [1, 1, 1, 1]}
    return {
        "layer-kind": with_layers(["prolog_i1_o1_s2_relu", TAIL]),
        "layer-fields": with_layers(["prologue_i1_s2_o1_relu", TAIL]),
        "layer-activation": with_layers(["prologue_i1_o1_s2_gelu", TAIL]),
        "layer-spelling": with_layers(["prologue_i01_o1_s2_relu", TAIL]),
        "layer-expansion": with_block(
            "er_k1_e1.00_i1_o1_s2_relu_se_False",
            [0, 0],
            {"conv_exp": [8, 1, 1, 1], "conv_pwl": [1, 8, 1, 1]},
        ),
        "layer-stride": with_layers(["prologue_i1_o1_s1_relu", TAIL]),
        "layer-channels": with_layers(["prologue_i16385_o1_s2_relu", TAIL]),
        "layer-middle": with_distilled(1, "irbd_k3_e2.5_g1_i1_o1_s1_relu", middle=2, group=1),
        "layer-groups": with_distilled(3, "irbd_k3_e2_g2_i3_o3_s1_relu", middle=6, group=2),
        "layer-swish": with_layers(
            ["prologued_i1_o1_s2_swish", distilled_last],
            None,
            [1, 0, 0],
            [0.00001] * 2,
            parameters("head:", {"net.0": [1, 1, 3, 3]}) + distilled_tail(1),
        ),
        "layer-squeeze": with_block(
            "irb_k1_e8_i1_o1_s1_relu_se_True",
            [0, 0, 0, 0, 0],
            {
                "conv_pw": [8, 1, 1, 1],
                "conv_dw": [8, 1, 1, 1],
                "se.conv_reduce": [0, 8, 1, 1],
                "se.conv_expand": [8, 0, 1, 1],
                "conv_pwl": [1, 8, 1, 1],
            },
        ),
        "layer-squeeze-infinite": with_block(
            "er_k1_e5e-324_i1_o1_s2_relu_se_True",
            [0, 0, 0, 0],
            {
                "conv_exp": [8, 1, 1, 1],
                "se.conv_reduce": [1, 8, 1, 1],
                "se.conv_expand": [8, 1, 1, 1],
                "conv_pwl": [1, 8, 1, 1],
            },
        ),
        "layers-one": with_layers([HEAD], pads=[1], tensors=first),
        "layers-last": with_layers(
            [HEAD, "conv_k1_i1_o1_s1_relu"],
            [-1, 1],
            tensors=first + parameters("stage: 1 layer3", one),
        ),
        "layers-inner": with_layers(
            [HEAD, TAIL, TAIL],
            pads=[1, 0, 0],
            tensors=first + last + parameters(" layer4", {"net.0": [1, 1, 1, 1], "net.6": [1, 1]}),
        ),
        "layers-grammars": with_layers(
            [HEAD, distilled_last],
            None,
            [1, 0, 0],
            [0.001, 0.00001],
            first + distilled_tail(1),
        ),
        "layers-stage-missing": with_block("conv_k1_i1_o1_s1_relu", [0], one, stage=-1),
        "layers-stage-negative": with_layers([HEAD, TAIL], [-2, -1]),
        "layers-chain": with_layers(
            ["prologue_i1_o2_s2_relu", TAIL],
            tensors=[
                Tensor(WEIGHT, [2, 1, 3, 3], [0.5] * 18),
                Tensor("network.head: 2.net.0.bias", [2], [0.5] * 2),
                *smallest().tensors[2:],
            ],
        ),
        "layers-map": with_block(
            "er_k5_e1_i1_o1_s2_relu_se_False",
            [0, 0],
            {"conv_exp": [8, 1, 5, 5], "conv_pwl": [1, 8, 1, 1]},
        ),
        "layers-residual": with_block(
            "irb_k2_e1_i1_o1_s1_relu_se_False",
            [0, 0, 0],
            {"conv_pw": [8, 1, 1, 1], "conv_dw": [8, 1, 2, 2], "conv_pwl": [1, 8, 1, 1]},
        ),
    }


def bad_files() -> dict[str, bytes]:
    old = mixed()
    old.minimum_version = 1
    classless = with_metadata({"architecture.classes": (INTEGERS, [0])})
    classless.tensors[4:] = parameters(" layer3", {"net.6": [0, 1]})
    return bad_layers() | {
        "blocked-version": file(old),
        "key-missing": file(with_metadata({}, without="facts.padding")),
        "key-type": with_value("architecture.classes", NUMBERS, [1.0]),
        "key-count": with_value("architecture.resolution", INTEGERS, [8, 8, 8]),
        "key-stages-count": with_value("architecture.stages", INTEGERS, [-1, -1, -1]),
        "resolution-zero": with_value("architecture.resolution", INTEGERS, [8, 0]),
        "resolution-limit": with_value("architecture.resolution", INTEGERS, [8193, 8]),
        "classes-zero": file(classless),
        "classes-limit": with_value("architecture.classes", INTEGERS, [1_000_001]),
        "normalization": with_value("architecture.normalization", TEXT, "fused"),
        "padding": with_value("facts.padding", INTEGERS, [1, 1, 1, 1, 0, 0, 0, 1]),
        "epsilon": with_value("facts.epsilon", NUMBERS, [0.001, 0.00001]),
    }


def main() -> None:
    good = {
        "smallest": smallest(),
        "version-1": version_1(),
        "blocked": blocked(),
        "mixed": mixed(),
        "separate": separate(),
    }
    write_folder(FOLDER, {name: file(content) for name, content in good.items()} | bad_files())


if __name__ == "__main__":
    main()
