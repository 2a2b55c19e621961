"""Which values a parameter of a saliency method may have.

A method declares them beside its parameters, by the words of JSON schema: minimum, exclusiveMinimum, maximum, enum. A
maximum may also be the name of another parameter of the method, or CROP.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping

from gestalt_regions.core.errors import InputError, nearest

CROP = "crop"  # as a maximum: the side of the crops that the network takes, pixels
LAYER = "layer"  # the parameter of this name is a stage with a feature map, or empty for the last
BOUNDS: dict[str, tuple[Callable[[float, float], bool], str]] = {  # in the order in which they are told
    "exclusiveMinimum": (operator.gt, "above {}"),
    "minimum": (operator.ge, "{} or more"),
    "maximum": (operator.le, "at most {}"),
}
ENUM = "enum"


def check_declaration(method: str, parameters: Mapping[str, object], ranges: Mapping[str, Mapping]) -> None:
    """Refuse ranges that are of no parameter or that nobody can read.

    Parameters
    ----------
    method : str
        The method, for the message.
    parameters : mapping
        Names and defaults.
    ranges : mapping
        Of some parameters.

    Raises
    ------
    ValueError
        It names the method and the parameter.
    """
    for name, rule in ranges.items():
        if name not in parameters:
            raise ValueError(f"saliency method '{method}' has no parameter '{name}' for its range")
        if unknown := set(rule) - {*BOUNDS, ENUM}:
            known = ", ".join((*BOUNDS, ENUM))
            raise ValueError(f"saliency method '{method}': range of {name}: no {', '.join(sorted(unknown))}; {known}")
        limit = rule.get("maximum", 0)
        if isinstance(limit, str) and limit != CROP and limit not in parameters:
            raise ValueError(f"saliency method '{method}': range of {name}: maximum '{limit}' is no parameter")


def in_words(rule: Mapping) -> str:
    """Say a range.

    Parameters
    ----------
    rule : mapping
        A range.

    Returns
    -------
    str
        Such as "1 or more, at most the crop's side"; "" for no range.
    """
    words = [f"one of {', '.join(rule[ENUM])}"] if ENUM in rule else []
    for key, (_, phrase) in BOUNDS.items():
        if key in rule:
            words.append(phrase.format("the crop's side" if rule[key] == CROP else rule[key]))
    return ", ".join(words)


def check_value(where: str, value: object, default: object, rule: Mapping, limits: Mapping[str, object]) -> None:
    """Refuse a value of another type than the default, one that is not finite, and one that is out of its range.

    Parameters
    ----------
    where : str
        Key of the config.
    value : object
        Its value.
    default : object
        The parameter's default.
    rule : mapping
        Its range.
    limits : mapping
        What a maximum that is a name stands for; a name that is not there bounds nothing.

    Raises
    ------
    InputError
        It names the key, the value, and what is expected.
    """
    allowed = int | float if isinstance(default, float) else type(default)
    right_type = isinstance(value, allowed) and isinstance(value, bool) == isinstance(default, bool)
    if not right_type or (isinstance(value, float) and not math.isfinite(value)):
        raise InputError(f"{where} is {value!r}; expected a value like {default!r}")
    if ENUM in rule and value not in rule[ENUM]:
        raise InputError(f"{where} is {value!r}; {nearest(str(value), rule[ENUM])}")
    for key, (holds, phrase) in BOUNDS.items():
        limit = rule.get(key)
        bound = limits.get(limit) if isinstance(limit, str) else limit
        if isinstance(value, int | float) and isinstance(bound, int | float) and not holds(value, bound):
            named = {CROP: f"{bound}, the side of the crops in pixels"}.get(str(limit), f"{bound} ({limit})")
            told = phrase.format(named if isinstance(limit, str) else bound)
            raise InputError(f"{where} is {value!r}; it must be {told}")
