"""How fast faces are matched (`make bench-matching`), against the way of the published evaluation.

That way, written here from its description: the pairwise cosine distances of each of the 12 vectors in double
precision, their mean, a full sort of the gallery for every query, the first image of every disorder found in the sorted
lists, and accuracies counted in Python; with --protocol, anew for every split. Both get planted vectors that are in
memory already. Then a gallery too large to hold is matched from a file. Times are of the processor too, which other
work on the machine changes less; rates are against the fastest matrix product found here with the same threads.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import psutil
import threadpoolctl
from scipy.spatial.distance import cdist
from sklearn.metrics import pairwise_distances

from gestalt_regions.cohort.gallery_lists import FREQUENT, GALLERY, RARE, TEST
from gestalt_regions.core.io import new_array, read_array
from gestalt_regions.matching.nearest import disorder_distances, exact_distance, first_places, ranks
from gestalt_regions.matching.ranks import comparisons, rank
from gestalt_regions.matching.systems import Encodings, System
from gestalt_regions.tools.bench.cost import Watch

TOP = (1, 5, 10, 30)
ENCODERS, VIEWS, SIZE = 3, 4, 512
DISTANCES = {
    "scikit-learn": lambda queries, gallery: pairwise_distances(queries, gallery, metric="cosine"),
    "SciPy cdist": lambda queries, gallery: cdist(queries, gallery, "cosine"),
}


def planted(labels: np.ndarray, centres: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Make vectors: a disorder's centre, the face's own part, the view's own part.

    Parameters
    ----------
    labels : ndarray
        Disorder of each image, int [n].
    centres : ndarray
        float32 [disorders, SIZE].
    rng : Generator
        Its next numbers are used.

    Returns
    -------
    ndarray
        float32 [n, ENCODERS * VIEWS, SIZE] of unit rows.
    """
    face = 0.25 * centres[labels] + rng.standard_normal((len(labels), SIZE), dtype=np.float32)
    views = face[:, None] + 0.5 * rng.standard_normal((len(labels), ENCODERS * VIEWS, SIZE), dtype=np.float32)
    return views / np.linalg.norm(views, axis=2, keepdims=True)


def _mean_accuracies(rank: np.ndarray, truth: np.ndarray) -> list[float]:
    hit = rank[:, None] <= np.asarray(TOP)
    return [
        float(np.mean([hit[truth == label, place].mean() for label in np.unique(truth)])) for place in range(len(TOP))
    ]


def published(
    gallery: np.ndarray, labels: np.ndarray, queries: np.ndarray, truth: np.ndarray, distance: Callable
) -> list[float]:
    """Find the mean accuracies as the published evaluation does.

    Parameters
    ----------
    gallery : ndarray
        float64 [images, vectors, d].
    labels : ndarray
        Disorder of each gallery image.
    queries : ndarray
        float64 [queries, vectors, d].
    truth : ndarray
        Disorder of each query.
    distance : callable
        Vectors of queries and of the gallery -> distances [queries, images].

    Returns
    -------
    list of float
        Mean accuracy for each of TOP.
    """
    each = [distance(queries[:, v], gallery[:, v]) for v in range(gallery.shape[1])]
    order = np.argsort(np.mean(np.stack(each, axis=1), axis=1), axis=1)
    first = [list(dict.fromkeys(row)) for row in labels[order].tolist()]
    accuracies = []
    for k in TOP:
        per_disorder = []
        for label in sorted(set(truth.tolist())):
            asked = [i for i in range(len(truth)) if truth[i] == label]
            per_disorder.append(sum(label in first[i][:k] for i in asked) / len(asked))
        accuracies.append(sum(per_disorder) / len(per_disorder))
    return accuracies


class _Timed(NamedTuple):
    """A result, and the seconds (wall, processor) that it took."""

    result: Any
    wall: float
    processor: float


def _timed(work: Callable[[], object]) -> _Timed:
    wall, processor = time.perf_counter(), time.process_time()
    result = work()
    return _Timed(result, time.perf_counter() - wall, time.process_time() - processor)


def _best(work: Callable[[], object], rounds: int) -> _Timed:
    each = [_timed(work) for _ in range(rounds)]
    return _Timed(each[0].result, min(one.wall for one in each), min(one.processor for one in each))


def _peak(rounds: int = 5) -> float:
    """The most float32 operations a processor second of a matrix product does here."""
    rng = np.random.default_rng(0)
    fastest = 0.0
    for side in (1024, 2048, 3072):
        a, b = (rng.random((side, side), dtype=np.float32) for _ in range(2))
        fastest = max(fastest, 2 * side**3 / _best(partial(np.matmul, a, b), rounds).processor)
    return fastest


def _stacks(vectors: np.ndarray) -> list[np.ndarray]:
    return [np.ascontiguousarray(vectors[:, VIEWS * e : VIEWS * (e + 1)]) for e in range(ENCODERS)]


def _say(name: str, spent: _Timed, base: _Timed | None, accuracies: Sequence[float]) -> None:
    ratio = ""
    if base:
        ratio = f"; {spent.wall / base.wall:.1f} x (processor {spent.processor / base.processor:.1f} x) the time here"
    shown = " ".join(f"{100 * value:.2f}" for value in accuracies)
    print(f"  {name:30} {spent.wall:7.2f} s, processor {spent.processor:7.2f} s{ratio}; mA {shown}", flush=True)


def compare(queries: int, images: int, disorders: int, rounds: int, most: float) -> None:
    """Match one gallery, all against all, both ways, and print the times.

    Parameters
    ----------
    queries : int
        Images that are matched.
    images : int
        Images of the gallery.
    disorders : int
        Disorders of the gallery.
    rounds : int
        The best of so many counts.
    most : float
        The machine's peak, FLOP/s.
    """
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((disorders, SIZE), dtype=np.float32)
    labels = np.r_[np.arange(disorders), rng.integers(0, disorders, images - disorders)]
    truth = rng.integers(0, disorders, queries)
    gallery, asked = planted(labels, centres, rng), planted(truth, centres, rng)
    size = f"{queries} queries x {images} images x {ENCODERS * VIEWS} vectors of {SIZE}"
    print(f"one gallery: {size}, {disorders} disorders")
    pair = _stacks(gallery), _stacks(asked)
    members = [np.flatnonzero(labels == disorder) for disorder in range(disorders)]

    def _match_here() -> list[float]:
        exact = lambda query, disorder: exact_distance(pair[0], members[disorder], pair[1], query, 1)  # noqa: E731
        return _mean_accuracies(ranks(disorder_distances(pair[0], labels, pair[1]), truth, exact), truth)

    here = _best(_match_here, rounds)
    work = 2 * queries * images * ENCODERS * VIEWS * SIZE
    _say("here", here, None, here.result)
    rate = work / here.processor
    print(f"  {rate / 1e9:.0f} GFLOP/s a processor second, {rate / most:.0%} of the peak")
    wide = gallery.astype(np.float64), asked.astype(np.float64)
    for name, distance in DISTANCES.items():
        known = _timed(partial(published, wide[0], labels, wide[1], truth, distance))
        _say(f"published way, {name}", known, here, known.result)
        if not np.allclose(known.result, here.result, atol=1e-12):
            raise SystemExit("the accuracies differ")


def _gmdb_lists(rng: np.random.Generator) -> pd.DataFrame:
    """splits.csv of GMDB 1.0.3's size: 204 frequent disorders, 245 rare ones in ten splits."""
    rows = []
    for group, disorders, images, tested, repeats in (
        (FREQUENT, 204, 6354, 593, [""]),
        (RARE, 245, 1105, 312, range(1, 11)),
    ):
        label = np.r_[np.repeat(np.arange(disorders), 2), rng.integers(0, disorders, images - 2 * disorders)]
        for repeat in repeats:
            free = np.flatnonzero(pd.Series(label).duplicated().to_numpy())  # one of each disorder stays in the gallery
            role = np.where(np.isin(np.arange(images), rng.choice(free, tested, replace=False)), TEST, GALLERY)
            names = np.char.add(f"{group}-", np.arange(images).astype(str))
            table = {"sample_id": names, "subject_id": names, "label": np.char.add(f"{group}-", label.astype(str))}
            rows.append(pd.DataFrame(table | {"group": group, "role": role, "repeat": str(repeat)}))
    return pd.concat(rows, ignore_index=True)


def _protocol(rounds: int) -> None:
    """The whole evaluation on planted vectors of GMDB's numbers: frequent, ten times rare, ten times unified of both.

    The published way starts anew for each of the 31 comparisons; `rank` finds each distance to a gallery image once.
    """
    rng = np.random.default_rng(1)
    splits = _gmdb_lists(rng)
    images = splits.drop_duplicates("sample_id")
    codes = np.unique(images["label"], return_inverse=True)[1]
    vectors = planted(codes, rng.standard_normal((codes.max() + 1, SIZE), dtype=np.float32), rng)
    rows = {name: row for row, name in enumerate(images["sample_id"])}
    stacks = {f"encoder{place}": stack for place, stack in enumerate(_stacks(vectors))}
    ensemble = System("ensemble", tuple(stacks), True)

    def _match_here() -> list[list[float]]:
        ranked = rank(splits, Encodings(stacks, rows), ensemble, k=1)
        cells = ranked.groupby(["gallery", "group", "repeat"], sort=False)
        return [_mean_accuracies(cell["rank"].to_numpy(), cell["label"].to_numpy()) for _, cell in cells]

    print("the whole evaluation at GMDB's size: frequent, 10 x rare, 10 x unified of both")
    here = _best(_match_here, rounds)
    _say("here", here, None, here.result[0])
    wide = vectors.astype(np.float64)

    def _match_anew() -> list[list[float]]:
        results, distance = [], DISTANCES["scikit-learn"]
        for each in comparisons(splits):
            listed = pd.concat(each.parts)
            gallery, asked = (wide[[rows[name] for name in table["sample_id"]]] for table in (listed, each.tested))
            results.append(
                published(gallery, listed["label"].to_numpy(), asked, each.tested["label"].to_numpy(), distance)
            )
        return results

    known = _timed(_match_anew)
    _say("published way, scikit-learn", known, here, known.result[0])
    if not np.allclose(known.result, here.result, atol=1e-12):
        raise SystemExit("the accuracies differ")


def _write_gallery(path: Path, images: int, rng: np.random.Generator) -> None:
    """Random unit rows, float32 [images, SIZE], a block at a time."""
    with new_array(path, (images, SIZE), np.float32) as gallery:
        for start in range(0, images, 1 << 16):
            block = rng.standard_normal((min(1 << 16, images - start), SIZE), dtype=np.float32)
            gallery[start : start + len(block)] = block / np.linalg.norm(block, axis=1, keepdims=True)


def large(images: int, queries: int, disorders: int, folder: Path) -> None:
    """Match a gallery of one vector each, from a file; a query is a gallery image with noise: its answer is known.

    Parameters
    ----------
    images : int
        Images of the gallery.
    queries : int
        Images that are matched.
    disorders : int
        Disorders of the gallery.
    folder : Path
        Where the file lies.
    """
    rng, path = np.random.default_rng(2), folder / "gallery.npy"
    _write_gallery(path, images, rng)
    stack, labels = read_array(path), rng.integers(0, disorders, images)
    chosen = np.sort(rng.choice(images, queries, replace=False))
    asked = stack[chosen] + 0.02 * rng.standard_normal((queries, SIZE), dtype=np.float32)
    asked /= np.linalg.norm(asked, axis=1, keepdims=True)
    before = psutil.Process().memory_info().rss
    watch = Watch()
    watch.start()
    first, wall, processor = _timed(lambda: first_places(disorder_distances([stack], labels, [asked]), 5)[:, 0])
    watch.over.set()
    watch.join()
    right, size = np.mean(first == labels[chosen]), f"{path.stat().st_size / 1e9:.1f} GB in a file"
    print(f"a large gallery: {queries} queries x {images} images x 1 vector of {SIZE} ({size}), {disorders} disorders")
    print(f"  {wall:.2f} s, processor {processor:.2f} s; {right:.1%} of the answers as planted")
    print(f"  resident memory {before / 1e6:.0f} MB before, {watch.peak / 1e6:.0f} MB at most", flush=True)


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--queries", type=int, default=600)
    parser.add_argument("--images", type=int, default=7000)
    parser.add_argument("--disorders", type=int, default=204)
    parser.add_argument("--large", type=int, default=1_000_000, help="images of the large gallery; 0: none")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--protocol", action="store_true", help="the whole evaluation too (minutes the published way)")
    options = parser.parse_args()
    threadpoolctl.threadpool_limits(options.threads)
    most = _peak()
    print(f"{options.threads} threads of {os.cpu_count()}, load {os.getloadavg()[0]:.1f}")
    print(f"peak of a float32 matrix product: {most / 1e9:.0f} GFLOP/s a processor second", flush=True)
    if options.large:
        with tempfile.TemporaryDirectory() as folder:
            large(options.large, 100, 5000, Path(folder))
    compare(options.queries, options.images, options.disorders, options.rounds, most)
    if options.protocol:
        _protocol(options.rounds)


if __name__ == "__main__":
    main()
