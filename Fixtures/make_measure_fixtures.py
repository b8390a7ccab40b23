"""Writes `measures/`: tensors, and what NumPy, PyTorch and sha256sum say of them.

    python Fixtures/make_measure_fixtures.py

`measures.json` has the tensors as bytes, with their statistics, their digests and the differences
between pairs of them; the `.pth` files are for comparing files, and the `.sha256` files list their
tensors' digests as `sha256sum` prints them. Needs PyTorch, NumPy, ml_dtypes and coreutils.
"""

import hashlib
import json
import subprocess
import tempfile
from pathlib import Path

import ml_dtypes
import numpy as np
import torch

FOLDER = Path(__file__).resolve().parent / "measures"

TYPES = {
    "f64": np.float64, "f32": np.float32, "f16": np.float16, "bf16": ml_dtypes.bfloat16,
    "i64": np.int64, "i32": np.int32, "i16": np.int16, "i8": np.int8,
    "u64": np.uint64, "u32": np.uint32, "u16": np.uint16, "u8": np.uint8, "bool": np.bool_,
    "c128": np.complex128, "c64": np.complex64,
    "f8_e4m3fn": ml_dtypes.float8_e4m3fn, "f8_e5m2": ml_dtypes.float8_e5m2,
    "f8_e4m3fnuz": ml_dtypes.float8_e4m3fnuz, "f8_e5m2fnuz": ml_dtypes.float8_e5m2fnuz,
    "f8_e8m0fnu": ml_dtypes.float8_e8m0fnu,
}
FLOATS = ["f64", "f32", "f16", "bf16", "f8_e4m3fn", "f8_e5m2", "f8_e4m3fnuz", "f8_e5m2fnuz"]
TORCH_NAMES = {
    torch.float64: "f64", torch.float32: "f32", torch.float16: "f16", torch.bfloat16: "bf16",
    torch.int64: "i64", torch.int32: "i32", torch.int16: "i16", torch.int8: "i8",
    torch.uint64: "u64", torch.uint32: "u32", torch.uint16: "u16", torch.uint8: "u8",
    torch.bool: "bool", torch.complex128: "c128", torch.complex64: "c64",
    torch.float8_e4m3fn: "f8_e4m3fn", torch.float8_e5m2: "f8_e5m2",
    torch.float8_e4m3fnuz: "f8_e4m3fnuz", torch.float8_e5m2fnuz: "f8_e5m2fnuz",
    torch.float8_e8m0fnu: "f8_e8m0fnu",
}


def header(name: str, shape) -> bytes:
    return f"tensor {' '.join([name, str(len(shape)), *map(str, shape)])}\n".encode()


def torch_content(tensor: torch.Tensor) -> bytes:
    """What a tensor's digest is taken over."""
    tensor = tensor.detach().contiguous()
    bits = tensor.reshape(-1).view(torch.uint8).numpy().tobytes()
    return header(TORCH_NAMES[tensor.dtype], tensor.shape) + bits


def numbers(array: np.ndarray) -> np.ndarray:
    """The numbers in 64 bits; of complex elements, both parts."""
    flat = array.reshape(-1)
    if flat.dtype.kind == "c":
        flat = flat.view(np.float64 if flat.dtype == np.complex128 else np.float32)
    return flat.astype(np.float64)


def statistics(name: str, array: np.ndarray) -> dict:
    values = numbers(array)
    finite = values[np.isfinite(values)]
    with np.errstate(over="ignore", under="ignore"):
        half = finite.astype(np.float16)
    subnormal = 0
    part = {"c128": "f64", "c64": "f32"}.get(name, name)
    if part in FLOATS:
        least = float(ml_dtypes.finfo(TYPES[part]).smallest_normal)
        subnormal = int(((finite != 0) & (np.abs(finite) < least)).sum())
    result = {
        "count": int(values.size),
        "zeros": int((values == 0).sum()),
        "nans": int(np.isnan(values).sum()),
        "infinities": int(np.isinf(values).sum()),
        "subnormals": subnormal,
        "halfOverflows": int(np.isinf(half).sum()),
        "halfLosses": int(((finite != 0) & (half == 0)).sum()),
        "halfSubnormals": int(((half != 0) & (np.abs(half) < np.float16(2.0**-14))).sum()),
        "finite": None,
    }
    if finite.size:
        # NumPy's own sums overflow; a power of two changes no digit.
        scale = 2.0 ** -max(min(np.frexp(np.abs(finite).max())[1], 1_000), -1_000)
        result["finite"] = {
            "minimum": float(finite.min()),
            "maximum": float(finite.max()),
            "mean": float((finite * scale).mean() / scale),
            "deviation": float((finite * scale).std() / scale),
            "histogram": [int(n) for n in np.histogram(finite * scale, bins=16)[0]],
        }
    return result


def difference(left: np.ndarray, right: np.ndarray) -> dict:
    a, b = numbers(left), numbers(right)
    per_element = 2 if left.dtype.kind == "c" else 1
    if left.dtype == right.dtype:
        width = left.itemsize // per_element
        bits = [x.reshape(-1).view(np.uint8).reshape(-1, width) for x in (left, right)]
        differs = (bits[0] != bits[1]).any(axis=1)
    else:
        differs = ~(a == b)
    with np.errstate(invalid="ignore", divide="ignore"):
        distance = np.where(a == b, 0, np.abs(a - b))
        distance = np.where(np.isnan(distance), np.inf, distance)
        distance = np.where(differs, distance, 0)
        count = int(differs.reshape(-1, per_element).any(axis=1).sum())
        result = {"differing": count, "index": None, "largest": float(distance.max(initial=0))}
        if count:
            worst = int(np.argmax(distance)) if distance.any() else int(np.argmax(differs))
            place = np.unravel_index(worst // per_element, left.shape)
            result["index"] = [int(i) for i in place]
        if not distance.any():
            result["decibels"] = -np.inf
        elif np.isinf(distance).any():
            result["decibels"] = np.inf
        else:
            both = np.isfinite(a) & np.isfinite(b)
            # Squares of huge numbers fit no 64 bits.
            wide, apart = a[both].astype(np.longdouble), distance[both].astype(np.longdouble)
            result["decibels"] = float(10 * np.log10((apart**2).sum() / (wide**2).sum()))
    for key in ("largest", "decibels"):
        if np.isinf(result[key]):
            result[key] = str(result[key])
    return result


def extremes(name: str) -> np.ndarray:
    """Values at every border that statistics know."""
    kind = TYPES[name]
    info = ml_dtypes.finfo(kind)
    least = float(info.smallest_normal)
    values = [0.0, -0.0, 1, -1, np.nan, least, -least, least / 2, float(info.max), float(info.min)]
    if name in ("f64", "f32", "f16", "bf16", "f8_e5m2"):
        values += [np.inf, -np.inf, np.inf]
    step = 2.0**-25
    values += [65504, 65519.99, 65520, 65536, -65520, step, step * 1.01, -step * 0.99]
    values += [2.0**-14, 2.0**-14 - step, 2.0**-14 - step * 1.5, 3e-6, 1e-7]
    # Types without infinities make NaN of what they do not have.
    return np.array(values).astype(np.float64).astype(kind)


def tensors(random: np.random.Generator) -> dict:
    result = {}
    for name in FLOATS:
        with np.errstate(over="ignore", under="ignore"):
            result[f"extremes of {name}"] = (name, extremes(name))
    result["every f8_e8m0fnu"] = (
        "f8_e8m0fnu", np.arange(256, dtype=np.uint8).view(ml_dtypes.float8_e8m0fnu))
    for name in ["i64", "i32", "i16", "i8", "u64", "u32", "u16", "u8"]:
        info = np.iinfo(TYPES[name])
        values = [info.min, info.max, 0, 1, 100, info.max // 3, info.max // 7]
        result[f"extremes of {name}"] = (name, np.array(values, TYPES[name]))
    result["truth values"] = ("bool", np.array([[True, False, True], [True, True, False]]))
    for name, part in [("c128", np.float64), ("c64", np.float32)]:
        parts = random.normal(size=24).astype(part)
        parts[3], parts[8] = np.nan, 0
        result[f"pairs of {name}"] = (name, parts.view(TYPES[name]).reshape(3, 4))
    result["a scalar"] = ("f32", np.float32(-2.5).reshape(()))
    result["nothing"] = ("f32", np.zeros((3, 0, 2), np.float32))
    result["only NaN"] = ("f16", np.full(3, np.nan, np.float16))
    result["one value"] = ("f32", np.full((2, 5), 0.1, np.float32))
    result["huge"] = ("f64", np.array([1.7e308, -1.7e308, 1e308, 1.5e308]))
    result["tiny"] = ("f64", np.array([5e-324, 1.5e-323, 4e-323, 1e-322]))
    result["far from zero"] = ("f64", 1e9 + random.random(100))
    # More than one part of those that are computed at once.
    result["long"] = ("f16", random.normal(size=(3, 700)).astype(np.float16))
    result["odd shape"] = ("i16", np.arange(24, dtype=np.int16).reshape(2, 1, 3, 4))
    return result


def pairs(random: np.random.Generator) -> list:
    base = random.normal(size=(4, 5)).astype(np.float32)
    one = base.copy()
    one[2, 3] += 0.5
    zeros = np.zeros(4, np.float32)
    signs = np.array([0, -0.0, 0, 0], np.float32)
    nans = np.array([1, np.nan, 3], np.float32)
    other = nans.copy()
    other.view(np.uint32)[1] ^= 1
    far = np.array([2**53, 5], np.int64)
    complex_ = (base + 1j * base[::-1]).astype(np.complex64)
    turned = complex_.copy()
    turned[1, 4] = 1j
    long = random.integers(-9, 9, size=2_500).astype(np.int8)
    later = long.copy()
    later[2_400] = 99
    return [
        ("equal", "f32", base, "f32", base),
        ("one element", "f32", base, "f32", one),
        ("rounded to f16", "f32", base, "f16", base.astype(np.float16)),
        ("widened", "f16", base.astype(np.float16), "f32", base.astype(np.float16).astype(np.float32)),
        ("rounded to bf16", "f32", base, "bf16", base.astype(ml_dtypes.bfloat16)),
        ("zeros of other signs", "f32", zeros, "f32", signs),
        ("zeros and something", "f32", zeros, "f32", zeros + 1),
        ("something and zeros", "f32", zeros + 1, "f32", zeros),
        ("the same NaN", "f32", nans, "f32", nans),
        ("another NaN", "f32", nans, "f32", other),
        ("a NaN in another type", "f32", nans, "f64", nans.astype(np.float64)),
        ("a NaN and a number", "f32", nans, "f32", np.nan_to_num(nans)),
        ("the same infinity", "f32", np.array([np.inf, 1], np.float32), "f32",
         np.array([np.inf, 2], np.float32)),
        ("infinities of other signs", "f64", np.array([np.inf, 1]), "f64", np.array([-np.inf, 1])),
        ("integers beyond 64-bit floats", "i64", far, "i64", far + np.array([1, 0])),
        ("complex elements", "c64", complex_, "c64", turned),
        ("huge numbers", "f64", np.array([1e200, 2e200]), "f64", np.array([1e200, 1e200])),
        ("in a later part", "i8", long, "i8", later),
        ("without elements", "f32", zeros[:0], "f32", zeros[:0]),
    ]


def manifest(tensors: dict) -> str:
    """The lines of sha256sum for files of these names, and for the lines themselves."""
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        for name in sorted(tensors, key=lambda name: name.encode()):
            content = torch_content(tensors[name])
            Path(folder, name).write_bytes(content)
            # What is called `-` is read from there.
            command = ["sha256sum", "--", name]
            lines.append(subprocess.check_output(command, cwd=folder, input=content))
    listing = b"".join(lines)
    whole = subprocess.check_output(["sha256sum", "--binary"], input=listing)
    return (listing + whole).decode()


def write_files() -> None:
    torch.manual_seed(13)
    base = {
        "conv.weight": torch.randn(4, 3, 1, 1),
        "conv.bias": torch.randn(4),
        "bn.weight": torch.ones(4),
        "bn.bias": torch.zeros(4),
        "bn.running_mean": torch.zeros(4),
        "bn.num_batches_tracked": torch.tensor(7),
        "head.weight": torch.randn(2, 4),
        "head.bias": torch.randn(2),
    }
    changed = dict(base)
    weight = base["conv.weight"].clone()
    weight[2, 1, 0, 0] += 0.5
    changed["conv.weight"] = weight
    changed["head.bias"] = base["head.bias"].half()
    changed["head.weight"] = base["head.weight"][:, :3].clone()
    changed["conv.bias"] = base["conv.bias"].reshape(4, 1)
    for name in ["weight", "bias", "running_mean", "num_batches_tracked"]:
        changed["norm." + name] = changed.pop("bn." + name)
    changed["scale"] = torch.tensor([1.5])
    odd = {
        "a": torch.arange(4), "a\nb": torch.arange(3.0), "back\\slash": torch.tensor([True, False]),
        "*": torch.zeros(0, 2), "-": torch.tensor(float("nan")), " blank": torch.tensor(-0.0),
        "e\u0301": torch.ones(2, dtype=torch.bfloat16), "\r": torch.ones(1),
        "B": torch.arange(6.0).reshape(2, 3).t(), "half": torch.ones(3).half(),
    }
    shards = {
        "base": base,
        "changed": changed,
        "prefixed": {"module." + name: tensor for name, tensor in base.items()},
        "odd-names": odd,
        "two-groups": {"model": base, "ema": changed},
        "unreadable": {**base, "sparse": torch.eye(2).to_sparse()},
        # Many of the same content, under other names of which only the ends are the same.
        "blocks-a": {
            "top": torch.ones(2),
            **{f"a.{i}.{end}": torch.zeros(3) for i in range(3) for end in ("mean", "bias")},
        },
        "blocks-b": {
            "stem": torch.tensor([2.0]),
            **{f"b.{i}.{end}": torch.zeros(3) for end in ("bias", "mean") for i in range(3)},
        },
        # More bytes than fit a number, of 8 that are there.
        "huge-views": {name: torch.zeros(1).expand(2**60) for name in "ab"},
        "same-names": {"model": {"a": torch.ones(1)}, "model.a": torch.zeros(1)},
        "nameless": {"a": torch.ones(1), "list": [torch.zeros(2), torch.zeros(3)]},
        "many": {f"layer{i}.weight": torch.full((2,), float(i)) for i in range(40)},
        "many-changed": {f"layer{i}.weight": torch.full((2,), i + 1.0) for i in range(40)},
    }
    for name, content in shards.items():
        torch.save(content, FOLDER / f"{name}.pth")
    for name in ["base", "odd-names"]:
        (FOLDER / f"{name}.sha256").write_text(manifest(shards[name]), newline="")
    original = torch.load(FOLDER.parent / "original/plain.pth", weights_only=True)
    (FOLDER / "original-plain.sha256").write_text(manifest(original), newline="")


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    random = np.random.default_rng(13)
    cases = []
    for about, (name, array) in tensors(random).items():
        array = np.ascontiguousarray(array)
        cases.append({
            "about": about, "type": name, "shape": list(array.shape), "bytes": array.tobytes().hex(),
            "sha256": hashlib.sha256(header(name, array.shape) + array.tobytes()).hexdigest(),
            "statistics": statistics(name, array),
        })
    comparisons = []
    for about, first, left, second, right in pairs(random):
        comparisons.append({
            "about": about, "shape": list(left.shape),
            "left": {"type": first, "bytes": np.ascontiguousarray(left).tobytes().hex()},
            "right": {"type": second, "bytes": np.ascontiguousarray(right).tobytes().hex()},
            **difference(left, right),
        })
    lines = {
        key: ",\n".join("    " + json.dumps(case, ensure_ascii=False) for case in group)
        for key, group in [("tensors", cases), ("pairs", comparisons)]
    }
    text = ",\n".join(f'  "{key}": [\n{group}\n  ]' for key, group in lines.items())
    (FOLDER / "measures.json").write_text("{\n" + text + "\n}\n")
    write_files()


main()
