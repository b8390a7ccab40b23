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
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

MAGIC = bytes.fromhex("89475057 0D0A1A0A")
VERSION = 3
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
    table = read_table(Section(data, table_offset, table_end, "gpw.table"), tensor_count)
    for start, end in ((metadata_end, table_offset), (table_end, data_offset)):
        require(not any(data[start:end]), "gpw.placement", "space between is not empty")  # R30
    check_placement(data, table, data_offset)
    older = f"the file states no program: it is for readers of version {minimum}"
    require(minimum >= 3, "gpw.version", f"{older}; bring it over with gpunet-convert")  # R34
    check_network(entries, table)
    tensors = {}
    for entry in table:
        content = memoryview(data)[entry.offset : entry.offset + entry.byte_count]
        right = zlib.crc32(content) == entry.checksum
        require(right, "gpw.tensorChecksum", f"CRC-32 mismatch of {entry.name}")  # R60
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
    require(empty, "gpw.tensorPadding", f"the padding of {name} is not zero")  # R61
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


def read_table(section: Section, count: int) -> list[TableEntry]:
    table: list[TableEntry] = []
    names: set[str] = set()
    for _ in range(count):
        length, type_code, layout, axes, reserved, offset = section.numbers("IBBBBQ")
        byte_count, checksum, reserved_word = section.numbers("QII")
        for condition, what in (
            (1 <= type_code <= 10, "element type"),  # R20
            (layout in (ROW_MAJOR, BLOCKED), "layout"),  # R21
            (layout == ROW_MAJOR or axes > 0, "layout"),  # R22
            (axes <= 8, "number of axes"),  # R23
            (reserved == reserved_word == 0, "reserved field"),  # R24
        ):
            require(condition, "gpw.table", f"the {what} of tensor {len(table)} is wrong")
        shape = tuple(section.numbers("Q", axes))
        name = section.name(length)  # R26
        size = DTYPES[type_code].itemsize  # type: ignore[union-attr]
        padded = (rounded_up(shape[0], 16), *shape[1:]) if layout == BLOCKED else shape
        products = [math.prod(padded[:end]) for end in range(1, axes + 1)]
        numbers = [offset, *shape, *products, math.prod(padded) * size]
        require(max(numbers) <= MAXIMUM, "gpw.table", f"{name} is too large")  # R25
        right = byte_count == math.prod(padded) * size
        require(right, "gpw.table", f"the byte count of {name} is wrong")  # R27
        require(name not in names, "gpw.table", f"two tensors are {name}")  # R28
        names.add(name)
        table.append(TableEntry(name, type_code, layout, shape, offset, byte_count, checksum))
    section.finish()  # R29
    return table


def check_placement(data: bytes, table: list[TableEntry], data_offset: int) -> None:
    end = data_offset
    for entry in table:
        place = rounded_up(end, 64)
        inside = place + entry.byte_count <= len(data)
        right = entry.offset == place and inside
        require(right, "gpw.placement", f"{entry.name} is not at its place")  # R31
        require(not any(data[end:place]), "gpw.placement", f"no zeros before {entry.name}")  # R32
        end = place + entry.byte_count
    require(end == len(data), "gpw.placement", "bytes follow the last tensor")  # R33


# Networks

CONVOLUTION, ACTIVATION, EXCITE, RESIDUAL, MEAN, CLASSIFIER = range(1, 7)
CHANNELS, FLAG = (1, 131_072), (0, 1)
PADS = [(0, 255)] * 4
ACTIVATIONS = (1, 3)
STEPS = {
    # The ranges of the numbers that follow a step's code.
    CONVOLUTION: [CHANNELS, CHANNELS, (1, 31), (1, 8), FLAG, *PADS, CHANNELS, FLAG, FLAG],
    ACTIVATION: [ACTIVATIONS],
    EXCITE: [CHANNELS, CHANNELS, ACTIVATIONS, (1, 1)],
    RESIDUAL: [],
    MEAN: [],
    CLASSIFIER: [CHANNELS, (1, 1_000_000)],
}
NORM = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
Step = list[int]
Unit = list[tuple[str, tuple[int, ...]]]
"""Roles and shapes of the parameters of a convolution with its norm, or of the classifier."""


def check(condition: bool, what: str) -> None:
    require(condition, "gpw.network", f"{what} is wrong")


def parsed_program(
    counts: list[int], numbers: list[int], epsilons: list[float]
) -> list[list[Step]]:
    """The steps of each layer."""
    check(1 <= len(counts) <= 1000, "the number of layers")  # R37
    check(all(count >= 1 for count in counts), "program.layers")  # R38
    check(sum(counts) <= 100_000, "the number of steps")  # R38
    position, layers = 0, []
    for count in counts:
        layer = []
        for _ in range(count):
            check(position < len(numbers), "the end of program.operations")  # R39
            code = numbers[position]
            check(code in STEPS, f"the code {code}")  # R40
            step = numbers[position : position + 1 + len(STEPS[code])]
            position += len(step)
            check(len(step) == 1 + len(STEPS[code]), "the end of program.operations")  # R39
            ranges = zip(step[1:], STEPS[code])
            check(all(low <= number <= high for number, (low, high) in ranges), f"{step}")  # R40
            layer.append(step)
        layers.append(layer)
    check(position == len(numbers), "the end of program.operations")  # R39
    convolutions = [step for layer in layers for step in layer if step[0] == CONVOLUTION]
    for _, inputs, outputs, _, _, rule, *pads, groups, _, _ in convolutions:
        check(inputs % groups == outputs % groups == 0, "the number of groups")  # R41
        check(rule == 0 or not any(pads), "the padding")  # R42
    check(len(epsilons) == sum(step[-1] for step in convolutions), "program.epsilon")  # R43
    check(all(0 <= epsilon < math.inf for epsilon in epsilons), "program.epsilon")  # R43
    return layers


def check_steps(layers: list[list[Step]], image: list[int]) -> None:
    """Whether each step can follow the one before it."""
    channels, *size = image
    has_mean = False
    for index, layer in enumerate(layers):
        entering, before = (channels, size), [0]
        for number, step in enumerate(layer):
            place = f"step {number + 1} of layer {index + 1}"
            is_start = index == number == 0
            code, *rest = step
            if code in (CONVOLUTION, EXCITE, CLASSIFIER):
                check(rest[0] == channels, f"the number of channels of {place}")  # R45
            if code == CONVOLUTION:
                check(not is_start or rest[9] == 1, f"{place}, the first,")  # R46
                channels, size = rest[1], convolved(size, rest)
                check(all(1 <= side <= 16_384 for side in size), f"the map of {place}")  # R51
            else:
                check(not is_start, f"{place}, the first,")  # R46
            if code == ACTIVATION:
                check(before[0] == CONVOLUTION, f"{place}, an activation,")  # R47
            if code == RESIDUAL:
                behind = before[0] in (CONVOLUTION, ACTIVATION)
                check(index > 0 and behind, f"{place}, a residual,")  # R48
                check((channels, size) == entering, f"the map of {place}, a residual,")  # R48
            if code == EXCITE:
                check(number > 0, f"{place}, a squeeze-excite,")  # R49
            if code == MEAN:
                has_mean, size = True, [1, 1]
            if code == CLASSIFIER:
                check(has_mean and size == [1, 1], f"{place}, the classifier,")  # R50
            last = index == len(layers) - 1 and number == len(layer) - 1
            check((code == CLASSIFIER) == last, f"{place}")  # R50
            before = step


def convolved(size: list[int], convolution: list[int]) -> list[int]:
    """Height and width of a convolution's output; below 1 where the map is too small."""
    _, _, kernel, stride, rule, top, left, bottom, right, *_ = convolution
    if rule == 1:
        return [-(-side // stride) for side in size]
    room = size[0] + top + bottom - kernel, size[1] + left + right - kernel
    return [side // stride + 1 for side in room]


def units(step: Step) -> Iterator[Unit]:
    """The parameters of a step, in the order of the table."""
    code, *numbers = step
    if code == CONVOLUTION:
        inputs, outputs, kernel, *_, groups, has_bias, has_norm = numbers
        unit: Unit = [("weight", (outputs, inputs // groups, kernel, kernel))]
        unit += [("bias", (outputs,))] * has_bias
        if has_norm:
            unit += [(f"norm.{role}", (outputs,)) for role in NORM[:4]] + [(f"norm.{NORM[4]}", ())]
        yield unit
    elif code == EXCITE:
        channels, width, *_ = numbers
        yield [("weight", (width, channels, 1, 1)), ("bias", (width,))]
        yield [("weight", (channels, width, 1, 1)), ("bias", (channels,))]
    elif code == CLASSIFIER:
        features, classes = numbers
        yield [("weight", (classes, features)), ("bias", (classes,))]


def check_table(layers: list[list[Step]], table: list[TableEntry]) -> None:
    rest = iter(table)
    for unit in (unit for layer in layers for step in layer for unit in units(step)):
        paths: dict[str, str] = {}
        for role, shape in unit:
            module, _, word = role.rpartition(".")
            entry = next(rest, None)
            check(entry is not None, "the number of tensors")  # R52
            assert entry is not None
            check(entry.name.endswith(f".{word}"), f"the name of {entry.name}")  # R52
            path = entry.name.removesuffix(f".{word}")
            check(paths.setdefault(module, path) == path, f"the name of {entry.name}")  # R52
            check(entry.shape == shape, f"the shape of {entry.name}")  # R53
            counts = word == NORM[4]
            check((entry.type_code in FLOATING_POINT) != counts, f"the type of {entry.name}")  # R54
    check(next(rest, None) is None, "the number of tensors")  # R52


def check_network(entries: Entries, table: list[TableEntry]) -> None:
    def value(key: str, kind: int, count: int | None = None) -> Any:
        found, content = entries.get(key, (0, []))
        right = found == kind and (count is None or len(content) == count)
        require(right, "gpw.network", f"{key} is missing or has another type or count")  # R35
        return content

    image = value("program.input", INTEGERS, 3)
    check(1 <= image[0] <= CHANNELS[1], "program.input")  # R44
    check(all(1 <= side <= 8192 for side in image[1:]), "program.input")  # R44
    counts = value("program.layers", INTEGERS)
    operations, epsilons = value("program.operations", INTEGERS), value("program.epsilon", NUMBERS)
    layers = parsed_program(counts, operations, epsilons)
    check_steps(layers, image)
    check_table(layers, table)
    classes = layers[-1][-1][2]
    value("architecture.convention", TEXT)
    value("architecture.layers", TEXTS, len(layers))
    value("architecture.modules", TEXTS, len(layers))
    stages = value("architecture.stages", INTEGERS, len(layers))
    check(all(stage >= -1 for stage in stages), "architecture.stages")  # R55
    if "architecture.name" in entries:
        value("architecture.name", TEXT)  # R36
    if "labels" in entries:
        value("labels", TEXTS, classes)  # R36
    if "provenance.licence" in entries:
        value("provenance.licence", TEXT)  # R36
    if "preprocessing.origin" in entries:
        check(value("preprocessing.origin", TEXT) == "assumed", "preprocessing.origin")  # R56
    mean = value("preprocessing.mean", NUMBERS, 3)
    deviation = value("preprocessing.std", NUMBERS, 3)
    check(all(map(math.isfinite, mean)), "preprocessing.mean")  # R56
    check(all(0 < number < math.inf for number in deviation), "preprocessing.std")  # R56
    interpolation = value("preprocessing.interpolation", TEXT)
    check(interpolation in ("bicubic", "bilinear"), "preprocessing.interpolation")  # R56
    check(0 < value("preprocessing.crop", NUMBERS, 1)[0] <= 1, "preprocessing.crop")  # R56
    for key in ("source", "format", "key", "tool-version"):
        value(f"provenance.{key}", TEXT)
    value("provenance.options", TEXTS)
    digest = value("provenance.sha256", TEXT)
    check(re.fullmatch("(?:[0-9a-f]{64})?", digest) is not None, "provenance.sha256")  # R57
    if any(f"fingerprint.{key}" in entries for key in ("size", "logits", "tolerance")):  # R58
        size = value("fingerprint.size", INTEGERS, 2)
        logits = value("fingerprint.logits", NUMBERS, classes)
        (tolerance,) = value("fingerprint.tolerance", NUMBERS, 1)
        check(all(1 <= side <= 1024 for side in size), "fingerprint.size")  # R59
        check(all(map(math.isfinite, logits)), "fingerprint.logits")  # R59
        check(0 < tolerance < math.inf, "fingerprint.tolerance")  # R59


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
