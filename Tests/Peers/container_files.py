"""The containers of named tensors as the software writes and reads them that they belong to."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import safetensors.torch
import torch
from safetensors import safe_open

StateDict = dict[str, torch.Tensor]
Arrays = dict[str, np.ndarray]

SHARD_COUNT = 3


def arrays(state: StateDict) -> Arrays:
    return {name: tensor.numpy() for name, tensor in state.items()}


def write_torch(state: StateDict, path: Path) -> None:
    torch.save(state, path)


def write_legacy(state: StateDict, path: Path) -> None:
    torch.save(state, path, _use_new_zipfile_serialization=False)


def write_safetensors(state: StateDict, path: Path) -> None:
    safetensors.torch.save_file(state, path, metadata={"format": "pt"})


def write_sharded(state: StateDict, path: Path) -> None:
    """Writes a folder with shards and their index."""
    path.mkdir()
    names = list(state)
    weight_map = {}
    for index in range(SHARD_COUNT):
        file = f"model-{index + 1:05d}-of-{SHARD_COUNT:05d}.safetensors"
        part = {name: state[name] for name in names[index::SHARD_COUNT]}
        safetensors.torch.save_file(part, path / file, metadata={"format": "pt"})
        weight_map |= dict.fromkeys(part, file)
    total = sum(tensor.nbytes for tensor in state.values())
    index_json = {"metadata": {"total_size": total}, "weight_map": weight_map}
    (path / "model.safetensors.index.json").write_text(json.dumps(index_json))


def write_hdf5(state: StateDict, path: Path) -> None:
    """Writes nested groups, as people do with the dots of names."""
    with h5py.File(path, "w", track_order=True) as file:
        for name, array in arrays(state).items():
            options = {} if array.ndim == 0 else {"compression": 4, "shuffle": True}
            file.create_dataset(name.replace(".", "/"), data=array, **options)


def write_numpy(state: StateDict, path: Path) -> None:
    np.savez(path, **arrays(state))


def read_torch(path: Path) -> Arrays:
    return arrays(torch.load(path, weights_only=True))


def read_safetensors(path: Path) -> Arrays:
    with safe_open(path, framework="np") as file:
        return {name: file.get_tensor(name) for name in file.keys()}


def read_hdf5(path: Path) -> Arrays:
    found: Arrays = {}

    def walk(group: h5py.Group, prefix: str) -> None:
        # Every name, where `visititems` gives an object once.
        for name, item in group.items():
            if isinstance(item, h5py.Dataset):
                found[prefix + name] = item[()]
            else:
                walk(item, f"{prefix}{name}.")

    with h5py.File(path, "r") as file:
        walk(file, "")
    return found


def read_numpy(path: Path) -> Arrays:
    with np.load(path) as file:
        return dict(file)


READERS: dict[str, Callable[[Path], Arrays]] = {
    "pth": read_torch,
    "safetensors": read_safetensors,
    "h5": read_hdf5,
    "npz": read_numpy,
}
"""How the other software reads a target, by its ending."""

SOURCES: dict[str, tuple[str, Callable[[StateDict, Path], None]]] = {
    ".pth": ("source.pth", write_torch),
    "legacy .pth": ("legacy.pth", write_legacy),
    ".safetensors": ("source.safetensors", write_safetensors),
    "sharded": ("sharded", write_sharded),
    ".h5": ("source.h5", write_hdf5),
    ".npz": ("source.npz", write_numpy),
}
"""The name of the file, and who writes it, by what the table calls it."""


def difference(found: Arrays, right: Arrays) -> str | None:
    """What is not the same, bit for bit, in one line; None where all is."""
    if found.keys() != right.keys():
        lacking = sorted(right.keys() - found.keys())
        surplus = sorted(found.keys() - right.keys())
        return f"lacks {lacking[:3]} ({len(lacking)}), has {surplus[:3]} ({len(surplus)}) besides"
    for name, array in right.items():
        other = found[name]
        if (other.dtype, other.shape) != (array.dtype, array.shape):
            return f"{name}: {other.dtype} {other.shape} in place of {array.dtype} {array.shape}"
        if np.ascontiguousarray(other).tobytes() != np.ascontiguousarray(array).tobytes():
            return f"{name}: other bits"
    return None
