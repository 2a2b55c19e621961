"""The registry of saliency methods.

A method is one decorated function in a module of `saliency/methods`; adding one touches that file alone. Modules there
import torch inside the functions, so that the DAG is built without it.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.core.seeds import derive
from gestalt_regions.saliency.parameter_ranges import CROP, check_declaration, check_value, in_words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Concatenate, TypeAlias

    from torch import Tensor

    from gestalt_regions.saliency.answering_pass import Way
    from gestalt_regions.saliency.explainer import Explainer
    from gestalt_regions.saliency.explanation import Explanation
    from gestalt_regions.saliency.given_faces import Faces, GivenFaces

    Keeps: TypeAlias = Callable[[str, Explainer, Faces], None]
    Passes: TypeAlias = Callable[[Mapping], Way | None]
    # (explainer, x, target, seeds, [faces,] *, parameter=default, ...) -> attributions, or more
    Attribute: TypeAlias = Callable[Concatenate[Explainer, Tensor, Tensor, Sequence[int], ...], Tensor | Explanation]

Registered = TypeVar("Registered", bound="Attribute")

# What a method may need of a network, as the traits of models/registry.Backbone of which one is enough, in words.
NEEDS: dict[str, tuple[tuple[str, ...], str]] = {
    "rectifier": (("relu", "prelu", "relu6"), "ReLU-like activations, whose backward pass it changes"),
    "layer": (("stages",), "a layer with a feature map"),
    "embedding": (("embedding",), "one vector before the classifier"),
}
# What the values of a map are (Ancona et al., ICLR 2018, section 2; which method is which: captum's documentation of
# infidelity, and the code of Yeh et al., NeurIPS 2019).
ATTRIBUTIONS: dict[str, str] = {
    "local": "the answer per unit of an input's change",
    "global": "an input's part in the answer, the product with the input included",
    "none": "neither, as a control",
}
# What a method may ask for beside the image, as the argument `faces` (saliency/given_faces.py), in words.
TAKES: dict[str, str] = {
    "training": "the photographs that the fold's network was trained on, with their labels and families",
    "landmarks": "106 landmarks of every face",
    "regions": "the region maps of every face",
}
PRECISIONS = ("float32", "bfloat16")  # that networks compute in
COMMON: dict[str, object] = {"target": "predicted"}  # parameters of every method, which the engine itself acts upon


@dataclass(frozen=True)
class Method:
    """A registered method.

    Attributes
    ----------
    name : str
        What a config calls it.
    family : str
        gradient, backprop, relevance, cam, perturbation, morph, control.
    attribution : str
        Of ATTRIBUTIONS.
    signed : bool
        Whether values below zero mean evidence against the target.
    needs : tuple of str
        Of NEEDS.
    paper : str
        Its source.
    run : Callable
        run(explainer, x, target, seeds, **parameters) returns attributions [n, c, h, w]; with `takes` it has `faces`
        after the seeds, with `pictures` it returns an Explanation.
    parameters : dict
        Names and defaults, read from the function's keyword arguments.
    ranges : dict
        Which values some of them may have (saliency/parameter_ranges.py).
    drawn_by_fold : bool
        Whether its noise is another for each fold's network.
    takes : tuple of str
        Of TAKES.
    pictures : bool
        Whether it returns an Explanation: values of regions and pictures, which are stored beside its maps.
    logits : bool
        Whether the mean of its map over a region says by how much the target's logit falls without the region.
    beside_maps : tuple of str
        Parameters that no map depends on; 0 saves their work.
    keeps : Callable or None
        Writes what the method made once for a fold.
    precision : str
        The lowest that its networks may compute in, of PRECISIONS.
    passes : Callable or None
        How it passes the images with given parameters, where their answers can come from the same pass.
    """

    name: str
    family: str  # gradient, backprop, relevance, cam, perturbation, morph, control
    attribution: str  # of ATTRIBUTIONS
    signed: bool
    needs: tuple[str, ...]  # of NEEDS
    paper: str
    run: Attribute
    parameters: dict[str, object]  # names and defaults, read from the function's keyword arguments
    ranges: dict[str, Mapping] = field(default_factory=dict)
    drawn_by_fold: bool = False
    takes: tuple[str, ...] = ()
    pictures: bool = False
    logits: bool = False
    beside_maps: tuple[str, ...] = ()
    keeps: Keeps | None = None
    precision: str = "bfloat16"
    passes: Passes | None = None

    def __call__(
        self,
        explainer: Explainer,
        x: Tensor,
        target: Tensor,
        seeds: Sequence[int],
        faces: GivenFaces | None,
        parameters: Mapping,
    ) -> Tensor | Explanation:
        """Explain n images; `faces` goes to a method that takes any, and may be None for the others."""
        given = (faces,) if self.takes else ()
        with explainer.not_below(self.precision):
            return self.run(explainer, x, target, seeds, *given, **parameters)

    def answers(self, explainer: Explainer, x: Tensor, parameters: Mapping) -> Tensor:
        """Logits of images that are explained next, so that one forward pass may do for both.

        Parameters
        ----------
        explainer : Explainer
            The network.
        x : Tensor
            Images [n, c, h, w]: those that the method is then called with.
        parameters : mapping
            The method's.

        Returns
        -------
        Tensor
            [n, classes], float32, those of `explainer.exact`.
        """
        with explainer.not_below(self.precision):
            return explainer.answers(x, self.passes(parameters) if self.passes else None)

    def not_below(self, wanted: str) -> str:
        """The precision that its networks compute in.

        Parameters
        ----------
        wanted : str
            Config run.precision.

        Returns
        -------
        str
            float32 in the place of bfloat16 where the method declares so.
        """
        return self.precision if wanted == "bfloat16" else wanted

    def for_maps_alone(self, parameters: Mapping[str, object]) -> dict[str, object]:
        """Parameters that give the same maps with the least work.

        Parameters
        ----------
        parameters : mapping
            The method's.

        Returns
        -------
        dict
            Those in `beside_maps` are 0.
        """
        return {**parameters, **dict.fromkeys(self.beside_maps, 0)}

    def seeds(self, seed: int, name: str, fold: str, samples: Sequence[str]) -> list[int]:
        """The seeds of a method's noise, one for each image.

        A method that explains draws the same noise for an image whatever the fold, so two folds' maps differ by their
        networks alone. Random has no network: its maps of a held-out face must differ by fold, or they would agree.

        Parameters
        ----------
        seed : int
            The study's.
        name : str
            Of config saliency.methods.
        fold : str
            Whose network explains.
        samples : sequence of str
            Sample ids.

        Returns
        -------
        list of int
            In the order of the samples.
        """
        keys = ("saliency", name, fold) if self.drawn_by_fold else ("saliency", name)
        return [derive(seed, *keys, sample) for sample in samples]


METHODS: dict[str, Method] = {}


def method(
    name: str,
    family: str,
    attribution: str,
    paper: str,
    signed: bool = True,
    needs: tuple[str, ...] = (),
    ranges: Mapping[str, Mapping] | None = None,
    drawn_by_fold: bool = False,
    takes: tuple[str, ...] = (),
    pictures: bool = False,
    logits: bool = False,
    beside_maps: tuple[str, ...] = (),
    keeps: Keeps | None = None,
    precision: str = "bfloat16",
    passes: Passes | None = None,
) -> Callable[[Registered], Registered]:
    """Register a function as a saliency method.

    The function is `run(explainer, x, target, seeds, *, parameter=default, ...)` and returns attributions [n, c, h, w].
    With `takes` it is `run(explainer, x, target, seeds, faces, *, ...)`.

    Parameters
    ----------
    name : str
        What a config calls it.
    family : str
        gradient, backprop, relevance, cam, perturbation, morph, control.
    attribution : str
        Of ATTRIBUTIONS: what its values are. Those of a local one have the size of the input.
    paper : str
        Its source.
    signed : bool
        Whether values below zero mean evidence against the target.
    needs : tuple of str
        Of NEEDS: what it asks of a network.
    ranges : mapping, optional
        Which values a parameter may have (saliency/parameter_ranges.py), such as {"window": {"minimum": 1}}. A value
        that is not finite or of another type than the default is never allowed. A parameter `layer` is a layer of the
        network.
    drawn_by_fold : bool
        Whether its noise is another for each fold's network.
    takes : tuple of str
        Of TAKES: what it asks for beside the image. A parameter `regions` of such a method is a region set.
    pictures : bool
        Whether it returns an Explanation.
    logits : bool
        Whether the mean of its map over a region is by how much the target's logit falls without the region.
    beside_maps : tuple of str
        Parameters that no map depends on, but values, intervals or pictures: 0 leaves them out.
    keeps : Callable, optional
        keeps(path, explainer, faces) writes what the method made once for a fold, so that a new face is explained
        without the training photographs.
    precision : str
        The lowest that its networks may compute in, of PRECISIONS: float32 for a method whose maps suffer in bfloat16
        (docs/reference/saliency_engine.md has the measurements).
    passes : Callable, optional
        passes(parameters) says how the method passes the images themselves first (saliency/answering_pass.py); None
        where that pass does not give the logits of the merged network. So the class and the map cost one pass.

    Returns
    -------
    Callable
        The decorator.

    Raises
    ------
    ValueError
        For an unknown need, input or attribution, a range of no parameter, or a name that another module has taken.
    """
    if unknown := set(needs) - set(NEEDS):
        raise ValueError(f"saliency method '{name}' needs {unknown}; NEEDS has {', '.join(NEEDS)}")
    if unknown := set(takes) - set(TAKES):
        raise ValueError(f"saliency method '{name}' takes {unknown}; TAKES has {', '.join(TAKES)}")
    if attribution not in ATTRIBUTIONS:
        raise ValueError(f"saliency method '{name}': attribution '{attribution}'; allowed: {', '.join(ATTRIBUTIONS)}")

    if precision not in PRECISIONS:
        raise ValueError(f"saliency method '{name}': precision '{precision}'; allowed: {', '.join(PRECISIONS)}")

    def _register(run: Registered) -> Registered:
        if name in METHODS and METHODS[name].run.__module__ != run.__module__:
            raise ValueError(f"two saliency methods are called '{name}'")
        keywords = inspect.signature(run).parameters.values()
        parameters = {p.name: p.default for p in keywords if p.kind is inspect.Parameter.KEYWORD_ONLY}
        check_declaration(name, parameters, ranges or {})
        METHODS[name] = Method(
            name=name,
            family=family,
            attribution=attribution,
            signed=signed,
            needs=needs,
            paper=paper,
            run=run,
            parameters=parameters,
            ranges=dict(ranges or {}),
            drawn_by_fold=drawn_by_fold,
            takes=takes,
            pictures=pictures,
            logits=logits,
            beside_maps=beside_maps,
            keeps=keeps,
            precision=precision,
            passes=passes,
        )
        return run

    return _register


def load_methods() -> dict[str, Method]:
    """Import every module of `saliency/methods` once.

    Returns
    -------
    dict of str to Method
        The registry.
    """
    _import_methods()
    return METHODS


@cache
def _import_methods() -> None:
    """Import them; a study's config asks for the registry some thirty times."""
    package = importlib.import_module("gestalt_regions.saliency.methods")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")


def methods_of_study(config: Mapping) -> dict[str, dict]:
    """All saliency methods of a study.

    Parameters
    ----------
    config : mapping
        The whole config.

    Returns
    -------
    dict
        Name -> settings: of saliency.methods, which the papers' tables are made of, then of saliency.further_methods.
    """
    return {**config["saliency"]["methods"], **config["saliency"].get("further_methods", {})}


def explained_models(config: Mapping) -> list[str]:
    """The models of a study whose answers are explained.

    Parameters
    ----------
    config : mapping
        The whole config.

    Returns
    -------
    list of str
        Names in config models, without those that say `explained: false`.
    """
    return [name for name, model in config["models"].items() if model.get("explained", True)]


def resolve(name: str, settings: dict, crop: int | None = None, section: str = "methods") -> tuple[Method, dict]:
    """The method that config saliency.methods.<name> means.

    `settings` may name another registered method under `method`, so one study can hold variants of it. Every method has
    `target`: predicted (the class with the highest logit), true (the image's label), or the name of a class.

    Parameters
    ----------
    name : str
        The key in the config.
    settings : dict
        Its value.
    crop : int, optional
        Side of the crops that the network takes, pixels.
    section : str
        Where in config saliency the settings stand: methods or further_methods.

    Returns
    -------
    tuple of Method and dict
        The method, and its parameters with defaults filled in.

    Raises
    ------
    InputError
        For an unknown method or parameter, a value of another type than the default, and one out of its range.
    """
    known, where = load_methods(), f"config saliency.{section}.{name}"
    wanted = settings.get("method", name)
    if not isinstance(wanted, str) or wanted not in known:
        raise InputError(f"{where}: no saliency method '{wanted}'; {nearest(str(wanted), known)}")
    entry = known[wanted]
    given = {key: value for key, value in settings.items() if key != "method"}
    defaults = entry.parameters | COMMON
    for key, value in given.items():
        if key not in defaults:
            raise InputError(f"{where}.{key}: {wanted} has no such parameter; {nearest(key, defaults)}")
        check_value(f"{where}.{key}", value, defaults[key], {}, {})
    limits = {**defaults, **given, **({CROP: crop} if crop else {})}
    for key, rule in entry.ranges.items():
        check_value(f"{where}.{key}", limits[key], defaults[key], rule, limits)
    return entry, defaults | given


def lacking(entry: Method, traits: tuple[str, ...]) -> str:
    """Why a network cannot be explained by a method, in words.

    Parameters
    ----------
    entry : Method
        The method.
    traits : tuple of str
        The network's, of models.backbones.TRAITS.

    Returns
    -------
    str
        "" if it can.
    """
    reasons = [words for any_of, words in (NEEDS[need] for need in entry.needs) if not set(any_of) & set(traits)]
    return f"{entry.name} needs {' and '.join(reasons)}" if reasons else ""


def _listing() -> str:
    """Every method with its family, its parameters with their defaults, and their ranges, a line each."""
    lines = []
    for each in sorted(load_methods().values(), key=lambda each: (each.family, each.name)):
        ranges = "; ".join(f"{name}: {in_words(rule)}" for name, rule in each.ranges.items())
        lines.append(f"{each.family:12} {each.name}: {each.parameters | COMMON} {ranges}".rstrip())
    return "\n".join(lines)


if __name__ == "__main__":
    from gestalt_regions.saliency import method_registry  # the module that methods register with, not this script

    print(method_registry._listing())
