"""What the stages of a plan count, and what a rate is known by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gestalt_regions.models.backbones import backbone
from gestalt_regions.study.sizes import Size

FAMILIES = ("timm_resnet", "torchvision_resnet")  # whose options.architecture says how large the network is


@dataclass(frozen=True)
class Work:
    """Jobs of one kind. what: what they do it with or to (a network, a method), "" where all are alike."""

    what: str
    jobs: int
    units: float


def network(model: Mapping) -> str:
    """Say what a rate of a network is known by: its backbone, and where that is a family, which member.

    Parameters
    ----------
    model : mapping
        Entry of config models or matching.encoders.

    Returns
    -------
    str
        Such as "timm_resnet resnet18".
    """
    family = model["backbone"] in FAMILIES
    return f"{model['backbone']} {model['options'].get('architecture', '')}" if family else model["backbone"]


def size_of(model: Mapping) -> int:
    """Look up the side of the crops that a network takes.

    Parameters
    ----------
    model : mapping
        Entry of config models or matching.encoders.

    Returns
    -------
    int
        Pixels.
    """
    return backbone(model["backbone"]).size


def networks_in(model: Mapping) -> int:
    """Count the networks that an image passes in a model.

    Parameters
    ----------
    model : mapping
        Entry of config models.

    Returns
    -------
    int
        The number of experts of an aggregate; 1 of any other.
    """
    return len(model.get("experts", ())) or 1


def training_units(config: Mapping, size: Size, model: Mapping) -> float:
    """Count images seen while a model of every fold is trained: each learns from the other folds.

    A model with labels of its own sees the classes that these are of. Images that its column has no label for are
    counted too.

    Parameters
    ----------
    config : mapping
        A valid config.
    size : Size
        Images by class.
    model : mapping
        Entry of config models.

    Returns
    -------
    float
        Images times epochs; 0 of an aggregate, which joins what others have learned.
    """
    if "experts" in model:
        return 0.0
    epochs, labels = config["recipes"][model["recipe"]]["epochs"], model.get("labels", {})
    classes = [labels["positive"], *labels["negative"]] if labels.get("negative") else labels.get("within")
    images = sum(n for name, n in size.folds.items() if not classes or name in classes)
    return epochs * images * (config["folds"]["n"] - 1)
