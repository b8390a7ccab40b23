"""Writes `reader/`: small files as training leaves them, for the reader of checkpoints alone.

    python Fixtures/make_reader_fixtures.py

Whole modules, arrays in place of tensors, tensors of other devices, and files that are to be refused by
name. What each must give stands beside it as NumPy wrote it: `NAME.npz`, or `NAME#KEY.npz` for the state
dict under a key. Needs PyTorch, NumPy and ml_dtypes.
"""

import enum
import functools
import io
import os
import shutil
import tarfile
import zipfile
from collections import OrderedDict
from pathlib import Path
from unittest import mock

import ml_dtypes
import numpy as np
import torch
from torch import nn

FOLDER = Path(__file__).resolve().parent / "reader"


class Stage(enum.IntEnum):
    FIRST = 1


class Block(nn.Module):
    """Everything that a state dict leaves out or names twice."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(2, 3, 1, bias=False)
        self.norm = nn.BatchNorm2d(3)
        self.register_buffer("grid", torch.arange(4.0), persistent=False)
        self.register_buffer("scale", torch.full((1,), 0.5))
        self.register_buffer("nothing", None)
        self.register_parameter("none", None)
        self.absent = None
        self.anchors = torch.ones(5)
        self.resize = functools.partial(nn.functional.interpolate, scale_factor=2.0)
        self.activation = nn.functional.silu
        self.stage = Stage.FIRST


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.network = nn.ModuleDict(
            {"stem: 2": nn.Sequential(Block(), nn.ReLU()), "head: 2": nn.Linear(3, 2)}
        )
        self.tied = self.network["head: 2"]
        self.parts = nn.ParameterList([torch.zeros(2)])
        # Not registered, and leads back.
        self.hidden = [self]


class ModelEMA:
    """A moving average as trainers write it: an object and no module."""

    def __init__(self, module: nn.Module) -> None:
        self.ema = module
        self.updates = 7
        self.decay = decay_at


def decay_at(step: int) -> float:
    return min(0.9999, (1 + step) / (10 + step))


class Slotted:
    """Its state is a pair: attributes, and what is in the slots."""

    __slots__ = ("module", "__dict__")


class StateDict(dict):
    """A kind of dictionary."""


class Moved:
    """A value that its own function rebuilds."""

    def __init__(self, function, *arguments) -> None:
        self.reduced = function, arguments

    def __reduce__(self):
        return self.reduced


def write(name: str, state: dict, key: str | None = None) -> None:
    arrays = {}
    for tensor_name, value in state.items():
        array = value.detach().numpy() if isinstance(value, torch.Tensor) else value
        if array.dtype == ml_dtypes.bfloat16:
            tensor_name, array = f"{tensor_name}#bf16", array.view(np.uint16)
        arrays[tensor_name] = array.astype(array.dtype.newbyteorder("<"), order="C")
    np.savez(FOLDER / (f"{name}.npz" if key is None else f"{name}#{key}.npz"), **arrays)


def replaced(path: Path, old: bytes, new: bytes) -> None:
    """Spells names in the pickle of a checkpoint as other versions do."""
    with zipfile.ZipFile(path) as archive:
        records = [(info.filename, archive.read(info)) for info in archive.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, content in records:
            if name.endswith("data.pkl"):
                assert old in content
                content = content.replace(old, new)
            archive.writestr(zipfile.ZipInfo(name), content)


def make_modules() -> None:
    torch.manual_seed(1)
    net, average = Net().eval(), Net().eval()
    torch.save(net, FOLDER / "module.pth")
    write("module", net.state_dict())
    # The older format keeps the text of every class; a line of each is enough here.
    with mock.patch(
        "torch.serialization.get_source_lines_and_file",
        lambda kind: ([f"class {kind.__name__}: ...\n"], 1, "model.py"),
    ):
        torch.save(net, FOLDER / "module-legacy.pth", _use_new_zipfile_serialization=False)
    torch.save(net, FOLDER / "module-protocol-4.pth", pickle_protocol=4)

    optimizer = torch.optim.SGD(net.parameters(), 0.1, momentum=0.9)
    torch.save(
        {"model": net, "ema": average, "optimizer": optimizer.state_dict(), "epoch": 12},
        FOLDER / "modules.pth",
    )
    write("modules", net.state_dict(), "model")
    write("modules", average.state_dict(), "ema")

    slotted = Slotted()
    slotted.module = nn.Linear(1, 2)
    slotted.step = 3
    wrapped = {
        "parallel": nn.DataParallel(net),
        "object": ModelEMA(average),
        "average": torch.optim.swa_utils.AveragedModel(nn.Linear(2, 2)),
        "slotted": slotted,
        "list": [nn.Linear(1, 1)],
        "dictionary": StateDict(weight=torch.ones(2)),
    }
    torch.save(wrapped, FOLDER / "wrapped.pth")
    write("wrapped", wrapped["parallel"].state_dict(), "parallel")
    write("wrapped", average.state_dict(), "object.ema")
    write("wrapped", wrapped["average"].state_dict(), "average")
    write("wrapped", slotted.module.state_dict(), "slotted.module")
    write("wrapped", wrapped["list"][0].state_dict(), "list.0")
    write("wrapped", wrapped["dictionary"], "dictionary")

    graph = torch.fx.symbolic_trace(nn.Sequential(nn.Linear(2, 1), nn.ReLU()))
    torch.save(graph, FOLDER / "module-fx.pth")
    write("module-fx", graph.state_dict())


def make_arrays() -> None:
    random = np.random.default_rng(2)
    values = random.normal(size=(2, 3))
    arrays = {name: values.astype(name) for name in ("f8", "f4", "f2")}
    arrays |= {
        name: np.array([np.iinfo(name).min, np.iinfo(name).max], name)
        for name in ("i8", "i4", "i2", "i1", "u1")
    }
    arrays |= {
        "bool": np.array([True, False]),
        "bf16": values.astype(ml_dtypes.bfloat16),
        "big": values.astype(">f4"),
        "fortran": np.asfortranarray(values),
        "fortran-big": np.asfortranarray(values.astype(">f8")),
        "strided": values[:, ::2],
        "scalar": np.array(2.5),
        "empty": np.zeros((0, 3), "f4"),
    }
    write("arrays", arrays)
    for protocol in (2, 4, 5):
        torch.save(
            {"weights": arrays, "epoch": np.float64(3)}, FOLDER / f"arrays-protocol-{protocol}.pth",
            pickle_protocol=protocol,
        )  # fmt: skip
    torch.save(arrays, FOLDER / "arrays-numpy-1.pth")
    replaced(FOLDER / "arrays-numpy-1.pth", b"numpy._core", b"numpy.core")
    # Protocol 2 spells it as a text that is too long to be looked at where it is not wanted.
    large = {"large": random.integers(-128, 128, 50_000).astype("i1")}
    torch.save(large, FOLDER / "arrays-large.pth")
    write("arrays-large", large)
    torch.save(
        {"weight": np.array([1.0]), "names": np.array(["a", None], object)},
        FOLDER / "arrays-of-objects.pth",
    )
    torch.save(
        {"weight": np.array([1.0]), "pairs": np.zeros(2, [("a", "f4"), ("b", "i4")])},
        FOLDER / "arrays-of-records.pth",
    )


def make_devices() -> None:
    weight, count = torch.arange(6.0).reshape(2, 3), torch.tensor(5)
    state = OrderedDict(weight=weight, count=count)
    from_array = torch._utils._rebuild_device_tensor_from_numpy
    from_tensor = torch._utils._rebuild_device_tensor_from_cpu_tensor
    torch.save(
        OrderedDict(
            weight=Moved(from_array, weight.numpy(), weight.dtype, "xla:1", False),
            count=Moved(from_tensor, count, count.dtype, "xla:1", False),
        ),
        FOLDER / "xla.pth",
    )
    write("xla", state)
    torch.save(
        OrderedDict(weight=Moved(from_tensor, weight, torch.bfloat16, "xla:1", False)),
        FOLDER / "xla-converted.pth",
    )
    meta = OrderedDict(weight=torch.empty(2, 3, device="meta"), count=count)
    torch.save(meta, FOLDER / "meta-beside.pth")


def make_refused() -> None:
    linear = nn.Sequential(OrderedDict(body=nn.Conv2d(1, 1, 1), head=nn.Linear(2, 2)))
    quantized = torch.ao.quantization.quantize_dynamic(linear, {nn.Linear}, torch.qint8)
    torch.save(quantized.state_dict(), FOLDER / "quantized-state.pth")

    torch.distributed.init_process_group(
        "gloo", store=torch.distributed.HashStore(), rank=0, world_size=1
    )
    from torch.distributed import checkpoint
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.tensor import Shard, distribute_tensor

    mesh = init_device_mesh("cpu", (1,))
    sharded = distribute_tensor(torch.ones(2, 2), mesh, [Shard(0)])
    torch.save({"weight": sharded, "count": torch.tensor(1)}, FOLDER / "dtensor.pth")
    folder = FOLDER / "distributed"
    shutil.rmtree(folder, ignore_errors=True)
    checkpoint.save({"a": torch.ones(2), "b": torch.zeros(3)}, checkpoint_id=folder)
    torch.distributed.destroy_process_group()

    program = torch.export.export(nn.Linear(2, 1), (torch.ones(1, 2),))
    for node in program.graph.nodes:
        node.meta.pop("stack_trace", None)
    torch.export.save(program, FOLDER / "exported.pt2")
    with torch.package.PackageExporter(FOLDER / "package.pt") as exporter:
        exporter.save_pickle("model", "model.pkl", {"weight": torch.ones(1)})

    hollow = {"module": {"weight": torch.empty(0)}, "param_shapes": [{"weight": torch.Size([2])}],
              "ds_version": "0.14.0", "ds_config": {}}
    torch.save(hollow, FOLDER / "deepspeed-model.pt")
    partition = {"optimizer_state_dict": {"zero_stage": 2, "partition_count": 2,
                 "single_partition_of_fp32_groups": [torch.ones(3)]}, "ds_version": "0.14.0"}
    torch.save(partition, FOLDER / "deepspeed-partition.pt")


def make_archives() -> None:
    """A checkpoint in whatever else is put around one."""
    state = OrderedDict(weight=torch.arange(4.0))
    buffer = io.BytesIO()
    torch.save(state, buffer)
    content = buffer.getvalue()
    write("archives", state)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        records = [(info.filename, archive.read(info)) for info in archive.infolist()]

    def zipped(name: str, files: list[tuple[str, bytes]]) -> None:
        with zipfile.ZipFile(FOLDER / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, data in files:
                archive.writestr(zipfile.ZipInfo(path), data, zipfile.ZIP_DEFLATED)

    litter = [("archive/.DS_Store", b"\0\0\0\1Bud1"), ("__MACOSX/._archive", b"\0\5\26\7"),
              ("__MACOSX/archive/._data.pkl", b"\0\5\26\7")]
    zipped("finder.zip", [("archive/", b""), *records, *litter])
    zipped("finder-file.zip", [("model.pth", content), ("__MACOSX/._model.pth", b"\0\5\26\7")])
    zipped("folder-in-folder.zip", [(f"Downloads/{path}", data) for path, data in records])
    zipped("without-folder.zip", [(path.split("/", 1)[1], data) for path, data in records])

    def tarred(name: str, files: list[tuple[str, bytes]], form: int) -> None:
        with tarfile.open(FOLDER / name, "w", format=form) as archive:
            for path, data in files:
                member = tarfile.TarInfo(path)
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))

    long = "/".join(["run"] * 60) + "/model.pth"
    tarred("tar-gnu.tar", [("readme.txt", b"a"), (long, content)], tarfile.GNU_FORMAT)
    tarred("tar-pax.tar", [("._model.pth", b"a"), (long, content)], tarfile.PAX_FORMAT)
    tarred("tar-several.tar", [("a.pth", content), ("b.pth", content)], tarfile.USTAR_FORMAT)
    tarred("tar-none.tar", [("readme.txt", b"a")], tarfile.USTAR_FORMAT)


def make_facts() -> None:
    torch.save(
        {
            "meta": {"mmengine_version": "0.10.4", "epoch": 12, "seed": None, "fast": True},
            "epoch": 12,
            "pytorch-lightning_version": "2.2",
            "torch": torch.torch_version.TorchVersion("2.1.0"),
            "best": 0.75,
            "stage": Stage.FIRST,
            "hooks": {"EMA": ModelEMA(None)},
            "losses": [float(step) for step in range(100)],
            "optimizer": {"param_groups": [{"lr": 0.1}]},
            "text": "a" * 300,
            "state_dict": OrderedDict(weight=torch.ones(1)),
        },
        FOLDER / "facts.pth",
    )


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    os.chdir(FOLDER)
    make_modules()
    make_arrays()
    make_devices()
    make_refused()
    make_archives()
    make_facts()


if __name__ == "__main__":
    main()
