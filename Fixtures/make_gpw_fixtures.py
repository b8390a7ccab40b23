"""Writes `gpw/`: the smallest legal `.gpw` file, blocked ones, and one for every broken rule.

    python make_gpw_fixtures.py            # the standard library alone
    python make_gpw_fixtures.py --dump     # prints the smallest file, annotated

Written from `Schemas/gpw-format.md` alone, so that nothing here shares a mistake with the package's
own writer. The bad files are the smallest one with one thing changed; the header's checksum is
right again wherever it is not the thing.
"""

from __future__ import annotations

import argparse
import math
import shutil
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent / "gpw"

MAGIC = bytes.fromhex("89 47 50 57 0D 0A 1A 0A")
TEXT, INTEGERS, NUMBERS, TEXTS = 1, 2, 3, 4
BINARY16, SIGNED_16 = 3, 7
ROW_MAJOR, BLOCKED = 0, 1

Value = str | list[int] | list[float] | list[str]


@dataclass
class Tensor:
    """A tensor of 16-bit elements; `offset` and `byte_count` are right where they are None.

    `values` are in row-major order, whatever the layout.
    """

    name: str
    shape: list[int]
    values: list[float]
    type_code: int = BINARY16
    offset: int | None = None
    byte_count: int | None = None
    layout: int = ROW_MAJOR
    padding: float = 0.0

    @property
    def data(self) -> bytes:
        values = self.values if self.layout == ROW_MAJOR else self.blocked()
        return struct.pack(f"<{len(values)}e", *values)

    def blocked(self) -> list[float]:
        inputs, taps = math.prod(self.shape[1:2]), math.prod(self.shape[2:])
        result = [self.padding] * (-(-self.shape[0] // 16) * 16 * inputs * taps)
        for number, value in enumerate(self.values):
            o, i, t = number // taps // inputs, number // taps % inputs, number % taps
            b = i // 16
            w = min(16, inputs - 16 * b)
            p = 16 * b * taps + w * t + i % 16
            result[(o // 16 * inputs * taps + p) * 16 + o % 16] = value
        return result


@dataclass
class Content:
    """What a file says."""

    metadata: dict[str, tuple[int, Value]] = field(default_factory=dict)
    tensors: list[Tensor] = field(default_factory=list)
    minimum_version: int = 1


@dataclass
class Line:
    """A run of bytes, named so that it can be found again, with the words that explain it."""

    name: str
    data: bytes
    note: str


def padding(count: int, alignment: int) -> bytes:
    return bytes(-count % alignment)


def value_lines(key: str, kind: int, value: Value) -> tuple[int, list[Line]]:
    """The count of a metadata entry, and its value."""
    name = f"{key} value"
    if kind == TEXT:
        data = str(value).encode()
        return len(data), [Line(name, data, f'"{value}"')]
    lines = []
    if kind == TEXTS:
        for text in map(str, value):
            data = text.encode()
            lines.append(Line(name, struct.pack("<I", len(data)), f"text of {len(data)} bytes"))
            lines.append(Line(name, data, f'"{text}"'))
    else:
        form = "<q" if kind == INTEGERS else "<d"
        data = b"".join(struct.pack(form, number) for number in value)
        lines.append(Line(name, data, ", ".join(map(str, value))))
    return len(value), lines


def metadata_lines(content: Content) -> list[Line]:
    lines = []
    for key, (kind, value) in sorted(content.metadata.items(), key=lambda item: item[0].encode()):
        count, values = value_lines(key, kind, value)
        head = struct.pack("<IIQ", len(key), kind, count)
        note = f"key of {len(key)} bytes, type {kind}, count {count}"
        lines += [Line(f"{key} head", head, note), Line(f"{key} key", key.encode(), f'"{key}"')]
        lines += values
    return lines


def table_lines(tensors: list[Tensor], data_offset: int) -> list[Line]:
    lines = []
    end = data_offset
    for tensor in tensors:
        name, rank = tensor.name.encode(), len(tensor.shape)
        place = end + len(padding(end, 64))
        end = place + len(tensor.data)
        offset = place if tensor.offset is None else tensor.offset
        count = len(tensor.data) if tensor.byte_count is None else tensor.byte_count
        checksum = zlib.crc32(tensor.data)
        codes = (tensor.type_code, tensor.layout, rank, 0)
        first = struct.pack("<IBBBBQ", len(name), *codes, offset)
        second = struct.pack("<QII", count, checksum, 0)
        axes_note = "1 axis" if rank == 1 else f"{rank} axes"
        note = f"name of {len(name)} bytes, type {tensor.type_code}, {axes_note}"
        shape = "×".join(map(str, tensor.shape))
        axes = struct.pack(f"<{rank}Q", *tensor.shape)
        lines += [
            Line(f"{tensor.name} first", first, f"{note}, at 0x{offset:x}"),
            Line(f"{tensor.name} second", second, f"{count} bytes, their CRC-32, reserved"),
            Line(f"{tensor.name} shape", axes, f"shape {shape}"),
            Line(f"{tensor.name} name", name, f'"{tensor.name}"'),
        ]
    return lines


def byte_count(lines: Iterable[Line]) -> int:
    return sum(len(line.data) for line in lines)


def encoded(content: Content) -> list[Line]:
    """The whole file, line by line."""
    metadata = metadata_lines(content)
    metadata_length = byte_count(metadata)
    table_length = byte_count(table_lines(content.tensors, 0))
    after_metadata = padding(64 + metadata_length, 8)
    table_end = 64 + metadata_length + len(after_metadata) + table_length
    after_table = padding(table_end, 64)
    data_offset = table_end + len(after_table)
    tensors: list[Line] = []
    for tensor in content.tensors:
        gap = padding(byte_count(tensors), 64)
        tensors.append(Line(f"before {tensor.name}", gap, "to the next multiple of 64"))
        values = ", ".join(f"{value:g}" for value in tensor.values)
        tensors.append(Line(f"{tensor.name} data", tensor.data, values))
    counts = (len(content.metadata), len(content.tensors))
    lines = [
        Line(
            "versions",
            MAGIC + struct.pack("<II", 2, content.minimum_version),
            "magic, version, minimum version",
        ),
        Line(
            "lengths",
            struct.pack("<QQ", data_offset + byte_count(tensors), metadata_length),
            f"{data_offset + byte_count(tensors)} bytes in all, {metadata_length} of metadata",
        ),
        Line(
            "counts",
            struct.pack("<QII", table_length, *counts),
            f"{table_length} bytes of table, {counts[0]} entries, {counts[1]} tensors",
        ),
        Line(
            "data",
            struct.pack("<QII", data_offset, 0, 0),
            f"tensors at 0x{data_offset:x}, reserved, header checksum",
        ),
        *metadata,
        Line("after metadata", after_metadata, "to the next multiple of 8"),
        *table_lines(content.tensors, data_offset),
        Line("after table", after_table, "to the next multiple of 64"),
        *tensors,
    ]
    whole = repaired(joined(lines))
    lines[3].data = whole[48:64]
    return [line for line in lines if line.data]


def joined(lines: list[Line]) -> bytes:
    return b"".join(line.data for line in lines)


def repaired(data: bytes) -> bytes:
    """The same file with the header checksum that belongs to it."""
    (data_offset,) = struct.unpack_from("<Q", data, 48)
    checksum = zlib.crc32(data[:60] + bytes(4) + data[64:data_offset])
    return data[:60] + struct.pack("<I", checksum) + data[64:]


def smallest() -> Content:
    """Two layers, one channel, one class, no text that may be empty: nothing can be left out."""
    return Content(
        {
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
        [
            Tensor("network.head: 2.net.0.weight", [1, 1, 3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9]),
            Tensor("network.head: 2.net.0.bias", [1], [0.5]),
            Tensor("network. layer3.net.0.weight", [1, 1, 1, 1], [1.5]),
            Tensor("network. layer3.net.0.bias", [1], [-0.25]),
            Tensor("network. layer3.net.6.weight", [1, 1], [2.0]),
            Tensor("network. layer3.net.6.bias", [1], [-1.0]),
        ],
    )


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


# Ways to break a rule


class Changing:
    """The bytes of a good file, changed in place."""

    def __init__(self, content: Content | None = None) -> None:
        self._lines = encoded(content or smallest())

    def put(self, line: str, offset: int, form: str, value: int | bytes) -> Changing:
        """Writes `value` at `offset` inside the first line of that name."""
        found = next(part for part in self._lines if part.name == line)
        data = bytearray(found.data)
        struct.pack_into("<" + form, data, offset, value)
        found.data = bytes(data)
        return self

    @property
    def damaged(self) -> bytes:
        return joined(self._lines)

    @property
    def repaired(self) -> bytes:
        return repaired(self.damaged)


def changed(line: str, offset: int, form: str, value: int | bytes) -> bytes:
    return Changing().put(line, offset, form, value).repaired


def with_metadata(changes: dict[str, tuple[int, Value]], without: str = "") -> Content:
    content = smallest()
    content.metadata.pop(without, None)
    content.metadata.update(changes)
    return content


def with_value(key: str, kind: int, value: Value) -> bytes:
    return joined(encoded(with_metadata({key: (kind, value)})))


def with_tensors(tensors: list[Tensor]) -> bytes:
    return joined(encoded(Content(smallest().metadata, tensors)))


def with_tensor(index: int, **changes: Any) -> bytes:
    tensors = smallest().tensors
    tensors[index] = replace(tensors[index], **changes)
    return with_tensors(tensors)


def with_blocked(**changes: Any) -> Content:
    """The smallest file with its last tensor blocked."""
    content = smallest()
    content.tensors[5] = replace(content.tensors[5], layout=BLOCKED, **changes)
    content.minimum_version = 2
    return content


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
    return joined(encoded(content))


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
    return joined(encoded(with_metadata(entries)))


HEAD, TAIL = "prologue_i1_o1_s2_relu", "epilogue_i1_o1_s1_relu"
WEIGHT, BIAS = "network.head: 2.net.0.weight", "network. layer3.net.6.bias"
LAST_KEY = "provenance.tool-version"


def bad_preambles(good: bytes) -> dict[str, bytes]:
    metadata_length, table_length, _, _, data_offset = struct.unpack_from("<QQIIQ", good, 24)
    return {
        "magic-other": changed("versions", 0, "B", 0x88),
        "magic-text-mode": good.replace(b"\r\n", b"\n"),
        "length-empty": b"",
        "length-preamble-cut": good[:63],
        "version-zero": changed("versions", 8, "Q", 0),
        "version-minimum-zero": changed("versions", 12, "I", 0),
        "version-minimum-above": changed("versions", 12, "I", 3),
        "version-future": Changing().put("versions", 8, "Q", 4 | 3 << 32).repaired,
        "length-cut": good[:-1],
        "length-longer": good + b"\0",
        "header-metadata-length": changed("lengths", 8, "Q", (16 << 20) + 1),
        "header-table-length": changed("counts", 0, "Q", (64 << 20) + 1),
        "header-entry-count": changed("counts", 8, "I", metadata_length // 16 + 1),
        "header-tensor-count": changed("counts", 12, "I", table_length // 32 + 1),
        "header-tensor-limit": Changing()
        .put("counts", 0, "Q", 32 * 100_001)
        .put("counts", 12, "I", 100_001)
        .repaired,
        "header-tensor-offset": changed("data", 0, "Q", data_offset + 64),
        "header-beyond-file": Changing()
        .put("lengths", 8, "Q", metadata_length + 6400)
        .put("data", 0, "Q", data_offset + 6400)
        .repaired,
        "header-reserved": changed("data", 8, "I", 1),
        "header-checksum": Changing().put("provenance.key key", 13, "B", ord("z")).damaged,
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
        "metadata-count-huge": changed("architecture.classes head", 8, "Q", 2**64 - 1),
        "metadata-text": changed("preprocessing.interpolation value", 0, "B", 0xFF),
        "metadata-left-over": changed("counts", 8, "I", entries - 1),
    }


def bad_tables(count: int) -> dict[str, bytes]:
    scalar = smallest()
    scalar.tensors[5].shape = []
    scalar.minimum_version = 2
    old = with_blocked()
    old.minimum_version = 1
    # Its own dimension is below 2^63, what it is padded to is not.
    wide = with_blocked(shape=[2**63 - 8, 0], values=[], byte_count=0)
    return {
        "table-entry-cut": changed("counts", 12, "I", count + 1),
        "table-type-zero": changed(f"{WEIGHT} first", 4, "B", 0),
        "table-type": changed(f"{WEIGHT} first", 4, "B", 11),
        "table-layout": Changing(with_blocked()).put(f"{BIAS} first", 5, "B", 2).repaired,
        "table-blocked-scalar": Changing(scalar).put(f"{BIAS} first", 5, "B", BLOCKED).repaired,
        "table-blocked-version": joined(encoded(old)),
        "table-blocked-product": joined(encoded(wide)),
        "table-blocked-byte-count": joined(encoded(with_blocked(byte_count=2))),
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
    longer = Changing().put("lengths", 0, "Q", len(good) + 64).repaired
    exchanged = smallest().tensors
    exchanged[1].offset, exchanged[2].offset = data_offset + 128, data_offset + 64
    moved = with_metadata({})
    moved.tensors[5].offset = data_offset + 6 * 64
    # The smallest file's metadata end at a multiple of 8.
    uneven = with_metadata({"provenance.source": (TEXT, "a")})
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


def bad_networks() -> dict[str, bytes]:
    tensors = smallest().tensors
    classless = with_metadata({"architecture.classes": (INTEGERS, [0])})
    classless.tensors[4:] = parameters(" layer3", {"net.6": [0, 1]})
    stranger = Tensor("network. layer3.net.7.bias", [1], [0.0])
    return {
        "key-missing": joined(encoded(with_metadata({}, without="preprocessing.crop"))),
        "key-type": with_value("architecture.classes", NUMBERS, [1.0]),
        "key-count": with_value("architecture.resolution", INTEGERS, [8, 8, 8]),
        "key-name-type": with_value("architecture.name", TEXTS, ["GPUNet-0"]),
        "key-labels-count": with_value("labels", TEXTS, ["cat", "dog"]),
        "resolution-zero": with_value("architecture.resolution", INTEGERS, [8, 0]),
        "resolution-limit": with_value("architecture.resolution", INTEGERS, [8193, 8]),
        "classes-zero": joined(encoded(classless)),
        "classes-limit": with_value("architecture.classes", INTEGERS, [1_000_001]),
        "normalization": with_value("architecture.normalization", TEXT, "fused"),
        "padding": with_value("facts.padding", INTEGERS, [1, 1, 1, 1, 0, 0, 0, 1]),
        "epsilon": with_value("facts.epsilon", NUMBERS, [0.001, 0.00001]),
        "tensor-missing": with_tensors(tensors[:-1]),
        "tensor-extra": with_tensors([*tensors, stranger]),
        "tensor-name": with_tensor(5, name="network. layer3.net.6.bits"),
        "tensor-order": with_tensors([*tensors[:4], tensors[5], tensors[4]]),
        "tensor-shape": with_tensor(0, shape=[1, 1, 9, 1]),
        "tensor-axes": with_tensor(5, shape=[1, 1]),
        "tensor-kind": with_tensor(5, type_code=SIGNED_16),
        "mean": with_value("preprocessing.mean", NUMBERS, [0.5, math.nan, 0.5]),
        "std": with_value("preprocessing.std", NUMBERS, [0.25, 0.0, 0.25]),
        "interpolation": with_value("preprocessing.interpolation", TEXT, "nearest"),
        "crop-zero": with_value("preprocessing.crop", NUMBERS, [0.0]),
        "crop-above": with_value("preprocessing.crop", NUMBERS, [1.5]),
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
    networks = {f"network-{name}": data for name, data in (bad_layers() | bad_networks()).items()}
    return {
        **bad_preambles(good),
        **bad_metadata(entries),
        **bad_tables(tensors),
        **bad_placements(good, data_offset),
        **networks,
        "tensor-checksum": changed(f"{WEIGHT} data", 1, "B", 0x31),
        "tensor-padding": joined(encoded(with_blocked(padding=1.0))),
    }


# The annotated file


def dump(lines: list[Line]) -> str:
    """Offset, bytes and meaning, 16 bytes a line; a run of zeros is one zero and its length."""
    rows, offset = [], 0
    for line in lines:
        note = line.note
        if len(line.data) > 4 and not any(line.data):
            rows.append(f"{offset:04X}  {f'00 ×{len(line.data)}':<47}  {note}")
            offset += len(line.data)
            continue
        for start in range(0, len(line.data), 16):
            part = line.data[start : start + 16]
            rows.append(f"{offset:04X}  {part.hex(' ').upper():<47}  {note}".rstrip())
            offset += len(part)
            note = ""
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--dump", action="store_true")
    if parser.parse_args().dump:
        print(dump(encoded(smallest())))
        return
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    good = joined(encoded(smallest()))
    files = {
        "smallest": good,
        "blocked": joined(encoded(blocked())),
        "mixed": joined(encoded(with_blocked())),
        **bad_files(good),
    }
    if len(set(files.values())) != len(files):
        raise RuntimeError("two files are the same")
    for name, data in files.items():
        (FOLDER / f"{name}.gpw").write_bytes(data)


if __name__ == "__main__":
    main()
