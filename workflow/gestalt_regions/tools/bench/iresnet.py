"""An iResNet (ArcFace's ResNet) as an ONNX file with random weights: stands in for the user's own.

The graph is that of the published files (insightface): BatchNorms before convolutions stay, others are merged.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


class _Graph:
    """Nodes and weights, each node named after its output."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def weight(self, values: np.ndarray) -> str:
        self.weights.append(numpy_helper.from_array(values.astype(np.float32), f"w{len(self.weights)}"))
        return self.weights[-1].name

    def add(self, kind: str, *inputs: str, **attributes: Any) -> str:
        name = f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return name

    def conv(self, x: str, before: int, after: int, side: int, stride: int = 1) -> str:
        spread = (2 / (before * side * side)) ** 0.5
        values = self.random.normal(0, spread, (after, before, side, side))
        bias = self.weight(self.random.normal(0, 0.05, after))
        pads = [side // 2] * 4
        shape = {"kernel_shape": [side, side], "strides": [stride] * 2, "pads": pads}
        return self.add("Conv", x, self.weight(values), bias, **shape)

    def norm(self, x: str, width: int) -> str:
        values = [self.random.uniform(0.8, 1.2, width), self.random.normal(0, 0.1, width)]
        values += [self.random.normal(0, 0.1, width), self.random.uniform(0.5, 1.5, width)]
        return self.add("BatchNormalization", x, *map(self.weight, values), epsilon=1e-5)

    def prelu(self, x: str, width: int) -> str:
        return self.add("PRelu", x, self.weight(self.random.uniform(0.05, 0.4, (width, 1, 1))))


def write_iresnet(
    path: str, blocks: Sequence[int] = (1, 1, 1, 1), width: int = 8, embedding: int = 32, seed: int = 0
) -> None:
    """Write an iResNet with random weights: input [n, 3, 112, 112], output [n, embedding].

    iResNet-50 is blocks (3, 4, 14, 3), width 64, embedding 512; iResNet-100 (3, 13, 30, 3).

    Parameters
    ----------
    path : str
        The ONNX file.
    blocks : sequence of int
        Residual blocks of each stage.
    width : int
        Channels of the first stage; each further one has twice as many.
    embedding : int
        Length of the output.
    seed : int
        Of the weights.
    """
    graph = _Graph(seed)
    x = graph.prelu(graph.conv("input", 3, width, 3), width)
    before = width
    for stage, count in enumerate(blocks):
        after = width << stage
        for block in range(count):
            stride = 2 if block == 0 else 1
            y = graph.conv(graph.norm(x, before), before, after, 3)
            y = graph.conv(graph.prelu(y, after), after, after, 3, stride)
            x = graph.add("Add", y, graph.conv(x, before, after, 1, stride) if block == 0 else x)
            before = after
    x = graph.add("Flatten", graph.norm(x, before), axis=1)
    side = before * 49
    weights = [graph.random.normal(0, side**-0.5, (embedding, side)), np.zeros(embedding)]
    x = graph.norm(graph.add("Gemm", x, *map(graph.weight, weights), transB=1), embedding)
    images = helper.make_tensor_value_info("input", TensorProto.FLOAT, ["n", 3, 112, 112])
    vectors = helper.make_tensor_value_info(x, TensorProto.FLOAT, ["n", embedding])
    whole = helper.make_graph(graph.nodes, "iresnet", [images], [vectors], graph.weights)
    model = helper.make_model(whole, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)
