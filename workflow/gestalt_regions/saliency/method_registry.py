"""The registry of saliency methods.

A method is one decorated function in a module of `saliency/methods`; adding one touches that file alone. Modules there
import torch inside the functions, so that the DAG is built without it.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

from gestalt_regions.core.errors import InputError, nearest

# What a method may need of a network, as the traits of models/registry.Backbone of which one is enough, in words.
NEEDS: dict[str, tuple[tuple[str, ...], str]] = {
    "rectifier": (("relu", "prelu", "relu6"), "ReLU-like activations, whose backward pass it changes"),
    "layer": (("stages",), "a layer with a feature map"),
    "embedding": (("embedding",), "one vector before the classifier"),
}
COMMON: dict[str, object] = {"target": "predicted"}  # parameters of every method, which the engine itself acts upon


@dataclass(frozen=True)
class Method:
    """A registered method. `run(explainer, x, target, seeds, **parameters)` returns attributions [n, c, h, w]."""

    name: str
    family: str  # gradient, backprop, relevance, cam, perturbation, control
    signed: bool
    needs: tuple[str, ...]  # of NEEDS
    paper: str
    run: Callable
    parameters: dict[str, object]  # names and defaults, read from the function's keyword arguments


METHODS: dict[str, Method] = {}


def method(name: str, family: str, paper: str, signed: bool = True, needs: tuple[str, ...] = ()) -> Callable:
    """Register `run(explainer, x, target, seeds, *, parameter=default, ...)` under `name`."""
    if unknown := set(needs) - set(NEEDS):
        raise ValueError(f"saliency method '{name}' needs {unknown}; NEEDS has {', '.join(NEEDS)}")

    def register(run: Callable) -> Callable:
        if name in METHODS and METHODS[name].run.__module__ != run.__module__:
            raise ValueError(f"two saliency methods are called '{name}'")
        keywords = inspect.signature(run).parameters.values()
        parameters = {p.name: p.default for p in keywords if p.kind is inspect.Parameter.KEYWORD_ONLY}
        METHODS[name] = Method(name, family, signed, needs, paper, run, parameters)
        return run

    return register


def load_methods() -> dict[str, Method]:
    """Import every module of `saliency/methods` once and return the registry."""
    package = importlib.import_module("gestalt_regions.saliency.methods")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
    return METHODS


def resolve(name: str, settings: dict) -> tuple[Method, dict]:
    """The method that config saliency.methods.<name> means, and its parameters with defaults filled in.

    `settings` may name another registered method under `method`, so one study can hold variants of it. Every method has
    `target`: predicted (the class with the highest logit), true (the image's label), or the name of a class.
    """
    known, where = load_methods(), f"config saliency.methods.{name}"
    wanted = settings.get("method", name)
    if wanted not in known:
        raise InputError(f"{where}: no saliency method '{wanted}'; {nearest(wanted, known)}")
    found = known[wanted]
    given = {key: value for key, value in settings.items() if key != "method"}
    defaults = found.parameters | COMMON
    for key, value in given.items():
        if key not in defaults:
            raise InputError(f"{where}.{key}: {wanted} has no such parameter; {nearest(key, defaults)}")
        default = defaults[key]
        allowed = int | float if isinstance(default, float) else type(default)
        if not isinstance(value, allowed) or isinstance(value, bool) != isinstance(default, bool):
            raise InputError(f"{where}.{key} is {value!r}; expected a value like {default!r}")
    return found, defaults | given


def lacking(found: Method, traits: tuple[str, ...]) -> str:
    """Why a network with these traits cannot be explained by the method, in words; "" if it can."""
    reasons = [words for any_of, words in map(NEEDS.get, found.needs) if not set(any_of) & set(traits)]
    return f"{found.name} needs {' and '.join(reasons)}" if reasons else ""
