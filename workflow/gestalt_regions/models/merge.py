"""Networks without the BatchNorms that follow convolutions: the same function in fewer steps."""

from __future__ import annotations

import copy
import logging
from collections import Counter

from torch import fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from gestalt_regions.models.face_crop import FaceCrop
from gestalt_regions.models.network import StagedNetwork

log = logging.getLogger("gestalt_regions")


class Tracer(fx.Tracer):
    """Goes into blocks, but not into layers, nor into what is named `opaque`.

    Parameters
    ----------
    opaque : frozenset of nn.Module
        Modules that stay one step each.
    """

    def __init__(self, opaque: frozenset[nn.Module] = frozenset()) -> None:
        super().__init__()
        self.opaque = opaque

    def is_leaf_module(self, module: nn.Module, name: str) -> bool:
        """Whether a module stays one step of the graph.

        Parameters
        ----------
        module : nn.Module
            The module that is met.
        name : str
            Its dotted path.

        Returns
        -------
        bool
            True for layers and opaque modules.
        """
        layer = isinstance(module, nn.Conv2d | nn.BatchNorm2d | FaceCrop) or type(module).__module__.startswith(
            "onnx2torch"
        )
        return layer or module in self.opaque or super().is_leaf_module(module, name)


def try_trace(module: nn.Module) -> fx.Graph | None:
    """The module as a graph of its layers.

    Parameters
    ----------
    module : nn.Module
        A stage of a network.

    Returns
    -------
    fx.Graph or None
        None where its path depends on values.
    """
    try:
        return Tracer().trace(module)
    except Exception as error:  # whatever the module's own code raises when it meets a proxy
        log.info("%s cannot be traced (%s)", type(module).__name__, error)
        return None


def _pairs(graph: fx.Graph, modules: dict[str, nn.Module]) -> list[tuple[str, str]]:
    """Names of convolutions and of the BatchNorms that alone read them, each called once."""
    calls = Counter(str(n.target) for n in graph.nodes if n.op == "call_module")
    pairs = []
    for node in graph.nodes:
        users = list(node.users)
        if node.op != "call_module" or len(users) != 1 or users[0].op != "call_module":
            continue
        conv, norm = modules[node.target], modules[users[0].target]
        once = calls[node.target] == calls[users[0].target] == 1
        if once and isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d) and norm.track_running_stats:
            pairs.append((node.target, users[0].target))
    return pairs


def merged(network: StagedNetwork) -> StagedNetwork:
    """A copy with BatchNorms merged into the convolutions before them, where a stage can be traced.

    Stages, their outputs and all activations stay; later changes of `network` are not followed.

    Parameters
    ----------
    network : StagedNetwork
        Stays as it is.

    Returns
    -------
    StagedNetwork
        In evaluation mode.
    """
    network = copy.deepcopy(network).eval()
    for name, stage in network.stages.items():
        graph = try_trace(stage)
        if graph is None:
            continue
        whole = nn.ModuleDict({name: stage})
        modules = dict(stage.named_modules())
        for conv, norm in _pairs(graph, modules):
            whole.set_submodule(f"{name}.{conv}", fuse_conv_bn_eval(modules[conv], modules[norm]))
            # timm's BatchNorm has the activation inside
            whole.set_submodule(f"{name}.{norm}", getattr(modules[norm], "act", None) or nn.Identity())
    return network
