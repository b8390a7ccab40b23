"""A small network's ONNX graph, to be changed at its ends and inside, for `deployed/`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import onnx
from onnx import FunctionProto, ModelProto, NodeProto, TensorProto, helper, numpy_helper


class GraphEditor:
    """A model with one input and one output, which is changed in place."""

    def __init__(self, model: ModelProto) -> None:
        self.model = model
        self._count = 0
        self._input = ""
        self._output = ""

    # Nodes

    @property
    def graph(self) -> onnx.GraphProto:
        return self.model.graph

    def fresh(self, stem: str) -> str:
        self._count += 1
        return f"{stem}_{self._count}"

    def constant(self, value: Any, dtype: Any = np.int64) -> str:
        name = self.fresh("constant")
        tensor = numpy_helper.from_array(np.array(value, dtype), name)
        self.graph.initializer.append(tensor)
        return name

    def weight(self, value: Any) -> str:
        return self.constant(value, np.float32)

    def value(self, name: str) -> np.ndarray:
        return next(numpy_helper.to_array(t) for t in self.graph.initializer if t.name == name)

    def add_many(self, kind: str, count: int, *inputs: str, **attributes: Any) -> list[str]:
        outputs = [self.fresh(kind) for _ in range(count)]
        self.graph.node.append(helper.make_node(kind, inputs, outputs, **attributes))
        return outputs

    def add(self, kind: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        output = output or self.fresh(kind)
        self.graph.node.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def nodes(self, kind: str) -> list[NodeProto]:
        return [node for node in self.graph.node if node.op_type == kind]

    def input_of(self, kind: str, index: int = 0) -> str:
        return self.nodes(kind)[index].input[0]

    def remove(self, kind: str) -> tuple[str, str]:
        """The input and the output of a node that is no more."""
        node = self.nodes(kind)[0]
        names = node.input[0], node.output[0]
        self.graph.node.remove(node)
        return names

    def insert_before(self, kind: str, new: str, *inputs: str, mask: bool = False) -> None:
        node = self.nodes(kind)[0]
        outputs = [self.fresh(new)] + ([self.fresh("mask")] if mask else [])
        self.graph.node.append(helper.make_node(new, [node.input[0], *inputs], outputs))
        node.input[0] = outputs[0]

    def require(self, domain: str, *kinds: str) -> None:
        found = {node.op_type for node in self.graph.node if node.domain == domain}
        if not found.issuperset(kinds):
            raise AssertionError(f"no {kinds} among {found}")

    # Ends

    def open_input(
        self, dtype: int = TensorProto.FLOAT, shape: Iterable[int] = (1, 3, 40, 40)
    ) -> str:
        """The name of an input of the graph that is not yet the network's."""
        self._input = self.graph.input[0].name
        del self.graph.input[:]
        self.graph.input.append(helper.make_tensor_value_info("image", dtype, list(shape)))
        return "image"

    def close_input(self, name: str) -> None:
        for node in self.graph.node:
            for index, given in enumerate(node.input):
                if given == self._input:
                    node.input[index] = name

    def open_output(self) -> str:
        """The name of the logits, which are no output of the graph any more."""
        self._output = self.graph.output[0].name
        for node in self.graph.node:
            node.output[:] = ["logits" if name == self._output else name for name in node.output]
        return "logits"

    def close_output(self, name: str, dtype: int = TensorProto.FLOAT) -> None:
        for node in self.graph.node:
            node.output[:] = [self._output if given == name else given for given in node.output]
            node.input[:] = [self._output if given == name else given for given in node.input]
        del self.graph.output[:]
        self.graph.output.append(helper.make_tensor_value_info(self._output, dtype, None))

    def add_output(self, name: str, dtype: int = TensorProto.FLOAT, first: bool = False) -> None:
        value = helper.make_tensor_value_info(name, dtype, None)
        outputs = list(self.graph.output)
        del self.graph.output[:]
        self.graph.output.extend([value, *outputs] if first else [*outputs, value])

    def open_batch(self) -> None:
        for value in (*self.graph.input, *self.graph.output):
            value.type.tensor_type.shape.dim[0].dim_param = "batch"

    def channels(self, name: str) -> int:
        """How many channels a pooled map has, by the convolution before it."""
        while True:
            node = next(node for node in self.graph.node if name in node.output)
            if node.op_type == "Conv":
                return self.value(node.input[1]).shape[0]
            name = node.input[0]

    # Versions, domains, functions

    def set_opset(self, version: int) -> None:
        """The network's own nodes mean the same from 11 on, apart from the means' axes."""
        self.model.opset_import[0].version = version
        if version > 20:
            self.model.ir_version = 10
        for node in self.nodes("ReduceMean") if version >= 18 else []:
            axes = next(a for a in node.attribute if a.name == "axes")
            node.input.append(self.constant(list(axes.ints)))
            node.attribute.remove(axes)

    def import_domain(self, domain: str, version: int = 1) -> None:
        if all(entry.domain != domain for entry in self.model.opset_import):
            self.model.opset_import.append(helper.make_opsetid(domain, version))

    def add_function(self, *functions: FunctionProto) -> None:
        self.model.functions.extend(functions)
        for function in functions:
            self.import_domain(function.domain)

    # Patterns

    def replace_swish(self, kind: str, domain: str, **attributes: Any) -> None:
        """Every product of a value and its sigmoid, as a node."""
        self.import_domain(domain)
        for gate in self.nodes("Sigmoid"):
            for product in self.nodes("Mul"):
                if gate.output[0] in product.input and gate.input[0] in product.input:
                    self.graph.node.remove(gate)
                    product.CopyFrom(
                        helper.make_node(
                            kind, [gate.input[0]], product.output, domain=domain, **attributes
                        )
                    )
                    break

    def replace_convolutions(self, kind: str, domain: str) -> None:
        for node in self.nodes("Conv"):
            node.op_type, node.domain = kind, domain
            kept = [
                a
                for a in node.attribute
                if a.name in ("pads", "strides") or (a.name == "group" and a.i > 1)
            ]
            del node.attribute[:]
            node.attribute.extend(kept)

    def fuse_residual(self) -> None:
        """The sum after a convolution, as the fourth input of FusedConv."""
        total = self.nodes("Add")[0]
        for node in reversed(self.nodes("Conv")):
            if node.output[0] in total.input:
                other = next(name for name in total.input if name != node.output[0])
                node.op_type, node.domain = "FusedConv", "com.microsoft"
                node.input.append(other)
                node.output[0] = total.output[0]
                self.graph.node.remove(total)
                return

    def fuse_classifier(self) -> None:
        node = self.nodes("Gemm")[0]
        source, weight, bias = node.input
        product = self.add("FusedMatMul", source, weight, domain="com.microsoft", transB=1)
        node.CopyFrom(helper.make_node("Add", [product, bias], node.output))

    def insert_norm(self, training: bool, statistics: bool = False) -> None:
        """A batch norm after the first convolution."""
        node = self.nodes("Conv")[0]
        count = self.value(node.input[1]).shape[0]
        output, before = node.output[0], self.fresh("Conv")
        node.output[0] = before
        vectors = [np.ones(count), np.zeros(count), np.zeros(count), np.ones(count)]
        names = [self.weight(vector) for vector in vectors]
        outputs = [output] + [self.fresh("statistic") for _ in range(2 * (training or statistics))]
        attributes = {"training_mode": 1} if training else {}
        self.graph.node.append(
            helper.make_node("BatchNormalization", [before, *names], outputs, **attributes)
        )
        if statistics:
            self.add_output(outputs[1])

    def name_statistics(self) -> None:
        """Outputs of batch norms that nothing takes."""
        for node in self.nodes("BatchNormalization"):
            node.output.extend(self.fresh("statistic") for _ in range(4))

    # Packed weights

    def pack_weights(self, per_channel: bool, dtype: Any, arranged: bool = False) -> None:
        for node in [*self.nodes("Conv"), *self.nodes("Gemm")]:
            weight = self.value(node.input[1])
            limits = np.iinfo(dtype)
            zero = 0 if dtype == np.int8 else 128
            axes = tuple(range(1, weight.ndim)) if per_channel else None
            scale = np.abs(weight).max(axis=axes, keepdims=True) / 120 + 1e-9
            packed = np.clip(np.round(weight / scale) + zero, limits.min, limits.max).astype(dtype)
            scales = scale.reshape(-1) if per_channel else scale.reshape(())
            zeros = np.full(scales.shape, zero)
            if arranged:
                # Flat rows, the channels last.
                packed = packed.reshape(len(packed), -1).T
            name = self.add(
                "DequantizeLinear",
                self.constant(packed, dtype),
                self.weight(scales),
                self.constant(zeros, dtype),
                **({"axis": 1 if arranged else 0} if per_channel else {}),
            )
            if arranged:
                name = self.add("Transpose", name, perm=[1, 0])
                name = self.add("Reshape", name, self.constant(weight.shape))
                name = self.add("Identity", self.add("Cast", name, to=TensorProto.FLOAT))
            node.input[1] = name

    def pack_classifier_in_blocks(self) -> None:
        """4-bit weights of the classifier, a scale for every 4 of a row."""
        node = self.nodes("Gemm")[0]
        weight = self.value(node.input[1])
        blocks = weight.reshape(len(weight), -1, 4)
        scale = np.abs(blocks).max(axis=2) / 7 + 1e-9
        packed = np.clip(np.round(blocks / scale[:, :, None]), -8, 7).astype(np.int8)
        tensor = helper.make_tensor(
            self.fresh("packed"), TensorProto.INT4, weight.shape, packed.ravel().tolist()
        )
        self.graph.initializer.append(tensor)
        node.input[1] = self.add(
            "DequantizeLinear", tensor.name, self.weight(scale), axis=1, block_size=4
        )

    # The end

    def finished(self) -> ModelProto:
        """The model with its nodes in order, without what nothing uses."""
        del self.graph.value_info[:]
        known = {value.name for value in self.graph.input}
        known |= {tensor.name for tensor in self.graph.initializer} | {""}
        waiting = list(self.graph.node)
        ordered: list[NodeProto] = []
        while waiting:
            ready = [n for n in waiting if known.issuperset([*n.input, *_captured(n)])]
            if not ready:
                raise ValueError([n.op_type for n in waiting])
            for node in ready:
                known.update(node.output)
                waiting.remove(node)
            ordered += ready
        del self.graph.node[:]
        self.graph.node.extend(ordered)
        used = {name for node in ordered for name in [*node.input, *_captured(node)]}
        kept = [tensor for tensor in self.graph.initializer if tensor.name in used]
        del self.graph.initializer[:]
        self.graph.initializer.extend(kept)
        return self.model


def _captured(node: NodeProto) -> list[str]:
    """What the graphs inside a node take from around it."""
    names = []
    for attribute in node.attribute:
        if attribute.type == onnx.AttributeProto.GRAPH:
            own = {t.name for t in attribute.g.initializer}
            own |= {name for inner in attribute.g.node for name in inner.output}
            names += [n for inner in attribute.g.node for n in inner.input if n not in own]
    return names
