"""What the published helper prints of some fixture pictures: Pillow reads and torchvision prepares
them, PyTorch answers, and the most probable classes are formatted as `pick_n_best` does it.

Writes run/expected.json and run/labels.txt beside this script.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image



import gpunet_torch
from classifier_libraries import torchvision

transforms = torchvision.transforms
InterpolationMode = transforms.InterpolationMode

HERE = Path(__file__).resolve().parent
FOLDER = HERE / "run"
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
LABELS = [f"{name}, {name} of the fixtures" for name in "abcdefghijk"]
LABELS[3] = 'd, "quoted"'

PICTURES = ("a-png.jpg", "adobe-cmyk.jpg", "animated.gif", "animated.png", "animated.webp")
"""Of every kind that needs something of its own."""

PRESETS = {
    "published": (64, 64, InterpolationMode.BICUBIC),
    "hub": (256, 224, InterpolationMode.BILINEAR),
}


def pick_n_best(probabilities: np.ndarray, count: int = 5) -> list[tuple[int, str, str]]:
    best = np.argsort(-1 * probabilities)[:count]
    return [(int(i), LABELS[i], f"{100 * probabilities[i]:.1f}%") for i in best]


@torch.no_grad()
def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "labels.txt").write_text("".join(f"{label}\n" for label in LABELS))
    original = HERE / "original"
    model = gpunet_torch.build(gpunet_torch.read_configuration(original / "plain.json")).eval()
    model.load_state_dict(torch.load(original / "plain.pth", weights_only=False))
    expected = []
    for name in PICTURES:
        picture = Image.open(HERE / "pictures" / name).convert("RGB")
        for preset, (resize, crop, interpolation) in PRESETS.items():
            prepare = transforms.Compose(
                [
                    transforms.Resize(resize, interpolation=interpolation),
                    transforms.CenterCrop(crop),
                    transforms.ToTensor(),
                    transforms.Normalize(MEAN, STD),
                ]
            )
            probabilities = torch.softmax(model(prepare(picture)[None]), dim=1)[0].numpy()
            classes = pick_n_best(probabilities)
            expected.append(
                {
                    "picture": name,
                    "size": picture.size,
                    "preset": preset,
                    "classes": [
                        {
                            "index": index,
                            "name": label,
                            "percentage": percentage,
                            "probability": float(probabilities[index]),
                        }
                        for index, label, percentage in classes
                    ],
                }
            )
    (FOLDER / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
