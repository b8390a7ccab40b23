"""Compares how pictures are decoded, resized, cropped and normalised with Pillow and torchvision.

Whoever is compared is a function: it gets a file and the steps of a preparation, and answers with
arrays. Decoded, resized and cropped pixels must be equal bit for bit, elements to the last place.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "Fixtures"
sys.path.insert(0, str(FIXTURES))

from classifier_libraries import torchvision  # noqa: E402
from drawn_pictures import adobe, drawn, encoded, jpeg_of_planes, planes_of, png  # noqa: E402

INTERPOLATIONS = ["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"]


@dataclass(frozen=True)
class Steps:
    """How a picture is prepared: its shorter side, the crop's height and width, filter and statistics."""

    edge: int
    crop: tuple[int, int]
    interpolation: str
    mean: tuple[float, ...] = (0.485, 0.456, 0.406)
    deviation: tuple[float, ...] = (0.229, 0.224, 0.225)


HUB = Steps(256, (224, 224), "bilinear")

PUBLISHED = Steps(365, (320, 320), "bicubic")
"""A network's own preparation: 320 px are 0.875 of the shorter side."""


@dataclass(frozen=True)
class Answer:
    """What a picture becomes."""

    decoded: np.ndarray
    """Rows × columns × 3, 8 bits."""
    cropped: np.ndarray
    """The same of what is left of it, resized."""
    elements: np.ndarray
    """3 × rows × columns, 32-bit floating point."""


Prepared = Callable[[Path, Steps], Answer]


def expected(file: Path, steps: Steps) -> Answer:
    """What Pillow and torchvision make of a picture."""
    transforms = torchvision.transforms
    mode = transforms.InterpolationMode(steps.interpolation)
    with Image.open(file) as opened:
        picture = opened.convert("RGB")
    resized = transforms.Resize(steps.edge, interpolation=mode)(picture)
    cropped = transforms.CenterCrop(steps.crop)(resized)
    normalised = transforms.Normalize(list(steps.mean), list(steps.deviation))
    elements = normalised(transforms.ToTensor()(cropped))
    return Answer(np.asarray(picture), np.asarray(cropped), elements.numpy())


def places_apart(first: np.ndarray, second: np.ndarray) -> int:
    """How many numbers of 32 bits lie between two arrays where they are furthest apart."""
    ordered = []
    for array in (first, second):
        bits = np.ascontiguousarray(array, dtype=np.float32).view(np.int32).astype(np.int64)
        ordered.append(np.where(bits < 0, -(bits & 0x7FFFFFFF), bits))
    return int(np.abs(ordered[0] - ordered[1]).max())


def difference(file: Path, steps: Steps, prepared: Prepared) -> str | None:
    """How an answer differs from the expected one; None where it does not."""
    found, wanted = prepared(file, steps), expected(file, steps)
    for what in ("decoded", "cropped", "elements"):
        one, other = getattr(found, what), getattr(wanted, what)
        if one.shape != other.shape or one.dtype != other.dtype:
            return f"{what}: {one.shape} {one.dtype}, not {other.shape} {other.dtype}"
    for what in ("decoded", "cropped"):
        unequal = int((getattr(found, what) != getattr(wanted, what)).sum())
        if unequal:
            return f"{what}: {unequal} bytes differ"
    apart = places_apart(found.elements, wanted.elements)
    return f"elements: {apart} places apart" if apart > 1 else None


def extent(number: int, generator: np.random.Generator) -> tuple[int, int]:
    """Width and height: from one pixel to twelve million, most of them small."""
    if number % 50 == 49:
        return (4_000, 3_000) if number % 100 == 99 else (3_000, 4_000)
    largest = [4, 40, 300, 1_200][number % 4]
    return int(generator.integers(1, largest + 1)), int(generator.integers(1, largest + 1))


def written(number: int) -> tuple[str, bytes]:
    """One of the generated pictures: the end of its name, and its file."""
    generator = np.random.default_rng(number)
    width, height = extent(number, generator)
    picture = drawn(width, height, seed=number)
    quality = int(generator.integers(1, 101))
    sampling = str(generator.choice(["4:4:4", "4:2:2", "4:2:0"]))
    is_small = width * height < 10_000
    kind = number % 11
    if kind in (0, 1, 2):
        options = {"quality": quality, "subsampling": sampling, "progressive": kind == 2}
        return "jpg", encoded(picture, "JPEG", **options)
    if kind == 3:
        return "jpg", encoded(picture.convert("L"), "JPEG", quality=quality, progressive=number % 2)
    if kind == 4:
        return "jpg", encoded(picture.convert("CMYK"), "JPEG", quality=quality)
    if kind == 5:
        samplings = [(1, 2), (1, 1), (1, 1)] if number % 2 else [(4, 2), (2, 1), (1, 1)]
        planes = planes_of(picture.convert("YCbCr"), samplings)
        return "jpg", jpeg_of_planes(planes, samplings, quality=quality)
    if kind == 6:
        samplings = [(2, 2), (1, 1), (1, 1), (2, 2)]
        planes = planes_of(picture.convert("CMYK"), samplings)
        return "jpg", jpeg_of_planes(planes, samplings, before=adobe(2), quality=quality)
    if kind == 7:
        mode = str(generator.choice(["1", "L", "LA", "P", "RGB", "RGBA", "I;16"]))
        return "png", encoded(picture.convert("L" if mode == "I;16" else "RGB").convert(mode), "PNG")
    if kind == 8 and is_small:
        depth, color = [(1, 0), (2, 0), (4, 0), (16, 0), (16, 2), (16, 4), (16, 6), (8, 6)][number % 8]
        channels = {0: 1, 2: 3, 4: 2, 6: 4}[color]
        values = generator.integers(0, 1 << depth, (height, width, channels))
        return "png", png(values, depth, color, interlaced=bool(number % 2))
    if kind == 9:
        return "webp", encoded(picture, "WEBP", quality=quality, lossless=bool(number % 2) and is_small)
    if kind == 10:
        colors = int(generator.integers(2, 257))
        return "gif", encoded(picture.quantize(colors), "GIF", interlace=number % 2)
    return "ppm", encoded(picture, "PPM")


def cases(folder: Path, count: int = 500) -> Iterator[tuple[Path, Steps]]:
    """Every picture among the fixtures and the generated ones, each with several preparations."""
    listed = json.loads((FIXTURES / "pictures" / "pictures.json").read_text())["pictures"]
    for index, entry in enumerate(listed):
        # Pillow refuses one of them without need.
        if entry["file"] == "bombs.png":
            continue
        file = FIXTURES / "pictures" / entry["file"]
        yield from ((file, steps) for steps in (HUB, PUBLISHED, other_steps(index)))
    for number in range(count):
        ending, content = written(number)
        file = folder / f"generated.{ending}"
        file.write_bytes(content)
        for steps in (HUB, PUBLISHED, other_steps(number), other_steps(number + 3)):
            yield file, steps


def other_steps(number: int) -> Steps:
    """A preparation with any filter, edge and crop."""
    generator = np.random.default_rng(1_000_000 + number)
    edge = int(generator.integers(1, [8, 64, 300][number % 3]))
    crop = (int(generator.integers(1, 300)), int(generator.integers(1, 300)))
    return Steps(edge, crop, INTERPOLATIONS[number % 6], (0.5, 0.4980392, 0.0), (0.5, 0.5019608, 1.0))
