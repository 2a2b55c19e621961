"""Networks and encoders of a config: their files, options, recipes and crops, looked at before anything runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gestalt_regions.core.errors import InputError, nearest, refuse_unknown
from gestalt_regions.models.backbones import IDENTITIES, TRAITS, Backbone, backbone
from gestalt_regions.saliency.method_registry import explained_models

WEIGHTS = (".safetensors", ".pth", ".pt", ".pkl")  # endings of files of weights, as models/weight_files reads them
UNUSED = {"architecture": ("", "resnet18"), "weights": ("",), "part": ()}  # values of options that ask for nothing
# Folders beside those of the models, results/<cohort>/<name>
TAKEN = {"cohort", "faces", "identities", "imbalance", "truth", "tables", "figures", "matching", "shards"}


def _check_options(where: str, entry: Mapping, network: Backbone) -> None:
    """Options that the backbone does not take would change nothing; files must be there, architectures known."""
    for key, value in entry["options"].items():
        if key not in network.options:
            if value not in UNUSED.get(key, ()):
                more = "; arcface_onnx is built from a file of yours" if key == "weights" else ""
                raise InputError(f"config {where}.options.{key}: {network.name} takes no {key}, leave it out{more}")
        elif key == "part" and network.name != "deepgestalt" and not where.startswith("models."):
            raise InputError(f"config {where}.options.part: only models of the study see {network.name}'s parts")
        elif key == "architecture" and network.architectures and value not in network.architectures:
            near = nearest(value, network.architectures)
            raise InputError(f"config {where}.options.architecture: {network.name} has no '{value}'; {near}")
        elif key == "weights" and value == IDENTITIES:
            if network.name != "deepgestalt" or not where.startswith("models."):
                raise InputError(f"config {where}.options.weights: only models of deepgestalt start from identities")
        elif key == "weights" and (value or network.from_file):
            named = f"config {where}.options.weights: '{value}'"
            if not Path(value).is_file():
                needs = f"; {network.name} is built from a file of yours" if network.from_file else ""
                raise InputError(f"{named} is no file{needs}")
            if not network.from_file and Path(value).suffix.lower() not in WEIGHTS:
                raise InputError(f"{named} must end in {', '.join(WEIGHTS)}")


def _check_recipe(where: str, entry: Mapping, network: Backbone, recipes: Mapping) -> None:
    """The recipe of a network that is trained fits it."""
    refuse_unknown(f"config {where}.recipe", "recipe", [entry["recipe"]], recipes)
    recipe, name = recipes[entry["recipe"]], f"config recipes.{entry['recipe']}"
    if recipe["feature_layer"] and "feature_layer" not in network.traits:
        raise InputError(f"{name}.feature_layer: {where} ({network.name}) has no {TRAITS['feature_layer'][2:]}")
    if recipe["epoch_selection"] == "judged_fold" and "fine_tuned" in entry:
        raise InputError(f"{name}.epoch_selection is judged_fold, but {where} knows no folds; use inner or last")
    if recipe["schedule"] == "plateau" and recipe["epoch_selection"] == "last":
        raise InputError(f"{name}.schedule is plateau, but with epoch_selection: last no images tell one; use inner")
    if recipe["input"] == "bgr_fold_mean" and network.grey:
        raise InputError(f"{name}.input: bgr_fold_mean needs colour, but {where} ({network.name}) takes grey")
    if network.stages and not recipe["feature_layer"] and recipe["frozen_stages"] > network.stages:
        stages = f"{where} ({network.name}) has {network.stages} stages"
        raise InputError(f"{name}.frozen_stages is {recipe['frozen_stages']}; {stages}")


def _check_network(where: str, entry: Mapping, config: Mapping) -> None:
    """An entry of models or of matching.encoders, `where` in the config it is."""
    network = backbone(entry["backbone"])
    _check_options(where, entry, network)
    if entry.get("fine_tuned", True):
        _check_recipe(where, entry, network, config["recipes"])
    elif entry["recipe"]:
        raise InputError(f"config {where}.recipe has no effect without fine_tuned: true; set that, or take recipe out")


def check_layer(where: str, layer: str, network: Backbone, named: str, local: Mapping) -> None:
    """Refuse a layer that a network does not have.

    Parameters
    ----------
    where : str
        Key of the config.
    layer : str
        Its value; "" is the last layer.
    network : Backbone
        The network.
    named : str
        Where the config names the network.
    local : mapping
        Config assets.local: of a network whose file is the user's own the layers are not known.

    Raises
    ------
    InputError
        It names the key and the layers.
    """
    if not network.has_layer(layer) and network.asset not in local:
        layers = f"the layers of {named} ({network.name}) are {', '.join(network.layers)}"
        raise InputError(f"config {where}: no layer '{layer}'; {layers}; empty takes the last")


def check_explained(config: Mapping) -> None:
    """Refuse a study none of whose models is explained.

    Parameters
    ----------
    config : mapping
        A config that its schemas accept.

    Raises
    ------
    InputError
        It says which key to take out.
    """
    if not explained_models(config):
        raise InputError("config models: every model says explained: false; take that out of at least one")


def check_networks(config: Mapping) -> None:
    """Refuse networks and encoders that cannot be built, trained or told apart.

    Parameters
    ----------
    config : mapping
        A config that its schemas accept.

    Raises
    ------
    InputError
        It names the key and what is expected.
    """
    check_explained(config)
    for name, model in config["models"].items():
        if name.lower() in TAKEN:
            raise InputError(f"config models.{name}: a folder of the results has that name; give the model another")
        if "experts" not in model:
            _check_network(f"models.{name}", model, config)
        if (size := backbone(model["backbone"]).size) not in config["faces"]["sizes"]:
            raise InputError(f"config faces.sizes lacks {size}, the size of the crops that models.{name} takes")
    encoders = config["matching"]["encoders"]
    for name, encoder in encoders.items():
        _check_network(f"matching.encoders.{name}", encoder, config)
    similarity = config["matching"]["similarity"]
    explained = similarity["encoder"] or next(iter(encoders))
    if explained in encoders:
        network, where = backbone(encoders[explained]["backbone"]), "matching.similarity"
        named = f"matching.encoders.{explained}"
        check_layer(f"{where}.layer", similarity["layer"], network, named, config["assets"]["local"])
        if similarity["window"] > network.size:
            crops = f"{network.size}, the side of the crops of {named} in pixels"
            raise InputError(f"config {where}.window is {similarity['window']}; it must be at most {crops}")
        if similarity["stride"] > similarity["window"]:
            between = f"above window ({similarity['window']}); pixels between two windows would be left out"
            raise InputError(f"config {where}.stride is {similarity['stride']}, {between}")
