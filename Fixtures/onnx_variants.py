"""The ways in which a network becomes an ONNX file: exporters, rewritten graphs, other tools.

All variants of a network compute what the network computes; `VARIANTS` lists them.
"""

from __future__ import annotations

import copy
import logging
import os
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper
from torch import Tensor

from gpunet_torch import GPUNet

HALF, BRAIN, SINGLE, DOUBLE = 2**-11, 2**-8, 2**-24, 2**-53
"""Unit roundoffs."""


@dataclass(frozen=True)
class Subject:
    """A network in evaluation mode, and the side of the images that it is exported for."""

    model: GPUNet
    resolution: int

    def image(self, count: int = 1) -> Tensor:
        dtype = next(self.model.parameters()).dtype
        return torch.zeros(count, 3, self.resolution, self.resolution, dtype=dtype)

    def to(self, dtype: torch.dtype) -> Subject:
        return Subject(copy.deepcopy(self.model).to(dtype), self.resolution)


Writer = Callable[[Subject, Path], None]


# Exporters

OPEN_BATCH = {"input": {0: "batch"}, "output": {0: "batch"}}
OPEN_SIZES = {"input": {0: "batch", 2: "height", 3: "width"}, "output": {0: "batch"}}


def trace(
    subject: Subject,
    path: Path,
    opset: int,
    folded: bool = True,
    count: int = 1,
    **options: Any,
) -> None:
    """The exporter that traces; it folds every batch norm or leaves all."""
    mode = torch.onnx.TrainingMode
    with quiet():
        torch.onnx.export(
            subject.model,
            (subject.image(count),),
            path,
            dynamo=False,
            opset_version=opset,
            training=mode.EVAL if folded else mode.PRESERVE,
            do_constant_folding=folded,
            input_names=["input"],
            output_names=["output"],
            **options,
        )


def capture(
    subject: Subject,
    path: Path,
    opset: int | None = None,
    open_sizes: bool = False,
    external: bool = False,
    optimize: bool = True,
    count: int = 1,
) -> None:
    """The newer exporter, which captures the program; without an opset, in the one it prefers."""
    # An extent of 1 would be taken for a fact.
    count = 2 if open_sizes else count
    axes = {axis: torch.export.Dim.DYNAMIC for axis in (0, 2, 3)}
    with quiet():
        torch.onnx.export(
            subject.model,
            (subject.image(count),),
            path,
            dynamo=True,
            opset_version=opset,
            dynamic_shapes=(axes,) if open_sizes else None,
            external_data=external,
            optimize=optimize,
            input_names=["input"],
            output_names=["output"],
            verbose=False,
        )
    # Where a node comes from names folders of this machine.
    model = onnx.load(path, load_external_data=False)
    for node in model.graph.node:
        del node.metadata_props[:]
    onnx.save(model, path)


@contextmanager
def quiet() -> Iterator[None]:
    """Keeps back what the exporters say of their own future."""
    for name in ("torch.onnx", "onnxscript", "onnx_ir"):
        logging.getLogger(name).setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def exported(subject: Subject, opset: int, folded: bool = True) -> ModelProto:
    """Traced, or captured for the opsets that only the newer exporter writes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.onnx")
        if opset <= 20:
            trace(subject, path, opset, folded)
        else:
            capture(subject, path, opset)
        return onnx.load(path)


# Graphs


class Graph:
    """A model's graph, to be rewritten node by node."""

    def __init__(self, model: ModelProto) -> None:
        self.model = model
        self.graph = model.graph
        self.opset = model.opset_import[0].version
        self._count = 0

    def value(self, name: str) -> np.ndarray:
        return next(numpy_helper.to_array(t) for t in self.graph.initializer if t.name == name)

    def fresh(self, stem: str) -> str:
        self._count += 1
        return f"{stem}_{self._count}"

    def constant(self, value: Any, dtype: Any = np.int64) -> str:
        """The name of a new initializer."""
        name = self.fresh("constant")
        self.graph.initializer.append(numpy_helper.from_array(np.array(value, dtype), name))
        return name

    def weight(self, value: Any) -> str:
        return self.constant(value, np.float32)

    def node(self, kind: str, *inputs: str, **attributes: Any) -> NodeProto:
        """A node whose output has a new name."""
        return helper.make_node(kind, inputs, [self.fresh(kind)], **attributes)

    def rewrite(self, kind: str, replace: Callable[[NodeProto], list[NodeProto]]) -> None:
        """Puts other nodes in place of those of a kind; the last takes over the output's name."""
        before = list(self.graph.node)
        if not any(node.op_type == kind for node in before):
            raise ValueError(f"no {kind} to rewrite")
        after: list[NodeProto] = []
        for node in before:
            if node.op_type != kind:
                after.append(node)
            elif replacement := replace(node):
                replacement[-1].output[:] = node.output
                after += replacement
        self.set_nodes(after)

    def set_nodes(self, nodes: list[NodeProto]) -> None:
        del self.graph.node[:]
        self.graph.node.extend(nodes)

    def set_initializers(self, tensors: list[TensorProto]) -> None:
        del self.graph.initializer[:]
        self.graph.initializer.extend(tensors)

    def save(self, path: Path) -> None:
        """Without tensors that nothing uses any more, and without shapes that may be wrong now."""
        used = {name for node in self.graph.node for name in node.input}
        self.set_initializers([t for t in self.graph.initializer if t.name in used])
        del self.graph.value_info[:]
        onnx.save(self.model, path)


def attributes(node: NodeProto) -> dict[str, Any]:
    return {item.name: helper.get_attribute_value(item) for item in node.attribute}


Rewrite = Callable[[Graph], None]


def rewritten(rewrite: Rewrite, opset: int, folded: bool = True) -> Writer:
    def write(subject: Subject, path: Path) -> None:
        graph = Graph(exported(subject, opset, folded))
        rewrite(graph)
        graph.save(path)

    return write


# Activations


def swap_operands(graph: Graph) -> None:
    """Sigmoids before what they scale, and the operands of sums the other way round."""

    def replace(node: NodeProto) -> list[NodeProto]:
        return [graph.node(node.op_type, *reversed(node.input))]

    for kind in sorted({node.op_type for node in graph.graph.node} & {"Mul", "Add"}):
        graph.rewrite(kind, replace)


def swish(graph: Graph) -> None:
    """SiLU as an operator of its own, which opset 24 brought."""
    sigmoids = {node.output[0]: node for node in graph.graph.node if node.op_type == "Sigmoid"}
    replaced: list[str] = []

    def replace(node: NodeProto) -> list[NodeProto]:
        x, gate = node.input
        if gate not in sigmoids or sigmoids[gate].input[0] != x:
            return [node]
        replaced.append(gate)
        return [graph.node("Swish", x)]

    graph.rewrite("Mul", replace)
    graph.rewrite("Sigmoid", lambda node: [] if node.output[0] in replaced else [node])


def relu_as_clip(graph: Graph) -> None:
    """The limit is an attribute before opset 11 and an input since."""

    def replace(node: NodeProto) -> list[NodeProto]:
        if graph.opset < 11:
            return [graph.node("Clip", *node.input, min=0.0)]
        return [graph.node("Clip", *node.input, graph.weight(0))]

    graph.rewrite("Relu", replace)


def relu_as_max(graph: Graph) -> None:
    graph.rewrite("Relu", lambda node: [graph.node("Max", *node.input, graph.weight(0))])


# Means


def all_means_as_pools(graph: Graph) -> None:
    graph.rewrite("ReduceMean", lambda node: [graph.node("GlobalAveragePool", node.input[0])])


def pool_as_mean(graph: Graph) -> None:
    """The axes are an attribute before opset 18 and an input since."""

    def replace(node: NodeProto) -> list[NodeProto]:
        axes = [-2, -1]
        if graph.opset < 18:
            return [graph.node("ReduceMean", node.input[0], axes=axes, keepdims=1)]
        return [graph.node("ReduceMean", node.input[0], graph.constant(axes), keepdims=1)]

    graph.rewrite("GlobalAveragePool", replace)


def pool_as_flat_mean(graph: Graph) -> None:
    """The mean drops the axes itself, and nothing flattens."""
    flat = next(node for node in graph.graph.node if node.op_type == "Flatten")
    pool = next(node for node in graph.graph.node if node.op_type == "GlobalAveragePool")
    if flat.input[0] != pool.output[0]:
        raise ValueError("something stands between pool and flatten")
    mean = graph.node("ReduceMean", pool.input[0], axes=[2, 3], keepdims=0)
    graph.rewrite("GlobalAveragePool", lambda node: [])
    graph.rewrite("Flatten", lambda node: [mean])


# From the pool to the classifier


def flatten_as_reshape(graph: Graph, shape: tuple[int, ...]) -> None:
    def replace(node: NodeProto) -> list[NodeProto]:
        return [graph.node("Reshape", node.input[0], graph.constant(shape))]

    graph.rewrite("Flatten", replace)


def flatten_as_computed_reshape(graph: Graph) -> None:
    """What tracing `x.view(x.size(0), -1)` leaves."""

    def replace(node: NodeProto) -> list[NodeProto]:
        shape = graph.node("Shape", node.input[0])
        first = graph.node("Gather", *shape.output, graph.constant(0), axis=0)
        extent = graph.node("Unsqueeze", *first.output, axes=[0])
        both = graph.node("Concat", *extent.output, graph.constant([-1]), axis=0)
        return [shape, first, extent, both, graph.node("Reshape", node.input[0], *both.output)]

    graph.rewrite("Flatten", replace)


def flatten_as_squeeze(graph: Graph) -> None:
    """The axes are an attribute before opset 13 and an input since."""

    def replace(node: NodeProto) -> list[NodeProto]:
        if graph.opset < 13:
            return [graph.node("Squeeze", node.input[0], axes=[2, 3])]
        return [graph.node("Squeeze", node.input[0], graph.constant([-1, -2]))]

    graph.rewrite("Flatten", replace)


def gemm_not_transposed(graph: Graph) -> None:
    def replace(node: NodeProto) -> list[NodeProto]:
        x, weight, bias = node.input
        return [graph.node("Gemm", x, graph.weight(graph.value(weight).T), bias, transB=0)]

    graph.rewrite("Gemm", replace)


def gemm_as_product(graph: Graph) -> None:
    def replace(node: NodeProto) -> list[NodeProto]:
        x, weight, bias = node.input
        product = graph.node("MatMul", x, graph.weight(graph.value(weight).T))
        return [product, graph.node("Add", bias, *product.output)]

    graph.rewrite("Gemm", replace)


# Nodes that do nothing, and nodes that do a part of another's work


def insert_identities(graph: Graph) -> None:
    """Identities around every convolution's bias and answer, a dropout before the classifier."""

    def around(node: NodeProto) -> list[NodeProto]:
        x, weight, *bias = node.input
        before = [graph.node("Identity", name) for name in bias]
        names = [name for identity in before for name in identity.output]
        convolution = graph.node("Conv", x, weight, *names, **attributes(node))
        return [*before, convolution, graph.node("Identity", *convolution.output)]

    def dropped(node: NodeProto) -> list[NodeProto]:
        x, *weights = node.input
        dropout = graph.node("Dropout", x)
        return [dropout, graph.node("Gemm", *dropout.output, *weights, **attributes(node))]

    graph.rewrite("Conv", around)
    graph.rewrite("Gemm", dropped)


def pad_explicitly(graph: Graph) -> None:
    """The amounts are an attribute before opset 11 and an input since."""

    def replace(node: NodeProto) -> list[NodeProto]:
        facts = attributes(node)
        top, left, bottom, right = facts.pop("pads")
        if not (top or left or bottom or right):
            return [node]
        amounts = [0, 0, top, left, 0, 0, bottom, right]
        x, *weights = node.input
        if graph.opset < 11:
            pad = graph.node("Pad", x, pads=amounts)
        else:
            pad = graph.node("Pad", x, graph.constant(amounts))
        return [pad, graph.node("Conv", *pad.output, *weights, **facts)]

    graph.rewrite("Conv", replace)


def bias_as_addition(graph: Graph) -> None:
    def replace(node: NodeProto) -> list[NodeProto]:
        x, weight, *bias = node.input
        if not bias:
            return [node]
        product = graph.node("Conv", x, weight, **attributes(node))
        column = graph.weight(graph.value(bias[0]).reshape(1, -1, 1, 1))
        return [product, graph.node("Add", *product.output, column)]

    graph.rewrite("Conv", replace)


# How values are written down


def constants_as_nodes(graph: Graph) -> None:
    constants = [
        helper.make_node("Constant", [], [tensor.name], value=tensor)
        for tensor in graph.graph.initializer
    ]
    graph.set_nodes([*constants, *graph.graph.node])
    graph.set_initializers([])


def typed_fields(graph: Graph) -> None:
    """Numbers in the field of their type in place of raw bytes."""
    for tensor in graph.graph.initializer:
        values = numpy_helper.to_array(tensor).ravel()
        tensor.ClearField("raw_data")
        tensor.float_data.extend(values.tolist())


def cast_weights(graph: Graph, element_type: int) -> None:
    """Weights in another type, and a cast after each."""
    dtype = helper.tensor_dtype_to_np_dtype(element_type)
    casts = []
    for tensor in graph.graph.initializer:
        values = numpy_helper.to_array(tensor).astype(dtype)
        stored = graph.fresh("stored")
        casts.append(helper.make_node("Cast", [stored], [tensor.name], to=TensorProto.FLOAT))
        tensor.CopyFrom(numpy_helper.from_array(values, stored))
    graph.set_nodes([*casts, *graph.graph.node])


def scramble_names(graph: Graph) -> None:
    """Names and an order of weights that say nothing."""
    graph.set_initializers(list(reversed(graph.graph.initializer)))
    kept = {value.name for value in [*graph.graph.input, *graph.graph.output]}
    names = {name: name for name in ["", *kept]}

    def renamed(name: str) -> str:
        return names.setdefault(name, str(len(names) * 7919 % 100_003))

    for tensor in graph.graph.initializer:
        tensor.name = renamed(tensor.name)
    for position, node in enumerate(graph.graph.node):
        node.name = f"Conv_{position}"
        node.input[:] = map(renamed, node.input)
        node.output[:] = map(renamed, node.output)
    graph.graph.name = "network"
    graph.model.ClearField("producer_name")
    graph.model.ClearField("producer_version")


def external_files(subject: Subject, path: Path) -> None:
    """A file of its own for every tensor."""
    model = exported(subject, 13)
    for position, tensor in enumerate(model.graph.initializer):
        onnx.external_data_helper.set_external_data(tensor, f"{path.stem}.{position}.bin")
    onnx.save(model, path)


# Narrower and wider types


def converted(subject: Subject, path: Path, dtype: torch.dtype, opset: int) -> None:
    trace(subject.to(dtype), path, opset)


def halved_inside(subject: Subject, path: Path, kept: tuple[str, ...] = ()) -> None:
    """ONNX Runtime's conversion to 16 bits, but for the input, the output and some operators."""
    from onnxruntime.transformers.float16 import convert_float_to_float16
    from onnxruntime.transformers.onnx_model import OnnxModel

    with quiet():
        model = convert_float_to_float16(
            exported(subject, 17), keep_io_types=True, op_block_list=list(kept)
        )
    # It leaves the casts behind all other nodes.
    OnnxModel(model).topological_sort()
    onnx.save(model, path)


# Other tools


def simplified(subject: Subject, path: Path, opset: int, folded: bool) -> None:
    import onnxsim

    model, _ = onnxsim.simplify(exported(subject, opset, folded), check_n=0)
    onnx.save(model, path)


def slimmed(subject: Subject, path: Path, opset: int, folded: bool) -> None:
    import onnxslim

    onnx.save(onnxslim.slim(exported(subject, opset, folded)), path)


def optimized(subject: Subject, path: Path, opset: int, folded: bool) -> None:
    """ONNX Runtime's basic optimisations, after which all operators still are standard ones."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = os.fspath(path)
    options.log_severity_level = 3
    model = exported(subject, opset, folded).SerializeToString()
    onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


# The list


@dataclass(frozen=True)
class Variant:
    """A way to write a network, and the unit roundoff of its weights."""

    made: str
    write: Writer
    unit: float = SINGLE
    grammars: tuple[bool, ...] = (False, True)
    """Whether distilled; a rewrite may need what one of the grammars alone has."""


PLAIN = (False,)

VARIANTS: dict[str, Variant] = {
    "tracing-opset7": Variant("the tracing exporter, opset 7", partial(trace, opset=7)),
    "tracing-opset10": Variant("the tracing exporter, opset 10", partial(trace, opset=10)),
    "tracing-opset13": Variant("the tracing exporter, opset 13", partial(trace, opset=13)),
    "tracing-opset17": Variant("the tracing exporter, opset 17", partial(trace, opset=17)),
    "tracing-opset20": Variant(
        "the tracing exporter, opset 20: axes of means as inputs", partial(trace, opset=20)
    ),
    "tracing-opset10-unfolded": Variant(
        "the tracing exporter, opset 10, batch norms kept", partial(trace, opset=10, folded=False)
    ),
    "tracing-opset17-unfolded": Variant(
        "the tracing exporter, opset 17, batch norms kept", partial(trace, opset=17, folded=False)
    ),
    "tracing-opset10-batch": Variant(
        "the tracing exporter, opset 10, batch open",
        partial(trace, opset=10, dynamic_axes=OPEN_BATCH),
    ),
    "tracing-opset13-dynamic": Variant(
        "the tracing exporter, opset 13, batch, height and width open",
        partial(trace, opset=13, dynamic_axes=OPEN_SIZES),
    ),
    "tracing-opset10-eight": Variant(
        "the tracing exporter, opset 10, a batch of eight", partial(trace, opset=10, count=8)
    ),
    "tracing-opset10-inputs": Variant(
        "the tracing exporter, opset 10, weights as inputs, too",
        partial(trace, opset=10, keep_initializers_as_inputs=True),
    ),
    "dynamo": Variant("the newer exporter, the opset it prefers", capture),
    "dynamo18": Variant("the newer exporter, opset 18", partial(capture, opset=18)),
    "dynamo18-external": Variant(
        "the newer exporter, opset 18, weights in a file beside it",
        partial(capture, opset=18, external=True),
    ),
    "dynamo20-dynamic": Variant(
        "the newer exporter, opset 20, batch, height and width open",
        partial(capture, opset=20, open_sizes=True),
    ),
    "dynamo18-eight": Variant(
        "the newer exporter, opset 18, a batch of eight", partial(capture, opset=18, count=8)
    ),
    "dynamo23": Variant("the newer exporter, opset 23", partial(capture, opset=23)),
    "dynamo25": Variant("the newer exporter, opset 25", partial(capture, opset=25)),
    "dynamo-unoptimized": Variant(
        "the newer exporter, nothing folded", partial(capture, optimize=False)
    ),
    "dynamo-unoptimized-dynamic": Variant(
        "the newer exporter, nothing folded, batch, height and width open",
        partial(capture, optimize=False, open_sizes=True),
    ),
    "swapped": Variant("operands of every Mul and Add exchanged", rewritten(swap_operands, 10)),
    "swish24": Variant("SiLU as one operator", rewritten(swish, 24), grammars=PLAIN),
    "clip10": Variant("relu as Clip, its limit an attribute", rewritten(relu_as_clip, 10)),
    "clip13": Variant("relu as Clip, its limit an input", rewritten(relu_as_clip, 13)),
    "max13": Variant("relu as Max of a value and 0", rewritten(relu_as_max, 13)),
    "mean10": Variant("the pool as ReduceMean, axes an attribute", rewritten(pool_as_mean, 10)),
    "mean18": Variant("the pool as ReduceMean, axes an input", rewritten(pool_as_mean, 18)),
    "mean-pool10": Variant(
        "the means of squeeze-excite as GlobalAveragePool",
        rewritten(all_means_as_pools, 10),
        grammars=PLAIN,
    ),
    "mean-flat13": Variant(
        "a ReduceMean that drops its axes, and no Flatten",
        rewritten(pool_as_flat_mean, 13),
        grammars=PLAIN,
    ),
    "reshape10": Variant(
        "Flatten as Reshape to 1, -1", rewritten(partial(flatten_as_reshape, shape=(1, -1)), 10)
    ),
    "reshape-zero13": Variant(
        "Flatten as Reshape to 0, -1", rewritten(partial(flatten_as_reshape, shape=(0, -1)), 13)
    ),
    "reshape-computed10": Variant(
        "Flatten as Reshape to a shape that nodes compute",
        rewritten(flatten_as_computed_reshape, 10),
    ),
    "squeeze10": Variant(
        "Flatten as Squeeze, axes an attribute", rewritten(flatten_as_squeeze, 10)
    ),
    "squeeze13": Variant("Flatten as Squeeze, axes an input", rewritten(flatten_as_squeeze, 13)),
    "gemm10": Variant("the classifier not transposed", rewritten(gemm_not_transposed, 10)),
    "matmul10": Variant("the classifier as MatMul and Add", rewritten(gemm_as_product, 10)),
    "identities10": Variant(
        "Identity around convolutions, Dropout before the classifier",
        rewritten(insert_identities, 10),
    ),
    "pad10": Variant("padding in nodes, amounts an attribute", rewritten(pad_explicitly, 10)),
    "pad13": Variant("padding in nodes, amounts an input", rewritten(pad_explicitly, 13)),
    "bias13": Variant("biases as Add", rewritten(bias_as_addition, 13)),
    "constants10": Variant(
        "Constant nodes in place of initializers", rewritten(constants_as_nodes, 10)
    ),
    "typed10": Variant("typed fields in place of raw bytes", rewritten(typed_fields, 10)),
    "names10": Variant("names that say nothing", rewritten(scramble_names, 10)),
    "external13": Variant("a file for every tensor", external_files),
    "f64": Variant(
        "double precision", partial(converted, dtype=torch.float64, opset=10), unit=DOUBLE
    ),
    "f64-weights": Variant(
        "weights in double precision, a Cast after each",
        rewritten(partial(cast_weights, element_type=TensorProto.DOUBLE), 13),
    ),
    "bf16": Variant(
        "bfloat16 weights, a Cast after each",
        rewritten(partial(cast_weights, element_type=TensorProto.BFLOAT16), 13),
        unit=BRAIN,
    ),
    "f16-weights": Variant(
        "half-precision weights, a Cast after each",
        rewritten(partial(cast_weights, element_type=TensorProto.FLOAT16), 13),
        unit=HALF,
    ),
    "f16": Variant("half precision", partial(converted, dtype=torch.float16, opset=13), unit=HALF),
    "f16-inside": Variant("half precision, but for input and output", halved_inside, unit=HALF),
    "f16-mixed": Variant(
        "half precision, but for input, output, means and classifier",
        partial(halved_inside, kept=("ReduceMean", "GlobalAveragePool", "Gemm")),
        unit=HALF,
    ),
    "onnxsim": Variant("onnxsim, of batch norms kept", partial(simplified, opset=17, folded=False)),
    "onnxslim": Variant("onnxslim, of batch norms kept", partial(slimmed, opset=17, folded=False)),
    "onnxruntime": Variant(
        "ONNX Runtime's basic optimisations, of batch norms kept",
        partial(optimized, opset=17, folded=False),
    ),
}
"""By name."""


def variants(subject: Subject) -> dict[str, Variant]:
    """The variants that a network of this grammar has."""
    is_distilled = any(name == "tail:" for name, _ in subject.model.network.named_children())
    return {name: variant for name, variant in VARIANTS.items() if is_distilled in variant.grammars}


# Answers


def widened(path: Path) -> ModelProto:
    """The same network, weights rounded as they are in the file, all of it in 32 bits."""
    model = onnx.load(path)
    graph = model.graph
    narrow = {TensorProto.FLOAT16, TensorProto.BFLOAT16, TensorProto.DOUBLE}
    for tensor in graph.initializer:
        if tensor.data_type in narrow:
            values = numpy_helper.to_array(tensor).astype(np.float32)
            tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
    for node in graph.node:
        for attribute in node.attribute:
            if node.op_type == "Cast" and attribute.name == "to" and attribute.i in narrow:
                attribute.i = TensorProto.FLOAT
    for value in [*graph.input, *graph.output]:
        value.type.tensor_type.elem_type = TensorProto.FLOAT
    del graph.value_info[:]
    return model


def answers(model: ModelProto | Path, images: np.ndarray) -> np.ndarray:
    """What ONNX Runtime answers."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    source = model.SerializeToString() if isinstance(model, ModelProto) else os.fspath(model)
    session = onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    # A batch of fixed size is filled with the same images again.
    count = session.get_inputs()[0].shape[0]
    batch = np.resize(images, (count, *images.shape[1:])) if isinstance(count, int) else images
    return np.asarray(session.run(None, {"input": batch})[0])[: len(images)]


def expected_answers(
    path: Path, variant: Variant, images: np.ndarray, right: np.ndarray
) -> np.ndarray:
    """What a converted file must answer: what PyTorch did, or the same with rounded weights.

    Raises where the variant itself does not compute what PyTorch computed, which is `right`.
    """
    found = answers(path if variant.unit == SINGLE else widened(path), images)
    difference = np.abs(found - right).max() / np.abs(right).max()
    bar = max(1e-5, 16 * variant.unit)
    if not difference <= bar:
        raise AssertionError(f"{path.name}: relative difference {difference:.3g} > {bar:.3g}")
    return right if variant.unit <= SINGLE else found
