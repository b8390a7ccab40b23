"""Writes `catalogue/networks.txt` and `catalogue/weights.txt`: what the libraries build and publish.

    python Fixtures/make_catalogue_tables.py

A line of `networks.txt` is a network: its library and name, the size of its images, epsilon, padding,
activation, learned parameters, multiply-adds of convolutions and of the classifier at that size, and a
digest of its blocks, which `text_of` describes. All networks of the families stand there, those that
the catalogue does not have, too. A line of `weights.txt` is a set of published weights: the network,
its tag, the file, size, crop, interpolation, means, standard deviations and classes. Networks are
built without memory for their weights.

Needs timm 1.0.31, torchvision 0.28.0, efficientnet_pytorch 0.7.1 and efficientnet-lite-pytorch 0.1.0.
"""

import re
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")

import efficientnet_lite_pytorch
import efficientnet_pytorch
import timm
import torch
import torchvision
from efficientnet_lite_pytorch import utils as lite_utils
from efficientnet_pytorch import utils as pytorch_utils
from torch import nn

FOLDER = Path(__file__).resolve().parent / "catalogue"

TIMM = re.compile(
    r"(tf_)?efficientnet_(b[0-8]|l2|lite[0-4]|e[sml])|efficientnet_e[sl]_pruned"
    r"|mobilenetv2_\d+d?|(sem|m|sp)nasnet_(\d+|small)|tinynet_[a-e]|fbnetc_100|mobilenet_edgetpu_100")
TORCHVISION = re.compile(r"efficientnet_b[0-7]|mobilenet_v2|mnasnet\d_\d+")
ACTIVATIONS = {
    "SiLU": "swish", "Swish": "swish", "MemoryEfficientSwish": "swish", "ReLU6": "relu6",
    "ReLU": "relu"}


def blocks_of(model, library):
    """First layer, blocks and last layer: (stage, whether the input is added, the convolutions)."""
    if library == "timm":
        blocks = [(s, b, b.has_skip) for s, stage in enumerate(model.blocks) for b in stage]
        ends = model.conv_stem, model.conv_head
    elif library == "torchvision" and isinstance(model, torchvision.models.EfficientNet):
        blocks = [
            (s, b, b.use_res_connect)
            for s, stage in list(enumerate(model.features))[1:-1] for b in stage]
        ends = model.features[0][0], model.features[-1][0]
    elif library == "torchvision" and isinstance(model, torchvision.models.MobileNetV2):
        blocks = [(None, b, b.use_res_connect) for b in model.features[1:-1]]
        ends = model.features[0][0], model.features[-1][0]
    elif library == "torchvision":
        blocks = [(None, model.layers[3:8], False)] + [
            (s, b, b.apply_residual) for s in range(8, 14) for b in model.layers[s]]
        ends = model.layers[0], model.layers[14]
    else:
        blocks = [(None, b, adds_input(b._block_args)) for b in model._blocks]
        ends = model._conv_stem, model._conv_head
    return [(None, False, ends[0]), *((s, a, b) for s, b, a in blocks), (None, False, ends[1])]


def adds_input(block):
    stride = block.stride if isinstance(block.stride, int) else max(block.stride)
    return block.id_skip and stride == 1 and block.input_filters == block.output_filters


def text_of(blocks):
    """A line a block: `stage +`, or `.` without residual, and `kernel:stride:inputs:outputs:groups`."""
    lines = []
    for stage, adds, module in blocks:
        words = ["-" if stage is None else str(stage), "+" if adds else "."]
        for conv in module.modules():
            if isinstance(conv, nn.Conv2d):
                words.append(
                    f"{conv.kernel_size[0]}:{conv.stride[0]}:{conv.in_channels}"
                    f":{conv.out_channels}:{conv.groups}")
        lines.append(" ".join(words) + "\n")
    return "".join(lines)


def fnv1a(text):
    """The FNV-1a hash of 64 bits."""
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return f"{value:016x}"


def padding_of(model, side):
    names = {type(module).__name__ for module in model.modules()}
    if "Conv2dStaticSamePadding" in names:
        return f"same-at:{side}x{side}"
    return "same" if "Conv2dSame" in names else "symmetric"


def network_line(library, name, model, side):
    epsilons = {m.eps for m in model.modules() if isinstance(m, nn.BatchNorm2d)}
    classes = {type(m).__name__ for m in model.modules()}
    activations = {ACTIVATIONS[c] for c in classes if c in ACTIVATIONS}
    (epsilon,), (activation,) = epsilons, activations
    count = 0

    def add(module, inputs, output):
        nonlocal count
        count += output.numel() * module.weight[0].numel()

    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            module.register_forward_hook(add)
    with torch.no_grad():
        model.eval()(torch.zeros(1, 3, side, side, device="meta"))
    parameters = sum(p.numel() for p in model.parameters())
    digest = fnv1a(text_of(blocks_of(model, library)))
    return (
        f"{library}/{name} {side} {epsilon:g} {padding_of(model, side)} {activation}"
        f" {parameters} {count} {digest}")


def weights_line(network, tag, file, side, crop, interpolation, mean, std, classes=1000):
    numbers = [",".join(repr(float(x)) for x in values) for values in (mean, std)]
    return (
        f"{network} {tag or '-'} {file or '-'} {side} {crop!r} {interpolation}"
        f" {numbers[0]} {numbers[1]} {classes}")


def from_timm():
    # A network may be built otherwise for its weights, which are not needed here.
    timm.models._builder.load_pretrained = lambda *_, **__: None
    networks, weights = [], []
    for name in sorted(filter(TIMM.fullmatch, timm.list_models())):
        tags = timm.list_pretrained(f"{name}.*")
        with torch.device("meta"):
            model = timm.create_model(name, pretrained=bool(tags))
        networks.append(network_line("timm", name, model, model.default_cfg["input_size"][1]))
        for tagged in tags:
            cfg = timm.get_pretrained_cfg(tagged)
            weights.append(weights_line(
                f"timm/{name}", cfg.tag, cfg.url.split("/")[-1], cfg.input_size[1], cfg.crop_pct,
                cfg.interpolation, cfg.mean, cfg.std, cfg.num_classes))
    return networks, weights


def from_torchvision():
    networks, weights = [], []
    for name in sorted(filter(TORCHVISION.fullmatch, torchvision.models.list_models())):
        with torch.device("meta"):
            model = torchvision.models.get_model(name)
        published = torchvision.models.get_model_weights(name)
        for entry in published:
            t = entry.transforms()
            (crop,), (resize,) = t.crop_size, t.resize_size
            weights.append(weights_line(
                f"torchvision/{name}", entry.name, entry.url.split("/")[-1], crop, crop / resize,
                t.interpolation.value, t.mean, t.std))
        side = published.DEFAULT.transforms().crop_size[0]
        networks.append(network_line("torchvision", name, model, side))
    return networks, weights


def from_efficientnet_pytorch():
    networks, weights = [], []
    for name in [*(f"efficientnet-b{i}" for i in range(9)), "efficientnet-l2"]:
        side = pytorch_utils.efficientnet_params(name)[2]
        with torch.device("meta"):
            model = efficientnet_pytorch.EfficientNet.from_name(name)
        networks.append(network_line("efficientnet_pytorch", name, model, side))
        # As its example evaluates them: resized to the network's size and not cropped.
        for tag, urls, mean, std in [
            (None, pytorch_utils.url_map, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
            ("advprop", pytorch_utils.url_map_advprop, [0.5] * 3, [0.5] * 3),
        ]:
            if name in urls:
                weights.append(weights_line(
                    f"efficientnet_pytorch/{name}", tag, urls[name].split("/")[-1], side, 1.0,
                    "bicubic", mean, std))
    return networks, weights


def from_efficientnet_lite_pytorch():
    networks = []
    for name in [f"efficientnet-lite{i}" for i in range(5)]:
        with torch.device("meta"):
            model = efficientnet_lite_pytorch.EfficientNet.from_name(name)
        side = lite_utils.efficientnet_params(name)[2]
        networks.append(network_line("efficientnet_lite_pytorch", name, model, side))
    # The package lists no files; this one is published as a package of its own, prepared for as
    # TensorFlow's EfficientNet-Lite does it.
    weights = [weights_line(
        "efficientnet_lite_pytorch/efficientnet-lite0", None, "efficientnet-lite0-57934424.pth", 224,
        224 / 256, "bicubic", [127 / 255] * 3, [128 / 255] * 3)]
    return networks, weights


def main():
    FOLDER.mkdir(exist_ok=True)
    tables = [from_timm(), from_torchvision(), from_efficientnet_pytorch(),
              from_efficientnet_lite_pytorch()]
    for name, parts in zip(["networks.txt", "weights.txt"], zip(*tables)):
        (FOLDER / name).write_text("".join(line + "\n" for part in parts for line in part))


if __name__ == "__main__":
    main()
