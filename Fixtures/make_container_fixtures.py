"""Writes `containers/`: files of named tensors as PyTorch and NumPy write them, for the writers of both.

    python Fixtures/make_container_fixtures.py
    python Fixtures/make_container_fixtures.py --large

State dicts of modules whose every part has tensors, so that nothing in the file is unknown to whoever has
only the tensors; every element type; archives of arrays; arrays that were pickled in place of tensors.
`containers.json` says what is in them, bit for bit. With `--large`, which needs 12 GB of memory and as much
room for temporary files, `large.json` is made again: the headers of archives beyond 2 and 4 GiB.
Needs PyTorch and NumPy.
"""

import hashlib
import io
import json
import struct
import sys
import tempfile
import zipfile
from collections import OrderedDict
from pathlib import Path

import ml_dtypes
import numpy as np
import torch
from torch import nn

FOLDER = Path(__file__).resolve().parent / "containers"

TYPES = [
    torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16,
    torch.int8, torch.uint8, torch.bool, torch.uint64, torch.uint32, torch.uint16, torch.complex128,
    torch.complex64, torch.float8_e4m3fn, torch.float8_e5m2, torch.float8_e4m3fnuz, torch.float8_e5m2fnuz,
    torch.float8_e8m0fnu,
]


def pattern(dtype: torch.dtype, *shape: int) -> torch.Tensor:
    """Elements of which no two neighbours have the same bytes, and every byte occurs."""
    count = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    octets = (torch.arange(count) * 37 + 11) % 256
    if dtype == torch.bool:
        octets = octets % 2
    return octets.to(torch.uint8).view(dtype).reshape(shape)


class Block(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, channels, 1, bias=False)
        self.bn = nn.BatchNorm2d(channels)


class Network(nn.Module):
    """Names that Python keeps one text of, children that are numbers, memory that two names share."""

    def __init__(self) -> None:
        super().__init__()
        self.storage = nn.Parameter(torch.ones(3))
        self.version = nn.Parameter(torch.ones(1))
        self.a = nn.Parameter(torch.ones(2, 0, 3))
        self.register_buffer("_metadata", torch.zeros(70_000, dtype=torch.uint8)[:0].clone())
        self.blocks = nn.Sequential(*[Block(count) for count in (3, 5)])
        self.network = nn.ModuleDict({"stage: 1 layer3": Block(2), "é": nn.Linear(2, 3), "ж": nn.Linear(1, 1)})
        self.embedding = nn.Embedding(4, 80)
        self.head = nn.Linear(80, 4, bias=False)
        self.head.weight = self.embedding.weight


class Types(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        for dtype in TYPES:
            name = str(dtype).removeprefix("torch.")
            self.register_buffer(f"{name}_plane", pattern(dtype, 2, 3))
            self.register_buffer(f"{name}_scalar", pattern(dtype))


class Many(nn.Module):
    """One tensor for each number, and a module for each in front of it where that is asked for."""

    def __init__(self, count: int, nested: bool) -> None:
        super().__init__()
        for index in range(count):
            module = self
            if nested:
                module = nn.Module()
                self.add_module(f"m{index}", module)
            module.register_buffer(f"t{index}", torch.tensor([index], dtype=torch.int64))


def fill(module: nn.Module) -> nn.Module:
    for name, tensor in module.state_dict().items():
        tensor.copy_(pattern(tensor.dtype, *tensor.shape) if tensor.is_floating_point() else tensor + 7)
    return module


def listed(state: dict[str, torch.Tensor]) -> list[dict]:
    """Names, types, shapes and bytes; which earlier tensor each shares its memory with."""
    places: dict[int, str] = {}
    entries = []
    for name, tensor in state.items():
        octets = tensor.detach().reshape(-1).view(torch.uint8).tolist() if tensor.numel() else []
        entry = {"name": name, "type": str(tensor.dtype).removeprefix("torch."), "shape": list(tensor.shape),
                 "bytes": bytes(octets).hex()}
        if tensor.numel():
            original = places.setdefault(tensor.data_ptr(), name)
            if original != name:
                entry["original"] = original
        entries.append(entry)
    return entries


def make_state_dicts() -> dict:
    made = {}
    for name, module in [("module", fill(Network())), ("types", Types()), ("one", nn.Linear(1, 1, bias=False))]:
        torch.save(module.state_dict(), FOLDER / f"{name}.pth")
        made[f"{name}.pth"] = listed(module.state_dict())
    return made


def make_digests() -> list[dict]:
    """Too many tensors to keep the files: what they are like."""
    digests = []
    for count, nested in [(0, False), (1, True), (2, True), (255, False), (999, True), (1000, False),
                          (1000, True), (1001, False), (2001, True), (11_000, False),
                          (66_000, False)]:
        buffer = io.BytesIO()
        torch.save(Many(count, nested).state_dict(), buffer)
        content = buffer.getvalue()
        digests.append({"count": count, "nested": nested, "byteCount": len(content),
                        "sha256": hashlib.sha256(content).hexdigest()})
    return digests


def make_counts() -> list[dict]:
    """Archives of so many empty entries, as NumPy has them written."""
    counts = []
    for count in (65_535, 65_536):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for index in range(count):
                # What a name alone makes of itself: 1 January 1980.
                with archive.open(f"{index}", "w", force_zip64=True):
                    pass
        content = buffer.getvalue()
        counts.append({"count": count, "byteCount": len(content),
                       "sha256": hashlib.sha256(content).hexdigest()})
    return counts


def make_archives() -> dict:
    kinds = "f8 f4 f2 i8 i4 i2 i1 u8 u4 u2 u1 b1 c16 c8".split()
    arrays = {f"types/{kind}": pattern(torch.uint8, 2 * np.dtype(kind).itemsize).numpy().view(kind)
              for kind in kinds if kind != "b1"}
    arrays["types/b1"] = np.array([[True, False]])
    arrays["network.stage: 1 layer3.conv.weight"] = np.arange(24, dtype="<f4").reshape(2, 3, 4, 1)
    arrays["scalar"] = np.array(2.5)
    arrays["empty"] = np.zeros((3, 0, 2), "<f4")
    arrays["ünïcödé ж"] = np.arange(3)
    # Headers of every length around the multiples of 64 that they are filled up to.
    arrays.update({f"axes-{count}": np.zeros((1,) * (count - 1) + (0,), "<f4") for count in range(10, 40)})
    np.savez(FOLDER / "arrays.npz", **arrays)
    np.savez(FOLDER / "one.npz", a=np.arange(3, dtype=np.uint8))
    np.savez_compressed(FOLDER / "compressed.npz", zeros=np.zeros(50_000, "<f8"), random=np.arange(9.0))
    fortran = np.asfortranarray(np.arange(6, dtype="<i4").reshape(2, 3))
    mixed = {"fortran": fortran, "big": np.arange(4, dtype=">f4"), "words": np.array(["a", "b"]),
             "pairs": np.zeros(2, [("x", "<f4"), ("y", "<i4")]), "plain": np.arange(2.0)}
    np.savez(FOLDER / "mixed.npz", **mixed)
    return {name: [{"name": key, "type": value.dtype.str, "shape": list(value.shape),
                    "bytes": np.ascontiguousarray(value).astype(value.dtype.newbyteorder("<")).tobytes().hex()}
                   for key, value in np.load(FOLDER / name).items() if value.dtype.kind in "fiubc"]
            for name in ["arrays.npz", "one.npz", "mixed.npz"]}


def make_pickled_arrays() -> dict:
    """What `torch.save({k: v.numpy()})` leaves, in every protocol and both formats."""
    arrays = {kind: pattern(torch.uint8, 2 * np.dtype(kind).itemsize).numpy().view(kind)
              for kind in "f8 f4 f2 i8 i4 i2 i1 u8 u4 u2 u1 c16 c8".split()}
    arrays["b1"] = np.array([True, False, True])
    arrays |= {f"big-{kind}": value.astype(value.dtype.newbyteorder(">"))
               for kind, value in arrays.items() if kind in ("f8", "f4", "f2", "i4", "u2", "c8")}
    arrays["fortran"] = np.asfortranarray(np.arange(6, dtype="<f4").reshape(2, 3))
    arrays["transposed"] = np.arange(6, dtype="<i2").reshape(2, 3).T
    # Neither of the two orders, but no gaps: NumPy pickles the order of the axes in protocol 5.
    arrays["permuted"] = np.arange(24, dtype="<f4").reshape(2, 3, 4).transpose(2, 0, 1)
    arrays["permuted-big"] = np.arange(120, dtype=">i2").reshape(2, 3, 4, 5).transpose(0, 3, 1, 2)
    arrays["strided"] = np.arange(12, dtype="<f4").reshape(3, 4)[::2, ::3]
    arrays["read-only"] = np.broadcast_to(np.float32(1.5), (2, 2))
    arrays["scalar"] = np.array(7, dtype="<i8")
    arrays["empty"] = np.zeros((0, 3), "<f4")
    arrays["bf16"] = np.arange(3).astype(ml_dtypes.bfloat16)
    arrays["f8_e4m3fn"] = np.arange(3).astype(ml_dtypes.float8_e4m3fn)
    arrays["f8_e5m2"] = np.arange(3).astype(ml_dtypes.float8_e5m2)
    content = {"epoch": np.int64(3), "loss": np.float32(0.5), "half": np.float16(0.25), "done": np.bool_(True),
               "steps": np.uint8(200), "state": {"weights": arrays}}
    expected = [{"name": key, "type": value.dtype.name, "shape": list(value.shape),
                 "bytes": np.ascontiguousarray(value).astype(value.dtype.newbyteorder("<")).tobytes().hex()}
                for key, value in arrays.items()]
    files = []
    for protocol in range(2, 6):
        for is_zip in (True, False):
            files.append(f"pickled-{'zip' if is_zip else 'legacy'}-{protocol}.pth")
            torch.save(content, FOLDER / files[-1], pickle_protocol=protocol,
                       _use_new_zipfile_serialization=is_zip)
    return {"files": files, "arrays": expected}


def headers(path: Path) -> dict:
    """The bytes of an archive that are no content, with where they stand."""
    with zipfile.ZipFile(path) as archive:
        infos = archive.infolist()
        start = archive.start_dir
    entries = []
    with open(path, "rb") as file:
        for index, info in enumerate(infos):
            file.seek(info.header_offset + 26)
            data = info.header_offset + 30 + sum(struct.unpack("<HH", file.read(4)))
            file.seek(info.header_offset)
            header = file.read(data - info.header_offset)
            end = data + info.file_size
            file.seek(end)
            following = infos[index + 1].header_offset if index + 1 < len(infos) else start
            entries.append({"name": info.filename, "byteCount": info.file_size, "checksum": info.CRC,
                            "offset": info.header_offset, "header": header.hex(),
                            "descriptor": file.read(following - end).hex()})
        file.seek(start)
        return {"entries": entries, "directory": file.read().hex()}


def make_large() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.pth"
        torch.save(OrderedDict(a=torch.zeros(1 << 32, dtype=torch.uint8), b=torch.ones(3)), path)
        found = {"torch": headers(path)}
        path.unlink()
        # The largest size in 32 bits, and the one that stands for a number elsewhere.
        for name, count in [("torchBelow", (1 << 32) - 2), ("torchAt", (1 << 32) - 1)]:
            path = Path(folder) / "below.pth"
            torch.save(OrderedDict(a=torch.zeros(count, dtype=torch.uint8), b=torch.ones(3)), path)
            found[name] = headers(path)
            path.unlink()
        path = Path(folder) / "large.npz"
        # Python uses half of 32 bits; the header of an array has 128 bytes.
        np.savez(path, a=np.zeros((1 << 31) - 1 - 128, np.uint8), b=np.zeros((1 << 31) - 128, np.uint8),
                 c=np.ones(3))
        found["numPy"] = headers(path)
    with open(FOLDER / "large.json", "w") as file:
        json.dump(found, file, indent=1)
        file.write("\n")


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    if "--large" in sys.argv:
        return make_large()
    for path in FOLDER.iterdir():
        if path.name != "large.json":
            path.unlink()
    torch.manual_seed(1)
    catalogue = {"stateDicts": make_state_dicts(), "digests": make_digests(), "counts": make_counts(),
                 "archives": make_archives(), "pickled": make_pickled_arrays()}
    with open(FOLDER / "containers.json", "w") as file:
        json.dump(catalogue, file, indent=1, ensure_ascii=False)
        file.write("\n")


if __name__ == "__main__":
    main()
