"""The study as chapters see it: where its results lie, what its config says, and the captions of its results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from gestalt_regions.report.captions import Captions
from gestalt_regions.report.web.parts import Figure
from gestalt_regions.saliency.method_registry import explained_models
from gestalt_regions.statistics.toolkit import read


@dataclass(frozen=True)
class Study:
    """What every chapter needs.

    Attributes
    ----------
    base : Path
        results/{cohort}.
    config : mapping
        The config of the study.
    captions : Captions
        The captions of workflow/report.
    groups : sequence of str
        Groups of measures of the evaluation.
    """

    base: Path
    config: Mapping
    captions: Captions
    groups: Sequence[str] = ()

    @cached_property
    def samples(self) -> pd.DataFrame:
        """Everyone in the cohort.

        Returns
        -------
        pandas.DataFrame
            samples.csv.
        """
        return read.load_samples(self.base / "samples.csv")

    @property
    def simulated(self) -> str:
        """What is simulated.

        Returns
        -------
        str
            As `simulated_phrase`; empty for photographs.
        """
        return read.simulated_phrase(self.samples)

    @property
    def models(self) -> list[str]:
        """The networks.

        Returns
        -------
        list of str
            Their names.
        """
        return explained_models(self.config)

    @property
    def methods(self) -> list[str]:
        """The saliency methods of the paper's tables.

        Returns
        -------
        list of str
            Their names.
        """
        return list(self.config["saliency"]["methods"])

    @property
    def control(self) -> str:
        """The class that syndromes are compared with.

        Returns
        -------
        str
            Its label.
        """
        return self.config["statistics"]["control"]

    @property
    def seed(self) -> int:
        """The study's seed.

        Returns
        -------
        int
            Config run.seed.
        """
        return int(self.config["run"]["seed"])

    def group(self, model: str) -> str:
        """What the navigation puts a model's chapters under.

        Parameters
        ----------
        model : str
            Its name.

        Returns
        -------
        str
            The name; empty in a study of one.
        """
        return model if len(self.models) > 1 else ""

    def figure(self, title: str, name: str, path: Path, model: str = "", *, alt: str = "", data: str = "") -> Figure:
        """A static figure with its caption.

        Parameters
        ----------
        title : str
            Heading.
        name : str
            Of the caption, and the anchor.
        path : Path
            The file.
        model : str
            The model it belongs to, if any.
        alt : str
            What is to be seen.
        data : str
            Link to its numbers.

        Returns
        -------
        Figure
            For a section.
        """
        return Figure(title, self.captions(name, model), name, path, alt, data)
