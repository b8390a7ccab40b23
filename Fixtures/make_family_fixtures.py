"""Writes `families/`: small networks made of other libraries' classes, with what they answer, and
what the libraries' own networks are.

    python make_family_fixtures.py

Every small network is written as a checkpoint, as golden files of PyTorch in double precision, and
as the text that describes it, whose layers are seen while the network runs. README.md says what
each is for.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.torch
import torch
from torch import nn

import calibrated_weights
import classifier_layers
import wrong_facts
from classifier_libraries import efficientnet_lite_pytorch, efficientnet_pytorch, timm, torchvision
from generated_weights import image_batch

ROOT = Path(__file__).resolve().parent
FOLDER = ROOT / "families"
sys.path.insert(0, str(ROOT.parent / "Tests" / "Peers"))

import family_catalogue  # noqa: E402
from family_catalogue import VARIANTS, Variant  # noqa: E402

CLASSES = 10
IMAGE_SEED = 17

LARGEST_NETWORK = 11_000
"""Parameters."""

LEAST_CHANGE = 1e-3
"""Of the answer where a fact is set wrong: far more than rounding in 32 bits."""

LARGEST_FOLDER = 1_500_000


# Small networks


def timm_network(
    stages: list[str], activation: type[nn.Module], epsilon: float = 1e-5, **options: Any
) -> nn.Module:
    return timm.models.efficientnet.EfficientNet(
        timm.models._efficientnet_builder.decode_arch_def([[stage] for stage in stages]),
        num_classes=CLASSES,
        num_features=options.pop("features", 24),
        stem_size=8,
        fix_stem=True,
        # Without a divisor, so that widths are as they stand.
        round_chs_fn=lambda channels: channels,
        act_layer=activation,
        norm_layer=partial(nn.BatchNorm2d, eps=epsilon),
        **options,
    )


def pruned_network() -> nn.Module:
    """A network whose widths a pruning tool took, as the library makes one from a list of shapes."""
    stages = ["ds_r1_k3_s1_e1_c8_se0.25", "ir_r2_k3_s2_e4_c12_se0.25", "ir_r1_k5_s2_e4_c16_se0.25"]
    model = timm_network(stages, nn.SiLU, 1e-3, pad_type="same")
    middles = {"blocks.1.0": (23, 3), "blocks.1.1": (37, 5), "blocks.2.0": (29, 1)}
    shapes = {name: list(tensor.shape) for name, tensor in model.state_dict().items()}
    for block, (middle, squeezed) in middles.items():
        for name, shape in shapes.items():
            if not name.startswith(f"{block}."):
                continue
            # Every parameter's shape tells which of the widths it has.
            part = name.removeprefix(f"{block}.")
            if (
                part.startswith(("conv_pw.", "conv_dw.", "bn1.", "bn2.", "se.conv_expand."))
                and shape
            ):
                shape[0] = middle
            if part in ("conv_pwl.weight", "se.conv_reduce.weight"):
                shape[1] = middle
            if part.startswith("se.conv_reduce."):
                shape[0] = squeezed
            if part == "se.conv_expand.weight":
                shape[1] = squeezed
    described = [f"{name}:[{','.join(map(str, shape))}]" for name, shape in shapes.items()]
    # The library leaves the input of the first convolution alone where this names it.
    model.pretrained_cfg = {"first_conv": "conv_stem"}
    return timm.models._prune.adapt_model_from_string(model, "***".join(described))


def torchvision_mobilenet() -> nn.Module:
    setting = [[1, 32, 1, 1], [4, 48, 2, 2], [3, 64, 2, 2]]
    model = torchvision.models.MobileNetV2(
        num_classes=CLASSES, width_mult=0.25, inverted_residual_setting=setting, round_nearest=4
    )
    # The last convolution is not made narrower by any option.
    return with_head(model, 24)


def with_head(model: nn.Module, width: int) -> nn.Module:
    """torchvision's MobileNetV2 with a last convolution of another width."""
    last = model.features[-1]
    model.features[-1] = torchvision.ops.Conv2dNormActivation(
        last[0].in_channels, width, kernel_size=1, activation_layer=nn.ReLU6
    )
    model.classifier[1] = nn.Linear(width, CLASSES)
    return model


def torchvision_efficientnet(epsilon: float) -> nn.Module:
    block = partial(torchvision.models.efficientnet.MBConvConfig, width_mult=1.0, depth_mult=1.0)
    return torchvision.models.EfficientNet(
        [block(1, 3, 1, 8, 8, 2), block(4, 5, 2, 8, 16, 2), block(3, 3, 2, 16, 16, 1)],
        dropout=0.2,
        num_classes=CLASSES,
        norm_layer=partial(nn.BatchNorm2d, eps=epsilon),
        last_channel=24,
    )


def torchvision_mnasnet() -> nn.Module:
    """Built as the library does, whose widths and repeats no option makes small."""
    library = torchvision.models.mnasnet
    model = library.MNASNet(0.25, num_classes=CLASSES)
    stack = partial(library._stack, repeats=1, bn_momentum=0.1)
    widths = [(8, 8, 3, 2, 3), (8, 12, 5, 2, 3), (12, 12, 5, 1, 4), (12, 12, 3, 1, 2),
              (12, 16, 5, 2, 3), (16, 16, 3, 1, 2)]  # fmt: skip
    for place, numbers in enumerate(widths, start=8):
        model.layers[place] = stack(*numbers)
    model.layers[14] = nn.Conv2d(16, 24, 1, bias=False)
    model.layers[15] = nn.BatchNorm2d(24)
    model.classifier[1] = nn.Linear(24, CLASSES)
    return model


def static_network(library: Any, side: int, squeezed: bool, **options: Any) -> nn.Module:
    """A network whose pads are fixed for `side`, whatever it is fed."""
    ratio = "_se0.25" if squeezed else ""
    # Widths are divided by 50, which the first and the last convolution are, too.
    blocks = ["r2_k3_s11_e1_i400_o400", "r2_k5_s22_e4_i400_o600", "r1_k3_s22_e3_i600_o800"]
    arguments, parameters = library.utils.get_model_params(
        "efficientnet-lite0" if options else "efficientnet-b0",
        {"width_coefficient": 0.02, "image_size": side, "num_classes": CLASSES, "depth_divisor": 4}
        | {"min_depth": 8} | options,
    )  # fmt: skip
    arguments = library.utils.BlockDecoder.decode([block + ratio for block in blocks])
    return library.EfficientNet(arguments, parameters)


@dataclass(frozen=True)
class SmallNetwork:
    """A network, its file's format, and the sizes that it answers at: its own, and another."""

    name: str
    convention: str
    build: Callable[[], nn.Module]
    side: int
    other: int
    ending: str = "safetensors"
    about: str = ""


def small_networks() -> list[SmallNetwork]:
    separable = ["ds_r1_k3_s1_e1_c8_se0.25", "ds_r1_k5_s2_e1_c12", "ds_r1_k3_s1_e1_c12",
                 "ir_r1_k5_s2_e2_c16_se0.25", "ir_r1_k3_s1_e2_c16_noskip"]  # fmt: skip
    edges = ["er_r1_k3_s1_e2_c8_noskip", "er_r2_k3_s2_e2_c12", "ir_r1_k5_s2_e2_c16",
             "ir_r1_k3_s1_e1_c16_noskip"]  # fmt: skip
    fused = ["cn_r2_k3_s1_e1_c8_skip", "er_r1_k3_s2_e2_c12", "ir_r2_k3_s2_e2_c16_se0.25"]
    plain = ["ds_r1_k3_s1_e1_c8", "ir_r2_k3_s2_e4_c12", "ir_r2_k3_s2_e2_c16"]
    same = ["ds_r1_k3_s1_e1_c8_se0.25", "ir_r2_k5_s2_e4_c12_se0.25", "er_r1_k3_s2_e2_c16",
            "ir_r1_k3_s1_e2_c16_se0.25"]  # fmt: skip
    lite = {"relu_fn": "relu6", "fix_head_stem": False, "use_se": False}
    return [
        SmallNetwork("separable", "timm", lambda: timm_network(separable, nn.SiLU), 24, 19,
                     about="depthwise-separable blocks with and without residual and gate"),
        SmallNetwork("edge", "timm", lambda: timm_network(edges, nn.ReLU), 24, 19,
                     about="edge residuals padded at stride 2, blocks without the residual"),
        SmallNetwork("fused", "timm", lambda: timm_network(fused, nn.SiLU, 1e-3), 24, 19,
                     about="convolutions with a residual, epsilon 1e-3"),
        SmallNetwork("mobilenetv2", "timm", lambda: timm_network(plain, nn.ReLU6), 24, 19,
                     about="relu6"),
        SmallNetwork("same", "timm",
                     lambda: timm_network(same, nn.SiLU, 1e-3, pad_type="same"), 24, 19,
                     about="padding by the size of each map: before and behind unequal at 24"),
        SmallNetwork("same-relu6", "timm",
                     lambda: timm_network(plain, nn.ReLU6, 1e-3, pad_type="same"), 19, 24, "pth",
                     about="the same with relu6, and an odd size of its own"),
        SmallNetwork("pruned", "timm", pruned_network, 24, 19,
                     about="widths that follow no rule"),
        SmallNetwork("torchvision-mobilenetv2", "torchvision-mobilenetv2", torchvision_mobilenet,
                     24, 19, "pth", about="torchvision's names, relu6"),
        SmallNetwork("torchvision-efficientnet", "torchvision",
                     lambda: torchvision_efficientnet(1e-3), 24, 19,
                     about="torchvision's names, epsilon 1e-3"),
        SmallNetwork("torchvision-mnasnet", "torchvision-mnasnet", torchvision_mnasnet, 24, 19,
                     "pth", about="a block that is no module of its own"),
        SmallNetwork("static", "efficientnet-pytorch",
                     lambda: static_network(efficientnet_pytorch, 24, True), 24, 19,
                     about="pads fixed for an even size, and run at an odd one"),
        SmallNetwork("static-relu6", "efficientnet-pytorch",
                     lambda: static_network(efficientnet_lite_pytorch, 19, False, **lite),
                     19, 24, "pth", about="pads fixed for an odd size, and run at an even one"),
    ]  # fmt: skip


def description(network: SmallNetwork, model: nn.Module) -> str:
    """The text that says what the network is: conventions at its head, a layer a line."""
    (epsilon,) = family_catalogue.epsilons(model)
    names = classifier_layers.layer_names(model)
    strings = classifier_layers.layer_strings(model, image_batch(1, network.side, network.side, 1))
    head = [
        f"convention {network.convention}",
        f"epsilon {epsilon}",
        f"padding {family_catalogue.padding(model)}",
        f"resolution {network.side}x{network.side}",
        f"classes {CLASSES}",
    ]
    layers = [
        f"{classifier_layers.stage(name)} {string}"
        for name, string in zip(names, strings, strict=True)
    ]
    return "\n".join([*head, *layers, ""])


def assert_facts_matter(network: SmallNetwork, model: nn.Module) -> None:
    """Raises if a fact that is set wrong would not show at one of the sizes."""
    for name in wrong_facts.FACTS:
        wrong = wrong_facts.with_wrong_fact(model, name)
        if wrong is None:
            continue
        sides = (network.side, network.other)
        images = [image_batch(1, side, side, IMAGE_SEED) for side in sides]
        changes = [wrong_facts.change(model, wrong, image) for image in images]
        assert max(changes) > LEAST_CHANGE, f"{network.name}: {name} changes {changes}"


def load(path: Path) -> dict[str, torch.Tensor]:
    return torch.load(path) if path.suffix == ".pth" else safetensors.torch.load_file(path)


def write_small_network(network: SmallNetwork) -> dict[str, Any]:
    model = network.build()
    calibrated_weights.fill(model, calibrated_weights.seed_of(network.name), network.side, batch=16)
    pair = image_batch(2, network.side, network.side, IMAGE_SEED)
    calibrated_weights.assert_alive(model, pair, model)
    assert_facts_matter(network, model)
    text = description(network, model)
    path = FOLDER / f"{network.name}.{network.ending}"
    state = model.state_dict()
    if network.ending == "pth":
        torch.save(state, path)
    else:
        safetensors.torch.save_file(state, path, {"format": "pt"})
    # What answers is what was read back.
    again = network.build().eval()
    again.load_state_dict(load(path))
    assert family_catalogue.parameter_count(model) < LARGEST_NETWORK, path
    path.chmod(0o644)
    (FOLDER / f"{network.name}.txt").write_text(text)
    again = again.double()
    goldens = []
    # The layers at the other size are as telling where pads depend on it.
    for side, with_layers in ((network.side, True), (network.other, "same" in text)):
        images = image_batch(1, side, side, IMAGE_SEED)
        arrays = classifier_layers.golden_arrays(again, images.double())
        if not with_layers:
            arrays = {name: arrays[name] for name in ("input", "output")}
        golden = FOLDER / f"{network.name}-{side}.npz"
        np.savez(golden, **arrays)
        goldens.append({"file": golden.name, "side": side, "layers": with_layers})
    return {
        "name": network.name,
        "about": network.about,
        "file": path.name,
        "description": f"{network.name}.txt",
        "parameters": family_catalogue.parameter_count(model),
        "multiplyAdds": family_catalogue.multiply_adds(model, network.side),
        "layers": classifier_layers.layer_names(model),
        "goldens": goldens,
    }


# The libraries' networks

KINDS = (
    "efficientnet_b", "efficientnet_lite", "efficientnet_e", "mobilenet_edgetpu", "mobilenetv2",
    "mobilenet_v2", "semnasnet", "mnasnet_small", "mnasnet", "spnasnet", "fbnetc", "tinynet",
)  # fmt: skip
"""What the libraries' names begin with, the longer beginning first."""


def kind(variant: Variant) -> str:
    """Of which one network's shapes are listed completely."""
    model = variant.model.replace("-", "_").removeprefix("tf_")
    return f"{variant.library}/{next(start for start in KINDS if model.startswith(start))}"


def digest(lines: list[str]) -> str:
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def entry(variant: Variant, model: nn.Module) -> dict[str, Any]:
    """What is to be known of a library's network, of any weights."""
    lines = family_catalogue.shapes(model)
    # One number in each network.
    (epsilon,) = family_catalogue.epsilons(model)
    found = {
        "library": variant.library,
        "name": variant.model,
        "resolution": variant.resolution,
        "parameters": family_catalogue.parameter_count(model),
        "multiplyAdds": family_catalogue.multiply_adds(model, variant.resolution),
        "epsilon": epsilon,
        "padding": family_catalogue.padding(model),
        "tensors": len(lines),
        "shapesSHA256": digest(lines),
    }
    if variant.name in family_catalogue.PRETRAINED:
        (found["epsilonWithoutWeights"],) = family_catalogue.epsilons(
            timm.create_model(variant.model)
        )
    return found


def catalogue() -> dict[str, Any]:
    entries: list[dict[str, Any]] = []
    complete: dict[str, list[str]] = {}
    kinds: set[str] = set()
    for variant in VARIANTS:
        model = variant.build()
        entries.append(entry(variant, model))
        if kind(variant) not in kinds:
            kinds.add(kind(variant))
            complete.setdefault(entries[-1]["shapesSHA256"], family_catalogue.shapes(model))
        print(variant.name, flush=True)
    return {"variants": entries, "shapes": complete}


def write_json(path: Path, content: dict[str, Any]) -> None:
    """An entry a line, so that a difference shows which one it is in."""

    def lines(items: list[str]) -> str:
        return ",\n".join(f"    {item}" for item in items)

    parts = []
    for key, value in content.items():
        if isinstance(value, list):
            parts.append(f'  "{key}": [\n{lines([json.dumps(item) for item in value])}\n  ]')
        else:
            texts = [f'"{name}": {json.dumps(item)}' for name, item in value.items()]
            parts.append(f'  "{key}": {{\n{lines(texts)}\n  }}')
    path.write_text("{\n" + ",\n".join(parts) + "\n}\n")


def main() -> None:
    torch.set_num_threads(1)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    networks = [write_small_network(network) for network in small_networks()]
    words = Counter(
        word
        for network in networks
        for line in (FOLDER / network["description"]).read_text().splitlines()
        for word in line.split(" ")[-1].split("_")
    )
    for needed in ("ds", "er", "irb", "conv", "skip", "noskip", "relu6", "relu", "swish"):
        assert words[needed], f"no small network has {needed!r}"
    write_json(FOLDER / "networks.json", {"networks": networks})
    write_json(FOLDER / "catalogue.json", catalogue())
    size = sum(path.stat().st_size for path in FOLDER.iterdir())
    assert size < LARGEST_FOLDER, size
    print(f"{size} bytes")


if __name__ == "__main__":
    main()
