"""How several methods pass the images first (registry key `passes`). PyTorch is imported when one is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gestalt_regions.saliency.answering_pass import Way


def to_images(parameters: Mapping) -> Way:
    """Pass with a way back to the images.

    Parameters
    ----------
    parameters : mapping
        The method's.

    Returns
    -------
    Way
        Of the merged network.
    """
    from gestalt_regions.saliency.answering_pass import Plain

    return Plain()


def to_layer(parameters: Mapping) -> Way:
    """Pass once; the way back begins at a layer and is the method's.

    Parameters
    ----------
    parameters : mapping
        The method's.

    Returns
    -------
    Way
        Of the merged network.
    """
    from gestalt_regions.saliency.answering_pass import Plain

    return Plain(gradient=False)


def by_rule(rule: str, parameters: Mapping) -> Way:
    """Pass with a way back by a rule of `Rectifiers`.

    Parameters
    ----------
    rule : str
        The rule.
    parameters : mapping
        The method's.

    Returns
    -------
    Way
        Of the merged network.
    """
    from gestalt_regions.saliency.propagation.changed_backward import RectifiedPass

    return RectifiedPass(rule)
