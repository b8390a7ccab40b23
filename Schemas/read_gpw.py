"""Reads `.gpw` files: plain Python and NumPy, written from `gpw-format.md` alone.

    python read_gpw.py FILE...     verifies files, prints what is in them, exits 1 for a bad one

    metadata, tensors = read_gpw.read("network.gpw")  # Row-major, whatever the file's layout.
    image = read_gpw.fingerprint_input(3, *metadata["fingerprint.size"])

A comment `R12` marks the check of that rule of the document. Every tensor has the dtype of its
element type; bfloat16, which NumPy lacks, comes as its bits in uint16, and `widened` makes float32
of them.
"""

from __future__ import annotations

import json
import math
import re
import struct
import sys
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

MAGIC = bytes.fromhex("89475057 0D0A1A0A")
VERSION = 2
MAXIMUM = 2**63 - 1
DTYPES = [None, *map(np.dtype, "<f8 <f4 <f2 <u2 <i8 <i4 <i2 i1 u1 ?".split())]
FLOATING_POINT = (1, 2, 3, 4)
ROW_MAJOR, BLOCKED = 0, 1
TEXT, INTEGERS, NUMBERS, TEXTS = 1, 2, 3, 4

Metadata = dict[str, Any]
Entries = dict[str, tuple[int, Any]]
"""Type and value of every metadata entry."""


class Refused(Exception):
    """A file breaks a rule; `code` is the document's error code."""

    def __init__(self, code: str, what: str) -> None:
        super().__init__(f"{what} [{code}]")
        self.code = code


def require(condition: bool, code: str, what: str) -> None:
    if not condition:
        raise Refused(code, what)


def read(path: str | Path) -> tuple[Metadata, dict[str, np.ndarray]]:
    """The metadata and tensors of a file, all rules checked; raises `Refused`."""
    data = Path(path).read_bytes()
    minimum, metadata_end, entry_count, table_end, tensor_count, data_offset = read_preamble(data)
    entries = read_metadata(Section(data, 64, metadata_end, "gpw.metadata"), entry_count)
    table_offset = rounded_up(metadata_end, 8)
    table = read_table(Section(data, table_offset, table_end, "gpw.table"), tensor_count, minimum)
    for start, end in ((metadata_end, table_offset), (table_end, data_offset)):
        require(not any(data[start:end]), "gpw.placement", "space between is not empty")  # R31
    check_placement(data, table, data_offset)
    check_network(entries, table)
    tensors = {}
    for entry in table:
        content = memoryview(data)[entry.offset : entry.offset + entry.byte_count]
        right = zlib.crc32(content) == entry.checksum
        require(right, "gpw.tensorChecksum", f"CRC-32 mismatch of {entry.name}")  # R55
        array = np.frombuffer(content, DTYPES[entry.type_code])
        if entry.layout == BLOCKED:
            array = unblocked(array, entry.shape, entry.name)
        tensors[entry.name] = array.reshape(entry.shape)
    return {key: value for key, (_, value) in entries.items()}, tensors


def unblocked(array: np.ndarray, shape: tuple[int, ...], name: str) -> np.ndarray:
    """The elements of a blocked tensor in row-major order."""
    outputs, inputs, taps = shape[0], math.prod(shape[1:2]), math.prod(shape[2:])
    groups = array.reshape(rounded_up(outputs, 16) // 16, inputs * taps, 16)
    rows = np.zeros((len(groups), 16, inputs, taps), array.dtype)
    for first in range(0, inputs, 16):
        width = min(16, inputs - first)
        part = groups[:, first * taps : (first + width) * taps]
        part = part.reshape(len(groups), taps, width, 16)  # Of the block: tap, input, output.
        rows[:, :, first : first + width] = part.transpose(0, 3, 2, 1)
    rows = rows.reshape(len(groups) * 16, inputs, taps)
    empty = not any(rows[outputs:].tobytes())
    require(empty, "gpw.tensorPadding", f"the padding of {name} is not zero")  # R56
    return rows[:outputs]


def widened(array: np.ndarray) -> np.ndarray:
    """The numbers of a tensor of bfloat16 as float32; any other tensor as it is."""
    if array.dtype != np.uint16:
        return array
    return (array.astype(np.uint32) << 16).view(np.float32)


def fingerprint_input(channels: int, height: int, width: int) -> np.ndarray:
    """The image, C×H×W in float32, whose logits `fingerprint.logits` are."""
    state, values = 0, []
    for _ in range(channels * height * width):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        values.append((state >> 40) * 2.0**-22 - 2)
    return np.array(values, np.float32).reshape(channels, height, width)


def rounded_up(offset: int, alignment: int) -> int:
    return -(-offset // alignment) * alignment


# Sections


def read_preamble(data: bytes) -> tuple[int, int, int, int, int, int]:
    require(MAGIC.startswith(data[:8]), "gpw.magic", "not a .gpw file, or damaged as text")  # R1
    require(len(data) >= 64, "gpw.length", "the file ends within its preamble")  # R2
    version, minimum, length, metadata_length, table_length = struct.unpack_from("<IIQQQ", data, 8)
    entries, tensors, data_offset, reserved, checksum = struct.unpack_from("<IIQII", data, 40)
    require(1 <= minimum <= version, "gpw.version", "the versions are impossible")  # R3
    newer = f"the file is of version {version} and needs a reader of version {minimum}"
    require(minimum <= VERSION, "gpw.version", f"{newer}, this one is of {VERSION}")  # R4
    require(length == len(data), "gpw.length", f"{length} bytes stated, {len(data)} found")  # R5
    metadata_end = 64 + metadata_length
    table_end = rounded_up(metadata_end, 8) + table_length
    for condition, what in (
        (metadata_length <= 16 << 20, "metadata length"),  # R6
        (table_length <= 64 << 20, "table length"),  # R7
        (entries <= metadata_length // 16, "number of metadata entries"),  # R8
        (tensors <= min(100_000, table_length // 32), "number of tensors"),  # R9
        (data_offset == rounded_up(table_end, 64) <= length, "tensor offset"),  # R10
        (reserved == 0, "reserved field"),  # R11
    ):
        require(condition, "gpw.header", f"the {what} is wrong")
    computed = zlib.crc32(data[64:data_offset], zlib.crc32(data[:60] + bytes(4)))
    require(checksum == computed, "gpw.headerChecksum", "CRC-32 mismatch of the header")  # R12
    return minimum, metadata_end, entries, table_end, tensors, data_offset


class Section:
    """Takes values from a part of the file; R13 and R19: none may reach beyond its end."""

    def __init__(self, data: bytes, start: int, end: int, code: str) -> None:
        self._data, self._position, self._end, self._code = data, start, end, code

    def bytes(self, count: int) -> bytes:
        self._require(count <= self._end - self._position, "it ends within a value")
        self._position += count
        return self._data[self._position - count : self._position]

    def numbers(self, form: str, count: int = 1) -> list[Any]:
        """`count` times what `form` says."""
        size = struct.calcsize(f"<{form}")
        content = self.bytes(count * size)
        return [value for item in struct.iter_unpack(f"<{form}", content) for value in item]

    def text(self, byte_count: int) -> str:
        try:
            return self.bytes(byte_count).decode()
        except UnicodeDecodeError:
            self._refuse("a text is no UTF-8")  # R17

    def name(self, byte_count: int) -> str:
        self._require(1 <= byte_count <= 4096, "a name's length is out of range")
        name = self.bytes(byte_count)
        self._require(all(0x20 <= byte <= 0x7E for byte in name), "a name is not printable ASCII")
        return name.decode()

    def finish(self) -> None:
        self._require(self._position == self._end, "bytes follow the last entry")

    def _require(self, condition: bool, what: str) -> None:
        if not condition:
            self._refuse(what)

    def _refuse(self, what: str) -> NoReturn:
        raise Refused(self._code, f"at 0x{self._position:x}: {what}")


def read_metadata(section: Section, count: int) -> Entries:
    entries: Entries = {}
    previous = ""
    for _ in range(count):
        key_length, kind, value_count = section.numbers("IIQ")
        key = section.name(key_length)  # R14
        require(key > previous, "gpw.metadata", f"{key!r} is not after {previous!r}")  # R15
        require(1 <= kind <= 4, "gpw.metadata", f"{key!r} has the unknown type {kind}")  # R16
        value: Any
        if kind == TEXT:
            value = section.text(value_count)
        elif kind == TEXTS:
            value = []
            for _ in range(value_count):  # Ends where the section does, whatever the count.
                value.append(section.text(section.numbers("I")[0]))
        else:
            value = section.numbers("q" if kind == INTEGERS else "d", value_count)
        entries[key] = kind, value
        previous = key
    section.finish()  # R18
    return entries


@dataclass(frozen=True)
class TableEntry:
    """One entry of the tensor table."""

    name: str
    type_code: int
    layout: int
    shape: tuple[int, ...]
    offset: int
    byte_count: int
    checksum: int


def read_table(section: Section, count: int, minimum: int) -> list[TableEntry]:
    table: list[TableEntry] = []
    names: set[str] = set()
    for _ in range(count):
        length, type_code, layout, axes, reserved, offset = section.numbers("IBBBBQ")
        byte_count, checksum, reserved_word = section.numbers("QII")
        for condition, what in (
            (1 <= type_code <= 10, "element type"),  # R20
            (layout in (ROW_MAJOR, BLOCKED), "layout"),  # R21
            (layout == ROW_MAJOR or axes > 0, "layout"),  # R22
            (layout == ROW_MAJOR or minimum >= 2, "layout"),  # R23
            (axes <= 8, "number of axes"),  # R24
            (reserved == reserved_word == 0, "reserved field"),  # R25
        ):
            require(condition, "gpw.table", f"the {what} of tensor {len(table)} is wrong")
        shape = tuple(section.numbers("Q", axes))
        name = section.name(length)  # R27
        size = DTYPES[type_code].itemsize  # type: ignore[union-attr]
        padded = (rounded_up(shape[0], 16), *shape[1:]) if layout == BLOCKED else shape
        products = [math.prod(padded[:end]) for end in range(1, axes + 1)]
        numbers = [offset, *shape, *products, math.prod(padded) * size]
        require(max(numbers) <= MAXIMUM, "gpw.table", f"{name} is too large")  # R26
        right = byte_count == math.prod(padded) * size
        require(right, "gpw.table", f"the byte count of {name} is wrong")  # R28
        require(name not in names, "gpw.table", f"two tensors are {name}")  # R29
        names.add(name)
        table.append(TableEntry(name, type_code, layout, shape, offset, byte_count, checksum))
    section.finish()  # R30
    return table


def check_placement(data: bytes, table: list[TableEntry], data_offset: int) -> None:
    end = data_offset
    for entry in table:
        place = rounded_up(end, 64)
        inside = place + entry.byte_count <= len(data)
        right = entry.offset == place and inside
        require(right, "gpw.placement", f"{entry.name} is not at its place")  # R32
        require(not any(data[end:place]), "gpw.placement", f"no zeros before {entry.name}")  # R33
        end = place + entry.byte_count
    require(end == len(data), "gpw.placement", "bytes follow the last tensor")  # R34


# Networks

LAYER, IRB, FUSED = (f"stage: {{stage}} {word}{{n}}" for word in ("layer", "irb", "fused_irb"))
KINDS = {
    # Fields, module, and a line for each convolution: name, channels in and out, kernel, stride,
    # padding, groups, and the norm, "bias" or nothing.
    "prologue": ("i o s act", "head: {n}", "net.0 i o 3 2 1 1 net.1"),
    "conv": ("k i o s act", LAYER, "conv i o k s half 1 bn1"),
    "er": ("k e i o s act se", LAYER, "conv_exp i m k s edge 1 bn1\nse\nconv_pwl m o 1 1 0 1 bn2"),
    "irb": (
        "k e i o s act se",
        LAYER,
        "conv_pw i m 1 1 0 1 bn1\nconv_dw m m k s half m bn2\nse\nconv_pwl m o 1 1 0 1 bn3",
    ),
    "epilogue": ("i o s act", " layer{n}", "net.0 i o 1 1 0 1 net.1"),
    "prologued": ("i o s act", "head:", "net.0 i o 3 2 1 1 net.1"),
    "prologuelarged": (
        "i o s act",
        "head:",
        "net.0 i o 3 2 1 1 net.1\nnet.3 o o 3 1 1 1 net.4\nnet.6 o o 3 1 1 1 net.7",
    ),
    "irbd": (
        "k e g i o s act",
        IRB,
        "body.0 i m 1 1 0 g body.1\nbody.3 m m k s same m body.4\nbody.6 m o 1 1 0 g body.7",
    ),
    "erd": ("k e g i o s act", FUSED, "body.0 i m k s same 1 body.1\nbody.3 m o 1 1 0 1 body.4"),
    "epilogued": ("i m o s act", "tail:", "net.0 i m 1 1 0 1 net.1\nnet.4 m o 1 1 0 1"),
}
SQUEEZE_EXCITE = "se.conv_reduce m q 1 1 0 1 bias\nse.conv_expand q m 1 1 0 1 bias"
LIMITS = {"k": 31, "g": 16_384, "i": 16_384, "m": 131_072, "o": 16_384, "s": 8}
WORDS = {"e": "e([^_]+)", "act": "(relu|swish)", "se": "se_(True|False)"}


@dataclass(frozen=True)
class Convolution:
    """A convolution with a square kernel."""

    name: str
    inputs: int
    outputs: int
    kernel: int
    stride: int
    padding: int
    groups: int
    norm: str = ""

    @property
    def has_norm(self) -> bool:
        return self.norm not in ("", "bias")

    def parameters(self, folded: bool) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Names and shapes, in the order of the table."""
        kernel = (self.kernel, self.kernel)
        yield f"{self.name}.weight", (self.outputs, self.inputs // self.groups, *kernel)
        if self.norm == "bias" or folded and self.has_norm:
            yield f"{self.name}.bias", (self.outputs,)
        elif self.has_norm:
            for part in ("weight", "bias", "running_mean", "running_var"):
                yield f"{self.norm}.{part}", (self.outputs,)
            yield f"{self.norm}.num_batches_tracked", ()


class Layer:
    """What a layer string says."""

    def __init__(self, text: str) -> None:
        kind = text.split("_")[0]
        require(kind in KINDS, "gpw.network", f"no layer string: {text!r}")  # R39
        fields, self.module, lines = KINDS[kind]
        names = fields.split()
        form = "_".join(WORDS.get(name, f"{name}(0|[1-9][0-9]{{0,8}})") for name in names)
        match = re.fullmatch(f"{kind}_{form}", text)
        if match is None:
            raise Refused("gpw.network", f"no layer string: {text!r}")  # R39
        values = dict(zip(names, match.groups()))
        number = {name: int(values[name]) for name in names if name in LIMITS}
        right = all(1 <= value <= LIMITS[name] for name, value in number.items())
        number = {"k": 1, "g": 1, "m": 1, "q": 1} | number
        self.is_first, self.is_last = kind.startswith("prologue"), kind.startswith("epilogue")
        self.distilled = kind.endswith("d")
        self.epsilon = 0.00001 if self.distilled and kind != "erd" else 0.001
        if "e" in values:
            expansion = parsed_expansion(values["e"])
            number["m"] = middle_width(number["i"] * float(expansion), self.distilled)
            if values.get("se") == "True":
                width = number["m"] * (0.25 / expansion)  # May be infinite.
                number["q"] = round(width) if width <= LIMITS["m"] else 0
        i, m, o, k, g, s, q = (number[name] for name in "imokgsq")
        right &= 1 <= m <= LIMITS["m"] and q >= 1
        right &= g == 1 or g > 0 and i % g == m % g == o % g == 0
        right &= not (self.is_first and s != 2 or self.is_last and s != 1)
        right &= not (self.distilled and values["act"] == "swish")
        require(right, "gpw.network", f"the fields of {text} do not fit")  # R40
        self.inputs, self.outputs = i, o
        self.has_residual = "e" in values and s == 1 and i == o
        number |= {"half": (s + k - 2) // 2, "same": k // 2, "edge": (k - 1) // 2 * (s == 1)}
        excite = f"\n{SQUEEZE_EXCITE}\n" if values.get("se") == "True" else "\n"
        self.convolutions = []
        for name, *words in map(str.split, lines.replace("\nse\n", excite).split("\n")):
            numbers = [number[word] if word in number else int(word) for word in words[:6]]
            self.convolutions.append(Convolution(name, *numbers, *words[6:]))

    def parameters(self, folded: bool, classes: int) -> Iterator[tuple[str, tuple[int, ...]]]:
        for convolution in self.convolutions:
            yield from convolution.parameters(folded)
        if self.is_last:
            classifier = "net.8" if self.distilled else "net.6"
            yield f"{classifier}.weight", (classes, self.outputs)
            yield f"{classifier}.bias", (classes,)


def parsed_expansion(text: str) -> int | float:
    value: int | float = 0
    if re.fullmatch("[1-9][0-9]?", text):
        value = int(text)
    elif re.fullmatch("[0-9.e-]+", text):
        with suppress(ValueError):
            value = float(text)
    right = 0 < value <= 64 and repr(value) == text
    require(right, "gpw.network", f"no expansion: {text!r}")  # R39
    return value


def middle_width(width: float, distilled: bool) -> int:
    if distilled:
        require(width.is_integer(), "gpw.network", f"{width} channels")  # R40
        return int(width)
    middle = max(8, int(width + 4) // 8 * 8)
    return middle if middle >= 0.9 * width else middle + 8


def check_network(entries: Entries, table: list[TableEntry]) -> None:
    def value(key: str, kind: int, count: int | None = None) -> Any:
        found, content = entries.get(key, (0, []))
        right = found == kind and (count is None or len(content) == count)
        require(right, "gpw.network", f"{key} is missing or has another type or count")  # R35
        return content

    def check(condition: bool, what: str) -> None:
        require(condition, "gpw.network", f"{what} is wrong")

    texts = value("architecture.layers", TEXTS)
    stages = value("architecture.stages", INTEGERS, len(texts))
    size = value("architecture.resolution", INTEGERS, 2)
    (classes,) = value("architecture.classes", INTEGERS, 1)
    check(all(1 <= side <= 8192 for side in size), "architecture.resolution")  # R37
    check(1 <= classes <= 1_000_000, "architecture.classes")  # R38
    check(2 <= len(texts) <= 1000, "the number of layers")  # R41
    layers = [Layer(text) for text in texts]
    first, *inner, last = layers
    check(first.is_first and last.is_last, "the first or last layer")  # R41
    check(not any(layer.is_first or layer.is_last for layer in inner), "a layer between")  # R41
    check(all(layer.distilled == first.distilled for layer in layers), "the grammar")  # R41
    for layer, stage in zip(layers, stages):  # R42
        check(stage >= (0 if "{stage}" in layer.module else -1), "architecture.stages")
    form = value("architecture.normalization", TEXT)
    check(form in ("folded", "separate"), "architecture.normalization")  # R43
    paddings, epsilons = [], []
    for layer in layers:
        for convolution in layer.convolutions:
            paddings += 4 * [convolution.padding]
            epsilons += [layer.epsilon] if convolution.has_norm else []
    check(value("facts.padding", INTEGERS) == paddings, "facts.padding")  # R44
    check(value("facts.epsilon", NUMBERS) == epsilons, "facts.epsilon")  # R45
    channels = first.inputs
    for text, layer in zip(texts, layers):
        check(layer.inputs == channels, f"the number of input channels of {text}")  # R46
        channels = layer.outputs
        before = size
        for convolution in layer.convolutions:
            room = [side + 2 * convolution.padding - convolution.kernel for side in size]
            check(min(room) >= 0, f"the map of {text}")  # R47
            size = [side // convolution.stride + 1 for side in room]
        check(not layer.has_residual or size == before, f"the residual of {text}")  # R47
    expected = []
    for index, (layer, stage) in enumerate(zip(layers, stages)):
        module = layer.module.format(n=index + 2, stage=stage)
        for name, shape in layer.parameters(form == "folded", classes):
            expected.append((f"network.{module}.{name}", shape))
    check([entry.name for entry in table] == [name for name, _ in expected], "a name")  # R48
    for entry, (name, shape) in zip(table, expected):
        check(entry.shape == shape, f"the shape of {name}")  # R49
        counts = name.endswith(".num_batches_tracked")
        check((entry.type_code in FLOATING_POINT) != counts, f"the type of {name}")  # R50
    if "architecture.name" in entries:
        value("architecture.name", TEXT)  # R36
    if "labels" in entries:
        value("labels", TEXTS, classes)  # R36
    mean = value("preprocessing.mean", NUMBERS, 3)
    deviation = value("preprocessing.std", NUMBERS, 3)
    check(all(map(math.isfinite, mean)), "preprocessing.mean")  # R51
    check(all(0 < number < math.inf for number in deviation), "preprocessing.std")  # R51
    interpolation = value("preprocessing.interpolation", TEXT)
    check(interpolation in ("bicubic", "bilinear"), "preprocessing.interpolation")  # R51
    check(0 < value("preprocessing.crop", NUMBERS, 1)[0] <= 1, "preprocessing.crop")  # R51
    for key in ("source", "format", "key", "tool-version"):
        value(f"provenance.{key}", TEXT)
    value("provenance.options", TEXTS)
    digest = value("provenance.sha256", TEXT)
    check(re.fullmatch("(?:[0-9a-f]{64})?", digest) is not None, "provenance.sha256")  # R52
    if any(f"fingerprint.{key}" in entries for key in ("size", "logits", "tolerance")):  # R53
        size = value("fingerprint.size", INTEGERS, 2)
        logits = value("fingerprint.logits", NUMBERS, classes)
        (tolerance,) = value("fingerprint.tolerance", NUMBERS, 1)
        check(all(1 <= side <= 1024 for side in size), "fingerprint.size")  # R54
        check(all(map(math.isfinite, logits)), "fingerprint.logits")  # R54
        check(0 < tolerance < math.inf, "fingerprint.tolerance")  # R54


# The tool


def printed(value: Any) -> str:
    """One line of printable ASCII, whatever the text; long lists are cut."""
    if isinstance(value, list) and len(value) > 10:
        return f"{json.dumps(value[:10])[:-1]}, ... {len(value) - 10} more]"
    return json.dumps(value)


def main(paths: list[str]) -> int:
    if not paths:
        print("usage: python read_gpw.py FILE...", file=sys.stderr)
        return 64
    status = 0
    for path in paths:
        try:
            metadata, tensors = read(path)
        except (OSError, Refused) as error:
            print(f"error: {path}: {error}", file=sys.stderr)
            status = 1
            continue
        print(path)
        for key, value in metadata.items():
            print(f"  {json.dumps(key)[1:-1]}: {printed(value)}")
        for name, tensor in tensors.items():
            dtype = "bfloat16" if tensor.dtype == np.uint16 else tensor.dtype
            shape = "x".join(map(str, tensor.shape))
            print(f"  {name}: {dtype}{' ' if shape else ''}{shape}")
        print(f"  all rules kept, {len(tensors)} tensors with the right checksums")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
