"""A network as a list of instructions of which some are known to be local: their outputs see a few inputs each."""

from __future__ import annotations

import copy
import logging
import operator
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.nn import functional

from gestalt_regions.models.face_crop import FaceCrop, Reached
from gestalt_regions.models.merge import Tracer, try_trace
from gestalt_regions.models.network import StagedNetwork
from gestalt_regions.saliency.windows.spans import SAME_PLACE, Sweep

log = logging.getLogger("gestalt_regions")

POINTWISE = (nn.ReLU, nn.ReLU6, nn.PReLU, nn.LeakyReLU, nn.Hardtanh, nn.Sigmoid, nn.SiLU, nn.GELU, nn.Hardswish, nn.ELU)
NOTHING = (nn.Identity, nn.Dropout, nn.Dropout2d)  # in evaluation mode
ADD = (operator.add, operator.iadd, torch.add)
RELU = (torch.relu, functional.relu)
Sides = int | tuple[int, ...]  # one number for both sides of an image, or one for each


@dataclass(frozen=True)
class Instruction:
    """One step of a network, between named values.

    Attributes
    ----------
    name : str
        Of its output.
    kind : str
        input, crop (cuts a part out of the image and scales it), local (reads a neighbourhood), add (two maps of the
        same shape), other (needs the whole maps).
    inputs : tuple of str
        Names of what it reads.
    call : Callable
        On whole maps.
    bare : Callable or None
        local: on maps that already have their padding.
    sweeps : Callable or None
        local: along both sides, for a map of h x w.
    fill : float
        What the padding is made of.
    weights : int
        Multiplications for each place of the output.
    over : Callable or None
        The same as `call`, over its input.
    reached : Callable or None
        crop: first and last row, and column, that windows of its input can change.
    """

    name: str
    kind: str
    inputs: tuple[str, ...]
    call: Callable[..., Tensor]  # on whole maps
    bare: Callable[[Tensor], Tensor] | None = None  # local: on maps that already have their padding
    sweeps: Callable[[int, int], tuple[Sweep, Sweep]] | None = None  # local: along both sides, for a map of h x w
    fill: float = 0.0  # what the padding is made of
    weights: int = 0  # multiplications for each place of the output
    over: Callable[[Tensor], Tensor] | None = None  # the same as `call`, over its input
    reached: Callable[..., tuple[Reached, Reached]] | None = None  # crop: what windows of its input can change


def _still(module: Any) -> Callable[[Tensor], Tensor]:  # `inplace` is in no type of torch
    """The module, leaving its input as it is."""
    if getattr(module, "inplace", False):
        module = copy.copy(module)
        module.inplace = False
    return module


def _pair(value: Sides) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else (value[0], value[1])


def _fixed(kernel: Sides, stride: Sides, dilation: Sides, padding: Sides) -> Callable[[int, int], tuple[Sweep, Sweep]]:
    """The same sweeps for maps of every size."""
    down, across = (Sweep(*values) for values in zip(*map(_pair, (kernel, stride, dilation, padding)), strict=True))
    return lambda height, width: (down, across)


def _as_tensorflow(conv: nn.Conv2d) -> Callable[[int, int], tuple[Sweep, Sweep]]:
    """timm's Conv2dSame pads for ceil(length / stride) outputs, the odd place behind."""

    def side(length: int, kernel: int, stride: int, dilation: int) -> Sweep:
        missing = (-(-length // stride) - 1) * stride + (kernel - 1) * dilation + 1 - length
        return Sweep(kernel, stride, dilation, max(0, missing) // 2)

    def sides(height: int, width: int) -> tuple[Sweep, Sweep]:
        given = zip((height, width), conv.kernel_size, conv.stride, conv.dilation, strict=True)
        first, second = (side(*values) for values in given)
        return first, second

    return sides


def _conv(node: str, inputs: tuple[str, ...], conv: nn.Conv2d) -> Instruction | None:
    same = type(conv).__name__ == "Conv2dSame"
    if not (same or type(conv) is nn.Conv2d) or conv.padding_mode != "zeros" or isinstance(conv.padding, str):
        return None
    sweeps = _as_tensorflow(conv) if same else _fixed(conv.kernel_size, conv.stride, conv.dilation, conv.padding)

    def bare(x: Tensor) -> Tensor:
        return functional.conv2d(x, conv.weight, conv.bias, conv.stride, 0, conv.dilation, conv.groups)

    return Instruction(node, "local", inputs, conv, bare, sweeps, weights=conv.weight.numel())


def _pool(node: str, inputs: tuple[str, ...], pool: nn.Module) -> Instruction | None:
    if isinstance(pool, nn.MaxPool2d) and not pool.return_indices:
        sweeps = _fixed(pool.kernel_size, pool.stride, pool.dilation, pool.padding)

        def bare(x: Tensor) -> Tensor:
            return functional.max_pool2d(x, pool.kernel_size, pool.stride, 0, pool.dilation)

        return Instruction(node, "local", inputs, pool, bare, sweeps, fill=float("-inf"))
    if not isinstance(pool, nn.AvgPool2d) or pool.ceil_mode or pool.divisor_override or _pair(pool.padding) != (0, 0):
        return None
    return Instruction(node, "local", inputs, pool, pool, _fixed(pool.kernel_size, pool.stride, 1, 0))


def _pointwise(node: str, inputs: tuple[str, ...], call: Callable) -> Instruction:
    over = torch.relu_ if call is torch.relu or type(call) is nn.ReLU else None
    return Instruction(node, "local", inputs, call, call, lambda height, width: (SAME_PLACE, SAME_PLACE), over=over)


def _traced(network: StagedNetwork) -> fx.Graph:
    opaque = {stage for stage in network.stages.values() if try_trace(stage) is None}
    if opaque:
        log.info("occlusion recomputes stages that cannot be traced, and all after them, as a whole")
    return Tracer(frozenset(opaque)).trace(network)


def _module(node: fx.Node, inputs: tuple[str, ...], modules: dict) -> Instruction | None:
    module = modules[str(node.target)]
    if isinstance(module, FaceCrop):
        return Instruction(node.name, "crop", inputs, module, reached=module.reached)
    if isinstance(module, nn.Conv2d):
        return _conv(node.name, inputs, module)
    if isinstance(module, nn.BatchNorm2d):
        return _pointwise(node.name, inputs, _still(module))
    if isinstance(module, NOTHING):
        return _pointwise(node.name, inputs, nn.Identity())
    if isinstance(module, POINTWISE):
        return _pointwise(node.name, inputs, _still(module))
    if getattr(module, "math_op_function", None) is torch.add and len(inputs) == 2:  # onnx2torch
        return Instruction(node.name, "add", inputs, torch.add)
    return _pool(node.name, inputs, module)


def _instruction(node: fx.Node, modules: dict, root: nn.Module) -> Instruction:
    """What a node of the graph does; `other` if it is not known to be local."""
    tensors = [a for a in node.args if isinstance(a, fx.Node)]
    sources = tuple(tensor.name for tensor in tensors)
    only_tensors = len(sources) == len(node.args) and not node.kwargs
    local = None
    if node.op == "call_module" and only_tensors and tensors[0].op != "get_attr":
        local = _module(node, sources, modules)
    elif node.op == "call_function" and node.target in ADD and only_tensors and len(sources) == 2:
        local = Instruction(node.name, "add", sources, torch.add)
    elif node.op == "call_function" and node.target in RELU and len(sources) == 1:
        local = _pointwise(node.name, sources, torch.relu)
    elif node.op == "call_method" and node.target == "to" and node.args[1:] == (torch.bfloat16,):  # in_bfloat16
        local = _pointwise(node.name, sources, torch.Tensor.bfloat16)
    if local:
        return local
    names = tuple(n.name for n in node.all_input_nodes)
    target: Any = node.target  # a name, or the function itself

    def call(*values: Tensor) -> Tensor:
        given = dict(zip(names, values, strict=True))
        args: Any = fx.node.map_arg(node.args, lambda n: given[n.name])
        kwargs: Any = fx.node.map_arg(node.kwargs, lambda n: given[n.name])
        if node.op == "get_attr":
            return operator.attrgetter(target)(root)
        if node.op == "call_module":
            return _still(modules[target])(*args, **kwargs)
        if node.op == "call_method":
            return getattr(args[0], target)(*args[1:], **kwargs)
        return target(*args, **kwargs)

    return Instruction(node.name, "other", names, call)


def compile_network(network: StagedNetwork) -> list[Instruction]:
    """A network as instructions, from its image to its logits.

    Parameters
    ----------
    network : StagedNetwork
        In evaluation mode.

    Returns
    -------
    list of Instruction
        In the order in which they are run.
    """
    graph, modules = _traced(network), dict(network.named_modules())
    program: list[Instruction] = []
    for node in graph.nodes:
        if node.op == "placeholder":
            if not program:
                program.append(Instruction(node.name, "input", (), nn.Identity()))  # never called: the image is given
        elif node.op != "output":
            program.append(_instruction(node, modules, network))
    return [replace(i, inputs=i.inputs[:1]) if i.kind == "local" else i for i in program]
