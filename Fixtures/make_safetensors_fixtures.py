"""Writes `safetensors/` and `sharded/`: files of the safetensors library, and what it says of bad ones.

    python Fixtures/make_safetensors_fixtures.py

`safetensors/files.json` says what PyTorch put into each file. `safetensors/rules.json` has files that
keep or break one rule of the format each: the bytes, what the library answers, and the code and the
offset that are to be given here. Needs safetensors, PyTorch and NumPy.
"""

import json
import shutil
import struct
import tempfile
from pathlib import Path

import numpy as np
import safetensors
import safetensors.numpy
import torch
from safetensors.torch import save_file

ROOT = Path(__file__).resolve().parent
FOLDER = ROOT / "safetensors"
SHARDED = ROOT / "sharded"

# Stands in a header where an error is to be reported, and is taken out.
MARK = "‸"

TYPES = {
    torch.bool: "BOOL", torch.uint8: "U8", torch.int8: "I8", torch.uint16: "U16",
    torch.int16: "I16", torch.uint32: "U32", torch.int32: "I32", torch.uint64: "U64",
    torch.int64: "I64", torch.float16: "F16", torch.bfloat16: "BF16", torch.float32: "F32",
    torch.float64: "F64", torch.complex64: "C64", torch.float8_e4m3fn: "F8_E4M3",
    torch.float8_e5m2: "F8_E5M2", torch.float8_e4m3fnuz: "F8_E4M3FNUZ",
    torch.float8_e5m2fnuz: "F8_E5M2FNUZ", torch.float8_e8m0fnu: "F8_E8M0",
    torch.float4_e2m1fn_x2: "F4",
}  # fmt: skip


def elements(tensor: torch.Tensor) -> bytes:
    """The bytes of a tensor, from PyTorch alone."""
    flat = tensor.detach().contiguous().reshape(-1)
    return flat.view(torch.uint8).numpy().tobytes() if flat.numel() else b""


def described(name: str, tensor: torch.Tensor) -> dict:
    shape = list(tensor.shape)
    if tensor.dtype == torch.float4_e2m1fn_x2:
        # PyTorch counts pairs, the format elements.
        shape[-1] *= 2
    return {"name": name, "dtype": TYPES[tensor.dtype], "shape": shape, "bytes": elements(tensor).hex()}


def write(file: str, tensors: dict[str, torch.Tensor], metadata: dict[str, str] | None = None) -> dict:
    save_file(tensors, FOLDER / file, metadata=metadata)
    with safetensors.safe_open(FOLDER / file, "pt") as opened:
        order = opened.offset_keys()
        assert set(order) == set(tensors) and (opened.metadata() or {}) == (metadata or {})
    return {
        "file": file,
        "metadata": metadata or {},
        "tensors": [described(name, tensors[name]) for name in order],
    }


def every_type() -> dict[str, torch.Tensor]:
    """Every type that PyTorch can save, with every byte where a byte is an element."""
    bits = torch.arange(48, dtype=torch.uint8) * 5 + 7
    tensors = {
        name.lower(): bits.clone().view(dtype).reshape(2, -1)
        for dtype, name in TYPES.items()
        if dtype != torch.bool
    }
    tensors["bool"] = torch.tensor([[True, False, True]])
    return tensors


def make_files() -> list[dict]:
    special = torch.tensor([float("nan"), float("inf"), -0.0, 1e-45, 3.4028235e38])
    listed = [
        write("types.safetensors", every_type(), {"format": "pt", "é": "\"text\"\n\u2028", "": ""}),
        write("none.safetensors", {}),
        write("none-but-metadata.safetensors", {}, {"b": "1", "a": "2"}),
        write("one.safetensors", {"weight": special}),
        write(
            "ordered.safetensors",
            {
                "d": torch.tensor([0.5, -2.0], dtype=torch.float64),
                "c": torch.arange(3.0),
                "a": torch.arange(5, dtype=torch.float16),
                "b.bias": torch.arange(3, dtype=torch.uint8),
            },
            {"format": "pt"},
        ),
        write(
            "shapes.safetensors",
            {
                "scalar": torch.tensor(1.5, dtype=torch.float64),
                "empty": torch.zeros(0),
                "empty.more": torch.zeros(3, 0, 2, dtype=torch.int64),
                "": torch.tensor([7], dtype=torch.int32),
                "deep": torch.arange(3.0).reshape(1, 1, 1, 3, 1, 1),
                "odd": torch.tensor([1, 2, 3], dtype=torch.uint8),
                "ünïcode\n\u202e😀": torch.tensor([1.0], dtype=torch.bfloat16),
            },
        ),
    ]
    arrays = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.array([True, False])}
    safetensors.numpy.save_file(arrays, FOLDER / "numpy.safetensors", metadata={"format": "np"})
    tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
    listed.append(
        {
            "file": "numpy.safetensors",
            "metadata": {"format": "np"},
            "tensors": [described(name, tensors[name]) for name in ("a", "b")],
        }
    )
    return listed


class Rules:
    """Files that keep or break a rule."""

    def __init__(self) -> None:
        self.cases: list[dict] = []

    def file(self, about: str, content: bytes, code: str | None = None, offset: int | None = None):
        """A file, and the code and offset that it is to be refused with; neither where it is read."""
        case = {"about": about, "file": content.hex(), "code": code, "offset": offset}
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "x"
            path.write_bytes(content)
            try:
                tensors = dict(safetensors.deserialize(content))
                with safetensors.safe_open(path, "np") as opened:
                    metadata = opened.metadata() or {}
                case["reference"] = None
                case["metadata"] = metadata
                case["tensors"] = [
                    {
                        "name": name,
                        "dtype": tensor["dtype"],
                        "shape": tensor["shape"],
                        "bytes": bytes(tensor["data"]).hex(),
                    }
                    for name, tensor in sorted(tensors.items())
                ]
            except safetensors.SafetensorError as error:
                # What the library expected instead is in some messages a long list.
                case["reference"] = str(error).split(", expected ")[0]
                assert code is not None, f"{about}: the library says {error}"
        self.cases.append(case)

    def header(self, about: str, text: str | bytes, data: int = 0, code: str | None = None) -> None:
        """A file with that header and so many bytes of data; the mark is where it is wrong."""
        raw = text.encode() if isinstance(text, str) else text
        mark = MARK.encode()
        offset = 8 + raw.index(mark) if mark in raw else None
        raw = raw.replace(mark, b"")
        content = struct.pack("<Q", len(raw)) + raw + bytes(range(1, data + 1))
        self.file(about, content, code, offset)


def tensor(dtype: str = "U8", shape: str = "[1]", offsets: str = "[0,1]") -> str:
    return f'{{"dtype":"{dtype}","shape":{shape},"data_offsets":{offsets}}}'


def make_lengths(rules: Rules) -> None:
    rules.file("no bytes", b"", "safetensors.size", 0)
    rules.file("7 bytes", bytes(7), "safetensors.size", 0)
    rules.file("no header", bytes(8), "safetensors.headerStart", 8)
    rules.file("no header, and data", bytes(8) + b"{}", "safetensors.headerStart", 8)
    rules.file("a header of a byte more than the file", struct.pack("<Q", 3) + b"{}",
               "safetensors.headerLength", 10)
    rules.file("the longest header, not there", struct.pack("<Q", 100_000_000) + b"{}",
               "safetensors.headerLength", 10)
    for length in (100_000_001, 2**63, 2**64 - 1):
        rules.file(f"a header of {length} bytes", struct.pack("<Q", length) + b"{}",
                   "safetensors.headerLimit", 0)
    rules.header("an empty header", "{}")
    rules.header("space behind the header", "{} \t\r\n ")
    rules.header("space before the header", f"{MARK} {{}}", code="safetensors.headerStart")
    rules.header("a byte-order mark", f"{MARK}\ufeff{{}}", code="safetensors.headerStart")
    rules.header("a list", f"{MARK}[]", code="safetensors.headerStart")
    rules.header("null", f"{MARK}null", code="safetensors.headerStart")


def make_text(rules: Rules) -> None:
    one = tensor()
    rules.header("a header that ends early", '{"a":' + MARK, code="json.end")
    rules.header("zeros behind the header", f"{{}}{MARK}\0\0", code="json.trailing")
    rules.header("a second object", f"{{}}{MARK}{{}}", code="json.trailing")
    rules.header("a comma too many", f'{{"a":{one},{MARK}}}', 1, "json.syntax")
    rules.header("a control character in a name", f'{{"a{MARK}\tb":{one}}}', 1, "json.syntax")
    rules.header("half a surrogate pair", f'{{"a\\ud800{MARK}b":{one}}}', 1, "json.escape")
    rules.header("a name in Latin-1", f'{{"{MARK}~":{one}}}'.encode().replace(b"~", b"\xe9"), 1,
                 "json.utf8")
    rules.header("an overlong name", f'{{"{MARK}~":{one}}}'.encode().replace(b"~", b"\xc0\xaf"), 1,
                 "json.utf8")
    rules.header("lists in lists", '{"a":' + MARK + "[" * 200 + "]" * 200 + "}",
                 code="safetensors.entry")
    rules.header("a name twice", f'{{"a":{one},{MARK}"a":{one}}}', 1, "json.duplicate")
    rules.header("a name twice, once escaped", f'{{"a":{one},{MARK}"\\u0061":{one}}}', 1,
                 "json.duplicate")
    rules.header("a field twice", '{"a":{"dtype":"U8",' + MARK + '"dtype":"U8","shape":[1],'
                 '"data_offsets":[0,1]}}', 1, "safetensors.entry")
    composed = tensor(offsets="[1,2]")
    rules.header("names that differ in normal form alone",
                 f'{{"\\u00e9":{one},{MARK}"e\\u0301":{composed}}}', 2, "json.equivalent")
    rules.header("an empty name", f'{{"":{one}}}', 1)
    rules.header("a zero in a name", f'{{"a\\u0000b":{one}}}', 1)


def make_metadata(rules: Rules) -> None:
    rules.header("metadata", '{"__metadata__":{"b":"1","a":""}}')
    rules.header("metadata at the end", f'{{"a":{tensor()},"__metadata__":{{"a":"b"}}}}', 1)
    rules.header("metadata, escaped", '{"\\u005f_metadata__":{"a":"b"}}')
    rules.header("metadata that are null", '{"__metadata__":null}')
    rules.header("metadata twice", '{"__metadata__":{},' + MARK + '"__metadata__":{}}',
                 code="json.duplicate")
    rules.header("a property twice", '{"__metadata__":{"a":"b",' + MARK + '"a":"c"}}',
                 code="json.duplicate")
    for value in ("1", "null", "true", "{}", "[]"):
        rules.header(f"a property that is {value}", f'{{"__metadata__":{{"a":{MARK}{value}}}}}',
                     code="safetensors.metadata")
    for value in ("[]", '"a"', "1"):
        rules.header(f"metadata that are {value}", f'{{"__metadata__":{MARK}{value}}}',
                     code="safetensors.metadata")
    rules.header("metadata that are true", f'{{"__metadata__":true{MARK}}}',
                 code="safetensors.metadata")
    rules.header("a tensor named as the metadata are",
                 f'{{"__metadata__":{tensor()}}}'.replace("[1]", MARK + "[1]"), 1,
                 "safetensors.metadata")


def make_descriptions(rules: Rules) -> None:
    rules.header("fields in another order", '{"a":{"data_offsets":[0,1],"shape":[1],"dtype":"U8"}}', 1)
    for value in ("1", "null", '"U8"', '["U8",[1],[0,1]]'):
        rules.header(f"a tensor that is {value}", f'{{"a":{MARK}{value}}}', 1, "safetensors.entry")
    rules.header("an unknown field", '{"a":{"dtype":"U8","shape":[1],' + MARK
                 + '"more":1,"data_offsets":[0,1]}}', 1, "safetensors.entry")
    for missing in ("dtype", "shape", "data_offsets"):
        fields = json.loads(tensor())
        del fields[missing]
        rules.header(f"a tensor without {missing}", f'{{{MARK}"a":{json.dumps(fields)}}}', 1,
                     "safetensors.entry")
    for value in ('"f32"', '""', '"C128"', '"F8"', '"I4"', "null", "8", '{"U8":null}'):
        rules.header(f"the type {value}", f'{{"a":{{"dtype":{MARK}{value},"shape":[1],'
                     '"data_offsets":[0,1]}}', 1, "safetensors.dtype")
    rules.header("an escaped type", '{"a":' + tensor("U\\u0038") + "}", 1)


def make_shapes(rules: Rules) -> None:
    for value in ("null", "1", '"1"', "{}"):
        rules.header(f"the shape {value}", f'{{"a":{tensor(shape=MARK + value)}}}', 1,
                     "safetensors.shape")
    for value in ("1.0", "-1", "-0", "1e0", "true", "null", '"1"', "[1]", "18446744073709551616",
                  "18446744073709551615", "9223372036854775808"):
        rules.header(f"the shape [1,{value}]", f'{{"a":{tensor(shape=f"[1,{MARK}{value}]")}}}', 1,
                     "safetensors.shape")
    rules.header("64 axes", f'{{"a":{tensor(shape=str([1] * 64))}}}', 1)
    rules.header("65 axes", f'{{"a":{tensor(shape=MARK + str([1] * 65))}}}', 1, "safetensors.shape")
    for shape in ("[4294967296,4294967296]", "[4194305,4194305,211106198978564]",
                  "[9223372036854775807]", "[4294967296,4294967296,0]",
                  "[0,4294967296,4294967296]"):
        rules.header(f"the shape {shape}", f'{{{MARK}"a":{tensor("F32", shape)}}}', 1,
                     "safetensors.overflow")
    rules.header("a scalar", f'{{"a":{tensor(shape="[]")}}}', 1)
    rules.header("truth values that are none", f'{{"a":{tensor("BOOL", "[3]", "[0,3]")}}}', 3)


def make_offsets(rules: Rules) -> None:
    for value in ("[0]", "[]", "[0,1,1]", "[1,0]", "null", "1", "{}"):
        rules.header(f"the offsets {value}", f'{{"a":{tensor(offsets=MARK + value)}}}', 1,
                     "safetensors.offsets")
    for value in ("-0", "-1", "1.0", "null", "18446744073709551616", "18446744073709551615"):
        rules.header(f"the offsets [0,{value}]", f'{{"a":{tensor(offsets=f"[0,{MARK}{value}]")}}}', 1,
                     "safetensors.offsets")

    def ranges(**tensors: str) -> str:
        """Tensors `name=begin-end`; the mark stands before the name that is wrong."""
        members = []
        for name, text in tensors.items():
            mark = MARK if text.endswith("!") else ""
            begin, end = map(int, text.rstrip("!").split("-"))
            members.append(f'{mark}"{name}":{tensor("U8", f"[{end - begin}]", f"[{begin},{end}]")}')
        return "{" + ",".join(members) + "}"

    rules.header("tensors in another order", ranges(a="2-3", b="0-2"), 3)
    rules.header("data that begin late", ranges(a="1-2!"), 2, "safetensors.hole")
    rules.header("a hole", ranges(a="0-1", b="2-3!"), 3, "safetensors.hole")
    rules.header("a hole in another order", ranges(b="2-3!", a="0-1"), 3, "safetensors.hole")
    rules.header("an overlap", ranges(a="0-2", b="1-3!"), 3, "safetensors.overlap")
    rules.header("the same bytes twice", ranges(a="0-2", b="0-2!"), 2, "safetensors.overlap")
    rules.header("empty tensors", ranges(z="0-0", a="0-2", y="2-2", b="2-3", x="3-3"), 3)
    rules.header("empty tensors behind their place in the header",
                 ranges(b="2-3", a="0-2", y="2-2", z="0-0"), 3)
    rules.header("an empty tensor within another", ranges(a="0-2", z="1-1!"), 2,
                 "safetensors.overlap")
    rules.header("an empty tensor behind the data", ranges(a="0-2", z="5-5!"), 2, "safetensors.hole")
    rules.header("an offset beyond any file",
                 f'{{{MARK}"a":{tensor(offsets="[9223372036854775807,9223372036854775807]")}}}', 1,
                 "safetensors.hole")
    for dtype, shape, end in (("F32", "[1]", 1), ("U8", "[2]", 1), ("U8", "[0]", 1), ("U8", "[1]", 0),
                              ("F32", "[1]", 8), ("F4", "[2]", 2)):
        rules.header(f"{dtype} of {shape} in {end} bytes",
                     f'{{{MARK}"a":{tensor(dtype, shape, f"[0,{end}]")}}}', end,
                     "safetensors.tensorSize")
    whole = f'{{"a":{tensor("U8", "[3]", "[0,3]")}}}'
    rules.file("data that end early", struct.pack("<Q", len(whole)) + whole.encode() + b"12",
               "safetensors.truncated", 8 + len(whole) + 2)
    rules.file("data that go on", struct.pack("<Q", len(whole)) + whole.encode() + b"1234",
               "safetensors.trailing", 8 + len(whole) + 3)
    rules.file("data behind no tensors", struct.pack("<Q", 2) + b"{}1", "safetensors.trailing", 10)


def make_small_types(rules: Rules) -> None:
    for dtype, shape, count in (("F4", "[2,2]", 2), ("F6_E2M3", "[4]", 3), ("F6_E3M2", "[2,2]", 3),
                                ("F4", "[0]", 0)):
        rules.header(f"{dtype} of {shape}", f'{{"a":{tensor(dtype, shape, f"[0,{count}]")}}}', count)
    for dtype, shape, count in (("F4", "[3]", 2), ("F4", "[]", 1), ("F6_E2M3", "[3]", 3),
                                ("F6_E3M2", "[1]", 1)):
        rules.header(f"{dtype} of {shape} in {count} bytes",
                     f'{{{MARK}"a":{tensor(dtype, shape, f"[0,{count}]")}}}', count,
                     "safetensors.partialByte")


def make_shards() -> None:
    """Weights in two files each, the index as transformers writes it."""
    tensors = {
        "stem.weight": torch.arange(6.0).reshape(2, 3),
        "stem.bias": torch.arange(2.0),
        "head.weight": torch.ones(1, 2, dtype=torch.float16),
        "head.steps": torch.tensor(7),
    }
    parts = [["stem.weight", "head.steps"], ["stem.bias", "head.weight"]]
    total = sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())
    for pattern, save in (
        ("model-{:05}-of-00002.safetensors", lambda t, p: save_file(t, p, metadata={"format": "pt"})),
        ("pytorch_model-{:05}-of-00002.bin", torch.save),
    ):
        files = {}
        for number, names in enumerate(parts, 1):
            file = pattern.format(number)
            save({name: tensors[name] for name in names}, SHARDED / file)
            files.update(dict.fromkeys(names, file))
        index = {"metadata": {"total_size": total}, "weight_map": files}
        stem, ending = pattern.split("-")[0], pattern.rsplit(".", 1)[1]
        text = json.dumps(index, indent=2, sort_keys=True) + "\n"
        (SHARDED / f"{stem}.{ending}.index.json").write_text(text)
    listed = [described(name, tensors[name]) for name in sorted(tensors)]
    write_list(SHARDED / "tensors.json", listed)


def write_list(path: Path, entries: list[dict]) -> None:
    lines = ",\n".join("  " + json.dumps(entry) for entry in entries)
    path.write_text(f"[\n{lines}\n]\n")


def main() -> None:
    for folder in (FOLDER, SHARDED):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
    write_list(FOLDER / "files.json", make_files())
    rules = Rules()
    for make in (make_lengths, make_text, make_metadata, make_descriptions, make_shapes, make_offsets,
                 make_small_types):
        make(rules)
    write_list(FOLDER / "rules.json", rules.cases)
    make_shards()
    stricter = [case["about"] for case in rules.cases if case["code"] and not case["reference"]]
    print(f"{len(rules.cases)} rules; the library reads what is refused here: {stricter}")


if __name__ == "__main__":
    main()
