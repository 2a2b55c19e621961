"""What follows from config evaluation, and what its schema cannot say."""

from __future__ import annotations

from collections.abc import Mapping

from gestalt_regions.core.errors import InputError
from gestalt_regions.evaluation.measure_registry import PRIORS, RENDERED, described
from gestalt_regions.regions.coefficients import RAW
from gestalt_regions.saliency.method_registry import methods_of_study
from gestalt_regions.saliency.shown_methods import shown


def groups(config: Mapping) -> list[str]:
    """The groups of measures of the study.

    Parameters
    ----------
    config : mapping
        The whole config.

    Returns
    -------
    list of str
        config evaluation.groups, without those that need the truth of a rendered cohort where there is none.
    """
    cohort = config["cohort"]
    rendered = cohort["kind"] == "synthetic" and cohort["counterfactuals"]["which"] != "none"
    return [name for name in config["evaluation"]["groups"] if rendered or name not in RENDERED]


def controls(config: Mapping) -> list[str]:
    """The controls that are made for the evaluation alone.

    Parameters
    ----------
    config : mapping
        The whole config.

    Returns
    -------
    list of str
        Those of config evaluation.controls that are no method of the study anyway.
    """
    return [name for name in config["evaluation"]["controls"] if name not in methods_of_study(config)]


def evaluated(config: Mapping) -> list[str]:
    """The methods and the controls that are scored.

    Parameters
    ----------
    config : mapping
        The whole config.

    Returns
    -------
    list of str
        Methods of config evaluation.methods first (with all and figure6, saliency.further_methods too), then the
        controls; none twice.
    """
    wanted, of_papers = config["evaluation"]["methods"], list(config["saliency"]["methods"])
    named = {"all": of_papers, "figure6": shown(config["figures"]["figure6"]["methods"], of_papers)}
    methods = [*named[wanted], *config["saliency"]["further_methods"]] if isinstance(wanted, str) else wanted
    return list(dict.fromkeys([*methods, *config["evaluation"]["controls"]]))


def averaged(config: Mapping) -> list[str]:
    """The methods and controls whose maps are averaged over the people of a syndrome.

    Parameters
    ----------
    config : mapping
        The whole config.

    Returns
    -------
    list of str
        Of config syndrome_maps.methods those that the study has; its first method if it has none of them.
    """
    methods = methods_of_study(config)
    known = [*methods, *controls(config)]
    return [name for name in config["syndrome_maps"]["methods"] if name in known] or list(methods)[:1]


def priors(config: Mapping) -> list[str]:
    """The controls that know the truth of other families' faces, and are no maps.

    Parameters
    ----------
    config : mapping
        The whole config.

    Returns
    -------
    list of str
        Those of `measure_registry.PRIORS`; none without a group that compares regions or pixels with a truth.
    """
    return list(PRIORS) if set(groups(config)) & set(RENDERED) else []


def check_shown(config: Mapping) -> None:
    """Refuse a raw policy where methods are ranked by statistics over the regions of all faces at once.

    A map that is larger on the whole has larger raw coefficients everywhere. A pooled statistic rewards that, and no
    control has it.

    Parameters
    ----------
    config : mapping
        The whole config, whose evaluation.show.policy is one of coefficients.policies.

    Raises
    ------
    InputError
        It names the policies that can be ranked.
    """
    policies, policy = config["coefficients"]["policies"], config["evaluation"]["show"]["policy"]
    pooled = [name for name, about in described(groups(config)).items() if about["pooled"] and about["ranked"]]
    if policies[policy]["scale"] == RAW and pooled:
        others = ", ".join(name for name, about in policies.items() if about["scale"] != RAW)
        raise InputError(
            f"config evaluation.show.policy is {policy}, whose scale is raw: {pooled[0]} would rank the level of whole "
            f"maps; choose a policy of another scale ({others or 'coefficients.policies has none'})"
        )


def check(evaluation: Mapping, folds: int) -> None:
    """Raise an error for settings that the schema cannot rule out.

    Parameters
    ----------
    evaluation : mapping
        config evaluation.
    folds : int
        How many folds the study has.

    Raises
    ------
    InputError
        For curves that do not run from 0 to 1, squares of no size, and more folds than there are.
    """
    objective, where = evaluation["objective"], "config evaluation"
    shares = objective["shares"]
    if shares != sorted(shares) or shares[0] != 0 or shares[-1] != 1:
        raise InputError(f"{where}.objective.shares is {shares}; the shares must rise from 0 to 1")
    squares = objective["squares"]
    if squares["smallest"] > squares["largest"]:
        raise InputError(f"{where}.objective.squares: smallest is {squares['smallest']}, above largest")
    if evaluation["sanity"]["folds"] > folds:
        raise InputError(f"{where}.sanity.folds is {evaluation['sanity']['folds']}; config folds.n is {folds}")
