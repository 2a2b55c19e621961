"""ArcFace encoders from ONNX as differentiable PyTorch modules, cut into stages where the feature map shrinks."""

from __future__ import annotations

from dataclasses import dataclass

import onnx
import torch
from google.protobuf.message import DecodeError
from onnx2torch import convert
from onnx2torch.node_converters.activations import OnnxPReLU
from torch import fx, nn
from torch.fx.passes.shape_prop import ShapeProp
from torch.fx.passes.split_module import split_module

from gestalt_regions.core.errors import InputError
from gestalt_regions.models.backbones import register_backbone
from gestalt_regions.models.network import Preprocess, StagedNetwork


def _plain_prelu(module: fx.GraphModule) -> None:
    """Give each PReLU its slopes as `nn.PReLU`; the converter passes them as a second input from one container."""
    for node in list(module.graph.nodes):
        slopes = node.args[1] if node.op == "call_module" and len(node.args) == 2 else None
        if not isinstance(slopes, fx.Node) or slopes.op != "get_attr":
            continue
        if not isinstance(module.get_submodule(str(node.target)), OnnxPReLU):
            continue
        weight = _attribute(module, str(slopes.target))
        prelu = nn.PReLU(weight.numel())
        prelu.weight = nn.Parameter(weight.detach().flatten().clone())
        setattr(module, str(node.target), prelu)
        node.args = (node.args[0],)
    module.graph.eliminate_dead_code()
    module.recompile()


def _attribute(module: nn.Module, target: str) -> torch.Tensor:
    """The tensor at a dotted path below the module."""
    *path, name = target.split(".")
    return getattr(module.get_submodule(".".join(path)), name)


def _single_live(graph: fx.Graph) -> set[fx.Node]:
    """Nodes after which exactly one tensor is still needed: the only places where a network can be cut in two."""
    nodes = [n for n in graph.nodes if n.op != "get_attr"]
    last_use = {n: max((nodes.index(u) for u in n.users if u in nodes), default=-1) for n in nodes}
    return {n for i, n in enumerate(nodes) if sum(last_use[m] > i for m in nodes[: i + 1]) == 1 and last_use[n] > i}


def _normalised_outside(module: fx.GraphModule) -> tuple[float, float]:
    """Take (input - mean) * factor out of the network's beginning, if it is there; returns mean and 1 / factor.

    Then an input of 0 is mid-grey, as in the other networks, and no layer adds a constant that FullGrad would miss.
    """
    image: fx.Node = next(n for n in module.graph.nodes if n.op == "placeholder")
    source, steps = image, []
    for operation in ("sub", "mul"):
        users = list(source.users)
        if len(users) != 1 or len(users[0].args) != 2:
            return 0.0, 1.0
        node = users[0]
        constant = node.args[1]
        if not isinstance(constant, fx.Node) or constant.op != "get_attr" or node.args[0] is not source:
            return 0.0, 1.0
        value = _attribute(module, str(constant.target))
        if value.numel() != 1 or operation not in str(module.get_submodule(str(node.target)).math_op_function):
            return 0.0, 1.0
        steps.append((node, float(value)))
        source = node
    source.replace_all_uses_with(image)
    for node, _ in reversed(steps):
        module.graph.erase_node(node)
    module.graph.eliminate_dead_code()
    module.recompile()
    return steps[0][1], 1 / steps[1][1]


def _cuts(module: fx.GraphModule, size: int) -> dict[fx.Node, str]:
    """The last residual sum at each size of the feature map, with its stage's name; the last rectifier if no sums."""
    ShapeProp(module).propagate(torch.zeros(1, 3, size, size))
    sums: dict[int, fx.Node] = {}
    rectifiers: dict[int, fx.Node] = {}
    allowed = _single_live(module.graph)
    for node in module.graph.nodes:
        shape: tuple[int, ...] = node.meta["tensor_meta"].shape if "tensor_meta" in node.meta else ()
        if node.op != "call_module" or len(shape) != 4 or node not in allowed:
            continue
        inputs = [a.meta["tensor_meta"].shape for a in node.args if isinstance(a, fx.Node) and a.op != "get_attr"]
        if inputs == [shape, shape]:
            sums[shape[-1]] = node
        elif isinstance(module.get_submodule(str(node.target)), nn.PReLU | nn.ReLU):
            rectifiers[shape[-1]] = node
    return {node: f"map{side}" for side, node in (sums or rectifiers).items()}


@dataclass(frozen=True)
class Encoder:
    """A converted ONNX network.

    Attributes
    ----------
    stages : dict of str to nn.Module
        Stages by name, from the image to the embedding.
    spatial : list of str
        Names of the stages with a feature map.
    width : int
        Length of the embedding.
    mean, scale : float
        What the file itself applies to its input, (pixel - mean) / scale; 0 and 1 if it does nothing.
    """

    stages: dict[str, nn.Module]
    spatial: list[str]
    width: int
    mean: float
    scale: float


def _side(end: onnx.ValueInfoProto) -> list[int]:
    """The lengths of an input's or output's sides; 0 where the file leaves one open."""
    return [d.dim_value if d.HasField("dim_value") else 0 for d in end.type.tensor_type.shape.dim]


def _check_ends(model: onnx.ModelProto, path: str, size: int) -> None:
    """InputError unless the file maps float images [n, 3, size, size] to one vector each."""
    given = {weight.name for weight in model.graph.initializer}
    inputs = [end for end in model.graph.input if end.name not in given]
    expected = f"expected an encoder from 3 x {size} x {size} (float) to one vector"
    for kind, ends in (("input", inputs), ("output", model.graph.output)):
        if len(ends) != 1:
            raise InputError(f"{path}: {expected}, found {len(ends)} {kind}s")
    image, vector = _side(inputs[0]), _side(model.graph.output[0])
    if len(image) != 4 or any(a not in (0, b) for a, b in zip(image[1:], (3, size, size), strict=True)):
        raise InputError(f"{path}: {expected}, found an input of {image} (0: any)")
    if inputs[0].type.tensor_type.elem_type != onnx.TensorProto.FLOAT:
        raise InputError(f"{path}: {expected}, found an input that is not float32")
    if len(vector) not in (0, 2):
        raise InputError(f"{path}: {expected}, found an output of {vector} (0: any)")


def _feature_layer(module: fx.GraphModule, path: str) -> fx.Node:
    """Remove the BatchNorm behind the layer that makes the embedding; returns what that linear layer reads."""
    output = next(n for n in module.graph.nodes if n.op == "output")
    last = output.args[0]
    layer = module.get_submodule(str(last.target)) if last.op == "call_module" else None
    if isinstance(layer, nn.BatchNorm1d):
        before = last.args[0]
        last.replace_all_uses_with(before)
        module.graph.erase_node(last)
        module.recompile()
        last = before
        layer = module.get_submodule(str(last.target)) if last.op == "call_module" else None
    if not isinstance(layer, nn.Linear):
        raise InputError(f"{path}: the embedding is not made by a linear layer, so that layer cannot be trained alone")
    return last.args[0]


def read_encoder(path: str, size: int = 112, feature_layer: bool = False) -> Encoder:
    """Numerically the ONNX network; `map28` is the stage whose output is 28 x 28, `embedding` the rest.

    Parameters
    ----------
    path : str
        ONNX file.
    size : int
        Side of the images it takes, pixels.
    feature_layer : bool
        Whether the stage `embedding` is the last linear layer alone; what is before it is then the stage `pooled`, and
        the BatchNorm behind it is gone (Hustinx et al. 2023, section 3.3).

    Returns
    -------
    Encoder
        The network in evaluation mode.

    Raises
    ------
    InputError
        If the file is not an encoder [n, 3, size, size] -> [n, d].
    """
    try:
        model = onnx.load(path)
        _check_ends(model, path, size)
        module = convert(model).eval()
    except (onnx.checker.ValidationError, DecodeError, NotImplementedError, OSError, KeyError) as error:
        raise InputError(f"{path}: not an ONNX encoder that can be converted ({error})") from None
    mean, scale = _normalised_outside(module)
    _plain_prelu(module)
    inner = {_feature_layer(module, path): "pooled"} if feature_layer else {}
    try:
        cuts = _cuts(module, size)
    except RuntimeError as error:
        raise InputError(f"{path}: does not take images of 3 x {size} x {size} ({error})") from None
    output = next(n for n in module.graph.nodes if n.op == "output").args[0]
    shape = tuple(output.meta["tensor_meta"].shape)
    if len(shape) != 2 or not cuts:
        raise InputError(f"{path}: expected an encoder from 3 x {size} x {size} to one vector, found {shape}")
    spatial, cuts = list(cuts.values()), cuts | inner
    part, parts = 0, {}
    for node in module.graph.nodes:
        parts[node] = part
        part += node in cuts
    pieces = split_module(module, module, parts.__getitem__)
    names = [*cuts.values(), "embedding"]
    stages = {name: getattr(pieces, f"submod_{i}") for i, name in enumerate(names)}
    return Encoder(stages, spatial, shape[1], mean, scale)


@register_backbone(
    "arcface_mbf",
    place=1,
    size=112,
    asset="arcface_mbf.onnx",
    paper="Deng et al., ArcFace, CVPR 2019; Chen et al., MobileFaceNets, 2018",
    licence="non-commercial research",
    traits=("prelu", "residual", "batchnorm", "embedding", "stages", "feature_layer"),
    layers=("map28", "map14", "map7"),
    options=("part",),
)
@register_backbone(
    "arcface_onnx",
    place=2,
    size=112,
    paper="Deng et al., ArcFace, CVPR 2019 (iResNet-50, iResNet-100: Duta et al., 2020)",
    licence="as stated by whoever provides the file",
    traits=("prelu", "residual", "batchnorm", "embedding", "stages", "feature_layer"),
    from_file=True,
    layers=("map*",),
    options=("weights", "part"),
)
@register_backbone(
    "sface",
    place=3,
    size=112,
    asset="sface.onnx",
    paper="Zhong et al., SFace, IEEE TIP 2021",
    licence="Apache-2.0",
    traits=("prelu", "batchnorm", "embedding", "stages", "feature_layer"),
    layers=("map112", "map56", "map28", "map14", "map7"),
    options=("part",),
)
def build(classes: int, dropout: float, asset: str, options: dict) -> tuple[StagedNetwork, Preprocess]:
    """An ArcFace encoder (MobileFaceNet, iResNet-50 or -100, ...) with a new linear head.

    Parameters
    ----------
    classes : int
        Number of logits.
    dropout : float
        Probability in front of the head.
    asset : str
        ONNX file of the encoder.
    options : dict
        `feature_layer`: see `read_encoder`.

    Returns
    -------
    tuple of StagedNetwork and Preprocess
        The input is RGB, (pixel - 127.5) / 127.5 (insightface), 112 pixels.

    Raises
    ------
    InputError
        Without a file: the structure is in it.
    """
    if not asset:
        raise InputError("config models.*.options.weights is empty; arcface_onnx needs the ONNX file of an encoder")
    encoder = read_encoder(asset, feature_layer=options.get("feature_layer", False))
    mean, scale = ((encoder.mean,) * 3, (encoder.scale,) * 3) if encoder.mean else ((127.5,) * 3, (127.5,) * 3)
    preprocess = Preprocess(size=112, order="rgb", mean=mean, scale=scale)
    return StagedNetwork(encoder.stages, encoder.spatial, encoder.width, classes, dropout), preprocess
