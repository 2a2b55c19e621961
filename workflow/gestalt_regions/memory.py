"""The memory that a job asks for: what its rule states, and more where it holds a table of all images."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Held:
    """kB that a job holds for each image of the study, and for each image and saliency method."""

    image: float = 0.0
    method: float = 0.0


# Rules that are not here read their stacks and tables in pieces, or hold little of an image (docs/scale.md).
HELD = {
    "rq1": Held(image=7),  # coefficients of one method, and how often each family is drawn
    "rq2": Held(method=0.6),  # coefficients of the held-out images, which all folds explain
    "analyse": Held(method=4.5),  # all coefficients of one policy; most for the design of the mixed model
    "draw_boxplots": Held(image=2),
    "probe_leaks": Held(image=16),  # borders and embeddings, once more standardised
    "parsing_truth": Held(image=2),
    "rater_truth": Held(image=2),
    "score_recovery": Held(image=40),  # scores of every face, region set, policy and measure
    "score_pixels": Held(image=10),
    "score_use": Held(image=40),
    "drop_tables": Held(image=20),
    "method_scores": Held(image=40),  # those of one method, and 1,000 resamples
    "rank_methods": Held(image=10, method=4),
    "match_accuracy": Held(image=10),
}


def megabytes(rule: str, stated: int, images: int, methods: int) -> int:
    """`stated` MB, and what so many images and saliency methods add."""
    held = HELD.get(rule, Held())
    return stated + round(images * (held.image + held.method * methods) / 1000)
