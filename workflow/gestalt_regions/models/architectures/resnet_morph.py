"""resnet18_morph: a narrow ReLU ResNet-18 for 112 px, pretrained on simulated faces (rules/models/pretraining.smk).

The network is timm's `resnet18` with a deep stem, value by value (a test compares them), written out here because
importing timm takes 2.4 s of every job that opens a checkpoint, longer than many of them compute.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import atomic
from gestalt_regions.models.backbones import register_backbone
from gestalt_regions.models.network import Preprocess, StagedNetwork

PREPROCESS = Preprocess(size=112, order="rgb", mean=(127.5,) * 3, scale=(64.0,) * 3)


def _conv(inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> nn.Conv2d:
    """A convolution without bias that keeps the map's size but for its stride."""
    return nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False)


class _Block(nn.Module):
    """Two convolutions and a shortcut (He et al., Deep residual learning, CVPR 2016, figure 2)."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = _conv(inputs, outputs, stride=stride), nn.BatchNorm2d(outputs)
        self.act1 = nn.ReLU(inplace=True)
        self.conv2, self.bn2 = _conv(outputs, outputs), nn.BatchNorm2d(outputs)
        self.act2 = nn.ReLU(inplace=True)
        changes = stride > 1 or inputs != outputs
        self.downsample = nn.Sequential(_conv(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs)) if changes else None

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        x = self.act1(self.bn1(self.conv1(x)))
        x = self.bn2(self.conv2(x))
        x += shortcut
        return self.act2(x)


def _stem(width: int, outputs: int) -> nn.Sequential:
    """timm's deep stem: three 3x3 convolutions and max pooling."""
    first = nn.Sequential(
        _conv(3, width, stride=2),
        nn.BatchNorm2d(width),
        nn.ReLU(inplace=True),
        _conv(width, width),
        nn.BatchNorm2d(width),
        nn.ReLU(inplace=True),
        _conv(width, outputs),
    )
    return nn.Sequential(first, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, padding=1))


def network(architecture: Mapping, outputs: int, dropout: float = 0.0) -> StagedNetwork:
    """The untrained network; stages stem, layer1.., pool.

    As timm, convolutions start as in He et al. (ICCV 2015), and each block as its shortcut alone.

    Parameters
    ----------
    architecture : Mapping
        `channels`: widths of the layers; `stem`: width of the stem's first convolutions.
    outputs : int
        Number of outputs of the head.
    dropout : float
        Probability in front of the head.

    Returns
    -------
    StagedNetwork
        For inputs by `PREPROCESS`.
    """
    channels = architecture["channels"]
    stages: dict[str, nn.Module] = {"stem": _stem(architecture["stem"], channels[0])}
    for k, (inputs, width) in enumerate(zip([channels[0], *channels], channels, strict=False)):
        stages[f"layer{k + 1}"] = nn.Sequential(_Block(inputs, width, 1 if k == 0 else 2), _Block(width, width, 1))
    spatial = tuple(stages)
    for module in nn.ModuleDict(stages).modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        elif isinstance(module, _Block):
            nn.init.zeros_(module.bn2.weight)
    stages["pool"] = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
    return StagedNetwork(stages, spatial, channels[-1], outputs, dropout)


def save(path: str, net: StagedNetwork, facts: Mapping) -> None:
    """Write the stages without the head; convolutions as float16, which halves the file.

    Parameters
    ----------
    path : str
        The safetensors file to write.
    net : StagedNetwork
        A network made by `network`.
    facts : Mapping
        Its `architecture`, and more that a reader may want to know; JSON.
    """
    state = {name: value.detach().contiguous() for name, value in net.stages.state_dict().items()}
    state = {name: value.half() if value.ndim == 4 else value for name, value in state.items()}
    with atomic(path) as temporary:
        save_file(state, temporary, metadata={"resnet18_morph": json.dumps(facts, sort_keys=True)})


def read(path: str) -> tuple[dict[str, torch.Tensor], dict]:
    """The weights and what `save` was told.

    Parameters
    ----------
    path : str
        A file that `save` wrote.

    Returns
    -------
    tuple of dict and dict
        Tensors by name, and the facts.

    Raises
    ------
    InputError
        For another kind of file.
    """
    try:
        with safe_open(path, framework="pt") as stream:
            facts = json.loads((stream.metadata() or {})["resnet18_morph"])
            return {key: stream.get_tensor(key) for key in stream.keys()}, facts
    except (SafetensorError, KeyError, OSError) as error:
        raise InputError(f"{path}: not the weights of resnet18_morph ({error})") from None


@register_backbone(
    "resnet18_morph",
    place=8,
    size=112,
    paper="He et al., Deep residual learning, CVPR 2016; pretrained here, on simulated faces",
    licence="code Apache-2.0 (timm); weights from simulated faces alone (MakeHuman, CC0)",
    traits=("relu", "residual", "batchnorm", "embedding", "stages"),
    weights="resources/resnet18_morph.safetensors",
    layers=("stem", "layer1", "layer2", "layer3", "layer4"),
    options=("part",),
    caution="has learned from simulated faces alone, not from photographs; arcface_mbf knows real faces",
)
def build(classes: int, dropout: float, asset: str, options: dict) -> tuple[StagedNetwork, Preprocess]:
    """The pretrained stages with a new linear head.

    Parameters
    ----------
    classes : int
        Number of logits.
    dropout : float
        Probability in front of the head.
    asset : str
        File of pretrained weights (`save`).
    options : dict
        Not used.

    Returns
    -------
    tuple of StagedNetwork and Preprocess
        The input is `PREPROCESS`: RGB, 112 pixels.
    """
    state, facts = read(asset)
    net = network(facts["architecture"], classes, dropout)
    net.stages.load_state_dict({name: value.float() if value.ndim == 4 else value for name, value in state.items()})
    return net, PREPROCESS
