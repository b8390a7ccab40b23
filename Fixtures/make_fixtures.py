"""Writes the small fixtures beside this script, with PyTorch and NumPy themselves.

    python make_fixtures.py            # torch==2.13.0, numpy

Seeds are fixed and nothing depends on the clock; another processor may still round a calibrated
statistic differently, so regenerate all fixtures together or none. README.md says what each is for.
"""

from __future__ import annotations

import argparse
import copy
import io
import json
import pickle
import shutil
import tarfile
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

import generated_weights
import gpunet_torch

ROOT = Path(__file__).resolve().parent
FOLDERS = ("checkpoints", "expected", "goldens", "npy", "refused", "tensors")
IMAGE_SEED = 7

StateDict = OrderedDict[str, Tensor]


# Records of zip archives


def records(path: Path) -> dict[str, bytes]:
    """The records of an archive without the root folder that PyTorch names after the file."""
    with zipfile.ZipFile(path) as archive:
        return {name.split("/", 1)[1]: archive.read(name) for name in archive.namelist()}


def write_zip(path: Path, members: dict[str, bytes], method: int, root: str = "") -> None:
    """An archive as general zip tools write it: real local sizes, no alignment, no ZIP64."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            entry = zipfile.ZipInfo(f"{root}{name}")
            entry.compress_type = method
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)


def write_older_zip(path: Path, members: dict[str, bytes]) -> None:
    """An archive of PyTorch's own writer with the records that versions before 2.1 wrote.

    Those wrote neither byte order nor format version, and the storages in lexicographic order.
    """
    writer = torch._C.PyTorchFileWriter(str(path))
    data = sorted(name for name in members if name.startswith("data/"))
    for name in ["data.pkl", *data]:
        writer.write_record(name, members[name], len(members[name]))
    writer.write_end_of_file()


def remove_debug_records(path: Path) -> None:
    """Writes a TorchScript archive again without the records that name folders of this machine."""
    members = records(path)
    writer = torch._C.PyTorchFileWriter(str(path))
    for name, data in members.items():
        # The writer adds the version and an identifier itself.
        if not name.endswith(".debug_pkl") and name not in ("version", ".data/serialization_id"):
            writer.write_record(name, data, len(data))
    writer.write_end_of_file()


def write_tar(path: Path) -> None:
    """The outline of the tar format that preceded the legacy stream; only to be recognised."""
    members = {
        "sys_info": pickle.dumps({"protocol_version": 1000, "little_endian": True}, 2),
        "pickle": pickle.dumps(OrderedDict(), 2),
        "storages": pickle.dumps(0, 2),
        "tensors": pickle.dumps(0, 2),
    }
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))


# Networks


class Network:
    """A small network with its weights, and the files that say what is to be found in it."""

    def __init__(
        self, name: str, configuration: str, model: gpunet_torch.GPUNet, layers: bool = True
    ) -> None:
        self.name = name
        self.configuration = f"networks/{configuration}.json"
        self.model = model.eval()
        self.layers = layers
        self.expected = f"expected/{name}.npz"
        self.golden = f"goldens/{name}.npz"

    @property
    def state(self) -> StateDict:
        return self.model.state_dict()

    def write(self) -> None:
        save_expected(ROOT / self.expected, self.state)
        facts = gpunet_torch.read_configuration(ROOT / self.configuration)
        resolution = facts[0]["img_resolution"]
        image = generated_weights.image_batch(1, resolution, resolution, IMAGE_SEED)
        double = copy.deepcopy(self.model).double()
        arrays = gpunet_torch.golden_arrays(double, image.double())
        arrays["input"] = image.numpy()
        if not self.layers:
            arrays = {name: arrays[name] for name in ("input", "output")}
        np.savez(ROOT / self.golden, **arrays)


def save_expected(path: Path, state: dict[str, Tensor]) -> None:
    """Every tensor bit for bit; NumPy has no bfloat16, so its bits go under `NAME#bf16`."""
    arrays: dict[str, np.ndarray] = {}
    for name, tensor in state.items():
        tensor = tensor.detach().contiguous()
        if tensor.dtype == torch.bfloat16:
            arrays[f"{name}#bf16"] = tensor.view(torch.int16).numpy().view(np.uint16)
        else:
            arrays[name] = tensor.numpy()
    np.savez(path, **arrays)


def generated(name: str, seed: int) -> gpunet_torch.GPUNet:
    configuration = gpunet_torch.read_configuration(ROOT / "networks" / f"{name}.json")
    model = gpunet_torch.build(configuration)
    generated_weights.fill(model, seed, configuration[0]["img_resolution"])
    return model


def trained(
    model: gpunet_torch.GPUNet, seed: int
) -> tuple[gpunet_torch.GPUNet, gpunet_torch.GPUNet, torch.optim.Optimizer]:
    """One optimizer step from `model`, the moving average of the two, and the optimizer's state."""
    after = copy.deepcopy(model)
    optimizer = torch.optim.RMSprop(after.parameters(), lr=1e-3, momentum=0.9)
    images = generated_weights.image_batch(8, 40, 40, seed)
    targets = torch.arange(8) % after(images).shape[1]
    after.train()
    for layer in after.modules():
        if isinstance(layer, nn.Dropout):
            layer.eval()
    nn.functional.cross_entropy(after(images), targets).backward()
    optimizer.step()
    optimizer.zero_grad()
    average = copy.deepcopy(model)
    averaged = torch.optim.swa_utils.get_ema_avg_fn(0.6)
    with torch.no_grad():
        for mean, value in zip(average.state_dict().values(), after.state_dict().values()):
            mean.copy_(averaged(mean, value, None) if mean.is_floating_point() else value)
    return after, average, optimizer


def no_state(network: Network) -> torch.optim.Optimizer:
    """An optimizer that has not stepped: parameter groups and no tensors."""
    return torch.optim.SGD(network.model.parameters(), lr=0.1)


def training_arguments(classes: int) -> argparse.Namespace:
    """Arguments of a training run: every kind of value such a namespace holds."""
    return argparse.Namespace(
        model="gpunet_small",
        img_size=40,
        input_size=None,
        num_classes=classes,
        crop_pct=0.875,
        mean=[0.485, 0.456, 0.406],
        std=(0.229, 0.224, 0.225),
        interpolation="bicubic",
        opt="rmsproptf",
        opt_eps=0.001,
        lr=0.06,
        epochs=450,
        seed=-42,
        amp=True,
        resume="",
        model_ema=True,
        model_ema_decay=0.9999,
        world_size=4_294_967_296,
    )


def training_checkpoint(
    state: StateDict,
    average: StateDict | None,
    optimizer: torch.optim.Optimizer,
    metric: float | np.floating,
) -> dict[str, Any]:
    """The dict that timm's checkpoint saver writes, entries in its order."""
    checkpoint: dict[str, Any] = {
        "epoch": 449,
        "arch": "gpunet_small",
        "state_dict": state,
        "optimizer": optimizer.state_dict(),
        "version": 2,
        "args": training_arguments(len(next(reversed(state.values())))),
        "amp_scaler": {
            "scale": 65536.0,
            "growth_factor": 2.0,
            "backoff_factor": 0.5,
            "growth_interval": 2000,
            "_growth_tracker": 1999,
        },
    }
    if average is not None:
        checkpoint["state_dict_ema"] = average
    checkpoint["metric"] = metric
    return checkpoint


def prefixed(state: StateDict, prefix: str) -> StateDict:
    return OrderedDict((prefix + name, tensor) for name, tensor in state.items())


def shared_storage(state: StateDict) -> StateDict:
    """The same tensors as views of one storage an element type, each at its own offset.

    The first elements belong to no tensor, and the tensors lie in reverse order.
    """
    views: StateDict = OrderedDict()
    flat: dict[torch.dtype, Tensor] = {}
    used: dict[torch.dtype, int] = {}
    for name, tensor in reversed(state.items()):
        if tensor.dtype not in flat:
            length = sum(t.numel() for t in state.values() if t.dtype == tensor.dtype)
            flat[tensor.dtype] = torch.full((length + 3,), 77, dtype=tensor.dtype)
            used[tensor.dtype] = 3
        start = used[tensor.dtype]
        used[tensor.dtype] = start + tensor.numel()
        view = flat[tensor.dtype][start : used[tensor.dtype]].view(tensor.shape)
        views[name] = view.copy_(tensor)
    return OrderedDict((name, views[name]) for name in state)


# Tensors that belong to no network


def bits(dtype: torch.dtype, patterns: list[int]) -> Tensor:
    """Floating-point numbers from their bits, so that signs and payloads of NaNs are kept."""
    raw = {2: np.uint16, 4: np.uint32, 8: np.uint64}[dtype.itemsize]
    return torch.from_numpy(np.array(patterns, dtype=raw)).view(dtype)


def every_element_type() -> StateDict:
    """Each element type with its extremes; for floats zeros, subnormals, infinities and NaNs."""
    tensors: StateDict = OrderedDict()
    for dtype in (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8):
        limits = torch.iinfo(dtype)
        name = str(dtype).removeprefix("torch.")
        tensors[name] = torch.tensor([limits.min, limits.max, 0, 1, 17, limits.max - 1], dtype=dtype)
    tensors["bool"] = torch.tensor([[True, False, True], [False, False, True]])
    layouts = {
        torch.float64: (64, 52), torch.float32: (32, 23),
        torch.float16: (16, 10), torch.bfloat16: (16, 7),
    }  # fmt: skip
    for dtype, (width, mantissa) in layouts.items():
        sign, infinity = 1 << (width - 1), ((1 << (width - 1 - mantissa)) - 1) << mantissa
        patterns = [
            0, sign, 1, sign | 1, (1 << mantissa) - 1, 1 << mantissa, infinity - 1, infinity,
            sign | infinity, infinity | 1 << (mantissa - 1), sign | infinity | 3 << (mantissa - 2),
        ]  # fmt: skip
        tensors[str(dtype).removeprefix("torch.")] = bits(dtype, patterns)
    return tensors


def every_view() -> StateDict:
    """Tensors whose elements lie in their storage otherwise than row by row from its start."""
    base = torch.arange(120, dtype=torch.float32).reshape(4, 5, 6)
    whole = torch.arange(24, dtype=torch.int16)
    return OrderedDict(
        [
            ("contiguous", base),
            ("scalar", torch.tensor(-2.5)),
            ("scalar in a storage", base[3, 4, 5]),
            ("empty", torch.empty(0)),
            ("empty 0x3", torch.empty(0, 3)),
            ("empty 2x0x4", torch.empty(2, 0, 4, dtype=torch.int64)),
            ("transposed", base.permute(2, 0, 1)),
            ("channels last", torch.arange(48.0).reshape(2, 2, 3, 4).contiguous(
                memory_format=torch.channels_last)),
            ("every second", base[:, 1::2, ::3]),
            ("offset", whole[7:19].view(3, 4)),
            ("overlapping", whole[5:11]),
            ("expanded", torch.tensor([[1.5], [-2.5]]).expand(2, 4)),
            ("sliding", torch.as_strided(torch.arange(9.0), (4, 3), (1, 2), 1)),
            ("size one", torch.as_strided(torch.arange(8.0), (1, 4, 1), (99, 2, 77))),
            ("the same again", base),
        ]
    )  # fmt: skip


def with_attributes() -> dict[str, Any]:
    """Tensors and parameters that carry Python attributes, which are rebuilt by calls of their own."""
    tensor = torch.arange(6.0).reshape(2, 3)
    tensor.note = "a tensor with an attribute"
    parameter = nn.Parameter(torch.arange(4.0))
    parameter.note = "a parameter with an attribute"
    counter = nn.Buffer(torch.tensor(5))
    return OrderedDict([("tensor", tensor), ("parameter", parameter), ("buffer", counter)])


def nested() -> dict[str, Any]:
    """A dict with a state dict inside and every kind of value that checkpoints carry beside it."""
    return {
        "meta": {
            "none": None, "true": True, "false": False, "zero": 0, "byte": 255, "short": 65535,
            "int": 2_147_483_647, "negative": -2_147_483_648, "long": 2_147_483_648,
            "huge": 1 << 70, "minus huge": -(1 << 70), "float": 0.1, "infinity": float("inf"),
            "text": "héllo 世界 🙂", "empty text": "", "bytes": b"\x00\xff", "list": [], "tuple": (),
            "one": (1,), "two": (1, 2), "three": (1, 2, 3), "four": (1, 2, 3, 4),
            "list of lists": [[1], [[2, 3]]], "size": torch.Size([1, 2]),
            "dtype": torch.float32, "device": torch.device("cpu"), 7: "integer key",
        },
        "state_dict": OrderedDict([("weight", torch.arange(3.0)), ("bias", torch.zeros(1))]),
    }  # fmt: skip


# The whole


class Catalogue:
    """The fixtures written so far; becomes `fixtures.json`."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []

    def network(
        self,
        file: str,
        network: Network,
        key: str = "",
        prefix: str = "",
        others: dict[str, Network] | None = None,
    ) -> Path:
        """A file that holds `network` under `key`, the state dict to be chosen by default."""
        described = {key: network, **(others or {})}
        self.entries.append(
            {
                "file": f"checkpoints/{file}",
                "kind": "network",
                "configuration": network.configuration,
                "prefix": prefix,
                "stateDicts": [
                    {"key": k, "expected": n.expected, "golden": n.golden}
                    for k, n in described.items()
                ],
            }
        )
        return ROOT / "checkpoints" / file

    def tensors(self, file: str, expected: str, key: str = "") -> Path:
        self.entries.append(
            {"file": f"tensors/{file}", "kind": "tensors", "key": key, "expected": expected}
        )
        return ROOT / "tensors" / file

    def refused(self, file: str, why: str) -> Path:
        self.entries.append({"file": f"refused/{file}", "kind": "refused", "why": why})
        return ROOT / "refused" / file


def make_networks() -> tuple[dict[str, Network], torch.optim.Optimizer]:
    """The networks by name, and the optimizer that took the step from `plain` to `plain-after`."""
    plain = generated("plain", 1)
    after, average, optimizer = trained(plain, 11)
    distilled = generated("distilled", 2)
    double = copy.deepcopy(plain).double()
    with torch.no_grad():
        for tensor in double.state_dict().values():
            if tensor.is_floating_point():
                tensor.mul_(1 + 1e-9)  # values that no f32 holds
    networks = [
        Network("plain", "plain", plain),
        Network("plain-after", "plain", after, layers=False),
        Network("plain-ema", "plain", average),
        Network("plain-f16", "plain", copy.deepcopy(plain).half()),
        Network("plain-bf16", "plain", copy.deepcopy(plain).bfloat16(), layers=False),
        Network("plain-f64", "plain", double, layers=False),
        Network("distilled", "distilled", distilled),
    ]
    for network in networks:
        network.write()
    by_name = {network.name: network for network in networks}
    return by_name, optimizer


def write_checkpoints(
    catalogue: Catalogue, networks: dict[str, Network], optimizer: torch.optim.Optimizer
) -> None:
    plain, distilled = networks["plain"], networks["distilled"]
    after, average = networks["plain-after"], networks["plain-ema"]
    state = plain.state

    torch.save(state, catalogue.network("bare.pth", plain))

    both = {"key": "state_dict_ema", "others": {"state_dict": after}}
    checkpoint = training_checkpoint(after.state, average.state, optimizer, 78.9)
    torch.save(checkpoint, catalogue.network("training-ema.pth.tar", average, **both))
    checkpoint = training_checkpoint(after.state, None, no_state(after), np.float64(78.1))
    training_numpy = catalogue.network("training-numpy2-metric.pth.tar", after, key="state_dict")
    torch.save(checkpoint, training_numpy)
    parts = records(training_numpy)
    parts["data.pkl"] = parts["data.pkl"].replace(b"cnumpy._core.", b"cnumpy.core.")
    training_numpy1 = catalogue.network("training-numpy1-metric.pth.tar", after, key="state_dict")
    write_older_zip(training_numpy1, parts)
    checkpoint = training_checkpoint(after.state, None, optimizer, 78.1)
    torch.save(checkpoint, catalogue.network("training.pth.tar", after, key="state_dict"))
    checkpoint = training_checkpoint(
        prefixed(distilled.state, "module."), None, no_state(distilled), 82.5
    )
    torch.save(checkpoint, catalogue.network(
        "training-distilled-module.pth.tar", distilled, key="state_dict", prefix="module."
    ))  # fmt: skip

    torch.save(
        nn.DataParallel(plain.model).state_dict(),
        catalogue.network("prefix-module.pth", plain, prefix="module."),
    )
    torch.save(plain.model, catalogue.network("whole-module.pth", plain))
    torch.save(
        torch.compile(plain.model).state_dict(),
        catalogue.network("prefix-orig-mod.pth", plain, prefix="_orig_mod."),
    )
    torch.save(
        {
            "epoch": 9,
            "global_step": 5000,
            "pytorch-lightning_version": "2.5.0",
            "state_dict": prefixed(state, "model."),
            "callbacks": {},
            "hyper_parameters": {"lr": 0.06, "channels": [4, 6]},
        },
        catalogue.network("prefix-model.ckpt", plain, key="state_dict", prefix="model."),
    )
    torch.save({"model": state, "step": 3}, catalogue.network("key-model.pth", plain, key="model"))
    torch.save(
        {"model_state_dict": state, "optimizer_state_dict": no_state(plain).state_dict()},
        catalogue.network("key-model-state-dict.pth", plain, key="model_state_dict"),
    )

    for element_type in ("f16", "bf16", "f64"):
        network = networks[f"plain-{element_type}"]
        torch.save(network.state, catalogue.network(f"{element_type}.pth", network))
    last = copy.deepcopy(plain.model).to(memory_format=torch.channels_last)
    torch.save(last.state_dict(), catalogue.network("channels-last.pth", plain))
    torch.save(shared_storage(state), catalogue.network("shared-storage.pth", plain))
    torch.save(
        plain.model.state_dict(keep_vars=True), catalogue.network("parameters.pth", plain)
    )

    legacy = catalogue.network("legacy.pth", plain)
    torch.save(state, legacy, _use_new_zipfile_serialization=False)
    legacy = catalogue.network("legacy-training-ema.pth.tar", average, **both)
    checkpoint = training_checkpoint(after.state, average.state, no_state(after), 78.9)
    torch.save(checkpoint, legacy, _use_new_zipfile_serialization=False)
    legacy = catalogue.network("legacy-shared-storage.pth", plain)
    torch.save(shared_storage(state), legacy, _use_new_zipfile_serialization=False)

    bare = ROOT / "checkpoints" / "bare.pth"
    for protocol in (3, 4, 5):
        path = catalogue.network(f"protocol-{protocol}.pth", plain)
        torch.save(state, path, pickle_protocol=protocol)

    write_older_zip(catalogue.network("older-zip.pth", plain), records(bare))
    kept = {name: data for name, data in records(bare).items() if not name.startswith(".")}
    write_zip(
        catalogue.network("rezipped-stored.pth", plain), kept, zipfile.ZIP_STORED, "archive/"
    )
    write_zip(
        catalogue.network("rezipped-deflated.pth", plain),
        records(bare), zipfile.ZIP_DEFLATED, "bare/",
    )  # fmt: skip
    checkpoints = ROOT / "checkpoints"
    published = {"0.65ms.pth.tar": (checkpoints / "training-ema.pth.tar").read_bytes()}
    path = catalogue.network("zip-in-zip-deflated.zip", average, **both)
    write_zip(path, published, zipfile.ZIP_DEFLATED)
    published = {"0.65ms.pth.tar": bare.read_bytes()}
    path = catalogue.network("zip-in-zip-stored.zip", plain)
    write_zip(path, published, zipfile.ZIP_STORED)


def write_tensors(catalogue: Catalogue) -> None:
    for name, tensors in (("element-types", every_element_type()), ("views", every_view())):
        expected = f"expected/{name}.npz"
        save_expected(ROOT / expected, tensors)
        torch.save(tensors, catalogue.tensors(f"{name}.pth", expected))
        legacy = catalogue.tensors(f"{name}-legacy.pth", expected)
        torch.save(tensors, legacy, _use_new_zipfile_serialization=False)
    attributes = with_attributes()
    save_expected(ROOT / "expected/attributes.npz", attributes)
    torch.save(attributes, catalogue.tensors("attributes.pth", "expected/attributes.npz"))
    arrays = {"weight": np.arange(4.0)}
    save_expected(
        ROOT / "expected/numpy-array.npz", {k: torch.from_numpy(v) for k, v in arrays.items()}
    )
    torch.save(arrays, catalogue.tensors("numpy-array.pth", "expected/numpy-array.npz"))
    values = nested()
    save_expected(ROOT / "expected/nested.npz", values["state_dict"])
    torch.save(values, catalogue.tensors("nested.pth", "expected/nested.npz", key="state_dict"))


def write_refused(catalogue: Catalogue, networks: dict[str, Network]) -> None:
    plain = networks["plain"].model
    head = torch.jit.trace(plain.network[0], torch.zeros(1, 3, 40, 40))
    script = catalogue.refused("torchscript.pt", "a TorchScript archive")
    head.save(str(script))
    remove_debug_records(script)
    write_tar(catalogue.refused("tar.pth", "the tar format before the legacy stream"))
    one = torch.arange(4.0)
    objects: dict[str, tuple[Any, str]] = {
        "quantized": (torch.quantize_per_tensor(one, 0.5, 1, torch.quint8), "a quantized tensor"),
        "sparse": (one.to_sparse(), "a sparse tensor"),
        "complex32": (torch.complex(one, one).to(torch.complex32), "complex elements of 32 bits"),
        "float4": (
            torch.arange(4, dtype=torch.uint8).view(torch.float4_e2m1fn_x2),
            "4-bit floating-point elements",
        ),
        "meta": (torch.empty(4, device="meta"), "a tensor without data"),
    }
    for name, (value, why) in objects.items():
        torch.save(OrderedDict(weight=value), catalogue.refused(f"{name}.pth", why))
    torch.save(3.5, catalogue.refused("number.pth", "no state dict at all"))
    torch.save([one, one], catalogue.refused("list.pth", "tensors without names"))
    torch.save(OrderedDict(), catalogue.refused("empty.pth", "a state dict without tensors"))


def write_numpy() -> None:
    """Small `.npy` and `.npz` files with `npy.json`, which lists what each holds."""
    folder = ROOT / "npy"
    listing: list[dict[str, Any]] = []

    def described(array: np.ndarray) -> dict[str, Any]:
        def value(element: Any) -> Any:
            exact = not isinstance(element, int) or abs(element) < 1 << 53
            return element if exact and np.isfinite(element) else str(element)

        return {
            "dtype": array.dtype.str,
            "shape": list(array.shape),
            "values": [value(element) for element in array.ravel(order="C").tolist()],
        }

    def save(name: str, array: np.ndarray, version: tuple[int, int] = (1, 0)) -> None:
        with (folder / name).open("wb") as file:
            np.lib.format.write_array(file, array, version=version)
        facts = {"file": name, "version": list(version), **described(array)}
        facts["fortranOrder"] = array.flags.f_contiguous and not array.flags.c_contiguous
        listing.append(facts)

    def refuse(name: str, why: str) -> None:
        listing.append({"file": name, "refused": why})

    cube = np.arange(24, dtype=np.float32).reshape(2, 3, 4) / 8 - 1
    save("c-order-1.0.npy", cube)
    save("c-order-2.0.npy", cube, (2, 0))
    save("c-order-3.0.npy", cube, (3, 0))
    save("fortran-order.npy", np.asfortranarray(cube))
    save("fortran-order-2.0.npy", np.asfortranarray(cube.astype("<f8")), (2, 0))
    save("fortran-big-endian-f4.npy", np.asfortranarray(cube.astype(">f4")))
    save("scalar.npy", np.array(-2.5))
    save("empty.npy", np.empty(0, dtype=np.float32))
    save("empty-3x0x2.npy", np.empty((3, 0, 2), dtype=np.int64))
    save("bool.npy", np.array([[True, False], [False, True]]))
    for name in ("f8", "f4", "f2", "i8", "i4", "i2", "i1", "u1", "u2"):
        if name[0] == "f":
            limits = np.finfo(name)
            values = [0.0, -0.0, 1.5, limits.max, limits.smallest_subnormal, np.inf, -np.inf, np.nan]
        else:
            limits = np.iinfo(name)
            values = [0, 1, limits.min, limits.max, 17]
        for order in "<>" if name[1] != "1" else "|":
            suffix = {"<": "-little", ">": "-big", "|": ""}[order]
            save(f"{name}{suffix}.npy", np.array(values, dtype=order + name))

    np.save(folder / "structured.npy", np.zeros(2, dtype=[("x", "<f4"), ("y", "<i4")]))
    refuse("structured.npy", "a structured element type")
    np.save(folder / "object.npy", np.array([{"a": 1}, None], dtype=object), allow_pickle=True)
    refuse("object.npy", "pickled objects")
    np.save(folder / "complex.npy", np.array([1 + 2j]))
    np.save(folder / "text.npy", np.array(["one", "three"]))
    refuse("text.npy", "text elements")
    np.save(folder / "date.npy", np.array(["2022-06-19"], dtype="datetime64[D]"))
    refuse("date.npy", "dates")

    arrays = {"input": cube, "layers/head: 2": np.asfortranarray(cube[0].astype(np.float64)),
              "layers/ layer10": np.arange(5, dtype=">f4"), "scalar": np.array(7)}  # fmt: skip
    np.savez(folder / "stored.npz", **arrays)
    np.savez_compressed(folder / "compressed.npz", **arrays)
    for name in ("stored.npz", "compressed.npz"):
        members = [{"name": key, **described(array)} for key, array in arrays.items()]
        listing.append({"file": name, "arrays": members})
    np.savez(folder / "object.npz", fine=cube, objects=np.array([None], dtype=object))
    refuse("object.npz", "one array of pickled objects")
    (folder / "npy.json").write_text(lines(listing))


def lines(entries: list[dict[str, Any]]) -> str:
    """A JSON list, one entry a line."""
    return "[\n" + ",\n".join(f"  {json.dumps(entry)}" for entry in entries) + "\n]\n"


def check_readable(entry: dict[str, Any], load: Callable[[Path], Any]) -> None:
    """PyTorch reads from the file what `fixtures.json` says is in it."""
    state = load(ROOT / entry["file"])
    for part in entry.get("stateDicts", [entry]):
        found = state[part["key"]] if part["key"] else state
        expected = np.load(ROOT / part["expected"])
        names = [entry.get("prefix", "") + name.removesuffix("#bf16") for name in expected.files]
        if list(found) != names:
            raise AssertionError(f"{entry['file']}: {part['key']}: names differ")
        for name, tensor in zip(expected.files, found.values()):
            tensor = tensor.detach().contiguous()
            tensor = tensor.view(torch.int16) if tensor.dtype == torch.bfloat16 else tensor
            if tensor.numpy().tobytes() != expected[name].tobytes():
                raise AssertionError(f"{entry['file']}: {name} differs from {part['expected']}")


def load(path: Path) -> Any:
    """Loads a checkpoint, from inside an outer archive where there is one."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            source: Any = io.BytesIO(archive.read(archive.namelist()[0]))
    elif path.name == "rezipped-deflated.pth":
        # PyTorch maps storages where they lie in the file and so reads no deflated ones: only a
        # reader that inflates can open this one. Unpacked, it must be readable.
        source = io.BytesIO()
        with zipfile.ZipFile(path) as archive, zipfile.ZipFile(source, "w") as stored:
            for name in archive.namelist():
                stored.writestr(name, archive.read(name))
        source.seek(0)
    else:
        source = path
    return torch.load(source, weights_only=False)


def main() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    for folder in FOLDERS:
        shutil.rmtree(ROOT / folder, ignore_errors=True)
        (ROOT / folder).mkdir()
    catalogue = Catalogue()
    networks, optimizer = make_networks()
    write_checkpoints(catalogue, networks, optimizer)
    write_tensors(catalogue)
    write_refused(catalogue, networks)
    write_numpy()
    (ROOT / "fixtures.json").write_text(lines(catalogue.entries))
    for entry in catalogue.entries:
        if entry["kind"] != "refused":
            check_readable(entry, load)
    written = [p for folder in FOLDERS for p in sorted((ROOT / folder).iterdir())]
    for path in [*written, ROOT / "fixtures.json"]:
        print(f"{path.stat().st_size:8}  {path.relative_to(ROOT)}")
    print(f"{sum(path.stat().st_size for path in written):8}  in {len(written)} files")


if __name__ == "__main__":
    main()
