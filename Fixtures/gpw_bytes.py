"""The bytes of a `.gpw` file, line by line, with the words that explain them.

Written from `Schemas/gpw-format.md` alone and the standard library, so that nothing here shares a
mistake with the package's own writer.
"""

from __future__ import annotations

import math
import shutil
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

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
        if self.type_code == SIGNED_16:
            return struct.pack(f"<{len(values)}h", *map(int, values))
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
    version: int = 3
    minimum_version: int = 3


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
        parts = steps(value) if key == "program.operations" else [value]
        for part in parts:
            data = b"".join(struct.pack(form, number) for number in part)
            lines.append(Line(name, data, ", ".join(map(str, part))))
    return len(value), lines


STEP_LENGTHS = {1: 13, 2: 2, 3: 5, 4: 1, 5: 1, 6: 3}


def steps(numbers: list[int]) -> list[list[int]]:
    """The records of a program; what is none stays together."""
    parts, start = [], 0
    while start < len(numbers):
        end = start + STEP_LENGTHS.get(numbers[start], len(numbers))
        parts.append(numbers[start:end])
        start = end
    return parts


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
            MAGIC + struct.pack("<II", content.version, content.minimum_version),
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


def file(content: Content) -> bytes:
    """The whole file."""
    return joined(encoded(content))


def joined(lines: list[Line]) -> bytes:
    return b"".join(line.data for line in lines)


def repaired(data: bytes) -> bytes:
    """The same file with the header checksum that belongs to it."""
    (data_offset,) = struct.unpack_from("<Q", data, 48)
    checksum = zlib.crc32(data[:60] + bytes(4) + data[64:data_offset])
    return data[:60] + struct.pack("<I", checksum) + data[64:]


class Changing:
    """The bytes of a good file, changed in place."""

    def __init__(self, content: Content) -> None:
        self._lines = encoded(content)

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


def write_folder(folder: Path, files: dict[str, bytes]) -> None:
    """Makes a folder of files anew."""
    if len(set(files.values())) != len(files):
        raise RuntimeError("two files are the same")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, data in files.items():
        (folder / f"{name}.gpw").write_bytes(data)


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
