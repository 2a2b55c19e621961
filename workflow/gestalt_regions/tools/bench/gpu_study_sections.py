"""The sections of make bench-gpu on the paper's full study: rates for make plan, and how large batches may be.

As in gpu_sections.py, what a section needs beside torch it imports inside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from gestalt_regions.tools.bench.gpu_record import FAILED, MEASURED, SKIPPED, Bench, Line, wheel_needed

if TYPE_CHECKING:
    from gestalt_regions.models.network import Preprocess, StagedNetwork
    from gestalt_regions.saliency.explainer import Explainer
    from gestalt_regions.study.study import Study

CLASSES = 12


@cache
def full_study() -> Study:
    """Read the paper's full study.

    Returns
    -------
    Study
        config/studies/full.yaml over the default.
    """
    from gestalt_regions.saliency.method_registry import load_methods
    from gestalt_regions.study.study import load_study
    from gestalt_regions.tools.plan.merged_config import ROOT, read_config

    load_methods()
    return load_study(read_config([ROOT / "config/studies/full.yaml"]), ROOT)


def _asset(study: Study, name: str) -> str:
    """The file of weights if it is here; else random weights, which are as quick."""
    path = study.asset(name)
    return path if path and Path(path).exists() else ""


def _networks(bench: Bench, section: str) -> Iterator[tuple[dict, StagedNetwork, Preprocess]]:
    """Config entry, network and preprocess of each model of the full study, one at a time on the device."""
    from gestalt_regions.models.backbones import builder

    study = full_study()
    for name, model in study.config["models"].items():
        try:
            torch.manual_seed(0)
            network, preprocess = builder(model["backbone"])(CLASSES, 0.0, _asset(study, name), model["options"])
            network = network.eval().requires_grad_(False).to(bench.device).to(memory_format=torch.channels_last)
        except ModuleNotFoundError as error:
            bench.record.write(Line(section, name, status=SKIPPED, note=wheel_needed(error)))
            continue
        except Exception as error:
            bench.record.write(Line(section, name, status=FAILED, note=f"{type(error).__name__}: {error}"[:300]))
            continue
        yield model, network, preprocess
        bench.free()


def _noise(bench: Bench, n: int, preprocess: Preprocess) -> torch.Tensor:
    x = torch.randn(n, preprocess.channels, preprocess.size, preprocess.size, device=bench.device)
    return x.contiguous(memory_format=torch.channels_last)


def _crops(n: int, side: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (n, side, side, 3), np.uint8)


def _rate(bench: Bench, line: Line, stage: str, what: str, units: float) -> None:
    """Write a line, and if it was measured its rate for make plan."""
    from gestalt_regions.tools.plan.work import STAGES

    bench.record.write(line)
    if line.status == MEASURED:
        bench.record.rate(stage, what, STAGES[stage].unit, units, line.seconds)


def training(bench: Bench) -> None:
    """Train the networks of the full study for an epoch on random photographs, as a job does, reading apart.

    Parameters
    ----------
    bench : Bench
        Where it runs.
    """
    from gestalt_regions.tools.plan.units import network, size_of
    from gestalt_regions.tools.plan.work import training_key

    study, n = full_study(), bench.sizes.trained
    for precision in bench.precisions:
        for name, model in study.config["models"].items():
            recipe = study.config["recipes"][model["recipe"]] | {"epochs": 1, "precision": precision}
            epoch = partial(_epoch, bench.device, model, recipe, _asset(study, name), _crops(n, size_of(model)))
            line = Line("training", network(model), precision, images=n)
            _, line = bench.measure(line, partial(epoch, n), partial(epoch, min(n, 2 * recipe["batch_size"])))
            _rate(bench, line, "train", training_key(model, recipe), n)
            bench.free()


def _epoch(device: torch.device, model: dict, recipe: dict, asset: str, crops: np.ndarray, images: int) -> None:
    """Train a new network once on the first images."""
    from gestalt_regions.models.fold_training import build_for_recipe
    from gestalt_regions.models.training import Split, train_fold

    fit, nothing = np.arange(images), np.array([], int)
    network, preprocess = build_for_recipe(model, recipe, asset=asset, classes=CLASSES, crops=crops, fit=fit[:1])
    split, labels = Split(fit=fit, choose=fit[:1], judged=nothing, heldout=nothing), np.arange(len(crops)) % CLASSES
    train_fold(network.to(device), preprocess, crops, labels, split, recipe=recipe, seed=1, folder=None)


def saliency_rates(bench: Bench) -> None:
    """Time every method of the full study on each of its networks, with the study's batch size.

    Parameters
    ----------
    bench : Bench
        Where it runs.
    """
    from gestalt_regions.models.precision import network_precision
    from gestalt_regions.saliency.explainer import Explainer
    from gestalt_regions.tools.plan.measured_rates import saliency_passes

    config = full_study().config
    network_precision("float32", bench.device)
    for model, network, preprocess in _networks(bench, "rates"):
        x = _noise(bench, bench.sizes.images, preprocess)
        explainer = Explainer(network, config["run"]["batch_size"])
        for what, units, run in saliency_passes(config, model, explainer, x):
            if bench.sizes.rated and what.split(" on ")[0] not in bench.sizes.rated:
                continue
            _, line = bench.measure(Line("rates", what, "float32", images=len(x)), run)
            _rate(bench, line, "saliency", what, units)


def encodings(bench: Bench) -> None:
    """Encode random photographs in four views, as a job does, reading and writing apart.

    Parameters
    ----------
    bench : Bench
        Where it runs.
    """
    from gestalt_regions.models.precision import in_precision, network_precision
    from gestalt_regions.tools.plan.units import network

    n, batch = bench.sizes.encoded, full_study().config["run"]["batch_size"]
    for model, made, preprocess in _networks(bench, "encodings"):
        crops = _crops(n, preprocess.size)
        for precision in bench.precisions:
            encoder = in_precision(made, network_precision(precision, bench.device))
            run = partial(_encode, encoder, preprocess, crops, batch)
            _, line = bench.measure(Line("encodings", network(model), precision, images=n), run)
            if precision == "float32":
                _rate(bench, line, "encoding", f"fine-tuned on {network(model)}", n)
            else:
                bench.record.write(line)


def _encode(encoder: StagedNetwork, preprocess: Preprocess, crops: np.ndarray, batch: int) -> None:
    from gestalt_regions.matching.encode_faces import view
    from gestalt_regions.matching.encoders import embed, unit
    from gestalt_regions.matching.encoding_layout import TTA

    device = next(encoder.parameters()).device
    for start in range(0, len(crops), batch):
        for name in TTA:
            unit(embed(encoder, preprocess(view(crops[start : start + batch], name), device)))


def evaluation(bench: Bench) -> None:
    """Count the passes of changed images that measures of the evaluation ask for.

    Parameters
    ----------
    bench : Bench
        Where it runs.
    """
    from gestalt_regions.evaluation.perturb.replaced_pixels import logits
    from gestalt_regions.models.precision import network_precision
    from gestalt_regions.saliency.explainer import Explainer
    from gestalt_regions.tools.plan.units import network

    n, batch = bench.sizes.passes, full_study().config["run"]["batch_size"]
    for model, made, preprocess in _networks(bench, "evaluation"):
        x = _noise(bench, n, preprocess)[:, None]
        for precision in bench.precisions:
            explainer = Explainer(made, batch, precision=network_precision(precision, bench.device))
            line = Line("evaluation", f"passes of {network(model)}", precision, images=n)
            _, line = bench.measure(line, partial(logits, explainer.merged, x, batch))
            bench.record.write(line)


def largest_batch(bench: Bench) -> None:
    """Double the batch until memory is full: a gradient of the image, and a step of training.

    Parameters
    ----------
    bench : Bench
        Where it runs.
    """
    from gestalt_regions.saliency.explainer import Explainer
    from gestalt_regions.tools.plan.units import network

    for model, made, preprocess in _networks(bench, "largest batch"):
        explainer = Explainer(made, bench.sizes.batch)
        tries = {"gradient": partial(_gradient, explainer), "training step": partial(_step, made)}
        for kind, run in tries.items():
            made.requires_grad_(kind != "gradient").train(kind != "gradient")
            batch = bench.sizes.first
            while batch <= bench.sizes.largest:
                line = Line("largest batch", f"{kind}, {network(model)}", "float32", images=batch)
                _, line = bench.measure(line, partial(_on_noise, run, bench, batch, preprocess))
                bench.record.write(line)
                made.zero_grad(set_to_none=True)
                bench.free()
                if line.status != MEASURED:
                    break
                batch *= 2


def _on_noise(run: Callable[[torch.Tensor], None], bench: Bench, batch: int, preprocess: Preprocess) -> None:
    run(_noise(bench, batch, preprocess))


def _gradient(explainer: Explainer, x: torch.Tensor) -> None:
    explainer.gradient(x, torch.zeros(len(x), dtype=torch.long, device=x.device))


def _step(network: StagedNetwork, x: torch.Tensor) -> None:
    target = torch.zeros(len(x), dtype=torch.long, device=x.device)
    torch.nn.functional.cross_entropy(network(x), target).backward()
