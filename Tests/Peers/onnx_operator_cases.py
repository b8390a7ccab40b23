"""Operator tests in the layout of ONNX, for every definition of an operator in opsets 7 to 23.

    python onnx_operator_cases.py FOLDER

A case is a folder with `model.onnx` and `test_data_set_0/`. What is expected is what ONNX Runtime
answers, without its optimisations.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

FIRST, LAST = 7, 23
"""The opsets that cases are made for, but for what came later."""

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Case:
    """Nodes in a row, fed with arrays under the names `x0`, `x1` … or left to constants."""

    name: str
    opset: int
    nodes: tuple[NodeProto, ...]
    inputs: dict[str, Array]
    outputs: tuple[str, ...]

    def model(self) -> ModelProto:
        graph = helper.make_graph(
            self.nodes,
            self.name,
            [
                helper.make_tensor_value_info(
                    name, helper.np_dtype_to_tensor_dtype(value.dtype), value.shape
                )
                for name, value in self.inputs.items()
            ],
            [helper.make_empty_tensor_value_info(name) for name in self.outputs],
        )
        opset = helper.make_opsetid("", self.opset)
        return helper.make_model(
            graph, opset_imports=[opset], ir_version=helper.find_min_ir_version_for([opset])
        )

    def write(self, folder: Path) -> None:
        model = self.model()
        answers = run(model, self.inputs)
        for value, answer in zip(model.graph.output, answers, strict=True):
            dtype = helper.np_dtype_to_tensor_dtype(answer.dtype)
            value.CopyFrom(helper.make_tensor_value_info(value.name, dtype, answer.shape))
        onnx.checker.check_model(model, full_check=True)
        data = folder / self.name / "test_data_set_0"
        data.mkdir(parents=True)
        onnx.save(model, data.parent / "model.onnx")
        for kind, values in (
            ("input", self.inputs),
            ("output", dict(zip(self.outputs, answers, strict=True))),
        ):
            for position, (name, value) in enumerate(values.items()):
                tensor = numpy_helper.from_array(value, name)
                (data / f"{kind}_{position}.pb").write_bytes(tensor.SerializeToString())


def run(model: ModelProto, inputs: dict[str, Array]) -> list[Array]:
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return [np.asarray(value) for value in session.run(None, inputs)]


# Making cases


def opsets(kind: str, low: int, high: int) -> list[int]:
    """The first opset of every definition of an operator between two, and both ends of 18…23."""
    found = {low}
    for opset in range(low, high + 1):
        if onnx.defs.get_schema(kind, opset).since_version == opset:
            found.add(opset)
    return sorted(found | {opset for opset in (18, LAST) if low <= opset <= high})


def cases(
    kind: str,
    name: str,
    *inputs: Array | None,
    low: int = FIRST,
    high: int = LAST,
    outputs: int = 1,
    **attributes: Any,
) -> Iterator[Case]:
    """A case of one node for every definition; `None` leaves an optional input out."""
    names = ["" if value is None else f"x{i}" for i, value in enumerate(inputs)]
    fed = {name: value for name, value in zip(names, inputs) if value is not None}
    answers = [f"y{i}" for i in range(outputs)]
    node = helper.make_node(kind, names, answers, **attributes)
    stem = f"{kind.lower()}_{name}" if name else kind.lower()
    for opset in opsets(kind, low, high):
        yield Case(f"{stem}_opset{opset}", opset, (node,), fed, tuple(answers))


def chain(kind: str, name: str, opset: int, x: Array, *nodes: NodeProto) -> Case:
    """Nodes in a row from `x0` to `y0`; for element types that only stand between nodes."""
    return Case(f"{kind.lower()}_{name}_opset{opset}", opset, nodes, {"x0": x}, ("y0",))


def numbers(*shape: int, dtype: Any = np.float32, span: float = 3.0) -> Array:
    """Numbers on both sides of zero, always the same for a shape."""
    seed = zlib.crc32(repr(shape).encode())
    values = np.random.default_rng(seed).uniform(-span, span, shape)
    return np.asarray(np.rint(9 * values) if np.issubdtype(dtype, np.integer) else values, dtype)


def positive(*shape: int, dtype: Any = np.float32) -> Array:
    return np.asarray(np.abs(numbers(*shape)) + 0.5, dtype)


def index(*values: int, dtype: Any = np.int64) -> Array:
    return np.array(values, dtype)


EXTREMES = np.array(
    [0, -0.0, 1e-30, -1e-30, 1, -1, 20, -20, 100, -100, 3e4, -3e4, np.inf, -np.inf], np.float32
)


# Element by element


def activations() -> Iterator[Case]:
    x = numbers(2, 3, 4, 5)
    for kind in ("Relu", "Sigmoid", "Tanh", "Softplus", "Exp", "Identity", "Abs", "Neg"):
        yield from cases(kind, "", x)
        yield from cases(kind, "extremes", EXTREMES)
    for kind in ("Relu", "Sigmoid", "Tanh", "Exp", "Abs", "Neg", "Identity"):
        low = 14 if kind == "Relu" else FIRST
        yield from cases(kind, "f64", numbers(3, 4, dtype=np.float64), low=low)
    for dtype in (np.int8, np.int32, np.int64):
        values = numbers(3, 4, dtype=dtype)
        for kind in ("Abs", "Neg"):
            yield from cases(kind, np.dtype(dtype).name, values)
    yield from cases("Relu", "int32", numbers(3, 4, dtype=np.int32), low=14)
    yield from cases("Abs", "uint8", np.array([0, 1, 200, 255], np.uint8))
    yield from cases("Identity", "int64", numbers(3, 4, dtype=np.int64))
    yield from cases("Identity", "bool", np.array([True, False]))
    yield from cases("Identity", "scalar", np.array(2.5, np.float32))
    yield from cases("Ceil", "", positive(2, 3, 4))
    yield from cases("Ceil", "f64", positive(2, 3, dtype=np.float64))
    yield from cases("Sqrt", "", positive(2, 3, 4))
    yield from cases("Sqrt", "f64", positive(2, 3, dtype=np.float64))
    yield from cases("Sqrt", "negative", np.array([-1, 0, 4, np.inf], np.float32))
    yield from cases("Reciprocal", "", positive(2, 3, 4))
    yield from cases("Reciprocal", "zero", np.array([0, -0.0, np.inf, -4], np.float32))
    yield from cases("HardSigmoid", "", x)
    yield from cases("HardSigmoid", "attributes", x, alpha=0.5, beta=0.6)
    yield from cases("HardSigmoid", "sixth", x, alpha=1 / 6, beta=0.5)
    yield from cases("HardSwish", "", numbers(2, 3, 4, span=5), low=14)
    yield from cases("LeakyRelu", "", x)
    yield from cases("LeakyRelu", "alpha", x, alpha=0.3)
    yield from cases("Elu", "", x)
    yield from cases("Elu", "alpha", x, alpha=2.0)
    yield from cases("Elu", "extremes", EXTREMES, alpha=1.5)
    for name, facts in (("default", {}), ("alpha", {"alpha": 1.7})):
        yield chain("Swish", name, 24, x, helper.make_node("Swish", ["x0"], ["y0"], **facts))


def clips() -> Iterator[Case]:
    x = numbers(3, 4, 5)
    low, high = np.array(-1.5, np.float32), np.array(1.25, np.float32)
    yield from cases("Clip", "attributes", x, high=10, min=-1.5, max=1.25)
    yield from cases("Clip", "attribute_min", x, high=10, min=0.0)
    yield from cases("Clip", "attribute_max", x, high=10, max=0.5)
    yield from cases("Clip", "no_attribute", x, high=10)
    yield from cases("Clip", "inputs", x, low, high, low=11)
    yield from cases("Clip", "min", x, low, low=11)
    yield from cases("Clip", "max", x, None, high, low=11)
    yield from cases("Clip", "no_input", x, low=11)
    yield from cases("Clip", "infinite", EXTREMES, low, high, low=11)
    yield from cases("Clip", "min_above_max", x, high, low, low=13)
    for dtype in (np.int8, np.uint8, np.int32, np.int64, np.float64):
        values = np.arange(-8, 9).astype(dtype) if dtype != np.uint8 else np.arange(17, dtype=dtype)
        limits = (np.array(2, dtype), np.array(6, dtype))
        yield from cases("Clip", np.dtype(dtype).name, values, *limits, low=12)


BROADCASTS = {
    "same": ((2, 3, 4), (2, 3, 4)),
    "row": ((2, 3, 4), (4,)),
    "channels": ((2, 3, 4, 5), (3, 1, 1)),
    "left": ((3, 1), (2, 3, 4)),
    "both": ((2, 1, 4, 1), (3, 1, 5)),
    "scalar": ((2, 3), ()),
    "scalars": ((), ()),
    "ones": ((1, 1), (2, 1, 3)),
    "empty": ((2, 0, 3), (1, 3)),
}


def arithmetic() -> Iterator[Case]:
    for name, (left, right) in BROADCASTS.items():
        for kind in ("Add", "Sub", "Mul"):
            yield from cases(kind, name, numbers(*left), numbers(*right))
        yield from cases("Div", name, numbers(*left), positive(*right))
        yield from cases("Pow", name, positive(*left), numbers(*right))
        low = 8
        for kind in ("Min", "Max"):
            yield from cases(kind, name, numbers(*left), numbers(*right), low=low)
    for dtype in (np.float64, np.int32, np.int64):
        name, x = np.dtype(dtype).name, numbers(3, 4, dtype=dtype)
        y = positive(4, dtype=dtype)
        for kind in ("Add", "Sub", "Mul", "Div"):
            yield from cases(kind, name, x, y)
        for kind in ("Min", "Max"):
            yield from cases(kind, name, x, y, low=8 if dtype == np.float64 else 12)
    for dtype in (np.uint32, np.uint64):
        x, y = positive(3, 4, dtype=dtype), positive(4, dtype=dtype)
        for kind in ("Min", "Max"):
            yield from cases(kind, np.dtype(dtype).name, x, y, low=12)
    # Integer division drops the fraction, whatever the sign.
    yield from cases(
        "Div",
        "negative_int32",
        index(-7, 7, -7, 7, dtype=np.int32),
        index(2, 2, -2, -2, dtype=np.int32),
    )
    yield from cases("Div", "zero", EXTREMES[:4], np.zeros(4, np.float32) + np.float32(0))
    yield from cases("Pow", "f64", positive(3, 4, dtype=np.float64), numbers(4, dtype=np.float64))
    yield from cases("Pow", "square", numbers(3, 4), np.array(2, np.float32))
    yield from cases(
        "Pow", "zero", np.array([0, 0, 0, 2], np.float32), np.array([0, 1, -1, 0], np.float32)
    )
    for exponent in (np.int32, np.int64):
        name = f"float_{np.dtype(exponent).name}"
        yield from cases("Pow", name, numbers(3), np.array([2, 3, 0], exponent), low=12)
    yield from cases("Pow", "int64", index(-2, 3, 5), index(3, 2, 0), low=12)
    yield from cases(
        "Pow",
        "int32_float",
        index(2, 3, 5, dtype=np.int32),
        np.array([3, 2, 0], np.float32),
        low=12,
    )
    three = numbers(2, 3, 4), numbers(3, 1), numbers(4)
    for kind in ("Min", "Max"):
        yield from cases(kind, "one", three[0])
        yield from cases(kind, "same_shape", numbers(3, 4), numbers(4, 3).reshape(3, 4))
        yield from cases(kind, "three", *three, low=8)


# Means, pools, reductions


def pools() -> Iterator[Case]:
    volumes = {"1d": numbers(2, 3, 9), "2d": numbers(2, 3, 7, 8), "3d": numbers(1, 2, 5, 4, 6)}
    for kind in ("GlobalAveragePool", "GlobalMaxPool"):
        for name, x in volumes.items():
            yield from cases(kind, name, x)
        yield from cases(kind, "one_pixel", numbers(2, 3, 1, 1))
    image = volumes["2d"]
    for kind in ("AveragePool", "MaxPool"):
        for name, x in volumes.items():
            kernel = [3] * (x.ndim - 2)
            strides = [2] * (x.ndim - 2)
            yield from cases(kind, name, x, kernel_shape=kernel)
            yield from cases(kind, f"{name}_strides", x, kernel_shape=kernel, strides=strides)
            yield from cases(
                kind, f"{name}_pads", x, kernel_shape=kernel, pads=[1] * len(kernel * 2)
            )
            for mode in ("SAME_UPPER", "SAME_LOWER", "VALID"):
                yield from cases(
                    kind,
                    f"{name}_{mode.lower()}",
                    x,
                    kernel_shape=kernel,
                    strides=strides,
                    auto_pad=mode,
                )
        yield from cases(
            kind, "uneven", image, kernel_shape=[3, 2], strides=[2, 3], pads=[0, 1, 2, 0]
        )
        yield from cases(
            kind, "ceil", image, low=10, kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1
        )
        yield from cases(
            kind,
            "ceil_pads",
            image,
            low=10,
            kernel_shape=[3, 3],
            strides=[3, 2],
            pads=[1, 1, 1, 1],
            ceil_mode=1,
        )
        # The last window would start on padding and is left out.
        yield from cases(
            kind,
            "ceil_window_on_padding",
            numbers(1, 1, 2, 2),
            low=22,
            kernel_shape=[1, 1],
            strides=[2, 2],
            ceil_mode=1,
        )
        yield from cases(
            kind,
            "dilations",
            image,
            low=10 if kind == "MaxPool" else 19,
            kernel_shape=[2, 3],
            dilations=[3, 2],
            strides=[1, 2],
        )
        yield from cases(
            kind,
            "dilations_ceil",
            image,
            low=10 if kind == "MaxPool" else 19,
            kernel_shape=[2, 2],
            dilations=[2, 2],
            strides=[2, 2],
            ceil_mode=1,
        )
    for name, x in volumes.items():
        rank = x.ndim - 2
        yield from cases(
            "AveragePool",
            f"{name}_count_padding",
            x,
            kernel_shape=[3] * rank,
            pads=[1] * (2 * rank),
            strides=[2] * rank,
            count_include_pad=1,
        )
        yield from cases(
            "AveragePool",
            f"{name}_count_padding_same",
            x,
            kernel_shape=[2] * rank,
            auto_pad="SAME_UPPER",
            count_include_pad=1,
        )
    yield from cases(
        "AveragePool",
        "count_padding_dilations",
        image,
        low=19,
        kernel_shape=[2, 2],
        dilations=[2, 2],
        pads=[1, 1, 1, 1],
        count_include_pad=1,
    )
    yield from cases(
        "AveragePool",
        "count_padding_ceil",
        image,
        low=19,
        kernel_shape=[3, 3],
        strides=[2, 2],
        pads=[1, 1, 1, 1],
        ceil_mode=1,
        count_include_pad=1,
    )
    for order in (0, 1):
        yield from cases(
            "MaxPool",
            f"indices_{order}",
            image,
            low=8,
            outputs=2,
            kernel_shape=[3, 3],
            strides=[2, 2],
            pads=[1, 1, 1, 1],
            storage_order=order,
        )
    yield from cases("MaxPool", "f64", image.astype(np.float64), low=8, kernel_shape=[2, 2])
    for dtype in (np.int8, np.uint8):
        x = (image * 10 + 40).astype(dtype)
        yield from cases(
            "MaxPool", np.dtype(dtype).name, x, low=12, kernel_shape=[2, 2], pads=[1, 0, 0, 1]
        )


def reductions() -> Iterator[Case]:
    x = numbers(2, 3, 4, 5)
    axes_as_input = {"ReduceSum": 13, "ReduceMean": 18, "ReduceMax": 18, "ReduceMin": 18}
    choices = {"images": (2, 3), "first": (0,), "uneven": (3, 1), "all": (0, 1, 2, 3)}
    for kind, changed in axes_as_input.items():
        for keep in (0, 1):
            for name, axes in choices.items():
                stem = f"{name}_keep{keep}"
                yield from cases(kind, stem, x, high=changed - 1, axes=axes, keepdims=keep)
                yield from cases(kind, stem, x, index(*axes), low=changed, keepdims=keep)
            yield from cases(kind, f"default_keep{keep}", x, keepdims=keep)
            negative = [-1, -2]
            yield from cases(
                kind,
                f"negative_keep{keep}",
                x,
                low=11,
                high=changed - 1,
                axes=negative,
                keepdims=keep,
            )
            yield from cases(
                kind, f"negative_keep{keep}", x, index(*negative), low=changed, keepdims=keep
            )
        yield from cases(kind, "no_attribute", x)
        none = index()
        yield from cases(kind, "empty_axes", x, none, low=changed)
        yield from cases(kind, "noop", x, none, low=changed, noop_with_empty_axes=1)
        yield from cases(kind, "noop_left_out", x, low=changed, noop_with_empty_axes=1)
        yield from cases(kind, "f64", x.astype(np.float64), index(1), low=changed)
        for dtype in (np.int32, np.int64):
            if kind != "ReduceMean":
                values = numbers(3, 4, dtype=dtype)
                yield from cases(kind, np.dtype(dtype).name, values, index(1), low=changed)
    for kind in ("ReduceMax", "ReduceMin"):
        for dtype in (np.int8, np.uint8):
            values = np.arange(12).reshape(3, 4).astype(dtype)
            yield from cases(kind, np.dtype(dtype).name, values, index(1), low=18)
            yield from cases(kind, np.dtype(dtype).name, values, low=12, high=17, axes=[1])
        yield from cases(kind, "bool", np.array([[True, False], [True, True]]), index(1), low=20)
        yield from cases(
            kind, "infinite", np.array([[-np.inf, 1], [np.inf, 2]], np.float32), index(1), low=18
        )
        yield from cases(kind, "nothing", np.zeros((2, 0, 4), np.float32), index(1), low=20)
    yield from cases("ReduceSum", "nothing", np.zeros((2, 0, 4), np.float32), index(1), low=13)


# Shapes


def shapes() -> Iterator[Case]:
    x = numbers(2, 3, 4, 5)
    yield from cases("Flatten", "default", x)
    for axis in range(5):
        yield from cases("Flatten", f"axis{axis}", x, axis=axis)
    for axis in range(1, 5):
        yield from cases("Flatten", f"axis_minus{axis}", x, low=11, axis=-axis)
    yield from cases("Flatten", "int64", numbers(2, 3, 4, dtype=np.int64), low=9)
    for name, shape in {
        "fewer": (2, 12, 5),
        "more": (2, 3, 2, 2, 5),
        "order": (5, 4, 3, 2),
        "one": (120,),
        "minus": (2, -1, 5),
        "zero": (0, 0, 20),
        "zero_and_minus": (0, -1),
    }.items():
        yield from cases("Reshape", name, x, index(*shape))
    yield from cases("Reshape", "scalar", np.array([[2.5]], np.float32), index())
    yield from cases("Reshape", "int64", numbers(2, 3, dtype=np.int64), index(3, 2))
    yield from cases(
        "Reshape", "allowzero", np.zeros((0, 3, 4), np.float32), index(3, 4, 0), low=14, allowzero=1
    )
    yield from cases("Reshape", "allowzero_without", x, index(2, -1), low=14, allowzero=1)
    thin = numbers(1, 3, 1, 4, 1)
    yield from cases("Squeeze", "all", thin)
    yield from cases("Squeeze", "attribute", thin, high=12, axes=[0, 2])
    yield from cases("Squeeze", "attribute_negative", thin, low=11, high=12, axes=[-1, 0])
    yield from cases("Squeeze", "input", thin, index(0, 2), low=13)
    yield from cases("Squeeze", "input_negative", thin, index(-1, -3), low=13)
    flat = numbers(3, 4)
    yield from cases("Unsqueeze", "attribute", flat, high=12, axes=[0, 2])
    yield from cases("Unsqueeze", "attribute_negative", flat, low=11, high=12, axes=[-1, 1])
    yield from cases("Unsqueeze", "input", flat, index(0, 2), low=13)
    yield from cases("Unsqueeze", "input_unsorted", flat, index(4, 0, 2), low=13)
    yield from cases("Unsqueeze", "input_negative", flat, index(-1, -4), low=13)
    yield from cases("Unsqueeze", "scalar", np.array(3, np.int64), index(0), low=13)
    yield from cases("Transpose", "default", x)
    for name, order in {
        "swap": (0, 1, 3, 2),
        "channels_last": (0, 2, 3, 1),
        "turn": (3, 0, 1, 2),
    }.items():
        yield from cases("Transpose", name, x, perm=order)
    yield from cases("Transpose", "uint8", np.arange(6, dtype=np.uint8).reshape(2, 3))
    for axis in (0, 1, 2):
        parts = [
            numbers(*(n + k if a == axis else n for a, n in enumerate((2, 3, 4)))) for k in range(3)
        ]
        yield from cases("Concat", f"axis{axis}", *parts, axis=axis)
        yield from cases("Concat", f"axis_minus{3 - axis}", *parts, low=11, axis=axis - 3)
    yield from cases("Concat", "one", numbers(2, 3), axis=1)
    yield from cases("Concat", "int64", index(1, 2), index(3), axis=0)
    yield from cases("Concat", "empty", numbers(2, 0), numbers(2, 3), axis=1)
    for name, shape in {
        "same": (2, 3, 4),
        "wider": (2, 3, 4),
        "more": (5, 2, 3, 4),
        "fewer": (4,),
    }.items():
        start = {"same": (2, 3, 4), "wider": (3, 1), "more": (2, 1, 4), "fewer": (2, 3, 4)}[name]
        yield from cases("Expand", name, numbers(*start), index(*shape), low=8)
    yield from cases("Expand", "scalar", np.array(2.5, np.float32), index(2, 3), low=8)
    yield from cases("Expand", "int64", index(1, 2), index(3, 2), low=8)
    yield from cases("Expand", "ones", numbers(3, 1), index(1, 4), low=8)
    yield from cases("Shape", "", x)
    yield from cases("Shape", "scalar", np.array(1, np.float32))
    for name, facts in {
        "start": {"start": 1},
        "end": {"end": 2},
        "both": {"start": 1, "end": 3},
        "negative": {"start": -3, "end": -1},
        "outside": {"start": -9, "end": 9},
        "nothing": {"start": 3, "end": 1},
    }.items():
        yield from cases("Shape", name, x, low=15, **facts)


def parts() -> Iterator[Case]:
    x = numbers(6, 4, 5)
    yield from cases("Split", "equal_attribute", x, high=12, outputs=3)
    yield from cases("Split", "attribute", x, high=12, outputs=2, axis=1, split=[1, 3])
    yield from cases(
        "Split", "attribute_negative", x, low=11, high=12, outputs=2, axis=-1, split=[2, 3]
    )
    yield from cases("Split", "equal", x, low=13, high=17, outputs=2, axis=0)
    yield from cases("Split", "input", x, index(1, 3), low=13, outputs=2, axis=1)
    yield from cases("Split", "input_negative", x, index(2, 1, 2), low=13, outputs=3, axis=-1)
    yield from cases("Split", "input_nothing", x, index(0, 6), low=13, outputs=2, axis=0)
    yield from cases("Split", "num_outputs", x, low=18, outputs=2, axis=1, num_outputs=2)
    yield from cases("Split", "num_outputs_uneven", x, low=18, outputs=3, axis=2, num_outputs=3)
    yield from cases("Split", "num_outputs_one", x, low=18, outputs=1, num_outputs=1)
    huge = np.iinfo(np.int64).max
    yield from cases("Slice", "attributes", x, high=9, axes=[0, 2], starts=[1, 0], ends=[4, 3])
    yield from cases("Slice", "attributes_default", x, high=9, starts=[1, 1], ends=[-1, huge])
    yield from cases("Slice", "attributes_outside", x, high=9, axes=[1], starts=[-2], ends=[1000])
    for name, (starts, ends, axes, steps) in {
        "all_axes": ((1, 0, 2), (5, 4, 4), None, None),
        "axes": ((1, 0), (4, 3), (0, 2), None),
        "steps": ((0, 1), (6, 5), (0, 2), (2, 3)),
        "back": ((5, 3), (0, 0), (0, 1), (-2, -1)),
        "back_to_start": ((-1,), (-huge,), (2,), (-1,)),
        "outside": ((-100, 2), (3, huge), (0, 1), None),
        "negative": ((-4, -3), (-1, -1), (0, 2), None),
        "nothing": ((4,), (2,), (0,), None),
        "start_outside": ((1000,), (1000,), (1,), None),
        "negative_axes": ((1, 0), (4, 3), (-3, -1), (1, 2)),
    }.items():
        optional = [None if values is None else index(*values) for values in (axes, steps)]
        while optional and optional[-1] is None:
            optional.pop()
        low = 11 if axes and min(axes) < 0 else 10
        yield from cases("Slice", name, x, index(*starts), index(*ends), *optional, low=low)
    yield from cases(
        "Slice",
        "int32_indices",
        numbers(4, 5, dtype=np.int64),
        index(1, dtype=np.int32),
        index(3, dtype=np.int32),
        index(0, dtype=np.int32),
        low=10,
    )
    for axis in (0, 1, 2):
        yield from cases("Gather", f"axis{axis}", x, index(2, 0, 1, 2), axis=axis)
    yield from cases("Gather", "axis_minus", x, index(2, 0), low=11, axis=-1)
    yield from cases("Gather", "negative", x, index(-1, 0, -4), low=11, axis=1)
    yield from cases("Gather", "matrix", x, np.array([[0, 3], [1, 1]], np.int64), axis=1)
    yield from cases("Gather", "scalar", x, np.array(2, np.int64), axis=1)
    yield from cases("Gather", "int32", numbers(4, dtype=np.int64), index(3, 1, dtype=np.int32))


def pads() -> Iterator[Case]:
    x = numbers(2, 3, 4, 5)
    amounts = (0, 1, 2, 0, 1, 0, 1, 2)
    for mode in ("constant", "reflect", "edge"):
        inner = (0, 0, 2, 1, 0, 0, 3, 2) if mode == "reflect" else amounts
        yield from cases("Pad", f"attribute_{mode}", x, high=10, mode=mode, pads=inner)
        yield from cases("Pad", mode, x, index(*inner), low=11, mode=mode)
    yield from cases("Pad", "attribute_value", x, high=10, pads=amounts, value=1.5)
    yield from cases("Pad", "attribute_negative", x, high=10, pads=(0, 0, -1, 1, 0, 0, 1, -2))
    yield from cases("Pad", "value", x, index(*amounts), np.array(-2.5, np.float32), low=11)
    yield from cases("Pad", "negative", x, index(0, 0, -1, 1, 0, 0, 1, -2), low=11)
    yield from cases("Pad", "wrap", x, index(0, 0, 2, 1, 0, 0, 3, 4), low=19, mode="wrap")
    value = np.array(0.5, np.float32)
    yield from cases("Pad", "axes", x, index(1, 2, 0, 3), value, index(1, 3), low=18)
    yield from cases("Pad", "axes_negative", x, index(1, 2, 0, 3), None, index(-1, -3), low=18)
    yield from cases("Pad", "axes_edge", x, index(1, 2), None, index(2), low=18, mode="edge")
    yield from cases(
        "Pad",
        "int64",
        numbers(2, 3, dtype=np.int64),
        index(0, 1, 1, 0),
        np.array(7, np.int64),
        low=13,
    )
    yield from cases("Pad", "f64", numbers(2, 3, dtype=np.float64), index(0, 1, 1, 0), low=11)


# Products


def products() -> Iterator[Case]:
    a, b = numbers(3, 4), numbers(4, 5)
    bias = numbers(5)
    yield from cases("Gemm", "default", a, b, bias)
    yield from cases("Gemm", "trans_a", a.T.copy(), b, bias, transA=1)
    yield from cases("Gemm", "trans_b", a, b.T.copy(), bias, transB=1)
    yield from cases(
        "Gemm", "all", a.T.copy(), b.T.copy(), bias, transA=1, transB=1, alpha=0.25, beta=0.35
    )
    yield from cases("Gemm", "no_bias", a, b, low=11, alpha=0.5)
    yield from cases("Gemm", "scalar_bias", a, b, np.array(1.5, np.float32))
    yield from cases("Gemm", "one_bias", a, b, numbers(1))
    yield from cases("Gemm", "column_bias", a, b, numbers(3, 1))
    yield from cases("Gemm", "row_bias", a, b, numbers(1, 5))
    yield from cases("Gemm", "matrix_bias", a, b, numbers(3, 5), beta=0.5)
    yield from cases(
        "Gemm", "f64", a.astype(np.float64), b.astype(np.float64), bias.astype(np.float64)
    )
    for name, (left, right) in {
        "matrices": ((3, 4), (4, 5)),
        "batch": ((2, 3, 4), (2, 4, 5)),
        "batch_of_batches": ((2, 1, 3, 4), (5, 4, 2)),
        "one_right": ((2, 3, 4), (4, 5)),
        "one_left": ((3, 4), (2, 4, 5)),
        "vectors": ((4,), (4,)),
        "vector_left": ((4,), (4, 5)),
        "vector_right": ((3, 4), (4,)),
        "vector_batch": ((4,), (2, 4, 5)),
        "batch_vector": ((2, 3, 4), (4,)),
    }.items():
        yield from cases("MatMul", name, numbers(*left), numbers(*right))
    for dtype in (np.float64, np.int32, np.int64):
        low = 9 if np.issubdtype(dtype, np.integer) else FIRST
        x, y = numbers(3, 4, dtype=dtype), numbers(4, 2, dtype=dtype)
        yield from cases("MatMul", np.dtype(dtype).name, x, y, low=low)


def convolutions() -> Iterator[Case]:
    volumes = {1: numbers(2, 4, 11), 2: numbers(2, 4, 7, 9), 3: numbers(1, 4, 5, 6, 7)}
    for rank, x in volumes.items():
        kernel = numbers(6, 4, *[3] * rank)
        bias = numbers(6)
        name = f"{rank}d"
        yield from cases("Conv", name, x, kernel)
        yield from cases("Conv", f"{name}_bias", x, kernel, bias, pads=[1] * (2 * rank))
        yield from cases(
            "Conv", f"{name}_strides", x, kernel, bias, pads=[1] * (2 * rank), strides=[2] * rank
        )
        yield from cases(
            "Conv", f"{name}_dilations", x, kernel, pads=[2] * (2 * rank), dilations=[2] * rank
        )
        yield from cases("Conv", f"{name}_groups", x, numbers(6, 2, *[3] * rank), bias, group=2)
        yield from cases(
            "Conv",
            f"{name}_depthwise",
            x,
            numbers(4, 1, *[3] * rank),
            group=4,
            pads=[1] * (2 * rank),
        )
        yield from cases("Conv", f"{name}_depthwise_twice", x, numbers(8, 1, *[3] * rank), group=4)
        for mode in ("SAME_UPPER", "SAME_LOWER", "VALID", "NOTSET"):
            yield from cases(
                "Conv",
                f"{name}_{mode.lower()}",
                x,
                numbers(2, 4, *[2] * rank),
                auto_pad=mode,
                strides=[2] * rank,
            )
            yield from cases("Conv", f"{name}_{mode.lower()}_odd", x, kernel, auto_pad=mode)
    image = volumes[2]
    yield from cases("Conv", "point", image, numbers(6, 4, 1, 1), numbers(6), kernel_shape=[1, 1])
    yield from cases("Conv", "point_strides", image, numbers(6, 4, 1, 1), strides=[2, 2])
    yield from cases(
        "Conv",
        "uneven",
        image,
        numbers(3, 4, 2, 3),
        kernel_shape=[2, 3],
        pads=[0, 1, 2, 3],
        strides=[1, 2],
        dilations=[2, 1],
    )
    yield from cases(
        "Conv", "one_pixel", numbers(1, 4, 1, 1), numbers(2, 4, 3, 3), pads=[1, 1, 1, 1]
    )


def norms() -> Iterator[Case]:
    for name, shape in {
        "1d": (2, 3, 5),
        "2d": (2, 3, 4, 5),
        "3d": (1, 3, 2, 4, 3),
        "flat": (4, 3),
    }.items():
        facts = numbers(3), numbers(1, 3)[0], numbers(3, 1)[:, 0], positive(3)
        yield from cases("BatchNormalization", name, numbers(*shape), *facts)
        yield from cases(
            "BatchNormalization", f"{name}_epsilon", numbers(*shape), *facts, epsilon=0.01
        )
    facts = (
        numbers(3, dtype=np.float64),
        numbers(1, 3, dtype=np.float64)[0],
        numbers(3, 1, dtype=np.float64)[:, 0],
    )
    yield from cases(
        "BatchNormalization",
        "f64",
        numbers(2, 3, 4, dtype=np.float64),
        *facts,
        positive(3, dtype=np.float64),
    )
    x = numbers(2, 3, 4, 5)
    large = (1e4 * np.array([[0, 1, 2, 3], [10, 11, 12, 13]])).astype(np.float32)
    for axis in range(4):
        yield from cases("Softmax", f"axis{axis}", x, axis=axis)
        yield from cases("Softmax", f"axis_minus{axis + 1}", x, low=11, axis=-axis - 1)
    yield from cases("Softmax", "default", x)
    yield from cases("Softmax", "large", large)
    yield from cases("Softmax", "f64", x.astype(np.float64))
    yield from cases("Softmax", "vector", numbers(7), axis=0)


def dropouts() -> Iterator[Case]:
    x = numbers(2, 3, 4)
    ratio, never = np.array(0.3, np.float32), np.array(False)
    yield from cases("Dropout", "default", x)
    yield from cases("Dropout", "attribute", x, high=11, ratio=0.3)
    yield from cases("Dropout", "mask", x, low=12, outputs=2)
    yield from cases("Dropout", "ratio", x, ratio, low=12)
    yield from cases("Dropout", "not_training", x, ratio, never, low=12)
    yield from cases("Dropout", "not_training_mask", x, ratio, never, low=12, outputs=2)
    yield from cases("Dropout", "no_ratio", x, None, never, low=12)


# Types and constants

FLOAT8 = {"e4m3fn": 17, "e4m3fnuz": 18, "e5m2": 19, "e5m2fnuz": 20}
# Where overflow is not saturated, ONNX Runtime strays from the definition at 480 and at 61440.
ROUNDED = np.array(
    [
        0,
        -0.0,
        1,
        1.0625,
        1.1875,
        2.5,
        3.5,
        -3.3,
        0.001,
        0.0019531,
        0.013,
        17.9,
        240,
        247.9,
        248,
        256,
        447.9,
        448,
        464,
        464.1,
        -500,
        57344,
        61439,
        1e6,
        -1e6,
        np.inf,
        -np.inf,
        np.nan,
    ],
    np.float32,
)


def casts() -> Iterator[Case]:
    halves = np.array([0.5, 1.5, 2.5, -0.5, -1.5, 2.9, -2.9, 100.7], np.float32)
    types = {
        "f16": TensorProto.FLOAT16,
        "f64": TensorProto.DOUBLE,
        "int8": TensorProto.INT8,
        "int16": TensorProto.INT16,
        "int32": TensorProto.INT32,
        "int64": TensorProto.INT64,
        "f32": TensorProto.FLOAT,
        "bool": TensorProto.BOOL,
    }
    for name, to in types.items():
        yield from cases("Cast", f"f32_{name}", halves, low=9, to=to)
        yield from cases("Cast", f"int64_{name}", index(-3, 0, 1, 100), low=9, to=to)
        yield from cases("Cast", f"bool_{name}", np.array([True, False]), low=9, to=to)
        yield from cases("Cast", f"f64_{name}", halves.astype(np.float64), low=9, to=to)
        yield from cases("Cast", f"f16_{name}", halves.astype(np.float16), low=9, to=to)
        yield from cases("Cast", f"uint8_{name}", np.array([0, 1, 100], np.uint8), low=9, to=to)
    yield from cases(
        "Cast", "uint8", np.array([0, 1.9, 200.5], np.float32), low=9, to=TensorProto.UINT8
    )
    near = np.array(
        [
            1 + 2**-11,
            1 + 3 * 2**-11,
            65504,
            65519,
            65520,
            1e-7,
            2**-25,
            2**-24,
            6e-8,
            np.inf,
            np.nan,
        ],
        np.float32,
    )
    yield from cases("Cast", "to_f16", near, low=9, to=TensorProto.FLOAT16)
    there_and_back = [(13, "bf16", TensorProto.BFLOAT16, {})]
    for opset in (19, 21, 23):
        for name, to in FLOAT8.items():
            there_and_back.append((opset, name, to, {}))
            there_and_back.append((opset, f"{name}_not_saturated", to, {"saturate": 0}))
    there_and_back += [(opset, "bf16", TensorProto.BFLOAT16, {}) for opset in (19, 23)]
    bf16 = np.array(
        [1 + 2**-8, 1 + 3 * 2**-8, 3.0e38, 3.4e38, 1e-40, -0.1, np.inf, np.nan], np.float32
    )
    for opset, name, to, facts in there_and_back:
        yield chain(
            "Cast",
            f"there_and_back_{name}",
            opset,
            bf16 if name == "bf16" else ROUNDED,
            helper.make_node("Cast", ["x0"], ["t"], to=to, **facts),
            helper.make_node("Cast", ["t"], ["y0"], to=TensorProto.FLOAT),
        )
    four_bits = {"int4": (TensorProto.INT4, -8, 7), "uint4": (TensorProto.UINT4, 0, 15)}
    for name, (to, low, high) in four_bits.items():
        for opset in (21, 23):
            yield chain(
                "Cast",
                f"there_and_back_{name}",
                opset,
                np.arange(low, high + 1).astype(np.float32),
                helper.make_node("Cast", ["x0"], ["t"], to=to),
                helper.make_node("Cast", ["t"], ["y0"], to=TensorProto.FLOAT),
            )
    like = {"f64": np.float64, "int64": np.int64, "f16": np.float16, "f32": np.float32}
    for name, dtype in like.items():
        yield from cases("CastLike", f"f32_{name}", halves, np.zeros((2, 2), dtype), low=15)


def constants() -> Iterator[Case]:
    values: dict[str, tuple[int, dict[str, Any]]] = {
        "value": (FIRST, {"value": numpy_helper.from_array(numbers(2, 3))}),
        "value_int64": (9, {"value": numpy_helper.from_array(index(3, -1))}),
        "value_scalar": (FIRST, {"value": numpy_helper.from_array(np.array(2.5))}),
        "float": (12, {"value_float": 1.25}),
        "floats": (12, {"value_floats": [1.25, -3.0, 0.1]}),
        "int": (12, {"value_int": -7}),
        "ints": (12, {"value_ints": [1, 0, -5]}),
    }
    for name, (low, facts) in values.items():
        yield from cases("Constant", name, low=low, **facts)
    for name, value in {
        "default": None,
        "float": np.array([1.5], np.float32),
        "int32": index(7, dtype=np.int32),
        "int64": index(-1),
        "bool": np.array([True]),
        "f16": np.array([0.5], np.float16),
        "f64": np.array([0.1]),
        "uint8": np.array([9], np.uint8),
    }.items():
        facts = {} if value is None else {"value": numpy_helper.from_array(value)}
        yield from cases("ConstantOfShape", name, index(2, 3), low=9, **facts)
    yield from cases("ConstantOfShape", "scalar", index(), low=9)
    yield from cases("ConstantOfShape", "nothing", index(2, 0), low=9)


def quantizations() -> Iterator[Case]:
    x = np.array(
        [-300, -128.5, -3.5, -2.5, -1.5, -0.5, 0, 0.5, 1.5, 2.5, 3.5, 126.5, 127.5, 300], np.float32
    )
    one = np.array(1, np.float32)
    yield from cases("QuantizeLinear", "default", x, one, low=10)
    for dtype in (np.uint8, np.int8):
        name = np.dtype(dtype).name
        yield from cases(
            "QuantizeLinear", name, x, np.array(2, np.float32), np.array(3, dtype), low=10
        )
        values = np.arange(12).astype(dtype)
        yield from cases(
            "DequantizeLinear", name, values, np.array(0.1, np.float32), np.array(3, dtype), low=10
        )
        grid = numbers(2, 3, 4, span=100)
        scales, zeros = positive(3), np.array([1, 2, 7], dtype)
        yield from cases("QuantizeLinear", f"{name}_axis", grid, scales, zeros, low=13)
        yield from cases(
            "QuantizeLinear", f"{name}_axis_minus", grid, scales, zeros, low=13, axis=-2
        )
        yield from cases(
            "QuantizeLinear", f"{name}_axis0", grid, scales[:2], zeros[:2], low=13, axis=0
        )
        quantized = (np.arange(24).reshape(2, 3, 4) * 5).astype(dtype)
        yield from cases("DequantizeLinear", f"{name}_axis", quantized, scales, zeros, low=13)
        yield from cases(
            "DequantizeLinear", f"{name}_axis_minus", quantized, scales, zeros, low=13, axis=-2
        )
        yield from cases("DequantizeLinear", f"{name}_no_zero", quantized, scales, low=13, axis=1)
        # From opset 21 on a scale may hold for a block along an axis.
        blocks = positive(2, 3, 2), (np.arange(12).reshape(2, 3, 2) % 5).astype(dtype)
        yield from cases(
            "QuantizeLinear", f"{name}_blocks", grid, *blocks, low=21, axis=2, block_size=2
        )
        yield from cases(
            "DequantizeLinear", f"{name}_blocks", quantized, *blocks, low=21, axis=2, block_size=2
        )
        uneven = positive(2, 2, 4), np.ones((2, 2, 4), dtype)
        yield from cases(
            "QuantizeLinear", f"{name}_blocks_uneven", grid, *uneven, low=21, axis=1, block_size=2
        )
        yield from cases(
            "DequantizeLinear",
            f"{name}_blocks_uneven",
            quantized,
            *uneven,
            low=21,
            axis=1,
            block_size=2,
        )
    yield from cases(
        "DequantizeLinear",
        "int32",
        numbers(3, 4, dtype=np.int32),
        np.array(0.5, np.float32),
        low=10,
    )
    yield from cases(
        "DequantizeLinear",
        "scale_of_one_element",
        np.arange(4, dtype=np.uint8),
        np.array([0.25], np.float32),
        low=10,
    )
    for dtype in (np.uint16, np.int16):
        name = np.dtype(dtype).name
        wide = numbers(3, 4, span=1e5)
        yield from cases(
            "QuantizeLinear", name, wide, np.array(2, np.float32), np.array(5, dtype), low=21
        )
        yield from cases(
            "DequantizeLinear",
            name,
            np.arange(12).astype(dtype),
            np.array(0.3, np.float32),
            np.array(5, dtype),
            low=21,
        )
    yield from cases("QuantizeLinear", "output_type", x, one, low=21, output_dtype=TensorProto.INT8)
    for opset in (21, 23):
        for name, to in {"int4": TensorProto.INT4, "uint4": TensorProto.UINT4}.items():
            scale = helper.make_node(
                "Constant", [], ["s"], value=numpy_helper.from_array(np.array(2, np.float32))
            )
            yield chain(
                "QuantizeLinear",
                f"there_and_back_{name}",
                opset,
                numbers(3, 5, span=20),
                scale,
                helper.make_node("QuantizeLinear", ["x0", "s"], ["q"], output_dtype=to),
                helper.make_node("DequantizeLinear", ["q", "s"], ["y0"]),
            )
    for opset in (19, 21, 23):
        for name, to in FLOAT8.items():
            zero = helper.make_node(
                "Constant", [], ["z"], value=helper.make_tensor("z", to, [], [0.0])
            )
            scale = helper.make_node(
                "Constant", [], ["s"], value=numpy_helper.from_array(np.array(2, np.float32))
            )
            yield chain(
                "QuantizeLinear",
                f"there_and_back_{name}",
                opset,
                numbers(3, 5, span=100),
                scale,
                zero,
                helper.make_node("QuantizeLinear", ["x0", "s", "z"], ["q"]),
                helper.make_node("DequantizeLinear", ["q", "s"], ["y0"]),
            )


def halves() -> Iterator[Case]:
    """Arithmetic in 16 bits, for which one rounding is all that may differ."""
    x, y = numbers(3, 4, dtype=np.float16), positive(4, dtype=np.float16)
    for kind in ("Add", "Sub", "Mul", "Div"):
        yield from cases(kind, "f16", x, y)
    yield from cases("Sigmoid", "f16", x)
    yield from cases("Identity", "f16", x)
    yield from cases("Reshape", "f16", x, index(4, 3))
    yield from cases("Transpose", "f16", x)


ALL = (
    activations,
    clips,
    arithmetic,
    pools,
    reductions,
    shapes,
    parts,
    pads,
    products,
    convolutions,
    norms,
    dropouts,
    casts,
    constants,
    quantizations,
    halves,
)


def write(folder: Path) -> list[str]:
    """Writes every case, and returns the names of those that ONNX Runtime does not implement."""
    missing = []
    for group in ALL:
        for case in group():
            try:
                case.write(folder)
            except (
                onnxruntime.capi.onnxruntime_pybind11_state.NotImplemented,
                onnxruntime.capi.onnxruntime_pybind11_state.InvalidGraph,
            ):
                missing.append(case.name)
    return missing


if __name__ == "__main__":
    for name in write(Path(sys.argv[1])):
        print(f"ONNX Runtime has no {name}")
