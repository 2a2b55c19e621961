"""The sections of make bench-gpu that need no study: the peak, methods, precisions, matching.

What a section imports beside torch it imports inside: a missing wheel costs that section alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch

from gestalt_regions.tools.bench.gpu_record import MEASURED, NAN, SKIPPED, Bench, Line, wheel_needed

if TYPE_CHECKING:
    from gestalt_regions.saliency.explainer import Explainer
    from gestalt_regions.saliency.method_registry import Method

COSTLY = ("RISE", "ScoreCAM")  # thousands of passes an image, and no published way to compare with
WIDTH = 512  # of a vector that is matched


@dataclass(frozen=True)
class Sizes:
    """How much is measured.

    architecture, side: of the network that methods are compared on. images: explained at once; few: by Occlusion;
    published: one after the other, the published way. batch: of the engine. matrix, products: sides and number of the
    matrix products. rated: methods timed on the networks of the study; all without any. trained: images of an epoch.
    encoded, passes: images. queries, gallery, disorders: of matching. first, largest: batches that are tried.
    """

    architecture: str = "resnet50"
    side: int = 224
    images: int = 64
    few: int = 8
    published: int = 2
    batch: int = 256
    matrix: int = 8192
    products: int = 20
    rated: tuple[str, ...] = ()
    trained: int = 1024
    encoded: int = 256
    passes: int = 1024
    queries: int = 600
    gallery: int = 1_000_000
    disorders: int = 5000
    first: int = 256
    largest: int = 65536


FULL_SIZE = Sizes()
REDUCED = Sizes("resnet18", 64, 2, 1, 1, 16, 256, 2, ("Gradient", "GradCam"), 4, 2, 2, 10, 2000, 20, 1, 2)


def lowest_correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Compare maps.

    Parameters
    ----------
    one, other : ndarray
        [n, s, s].

    Returns
    -------
    float
        The lowest Pearson correlation of the n pairs.
    """
    return float(min(np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(one, other, strict=True)))


def peak(bench: Bench) -> None:
    """Measure large matrix products.

    Parameters
    ----------
    bench : Bench
        Gets the peaks.
    """
    from gestalt_regions.models.precision import network_precision

    side, products = bench.sizes.matrix, bench.sizes.products
    for precision in bench.precisions:
        low = network_precision(precision, bench.device) == "bfloat16"
        a, b = (
            torch.randn(side, side, device=bench.device, dtype=torch.bfloat16 if low else torch.float32) for _ in "ab"
        )
        line = Line("peak", f"matrix product, side {side}", precision, images=products)
        _, line = bench.measure(line, partial(_multiply, a, b, products), strict=False)
        if line.status == MEASURED:
            bench.peaks[precision] = 2 * side**3 * line.per_second
            line = replace(line, tflops=bench.peaks[precision] / 1e12)
        bench.record.write(line)


def _multiply(a: torch.Tensor, b: torch.Tensor, times: int) -> None:
    c = torch.empty_like(a)
    for _ in range(times):
        torch.mm(a, b, out=c)


def _baselines(bench: Bench) -> Mapping:
    """The published way of each method; none, and a line that says why, where its libraries are missing."""
    try:
        from gestalt_regions.tools.bench.baseline import BASELINES
    except ModuleNotFoundError as error:
        bench.record.write(Line("methods", "the published way", status=SKIPPED, note=wheel_needed(error)))
        return {}
    return BASELINES


def _flops(run: Callable[[], object]) -> float:
    """Arithmetic of one run; NaN where PyTorch cannot count it."""
    from gestalt_regions.tools.bench.cost import Flops

    try:
        with Flops() as work:
            run()
    except Exception:
        return NAN
    return float(work.total)


def methods(bench: Bench) -> None:
    """Time each method the published way, image by image, and the engine's.

    Parameters
    ----------
    bench : Bench
        Gets the maps in float32.
    """
    from gestalt_regions.models.precision import network_precision
    from gestalt_regions.saliency.explainer import Explainer
    from gestalt_regions.saliency.method_registry import load_methods
    from gestalt_regions.tools.bench.both_ways import networks, published_maps

    sizes, baselines, known = bench.sizes, _baselines(bench), load_methods()
    ours, theirs, images = networks(sizes.architecture, sizes.side, bench.device, sizes.images)
    explainer = Explainer(ours, sizes.batch, precision=network_precision("float32", bench.device))
    bench.compared = ours, images, baselines
    for name in sorted(known, key=lambda name: (name not in baselines, name == "Occlusion")):
        method = known[name]
        if method.takes or method.family == "control" or name in COSTLY:  # noise has no landmarks and no regions
            continue
        entry, expected, before = baselines.get(name), None, Line("methods", name)
        if entry:
            few = images[: sizes.published]
            expected, before = bench.measure(
                Line("methods", f"{name}, published way", "float32", images=len(few)),
                partial(published_maps, entry, theirs, few),
                partial(published_maps, entry, theirs, few[:1]),
                strict=False,
            )
            bench.record.write(before)
        settings = dict(entry.settings) if entry else {}
        line = _explained(bench, "float32", explainer, method, settings, images)
        if line.status == MEASURED and expected is not None:
            alike = lowest_correlation(expected, bench.explained[name][0][: len(expected)])
            line = replace(line, published_per_second=before.per_second, pearson=alike)
            line = replace(line, ratio=line.per_second / before.per_second)
        bench.record.write(line)


def _explained(
    bench: Bench, precision: str, explainer: Explainer, method: Method, settings: Mapping, images: torch.Tensor
) -> Line:
    """The engine's line of a method; in float32 its maps are kept."""
    from gestalt_regions.tools.bench.both_ways import engine_maps

    some = images[: bench.sizes.few if "window" in method.parameters else bench.sizes.images]
    run = partial(engine_maps, method, settings, explainer)
    line = Line("methods" if precision == "float32" else "precision", method.name, precision, images=len(some))
    maps, line = bench.measure(line, partial(run, some))
    if maps is None:
        return line
    if precision == "float32":
        bench.explained[method.name] = maps, line.seconds / len(some), _flops(partial(run, some[:1]))
    else:
        theirs, seconds, _ = bench.explained[method.name]
        line = replace(line, pearson=lowest_correlation(theirs, maps), published_per_second=1 / seconds)
        line = replace(line, ratio=seconds * line.per_second)
    speed = bench.explained[method.name][2] * line.per_second
    return replace(line, tflops=speed / 1e12, share_of_peak=speed / bench.peaks.get(precision, NAN))


def precisions(bench: Bench) -> None:
    """Compare maps and speed of the engine in each other precision with float32.

    Parameters
    ----------
    bench : Bench
        Has the maps in float32.
    """
    from gestalt_regions.models.precision import network_precision
    from gestalt_regions.saliency.explainer import Explainer
    from gestalt_regions.saliency.method_registry import load_methods

    if not bench.compared:
        bench.record.write(Line("precision", "all", status=SKIPPED, note="it compares with the section methods"))
        return
    ours, images, baselines = bench.compared
    for precision in bench.precisions[1:]:
        explainer = Explainer(ours, bench.sizes.batch, precision=network_precision(precision, bench.device))
        for name, method in load_methods().items():
            if name not in bench.explained:
                continue
            if method.not_below(precision) != precision:
                line = Line("precision", name, precision, SKIPPED, note="the method declares float32")
            else:
                settings = dict(baselines[name].settings) if name in baselines else {}
                line = _explained(bench, precision, explainer, method, settings, images)
            bench.record.write(line)


def matching(bench: Bench) -> None:
    """Match faces with a gallery of one vector each; a query is a gallery image with noise: its answer is known.

    Parameters
    ----------
    bench : Bench
        Where it runs.
    """
    from gestalt_regions.matching.nearest import disorder_distances

    sizes = bench.sizes
    torch.manual_seed(2)
    gallery = torch.nn.functional.normalize(torch.randn(sizes.gallery, WIDTH, device=bench.device))
    labels = torch.randint(sizes.disorders, (sizes.gallery,), device=bench.device)
    chosen = torch.randperm(sizes.gallery, device=bench.device)[: sizes.queries]
    asked = gallery[chosen] + 0.02 * torch.randn(sizes.queries, WIDTH, device=bench.device)
    asked = torch.nn.functional.normalize(asked)
    truth = labels[chosen].cpu().numpy()
    arrays = gallery.cpu().numpy(), labels.cpu().numpy(), asked.cpu().numpy()
    few = max(1, sizes.gallery // 50)

    def _here(images: int) -> np.ndarray:
        return disorder_distances([arrays[0][:images]], arrays[1][:images], [arrays[2]]).argmin(1)

    def _product(images: int) -> np.ndarray:
        best = torch.full((sizes.disorders, sizes.queries), -torch.inf, device=bench.device)
        for vectors, numbers in zip(gallery[:images].split(65536), labels[:images].split(65536), strict=True):
            best.index_reduce_(0, numbers, vectors @ asked.T, "amax")
        return best.argmax(0).cpu().numpy()

    size = f"{sizes.queries} x {sizes.gallery:,}"
    ways = {f"{size}, as the workflow (processor)": _here, f"{size}, one product on {bench.device.type}": _product}
    for what, way in ways.items():
        line = Line("matching", what, "float32", images=sizes.queries)
        first, line = bench.measure(line, partial(way, sizes.gallery), partial(way, few), strict=False)
        if first is not None:
            line = replace(line, note=f"{np.mean(first == truth):.1%} of the answers as planted")
        bench.record.write(line)
