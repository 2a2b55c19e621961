"""The work of matching, counted from the config. Nothing of it belongs to the default target."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gestalt_regions.study.sizes import Size
from gestalt_regions.tools.plan.units import Work, network, size_of

VIEWS = 4  # unit vectors of a face and an encoder
TABLES = ("splits", "ranks", "accuracy", "verification", "clusters", "sheet", "figure2", "figure3")


def encoder_key(entry: Mapping) -> str:
    """Say what a rate of an encoder is known by: one as published runs on ONNX Runtime, a fine-tuned one on PyTorch.

    Parameters
    ----------
    entry : mapping
        Entry of config matching.encoders.

    Returns
    -------
    str
        Such as "fine-tuned on sface".
    """
    return f"{'fine-tuned' if entry['fine_tuned'] else 'published'} on {network(entry)}"


def learned_from(config: Mapping, size: Size) -> float:
    """Estimate how many images an encoder is fine-tuned on: the gallery of the frequent disorders.

    A disorder of few images counts as rare; how many subjects they are of is not known here.

    Parameters
    ----------
    config : mapping
        A valid config.
    size : Size
        Images by class.

    Returns
    -------
    float
        Images.
    """
    matching, control = config["matching"], config["statistics"]["control"]
    classes = {*size.folds, *size.heldout} - (set() if matching["control"] else {control})
    images = [size.folds.get(c, 0) + size.heldout.get(c, 0) for c in classes]
    return sum(n for n in images if n >= matching["rare_below"]) * (1 - matching["test_share"]["frequent"])


def encoding(config: Mapping, size: Size) -> Iterator[Work]:
    """Count the images that every encoder encodes.

    Parameters
    ----------
    config : mapping
        A valid config.
    size : Size
        Images by class.

    Yields
    ------
    Work
        One for each encoder.
    """
    for entry in config["matching"]["encoders"].values():
        yield Work(encoder_key(entry), 1, size.images)


def fine_tuning(config: Mapping, size: Size) -> Iterator[Work]:
    """Count passes of images: of each augmented view once where all but the last layer is frozen, else of each epoch.

    Parameters
    ----------
    config : mapping
        A valid config.
    size : Size
        Images by class.

    Yields
    ------
    Work
        One for each encoder that is fine-tuned.
    """
    for entry in config["matching"]["encoders"].values():
        if entry["fine_tuned"]:
            recipe = config["recipes"][entry["recipe"]]
            passes = max(recipe["augment"]["views"], 1) if recipe["feature_layer"] else recipe["epochs"]
            yield Work(encoder_key(entry), 1, passes * learned_from(config, size))


def tables(config: Mapping, size: Size) -> Iterator[Work]:
    """Count galleries, ranks, tables and figures, each by its name.

    Parameters
    ----------
    config : mapping
        A valid config.
    size : Size
        Images by class.

    Yields
    ------
    Work
        One for each table or figure.
    """
    for name in (*TABLES, *(f"table{number}" for number in range(1, 7))):
        yield Work(name, 1, size.images)


def similarity(config: Mapping, size: Size) -> Iterator[Work]:
    """Count maps of the pairs of faces in the figure, by Grad-CAM and by occlusion of either face.

    Parameters
    ----------
    config : mapping
        A valid config.
    size : Size
        Images by class.

    Yields
    ------
    Work
        Of the encoder that is explained.
    """
    entry, wanted = explained_encoder(config), config["matching"]["similarity"]
    side = size_of(entry)
    windows = max(1, (side - wanted["window"]) // wanted["stride"] + 1) ** 2
    yield Work(encoder_key(entry), 1, 2 * wanted["count"] * (1 + windows))


def explained_encoder(config: Mapping) -> Mapping:
    """Look up the encoder whose similarities are explained: the one that is named, or the first.

    Parameters
    ----------
    config : mapping
        A valid config.

    Returns
    -------
    mapping
        Entry of config matching.encoders.
    """
    encoders, named = config["matching"]["encoders"], config["matching"]["similarity"]["encoder"]
    return encoders[named or next(iter(encoders))]
