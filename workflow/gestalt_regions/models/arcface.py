"""ArcFace encoders from ONNX as differentiable PyTorch modules, cut into stages where the feature map shrinks."""

from __future__ import annotations

import onnx
import torch
from onnx2torch import convert
from torch import fx, nn
from torch.fx.passes.shape_prop import ShapeProp
from torch.fx.passes.split_module import split_module

from gestalt_regions.errors import InputError
from gestalt_regions.models.network import Preprocess, StagedNetwork


def _plain_prelu(module: fx.GraphModule) -> None:
    """Give each PReLU its slopes as `nn.PReLU`; the converter passes them as a second input from one container."""
    for node in list(module.graph.nodes):
        slopes = node.args[1] if node.op == "call_module" and len(node.args) == 2 else None
        if not isinstance(slopes, fx.Node) or slopes.op != "get_attr" or "PRelu" not in str(node.target):
            continue
        weight = _attribute(module, slopes.target)
        prelu = nn.PReLU(weight.numel())
        prelu.weight = nn.Parameter(weight.detach().flatten().clone())
        setattr(module, node.target, prelu)
        node.args = (node.args[0],)
    module.graph.eliminate_dead_code()
    module.recompile()


def _attribute(module: nn.Module, target: str) -> torch.Tensor:
    for name in target.split("."):
        module = getattr(module, name)
    return module


def _single_live(graph: fx.Graph) -> set[fx.Node]:
    """Nodes after which exactly one tensor is still needed: the only places where a network can be cut in two."""
    nodes = [n for n in graph.nodes if n.op != "get_attr"]
    last_use = {n: max((nodes.index(u) for u in n.users if u in nodes), default=-1) for n in nodes}
    return {n for i, n in enumerate(nodes) if sum(last_use[m] > i for m in nodes[: i + 1]) == 1 and last_use[n] > i}


def _cuts(module: fx.GraphModule, size: int) -> dict[fx.Node, str]:
    """The last residual sum at each size of the feature map, with its stage's name."""
    ShapeProp(module).propagate(torch.zeros(1, 3, size, size))
    last: dict[int, fx.Node] = {}
    for node in module.graph.nodes:
        is_sum = node.op == "call_module" and len([a for a in node.args if isinstance(a, fx.Node)]) == 2
        shape = node.meta["tensor_meta"].shape if "tensor_meta" in node.meta else ()
        inputs = [a.meta["tensor_meta"].shape for a in node.args if isinstance(a, fx.Node) and a.op != "get_attr"]
        if is_sum and len(shape) == 4 and inputs == [shape, shape]:
            last[shape[-1]] = node
    allowed = _single_live(module.graph)
    return {node: f"map{side}" for side, node in last.items() if node in allowed}


def stages_from_onnx(path: str, size: int = 112) -> tuple[dict[str, nn.Module], list[str], int]:
    """Stages by name, the names of those with a feature map, and the width of the embedding.

    Numerically the ONNX network; `map28` is the stage whose output is 28 x 28, `embedding` the rest.
    Raises InputError if the file is not an encoder [n, 3, size, size] -> [n, d].
    """
    try:
        module = convert(onnx.load(path)).eval()
    except (onnx.checker.ValidationError, NotImplementedError, OSError) as error:
        raise InputError(f"{path}: not an ONNX encoder that can be converted ({error})") from None
    _plain_prelu(module)
    cuts = _cuts(module, size)
    output = next(n for n in module.graph.nodes if n.op == "output").args[0]
    shape = tuple(output.meta["tensor_meta"].shape)
    if len(shape) != 2 or not cuts:
        raise InputError(f"{path}: expected a residual encoder from 3 x {size} x {size} to one vector, found {shape}")
    part, parts = 0, {}
    for node in module.graph.nodes:
        parts[node] = part
        part += node in cuts
    pieces = split_module(module, module, parts.__getitem__)
    names = [*cuts.values(), "embedding"]
    stages = {name: getattr(pieces, f"submod_{i}") for i, name in enumerate(names)}
    return stages, names[:-1], shape[1]


def build(classes: int, dropout: float, asset: str, options: dict) -> tuple[StagedNetwork, Preprocess]:
    """ArcFace MobileFaceNet (or any residual ArcFace ONNX at `asset`) with a new linear head. No options."""
    stages, spatial, width = stages_from_onnx(asset)
    preprocess = Preprocess(size=112, order="rgb", mean=(127.5,) * 3, scale=(127.5,) * 3)
    return StagedNetwork(stages, spatial, width, classes, dropout), preprocess
