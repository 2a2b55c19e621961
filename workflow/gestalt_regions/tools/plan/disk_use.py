"""How much disk a study will fill."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from gestalt_regions.saliency.method_registry import methods_of_study
from gestalt_regions.study.sizes import Size
from gestalt_regions.study.training_runs import explained_networks, networks
from gestalt_regions.tools.plan.matching_work import VIEWS
from gestalt_regions.tools.plan.units import network, networks_in, size_of
from gestalt_regions.tools.plan.work import STAGES, coefficient_rows

FLOAT = 4  # bytes; crops, labels and regions have one byte a value
MAP_LAYERS = 2  # signed and absolute sum over channels
# Of a map stored with three digits, of its bytes in float32: 25.9 %, mean of the full study's 20 methods on 2 simulated
# photographs at 224 px. Of one method: 2 (Occlusion) to 39 % (GuidedGradCam).
PACKED = 0.26
ENCODING = 512 * FLOAT  # bytes of one vector
ROW = 130  # bytes of one row of the coefficients
# Rendered PNG and its label map: 138 kB a photo of 256 px, mean of the 420 photos of the default study.
PHOTO = 138e3 / 256**2
# Parameters of the networks in millions; of others those of the paper's ResNet-50 are taken.
PARAMETERS = {
    "arcface_mbf": 3.4,
    "sface": 9.5,
    "efficientnet_lite0": 3.4,
    "resnet18_morph": 11.2,
    "deepgestalt": 2.0,
    "timm_resnet": 11.2,
    "torchvision_resnet": 11.2,
    "vggface2_resnet50": 23.5,
}
MAKES = {  # artifact -> the stage that makes it
    "photos, true labels": "render",
    "crops, labels, regions": "gather",
    "region sets": "region sets",
    "checkpoints": "train",
    "saliency maps": "saliency",
    "maps at a time": "saliency",
    "coefficients": "coefficients",
    "encodings": "encoding",
}
DEEP = {"resnet34": 21.3, "resnet50": 23.5, "resnet101": 42.5, "resnet152": 58.2}


def parameters(model: Mapping) -> float:
    """Look up how many weights a network has without its classifier.

    Parameters
    ----------
    model : mapping
        Entry of config models.

    Returns
    -------
    float
        Weights.
    """
    named = DEEP.get(network(model).split(" ")[-1])
    return 1e6 * (named or PARAMETERS.get(model["backbone"], DEEP["resnet50"])) * networks_in(model)


def map_bytes(config: Mapping, size: Size, model: Mapping) -> int:
    """Count the bytes of the maps of one method over all folds; packed, of a mean method.

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
    int
        Bytes.
    """
    packed = config["saliency"].get("format", "float32") == "float16"
    return round(_float_bytes(config, size, model) * (PACKED if packed else 1))


def _float_bytes(config: Mapping, size: Size, model: Mapping) -> int:
    return size.explained(config) * MAP_LAYERS * size_of(model) ** 2 * FLOAT


def job_bytes(config: Mapping, size: Size) -> float:
    """Count the bytes that a job of the saliency stage needs beside its output until it is done: its shards, float32.

    Parameters
    ----------
    config : mapping
        A valid config.
    size : Size
        Images by class.

    Returns
    -------
    float
        Bytes of one fold's maps, of the model whose maps are largest.
    """
    return max(_float_bytes(config, size, m) for m in explained_networks(config).values()) / config["folds"]["n"]


def disk_bytes(config: Mapping, size: Size, stages: Collection[str] = tuple(STAGES)) -> dict[str, float]:
    """Count the bytes of each kind of artifact that grows with the study; tables and figures are small beside them.

    Parameters
    ----------
    config : mapping
        A valid config.
    size : Size
        Images by class.
    stages : collection of str
        Only what these stages make.

    Returns
    -------
    dict
        Kind of artifact -> bytes.
    """
    pixels = sum(side**2 for side in config["faces"]["sizes"])
    sets = len([name for name in config["coefficients"]["sets"] if name != "paper"])
    methods = len(methods_of_study(config))
    maps = sum(methods * map_bytes(config, size, m) for m in explained_networks(config).values())
    kept = config["saliency"].get("keep", "maps") == "maps"
    # Deleted maps (rules/setup/inputs.smk): all folds of the method in hand, and the fold that Figure 5 shows of all
    held = min(1.0, 1 / config["folds"]["n"] + 1 / methods)
    rendered = config["cohort"]["kind"] == "synthetic"
    made = {
        "photos, true labels": size.images * PHOTO * config["cohort"]["size"] ** 2 if rendered else 0,
        "crops, labels, regions": size.images * pixels * (3 + 1 + 1),
        "region sets": size.images * max(config["faces"]["sizes"]) ** 2 * sets,
        "checkpoints": sum(config["folds"]["n"] * parameters(m) * FLOAT for m in networks(config).values()),
        **({"saliency maps": maps} if kept else {"maps at a time": maps * held}),
        "coefficients": len(explained_networks(config)) * coefficient_rows(config, size) * 1e3 * ROW,
        "encodings": len(config["matching"]["encoders"]) * size.images * VIEWS * ENCODING,
    }
    return {name: size for name, size in made.items() if MAKES[name] in stages}
