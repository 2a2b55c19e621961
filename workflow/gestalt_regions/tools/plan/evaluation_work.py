"""The work of the evaluation, counted from the config."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gestalt_regions.cohort.simulated.people.recipes import UNAFFECTED
from gestalt_regions.evaluation.evaluation_config import controls, evaluated, groups, priors
from gestalt_regions.evaluation.measure_registry import RENDERED
from gestalt_regions.study.sizes import Size, fewest
from gestalt_regions.study.training_runs import explained_networks
from gestalt_regions.tools.plan.units import Work, network, networks_in, training_units

# What asks the networks again, of an aggregate every expert; the others read stored maps.
BY_NETWORKS = ("saliency", "untrained", "drops", "objective", "squares", "sanity")


def twins(config: Mapping, size: Size) -> Iterator[Work]:
    """Count the counterfactuals of the affected faces whose maps are scored, or of all.

    Parameters
    ----------
    config : mapping
        A valid config.
    size : Size
        Images by class.

    Yields
    ------
    Work
        Photographs, in units of 256 px.
    """
    if config["evaluation"]["in_report"] and set(groups(config)) & set(RENDERED):
        affected = Size(*({c: n for c, n in side.items() if c != UNAFFECTED} for side in (size.folds, size.heldout)))
        every = config["cohort"]["counterfactuals"]["which"] == "all"
        photos = affected.images if every else sum(affected.scored(config))
        yield Work("", config["cohort"]["shards"], photos * (config["cohort"]["size"] / 256) ** 2)


def evaluation(config: Mapping, size: Size) -> Iterator[Work]:
    """Count the maps that each group of measures looks at, or the images that are changed for it.

    Parameters
    ----------
    config : mapping
        A valid config.
    size : Size
        Images by class.

    Yields
    ------
    Work
        One for each group and network.
    """
    wanted, made = config["evaluation"], groups(config)
    if not wanted["in_report"]:
        return
    methods, beside = len(evaluated(config)), len(controls(config))
    explaining, folds = methods - len(wanted["controls"]), config["folds"]["n"]
    of_folds, of_heldout = size.scored(config)
    maps = of_folds + folds * of_heldout
    (here, heldout), sane = size.evaluated(config), wanted["sanity"]
    tried, compared = (fewest(here, wanted[name]["images"]) for name in ("objective", "sanity"))
    for model in explained_networks(config).values():
        untrained = explaining * (here + folds * heldout)
        counts: dict[str, tuple[int, float]] = {
            "saliency": (beside, beside * maps),
            "untrained": (explaining, untrained),
        }
        counts |= {name: (methods, methods * maps) for name in made}
        counts["scores"] = methods + len(priors(config)), (methods + len(priors(config))) * maps
        if "use" in made:
            counts["drops"] = folds, maps
        if "objective" in made:
            counts |= {"squares": (1, tried), "objective": (methods, methods * tried)}
        if "sanity" in made:
            experts = [config["models"][name] for name in model.get("experts", ())]
            alone = [each for each in experts if not each.get("explained", True)]  # others are counted themselves
            trained = sum(training_units(config, size, each) for each in (model, *alone))
            training = trained * sane["folds"] / folds
            counts |= {"sanity": (methods, methods * compared), "train_shuffled": (sane["folds"], training)}
        for name, (jobs, units) in counts.items():
            passed = networks_in(model) if name in BY_NETWORKS else 1
            yield Work(f"{name} on {network(model)}", jobs, units * passed)
