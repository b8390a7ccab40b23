"""Writes `hdf5/`: small files as h5py and Keras write them, and what h5py says is in them.

    python Fixtures/make_hdf5_fixtures.py

`hdf5/hdf5.json` has one entry a file: its tensors by name, with type, shape and the SHA-256 of the
elements, row-major and little-endian; kernels of Keras in PyTorch's order. Datasets that must be refused
have a code instead. Needs h5py, Keras, NumPy and PyTorch.
"""

import hashlib
import io
import json
import os
import zipfile
from pathlib import Path

os.environ["KERAS_BACKEND"] = "torch"

import h5py
import keras
import numpy as np
from h5py import h5d, h5p, h5s, h5t

FOLDER = Path(__file__).resolve().parent / "hdf5"
TYPES = {
    "float64": "f64", "float32": "f32", "float16": "f16", "int64": "i64", "int32": "i32",
    "int16": "i16", "int8": "i8", "uint64": "u64", "uint32": "u32", "uint16": "u16", "uint8": "u8",
    "bool": "bool", "complex64": "c64", "complex128": "c128",
}  # fmt: skip
catalogue: dict[str, dict] = {}


def tensor(array, kind: str | None = None) -> dict:
    array = np.asarray(array)
    little = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<")))
    return {
        "type": kind or TYPES[array.dtype.newbyteorder("=").name],
        "shape": list(array.shape),
        "sha256": hashlib.sha256(little.tobytes()).hexdigest(),
    }


def name(path: str) -> str:
    return path.strip("/").replace("/", ".")


def note(file: str, tensors: dict, **more) -> None:
    catalogue[file] = {"tensors": tensors, **more}


def numbers(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def create(file: str, **options) -> h5py.File:
    return h5py.File(FOLDER / file, "w", **options)


def plain() -> None:
    with create("plain.h5") as file:
        tensors = {}
        for index, path in enumerate(
            ["network/stage: 1 layer3/conv/weight", "network/stage: 1 layer3/conv/bias",
             "network/ head/weight", "flat.name.weight"]
        ):  # fmt: skip
            file[path] = numbers(2, 3, seed=index)
            tensors[name(path)] = tensor(file[path][()])
        file["network"].attrs["made"] = "by h5py"
        note("plain.h5", dict(sorted(tensors.items(), key=lambda item: item[0])), ordered=False)


def types() -> None:
    with create("types.h5") as file:
        tensors = {}
        for kind in TYPES:
            for order in "<>":
                values = np.frombuffer(np.random.default_rng(1).bytes(16 * 12), np.uint8)
                if kind == "bool":
                    array = np.array([[True, False, True]])
                else:
                    width = np.dtype(kind).itemsize
                    array = values[: 12 * width].view(np.dtype(kind).newbyteorder(order))
                    array = array.reshape(3, 4)
                path = f"{kind}-{'little' if order == '<' else 'big'}"
                file[path] = array
                tensors[path] = tensor(array)
        for order in ("little", "big"):
            bits = np.array([0x3F80, 0xC000, 0x7F80, 1], "<u2")
            kind = (h5t.IEEE_F32LE if order == "little" else h5t.IEEE_F32BE).copy()
            kind.set_fields(15, 7, 8, 0, 7)
            kind.set_size(2)
            kind.set_ebias(127)
            dataset = h5d.create(
                file.id, f"bfloat16-{order}".encode(), kind, h5s.create_simple((4,)))
            dataset.write(
                h5s.ALL, h5s.ALL, bits if order == "little" else bits.astype(">u2"), mtype=kind)
            tensors[f"bfloat16-{order}"] = tensor(bits, "bf16")
        note("types.h5", tensors, ordered=False)


def chunks() -> None:
    array = np.arange(20 * 15, dtype=np.int32).reshape(20, 15) % 97
    with create("chunks.h5") as file:
        tensors = {}
        for level in range(10):
            shuffle, checksum = level % 2 == 1, level % 3 == 1
            path = f"gzip{level}{'-shuffle' * shuffle}{'-fletcher' * checksum}"
            file.create_dataset(
                path, data=array, chunks=(7, 11), compression=level, shuffle=shuffle,
                fletcher32=checksum)  # fmt: skip
            tensors[path] = tensor(array)
        file.create_dataset("stored", data=array, chunks=(16, 8))
        tensors["stored"] = tensor(array)
        note("chunks.h5", tensors, ordered=False)
    # Since version 1.10 the format has other indexes of chunks.
    with create("late-chunks.h5", libver=("v110", "v110")) as file:
        tensors = {}
        for path, chunk in {"whole": (20, 15), "rows": (1, 15), "columns": (20, 1), "auto": True}.items():
            file.create_dataset(path, data=array, chunks=chunk, compression=4)
            tensors[path] = tensor(array)
        file.create_dataset("checked", data=array, chunks=(16, 8), fletcher32=True)
        file.create_dataset("row", data=array, chunks=(16, 8), maxshape=(None, 15), compression=1)
        file.create_dataset("both", data=array, chunks=(16, 8), maxshape=(None, None), compression=1)
        for path in ("checked", "row", "both"):
            tensors[path] = tensor(array)
        for kind in ("u1", "<f2", ">f4", "<f8", "<c16"):
            for shape, chunk in {(13,): (5,), (3, 4, 5): (2, 3, 5), (2, 3, 4, 5): (1, 2, 3, 4)}.items():
                data = np.arange(np.prod(shape)).astype(kind).reshape(shape)
                path = f"{np.dtype(kind).str.strip('<>|')}-{len(shape)}"
                file.create_dataset(path, data=data, chunks=chunk, compression=6, shuffle=True)
                tensors[path] = tensor(data)
        # Chunks that the filter could not make smaller are kept without it.
        random = np.frombuffer(np.random.default_rng(3).bytes(4 * 64), "<u4")
        file.create_dataset("random", data=random, chunks=(16,), compression=9)
        tensors["random"] = tensor(random)
        sparse = file.create_dataset(
            "sparse", (32, 8), "<f4", chunks=(8, 4), compression=4, fillvalue=2.5)
        sparse[8:16, 0:4] = 1
        tensors["sparse"] = tensor(sparse[()])
        note("late-chunks.h5", tensors, ordered=False)


def layouts() -> None:
    with create("layouts.h5") as file:
        compact = h5p.create(h5p.DATASET_CREATE)
        compact.set_layout(h5d.COMPACT)
        array = numbers(3, 3)
        dataset = h5d.create(
            file.id, b"compact", h5t.IEEE_F32LE, h5s.create_simple((3, 3)), dcpl=compact)
        dataset.write(h5s.ALL, h5s.ALL, array)
        file["contiguous"] = array
        file["scalar"] = np.float64(2.5)
        file["nothing"] = np.zeros((0, 3), np.float32)
        file["no shape"] = h5py.Empty("f4")
        file.create_dataset("unwritten", (4, 4), "<i4", fillvalue=7)
        file.create_dataset("axes", data=np.ones((1,) * 32, np.int8))
        tensors = {
            path: tensor(file[path][()])
            for path in ("compact", "contiguous", "scalar", "nothing", "unwritten", "axes")
        }
        note("layouts.h5", tensors, ordered=False, facts={"no shape": "empty"})


def versions() -> None:
    for file, options in {
        "v110.h5": {"libver": ("v110", "v110")}, "v108.h5": {"libver": ("v108", "v108")},
        "user-block.h5": {"userblock_size": 512}, "user-block-2048.h5": {"userblock_size": 2048},
        "late-user-block.h5": {"userblock_size": 1024, "libver": ("v110", "v110")},
    }.items():  # fmt: skip
        with create(file, **options) as opened:
            opened.create_dataset("a/b", data=numbers(8, 4), chunks=(2, 4), compression=1)
            opened["c"] = numbers(3)
            note(file, {"a.b": tensor(numbers(8, 4)), "c": tensor(numbers(3))}, ordered=False)


def order() -> None:
    with create("order.h5", track_order=True) as file:
        tensors = {}
        for index, path in enumerate(["z", "y/b", "y/a", "x"]):
            if "/" in path:
                file.require_group("y") if "y" in file else file.create_group("y", track_order=True)
            file[path] = numbers(2, seed=index)
            tensors[name(path)] = tensor(file[path][()])
        note("order.h5", tensors, ordered=True)


def texts() -> None:
    with create("texts.h5") as file:
        file["weight"] = numbers(2)
        file["labels"] = np.array(["cat", "dög"], dtype=object)
        file["bytes"] = np.array([b"one", b"three"])
        root = file.attrs
        root["variable"] = "größe"
        root["ascii"] = np.bytes_("plain")
        root.create("fixed", "größe".encode(), dtype=h5py.string_dtype("utf-8", 8))
        root["several"] = ["a", "bb"]
        root["number"] = 3
        root["negative"] = np.int8(-3)
        root["large"] = np.uint64(2**64 - 1)
        root["half"] = np.float16(0.5)
        root["numbers"] = np.array([1.5, 2.5], ">f4")
        root["many"] = np.arange(100)
        root["flag"] = True
        root["nothing"] = h5py.Empty("f4")
        root["reference"] = file["weight"].ref
        root["compound"] = np.array((1, 2.0), dtype=[("a", "i4"), ("b", "f8")])
        root.create("empty", b"", dtype=h5py.string_dtype("utf-8", 1))
        file["weight"].attrs["unit"] = "none"
        note(
            "texts.h5", {"weight": tensor(numbers(2))}, ordered=False,
            facts={
                "variable": "größe", "ascii": "plain", "fixed": "größe", "several": "['a', 'bb']",
                "number": "3", "negative": "-3", "large": "18446744073709551615", "half": "0.5",
                "numbers": "[1.5, 2.5]", "many": "a value of another type, of 100 elements",
                "flag": "True", "nothing": "nothing", "reference": "a reference, not followed",
                "compound": "a value of another type, of 1 elements", "empty": "",
                "weight@unit": "none", "labels": "['cat', 'dög']",
                "bytes": "['one', 'three']",
            },
        )  # fmt: skip


def links() -> None:
    with create("links.h5") as file:
        file["a/weight"] = numbers(2, 2)
        file["tied"] = file["a/weight"]
        file["group"] = file["a"]
        file["absolute"] = h5py.SoftLink("/a/weight")
        file["a/relative"] = h5py.SoftLink("weight")
        file["nowhere"] = h5py.SoftLink("/b/weight")
        file["to a group"] = h5py.SoftLink("/a")
        file["through"] = h5py.SoftLink("/to a group/weight")
        file["outside"] = h5py.ExternalLink("plain.h5", "/flat.name.weight")
        weight = tensor(numbers(2, 2))
        note(
            "links.h5",
            {key: weight for key in ("a.weight", "tied", "group.weight", "absolute", "a.relative",
                                     "group.relative", "to a group.weight",
                                     "to a group.relative", "through")}
            | {key: "h5.external" for key in ("nowhere", "outside")},
            ordered=False)  # fmt: skip


def aliases() -> None:
    """Symbolic links to groups, through links, in circles, and over as many others as h5py follows."""
    with create("aliases.h5", libver=("v110", "v110")) as file:
        file["a/b/weight"] = numbers(2, 2)
        file["a/note"] = "a text"
        file.create_group("a/empty")
        file["short"] = h5py.SoftLink("/a/b")
        file["whole"] = h5py.SoftLink("a")
        file["over"] = h5py.SoftLink("/whole/b/weight")
        file["dots"] = h5py.SoftLink("./a/./b//weight")
        file["parent"] = h5py.SoftLink("../a/b/weight")
        file["text"] = h5py.SoftLink("/a/note")
        file["a/b/up"] = h5py.SoftLink("/a")
        file["a/self"] = h5py.SoftLink("/a/self")
        file["link0"] = file["a/b/weight"]
        chain = [f"link{number}" for number in range(1, 18)]
        for number, key in enumerate(chain):
            file[key] = h5py.SoftLink(f"/link{number}")
        readable = ["a/b/weight", "short/weight", "whole/b/weight", "over", "dots", "link0"]
        readable += chain[:-1]
        refused = ["parent", "a/self", chain[-1]]
        for path in refused:
            try:
                file[path]
            except (KeyError, RuntimeError):
                continue
            raise AssertionError(path)
        # h5py follows these for ever.
        circles = ["a/b/up", "short/up/b", "short/up/self", "whole/b/up", "whole/self"]
        note(
            "aliases.h5",
            {name(path): tensor(file[path][()]) for path in readable}
            | {name(path): "h5.external" for path in refused + circles}, ordered=False)  # fmt: skip
    # Forty groups, each of which has two links to the next one: 2^40 paths.
    with create("doubled-aliases.h5", libver=("v110", "v110")) as file:
        for number in range(40):
            for key in "xy":
                file[f"{number}/{key}"] = h5py.SoftLink(f"/{number + 1}")
        file["40/weight"] = numbers(2)
        catalogue["doubled-aliases.h5"] = {"code": "h5.malformed"}


def outside() -> None:
    with create("outside.h5") as file:
        file["good"] = numbers(2)
        file.create_dataset("raw", (4,), "<f4", external=[("outside.raw", 0, 16)])
        layout = h5py.VirtualLayout((2,), "<f4")
        layout[:] = h5py.VirtualSource("plain.h5", "flat", (2,))
        file.create_virtual_dataset("virtual", layout)
        file.create_dataset("references", data=[file["good"].ref], dtype=h5py.ref_dtype)
        file.create_dataset(
            "regions", data=[file["good"].regionref[0:1]], dtype=h5py.regionref_dtype)
        note(
            "outside.h5",
            {"good": tensor(numbers(2))}
            | {key: "h5.external" for key in ("raw", "virtual", "references", "regions")},
            ordered=False)  # fmt: skip
    (FOLDER / "outside.raw").unlink(missing_ok=True)


def filters() -> None:
    with create("filters.h5") as file:
        file["good"] = numbers(2)
        file.create_dataset("lzf", data=numbers(16), chunks=(16,), compression="lzf")
        file.create_dataset("scaleoffset", data=np.arange(16), chunks=(16,), scaleoffset=0)
        for number, key in {5: "nbit", 32001: "blosc", 32015: "zstd", 31999: "unknown"}.items():
            creation = h5p.create(h5p.DATASET_CREATE)
            creation.set_chunk((4,))
            creation.set_filter(number, h5py.h5z.FLAG_OPTIONAL, (4, 1, 4, 0))
            h5d.create(
                file.id, key.encode(), h5t.IEEE_F32LE, h5s.create_simple((4,)), dcpl=creation)
        note(
            "filters.h5",
            {"good": tensor(numbers(2))}
            | {key: "h5.filter" for key in ("lzf", "scaleoffset", "nbit", "blosc", "zstd", "unknown")},
            ordered=False)  # fmt: skip


def types_that_are_none() -> None:
    with create("other-types.h5") as file:
        file["good"] = numbers(2)
        file["compound"] = np.zeros(2, dtype=[("a", "i4"), ("b", "f8")])
        file["opaque"] = np.zeros(2, dtype="V5")
        file["enum"] = np.array([0, 1], dtype=h5py.enum_dtype({"RED": 0, "BLUE": 1}, "i1"))
        file["wide enum"] = np.array([0, 1], dtype=h5py.enum_dtype({"FALSE": 0, "TRUE": 1}, "i4"))
        ragged = file.create_dataset("ragged", (2,), h5py.vlen_dtype("i4"))
        ragged[0] = [1]
        file["long double"] = np.zeros(2, np.longdouble)
        file["array"] = np.zeros(2, dtype=[("r", "f4"), ("j", "f4")])
        file["named type"] = np.dtype("f4")
        note(
            "other-types.h5",
            {"good": tensor(numbers(2))}
            | {key: "h5.elementType" for key in ("array", "compound", "enum", "long double",
                                                 "opaque", "ragged", "wide enum")},
            ordered=False)  # fmt: skip


def bombs() -> None:
    with create("bombs.h5") as file:
        file["good"] = numbers(2)
        file.create_dataset("contiguous", (1 << 25, 1 << 25), "<f8")
        file.create_dataset("chunked", (1 << 25, 1 << 25), "<f8", chunks=(64, 64))
        deflated = file.create_dataset(
            "deflated", (1 << 20, 1 << 20), "<f4", chunks=(16, 16), compression=9)
        deflated[0:16, 0:16] = 1
        note(
            "bombs.h5",
            {"good": tensor(numbers(2))}
            | {key: "h5.size" for key in ("contiguous", "chunked", "deflated")}, ordered=False)  # fmt: skip


def one_chunk() -> None:
    """A chunk that needs a thousand times the memory that it has in the file."""
    with create("one-chunk.h5") as file:
        shape = (48 << 20,)
        dataset = file.create_dataset("zeros", shape, "u1", chunks=shape, compression=9)
        dataset[:] = np.zeros(shape, np.uint8)
        note("one-chunk.h5", {"zeros": tensor(np.zeros(shape, np.uint8))}, ordered=False)


def small_chunks() -> None:
    """Chunks of one element; where the library makes room for all of them at once, it needs more than a
    hundred megabytes."""
    array = np.arange(128 * 128, dtype=np.uint32).reshape(128, 128).astype(np.uint8)
    with create("small-chunks.h5", libver=("v110", "v110")) as file:
        creation = h5p.create(h5p.DATASET_CREATE)
        creation.set_chunk((1, 1))
        creation.set_alloc_time(h5d.ALLOC_TIME_EARLY)
        dataset = h5d.create(
            file.id, b"bytes", h5t.STD_U8LE, h5s.create_simple(array.shape), dcpl=creation)
        dataset.write(h5s.ALL, h5s.ALL, array)
        # Those that were never written have a value that the library fills in.
        sparse = file.create_dataset(
            "sparse", (128, 128), "u1", chunks=(1, 1), maxshape=(None, 128), compression=1,
            fillvalue=3)
        sparse[0, 0] = 1
        note(
            "small-chunks.h5", {"bytes": tensor(array), "sparse": tensor(sparse[()])}, ordered=False)


def circles() -> None:
    with create("circle.h5") as file:
        file["a/b/weight"] = numbers(2)
        file["a/b/c"] = file["a"]
    with create("names.h5") as file:
        file["a/b"] = numbers(2)
        file["a.b"] = numbers(3)
        note("names.h5", {"a.b": tensor(numbers(2)), "/a.b": "h5.name"}, ordered=False)
    with create("deep.h5", libver=("v110", "v110")) as file:
        group = file
        for _ in range(130):
            group = group.create_group("g")
    # Sixty groups, each of which has the next one twice: 2^60 paths.
    with create("doubled.h5", libver=("v110", "v110")) as file:
        group = file
        for _ in range(60):
            group.create_group("a")
            group["b"] = group["a"]
            group = group["a"]
    with create("bad-name.h5") as file:
        file["good"] = numbers(2)
        file[b"caf\xe9/weight"] = numbers(3)
        file["\u00e9"] = numbers(4)
        file["e\u0301"] = numbers(5)
        file.id.links.create_soft(b"soft", b"/caf\xe9/weight")
        file["same"] = h5py.SoftLink("/\u00e9")
        note(
            "bad-name.h5",
            {"good": tensor(numbers(2)), "e\u0301": tensor(numbers(5))}
            | {key: "h5.name" for key in ("caf\\xe9", "\\xc3\\xa9", "same")}
            | {"soft": "h5.external"}, ordered=False)  # fmt: skip
    for file, code in {
        "circle.h5": "h5.malformed", "deep.h5": "h5.malformed", "doubled.h5": "h5.malformed",
    }.items():  # fmt: skip
        catalogue[file] = {"code": code}


def damaged() -> None:
    """A checksum of elements and one of metadata that do not fit."""
    with create("checksum.h5") as file:
        file.create_dataset("fletcher", data=np.full(16, 3, "u1"), chunks=(16,), fletcher32=True)
        file.create_dataset(
            "deflated", data=np.full(4096, 3, "u1"), chunks=(4096,), compression=1, fletcher32=True)
        offset = file["fletcher"].id.get_chunk_info(0).byte_offset
        info = file["deflated"].id.get_chunk_info(0)
    with open(FOLDER / "checksum.h5", "r+b") as file:
        for place in (offset, info.byte_offset + info.size - 1):
            file.seek(place)
            byte = file.read(1)[0]
            file.seek(place)
            file.write(bytes([byte ^ 1]))
    note("checksum.h5", {}, ordered=False, failing={"fletcher": "h5.checksum", "deflated": "h5.checksum"})
    with create("metadata-checksum.h5", libver=("v110", "v110")) as file:
        file["weight"] = numbers(2)
    content = bytearray((FOLDER / "metadata-checksum.h5").read_bytes())
    place = content.index(b"OHDR") + 6
    content[place] ^= 1
    (FOLDER / "metadata-checksum.h5").write_bytes(content)
    catalogue["metadata-checksum.h5"] = {"code": "h5.checksum"}


def changed() -> None:
    """Files that no library writes: bytes of theirs are changed."""
    for file, name_ in {"same-name.h5": b"first", "slash-name.h5": b"a/b/c", "dot-name.h5": b"."}.items():
        with create(file) as opened:
            opened["first"] = numbers(2)
            opened["other"] = numbers(2)
        content = bytearray((FOLDER / file).read_bytes())
        place = content.index(b"other\0")
        content[place : place + 6] = name_.ljust(6, b"\0")
        (FOLDER / file).write_bytes(content)
        catalogue[file] = {"code": "h5.name"}
    # The elements of the second dataset are those of the first, and there is no room for both.
    with create("overlap.h5") as file:
        for key in ("a", "b"):
            file[key] = numbers(2048)
        first, second = (file[key].id.get_offset() for key in ("a", "b"))
        late = max(first, second)
        early = min(first, second)
    content = bytearray((FOLDER / "overlap.h5").read_bytes())
    place = content.index(late.to_bytes(8, "little"))
    content[place : place + 8] = early.to_bytes(8, "little")
    del content[late : late + 8192]
    content[40:48] = len(content).to_bytes(8, "little")
    (FOLDER / "overlap.h5").write_bytes(content)
    note("overlap.h5", {"a": tensor(numbers(2048)), "b": "h5.size"}, ordered=False)


def convolution(array):
    """H×W×I×O → O×I×H×W; of transposed convolutions H×W×O×I → I×O×H×W."""
    return np.moveaxis(array, (-1, -2), (0, 1))


def depthwise(array):
    """H×W×C×M → (C·M)×1×H×W, the multiples of a channel together."""
    space = array.shape[:-2]
    return np.moveaxis(array.reshape(*space, -1), -1, 0)[:, None]


ORDERS = {
    ("Conv2D", 0): convolution, ("Conv1D", 0): convolution, ("Conv3D", 0): convolution,
    ("Conv2DTranspose", 0): convolution, ("DepthwiseConv2D", 0): depthwise,
    ("SeparableConv2D", 0): depthwise, ("SeparableConv2D", 1): convolution,
    ("Dense", 0): lambda array: array.T,
}  # fmt: skip


def leaves(model):
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from leaves(layer)
        else:
            yield layer


def keras_models() -> None:
    keras.utils.set_random_seed(1)
    layers = keras.layers
    inner_input = layers.Input((4, 4, 8))
    inner = layers.Conv2D(5, 1)(inner_input)
    inner = layers.SeparableConv2D(4, 3, depth_multiplier=2)(inner)
    inner = keras.Model(inner_input, layers.Conv2DTranspose(6, 2)(inner), name="inner")
    image = layers.Input((8, 8, 3))
    value = layers.Conv2D(4, 3, use_bias=False, name="stem")(image)
    value = layers.BatchNormalization()(value)
    value = layers.DepthwiseConv2D(3, depth_multiplier=2)(value)
    value = inner(value)
    value = layers.GlobalAveragePooling2D()(value)
    value = layers.Reshape((6, 1))(value)
    value = layers.Conv1D(2, 3)(value)
    value = layers.Flatten()(value)
    model = keras.Model(image, layers.Dense(7)(value), name="outer")
    model.save(FOLDER / "keras-model.h5")
    model.save_weights(FOLDER / "keras.weights.h5")

    whole, weights = {}, {}
    by_class: dict[str, int] = {}
    for layer in leaves(model):
        for index, variable in enumerate(layer.weights):
            array = variable.numpy()
            order = ORDERS.get((type(layer).__name__, index))
            entry = tensor(array if order is None else order(array))
            if order is not None:
                entry["permuted"] = True
            parent = "inner" if layer in inner.layers else layer.name
            whole[f"model_weights.{parent}.{layer.name}.{variable.name}"] = entry
            weights[entry["sha256"]] = entry
    with h5py.File(FOLDER / "keras.weights.h5") as file:
        found = {}

        def visit(path, item):
            if isinstance(item, h5py.Dataset):
                owner = item.parent.attrs["name"]
                layer = next(layer for layer in leaves(model) if layer.name == owner)
                index = int(path.rsplit("/", 1)[1])
                order = ORDERS.get((type(layer).__name__, index))
                found[name(path)] = tensor(item[()] if order is None else order(item[()]))
                if order is not None:
                    found[name(path)]["permuted"] = True

        file.visititems(visit)
    assert {entry["sha256"] for entry in found.values()} == set(weights)
    note("keras-model.h5", whole, ordered=False)
    note("keras.weights.h5", found, ordered=False)

    # As Keras 2 writes weights alone: no configuration, names with a number of the output, and lists
    # of names that are too long for one attribute in several.
    kernels = {
        "conv/conv/kernel:0": numbers(3, 3, 2, 4), "conv/conv/bias:0": numbers(4),
        "depthwise/depthwise/depthwise_kernel:0": numbers(3, 3, 4, 2),
        "separable/separable/pointwise_kernel:0": numbers(1, 1, 4, 5),
        "dense/dense/kernel:0": numbers(5, 6),
    }  # fmt: skip
    with create("keras-2-weights.h5") as file:
        file.attrs["layer_names0"] = [b"conv", b"depthwise"]
        file.attrs["layer_names1"] = [b"separable", b"dense"]
        file.attrs["backend"] = b"tensorflow"
        for path, array in kernels.items():
            file[path] = array
    sure = {"depthwise_kernel": depthwise, "pointwise_kernel": convolution}
    stated, asked, given = {}, {}, {}
    for path, array in kernels.items():
        leaf = path.rsplit("/", 1)[1].split(":")[0]
        order = sure.get(leaf)
        stated[name(path)] = (
            "h5.kernelLayout" if leaf == "kernel"
            else tensor(order(array)) | {"permuted": True} if order else tensor(array))  # fmt: skip
        asked[name(path)] = tensor(
            (convolution if leaf == "kernel" else order or (lambda same: same))(array))
        given[name(path)] = tensor(array)
    note("keras-2-weights.h5", stated, ordered=False, hwio=asked, oihw=given)

    # A whole model of Keras 2 with code in it, which is data here and nothing else.
    with create("keras-2-model.h5") as file:
        file.attrs["model_config"] = json.dumps({
            "class_name": "Sequential",
            "config": {"name": "sequential", "layers": [
                {"class_name": "Conv2D", "config": {"name": "first"}},
                {"class_name": "Lambda", "config": {
                    "name": "lambda", "function": ["4wEAAAAAAAAA", None, None]}},
                {"class_name": "TimeDistributed", "config": {
                    "name": "wrapped", "layer": {"class_name": "Dense", "config": {"name": "dense"}}}},
                {"class_name": "Custom", "config": {"name": "custom"}},
            ]},
        })  # fmt: skip
        weights = file.create_group("model_weights")
        weights.attrs["layer_names"] = [b"first", b"lambda", b"wrapped", b"custom"]
        arrays = {
            "first/first/kernel:0": numbers(3, 3, 2, 4), "wrapped/wrapped/kernel:0": numbers(2, 3),
            "custom/custom/kernel:0": numbers(2, 3), "custom/custom/table:0": numbers(2, 3),
        }  # fmt: skip
        for path, array in arrays.items():
            weights[path] = array
        file["optimizer_weights/momentum/kernel:0"] = numbers(2, 3)
    prefix = "model_weights."
    note(
        "keras-2-model.h5",
        {
            prefix + "first.first.kernel:0":
                tensor(convolution(arrays["first/first/kernel:0"])) | {"permuted": True},
            prefix + "wrapped.wrapped.kernel:0": "h5.kernelLayout",
            prefix + "custom.custom.kernel:0": "h5.kernelLayout",
            prefix + "custom.custom.table:0": tensor(arrays["custom/custom/table:0"]),
            "optimizer_weights.momentum.kernel:0": tensor(numbers(2, 3)),
        }, ordered=False)  # fmt: skip


def kernels() -> None:
    """Kernels in a file that says nothing of what wrote it."""
    arrays = {
        "params/Conv_0/kernel": (numbers(3, 3, 2, 4), convolution),
        "params/Dense_0/kernel": (numbers(5, 6), np.transpose),
        "params/Separable_0/depthwise_kernel": (numbers(3, 3, 4, 2), depthwise),
        "params/Separable_0/pointwise_kernel": (numbers(1, 1, 8, 5), convolution),
    }
    with create("kernels.h5") as file:
        for path, (array, _) in arrays.items():
            file[path] = array
    note(
        "kernels.h5", {name(path): "h5.kernelLayout" for path in arrays}, ordered=False,
        hwio={name(path): tensor(order(array)) for path, (array, order) in arrays.items()},
        oihw={name(path): tensor(array) for path, (array, _) in arrays.items()})  # fmt: skip


def keras_aliases() -> None:
    """Names of Keras's arrays that say nothing of what they are."""
    kernel = numbers(3, 3, 2, 4)
    with create("keras-aliases.h5") as file:
        file["layers/conv2d/vars/0"] = kernel
        file["other/vars/0"] = numbers(2, 3)
        file["stem"] = h5py.SoftLink("/layers/conv2d/vars/0")
        file["tied"] = file["layers/conv2d/vars/0"]
        file["group"] = h5py.SoftLink("/layers/conv2d")
        file["unknown"] = h5py.SoftLink("/other/vars/0")
        # One that is met before the name that says something; and what is no kernel inside its layer.
        file["a"] = file["layers/conv2d/vars/0"]
        gates = numbers(2, 3, seed=1)
        file["layers/lstm/cell/vars/0"] = gates
        names = ("layers.conv2d.vars.0", "stem", "tied", "group.vars.0", "a")
        note(
            "keras-aliases.h5",
            {key: tensor(convolution(kernel)) | {"permuted": True} for key in names}
            | {"layers.lstm.cell.vars.0": tensor(gates)}
            | {key: "h5.kernelLayout" for key in ("other.vars.0", "unknown")},
            ordered=False)  # fmt: skip


def named_twice() -> None:
    """A kernel whose first name says nothing, so that it may be given, and whose second says all."""
    kernel = numbers(3, 3, 4, 2)
    with create("keras-named-twice.h5") as file:
        file["layers/depthwise_conv2d/vars/0"] = kernel
        file["first/vars/0"] = file["layers/depthwise_conv2d/vars/0"]
        file["soft/kernel"] = h5py.SoftLink("/first/vars/0")
    said = tensor(depthwise(kernel))
    names = ("first.vars.0", "layers.depthwise_conv2d.vars.0", "soft.kernel")
    note(
        "keras-named-twice.h5", {key: said | {"permuted": True} for key in names}, ordered=False,
        hwio={key: said for key in names}, oihw={key: said for key in names})  # fmt: skip


def twice_shuffled() -> None:
    """Elements that are shuffled twice before they are deflated."""
    array = numbers(20, 15)
    with create("twice-shuffled.h5") as file:
        settings = h5p.create(h5p.DATASET_CREATE)
        settings.set_chunk((7, 11))
        for _ in range(2):
            settings.set_filter(h5py.h5z.FILTER_SHUFFLE, 0, (4,))
        settings.set_deflate(4)
        dataset = h5d.create(
            file.id, b"array", h5t.IEEE_F32LE, h5s.create_simple(array.shape), settings)
        h5py.Dataset(dataset)[...] = array
    with h5py.File(FOLDER / "twice-shuffled.h5") as file:
        assert (file["array"][()] == array).all()
    note("twice-shuffled.h5", {"array": tensor(array)}, ordered=False)


def keras_archive() -> None:
    """A model as `model.save` of Keras 3 writes it, and the same with its files deflated."""
    keras.utils.set_random_seed(2)
    model = keras.Sequential([
        keras.layers.Input((4, 4, 2)), keras.layers.Conv2D(3, 3, name="stem"),
        keras.layers.Flatten(), keras.layers.Dense(2, use_bias=False, name="head"),
    ])  # fmt: skip
    model.save(FOLDER / "model.keras")
    with zipfile.ZipFile(FOLDER / "model.keras") as archive:
        with h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as file:
            paths: list[str] = []
            file.visititems(
                lambda path, item: paths.append(path) if isinstance(item, h5py.Dataset) else None)
            stem, bias, head = (variable.numpy() for variable in model.weights)
            by_shape = {
                stem.shape: tensor(convolution(stem)) | {"permuted": True}, bias.shape: tensor(bias),
                head.shape: tensor(head.T) | {"permuted": True},
            }  # fmt: skip
            note("model.keras", {name(path): by_shape[file[path].shape] for path in paths}, ordered=False)
        with zipfile.ZipFile(FOLDER / "deflated.keras", "w", zipfile.ZIP_DEFLATED) as deflated:
            for member in archive.infolist():
                deflated.writestr(zipfile.ZipInfo(member.filename), archive.read(member), zipfile.ZIP_DEFLATED)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for file in FOLDER.iterdir():
        file.unlink()
    for make in (
        plain, types, chunks, layouts, versions, order, texts, links, aliases, outside, filters,
        types_that_are_none, bombs, one_chunk, small_chunks, circles, damaged, changed, keras_models,
        kernels, keras_aliases, named_twice, twice_shuffled, keras_archive,
    ):  # fmt: skip
        make()
    (FOLDER / "hdf5.json").write_text(
        json.dumps(catalogue, indent=1, ensure_ascii=False, sort_keys=False) + "\n")


if __name__ == "__main__":
    main()
