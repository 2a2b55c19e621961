"""Rates of a study's networks and methods on this machine, measured on random images: nothing of the study is needed.

SmoothGrad and the like take few samples and Occlusion few windows here; a rate is that of one pass.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import pandas as pd
import torch
from torch.nn import functional

from gestalt_regions.jobs.device import choose_device
from gestalt_regions.models.backbones import IDENTITIES, builder
from gestalt_regions.models.network import StagedNetwork
from gestalt_regions.models.precision import autocast, chosen_precision, network_precision, products
from gestalt_regions.saliency.engine import channel_sums
from gestalt_regions.saliency.explainer import Explainer
from gestalt_regions.saliency.explanation import attribution_of
from gestalt_regions.saliency.method_registry import Method, methods_of_study, resolve
from gestalt_regions.study.sizes import Size
from gestalt_regions.study.study import Study
from gestalt_regions.tools.plan.identity_work import learning, setting
from gestalt_regions.tools.plan.rates import COLUMNS, CPU
from gestalt_regions.tools.plan.units import network, size_of
from gestalt_regions.tools.plan.work import STAGES, in_precision, passes, saliency_key, training_key

log = logging.getLogger("gestalt_regions")
FEW_SAMPLES = 4  # instead of the study's own; and windows beside each other
IMAGES = {"cpu": 2, "cuda": 64}


def _seconds(run: Callable[[], object], device: torch.device) -> float:
    """Of the processor, or on a GPU by the clock; the second of two runs counts."""
    for _ in range(2):
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        clock = time.perf_counter if device.type == "cuda" else time.process_time
        start = clock()
        run()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        spent = clock() - start
    return spent


def _train(model: StagedNetwork, x: torch.Tensor, recipe: Mapping) -> Callable[[], object]:
    """One step of fine-tuning: forward and backward through what is not frozen."""
    frozen, precision = recipe.get("frozen_stages", 0), chosen_precision(recipe, x.device)
    for i, stage in enumerate(model.stages.values()):
        stage.requires_grad_(i >= frozen)
    target = torch.zeros(len(x), dtype=torch.long, device=x.device)

    def _step() -> None:
        with products(precision):
            with autocast(precision, x.device):
                with torch.no_grad():
                    features = model.run(x, stop=frozen) if frozen else x
                scores = model.tail(features, frozen).float()
            functional.cross_entropy(scores, target).backward()

    return _step


def measure_rates(study: Study, wanted: str = "cpu") -> pd.DataFrame:
    """Measure the stages train and saliency on random images, with one thread on a CPU.

    Methods compute in the study's precision (config run.precision), or in float32 where the device has no instructions
    for it, or the method declares so; the rate says which.

    Parameters
    ----------
    study : Study
        Its models and methods are measured.
    wanted : {"cpu", "cuda", "auto"}
        The device.

    Returns
    -------
    DataFrame
        rates.COLUMNS without machine and date.
    """
    device, config = choose_device(wanted), study.config
    precision = chosen_precision(config["run"], device)
    rows: list[list[Any]] = []
    torch.set_num_threads(1)
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else CPU

    def _add(stage: str, what: str, units: float, run: Callable[[], object]) -> None:
        rows.append([stage, what, STAGES[stage].unit, 1, units, _seconds(run, device), 0.0, name])
        log.info("%s, %s: %.4f s a unit", stage, what, rows[-1][5] / units)

    for key, model in config["models"].items():
        step = training_key(model, config["recipes"].get(model["recipe"], {}))
        if "experts" in model or step in {row[1] for row in rows}:  # an image passes its experts, which are alike
            continue
        side, n = size_of(model), IMAGES[device.type]
        options = {name: value for name, value in model["options"].items() if value != IDENTITIES}
        built, preprocess = builder(model["backbone"])(12, 0.0, study.asset(key), options)
        built = built.to(device).to(memory_format=torch.channels_last)
        x = torch.randn(n, preprocess.channels, side, side).to(device, memory_format=torch.channels_last)
        recipe = config["recipes"][model["recipe"]]
        _add("train", step, n, _train(built.train(), x, recipe))
        for learnt in learning(config, Size({}, {})):
            _add("identity pretraining", learnt.what, n, _train(built, x, {**setting(config), "frozen_stages": 0}))
        explainer = Explainer(
            built.eval().requires_grad_(False),
            config["run"]["batch_size"],
            precision=network_precision(precision, device),
        )
        for method, units, run in saliency_passes(config, model, explainer, x):
            _add("saliency", in_precision("saliency", method, precision), units, run)
        log.info("%s: done", network(model))
    return pd.DataFrame(rows, columns=COLUMNS[:8])


def saliency_passes(
    config: Mapping, model: Mapping, explainer: Explainer, x: torch.Tensor
) -> Iterator[tuple[str, float, Callable[[], object]]]:
    """List the methods of a study that need nothing but a network and images, each with little work.

    Parameters
    ----------
    config : mapping
        A valid config.
    model : mapping
        Entry of config models.
    explainer : Explainer
        Of its network.
    x : Tensor
        Network input [n, c, s, s].

    Yields
    ------
    tuple
        What the rate is known by, the number of maps and passes, and what makes the maps.
    """
    target = torch.zeros(len(x), dtype=torch.long, device=x.device)
    for method, settings in methods_of_study(config).items():
        registered, parameters = resolve(method, settings)
        if registered.takes:  # noise has no landmarks and no regions; the logs of a study say how long these take
            continue
        fewer = {"samples": FEW_SAMPLES} if "samples" in parameters else {}
        fewer |= {"stride": parameters["window"]} if "window" in parameters else {}
        units = len(x) * passes(method, {**settings, **fewer}, x.shape[-1])
        given = {key: value for key, value in (parameters | fewer).items() if key != "target"}
        run = partial(_maps, registered, explainer, x, target, given)
        yield saliency_key(method, settings, model), units, run


def _maps(method: Method, explainer: Explainer, x: torch.Tensor, target: torch.Tensor, parameters: Mapping) -> object:
    method.answers(explainer, x, parameters)  # as the engine does first
    result = method(explainer, x, target, list(range(len(x))), None, parameters)
    return channel_sums(attribution_of(result).detach(), x.shape[-1], explainer.seen)
