"""Which disorders of a gallery are nearest to a face: mean cosine distance over encoders and views, all pairs at once.

Hustinx et al. 2023, section 3.4. The vectors have length one, so the mean of m cosines is one product of the joined
vectors, divided by m: a stack [n, views, d] is already joined, row by row. The gallery is never sorted: what ranks a
disorder is its nearest image (or the mean of its k nearest), so a running maximum for each disorder is all that is kept
while blocks pass by.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from gestalt_regions.core.errors import InputError

CLOSE = 2e-6  # distances that single precision may confuse
EQUAL = 1e-12  # and double precision
BLOCK = 32 << 20  # bytes of vectors and similarities that are held at a time
FEWEST_ROWS = 256  # of the gallery at a time, however many bytes

Stack = np.ndarray  # float32 [images, views, d] or [images, d], rows of length one; may be a memory map


def _joined(stack: Stack) -> np.ndarray:
    """[n, views * d]; no copy where the views lie beside each other."""
    return stack.reshape(len(stack), -1)


def vectors(stacks: Sequence[Stack]) -> int:
    """How many vectors an image has in all.

    Parameters
    ----------
    stacks : sequence of ndarray
        One for each encoder, [n, views, d] or [n, d].

    Returns
    -------
    int
        Encoders times views.
    """
    return sum(1 if stack.ndim == 2 else stack.shape[1] for stack in stacks)


def similarities(gallery: Sequence[Stack], queries: Sequence[Stack]) -> np.ndarray:
    """Mean cosine over all encoders and views.

    Parameters
    ----------
    gallery, queries : sequence of ndarray
        One stack for each encoder, [n, views, d] or [n, d], rows of length one; the same encoders and views in both.

    Returns
    -------
    ndarray
        float32 [gallery images, query images].
    """
    total = _joined(gallery[0]) @ _joined(queries[0]).T
    for one, other in zip(gallery[1:], queries[1:], strict=True):
        total += _joined(one) @ _joined(other).T
    return np.divide(total, vectors(gallery), out=total)


def _rows_at_a_time(gallery: Sequence[Stack], queries: int) -> int:
    bytes_per_row = 4 * (sum(int(np.prod(stack.shape[1:])) for stack in gallery) + queries)
    return max(FEWEST_ROWS, BLOCK // bytes_per_row)


def _let_go(stack: Stack) -> None:
    """Give back what was read of a file opened for reading; what is mapped counts as this process's memory."""
    owner: object = stack
    while isinstance(owner, np.ndarray):
        owner = owner.base
    if isinstance(owner, mmap.mmap) and not stack.flags.writeable and hasattr(mmap, "MADV_DONTNEED"):
        owner.madvise(mmap.MADV_DONTNEED)


def _keep_nearest(kept: np.ndarray, others: np.ndarray) -> None:
    """Merge the similarities `found` [n, queries] of one disorder into `kept` [k, queries], its largest so far."""
    if len(kept) == 1:
        np.maximum(kept[0], others.max(0), out=kept[0])
    else:
        kept[:] = -np.sort(-np.concatenate([kept, others]), axis=0)[: len(kept)]


def _keep_block(best: np.ndarray, classes: np.ndarray, near: np.ndarray) -> None:
    """Merge a block's similarities `near` [n, queries] into `best` [C, k, queries]; classes int [n], -1 for none."""
    order = np.argsort(classes, kind="stable")
    order = order[np.searchsorted(classes[order], 0) :]
    near, labels = near[order], classes[order]
    edges = np.append(np.flatnonzero(np.diff(labels, prepend=-1)), len(labels))
    for first, last in pairwise(edges):
        _keep_nearest(best[labels[first]], near[first:last])


def disorder_distances(
    gallery: Sequence[Stack],
    classes: np.ndarray,
    queries: Sequence[Stack],
    k: int = 1,
    rows: np.ndarray | None = None,
) -> np.ndarray:
    """Mean distance of each query to the k nearest gallery images of each disorder.

    A disorder with fewer than k images gives all of them, one without any gives infinity. Memory is bounded by BLOCK
    and
    the result, not by the gallery.

    Parameters
    ----------
    gallery, queries : sequence of ndarray
        As in `similarities`.
    classes : ndarray
        int [n], the disorder 0..C-1 of each of the rows. Or int [splits, n], of one gallery after another that share
        images, -1 where an image is not in one: each similarity is then found once for all.
    k : int
        How many of a disorder's images count.
    rows : ndarray or None
        Which rows of the gallery's stacks count, int [n]; None for all.

    Returns
    -------
    ndarray
        float32 [queries, disorders], or [splits, queries, disorders].
    """
    classes = np.asarray(classes)
    splits = np.atleast_2d(classes)
    best = np.full((len(splits), int(splits.max()) + 1, k, len(queries[0])), -np.inf, np.float32)
    step = _rows_at_a_time(gallery, len(queries[0]))
    for start in range(0, splits.shape[1], step):
        block = slice(start, start + step)
        near = similarities([stack[block if rows is None else rows[block]] for stack in gallery], queries)
        for kept, split in zip(best, splits, strict=True):
            _keep_block(kept, split[block], near)
        for stack in gallery:
            _let_go(stack)
    defined = np.isfinite(best)
    total, count = np.where(defined, best, 0).sum(2), defined.sum(2)
    mean = np.divide(total, count, out=np.full_like(total, -np.inf), where=count > 0)
    distances = 1 - mean.swapaxes(1, 2)
    return distances if classes.ndim == 2 else distances[0]


def exact_distance(gallery: Sequence[Stack], rows: np.ndarray, queries: Sequence[Stack], query: int, k: int) -> float:
    """Mean distance, in double precision, of one query to the k nearest of some images.

    Parameters
    ----------
    gallery, queries : sequence of ndarray
        As in `similarities`.
    rows : ndarray
        Which rows of the gallery's stacks count, int [n].
    query : int
        Row of the queries' stacks.
    k : int
        How many of the images count.

    Returns
    -------
    float
        The distance.
    """
    total = sum(
        _joined(stack[rows]).astype(np.float64) @ _joined(asked[query : query + 1])[0].astype(np.float64)
        for stack, asked in zip(gallery, queries, strict=True)
    )
    return 1 - float(np.sort(total)[-k:].mean()) / vectors(gallery)


def ranks(distances: np.ndarray, truth: np.ndarray, exact: Callable[[int, int], float]) -> np.ndarray:
    """Rank of each query's true disorder among all; a tie counts against it.

    The ranks are those of double precision. So equal vectors under two names never look like recognition, and the order
    of
    the gallery changes nothing.

    Parameters
    ----------
    distances : ndarray
        [queries, disorders], as `disorder_distances` gives them.
    truth : ndarray
        int [queries].
    exact : callable
        (query, disorder) -> distance; asked where single precision does not tell a disorder's distance from the true
        one's.

    Returns
    -------
    ndarray
        int [queries], 1 is best.

    Raises
    ------
    InputError
        If a query's disorder has no image in the gallery.
    """
    true_distances = distances[np.arange(len(truth)), truth]
    if not np.isfinite(true_distances).all():
        raise InputError("a query's disorder has no image in the gallery; its rank is not defined")
    close = np.abs(distances - true_distances[:, None]) <= CLOSE
    places = ((distances < true_distances[:, None]) & ~close).sum(1) + 1
    for query in np.flatnonzero(close.sum(1) > 1):
        limit = exact(int(query), int(truth[query])) + EQUAL
        others = np.flatnonzero(close[query] & (np.arange(close.shape[1]) != truth[query]))
        places[query] += sum(exact(int(query), int(other)) <= limit for other in others)
    return places


def first_places(distances: np.ndarray, places: int) -> np.ndarray:
    """The nearest disorders of each query.

    Parameters
    ----------
    distances : ndarray
        [queries, disorders].
    places : int
        How many.

    Returns
    -------
    ndarray
        int [queries, places], nearest first; ties in the order of the disorders.
    """
    steps = np.round(distances / CLOSE)
    return steps.argmin(1)[:, None] if places == 1 else np.argsort(steps, axis=1, kind="stable")[:, :places]


def nearest_images(
    gallery: Sequence[Stack], rows: np.ndarray, queries: Sequence[Stack], asked: Sequence[int] | np.ndarray
) -> list[tuple[int, float]]:
    """The image that is nearest to each of some queries.

    Parameters
    ----------
    gallery, queries : sequence of ndarray
        As in `similarities`.
    rows : ndarray
        Which rows of the gallery's stacks count, int [n].
    asked : sequence of int
        Rows of the queries' stacks.

    Returns
    -------
    list of (int, float)
        Of each query the image's row, the first of equals, and its distance.
    """
    members, found = [stack[rows] for stack in gallery], []
    for query in asked:  # one by one: a product of many differs in the last digit
        near = similarities(members, [stack[query : query + 1] for stack in queries])[:, 0]
        place = int(np.flatnonzero(near >= near.max() - CLOSE)[0])
        found.append((int(rows[place]), float(1 - near[place])))
    return found
