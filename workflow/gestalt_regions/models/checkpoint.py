"""Checkpoints: safetensors weights, with everything needed to rebuild the network as JSON metadata."""

from __future__ import annotations

import json
from collections.abc import Mapping

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import atomic
from gestalt_regions.models.backbones import builder
from gestalt_regions.models.finite import check_weights
from gestalt_regions.models.joined_experts import joined
from gestalt_regions.models.network import Preprocess, StagedNetwork


def save(path: str, network: StagedNetwork, preprocess: Preprocess, facts: Mapping) -> None:
    """Write a network's weights, and as metadata what is needed to build it again.

    Parameters
    ----------
    path : str
        The safetensors file to write.
    network : StagedNetwork
        The trained network.
    preprocess : Preprocess
        How crops become its input.
    facts : Mapping
        Must hold backbone, options, classes and dropout, of an aggregate also experts, each with its options; more
        (recipe, fold, epoch) is kept as given. JSON.

    Raises
    ------
    InputError
        For weights that are not finite.
    """
    check_weights(network, path, "nothing is written")
    metadata = {"gestalt_regions": json.dumps({**facts, "preprocess": preprocess.as_dict()}, sort_keys=True)}
    state = {k: v.detach().cpu().contiguous() for k, v in network.state_dict().items()}
    with atomic(path) as temporary:
        save_file(state, temporary, metadata=metadata)


def load(path: str, asset: str) -> tuple[StagedNetwork, Preprocess, dict]:
    """Build the network of a checkpoint again.

    Parameters
    ----------
    path : str
        A file that `save` wrote.
    asset : str
        The file that the backbone is built from; "" if none.

    Returns
    -------
    tuple of StagedNetwork, Preprocess and dict
        The network in evaluation mode without weight gradients, its preprocessing, and what `save` was told.

    Raises
    ------
    InputError
        If the file is no checkpoint of this workflow, or its weights are not finite.
    """
    try:
        with safe_open(path, framework="pt") as stream:
            facts = json.loads((stream.metadata() or {})["gestalt_regions"])
            state = {key: stream.get_tensor(key) for key in stream.keys()}
    except (SafetensorError, KeyError, OSError) as error:
        raise InputError(f"{path}: not a checkpoint of this workflow ({error})") from None
    build, classes = builder(facts["backbone"]), len(facts["classes"])
    if "experts" in facts:
        parts = [build(classes, 0.0, asset, {**each["options"], "weights": ""})[0] for each in facts["experts"]]
        network = joined(parts)
    else:
        network, _ = build(classes, facts["dropout"], asset, {**facts["options"], "weights": ""})
    network.load_state_dict(state)
    check_weights(network, path, "delete the file, mend the recipe (config recipes) and train again")
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    values = facts["preprocess"]
    preprocess = Preprocess(values["size"], values["order"], tuple(values["mean"]), tuple(values["scale"]))
    return network.eval(), preprocess, facts
