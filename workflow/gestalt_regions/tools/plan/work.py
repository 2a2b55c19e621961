"""The work of a study, counted from its config: for each stage how many jobs, and how many units they do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from gestalt_regions.evaluation.measure_registry import GROUPS
from gestalt_regions.saliency.method_registry import METHODS, explained_models, load_methods, methods_of_study, resolve
from gestalt_regions.statistics.analyses.analysis_registry import ANALYSES
from gestalt_regions.study.sizes import Size
from gestalt_regions.study.training_runs import explained_networks, networks
from gestalt_regions.tools.plan import matching_work
from gestalt_regions.tools.plan.evaluation_work import BY_NETWORKS, evaluation, twins
from gestalt_regions.tools.plan.identity_work import learning, photographs_of_people
from gestalt_regions.tools.plan.units import Work, network, networks_in, size_of, training_units

Counter = Callable[[Mapping, Size], Iterator[Work]]


@dataclass(frozen=True)
class Stage:
    """One kind of job.

    benchmark: a regular expression of its benchmark files below results/benchmarks/{cohort}, with the groups `model`,
    `method` and `encoder` where there are such. unit: what its time is proportional to. count: counts its work. rules:
    whose jobs they are, as a regular expression.
    """

    benchmark: str
    unit: str
    count: Counter
    rules: str


def passes(name: str, settings: Mapping, size: int) -> float:
    """Estimate how often a method looks at an image, as far as its parameters say: samples, or windows.

    Parameters
    ----------
    name : str
        Name of the method.
    settings : mapping
        Config saliency.methods.<name>.
    size : int
        Side of the image, pixels.

    Returns
    -------
    float
        Passes.
    """
    values = resolve(name, dict(settings))[1]
    if "window" in values:
        return float(max(1, (size - values["window"]) // values["stride"] + 1) ** 2)
    return float(values.get("samples", 1))


def saliency_key(name: str, settings: Mapping, model: Mapping) -> str:
    """Say what a rate of a method on a network is known by.

    Parameters
    ----------
    name : str
        Name of the method.
    settings : mapping
        Config saliency.methods.<name>.
    model : mapping
        Entry of config models.

    Returns
    -------
    str
        Such as "Gradient on sface".
    """
    return f"{resolve(name, dict(settings))[0].name} on {network(model)}"


def training_key(model: Mapping, recipe: Mapping) -> str:
    """Say what a rate of training is known by: the network, how much of it is frozen, and the precision.

    Parameters
    ----------
    model : mapping
        Entry of config models.
    recipe : mapping
        Entry of config recipes.

    Returns
    -------
    str
        Such as "sface, 3 stages frozen".
    """
    frozen, precision = recipe.get("frozen_stages"), recipe.get("precision", "float32")
    said = [f"{frozen} stages frozen"] * bool(frozen) + [precision] * (precision != "float32")
    return ", ".join([network(model), *said])


def _photos(config: Mapping, size: Size) -> Iterator[Work]:
    if config["cohort"]["kind"] == "synthetic":
        yield Work("", config["cohort"]["shards"], size.images * (config["cohort"]["size"] / 256) ** 2)
    if people := photographs_of_people(config):
        yield Work("", config["identities"]["shards"], people * (config["cohort"]["size"] / 256) ** 2)


def _tables(config: Mapping, size: Size) -> Iterator[Work]:
    yield Work("", 5 if config["cohort"]["kind"] == "synthetic" else 3, size.images)


def _faces(config: Mapping, size: Size) -> Iterator[Work]:
    yield Work("", config["faces"]["shards"], size.images * (config["faces"]["parse_size"] / 384) ** 2)


def _gather(config: Mapping, size: Size) -> Iterator[Work]:
    yield Work("", 1, size.images * sum(side**2 for side in config["faces"]["sizes"]) / 1e6)


def _landmarks(config: Mapping, size: Size) -> Iterator[Work]:
    if any("landmarks" in resolve(name, dict(entry))[0].takes for name, entry in methods_of_study(config).items()):
        yield Work("", 1, size.images)


def _regions(config: Mapping, size: Size) -> Iterator[Work]:
    sets = len([name for name in config["coefficients"]["sets"] if name != "paper"])
    yield Work("", sets, sets * size.images * max(config["faces"]["sizes"]) ** 2 / 1e6)


def _train(config: Mapping, size: Size) -> Iterator[Work]:
    for model in networks(config).values():
        if "experts" in model:  # it joins what others have trained
            continue
        key = training_key(model, config["recipes"][model["recipe"]])
        yield Work(key, config["folds"]["n"], training_units(config, size, model))


def _saliency(config: Mapping, size: Size) -> Iterator[Work]:
    maps = size.explained(config)
    # the study itself makes further methods for its evaluation alone
    methods = methods_of_study(config) if config["evaluation"]["in_report"] else config["saliency"]["methods"]
    for model in explained_networks(config).values():
        for name, settings in methods.items():
            units = maps * passes(name, settings, size_of(model)) * networks_in(model)
            yield Work(saliency_key(name, settings, model), config["folds"]["n"], units)


def _coefficients(config: Mapping, size: Size) -> Iterator[Work]:
    methods = len(config["saliency"]["methods"])
    for model in explained_networks(config).values():
        pixels = size_of(model) ** 2 / 1e6 * len(config["coefficients"]["policies"])
        yield Work("", methods, methods * size.explained(config) * pixels)


def coefficient_rows(config: Mapping, size: Size) -> float:
    """Count the rows of the coefficients of one model.

    Parameters
    ----------
    config : mapping
        A valid config.
    size : Size
        Images by class.

    Returns
    -------
    float
        Rows, in thousands.
    """
    each = size.explained(config) * len(config["saliency"]["methods"])
    return each * len(config["coefficients"]["policies"]) * 3 / 1e3


def _statistics(config: Mapping, size: Size) -> Iterator[Work]:
    runs = dict.fromkeys(("table2", "table3", "table4"), len(explained_networks(config)))
    for name, models in (runs | dict.fromkeys(ANALYSES, len(explained_models(config)))).items():
        yield Work(name, models, models * coefficient_rows(config, size))


def _checks(config: Mapping, size: Size) -> Iterator[Work]:
    for name in ("leaks", *(("parsing", "raters") if config["cohort"]["kind"] == "synthetic" else ())):
        yield Work(name, 1, size.images)


def _figures(config: Mapping, size: Size) -> Iterator[Work]:
    yield Work("", 3 + 4 * len(explained_models(config)), 3 + 4 * len(explained_models(config)))


def _report(config: Mapping, size: Size) -> Iterator[Work]:
    yield Work("", 1, len(explained_models(config)) * coefficient_rows(config, size))


MODEL = r"(?P<model>[^/]+)/"
PARTS = "|".join([*GROUPS, "saliency", "untrained", "scores", "drops", "squares", "train_shuffled"])
STAGES: dict[str, Stage] = {
    "render": Stage(r"cohort-render-\d+", "photo at 256 px", _photos, "render_shard|identity_people"),
    "cohort tables": Stage(
        r"cohort-(plan|samples|rate|annotate)|saliency-explained|folds",
        "image",
        _tables,
        "cohort_plan|samples|rate|annotate|explained|folds",
    ),
    "faces": Stage(r"faces-\d+", "image parsed at 384 px", _faces, "faces_shard"),
    "gather": Stage(r"faces", "megapixel of crops", _gather, "faces_gather"),
    "landmarks": Stage(r"landmarks", "image", _landmarks, "landmarks"),
    "region sets": Stage(r"regions-.+-\d+", "megapixel of label maps", _regions, "region_maps"),
    "identity pretraining": Stage(r"identities/train-.+", "face and epoch", learning, "identity_train"),
    "train": Stage(rf"{MODEL}fold-\d+/train", "image and epoch", _train, "train|join_experts"),
    "saliency": Stage(
        rf"{MODEL}fold-\d+/saliency(?:_with_pictures)?-(?P<method>.+)",
        "map and pass (sample, window)",
        _saliency,
        "saliency(_with_pictures)?",
    ),
    "coefficients": Stage(
        rf"{MODEL}coefficients-(?P<method>[^/]+)", "megapixel of maps and policy", _coefficients, "coefficients"
    ),
    "statistics": Stage(
        rf"{MODEL}statistics-(?P<analysis>.+)",
        "1,000 rows of coefficients",
        _statistics,
        "classification|rq1|rq2|analyse",
    ),
    "checks": Stage(
        r"statistics-(?P<analysis>leaks|parsing|raters)", "image", _checks, "probe_leaks|parsing_truth|rater_truth"
    ),
    "figures": Stage(
        rf"({MODEL})?figures-(figure.+|heatmaps|regions)",
        "figure",
        _figures,
        "draw_(boxplots|heatmaps|maps|montage|case|region_sets|workflow)",
    ),
    "truth": Stage(r"truth-\d+", "affected face and its counterfactuals", twins, "truth_shard|truth_gather"),
    "evaluation": Stage(
        rf"(?!.*fold-\d+/saliency){MODEL}(fold-\d+/)?(evaluation-)?(?P<group>{PARTS})(-.+)?",
        "map, or changed image",
        evaluation,
        "control_maps|untrained_maps|drops|drop_tables|train_shuffled|join_shuffled|score_.+|method_scores|scores|scored|evaluated|"
        "rank_methods|draw_(scores|removal|cascade|critical_difference|summary)",
    ),
    "fine-tuning of encoders": Stage(
        r"matching/fine_tune-(?P<encoder>.+)", "image and pass", matching_work.fine_tuning, "fine_tune"
    ),
    "encoding": Stage(r"matching/encode-(?P<encoder>.+)", "image", matching_work.encoding, "encode"),
    "matching": Stage(
        r"matching-(?P<analysis>splits|ranks|accuracy|verification|clusters|sheet|figure\d|table\d)",
        "image",
        matching_work.tables,
        "encoder_card|match_.+|arc_table|draw_(arc_tail|arc_identities|clusters|match_sheet)",
    ),
    "similarity maps": Stage(
        r"matching/similarity-(?P<encoder>.+)",
        "map and pass (window)",
        matching_work.similarity,
        "similarity|similarity_coefficients|draw_similarity",
    ),
    "report": Stage(r"report", "1,000 rows of coefficients", _report, "report_site|time_stages"),
}


def in_precision(stage: str, what: str, precision: str) -> str:
    """Say what a rate is known by where networks compute in a precision.

    Parameters
    ----------
    stage : str
        Of STAGES.
    what : str
        What the rate of float32 is known by.
    precision : str
        Config run.precision.

    Returns
    -------
    str
        Such as "Gradient on sface, bfloat16"; `what` itself of float32, of what asks no network, and of what stays with
        float32: methods that declare so, encoders as published (they run on ONNX Runtime), and training, whose
        precision is the recipe's.
    """
    kind = what.split(" on ")[0]
    if precision == "float32":
        return what
    if stage == "saliency":
        load_methods()
        precision = METHODS[kind].not_below(precision)
    elif not (
        stage == "similarity maps"
        or (stage == "evaluation" and kind in BY_NETWORKS)
        or (stage == "encoding" and kind == "fine-tuned")
    ):
        precision = "float32"
    return f"{what}, {precision}" if precision != "float32" else what


def uncounted_jobs(jobs: Mapping[str, int]) -> dict[str, int]:
    """List the jobs that are of no stage: their hours are not counted.

    Parameters
    ----------
    jobs : mapping
        rule -> jobs.

    Returns
    -------
    dict
        rule -> jobs.
    """
    counted = re.compile("|".join(["all", *(stage.rules for stage in STAGES.values())]))
    return {rule: count for rule, count in jobs.items() if not counted.fullmatch(rule)}


def planned_stages(jobs: Mapping[str, int]) -> set[str]:
    """List the stages that some of these jobs are of.

    Parameters
    ----------
    jobs : mapping
        rule -> jobs.

    Returns
    -------
    set of str
        Stages.
    """
    return {name for name, stage in STAGES.items() if any(re.fullmatch(stage.rules, rule) for rule in jobs)}


def amounts(config: Mapping, size: Size) -> dict[str, list[Work]]:
    """Count the work of every stage.

    Parameters
    ----------
    config : mapping
        A valid config.
    size : Size
        Images by class.

    Returns
    -------
    dict
        Stage -> list of Work.
    """
    precision = config["run"]["precision"]
    return {
        name: [replace(work, what=in_precision(name, work.what, precision)) for work in stage.count(config, size)]
        for name, stage in STAGES.items()
    }
