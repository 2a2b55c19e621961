"""The study that a config describes, checked as a whole before the DAG is built."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gestalt_regions.assets.fetching import load_manifest
from gestalt_regions.cohort.readers.reader_registry import check_section, find_reader
from gestalt_regions.cohort.simulated.people import hard_questions, rare_disorders
from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.evaluation import evaluation_config as evaluation
from gestalt_regions.evaluation import measure_registry
from gestalt_regions.faces.detector_registry import DETECTORS
from gestalt_regions.matching import matching_config as matching
from gestalt_regions.models.backbones import TRAITS, Backbone, backbone
from gestalt_regions.regions.sets import region_ids
from gestalt_regions.saliency.method_registry import lacking, load_methods, resolve
from gestalt_regions.statistics.analyses.analysis_registry import ANALYSES
from gestalt_regions.study.schema import validate
from gestalt_regions.study.sizes import cut


def _asset(entry: Mapping) -> str:
    """Of an entry of models or of matching.encoders."""
    found = backbone(entry["backbone"])
    if found.from_file:
        return entry["options"]["weights"]
    return f"results/assets/{found.asset}" if found.asset else found.weights


def _builder(entry: Mapping) -> str:
    """The code that builds the network of such an entry, as a root of code.digest."""
    found = backbone(entry["backbone"])
    return f"{found.module}:{found.build}"


@dataclass(frozen=True)
class Encoder:
    """An encoder of faces: its entry, the side of its crops, the file it is built from, and how it is trained."""

    entry: dict
    size: int
    asset: str  # "" if none
    recipe: dict | None  # None: as it was published


@dataclass(frozen=True)
class Study:
    """A valid config with every default filled in, and the manifest of assets."""

    config: dict
    assets: dict[str, dict]

    def backbone(self, model: str) -> Backbone:
        return backbone(self.config["models"][model]["backbone"])

    def asset(self, model: str) -> str:
        """Path of the file that the model's backbone is built from; "" if there is none."""
        return _asset(self.config["models"][model])

    def cautions(self) -> list[str]:
        """What must be said before networks judge photographs; nothing for a rendered cohort."""
        if self.config["cohort"]["kind"] == "synthetic":
            return []
        found = {name: self.backbone(name) for name in self.config["models"]}
        return [f"models.{name}: {b.name} {b.caution}" for name, b in found.items() if b.caution]

    def encoder(self, name: str) -> Encoder:
        """The entry of matching.encoders. Raises InputError if the study has no crops of the size that it takes."""
        entry = self.config["matching"]["encoders"][name]
        size, recipe = backbone(entry["backbone"]).size, None
        if size not in self.config["faces"]["sizes"]:
            raise InputError(f"config faces.sizes lacks {size}, the size of the crops of matching.encoders.{name}")
        if entry["fine_tuned"]:
            recipe = self.config["recipes"][entry["recipe"]]
        return Encoder(entry, size, _asset(entry), recipe)

    @property
    def controls(self) -> list[str]:
        return evaluation.controls(self.config)

    @property
    def evaluated(self) -> list[str]:
        return evaluation.evaluated(self.config)

    def is_control(self, method: str) -> bool:
        return resolve(method, self.method_settings(method))[0].family == "control"

    def method_settings(self, method: str) -> dict:
        """Config saliency.methods.<method>; a control that is not there has its defaults."""
        return self.config["saliency"]["methods"].get(method, {})

    @property
    def groups(self) -> list[str]:
        return evaluation.groups(self.config)

    def network_files(self, wildcards: Mapping[str, str]) -> list[str]:
        """The files that the networks of a job with these wildcards are built from."""
        entries = []
        if "model" in wildcards.keys():
            entries.append(self.config["models"][wildcards["model"]])
        if "encoder" in wildcards.keys():
            entries.append(self.config["matching"]["encoders"][wildcards["encoder"]])
        return [path for path in map(_asset, entries) if path]

    def code_roots(self, wildcards: Mapping[str, str], rule: str = "") -> list[str]:
        """The registered code ("module:name") that a job of this rule with these wildcards runs by name."""
        roots = []
        if rule == "samples" and self.config["cohort"]["kind"] != "synthetic":
            roots.append(find_reader(self.config["cohort"]["kind"]).root)
        if rule == "faces_shard" and self.config["faces"]["detector"] in DETECTORS:
            roots.append(DETECTORS[self.config["faces"]["detector"]].root)
        if "model" in wildcards.keys():
            roots.append(_builder(self.config["models"][wildcards["model"]]))
        if "encoder" in wildcards.keys():
            roots.append(_builder(self.config["matching"]["encoders"][wildcards["encoder"]]))
        if "method" in wildcards.keys():
            run = resolve(wildcards["method"], self.method_settings(wildcards["method"]))[0].run
            roots.append(f"{run.__module__}:{run.__name__}")
        if "group" in wildcards.keys():
            roots += measure_registry.roots(wildcards["group"])
        if "analysis" in wildcards.keys():
            roots.append(ANALYSES[wildcards["analysis"]].function)
        return roots


def _check_network(where: str, entry: dict, config: dict) -> None:
    """An entry of models or of matching.encoders, `where` in the config it is."""
    found = backbone(entry["backbone"])
    if found.from_file and not Path(entry["options"]["weights"]).is_file():
        named = f"config {where}.options.weights: '{entry['options']['weights']}'"
        raise InputError(f"{named} is no file; {found.name} is built from a file of yours")
    if not entry.get("fine_tuned", True):
        return
    if entry["recipe"] not in config["recipes"]:
        near = nearest(entry["recipe"], config["recipes"])
        raise InputError(f"config {where}.recipe: no recipe '{entry['recipe']}'; {near}")
    recipe, name = config["recipes"][entry["recipe"]], f"config recipes.{entry['recipe']}"
    if recipe["feature_layer"] and "feature_layer" not in found.traits:
        raise InputError(f"{name}.feature_layer: {where} ({found.name}) has no {TRAITS['feature_layer'][2:]}")
    if recipe["epoch_selection"] == "judged_fold" and "fine_tuned" in entry:
        raise InputError(f"{name}.epoch_selection is judged_fold, but {where} knows no folds; use inner or last")
    if recipe["schedule"] == "plateau" and recipe["epoch_selection"] == "last":
        raise InputError(f"{name}.schedule is plateau, but with epoch_selection: last no images tell one; use inner")


def _check(config: dict, assets: dict) -> None:
    """What a schema cannot say: names that must exist elsewhere in the config or in a registry."""
    for name in config["assets"]["local"]:
        if name not in assets:
            raise InputError(f"config assets.local.{name}: no such asset; {nearest(name, assets)}")
    if config["cohort"]["kind"] == "synthetic":
        hard_questions.check_cohort(config["cohort"])
    else:
        check_section(config["cohort"])
    for name, model in config["models"].items():
        _check_network(f"models.{name}", model, config)
        if (size := backbone(model["backbone"]).size) not in config["faces"]["sizes"]:
            raise InputError(f"config faces.sizes lacks {size}, the size of the crops that models.{name} takes")
    for name, encoder in config["matching"]["encoders"].items():
        _check_network(f"matching.encoders.{name}", encoder, config)
    for name, settings in config["saliency"]["methods"].items():
        found, _ = resolve(name, settings)
        for key, model in config["models"].items():
            if reason := lacking(found, backbone(model["backbone"]).traits):
                raise InputError(
                    f"config saliency.methods.{name}: {reason}; models.{key} ({model['backbone']}) has none"
                )
    for name in config["figures"]["figure6_methods"]:
        if name not in (named := config["saliency"]["methods"]):
            raise InputError(f"config figures.figure6_methods: no method '{name}'; {nearest(name, named)}")
    for name in config["evaluation"]["methods"] if isinstance(config["evaluation"]["methods"], list) else ():
        if name not in (named := config["saliency"]["methods"]):
            raise InputError(f"config evaluation.methods: no method '{name}'; {nearest(name, named)}")
    known = load_methods()
    for name in config["evaluation"]["controls"]:
        if name not in known or known[name].family != "control":
            controls = [key for key, found in known.items() if found.family == "control"]
            raise InputError(f"config evaluation.controls: no control '{name}'; {nearest(name, controls)}")
    matching.check(config["matching"])
    evaluation.check(config["evaluation"], config["folds"]["n"])
    policies = {f"statistics.{question}": config["statistics"][question] for question in ("rq1", "rq2")}
    for where, section in (policies | {"evaluation.show": config["evaluation"]["show"]}).items():
        policy = section["policy"]
        if policy not in config["coefficients"]["policies"]:
            near = nearest(policy, config["coefficients"]["policies"])
            raise InputError(f"config {where}.policy: no policy '{policy}'; {near}")


def load(config: dict, base: str | Path) -> Study:
    """Raises InputError that names the key and the allowed values."""
    filled = validate(config, Path(base) / "config/schemas")
    if filled["cohort"]["kind"] == "synthetic":
        rare_disorders.extend(filled["cohort"])
    for name in [*filled["coefficients"]["sets"], *filled["evaluation"]["show"]["sets"]]:
        region_ids(Path(base) / "resources/regions.yaml", name)
    assets = load_manifest(Path(base) / "resources/assets.yaml")
    _check(filled, assets)
    cut(filled)
    return Study(filled, assets)


def prepare(config: dict, base: str | Path) -> Study:
    """`load` for the Snakefile: a bad config ends the run with its message alone, no traceback."""
    try:
        return load(config, base)
    except InputError as error:
        sys.exit(f"gestalt-regions: {error}")
