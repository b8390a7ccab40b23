"""Writes `deployed/`: one small network in graphs as they are deployed, with what stands around it.

    python make_deployed_fixtures.py     # numpy, onnx, onnxruntime of Scripts/peer-python-packages.txt

The network is that of `onnx/tiny-tracing-opset17.onnx`. Every graph that is to be read is run by ONNX
Runtime on its own input, and must answer what ONNX Runtime answers for the network alone on the
input that the graph's front should make, computed here by NumPy, and the operators of its tail.
`deployed.json` says what is to be found in each.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from graph_editor import GraphEditor
from onnx import FunctionProto, TensorProto, helper, numpy_helper

ROOT = Path(__file__).resolve().parent
FOLDER = ROOT / "deployed"
NETWORK = ROOT / "onnx" / "tiny-tracing-opset17.onnx"
RECORDED = "goldens/plain.npz"
UNFOLDED = ROOT / "onnx" / "tiny-tracing-opset17-unfolded.onnx"
"""The same network with its batch norms."""
GOLDEN = "deployed/network.npz"
"""What PyTorch answers for the network alone, without its layers, whose names no graph has."""
MEAN = np.array([0.485, 0.456, 0.406])
STD = np.array([0.229, 0.224, 0.225])
CLASSES = 5


@dataclass
class Expectation:
    """What is to be found in a graph."""

    edit: Callable[[GraphEditor], None]
    cuts: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    warnings: int = 0
    front: dict[str, Any] | None = None
    """axes, reversed, mean, std: the numbers for channels between 0 and 1."""
    raw: np.dtype = np.dtype(np.float32)
    white: float = 1
    tail: Callable[[np.ndarray], list[np.ndarray]] | None = None
    rounds: bool = False
    """Whether the weights are others than the network's."""
    base: Path = NETWORK
    """The file whose network it is."""
    code: str = ""
    """Why the graph is refused."""
    says: str = ""
    runs: bool = True
    """Whether ONNX Runtime can run it."""


EXPECTATIONS: dict[str, Expectation] = {}


def graph(name: str, **expected: Any) -> Callable[[Callable[[GraphEditor], None]], None]:
    def add(edit: Callable[[GraphEditor], None]) -> None:
        EXPECTATIONS[name] = Expectation(edit, **expected)

    return add


# After the logits


def softmax(x: np.ndarray) -> np.ndarray:
    powers = np.exp(x - x.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def after(editor: GraphEditor, *kinds: tuple[str, dict[str, Any]]) -> str:
    """Nodes after the output, the last of which gives it."""
    name = editor.open_output()
    for kind, attributes in kinds:
        name = editor.add(kind, name, **attributes)
    is_index = kinds[-1][0] == "ArgMax"
    editor.close_output(name, TensorProto.INT64 if is_index else TensorProto.FLOAT)
    return name


@graph("softmax", cuts=["Softmax"], tail=lambda x: [softmax(x)])
def _(e: GraphEditor) -> None:
    after(e, ("Softmax", {"axis": 1}))


@graph("softmax-flattening", cuts=["Softmax"], tail=lambda x: [softmax(x)])
def _(e: GraphEditor) -> None:
    e.set_opset(12)
    after(e, ("Softmax", {}))


@graph("log-softmax", cuts=["LogSoftmax"], tail=lambda x: [np.log(softmax(x))])
def _(e: GraphEditor) -> None:
    after(e, ("LogSoftmax", {"axis": -1}))


@graph("sigmoid", cuts=["Sigmoid"], tail=lambda x: [1 / (1 + np.exp(-x))])
def _(e: GraphEditor) -> None:
    after(e, ("Sigmoid", {}))


@graph("arg-max", cuts=["ArgMax"], tail=lambda x: [x.argmax(axis=1)])
def _(e: GraphEditor) -> None:
    after(e, ("ArgMax", {"axis": 1, "keepdims": 0}))


@graph("softmax-chain", cuts=["Softmax"], tail=lambda x: [softmax(x).astype(np.float16)])
def _(e: GraphEditor) -> None:
    name = e.add("Identity", e.open_output())
    name = e.add("Reshape", name, e.constant([1, CLASSES, 1, 1]))
    name = e.add("Softmax", name, axis=1)
    name = e.add("Flatten", name, axis=1)
    name = e.add("Cast", name, to=TensorProto.FLOAT16)
    e.close_output(name, TensorProto.FLOAT16)


def best(x: np.ndarray, count: int) -> list[np.ndarray]:
    places = np.argsort(-x, axis=1, kind="stable")[:, :count]
    return [np.take_along_axis(x, places, axis=1), places]


@graph("softmax-top", cuts=["Softmax", "TopK (3 largest)"], tail=lambda x: best(softmax(x), 3))
def _(e: GraphEditor) -> None:
    name = e.add("Softmax", e.open_output(), axis=1)
    values, places = e.add_many("TopK", 2, name, e.constant([3]), axis=1)
    e.close_output(values)
    e.add_output(places, TensorProto.INT64)


@graph(
    "probabilities-and-class",
    cuts=["Softmax", "ArgMax"],
    tail=lambda x: [softmax(x), x.argmax(axis=1)],
)
def _(e: GraphEditor) -> None:
    name = e.add("Softmax", e.open_output(), axis=-1)
    place = e.add("ArgMax", name, axis=-1, keepdims=0)
    e.close_output(name)
    e.add_output(place, TensorProto.INT64)


@graph(
    "score-and-class",
    cuts=["Softmax", "ReduceMax", "ArgMax"],
    tail=lambda x: [softmax(x).max(axis=1), x.argmax(axis=1)],
)
def _(e: GraphEditor) -> None:
    """As `torch.max(probabilities, 1)` is exported."""
    name = e.add("Softmax", e.open_output(), axis=1)
    place = e.add("ArgMax", name, axis=1, keepdims=0)
    e.close_output(e.add("ReduceMax", name, axes=[1], keepdims=0))
    e.add_output(place, TensorProto.INT64)


@graph("softmax-over-images", code="onnx.lifting", says="by Softmax")
def _(e: GraphEditor) -> None:
    after(e, ("Softmax", {"axis": 0}))


@graph("softmax-over-all", code="onnx.lifting", says="by Softmax")
def _(e: GraphEditor) -> None:
    """Before version 13 the axis is where the rest is flattened: right for one image only."""
    e.set_opset(12)
    e.open_batch()
    after(e, ("Softmax", {"axis": 0}))


@graph("arg-max-over-images", code="onnx.lifting", says="by ArgMax")
def _(e: GraphEditor) -> None:
    """The standard's own axis, which exporters state and people forget."""
    after(e, ("ArgMax", {"keepdims": 0}))


@graph(
    "least-likely",
    cuts=["TopK (2 smallest)"],
    tail=lambda x: [np.sort(x, axis=1)[:, :2], np.argsort(x, axis=1)[:, :2]],
)
def _(e: GraphEditor) -> None:
    values, places = e.add_many("TopK", 2, e.open_output(), e.constant([2]), largest=0)
    e.close_output(values)
    e.add_output(places, TensorProto.INT64)


@graph("temperature", code="onnx.lifting", says="Div 'Div_.*changes the classifier's output by Div")
def _(e: GraphEditor) -> None:
    name = e.add("Div", e.open_output(), e.weight(1.5))
    e.close_output(e.add("Softmax", name, axis=1))


@graph("threshold", code="onnx.lifting", says="by Greater")
def _(e: GraphEditor) -> None:
    name = e.add("Sigmoid", e.open_output())
    e.close_output(e.add("Greater", name, e.weight(0.5)), TensorProto.BOOL)


# Before the first layer


def imagenet(white: float, axes: str = "NCHW", is_reversed: bool = False) -> dict[str, Any]:
    return {
        "axes": axes,
        "reversed": is_reversed,
        "white": white,
        "mean": MEAN.tolist(),
        "std": STD.tolist(),
    }


def chw(numbers: np.ndarray) -> np.ndarray:
    return np.asarray(numbers, np.float32).reshape(1, -1, 1, 1)


@graph("normalize", front=imagenet(1))
def _(e: GraphEditor) -> None:
    name = e.add("Sub", e.open_input(), e.weight(chw(MEAN)))
    e.close_input(e.add("Div", name, e.weight(chw(STD)[0])))


@graph("normalize-by-product", front=imagenet(255), white=255)
def _(e: GraphEditor) -> None:
    name = e.add("Mul", e.weight(chw(1 / (255 * STD))), e.open_input())
    e.close_input(e.add("Add", e.weight(chw(-MEAN / STD)), name))


@graph("normalize-255", front=imagenet(255), white=255)
def _(e: GraphEditor) -> None:
    name = e.add("Sub", e.open_input(), e.weight(chw(255 * MEAN)))
    e.close_input(e.add("Div", name, e.weight(chw(255 * STD))))


@graph("batch-norm-front", front=imagenet(1))
def _(e: GraphEditor) -> None:
    name = e.open_input()
    vectors = [1 + 0 * MEAN, 0 * MEAN, MEAN, STD**2 - 1e-5]
    e.close_input(e.add("BatchNormalization", name, *[e.weight(v) for v in vectors]))


@graph("u8-nhwc", front=imagenet(255, "NHWC"), raw=np.dtype(np.uint8), white=255)
def _(e: GraphEditor) -> None:
    name = e.open_input(TensorProto.UINT8, [1, 40, 40, 3])
    name = e.add("Cast", e.add("Transpose", name, perm=[0, 3, 1, 2]), to=TensorProto.FLOAT)
    name = e.add("Div", name, e.weight(255))
    name = e.add("Sub", name, e.weight(chw(MEAN)))
    e.close_input(e.add("Div", name, e.weight(chw(STD))))


@graph("u8-hwc-alone", front=imagenet(255, "HWC"), raw=np.dtype(np.uint8), white=255)
def _(e: GraphEditor) -> None:
    name = e.add("Cast", e.open_input(TensorProto.UINT8, [40, 40, 3]), to=TensorProto.FLOAT)
    name = e.add("Sub", name, e.weight(255 * MEAN))
    name = e.add("Mul", name, e.weight(1 / (255 * STD)))
    name = e.add("Unsqueeze", name, e.constant([0]))
    e.close_input(e.add("Transpose", name, perm=[0, 3, 1, 2]))


@graph(
    "u8-gather-bgr", front=imagenet(255, "NCHW", True), raw=np.dtype(np.uint8), white=255
)
def _(e: GraphEditor) -> None:
    name = e.add("Gather", e.open_input(TensorProto.UINT8), e.constant([2, 1, 0]), axis=1)
    name = e.add("Mul", e.add("Cast", name, to=TensorProto.FLOAT), e.weight(1 / 255))
    name = e.add("Sub", name, e.weight(chw(MEAN)))
    e.close_input(e.add("Div", name, e.weight(chw(STD))))


@graph("slice-bgr", front=imagenet(1, "NHWC", True))
def _(e: GraphEditor) -> None:
    name = e.open_input(TensorProto.FLOAT, [1, 40, 40, 3])
    # Normalized while the channels are still in the opposite order.
    name = e.add("Sub", name, e.weight(MEAN[::-1]))
    name = e.add("Div", name, e.weight(STD[::-1]))
    least = np.iinfo(np.int64).min
    places = [e.constant([v]) for v in (-1, least, 3, -1)]
    name = e.add("Slice", name, *places)
    e.close_input(e.add("Transpose", name, perm=[0, 3, 1, 2]))


@graph("split-bgr", front=imagenet(1, "NCHW", True))
def _(e: GraphEditor) -> None:
    blue, green, red = e.add_many("Split", 3, e.open_input(), axis=1)
    name = e.add("Concat", red, green, blue, axis=1)
    name = e.add("Sub", name, e.weight(chw(MEAN)))
    e.close_input(e.add("Div", name, e.weight(chw(STD))))


@graph(
    "inception-front",
    front={
        "axes": "NCHW",
        "reversed": False,
        "white": 1,
        "mean": MEAN.tolist(),
        "std": STD.tolist(),
    },
)
def _(e: GraphEditor) -> None:
    image = e.open_input()
    parts = []
    for channel in range(3):
        name = e.add("Gather", image, e.constant(channel), axis=1)
        name = e.add("Unsqueeze", name, e.constant([1]))
        name = e.add("Mul", name, e.weight(1 / STD[channel]))
        parts.append(e.add("Add", name, e.weight(-MEAN[channel] / STD[channel])))
    e.close_input(e.add("Concat", *parts, axis=1))


@graph(
    "i32-between-minus-1-and-1",
    front={"axes": "NCHW", "reversed": False, "white": 255, "mean": [0.5] * 3, "std": [0.5] * 3},
    raw=np.dtype(np.int32),
    white=255,
)
def _(e: GraphEditor) -> None:
    name = e.add("Cast", e.open_input(TensorProto.INT32), to=TensorProto.FLOAT)
    name = e.add("Sub", name, e.weight(127.5))
    e.close_input(e.add("Div", name, e.weight(127.5)))


@graph("nhwc-alone", front={"axes": "NHWC", "reversed": False, "white": 1, "mean": [], "std": []})
def _(e: GraphEditor) -> None:
    name = e.open_input(TensorProto.FLOAT, [1, 40, 40, 3])
    e.close_input(e.add("Transpose", name, perm=[0, 3, 1, 2]))


@graph(
    "u8-nhwc-softmax-top",
    front=imagenet(255, "NHWC", True),
    raw=np.dtype(np.uint8),
    white=255,
    cuts=["Softmax", "TopK (2 largest)"],
    tail=lambda x: best(softmax(x), 2),
)
def _(e: GraphEditor) -> None:
    name = e.open_input(TensorProto.UINT8, [1, 40, 40, 3])
    name = e.add("Gather", name, e.constant([2, 1, 0]), axis=3)
    name = e.add("Cast", name, to=TensorProto.FLOAT)
    name = e.add("Div", e.add("Sub", name, e.weight(255 * MEAN)), e.weight(255 * STD))
    e.close_input(e.add("Transpose", name, perm=[0, 3, 1, 2]))
    name = e.add("Softmax", e.open_output(), axis=1)
    values, places = e.add_many("TopK", 2, name, e.constant([2]), axis=1)
    e.close_output(values)
    e.add_output(places, TensorProto.INT64)


@graph(
    "integers-front",
    front={
        "axes": "NCHW",
        "reversed": False,
        "white": 255,
        "mean": [128 / 255] * 3,
        "std": [1 / 255] * 3,
    },
    raw=np.dtype(np.int32),
    white=255,
)
def _(e: GraphEditor) -> None:
    name = e.add("Sub", e.open_input(TensorProto.INT32), e.constant(128, np.int32))
    e.close_input(e.add("Cast", name, to=TensorProto.FLOAT))


def normalized(e: GraphEditor, name: str, white: float = 1) -> str:
    name = e.add("Sub", name, e.weight(chw(MEAN) * white))
    return e.add("Div", name, e.weight(chw(STD) * white))


def strided(e: GraphEditor, name: str, places: np.ndarray) -> str:
    """As the newer exporter writes a view: all elements in a row, and then by their places."""
    flat = e.add("Reshape", name, e.constant([-1]))
    return e.add("Gather", flat, e.constant(places))


@graph("strided-nhwc", front=imagenet(1, "NHWC"))
def _(e: GraphEditor) -> None:
    name = e.open_input(TensorProto.FLOAT, [1, 40, 40, 3])
    places = np.arange(4800).reshape(1, 40, 40, 3).transpose(0, 3, 1, 2)
    e.close_input(normalized(e, strided(e, name, places)))


@graph("strided-same", front=imagenet(1))
def _(e: GraphEditor) -> None:
    places = np.arange(4800).reshape(1, 3, 40, 40)
    e.close_input(normalized(e, strided(e, e.open_input(), places)))


@graph("strided-by-range", front=imagenet(1, "NHWC"))
def _(e: GraphEditor) -> None:
    """The places computed from the number of images, which is open."""
    name = e.open_input(TensorProto.FLOAT, [1, 40, 40, 3])
    e.open_batch()
    count = e.add("Gather", e.add("Shape", name), e.constant(0))
    images = e.add("Range", e.constant(0), count, e.constant(1))
    first = e.add("Mul", images, e.constant(4800))
    first = e.add("Reshape", first, e.constant([-1, 1, 1, 1]))
    inside = np.arange(4800).reshape(1, 40, 40, 3).transpose(0, 3, 1, 2)
    places = e.add("Add", first, e.constant(inside))
    flat = e.add("Reshape", name, e.constant([-1]))
    e.close_input(normalized(e, e.add("Gather", flat, places)))


@graph("gather-parts-bgr", front=imagenet(255, "NCHW", True), raw=np.dtype(np.uint8), white=255)
def _(e: GraphEditor) -> None:
    """As the newer exporter writes `x[:, [2, 1, 0]]`."""
    name = e.add("Transpose", e.open_input(TensorProto.UINT8), perm=[1, 0, 2, 3])
    name = e.add("GatherND", name, e.constant([[2], [1], [0]]))
    name = e.add("Cast", e.add("Transpose", name, perm=[1, 0, 2, 3]), to=TensorProto.FLOAT)
    e.close_input(normalized(e, name, 255))


@graph("unbind-and-stack", front=imagenet(1))
def _(e: GraphEditor) -> None:
    """As `torch.unbind` and `torch.stack` are written."""
    parts = []
    for channel, part in enumerate(e.add_many("Split", 3, e.open_input(), axis=1)):
        name = e.add("Squeeze", part, e.constant([1]))
        name = e.add("Sub", name, e.weight(MEAN[channel]))
        name = e.add("Div", name, e.weight(STD[channel]))
        parts.append(e.add("Unsqueeze", name, e.constant([1])))
    e.close_input(e.add("Concat", *parts, axis=1))


@graph("conv-depthwise", front=imagenet(255), white=255)
def _(e: GraphEditor) -> None:
    kernel, bias = 1 / (255 * STD), -MEAN / STD
    e.close_input(
        e.add(
            "Conv", e.open_input(), e.weight(kernel.reshape(3, 1, 1, 1)), e.weight(bias), group=3
        )
    )


@graph("conv-bgr", front=imagenet(1, "NHWC", True))
def _(e: GraphEditor) -> None:
    """A matrix of colours that puts them in the opposite order."""
    name = e.add("Transpose", e.open_input(TensorProto.FLOAT, [1, 40, 40, 3]), perm=[0, 3, 1, 2])
    kernel = np.diag(1 / STD)[:, ::-1].reshape(3, 3, 1, 1)
    e.close_input(e.add("Conv", name, e.weight(kernel), e.weight(-MEAN / STD)))


@graph("clip-1", front=imagenet(1))
def _(e: GraphEditor) -> None:
    e.close_input(normalized(e, e.add("Clip", e.open_input(), e.weight(0), e.weight(1))))


@graph("clip-255", front=imagenet(255), white=255)
def _(e: GraphEditor) -> None:
    name = e.add("Clip", e.open_input(), e.weight(0), e.weight(255))
    name = e.add("Div", name, e.weight(255))
    e.close_input(normalized(e, name))


@graph(
    "clip-signed",
    front={
        "axes": "NCHW",
        "reversed": False,
        "black": -1,
        "white": 1,
        "mean": [0.5] * 3,
        "std": [0.5] * 3,
    },
)
def _(e: GraphEditor) -> None:
    e.close_input(e.add("Clip", e.open_input(), e.weight(-1), e.weight(1)))


@graph("grey-to-colours", front=imagenet(1) | {"channels": 1})
def _(e: GraphEditor) -> None:
    name = e.open_input(TensorProto.FLOAT, [1, 1, 40, 40])
    e.close_input(normalized(e, e.add("Expand", name, e.constant([1, 3, 1, 1]))))


@graph("min-max-255", front=imagenet(255), white=255)
def _(e: GraphEditor) -> None:
    name = e.add("Max", e.add("Min", e.open_input(), e.weight(255)), e.weight(0))
    e.close_input(normalized(e, e.add("Mul", name, e.weight(1 / 255))))


@graph("batch-norm-expanded", front=imagenet(1))
def _(e: GraphEditor) -> None:
    """As the newer exporter writes a batch norm without weights where nothing is folded."""
    name = e.open_input()
    ones, zeros = (e.add("Expand", e.weight(v), e.constant([3])) for v in (1, 0))
    numbers = [e.weight(v) for v in (MEAN, STD**2 - 1e-5)]
    e.close_input(e.add("BatchNormalization", name, ones, zeros, *numbers))


@graph("dequantized-u8", front=imagenet(255, "NHWC"), raw=np.dtype(np.uint8), white=255)
def _(e: GraphEditor) -> None:
    """Integers of the input as numbers, as tools that quantize write it; the network has none."""
    name = e.open_input(TensorProto.UINT8, [1, 40, 40, 3])
    name = e.add("DequantizeLinear", name, e.weight(1 / 255), e.constant(0, np.uint8))
    e.close_input(normalized(e, e.add("Transpose", name, perm=[0, 3, 1, 2])))


@graph(
    "i8", front=imagenet(127) | {"black": -128}, raw=np.dtype(np.int8), white=127
)
def _(e: GraphEditor) -> None:
    name = e.add("Cast", e.open_input(TensorProto.INT8), to=TensorProto.FLOAT)
    name = e.add("Div", e.add("Add", name, e.weight(128)), e.weight(255))
    e.close_input(normalized(e, name))


@graph("u16", front=imagenet(65535), raw=np.dtype(np.uint16), white=65535)
def _(e: GraphEditor) -> None:
    name = e.add("Cast", e.open_input(TensorProto.UINT16), to=TensorProto.FLOAT)
    e.close_input(normalized(e, e.add("Div", name, e.weight(65535))))


@graph("rgba", front=imagenet(255, "NHWC") | {"channels": 4}, raw=np.dtype(np.uint8), white=255)
def _(e: GraphEditor) -> None:
    """The fourth channel says how transparent a pixel is, and is dropped."""
    name = e.open_input(TensorProto.UINT8, [1, 40, 40, 4])
    name = e.add("Slice", name, *[e.constant([v]) for v in (0, 3, 3)])
    name = e.add("Cast", e.add("Transpose", name, perm=[0, 3, 1, 2]), to=TensorProto.FLOAT)
    e.close_input(normalized(e, name, 255))


def refused_front(name: str, says: str, **expected: Any) -> Callable[[Any], None]:
    return graph(name, code="onnx.lifting", says=says, **expected)


@refused_front("upside-down", "rows in the opposite order")
def _(e: GraphEditor) -> None:
    least = np.iinfo(np.int64).min
    e.close_input(e.add("Slice", e.open_input(), *[e.constant([v]) for v in (-1, least, 2, -1)]))


@refused_front("mirrored", "columns in the opposite order")
def _(e: GraphEditor) -> None:
    e.close_input(e.add("Gather", e.open_input(), e.constant(np.arange(40)[::-1]), axis=3))


@refused_front("cropped", r"\[1, 3, 44, 44\] become \[1, 3, 40, 40\]", runs=False)
def _(e: GraphEditor) -> None:
    name = e.open_input(TensorProto.FLOAT, [1, 3, 44, 44])
    places = [e.constant(v) for v in ([2, 2], [42, 42], [2, 3])]
    e.close_input(normalized(e, e.add("Slice", name, *places)))


@graph("enlarged", code="onnx.unsupportedOp", says="Resize", runs=False)
def _(e: GraphEditor) -> None:
    name = e.open_input(TensorProto.FLOAT, [1, 3, 20, 20])
    e.close_input(e.add("Resize", name, "", e.weight([1, 1, 2, 2]), mode="nearest"))


@refused_front("deviation-0", "not finite, as a deviation of 0")
def _(e: GraphEditor) -> None:
    name = e.add("Sub", e.open_input(), e.weight(chw(MEAN)))
    e.close_input(e.add("Div", name, e.weight(chw(STD * [1, 0, 1]))))


@refused_front("gamma", "Pow, whose elements")
def _(e: GraphEditor) -> None:
    e.close_input(normalized(e, e.add("Pow", e.open_input(), e.weight(2.2))))


@refused_front("grey", "Conv, whose elements")
def _(e: GraphEditor) -> None:
    kernel = np.repeat([[0.299, 0.587, 0.114]], 3, axis=0).reshape(3, 3, 1, 1)
    e.close_input(e.add("Conv", e.open_input(), e.weight(kernel)))


@refused_front("four-channels", "found 4 in 1×4×40×40", runs=False)
def _(e: GraphEditor) -> None:
    e.close_input(e.open_input(TensorProto.FLOAT, [1, 4, 40, 40]))


@graph("quantized-front", code="onnx.unsupportedOp", says="quantized")
def _(e: GraphEditor) -> None:
    scale, zero = e.weight(0.02), e.constant(114, np.uint8)
    name = e.add("QuantizeLinear", normalized(e, e.open_input()), scale, zero)
    e.close_input(e.add("DequantizeLinear", name, scale, zero))


@graph("mean-image", code="onnx.lifting", says="a number of its own for each pixel")
def _(e: GraphEditor) -> None:
    image = np.random.default_rng(1).normal(size=(1, 3, 40, 40)) / 10
    e.close_input(e.add("Sub", e.open_input(), e.weight(image[:, :1])))


@graph("two-beginnings", code="onnx.lifting", says="one place where the network begins")
def _(e: GraphEditor) -> None:
    image = e.open_input()
    e.close_input(e.add("Mul", image, e.weight(2)))
    mean = e.add("GlobalAveragePool", image)
    scores = e.add("Flatten", mean, axis=1)
    e.close_output(e.add("Add", e.open_output(), e.add("MatMul", scores, e.weight(np.ones((3, 5))))))


# Between the last map and the classifier


def pooled_strided(e: GraphEditor, places: np.ndarray) -> None:
    gemm = e.nodes("Gemm")[0]
    flat = strided(e, gemm.input[0], places.reshape(1, 12, 1, 1))
    gemm.input[0] = e.add("Reshape", flat, e.constant([1, 12]))


@graph("pooled-strided")
def _(e: GraphEditor) -> None:
    """As the newer exporter flattens a map that is in channels_last."""
    pooled_strided(e, np.arange(12))


@graph("pooled-reversed", code="onnx.lifting", says="elements of a pooled map in their order")
def _(e: GraphEditor) -> None:
    pooled_strided(e, np.arange(12)[::-1])


@graph(
    "sorted",
    cuts=["TopK (5 largest)"],
    tail=lambda x: best(x, CLASSES),
)
def _(e: GraphEditor) -> None:
    """As `torch.sort` is written: as many as there are."""
    name = e.open_output()
    count = e.add("Gather", e.add("Shape", name), e.constant([1]))
    values, places = e.add_many("TopK", 2, name, count, axis=-1)
    e.close_output(values)
    e.add_output(places, TensorProto.INT64)


@graph("if-of-product")
def _(e: GraphEditor) -> None:
    """A condition on how many elements there are, which follows from the stated shape."""
    name = e.input_of("Gemm")
    count = e.add("ReduceProd", e.add("Shape", name), keepdims=0)
    condition = e.add("Equal", count, e.constant(12))
    branches = [
        helper.make_graph(
            [helper.make_node(kind, [name], ["branch"])],
            kind,
            [],
            [helper.make_tensor_value_info("branch", TensorProto.FLOAT, None)],
        )
        for kind in ("Identity", "Neg")
    ]
    chosen = e.add("If", condition, then_branch=branches[0], else_branch=branches[1])
    e.nodes("Gemm")[0].input[0] = chosen


# Other outputs


@graph("embedding", others=["features"])
def _(e: GraphEditor) -> None:
    e.add_output(e.add("Identity", e.input_of("Gemm"), output="features"))


@graph("embedding-first", others=["unit"], cuts=["Softmax"])
def _(e: GraphEditor) -> None:
    # Of a length of 1, by operators that no network here has, and in front of the logits.
    features = e.input_of("Gemm")
    length = e.add("ReduceL2", features, axes=[1], keepdims=1)
    unit = e.add("Div", features, length, output="unit")
    after(e, ("Softmax", {"axis": 1}))
    e.add_output(unit, first=True)


@graph("auxiliary", others=["early"])
def _(e: GraphEditor) -> None:
    values = np.random.default_rng(2).normal(size=(7, 5))
    mean = e.add("GlobalAveragePool", e.input_of("Conv", 2))
    name = e.add("Flatten", mean, axis=1)
    e.add_output(e.add("MatMul", name, e.weight(values[: e.channels(mean)]), output="early"), first=True)


@graph("two-classifiers", code="onnx.lifting", says="'output', 'second'")
def _(e: GraphEditor) -> None:
    values = np.random.default_rng(3).normal(size=(12, 4))
    e.add_output(e.add("MatMul", e.input_of("Gemm"), e.weight(values), output="second"))


@graph("deeper-unknown", code="onnx.unsupportedOp", says="Softplus")
def _(e: GraphEditor) -> None:
    # The classifier at the end is not understood; the early one must not be taken for it.
    values = np.random.default_rng(4).normal(size=(7, 5))
    mean = e.add("GlobalAveragePool", e.input_of("Conv", 2))
    name = e.add("Flatten", mean, axis=1)
    early = e.add("MatMul", name, e.weight(values[: e.channels(mean)]))
    e.insert_before("Gemm", "Softplus")
    e.add_output(early)


# Functions


def silu(domain: str = "local", opset: int = 17) -> FunctionProto:
    return helper.make_function(
        domain,
        "SiLU",
        ["x"],
        ["y"],
        [
            helper.make_node("Sigmoid", ["x"], ["s"]),
            helper.make_node("Mul", ["x", "s"], ["y"]),
        ],
        [helper.make_opsetid("", opset)],
    )


def call_silu(e: GraphEditor) -> None:
    e.replace_swish("SiLU", "local")


@graph("function")
def _(e: GraphEditor) -> None:
    call_silu(e)
    e.add_function(silu())


@graph("function-nested")
def _(e: GraphEditor) -> None:
    """A function that calls others, of another version, whose names clash with the graph's."""
    call_silu(e)
    inner = helper.make_function(
        "local.inner",
        "Gate",
        ["input"],
        ["output"],
        [helper.make_node("Sigmoid", ["input"], ["output"])],
        [helper.make_opsetid("", 17)],
    )
    outer = helper.make_function(
        "local",
        "SiLU",
        ["input"],
        ["output"],
        [
            helper.make_node("Gate", ["input"], ["x"], domain="local.inner"),
            helper.make_node("Mul", ["x", "input"], ["y"]),
            helper.make_node("Same", ["y"], ["output"], domain="local.inner"),
        ],
        [helper.make_opsetid("", 17), helper.make_opsetid("local.inner", 1)],
    )
    same = helper.make_function(
        "local.inner",
        "Same",
        ["x"],
        ["y"],
        [helper.make_node("Identity", ["x"], ["y"])],
        [helper.make_opsetid("", 17)],
    )
    e.add_function(outer, inner, same)
    e.import_domain("local.inner")


@graph("function-attributes")
def _(e: GraphEditor) -> None:
    """Every convolution through a function of its attributes, some given and some by default."""
    node = helper.make_node("Conv", ["x", "w", "b"], ["y"])
    for name, kind in (
        ("pads", onnx.AttributeProto.INTS),
        ("strides", onnx.AttributeProto.INTS),
        ("group", onnx.AttributeProto.INT),
        ("auto_pad", onnx.AttributeProto.STRING),
    ):
        node.attribute.append(onnx.AttributeProto(name=name, type=kind, ref_attr_name=name))
    e.replace_convolutions("Convolve", "local")
    e.add_function(
        helper.make_function(
            "local",
            "Convolve",
            ["x", "w", "b"],
            ["y"],
            [node],
            [helper.make_opsetid("", 17)],
            ["pads", "strides", "auto_pad"],
            [helper.make_attribute("group", 1)],
        )
    )


@graph("function-norm", base=UNFOLDED)
def _(e: GraphEditor) -> None:
    """Every batch norm through a function, with its epsilon as an attribute."""
    norm = helper.make_node("BatchNormalization", ["x", "s", "b", "m", "v"], ["y"])
    norm.attribute.append(
        onnx.AttributeProto(name="epsilon", type=onnx.AttributeProto.FLOAT, ref_attr_name="eps")
    )
    for node in e.nodes("BatchNormalization"):
        epsilon = next(a.f for a in node.attribute if a.name == "epsilon")
        del node.attribute[:]
        node.attribute.append(helper.make_attribute("eps", epsilon))
        node.op_type, node.domain = "Norm", "local"
    function = helper.make_function(
        "local", "Norm", ["x", "s", "b", "m", "v"], ["y"], [norm], [helper.make_opsetid("", 17)], ["eps"]
    )
    e.add_function(function)


def doubling(count: int) -> list[FunctionProto]:
    """Functions of which each calls the one before twice."""
    functions = [silu()]
    functions[0].name = "F0"
    for level in range(1, count):
        before = f"F{level - 1}"
        nodes = [
            helper.make_node(before, ["x"], ["s"], domain="local"),
            helper.make_node(before, ["s"], ["y"], domain="local"),
        ]
        ids = [helper.make_opsetid("", 17), helper.make_opsetid("local", 1)]
        functions.append(helper.make_function("local", f"F{level}", ["x"], ["y"], nodes, ids))
    return functions


@graph("function-doubling", code="onnx.limit", runs=False)
def _(e: GraphEditor) -> None:
    functions = doubling(40)
    e.replace_swish(functions[-1].name, "local")
    e.add_function(*functions)


@graph("function-empty-doubling", code="onnx.limit", runs=False)
def _(e: GraphEditor) -> None:
    """The same where the innermost function has no node."""
    functions = doubling(40)
    del functions[0].node[:]
    functions[0].output[0] = "x"
    e.replace_swish(functions[-1].name, "local")
    e.add_function(*functions)


@graph("function-recursion", code="onnx.cycle", runs=False)
def _(e: GraphEditor) -> None:
    functions = doubling(3)
    functions[0].node[0].op_type = "F2"
    functions[0].node[0].domain = "local"
    functions[0].opset_import.append(helper.make_opsetid("local", 1))
    e.replace_swish("F2", "local")
    e.add_function(*functions)


@graph("function-depth", code="onnx.depth", runs=False)
def _(e: GraphEditor) -> None:
    functions = doubling(90)
    for function in functions[1:]:
        del function.node[1:]
        function.node[0].output[0] = "y"
    e.replace_swish("F89", "local")
    e.add_function(*functions)


@graph("function-from-outside", code="onnx.incomplete", runs=False)
def _(e: GraphEditor) -> None:
    """A function sees nothing of the graph that calls it."""
    function = silu()
    function.node[1].input[1] = "input"
    call_silu(e)
    e.add_function(function)


# Branches


def branches(e: GraphEditor, condition: str) -> None:
    """Squeeze where the last axes have one element, else nothing, as PyTorch exports `squeeze`."""
    pooled, flat = e.remove("Flatten")
    shapes = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in "ab"]
    axes = numpy_helper.from_array(np.array([2, 3]), "axes")
    taken = helper.make_graph(
        [helper.make_node("Squeeze", [pooled, "axes"], ["a"])], "taken", [], shapes[:1], [axes]
    )
    other = helper.make_graph(
        [helper.make_node("Softplus", [pooled], ["b"])], "other", [], shapes[1:]
    )
    e.add("If", condition, then_branch=taken, else_branch=other, output=flat)


@graph("if-constant")
def _(e: GraphEditor) -> None:
    branches(e, e.constant(True, np.bool_))


@graph("if-shape")
def _(e: GraphEditor) -> None:
    pooled = e.input_of("Flatten")
    extent = e.add("Gather", e.add("Shape", pooled), e.constant(2), axis=0)
    first = e.add("Equal", extent, e.constant(1))
    size = e.add("Size", e.add("Shape", pooled))
    second = e.add("Not", e.add("Equal", size, e.constant(3)))
    branches(e, e.add("And", first, second))


@graph("if-nested")
def _(e: GraphEditor) -> None:
    """A branch inside of a function inside of a branch, that takes values from all around."""
    inner = helper.make_graph(
        [helper.make_node("Mul", ["x", "s"], ["m"])],
        "inner",
        [],
        [helper.make_tensor_value_info("m", TensorProto.FLOAT, None)],
    )
    outer = helper.make_graph(
        [helper.make_node("Relu", ["x"], ["r"])],
        "outer",
        [],
        [helper.make_tensor_value_info("r", TensorProto.FLOAT, None)],
    )
    function = silu()
    del function.node[1]
    function.node.extend(
        [
            helper.make_node("Constant", [], ["c"], value_ints=[0]),
            helper.make_node("Cast", ["c"], ["d"], to=TensorProto.BOOL),
            helper.make_node("If", ["d"], ["y"], then_branch=outer, else_branch=inner),
        ]
    )
    call_silu(e)
    e.add_function(function)
    branches(e, e.constant([True], np.bool_))


@graph("if-at-run-time", code="onnx.unsupportedOp", says="at run time")
def _(e: GraphEditor) -> None:
    mean = e.add("ReduceMean", e.input_of("Flatten"), keepdims=0)
    branches(e, e.add("Greater", mean, e.weight(-1e9)))


@graph("if-of-size", code="onnx.unsupportedOp", says="at run time")
def _(e: GraphEditor) -> None:
    """A condition on the number of images, which is open."""
    e.open_batch()
    extent = e.add("Gather", e.add("Shape", e.input_of("Flatten")), e.constant(0), axis=0)
    branches(e, e.add("Less", extent, e.constant(100)))


# What ONNX Runtime makes of a graph


def optimised(e: GraphEditor, level: onnxruntime.GraphOptimizationLevel) -> None:
    with tempfile.TemporaryDirectory() as folder:
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = level
        options.optimized_model_filepath = str(Path(folder, "optimised.onnx"))
        options.log_severity_level = 3
        onnxruntime.InferenceSession(
            e.model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        e.model.CopyFrom(onnx.load(options.optimized_model_filepath))


@graph("runtime-extended")
def _(e: GraphEditor) -> None:
    optimised(e, onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED)
    e.require("com.microsoft", "FusedConv", "QuickGelu")


@graph("runtime-all", code="onnx.unsupportedOp", says="ORT_ENABLE_BASIC")
def _(e: GraphEditor) -> None:
    optimised(e, onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL)
    e.require("com.microsoft.nchwc", "Conv")


@graph("fused-matmul")
def _(e: GraphEditor) -> None:
    """A classifier as FusedMatMul, a residual as the fourth input of FusedConv."""
    e.import_domain("com.microsoft")
    e.fuse_residual()
    e.fuse_classifier()


@graph("quick-gelu", code="onnx.lifting", says="Swish with alpha 1")
def _(e: GraphEditor) -> None:
    e.replace_swish("QuickGelu", "com.microsoft", alpha=1.702)


# Training


@graph("dropout-in-training", warnings=1)
def _(e: GraphEditor) -> None:
    e.insert_before(
        "Gemm", "Dropout", e.constant(0.2, np.float32), e.constant(True, np.bool_), mask=True
    )


@graph("norm-in-training", code="onnx.lifting", says=r"model\.eval\(\)")
def _(e: GraphEditor) -> None:
    e.insert_norm(training=True)


@graph("norm-with-statistics", code="onnx.lifting", says=r"model\.eval\(\)", runs=False)
def _(e: GraphEditor) -> None:
    """Before version 14 training shows by outputs that something takes."""
    e.set_opset(12)
    e.insert_norm(training=False, statistics=True)


@graph("norm-with-names", base=UNFOLDED, runs=False)
def _(e: GraphEditor) -> None:
    """The same outputs where nothing takes them, which ONNX Runtime does not give."""
    e.set_opset(12)
    e.name_statistics()


# Constants that are packed


@graph("weights-i8", rounds=True)
def _(e: GraphEditor) -> None:
    e.pack_weights(per_channel=True, dtype=np.int8)


@graph("weights-u8-tensor", rounds=True)
def _(e: GraphEditor) -> None:
    e.pack_weights(per_channel=False, dtype=np.uint8)


@graph("weights-i4-blocks", rounds=True)
def _(e: GraphEditor) -> None:
    e.set_opset(21)
    e.pack_classifier_in_blocks()


@graph("weights-i8-arranged", rounds=True)
def _(e: GraphEditor) -> None:
    """Packed with other axes and in another shape, put right by nodes."""
    e.pack_weights(per_channel=True, dtype=np.int8, arranged=True)


@graph("activations-i8", code="onnx.unsupportedOp", says="quantized")
def _(e: GraphEditor) -> None:
    e.pack_weights(per_channel=True, dtype=np.int8)
    scale, zero = e.weight(0.05), e.constant(3, np.int8)
    e.insert_before("Gemm", "QuantizeLinear", scale, zero)
    e.insert_before("Gemm", "DequantizeLinear", scale, zero)


@graph("dynamic-i8", code="onnx.unsupportedOp", says="quantized")
def _(e: GraphEditor) -> None:
    from onnxruntime.quantization import quantize_dynamic

    with tempfile.TemporaryDirectory() as folder:
        before, behind = Path(folder, "a.onnx"), Path(folder, "b.onnx")
        onnx.save(e.model, before)
        quantize_dynamic(before, behind)
        e.model.CopyFrom(onnx.load(behind))


# Writing and checking


def answers(model: onnx.ModelProto, image: np.ndarray) -> list[np.ndarray]:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return session.run(None, {session.get_inputs()[0].name: image})


def raw_image(expected: Expectation, shape: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """An image as the graph takes it, and the network's input that its front should make of it."""
    if expected.front is None:
        image = np.load(ROOT / GOLDEN)["input"][:1].astype(np.float32)
        return image, image
    random = np.random.default_rng(5)
    black = expected.front.get("black", 0)
    image = random.uniform(black, expected.white, shape)
    image = image.round() if expected.raw.kind in "iu" else image
    image = image.astype(expected.raw)
    axes = expected.front["axes"]
    numbers = image.astype(np.float64)
    numbers = numbers if "N" in axes else numbers[np.newaxis]
    order = ["NCHW".index(axis) for axis in ("N" + axes.replace("N", ""))]
    numbers = numbers.transpose(np.argsort(order))
    numbers = np.broadcast_to(numbers, (1, 3, 40, 40)) if numbers.shape[1] == 1 else numbers[:, :3]
    if expected.front["reversed"]:
        numbers = numbers[:, ::-1]
    if expected.front["mean"]:
        mean, std = (np.reshape(expected.front[key], (1, 3, 1, 1)) for key in ("mean", "std"))
        numbers = (numbers - black) / (expected.front["white"] - black)
        numbers = (numbers - mean) / std
    return image, numbers.astype(np.float32)


def close(found: np.ndarray, expected: np.ndarray, name: str) -> None:
    bound = 2e-3 if found.dtype == np.float16 else 2e-5
    if not np.allclose(found.ravel(), expected.ravel(), rtol=bound, atol=bound):
        raise AssertionError(f"{name}: {found.ravel()[:8]} for {expected.ravel()[:8]}")


def write(name: str, expected: Expectation) -> dict[str, Any]:
    editor = GraphEditor(onnx.load(expected.base))
    expected.edit(editor)
    model = editor.finished()
    path = FOLDER / f"{name}.onnx"
    onnx.save(model, path)
    if str(ROOT.parent).encode() in path.read_bytes():
        raise AssertionError(f"{name} names a folder of this machine")
    golden = GOLDEN
    entry: dict[str, Any] = {"file": f"deployed/{path.name}"}
    if expected.runs:
        shape = [d.dim_value or 1 for d in model.graph.input[0].type.tensor_type.shape.dim]
        image, taken = raw_image(expected, shape)
        found = dict(zip([o.name for o in model.graph.output], answers(model, image), strict=True))
        if not expected.code:
            logits = answers(onnx.load(NETWORK), taken)[0]
            own = [value for key, value in found.items() if key not in expected.others]
            if expected.rounds:
                # The weights are rounded: what ONNX Runtime answers is what is expected.
                golden = f"deployed/{name}.npz"
                np.savez(ROOT / golden, input=taken, output=own[0])
            else:
                wanted = expected.tail(logits) if expected.tail else [logits]
                if name == "embedding-first":
                    wanted = [softmax(logits)]
                for one, other in zip(own, wanted, strict=True):
                    close(one, other, name)
    if expected.code:
        return entry | {"code": expected.code, "says": expected.says}
    return entry | {
        "base": f"onnx/{expected.base.name}",
        "golden": golden,
        "cuts": expected.cuts,
        "otherOutputs": expected.others,
        "warnings": expected.warnings,
        "rounded": expected.rounds,
        "front": expected.front,
    }


def main() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    recorded = np.load(ROOT / RECORDED)
    np.savez(ROOT / GOLDEN, input=recorded["input"], output=recorded["output"])
    entries = []
    for name, expected in EXPECTATIONS.items():
        try:
            entries.append(write(name, expected))
        except Exception as error:
            error.add_note(name)
            raise
    text = ",\n".join("  " + json.dumps(entry) for entry in entries)
    (FOLDER / "deployed.json").write_text(f"[\n{text}\n]\n")
    for path in sorted(FOLDER.iterdir()):
        print(f"{path.stat().st_size:8}  {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
