"""Writes `pictures/`: drawn pictures in every format and form that is read, and bad ones.

    python Fixtures/make_picture_fixtures.py

`pictures/pictures.json` says what Pillow reads from each file, and with which code each bad one is to be
refused; `pictures/preparations.json` what Pillow and torchvision make of some of them. Of pixels there
are only digests. Needs Pillow, torchvision, PyTorch and NumPy.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageFile, ImageOps

from classifier_libraries import torchvision
from drawn_pictures import (
    SIGNATURE,
    adobe,
    chunk,
    drawn,
    encoded,
    exif,
    jpeg_of_planes,
    marker,
    planes_of,
    png,
)

ROOT = Path(__file__).resolve().parent
FOLDER = ROOT / "pictures"

INTERPOLATIONS = {
    "nearest": Image.Resampling.NEAREST,
    "box": Image.Resampling.BOX,
    "bilinear": Image.Resampling.BILINEAR,
    "hamming": Image.Resampling.HAMMING,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}

MEAN, DEVIATION = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def pixels(picture: Image.Image) -> str:
    return digest(picture.convert("RGB").tobytes())


def read(content: bytes) -> Image.Image:
    """What Pillow reads, as everything here sees it."""
    with Image.open(io.BytesIO(content)) as opened:
        picture = opened.convert("RGB")
    return picture


def reads(content: bytes, allows_truncated: bool = False) -> str | None:
    """The digest of what Pillow reads; nil where it refuses."""
    ImageFile.LOAD_TRUNCATED_IMAGES = allows_truncated
    try:
        return pixels(read(content))
    except Exception:
        return None
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False


class Pictures:
    """Files that are read, and what Pillow reads."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []

    def add(self, file: str, content: bytes, about: str, plain: bytes | None = None) -> None:
        """Adds a file; where Pillow refuses it without need, `plain` is the same without the reason."""
        (FOLDER / file).write_bytes(content)
        assert (reads(content) is None) == (plain is not None)
        content = plain or content
        with Image.open(io.BytesIO(content)) as opened:
            orientation = opened.getexif().get(0x0112) if opened.format in ("JPEG", "MPO") else None
            kind = {"MPO": "jpeg", "PPM": "netpbm"}.get(opened.format, opened.format.lower())
            mode = opened.mode
            turned = ImageOps.exif_transpose(opened).convert("RGB")
        picture = read(content)
        entry = {
            "file": file,
            "about": about,
            "format": kind,
            "mode": mode,
            "width": picture.width,
            "height": picture.height,
            "pixels": pixels(picture),
        }
        if orientation is not None:
            entry["orientation"] = orientation
            entry["turned"] = {
                "width": turned.width,
                "height": turned.height,
                "pixels": pixels(turned),
            }
        self.entries.append(entry)


def add_jpeg(pictures: Pictures) -> None:
    picture = drawn(83, 59)
    for sampling in ("4:4:4", "4:2:2", "4:2:0"):
        name = sampling.replace(":", "")
        content = encoded(picture, "JPEG", quality=88, subsampling=sampling)
        pictures.add(f"sampling-{name}.jpg", content, f"baseline, {sampling}")
        content = encoded(picture, "JPEG", quality=88, subsampling=sampling, progressive=True)
        pictures.add(f"progressive-{name}.jpg", content, f"progressive, {sampling}")
    for quality in (1, 30, 100):
        content = encoded(picture, "JPEG", quality=quality, optimize=True)
        pictures.add(f"quality-{quality}.jpg", content, f"quality {quality}, its own tables")
    pictures.add("grey.jpg", encoded(picture.convert("L"), "JPEG"), "grey")
    content = encoded(picture.convert("L"), "JPEG", progressive=True)
    pictures.add("progressive-grey.jpg", content, "grey, progressive")
    content = encoded(picture, "JPEG", restart_marker_blocks=3)
    pictures.add("restarts.jpg", content, "restart markers")
    content = encoded(picture.convert("CMYK"), "JPEG", quality=90)
    pictures.add("cmyk.jpg", content, "inks, inverted, as Adobe writes them")
    content = encoded(picture.convert("CMYK"), "JPEG", progressive=True)
    pictures.add("progressive-cmyk.jpg", content, "inks, progressive")

    yuv = picture.convert("YCbCr")
    for name, samplings in {
        "440": [(1, 2), (1, 1), (1, 1)],
        "411": [(4, 1), (1, 1), (1, 1)],
        "410": [(4, 2), (1, 1), (1, 1)],
        "420-scans": [(2, 2), (1, 1), (1, 1)],
        "mixed": [(2, 2), (2, 1), (1, 2)],
        "3": [(3, 1), (1, 1), (1, 1)],
        "1x4": [(1, 4), (1, 1), (1, 2)],
    }.items():
        content = jpeg_of_planes(planes_of(yuv, samplings), samplings)
        pictures.add(f"sampling-{name}.jpg", content, f"a scan each, samplings {samplings}")
    full = [(1, 1)] * 4
    content = jpeg_of_planes(planes_of(picture, full[:3]), full[:3], before=adobe(0))
    pictures.add("adobe-rgb.jpg", content, "red, green and blue, as Adobe says")
    inks = Image.merge("CMYK", [Image.fromarray(255 - plane) for plane in planes_of(
        picture.convert("CMYK"), full)])
    content = jpeg_of_planes(planes_of(inks, full), full, before=adobe(0))
    pictures.add("adobe-cmyk.jpg", content, "inks, as Adobe says")
    for name, samplings in {"444": full, "420": [(2, 2), (1, 1), (1, 1), (2, 2)]}.items():
        cmy = Image.merge("RGB", inks.split()[:3]).convert("YCbCr")
        ycck = Image.merge("CMYK", [*cmy.split(), inks.split()[3]])
        content = jpeg_of_planes(planes_of(ycck, samplings), samplings, before=adobe(2))
        pictures.add(f"ycck-{name}.jpg", content, "inks as brightness and colour")
    content = jpeg_of_planes(planes_of(inks, full), full)
    pictures.add("plain-cmyk.jpg", content, "inks, of which nobody says anything")

    small = encoded(drawn(24, 16, seed=1), "JPEG", quality=90)
    for orientation in range(1, 9):
        order = "<" if orientation % 2 else ">"
        content = small[:2] + exif(orientation, order) + small[2:]
        pictures.add(f"orientation-{orientation}.jpg", content, f"to be turned, {orientation}")
    for width, height in ((1, 1), (1, 17), (17, 1), (2, 3), (8, 8), (15, 33)):
        for sampling in ("4:2:0", "4:2:2"):
            content = encoded(drawn(width, height, seed=2), "JPEG", subsampling=sampling)
            name = f"size-{width}x{height}-{sampling.replace(':', '')}.jpg"
            pictures.add(name, content, "a small extent")
    content = small[:2] + marker(0xFE, b"\xff\xd9 in a comment") + b"\xff\xff\xff" + small[3:]
    pictures.add("padded-marker.jpg", content, "a comment, and markers with bytes before them")
    pictures.add("picture-in-picture.jpg", small + b"garbage behind it", "bytes behind the end")
    content = encoded(drawn(20, 20, seed=3), "MPO", save_all=True, append_images=[drawn(20, 20)])
    pictures.add("several.jpg", content, "a file of two pictures")


def add_png(pictures: Pictures) -> None:
    picture = np.asarray(drawn(37, 23, seed=4)).astype(int)
    generator = np.random.default_rng(5)
    alpha = generator.integers(0, 256, (23, 37, 1))
    grey = picture.mean(axis=2, keepdims=True).astype(int)
    low = generator.integers(0, 256, (23, 37, 4))
    palette = chunk(b"PLTE", generator.integers(0, 256, 3 * 256, dtype=np.uint8).tobytes())
    few = chunk(b"PLTE", generator.integers(0, 256, 3 * 2, dtype=np.uint8).tobytes())
    for interlaced in (False, True):
        end = "-interlaced.png" if interlaced else ".png"
        how = ", interlaced" if interlaced else ""
        for depth in (1, 2, 4, 8):
            values = grey >> (8 - depth)
            content = png(values, depth, 0, interlaced)
            pictures.add(f"grey-{depth}{end}", content, f"grey, {depth} bits{how}")
            content = png(values, depth, 3, interlaced, before=palette)
            pictures.add(f"palette-{depth}{end}", content, f"a palette, {depth} bits{how}")
        wide = grey * 2 + low[..., :1] % 2
        content = png(wide, 16, 0, interlaced)
        pictures.add(f"grey-16{end}", content, f"grey, 16 bits, cut off at 255{how}")
        content = png(picture, 8, 2, interlaced, part_count=7)
        pictures.add(f"color-8{end}", content, f"colours, 8 bits, in seven parts{how}")
        content = png(picture * 256 + low[..., :3], 16, 2, interlaced)
        pictures.add(f"color-16{end}", content, f"colours, 16 bits{how}")
        for depth in (8, 16):
            def wider(values: np.ndarray) -> np.ndarray:
                return values if depth == 8 else values * 256 + low[..., : values.shape[2]]

            content = png(wider(np.dstack([grey, alpha])), depth, 4, interlaced)
            pictures.add(f"grey-alpha-{depth}{end}", content, f"grey with alpha, {depth} bits{how}")
            content = png(wider(np.dstack([picture, alpha])), depth, 6, interlaced)
            pictures.add(f"color-alpha-{depth}{end}", content, f"alpha, {depth} bits{how}")
    content = png(grey, 8, 3, before=palette + chunk(b"tRNS", bytes(range(255, -1, -1))))
    pictures.add("palette-transparent.png", content, "a palette of which colours are transparent")
    content = png(grey, 8, 3, before=palette + chunk(b"tRNS", b"\xff\0"))
    pictures.add("palette-one-transparent.png", content, "a palette with one transparent colour")
    content = png(grey % 5, 8, 3, before=few)
    pictures.add("palette-short.png", content, "colours that the palette lacks are black")
    content = png(grey % 4, 2, 3, before=few)
    pictures.add("palette-short-2.png", content, "colours that the palette lacks are black, 2 bits")
    content = png(grey, 8, 0, before=chunk(b"tRNS", b"\0\x40"))
    pictures.add("grey-transparent.png", content, "a transparent grey")
    content = png(picture, 8, 2, before=chunk(b"tRNS", b"\0\x40\0\x40\0\x40"))
    pictures.add("color-transparent.png", content, "a transparent colour")
    beside = (
        chunk(b"gAMA", struct.pack(">I", 100_000))
        + chunk(b"sBIT", b"\5\5\5")
        + chunk(b"iCCP", b"a profile\0\0" + zlib.compress(bytes(1 << 10)))
        + chunk(b"zTXt", b"a text\0\0" + zlib.compress(b"text" * 999))
        + chunk(b"bKGD", b"\0\1\0\2\0\3")
        + chunk(b"prVt", b"nobody knows")
    )
    content = png(picture, 8, 2, before=beside, after=chunk(b"tEXt", b"a\0b"))
    pictures.add("beside.png", content, "gamma, a profile, texts and others' chunks do not matter")
    bomb = zlib.compress(bytes(1 << 23), 9)
    bombs = chunk(b"zTXt", b"bomb\0\0" + bomb) + chunk(b"iCCP", b"bomb\0\0" + bomb)
    plain = png(picture, 8, 2)
    content = png(picture, 8, 2, before=bombs)
    pictures.add("bombs.png", content, "a text and a profile that would become large", plain)
    for width, height in ((1, 1), (1, 9), (9, 1), (5, 3), (4, 4)):
        part = picture[:height, :width]
        name = f"size-{width}x{height}-interlaced.png"
        pictures.add(name, png(part, 8, 2, True), "a small extent, interlaced")
    content = encoded(drawn(20, 20), "PNG", save_all=True, append_images=[drawn(20, 20, seed=1)])
    pictures.add("animated.png", content, "an animation, of which the first picture is shown")
    for width, height in ((3, 40), (21, 97)):
        content = encoded(drawn(width, height, seed=20), "PNG")
        pictures.add(f"tall-{width}x{height}.png", content, "a tall picture")
    content = png(picture, 8, 2)
    pictures.add("a-png.jpg", content, "under another format's name")
    # The end itself may be missing.
    pictures.add("without-end.png", content[:-12], "all pixels, and no end")


def add_netpbm(pictures: Pictures) -> None:
    picture = drawn(19, 13, seed=6)
    content = np.asarray(picture).tobytes()
    grey = picture.convert("L").tobytes()
    pictures.add("color.ppm", b"P6 19 13 255\n" + content, "PPM")
    pictures.add("grey.pgm", b"P5\n19 13\n255\n" + grey, "PGM")
    header = b"P6\n# a comment\n 19\t# another\r13\n255 "
    pictures.add("comments.ppm", header + content, "PPM with comments")
    pictures.add("behind.pgm", b"P5 19 13 255\n" + grey + b"behind", "PGM with bytes behind it")
    for maximum in (1, 7, 100, 254):
        part = bytes(byte % (maximum + 2) for byte in content)
        name = f"maximum-{maximum}.ppm"
        pictures.add(name, b"P6 19 13 %d\n" % maximum + part, f"values up to {maximum} and one over")
        part = part[: 19 * 13]
        name = f"maximum-{maximum}.pgm"
        pictures.add(name, b"P5 19 13 %d\n" % maximum + part, f"values up to {maximum} and one over")
    generator = np.random.default_rng(7)
    for maximum in (256, 1_000, 65_535):
        values = generator.integers(0, min(maximum + 2, 65_536), 19 * 13 * 3)
        values[::3] %= 300
        part = values.astype(">u2").tobytes()
        name = f"maximum-{maximum}.ppm"
        pictures.add(name, b"P6 19 13 %d\n" % maximum + part, f"16 bits, values up to {maximum}")
        name = f"maximum-{maximum}.pgm"
        part = part[: 2 * 19 * 13]
        pictures.add(name, b"P5 19 13 %d\n" % maximum + part, f"16 bits, values up to {maximum}")


def add_webp(pictures: Pictures) -> None:
    picture = drawn(67, 45, seed=8)
    alpha = Image.fromarray(
        np.random.default_rng(9).integers(0, 256, (45, 67)).astype(np.uint8))
    clear = picture.copy()
    clear.putalpha(alpha)
    for quality in (5, 80, 100):
        content = encoded(picture, "WEBP", quality=quality)
        pictures.add(f"lossy-{quality}.webp", content, f"lossy, quality {quality}")
    pictures.add("lossless.webp", encoded(picture, "WEBP", lossless=True), "lossless")
    content = encoded(clear, "WEBP", lossless=True, exact=True)
    pictures.add("lossless-alpha.webp", content, "lossless with alpha")
    pictures.add("lossy-alpha.webp", encoded(clear, "WEBP"), "lossy with alpha")
    more = [drawn(67, 45, seed=seed) for seed in (10, 11)]
    content = encoded(picture, "WEBP", save_all=True, append_images=more)
    pictures.add("animated.webp", content, "an animation, of which the first picture is shown")
    pictures.add("odd.webp", encoded(drawn(1, 3), "WEBP"), "a small extent")
    content = encoded(picture, "WEBP", exif=b"Exif\0\0II*\0\x08\0\0\0\0\0")
    pictures.add("extended.webp", content, "with segments beside the picture")
    # The first picture of an animation may leave room around it.
    frame = encoded(drawn(20, 10, seed=12), "WEBP", lossless=True)[12:]
    place = struct.pack("<I", 4)[:3] + struct.pack("<I", 3)[:3]
    extent = struct.pack("<I", 19)[:3] + struct.pack("<I", 9)[:3]
    body = place + extent + b"\x64\0\0" + b"\0" + frame

    def part(name: bytes, content: bytes) -> bytes:
        return name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)

    canvas = struct.pack("<I", 39)[:3] + struct.pack("<I", 29)[:3]
    body = (
        part(b"VP8X", b"\x02\0\0\0" + canvas)
        + part(b"ANIM", b"\xff\xff\xff\xff\0\0")
        + part(b"ANMF", body)
    )
    content = b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body
    pictures.add("placed.webp", content, "an animation whose first picture leaves room around it")


def add_gif(pictures: Pictures) -> None:
    picture = drawn(61, 43, seed=13).quantize(256)
    pictures.add("interlaced.gif", encoded(picture, "GIF"), "a palette of 256 colours, interlaced")
    plain = encoded(picture, "GIF", interlace=0)
    pictures.add("plain.gif", plain, "a palette of 256 colours")
    content = encoded(drawn(61, 43).quantize(2), "GIF")
    pictures.add("two-colors.gif", content, "a palette of 2 colours")
    content = encoded(drawn(61, 43).quantize(13), "GIF", interlace=0)
    pictures.add("few-colors.gif", content, "a palette of 13 colours")
    pictures.add("grey.gif", encoded(drawn(30, 20).convert("L"), "GIF"), "grey")
    noise = np.random.default_rng(14).integers(0, 256, (90, 90)).astype(np.uint8)
    content = encoded(Image.fromarray(noise), "GIF", interlace=0)
    pictures.add("noise.gif", content, "more strings than the table of codes holds")
    content = encoded(Image.new("L", (300, 200)), "GIF", interlace=0)
    pictures.add("plane.gif", content, "the longest strings")
    content = encoded(picture, "GIF", transparency=3)
    pictures.add("transparent.gif", content, "a transparent colour")
    more = [drawn(61, 43, seed=seed).quantize(64) for seed in (15, 16)]
    content = encoded(picture, "GIF", save_all=True, append_images=more)
    pictures.add("animated.gif", content, "an animation, of which the first picture is shown")
    for name, width, height in (("larger", 80, 50), ("smaller", 40, 20)):
        content = plain[:6] + struct.pack("<HH", width, height) + plain[10:]
        pictures.add(f"{name}-screen.gif", content, f"a {name} screen than the picture")
    clear = encoded(picture, "GIF", transparency=3, interlace=0)
    content = clear[:6] + struct.pack("<HH", 80, 50) + clear[10:]
    place = content.index(b",\0\0\0\0") + 1
    content = content[:place] + struct.pack("<HH", 10, 5) + content[place + 4 :]
    pictures.add("placed.gif", content, "a picture on a larger, transparent screen")
    # Without its palette every number is a grey.
    content = plain[:10] + b"\0" + plain[11:13] + plain[13 + 768 :]
    pictures.add("no-palette.gif", content, "no palette")
    local = plain[:10] + b"\0" + plain[11:13] + plain[13 + 768 :]
    place = local.index(b",\0\0\0\0") + 9
    local = local[:place] + bytes([local[place] | 0x87]) + plain[13 : 13 + 768] + local[place + 1 :]
    pictures.add("local-palette.gif", local, "a palette of the picture's own")


def refused() -> list[dict[str, Any]]:
    """Bad files, each with the code that it is to be refused with."""
    cases: list[dict[str, Any]] = []

    def add(name: str, content: bytes, code: str, about: str) -> None:
        (FOLDER / name).write_bytes(content)
        # Pillow is less strict with some.
        reads_it = reads(content) is not None
        cases.append({"file": name, "about": about, "code": code, "pillowReadsIt": reads_it})

    small = encoded(drawn(24, 16, seed=1), "JPEG", quality=90)
    frame = small.index(b"\xff\xc0")

    def patched(content: bytes, offset: int, new: bytes) -> bytes:
        return content[:offset] + new + content[offset + len(new) :]

    add("bad-arithmetic.jpg", patched(small, frame + 1, b"\xc9"), "picture.coding",
        "arithmetic coding")
    add("bad-lossless.jpg", patched(small, frame + 1, b"\xc3"), "picture.coding",
        "lossless")
    add("bad-hierarchical.jpg", patched(small, frame + 1, b"\xc5"), "picture.coding",
        "hierarchical")
    add("bad-12-bit.jpg", patched(small, frame + 1, b"\xc1\0\x11\x0c"), "picture.coding",
        "12 bits")
    full = [(1, 1)] * 2
    two = jpeg_of_planes([np.zeros((8, 8), np.uint8)] * 2, full)
    add("bad-two-colors.jpg", two, "picture.coding", "two colours")
    add("bad-width.jpg", patched(small, frame + 7, b"\0\0"), "picture.malformed", "no width")
    add("bad-height.jpg", patched(small, frame + 5, b"\0\0"), "picture.malformed", "no height")
    add("bad-huge.jpg", patched(small, frame + 5, b"\xff\xdc\xff\xdc"), "picture.pixels",
        "more pixels than are allowed")
    add("bad-large.jpg", patched(small, frame + 5, b"\x20\0\x20\0"), "picture.truncated",
        "more pixels than the bytes can hold")
    add("bad-cut.jpg", small[: len(small) * 2 // 3], "picture.truncated", "cut off")
    add("bad-cut-header.jpg", small[:100], "picture.truncated", "cut off before the picture")
    add("bad-table.jpg", small.replace(b"\xff\xdb", b"\xff\xfe"), "picture.malformed",
        "no tables of factors")
    scans = encoded(drawn(24, 16, seed=1), "JPEG", progressive=True)
    # A scan of the brightness of all blocks that changes nothing, many times.
    last = scans.rindex(b"\xff\xda")
    add("bad-scans.jpg", scans[:last] + scans[last:-2] * 1_200 + b"\xff\xd9", "picture.scans",
        "more scans than any program writes")

    colors = np.asarray(drawn(16, 8, seed=17)).astype(int)
    good = png(colors, 8, 2)
    data = good.index(b"IDAT")
    add("bad-checksum-header.png", patched(good, 29, b"\0\0\0\0"), "picture.checksum",
        "a wrong checksum of the header")
    add("bad-checksum-data.png", patched(good, len(good) - 16, b"\0\0\0\0"), "picture.checksum",
        "a wrong checksum of the pixels")
    beside = chunk(b"tEXt", b"a\0b", checksum=1)
    add("bad-checksum-beside.png", png(colors, 8, 2, before=beside), "picture.checksum",
        "a wrong checksum of a text")
    add("bad-cut.png", good[: data + 100], "picture.truncated", "cut off")
    add("bad-cut-header.png", good[:20], "picture.truncated", "cut off in the header")

    def header(width: int, height: int, depth: int, color: int, *rest: int) -> bytes:
        content = struct.pack(">IIBBBBB", width, height, depth, color, *(rest or (0, 0, 0)))
        return SIGNATURE + chunk(b"IHDR", content) + good[33:]

    add("bad-width.png", header(0, 8, 8, 2), "picture.malformed", "no width")
    add("bad-height.png", header(16, 0, 8, 2), "picture.malformed", "no height")
    add("bad-depth.png", header(16, 8, 3, 2), "picture.malformed", "3 bits")
    add("bad-color.png", header(16, 8, 8, 5), "picture.malformed", "no kind of colours")
    add("bad-interlace.png", header(16, 8, 8, 2, 0, 0, 2), "picture.malformed",
        "no way to interlace")
    add("bad-huge.png", header(1 << 20, 1 << 20, 8, 2), "picture.pixels",
        "more pixels than are allowed")
    add("bad-large.png", header(1 << 13, 1 << 13, 8, 2), "picture.truncated",
        "more pixels than the bytes can hold")
    add("bad-short.png", header(16, 9, 8, 2), "picture.malformed", "too few rows")
    add("bad-palette.png", png(colors[..., :1], 8, 3), "picture.malformed", "no palette")
    add("bad-filter.png",
        SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 1, 8, 0, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(b"\7\0\0")) + chunk(b"IEND", b""),
        "picture.malformed", "no filter")
    add("bad-stream.png",
        SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 1, 8, 0, 0, 0, 0))
        + chunk(b"IDAT", b"no deflated data") + chunk(b"IEND", b""),
        "picture.malformed", "no deflated data")
    add("bad-sum.png",
        SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 1, 8, 0, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(b"\0\1\2")[:-1] + b"?") + chunk(b"IEND", b""),
        "picture.malformed", "a wrong sum of the pixels")
    add("bad-critical.png", png(colors, 8, 2, before=chunk(b"ABCD", b"x")), "picture.malformed",
        "a chunk that nobody knows and that must be known")
    add("bad-cut.ppm", b"P6 4 4 255\n" + bytes(47), "picture.truncated", "cut off")
    add("bad-cut-header.ppm", b"P6 4 4 25", "picture.truncated", "cut off in the header")
    add("bad-number.ppm", b"P6 4 x 255\n" + bytes(48), "picture.malformed", "no number")
    add("bad-digits.ppm", b"P6 4 00000000004 255\n" + bytes(48), "picture.malformed",
        "too many digits")
    add("bad-width.ppm", b"P6 0 4 255\n" + bytes(48), "picture.size", "no width")
    add("bad-huge.ppm", b"P6 9999999999 9999999999 255\n", "picture.pixels",
        "more pixels than are allowed")
    add("bad-maximum.ppm", b"P6 4 4 65536\n" + bytes(96), "picture.malformed", "17 bits")

    webp = encoded(drawn(30, 20, seed=18), "WEBP", lossless=True)
    add("bad-cut.webp", webp[: len(webp) // 2], "picture.truncated", "cut off")
    add("bad-cut-header.webp", webp[:16], "picture.truncated", "cut off in the header")
    add("bad-data.webp", webp[:25] + bytes(len(webp) - 25), "picture.malformed", "no codes")
    add("bad-header.webp", webp[:16] + bytes(len(webp) - 16), "picture.malformed", "no header")

    gif = encoded(drawn(30, 20, seed=19).quantize(64), "GIF", interlace=0)
    codes = gif.index(b",\0\0\0\0") + 10
    add("bad-cut.gif", gif[: len(gif) // 2], "picture.truncated", "cut off")
    add("bad-cut-header.gif", gif[:11], "picture.truncated", "cut off in the header")
    add("bad-none.gif", gif[: codes - 10] + b";", "picture.malformed", "no picture")
    add("bad-bits.gif", patched(gif, codes, b"\x0d"), "picture.malformed", "13 bits")
    add("bad-code.gif", patched(gif, codes + 2, b"\xff\xff\xff\xff"), "picture.malformed",
        "codes that mean nothing")
    add("bad-screen.gif", patched(patched(gif, 6, bytes(4)), codes - 5, bytes(4)), "picture.size",
        "no width and height")
    for name, content, about in (
        ("bad-bmp.png", encoded(drawn(4, 4), "BMP"), "a BMP picture"),
        ("bad-tiff.jpg", encoded(drawn(4, 4), "TIFF"), "a TIFF picture"),
        ("bad-plain.ppm", b"P3 1 1 255 1 2 3\n", "a PPM picture in plain text"),
    ):
        add(name, content, "picture.format", about)
    add("bad-page.jpg", b"<!DOCTYPE html><title>404</title>", "picture.format", "a web page")
    add("bad-empty.jpg", b"", "picture.format", "an empty file")
    add("bad-bytes.jpg", b"\xff\xd8", "picture.format", "two bytes")
    return cases


def truncations() -> list[dict[str, Any]]:
    """JPEG files cut off after every byte: which of them Pillow reads, and what it reads if it goes on."""
    cases = []
    for name in ("size-15x33-420.jpg", "progressive-grey.jpg", "restarts.jpg", "ycck-444.jpg"):
        content = (FOLDER / name).read_bytes()
        read_counts = [
            count for count in range(4, len(content)) if reads(content[:count]) is not None
        ]
        partial = []
        for count in range(4, len(content), max(len(content) // 40, 1)):
            partial.append({"byteCount": count, "pixels": reads(content[:count], True)})
        cases.append({"file": name, "read": read_counts, "partial": partial})
    return cases


def preparations() -> list[dict[str, Any]]:
    """What pictures become at several sizes with every filter, and as tensors."""
    transforms = torchvision.transforms
    modes = transforms.InterpolationMode
    cases = []
    for file in (
        "sampling-444.jpg", "grey.jpg", "size-1x17-420.jpg", "size-2x3-422.jpg", "plane.gif",
        "noise.gif", "size-9x1-interlaced.png", "color-8.png", "tall-3x40.png", "tall-21x97.png",
    ):
        picture = read((FOLDER / file).read_bytes())
        for edge, crop in (
            (1, (1, 1)), (7, (5, 4)), (20, (20, 20)), (33, (40, 16)), (59, (59, 50)), (64, (57, 64)),
            (90, (90, 90)), (150, (224, 140)),
        ):
            for name in INTERPOLATIONS:
                steps = transforms.Compose([
                    transforms.Resize(edge, interpolation=modes(name)),
                    transforms.CenterCrop(crop),
                ])
                cropped = steps(picture)
                assert cropped.size == (crop[1], crop[0])
                cases.append({
                    "file": file, "edge": edge, "height": crop[0], "width": crop[1],
                    "interpolation": name, "pixels": pixels(cropped),
                })
    return cases


def tensors() -> list[dict[str, Any]]:
    """What pictures become as the input of a network."""
    transforms = torchvision.transforms
    modes = transforms.InterpolationMode
    cases = []
    for file in ("sampling-420.jpg", "plane.gif", "size-17x1-420.jpg", "color-alpha-16.png"):
        picture = read((FOLDER / file).read_bytes())
        for about, edge, crop, name, mean, deviation in (
            ("hub", 256, 224, "bilinear", MEAN, DEVIATION),
            ("published", 366, 320, "bicubic", MEAN, DEVIATION),
            ("other", 60, 64, "lanczos", [0.5, 0.4980392, 0.0], [0.5, 0.5019608, 1.0]),
        ):
            steps = transforms.Compose([
                transforms.Resize(edge, interpolation=modes(name)),
                transforms.CenterCrop(crop),
                transforms.ToTensor(),
                transforms.Normalize(mean, deviation),
            ])
            elements = steps(picture).numpy()
            assert elements.shape == (3, crop, crop) and elements.dtype == np.float32
            cases.append({
                "file": file, "about": about, "edge": edge, "crop": crop, "interpolation": name,
                "mean": mean, "deviation": deviation, "elements": digest(elements.tobytes()),
            })
    return cases


def write(name: str, value: Any) -> None:
    lines = {
        key: "[\n" + ",\n".join("    " + json.dumps(entry) for entry in entries) + "\n  ]"
        for key, entries in value.items()
    }
    text = ",\n".join(f'  "{key}": {lines[key]}' for key in lines)
    (FOLDER / name).write_text("{\n" + text + "\n}\n")


def main() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    Image.MAX_IMAGE_PIXELS = 1 << 28
    pictures = Pictures()
    for add in (add_jpeg, add_png, add_netpbm, add_webp, add_gif):
        add(pictures)
    write(
        "pictures.json",
        {"pictures": pictures.entries, "refused": refused(), "truncations": truncations()},
    )
    write("preparations.json", {"pixels": preparations(), "tensors": tensors()})


if __name__ == "__main__":
    main()
