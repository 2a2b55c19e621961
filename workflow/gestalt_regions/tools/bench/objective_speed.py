"""Our objective measures against Quantus's, for the same network, images and maps: make bench-evaluation.

Both run in turn, in one process and on one thread; times are of the processor, which other work on the machine hardly
touches. Images are grey: Quantus's ROAD and PixelFlipping count every channel of a pixel as a pixel of its own.
`apart` is the largest difference of the values where both define them alike: tests/oracles/test_quantus.py.
"""

from __future__ import annotations

import argparse
import logging
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from gestalt_regions.evaluation.measures.objective_measures import Squares, infidelity
from gestalt_regions.evaluation.perturb import map_similarity, max_sensitivity, replaced_pixels
from gestalt_regions.models.backbones import builder
from gestalt_regions.models.network import StagedNetwork
from gestalt_regions.saliency.explainer import Explainer
from gestalt_regions.tools.bench.both_ways import as_published

QUIET: dict[str, Any] = {"disable_warnings": True, "display_progressbar": False, "normalise": False, "abs": False}
STEPS = 16
ROAD_SHARES = (0.1, 0.3, 0.5, 0.7, 0.9)
BLOCK = 8  # blocks on a side
RADIUS, SAMPLES = 0.02, 10


@dataclass
class Problem:
    """A network, grey images [n, 1, s, s] with their targets, and maps [n, s, s] of them."""

    network: nn.Module
    x: Tensor
    target: Tensor
    maps: Tensor
    batch: int = 32
    plain: nn.Module = field(init=False)

    def __post_init__(self) -> None:
        self.plain = as_published(self.network) if isinstance(self.network, StagedNetwork) else self.network

    @cached_property
    def explainer(self) -> Explainer:
        """Explain with the engine.

        Returns
        -------
        Explainer
            Of the network.
        """
        return Explainer(cast(StagedNetwork, self.network), self.batch)  # all that its gradients need is a module

    @property
    def ours(self) -> Callable[[Tensor], Tensor]:
        """Give the network as our measures use it.

        Returns
        -------
        callable
            Images -> logits.
        """
        return self.explainer.merged if isinstance(self.network, StagedNetwork) else self.network

    @property
    def seeds(self) -> list[int]:
        """Number the images.

        Returns
        -------
        list of int
            One seed for each.
        """
        return list(range(len(self.x)))

    def gradients(self, images: Tensor, numbers: list[int] | Tensor) -> Tensor:
        """Sum the gradients for the images' targets over channels.

        Parameters
        ----------
        images : Tensor
            [m, 1, s, s].
        numbers : list of int or Tensor
            Which image each of them is of.

        Returns
        -------
        Tensor
            [m, s, s].
        """
        return self.explainer.in_batches(self.explainer.gradient, images, self.target[numbers]).sum(1)

    def given(self) -> dict:
        """List what every measure of Quantus is given.

        Returns
        -------
        dict
            Keyword arguments.
        """
        arrays = {"x_batch": self.x.numpy(), "y_batch": self.target.numpy(), "a_batch": self.maps[:, None].numpy()}
        return {"model": self.plain, **arrays, "channel_first": True, "batch_size": self.batch, "device": "cpu"}


def our_deletion(problem: Problem) -> np.ndarray:
    """Set one sixteenth of the pixels after the other to zero.

    Parameters
    ----------
    problem : Problem
        Network, images and maps.

    Returns
    -------
    ndarray
        Probabilities [n, STEPS].
    """
    places = replaced_pixels.removal_places(problem.maps, problem.seeds)
    shares = [(step + 1) / STEPS for step in range(STEPS)]
    curves = replaced_pixels.removal_curves(
        problem.ours, problem.x, problem.target, places, shares, baseline="zero", batch=problem.batch
    )
    return curves.numpy()


def their_deletion(problem: Problem) -> np.ndarray:
    """Do the same with Quantus.

    Parameters
    ----------
    problem : Problem
        Network, images and maps.

    Returns
    -------
    ndarray
        As `our_deletion`.
    """
    import quantus

    features = problem.x[0].numel() // STEPS
    metric = quantus.PixelFlipping(**{"features_in_step": features, "perturb_baseline": 0.0, **QUIET})
    return np.array(metric(**problem.given(), softmax=True))


def our_road(problem: Problem) -> np.ndarray:
    """Remove pixels by imputation, without noise.

    Parameters
    ----------
    problem : Problem
        Network, images and maps.

    Returns
    -------
    ndarray
        Share of images [ROAD_SHARES] whose target is still predicted, for two classes.
    """
    places = replaced_pixels.removal_places(problem.maps, problem.seeds)
    curves = replaced_pixels.road_curves(
        problem.ours,
        problem.x,
        problem.target,
        places,
        ROAD_SHARES,
        noise=0.0,
        seeds=problem.seeds,
        batch=problem.batch,
    )
    return (curves > 0.5).float().mean(0).numpy()


def their_road(problem: Problem) -> np.ndarray:
    """Do the same with Quantus.

    Parameters
    ----------
    problem : Problem
        Network, images and maps.

    Returns
    -------
    ndarray
        As `our_road`.
    """
    import quantus

    metric = quantus.ROAD(percentages=[100 * share for share in ROAD_SHARES], noise=0.0, **QUIET)
    curves: Any = metric(**problem.given(), softmax=True)  # by percentage; its annotation says a list
    return np.array(list(curves.values()))


def _our_infidelity(problem: Problem, methods: int = 1) -> np.ndarray:
    """Infidelity [n] for BLOCK^2 squares; further methods cost their sums over the squares and nothing more."""
    size = problem.x.shape[3]
    squares = replaced_pixels.random_squares(problem.seeds, BLOCK**2, size, 1 / BLOCK, 1 / BLOCK)
    drops = replaced_pixels.square_drops(problem.ours, problem.x, squares, "zero", problem.batch)
    of_target = drops[torch.arange(len(problem.x)), :, problem.target].numpy()
    for _ in range(methods):
        sums = replaced_pixels.square_sums(problem.maps, squares).numpy()
        values = [infidelity(Squares(*pair)) for pair in zip(sums, of_target, strict=True)]
    return np.array(values)


def their_infidelity(problem: Problem, methods: int = 1) -> np.ndarray:
    """Compute infidelity with Quantus.

    Parameters
    ----------
    problem : Problem
        Network, images and maps.
    methods : int
        How often, as for so many methods.

    Returns
    -------
    ndarray
        Infidelity [n].
    """
    import quantus

    patch = problem.x.shape[3] // BLOCK
    for _ in range(methods):
        options: dict[str, Any] = {"perturb_patch_sizes": [patch], "n_perturb_samples": 1, "perturb_baseline": 0.0}
        metric = quantus.Infidelity(**options, **QUIET)
        values = metric(**problem.given())
    return np.array(values)


def _our_sensitivity(problem: Problem) -> np.ndarray:
    """Max-sensitivity [n] of the gradient under SAMPLES copies of each image."""
    radius = torch.full((1,), RADIUS)
    copies = max_sensitivity.nearby(problem.x, radius, SAMPLES, problem.seeds)
    return max_sensitivity.relative_changes(problem.gradients, problem.maps, copies).amax(1).numpy()


def _published_gradient(model: nn.Module, inputs: np.ndarray, targets: np.ndarray, **options: object) -> np.ndarray:
    """As a user of Quantus would have it: captum, in batches, and the sum over the channels."""
    from captum.attr import Saliency

    gradient = Saliency(model).attribute(torch.as_tensor(inputs).float(), torch.as_tensor(targets), abs=False)
    return gradient.sum(1, keepdim=True).detach().numpy()


def their_sensitivity(problem: Problem, **options: Any) -> np.ndarray:
    """Compute max-sensitivity with Quantus.

    Parameters
    ----------
    problem : Problem
        Network, images and maps.
    **options : object
        Further arguments of quantus.MaxSensitivity.

    Returns
    -------
    ndarray
        Max-sensitivity [n].
    """
    import quantus

    metric = quantus.MaxSensitivity(nr_samples=SAMPLES, lower_bound=RADIUS, **QUIET, **options)
    return np.array(metric(**problem.given(), explain_func=_published_gradient))


def our_similarity(problem: Problem) -> np.ndarray:
    """Correlate the maps with their mirror images, by ranks.

    Parameters
    ----------
    problem : Problem
        Network, images and maps.

    Returns
    -------
    ndarray
        Rank correlation [n].
    """
    return map_similarity.rank_similarity(problem.maps.numpy(), problem.maps.flip(2).numpy())


def their_similarity(problem: Problem) -> np.ndarray:
    """Do the same with Quantus.

    Parameters
    ----------
    problem : Problem
        Network, images and maps.

    Returns
    -------
    ndarray
        As `our_similarity`.
    """
    from quantus.functions.similarity_func import correlation_spearman

    maps, mirrored = (each.flatten(1).numpy() for each in (problem.maps, problem.maps.flip(2)))
    return np.array(correlation_spearman(maps, mirrored, batched=True))


@torch.no_grad()
def _forward_passes(problem: Problem, count: int) -> None:
    """Nothing but the network, on `count` copies of every image."""
    for part in problem.x.repeat(count, 1, 1, 1).contiguous(memory_format=torch.channels_last).split(problem.batch):
        problem.ours(part)


def _gradient_passes(problem: Problem, count: int) -> None:
    """Nothing but the gradients of `count` copies of every image."""
    problem.gradients(problem.x.repeat(count, 1, 1, 1), torch.arange(len(problem.x)).repeat(count))


def _no_passes(problem: Problem) -> None:
    """Maps are compared with maps."""


@dataclass(frozen=True)
class _Pair:
    ours: Callable[[Problem], np.ndarray]
    theirs: Callable[[Problem], np.ndarray]
    passes: Callable[[Problem], None]  # those that the measure cannot do without: the limit
    alike: bool  # both define the same value, given the same maps


PAIRS = {
    "deletion (PixelFlipping)": _Pair(our_deletion, their_deletion, lambda p: _forward_passes(p, STEPS), True),
    "ROAD": _Pair(our_road, their_road, lambda p: _forward_passes(p, len(ROAD_SHARES)), True),
    "infidelity, 1 method": _Pair(_our_infidelity, their_infidelity, lambda p: _forward_passes(p, BLOCK**2 + 1), False),
    "infidelity, 9 methods": _Pair(
        lambda p: _our_infidelity(p, 9),
        lambda p: their_infidelity(p, 9),
        lambda p: _forward_passes(p, BLOCK**2 + 1),
        False,
    ),
    "max-sensitivity (Gradient)": _Pair(
        _our_sensitivity, their_sensitivity, lambda p: _gradient_passes(p, SAMPLES), False
    ),
    "rank correlation of maps (MPRT)": _Pair(our_similarity, their_similarity, _no_passes, True),
}


class _Colours(nn.Module):
    """Gives grey images to a network that takes three channels."""

    def forward(self, x: Tensor) -> Tensor:
        return x.expand(-1, 3, -1, -1)


def _make_problem(architecture: str, size: int, images: int, batch: int, classes: int = 2) -> Problem:
    """A timm ResNet with random weights, smooth random grey images, and their gradients as maps."""
    torch.manual_seed(11)
    network, _ = builder("timm_resnet")(classes, 0.0, "", {"architecture": architecture})
    first = next(iter(network.stages))
    network.stages[first] = nn.Sequential(_Colours(), network.stages[first])
    network = network.eval().requires_grad_(False).to(memory_format=torch.channels_last)
    coarse = torch.randn(images, 1, size // 8, size // 8)
    x = nn.functional.interpolate(coarse, (size, size), mode="bicubic").contiguous(memory_format=torch.channels_last)
    with torch.no_grad():
        target = network(x).argmax(1)
    problem = Problem(network, x, target, torch.zeros(images, size, size), batch)
    problem.maps = problem.gradients(x, torch.arange(images)).contiguous()
    return problem


def _compare(problem: Problem, rounds: int) -> pd.DataFrame:
    """Print and return a row for each of PAIRS: seconds of the processor for one image (the best of the rounds).

    passes_s: of the network's passes alone; at_best: the ratio to Quantus of a measure that did nothing else.
    """
    print(
        f"{'measure':34s}{'ours s':>10s}{'Quantus s':>12s}{'ratio':>8s}{'passes s':>10s}{'at best':>9s}{'apart':>10s}"
    )
    rows = []
    for name, pair in PAIRS.items():
        taken: dict[str, list[float]] = {"ours": [], "theirs": [], "passes": []}
        for _ in range(rounds):
            values = {}
            for side in taken:
                start = time.process_time()
                values[side] = getattr(pair, side)(problem)
                taken[side].append((time.process_time() - start) / len(problem.x))
        apart = float(np.abs(values["ours"] - values["theirs"]).max()) if pair.alike else float("nan")
        ours, theirs, passes = (min(taken[side]) for side in ("ours", "theirs", "passes"))
        best = float("nan") if pair.passes is _no_passes else theirs / passes
        row = f"{ours:10.4f}{theirs:12.4f}{theirs / ours:8.2f}{passes:10.4f}{best:9.2f}{apart:10.2g}"
        print(f"{name:34s}{row}", flush=True)
        rows.append(
            {
                "measure": name,
                "ours_s": ours,
                "quantus_s": theirs,
                "ratio": theirs / ours,
                "passes_s": passes,
                "at_best": best,
                "apart": apart,
            }
        )
    return pd.DataFrame(rows)


def main(arguments: list[str] | None = None) -> pd.DataFrame:
    """Run the benchmark.

    Parameters
    ----------
    arguments : list of str, optional
        The command line; that of the process without it.

    Returns
    -------
    DataFrame
        One row for each of PAIRS.
    """
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--images", type=int, default=8, help="(8)")
    parser.add_argument("--rounds", type=int, default=2, help="(2)")
    parser.add_argument("--batch", type=int, default=32, help="of the forward passes (32)")
    parser.add_argument("--architecture", default="resnet18", help="any timm ResNet (resnet18)")
    parser.add_argument("--size", type=int, default=112, help="pixels, a multiple of 16 (112)")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    logging.getLogger().setLevel(logging.ERROR)
    print(f"{options.architecture}, {options.size} px, {options.images} images; seconds of one processor for one image")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _compare(
            _make_problem(options.architecture, options.size, options.images, options.batch), options.rounds
        )


if __name__ == "__main__":
    main()
