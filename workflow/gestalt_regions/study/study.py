"""The study that a config describes, checked as a whole before the DAG is built."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from gestalt_regions.assets.fetching import load_manifest
from gestalt_regions.cohort.readers.reader_registry import check_section, find_reader
from gestalt_regions.cohort.simulated.people import rare_disorders
from gestalt_regions.cohort.simulated.people.raters import name_rater_terms
from gestalt_regions.core.errors import InputError, nearest, refuse_unknown
from gestalt_regions.evaluation import evaluation_config as evaluation
from gestalt_regions.evaluation import measure_registry
from gestalt_regions.evaluation.roar.roar_settings import roar_settings
from gestalt_regions.faces.detector_registry import DETECTORS
from gestalt_regions.figures.selection import check_figures
from gestalt_regions.hpo.facial_terms import FacialTerms
from gestalt_regions.matching import matching_config as matching
from gestalt_regions.models.backbones import IDENTITIES, Backbone, backbone, backbone_of
from gestalt_regions.regions.sets import load_sets
from gestalt_regions.saliency.method_registry import Method, load_methods, methods_of_study, resolve
from gestalt_regions.statistics.analyses.analysis_registry import ANALYSES
from gestalt_regions.study.check_case import check_case
from gestalt_regions.study.check_controls import check_controls
from gestalt_regions.study.check_eye_tracking import check_eye_tracking
from gestalt_regions.study.check_gestalt import check_gestalt
from gestalt_regions.study.check_identities import check_identities
from gestalt_regions.study.check_imbalance import fill_imbalance
from gestalt_regions.study.check_methods import check_methods
from gestalt_regions.study.check_networks import check_networks
from gestalt_regions.study.check_reader_study import check_reader_study
from gestalt_regions.study.check_simulated import check_simulated
from gestalt_regions.study.check_syndrome_maps import check_syndrome_maps
from gestalt_regions.study.check_test_sets import fill_test_sets
from gestalt_regions.study.cohort_look import NO_LOOK, CohortLook, look_at_cohort
from gestalt_regions.study.experts import experts_of, fill_experts
from gestalt_regions.study.labelled_models import check_labelled, take_labelled
from gestalt_regions.study.schema import validate
from gestalt_regions.study.sizes import fill_shards
from gestalt_regions.study.training_runs import all_runs, networks, runs_of, training_seed

RESERVED = {"assets", "benchmarks", "compared", "identities", "logs"}  # folders of results/ that are no cohort's


def _asset(entry: Mapping, at_code: str) -> str:
    """Of an entry of models or of matching.encoders; at_code: how paths of the code begin."""
    network = backbone(entry["backbone"])
    if network.from_file:
        return entry["options"]["weights"]
    if network.asset or not network.weights:
        return f"results/assets/{network.asset}" if network.asset else ""
    return f"{at_code}{network.weights}"


@dataclass(frozen=True)
class Encoder:
    """An encoder of faces: its entry, the side of its crops, the file it is built from, and how it is trained."""

    entry: dict
    size: int
    asset: str  # "" if none
    recipe: dict | None  # None: as it was published


@dataclass(frozen=True)
class Study:
    """A valid config with every default filled in, the manifest of assets, and the cohort as its tables say now."""

    config: dict
    assets: dict[str, dict]
    at_code: str = ""  # how a path begins that belongs to the code, as seen from the folder of the run
    look: CohortLook = NO_LOOK  # where a run starts
    labelled: Mapping[str, dict] = field(default_factory=dict)  # models with labels of their own

    def check_planned(self, rule: str) -> None:
        """Refuse to plan what the cohort's table already rules out.

        Parameters
        ----------
        rule : str
            A rule: faces_shard, folds or fine_tune.

        Raises
        ------
        InputError
            It says why, and what to do.
        """
        if reason := self.look.impossible.get(rule):
            raise InputError(reason)

    @property
    def networks(self) -> dict[str, dict]:
        """List the networks of the study: every training run of every model, and models with labels of their own.

        Returns
        -------
        dict
            Name -> entry of config models.
        """
        return networks(self.config) | dict(self.labelled)

    def runs(self, model: str) -> list[str]:
        """Name the training runs of a model.

        Parameters
        ----------
        model : str
            Name in config models.

        Returns
        -------
        list of str
            The model itself first.
        """
        return runs_of(self.config, model)

    def training_seed(self, network: str) -> int:
        """Give the seed of a training run.

        Parameters
        ----------
        network : str
            Its name.

        Returns
        -------
        int
            The study's seed for the first run of each model.
        """
        return self.config["run"]["seed"] if network in self.labelled else training_seed(self.config, network)

    def backbone(self, model: str) -> Backbone:
        """Look up the backbone of a model.

        Parameters
        ----------
        model : str
            Name of the network.

        Returns
        -------
        Backbone
            Its entry in the registry.
        """
        return backbone_of(self.networks[model])

    @property
    def new_detector(self) -> str:
        """Name the detector of photographs that are not the study's.

        Returns
        -------
        str
            The study's own; the default one if the study takes its faces from a table.
        """
        named = self.config["faces"]["detector"]
        return named if named in DETECTORS else "scrfd"

    @property
    def test_sets(self) -> dict[str, dict]:
        """List the further test sets.

        Returns
        -------
        dict
            Name -> section of config gestalt.test_sets; none where no network is trained.
        """
        return self.config["gestalt"].get("test_sets", {}) if self.config["statistics"]["control"] else {}

    def full_face(self, model: str) -> str:
        """Name the expert of an aggregate that sees the full face.

        Parameters
        ----------
        model : str
            Name of the network.

        Returns
        -------
        str
            "" if it has none.
        """
        return next((expert for expert, part in self.parts(model).items() if part == "full_face"), "")

    def experts(self, model: str) -> list[str]:
        """Name the networks that an aggregate joins.

        Parameters
        ----------
        model : str
            Name of the network.

        Returns
        -------
        list of str
            Empty for a network that is trained.
        """
        if model in self.labelled:
            return list(self.labelled[model].get("experts", ()))
        return experts_of(self.config, model)

    def parts(self, model: str) -> dict[str, str]:
        """Tell which part of the face each expert of an aggregate sees.

        Parameters
        ----------
        model : str
            Name of the network.

        Returns
        -------
        dict
            Expert -> part, in the order in which they are joined; empty for a network that is trained.
        """
        return {each: self.networks[each]["options"].get("part", "full_face") for each in self.experts(model)}

    def identity_part(self, model: str) -> str:
        """Tell which part's identity weights a model starts from.

        Parameters
        ----------
        model : str
            Name of the network.

        Returns
        -------
        str
            The part of the face; "" if it starts from something else.
        """
        options = self.networks[model]["options"]
        return options.get("part", "full_face") if options.get("weights") == IDENTITIES else ""

    def asset(self, model: str) -> str:
        """Name the file that a model's backbone is built from.

        Parameters
        ----------
        model : str
            Name of the network.

        Returns
        -------
        str
            Its path; "" if there is none.
        """
        return _asset(self.networks[model], self.at_code)

    def cautions(self) -> list[str]:
        """Say what must be said before networks judge photographs.

        Returns
        -------
        list of str
            One line per model; nothing for a rendered cohort.
        """
        if self.config["cohort"]["kind"] == "synthetic":
            return []
        backbones = {name: self.backbone(name) for name in self.config["models"]}
        return [f"models.{name}: {b.name} {b.caution}" for name, b in backbones.items() if b.caution]

    def encoder(self, name: str) -> Encoder:
        """Look up an encoder of faces.

        Parameters
        ----------
        name : str
            Name in config matching.encoders.

        Returns
        -------
        Encoder
            The entry and what follows from it.

        Raises
        ------
        InputError
            If the study has no crops of the size that it takes.
        """
        entry = self.config["matching"]["encoders"][name]
        size, recipe = backbone(entry["backbone"]).size, None
        if size not in self.config["faces"]["sizes"]:
            raise InputError(f"config faces.sizes lacks {size}, the size of the crops of matching.encoders.{name}")
        if entry["fine_tuned"]:
            recipe = self.config["recipes"][entry["recipe"]]
        return Encoder(entry, size, _asset(entry, self.at_code), recipe)

    @property
    def controls(self) -> list[str]:
        """List the controls of the evaluation.

        Returns
        -------
        list of str
            Names of methods.
        """
        return evaluation.controls(self.config)

    @property
    def evaluated(self) -> list[str]:
        """List the methods that the evaluation scores, controls included.

        Returns
        -------
        list of str
            Names of methods.
        """
        return evaluation.evaluated(self.config)

    @property
    def priors(self) -> list[str]:
        """List the controls of the evaluation that are no maps.

        Returns
        -------
        list of str
            Their names.
        """
        return evaluation.priors(self.config)

    def not_evaluated(self) -> str:
        """Which methods of the study the evaluation leaves out, and by which key of the config.

        Returns
        -------
        str
            A sentence; "" if it leaves none out.
        """
        left_out = [name for name in self.methods if name not in self.evaluated]
        by = f"config evaluation.methods is {self.config['evaluation']['methods']}"
        return f"Not in the evaluation: {', '.join(left_out)} ({by})" if left_out else ""

    def registered(self, method: str) -> Method:
        """Look up the registered method that a name of the study means.

        Parameters
        ----------
        method : str
            Name of a method or control.

        Returns
        -------
        Method
            Its entry in the registry.
        """
        return resolve(method, self.method_settings(method))[0]

    def is_control(self, method: str) -> bool:
        """Tell whether a method is a control.

        Parameters
        ----------
        method : str
            Name of a method.

        Returns
        -------
        bool
            True for a control.
        """
        return self.registered(method).family == "control"

    def method_settings(self, method: str) -> dict:
        """Look up the settings of a method.

        Parameters
        ----------
        method : str
            Name of a method.

        Returns
        -------
        dict
            Of `methods`; a control that is not there has its defaults.
        """
        return self.methods.get(method, {})

    def method_precision(self, method: str) -> str:
        """Look up in which precision a method's networks compute.

        Parameters
        ----------
        method : str
            Name of a method.

        Returns
        -------
        str
            Config run.precision; float32 in the place of bfloat16 where the method declares so.
        """
        return self.registered(method).not_below(self.config["run"]["precision"])

    @property
    def methods(self) -> dict[str, dict]:
        """List the saliency methods of the study.

        Returns
        -------
        dict
            Name -> settings: those of saliency.methods, then those of saliency.further_methods.
        """
        return methods_of_study(self.config)

    @property
    def case_methods(self) -> list[str]:
        """List the methods of a case that the study has.

        Returns
        -------
        list of str
            Of config case.methods; the study's first if it has none of them.
        """
        return [name for name in self.config["case"]["methods"] if name in self.methods] or list(self.methods)[:1]

    @property
    def averaged(self) -> list[str]:
        """List the methods and controls whose maps are averaged over the people of a syndrome.

        Returns
        -------
        list of str
            Of config syndrome_maps.methods those that the study has; its first if it has none of them.
        """
        return evaluation.averaged(self.config)

    @property
    def groups(self) -> list[str]:
        """List the groups of measures of the evaluation.

        Returns
        -------
        list of str
            Names of groups.
        """
        return evaluation.groups(self.config)

    def network_files(self, wildcards: Mapping[str, str]) -> list[str]:
        """List the files that the networks of a job are built from.

        Parameters
        ----------
        wildcards : mapping
            Wildcards of the job.

        Returns
        -------
        list of str
            Paths.
        """
        entries = []
        if "model" in wildcards.keys():
            entries.append(self.networks[wildcards["model"]])
        if "encoder" in wildcards.keys():
            entries.append(self.config["matching"]["encoders"][wildcards["encoder"]])
        return [path for entry in entries if (path := _asset(entry, self.at_code))]

    def code_roots(self, wildcards: Mapping[str, str], rule: str = "") -> list[str]:
        """List the registered code that a job runs by name.

        Parameters
        ----------
        wildcards : mapping
            Wildcards of the job.
        rule : str
            Its rule.

        Returns
        -------
        list of str
            "module:name", roots of jobs.code_digest.
        """
        roots = []
        if rule == "samples" and self.config["cohort"]["kind"] != "synthetic":
            roots.append(find_reader(self.config["cohort"]["kind"]).root)
        if rule in ("faces_shard", "judge_pictures") and self.config["faces"]["detector"] in DETECTORS:
            roots.append(DETECTORS[self.config["faces"]["detector"]].root)
        if rule == "test_set_faces":
            roots.append(DETECTORS[self.new_detector].root)
        if "model" in wildcards.keys():
            roots.append(backbone(self.networks[wildcards["model"]]["backbone"]).root)
        if rule == "identity_faces" and self.config["faces"]["detector"] in DETECTORS:
            roots.append(DETECTORS[self.config["faces"]["detector"]].root)
        if rule == "identity_fold":
            roots.append(backbone("deepgestalt").root)
        if rule in ("case_gallery", "explain_case"):
            runs = [self.registered(method).run for method in self.case_methods]
            roots += [f"{run.__module__}:{run.__name__}" for run in runs]
            roots += [each.root for each in DETECTORS.values()] if rule == "explain_case" else []
        if "encoder" in wildcards.keys():
            roots.append(backbone(self.config["matching"]["encoders"][wildcards["encoder"]]["backbone"]).root)
        if rule in ("imbalance_maps", "imbalance_controls"):
            named = [*self.config["imbalance"]["methods"], *self.config["imbalance"]["controls"]]
            runs = [self.registered(method).run for method in named]
            roots += [f"{run.__module__}:{run.__name__}" for run in runs]
        if "method" in wildcards.keys() and wildcards["method"] not in measure_registry.PRIORS:
            run = self.registered(wildcards["method"]).run
            roots.append(f"{run.__module__}:{run.__name__}")
        if "group" in wildcards.keys():
            roots += measure_registry.roots(wildcards["group"])
        if rule == "score_priors":
            roots += [root for group in measure_registry.RENDERED for root in measure_registry.roots(group)]
        if "analysis" in wildcards.keys():
            roots.append(ANALYSES[wildcards["analysis"]].function)
        return roots


def _check(config: dict, assets: dict, base: Path) -> None:
    """What a schema cannot say: names that must exist elsewhere in the config or in a registry."""
    for name, local in config["assets"]["local"].items():
        if name not in assets:
            raise InputError(f"config assets.local.{name}: no such asset; {nearest(name, assets)}")
        if not Path(local["path"]).exists():
            raise InputError(f"config assets.local.{name}.path: '{local['path']}' is no file")
    if config["cohort"]["name"].lower() in RESERVED:
        raise InputError(
            f"config cohort.name is {config['cohort']['name']}; results/ has a folder of that name already"
        )
    if config["cohort"]["kind"] == "synthetic":
        check_simulated(config, base)
    else:
        check_section(config["cohort"])
    check_controls(config)
    check_networks(config)
    check_identities(config)
    check_methods(config)
    check_case(config)
    check_syndrome_maps(config)
    check_gestalt(config)
    check_reader_study(config)
    check_eye_tracking(config)
    check_figures(config)
    named = config["evaluation"]["methods"]
    refuse_unknown(
        "config evaluation.methods", "method", named if isinstance(named, list) else (), methods_of_study(config)
    )
    for name in {*methods_of_study(config), *config["evaluation"]["controls"]} & {*measure_registry.PRIORS}:
        raise InputError(f"config saliency.methods: '{name}' is a prior of the evaluation; take another name")
    known = load_methods()
    for name in config["evaluation"]["controls"]:
        if name not in known or known[name].family != "control":
            controls = [key for key, registered in known.items() if registered.family == "control"]
            raise InputError(f"config evaluation.controls: no control '{name}'; {nearest(name, controls)}")
    for name, variant in config["statistics"]["variants"].items():
        registered = {**known, **methods_of_study(config)}
        refuse_unknown(f"config statistics.variants.{name}.without", "method", variant["without"], registered)
    matching.check(config["matching"])
    evaluation.check(config["evaluation"], config["folds"]["n"])
    roar_settings(config)
    policies = {
        f"statistics.variants.{name}.policy.{question}": policy
        for name, variant in config["statistics"]["variants"].items()
        for question, policy in variant["policy"].items()
    }
    for where, policy in (policies | {"evaluation.show.policy": config["evaluation"]["show"]["policy"]}).items():
        refuse_unknown(f"config {where}", "policy", [policy], config["coefficients"]["policies"])
    evaluation.check_shown(config)


def load_study(config: dict, base: str | Path, at_code: str = "") -> Study:
    """Check a config as a whole and complete it.

    Parameters
    ----------
    config : dict
        The config as Snakemake merged it.
    base : path
        The folder of the repository.
    at_code : str
        The same with a slash as seen from the folder of the run; "" where both are one.

    Returns
    -------
    Study
        The valid config and the manifest of assets.

    Raises
    ------
    InputError
        That names the key and the allowed values.
    """
    filled = validate(config, Path(base) / "config/schemas")
    if filled["cohort"]["kind"] == "synthetic":
        rare_disorders.extend(filled["cohort"])
        name_rater_terms(filled["cohort"]["raters"], FacialTerms(Path(base) / "resources/hpo_terms.csv"))
    known = load_sets(Path(base) / "resources/regions.yaml")
    for name in filled["evaluation"]["show"]["sets"]:
        if name not in known:
            raise InputError(f"config evaluation.show.sets: no region set '{name}'; {nearest(name, known)}")
    assets = load_manifest(Path(base) / "resources/assets.yaml")
    all_runs(filled)
    fill_experts(filled, config)
    fill_test_sets(filled, Path(base) / "config/schemas")
    labelled = take_labelled(filled)
    _check(filled, assets, Path(base))
    fill_imbalance(filled)
    if labelled:
        check_networks({**filled, "models": filled["models"] | labelled})
        check_labelled(filled, labelled)
    fill_shards(filled)
    return Study(filled, assets, at_code, labelled=labelled)


def prepare(config: dict, base: str | Path, at_code: str = "", starts: bool = False) -> Study:
    """Do `load_study` for the Snakefile: a bad config or table ends the run with its message alone, no traceback.

    Parameters
    ----------
    config : dict
        The config as Snakemake merged it.
    base : path
        The folder of the repository.
    at_code : str
        The same with a slash as seen from the folder of the run; "" where both are one.
    starts : bool
        Whether a run starts here, so that the cohort's tables are read and said; not in a job's own process.

    Returns
    -------
    Study
        As `load_study`; with the cohort as its tables say now, where a run starts.
    """
    try:
        study = load_study(config, base, at_code)
        if not starts:
            return study
        look = look_at_cohort(study.config, Path(base) / "resources/hpo_terms.csv")
        if look.samples is not None:
            check_labelled(study.config, study.labelled, look.samples)
        for line in look.lines:
            print(f"gestalt-regions: {line}", file=sys.stderr)
        return replace(study, look=look)
    except InputError as error:
        sys.exit(f"gestalt-regions: {error}")
