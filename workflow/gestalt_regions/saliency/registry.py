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

from gestalt_regions.errors import InputError, nearest


@dataclass(frozen=True)
class Method:
    """A registered method. `run(explainer, x, target, seeds, **parameters)` returns attributions [n, c, h, w]."""

    name: str
    family: str  # gradient, backprop, cam, perturbation, control
    signed: bool
    needs_layer: bool
    paper: str
    run: Callable
    parameters: dict[str, object]  # names and defaults, read from the function's keyword arguments


METHODS: dict[str, Method] = {}


def method(name: str, family: str, paper: str, signed: bool = True, needs_layer: bool = False) -> Callable:
    """Register `run(explainer, x, target, seeds, *, parameter=default, ...)` under `name`."""

    def register(run: Callable) -> Callable:
        if name in METHODS and METHODS[name].run.__module__ != run.__module__:
            raise ValueError(f"two saliency methods are called '{name}'")
        keywords = inspect.signature(run).parameters.values()
        parameters = {p.name: p.default for p in keywords if p.kind is inspect.Parameter.KEYWORD_ONLY}
        METHODS[name] = Method(name, family, signed, needs_layer, paper, run, parameters)
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

    `settings` may name another registered method under `method`, so one study can hold variants of it.
    """
    known, where = load_methods(), f"config saliency.methods.{name}"
    wanted = settings.get("method", name)
    if wanted not in known:
        raise InputError(f"{where}: no saliency method '{wanted}'; {nearest(wanted, known)}")
    found = known[wanted]
    given = {key: value for key, value in settings.items() if key != "method"}
    for key, value in given.items():
        if key not in found.parameters:
            raise InputError(f"{where}.{key}: {wanted} has no such parameter; {nearest(key, found.parameters)}")
        default = found.parameters[key]
        allowed = int | float if isinstance(default, float) else type(default)
        if not isinstance(value, allowed) or isinstance(value, bool) != isinstance(default, bool):
            raise InputError(f"{where}.{key} is {value!r}; expected a value like {default!r}")
    return found, found.parameters | given
