"""Shows that the checks of `golden_report.py` fail where they should."""

from __future__ import annotations

import copy
import math
import unittest
from typing import Any

from golden_report import GoldenReport

LAYERS = ["head: 2", "stage: 1 layer3", " layer4"]


def report() -> dict[str, Any]:
    """A report whose every difference is just within its bar."""
    layer = {"source": 1e-10, "written": 3e-5}
    return {
        "golden": {
            "file": "golden.npz",
            "outputs": {
                "source": {"relativeDifference": 1e-10},
                "written": {"relativeDifference": 1e-5},
            },
            "layers": [{"name": name, **layer} for name in LAYERS],
        }
    }


class Checks(unittest.TestCase):
    def test_the_bars_themselves_pass(self) -> None:
        parsed = GoldenReport.parse(report(), LAYERS)
        parsed.check_double()
        parsed.check_single()

    def test_any_difference_beyond_its_bar_fails(self) -> None:
        for factor in (1.001, math.nan, math.inf, -1.0):
            for place in ("output", *range(len(LAYERS))):
                for side, check in (("source", "check_double"), ("written", "check_single")):
                    with self.subTest(factor=factor, place=place, side=side):
                        damaged = copy.deepcopy(report())
                        golden = damaged["golden"]
                        if place == "output":
                            golden["outputs"][side]["relativeDifference"] *= factor
                        else:
                            golden["layers"][place][side] *= factor
                        parsed = GoldenReport.parse(damaged, LAYERS)
                        with self.assertRaises(AssertionError):
                            getattr(parsed, check)()

    def test_a_layer_that_was_not_compared_fails(self) -> None:
        for index in range(len(LAYERS)):
            partial = report()
            del partial["golden"]["layers"][index]
            with self.assertRaises(AssertionError):
                GoldenReport.parse(partial, LAYERS)
        with self.assertRaises(AssertionError):
            GoldenReport.parse({"golden": None}, LAYERS)

    def test_the_worst_layer(self) -> None:
        damaged = report()
        damaged["golden"]["layers"][1]["written"] = 4e-5
        written = GoldenReport.parse(damaged, LAYERS).written
        self.assertEqual((written.worst_layer, written.worst), (LAYERS[1], 4e-5))


if __name__ == "__main__":
    unittest.main()
