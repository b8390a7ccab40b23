"""Looks at the page of `gpunet-run --html` in a browser: what is shown, and how large.

The tools are looked up on PATH, Chromium as well; without Chromium these tests are skipped. What
the page has to show is what Pillow makes of the pictures, and what `gpunet-run --json` says.
"""

from __future__ import annotations

import base64
import html
import io
import json
import shutil
import subprocess
import sys
import tempfile
import unittest
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from PIL import Image

import peer_networks
from peer_networks import FIXTURES

sys.path.insert(0, str(peer_networks.ROOT / "Benchmarks"))

import measuring  # noqa: E402
from classifier_libraries import torchvision  # noqa: E402

BROWSER = shutil.which("chromium")

FILES = (
    *(
        (name, name)
        for name in ("a-png.jpg", "adobe-cmyk.jpg", "animated.gif", "animated.png", "animated.webp")
    ),
    ("a-png.jpg", "\"><img src=x onerror='window.taken=1'>.png"),
    ("bad-cut.png", "bad-cut.png"),
)
"""Pictures, the last of which cannot be read, and what they are called."""

FIRST_CLASS = 3
"""What the first one is said to show; the next one shows the next class."""

LABELS = (
    "<script>window.taken = 1</script>",
    "<img src=x onerror='window.taken=1'>",
    'it\'s "quoted" &amp; more',
    "a long one: " + "ornamental longhorned grasshopper, " * 6,
    "without_a_place_to_break_" * 8,
    *(f"class of the fixtures {index}" for index in range(5, 11)),
)

WIDTHS = (390, 1280)

HEIGHT = 2_400

SCHEMES = {"dark": 0, "light": 1}
"""As Blink numbers what a user prefers."""

LEAST_CONTRAST = 4.5

MEASURE = """<script>
const box = element => {
  const {left, top, width, height} = element.getBoundingClientRect();
  return {left, top, width, height};
};
const ground = element => {
  for (let outer = element; outer; outer = outer.parentElement) {
    const color = getComputedStyle(outer).backgroundColor;
    if (color !== "rgba(0, 0, 0, 0)") return color;
  }
  return "rgb(255, 255, 255)";
};
const words = "h1, h2, p, a, th, td, caption, .folder, .name, .percentage";
addEventListener("load", () => parent.postMessage({
  width: innerWidth,
  contentWidth: document.documentElement.scrollWidth,
  isDark: matchMedia("(prefers-color-scheme: dark)").matches,
  taken: window.taken ?? null,
  scripts: document.scripts.length,
  loaded: performance.getEntriesByType("resource").map(entry => entry.name.slice(0, 100)),
  language: document.documentElement.lang,
  title: document.title,
  shares: document.querySelector("#accuracy p").textContent,
  confusions: [...document.querySelectorAll("tbody tr")].map(
    row => [...row.cells].map(cell => cell.textContent)),
  texts: [...document.querySelectorAll(words)].map(element => ({
    text: element.textContent, ...box(element), color: getComputedStyle(element).color,
    ground: ground(element)})),
  figures: [...document.querySelectorAll("figure")].map(figure => ({
    ...box(figure),
    file: figure.querySelector(".file").textContent,
    fault: figure.querySelector(".fault")?.textContent ?? null,
    images: [...figure.querySelectorAll("img")].map(image => ({
      ...box(image), naturalWidth: image.naturalWidth, naturalHeight: image.naturalHeight,
      isComplete: image.complete, alternative: image.alt, source: image.src})),
    classes: [...figure.querySelectorAll("ol > li")].map(item => ({
      name: item.querySelector(".name").textContent,
      percentage: item.querySelector(".percentage").textContent,
      track: box(item.querySelector(".bar")),
      bar: {...box(item.querySelector(".bar span")),
        color: getComputedStyle(item.querySelector(".bar span")).backgroundColor,
        ground: getComputedStyle(item.querySelector(".bar")).backgroundColor}})),
  })),
}, "*"));
</script>
"""

FRAME = """<!DOCTYPE html>
<meta charset="utf-8"><meta name="color-scheme" content="light dark">
<style>* { margin: 0 } iframe { display: block; border: 0 }</style>
<script>
addEventListener("message", event => {
  document.getElementById("measured").textContent = JSON.stringify(event.data);
});
</script>
<iframe src="%s" width="%d" height="%d"></iframe><pre id="measured" hidden></pre>
"""
"""A browser's window is never as narrow as a phone, and a frame in it is."""


def luminance(color: str) -> float:
    """The relative luminance of `rgb(…)`, by WCAG 2."""
    channels = [int(part) / 255 for part in color.removeprefix("rgb(").rstrip(")").split(",")]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


def contrast(first: str, second: str) -> float:
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def prepared(path: Path) -> Image.Image:
    """What the published helper shows to a network."""
    transforms = torchvision.transforms
    steps = transforms.Compose([transforms.Resize(256), transforms.CenterCrop(224)])
    with Image.open(path) as picture:
        shown: Image.Image = steps(picture.convert("RGB"))
    return shown


@dataclass(frozen=True)
class View:
    width: int
    scheme: str


@unittest.skipIf(BROWSER is None, "Chromium cannot be had, so nobody looks at the page")
class ShownPage(unittest.TestCase):
    folder: ClassVar[Path]
    pictures: ClassVar[list[Path]]
    page: ClassVar[str]
    report: ClassVar[dict[str, Any]]
    views: ClassVar[dict[View, dict[str, Any]]]

    @classmethod
    def setUpClass(cls) -> None:
        holder = tempfile.TemporaryDirectory(dir=peer_networks.data_folder())
        cls.addClassCleanup(holder.cleanup)
        cls.folder = Path(holder.name)
        cls.make()
        cls.views = {
            View(width, scheme): cls.look(width, scheme) for width in WIDTHS for scheme in SCHEMES
        }

    @classmethod
    def make(cls) -> None:
        """Has the page written."""
        labels, network = cls.folder / "labels.txt", cls.folder / "network.gpw"
        labels.write_text("".join(f"{label}\n" for label in LABELS))
        original = FIXTURES / "original"
        convert = measuring.run(
            "gpunet-convert", original / "plain.pth", network, "--labels", labels,
            "--arch", original / "plain.json", "--no-verify",
        )  # fmt: skip
        assert convert.exit_code == 0, convert.stderr
        cls.pictures = []
        for index, (name, file) in enumerate(FILES):
            folder = cls.folder / "sorted" / str(FIRST_CLASS + index)
            folder.mkdir(parents=True)
            cls.pictures.append(shutil.copy(FIXTURES / "pictures" / name, folder / file))
        path = cls.folder / "page.html"
        run = measuring.run(
            "gpunet-run", network, cls.folder / "sorted", "--preset", "hub", "--html", path,
            "--json", "--top", "11",
        )  # fmt: skip
        assert run.exit_code == 1, run.stderr
        cls.report = json.loads(run.stdout)
        cls.page = path.read_text()

    @classmethod
    def look(cls, width: int, scheme: str) -> dict[str, Any]:
        """What a browser shows of the page, as a script at its end measures it."""
        copy, frame = cls.folder / "copy.html", cls.folder / "frame.html"
        # The page's own policy stays, but for this script.
        policy = "style-src 'unsafe-inline'"
        assert cls.page.count(policy) == 1
        allowed = cls.page.replace(policy, f"{policy}; script-src 'unsafe-inline'")
        copy.write_text(allowed.replace("</body>", f"{MEASURE}</body>"))
        frame.write_text(FRAME % (copy.name, width, HEIGHT))
        shown = subprocess.run(
            [
                str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                f"--user-data-dir={cls.folder / 'browser'}", f"--window-size={width},{HEIGHT}",
                f"--blink-settings=preferredColorScheme={SCHEMES[scheme]}",
                "--virtual-time-budget=10000", "--dump-dom", frame.as_uri(),
            ],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        found = shown.stdout.partition('id="measured"')[2].partition(">")[2].partition("</pre>")[0]
        assert found, f"the browser shows nothing: {shown.stderr[-2_000:]}"
        measured: dict[str, Any] = json.loads(html.unescape(found))
        return measured

    def test_it_has_the_width_and_the_scheme_of_its_reader(self) -> None:
        for view, found in self.views.items():
            with self.subTest(view=view):
                self.assertEqual(found["width"], view.width)
                self.assertEqual(found["isDark"], view.scheme == "dark")
                self.assertEqual(found["contentWidth"], view.width)
                for text in found["texts"]:
                    self.assertGreaterEqual(text["left"], 0)
                    self.assertLessEqual(text["left"] + text["width"], view.width, text["text"])
                columns = {figure["left"] for figure in found["figures"]}
                self.assertEqual(len(columns), {390: 1, 1280: 4}[view.width])

    def test_its_texts_stand_out(self) -> None:
        grounds = set()
        for view, found in self.views.items():
            with self.subTest(view=view):
                for text in found["texts"]:
                    self.assertGreaterEqual(
                        contrast(text["color"], text["ground"]), LEAST_CONTRAST, text["text"]
                    )
                for figure in found["figures"]:
                    for seen in figure["classes"]:
                        bar = seen["bar"]
                        self.assertGreaterEqual(contrast(bar["color"], bar["ground"]), 3)
                grounds.add(luminance(found["texts"][0]["ground"]) > 0.5)
        self.assertEqual(grounds, {False, True})

    def test_it_shows_what_the_network_was_shown(self) -> None:
        for view, found in self.views.items():
            for figure, path in zip(found["figures"], self.pictures[:-1], strict=False):
                with self.subTest(view=view, picture=path.name):
                    (image,) = figure["images"]
                    self.assertTrue(image["isComplete"])
                    self.assertEqual((image["naturalWidth"], image["naturalHeight"]), (224, 224))
                    self.assertEqual((image["width"], image["height"]), (224, 224))
                    self.assertEqual(
                        image["alternative"], f"{path.name} as the network was shown it"
                    )
                    self.check_pixels(image["source"], path)

    def check_pixels(self, source: str, path: Path) -> None:
        """Holds a picture of the page against Pillow's, saved as it saves at the same quality."""
        saved = io.BytesIO()
        prepared(path).save(saved, "JPEG", quality=90, subsampling=0)
        data = base64.b64decode(source.removeprefix("data:image/jpeg;base64,"), validate=True)
        np.testing.assert_array_equal(
            np.asarray(Image.open(io.BytesIO(data))), np.asarray(Image.open(saved))
        )

    def test_it_says_what_the_report_says(self) -> None:
        for view, found in self.views.items():
            self.assertEqual(len(found["figures"]), len(self.pictures))
            for figure, said in zip(found["figures"], self.report["pictures"], strict=True):
                with self.subTest(view=view, picture=said["file"]):
                    self.assertEqual(figure["file"], said["file"])
                    self.assertEqual(figure["fault"], said.get("error"))
                    self.assertEqual(
                        [(seen["name"], seen["percentage"]) for seen in figure["classes"]],
                        [
                            (seen["name"], f"{100 * np.float32(seen['probability']):.1f}%")
                            for seen in said.get("classes", [])
                        ],
                    )
                    for seen, known in zip(
                        figure["classes"], said.get("classes", []), strict=True
                    ):
                        self.assertEqual(seen["bar"]["left"], seen["track"]["left"])
                        # Browsers place edges at 64ths of a pixel, and the page states hundredths.
                        self.assertAlmostEqual(
                            seen["bar"]["width"],
                            known["probability"] * seen["track"]["width"],
                            delta=1 / 64 + 5e-5 * seen["track"]["width"],
                        )
                        self.assertGreaterEqual(seen["bar"]["height"], 4)

    def test_it_says_how_often_the_network_is_right(self) -> None:
        accuracy = self.report["accuracy"]
        count = accuracy["pictures"]
        self.assertEqual(count, len(self.pictures) - 1)
        for view, found in self.views.items():
            with self.subTest(view=view):
                shares = [
                    f"top-{rank} {100 * right / count:.1f}% ({right} of {count})"
                    for rank, right in ((1, accuracy["top1"]), (5, accuracy["top5"]))
                ]
                self.assertEqual(found["shares"], ", ".join(shares))
                self.assertEqual(
                    found["confusions"],
                    [
                        [str(row["count"]), LABELS[row["actual"]], LABELS[row["said"]]]
                        for row in accuracy["confusions"]
                    ],
                )
                for text in found["texts"]:
                    if text["text"] in {"times", "is", "taken for"}:
                        self.assertLess(text["height"], 40, "more than a line")

    def test_it_needs_nothing_and_executes_nothing(self) -> None:
        for view, found in self.views.items():
            with self.subTest(view=view):
                self.assertIsNone(found["taken"])
                self.assertEqual(found["scripts"], 1, "the one that measures")
                self.assertEqual(
                    [name for name in found["loaded"] if not name.startswith("data:")], []
                )
                self.assertEqual(found["language"], "en")
                self.assertEqual(found["title"], f"network.gpw: {len(self.pictures)} pictures")


if __name__ == "__main__":
    unittest.main()
