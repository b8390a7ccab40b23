"""Draws pictures, and writes them in forms that Pillow reads and cannot write: JPEG of any sampling,
PNG of any depth. Needs NumPy and Pillow."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
from PIL import Image, ImageDraw


def drawn(width: int, height: int, seed: int = 0) -> Image.Image:
    """Gradients, shapes, letters and noise, so that every step of coding and resizing shows."""
    generator = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:height, 0:width]
    plane = [
        255 * columns / max(width - 1, 1),
        255 * rows / max(height - 1, 1),
        255 * ((columns + 2 * rows) % 97) / 96,
    ]
    pixels = np.stack(plane, axis=-1) + generator.normal(0, 8, (height, width, 3))
    picture = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    for _ in range(12):
        x, y = generator.integers(0, width), generator.integers(0, height)
        extent = int(generator.integers(2, max(width, height) // 3 + 3))
        color = tuple(int(value) for value in generator.integers(0, 256, 3))
        box = (int(x), int(y), int(x) + extent, int(y) + extent)
        if generator.integers(0, 2):
            draw.ellipse(box, fill=color)
        else:
            draw.rectangle(box, outline=color, width=2)
    draw.text((width // 4, height // 4), "Ag½§", fill=(255, 255, 255))
    draw.text((width // 3, height // 2), "xyz", fill=(0, 0, 0))
    return picture


def encoded(picture: Image.Image, kind: str, **options: Any) -> bytes:
    """A file as Pillow writes it."""
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def marker(code: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, code, len(content) + 2) + content


def adobe(transform: int) -> bytes:
    """The segment that says what the colours of a JPEG file are."""
    return marker(0xEE, b"Adobe\0\x64\0\0\0\0" + bytes([transform]))


def exif(orientation: int, order: str = "<") -> bytes:
    """The segment that says how a JPEG file is to be turned, in either order of bytes."""
    header = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, 8)
    software = struct.pack(order + "HHI4s", 0x0131, 2, 4, b"gpn\0")
    turned = struct.pack(order + "HHIHH", 0x0112, 3, 1, orientation, 0)
    directory = struct.pack(order + "H", 2) + turned + software + struct.pack(order + "I", 0)
    return marker(0xE1, b"Exif\0\0" + header + directory)


def segments(file: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
    """The segments of a JPEG file with one scan, and that scan without the end of the picture."""
    found = []
    offset = 2
    while True:
        code, count = file[offset + 1], struct.unpack(">H", file[offset + 2 : offset + 4])[0]
        found.append((code, file[offset + 4 : offset + 2 + count]))
        offset += 2 + count
        if code == 0xDA:
            assert file.endswith(b"\xff\xd9")
            return found, file[offset:-2]


def jpeg_of_planes(
    planes: list[np.ndarray],
    samplings: list[tuple[int, int]],
    before: bytes = b"",
    quality: int = 85,
) -> bytes:
    """A JPEG file with a scan for each colour, whose planes have the extents of their samplings.

    Each plane is written by Pillow as a grey picture; together they are a colour picture of any
    sampling, which Pillow itself does not write. The first plane has the largest sampling.
    """
    height, width = planes[0].shape
    largest = (max(across for across, _ in samplings), max(down for _, down in samplings))
    assert samplings[0] == largest
    start = b"\xff\xd8" + before
    scans = b""
    components = b""
    for index, (plane, (across, down)) in enumerate(zip(planes, samplings)):
        extent = (-(-height * down // largest[1]), -(-width * across // largest[0]))
        assert plane.shape == extent, (plane.shape, extent)
        found, scan = segments(encoded(Image.fromarray(plane), "JPEG", quality=quality))
        for code, content in found:
            if index == 0 and code in (0xDB, 0xC4):
                start += marker(code, content)
        components += bytes([index + 1, across << 4 | down, 0])
        scans += marker(0xDA, bytes([1, index + 1, 0, 0, 63, 0])) + scan
    frame = struct.pack(">BHHB", 8, height, width, len(planes)) + components
    return start + marker(0xC0, frame) + scans + b"\xff\xd9"


def planes_of(
    picture: Image.Image, samplings: list[tuple[int, int]]
) -> list[np.ndarray]:
    """The bands of a picture, each reduced to its sampling."""
    largest = (max(across for across, _ in samplings), max(down for _, down in samplings))
    planes = []
    for band, (across, down) in zip(picture.split(), samplings):
        extent = (
            -(-picture.width * across // largest[0]),
            -(-picture.height * down // largest[1]),
        )
        planes.append(np.asarray(band.resize(extent, Image.Resampling.BOX)))
    return planes


def chunk(name: bytes, content: bytes, checksum: int | None = None) -> bytes:
    """A chunk of a PNG file."""
    right = zlib.crc32(name + content)
    return (
        struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", right if checksum is None else checksum)
    )


SIGNATURE = b"\x89PNG\r\n\x1a\n"

CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""How many numbers a pixel of a PNG file has, by the number of its colour type."""

PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
"""Of each pass of an interlaced PNG file the first column and row and the steps between them."""


def filtered(rows: list[bytes], distance: int) -> bytes:
    """Rows of a PNG picture, each under another one of the five filters."""
    output = b""
    above = bytes(len(rows[0])) if rows else b""
    for index, row in enumerate(rows):
        kind = index % 5
        line = bytearray()
        for place, byte in enumerate(row):
            left = row[place - distance] if place >= distance else 0
            upper = above[place]
            corner = above[place - distance] if place >= distance else 0
            if kind == 4:
                estimate = left + upper - corner
                order = [abs(estimate - near) for near in (left, upper, corner)]
                guess = (left, upper, corner)[order.index(min(order))]
            else:
                guess = (0, left, upper, (left + upper) // 2)[kind]
            line.append((byte - guess) & 255)
        output += bytes([kind]) + bytes(line)
        above = row
    return output


def png(
    pixels: np.ndarray,
    depth: int,
    color: int,
    interlaced: bool = False,
    before: bytes = b"",
    after: bytes = b"",
    part_count: int = 1,
) -> bytes:
    """A PNG file of rows × columns × channels of whole numbers of `depth` bits."""
    height, width, channels = pixels.shape
    assert channels == CHANNELS[color]

    def packed(part: np.ndarray) -> list[bytes]:
        if depth == 16:
            return [row.astype(">u2").tobytes() for row in part]
        if depth == 8:
            return [row.astype(np.uint8).tobytes() for row in part]
        bits = (part[..., None] >> np.arange(depth - 1, -1, -1)) & 1
        return [np.packbits(row.astype(np.uint8).reshape(-1)).tobytes() for row in bits]

    distance = max(channels * depth // 8, 1)
    if interlaced:
        parts = [pixels[y::down, x::across] for x, y, across, down in PASSES]
        data = b"".join(filtered(packed(part), distance) for part in parts if part.size)
    else:
        data = filtered(packed(pixels), distance)
    stream = zlib.compress(data, 9)
    count = -(-len(stream) // part_count)
    return (
        SIGNATURE
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlaced))
        + before
        + b"".join(
            chunk(b"IDAT", stream[start : start + count])
            for start in range(0, len(stream), count)
        )
        + after
        + chunk(b"IEND", b"")
    )
