"""Writes `c-interface/`: images as a C program reads them, and the answers to them.

    python Fixtures/make_c_interface_fixtures.py

The images are those of a network of `original/`. `plain.f32` has them as 32-bit floats, `plain.txt`
a line for each class of each image, the most likely one first: the image's number, the class and
its probability, by softmax in double precision from what the original code answered. Needs NumPy.
"""

from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parent


def main() -> None:
    recorded = np.load(FOLDER / "original" / "plain.npz")
    out = FOLDER / "c-interface"
    out.mkdir(exist_ok=True)
    recorded["input"].astype("<f4").tofile(out / "plain.f32")
    lines = []
    for number, logits in enumerate(recorded["output"], start=1):
        exponentials = np.exp(logits - logits.max())
        probabilities = exponentials / exponentials.sum()
        for index in np.argsort(-probabilities):
            lines.append(f"{number} {index} {probabilities[index]:.9f}\n")
    (out / "plain.txt").write_text("".join(lines))


if __name__ == "__main__":
    main()
